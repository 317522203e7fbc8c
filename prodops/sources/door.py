"""The door: raw values in, checked columns out, and each row that cannot be used with its reason.

Everything is one Ibis expression over the raw table, so the engine does the work: types, ranges, keys and reasons
are columns. Reading text as dates and numbers is only asked of DuckDB (files); databases have types already.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from inspect import Parameter, Signature
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from prodops.errors import InputError, shorten
from prodops.tables import Column, Contract
from prodops.workspace import TableSource, Workspace

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from ibis.backends.duckdb import Backend

FAULT_COLUMN, FAULT_VALUE, FAULT_REASON = "_fault_column", "_fault_value", "_fault_reason"
REPEATED = "a duplicate: the same row again"
MAX_TEXT = 100_000
MISSING_WORDS = ("NA", "N/A", "n/a", "null", "NULL", "None", "?", "-")
"""Read as missing where a number, date or time is optional; in text columns they stay what they are."""

ISO = r"^\d{4}-\d{1,2}-\d{1,2}([T ].*)?$"
OFFSET = r"[T ].*(Z|[+-]\d{2}(:?\d{2})?)$"
DAY_FIRST = ("%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y")
MONTH_FIRST = ("%m/%d/%Y", "%m.%d.%Y", "%m-%d-%Y")
CLEAR = ("%Y%m%d", "%Y/%m/%d", "%d %b %Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y", "%d-%b-%Y")
CLOCKS = ("", " %H:%M", " %H:%M:%S", " %H.%M", " %I:%M %p", " %I:%M:%S %p", "T%H:%M:%S")
NUMBER = r"(?i)^[+-]?((\d+\.?\d*|\.\d+)(e[+-]?\d{1,4})?|nan|inf|infinity)$"
PROSE = ("text", "comment", "description")
"""Columns whose blanks are kept as they are; those of names and ids are trimmed."""
TRIED = 5_000
Wrong = tuple[str, str, Callable[["ir.Table"], "ir.BooleanValue"]]
"""A column, a reason, and the test that finds it in the typed table."""


@dataclass(frozen=True)
class Passed:
    """What came of one file: the typed rows (``_file``, ``_row`` and columns), and the rows that do not fit with their fault."""

    fit: "ir.Table"
    faults: "ir.Table"


class Door:
    """The door of one file's table: types its columns and parts the rows that cannot be used.

    ``notes`` collects what was understood but should be said: formats chosen, zones assumed, words read as missing.
    """

    def __init__(self, con: "Backend | None", rules: Contract, source: TableSource, workspace: Workspace, *, comma: bool = False) -> None:
        self.con, self.rules, self.source, self.workspace, self.comma = con, rules, source, workspace, comma
        self.notes: list[str] = []
        self.unclear: dict[str, str] = {}

    def check_file(self, path: Path, matched: Mapping[str, Sequence[str]], file: str) -> Passed:
        """Type the rows of a raw Parquet file and tell those that fit from those that do not."""
        import ibis

        assert self.con is not None
        raw = self.con.read_parquet(str(path))
        if "_row" not in raw.columns:
            raw = raw.mutate(_row=ibis.row_number() + 1)
        values = self._values(raw, matched)
        if self.rules.key == ("id",) and "id" not in values:
            self.notes.append("the table has no id: one is made from each row's number")
            values = {"id": ibis.literal(f"{file} row " if file else "row ") + raw["_row"].cast("string"), **values}
        typed, faults = self._types(values, raw)
        # kept as a table, as the engine would otherwise work out each value anew for each thing that can be wrong with it
        table = self.con.create_table(f"typed_{uuid4().hex}", raw.select("_row", **typed).mutate(_file=ibis.literal(file)), temp=True)
        fit, unfit = _part(table, faults, list(values))
        shown = raw.select("_row", **{f"_value_{name}": value.cast("string").substr(0, 200) for name, value in values.items()})
        return Passed(fit, _explain(unfit.select("_file", "_row", "_fault").join(shown, "_row"), faults))

    def check_table(self, raw: "ir.Table", matched: Mapping[str, Sequence[str]]) -> Passed:
        """Do the same with a database's table, all of it in the database."""
        import ibis

        values = self._values(raw, matched)
        typed, faults = self._types(values, raw)
        order = [values[name] for name in self.rules.key if name in values]
        number = ibis.row_number().over(ibis.window(order_by=order)) + 1 if order else ibis.null("int64")
        table = raw.select(_row=number, **typed, **{f"_value_{n}": v.cast("string").substr(0, 200) for n, v in values.items()}).mutate(_file=ibis.literal(""))
        fit, unfit = _part(table, faults, list(values))
        return Passed(fit, _explain(unfit, faults))

    def _values(self, raw: "ir.Table", matched: Mapping[str, Sequence[str]]) -> "dict[str, ir.Value]":
        import ibis

        values = {name: _joined([raw[n] for n in theirs]) for name, theirs in matched.items()}
        # a constant is given row by row, as any other value, so that it is checked like one
        some = raw[raw.columns[0]]
        return values | {name: (some.isnull() | some.notnull()).ifelse(value, ibis.null("string")) for name, value in self.source.constants.items()}

    def _types(self, values: "Mapping[str, ir.Value]", raw: "ir.Table") -> "tuple[dict[str, ir.Value], list[Wrong]]":
        typed: dict[str, ir.Value] = {}
        faults: list[Wrong] = []
        for name, value in values.items():
            column = next((c for c in self.rules.columns if c.name == name), None) or self._dimension(name, value, raw)
            typed |= self._column(column, value)
            faults += [(n, self.unclear.get(n, reason) if reason.endswith("not a date") else reason, test) for n, reason, test in _wrong(column)]
        return typed, faults

    def _dimension(self, name: str, value: "ir.Value", raw: "ir.Table") -> Column:
        """Type a column beyond the contract: a number where all its values are plain numbers, else text."""
        if self.con is None or not value.type().is_string():
            return Column(name, "number" if value.type().is_numeric() else "time" if value.type().is_temporal() else "text")
        given = value.nullif("").notnull()
        plain = value.strip().re_search(r"^[+-]?(0|[1-9]\d*)(\.\d+)?$")
        counts = self.con.to_pyarrow(raw.aggregate(given=given.sum(), plain=(given & plain).sum())).to_pylist()[0]
        return Column(name, "number" if counts["given"] and counts["given"] == counts["plain"] else "text")

    def _column(self, column: Column, value: "ir.Value") -> "dict[str, ir.Value]":
        """Give one column's typed value and, but for text, whether a value was given at all."""
        import ibis

        is_text = value.type().is_string()
        if column.type == "text":
            return {column.name: self._text(column, value) if is_text else value.cast("string")}
        if is_text and self.con is None:
            raise InputError(f"{self.rules.name}.{column.name} is text in the database, and must be {column.expected}: cast it in the workspace (sql: …).")
        text = value.strip() if is_text else value
        absent = value.isnull()
        if is_text:
            absent = absent | (text == "") | (ibis.literal(False) if column.required else text.isin(MISSING_WORDS))
        typed = (self._moment if column.type in ("time", "date") else self._number)(column, text)
        return {column.name: absent.ifelse(ibis.null(typed.type()), typed), f"_given_{column.name}": ~absent}

    def _text(self, column: Column, value: "ir.StringValue") -> "ir.StringValue":
        if self.con is None:
            return value.nullif("")
        long = self.con.to_pyarrow((value.length() > MAX_TEXT).sum().name("n").as_table()).to_pylist()[0]["n"]
        if long:
            self.notes.append(f"{long:,} value{'s' if long > 1 else ''} of {column.name} longer than {MAX_TEXT:,} characters truncated to that length")
        normal = udf("nfc_normalize", "string", text="string")(value.left(MAX_TEXT) if long else value)  # type: ignore[operator]
        return normal if column.name in PROSE else normal.strip().nullif("")

    def _moment(self, column: Column, value: "ir.Value") -> "ir.Value":
        zone = self.workspace.time_zone
        moment = _read_time(value, self._formats(column, value), zone) if value.type().is_string() else _local(value, zone)
        return moment.cast("date") if column.type == "date" else moment

    def _number(self, column: Column, value: "ir.Value") -> "ir.FloatingValue":
        import ibis

        if not value.type().is_string():
            return value.cast("float64")
        plain = value.replace(",", ".") if self.comma else value
        return ibis.cases((plain.re_search(NUMBER), plain.try_cast("float64")))

    def _formats(self, column: Column, text: "ir.StringValue") -> tuple[str, ...]:
        """Choose the formats that read a column's dates beyond ISO, by trying a sample of its values; say what was chosen."""
        if self.source.date_format:
            return (self.source.date_format,)
        assert self.con is not None
        given = text.name("v").as_table().filter(lambda t: (t.v != "") & ~t.v.isin(MISSING_WORDS))
        counts = self.con.to_pyarrow(given.aggregate(
            iso=given.v.re_search(ISO).sum(), offset=given.v.re_search(OFFSET).sum(), clock=given.v.re_search(r"^.{10}[T ]").sum())).to_pylist()[0]
        self._say_zone(column, counts["offset"] or 0, (counts["clock"] or 0) - (counts["offset"] or 0))
        odd = self.con.to_pyarrow(given.filter(~given.v.re_search(ISO)).distinct().order_by("v").limit(TRIED)).column("v").to_pylist()
        fits = {f: self._fitting(f, odd) for f in _with_clocks((*CLEAR, *DAY_FIRST, *MONTH_FIRST))} if odd else {}
        if not fits:
            return ()
        day, month = (sum(n for f, n in fits.items() if f.startswith(family)) for family in (DAY_FIRST, MONTH_FIRST))
        if day == month > 0:
            example = next(f for f, n in fits.items() if n and f.startswith(DAY_FIRST))
            self.unclear[column.name] = f'{column.name} may be day-first or month-first: say which in the workspace, as in date_format: "{example}"'
        order = DAY_FIRST if day > month else MONTH_FIRST if month else ()
        if order:
            first = next(v for v in odd if any(self._fitting(f, [v]) for f, n in fits.items() if n and f.startswith(order)))
            self.notes.append(f"dates in {column.name} such as {shorten(first, 30)} are read {'day' if order is DAY_FIRST else 'month'}-first")
        return tuple(f for f, n in fits.items() if n and f.startswith((*CLEAR, *order)))

    def _fitting(self, format: str, values: list[str]) -> int:
        assert self.con is not None
        row = self.con.con.execute("SELECT count(try_strptime(v, ?)) FROM (SELECT unnest(?) AS v)", [format, values]).fetchone()
        return int(row[0]) if row else 0

    def _say_zone(self, column: Column, with_offset: int, without: int) -> None:
        if with_offset and without:
            zone = self.source.time_zone or self.workspace.time_zone
            self.notes.append(f"{without:,} times in {column.name} carry no offset and are read as {zone} time; {with_offset:,} carry one")


