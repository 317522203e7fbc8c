"""Which scores and groups are worth a drawing, and what is drawn of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from prodops.stamps import Finding
from prodops.surveys import titles
from prodops.surveys.claims import SURE
from prodops.surveys.closing import target_of
from prodops.surveys.words import change_unit, group_words, say

if TYPE_CHECKING:
    from prodops.surveys.reporting import Report

LINE = 4
"""Waves from which a score's course is a line; of fewer each is a dot with its range."""


@dataclass(frozen=True)
class Chapter:
    """A score that is worth a drawing: its findings, and its course over waves, drawn as a line or, of two or three, as dots."""

    findings: tuple[Finding, ...]
    title: str
    course: pd.DataFrame
    unit: str
    target: float | None

    @property
    def subtitle(self) -> str:
        """What is plotted; the dots' line has no words of its own."""
        return "score by wave" + (f" · rule: target of {say(self.target, self.unit)}" if self.is_dots and self.target is not None else "")

    @property
    def is_line(self) -> bool:
        return len(self.course) >= LINE

    @property
    def is_dots(self) -> bool:
        return 1 < len(self.course) < LINE


def drawn(found: "Report") -> Iterator[Chapter]:
    """Give a chapter for the first score and for each that moved, in the questionnaire's order."""
    said, told = {f.name: f for f in found.findings()}, _told(found)
    for row in found.now.to_dict("records"):
        q = found.questionnaire.questions[row["question"]]
        names = [name for name in (f"survey.{q.name}.since", f"survey.{q.name}") if name in told]
        if not names:
            continue
        mine = found.scores[found.scores["question"] == q.name]
        own = mine[~mine["between"].astype(bool) & mine["complete"].astype(bool)]
        own = mine[mine["latest"].astype(bool)] if own.empty else own
        target, _ = target_of(found, q)
        yield Chapter(
            findings=tuple(said[name] for name in names),
            title=titles.of_course(row, own["value"], target),
            course=own[["start", "wave", "value", "lower", "upper", "complete"]].assign(value=own["value"].astype(float)),
            unit=q.unit,
            target=target,
        )


def still(found: "Report") -> tuple[Finding, ...]:
    """Give the findings of the scores whose latest wave is as the one before, and that took no step: these are told and not drawn."""
    names = [f"survey.{question}" for question in found.now["question"]]
    said, told = {f.name: f for f in found.findings()}, _told(found)
    return tuple(said[name] for name in names if name not in told and f"{name}.since" not in told)


def _told(found: "Report") -> set[str]:
    """Name the findings that have a drawing: of the first score, of the waves that moved, and of everybody's steps."""
    moved = [row["question"] for place, row in enumerate(found.now.to_dict("records")) if place == 0 or row["p"] < SURE]
    steps = {f"survey.{name}.since" for name in found.shifts.loc[found.shifts["group"] == "", "question"]}
    return {f"survey.{name}" for name in moved} | (steps & {f.name for f in found.findings()})


# -------------------------------------------------------------------------------------------------------------- by group
@dataclass(frozen=True)
class Moves:
    """How far each group's score moved: rows of ``group, change, lower, upper``, with what the drawing says."""

    rows: pd.DataFrame
    title: str
    subtitle: str
    unit: str


def since(found: "Report") -> tuple[Finding, ...]:
    """Give the findings on groups that moved; the steps of everybody stand with their scores."""
    return tuple(f for f in found.findings() if f.name.endswith(".since") and f.name not in _told(found))


def moves(found: "Report") -> Moves | None:
    """Give how the groups moved at the surest step of a group; without one, the first score's wave against the one before."""
    own = found.shifts[found.shifts["group"] != ""]
    if len(own):
        step = own.iloc[0].to_dict()
        rows = [(_group(by, group), *change) for by, group, *change in step["moves"]]
        end = f"until {step['until']}" if step["until"] else "on"
        words = f"answers from {step['wave']} {end} less those before, by group"
    elif found.groups["change"].notna().any():
        known = found.groups[found.groups["change"].notna()]
        known = known[known["question"] == known["question"].iloc[0]]
        step = known.iloc[0].to_dict()
        each = known.to_dict("records")
        rows = [(_group(r["by"], r["group"]), r["change"], r["change_lower"], r["change_upper"]) for r in each]
        words = f"{step['wave']} less {step['before_wave']}, by group"
    else:
        return None
    frame = pd.DataFrame(rows, columns=["group", "change", "lower", "upper"])
    return Moves(frame, titles.of_moves(step["title"], frame), words, change_unit(step["unit"]))


def _group(by: str, group: str) -> str:
    return f"{group_words({'by': by, 'group': group})} ({by})"
