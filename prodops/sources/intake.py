"""Take one table's files through the door once, and keep what came out: checked rows, rows set aside, and a record.

The result is named by what it was made from (the files' bytes, the mapping, the contract, the code that judges), so
the same source is never read twice, by whichever process.
"""

import hashlib
import json
import os
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from prodops.errors import InputError
from prodops.privacy import KINDS
from prodops.privacy.choice import Redact
from prodops.sources import columns, wide
from prodops.sources.aside import Breach, judge, listed, set_aside
from prodops.sources.door import Looked, Passed, check_file, look, settle_dimensions
from prodops.sources.engine import connect_engine, fetch_row, quoted, union
from prodops.sources.environment import Secrets
from prodops.sources.faults import FAULT_COLUMN, FAULT_REASON, FAULT_VALUE, FILE, ROW, repeats
from prodops.sources.files import expand, read_file
from prodops.sources.masking import Masking, masking
from prodops.sources.raw import Raw
from prodops.sources.store import temporary, used
from prodops.sources.text import sha256_of
from prodops.sources.working import working_folder
from prodops.tables import Contract, contract
from prodops.workspace import SAMPLE, VARIABLE, TableSource, Workspace

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from ibis.backends.duckdb import Backend

__all__ = ["Breach", "Intake", "admit"]


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
    redact: Redact
    masked: tuple[tuple[str, int], ...]

    @property
    def rows_set_aside(self) -> int:
        """How many rows cannot be used."""
        return sum(b.rows for b in self.breaches)


def admit(kind: str, workspace: Workspace, folder: Path) -> Intake:
    """Check one table's files, or find them checked already; raises :class:`InputError` with every reason to refuse.

    ``folder`` keeps the checked tables; a table is refused where more rows than ``max_bad_share`` cannot be used, or
    any where ``on_bad_rows`` is ``fail``.
    """
    secrets, mask = Secrets(), masking(workspace, kind)
    try:
        found = _admitted(kind, workspace, folder, secrets, mask)
    except InputError as fault:
        raise InputError(mask.text(secrets.hide(str(fault)))) from None
    except Exception as fault:
        if not _from_outside(fault):
            raise
        said = mask.text(secrets.hide(" ".join(str(fault).split())))[:300]
        raise InputError(f"{workspace.tables[kind].source}: cannot be taken in: {said} ({type(fault).__name__}).") from None
    judge(workspace, kind, found.source, found.rows_read, found.breaches)
    return found


def _from_outside(fault: Exception) -> bool:
    """Tell a fault of the disk or the engine, which a person can mend, from one of ours; without importing the engine."""
    return isinstance(fault, OSError) or type(fault).__module__.partition(".")[0] in ("_duckdb", "duckdb", "pyarrow")


def _admitted(kind: str, workspace: Workspace, folder: Path, secrets: Secrets, mask: Masking) -> Intake:
    source, rules = workspace.tables[kind], contract(kind)
    files = _files(kind, workspace, folder, secrets)
    key = _key(files, source, rules, workspace, mask)
    record = folder / f"{kind}-{key[:16]}.json"
    with suppress(OSError, ValueError, KeyError, TypeError):  # whatever is wrong with the record, it is made anew
        return _load(record)
    found = _take_in(kind, files, workspace, record.with_suffix(".parquet"), secrets, mask)
    with temporary(record) as part:
        part.write_text(json.dumps(asdict(found), ensure_ascii=False, indent=1), encoding="utf-8")
    return found


def _load(record: Path) -> Intake:
    values = json.loads(record.read_text(encoding="utf-8"))
    breaches = tuple(Breach(**b | {"first": tuple(map(tuple, b["first"]))}) for b in values["breaches"])
    masked = tuple(map(tuple, values["masked"]))
    intake = Intake(**values | {"breaches": breaches, "notes": tuple(values["notes"]), "masked": masked})
    kept = [record, record.parent / intake.path, *([record.parent / intake.quarantine] if intake.quarantine else [])]
    if sha256_of(record.parent / intake.path) != intake.sha256 or not all(map(used, kept)):
        raise ValueError("what the record names is gone or damaged")
    return intake


# ------------------------------------------------------------------------------------------------------ which files
def _files(kind: str, workspace: Workspace, folder: Path, secrets: Secrets) -> dict[str, Path]:
    """Give the table's files by the label that tells them apart: empty for one, else their names or, where these repeat, paths."""
    source = workspace.tables[kind].source
    if source == SAMPLE:
        return {"": sample_folder(folder.parent) / f"{kind}.parquet"}
    files = expand(secrets.fill(source), workspace.home)
    if VARIABLE.search(Path(source).name):
        for file in files:
            secrets.learn(file.name, Path(source).name)
    if len(files) == 1:
        return {"": files[0]}
    stems = [Path(file.name.removesuffix(".gz")).stem for file in files]
    if len(set(stems)) < len(stems):
        common = os.path.commonpath([file.parent for file in files])
        stems = [file.relative_to(common).as_posix() for file in files]
    return dict(zip(map(secrets.hide, stems), files, strict=True))


