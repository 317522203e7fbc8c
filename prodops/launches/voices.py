"""What people say before a launch and after it: voices a week by theme, with a range around their ratio."""

import math
from datetime import date
from typing import TYPE_CHECKING

from prodops.intervals import benjamini_hochberg
from prodops.launches.plan import Launch

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pandas as pd

    Array = npt.NDArray[np.float64]

WEEKS, FEWEST, LEVEL = 8, 2, 0.05
"""Weeks on each side, the fewest of them, and the share of false calls over all themes together."""
COLUMNS = ("theme", "before", "after", "ratio", "lower", "upper", "p", "p_together", "is_named", "is_clear", "weeks")


def before_and_after(themes: "pd.DataFrame | None", launch: Launch) -> "pd.DataFrame":
    """Compare each theme's voices in up to 8 whole weeks before a launch and after it.

    ``themes`` is what ``feedback.themes_by_week`` gives: ``name``, ``period_start``, ``value``. One row is a theme: ``theme``, ``before`` and
    ``after`` (voices a week), ``ratio`` with ``lower`` and ``upper`` (95 %, counts that vary more than chance widen it), ``p``, ``p_together`` (over
    all themes), ``is_named`` (the launch's plan names it), ``is_clear``; those named first, then the clearest.
    """
    import numpy as np
    import pandas as pd

    if themes is None or not len(themes):
        return pd.DataFrame(columns=list(COLUMNS))
    rows = []
    for name, own in themes.groupby("name", sort=True):
        counts = own.sort_values("period_start").set_index("period_start")["value"].astype(float)
        first, last = _sides(counts, launch.on)
        if min(len(first), len(last)) >= FEWEST and first.sum() + last.sum() > 0:
            rows.append((_bare(str(name)), first.mean(), last.mean(), *_ratio(first.to_numpy(), last.to_numpy()), len(last)))
    frame = pd.DataFrame(rows, columns=["theme", "before", "after", "ratio", "lower", "upper", "p", "weeks"])
    frame["p_together"] = benjamini_hochberg(frame["p"].to_numpy(dtype=float)) if len(frame) else np.array([], dtype=float)
    frame["is_named"] = [any(word.lower() in theme.lower() for word in launch.themes) for theme in frame["theme"]]
    frame["is_clear"] = frame["p_together"] <= LEVEL
    return frame.sort_values(["is_named", "p", "theme"], ascending=[False, True, True], ignore_index=True)[list(COLUMNS)]


def _bare(name: str) -> str:
    """Give the theme's own name."""
    return name.removeprefix("feedback on “").removesuffix("”")


def _sides(counts: "pd.Series", on: date) -> "tuple[pd.Series, pd.Series]":
    """Give the whole weeks before and after a day; the one that holds it counts on neither side."""
    import pandas as pd

    day = pd.Timestamp(on)
    return counts[counts.index + pd.Timedelta(days=7) <= day].tail(WEEKS), counts[counts.index >= day].head(WEEKS)


def _ratio(first: "Array", last: "Array") -> tuple[float, float, float, float]:
    """Give the ratio of two weekly rates with its range and p: counts with more spread than chance (quasi-Poisson), half a voice added."""
    from scipy.special import stdtr, stdtrit

    freedom = max(len(first) + len(last) - 2, 1)
    spread = sum(float(((side - side.mean()) ** 2).sum() / side.mean()) if side.mean() > 0 else 0.0 for side in (first, last)) / freedom
    sums = [float(side.sum()) + 0.5 for side in (first, last)]
    log = math.log(sums[1] / len(last)) - math.log(sums[0] / len(first))
    error = math.sqrt(max(spread, 1.0) * (1 / sums[0] + 1 / sums[1]))
    half = float(stdtrit(freedom, 0.975)) * error
    return math.exp(log), math.exp(log - half), math.exp(log + half), float(2 * stdtr(freedom, -abs(log) / error))
