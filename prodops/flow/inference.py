"""What a file of settings leaves out, read from the moves and the stages' names."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from prodops.flow import names
from prodops.flow.spec import FlowSpec

if TYPE_CHECKING:
    import pandas as pd

RESTS = 0.5
"""A last stage in which at least this share of its items rest is the end, whatever its name."""
STAYS, FEWEST = 0.9, 20
"""So is a stage among ends of which so many items, of at least so many, never left it: a status at which a case is over."""


@dataclass(frozen=True)
class Seen:
    """The states of the data in their order, and the share of each one's items that rest in it."""

    names: tuple[str, ...] = ()
    rests: Mapping[str, float] = field(default_factory=dict)
    items: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, states: "Iterable[str] | pd.DataFrame") -> "Seen":
        """Read what :func:`flow.states` gives, or plain names."""
        if not hasattr(states, "columns"):
            return cls(tuple(map(str, states)))
        frame: Any = states
        shares = dict(zip(frame["state"], frame["rests"] / frame["items"].clip(lower=1), strict=True))
        return cls(tuple(frame["state"]), shares, dict(zip(frame["state"], frame["items"], strict=True)))


def inferred(said: Mapping[str, tuple[str, ...]], keys: Mapping[str, tuple[str, ...] | None], seen: Seen, page: Any) -> FlowSpec:
    """Make a flow of what the file says and, where it says nothing, of what the data shows."""
    groups, notes = _placed(said, seen)
    states = {raw: stage for stage, raws in groups.items() for raw in raws}
    if not groups:
        return FlowSpec(inferred=tuple(keys))
    given = {
        key: None if value is None else tuple(dict.fromkeys(page.stage(key, n, states, groups) for n in value))
        for key, value in keys.items()
    }
    stages = tuple(groups)
    done = given["done"] if given["done"] is not None else _done(stages, groups, seen)
    if given["done"] is None and (odd := [s for s in done if not (names.is_ended(s) or names.may_be_end(s))]):
        notes.append(f"{' and '.join(odd)} is read as an end, as hardly any item ever left it.")
    cancelled = given["cancelled"]
    if cancelled is None:
        cancelled = tuple(s for s in stages if names.is_given_up(s) and s not in done and (s,) != given["start"])
    if both := [s for s in cancelled if s in done]:
        page.refuse("cancelled", f'"{both[0]}" is done too')
    work = [s for s in stages if s not in done and s not in cancelled]
    start = given["start"][0] if given["start"] else _start(work, stages)
    if start not in work and work:
        page.refuse("start", f'"{start}" is an end; work starts at one of {", ".join(work)}')
    if said and done and work and given["done"] is not None:
        first = min(stages.index(s) for s in done)
        if late := [s for s in said if s in work and stages.index(s) > first]:
            notes.append(f"{late[0]} comes after {stages[first]} in the file, but is no end: it is read as coming before.")
    stages = (*work, *(s for s in stages if s in done), *(s for s in stages if s in cancelled))
    after = work[work.index(start) :] if start in work else []
    waiting = given["waiting"]
    if waiting is None:
        waiting = _waiting(after)
    if ends := [s for s in waiting if s in done or s in cancelled]:
        page.refuse("waiting", f'"{ends[0]}" is an end, where nothing waits')
    missing = tuple(
        key for key in ("stages", "start", "done", "cancelled", "waiting") if (not said if key == "stages" else keys[key] is None)
    )
    if not done:
        notes.append("No stage looks like the end of the work, so nothing counts as finished: say which with done.")
    return FlowSpec(
        stages=stages, states=states, start=start, done=tuple(s for s in stages if s in done), cancelled=tuple(s for s in stages if s in cancelled),
        waiting=tuple(s for s in stages if s in waiting), inferred=missing, notes=tuple(notes),
    )  # fmt: skip


def _placed(said: Mapping[str, tuple[str, ...]], seen: Seen) -> tuple[dict[str, tuple[str, ...]], list[str]]:
    """Place the states that the file leaves out: each is a stage of its own, after the one that stands before it in the data."""
    order, groups = list(said), dict(said)
    owner = {raw: stage for stage, raws in said.items() for raw in raws}
    before = ""
    extra = [name for name in seen.names if name not in owner]
    for name in seen.names:
        if name in owner:
            before = owner[name]
            continue
        own = name if name not in groups else f"{name} (state)"
        order.insert(order.index(before) + 1 if before else 0, own)
        groups[own], before = (name,), own
    notes = (
        [f"The file places no stage for {', '.join(extra)}: each is a stage of its own where the moves have it."] if said and extra else []
    )
    unseen = [raw for raw in owner if raw not in seen.names] if seen.names else []
    notes += [f"No item was ever in {', '.join(unseen)}."] if unseen else []
    return {stage: groups[stage] for stage in order}, notes


def _done(stages: tuple[str, ...], groups: Mapping[str, tuple[str, ...]], seen: Seen) -> tuple[str, ...]:
    """Find the ends: those called Done, Closed, Resolved and the like, or else the last stage, where most of its items rest."""
    rests = {stage: max((seen.rests.get(raw, 0.0) for raw in groups[stage]), default=0.0) for stage in stages}
    named = [s for s in stages if names.is_ended(s) or (names.may_be_end(s) and rests[s] >= RESTS)]
    if named and len(named) < len(stages):
        return tuple(s for s in stages if s in named or (stages.index(s) and rests[s] >= STAYS and _ends_cases(s, groups[s], seen)))
    left = [s for s in stages if not names.is_given_up(s)]
    last = left[-1:] if len(left) > 1 and rests[left[-1]] >= RESTS else []
    return tuple(last)


def _ends_cases(stage: str, states: tuple[str, ...], seen: Seen) -> bool:
    """Tell whether a stage of many items, in which nearly all rest, may be an end: not one whose name says that items lie in wait there."""
    waits = names.is_intended(stage) or names.is_queue(stage) or names.is_given_up(stage) or names.is_handed_over(stage)
    return not waits and sum(seen.items.get(raw, 0) for raw in states) >= FEWEST


def _start(work: list[str], stages: tuple[str, ...]) -> str:
    """Find the commitment point: the first stage whose name does not say that work is only intended."""
    if not work:
        return stages[0]
    begun = next((i for i, s in enumerate(work) if not names.is_intended(s)), len(work))
    return work[begun] if begun < len(work) else work[0]


def _waiting(after: list[str]) -> tuple[str, ...]:
    """Find where items wait: stages that are queues by name, and hand-overs such as Review to which no queue leads."""
    found = {s for s in after if names.is_queue(s)}
    return tuple(s for i, s in enumerate(after) if s in found or (names.is_handed_over(s) and (i == 0 or after[i - 1] not in found)))
