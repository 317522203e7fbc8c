"""A review's frames for charts and tables, in the words that readers see."""

import re
from typing import TYPE_CHECKING, Any

from prodops.launches.effects import Effect
from prodops.launches.findings import leading
from prodops.launches.trial_words import alike as told_alike
from prodops.launches.trial_words import unit_of
from prodops.launches.wording import alike, inside, verdict
from prodops.stamps import between, day_words, in_words, listed

if TYPE_CHECKING:
    import pandas as pd

    from prodops.launches.gates import Judged, Readiness
    from prodops.launches.measures import Measures
    from prodops.launches.report import Readout, Review
    from prodops.launches.tested import Tested

LONGEST_PATH = 39
"""Periods before a launch that are drawn."""


def gates(one: "Readiness") -> "pd.DataFrame":
    """List the gates of a launch ahead, those that could move now first: the gate, whose move it is and by when, how it stands on what evidence."""
    import pandas as pd

    order = {id(j): n for n, j in enumerate(one.moves)}
    rows = sorted(one.judged, key=lambda j: (j.state == "passed", order.get(id(j), 99), str(j.gate.due)))
    names = {j.gate.name: j.gate.label for j in one.judged}
    return pd.DataFrame(
        [
            {
                "Gate": j.gate.label,
                "Whose move": f"{j.gate.team}{_due(j)}",
                "How it stands": f"{MARKS[j.state]}\u00a0{j.state}: {_short(j.shown)}"
                + "".join(f"; waits for: {inside(names[n])}" for n in j.waits_for),
            }
            for j in rows
        ]
    )


def _due(one: "Judged") -> str:
    """Say by which day a gate that has not passed was or is due."""
    return f", by {_nowrap(day_words(one.gate.due, year=False))}" if one.state != "passed" and one.gate.due else ""


def _short(text: str) -> str:
    """Say that there is a link, whose address is wider than a phone."""
    return re.sub(r"https?://\S+, ", "link ", text)


def _nowrap(text: str) -> str:
    return text.replace(" ", "\u00a0")


MARKS = {"passed": "✓", "open": "○", "overdue": "!", "cannot be judged": "?"}
"""A sign before each state's word, for those who see no colour."""


def path(effect: Effect) -> "pd.DataFrame":
    """Give an effect's path for a chart: ``at``, ``series`` (actual, expected), ``value``; ``lower`` and ``upper`` of what was expected."""
    import pandas as pd

    if effect.path is None:
        return pd.DataFrame({"at": [], "series": [], "value": [], "lower": [], "upper": []})
    shown = effect.path
    after = int(shown["is_after"].sum())
    shown = shown.tail(after + LONGEST_PATH)
    actual = shown[["at", "lower", "upper"]].assign(series="actual", value=shown["actual"])
    expected = shown[["at"]].assign(series="expected", value=shown["expected"], lower=float("nan"), upper=float("nan"))
    return pd.concat([actual, expected], ignore_index=True)


def drawn(one: "Readout") -> tuple[Effect, ...]:
    """Give the effects of a readout that have a path to draw: the leading one, then guardrails that broke; at most three."""
    first = leading(one)
    broken = [g.kpi for g in one.guarded if g.state == "broken"]
    wanted = [effect for effect in one.effects if effect is first or effect.kpi in broken]
    return tuple(effect for effect in wanted if effect.path is not None)[:3]


def path_headline(review: "Review", effect: Effect) -> str:
    """Head the chart of an effect."""
    label = review.measures.label(effect.kpi)
    if not effect.trusted:
        return f"{label}: what it shows of {effect.launch} cannot be trusted"
    if not effect.is_clear:
        return f"{label}: no effect of {effect.launch} is shown"
    by = alike(effect, review.measures).size(effect.effect)
    return f"{label} {'rose' if effect.effect > 0 else 'fell'} by {by} with {effect.launch}"


def effects(review: "Review", one: "Readout") -> "pd.DataFrame":
    """List what one launch did to each KPI."""
    import pandas as pd

    return pd.DataFrame([_effect_row(review, effect) for effect in one.effects])


