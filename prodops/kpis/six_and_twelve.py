"""The 6-12 page of a KPI: six weeks beside twelve months, each with the same span of the year before, and the totals to date."""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pandas as pd

from prodops.errors import ParameterError, did_you_mean
from prodops.kpis import expressions, words
from prodops.kpis.book import KpiBook
from prodops.kpis.definitions import GRAINS, AnyKpi, SimpleKpi
from prodops.kpis.kinds import Desk
from prodops.kpis.spans import TO_DATE, Months, Pair, Spans, spans
from prodops.kpis.totals import Values, over_spans
from prodops.stamps import day_words, in_words, span_words
from prodops.workspace import Period, period_start

if TYPE_CHECKING:
    Change = Callable[[float, float], float]

HOWS = ("sum", "mean", "median", "max", "min", "first", "last")
BPS = 10_000
DIFFERENCES = ("share", "points", "nps", "rating")
"""Units whose change is a difference in the unit itself; the others' are relative."""


@dataclass(frozen=True, repr=False)
class SixTwelve:
    """One KPI's page, made by :func:`six_twelve`.

    ``weeks`` and ``months`` have one row a span, oldest first: ``period_start``, ``period_end`` (half-open), ``value``, ``year_before``,
    ``change`` against the span before and ``year_change``. ``to_date`` has the rows month, quarter and year (``span``), each up to the
    last week's end, against the same days of the year before. Changes are fractions, of shares a difference of fractions (told in basis
    points); ``targets`` are those of a week and of a month; what has no prior span is missing, never 0.
    """

    title: str
    unit: str
    spans: Spans
    weeks: pd.DataFrame
    months: pd.DataFrame
    to_date: pd.DataFrame
    description: str = ""
    targets: tuple[float | None, float | None] = (None, None)

    @property
    def headline(self) -> str:
        """Say in a line where the number stands: in the last week, or in the last month where weeks mean nothing."""
        known = self.weeks if math.isfinite(self.weeks["value"].iloc[-1]) else self.months[self.months["value"].notna()]
        if known.empty:
            return f"{self.title}: nothing known yet"
        last, span = known.iloc[-1], "week" if known is self.weeks else "month"
        changes = ((f"{span} before", last["change"]), ("year before", last["year_change"]))
        told = [
            f"{change_words(change, 'points' if self.unit == 'share' else self.unit)} on the {name}"
            for name, change in changes
            if math.isfinite(change)
        ]
        when = "last week" if span == "week" else f"in {last['period_start']:%B}"
        return f"{self.title}: {', '.join([self._say(last['value']) + ' ' + when, *told])}"

    @property
    def subtitle(self) -> str:
        """Say what is drawn."""
        return self.description.split(". ")[0].rstrip(".") or self.title

    @property
    def is_empty(self) -> bool:
        """Whether nothing is known of the last week, nor of the time up to it."""
        return not (pd.notna(self.weeks["value"].iloc[-1]) or self.to_date["value"].notna().any())

    def totals(self) -> pd.DataFrame:
        """Give the line under the charts in words: last week, WoW and YoY, then each total to date with its YoY; blank is not known."""
        last = self.weeks.iloc[-1]
        told = {
            "KPI": self.title,
            "Last week": self._say(last["value"]),
            "WoW": self._change(last["change"]),
            "YoY": self._change(last["year_change"]),
        }
        for row in self.to_date.to_dict("records"):
            name = f"{row['span'][0].upper()}TD"
            days = span_words(row["period_start"].date(), row["period_end"].date()).rsplit(" ", 1)[0]
            told |= {f"{name} {days}": self._say(row["value"]), f"{name} YoY": self._change(row["year_change"])}
        return pd.DataFrame([told])

    def lines(self, grain: str) -> pd.DataFrame:
        """Give weeks or months ready to draw as two lines: ``period_start`` (of this year's span), ``value`` and ``series``."""
        frame = self.weeks if grain == "week" else self.months
        now = frame[["period_start", "value"]].assign(series="this year")
        before = frame[["period_start", "year_before"]].rename(columns={"year_before": "value"}).assign(series="year before")
        return pd.concat([now, before], ignore_index=True)

    def _say(self, value: float) -> str:
        return in_words(value, self.unit) if math.isfinite(value) else ""

    def _change(self, value: float) -> str:
        return "" if not math.isfinite(value) else change_words(value, self.unit)

    def __repr__(self) -> str:
        return f"{self.title}, weeks to {day_words(self.spans.end - timedelta(days=1))}: .weeks, .months, .to_date, .totals()"


def change_words(value: float, unit: str) -> str:
    """Say a change: basis points of a share, points of a score, else percent."""
    if unit != "share":
        return in_words(value, unit if unit in DIFFERENCES else "share", signed=True)
    return f"{in_words(float(round(value * BPS)), 'count', signed=True)}\u00a0bps"


def six_twelve(
    desk: Desk, book: KpiBook, name: str, *, end: date | None = None, fiscal_year_end: int = 12, months: Months = "trailing"
) -> SixTwelve:
    """Lay out one KPI's page for the six weeks before the day ``end`` (default: the last whole week's end), in one reading of its tables.

    ``end`` may fall on any weekday. ``months`` are the trailing twelve that have ended, or those of the fiscal year, which ends with the
    month ``fiscal_year_end``. Inputs are aggregated over each span first and then divided, distinct counts by the engine over the whole
    span. A KPI of a coarser grain has no weeks. Raises ParameterError for an ``end`` after ``as_of`` or a month that is none.
    """
    layout = spans(_end(desk, end), fiscal_year_end=_month(fiscal_year_end), months=months)
    values = over_spans(desk, book, [name], layout.all())[book[name].name]
    return lay_out(book, name, values, layout, desk.workspace.currency)


