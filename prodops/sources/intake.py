"""Take one table's files through the door once, and keep what came out: checked rows, rows set aside, and a record.

The result is named by what it was made from (the files' bytes, the mapping, the contract), so the same source is
never read twice, by whichever process.
"""

import csv
import hashlib
import json
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from prodops.errors import InputError, shorten
from prodops.sources import columns
from prodops.sources.door import REPEATED, Door, Passed, repeats, union
from prodops.sources.text import sha256_of
from prodops.tables import Contract, contract
from prodops.workspace import SAMPLE, TableSource, Workspace

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from ibis.backends.duckdb import Backend

    from prodops.sources.files import Fault

VERSION = 1
"""Raise it when the door judges differently, so that nothing checked by the old rules is used."""
SHOWN = 3


@dataclass(frozen=True)
class Breach:
    """One way in which rows break the contract: how many, and the first of them (row number, value)."""

    column: str
    reason: str
    rows: int
    first: tuple[tuple[str, str], ...]
    expected: str = ""

    def line(self, table: str, of: int) -> str:
        """Say it on one line."""
        first = ", ".join(f"row {row} {shorten(value, 40)}" for row, value in self.first)
        where = f"{table}.{self.column}" if self.column else table
        return f"{where}: {self.rows:,} of {of:,} rows: {self.reason} ({first})" + (f"; expected {self.expected}" if self.expected else "")


@dataclass(frozen=True)
class Intake:
    """What came through the door: the checked table (Parquet), the rows set aside (CSV, empty where none), and the counts."""

    table: str
    path: str
    quarantine: str
    sha256: str
    source: str
    rows_read: int
    last: str
    breaches: tuple[Breach, ...]
    notes: tuple[str, ...]

    @property
    def rows_set_aside(self) -> int:
        return sum(b.rows for b in self.breaches)


def admit(kind: str, workspace: Workspace, folder: Path) -> Intake:
    """Check one table's files, or find them checked already; raises :class:`InputError` with every reason to refuse.

    ``folder`` keeps the checked tables; a table is refused where more rows than ``max_bad_share`` cannot be used, or
    any where ``on_bad_rows`` is ``fail``. Rows that only repeat an earlier row do not count towards the share.
    """
    source, rules = workspace.tables[kind], contract(kind)
    files = _files(kind, source, workspace, folder)
    name = _key(files, source, rules, workspace)
    record = folder / f"{kind}-{name[:16]}.json"
    try:
        found = _load(record)
    except (OSError, ValueError, KeyError, TypeError):
        found = _take_in(kind, source, files, workspace, folder / f"{kind}-{name[:16]}")
        _save(found, record)
    judge(workspace, kind, found.source, found.rows_read, found.breaches)
    return found


def _files(kind: str, source: TableSource, workspace: Workspace, folder: Path) -> list[Path]:
    if source.source == SAMPLE:
        return [_sample(folder.parent) / f"{kind}.parquet"]
    from prodops.sources.files import expand

    return expand(source.source, workspace.home)


def _sample(store: Path) -> Path:
    """Give the folder of the sample company's tables, written first where it is not there yet."""
    from prodops import samples

    code = sorted(Path(samples.__file__).parent.rglob("*.py")) + sorted(Path(samples.__file__).parent.rglob("*.toml"))
    folder = store / f"sample-{hashlib.sha256(b''.join(f.read_bytes() for f in code)).hexdigest()[:12]}"
    if not folder.is_dir():
        with tempfile.TemporaryDirectory(prefix=".sample-", dir=_made(store)) as work:
            samples.write(Path(work) / "new")
            with suppress(OSError):  # another run was quicker
                (Path(work) / "new").rename(folder)
    return folder


