"""Is an effect believed? The same readout at earlier dates, when nothing launched."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np

from prodops.intervals import benjamini_hochberg
from prodops.launches.impacts import Impact, impact
from prodops.launches.lines import FEWEST_BEFORE, Line, When, _places, read
from prodops.launches.structural import lay_out

if TYPE_CHECKING:
    import pandas as pd

    from prodops.launches.lines import Controls, Values

Good = Literal["", "up", "down"]
LEVEL = 0.05
FEWEST = 8
"""Placebo dates from which on their share is looked at."""
SHORTEST = 2
"""A placebo's past is at least so many times :data:`FEWEST_BEFORE` long, or half of the launch's own where that is less."""


@dataclass(frozen=True)
class Placebo:
    """A launch's readout beside the same readout at earlier dates.

    ``dates`` has a row a placebo date: ``at``, ``effect``, ``sd``, ``p`` and ``worked`` (its 95 % range leaves 0 out, on the good side where one is given).
    ``share`` is the share of placebo launches that worked (NaN without any), ``rank`` the launch's place among them by size in its own standard deviations (1 is the largest),
    ``p`` the launch's p-value after both looks: its own, widened by how far placebo readouts miss. ``worked`` is the verdict: ``p`` is at most 0.05, on the good side.
    """

    impact: Impact
    dates: "pd.DataFrame" = field(repr=False)
    share: float
    rank: int
    wider: float
    p: float
    worked: bool

    @property
    def n(self) -> int:
        """How many placebo dates there were."""
        return len(self.dates)


def placebo(
    values: "Values",
    *,
    post: When,
    controls: "Controls | None" = None,
    seasons: int | None = None,
    good: Good = "",
    others: Iterable[When] = (),
    seed: int = 0,
) -> Placebo:
    """Read a launch as :func:`impact` does, and again at every earlier date with enough past whose periods after it all lie before the launch.

    ``others`` are dates of other launches: no placebo's periods after it hold one. ``good`` is the way in which the KPI is meant to move; "" is either.
    Raises what :func:`impact` raises.
    """
    import pandas as pd

    found = impact(values, post=post, controls=controls, seasons=seasons, seed=seed)
    line = read(values, post, controls, seasons)
    rows = _readouts(line, _taken(line, others))
    dates = pd.DataFrame(rows, columns=["place", "effect", "sd", "p"])
    dates.insert(0, "at", line.at[dates.pop("place").to_numpy(dtype=int)])
    dates["worked"] = (dates["p"].to_numpy() <= LEVEL) & _is_good(dates["effect"].to_numpy(), good)
    z, own = dates["effect"].abs() / dates["sd"], abs(found.effect) / found.sd
    share = float(dates["worked"].mean()) if len(dates) else float("nan")
    wider = 1.0
    p = found.p
    worked = bool(p <= LEVEL and _is_good(np.array([found.effect]), good)[0])
    return Placebo(found, dates, share, int((z > own).sum()) + 1, wider, p, worked)


def _is_good(effects: np.ndarray, good: Good) -> np.ndarray:
    return effects > 0 if good == "up" else effects < 0 if good == "down" else effects != 0


def _taken(line: Line, others: Iterable[When]) -> list[int]:
    """Give the places of other launches."""
    return [place for other in others for place in range(*_hold(_places(line.at, other)))]


def _hold(places: tuple[int, int]) -> tuple[int, int]:
    before, after = places
    return before, max(after, before + 1)


def _readouts(line: Line, taken: list[int]) -> list[tuple[int, float, float, float]]:
    span = line.n_after
    least = max(FEWEST_BEFORE, min(SHORTEST * FEWEST_BEFORE, line.before // 2))
    origins = [o for o in range(least, line.before - span + 1) if not any(o <= t < o + span for t in taken)]
    structure = lay_out(line.times[: line.before], line.values[: line.before], line.controls[: line.before], line.seasons, line.before)
    rows = []
    for origin in origins:
        if np.ptp(line.values[:origin]) == 0:
            continue
        told = structure.effect(structure.read(origin), slice(origin, origin + span))
        below = told.chance_below(0.0)
        rows.append((origin, told.mean, told.sd, 2 * min(below, 1 - below)))
    return rows


def together(readouts: Mapping[str, Placebo]) -> "pd.DataFrame":
    """Judge several KPIs' readouts of one launch at once: of those that ``worked`` at most one in twenty is chance (Benjamini and Hochberg 1995).

    One row a KPI, in the given order: ``kpi``, ``effect``, ``lower``, ``upper``, ``p`` and ``p_together`` (adjusted), ``worked``.
    """
    import pandas as pd

    columns = ["kpi", "effect", "lower", "upper", "p"]
    rows = [(name, r.impact.effect, r.impact.lower, r.impact.upper, r.p) for name, r in readouts.items()]
    frame = pd.DataFrame(rows, columns=columns)
    frame["p_together"] = benjamini_hochberg(frame["p"].to_numpy(dtype=float))
    frame["worked"] = [r.worked and p <= LEVEL for r, p in zip(readouts.values(), frame["p_together"], strict=True)]
    return frame
