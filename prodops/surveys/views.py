"""What the report's charts and tables draw: its numbers laid out in words, nothing computed anew."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from prodops.stamps import Finding, in_words
from prodops.surveys.asked import Question, plain
from prodops.surveys.claims import SURE
from prodops.surveys.closing import target_of
from prodops.surveys.features import CATEGORIES
from prodops.surveys.spreading import answers_by_wave
from prodops.surveys.words import change_unit as words_of_change
from prodops.surveys.words import from_to, group_words, inside, say, say_change

if TYPE_CHECKING:
    from prodops.surveys.reporting import Report


@dataclass(frozen=True)
class Chapter:
    """One score: its finding, its course over waves, and how its answers are spread in the last of them."""

    finding: Finding
    title: str
    course: pd.DataFrame
    spread: pd.DataFrame
    unit: str
    target: float | None
    spread_title: str
    scale: str
    is_told: bool

    @property
    def has_course(self) -> bool:
        return len(self.course) > 1

    @property
    def shows_answers(self) -> bool:
        """Whether how people answered is worth a drawing: of the first score, and of those that moved or have one wave alone."""
        return self.is_told or not self.has_course

    @property
    def tone(self) -> str | None:
        """The column that says how welcome each answer is, where that is known of all."""
        return "tone" if self.spread["tone"].notna().all() else None


def chapters(found: "Report") -> Iterator[Chapter]:
    """Give a chapter for each score that has a wave to show, in the questionnaire's order."""
    said = {f.name: f for f in found.findings()}
    for place, row in enumerate(found.now.to_dict("records")):
        q = found.questionnaire.questions[row["question"]]
        own = found.scores[
            (found.scores["question"] == q.name) & ~found.scores["between"].astype(bool) & found.scores["complete"].astype(bool)
        ]
        spread = answers_by_wave(found, q.name)
        if own.empty:
            own = found.scores[(found.scores["question"] == q.name) & found.scores["latest"].astype(bool)]
        yield Chapter(
            finding=said[f"survey.{q.name}"],
            title=_course_title(found, q.name) or said[f"survey.{q.name}"].headline,
            course=own[["start", "wave", "value", "lower", "upper", "complete"]].assign(value=own["value"].astype(float)),
            spread=spread,
            unit=q.unit,
            target=target_of(found, q)[0],
            spread_title=f"What they answered: {inside(q.label)}",
            scale=_scale(q),
            is_told=place == 0 or row["p"] < SURE or bool(_course_title(found, q.name)),
        )


def _course_title(found: "Report", question: str) -> str:
    """Say the step of everybody's answers, where there is one: it is what the line shows."""
    said = {f.name: f.headline for f in found.findings()}
    return said.get(f"survey.{question}.since", "")


def _scale(q: Question) -> str:
    behind = "behind each bar the score and how many answered"
    if q.kind == "nps":
        return f"share of answers: detractors 0 to 6, passives 7 and 8, promoters 9 and 10; {behind}"
    scale = "" if q.kind == "pmf" else f", from {q.ends[0]:g} to {q.ends[1]:g}"
    return f"share of answers{scale}; {behind}"


# -------------------------------------------------------------------------------------------------------------- by group
def focus(found: "Report") -> str:
    """Name the score whose groups are shown: that of the surest step, else the first."""
    if found.groups.empty:
        return ""
    moved = [q for q in found.shifts["question"] if q in set(found.groups["question"])]
    return str([*moved, found.groups["question"].iloc[0]][0])


def moves(found: "Report", question: str) -> pd.DataFrame:
    """Give how each group's score moved against the wave before: ``group, change, lower, upper``."""
    rows = found.groups[(found.groups["question"] == question) & found.groups["change"].notna()]
    names = [f"{group_words(r)} ({r['by']})" for r in rows.to_dict("records")]
    return pd.DataFrame(
        {"group": names, "change": rows["change"], "lower": rows["change_lower"], "upper": rows["change_upper"]}
    ).reset_index(drop=True)


def moves_title(found: "Report", question: str) -> str:
    """Say which group moved most beyond chance."""
    rows = found.groups[(found.groups["question"] == question) & (found.groups["p_adjusted"] < 0.05)]
    title = found.questionnaire.questions[question].label
    if rows.empty:
        return f"No group's {inside(title)} moved beyond chance"
    row = rows.loc[rows["change"].abs().idxmax()].to_dict()
    return f"{title} moved most among {group_words(row)}: {say_change(row['change'], row['unit'])}"


def change_unit(found: "Report", question: str) -> str:
    """Give the unit in which a question's changes are drawn."""
    return words_of_change(found.questionnaire.questions[question].unit) if question else "count"


def by_group(found: "Report") -> pd.DataFrame:
    """Give every score of every group in words, with the wave before."""
    columns = ["Question", "Group", "Answers", "Score", "95\u00a0% range", "Before", "Change", "Beyond chance"]
    return pd.DataFrame([_group_row(row) for row in found.groups.to_dict("records")], columns=columns)


def _group_row(row: dict[str, Any]) -> tuple[str, ...]:
    known = row["before"] == row["before"]
    change = say_change(row["change"], row["unit"]) if known else ""
    return (
        row["title"],
        f"{group_words(row)} ({row['by']})",
        f"{int(row['n']):,}",
        say(row["value"], row["unit"]),
        from_to(row["lower"], row["upper"], row["unit"]),
        say(row["before"], row["unit"]) if known else "",
        change,
        "yes" if known and row["p_adjusted"] < 0.05 else "",
    )


