"""How work flows: the stages in order, where work counts as started and as done, and where it waits.

The file ``params/flow.yaml``; every key may be left out and is then inferred from the moves and the stages' names, and said to be::

    stages:                        # in order. A stage is one state of the data, or several; or a plain list of states
      Backlog: Backlog
      Ready: Ready
      Build: [In progress, Coding]
      Review: Review
      Test: Test
      Done: Done
    start: Build                   # work has started when it reaches this stage (the commitment point)
    done: Done                     # or a list: [Resolved, Closed]
    cancelled: [Won't do]          # stages or states that mean given up: such items are not finished, and no longer in progress
    waiting: [Ready, Review]       # stages where items mostly wait; all others from start to done are active. [] = nowhere
    teams:                         # optional: several names of one team
      Platform: [Org line A2, Org line A3]
    service_level: {share: 0.85, days: 10}   # optional: what is promised, 85 % of items within 10 days; becomes a tile
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, NoReturn

from prodops.errors import DefinitionError, ParameterError, did_you_mean, shorten
from prodops.flow.kinds import Desk
from prodops.stamps import Definition
from prodops.workspace import WeekStart

if TYPE_CHECKING:
    import pandas as pd

KEYS = ("stages", "start", "done", "cancelled", "waiting", "teams", "service_level")
MOST_STAGES = 60
Kind = Literal["before", "waiting", "active", "done", "cancelled"]


@dataclass(frozen=True)
class ServiceLevel:
    """What is promised: this share of items is done within so many days (the Kanban Guide's service level expectation)."""

    share: float
    days: float


@dataclass(frozen=True)
class FlowSpec:
    """Which flow is meant; made by :func:`define`.

    ``stages`` are in order, done ones after those of work, cancelled ones last; ``states`` gives each state of the data its stage. Work
    has started at ``start`` or any later stage. ``inferred`` names the keys that the file did not say, ``notes`` are sentences about
    what was inferred or odd. Without data (or a file that names stages) there are no stages, and every measure is empty.
    """

    stages: tuple[str, ...] = ()
    states: Mapping[str, str] = field(default_factory=dict)
    start: str = ""
    done: tuple[str, ...] = ()
    cancelled: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()
    teams: Mapping[str, str] = field(default_factory=dict)
    service_level: ServiceLevel | None = None
    inferred: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    file: str = ""
    as_of: datetime | None = None
    week_start: WeekStart | None = None

    def settled(self, desk: Desk | None) -> "FlowSpec":
        """Fill in the desk's as-of and week start where the spec states none; raises ParameterError where no as-of is known."""
        as_of = self.as_of or (desk.as_of if desk else None)
        if as_of is None:
            raise ParameterError("flow needs as_of where there is no desk: flow.define(…, as_of=datetime(2025, 11, 3)).")
        return replace(self, as_of=as_of, week_start=self.week_start or (desk.workspace.week_start if desk else "monday"))

    @property
    def cut(self) -> datetime:
        """The instant up to which moves count; known once the spec is settled."""
        assert self.as_of
        return self.as_of

    def kind(self, stage: str) -> Kind:
        """Say what a stage is: ``before`` the start, ``waiting``, ``active``, ``done`` or ``cancelled``."""
        if stage in self.done:
            return "done"
        if stage in self.cancelled:
            return "cancelled"
        if self.stages.index(stage) < self.stages.index(self.start):
            return "before"
        return "waiting" if stage in self.waiting else "active"

    def of_kind(self, *kinds: Kind) -> tuple[str, ...]:
        """List the stages of these kinds, in order."""
        return tuple(stage for stage in self.stages if self.kind(stage) in kinds)

    @property
    def path(self) -> tuple[str, ...]:
        """The stages in order, without the cancelled ones."""
        return tuple(stage for stage in self.stages if stage not in self.cancelled)

    @property
    def work(self) -> tuple[str, ...]:
        """The stages from the start up to done: where items are in progress."""
        return self.of_kind("waiting", "active")

    @property
    def variant(self) -> str:
        """The variant in words, such as "from Build to Done, waiting in Ready and Review (inferred)"."""
        if not self.stages:
            return "no stages"
        waits = " and ".join(self.of_kind("waiting")) or "no stage"
        said = " (inferred)" if "waiting" in self.inferred else ""
        return f"from {self.start} to {' or '.join(self.done) or 'no end'}, waiting in {waits}{said}"

    def definitions(self) -> tuple[Definition, ...]:
        """Say what the measures of flow mean here."""
        from prodops.flow.wording import definitions

        return definitions(self)


# ----------------------------------------------------------------------------------------------------------- reading
def define(
    mapping: Mapping[str, Any] | None = None,
    *,
    states: "Iterable[str] | pd.DataFrame" = (),
    file: str = "",
    as_of: datetime | None = None,
    week_start: WeekStart | None = None,
) -> FlowSpec:
    """Check the parsed ``params/flow.yaml`` (see this module's head) and give the flow; what it leaves out is inferred.

    ``states`` is what :func:`flow.states` finds in the moves, or plain names in order; without them only the file is checked, and with
    them a state that the file does not place becomes a stage of its own where the moves have it, with a note. ``as_of`` and
    ``week_start`` are the desk's where they are left out. Raises DefinitionError in one line that names file, key, value and the near
    miss: unknown keys, a stage that is not there, a state in two stages, a start after done.
    """
    from prodops.flow.inference import Seen, inferred

    mapping = {} if mapping is None else mapping
    page = _Page(file or "params/flow.yaml")
    if not isinstance(mapping, Mapping):
        page.refuse("", f"expected keys such as stages, start and done, found {shorten(mapping)}")
    for key in mapping:
        if key not in KEYS:
            page.refuse(str(key), f"there is no such key.{did_you_mean(str(key), KEYS)} The keys are {', '.join(KEYS)}")
    seen = Seen.of(states)
    stages = page.stages(mapping.get("stages"))
    page.check_states(stages, seen)
    found = inferred(stages, {key: page.listed(mapping, key) for key in ("start", "done", "cancelled", "waiting")}, seen, page)
    level = page.service_level(mapping.get("service_level"))
    return replace(
        found, teams=page.grouped("teams", mapping.get("teams")), service_level=level, file=file, as_of=as_of, week_start=week_start
    )


class _Page:
    """A file of settings as it is read, with refusals that name it."""

    def __init__(self, file: str) -> None:
        self.file = file

    def refuse(self, key: str, text: str) -> NoReturn:
        """Raise DefinitionError for a key."""
        place = f'{self.file}, key "{key}"' if key else self.file
        raise DefinitionError(f"{place}: {text}" + "." * (text[-1] not in ".?"))

    def stages(self, value: object) -> dict[str, tuple[str, ...]]:
        """Read the stages: a list of states, or stage: state or states."""
        if value is None:
            return {}
        if isinstance(value, list | tuple):
            value = {self._name("stages", each): each for each in value}
        found = self._groups("stages", value)
        if len(found) > MOST_STAGES:
            self.refuse("stages", f"{len(found):,} stages are more than a reader follows; at most {MOST_STAGES}")
        return found

    def grouped(self, key: str, value: object) -> dict[str, str]:
        """Read name: one or several raw names, and give each raw name its name."""
        return {raw: name for name, raws in self._groups(key, {} if value is None else value).items() for raw in raws}

    def _groups(self, key: str, value: object) -> dict[str, tuple[str, ...]]:
        if not isinstance(value, Mapping):
            self.refuse(key, f"expected name: one or several of the data's names, found {shorten(value)}")
        found = {self._name(key, name): self._names(f"{key}.{name}", raws) for name, raws in value.items()}
        owner: dict[str, str] = {}
        for name, raws in found.items():
            for raw in raws:
                if owner.setdefault(raw, name) != name:
                    self.refuse(f"{key}.{name}", f"{shorten(raw)} belongs to {shorten(owner[raw])} already")
        return found

    def service_level(self, value: object) -> ServiceLevel | None:
        """Read what is promised: a share between 0 and 1, and days."""
        if value is None:
            return None
        if not isinstance(value, Mapping) or set(value) != {"share", "days"}:
            self.refuse("service_level", f"expected {{share: 0.85, days: 10}}, found {shorten(value)}")
        numbers = {key: value[key] for key in ("share", "days")}
        if bad := next(
            (key for key, n in numbers.items() if isinstance(n, bool) or not isinstance(n, int | float) or not 0 < n < 10_000), None
        ):
            self.refuse(f"service_level.{bad}", f"expected a number above 0, found {shorten(value[bad])}")
        if numbers["share"] >= 1:
            self.refuse("service_level.share", f"expected a fraction such as 0.85, found {shorten(value['share'])}")
        return ServiceLevel(float(numbers["share"]), float(numbers["days"]))

    def listed(self, mapping: Mapping[str, Any], key: str) -> tuple[str, ...] | None:
        """Read a key that holds one or several names; nothing where it is left out."""
        value = mapping.get(key)
        if value is None:
            return None
        found = self._names(key, value)
        if key == "start" and len(found) != 1:
            self.refuse(key, f"work starts at one stage; found {len(found)}")
        return found

    def _names(self, key: str, value: object) -> tuple[str, ...]:
        values = value if isinstance(value, list | tuple) else [value]
        return tuple(dict.fromkeys(self._name(key, each) for each in values))

    def _name(self, key: str, value: object) -> str:
        if isinstance(value, bool) or not isinstance(value, str | int | float) or not str(value).strip():
            self.refuse(key, f"expected a name, found {shorten(value)} (put it in quotation marks)")
        return str(value)

    def check_states(self, stages: Mapping[str, tuple[str, ...]], seen: "Any") -> None:
        """Refuse a state that no item was ever in where another, which no stage has, is near."""
        if not stages or not seen.names:
            return
        placed = {raw for raws in stages.values() for raw in raws}
        free = [name for name in seen.names if name not in placed]
        for stage, raws in stages.items():
            for raw in raws:
                if raw not in seen.names and (near := did_you_mean(raw, free)):
                    self.refuse(f"stages.{stage}", f"no item was ever in {shorten(raw)}.{near}")

    def stage(self, key: str, name: str, states: Mapping[str, str], stages: Iterable[str]) -> str:
        """Give the stage of a name, which is a stage's or a state's."""
        found = name if name in stages else states.get(name)
        if found is None:
            self.refuse(
                key, f"there is no stage {shorten(name)}.{did_you_mean(name, [*stages, *states])} The stages are {', '.join(stages)}"
            )
        return found
