"""What a launch review claims, in sentences: the split of tests, what launches brought, guardrails, what is coming and who is waited for."""

import math
from typing import TYPE_CHECKING, Any

from prodops.launches.effects import Effect
from prodops.launches.gates import Readiness
from prodops.launches.wording import alike, inside, placebos, short, slug, stands
from prodops.stamps import Finding, day_words, in_words, range95

if TYPE_CHECKING:
    from prodops.launches.judging import Guarded
    from prodops.launches.report import Readout, Review

MOST, MOST_THEMES = 9.0, 2


def findings(review: "Review") -> tuple[Finding, ...]:
    """Give the claims, most surprising first: a test's broken split above all, as nothing else of that test counts then."""
    from prodops.launches.trial_words import of_trials

    said = [
        *of_trials(review),
        *(finding for one in review.readouts if (finding := _decided(review, one))),
        *_themes(review),
        *(_ready(one) for one in review.coming),
        _taken_up(review),
        _rest(review),
    ]
    return tuple(sorted((f for f in said if f), key=lambda f: -f.surprise)) or (_nothing(review),)


def part_of(finding: Finding, review: "Review") -> str:
    """Tell which part of the report a finding belongs to."""
    name = finding.name
    if name.startswith("experiment."):
        return "tests"
    if review.readout and name == f"launch.{slug(review.readout.launch.name)}":
        return "effect"
    for part in ("ready", "adoption"):
        if name.endswith(f".{part}"):
            return part
    return "voices" if name.startswith("launch.voices.") else "others"


def _nothing(review: "Review") -> Finding:
    """Say that there is nothing to say, and what would change that."""
    known = len(review.readouts) + len(review.coming)
    told = f"{known} launches are known here, and no number that one of them could have moved." if known else "No launch is known here."
    return Finding(
        name="launches.nothing",
        headline="There is no launch to read out",
        sentence=f"{told} params/launches.yaml names launches, their gates and the KPIs that they are meant to move.",
    )


def strength(effect: Effect) -> float:
    """Give an effect in its own standard errors, at most eight: how surprising it is."""
    width = effect.upper - effect.lower
    return min(abs(effect.effect) / (width / 3.92), 8.0) if width > 0 else 0.0


def leading(one: "Readout") -> Effect | None:
    """Give the effect that a readout is about: of what moved clearly the clearest aim, else the first aim that is known."""
    known = [effect for effect in one.effects if effect.is_known]
    clear = [effect for effect in known if effect.is_clear and effect.role != "guardrail"]
    aims = [effect for effect in known if effect.role == "aim"]
    return max(clear, key=strength, default=next(iter(aims or known), None))


def _decided(review: "Review", one: "Readout") -> Finding | None:
    """Say what is decided of one past launch; of those beside the chosen one only where something is shown."""
    broken = next((g for g in one.guarded if g.state == "broken"), None)
    effect = next((e for e in one.effects if broken and e.kpi == broken.kpi), None) or leading(one)
    is_chosen = one is review.readout
    moved = [e for e in one.effects if e.is_clear and (is_chosen or e.method != "experiment")]  # a test has a finding of its own
    if effect is None or not (is_chosen or broken or moved):
        return None
    effect = effect if broken or not moved else max(moved, key=strength)
    return Finding(
        name=f"launch.{slug(one.launch.name)}",
        headline=_headline(review, one, effect),
        sentence=_told(review, one, effect),
        **(_of_level(review, broken) if broken and not math.isnan(broken.worst) else _number(review, effect)),
        good=review.measures.good(effect.kpi) if effect.is_clear or broken else None,
        surprise=min(strength(effect) * (1.0 if effect.is_clear or broken else 0.3) + 0.5 * is_chosen, MOST - 1),
    )


def _of_level(review: "Review", broken: "Guarded") -> dict[str, Any]:
    """Give the worst value of a guardrail's KPI beside its limit."""
    return {"value": broken.worst, "before": broken.limit, "beside": "limit", "unit": review.measures.unit(broken.kpi)}


