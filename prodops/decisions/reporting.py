"""The priorities' report: how the goals stand, what comes next and how sure that is, and which loops are still open."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol

from prodops.decisions.candidates import Backlog
from prodops.decisions.closing_loops import loops, outcomes, owed
from prodops.decisions.comparing import beside, disagreements
from prodops.decisions.evidence import Answer, Evidence, Resolved, resolve
from prodops.decisions.grading import grades
from prodops.decisions.log import ActionLog
from prodops.decisions.pasts import Book, Kpi, Themes, of_themes
from prodops.decisions.ranking import DRAWS, places, rank, rankable
from prodops.decisions.turns import Turn, turns
from prodops.stamps import Definition, Finding, Note, Scope, Stamps, Takeaway, Tile, in_words, note, show

if TYPE_CHECKING:
    import pandas as pd

    from prodops.workspace import Workspace

HEADLINES = 5
MISSING = {
    "goal": "The workspace has no table of goals.",
    "rank": "Nothing to rank: candidates stand in params/candidates.yaml.",
    "loop": "No action is on record: actions stand in params/actions.yaml.",
}
QUIET = {
    "goal": "No goal is behind; the table below has each of them.",
    "loop": "No action has a clear outcome, is overdue or waits on somebody; the tables below have each of them.",
}
EXPOSURE = "weekly_active_users"
GOALS = ("goal", "kpi", "start_on", "due_on", "target")


class Desk(Protocol):
    """What this room needs of the door to data; ``sources.Desk`` is one."""

    @property
    def as_of(self) -> datetime: ...
    @property
    def workspace(self) -> "Workspace": ...
    def has(self, kind: str) -> bool: ...
    def read(self, what: Any, *, name: str = "") -> "pd.DataFrame": ...


@dataclass(frozen=True, repr=False)
class Review:
    """Goals, candidates and actions at one date; made by :func:`review`.

    ``grades`` is what :func:`grades` gives, ``ranking`` what :func:`rank` gives by ``method``, ``places`` and ``beside`` the same candidates place by
    place and method by method. ``loops`` has each action with its status, ``outcomes`` what became of those that shipped, ``owed`` who waits
    on whom. Frames without rows are of what the workspace does not have.
    """

    as_of: datetime
    currency: str
    resolved: Resolved
    method: str
    top: int
    capacity: float | None
    draws: int
    seed: int
    grades: "pd.DataFrame"
    turns: dict[str, Turn]
    ranking: "pd.DataFrame"
    places: "pd.DataFrame"
    beside: "pd.DataFrame"
    log: ActionLog
    loops: "pd.DataFrame"
    outcomes: "pd.DataFrame"
    owed: "pd.DataFrame"
    kpis: Mapping[str, Kpi]
    history: "pd.DataFrame"
    themes: Themes

    @property
    def backlog(self) -> Backlog:
        """The candidates, with numbers where their inputs come from the data."""
        return self.resolved.backlog

    @property
    def disagreements(self) -> "pd.DataFrame":
        """The candidates that hang on the method; see :func:`disagreements`."""
        return disagreements(self.beside, top=self.top)

    def label(self, kpi: str) -> str:
        """Give a KPI's title, or its name in words."""
        return self.kpis[kpi].label if kpi in self.kpis else kpi.replace("_", " ").capitalize()

    def unit(self, kpi: str) -> str:
        """Give a KPI's unit; numbers of one that is not known are counts."""
        return self.kpis[kpi].unit_in(self.currency) if kpi in self.kpis else "count"

    def say(self, value: float, kpi: str, *, signed: bool = False, change: bool = False) -> str:
        """Say a KPI's value, or a change of it, in its unit."""
        unit = "points" if change and self.unit(kpi) == "share" else self.unit(kpi)
        return in_words(float(round(value)) if unit == "count" and abs(value) >= 10 else value, unit, signed=signed)

    @property
    def scope(self) -> Scope:
        """Say what is covered: the goals' time up to the as-of date, and how much of each."""
        end = self.as_of.date()
        begun = [d for d in self.grades["start_on"] if isinstance(d, date) and d < end]
        counts = (("goal", len(self.grades)), ("candidate", len(self.backlog)), ("action", len(self.log)))
        words = ", ".join(f"{n:,} {name}{'s' * (n != 1)}" for name, n in counts if n)
        return Scope(start=min(begun, default=end - timedelta(days=91)), end=end, scope=words)

    def findings(self) -> tuple[Finding, ...]:
        """Give what the numbers claim, most surprising first."""
        from prodops.decisions.findings import findings

        return findings(self)

    def headlines(self) -> tuple[Finding, ...]:
        """Give the findings of the report's first lines."""
        return self.findings()[:HEADLINES]

    def about(self, part: str) -> tuple[Finding, ...]:
        """Give the findings on one part: ``goal``, ``rank``, ``methods`` or ``loop``; of goals those that are behind, of loops
        those with a clear outcome, late or owed: the others stand in the tables."""
        from prodops.decisions.findings import part_of

        return tuple(f for f in self.findings() if part_of(f, self) == part)

    def says(self, part: str) -> Stamps | Note:
        """Show the findings on one part, or say that it asks for nothing, or that the workspace has nothing of it."""
        found = self.about(part)
        has = {"goal": len(self.grades), "loop": len(self.log)}.get(part, 0)
        return show(*found) if found else note(QUIET[part] if has else MISSING.get(part, ""))

    def tiles(self) -> tuple[Tile, ...]:
        """Give a tile for each goal whose KPI is known, at most six."""
        from prodops.decisions.concluding import tiles

        return tiles(self)

    def coverage(self) -> str:
        """Say what the report rests on, and what is not there to rest on."""
        from prodops.decisions.concluding import coverage

        return coverage(self)

    def takeaways(self) -> tuple[Takeaway, ...]:
        """Give up to four claims with the decision each bears on."""
        from prodops.decisions.concluding import takeaways

        return takeaways(self)

    def definitions(self) -> tuple[Definition, ...]:
        """Say how scores, chances, grades and outcomes are made."""
        from prodops.decisions.concluding import definitions

        return definitions(self)

    def __repr__(self) -> str:
        return (
            f"Priorities as of {self.as_of:%Y-%m-%d}: .grades, .ranking, .places, .beside, .loops, .outcomes, .owed; "
            ".findings(), .tiles(), .takeaways(), .definitions()"
        )