def lay_out(book: KpiBook, name: str, values: Values, layout: Spans, currency: str) -> SixTwelve:
    """Lay a KPI's values out as its page; spans finer than its grain are left blank."""
    kpi = book[name]
    if GRAINS.index(kpi.grain) > GRAINS.index("week"):
        weeks = {span for pair in layout.weeks for span in (pair.now, pair.before)}
        values = {span: value for span, value in values.items() if span not in weeks and _is_whole(span, kpi)}
    made = page(kpi.label, kpi.unit_in(currency), values, layout)
    return replace(made, description=kpi.description, targets=_targets(book, kpi))


def _targets(book: KpiBook, kpi: AnyKpi) -> tuple[float | None, float | None]:
    """Give the target of a week and of a month: a total, or a number of different people, of one says nothing of the other."""
    target = kpi.target
    if target is None:
        return None, None
    is_total = isinstance(kpi, SimpleKpi) and not kpi.at and kpi.agg in ("count", "sum")
    is_total = is_total or any(m.agg == "count_distinct" for m in book.measures(kpi.name))
    week = target.value if target.per is None and kpi.grain in ("day", "week") else None
    month = target.value if target.per == "month" or kpi.grain == "month" or (target.per is None and not is_total) else None
    return week, month


def from_days(
    days: pd.DataFrame,
    formula: str,
    how: Mapping[str, str],
    *,
    end: date,
    title: str = "",
    unit: str = "count",
    fiscal_year_end: int = 12,
    months: Months = "trailing",
) -> SixTwelve:
    """Lay out a page from daily numbers, of a spreadsheet for one: each input is aggregated over the span, then the formula is worked out.

    ``days`` has a ``date`` and the inputs as columns, any number of rows a day; ``how`` says of each input how its rows become one
    number (sum, mean, median, max, min, first or last); missing rows do not count. ``formula`` is arithmetic on the inputs.
    """
    _check_inputs(days, formula, how)
    layout = spans(end, fiscal_year_end=_month(fiscal_year_end), months=months)
    dated = days.assign(date=pd.to_datetime(days["date"])).sort_values("date", kind="stable")
    dated = dated[dated["date"] < pd.Timestamp(end)]
    wanted = [span for span in layout.all() if span.end <= end]
    parts = {c: pd.DataFrame({"": [_aggregate(dated, c, how[c], span) for span in wanted]}, dtype=float) for c in how}
    worked = expressions.evaluate(formula, parts)
    assert isinstance(worked, pd.DataFrame)
    return page(title or formula, unit, dict(zip(wanted, worked[""].tolist(), strict=True)), layout)


def page(title: str, unit: str, values: Values, layout: Spans) -> SixTwelve:
    """Put values beside those of the year before, with their changes; a span without a value is missing."""

    def change(before: float, after: float) -> float:
        return after - before if unit in DIFFERENCES else words.ratio_change(before, after)

    weeks, months = (_rows(pairs, values, change) for pairs in (layout.weeks, layout.months))
    to_date = _rows(layout.to_date.values(), values, change).drop(columns="change")
    to_date.insert(0, "span", list(TO_DATE))
    return SixTwelve(title, unit, layout, weeks, months, to_date)


def _rows(pairs: Iterable[Pair], values: Values, change: "Change") -> pd.DataFrame:
    rows = [
        (pd.Timestamp(p.now.start), pd.Timestamp(p.now.end), values.get(p.now, math.nan), values.get(p.before, math.nan)) for p in pairs
    ]
    frame = pd.DataFrame(rows, columns=["period_start", "period_end", "value", "year_before"])
    earlier = [math.nan, *frame["value"].iloc[:-1]]
    frame["change"] = [change(b, a) for b, a in zip(earlier, frame["value"], strict=True)]
    frame["year_change"] = [change(b, a) for b, a in zip(frame["year_before"], frame["value"], strict=True)]
    return frame


def _aggregate(days: pd.DataFrame, column: str, how: str, span: Period) -> float:
    inside = (days["date"] >= pd.Timestamp(span.start)) & (days["date"] < pd.Timestamp(span.end))
    known = days.loc[inside, column].dropna()
    if known.empty:
        return math.nan
    return float(known.iloc[0 if how == "first" else -1]) if how in ("first", "last") else float(known.agg(how))


def _check_inputs(days: pd.DataFrame, formula: str, how: Mapping[str, str]) -> None:
    for column in expressions.names(formula):
        if column not in how or column not in days:
            raise ParameterError(f'The formula uses "{column}", which is no input.{did_you_mean(column, how)} Inputs are {", ".join(how)}.')
    for column, word in how.items():
        if word not in HOWS:
            raise ParameterError(f'"{column}" is to be aggregated by "{word}".{did_you_mean(word, HOWS)} Use one of {", ".join(HOWS)}.')


def _is_whole(span: Period, kpi: AnyKpi) -> bool:
    return span.start == period_start(span.start, kpi.grain) and span.end == period_start(span.end, kpi.grain)


def _end(desk: Desk, end: date | None) -> date:
    if end is not None and pd.Timestamp(end) > desk.as_of:
        raise ParameterError(f"end is {end}, after what is known ({desk.as_of:%Y-%m-%d}); choose a day up to then.")
    return end or period_start(desk.as_of, "week", desk.workspace.week_start)


def _month(number: int) -> int:
    if not 1 <= number <= 12:
        raise ParameterError(f"fiscal_year_end is {number}; it is the number of a month, 1 to 12.")
    return number