def sample_folder(store: Path) -> Path:
    """Give the folder of the sample company's tables, written first where it is not there yet."""
    from prodops import samples

    code = sorted(Path(samples.__file__).parent.rglob("*.py"))
    folder = store / f"sample-{hashlib.sha256(b''.join(f.read_bytes() for f in code)).hexdigest()[:12]}"
    if not used(folder):
        with working_folder(store) as work:
            samples.write(work / "new")
            with suppress(OSError):  # another run was quicker
                (work / "new").rename(folder)
    return folder


def _key(files: dict[str, Path], source: TableSource, rules: Contract, workspace: Workspace, mask: Masking) -> str:
    settings = source.model_dump(exclude={"source", "on_bad_rows", "max_bad_share", "redact"})
    named = [(label, file.name, sha256_of(file)) for label, file in files.items()]
    parts = [_code(), named, settings, repr(rules), workspace.time_zone, mask.edition]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


@cache
def _code() -> str:
    """Hash the code that judges, so that nothing checked by other rules is used."""
    return hashlib.sha256(b"".join(f.read_bytes() for f in sorted(Path(__file__).parent.glob("*.py")))).hexdigest()


# --------------------------------------------------------------------------------------------------- through the door
def _take_in(kind: str, files: dict[str, Path], workspace: Workspace, target: Path, secrets: Secrets, mask: Masking) -> Intake:
    source, rules = workspace.tables[kind], contract(kind)
    with working_folder(target.parent) as work, temporary(target) as part:
        con = connect_engine(work)
        con.raw_sql(f"SET TimeZone = {quoted(source.time_zone or workspace.time_zone)}")
        raws, looked = _look_over(con, files, source, rules, work)
        dimensions = settle_dimensions(looked)
        passed = [check_file(file, rules, source, workspace.time_zone, dimensions, mask) for file in looked]
        unfit = _write_fit(con, passed, _broken(raws, files), rules, part)
        quarantine, breaches = set_aside(target.parent, f"{kind}-set-aside", listed(unfit, mask.text), rules)
        last, sha256 = _last(con, part, rules), sha256_of(part)
    notes = [mask.text(note) for note in (*(n for raw in raws for n in raw.notes), *(n for p in passed for n in p.notes))]
    return Intake(
        table=kind,
        path=target.name,
        quarantine=quarantine,
        sha256=sha256,
        source=SAMPLE if source.source == SAMPLE else secrets.hide(_named(files)),
        rows_read=sum(raw.rows for raw in raws),
        last=last,
        breaches=breaches,
        notes=(*dict.fromkeys(notes), *mask.note(rules)),
        redact=mask.redact,
        masked=tuple((kind, mask.counts[kind]) for kind in KINDS if mask.counts[kind]),
    )


def _named(files: dict[str, Path]) -> str:
    names = [file.name for file in files.values()]
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def _look_over(con: "Backend", files: dict[str, Path], source: TableSource, rules: Contract, work: Path) -> tuple[list[Raw], list[Looked]]:
    raws: list[Raw] = []
    looked: list[Looked] = []
    for i, (label, file) in enumerate(files.items()):
        (work / str(i)).mkdir()
        raw, matched = _read(con, file, label, source, rules, work / str(i), alone=len(files) == 1)
        raws.append(raw)
        looked.append(look(con, rules, source, raw, matched, label))
    return raws, looked


def _read(
    con: "Backend", file: Path, label: str, source: TableSource, rules: Contract, work: Path, *, alone: bool
) -> tuple[Raw, columns.Matched]:
    """Read one file's raw values, and say which of our columns each of its own becomes."""
    found: list[columns.Matched | wide.Wide] = []

    def pick(names: list[str], where: str) -> list[str]:
        how = wide.plan(rules, source, names, where, alone=alone) if source.unpivot else columns.match(rules, source, names, where)
        found.append(how)
        return how.wanted

    raw = read_file(file, source, work, pick)
    how = found[-1]
    return wide.lengthen(con, raw, how, rules, label, work) if isinstance(how, wide.Wide) else (raw, how)


def _broken(raws: list[Raw], files: dict[str, Path]) -> list[dict[str, object]]:
    return [
        {FILE: label, ROW: fault.row, FAULT_COLUMN: "", FAULT_VALUE: fault.value, FAULT_REASON: fault.reason}
        for label, raw in zip(files, raws, strict=True)
        for fault in raw.faults
    ]


def _write_fit(con: "Backend", passed: list[Passed], broken: list[dict[str, object]], rules: Contract, part: Path) -> "ir.Table":
    """Write the fit rows as Parquet; gives the others."""
    import pyarrow as pa

    fit, unfit = union([p.fit for p in passed]), [p.faults for p in passed]
    again = repeats(fit, rules)
    if again is not None:
        unfit.append(con.create_table("again", again, temp=True))
        fit = fit.anti_join(unfit[-1], [FILE, ROW])
    if broken:
        unfit.append(con.create_table("broken", pa.Table.from_pylist(broken), temp=True))
    con.to_parquet(fit.order_by(FILE, ROW), part, compression="zstd")
    return union(unfit)


def _last(con: "Backend", checked: Path, rules: Contract) -> str:
    table = con.read_parquet(str(checked))
    last = fetch_row(table.aggregate(last=table[rules.time].max()))["last"]
    return last.isoformat() if last else ""