def _made(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        raise InputError(f"{folder}: cannot be made ({fault.strerror}); prodops keeps what it read there.") from None
    return folder


def _key(files: list[Path], source: TableSource, rules: Contract, workspace: Workspace) -> str:
    settings = source.model_dump(exclude={"source", "on_bad_rows", "max_bad_share"})
    parts = [VERSION, [(f.name, sha256_of(f)) for f in files], settings, repr(rules), workspace.time_zone]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _load(record: Path) -> Intake:
    values = json.loads(record.read_text(encoding="utf-8"))
    breaches = tuple(Breach(**b | {"first": tuple(map(tuple, b["first"]))}) for b in values.pop("breaches"))
    intake = Intake(**values | {"breaches": breaches, "notes": tuple(values["notes"])})
    for path in filter(None, (intake.path, intake.quarantine)):
        if not (record.parent / path).is_file():
            raise FileNotFoundError(path)
    return intake


def _save(intake: Intake, record: Path) -> None:
    from prodops.sources.store import temporary

    with temporary(record) as part:
        part.write_text(json.dumps(asdict(intake), ensure_ascii=False, indent=1), encoding="utf-8")


def judge(workspace: Workspace, kind: str, source: str, rows: int, breaches: tuple[Breach, ...]) -> None:
    """Refuse a table of which too many rows cannot be used; raises :class:`InputError` listing every breach."""
    settings = workspace.tables[kind]
    mode = settings.on_bad_rows or workspace.on_bad_rows
    limit = workspace.max_bad_share if settings.max_bad_share is None else settings.max_bad_share
    wrong = [b for b in breaches if b.reason != REPEATED]
    share = sum(b.rows for b in wrong) / rows if rows else 0.0
    if not wrong or (mode == "quarantine" and share <= limit):
        return
    step = ("Mend the source, or set on_bad_rows: quarantine to carry on without them" if mode == "fail" else
            f"That is {share:.0%} of the rows, over the limit of {limit:.0%}: mend the source or the workspace's settings for it, or raise max_bad_share")
    if any(", ".join(contract(kind).key) == b.column for b in wrong):
        step += f". If {wrong[0].column} is not unique, as ids rounded by a spreadsheet are, leave it out: columns: {{{wrong[0].column}: []}}"
    raise InputError(f"{source}: {'; '.join(b.line(kind, rows) for b in wrong)}. {step}.")


# ---------------------------------------------------------------------------------------------------- through the door
def _take_in(kind: str, source: TableSource, files: list[Path], workspace: Workspace, target: Path) -> Intake:
    from prodops.sources.files import read_file
    from prodops.sources.store import temporary

    rules = contract(kind)
    found: list[columns.Matched] = []

    def pick(names: list[str], where: str) -> list[str]:
        found.append(columns.match(rules, source, names, where))
        return found[-1].wanted

    aside = target.with_suffix(".set-aside.csv")
    with temporary(target.with_suffix(".parquet")) as part, tempfile.TemporaryDirectory(prefix=".work-", dir=part.parent) as work:
        con = connect_engine(Path(work))
        con.raw_sql(f"SET TimeZone = '{source.time_zone or workspace.time_zone}'")
        raws, passed, notes = [], [], []
        for i, file in enumerate(files):
            (Path(work) / str(i)).mkdir()
            raws.append(read_file(file, source, Path(work) / str(i), pick))
            label = file.stem if len(files) > 1 else ""
            door = Door(con, rules, source, workspace, comma=raws[-1].decimal_comma)
            passed.append(door.check_file(raws[-1].path, found[-1].columns, label))
            notes += [*raws[-1].notes, *found[-1].notes, *door.notes]
        broken = [(f"{file.stem} {f.row}" if len(files) > 1 else str(f.row), f) for raw, file in zip(raws, files, strict=True) for f in raw.faults]
        last, breaches = _write(con, passed, broken, rules, part, aside)
    named = SAMPLE if source.source == SAMPLE else ", ".join(f.name for f in files[:3]) + (f" and {len(files) - 3} more" if len(files) > 3 else "")
    return Intake(kind, target.with_suffix(".parquet").name, aside.name if breaches else "", sha256_of(target.with_suffix(".parquet")), named,
                  sum(raw.rows for raw in raws), last, breaches, tuple(dict.fromkeys(notes)))


def connect_engine(spill_to: Path) -> "Backend":
    """Open an embedded DuckDB that loads no extension and spills to ``spill_to``.

    One thread: the order in which floats are added, and so their last digit, is the same each time.
    """
    import ibis

    con = ibis.duckdb.connect()
    spill = str(spill_to).replace("'", "''")
    for setting in ("autoinstall_known_extensions = false", "autoload_known_extensions = false", "threads = 1",
                    "enable_progress_bar = false", f"temp_directory = '{spill}'"):
        con.raw_sql(f"SET {setting}")
    return con


def _write(con: "Backend", passed: list[Passed], broken: list[tuple[str, "Fault"]], rules: Contract, part: Path, aside: Path) -> tuple[str, tuple[Breach, ...]]:
    """Write fit rows as Parquet and the others as CSV; gives the latest time (ISO) and what was wrong, by column and reason."""
    fit, unfit = union([p.fit for p in passed]), union([p.faults for p in passed])
    again = repeats(fit, rules)
    if again is not None:
        again = con.create_table("again", again, temp=True)
        fit, unfit = fit.anti_join(again, ["_file", "_row"]), union([unfit, again])
    con.to_parquet(fit.order_by("_file", "_row"), part, compression="zstd")
    faults = listed(unfit) + [(row, f.column, f.value[:200], f.reason) for row, f in broken]
    if faults:
        write_aside(aside, faults)
    last = con.read_parquet(str(part))[rules.time].max().as_scalar().to_pyarrow().as_py()
    return last.isoformat() if last else "", group(faults, rules)


def listed(unfit: "ir.Table") -> list[tuple[str, str, str, str]]:
    """Fetch faults as (row, column, value, reason)."""
    rows = [tuple(row.values()) for row in unfit.order_by("_file", "_row").to_pyarrow().to_pylist()]
    return [(f"{file} {row}" if file else str(row), column, value or "", reason) for file, row, column, value, reason in rows]


def write_aside(path: Path, faults: Iterable[tuple[str, str, str, str]]) -> None:
    """Keep rows that were set aside: row, column, value, reason."""
    from prodops.sources.store import temporary

    with temporary(path) as part, part.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(["row", "column", "value", "reason"])
        # a leading apostrophe keeps a spreadsheet from running a value as a formula
        out.writerows([row, column, "'" + value if value[:1] in "=+-@\t\r" else value, reason] for row, column, value, reason in faults)


def group(faults: list[tuple[str, str, str, str]], rules: Contract) -> tuple[Breach, ...]:
    """Count faults by column and reason, the most frequent first."""
    groups: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for row, column, value, reason in faults:
        groups.setdefault((column, reason), []).append((row, value))
    expected = {c.name: c.expected for c in rules.columns}
    return tuple(Breach(column, reason, len(rows), tuple(rows[:SHOWN]), expected.get(column, ""))
                 for (column, reason), rows in sorted(groups.items(), key=lambda g: (-len(g[1]), g[0])))
