"""The review page: six to thirteen weeks beside twelve months, each KPI against before, target, the year before and its usual range."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

import pandas as pd

from prodops.errors import NoData, ParameterError
from prodops.fiscal import per_grain
from prodops.kpis import lines
from prodops.kpis.book import KpiBook
from prodops.kpis.columns import open_tables
from prodops.kpis.compile import Slicing
from prodops.kpis.definitions import GRAINS, AnyKpi
from prodops.kpis.drivers.crossing import MOST_VALUES, values_of
from prodops.kpis.kinds import DIMENSIONS, TABLES, Desk, Once
from prodops.kpis.measure import compute_slicings, left_out
from prodops.kpis.news import Frames, News, find_news
from prodops.kpis.outlook import Forecast, forecasts
from prodops.kpis.six_and_twelve import SixTwelve, lay_out
from prodops.kpis.spans import Spans, spans
from prodops.kpis.stages import Stage, stages_of
from prodops.kpis.totals import Values, over_spans
from prodops.stamps import Definition, Finding, Takeaway, Tile
from prodops.workspace import Grain, Period, current_period, last_periods, period_start

if TYPE_CHECKING:
    from prodops.kpis.chapters import Chapter
    from prodops.kpis.said import Said

HISTORY: dict[Grain, int] = per_grain({"week": 52, "month": 24, "quarter": 12, "year": 5})
"""Whole periods behind the page, beyond the weeks it shows: enough for the year before and for limits."""
TILES = 6


@dataclass(frozen=True, repr=False)
class Review:
    """What happened to every KPI, for one page; made by :func:`review`.

    ``weekly`` and ``monthly`` are tidy (see ``compute``) with ``year_before``, ``expected``, ``usual_lower``, ``usual_upper`` and ``signal``;
    a period in progress stands last and is not ``complete``. ``table`` has one row a KPI. ``missing`` says which KPIs are left out and
    why. ``forecasts`` say where each KPI is heading. ``news``, ``stages`` and ``frames`` (all periods and slices looked at) are what the
    findings rest on; ``inputs`` are the numbers over all rows of every KPI and of the hidden ones they are made of.
    """

    as_of: datetime
    book: KpiBook
    currency: str
    country: str | None
    weekly: pd.DataFrame
    monthly: pd.DataFrame
    table: pd.DataFrame
    missing: dict[str, str]
    grains: dict[str, Grain]
    news: News
    stages: dict[str, tuple[Stage, ...]]
    frames: Frames
    inputs: Frames
    layout: Spans
    to_date: dict[str, Values]
    forecasts: tuple[Forecast, ...]

    @property
    def marks(self) -> pd.DataFrame:
        """The launches, incidents, price changes and campaigns of the months on the page: ``name``, ``launched_on``, ``ended_on``, ``kind``, ``product``, ``segment``."""
        return self.news.marks

    def kpi(self, name: str, grain: Grain = "week") -> pd.DataFrame:
        """Give one KPI's rows of the weekly or monthly frame."""
        frame = self.monthly if grain == "month" else self.weekly
        return frame[frame["kpi"] == self.book[name].name].reset_index(drop=True)

    def tiles(self) -> tuple[Tile, ...]:
        """Give up to six tiles: the KPIs that have a target, in the file's order."""
        with_target = [row for row in self.table.to_dict("records") if self.book[row["kpi"]].target]
        return tuple(lines.tile(self.book[row["kpi"]], row) for row in with_target[:TILES])

    @cached_property
    def told(self) -> "tuple[Said, ...]":
        """All that can be said of it, most surprising first; worked out once, as several parts of the page say of it."""
        from prodops.kpis.findings import told

        return told(self)

    def findings(self) -> tuple[Finding, ...]:
        """Give what the numbers claim, most surprising first; that nothing left its usual range is a finding too."""
        return tuple(said.finding for said in self.told)

    def headlines(self, most: int = 5) -> tuple[Finding, ...]:
        """Give the first findings that no other one tells already."""
        return tuple(said.finding for said in self.told if not said.is_told)[:most]

    def takeaways(self) -> tuple[Takeaway, ...]:
        """Give up to three claims with the decision each bears on, most surprising first."""
        from prodops.kpis.findings import takeaways

        return takeaways(self)

    def definitions(self) -> tuple[Definition, ...]:
        """Say what each KPI means, and how many false alarms its limits raise."""
        from prodops.kpis.alarms import stated

        expected = stated(self)
        alarms = (Definition(name="False alarms", text=expected.sentence),) if expected else ()
        return (*self.book.definitions(), *alarms)

    def chapters(self, most: int = 5) -> "tuple[Chapter, ...]":
        """Give the series behind the first findings that rest on one: each with its finding, title, unit and range, ready to draw."""
        from prodops.kpis.chapters import chapters

        return chapters(self, most)

    def six_twelve(self, name: str) -> SixTwelve:
        """Give one KPI's page: six weeks beside twelve months, each with the year before, and its totals to date."""
        values = {
            Period(start.date(), end.date()): value
            for grain in self.inputs
            if grain in ("week", "month")
            for start, end, value in self._whole(name, grain).itertuples(index=False)
        }
        return lay_out(self.book, name, values | self.to_date[self.book[name].name], self.layout, self.currency)

    def _whole(self, name: str, grain: Grain) -> pd.DataFrame:
        rows = self.inputs[grain]
        return rows.loc[rows["kpi"].eq(name) & rows["complete"], ["period_start", "period_end", "value"]]

    def pages(self, most: int = 6) -> tuple[SixTwelve, ...]:
        """Give the pages of the KPIs that have a target or moved (of all where none has), in the file's order.

        Where there are more than ``most``, targets go before moves.
        """
        moved = {m.kpi for m in self.news.moves} | {s.kpi for s in self.news.shifts}
        asked = [n for n in self.grains if self.book[n].target or n in moved] or list(self.grains)
        asked = sorted(asked, key=lambda n: self.book[n].target is None)[:most]
        return tuple(page for n in self.grains if n in asked and not (page := self.six_twelve(n)).is_empty)

    def totals(self) -> pd.DataFrame:
        """Give one row a KPI, in words: last week, month, quarter and year to date, each with its change; blank is not known."""
        pages = [page for n in self.grains if not (page := self.six_twelve(n)).is_empty]
        return pd.concat([page.totals() for page in pages], ignore_index=True) if pages else pd.DataFrame()

    def pace(self) -> pd.DataFrame:
        """Give one row a KPI with a target (all where none has), in words: where it stands, should by now, and is heading for."""
        from prodops.kpis.outlook_words import pace_table

        return pace_table(self)

    def outlook(self) -> pd.DataFrame:
        """Give one row a KPI without a target, in words: what it is heading for, and the range that holds four in five such forecasts.

        Counts that stopped, and KPIs of which nothing is known, are left out.
        """
        from prodops.kpis.outlook_words import outlook_table

        return outlook_table(self)

    def tree(self, name: str | None = None) -> pd.DataFrame:
        """Give a KPI (all that have inputs) above the inputs of its formula, in words; ``kpis.tree`` gives the numbers."""
        from prodops.kpis import trees

        return trees.readable(trees.tree(self, name))

    def readable(self) -> pd.DataFrame:
        """Give the table in words, for display: one row a KPI, blank where nothing is known."""
        return pd.DataFrame([lines.readable(row) for row in self.table.to_dict("records")])

    def coverage(self) -> str:
        """Say how many KPIs could be computed, and why the others are left out."""
        left = "; ".join(f"{self.book[name].label}: {why}" for name, why in self.missing.items())
        told = f"{len(self.table)} of {len(self.table) + len(self.missing)} KPIs could be computed."
        return told + (f" Left out are {left}." if left else "")

    def __repr__(self) -> str:
        return (
            f"Review of {len(self.table)} KPIs as of {self.as_of:%Y-%m-%d}: .table, .weekly, .monthly, .marks; "
            ".findings(), .tiles(), .takeaways()"
        )


