"""The process behaviour chart by the book (Wheeler, Understanding Variation): limits from the moving range, three rules, no model.

It knows no season and no trend: for KPIs over time :func:`signals` is the better judge. This is the chart that others draw, to the digit.
"""

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from prodops.errors import ParameterError

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd

    Array = npt.NDArray[np.float64]

MEANS, MEDIANS = (2.660, 3.268), (3.145, 3.865)
"""What the mean (median) moving range is multiplied by for the limits, and for the upper range limit."""
LONG, FIRST = 8, 5
"""A long run, and how many of its points set the limits that start with it."""
SHORT, OF = 3, 4
"""A short run: so many of so many points nearer one limit than the centre."""


class Limits(NamedTuple):
    """The limits from a place on."""

    start: int
    centre: float
    half: float
    mean_range: float
    range_upper: float


def xmr(
    values: "pd.Series | Sequence[float]",
    *,
    baseline: int | None = None,
    medians: bool = False,
    changes: Sequence[Hashable] = (),
    rebase: Literal["run", "short run"] | None = None,
) -> "pd.DataFrame":
    """Give the XmR chart of values in order.

    Limits come from the first ``baseline`` values (all, where none is stated), by means or ``medians`` of values and moving ranges. They
    start anew only at the declared ``changes`` (labels of the index), or, where ``rebase`` asks for it, at a run of eight on one side of
    the centre (from its first five values) or a short run, three of four nearer a limit than the centre (from those three).

    One row a value: ``value``, ``centre``, ``lower``, ``upper``, ``moving_range``, ``mean_range`` (their mean or median),
    ``range_upper``, ``since`` (the label at which these
    limits start), ``rule`` (1 outside the limits; 2 the eighth or later in a row on one side of the centre; 3 nearer a limit than the
    centre with two of the three before; 0 none, the lowest where several hold) and ``signal``. Missing values are passed over. Raises
    ParameterError for a baseline under two, a change that is no label, or a ``rebase`` without a baseline.
    """
    import pandas as pd

    series = pd.Series(values, dtype=float)
    known = series.dropna()
    if baseline is not None and baseline < 2:
        raise ParameterError(f"baseline is {baseline}; limits need two values or more.")
    if rebase and baseline is None:
        raise ParameterError(
            f"rebase is {rebase!r} without a baseline; expected the number of first values that set the limits, such as 20."
        )
    starts = [0, *sorted(_place(known.index, change) for change in changes)]
    x, ranges = known.to_numpy(), known.diff().abs().to_numpy()
    segments = [
        s
        for low, high in zip(starts, [*starts[1:], len(x)], strict=True)
        for s in _segments(x, ranges, low, high, baseline, medians, rebase)
    ]
    which = np.searchsorted([s.start for s in segments], np.arange(len(x)), side="right") - 1
    _, centre, half, mean_range, range_upper = np.array(segments, dtype=float).reshape(-1, 5)[which].T
    rule = _rules(x, centre, half)
    frame = pd.DataFrame({"value": x, "centre": centre, "lower": centre - half, "upper": centre + half}, index=known.index)
    frame = frame.assign(
        moving_range=ranges,
        mean_range=mean_range,
        range_upper=range_upper,
        since=known.index[[segments[w].start for w in which]],
        rule=rule,
    )
    frame = frame.reindex(series.index)
    return frame.assign(rule=frame["rule"].fillna(0).astype(int), signal=frame["rule"].fillna(0).gt(0))


def _place(index: "pd.Index", change: Hashable) -> int:
    if change not in index:
        raise ParameterError(
            f"changes holds {change!r}, which is no label of the series; expected one of its {len(index)} labels with a value."
        )
    place = index.get_loc(change)
    return int(place) if isinstance(place, int) else int(np.flatnonzero(place)[0])


def _segments(x: "Array", ranges: "Array", low: int, high: int, baseline: int | None, medians: bool, rebase: str | None) -> list[Limits]:
    """Give the limits of the places from ``low`` to ``high``: one set, or as many as runs begin."""
    found = [_limits(x, ranges, low, min(low + baseline, high) if baseline else high, medians)] if high > low else []
    while rebase and found:
        start, end = _next_run(x[:high], found[-1], rebase)
        if start is None or end is None:
            break
        found.append(_limits(x, ranges, start, end, medians))
    return found


def _limits(x: "Array", ranges: "Array", start: int, end: int, medians: bool) -> Limits:
    """Give the limits from some values and the ranges that lead to them."""
    middle, (wide, top) = (np.median, MEDIANS) if medians else (np.mean, MEANS)
    moved = ranges[start:end][~np.isnan(ranges[start:end])]
    mean_range = float(middle(moved)) if len(moved) else np.nan
    return Limits(start, float(middle(x[start:end])), wide * mean_range, mean_range, top * mean_range)


def _next_run(x: "Array", limits: Limits, rebase: str) -> tuple[int, int] | tuple[None, None]:
    """Find the first run under these limits: where it starts, and where the values end that set the next ones."""
    sides = _sides(x[limits.start :], limits.centre, 0.0 if rebase == "run" else limits.half / 2)
    many, of = (LONG, LONG) if rebase == "run" else (SHORT, OF)
    for last in range(many - 1, len(sides)):
        window = sides[max(last - of + 1, 0) : last + 1]
        for side in (1, -1):
            if sides[last] == side and (window == side).sum() >= many:
                start = limits.start + last + 1 - len(window) + int(np.flatnonzero(window == side)[0])
                if start > limits.start:
                    return start, (start + FIRST if rebase == "run" else limits.start + last + 1)
    return None, None


def _sides(x: "Array", centre: "Array | float", beyond: "Array | float") -> "npt.NDArray[np.int_]":
    """Say of each value whether it lies above (1) or below (-1) the centre by more than so much; 0 where neither."""
    return np.where(x - centre > beyond, 1, np.where(x - centre < -np.asarray(beyond), -1, 0))


def _rules(x: "Array", centre: "Array", half: "Array") -> "npt.NDArray[np.int_]":
    import pandas as pd

    rule = np.zeros(len(x), dtype=int)
    for number, beyond, many, of in ((3, half / 2, SHORT, OF), (2, 0 * half, LONG, LONG), (1, half, 1, 1)):
        sides = _sides(x, centre, beyond)
        for side in (1, -1):
            seen = pd.Series(sides == side).rolling(of, min_periods=1).sum().to_numpy()
            rule[(sides == side) & (seen >= many)] = number
    return rule
