"""A scenario model as a reader of a page moves it: its Vega specification for the press, and a drawing for where no script runs."""

from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from prodops.charts import words
from prodops.charts.display import as_one_image
from prodops.charts.frames import records
from prodops.errors import ProdopsError, shorten
from prodops.stamps import LIVE_MIME, in_words

if TYPE_CHECKING:
    from datetime import date

    from prodops.scenarios import Model, Saved


class Live:
    """What a cell ends with to put a model's sliders into the report; JupyterLab shows the drawing."""

    def __init__(self, payload: dict[str, Any], drawing: str) -> None:
        self.payload, self.drawing = payload, drawing

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        return {LIVE_MIME: self.payload, "image/svg+xml": self.drawing, "text/plain": self.payload["alt"]}


def live(model: "Model", saved: "Saved | None" = None, *, start: "date | None" = None, draws: int = 1_000, seed: int = 0) -> Live:
    """Put a model into the page with a slider for each lever, standing as a scenario has them (base where left out).

    ``start`` lies in the first month, where the model names none (left out there: months are numbered). The draws travel with the page:
    1,000 of them take about 10 kB a lever. Raises ParameterError for levers that the model does not have, and :class:`ProdopsError`
    where it cannot be drawn.
    """
    from prodops.scenarios.saved import Saved
    from prodops.scenarios.spec import still

    scenario = saved or Saved(model.name)
    if start and not model.start:
        model = replace(model, horizon=model.horizon.model_copy(update={"start": f"{start:%Y-%m}"}))
    levers = scenario.settings(model)
    drawn = still(model, levers, draws=draws, seed=seed)
    outcomes = model.simulate(levers, draws=draws, seed=seed).outcomes
    alt = _alt(model, outcomes.to_dict("records"))
    payload = {
        "spec": model.to_vega(levers, draws=draws, seed=seed),
        "title": words.clean(scenario.title or model.title),
        "alt": alt,
        "outcomes": records(outcomes),
        "months": drawn["data"][0]["values"],
        "saved": {key: value for key, value in asdict(scenario).items() if key != "levers"},
    }
    return Live(payload, _drawn(drawn, alt))


def _alt(model: "Model", outcomes: list[dict[str, Any]]) -> str:
    said = [
        f"{row['title']} {in_words(row['point'], row['unit'])} ({words.range_words(row['p05'], row['p95'], row['unit'])} in 9 of 10 cases)"
        for row in outcomes
    ]
    return words.clean(f"{model.title.rstrip('.?!')}: {'; '.join(said)}.")


def _drawn(spec: dict[str, Any], alt: str) -> str:
    import vl_convert

    try:
        drawing: str = vl_convert.vega_to_svg(spec, allowed_base_urls=[])
    except ValueError as fault:
        raise ProdopsError(f"The scenario cannot be drawn: {shorten(fault, 200)}.") from None
    return as_one_image(drawing, alt)
