"""What stands around a review's findings: tiles above them, takeaways and definitions below."""

from typing import TYPE_CHECKING

from prodops.launches.effects import FEWEST_WEEKS
from prodops.launches.findings import leading
from prodops.launches.judging import RULES
from prodops.launches.placebos import ENOUGH, MISTRUST
from prodops.launches.wording import inside, slug
from prodops.stamps import Definition, Takeaway, Tile, day_words, in_words

if TYPE_CHECKING:
    from prodops.launches.gates import Readiness
    from prodops.launches.report import Readout, Review
    from prodops.launches.tested import Tested

TILES, TAKEAWAYS, POINTS = 6, 4, 13

POWER = (
    "By a KPI's own past, with a year before and eight weeks after, a lift of 5 % is shown 88 times in 100 where weeks differ from what was to be "
    "expected by 2 % (one standard deviation). At 3 % it is shown 76 times, at 5 % 48 and at 8 % 28. A launch without effect is called one 4 "
    "times in 100, over KPIs of 25 kinds. All simulated (benchmarks/calibration.py). Not shown is not the same as none."
)


def tiles(review: "Review") -> tuple[Tile, ...]:
    """Give a tile for what has a target: the adoption of the launch that is read out, and the share of gates passed of those ahead."""
    found = [tile for tile in (_adopted(review),) if tile]
    found += [_gates(one) for one in review.coming if one.judged]
    return tuple(found[:TILES])


def _adopted(review: "Review") -> Tile | None:
    one = review.readout
    if not one or not one.launch.adoption or one.launch.adoption.target is None or review.taken_up.empty:
        return None
    plan, rows = one.launch.adoption, review.taken_up[review.taken_up["complete"].astype(bool)]
    if rows.empty:
        return None
    values = [float(v) if v == v else None for v in rows["value"]]
    return Tile(
        name=f"launch.{slug(one.launch.name)}.adoption",
        title=f"{one.launch.name}: taken up",
        value=values[-1],
        unit=review.measures.unit(plan.kpi) if plan.kpi else "share",
        before=values[-2] if len(values) > 1 else None,
        target=plan.target,
        good="up",
        history=tuple(values[-POINTS:]),
    )


def _gates(one: "Readiness") -> Tile:
    return Tile(
        name=f"launch.{slug(one.launch.name)}.gates",
        title=f"{one.launch.name}: gates passed",
        value=one.count("passed") / len(one.judged),
        unit="share",
        target=1.0,
        target_on=one.launch.on,
        good="up",
    )


def takeaways(review: "Review") -> tuple[Takeaway, ...]:
    """Give tests that decide nothing, who moves next for the nearest launch, and what is decided of the one read out and of those that broke
    a guardrail."""
    found: list[Takeaway | None] = [_move(one) for one in review.coming[:1] if one.judged]
    found += [_keep(review, one) for one in review.readouts if one is review.readout or any(g.state == "broken" for g in one.guarded)]
    found = [*(_mend(trial) for trial in review.trials if not trial.readout.trusted), *found]
    return tuple(takeaway for takeaway in found if takeaway)[:TAKEAWAYS]


def _mend(trial: "Tested") -> Takeaway:
    return Takeaway(
        claim=f"The split of {trial.name} is not as planned.",
        decision="Decide nothing by this test: find what favours one side (assignment, redirects, bots, what is counted), then run it again.",
        changes_our_mind="A cause that touched both sides alike.",
    )


def _move(one: "Readiness") -> Takeaway:
    day, moves = day_words(one.launch.on), one.moves
    if one.verdict == "go":
        return Takeaway(
            claim=f"{one.launch.name} is ready for {day}.",
            decision="Launch it on the day.",
            owner=one.launch.owner,
            changes_our_mind="A gate whose evidence no longer holds.",
            about=f"launch.{slug(one.launch.name)}.ready",
        )
    first = moves[0] if moves else one.judged[0]
    waiting = one.held_up_by(first)
    held = f"; {waiting} other gate{'s' * (waiting != 1)} wait{'s' * (waiting == 1)} for it" if waiting else ""
    late = f", {one.count('overdue')} overdue" if one.count("overdue") else ""
    who = one.launch.teams.get(first.gate.team, "")
    return Takeaway(
        claim=f"{one.launch.name} is {'not ready' if one.verdict == 'no-go' else 'on course'} for {day}: {one.count('passed')} of "
        f"{len(one.judged)} gates passed{late}.",
        decision=f"First, of {len(moves)} gates that could move now: {inside(first.gate.label)} ({first.shown}{held}). If it cannot be done "
        "this week, move the day now rather than in its last week.",
        owner=f"{first.gate.team}{f', {who}' if who else ''}",
        changes_our_mind="Evidence at the gates that are open: nothing else passes them.",
        about=f"launch.{slug(one.launch.name)}.ready",
    )