def _number(review: "Review", effect: Effect) -> dict[str, Any]:
    """Give the KPI's value beside what was to be expected, with the effect's range about that."""
    unit = review.measures.unit(effect.kpi)
    if not effect.is_known:
        return {"unit": unit}
    if math.isnan(effect.actual) or math.isnan(effect.expected):
        return {"value": effect.effect, "lower": effect.lower, "upper": effect.upper, "unit": "points" if unit == "share" else unit}
    ends = {"lower": effect.expected + effect.lower, "upper": effect.expected + effect.upper}
    return {"value": effect.actual, "before": effect.expected, "beside": "expected", **ends, "unit": unit}


def _headline(review: "Review", one: "Readout", effect: Effect) -> str:
    name, label = one.launch.name, review.measures.label(effect.kpi)
    decision = {"go on": "go on", "hold": "hold", "roll back": "roll back", "": ""}[one.judgement.decision]
    tail = f": {decision}" if decision else ""
    amid = " amid an incident" if one.amid and effect.method != "experiment" else ""
    broken = next((g for g in one.guarded if g.state == "broken" and g.kpi == effect.kpi), None)
    if broken:
        by = f" ({alike(effect, review.measures).change(effect.effect)})" if effect.is_known and math.isnan(broken.worst) else ""
        return short(
            *(f"{name} broke its guardrail on {inside(label)}{size}{amid}{tail}" for size in (by, "")),
            f"{name} broke a guardrail{amid}{tail}",
        )
    if effect.is_clear:
        way = "raised" if effect.effect > 0 else "lowered"
        by = alike(effect, review.measures).size(effect.effect)
        return short(f"{name} {way} {inside(label)} by {by}{tail}", f"{name} {way} {inside(label)}{tail}", f"{name}{tail}")
    if not effect.trusted:
        return short(f"{name}: what {inside(label)} shows cannot be trusted{tail}", f"{name}: not to be trusted{tail}")
    return short(f"{name} is not shown to have moved {inside(label)}{tail}", f"{name}: no effect shown{tail}")


def _told(review: "Review", one: "Readout", effect: Effect) -> str:
    broken = [g for g in one.guarded if g.state == "broken"]
    parts = [f"{g.shown}." for g in broken]
    if not any(g.kpi == effect.kpi for g in broken) or effect.role == "aim":
        parts.append(_effect_told(review, one, effect))
    limits = [e for g in broken if math.isnan(g.worst) for e in one.effects if e.kpi == g.kpi]  # a level is no readout, and has no placebos
    told = next(iter(limits), None if broken else effect)
    if told and told.is_known and placebos(told):
        parts.append(placebos(told))
    if one.amid and effect.method != "experiment":
        parts.append(f"{one.amid} falls into the same weeks: these numbers cannot tell the two apart.")
    elif one.incidents:
        parts.append(f"In these weeks: {', '.join(map(str, one.incidents[:2]))}.")
    if one.judgement.decision and not broken:
        parts.append(f"By the stated rules: {one.judgement.decision}, as {one.judgement.why}.")
    return " ".join(parts)


def _effect_told(review: "Review", one: "Readout", effect: Effect) -> str:
    if not effect.is_known:
        return f"{review.measures.label(effect.kpi)} could not be read: {effect.note}."
    meant = f"; {review.measures.say_change(effect.kpi, effect.meant)} was meant" if effect.meant is not None else ""
    return f"Since {day_words(one.launch.on)}: {stands(effect, review.measures)}{meant}."


def _ready(one: Readiness) -> Finding:
    """Say whether a launch ahead is ready, and who is waited for."""
    head = {"go": "is ready", "on course": "is on course", "no-go": "is not ready"}[one.verdict]
    moves = one.moves
    behind = f": {moves[0].gate.team} moves next" if moves else ""
    passed = f": {one.count('passed')} of {len(one.judged)} gates passed" if one.judged else ""
    when = f"{one.launch.name} {head} for {day_words(one.launch.on, year=False)}"
    chain = " → ".join(f"{j.gate.label} ({j.gate.team})" for j in one.chain)
    told = one.sentence() + (f" The longest chain: {chain}." if len(one.chain) > 1 and one.chain[0] is not moves[0] else "")
    return Finding(
        name=f"launch.{slug(one.launch.name)}.ready",
        headline=short(
            f"{when}{passed}, {moves[0].gate.team} moves next" if passed and moves else f"{when}{passed}",
            f"{when}{passed or behind}",
            f"{one.launch.name} {head}{behind}",
        ),
        sentence=told,
        value=one.count("passed") / len(one.judged) if one.judged else None,
        unit="share",
        good="up",
        surprise={"no-go": 3.0, "on course": 1.0, "go": 0.8}[one.verdict] if one.judged else 0.2,
    )


