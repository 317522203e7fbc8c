"""One table at the desk: taken in from files or checked in its database, then cut at ``as_of`` and counted."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from prodops.privacy.choice import Redact
from prodops.sources.aside import Breach, judge, listed, set_aside
from prodops.sources.engine import fetch_row
from prodops.sources.faults import FAULT_COLUMN, FAULT_REASON, FAULT_VALUE, FILE, ROW, repeats
from prodops.sources.intake import admit
from prodops.sources.masking import masking
from prodops.sources.remote import Remote, describe
from prodops.stamps import TableStamp
from prodops.tables import Contract, contract
from prodops.workspace import Workspace

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from ibis.backends.duckdb import Backend

FUTURE = "lies in the future"
PLANNED = ("launches", "goals")
"""Tables whose rows may well lie ahead."""


@dataclass(frozen=True)
class Opened:
    """The Ibis table of all fit rows of one kind, and what the door said; ``folder`` keeps what was set aside."""

    kind: str
    folder: Path
    table: "ir.Table"
    rows_read: int
    breaches: tuple[Breach, ...]
    notes: tuple[str, ...]
    source: str
    sha256: str = ""
    quarantine: tuple[str, ...] = ()
    redact: Redact = True
    masked: tuple[tuple[str, int], ...] = ()

    @property
    def base(self) -> "ir.Table":
        """The table as reports see it, without the door's own columns."""
        return self.table.drop(*(name for name in self.table.columns if name.startswith("_")))

    @property
    def when(self) -> "ir.TimestampValue":
        """The time that ``as_of`` cuts."""
        return self.table[contract(self.kind).time].cast("timestamp")


def open_files(kind: str, workspace: Workspace, folder: Path, con: "Backend") -> Opened:
    """Take a table's files in, or find them taken in already."""
    intake = admit(kind, workspace, folder)
    table = con.read_parquet(str(folder / intake.path), table_name=f"{kind} as taken in")
    aside = (intake.quarantine,) if intake.quarantine else ()
    return Opened(
        kind,
        folder,
        table,
        intake.rows_read,
        intake.breaches,
        intake.notes,
        intake.source,
        intake.sha256,
        aside,
        intake.redact,
        intake.masked,
    )


def open_remote(kind: str, workspace: Workspace, folder: Path, remote: Remote) -> Opened:
    """Check a database's table in its database: faults and repeated keys are fetched, fit rows stay where they are."""
    source, rules, mask = workspace.tables[kind], contract(kind), masking(workspace, kind)
    passed = remote.table(rules, source)
    fit = passed.fit
    try:
        faults = list(listed(passed.faults, mask.text))
        rows = fetch_row(fit.aggregate(n=fit.count()))["n"] + len(faults)
        again = repeats(fit, rules)
        if again is not None:
            faults += listed(again, mask.text)
            fit = fit.anti_join(again, [FILE, ROW])
        aside, breaches = set_aside(folder, f"{kind}-set-aside", faults, rules)
    except Exception as fault:  # drivers raise anything
        raise remote.error(source, fault) from None
    judge(workspace, kind, describe(source), rows, breaches)
    notes = (*map(mask.text, passed.notes), *mask.note(rules))
    return Opened(kind, folder, fit, rows, breaches, notes, describe(source), quarantine=(aside,) if aside else (), redact=mask.redact)


def with_future_set_aside(opened: Opened, workspace: Workspace, as_of: datetime) -> Opened:
    """Set aside the rows that lie more than a day after an as-of that was found in this very table: they lie in the future."""
    import ibis

    if opened.kind in PLANNED:
        return opened
    rules = contract(opened.kind)
    ahead = opened.table.filter(opened.when >= as_of + timedelta(days=1))
    reason = f"{rules.time} {FUTURE}"
    values = {FAULT_COLUMN: ibis.literal(rules.time), FAULT_VALUE: ahead[rules.time].cast("string"), FAULT_REASON: ibis.literal(reason)}
    aside, breaches = set_aside(opened.folder, f"{opened.kind}-future", listed(ahead.select(FILE, ROW, **values)), rules)
    if not breaches:
        return opened
    breaches = (*opened.breaches, *(replace(b, expected="a date in the past") for b in breaches))
    judge(workspace, opened.kind, opened.source, opened.rows_read, breaches)
    return replace(opened, breaches=breaches, quarantine=(*opened.quarantine, aside))


def stamp(opened: Opened, as_of: datetime) -> TableStamp:
    """Count what is used and what is not."""
    when, base = opened.when, opened.base
    counts = opened.table.aggregate(
        used=(when < as_of).sum(), after=(when >= as_of).sum(), first=when.min(), last=when.max(where=when < as_of)
    )
    found = fetch_row(counts)
    future = sum(b.rows for b in opened.breaches if b.reason.endswith(FUTURE))
    return TableStamp(
        table=opened.kind, source=opened.source, notes=opened.notes, sha256=opened.sha256,
        rows_read=opened.rows_read, rows_used=found["used"] or 0, rows_set_aside=sum(b.rows for b in opened.breaches),
        rows_after_as_of=(found["after"] or 0) - future, first=found["first"], last=found["last"],
        reasons=tuple((b.reason, b.rows) for b in opened.breaches),
        quarantine=", ".join(f"{opened.folder.parent.name}/{opened.folder.name}/{name}" for name in opened.quarantine),
        columns=tuple((name, str(kind)) for name, kind in base.schema().items()), redact=opened.redact, masked=opened.masked,
    )  # fmt: skip


def cut(table: "ir.Table", rules: Contract, as_of: datetime) -> "ir.Table":
    """Leave out the rows at or after ``as_of``; later times within rows that are left read as missing."""
    import ibis

    kept = table.filter(table[rules.time].cast("timestamp") < ibis.literal(as_of))
    known = {c: kept[c].cast("timestamp") < ibis.literal(as_of) for c in rules.hidden_until if c in kept.columns}
    return kept.mutate(**{c: test.ifelse(kept[c], ibis.null(kept[c].type())) for c, test in known.items()})
