"""Which lever moves an outcome most, one at a time: the outcome with a lever at either end of its range and all others where they stand."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

import numpy as np

from prodops.scenarios.draws import moved, sides
from prodops.scenarios.simulation import taken

if TYPE_CHECKING:
    import pandas as pd

    from prodops.scenarios.definitions import Lever
    from prodops.scenarios.model import Model

Over = Literal["likely", "range"]


def tornado(
    model: "Model", levers: Mapping[str, float] | None = None, *, outcome: str | None = None, over: Over = "likely"
) -> "pd.DataFrame":
    """Give what each lever alone does to an outcome (the first where left out; see :meth:`Model.outcome`).

    Over ``likely``, each uncertain lever goes from its 5th to its 95th percentile, in base as in the setting: what not knowing it is
    worth. Over ``range``, each lever goes from one end of its slider to the other, phased in where it has a ramp: what turning it is
    worth. One row a lever, the widest swing first: ``outcome``, ``over``, ``lever``, ``title``, ``unit`` (the lever's), ``low`` and
    ``high`` (its ends), ``at_low``, ``at_high`` and ``point`` (the outcome's unit), ``swing`` (their distance, never negative).
    """
    import pandas as pd

    found, settings, start = model.outcome(outcome), model.settings("base", **(levers or {})), model.settings()
    looked = [lever for lever in model.levers.values() if over == "range" or lever.likely is not None]
    values, base = _one_at_a_time(looked, settings, start, over)
    reached = taken(model, model.evaluate(values, base=base, only=[found.node]), 2 * len(looked) + 1, [found.name])[found.name]
    rows = []
    for at, lever in enumerate(looked):
        low, high = float(reached[2 * at]), float(reached[2 * at + 1])
        ends = (float(values[lever.name][2 * at]), float(values[lever.name][2 * at + 1]))
        rows.append((found.name, over, lever.name, lever.label, lever.unit, *ends, low, high, float(reached[-1]), abs(high - low)))
    columns = ["outcome", "over", "lever", "title", "unit", "low", "high", "at_low", "at_high", "point", "swing"]
    return pd.DataFrame(rows, columns=columns).sort_values(["swing", "lever"], ascending=[False, True], ignore_index=True)


def _one_at_a_time(
    looked: "list[Lever]", settings: Mapping[str, float], start: Mapping[str, float], over: Over
) -> "tuple[dict[str, np.ndarray], dict[str, np.ndarray]]":
    """Lay the ends out as draws: two for each lever looked at, low and high, and one with all where they stand."""
    size = 2 * len(looked) + 1
    values = {name: np.full(size, value) for name, value in settings.items()}
    base = {name: np.full(size, value) for name, value in start.items()}
    for at, lever in enumerate(looked):
        place = slice(2 * at, 2 * at + 2)
        if over == "range":
            values[lever.name][place] = lever.range
        else:
            below, above = sides(lever)
            for side in (values, base):
                side[lever.name][place] = moved(lever, float(side[lever.name][-1]), np.array([-below, above]))
    return values, base
