"""Did a number leave its usual range? XmR (process behaviour) limits, each point judged by its own past and by nothing later.

Wheeler's limits are the centre ± 2.660 × the mean moving range. Here the centre is a robust line through the past (Theil and Sen), as
product numbers grow; the limits allow for the line's own error (a prediction's, not a fit's), and are wider where the past wanders
more than its moving range tells (autocorrelation), or where the period's own standard error is larger (few answers in a week).
"""

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd

    Array = npt.NDArray[np.float64]

BASELINE = 26
"""Past periods that set a point's limits: half a year of weeks."""
MINIMUM = 8
"""Fewest past values that can set limits."""
_MR_TO_SIGMA = 1.128
LIMIT = 2.660 * _MR_TO_SIGMA
"""The limits' distance from the centre, in sigma: 3.0."""


def signals(series: "pd.Series", *, error: "pd.Series | None" = None, last: int | None = None, is_stock: bool = False) -> "pd.DataFrame":
    """Judge each value by the up to 26 values before it; needs eight.

    ``series`` holds whole periods in order, missing values allowed; ``error`` the standard error of each value, where known; ``last``
    judges only so many at the end; ``is_stock`` says that each value goes on from the one before (revenue that runs, open items), so that
    its change is judged and not its level. Gives ``value``, ``expected``, ``lower``, ``upper``, ``z`` (distance from expected in sigma) and
    ``signal`` for each; missing where the past is too short or never moved.
    """
    import pandas as pd

    values = series.to_numpy(dtype=float)
    errors = np.zeros(len(values)) if error is None else np.nan_to_num(error.to_numpy(dtype=float))
    first = 0 if last is None else max(len(values) - last, 0)
    rows = [outlook(values[: i + 1], errors[i], is_stock) if i >= first else (math.nan, math.nan) for i in range(len(values))]
    frame = pd.DataFrame(rows, columns=["expected", "sigma"], index=series.index, dtype=float)
    frame.insert(0, "value", values)
    half = LIMIT * frame["sigma"]
    frame["lower"], frame["upper"] = frame["expected"] - half, frame["expected"] + half
    frame["z"] = (frame["value"] - frame["expected"]) / frame["sigma"]
    frame["signal"] = frame["z"].abs() > LIMIT
    return frame.drop(columns="sigma")


def outlook(values: "Array", error: float = 0.0, is_stock: bool = False) -> tuple[float, float]:
    """Say what the past leads to expect of the last value, and sigma around it; NaN where the past is too short or never moved."""
    if is_stock:
        change, sigma = _flat(np.diff(values[-(BASELINE + 2) :])[:-1])
        return (values[-2] if len(values) > 1 else math.nan) + change, sigma
    return _sloped(values[-(BASELINE + 1) : -1], error)


def _sloped(past: "Array", error: float) -> tuple[float, float]:
    """Continue a line through the past by one step."""
    places = np.flatnonzero(~np.isnan(past))
    if len(places) < MINIMUM:
        return math.nan, math.nan
    known = past[places]
    slope, level = line(places.astype(float), known)
    rest = known - level - slope * places
    reach = (len(past) - places.mean()) ** 2 / ((places - places.mean()) ** 2).sum()
    sigma = max(_spread(rest), error) * math.sqrt(1 + 1 / len(known) + reach)
    return level + slope * len(past), _moved(sigma, known)


def _flat(past: "Array") -> tuple[float, float]:
    """Expect the median of the past."""
    known = past[~np.isnan(past)]
    if len(known) < MINIMUM:
        return math.nan, math.nan
    return float(np.median(known)), _moved(_spread(known) * math.sqrt(1 + 1 / len(known)), known)


def _spread(values: "Array") -> float:
    """Give sigma from the mean moving range, or from the median distance to the centre where that is larger."""
    around = 1.4826 * float(np.median(np.abs(values - np.median(values))))
    return max(float(np.abs(np.diff(values)).mean()) / _MR_TO_SIGMA, around)


def _moved(sigma: float, known: "Array") -> float:
    """Give sigma, or NaN where the past stood still but for rounding."""
    return sigma if sigma > 1e-12 * max(1.0, float(np.abs(known).max())) else math.nan


def line(x: "Array", y: "Array") -> tuple[float, float]:
    """Fit a robust line: the median of all pairs' slopes and the median of what it leaves (Theil 1950; Sen 1968)."""
    first, second = np.triu_indices(len(x), 1)
    slope = float(np.median((y[second] - y[first]) / (x[second] - x[first])))
    return slope, float(np.median(y - slope * x))


def odds(z: float) -> float:
    """Give the chance that a stable, normal number lies so far out, on either side."""
    return math.erfc(abs(z) / math.sqrt(2))
