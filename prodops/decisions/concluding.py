"""What stands around the priorities' findings: tiles of the goals above them, takeaways and definitions below."""

from typing import TYPE_CHECKING

from prodops.decisions.closing_loops import OPEN_ONES, OVERDUE, UNMEASURED, WAITING, WORSE
from prodops.decisions.grading import BEHIND, MAYBE_BEHIND, MISSED, level_of
from prodops.decisions.links import broken
from prodops.decisions.methods import method_of
from prodops.decisions.pasts import of_kpi
from prodops.decisions.wording import grade, listed, odds, times
from prodops.stamps import Definition, Takeaway, Tile

if TYPE_CHECKING:
    from prodops.decisions.reporting import Review

TILES, PERIODS, LOST = 6, 13, 4


def tiles(review: "Review") -> tuple[Tile, ...]:
    """Give a tile for each goal: the level of its KPI as the goal is graded by, that of the periods before, the goal's target."""
    found = []
    for row in review.grades.to_dict("records"):
        kpi = str(row["kpi"])
        past = of_kpi(review.history, kpi)
        if past.empty or kpi not in review.kpis:
            continue
        values = [level_of(past.head(n)).value for n in range(max(len(past) - PERIODS, 0) + 1, len(past) + 1)]
        months = (past["period_end"] - past["period_start"]).dt.days.median() > 20
        found.append(
            Tile(
                name=f"goal.{kpi}",
                title=f"{row['goal']}: {review.label(kpi)}",
                value=values[-1],
                unit=review.unit(kpi),
                before=values[-2] if len(values) > 1 else None,
                target=float(row["target"]),
                target_on=row["due_on"],
                good=review.kpis[kpi].good,
                period="month" if months else "week",
                history=tuple(values),
            )
        )
    return tuple(found[:TILES])


def coverage(review: "Review") -> str:
    """Say what could be graded, ranked and measured, and which file or table is missing for what could not."""
    measured = review.outcomes["action"].nunique()
    parts = [
        f"{int(review.grades['grade'].notna().sum())} of {times(len(review.grades), 'goal')} graded"
        if len(review.grades)
        else "No table of goals, so none is graded",
        f"{len(review.ranking)} of {times(len(review.backlog), 'candidate')} ranked"
        if len(review.backlog)
        else "no candidates: name them in params/candidates.yaml",
        f"{measured} of {times(len(review.log), 'action')} measured" if len(review.log) else "no actions: keep them in params/actions.yaml",
        "" if len(review.themes.weekly) else "no theme in the feedback, so none is measured",
    ]
    told = "; ".join(filter(None, parts))
    lost = list(broken(review.backlog, review.log, kpis=review.kpis, goals=set(review.grades["goal"]), themes=review.themes))
    more = f" Links that lead nowhere: {' '.join(_ended(fault) for fault in lost[:LOST])}" if lost else ""
    return f"{told[:1].upper()}{told[1:]}.{more}" + (f" And {len(lost) - LOST} more." if len(lost) > LOST else "")


def _ended(text: str) -> str:
    return text if text[-1] in ".?" else f"{text}."


def takeaways(review: "Review") -> tuple[Takeaway, ...]:
    """Give the decisions that are due: on goals that will be missed, on what comes next, on the loops, on what did not help."""
    found = tuple(t for t in (_on_goals(review), _on_order(review), _on_loops(review), _on_harm(review)) if t)
    return found or (_begin(review),)


def _begin(review: "Review") -> Takeaway:
    """Say what a report without a decision needs."""
    if len(review.backlog) or len(review.log) or len(review.grades):
        return Takeaway(claim="Nothing calls for a decision.", decision="Bring more candidates, or leave things as they are.")
    return Takeaway(
        claim="There is nothing to decide on yet.",
        decision="Write candidates down in params/candidates.yaml, actions in params/actions.yaml, and name a table of goals.",
        owner="Product Operations",
    )


def _on_goals(review: "Review") -> Takeaway | None:
    late = review.grades[review.grades["pace"].isin([BEHIND, MAYBE_BEHIND, MISSED])].sort_values(["grade", "goal"])
    if late.empty:
        return None
    told = listed([f"{r.goal} ({grade(r.grade)} of {grade(r.expected)} due)" for r in late.itertuples()], 4)
    served = [review.backlog.label(n) for n in review.ranking["candidate"] if set(review.backlog[n].goals) & set(late["goal"])]
    next_ = f" Candidates that serve them: {listed(served)}." if served else " No candidate is linked to them: say which would help."
    return Takeaway(
        claim=f"Behind: {told}.",
        decision=f"Decide for each whether it is worked on now, moved, or given up.{next_}",
        owner=listed(sorted({str(o) for o in late["owner"] if o})) or "Head of Product",
        changes_our_mind="A KPI back on its way over the next four whole weeks.",
        about=f"goal.{late['kpi'].iloc[0]}",
    )