def _effect_row(review: "Review", effect: Effect) -> dict[str, str]:
    m = review.measures
    part, meant = {"aim": " (aim)", "guardrail": " (guardrail)", "watched": ""}[effect.role], effect.meant
    against = {"experiment": "A/B test", "difference in differences": "the control group"}.get(effect.method, "its own past")
    alarms = (
        f"; {round(effect.placebo_share * effect.placebos)} of {effect.placebos} other dates a false alarm"
        if effect.placebos and effect.trusted
        else ""
    )
    return {
        "KPI": m.label(effect.kpi) + part,
        EFFECT: _size(effect, m) + (f"; {m.say_change(effect.kpi, meant)} meant" if meant is not None else ""),
        "What is known": verdict(effect),
        "Held against": against + alarms,
    }


EFFECT = "Effect (95\u00a0% range)"


def _size(effect: Effect, measures: "Measures") -> str:
    """Say an effect with its range."""
    say = alike(effect, measures)
    return f"{say.change(effect.effect)} ({say.range(effect.lower, effect.upper)})" if effect.is_known else "–"


def guardrails(review: "Review", one: "Readout") -> "pd.DataFrame":
    """List a launch's guardrails."""
    import pandas as pd

    signs = {"kept": "✓ kept", "broken": "! broken", "cannot tell": "? cannot tell"}
    return pd.DataFrame(
        [
            {
                "Guardrail": review.measures.label(g.kpi),
                "State": signs[g.state] + (", recovered since" if g.state == "broken" and g.recovered else ""),
                "Numbers": g.shown.removeprefix(review.measures.label(g.kpi)).lstrip(": "),
            }
            for g in one.guarded
        ]
    )


def others(review: "Review") -> "pd.DataFrame":
    """List all past launches, the latest first: what they were meant to move and did, their guardrails, what is decided."""
    import pandas as pd

    return pd.DataFrame([_other(review, one) for one in sorted(review.readouts, key=lambda one: -one.launch.on.toordinal())])


def _other(review: "Review", one: "Readout") -> dict[str, str]:
    m, effect = review.measures, leading(one)
    states = {s: sum(g.state == s for g in one.guarded) for s in ("kept", "broken", "cannot tell")}
    rails = [f"{n} guardrail{'s' * (n > 1)} {'not to be told' if s == 'cannot tell' else s}" for s, n in states.items() if n]
    return {
        "Launch": f"{one.launch.name}, {_nowrap(day_words(one.launch.on))}",
        EFFECT: f"{m.label(effect.kpi)} {_size(effect, m)}" if effect else "–",
        "What is known": "; ".join([verdict(effect) if effect else "not measured", *rails]),
        "Decision": one.judgement.decision or "–",
    }


def voices(review: "Review") -> "pd.DataFrame":
    """List feedback themes before and after the launch: those that the plan names, and those that changed clearly."""
    import pandas as pd

    if review.voices.empty:
        return pd.DataFrame()
    rows = review.voices[review.voices["is_named"] | review.voices["is_clear"]]
    return pd.DataFrame(
        [
            {
                "Theme": row.theme,
                "Before": round(row.before, 1),
                "After": round(row.after, 1),
                "Times as many": f"{in_words(row.ratio, 'ratio')} ({in_words(row.lower, 'ratio')} to {in_words(row.upper, 'ratio')})",
                "What is known": ("more" if row.ratio > 1 else "fewer") if row.is_clear else "no change shown",
            }
            for row in rows.head(12).itertuples()
        ]
    )


def adoption_headline(review: "Review") -> str:
    """Head the adoption curve."""
    rows = review.taken_up[review.taken_up["complete"].astype(bool)] if len(review.taken_up) else review.taken_up
    if rows.empty or review.readout is None or review.readout.launch.adoption is None:
        return "Nothing is known of who takes it up"
    plan, last = review.readout.launch.adoption, float(rows["value"].iloc[-1])
    unit = review.measures.unit(plan.kpi) if plan.kpi else "share"
    said = f"{in_words(last, unit)} take up {review.readout.launch.name}"
    if plan.target is None:
        return said
    target = in_words(plan.target, unit)
    met = "at" if in_words(last, unit) == target else "above" if last > plan.target else "below"
    return f"{said}, {met} the target of {target}"