def _keep(review: "Review", one: "Readout") -> Takeaway | None:
    if not one.judgement.decision:
        return None
    effect, amid = leading(one), one.amid if one.judgement.decision != "go on" else None
    aim = f"{inside(review.measures.label(effect.kpi))}" if effect else "what it was meant to move"
    does = {
        "go on": f"Keep {one.launch.name}, and stop asking whether it works.",
        "hold": f"Hold {one.launch.name}: build no more on it until {aim}{' or its guardrail' * bool(one.launch.guardrails)} is clear.",
        "roll back": f"Take {one.launch.name} back, or {f'show that {amid.name} did it' if amid else 'say in writing why the guardrail gives way'}.",
    }[one.judgement.decision]
    changes = (
        "A guardrail that breaks."
        if one.judgement.decision == "go on"
        else f"What tells the two apart: whole weeks after {day_words(amid.until)}, or users whom only one of the two reached."
        if amid
        else "A later readout in which its guardrails are kept."
        if one.judgement.decision == "roll back"
        else "A later readout whose range leaves 0 out, with its guardrails kept."
    )
    return Takeaway(
        claim=f"{one.launch.name}: {one.judgement.decision}, as {one.judgement.why}."
        + (f" {amid} falls into the same weeks." if amid else ""),
        decision=does,
        owner=one.launch.owner,
        changes_our_mind=changes,
        about=f"launch.{slug(one.launch.name)}",
    )


def definitions(review: "Review") -> tuple[Definition, ...]:
    """Say by which rules gates pass, effects are read and decisions made, and what that cannot say."""
    looked = sum(effect.is_known for effect in review.effects)
    return (
        Definition(
            name="Gates",
            text="A gate passes on evidence only: a KPI's latest whole period against its threshold, a link or a sign-off with name and date, "
            "open work items, or a feedback theme's voices a week. Voices are the mean of four whole weeks. Overdue: not passed after its day. "
            "What the data here cannot show is not judged. No-go: a gate is overdue, or the work is more likely late than not. Go: all "
            "passed, and the work done in time with a chance of at least 85 %.",
        ),
        Definition(
            name="Effects",
            text="By the launch's A/B test, where there was one whose split is sound. Else by difference in differences against its control group: "
            "counts over counts pooled on each side, amounts in ratio, other numbers in their unit. Else as an interrupted series: actual minus what "
            "the KPI's own past leads to expect, by a Bayesian structural time series. Shares are read on log odds, amounts on logarithms unless the "
            "past is far likelier without. At most 13 weeks, or 6 months, after the launch count. A period that holds the launch counts on neither "
            "side. An incident that touches a quarter of the weeks read out, or more, is told as one that may be what they show.",
        ),
        Definition(
            name="Placebo check and error rate",
            text="Each readout is made again at earlier dates when nothing launched, or at all of them where the calendar leaves none free. No "
            "other launch lies in the periods looked at; one further back is part of the date's past, as of the launch's own. Where these "
            "readouts lie further out than their ranges allow, the launch's range is widened as much, and theirs by the other dates. The share that "
            f"“worked” even so stands beside it. Above {in_words(MISTRUST, 'share')} of at least {ENOUGH} dates nothing is believed on that KPI. "
            f"{looked} readouts were looked at. The p-values of the launch that is read out are adjusted together, and so are those of all others "
            "(Benjamini and Hochberg 1995). So of those called an effect at most 1 in 20 is chance.",
        ),
        Definition(name="How small an effect is seen", text=POWER),
        Definition(name="Go on, hold, roll back", text=RULES),
        Definition(
            name="Adoption",
            text="Of the people who could take it up in a week, the share that has since the launch, by the end of the week or within the plan's "
            "days. Who could is whoever had an event, or the one that the plan names. Wilson's range. Weeks whose days have not passed are not whole.",
        ),
        Definition(
            name="The launch that is read out",
            text=f"The one asked for, or else of those with {FEWEST_WEEKS} whole weeks after them the one of the highest tier, of equals the latest.",
        ),
    )
