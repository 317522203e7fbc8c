"""The Vega specification stands by itself: in plain Vega its sliders' points, ranges and chances are the kernel's."""

import json
import re
from typing import Any

import numpy as np
import pytest

from prodops.errors import ParameterError
from prodops.scenarios.spec import still, to_vega
from tests.scenarios.live_model import everything

LEVERS = {"activation": 0.5, "delay": 0.5, "spread": 0.15, "churn": 0.046}
DRAWS = 200


def told_by_vega(spec: dict[str, Any], data: str, fields: list[str]) -> list[list[float]]:
    """Have real Vega write a data set's fields, in full, as text marks."""
    import vl_convert

    text = " + ' ' + ".join(f"datum.{field}" for field in fields)
    mark = {"type": "text", "from": {"data": data}, "encode": {"update": {"text": {"signal": f"'@' + {text}"}}}}
    drawn = vl_convert.vega_to_svg({**spec, "marks": [mark], "axes": [], "title": None}, allowed_base_urls=[])
    return [[float(word) for word in line.split()] for line in re.findall(r">@([^<]*)</text>", drawn)]


def test_plain_vega_gives_what_the_kernel_gives() -> None:
    """Points, 5, 50 and 95 % and the chance of each target agree to 1e-9, and so do the months of the fan."""
    model = everything()
    spec, simulated = model.to_vega(LEVERS, draws=DRAWS, seed=3), model.simulate(LEVERS, draws=DRAWS, seed=3)
    fields = ["point", "p05", "p50", "p95"]
    assert np.allclose(told_by_vega(spec, "outcomes", fields), simulated.outcomes[fields], rtol=1e-9, atol=1e-12)
    aimed = simulated.outcomes.dropna(subset=["probability"])
    spec["data"].append({"name": "aimed", "source": "outcomes", "transform": [{"type": "filter", "expr": "isValid(datum.probability)"}]})
    assert np.allclose(told_by_vega(spec, "aimed", ["probability"]), aimed[["probability"]])
    assert np.allclose(told_by_vega(spec, "fan", fields), simulated.fan("mrr")[fields], rtol=1e-9)
    base = told_by_vega(spec, "fan", ["base"])
    assert np.allclose(np.ravel(base), model.point()["mrr"], rtol=1e-12)


def test_a_slider_stands_for_each_lever() -> None:
    """A range input with the lever's ends, step, title and unit; at the value that was asked for."""
    spec = everything().to_vega({"activation": 0.5}, draws=100)
    bound = {signal["name"]: signal for signal in spec["signals"] if "bind" in signal}
    assert list(bound) == [f"lever_{name}" for name in everything().levers]
    assert bound["lever_activation"] == {
        "name": "lever_activation",
        "value": 0.5,
        "bind": {"input": "range", "name": "Activation (share)", "min": 0.3, "max": 0.6, "step": 0.01},
    }


def test_the_same_model_gives_the_same_text() -> None:
    """Byte by byte; another seed other draws; and it is plain JSON without a number that JSON lacks."""
    text = json.dumps(everything().to_vega(draws=100), allow_nan=False)
    assert text == json.dumps(everything().to_vega(draws=100), allow_nan=False)
    assert text != json.dumps(everything().to_vega(draws=100, seed=1))


def test_an_unknown_lever_is_refused() -> None:
    """With the near miss, as everywhere."""
    with pytest.raises(ParameterError, match="activation"):
        to_vega(everything(), {"activatoin": 0.5})


def test_the_still_fan_is_the_live_one() -> None:
    """What stands where no script runs holds the very rows that Vega works out."""
    model = everything()
    rows = still(model, LEVERS, draws=DRAWS, seed=3)["data"][0]["values"]
    fields = ["month", "base", "point", "p05", "p25", "p50", "p75", "p95"]
    live = told_by_vega(model.to_vega(LEVERS, draws=DRAWS, seed=3), "fan", fields)
    assert np.allclose(live, [[row[field] for field in fields] for row in rows], rtol=1e-9)
    assert [row["start"] for row in rows] == ["2026-11-01", "2026-12-01", "2027-01-01", "2027-02-01", "2027-03-01", "2027-04-01"]
