"""Dates and times as people write them: which formats a column uses, found by trying them, and how it is read.

All of it yields wall-clock times of the workspace's zone. A text without an offset that is given in that same zone
stands as written, even where its clock skipped the hour.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from prodops.errors import InputError, shorten
from prodops.sources.engine import builtin

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from ibis.backends.duckdb import Backend

ISO = r"^\d{4}-\d{1,2}-\d{1,2}([T ].*)?$"
OFFSET = r"[T ]\d.*(Z|z|UTC|GMT|[+-]\d{2}(:?\d{2})?)$"
LONGEST_DATE = 10

DAY_FIRST = tuple(f"%d{mark}%m{mark}{year}" for mark in "/.-" for year in ("%y", "%Y"))
MONTH_FIRST = tuple(f"%m{mark}%d{mark}{year}" for mark in "/.-" for year in ("%y", "%Y"))
CLEAR = ("%Y%m%d", "%Y/%m/%d", "%Y.%m.%d", "%d %b %Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y", "%d-%b-%y", "%d-%b-%Y")
CLOCKS = (
    "", " %H:%M", " %H:%M:%S", " %H:%M:%S.%f", " %H.%M", "T%H:%M:%S",
    " %I:%M %p", " %I:%M:%S %p", " %I:%M:%S %p %Z", ", %H:%M", ", %H:%M:%S", ", %I:%M %p", ", %I:%M:%S %p",
)  # fmt: skip
WHOLE = ("%a %b %d %H:%M:%S %z %Y", "%a, %d %b %Y %H:%M:%S %z", "%a, %d %b %Y %H:%M:%S %Z")
"""As some services and e-mails write them."""

TRIED = 2_000
FEW = 20
"""An order of day and month is settled where at most one in so many of the telling dates speaks against it."""


@dataclass(frozen=True)
class Formats:
    """The formats that read a column beyond ISO, what to say of them, and what is wrong where the order stays open."""

    formats: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    unclear: str = ""


def given_format(con: "Backend", column: str, format: str) -> Formats:
    """Take a person's format; raises :class:`InputError` where it is none."""
    import duckdb

    try:
        _try(con, [format], [""])
    except duckdb.Error as fault:
        said = " ".join(str(fault).split()).rpartition(": ")[2]
        raise InputError(
            f"date_format {shorten(format)} of {column} cannot be used ({said}); expected codes such as %d.%m.%Y %H:%M."
        ) from None
    return Formats((format,))


def find_formats(con: "Backend", column: str, values: Mapping[str, int]) -> Formats:
    """Choose the formats that read these values (with their counts), none ISO; where the order of day and month stays open, say so."""
    shapes = {_shape(value) for value in values}
    clear, day, month = (
        [f + clock for f in order for clock in CLOCKS if _shape(f + clock) in shapes] for order in (CLEAR, DAY_FIRST, MONTH_FIRST)
    )
    clear, orders = [*clear, *WHOLE], {"day": day, "month": month}
    fits = _try(con, [*clear, *day, *month], list(values))
    readable = {order: {v for f in formats for v in fits[f]} for order, formats in orders.items()}
    chosen = tuple(f for f in clear if fits[f])
    if not (readable["day"] or readable["month"]):
        return Formats(chosen)
    order = _order(values, readable["day"], readable["month"])
    if order is None:
        example = next(f for f in orders["day"] if fits[f])
        unclear = f'{column} may be day-first or month-first: say which in the workspace, as in date_format: "{example}"'
        return Formats(chosen, unclear=unclear)
    note = f"dates in {column} such as {shorten(min(readable[order]), 30)} are read {order}-first"
    return Formats((*chosen, *(f for f in orders[order] if fits[f])), (note,))


def _shape(text: str) -> str:
    """Give a date's, or a format's, outline: ``9-9-9 9.9`` for ``16-02-2015 23.36`` as for ``%d-%m-%Y %H.%M``."""
    return re.sub(r"(%[dmyYHIMSf]|\d)+", "9", re.sub(r"%[bBpZ]|(?<!%)[A-Za-z]+", "a", text))


