"""When will it be done, and how many by then: futures drawn from the past's weekly throughput, read off at stated likelihoods."""

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from prodops.errors import InputError, ParameterError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pandas as pd

    Array = npt.NDArray[np.float64]

LIKELIHOODS = (0.5, 0.7, 0.85, 0.95)
DRAWS, HORIZON, FARTHEST = 10_000, 52, 156
"""Futures drawn; weeks looked ahead for a date; and the most weeks ahead that a date may be asked of."""
FEWEST_WEEKS, FEWEST_ITEMS = 8, 3
"""Whole weeks, and items finished in the last twelve of them, without which nothing is said."""


def simulate(history: "npt.ArrayLike", rng: "np.random.Generator", *, trials: int = 1_000, horizon: int = HORIZON) -> "Array":
    """Draw futures of weekly counts (trials × horizon) from a history of whole weeks, oldest first.

    See :mod:`prodops.flow.wandering` for the model. Raises InputError for a history without a week, and for what is no count.
    """
    import numpy as np

    from prodops.flow.wandering import follow

    counts = np.asarray(history, dtype=float).ravel()
    if not len(counts):
        raise InputError("The history of throughput holds no week; give at least one.")
    if not np.isfinite(counts).all() or counts.min() < 0:
        raise InputError(
            f"The history of throughput holds {counts[~np.isfinite(counts) | (counts < 0)][0]}; it takes counts of 0 and more."
        )
    return follow(counts).draw(rng, trials, horizon)


def forecast(
    throughput: "pd.Series | pd.DataFrame | npt.ArrayLike",
    *,
    items: int | None = None,
    until: date | None = None,
    start: date | None = None,
    rng: "np.random.Generator",
) -> "pd.DataFrame":
    """Say when ``items`` more are finished, or how many are from ``start`` up to and without the day ``until``; one of the two is given.

    ``throughput`` has whole weeks in order: a series of counts indexed by the day each week starts, or a frame with ``period_start`` and
    ``finished`` (weeks whose ``complete`` is false are left out), as :func:`throughput` gives them; or counts alone, whose dates are known
    where ``start`` is given. One row each likelihood (50, 70, 85, 95 %): ``likelihood``, and ``weeks`` (in whole days, from ``start``, by
    default the end of the past) and ``date`` (the day by whose beginning it is done; missing where a year does not do, or no day is known),
    or ``items`` (the number reached or passed with that likelihood). No rows where the past is too short (:func:`enough`). Raises
    ParameterError, and InputError for what is no count.
    """
    import numpy as np

    if (items is None) == (until is None):
        raise ParameterError("A forecast answers one question: give items (when are they done?) or until (how many by then?).")
    past = weekly(throughput)
    start = _day(start) if start else _end(past)
    if items is not None:
        if items < 0:
            raise ParameterError(f"items is {items}; a forecast is made for 0 and more.")
        futures = simulate(past, rng, trials=DRAWS) if enough(past) else None
        return _when(futures, items, start)
    assert until is not None
    if start is None:
        raise ParameterError("The weeks of this throughput have no dates: give start, the day after the last of them, beside until.")
    ahead = (_day(until) - start).days / 7 if len(past) else 0.0
    if ahead > FARTHEST or ahead < 0:
        raise ParameterError(f"until is {until}; it may lie up to {FARTHEST} weeks after {start}, and not before it.")
    if not enough(past):
        return _how_many(None)
    futures = simulate(past, rng, trials=DRAWS, horizon=int(np.ceil(ahead)) or 1)
    if part := ahead % 1:  # of the last week only some days
        futures[:, -1] = rng.binomial(futures[:, -1].astype(int), part)
    return _how_many(futures.sum(axis=1) if ahead else np.zeros(DRAWS))


def weekly(throughput: "pd.Series | pd.DataFrame | npt.ArrayLike") -> "pd.Series":
    """Give throughput as a series of counts by the day a whole week starts, or by number where no day is known."""
    import pandas as pd

    if isinstance(throughput, pd.Series):
        return throughput
    if not isinstance(throughput, pd.DataFrame):
        return pd.Series(throughput, dtype=float, name="finished")
    whole = throughput[throughput["complete"].astype(bool)] if "complete" in throughput else throughput
    whole = whole[whole["slice"] == ""] if "slice" in whole and (whole["slice"] == "").any() else whole
    return pd.Series(whole["finished"].to_numpy(float), index=pd.DatetimeIndex(whole["period_start"]), name="finished")


def enough(past: "pd.Series") -> bool:
    """Tell whether a past is long enough, and moved enough lately, to say anything."""
    return len(past) >= FEWEST_WEEKS and past.iloc[-12:].sum() >= FEWEST_ITEMS


def weeks_until(futures: "Array", items: int) -> "Array":
    """Give the weeks after which each future reaches ``items``; one more than there are where none does.

    Within its week the last item comes where it is expected to, if a week's items are spread evenly: the second of three after half of it.
    """
    import numpy as np

    reached = np.cumsum(futures, axis=1)
    week = (reached >= items).argmax(axis=1)
    each = np.arange(len(futures))
    missing, came = items - (reached - futures)[each, week], futures[each, week]
    return np.where(reached[:, -1] >= items, week + missing / (came + 1), futures.shape[1] + 1) if items else np.zeros(len(futures))


def at_likelihoods(weeks: "Array") -> "Array":
    """Give the weeks that are enough with each likelihood, in whole days."""
    import numpy as np

    return np.abs(np.ceil(np.quantile(weeks, LIKELIHOODS, method="higher") * 7 - 1e-9)) / 7


def reached_at(totals: "Array") -> "Array":
    """Give the number that is reached or passed with each likelihood."""
    import numpy as np

    return np.quantile(totals, [1 - likelihood for likelihood in LIKELIHOODS], method="lower")


def _when(futures: "Array | None", items: int, start: date | None) -> "pd.DataFrame":
    import pandas as pd

    if futures is None:
        return pd.DataFrame({"likelihood": [], "weeks": [], "date": pd.to_datetime([])})
    weeks = at_likelihoods(weeks_until(futures, items)).astype(float)
    weeks[weeks > futures.shape[1]] = float("nan")
    days = [pd.NaT if week != week or start is None else pd.Timestamp(start + timedelta(days=round(week * 7))) for week in weeks]
    return pd.DataFrame({"likelihood": LIKELIHOODS, "weeks": weeks, "date": pd.to_datetime(days)})


def _how_many(totals: "Array | None") -> "pd.DataFrame":
    import pandas as pd

    if totals is None:
        return pd.DataFrame({"likelihood": [], "items": []})
    return pd.DataFrame({"likelihood": LIKELIHOODS, "items": reached_at(totals).astype(float)})


def _end(past: "pd.Series") -> date | None:
    """Give the day after the past's last week; the first of all days where there is no week, nothing where weeks have no dates."""
    import pandas as pd

    if len(past) and not isinstance(past.index, pd.DatetimeIndex):
        return None
    return (past.index[-1] + timedelta(weeks=1)).date() if len(past) else date.min


def _day(day: date) -> date:
    return day.date() if isinstance(day, datetime) else day