def asked(desk: Desk, backlog: Backlog, log: ActionLog, book: Book | None, *, exposure: str = EXPOSURE) -> list[str]:
    """List the KPIs whose history a review needs: of the goals, candidates and actions, and who was listened to; those the book has.

    No book (None) has none.
    """
    linked = {k for c in backlog.candidates.values() for k in c.kpis} | {a.kpi for a in log.entries.values()}
    wanted = linked | set(backlog.sources("from_kpi")) | {exposure} | {str(k) for k in _goals(desk)["kpi"]}
    return sorted(wanted & set(book.kpis)) if book else []


def review(
    desk: Desk,
    backlog: Backlog,
    log: ActionLog,
    *,
    book: Book | None,
    history: "pd.DataFrame | None" = None,
    themes: "pd.DataFrame | None" = None,
    answers: Mapping[str, Answer] | None = None,
    method: str = "auto",
    top: int = 3,
    capacity: float = 0.0,
    exposure: str = EXPOSURE,
    draws: int = DRAWS,
    seed: int = 0,
) -> Review:
    """Look at goals, candidates and actions together; ``book`` is None where the workspace defines no KPI.

    ``history`` is ``kpis.history`` of what :func:`asked` lists, ``themes`` what ``feedback.themes_by_week`` gave, ``answers`` survey estimates by
    name; what is not handed in is not known. ``method`` is the one to rank by ("auto": the one that most candidates have inputs of), ``exposure``
    the KPI that counts who was listened to, ``capacity`` in person-months (0: the backlog's own). Raises ParameterError and InputError.
    """
    import pandas as pd

    known: Mapping[str, Kpi] = book.kpis if book else {}
    past = pd.DataFrame(columns=["kpi", "period_start", "value", "complete"]) if history is None else history
    heard = of_themes(themes, past, exposure)
    resolved = resolve(backlog, Evidence(heard, past, known, answers))
    settled = resolved.backlog
    chosen = _best(settled) if method in ("", "auto") else method
    line = capacity or backlog.capacity
    chance = {"draws": draws, "seed": seed}
    goals = grades(_goals(desk), past, as_of=desk.as_of, good={name: kpi.good for name, kpi in known.items()})
    measured = outcomes(log, themes=heard, history=past, kpis=known, as_of=desk.as_of, currency=desk.workspace.currency)
    launches = desk.read("launches", name="launches") if desk.has("launches") else None
    return Review(
        as_of=desk.as_of,
        currency=desk.workspace.currency,
        resolved=resolved,
        method=chosen,
        top=top,
        capacity=line,
        grades=goals,
        turns=turns(goals["kpi"].astype(str), past, launches),
        ranking=rank(settled, method=chosen, top=top, capacity=line, **chance),
        places=places(settled, method=chosen, **chance),
        beside=beside(settled, names=[chosen, *(m for m in settled.methods if m != chosen)], top=top, **chance),
        log=log,
        loops=loops(log, measured, themes=heard, kpis=known, as_of=desk.as_of),
        outcomes=measured,
        owed=owed(log, as_of=desk.as_of),
        kpis=known,
        history=past,
        themes=heard,
        **chance,
    )


def _best(backlog: Backlog) -> str:
    """Choose the method that ranks most candidates; RICE where none does."""
    return max(backlog.methods, key=lambda m: len(rankable(backlog, m)), default="rice")


def _goals(desk: Desk) -> "pd.DataFrame":
    """Read the goals by the day they are due; no rows where the workspace has none."""
    import pandas as pd

    if not desk.has("goals"):
        return pd.DataFrame(columns=list(GOALS))
    return desk.read("goals", name="goals").sort_values(["due_on", "goal"], ignore_index=True)
