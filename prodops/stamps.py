"""Frozen records that cross the seam between the bench (in a kernel) and the press (outside).

A cell that ends with a stamp shows the reader a line of Markdown; the same display carries the record
as JSON under :data:`STAMP_MIME`, always as ``{"stamps": [{"kind": …, …}, …]}``. The press reads the JSON
and never the prose. No IPython is needed: ``_repr_mimebundle_`` is the whole protocol.
"""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime, timedelta
from typing import Any, ClassVar, Literal

STAMP_MIME = "application/vnd.prodops.stamp+json"
CHART_MIME = "application/vnd.prodops.chart+json"
"""Payload of a chart: ``{"spec": Vega-Lite object, "alt": str, "title": str, "dataset": str, "columns": {field: heading}}``."""
LIVE_MIME = "application/vnd.prodops.live+json"
"""Payload of a model that lives in the page: ``{"spec": Vega object with sliders, "alt": str, "title": str, "saved": {key: str}, "outcomes": [{…}]}``."""

Good = Literal["up", "down", "range"]
SYMBOLS = {"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥", "CHF": "CHF", "INR": "₹"}
MINUS, NARROW = "−", "\u00a0"
BEHIND = ("%", "pts", "days", "hours")
"""Units that stand behind a number and say no size, as k and M do."""


# ------------------------------------------------------------------------------------------------ numbers in words
def in_words(value: float | None, unit: str = "count", *, signed: bool = False) -> str:
    """Say a number as a reader would: ``1.2 k``, ``€ 48 k``, ``12 %``, ``−3 pts``, ``4.3``.

    ``unit`` is ``count``, ``share`` (a fraction, shown in percent), ``points`` (a difference of fractions, shown in
    percentage points), ``nps`` (points as they are), ``rating``, ``ratio``, ``days``, ``hours``, ``months``, ``per_1000``, an
    ISO currency code, or one of these per another (``EUR/months``). Missing or infinite values are ``n/a``.
    """
    if value is None or not math.isfinite(value):
        return "n/a"
    unit, _, per = unit.partition("/")
    if per:
        return f"{in_words(value, unit, signed=signed)} per{NARROW}{per.removesuffix('s')}"
    sign = MINUS if value < 0 else "+" if signed and value > 0 else ""
    size = abs(value)
    if unit in ("share", "points"):
        text = _decimals(size * 100) + NARROW + ("%" if unit == "share" else "pts")
    elif unit == "nps":
        text = _decimals(size) + NARROW + "pts"
    elif unit in ("days", "hours", "months"):
        text = f"{_decimals(size)}{NARROW}{unit if _decimals(size) != '1' else unit[:-1]}"
    elif unit == "per_1000":
        text = f"{_decimals(size)} per{NARROW}1,000"
    elif unit in ("rating", "ratio"):
        text = f"{size:.2f}".rstrip("0").rstrip(".") if size < 10 else _decimals(size)
    elif re.fullmatch("[A-Z]{3}", unit):
        return f"{sign}{SYMBOLS.get(unit, unit)}{NARROW}{_short(size) if size >= 100 or size == int(size) else f'{size:.2f}'}"
    else:
        text = _short(size)
    return sign + text if text.strip("0.,\u00a0%pts") else text


def _decimals(size: float) -> str:
    text = f"{size:.1f}" if size < 9.95 else f"{size:,.0f}"
    return text.removesuffix(".0")


def _short(size: float) -> str:
    for limit, suffix in ((1e9, "bn"), (1e6, "M"), (1e4, "k")):
        if size >= limit * 0.9995:
            scaled = size / (1e3 if suffix == "k" else limit)
            return f"{scaled:.1f}".removesuffix(".0") + NARROW + suffix if scaled < 99.95 else f"{scaled:,.0f}{NARROW}{suffix}"
    if size >= 9.95 or size == int(size):
        return f"{size:,.0f}"
    return f"{size:.1f}".removesuffix(".0") if size >= 1 else f"{size:.2f}"


