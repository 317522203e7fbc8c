"""Wide files: a column for each question or measure becomes a row for each, as the contract has them."""

from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

from prodops.errors import InputError, did_you_mean, shorten
from prodops.sources.columns import Matched, match
from prodops.sources.engine import fetch_row
from prodops.sources.raw import ROW, Raw
from prodops.sources.survey import PLAIN_NUMBER
from prodops.sources.values import MISSING_WORDS
from prodops.tables import CONTRACTS, Contract
from prodops.workspace import TableSource

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from ibis.backends.duckdb import Backend

NO_ANSWER = ("", *MISSING_WORDS)


@dataclass(frozen=True)
class Wide:
    """How one file's columns become ours: ``kept`` stay columns, ``turned`` (name: column) become rows, ``made`` tells whose row it was."""

    kept: Matched
    turned: Mapping[str, str]
    made: str
    notes: tuple[str, ...]

    @property
    def wanted(self) -> list[str]:
        return list(dict.fromkeys([*self.kept.wanted, *self.turned.values()]))


def plan(contract: Contract, source: TableSource, names: list[str], where: str, *, alone: bool) -> Wide:
    """Match a wide file's columns; raises :class:`InputError` for what is missing, with the near miss.

    Of several files (not ``alone``) each may lack some of the columns, as questions change from year to year; that is noted. People
    that no column names are told apart by their row.
    """
    if not contract.long:
        able = " and ".join(kind for kind, rules in CONTRACTS.items() if rules.long)
        raise InputError(f"{where}: unpivot is for {able}; {contract.name} has a row for each {contract.time} already.")
    turned, missing = _turned(source, names)
    if missing and (alone or not turned):
        asked = f"unpivot names a column {shorten(missing[0])}, which is not there.{did_you_mean(missing[0], names)}"
        raise InputError(f"{where}: {asked} It has {', '.join(shorten(name, 40) for name in names[:12])}{' …' if len(names) > 12 else ''}.")
    notes = (f"{where} has no column {', '.join(map(shorten, missing))}",) if missing else ()
    others = [name for name in names if name not in turned.values()]
    made = _maker(contract, source, others)
    kept = match(contract, source, others, where, (*contract.long, *([made] if made else [])))
    return Wide(kept, turned, made, notes)


def _turned(source: TableSource, names: list[str]) -> tuple[dict[str, str], list[str]]:
    """Find the columns that become rows, and the ones asked for that are not there."""
    turned, missing = dict[str, str](), list[str]()
    for name, column in source.unpivot.items():
        found = [n for n in names if fnmatchcase(n, column)] if "*" in column else [column] * (column in names)
        turned |= {n if "*" in column else name: n for n in found}
        missing += [] if found else [column]
    return turned, missing


def _maker(contract: Contract, source: TableSource, names: list[str]) -> str:
    """Name the column of people where the source has none: they are told apart by row then."""
    person = next((column for column in contract.columns if column.holds == "person" and column.required), None)
    if person is None or person.name in source.columns or person.name in source.constants:
        return ""
    known = {name.strip().lower().replace(" ", "_") for name in names}
    return "" if known & {person.name, *person.synonyms} else person.name


def lengthen(con: "Backend", raw: Raw, wide: Wide, contract: Contract, label: str, work: Path) -> tuple[Raw, Matched]:
    """Write a wide file's raw values anew, a row for each value that is there; a blank is no answer and no row.

    Gives the values and which of our columns each of theirs becomes. A column of numbers alone goes to the contract's number, any other
    to its words. Rows are numbered anew, as whatever is set aside is told by a row's number.
    """
    import ibis

    table = con.read_parquet(str(raw.path))
    place = dict(zip(raw.columns, table.columns[raw.numbered :], strict=True))
    number = table[ROW] if raw.numbered else ibis.row_number() + 1
    kept = {f"k{i}": table[place[name]].cast("string") for i, name in enumerate(wide.kept.wanted)}
    values = {f"v{i}": table[place[column]].cast("string").strip() for i, column in enumerate(wide.turned.values())}
    flat = table.select(number.name(ROW), **kept, **values)
    what = contract.long
    names = ibis.literal(dict(zip(values, wide.turned, strict=True)))
    long = flat.pivot_longer(list(values), names_to="_name", values_to="_value").filter(lambda t: t["_value"].notin(NO_ANSWER))
    columns = {"_what": names[long["_name"]], **_placed(con, flat, values, long, len(what) > 2)}
    made = {"_whose": ibis.literal(f"{label} row " if label else "row ") + long[ROW].cast("string")} if wide.made else {}
    order = ibis.window(order_by=[long[ROW], long["_name"]])
    shaped = long.select((ibis.row_number().over(order) + 1).name(ROW), *kept, **columns, **made).order_by(ROW)
    target = work / "long.parquet"
    con.to_parquet(shaped, target, compression="lz4")
    ours = (*what, *([wide.made] if made else []))
    rows = fetch_row(con.read_parquet(str(target)).aggregate(n=ibis._.count()))["n"]
    noted = f"{raw.rows:,} rows of the file became {rows:,}, one for each {what[0]} with an answer; rows are numbered by these"
    matched = Matched({**wide.kept.columns, **{name: (f"unpivot {name}",) for name in ours}}, (noted, *wide.notes, *wide.kept.notes))
    theirs = (*wide.kept.wanted, *(f"unpivot {name}" for name in ours))
    return Raw(target, int(rows), theirs, raw.notes, raw.faults, decimal_comma=raw.decimal_comma), matched


def _placed(con: "Backend", flat: "ir.Table", values: Mapping[str, object], long: "ir.Table", has_words: bool) -> "dict[str, ir.Value]":
    """Give each value's number, and its words where the contract has a column for them."""
    import ibis

    if not has_words:
        return {"_number": long["_value"]}
    said = {name: flat[name].notin(NO_ANSWER) & ~flat[name].re_search(PLAIN_NUMBER) for name in values}
    counts = fetch_row(flat.aggregate(**{name: words.sum() for name, words in said.items()}))
    is_number = long["_name"].isin([name for name in values if not counts[name]] or [""])
    nothing = ibis.null("string")
    return {"_number": is_number.ifelse(long["_value"], nothing), "_words": is_number.ifelse(nothing, long["_value"])}
