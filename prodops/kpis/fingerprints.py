"""A hash of the rows behind each number: whether what it was counted from has changed, told without keeping a row."""

import hashlib
import json
from collections.abc import Sequence
from datetime import date, timedelta
from functools import reduce
from operator import add
from typing import TYPE_CHECKING

import ibis
import numpy as np
import pandas as pd

from prodops.kpis import compile as sql
from prodops.kpis.aggregates import Running
from prodops.kpis.book import KpiBook
from prodops.kpis.columns import uses
from prodops.kpis.formulas import look_back
from prodops.kpis.kinds import SPELLS, Desk, kind_of
from prodops.kpis.placing import within
from prodops.kpis.points import points_of
from prodops.workspace import Grain, Period, step

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import numpy.typing as npt


PRIME, MODULUS = 1_000_003, 2_147_483_647
LARGEST, DIGITS = 1e15, 5
Place = tuple[str, str]
"""A table, and the time by which its rows are placed."""


class Fingerprints:
    """The rows that some KPIs count, by day: how many, and an order-free checksum over their columns."""

    def __init__(self, desk: Desk, book: KpiBook, names: Sequence[str], asked: Sequence[tuple[Grain, pd.Timestamp]]) -> None:
        self._desk, self._book, self._places = desk, book, {name: _places(book, name) for name in names}
        columns: dict[Place, set[str]] = {}
        for place, used in (each for places in self._places.values() for each in places.items()):
            known = {c.name for c in kind_of(place[0]).columns}  # all of the contract's, so that another KPI makes no other hash
            columns.setdefault(place, known).update(used)
        spans = [self._span(n, g, Period(start.date(), step(start.date(), g))) for n in names for g, start in dict.fromkeys(asked)]
        span = Period(min(s.start for s in spans), max(s.end for s in spans)) if spans else None
        self._days = {
            place: _by_day(desk, place, sorted(used), None if place[0] in SPELLS else span) for place, used in sorted(columns.items())
        }

    def of(self, name: str, grain: Grain, period: Period) -> str:
        """Hash the rows behind a KPI's value for a period, those its offsets and windows reach included; ten hexadecimal digits."""
        span = self._span(name, grain, period)
        sums = [[*place, *self._sum(place, span)] for place in sorted(self._places[name])]
        return hashlib.sha256(json.dumps(sums).encode()).hexdigest()[:10]

    def _span(self, name: str, grain: Grain, period: Period) -> Period:
        """Give the days that a KPI's value for a period rests on, those of its running totals and conversion windows included."""
        first = step(period.start, grain, -look_back(self._book, name, grain))
        running = [m for m in self._book.measures(name) if isinstance(m, Running)]
        earliest = Period(first, step(first, grain))
        points = [p for m in running for p in points_of(m, [earliest], self._desk.as_of, self._desk.workspace.week_start)]
        window = max((c.window.days for c in self._book.conversions(name)), default=0)
        return Period(min([first, *(p.start or date.min for p in points)]), period.end + timedelta(days=window))

    def _sum(self, place: Place, span: Period) -> tuple[int, int]:
        """Sum rows and checksums over a span of days; of what lasts, over all that began before its end."""
        days, rows, checks = self._days[place]
        inside = (days < np.datetime64(span.end)) & ((days >= np.datetime64(span.start)) | (place[0] in SPELLS))
        return int(rows[inside].sum()), int(checks[inside].sum())


def _places(book: KpiBook, name: str) -> dict[Place, list[str]]:
    """List the tables a KPI counts, each by the time that places its rows, with the columns used."""
    found: dict[Place, list[str]] = {}
    for _, rows, columns in uses(book, name):
        moment = SPELLS[rows.table][0] if rows.table in SPELLS else rows.moment
        found.setdefault((rows.table, moment), []).extend(columns)
    return found


def _by_day(
    desk: Desk, place: Place, columns: Sequence[str], span: Period | None
) -> "tuple[npt.NDArray[np.datetime64], npt.NDArray[np.int64], npt.NDArray[np.int64]]":
    kind, moment = place
    table = sql.open_table(desk, kind)
    if span:
        table = within(table, moment, span)
    used = [c for c in columns if c in table.columns]
    mixed = table.mutate(_day=table[moment].truncate("D").cast("date"), _mix=_mix(table, used)).filter(lambda t: t._day.notnull())
    daily = mixed.group_by("_day").agg(rows=mixed.count(), checksum=(mixed._mix * mixed._mix % MODULUS).sum())
    frame = desk.read(daily.order_by("_day"), name=f"KPIs: checksum of {kind} by day of {moment}")
    return frame["_day"].to_numpy().astype("datetime64[D]"), *(frame[c].fillna(0).to_numpy(dtype=np.int64) for c in ("rows", "checksum"))


def _mix(table: "ir.Table", columns: Sequence[str]) -> "ir.IntegerValue":
    """Mix a row's values into one number, the same in every engine: numbers and times by themselves, all else by its MD5."""
    numbers = [(c, n) for c in columns if (n := _number(table[c])) is not None]
    texts = [table[c].cast("string").fill_null("") for c in columns if c not in dict(numbers)]
    parts = [n for _, n in numbers] + ([_code(md5(ibis.literal("\t").join(texts)))] if texts else [])
    return reduce(add, (part % PRIME * (7 + 2 * i) for i, part in enumerate(parts)), ibis.literal(1, "int64"))


def _number(column: "ir.Value") -> "ir.IntegerValue | None":
    """Turn a value into a whole number by steps that every engine takes alike, fractions to four places; nothing for texts and days."""
    kind = column.type()
    if kind.is_timestamp():
        return column.truncate("s").epoch_seconds().cast("int64").fill_null(0)
    if kind.is_boolean():
        return ibis.ifelse(column, 1, 0).cast("int64")
    if kind.is_integer():
        return column.cast("int64").fill_null(0)
    if kind.is_numeric():
        return (column.cast("float64") * 1e4).clip(-LARGEST, LARGEST).floor().cast("int64").fill_null(0)
    return None


def _code(digest: "ir.StringValue") -> "ir.IntegerValue":
    """Read the first digits of a digest as a number: engines know many ways from text to number, and share the code of a character."""
    return reduce(add, (digest.substr(i, 1).ascii_str().cast("int64") * 64**i for i in range(DIGITS)))


@ibis.udf.scalar.builtin
def md5(text: str) -> str:  # type: ignore[empty-body]
    """Name the engines' own MD5, in hexadecimal: their own hashes differ, from one version to the next too."""