def standard_errors(p: float) -> float:
    """Say how far out it is what chance brings with probability ``p`` on either side: 0.05 is 1.96 standard errors; at most 15."""
    from statistics import NormalDist

    return abs(NormalDist().inv_cdf(min(max(p, 1e-50), 1.0) / 2))


def listed(names: Sequence[str], most: int = 4) -> str:
    """Say names in a row, at most so many: ``a, b and c``; ``a, b and 3 more``. Without names, nothing."""
    kept = [*names[:most], *([f"{len(names) - most} more"] if len(names) > most else [])]
    return " and ".join(filter(None, [", ".join(kept[:-1]), *kept[-1:]]))


def between(lower: str, upper: str) -> str:
    """Say a range by its ends in words, a unit behind both of them once: ``96 to 98 %``, ``€ 2 k to € 3 k``."""
    (number, _, unit), (_, _, same) = lower.partition(NARROW), upper.partition(NARROW)
    return f"{number if unit == same and unit in BEHIND else lower} to {upper}"


def range95(lower: str, upper: str) -> str:
    """Say the ends of a 95 % range: ``95 % range 96 to 98 %``."""
    return f"95{NARROW}% range {between(lower, upper)}"


def day_words(day: date, *, year: bool = True) -> str:
    """Say a date as ``17 Nov 2025`` (``17 Nov`` without its year)."""
    return f"{day.day} {day:%b}" + (f" {day.year}" if year else "")


def span_words(start: date, end: date) -> str:
    """Say a half-open span ``[start, end)`` of days by its first and last day: ``17–23 Nov 2025``."""
    last = end - timedelta(days=1)
    if start >= last:
        return day_words(last)
    if (start.year, start.month) == (last.year, last.month):
        return f"{start.day}–{day_words(last)}"
    return f"{day_words(start, year=start.year != last.year)} – {day_words(last)}"


def plain(text: str) -> str:
    """Escape text for Markdown and HTML, so that data is shown as text wherever a stamp's line is rendered."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"([\\`*_{}\[\]()#+!|$~-])", r"\\\1", " ".join(text.split()))


# ------------------------------------------------------------------------------------------------ the records
class Stamp:
    """A record with a display: JSON for the press, a line for the reader."""

    kind: ClassVar[str]

    def to_dict(self) -> dict[str, Any]:
        """Give the record as JSON-ready values, its ``kind`` first; dates are ISO text, missing is ``None``."""
        return {"kind": self.kind, **{k: _jsonable(v) for k, v in asdict(self).items()}}  # type: ignore[call-overload]

    def line(self) -> str:
        """Give the reader's line, in Markdown."""
        raise NotImplementedError

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, Any]:
        return {STAMP_MIME: {"stamps": [self.to_dict()]}, "text/markdown": self.line(), "text/plain": self.line()}


def _jsonable(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, list | tuple):
        return [_jsonable(v) for v in value]
    if isinstance(value, dict):
        return {str(k): _jsonable(v) for k, v in value.items()}
    return value.item() if hasattr(value, "item") else value


@dataclass(frozen=True, kw_only=True)
class Scope(Stamp):
    """What the report covers: the half-open period ``[start, end)`` and, in words, of what."""

    kind: ClassVar[str] = "scope"
    start: date
    end: date
    scope: str = ""

    def line(self) -> str:
        return " · ".join(filter(None, [span_words(self.start, self.end), plain(self.scope)]))