def _order(values: Mapping[str, int], day: set[str], month: set[str]) -> str | None:
    """Settle the order by the dates that can only be read one way; by dots, as nobody writes those month-first, where none can."""
    day_only, month_only = (sum(values[v] for v in only) for only in (day - month, month - day))
    if not day_only and not month_only and all("." in value[:LONGEST_DATE] for value in day):
        return "day"
    if day_only > FEW * month_only:
        return "day"
    return "month" if month_only > FEW * day_only else None


def _try(con: "Backend", formats: Sequence[str], values: list[str]) -> dict[str, list[str]]:
    """Give the values that each format reads; a year of three digits or fewer counts as not read."""
    fitting = ", ".join(["list(v) FILTER (WHERE year(try_strptime(v, ?)) > 999)"] * len(formats))
    row = con.con.execute(f"SELECT {fitting} FROM (SELECT unnest(?) AS v)", [*formats, values]).fetchone()
    return {format: found or [] for format, found in zip(formats, row or (), strict=True)}


# ------------------------------------------------------------------------------------------------------- expressions
def has_offset(text: "ir.StringValue") -> "ir.BooleanValue":
    """Tell whether a text ends in an offset from UTC."""
    return (text.length() > LONGEST_DATE) & text.re_search(OFFSET)


def read_time(text: "ir.StringValue", formats: Sequence[str], zone: str, source_zone: str) -> "ir.TimestampValue":
    """Read ISO texts (with or without an offset) and the given formats; others are missing. A bare date is that local day."""
    import ibis

    iso, same = text.re_search(ISO), ibis.literal(zone == source_zone)
    plain = text.try_cast("timestamp(6)")
    wall = ibis.cases((text.length() <= LONGEST_DATE, plain), (has_offset(text), _instant_at(text, zone)), (same, plain))
    parsed = [ibis.cases((iso, ibis.coalesce(wall, _instant_at(text, zone))))]
    for format in formats:
        if "%z" in format or "%Z" in format:
            parsed.append(to_zone(zone, builtin("try_strptime", _instant(), text="string", format="string")(text, format)))
            continue
        moment = builtin("try_strptime", "timestamp(6)", text="string", format="string")(text, format)
        has_clock = "%H" in format or "%I" in format
        parsed.append(moment if zone == source_zone or not has_clock else to_zone(zone, _from_zone(source_zone, moment)))
    return ibis.coalesce(*parsed)


def local(value: "ir.Value", zone: str) -> "ir.TimestampValue":
    """Give a time that has its type as wall-clock time: those with a zone are turned to ours, others stand as they are."""
    kind = value.type()
    return to_zone(zone, value.cast(_instant())) if kind.is_timestamp() and kind.timezone else value.cast("timestamp(6)")


def to_zone(zone: str, instant: "ir.Value") -> "ir.TimestampValue":
    """Turn an instant to wall-clock time."""
    import ibis

    return builtin("timezone", "timestamp(6)", zone="string", instant=_instant())(ibis.literal(zone), instant)


def _from_zone(zone: str, moment: "ir.Value") -> "ir.TimestampValue":
    import ibis

    return builtin("timezone", _instant(), zone="string", moment="timestamp(6)")(ibis.literal(zone), moment)


def _instant_at(text: "ir.StringValue", zone: str) -> "ir.TimestampValue":
    """Read a text as an instant, one without an offset being of the session's zone; also where the seconds are left out."""
    import ibis

    with_seconds = text.re_replace(r"^(.{6,10}[T ]\d{1,2}:\d{2}) *(Z|z|[+-]\d)", r"\1:00\2")
    tidy = with_seconds.re_replace(r" +([+-]\d{2}:?\d{2})$", r"\1").re_replace(r"(:\d{2}),(\d)", r"\1.\2").upper()
    return to_zone(zone, ibis.coalesce(text.try_cast(_instant()), tidy.try_cast(_instant())))


def _instant() -> "object":
    import ibis.expr.datatypes as dt

    return dt.Timestamp(timezone="UTC")