def review(desk: Desk, book: KpiBook, *, weeks: int = 13, by: str | None = None, beside: pd.DataFrame | None = None) -> Review:
    """Review every KPI as of the desk's ``as_of``: the last ``weeks`` whole weeks, twelve whole months, and what is new in them.

    A KPI is judged by its own grain (weeks, unless it says month or coarser); hidden ones only serve others. ``by`` adds the slices of
    one dimension to ``weekly`` and ``monthly``. ``beside`` are other series by week (``name``, ``period_start``, ``value``: feedback by
    theme, say); those that left their own usual range with a number are named in its finding. Raises NoData when no KPI has a value,
    ParameterError for fewer than six weeks or more than 52, or for a dimension that no table has.
    """
    if not 6 <= weeks <= 52:
        raise ParameterError(f"weeks is {weeks}; a review shows 6 to 52.")
    desk = Once(desk)
    tables, out = open_tables(desk, book), left_out(desk, book)
    grains: dict[str, Grain] = {n: _grain(book[n]) for n in book.order if n not in out and not book[n].hidden}
    if not grains:
        raise NoData(f"No KPI of {book.file} can be computed here ({'; '.join(f'{n}: {why}' for n, why in list(out.items())[:3])}).")
    values = values_of(
        desk, tables, [d for d in dict.fromkeys([*([by] if by else []), *DIMENSIONS]) if any(d in t.columns for t in tables.values())]
    )
    dimensions = [*([by] if by else []), *(d for d, count in values.items() if d != by and count <= MOST_VALUES)]
    inputs = {g: _frame(desk, book, g, weeks, grains, dimensions) for g in sorted({"week", "month", *grains.values()}, key=GRAINS.index)}
    frames = {g: f[f["kpi"].isin(list(grains))].reset_index(drop=True) for g, f in inputs.items()}
    if not any(f["value"].notna().any() for f in frames.values()):
        raise NoData(f"No row before {desk.as_of:%Y-%m-%d} in {', '.join(sorted({TABLES[t] for t in tables}))}.")
    first = {g: last_periods(desk.as_of, g, weeks if g == "week" else 12, desk.workspace.week_start)[0].start for g in HISTORY}
    shown = {g: lines.shown(book, frames[g], g, first[g], by, desk.workspace.country) for g in frames if g in ("week", "month")}
    table = lines.table(desk, book, frames, grains)
    news, more = find_news(desk, book, frames, grains, values)
    news = replace(news, beside=beside)
    stages = {n: stages_of(desk, book, n) for n in grains}
    frames |= {g: pd.concat([frames[g], rows], ignore_index=True) for g, rows in more.items()}
    layout = spans(period_start(desk.as_of, "week", desk.workspace.week_start))
    to_date = over_spans(desk, book, grains, [span for pair in layout.to_date.values() for span in (pair.now, pair.before)])
    return Review(
        desk.as_of,
        book,
        desk.workspace.currency,
        desk.workspace.country,
        shown["week"],
        shown["month"],
        table,
        out,
        grains,
        news,
        stages,
        frames,
        {g: f[f["dimension"].eq("")] for g, f in inputs.items()},
        layout,
        to_date,
        tuple(forecasts(desk, book, grains, inputs)),
    )