@dataclass(frozen=True, kw_only=True)
class Finding(Stamp):
    """A number that the report claims.

    ``name`` is stable over runs (``theme.billing.change``) and is what ``diff`` compares; ``headline`` fits a heading
    (at most about 80 characters), ``sentence`` stands on its own with range and comparison. ``value``, ``lower``,
    ``upper`` and ``before`` share ``unit`` (see :func:`in_words`); shares are fractions. ``good`` is the direction that
    is welcome. ``beside`` says what ``before`` is (``was``, ``base``). ``surprise`` orders findings, most surprising first: the distance
    from the usual in standard errors (see :func:`standard_errors`), so that findings of several reports compare; below 2 is as usual.
    ``is_over`` says that what it tells has passed: its number is back in its usual range. ``page`` is where another report found it, as a
    link from this report's page (``../../../kpi_review/all/2025-11-03/report.html``), ``source`` what a small line below it says of that.
    """

    kind: ClassVar[str] = "finding"
    name: str
    headline: str
    sentence: str
    value: float | None = None
    unit: str = "count"
    lower: float | None = None
    upper: float | None = None
    before: float | None = None
    beside: str = "was"
    good: Good | None = None
    surprise: float = 0.0
    is_over: bool = False
    page: str = ""
    source: str = ""

    def line(self) -> str:
        return f"**{plain(self.headline)}.** {plain(self.sentence)}" + (f" *{plain(self.source)}*" if self.source else "")


@dataclass(frozen=True, kw_only=True)
class Tile(Stamp):
    """A number with a target: now, before, target, and its last 13 whole periods (oldest first, ``None`` = missing)."""

    kind: ClassVar[str] = "tile"
    name: str
    title: str
    value: float | None
    unit: str
    before: float | None = None
    target: float | None = None
    target_on: date | None = None
    good: Good = "up"
    period: str = "week"
    history: tuple[float | None, ...] = ()

    def line(self) -> str:
        parts = [f"**{plain(self.title)}** {in_words(self.value, self.unit)}"]
        if self.before is not None:
            parts.append(f"{self.period} before {in_words(self.before, self.unit)}")
        if self.target is not None:
            parts.append(f"target {in_words(self.target, self.unit)}")
        return " · ".join(parts)


@dataclass(frozen=True, kw_only=True)
class Takeaway(Stamp):
    """A claim, the decision it bears on, who is asked to take it, and what would change our mind; ``about`` names the finding that it rests on."""

    kind: ClassVar[str] = "takeaway"
    claim: str
    decision: str
    owner: str = ""
    changes_our_mind: str = ""
    about: str = ""

    def line(self) -> str:
        parts = [f"**{plain(self.claim)}** {plain(self.decision)}"]
        if self.owner:
            parts.append(f"*Asked of:* {plain(self.owner)}.")
        if self.changes_our_mind:
            parts.append(f"*What would change our mind:* {plain(self.changes_our_mind)}")
        return " ".join(parts)


@dataclass(frozen=True, kw_only=True)
class TableStamp(Stamp):
    """What came in at the door for one table: rows read, used, set aside (with reasons), and what was noted.

    ``redact`` is the setting under which personal data was masked (false where it was not, missing in older records);
    ``masked`` counts it by kind, for tables that are files.
    """

    kind: ClassVar[str] = "table"
    table: str
    source: str
    rows_read: int
    rows_used: int
    rows_set_aside: int = 0
    rows_after_as_of: int = 0
    first: datetime | None = None
    last: datetime | None = None
    reasons: tuple[tuple[str, int], ...] = ()
    notes: tuple[str, ...] = ()
    quarantine: str = ""
    sha256: str = ""
    columns: tuple[tuple[str, str], ...] = ()
    redact: bool | str | None = None
    masked: tuple[tuple[str, int], ...] = ()

    def line(self) -> str:
        text = f"**{plain(self.table)}**: {self.rows_read:,} rows read, {self.rows_set_aside:,} set aside"
        if self.reasons:
            text += " (" + "; ".join(f"{n:,} {plain(reason)}" for reason, n in self.reasons) + ")"
        if self.rows_after_as_of:
            text += f", {self.rows_after_as_of:,} dated at or after the as-of date and not used"
        if self.first and self.last:
            text += f"; {day_words(self.first)} to {day_words(self.last)}"
        return ". ".join([text, *map(plain, self.notes)]) + "."


