"""What stands around a survey's findings: scope, tiles, definitions."""

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, cast

import pandas as pd

from prodops.stamps import Definition, Scope, Tile, listed
from prodops.surveys.asked import PMF_BAR, SCORED, Question

if TYPE_CHECKING:
    from prodops.surveys.reporting import Report

TILES, HISTORY = 6, 13


def scope(found: "Report") -> Scope:
    """Say which days the waves that are shown lie in, and how many answers came to how many questions."""
    starts = [t.waves[t.rounds[0]].start for t in found.tallies.values() if t.rounds]
    start = max(min(starts, default=found.as_of).date(), pd.Timestamp(str(found.days["day"].min())).date())
    words = f"{len(found.questionnaire)} question{'' if len(found.questionnaire) == 1 else 's'}, {int(found.days['n'].sum()):,} answers"
    end = min(pd.Timestamp(str(found.days["day"].max())).date() + timedelta(days=1), found.as_of.date())
    return Scope(start=min(start, end - timedelta(days=1)), end=end, scope=words)


# ------------------------------------------------------------------------------------------------------------------ tiles
def tiles(found: "Report") -> tuple[Tile, ...]:
    """Give a tile for each score with a target, its own or a goal's: now, the wave before, and its last waves."""
    return tuple(tile for row in found.now.to_dict("records") if (tile := _tile(found, row)))[:TILES]


def _tile(found: "Report", row: dict[str, Any]) -> Tile | None:
    target, on = target_of(found, found.questionnaire.questions[row["question"]])
    if target is None:
        return None
    own = found.scores[
        (found.scores["question"] == row["question"]) & ~found.scores["between"].astype(bool) & found.scores["complete"].astype(bool)
    ]
    return Tile(
        name=f"survey.{row['question']}",
        title=row["title"],
        value=row["value"],
        unit=row["unit"],
        before=row["before"] if row["before"] == row["before"] else None,
        target=target,
        target_on=on,
        good=found.questionnaire.questions[row["question"]].good,
        period="wave",
        history=tuple(float(v) for v in own["value"].tail(HISTORY)),
    )


def target_of(found: "Report", q: Question) -> tuple[float | None, date | None]:
    """Give a question's target: its own, or that of the goal that is due next and names it; 40 % for product-market fit."""
    if q.target:
        return q.target.value, q.target.on
    goals = found.goals[found.goals["kpi"].astype(str) == q.name] if len(found.goals) else found.goals
    goals = goals[pd.to_datetime(goals["due_on"]) >= pd.Timestamp(found.as_of)].sort_values("due_on") if len(goals) else goals
    if len(goals):
        return float(goals["target"].iloc[0]), cast("date", pd.Timestamp(goals["due_on"].iloc[0]).date())
    return (PMF_BAR, None) if q.kind == "pmf" else (None, None)


# ------------------------------------------------------------------------------------------------------------ definitions
def definitions(found: "Report") -> tuple[Definition, ...]:
    """Say what each kind of number is, how its range is made, and how answers are grouped, weighted and kept back."""
    kinds = dict.fromkeys(q.kind for q in found.questionnaire.questions.values())
    said = [Definition(name=name, text=text) for kind in kinds for name, text in _MEANS.get(kind, ())]
    scales = [f"{q.label}: {q.top_words()}" for q in found.questionnaire.of("csat", "matrix") if not q.words]
    said += [Definition(name="Top boxes", text=f"What counts as satisfied: {'; '.join(scales)}.")] if scales else []
    if any(kind in SCORED for kind in kinds):
        said += [Definition(name=name, text=text) for name, text in _SCORES]
    said += [Definition(name="Waves", text=_waves(found)), Definition(name="Small groups", text=_small(found))]
    if len(found.weighted):
        said.append(Definition(name="Weighting", text=_weighting(found)))
    return (*said, *_unread(found))


