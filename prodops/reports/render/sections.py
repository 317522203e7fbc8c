"""Walking an executed notebook's cells once: the sections it falls into, and the stamps it showed on the way.

The notebook's conventions: ``# Title`` and the question; a cell tagged ``bottom-line`` with the findings that open the
page; ``## Topic`` sections headed by their first finding; a cell tagged ``takeaways``; stamps wherever they fall.
"""

import re
from dataclasses import dataclass, field
from itertools import takewhile

from markupsafe import Markup

from prodops.reports.render import sanitise
from prodops.reports.render.blocks import Block, Code, Fault, Figure, Json, Rich, Said, read_output, stamps_of

_ROLES = ("bottom-line", "takeaways")
_SKIPPED_TAGS = {"papermill-error-cell-tag", "remove-cell"}
_HEADING = re.compile(r"<h([12])>(.*?)</h\1>", re.S)
_ANY_HEADING = re.compile(r"<(/?)h([1-6])(?=[\s>])")


@dataclass
class Section:
    """A topic of the notebook and what is shown in it.

    ``claim`` is the headline of its first finding, ``lead`` that finding's sentence, ``claims`` the names of all its
    findings; ``spoke`` says whether a cell in it has shown something of its own. ``level`` is that of its last heading,
    ``top`` the highest that its prose may use.
    """

    topic: str = ""
    anchor: str = ""
    role: str = ""
    blocks: list[Block] = field(default_factory=list)
    claim: str = ""
    lead: Said | None = None
    claims: set[str] = field(default_factory=set)
    spoke: bool = False
    level: int = 2
    top: int = 3

    @property
    def heading(self) -> str:
        return self.claim or self.topic

    @property
    def shown(self) -> bool:
        """Whether there is anything but code in it."""
        return any(not isinstance(block, Code) for block in self.blocks)

    @property
    def told(self) -> bool:
        """Whether it is worth a reader's time: prose that leads up to cells which had nothing to show is not."""
        return self.shown and (self.spoke or not any(isinstance(block, Code) for block in self.blocks))

    def prose(self, html: str) -> None:
        if html.strip():
            self.blocks.append(Rich(Markup(self._levelled(html))))  # came from sanitise

    def say(self, finding: Json) -> None:
        """Show a finding; a section's first gives it its heading and keeps only its sentence."""
        self.claims.add(str(finding.get("name") or ""))
        headline, sentence = (str(finding.get(name) or "") for name in ("headline", "sentence"))
        if headline and not self.claim:
            self.claim, self.lead = headline, Said("", sentence)
            self.blocks.append(self.lead)
        else:
            self.blocks.append(Said(headline if headline[-1:] in ".!?…" else f"{headline}.", sentence))

    def settle(self) -> None:
        """Set the heading's sentence below the first chart, and with it what its cell says after it."""
        chart = next((block for block in self.blocks if isinstance(block, Figure)), None)
        if self.lead and chart and (start := self.blocks.index(self.lead)) < (end := self.blocks.index(chart)):
            said = list(takewhile(lambda block: isinstance(block, Said), self.blocks[start:end]))
            self.blocks[start : end + 1] = [*self.blocks[start + len(said) : end + 1], *said]

    def _levelled(self, html: str) -> str:
        """Set headings within prose below the page's own, never skipping a level."""

        def level(match: re.Match[str]) -> str:
            if not match[1]:
                self.level = max(self.top, min(int(match[2]), self.level + 1))
            return f"<{match[1]}h{self.level}"

        return _ANY_HEADING.sub(level, html)


class Walk:
    """One walk over the cells, and what it met."""

    def __init__(self) -> None:
        self.title = ""
        self.lede = Section(level=1, top=2)
        self.setup = Section(level=1, top=2)
        self.sections: list[Section] = []
        self.findings: list[Json] = []
        self.stamps: dict[str, list[Json]] = {}
        self.fault: Fault | None = None
        self.outputs = 0

    @property
    def here(self) -> Section:
        return self.sections[-1] if self.sections else self.setup

    def read(self, cells: list[Json]) -> None:
        for cell in cells:
            tags = set(cell.get("metadata", {}).get("tags") or ())
            if tags & _SKIPPED_TAGS:
                continue
            if cell.get("cell_type") == "markdown":
                self._markdown(cell)
            elif cell.get("cell_type") == "code":
                self._code(cell, tags)
        for section in self.sections:
            section.settle()

    def _markdown(self, cell: Json) -> None:
        html = str(sanitise.markdown(_source(cell), trusted=True))
        before, *rest = _HEADING.split(html)
        self._prose(before)
        for level, heading, prose in zip(rest[::3], rest[1::3], rest[2::3], strict=True):
            text = Markup(heading).striptags()
            if level == "1" and not self.title and not self.sections:
                self.title = text
            elif text.strip():
                self.sections.append(Section(topic=text, anchor=self._anchor(text)))
            self._prose(prose)

    def _prose(self, html: str) -> None:
        (self.sections[-1] if self.sections else self.lede).prose(html)

    def _code(self, cell: Json, tags: set[str]) -> None:
        section = self._place(tags)
        if _source(cell).strip():
            section.blocks.append(Code(_source(cell)))
        for output in cell.get("outputs", []):
            self._output(output, section, bottom_line="bottom-line" in tags)

    def _place(self, tags: set[str]) -> Section:
        """Find the section that a cell belongs to; the bottom line and the takeaways have one of their own."""
        role = next((tag for tag in _ROLES if tag in tags and not self.role(tag).role), "")
        if role and (not self.sections or self.here.role or self.here.spoke):
            self.sections.append(Section())
        self.here.role = role or self.here.role
        return self.here

    def _output(self, output: Json, section: Section, *, bottom_line: bool) -> None:
        if stamps := stamps_of(output):
            for stamp in stamps:
                self._stamp(stamp, section, bottom_line=bottom_line)
            return
        self.outputs += 1
        section.spoke = True
        for block in read_output(output, self.outputs):
            if isinstance(block, Rich):
                section.prose(str(block.html))
            else:
                section.blocks.append(block)
            self.fault = self.fault or (block if isinstance(block, Fault) else None)

    def _stamp(self, stamp: Json, section: Section, *, bottom_line: bool) -> None:
        section.spoke |= stamp["kind"] == "finding" and not bottom_line
        if stamp["kind"] != "finding":
            self.stamps.setdefault(stamp["kind"], []).append(stamp)
        elif bottom_line:
            self.findings.append(stamp)
        else:
            section.say(stamp)

    def _anchor(self, topic: str) -> str:
        stem = "-".join(re.findall("[a-z0-9]+", topic.lower()))[:48] or "section"
        taken = {s.anchor for s in self.sections}
        return next(a for n in range(1, len(taken) + 3) if (a := f"about-{stem}" + (f"-{n}" if n > 1 else "")) not in taken)

    def role(self, name: str) -> Section:
        return next((s for s in self.sections if s.role == name), Section())


def _source(cell: Json) -> str:
    source = cell.get("source", "")
    return "".join(source) if isinstance(source, list) else str(source)