def _taken_up(review: "Review") -> Finding | None:
    """Say how many take up the launch that is read out, in the latest whole week, against the target."""
    from prodops.launches.views import adoption_headline, adoption_unit

    if review.readout is None or review.taken_up.empty or not review.taken_up["complete"].any():
        return None
    rows, unit = review.taken_up[review.taken_up["complete"].astype(bool)], adoption_unit(review)
    last, before = rows.iloc[-1], rows.iloc[:-1]["value"]
    ends = "" if math.isnan(last["lower"]) else f" ({range95(in_words(last['lower'], unit), in_words(last['upper'], unit))})"
    plan = review.readout.launch.adoption
    when = f"the week of {day_words(last['period_start'], year=False)}" if plan and plan.event else "the latest whole period"
    usual = f"; the median of the {len(before)} weeks before is {in_words(float(before.median()), unit)}" if len(before) > 1 else ""
    return Finding(
        name=f"launch.{slug(review.readout.launch.name)}.adoption",
        headline=short(adoption_headline(review), f"{in_words(float(last['value']), unit)} take it up"),
        sentence=f"{in_words(float(last['value']), unit)} in {when}{ends}{usual}.",
        value=float(last["value"]),
        lower=float(last["lower"]),
        upper=float(last["upper"]),
        unit=unit,
        surprise=0.4,
    )


def _themes(review: "Review") -> list[Finding]:
    """Name the feedback themes that changed clearly, of those that the plan names first."""
    if review.voices.empty or review.readout is None:
        return []
    clear = review.voices[review.voices["is_clear"]]
    return [
        Finding(
            name=f"launch.voices.{slug(row.theme)}",
            headline=short(
                f"“{row.theme}” is heard {_times(row.ratio)} since {review.readout.launch.name}",
                f"“{row.theme}” is heard {_times(row.ratio)}",
            ),
            sentence=f"{in_words(row.after)} voices a week in the {row.weeks} whole weeks after, {in_words(row.before)} in as many before: "
            f"{in_words(row.ratio, 'ratio')} times as many ({range95(in_words(row.lower, 'ratio'), in_words(row.upper, 'ratio'))}). "
            "Together in time is not yet cause and effect.",
            value=float(row.ratio),
            lower=float(row.lower),
            upper=float(row.upper),
            unit="ratio",
            surprise=min(abs(math.log(row.ratio)) / max((math.log(row.upper) - math.log(row.lower)) / 3.92, 1e-9), 8.0) * 0.5,
        )
        for row in clear.head(MOST_THEMES).itertuples()
    ]


def _times(ratio: float) -> str:
    return "more often" if ratio > 1 else "less often"


def _rest(review: "Review") -> Finding | None:
    """Count the launches of which nothing is shown: they are no success."""
    asked = [one for one in review.readouts if any(e.is_known for e in one.aims()) and one.launch.aims]
    quiet = [one for one in asked if not any(e.is_clear for e in one.aims())]
    if not quiet or len(asked) < 2:
        return None
    names = ", ".join(one.launch.name for one in quiet[:4]) + (f" and {len(quiet) - 4} more" if len(quiet) > 4 else "")
    looked = sum(e.is_known for e in review.effects)
    return Finding(
        name="launches.without_effect",
        headline=f"None of {len(asked)} launches is shown to have moved what it was meant to"
        if len(quiet) == len(asked)
        else f"{len(quiet)} of {len(asked)} launches are not shown to have moved what they were meant to",
        sentence=f"{names}. {looked} readouts were looked at; of those called an effect at most 1 in 20 is chance. "
        "Not shown is not the same as none: the ranges in the table say what could still be.",
        value=float(len(quiet)) if len(quiet) < len(asked) else None,
        surprise=1.5,
    )
