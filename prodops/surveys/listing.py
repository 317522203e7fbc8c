"""Which grids and questions of choices are worth a drawing, and what is drawn of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from prodops.stamps import Finding, in_words
from prodops.surveys import titles
from prodops.surveys.asked import Question, plain
from prodops.surveys.views import about

if TYPE_CHECKING:
    from prodops.surveys.reporting import Report

MOST_LISTS, MOST_TOLD = 4, 3
"""How many grids and questions of choices are drawn at most, and how many more are told in words; all are in a table."""


@dataclass(frozen=True)
class Listed:
    """A question with many answers that is worth a drawing: what it says, and the shares to draw; a grid's are parted by ``part``."""

    finding: Finding
    title: str
    subtitle: str
    rows: pd.DataFrame

    @property
    def is_grid(self) -> bool:
        return "part" in self.rows

    @property
    def tone(self) -> str | None:
        """The column that says how welcome each answer is, where that is known of all."""
        return "tone" if self.rows["tone"].notna().all() else None


def drawn(found: "Report") -> Iterator[Listed]:
    """Give the first grid or question of choices and those that moved, the surest :data:`MOST_LISTS` of them."""
    said = _lists(found)
    moved = sorted((f for f in said.values() if f.before is not None), key=lambda f: (-f.surprise, f.name))
    names = [f.name for f in [*moved, *said.values()][: max(min(len(moved), MOST_LISTS), 1)]]
    for question, finding in said.items():
        if finding.name in names:
            yield (_grid if question in set(found.items["question"]) else _choices)(found, question, finding)


def unmoved(found: "Report") -> tuple[Finding, ...]:
    """Give the findings on grids and choices that have no drawing."""
    shown = {each.finding.name for each in drawn(found)}
    return tuple(f for f in _lists(found).values() if f.name not in shown)[:MOST_TOLD]


def _lists(found: "Report") -> dict[str, Finding]:
    questions = [*found.items["question"], *found.choices["question"]]
    return {str(name): about(found, f"{name}.")[0] for name in dict.fromkeys(questions)}


def _grid(found: "Report", name: str, finding: Finding) -> Listed:
    """Lay out a matrix: the spread of each item's answers, the least liked first."""
    q = found.questionnaire.questions[name]
    own = found.matrix[found.matrix["question"] == name]
    ranked = found.items[found.items["question"] == name]
    parts = [_item(q, own[own["name"] == r["name"]], r) for r in ranked.to_dict("records")]
    counted = f"“{q.choices[0]}”" if q.words and plain(q.choices[0]) else "the commonest answer" if q.words else q.top_words()
    words = f"{q.label} · share of answers; behind each bar the share of {counted}, and how many answered"
    return Listed(finding, titles.of_list(ranked, "item", "value"), words, pd.concat(parts))


def _choices(found: "Report", name: str, finding: Finding) -> Listed:
    own = found.choices[found.choices["question"] == name]
    several = " · several could be chosen" if own["kind"].iloc[0] == "multi" else ""
    words = f"{own['title'].iloc[0]} · % of {int(own['n'].iloc[0]):,} who answered in {own['wave'].iloc[0]}{several}"
    return Listed(finding, titles.of_list(own, "answer", "share"), words, own[["answer", "share", "lower", "upper"]])


def _item(q: Question, rows: pd.DataFrame, row: dict[str, Any]) -> pd.DataFrame:
    """Give one item's answers in the scale's order."""
    numbers = pd.to_numeric(rows["answer"], errors="coerce")
    value = f"{in_words(row['value'], 'share')} · {int(row['n']):,}"
    if not q.words and numbers.notna().all():
        low, high = q.ends
        tones = [(2 * n - low - high) / (high - low) for n in numbers]
        frame = pd.DataFrame({"part": [f"{n:g}" for n in numbers], "share": rows["share"], "tone": tones, "at": numbers})
    else:
        order = {plain(c): i for i, c in enumerate(q.choices)}
        at = [order.get(plain(a), len(order)) for a in rows["answer"]]
        frame = pd.DataFrame({"part": rows["answer"].astype(str), "share": rows["share"], "tone": float("nan"), "at": at})
    return frame.sort_values("at").assign(row=row["item"], value=value)
