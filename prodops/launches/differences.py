"""Difference in differences: what changed for those who got a launch, beyond what changed for those who did not.

Periods of one unit hang together, so that they are never counted as so many observations of a change (Bertrand, Duflo and Mullainathan
2004, Quarterly Journal of Economics 119, 249–275). With enough units each gives one number, its mean after − before, and the range comes
from how these differ. With fewer the gap between both sides is read as one series, whose noise may carry over from period to period.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from prodops.errors import InputError, NoData
from prodops.intervals import means_difference
from prodops.launches.lines import Line, When, read
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


def compare(treated: "Controls", control: "Controls", *, post: When) -> Difference:
    """Compare treated and control units before and after ``post``: (treated after − before) − (control after − before).

    Each side is a series, or a frame with a column a unit, over the same periods (see :func:`impact` on ``post``); missing values are left
    out of a unit's means. With five units or more on both sides the units' changes are compared (Welch), else the gap of the sides' means
    is read as one series. It holds as far as both would have gone on alike: ``parallel`` says what the past tells of that.
    Raises InputError for sides that share no period, and as :func:`impact` does.
    """
    import pandas as pd

    sides = [_units(side, name) for side, name in ((treated, "treated"), (control, "control"))]
    shared = sides[0].index.intersection(sides[1].index)
    if not len(shared):
        raise InputError("Treated and control share no period: give both over the same periods.")
    sides = [side.loc[shared] for side in sides]
    means = [side.mean(axis=1) for side in sides]
    line = read(means[0] - means[1], post)
    path = pd.DataFrame(
        {"at": line.at} | {name: mean.loc[line.at].to_numpy() for name, mean in zip(("treated", "control"), means, strict=True)}
    )
    path = path.assign(gap=line.values, is_after=np.arange(len(line.values)) >= line.after)
    effect, lower, upper, p, method = _over_units(sides, line) if min(s.shape[1] for s in sides) >= UNITS else _over_periods(line)
    apart, words = _parallel(line)
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


def _over_units(sides: "list[pd.DataFrame]", line: Line) -> tuple[float, float, float, float, str]:
    """Compare the units' own changes; each unit counts once."""
    from scipy.special import stdtr

    before, after = line.at[: line.before], line.at[line.after :]
    changes = [(side.loc[after].mean() - side.loc[before].mean()).dropna().to_numpy() for side in sides]
    change, error, freedom = means_difference(changes[1], changes[0])
    if not error:
        raise NoData("The units' changes are all alike, or too few: nothing tells how far chance moves them.")
    p = 2 * float(stdtr(freedom, -abs(change.value) / error))
    return change.value, change.lower, change.upper, p, "changes of units compared (Welch), each unit once"


def _over_periods(line: Line) -> tuple[float, float, float, float, str]:
    """Read the gap between both sides as one series: level and noise that may carry over."""
    structure = lay_out(
        line.times, line.values, np.empty((len(line.values), 0)), line.seasons, [Window(line.before, line.after, len(line.values))]
    )
    told = structure.effect(structure.fit(line.before))
    return told.value, told.quantile(0.025), told.quantile(0.975), told.p, "the gap between both sides read as one series"


def _parallel(line: Line) -> tuple[float, str]:
    """Tell whether the gap kept its level before the launch: the chance of such a slope if it did, allowing for noise that carries over."""
    time = line.times[: line.before, None].astype(float)
    structure = lay_out(
        line.times[: line.before], line.values[: line.before], time, line.seasons, [Window(line.before - 1, line.before - 1, line.before)]
    )
    p = structure.coefficient(structure.fit(line.before), 0).p
    if p <= APART:
        return p, "Before the launch the two did not run parallel: part of the difference may be that they were parting already."
    return p, "Before the launch nothing tells against parallel trends, which is no proof of them."
