"""What engagement's funnel claims: how many get through, which step changed, and where most are lost."""

from typing import TYPE_CHECKING

import pandas as pd

from prodops.intervals import Z95, Interval, shares_difference
from prodops.kpis.behaviour.surprising import Z99, is_beyond_chance, points_words, surprise
from prodops.stamps import Finding, in_words, range95

if TYPE_CHECKING:
    from prodops.kpis.behaviour.report import Engagement


def funnel_findings(found: "Engagement") -> list[Finding]:
    """Say how many get through the funnel, against the time before, and where most are lost."""
    now, before = over_all(found.steps), over_all(found.steps_before)
    if len(now) < 2 or not now["entities"].iloc[0]:
        return []
    is_known = bool(len(before) and before["entities"].iloc[0])
    earlier = earlier_words(found)
    moved = _moved(now, before, earlier) if is_known else None
    return [_through(now, before if is_known else None, earlier), _loss(now), *([moved] if moved else [])]


def earlier_words(found: "Engagement") -> str:
    """Name the time before: ``12 weeks before``."""
    many = found.retention.periods
    return f"{many} {found.grain}{'' if many == 1 else 's'} before"


def over_all(steps: pd.DataFrame) -> pd.DataFrame:
    """Take a funnel's rows over all people, in order; the frame of no funnel has the columns that are drawn."""
    if steps.empty:
        return steps.reindex(columns=["slice", "step", "event", "share", "lower", "upper"])
    return steps[steps["slice"] == ""].sort_values("step")


def step_names(steps: pd.DataFrame) -> list[str]:
    """Name the steps of a funnel; one that comes again is numbered."""
    names = [str(event).replace("_", " ") for event in steps["event"]]
    return [f"{name} no. {names[: i + 1].count(name)}" if names.count(name) > 1 else name for i, name in enumerate(names)]


def _through(now: pd.DataFrame, before: pd.DataFrame | None, earlier: str) -> Finding:
    """Say how many get from the first step to the last; it is better or worse only where the change is beyond chance."""
    last, names = now.iloc[-1], step_names(now)
    share, way = in_words(last["share"], "share"), f"from “{names[0]}” to “{names[-1]}”"
    told = f"{int(last['entities']):,} of {int(now['entities'].iloc[0]):,} people got there ({_range(last)})."
    change = None if before is None else _change(before.iloc[-1], last, before, now)
    if before is not None and change:
        chance = "" if is_beyond_chance(change) else ", within what chance brings"
        told += f" In the {earlier} it was {in_words(before['share'].iloc[-1], 'share')}: {points_words(change)}{chance}."
    return Finding(
        name="engagement.funnel",
        headline=f"{share} get {way}",
        sentence=told,
        value=float(last["share"]),
        lower=float(last["lower"]),
        upper=float(last["upper"]),
        before=float(before["share"].iloc[-1]) if before is not None and change and is_beyond_chance(change) else None,
        unit="share",
        good="up",
        surprise=surprise(change) if change else 1.0,
    )


def _range(row: "pd.Series", of: str = "") -> str:
    return range95(in_words(row[f"lower{of}"], "share"), in_words(row[f"upper{of}"], "share"))


def _change(old: "pd.Series", new: "pd.Series", before: pd.DataFrame, now: pd.DataFrame, z: float = Z95) -> Interval:
    """Compare the share of the first step's people that got to a step, before and now."""
    sides = [(float(row["entities"]), float(steps["entities"].iloc[0])) for row, steps in ((old, before), (new, now))]
    return shares_difference(sides[0], sides[1], z)


def _moved(now: pd.DataFrame, before: pd.DataFrame, earlier: str) -> Finding | None:
    """Name the step to which another share gets than before; the largest change of those that hold among all steps."""
    pairs = list(zip(before.iterrows(), now.iterrows(), strict=True))[1:-1]
    looked = [(_change(old, new, before, now, Z99), old, new) for (_, old), (_, new) in pairs]
    held = [each for each in looked if is_beyond_chance(each[0])]
    if not held:
        return None
    change, old, new = max(held, key=lambda each: abs(each[0].value))
    share, was, name = in_words(new["share"], "share"), in_words(old["share"], "share"), step_names(now)[int(new["step"]) - 1]
    return Finding(
        name=f"engagement.funnel.step_{int(new['step'])}",
        headline=f"{share} now get to “{name}”, {was} before",
        sentence=f"{int(new['entities']):,} of {int(now['entities'].iloc[0]):,} people got there. In the {earlier} it was {was}: "
        f"{points_words(change, '99')}.",
        value=float(new["share"]),
        before=float(old["share"]),
        unit="share",
        good="up",
        surprise=surprise(change, Z99),
    )


def _loss(now: pd.DataFrame) -> Finding:
    """Name the step before which most people are lost."""
    lost = now["entities"].astype(float).diff().mul(-1)
    place = int(lost.to_numpy()[1:].argmax()) + 1
    row, previous, names = now.iloc[place], now.iloc[place - 1], step_names(now)
    median = row["median_seconds_from_previous"]
    took = f" Those who go on take {span_words(float(median))} in the median." if pd.notna(median) else ""
    return Finding(
        name="engagement.funnel.loss",
        headline=f"Most are lost between “{names[place - 1]}” and “{names[place]}”",
        sentence=f"{int(lost.iloc[place]):,} of {int(previous['entities']):,} people do not go on; {in_words(row['share_of_previous'], 'share')} do "
        f"({_range(row, '_of_previous')}).{took}",
        value=float(row["share_of_previous"]),
        lower=float(row["lower_of_previous"]),
        upper=float(row["upper_of_previous"]),
        unit="share",
        good="up",
        surprise=1.5,
    )


def span_words(seconds: float) -> str:
    """Say a length of time in the unit that fits."""
    if seconds < 120:
        return f"{seconds:.0f} seconds"
    if seconds < 7200:
        return f"{seconds / 60:.0f} minutes"
    return in_words(seconds / 3600, "hours") if seconds < 172_800 else in_words(seconds / 86_400, "days")