_MEANS: dict[str, tuple[tuple[str, str], ...]] = {
    "nps": (("NPS", "Share of 9 and 10 less the share of 0 to 6 on 0–10, in points; range by Tango's score interval."),),
    "csat": (("CSAT", "Share of the top boxes of the scale; range by Wilson."),),
    "ces": (("CES", "Mean of the answers, high is easy; range by Student's t."),),
    "pmf": (
        ("Product-market fit", "Share who would be very disappointed without the product (Sean Ellis), bar at 40 %; range by Wilson."),
    ),
    "kano": (
        (
            "Kano",
            "Each respondent's two answers by the standard grid; an idea is of its commonest class, and that is settled where it leads by more than chance. "
            "Pleases: (attractive + one-dimensional) ÷ the four wanted classes; puts off: (one-dimensional + must-be) ÷ the same.",
        ),
    ),
    "opportunity": (
        ("Opportunity", "Ulwick: I + max(I − S, 0), with I and S ten times the top-box shares of importance and satisfaction, 0 to 20."),
    ),
    "multi": (("Several choices", "Share of those who answered the question; shares add up to more than 100 %."),),
}
_SCORES = (
    (
        "Against the wave before",
        "Difference of two waves, its range from both waves' ranges (Newcombe; Zou and Donner); beyond chance where p < 5 %, of groups with "
        "all groups counted (Benjamini and Hochberg).",
    ),
    (
        "Since when",
        "Each score is searched for steps over its waves and what came in between them, over all and in each group; a step counts where its chance is below 1 % with "
        "all its possible places and all groups of the question counted (Bonferroni). Where several waves fit as well, it is put where something weighty was launched or "
        "broke. A step is called a group's own where the group moved farther than all others, beyond chance (one-sided 5 %).",
    ),
)


def _waves(found: "Report") -> str:
    """Say how answers came to waves, and which answers of a respondent count."""
    each = [
        f"{t.question.label}: {len(t.rounds)} ({t.waves[t.rounds[0]].name} to {t.waves[t.rounds[-1]].name})"
        for t in found.tallies.values()
        if t.rounds and t.question.kind in SCORED
    ]
    between = any(wave.between for t in found.tallies.values() for wave in t.waves)
    told = " What came in between two waves stands in no wave, only in “since when”." if between else ""
    count = " A respondent's last answer of a wave counts, after tickets and first steps (CSAT, CES) each."
    return (
        f"By the questionnaire or the table where they say so, else found from the dates: {'; '.join(each)}.{told}{count}"
        if each
        else f"One wave.{count}"
    )


def _small(found: "Report") -> str:
    kept = f" Kept back here: {found.kept_back}." if found.kept_back else ""
    return (
        f"Groups of fewer than {found.questionnaire.least} answers are not shown, nor others through which one could be worked out.{kept}"
    )


def _weighting(found: "Report") -> str:
    margins = found.questionnaire.margins
    base = "weighted by the table's own weights" if any(t.frame["weight"].notna().any() for t in found.tallies.values()) else ""
    to = f"raked to the customers' shares by {listed(list(margins))}" if margins else ""
    way = " and ".join(filter(None, [base, to]))
    cap = "No weight is over 5 times the mean. Ranges of weighted numbers rest on the effective number of answers (Kish, and the linearised error)."
    both = "All numbers are as answered but those that say they are weighted; each score, idea, job, choice and item stands in one table both ways."
    return f"Answers are {way}. {both} {cap}"


def _unread(found: "Report") -> tuple[Definition, ...]:
    """Say which answers were left out: codes for no answer, and questions that the questionnaire does not name."""
    silent = {t.question.label: t.unanswered for t in found.tallies.values() if t.unanswered}
    told = [f"No answer, by code or off the scale: {'; '.join(f'{label} {n:,}' for label, n in silent.items())}."] if silent else []
    known = found.questionnaire.names()
    other = [str(name) for name in dict.fromkeys(found.days["question"]) if name not in known]
    told += [f"Questions of the table that are not reported on: {listed(other, 6)}."] if other and not found.inferred else []
    told += ["The questions were read off the table, as there is no params/surveys.yaml that names them."] if found.inferred else []
    return (Definition(name="Left out", text=" ".join(told)),) if told else ()