def _part(table: "ir.Table", faults: "list[Wrong]", names: list[str]) -> "tuple[ir.Table, ir.Table]":
    """Part the rows that fit from the others; these carry the place of their first fault in ``_fault``."""
    import ibis

    tests = [(test(table).fill_null(False), i) for i, (_, _, test) in enumerate(faults)]
    judged = table.mutate(_fault=ibis.cases(*tests, else_=-1) if tests else ibis.literal(-1))
    return judged.filter(judged["_fault"] < 0).select("_file", "_row", *names), judged.filter(judged["_fault"] >= 0)


def _explain(rows: "ir.Table", faults: "list[Wrong]") -> "ir.Table":
    """Say of each row that does not fit which column, value (from its ``_value_…``) and reason that is."""
    import ibis

    if not faults:
        return rows.select("_file", "_row", **dict.fromkeys((FAULT_COLUMN, FAULT_VALUE, FAULT_REASON), ibis.null("string")))
    return rows.select("_file", "_row", **{
        FAULT_COLUMN: rows["_fault"].cases(*((i, name) for i, (name, _, _) in enumerate(faults))),
        FAULT_VALUE: rows["_fault"].cases(*((i, rows[f"_value_{name}"]) for i, (name, _, _) in enumerate(faults))),
        FAULT_REASON: rows["_fault"].cases(*((i, reason) for i, (_, reason, _) in enumerate(faults)))})