def adoption_range(review: "Review") -> str:
    """Head the adoption curve's chart: between which values it lay."""
    rows, unit = review.taken_up[review.taken_up["complete"].astype(bool)], adoption_unit(review)
    if rows.empty:
        return "No week is whole yet"
    low, high = (in_words(float(end), unit) for end in (rows["value"].min(), rows["value"].max()))
    return f"{between(low, high)} in each of the {len(rows)} whole weeks since the launch"


def adoption_subtitle(review: "Review") -> str:
    """Say what the adoption curve plots."""
    plan = review.readout.launch.adoption if review.readout else None
    if plan is None or plan.kpi:
        return "by week since the launch"
    words = [name.replace("_", " ") for name in (plan.of or "any event", plan.event)]
    when = f"within {in_words(plan.within_days, 'days')}" if plan.within_days else "by the end of the week"
    return f"% of people with “{words[0]}” in a week that had “{words[1]}” {when}"


def limits(review: "Review") -> str:
    """Say what the readout cannot say."""
    one = review.readout
    if one is None and not len(review.plan):
        return "No launch is known here; an A/B test alone says nothing of what came after it."
    if one is None:
        return "No launch of the plan has had four whole weeks yet: there is nothing to read out."
    parts = ["What this cannot say: whether the launch or something else that week made the difference, where no test was run."]
    if one.overlaps:
        parts.append(f"Within the 13 weeks after {one.launch.name} came {listed(one.overlaps[:3])}: what they did is part of its numbers.")
    if not review.looked_at_themes:
        parts.append("Feedback was not looked at.")
    return " ".join(parts)


def path_subtitle(review: "Review", effect: Effect) -> str:
    """Say what the chart of an effect plots."""
    unit = {"share": "%", "count": "number"}.get(review.measures.unit(effect.kpi), "")
    beside = "the control group's change" if effect.method == "difference in differences" else "its own past"
    return f"{unit + ' ' if unit else ''}by {effect.grain} · expected: what {beside} leads to"


def marked(review: "Review") -> "pd.DataFrame":
    """Give the launch that is read out and what the calendar holds from its day on, as charts mark them."""
    import pandas as pd

    rows = []
    if review.readout:
        day, name = pd.Timestamp(review.readout.launch.on), review.readout.launch.name
        later = review.marks[(review.marks["launched_on"] >= day) & (review.marks["name"].str.casefold() != name.casefold())]
        rows = [(day, name, "launch", pd.NaT), *((m.launched_on, m.name, m.kind, m.ended_on) for m in later.itertuples(index=False))]
    return pd.DataFrame(rows, columns=["on", "label", "kind", "until"])


def adoption_unit(review: "Review") -> str:
    """Give the unit of the adoption curve."""
    plan = review.readout.launch.adoption if review.readout else None
    return review.measures.unit(plan.kpi) if plan and plan.kpi else "share"


def adoption_target(review: "Review") -> float | None:
    """Give the target of the adoption curve."""
    plan = review.readout.launch.adoption if review.readout else None
    return plan.target if plan else None


def voices_told(review: "Review") -> str:
    """Say why there is no table of themes."""
    return "No feedback theme that the plan names has enough weeks on both sides, and none changed clearly."


def trials(review: "Review") -> "pd.DataFrame":
    """List what each A/B test found, the split first."""
    import pandas as pd

    return pd.DataFrame([_trial_row(review, trial, row) for trial in review.trials for row in trial.rows])


def _trial_row(review: "Review", trial: "Tested", row: Any) -> dict[str, str]:
    say = told_alike(row, unit_of(review.measures, row))
    sound = trial.readout.trusted
    return {
        "Test": trial.name,
        "Split": "\u00a0:\u00a0".join(f"{n:,}" for n in trial.sizes.values()) + ("" if sound else " – not as planned"),
        "Measure": f"{review.measures.label(str(row.measure))}: {say.value(row.value)} with {row.variant}, {say.value(row.control_value)} without",
        "Difference (95\u00a0% range)": f"{say.change(row.difference)} ({say.range(row.lower, row.upper)})" if row.p == row.p else "–",
        "What is known": str(row.verdict),
    }
