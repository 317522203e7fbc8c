"""A survey's report: how each score stands and where it moved, what people want, who answered, and what they wrote."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from prodops.errors import NoData
from prodops.surveys import answering, counting, ideas, standing, weighing
from prodops.surveys.inferring import infer
from prodops.surveys.questionnaire import Questionnaire
from prodops.surveys.shifts import shifts
from prodops.surveys.tallies import Tally, tallies

if TYPE_CHECKING:
    import pandas as pd

    from prodops.stamps import Definition, Finding, Scope, Takeaway, Tile
    from prodops.surveys.estimates import Estimate

WAVES = 12
GROUP_COLUMNS = ("segment", "plan", "product")
MOST_GROUPS = 12


@dataclass(frozen=True, repr=False)
class Report:
    """The answers looked at from all sides; made by :func:`report`.

    ``scores`` has each score in each wave, ``now`` the latest against the wave before, ``groups`` the same by group, ``shifts`` since when
    and among whom a score stands elsewhere, ``weighted`` every number of the latest wave beside itself weighted. ``kano``, ``opportunities``,
    ``choices``, ``matrix`` and ``items`` say what people want, ``rates`` and ``missing`` who answered, ``comments`` what they wrote, in the
    columns of feedback. Groups below ``questionnaire.least`` answers are in none of them; ``kept_back`` counts them.
    """

    as_of: datetime
    questionnaire: Questionnaire
    inferred: bool
    tallies: dict[str, Tally]
    cuts: tuple[str, ...]
    scores: "pd.DataFrame"
    now: "pd.DataFrame"
    groups: "pd.DataFrame"
    shifts: "pd.DataFrame"
    weighted: "pd.DataFrame"
    kano: "pd.DataFrame"
    opportunities: "pd.DataFrame"
    choices: "pd.DataFrame"
    matrix: "pd.DataFrame"
    items: "pd.DataFrame"
    rates: "pd.DataFrame"
    missing: "pd.DataFrame"
    comments: "pd.DataFrame"
    marks: "pd.DataFrame"
    goals: "pd.DataFrame"
    days: "pd.DataFrame"
    kept_back: int

    @property
    def scope(self) -> "Scope":
        """Which time the answers are from, and of how many questions."""
        from prodops.surveys.closing import scope

        return scope(self)

    def findings(self) -> "tuple[Finding, ...]":
        """Give what the answers say, most surprising first."""
        from prodops.surveys.claims import findings

        return findings(self)

    def tiles(self) -> "tuple[Tile, ...]":
        """Give a tile for each score with a target, at most six."""
        from prodops.surveys.closing import tiles

        return tiles(self)

    def takeaways(self) -> "tuple[Takeaway, ...]":
        """Give up to three claims with the decision each bears on."""
        from prodops.surveys.deciding import takeaways

        return takeaways(self)

    def answers(self) -> "dict[str, Estimate]":
        """Give every number of the latest waves by name, weighted where the answers are: for ``decisions.report(…, answers=…)``.

        A score has its question's name, a choice and an item theirs behind it (``tools_used.Slack``), a job ``.importance`` and
        ``.satisfaction`` too, and an idea ``.better`` and ``.worse``.
        """
        return weighing.answers(self.tallies, self.questionnaire, self.questionnaire.least)

    def definitions(self) -> "tuple[Definition, ...]":
        """Say which variant and formula each number is."""
        from prodops.surveys.closing import definitions

        return definitions(self)

    def __repr__(self) -> str:
        return (
            f"Report of {len(self.questionnaire)} questions as of {self.as_of:%Y-%m-%d}: .scores, .now, .groups, .shifts, .weighted, .kano, "
            ".opportunities, .choices, .items, .rates, .missing, .comments; .findings(), .tiles(), .takeaways(), .definitions()"
        )


def report(
    data: counting.Desk, questionnaire: Questionnaire | None = None, *, waves: int = WAVES, by: tuple[str, ...] = GROUP_COLUMNS
) -> Report:
    """Report on the answers in ``data`` (``sources.connect("surveys", "launches", "goals")``) to the questions of a questionnaire.

    Without questions these are read off the table. ``waves`` is how many of each question's last waves are looked at, ``by`` the columns
    that make groups; those that the table lacks, or in which all are alike, make none. Everything is counted in the engine. Raises
    NoData where there is no answer.
    """
    days = counting.by_day(data)
    if days.empty:
        raise NoData(f"There is no answer before {data.as_of:%Y-%m-%d}.")
    asked = questionnaire if questionnaire is not None and len(questionnaire) else infer(data)
    if questionnaire is not None and not len(questionnaire):
        asked = Questionnaire(asked.questions, questionnaire.waves, questionnaire.margins, questionnaire.least, questionnaire.file)
    cuts, least = _cuts(data, by, asked.least), asked.least
    every = tuple(dict.fromkeys((*cuts, *asked.margins)))
    found = tallies(data, asked, days, every, waves)
    marks = _marks(data, days["day"].min())
    grouped, hidden = standing.groups(found, cuts, least)
    return Report(
        as_of=data.as_of,
        questionnaire=asked,
        inferred=questionnaire is None or not len(questionnaire),
        tallies=found,
        cuts=cuts,
        scores=standing.scores(found, least),
        now=standing.now(found, least),
        groups=grouped,
        shifts=shifts(found, cuts, least, marks),
        weighted=weighing.weighted(found, asked, least),
        kano=ideas.kanos(found, least),
        opportunities=ideas.opportunities(found, least),
        choices=ideas.chosen(found, least),
        matrix=ideas.grid(found, least),
        items=ideas.items(found, least),
        rates=answering.rates(found, least),
        missing=answering.missing(found, least),
        comments=answering.comments(data, asked, cuts, least),
        marks=marks,
        goals=data.read("goals") if data.has("goals") else _nothing(),
        days=days,
        kept_back=hidden,
    )


def _cuts(data: counting.Desk, by: tuple[str, ...], least: int) -> tuple[str, ...]:
    """Keep the columns that the table has, with more than one value and not too many to be groups."""
    table = data.table("surveys")
    there = [name for name in by if name in table.columns]
    if not there:
        return ()
    seen = data.read(table.aggregate(**{name: table[name].nunique() for name in there}), name="groups").iloc[0]
    return tuple(name for name in there if 1 < int(seen[name]) <= MOST_GROUPS)


def _marks(data: counting.Desk, first: date) -> "pd.DataFrame":
    """Read what was launched, or broke, while answers came in; no rows where the workspace has no such table."""
    import pandas as pd

    columns = ["name", "launched_on", "ended_on", "kind", "segment", "tier"]
    frame = pd.DataFrame(columns=columns)
    if data.has("launches"):
        frame = data.read("launches").reindex(columns=columns)
    for column in ("launched_on", "ended_on"):
        frame[column] = pd.to_datetime(frame[column]).astype("datetime64[us]")
    for column in ("name", "kind", "segment"):
        frame[column] = frame[column].astype("object").where(frame[column].notna(), "launch" if column == "kind" else "")
    return frame[frame["launched_on"] >= pd.Timestamp(first)].reset_index(drop=True)


def _nothing() -> "pd.DataFrame":
    import pandas as pd

    return pd.DataFrame(columns=["goal", "kpi", "due_on", "target", "owner"])