# -------------------------------------------------------------------------------------------------------- what people want
def about(found: "Report", topic: str) -> tuple[Finding, ...]:
    """Give the findings that a section's charts are evidence of: ``kano``, ``opportunity``, ``missing``, ``weighting`` or a question."""
    if topic in ("missing", "since"):
        return tuple(f for f in found.findings() if f.name.endswith(f".{topic}"))
    return tuple(f for f in found.findings() if f.name.startswith(f"survey.{topic}") and not f.name.endswith((".missing", ".since")))


def ideas(found: "Report") -> pd.DataFrame:
    """Give the ideas' classes in words."""
    rows = found.kano
    return pd.DataFrame(
        {
            "Idea": rows["title"],
            "Class": [
                CATEGORIES[r.category] if r.is_sure else f"{CATEGORIES[r.category]} or {CATEGORIES[r.runner_up]}" for r in rows.itertuples()
            ],
            "Pleases": [f"{in_words(r.better, 'share')} ({from_to(r.better_lower, r.better_upper, 'share')})" for r in rows.itertuples()],
            "Its lack puts off": [
                f"{in_words(r.worse, 'share')} ({from_to(r.worse_lower, r.worse_upper, 'share')})" for r in rows.itertuples()
            ],
            "Answers": rows["n"].astype(int),
        }
    )


def jobs(found: "Report") -> pd.DataFrame:
    """Give the jobs, the largest opportunity first, in words."""
    rows = found.opportunities
    return pd.DataFrame(
        {
            "Job": rows["title"],
            "Opportunity, of 20": [f"{r.score:.1f} ({r.score_lower:.1f} to {r.score_upper:.1f})" for r in rows.itertuples()],
            "Call it important": [in_words(r.importance / 10, "share") for r in rows.itertuples()],
            "Are satisfied": [in_words(r.satisfaction / 10, "share") for r in rows.itertuples()],
            "Answers": rows["n"].astype(int),
        }
    )


def grids(found: "Report") -> Iterator[tuple[Finding, str, pd.DataFrame]]:
    """Give each matrix: its finding, what is plotted, and the spread of each item's answers, the least liked first."""
    for name in dict.fromkeys(found.items["question"]):
        q = found.questionnaire.questions[str(name)]
        own = found.matrix[found.matrix["question"] == name]
        ranked = found.items[found.items["question"] == name]
        parts = [_item(q, own[own["name"] == r["name"]], r) for r in ranked.to_dict("records")]
        finding = about(found, f"{name}.")[0]
        counted = f"“{q.choices[0]}”" if q.words and plain(q.choices[0]) else "the commonest answer" if q.words else q.top_words()
        yield finding, f"{q.label} · share of answers; behind each bar the share of {counted}, and how many answered", pd.concat(parts)


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


def lists(found: "Report") -> Iterator[tuple[Finding, str, pd.DataFrame]]:
    """Give each question of choices: its finding, what is plotted, and its answers' shares."""
    for name in dict.fromkeys(found.choices["question"]):
        own = found.choices[found.choices["question"] == name]
        several = " · several could be chosen" if own["kind"].iloc[0] == "multi" else ""
        words = f"{own['title'].iloc[0]} · % of {int(own['n'].iloc[0]):,} who answered in {own['wave'].iloc[0]}{several}"
        yield about(found, f"{name}.")[0], words, own[["answer", "share", "lower", "upper"]]


# ------------------------------------------------------------------------------------------------------------ who answered
def response(found: "Report") -> pd.DataFrame:
    """Give the response rate of each wave in words."""
    rows = found.rates
    return pd.DataFrame(
        {
            "Question": rows["title"],
            "Wave": rows["wave"],
            "Invited": rows["invited"],
            "Answered": rows["answered"],
            "Rate": [f"{in_words(r.rate, 'share')} ({from_to(r.lower, r.upper, 'share')})" for r in rows.itertuples()],
        }
    )


def unheard(found: "Report") -> pd.DataFrame:
    """Give the response rates of groups for the question in which they differ most: ``group, rate, lower, upper``."""
    if found.missing.empty:
        return found.missing
    first = found.missing.sort_values("p_adjusted", kind="stable").iloc[0]
    own = found.missing[(found.missing["question"] == first["question"]) & (found.missing["by"] == first["by"])]
    return own.assign(group=own["group"].astype(str)).reset_index(drop=True)


def weights(found: "Report") -> pd.DataFrame:
    """Give each score as answered and weighted, in words."""
    rows = found.weighted.to_dict("records")
    each = [
        (
            r["title"],
            f"{say(r['value'], r['unit'])} ({from_to(r['lower'], r['upper'], r['unit'])})",
            f"{say(r['weighted'], r['unit'])} ({from_to(r['weighted_lower'], r['weighted_upper'], r['unit'])})",
            in_words(r["design_effect"], "ratio"),
            int(r["n"]),
        )
        for r in rows
    ]
    return pd.DataFrame(each, columns=["Question", "As answered", "Weighted to the customers", "Design effect", "Answers"])


# ---------------------------------------------------------------------------------------------------------- what they wrote
def telling(sides: pd.DataFrame, themes: Sequence[str], most: int = 3) -> list[str]:
    """Choose the themes to quote: those that one side speaks of most beyond the others, else the largest."""
    more = sides[sides["more"].astype(bool)].sort_values("p_adjusted", kind="stable") if len(sides) else sides
    return list(dict.fromkeys([*more["theme"], *themes]))[:most] if len(more) else list(themes)[:most]


def stacked(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Put quotes of several themes under each other."""
    return pd.concat(list(frames), ignore_index=True)
