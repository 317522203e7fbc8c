"""The numbers: KPIs worked out from one reading of the tables, aggregated first and then divided, at any grain and slice."""

import math
from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from prodops.errors import NoData, ParameterError, did_you_mean
from prodops.kpis.book import KpiBook
from prodops.kpis.columns import Tables, can_slice, lacking, open_tables
from prodops.kpis.compile import Slicing
from prodops.kpis.definitions import GRAINS
from prodops.kpis.formulas import View, look_back
from prodops.kpis.kinds import SEPARATOR, Desk
from prodops.kpis.panel import Wide, read_panel, whole_calendar
from prodops.kpis.questions import Asking
from prodops.workspace import Grain, Period, last_periods, period_start, step

COLUMNS = ("kpi", "period_start", "period_end", "slice", "value", "numerator", "denominator", "n", "lower", "upper", "complete")


def compute(
    desk: Desk,
    book: KpiBook,
    *,
    grain: Grain,
    periods: Sequence[Period],
    by: str | Sequence[str] | None = None,
    names: Iterable[str] | None = None,
) -> pd.DataFrame:
    """Compute KPIs for these periods, over all rows and, with ``by``, for each slice of one dimension (or of several crossed).

    One row is a KPI in a period and slice: ``kpi``, ``period_start`` and ``period_end`` (half-open days), ``slice`` ("" = all rows,
    "(none)" = rows whose dimension is missing), ``value`` in the KPI's unit (shares as fractions), ``numerator`` and ``denominator``
    of ratios and conversions, ``n`` (rows behind it; of a ratio, behind its denominator), ``lower`` and ``upper`` (95 %: Wilson for
    counts over counts, Student's t for means, multinomial for sums of shares; missing where no honest interval exists), and
    ``complete`` (the period had ended at ``as_of``, was wholly covered by the table, and its conversion window had passed).

    Where nothing happened a count is 0 and a ratio is missing; before a table's first row everything is missing. KPIs whose tables or
    optional columns the workspace lacks, or whose own grain is coarser, are left out (``left_out`` names them); a KPI one of whose
    tables lacks ``by`` has only the slice "". Raises NoData when no KPI remains, DefinitionError for a column that nobody knows, and
    ParameterError for periods that are not whole periods of the grain.
    """
    slicing: Slicing = (by,) if isinstance(by, str) else tuple(by or ())
    slicings: list[Slicing] = [(), slicing] if slicing else [()]
    return compute_slicings(desk, book, grain=grain, periods=periods, slicings=slicings, names=names).drop(columns="dimension")


def compute_slicings(
    desk: Desk, book: KpiBook, *, grain: Grain, periods: Sequence[Period], slicings: Sequence[Slicing], names: Iterable[str] | None = None
) -> pd.DataFrame:
    """Do the work of :func:`compute` for several slicings in one reading; ``dimension`` tells them apart ("" = all rows)."""
    what = asking(desk, book, grain=grain, periods=periods, slicings=slicings, names=names)
    if not periods:
        return pd.DataFrame({c: pd.Series(dtype=object) for c in ("dimension", *COLUMNS)})
    panel = read_panel(what)
    starts = pd.DatetimeIndex([p.start for p in periods]).as_unit("us")
    parts = [
        _tidy(View(panel, book, grain, s).kpi(n), n, s, starts, grain)
        for n in what.names
        for s in slicings
        if can_slice(what.tables, book, n, s)
    ]
    return pd.concat(parts, ignore_index=True)


