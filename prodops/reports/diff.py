"""Two reports side by side, values first: findings, then tiles, tables, the data of charts, and text."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any, Literal

from prodops.errors import shorten
from prodops.reports.contents import Contents, Row, Shown, contents
from prodops.reports.provenance import read_page
from prodops.stamps import in_words

Part = Literal["findings", "tiles", "tables", "charts", "text"]
PARTS: tuple[Part, ...] = ("findings", "tiles", "tables", "charts", "text")
SHOWN = 12
LONGEST = 160


@dataclass(frozen=True)
class Difference:
    """One thing that differs: where it stands, a line for a reader, and both values (``None``: it is not there)."""

    part: Part
    where: str
    line: str
    before: Any = None
    after: Any = None


@dataclass(frozen=True)
class Comparison:
    """What differs between two reports, in order of :data:`PARTS`; ``before`` and ``after`` name the runs."""

    before: str
    after: str
    differences: tuple[Difference, ...]

    @property
    def same(self) -> bool:
        """Whether both show the same."""
        return not self.differences

    def lines(self, shown: int = SHOWN) -> list[str]:
        """Say it in lines, at most ``shown`` for a part."""
        if self.same:
            return ["Both show the same."]
        said = []
        for part in PARTS:
            found = [d.line for d in self.differences if d.part == part]
            more = [f"  … and {len(found) - shown:,} more"] if len(found) > shown else []
            said += [f"{part.capitalize()}:", *(f"  {line}" for line in found[:shown]), *more] if found else []
        return said

    def to_dict(self) -> dict[str, Any]:
        """Give it as plain values."""
        return {"before": self.before, "after": self.after, "differences": [asdict(d) for d in self.differences]}


def compare(a: Path, b: Path) -> Comparison:
    """Compare two pages, the earlier one first. Raises :class:`InputError` for what is no report of prodops."""
    pages = [(read_page(path).record, path.read_text(encoding="utf-8", errors="replace")) for path in (a, b)]
    return compare_pages(*pages[0], *pages[1])


def compare_pages(record_a: Mapping[str, Any], html_a: str, record_b: Mapping[str, Any], html_b: str) -> Comparison:
    """Compare two pages by their records and their HTML."""
    one, two = contents(html_a), contents(html_b)
    found = (
        *_numbers("findings", _by_name(record_a, "findings"), _by_name(record_b, "findings")),
        *_numbers("tiles", _by_name(record_a, "tiles"), _by_name(record_b, "tiles")),
        *_shown("tables", one.tables, two.tables),
        *_shown("charts", one.charts, two.charts),
        *_text(one, two),
    )
    return Comparison(_run(record_a), _run(record_b), found)


def _run(record: Mapping[str, Any]) -> str:
    return f"{record.get('report')}, as of {str(record.get('as_of'))[:10]} (run {record.get('run_id')})"


def _by_name(record: Mapping[str, Any], section: str) -> dict[str, Row]:
    return {str(item.get("name")): item for item in record.get(section) or [] if isinstance(item, dict)}


# ------------------------------------------------------------------------------------------------ findings and tiles
def _numbers(part: Part, a: Mapping[str, Row], b: Mapping[str, Row]) -> Iterator[Difference]:
    for name in dict.fromkeys((*a, *b)):
        one, two = a.get(name), b.get(name)
        if one is None or two is None:
            there = one or two or {}
            line = f"{'new' if one is None else 'gone'}: {_label(name, there)} {_say(there)}".rstrip()
            yield Difference(part, name, _with_headline(line, there), one and one.get("value"), two and two.get("value"))
        elif one.get("value") != two.get("value") or one.get("unit") != two.get("unit"):
            yield Difference(part, name, _with_headline(_moved(name, one, two), two), one.get("value"), two.get("value"))
        elif (changed := [key for key in two if one.get(key) != two.get(key)]) and part == "findings":
            said = {key: (one.get(key), two.get(key)) for key in changed}
            line = f"{_label(name, two)} {_say(two)}, as before; {_details(said, str(two.get('unit') or 'count'))}"
            yield Difference(part, name, line, *({key: pair[i] for key, pair in said.items()} for i in (0, 1)))


def _label(name: str, item: Row) -> str:
    return str(item.get("title") or name)


def _say(item: Row) -> str:
    return in_words(_number(item.get("value")), str(item.get("unit") or "count")) if item.get("value") is not None else ""


def _with_headline(line: str, item: Row) -> str:
    return f"{line}: {item['headline']}" if item.get("headline") else line


def _moved(name: str, one: Row, two: Row) -> str:
    """Say ``NPS 34 pts → 31 pts (−3 pts)``; that ranges do not overlap is said, that they do would prove nothing."""
    unit, now, before = str(two.get("unit") or "count"), _number(two.get("value")), _number(one.get("value"))
    words = f"{_label(name, two)} {_say(one) or 'n/a'} → {_say(two) or 'n/a'}"
    if now is not None and before is not None and unit == one.get("unit"):
        words += f" ({in_words(now - before, 'points' if unit == 'share' else unit, signed=True)})"
        low_a, high_a, low_b, high_b = (_number(item.get(end)) for item in (one, two) for end in ("lower", "upper"))
        if None not in (low_a, high_a, low_b, high_b) and (high_a < low_b or high_b < low_a):  # type: ignore[operator]
            words += ", ranges apart"
    return words


def _details(said: Mapping[str, tuple[Any, Any]], unit: str) -> str:
    """Say what else of a finding moved, its own words aside."""

    def value(key: str, of: Any) -> str:
        return in_words(_number(of), unit) if key in ("lower", "upper", "before") else shorten(of)

    parts = [f"{key} {value(key, one)} → {value(key, two)}" for key, (one, two) in said.items() if key not in ("headline", "sentence")]
    return ", ".join(parts) or "its words changed"


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


# ---------------------------------------------------------------------------------------------------- tables and charts
def _shown(part: Part, a: Sequence[Shown], b: Sequence[Shown]) -> Iterator[Difference]:
    for i, j in _paired([s.title or s.section for s in a], [s.title or s.section for s in b]):
        one, two = a[i] if i is not None else None, b[j] if j is not None else None
        if one and two:
            yield from _rows(part, two.title or two.section, one, two)
        elif there := one or two:
            where = there.title or there.section
            yield Difference(part, where, f"{'gone' if one else 'new'}: {shorten(where, LONGEST)}")


def _paired(a: Sequence[str], b: Sequence[str]) -> Iterator[tuple[int | None, int | None]]:
    """Pair what has the same name, the first with the first; what is left stands alone."""
    places: dict[tuple[str, int], list[int | None]] = {}
    for side, names in enumerate((a, b)):
        count: Counter[str] = Counter()
        for i, name in enumerate(names):
            places.setdefault((name, count[name]), [None, None])[side] = i
            count[name] += 1
    yield from ((pair[0], pair[1]) for pair in places.values())


def _rows(part: Part, where: str, one: Shown, two: Shown) -> Iterator[Difference]:
    """Compare row by row: rows are told by their texts that both tables tell apart, else by their place."""
    columns = [name for name in two.columns if name in one.columns]
    if lost := [name for name in (*one.columns, *two.columns) if name not in columns]:
        yield Difference(part, where, f"{shorten(where, 60)}: other columns: {', '.join(lost)}", one.columns, two.columns)
    keys = _keys(columns, one.rows, two.rows)
    names = [[_named(row, keys, i) for i, row in enumerate(rows)] for rows in (one.rows, two.rows)]
    for i, j in _paired(*names):
        before, after = one.rows[i] if i is not None else None, two.rows[j] if j is not None else None
        row = names[0][i] if i is not None else names[1][j or 0]
        if before is None or after is None:
            shown = ", ".join(f"{name} {_datum(value)}" for name, value in (before or after or {}).items() if name not in keys)
            line = f"{shorten(where, 60)}, {row}: {'new' if before is None else 'gone'}{f' ({shown})' if shown else ''}"
            yield Difference(part, f"{where}, {row}", line[:LONGEST], before, after)
        elif changed := [name for name in columns if before.get(name) != after.get(name)]:
            moved = ", ".join(f"{name} {_datum(before.get(name))} → {_datum(after.get(name))}" for name in changed)
            yield Difference(
                part,
                f"{where}, {row}",
                f"{shorten(where, 60)}, {row}: {moved}"[: LONGEST * 2],
                *({n: r.get(n) for n in changed} for r in (before, after)),
            )


def _keys(columns: Iterable[str], *tables: Sequence[Row]) -> list[str]:
    """Choose the fewest leading columns of text that tell the rows of each table apart; none where none do."""
    texts = [c for c in columns if all(isinstance(row.get(c), str) for rows in tables for row in rows)]
    for count in range(1, min(len(texts), 3) + 1):
        if all(len({tuple(row[c] for c in texts[:count]) for row in rows}) == len(rows) for rows in tables):
            return texts[:count]
    return []


def _named(row: Row, keys: Sequence[str], place: int) -> str:
    return " · ".join(_datum(row[key]) for key in keys) if keys else f"row {place + 1}"


def _datum(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.6g}"
    return "–" if value is None else shorten(str(value).removesuffix("T00:00:00"), 60)[1:-1]


# ------------------------------------------------------------------------------------------------------------------ text
def _text(one: Contents, two: Contents) -> Iterator[Difference]:
    a, b = one.text, two.text
    same = SequenceMatcher(None, [text for _, text in a], [text for _, text in b], autojunk=False)
    for kind, i1, i2, j1, j2 in same.get_opcodes():
        if kind == "equal":
            continue
        for k in range(max(i2 - i1, j2 - j1)):
            old = a[i1 + k] if i1 + k < i2 else None
            new = b[j1 + k] if j1 + k < j2 else None
            where = (new or old or ("", ""))[0]
            said = [f"{sign} {shorten(pair[1], LONGEST)[1:-1]}" for sign, pair in (("−", old), ("+", new)) if pair]
            yield Difference("text", where, "  ".join(said), old and old[1], new and new[1])
