"""Choosing what to remove: a pure function of what is there and of what was asked."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from prodops.reports.gc.listing import STORE, Kept, Listing, RunFolder, needed

GRACE = timedelta(days=1)
KEPT_RUNS = 4


@dataclass(frozen=True)
class Removal:
    """Something to remove, from the folder of reports, and why."""

    path: str
    what: str
    size: int
    used: datetime
    reason: str


@dataclass(frozen=True)
class Plan:
    """What would go, and what stays why; sizes in bytes. ``wish`` is the size that was asked for."""

    reports: Path
    removals: tuple[Removal, ...]
    total: int
    needed: int
    recent: int
    unknown: int
    runs_kept: int
    wish: int | None
    published: frozenset[str] = frozenset()

    @property
    def left(self) -> int:
        """How large the store will be."""
        return self.total - sum(r.size for r in self.removals if r.path.startswith(f"{STORE}/"))

    @property
    def met(self) -> bool:
        """Whether the store will be as small as was asked."""
        return self.wish is None or self.left <= self.wish

    def lines(self) -> list[str]:
        """Say it to a person, one thought a line."""
        groups: dict[tuple[str, str], list[int]] = {}
        for removal in self.removals:
            groups.setdefault((removal.what, removal.reason), []).append(removal.size)
        said = [f"remove {len(sizes):,} × {what}, {size_words(sum(sizes))}: {reason}" for (what, reason), sizes in groups.items()]
        runs = "1 kept run names" if self.runs_kept == 1 else f"{self.runs_kept:,} kept runs name"
        said.append(
            f"the store: {size_words(self.total)} now, {size_words(self.left)} then; {runs} {size_words(self.needed)}, "
            f"{size_words(self.recent)} more were used lately or may be by a run at work"
        )
        if self.unknown:
            said.append(f"{size_words(self.unknown)} in the store were not made by prodops and stay")
        if not self.met:
            lately = f", and {size_words(self.recent)} were used lately" if self.recent else ""
            said.append(
                f"{size_words(self.wish or 0)} cannot be reached: kept reports need {size_words(self.needed)}{lately}; "
                "drop old runs too, or allow more"
            )
        said.append("pages that were written elsewhere (--out) are not known here: what only they name counts as unneeded")
        return said


def plan(
    listing: Listing,
    *,
    now: datetime,
    keep_bytes: int | None = None,
    keep_age: timedelta | None = None,
    drop_runs: timedelta | None = None,
    keep_runs: int = KEPT_RUNS,
    at_work: Iterable[datetime] = (),
    grace: timedelta = GRACE,
) -> Plan:
    """Choose what to remove so that the store is within ``keep_bytes`` and holds nothing unneeded for longer than ``keep_age``.

    Never what a kept run names, nor what was used within ``grace`` of now or of the begin of a run ``at_work``. Leftovers of
    killed runs go in any case. With ``drop_runs`` run folders go too whose as-of and making both lie longer ago, but for the
    last ``keep_runs`` good ones of each slice (at least one, which readers have). Changes nothing.
    """
    dropped = _droppable(listing.runs, _before(now, drop_runs), max(1, keep_runs)) if drop_runs is not None else []
    gone = {run.path for run in dropped}
    runs = [run for run in listing.runs if run.path not in gone]
    lately = _before(min([now, *at_work]), grace)
    since = _before(now, keep_age) if keep_age is not None else None
    named = needed(listing.kept, runs, listing.published)
    free = sorted((k for k in listing.kept if k.path not in named and k.used < lately), key=lambda k: (k.used, k.path))
    removals = [Removal(r.path, "run", r.size, r.made, "older than asked, and not among the last of its slice") for r in dropped]
    total = sum(k.size for k in listing.kept) + listing.unknown
    left = total
    for each in sorted(free, key=lambda k: k.kind != "leftover"):
        reason = _reason(each, left, keep_bytes, since)
        if reason:
            removals.append(Removal(f"{STORE}/{each.path}", each.kind, each.size, each.used, reason))
            left -= each.size
    return Plan(
        reports=listing.reports,
        removals=tuple(removals),
        total=total,
        needed=sum(k.size for k in listing.kept if k.path in named),
        recent=sum(k.size for k in listing.kept if k.path not in named and k.used >= lately),
        unknown=listing.unknown,
        runs_kept=len(runs),
        wish=keep_bytes,
        published=listing.published,
    )


def _before(now: datetime, span: timedelta) -> datetime:
    try:
        return now - span
    except OverflowError:  # longer than there are dates
        return datetime.min.replace(tzinfo=now.tzinfo)


def _reason(each: Kept, left: int, keep_bytes: int | None, since: datetime | None) -> str:
    if each.kind == "leftover":
        return "left by a run that was killed"
    if since and each.used < since:
        return "no kept report names it, and it was not used for longer than asked"
    if keep_bytes is not None and left > keep_bytes:
        return "no kept report names it, and the store is larger than asked"
    return ""


def _droppable(runs: Sequence[RunFolder], before: datetime, keep: int) -> list[RunFolder]:
    counted: Counter[str] = Counter()
    dropped = []
    for run in sorted(runs, key=lambda r: r.as_of, reverse=True):
        counted[run.slice] += run.good
        spared = run.good and counted[run.slice] <= keep
        if not spared and max(run.as_of, run.made) < before:
            dropped.append(run)
    return dropped[::-1]


def size_words(size: float) -> str:
    """Say a number of bytes: ``340 MB``."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if size < 999.5:
            return f"{size:.0f} {unit}" if unit == "bytes" or size >= 9.95 else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:,.1f} TB"