def _wrong(column: Column) -> "list[Wrong]":
    """List what can be wrong with a column's values, in order of rank, as tests on its typed table."""
    name = column.name
    if column.type == "text":
        return [(name, f"{name} is empty", lambda t: t[name].isnull() | (t[name].strip() == ""))] if column.required and not column.may_be_empty else []
    found: list[Wrong] = [(name, f"{name} is empty", lambda t: ~t[f"_given_{name}"])] if column.required else []
    if column.type in ("time", "date"):
        return [*found, (name, f"{name} is not a date", lambda t: t[f"_given_{name}"] & t[name].isnull()),
                (name, f"{name} is a date before 1971", lambda t: t[name].year() < 1971)]
    found += [(name, f"{name} is not a number", lambda t: t[f"_given_{name}"] & t[name].isnull()),
              (name, f"{name} is not a finite number", lambda t: t[name].isnan() | t[name].isinf())]
    if column.type == "integer":
        found.append((name, f"{name} is not a whole number", lambda t: t[name] != t[name].round()))
    if column.low is not None:
        found.append((name, f"{name} is negative" if column.type == "money" else f"{name} is out of range", lambda t: t[name] < column.low))
    if column.high is not None:
        found.append((name, f"{name} is out of range", lambda t: t[name] > column.high))
    return found