def history(desk: Desk, book: KpiBook, names: Iterable[str], *, weeks: int = 52, by: Iterable[str] = ()) -> pd.DataFrame:
    """Compute KPIs over the last whole weeks, or over as many months where they mean something by the month only; the columns of
    :func:`compute`, with ``dimension`` before them ("" = all rows, or the column of ``by`` that the slice is of).

    KPIs that cannot be computed here have one row without a value; those whose tables lack a column of ``by`` have no slices of it.
    Raises DefinitionError for a name that the book does not have.
    """
    asked, parts = [book[name].name for name in names], []
    known = {column for table in open_tables(desk, book).values() for column in table.columns}
    slicings: list[Slicing] = [(), *((column,) for column in by if column in known)]
    grains: tuple[tuple[Grain, int], ...] = (("week", weeks), ("month", weeks * 12 // 52))
    for grain, n in grains:
        reasons = _left_out(desk, open_tables(desk, book), book, grain)
        here, asked = [name for name in asked if name not in reasons], [name for name in asked if name in reasons]
        if here:
            periods = last_periods(desk.as_of, grain, n, desk.workspace.week_start)
            parts.append(compute_slicings(desk, book, grain=grain, periods=periods, slicings=slicings, names=here))
    unknown = pd.DataFrame({"kpi": asked, "dimension": "", "slice": "", "value": math.nan, "complete": False})
    parts.append(unknown.assign(period_start=period_start(desk.as_of, "month")).astype({"period_start": "datetime64[us]"}))
    return pd.concat(parts, ignore_index=True).reindex(columns=["dimension", *COLUMNS])


def asking(
    desk: Desk, book: KpiBook, *, grain: Grain, periods: Sequence[Period], slicings: Sequence[Slicing], names: Iterable[str] | None = None
) -> Asking:
    """Settle what the engine is asked: the KPIs that can be computed here, and the periods that they reach back to."""
    asked = [book[n].name for n in (names if names is not None else book.order)]
    _check_periods(periods, grain, desk)
    tables = open_tables(desk, book)
    _check_slicings(tables, slicings)
    usable = tuple(_usable(desk, tables, book, asked, grain))
    calendar = whole_calendar(periods, grain, max(look_back(book, n, grain) for n in usable)) if periods else []
    return Asking(desk, tables, book, usable, grain, calendar, slicings)


def left_out(desk: Desk, book: KpiBook, grain: Grain = "year") -> dict[str, str]:
    """Say which KPIs cannot be computed here at this grain, and why: a table, an optional column, or a grain too fine."""
    return _left_out(desk, open_tables(desk, book), book, grain)


def _left_out(desk: Desk, tables: Tables, book: KpiBook, grain: Grain) -> dict[str, str]:
    reasons = book.missing(desk.has)
    for name in (n for n in book.order if n not in reasons):
        if column := lacking(tables, book, name):
            reasons[name] = column
        elif GRAINS.index(book[name].grain) > GRAINS.index(grain):
            reasons[name] = f"it means something by {book[name].grain} or coarser only"
    return reasons


def _usable(desk: Desk, tables: Tables, book: KpiBook, asked: list[str], grain: Grain) -> list[str]:
    reasons = _left_out(desk, tables, book, grain)
    usable = [n for n in book.order if n in asked and n not in reasons]
    if not usable:
        told = "; ".join(f"{n}: {reasons[n]}" for n in asked[:3])
        raise NoData(f"No KPI of {book.file} can be computed by {grain} here ({told}{'; …' if len(asked) > 3 else ''}).")
    return usable


def _check_periods(periods: Sequence[Period], grain: Grain, desk: Desk) -> None:
    for period in periods:
        start = period_start(period.start, grain, desk.workspace.week_start)
        if (period.start, period.end) != (start, step(start, grain)):
            raise ParameterError(
                f"{period.start} to {period.end} is not a whole {grain}: the {grain} there starts on {start}; "
                "workspace.last_periods makes whole periods."
            )


def _check_slicings(tables: Tables, slicings: Sequence[Slicing]) -> None:
    known = {c for table in tables.values() for c in table.columns}
    for column in sorted({c for s in slicings for c in s} - known):
        raise ParameterError(f'No table behind these KPIs has the dimension "{column}".{did_you_mean(column, known)}')


# ---------------------------------------------------------------------------------------------------------------- tidy
def _tidy(wide: Wide, name: str, slicing: Slicing, starts: pd.DatetimeIndex, grain: Grain) -> pd.DataFrame:
    columns = list(wide.value.columns)
    ends = pd.DatetimeIndex([step(s.date(), grain) for s in starts]).as_unit("us")
    numbers = {c: getattr(wide, c) for c in ("value", "numerator", "denominator", "n", "lower", "upper")}
    return pd.DataFrame(
        {
            "dimension": SEPARATOR.join(slicing),
            "kpi": name,
            "period_start": np.tile(starts, len(columns)),
            "period_end": np.tile(ends, len(columns)),
            "slice": np.repeat(columns, len(starts)),
            **{c: math.nan if part is None else part.reindex(starts).to_numpy(dtype=float).T.ravel() for c, part in numbers.items()},
            "complete": np.tile(wide.complete.reindex(starts).to_numpy(dtype=bool), len(columns)),
        }
    )
