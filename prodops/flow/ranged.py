"""Forecasts from ranges that people give, where there is no history to draw from yet."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, TypeAlias

from prodops.errors import ParameterError, shorten

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pandas as pd

Range: TypeAlias = "float | tuple[float, ...]"
"""A number; or lowest and highest, each value between them as likely; or lowest, most likely and highest (a triangle)."""

LIKELIHOODS = (1.0, 0.95, 0.9, 0.85, 0.8, 0.75, 0.5, 0.25, 0.05, 0.0)
MOST_WEEKS = 520


def when_done(
    *,
    stories: Range,
    throughput: Range,
    start: date,
    rng: "np.random.Generator",
    splits: Range = 1.0,
    trials: int = 10_000,
    likelihoods: Sequence[float] = LIKELIHOODS,
) -> "pd.DataFrame":
    """Forecast when work is done from ranges: ``likelihood``, ``weeks`` (whole ones needed), ``date`` (``start`` and so many weeks).

    A trial draws the number of ``stories`` (whole where the range's ends are) and how many each splits into, then each week's
    ``throughput`` until all are done. A row's ``weeks`` were enough in that share of the trials. ``date`` is missing, and ``weeks`` too,
    where the trials needed more than ten years. Raises ParameterError for ranges that are none, or a throughput that is never above 0.
    """
    import numpy as np
    import pandas as pd

    wanted = np.ceil(_drawn("stories", stories, trials, rng, whole=True) * _drawn("splits", splits, trials, rng) - 1e-9)
    _check("throughput", throughput)
    if (throughput[-1] if isinstance(throughput, tuple) else throughput) <= 0:
        raise ParameterError(f"throughput is {shorten(throughput)}; nothing is ever done at a throughput that is never above 0.")
    weeks = np.where(wanted > 0, np.inf, 0.0)
    done = np.zeros(trials)
    for week in range(1, MOST_WEEKS + 1):
        open_ = ~np.isfinite(weeks)
        if not open_.any():
            break
        done += _drawn("throughput", throughput, trials, rng)
        weeks[open_ & (done >= wanted)] = week
    found = np.quantile(weeks, likelihoods, method="inverted_cdf")
    known = np.isfinite(found)
    dates = [start + timedelta(weeks=int(n)) if ok else None for n, ok in zip(found, known, strict=True)]
    frame = pd.DataFrame({"likelihood": list(likelihoods), "weeks": pd.array(np.where(known, found, -1), dtype="Int64")})
    return frame.assign(weeks=frame["weeks"].where(known), date=pd.to_datetime(pd.Series(dates, dtype="object")))


def how_many(
    *, throughput: Range, weeks: int, rng: "np.random.Generator", trials: int = 10_000, likelihoods: Sequence[float] = LIKELIHOODS
) -> "pd.DataFrame":
    """Forecast how many are done in so many weeks: ``likelihood``, ``items`` (at least so many in that share of the trials)."""
    import numpy as np
    import pandas as pd

    total = sum((_drawn("throughput", throughput, trials, rng) for _ in range(weeks)), np.zeros(trials))
    return pd.DataFrame({"likelihood": list(likelihoods), "items": np.quantile(total, [1 - p for p in likelihoods])})


def _drawn(name: str, given: Range, trials: int, rng: "np.random.Generator", *, whole: bool = False) -> "npt.NDArray[np.float64]":
    """Draw from a range once a trial."""
    import numpy as np

    ends = _check(name, given)
    if ends[0] == ends[-1]:
        return np.full(trials, ends[0])
    if len(ends) == 3:
        return rng.triangular(ends[0], ends[1], ends[2], trials)
    if whole and all(end == int(end) for end in ends):
        return rng.integers(int(ends[0]), int(ends[1]), trials, endpoint=True).astype("float64")
    return rng.uniform(ends[0], ends[1], trials)


def _check(name: str, given: Range) -> tuple[float, ...]:
    ends = tuple(given) if isinstance(given, tuple | list) else (given,)
    numbers = all(isinstance(end, int | float) and not isinstance(end, bool) and 0 <= end < float("inf") for end in ends)
    if not 1 <= len(ends) <= 3 or not numbers or list(ends) != sorted(ends):
        raise ParameterError(
            f"{name} is {shorten(given)}; expected a number, (lowest, highest) or (lowest, most likely, highest), none below 0."
        )
    return ends