def _on_order(review: "Review") -> Takeaway | None:
    frame = review.ranking
    if len(frame) < 2:
        return None
    safe = frame[frame["top"] >= 0.8] if len(frame) > review.top else frame.head(0)
    near = frame[(frame["top"] >= 0.2) & ~frame["candidate"].isin(safe["candidate"])]
    method = method_of(review.method).title
    if len(frame) <= review.top:
        claim, decision = f"There are only {len(frame)} candidates for {review.top} places.", "Take them all, or bring more candidates."
    elif len(safe):
        claim = f"By {method}, {listed(list(safe['title']))} {'are' if len(safe) > 1 else 'is'} among the first {review.top} whatever the ranges hold."
        rest = (
            f"; choose the rest of the {review.top} among {listed(list(near['title']), 5)}" if len(safe) < review.top and len(near) else ""
        )
        decision = f"Commit to {'them' if len(safe) > 1 else 'it'}{rest}."
    else:
        chances = listed([f"{r.title} ({odds(r.top)})" for r in near.sort_values("top", ascending=False).itertuples()], 5)
        claim = f"No candidate is sure of a place among the first {review.top} by {method}: {chances}."
        decision = "Choose among these by judgement: their scores do not tell them apart, and a finer formula would not either."
    doubt = next((f for f in review.about("rank") if f.name == "rank.doubt"), None)
    return Takeaway(
        claim=claim,
        decision=decision,
        owner="Head of Product",
        changes_our_mind=f"{doubt.headline.replace('Most worth knowing: t', 'T')}, better known."
        if doubt
        else "A range that turns out to be wrong.",
        about="rank.first",
    )


def _on_loops(review: "Review") -> Takeaway | None:
    open_ = review.loops[review.loops["is_open"].astype(bool)]
    if open_.empty:
        return None
    pressing = {s: open_[open_["status"] == s] for s in (OVERDUE, WAITING, UNMEASURED)}
    parts = [
        f"{len(rows)} {words}"
        for (s, rows), words in zip(pressing.items(), ("overdue", "waiting on others", "not to be measured"), strict=True)
        if len(rows)
    ]
    decision = [
        f"{r['owes']} to give {r['to'] or r['action']} {r['what'] if r['what'] != r['action'] else 'an answer'}."
        for r in review.owed.head(2).to_dict("records")
    ]
    decision += [f"A new date, or an end, for {listed(list(pressing[OVERDUE]['title']))}."] if len(pressing[OVERDUE]) else []
    decision += [f"A theme or KPI for {listed(list(pressing[UNMEASURED]['title']))}."] if len(pressing[UNMEASURED]) else []
    return Takeaway(
        claim=f"{times(len(open_), 'loop')} of {len(review.loops)} open" + (f": {listed(parts)}." if parts else "."),
        decision=" ".join(decision) or "Nothing is pressing.",
        owner=listed(sorted({*map(str, review.owed["owes"]), *(str(o) for o in pressing[OVERDUE]["owner"] if o)}), 4),
        changes_our_mind="An outcome that is measured.",
    )


def _on_harm(review: "Review") -> Takeaway | None:
    worse = review.loops[review.loops["status"] == WORSE]
    if worse.empty:
        return None
    first = worse.iloc[0]
    return Takeaway(
        claim=f"{listed(list(worse['title']))}: worse after than before.",
        decision="Decide whether to take it back, to soften it, or to live with it; nothing in the log says so yet.",
        owner=str(first["owner"]),
        changes_our_mind="A readout with a control, in the launch review, that finds no effect.",
        about=f"loop.{first['action']}",
    )


def definitions(review: "Review") -> tuple[Definition, ...]:
    """Say how scores, chances, grades and outcomes are made; warnings on the file of candidates stand with its method."""
    kind, found = method_of(review.method), []
    if len(review.ranking):
        said = sorted(
            f"{review.backlog.label(c)}: {q} from {text}" for (c, m, q), text in review.resolved.said.items() if m == review.method
        )
        found.append(
            Definition(
                name=f"Score by {kind.title}",
                text=f"{kind.formula}. A range holds nine cases in ten, its middle is the median; {review.draws:,} draws, each input by its own "
                f"stream (seed {review.seed}), so that a candidate more leaves the others' draws as they are. Two candidates are told apart where one is "
                "above the other in nine draws of ten. Worth knowing: the expected value of perfect information on one input, for the choice of "
                f"the first {review.top}. " + " ".join(f"{s}." for s in said) + " ".join(review.backlog.warnings),
            )
        )
    if len(review.grades):
        found.append(
            Definition(
                name="Grade of a goal",
                text="From 0 at the start to 1 at the target, straight in between, by the KPI's level: a local level over whole periods whose pace the "
                "series itself tells (averaged by likelihood), with a 95 % range. Due: the share of the goal's days that have gone. Ahead or behind: with a "
                "chance of four in five or more; on pace: within 0.1. 0.7 is achieved.",
            )
        )
    if len(review.log):
        found.append(
            Definition(
                name="Outcome of an action",
                text="Whole periods after the day it shipped against those before, at most 13 weeks or 12 months each, means with a 95 % range (Welch, widened "
                "where neighbouring periods are alike). Helped or not: the range leaves out no change, by the KPI, else by voices per 1,000 active users. Mood "
                f"runs from −1 to 1, from English words. Open: not shipped, or shipped without a measured outcome ({', '.join(OPEN_ONES)}).",
            )
        )
    return tuple(found)
