"""What the measures of flow mean, in words, for a report's fine print."""

import math
from typing import TYPE_CHECKING

from prodops.stamps import Definition, between, day_words, in_words, range95

if TYPE_CHECKING:
    import pandas as pd

    from prodops.flow.constraint import Bottleneck
    from prodops.flow.spec import FlowSpec


def definitions(spec: "FlowSpec") -> tuple[Definition, ...]:
    """Say what each measure means for a flow."""
    ends = " or ".join(spec.done) or "done"
    waits = ", ".join(spec.of_kind("waiting")) or "no stage" if spec.stages else "no stage"
    guessed = " These are inferred from the stages' names." if "waiting" in spec.inferred else ""
    return tuple(
        Definition(name=name, text=text)
        for name, text in {
            "Cycle time": f"Elapsed calendar days from the first time in {spec.start or 'the start'} or later to {ends}, rounded up, so that "
            "same-day work counts 1. An item that was put back before the start begins anew.",
            "Work in progress": f"Items that have started and have not reached {ends}, at the end of a day.",
            "Throughput": f"Items that reached {ends} for good, per whole period, periods with none included.",
            "Age": "Days from an item's start to the report's as-of, rounded up.",
            "Cumulative flow": "Items that have reached a stage or a later one by the end of each day.",
            "Flow efficiency": f"Active days ÷ (active + waiting days) of finished items, added up first. Items wait in {waits}.{guessed}",
            "Rework": "A move of work to an earlier stage. Going on with what had waited is none."
            + (" The order of stages is inferred from the moves: which is earlier is a guess." if "stages" in spec.inferred else ""),
            "Bottleneck": "The station with the least room between its work and what it does while items wait, loaded to 85 % or more; or a "
            "stage of waiting whose queue stands and takes longer; else, as likely, a busy station (70 %) whose queue stands and takes three times as "
            "long as any other. Clear from 90 % on, where nine in ten resamples agree. In simulated systems "
            "with one station at 95 % it was named in 49 of 50, and one was called likely in 5 of 50 without such a station; in 48 of eight other "
            "kinds it was named in 41, another in 4 (all with few items allowed at a station).",
            "Handoff": "A move of another team than the one that moved the item before; ping-pong where that team had it before.",
        }.items()
    )


def evidence(found: "Bottleneck") -> tuple[str, ...]:
    """Say what speaks for a bottleneck, a sentence each."""
    if not found.stage:
        return ()
    days = lambda value: in_words(value, "days")  # noqa: E731
    where = f"in {' and '.join(found.queue)}" if found.queue != (found.stage,) else "there"
    wait = f"An item waits {days(found.wait_days)} {where} in all ({range95(days(found.lower), days(found.upper))})"
    share = found.wait_days / max(float((found.stations["wait_days"] + found.stations["work_days"]).sum()), 1e-9)
    said = [f"{wait}, {in_words(share, 'share')} of its time on the way."]
    said.append(f"{queue_words(found)}.")
    if not math.isnan(found.utilisation):
        said.append(
            f"It did {in_words(found.utilisation, 'share')} of what it does while items wait, on {in_words(found.of('servers'))} items at once at most."
        )
    order = list(found.stations["stage"])
    if order.index(found.stage) + 1 < len(order):
        after = order[order.index(found.stage) + 1]
        if found.of("empty", after) >= 0.5 and found.stations.set_index("stage").loc[after, "shape"] != "waiting":
            said.append(f"After it nothing waited for {after} in {in_words(found.of('empty', after), 'share')} of the time.")
    if found.next_stage:
        spread = between(days(found.cost_lower), days(found.cost_upper))
        said.append(
            f"Were its wait that at {found.next_stage}, the next longest, an item would take {days(found.cost_days)} less "
            f"({spread}), {in_words(found.cost_total_days)} days over {in_words(found.finished)} finished items."
        )
    said.append(
        f"Little's law agrees as far as it should: items there ÷ departures a day gives {days(found.of('little_days'))} a visit, "
        f"the visits themselves took {days(found.of('visit_days'))}."
    )
    if found.since:
        said.append(
            f"Since the week of {day_words(found.since)} a wait is typically {days(found.after_days)}, before {days(found.before_days)}."
        )
    return tuple(said)


def queue_words(found: "Bottleneck") -> str:
    """Say how often the queue stood and where it went, over the weeks that are told."""
    weeks = (
        found.weekly[(found.weekly["stage"] == found.stage) & (found.weekly["week_start"].dt.date >= found.span[0])] if found.span else None
    )
    stood = found.of("stood")
    never = "never emptied" if stood >= 1 else f"did not empty in {in_words(stood, 'share')} of the weeks"
    if weeks is None or weeks.empty:
        return f"The queue {never}"
    first, last = (in_words(round(float(weeks["items_waiting"].iloc[n]))) for n in (0, -1))
    return f"The queue {never}" + (f" and went from {first} items to {last}" if first != last else "")


def why_none(stations: "pd.DataFrame") -> str:
    """Say why no station is a bottleneck: how loaded the most loaded one is."""
    known = stations.dropna(subset=["utilisation"])
    if not len(known):
        return "No queue stands: as far as the moves show, items hardly ever wait for their turn."
    most = known.loc[known["utilisation"].idxmax()]
    load = in_words(float(most["utilisation"]), "share")
    if (known["utilisation"] >= most["utilisation"] - 0.03).sum() > 1 and most["utilisation"] >= 0.85:
        return f"Stations are as loaded as each other, {most['stage']} at {load} of what it can do: no single one holds back the rest."
    if most["utilisation"] >= 0.85:
        return f"The most loaded station is {most['stage']}, at {load} of what it can do, but items lose little time there."
    return f"No station works near its limit: the most loaded is {most['stage']}, at {load} of what it does while items wait."


def contested(stations: "pd.DataFrame", named: int) -> str:
    """Say why the station named over the whole span is none to rely on."""
    others = stations.drop(index=named)
    stage = stations["stage"].iloc[named]
    if not len(others) or not others["agreement"].max() > 0:
        return f"Items queue at {stage}, but in too few weeks to be sure."
    return f"Items queue at {stage} and at {others.loc[others['agreement'].idxmax(), 'stage']}, and the weeks do not agree on which holds them up."
