"""What the page shows, in order, read from an executed notebook and its record; nothing here writes HTML."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from prodops.reports.render.blocks import Block, Figure, Json, shorten_line
from prodops.reports.render.fine_print import FinePrint, read_fine_print
from prodops.reports.render.live import Live
from prodops.reports.render.sanitise import is_report
from prodops.reports.render.sections import Section, Walk
from prodops.reports.render.tiles import Tile, finding_words, number, read_tile
from prodops.stamps import day_words, span_words

TILES = 6


@dataclass(frozen=True)
class Change:
    """One line of "What changed": the finding, its number, what that was before, whether it is welcome, where its evidence stands (an address)."""

    finding: Json
    figure: str
    before: str
    tone: str
    evidence: str


@dataclass(frozen=True)
class Page:
    """Everything the template shows."""

    title: str
    period: str
    scope: str
    status: str
    message: str
    run_id: str
    as_of: str
    fault: str
    lede: list[Block]
    setup: Section
    bottom: Section
    changes: list[Change]
    tiles: list[Tile]
    sections: list[Section]
    takeaways: list[Json]
    closing: Section
    fine_print: FinePrint

    @property
    def figures(self) -> list[Figure]:
        return [block for block in self._blocks if isinstance(block, Figure)]

    @property
    def lives(self) -> list[Live]:
        return [block for block in self._blocks if isinstance(block, Live)]

    @property
    def _blocks(self) -> list[Block]:
        parts = [] if self.status == "no data" else [self.setup, self.bottom, *self.sections, self.closing]
        return [block for part in parts for block in part.blocks]


def read_page(notebook: Json, record: Json, title: str | None = None) -> Page:
    """Read a notebook and its record; parts that are missing are left out, never invented."""
    walk = Walk()
    walk.read(notebook.get("cells", []))
    stamps, fault = walk.stamps, walk.fault
    scope = next(iter(stamps.get("scope", [])), {})
    return Page(
        title=title or str(record.get("title") or "") or walk.title or "Report",
        period=_period(scope),
        scope=str(scope.get("scope") or ""),
        status=str(record.get("status") or ("failed" if fault else "ok")),
        message=shorten_line(str(record.get("message") or (fault.line if fault else ""))),
        fault=fault.anchor if fault else "",
        run_id=str(record.get("run_id") or ""),
        as_of=_day(record.get("as_of")),
        lede=walk.lede.blocks,
        setup=walk.setup,
        bottom=walk.role("bottom-line"),
        changes=list(_changes(walk)),
        tiles=[read_tile(tile) for tile in stamps.get("tile", [])[:TILES]],
        sections=[s for s in walk.sections if not s.role],
        takeaways=stamps.get("takeaway", []),
        closing=walk.role("takeaways"),
        fine_print=read_fine_print(record, stamps),
    )


def _changes(walk: Walk) -> Iterator[Change]:
    for finding in sorted(walk.findings, key=lambda f: -(number(f.get("surprise")) or 0)):
        name = str(finding.get("name", ""))
        evidence = next((f"#{s.anchor}" for s in walk.sections if name in s.claims), "")
        elsewhere = str(finding.get("page") or "")
        evidence = evidence or (elsewhere if is_report(elsewhere) else "")
        yield Change(finding, *finding_words(finding), evidence)


def _period(scope: Json) -> str:
    try:
        return span_words(date.fromisoformat(str(scope["start"])[:10]), date.fromisoformat(str(scope["end"])[:10]))
    except (KeyError, ValueError):
        return ""


def _day(moment: object) -> str:
    """Say a day, with its time where that is not midnight."""
    text = str(moment or "")
    try:
        day = day_words(date.fromisoformat(text[:10]))
    except ValueError:
        return text
    time = text[11:16]
    return day if time in ("", "00:00") else f"{day}, {time}"