def _grain(kpi: AnyKpi) -> Grain:
    return "week" if kpi.grain == "day" else kpi.grain


def _frame(desk: Desk, book: KpiBook, grain: Grain, weeks: int, grains: Mapping[str, Grain], dimensions: list[str]) -> pd.DataFrame:
    """Compute every KPI that means something at a grain, over the page's history, the period in progress, and all dimensions."""
    count = HISTORY[grain] + (weeks if grain == "week" else 0)
    periods = last_periods(desk.as_of, grain, count, desk.workspace.week_start)
    running = current_period(desk.as_of, grain, desk.workspace.week_start)
    names = [n for n, own in grains.items() if GRAINS.index(own) <= GRAINS.index(grain)]
    names += [n for n in _hidden_inputs(book, names) if GRAINS.index(book[n].grain) <= GRAINS.index(grain)]
    slicings: list[Slicing] = [(), *((d,) for d in dimensions)]
    if not names:
        return lines.nothing()
    return compute_slicings(desk, book, grain=grain, periods=[*periods, *([running] if running else [])], slicings=slicings, names=names)


def _hidden_inputs(book: KpiBook, names: list[str]) -> list[str]:
    """Name the hidden KPIs that others are made of; what the engine reads is the same."""
    from prodops.kpis.trees import nodes

    return list(dict.fromkeys(node.kpi for n in names for node in nodes(book, n) if book[node.kpi].hidden))
