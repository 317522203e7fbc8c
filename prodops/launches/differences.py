"""Difference in differences: what changed for those who got a launch, beyond what changed for those who did not."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from prodops.launches.impacts import impact
from prodops.launches.lines import When

if TYPE_CHECKING:
    import pandas as pd

    from prodops.launches.lines import Controls


@dataclass(frozen=True)
class Difference:
    """The change of the treated beyond that of the controls, on average a period, with its 95 % range, in the KPI's unit.

    ``before`` and ``after`` are periods, ``treated`` and ``control`` units. ``parallel_p`` is the chance of trends before the launch that differ so much
    if they were parallel, NaN where that cannot be told; ``parallel`` says it in words. ``path`` has ``at``, ``treated``, ``control`` (means over
    units) and ``is_after``; ``method`` says how the range was made.
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
    """Compare treated and control units before and after ``post`` (difference in differences).

    Each is a series, or a frame with a column a unit, over the same periods. Raises as :func:`impact` does.
    """
    import pandas as pd

    units = [_mean(side, name) for side, name in ((treated, "treated"), (control, "control"))]
    path = pd.concat([mean.rename(name) for (mean, _), name in zip(units, ("treated", "control"), strict=True)], axis=1)
    found = impact(path["treated"] - path["control"], post=post)
    path = path.loc[found.path["at"]].rename_axis("at").reset_index().assign(is_after=found.path["is_after"].to_numpy())
    method = "interrupted series of the gap between treated and control"
    sizes = units[0][1], units[1][1]
    return Difference(found.effect, found.lower, found.upper, found.p, found.before, found.after, *sizes, float("nan"), "", method, path)


def _mean(side: "Controls", name: str) -> "tuple[pd.Series, int]":
    """Give a side's mean over its units, and how many those are."""
    import pandas as pd

    frame = side if isinstance(side, pd.DataFrame) else pd.DataFrame({name: side})
    return frame.mean(axis=1), frame.shape[1]
