"""What is decided of a launch: each guardrail kept, broken or not to be told, then go on, hold or roll back, by stated rules."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Literal

from prodops.launches.effects import FEWEST_WEEKS, LONGEST, Effect
from prodops.launches.measures import Measures, period_words
from prodops.launches.plan import Guardrail, Launch
from prodops.launches.wording import alike, inside, mistrust
from prodops.stamps import between, range95

if TYPE_CHECKING:
    import pandas as pd

Kept = Literal["kept", "broken", "cannot tell"]
Decision = Literal["go on", "hold", "roll back", ""]
RULES = (
    "A guardrail that limits harm (no more than so much worse) is broken where the estimate lies beyond the limit and its 95 % range holds no "
    "harm-free value. It is kept where the whole range lies within the limit. Else, and where the readout cannot be trusted, it cannot be told. One "
    "that sets a level is broken where the whole 95 % range of a whole period after the launch lies beyond it. It is kept where every value lies "
    "within, else it cannot be told; of a number without a range the value counts. Roll back: a guardrail is broken and has not recovered in the "
    "latest whole period. Hold: one was broken and has "
    f"recovered; fewer than {FEWEST_WEEKS} whole weeks have passed; a KPI that was meant to move went the other way; or none is shown to have moved. "
    "Go on: no guardrail is broken, and at least one KPI is shown to have moved as meant. The rules name no cause: where an incident coincides, "
    "that is said beside them."
)


@dataclass(frozen=True)
class Guarded:
    """One guardrail after the launch: its state, the numbers in words, and whether what was broken has come back.

    One that sets a level and was broken has its ``worst`` value and its ``limit``.
    """

    kpi: str
    state: Kept
    shown: str
    recovered: bool = False
    worst: float = math.nan
    limit: float = math.nan


@dataclass(frozen=True)
class Judgement:
    """Go on, hold or roll back, and why, in one clause; "" where the plan gives nothing to decide by."""

    decision: Decision
    why: str


def guard(launch: Launch, effects: Sequence[Effect], measures: Measures) -> tuple[Guarded, ...]:
    """Judge each guardrail of a launch."""
    by_kpi = {effect.kpi: effect for effect in effects}
    return tuple(
        _limited(kpi, rail.worse_by, by_kpi.get(kpi), measures) if rail.worse_by is not None else _level(kpi, rail, launch.on, measures)
        for kpi, rail in launch.guardrails.items()
    )


def _limited(kpi: str, limit: float, effect: Effect | None, measures: Measures) -> Guarded:
    """Judge by how much worse the KPI is than without the launch."""
    allowed = f"at most {measures.say_change(kpi, limit).removeprefix('+')} worse allowed"
    if effect is None or not effect.is_known:
        return Guarded(kpi, "cannot tell", f"{measures.label(kpi)}: {(effect and effect.note) or 'no value here'}; {allowed}")
    harm, low, high = effect.harm
    size = alike(effect, measures).size
    numbers = f"{size(harm)} {'worse' if harm > 0 else 'better'} than without it"
    ends = [f"{size(end)} {'worse' if end >= 0 else 'better'}" for end in (low, high)]
    span = f"{between(size(low), size(high))} worse" if low > 0 else " to ".join(ends)
    numbers = f"{measures.label(kpi)} {numbers} (95\u00a0% range {span}), {allowed}"
    if not effect.trusted:
        return Guarded(kpi, "cannot tell", f"{numbers}; {mistrust(effect)}")
    if harm > limit and low > 0:
        return Guarded(kpi, "broken", numbers)
    return Guarded(kpi, "kept" if high <= limit else "cannot tell", numbers)


def _level(kpi: str, rail: Guardrail, on: date, measures: Measures) -> Guarded:
    """Judge by the level of each whole period after the launch."""
    rows = measures.series(kpi)
    after = rows[rows["period_start"] >= str(on)].head(LONGEST["week"])
    bound, sign = (rail.at_most, 1) if rail.at_most is not None else (rail.at_least, -1)
    assert bound is not None
    wanted = f"{'at most' if sign > 0 else 'at least'} {measures.say(kpi, bound)} wanted"
    if after.empty:
        return Guarded(kpi, "cannot tell", f"{measures.label(kpi)} has no whole period after the launch; {wanted}")
    near = after["lower" if sign > 0 else "upper"].fillna(after["value"])
    broken, beyond = sign * near > sign * bound, sign * after["value"] > sign * bound
    last = after.iloc[-1]
    latest = f"{measures.say(kpi, last['value'])} in the last ({period_words(last)})"
    if broken.any():
        worst = after.loc[(sign * after["value"])[broken].idxmax()]
        numbers = f"{measures.say(kpi, worst['value'])} in the {period_words(worst)}{_range(measures, kpi, worst)}, {wanted}; {latest}"
        return Guarded(kpi, "broken", f"{measures.label(kpi)} {numbers}", not beyond.iloc[-1], float(worst["value"]), bound)
    farthest = after.loc[(sign * after["value"]).idxmax()]
    numbers = f"{measures.say(kpi, farthest['value'])} at the worst ({period_words(farthest)}), {wanted}; {latest}"
    return Guarded(kpi, "cannot tell" if beyond.any() else "kept", f"{measures.label(kpi)} {numbers}")


def _range(measures: Measures, kpi: str, row: "pd.Series") -> str:
    if math.isnan(row["lower"]) or math.isnan(row["upper"]):
        return ""
    return f" ({range95(measures.say(kpi, row['lower']), measures.say(kpi, row['upper']))})"


def decide(launch: Launch, effects: Sequence[Effect], guarded: Sequence[Guarded], weeks: int, measures: Measures) -> Judgement:
    """Go on, hold or roll back, by the first of the rules (:data:`RULES`) that applies."""
    aims = [effect for effect in effects if effect.role == "aim"]
    standing = [g for g in guarded if g.state == "broken" and not g.recovered]
    over = [g for g in guarded if g.state == "broken" and g.recovered]
    if standing:
        return Judgement("roll back", f"a guardrail is broken: {standing[0].shown}")
    if over:
        return Judgement("hold", f"a guardrail was broken and has recovered: {over[0].shown}")
    if not aims and not launch.guardrails:
        return Judgement("", "the plan names no KPI that it is meant to move, and no guardrail")
    if weeks < FEWEST_WEEKS:
        return Judgement("hold", f"it is too early: {weeks} whole weeks of the {FEWEST_WEEKS} that a readout needs have passed")
    if wrong := [effect for effect in aims if effect.harmed]:
        return Judgement("hold", f"{inside(measures.label(wrong[0].kpi))} went the wrong way")
    if moved := [effect for effect in aims if effect.worked]:
        return Judgement("go on", f"{inside(measures.label(moved[0].kpi))} moved as meant, and no guardrail is broken")
    if not any(effect.is_known for effect in aims):
        return Judgement(
            "hold", "what it was meant to move cannot be measured here" if aims else "it is meant to move nothing that is measured"
        )
    return Judgement("hold", "nothing that it was meant to move is shown to have moved")