# ------------------------------------------------------------------------------------------------------- expressions
def udf(name: str, returns: object, **takes: object) -> "object":
    """Name one of the engine's own functions that Ibis has no word for."""
    import ibis

    def function(*_: object) -> None: ...

    function.__signature__ = Signature([Parameter(n, Parameter.POSITIONAL_OR_KEYWORD) for n in takes])  # type: ignore[attr-defined]
    return ibis.udf.scalar.builtin(function, name=name, signature=(tuple(takes.values()), returns))


def _instant() -> "object":
    import ibis.expr.datatypes as dt

    return dt.Timestamp(timezone="UTC")


def _to_zone(zone: str, instant: "ir.Value") -> "ir.TimestampValue":
    import ibis

    return udf("timezone", "timestamp(6)", zone="string", instant=_instant())(ibis.literal(zone), instant)  # type: ignore[operator]


def _read_time(text: "ir.StringValue", formats: Sequence[str], zone: str) -> "ir.TimestampValue":
    """Read ISO times (with or without an offset) and the given formats as wall-clock times of ``zone``.

    The session's zone is that of times without an offset; a bare date is that local day, whatever the zones.
    """
    import ibis

    iso = text.re_search(ISO)
    parsed = [ibis.cases((iso & (text.length() <= 10), text.try_cast("timestamp(6)")), (iso, _to_zone(zone, text.try_cast(_instant()))))]
    for format in formats:
        if "%z" in format or "%Z" in format:
            parsed.append(_to_zone(zone, udf("try_strptime", _instant(), text="string", format="string")(text, format)))  # type: ignore[operator]
            continue
        wall = udf("try_strptime", "timestamp(6)", text="string", format="string")(text, format)  # type: ignore[operator]
        parsed.append(_to_zone(zone, wall.cast("string").try_cast(_instant())) if "%H" in format or "%I" in format else wall)
    return ibis.coalesce(*parsed)


def _local(value: "ir.Value", zone: str) -> "ir.TimestampValue":
    """Give a database's time as wall-clock time: times with a zone are turned to ours, others stand as they are."""
    kind = value.type()
    return _to_zone(zone, value.cast(_instant())) if kind.is_timestamp() and kind.timezone else value.cast("timestamp(6)")


def _joined(values: "Sequence[ir.Value]") -> "ir.Value":
    """Join several source columns into one text, a line each; empty ones are left out."""
    import ibis

    if len(values) == 1:
        return values[0]
    return udf("concat_ws", "string", sep="string", **{f"v{i}": "string" for i in range(len(values))})(  # type: ignore[operator]
        ibis.literal("\n"), *(v.cast("string").nullif("") for v in values))


def _with_clocks(formats: Sequence[str]) -> list[str]:
    return [f + clock for f in formats for clock in CLOCKS]


def union(tables: "Sequence[ir.Table]") -> "ir.Table":
    """Put the tables of several files under each other; a column that one lacks is missing there."""
    import ibis

    types: dict[str, object] = {name: kind for table in reversed(tables) for name, kind in table.schema().items()}
    aligned = [table.select(**{n: table[n].cast(t) if n in table.columns else ibis.null(t) for n, t in types.items()}) for table in tables]
    return ibis.union(*aligned) if len(aligned) > 1 else aligned[0]


def repeats(fit: "ir.Table", rules: Contract) -> "ir.Table | None":
    """Give the rows whose key an earlier fit row has taken, as faults; the same row again is told from a conflict."""
    import ibis

    if not rules.key or not set(rules.key) <= set(fit.columns):
        return None
    keyed = fit.filter(*(fit[name].notnull() for name in rules.key))
    counts = keyed.group_by(*rules.key).aggregate(_n=keyed.count())
    many = keyed.semi_join(counts.filter(counts["_n"] > 1), list(rules.key))
    window = ibis.window(group_by=[many[name] for name in rules.key], order_by=[many["_file"], many["_row"]])
    content = ibis.literal("\x1f").join([many[n].cast("string").fill_null("\x1e") for n in many.columns if not n.startswith("_")])
    ranked = many.mutate(_place=ibis.row_number().over(window), _first=many["_row"].first().over(window), _same=content == content.first().over(window))
    later, key = ranked.filter(ranked["_place"] > 0), ", ".join(rules.key)
    label = ibis.literal(" · ").join([later[name].cast("string") for name in rules.key]) + " (as row " + later["_first"].cast("string") + ")"
    conflict = f"a duplicate {key} with other values: a conflict"
    return later.select("_file", "_row", **{FAULT_COLUMN: ibis.literal(key), FAULT_VALUE: label, FAULT_REASON: later["_same"].ifelse(REPEATED, conflict)})
