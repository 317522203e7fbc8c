"""Whether the flow has changed: the weeks of a report held against those before, by tests that ask for no shape of the values."""

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pandas as pd

    Array = npt.NDArray[np.float64]

FALSE = 0.05
"""Of the changes that are claimed at most this share is chance's."""
FEWEST_WEEKS = 6
"""Weeks with a value that either side needs."""
MEASURES: Mapping[str, str] = {
    "cycle": "median cycle time of the items finished in a week",
    "finished": "items finished a week",
    "arrivals": "items started a week",
    "rework": "share of finished items that went back",
}
COLUMNS = ["measure", "now", "before", "weeks_now", "weeks_before", "p", "adjusted", "changed"]


def changes(weekly: "Mapping[str, tuple[Array, Array]]") -> "pd.DataFrame":
    """Test for each measure whether its weekly values changed: one row is a measure.

    ``weekly`` has for each the values before and those now, missing ones left out. ``now`` and ``before`` are medians, ``p`` is that of the
    Mann-Whitney test on weeks (items of one week are alike, so weeks are what counts), ``adjusted`` over all measures (Benjamini and Hochberg
    1995), ``changed`` where that is below 5 %. Missing where a side has fewer than six weeks.
    """
    import numpy as np
    import pandas as pd

    from prodops.intervals import benjamini_hochberg

    rows = []
    for name, sides in weekly.items():
        before, now = (side[np.isfinite(side)] for side in sides)
        middle = [float(np.median(side)) if len(side) else math.nan for side in (now, before)]
        rows.append((name, *middle, len(now), len(before), _p(before, now)))
    frame = pd.DataFrame(rows, columns=COLUMNS[:-2])
    frame["adjusted"] = benjamini_hochberg(frame["p"].to_numpy(float))
    frame["changed"] = frame["adjusted"] < FALSE
    return frame


def _p(before: "Array", now: "Array") -> float:
    if min(len(before), len(now)) < FEWEST_WEEKS:
        return math.nan
    from scipy.stats import mannwhitneyu

    return float(mannwhitneyu(before, now).pvalue)
