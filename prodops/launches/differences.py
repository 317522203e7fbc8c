"""Difference in differences: what changed for those who got a launch, beyond what changed for those who did not.

Periods of one unit hang together, so that they are never counted as so many observations of a change (Bertrand, Duflo and Mullainathan
2004, Quarterly Journal of Economics 119, 249–275). With enough units each gives one number, its mean after − before, and the range comes
from how these differ. With fewer the gap between both sides is read as one series, whose noise may carry over from period to period.
Amounts of unlike size part by so many euros when both grow by so many percent: their changes are compared in ratio, on logarithms.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from prodops.errors import InputError, NoData
from prodops.intervals import means_difference
from prodops.launches.impacts import passed, shared
from prodops.launches.lines import Line, When, read
from prodops.launches.scales import PLAIN, Kind, Scale, scales_of
from prodops.launches.structural import Window, lay_out

if TYPE_CHECKING:
    import pandas as pd

    from prodops.launches.lines import Controls

UNITS = 5
"""Units a side from which on their changes are compared with one another."""
APART = 0.05


@dataclass(frozen=True)
class Difference:
    """The change of the treated beyond that of the controls, on average a period, with its 95 % range, in the KPI's unit.

    ``before`` and ``after`` are periods, ``treated`` and ``control`` units. ``parallel_p`` is the chance of a gap that
    opens or closes as much before the launch if it did neither; ``parallel`` says it in words. ``path`` has ``at``, ``treated`` and
    ``control`` (means over units), ``gap`` and ``is_after``; ``method`` says how the range was made.
    """

    effect: float
    lower: float
    upper: float
    p: float
    before: int
    after: int
    treated: int
    control: int
    parallel_p: float
    parallel: str
    method: str
    path: "pd.DataFrame" = field(repr=False)

    @property
    def is_clear(self) -> bool:
        """Whether the 95 % range leaves 0 out."""
        return bool(self.lower > 0 or self.upper < 0)


def compare(treated: "Controls", control: "Controls", *, post: When, kind: Kind = "") -> Difference:
    """Compare treated and control units before and after ``post``: (treated after − before) − (control after − before).

    Each side is a series, or a frame with a column a unit, over the same periods (see :func:`impact` on ``post``); missing values are left
    out of a unit's means. With five units or more on both sides the units' changes are compared (Welch), else the gap of the sides' means
    is read as one series. It holds as far as both would have gone on alike: ``parallel`` says what the past tells of that. With a ``kind``
    (see :func:`impact`) alike is in ratio for counts and money, in log odds for shares, as long as all values allow it.
    Raises InputError for sides that share no period, and as :func:`impact` does.
    """
    import pandas as pd

    sides = [_units(side, name) for side, name in ((treated, "treated"), (control, "control"))]
    shared = sides[0].index.intersection(sides[1].index)
    if not len(shared):
        raise InputError("Treated and control share no period: give both over the same periods.")
    sides = [side.loc[shared] for side in sides]
    means = [side.mean(axis=1) for side in sides]
    line = read(means[0], post, beside=means[1])
    path = pd.DataFrame({"at": line.at, "treated": line.values, "control": line.beside})
    path = path.assign(gap=path["treated"] - path["control"], is_after=np.arange(len(path)) >= line.after)
    many = min(s.shape[1] for s in sides) >= UNITS
    effect, lower, upper, p, method = _over_units(sides, line, kind) if many else _over_periods(line, kind)
    apart, words = _parallel(line, kind)
    sizes = sides[0].shape[1], sides[1].shape[1]
    return Difference(effect, lower, upper, p, line.before, line.n_after, *sizes, apart, words, method, path)


def _units(side: "Controls", name: str) -> "pd.DataFrame":
    """Bring a side to a frame with a column a unit."""
    import pandas as pd

    frame = side if isinstance(side, pd.DataFrame) else pd.DataFrame({name: side})
    try:
        frame = frame.astype(float)
    except (TypeError, ValueError) as fault:
        raise InputError(f"The {name} side must hold numbers: {fault}") from None
    frame = frame.dropna(axis=1, how="all")
    if frame.empty:
        raise NoData(f"The {name} side has no value.")
    return frame


def _over_units(sides: "list[pd.DataFrame]", line: Line, kind: Kind) -> tuple[float, float, float, float, str]:
    """Compare the units' own changes; each unit counts once."""
    import pandas as pd
    from scipy.special import stdtr

    levels = [(side.loc[line.at[: line.before]].mean(), side.loc[line.at[line.after :]].mean()) for side in sides]
    known = [pd.concat(pair, axis=1, keys=(0, 1)).dropna() for pair in levels]
    scale = scales_of(kind, np.concatenate([pair.to_numpy().ravel() for pair in known]))[0]
    changes = [scale.there(pair[1].to_numpy()) - scale.there(pair[0].to_numpy()) for pair in known]
    change, error, freedom = means_difference(changes[1], changes[0])
    if not error:
        raise NoData("The units' changes are all alike, or too few: nothing tells how far chance moves them.")
    p = 2 * float(stdtr(freedom, -abs(change.value) / error))
    told = [_in_unit(line, scale, end) for end in (change.value, change.lower, change.upper)]
    return told[0], told[1], told[2], p, "changes of units compared (Welch), each unit once"


def _in_unit(line: Line, scale: Scale, change: float) -> float:
    """Give a change on a scale as the mean of so many units of the KPI."""
    after = line.values[line.after :]
    return float((after - scale.without(after, change)).mean())


def _over_periods(line: Line, kind: Kind) -> tuple[float, float, float, float, str]:
    """Read the gap between both sides as one series: level and noise that may carry over."""
    scale, structure = passed(kind, line, [Window(line.before, line.after, len(line.values))])
    told = structure.effect(structure.fit(line.before))
    effect, lower, upper = (_in_unit(line, scale, end) for end in (told.value, told.quantile(0.025), told.quantile(0.975)))
    return effect, lower, upper, told.p, "the gap between both sides read as one series"


def _parallel(line: Line, kind: Kind) -> tuple[float, str]:
    """Tell whether the gap kept its level before the launch: the chance of such a slope if it did, allowing for noise that carries over."""
    window = [Window(line.before, line.after, len(line.values))]
    scale = passed(kind, line, window)[0] if kind else PLAIN
    gap, time = (scale.there(line.values) - shared(line, scale))[: line.before], line.times[: line.before, None].astype(float)
    structure = lay_out(line.times[: line.before], gap, time, line.seasons, [Window(line.before - 1, line.before - 1, line.before)])
    p = structure.coefficient(structure.fit(line.before), 0).p
    if p <= APART:
        return p, "Before the launch the two did not run parallel: part of the difference may be that they were parting already."
    return p, "Before the launch nothing tells against parallel trends, which is no proof of them."