@dataclass(frozen=True, kw_only=True)
class QueryStamp(Stamp):
    """What was read: the SQL that ran, how many rows came, and the SHA-256 of the result in its canonical form."""

    kind: ClassVar[str] = "query"
    name: str
    sql: str
    key: str
    rows: int
    sha256: str

    def line(self) -> str:
        return f"{plain(self.name)}: {self.rows:,} rows, SHA-256 `{self.sha256[:12]}`"


@dataclass(frozen=True, kw_only=True)
class PublishedStamp(Stamp):
    """Values that a report publishes, kept so that later ones can say what has changed: how many, and the SHA-256 of them all."""

    kind: ClassVar[str] = "published"
    name: str
    rows: int
    sha256: str

    def line(self) -> str:
        return f"{plain(self.name)}: {self.rows:,} published values kept, SHA-256 `{self.sha256[:12]}`"


@dataclass(frozen=True, kw_only=True)
class SettingsStamp(Stamp):
    """A file of settings that was read: its plain values, and the SHA-256 of those as JSON (keys sorted, no blanks).

    A comment or another layout is no other value. Of the workspace's own file only the calendar and the currency are kept.
    """

    kind: ClassVar[str] = "settings"
    file: str
    sha256: str
    values: dict[str, Any]

    def line(self) -> str:
        return f"{plain(self.file)}: {len(self.values):,} settings, SHA-256 `{self.sha256[:12]}`"


@dataclass(frozen=True, kw_only=True)
class Definition(Stamp):
    """What a number or method in this report means, with the version (hash) of its definition."""

    kind: ClassVar[str] = "definition"
    name: str
    text: str
    version: str = ""

    def line(self) -> str:
        return f"**{plain(self.name)}**: {plain(self.text)}" + (f" (version {self.version})" if self.version else "")


MOST_QUERIES = 6
"""Of more than so many one line tells a notebook's reader."""


@dataclass(frozen=True)
class Stamps:
    """Several stamps shown by one cell, in order."""

    items: tuple[Stamp, ...]

    def __iter__(self) -> Iterator[Stamp]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    def _lines(self) -> Iterator[str]:
        """Give each stamp's line; many queries are counted, as the fine print of a report lists them."""
        queries = [stamp for stamp in self.items if isinstance(stamp, QueryStamp)]
        yield from (stamp.line() for stamp in self.items if len(queries) <= MOST_QUERIES or stamp not in queries)
        if len(queries) > MOST_QUERIES:
            yield f"{len(queries)} queries gave {sum(query.rows for query in queries):,} rows; the report's fine print has each with its SHA-256."

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, Any]:
        text = "\n".join(f"- {line}" for line in self._lines())
        return {STAMP_MIME: {"stamps": [s.to_dict() for s in self.items]}, "text/markdown": text, "text/plain": text}


def show(*stamps: Stamp) -> Stamps:
    """Show these stamps from one cell: end the cell with ``show(a, b)``."""
    return Stamps(tuple(stamps))


@dataclass(frozen=True)
class Note:
    """A line for the reader that claims nothing: shown as prose, recorded nowhere."""

    text: str

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, Any]:
        return {"text/markdown": plain(self.text), "text/plain": self.text}


def note(*sentences: str) -> Note:
    """Show these sentences from one cell: end the cell with ``note("12 of 12 KPIs could be computed.")``."""
    return Note(" ".join(sentence for sentence in sentences if sentence))


KINDS: dict[str, type[Stamp]] = {
    c.kind: c for c in (Scope, Finding, Tile, Takeaway, TableStamp, QueryStamp, PublishedStamp, SettingsStamp, Definition)
}


def field_names(kind: str) -> list[str]:
    """List the fields of one kind of stamp, in order."""
    return [f.name for f in fields(KINDS[kind])]  # type: ignore[arg-type]
