"""What a funnel is asked: its steps, their order, how long an attempt may take, and who is left out."""

from datetime import datetime, timedelta
from itertools import combinations
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, field_validator, model_validator

from prodops.kpis.behaviour.events import AnyStep, Asked, Spec, Step, choice
from prodops.kpis.filters import Where, exclude

MOST_STEPS = 20
LONGEST = timedelta(days=36_525)
"""The longest conversion window: a century."""
ATTRIBUTIONS = ("first", "last", "all")
Order = Literal["sequential", "strict", "any"]


def may_be_one(a: Step, b: Step) -> bool:
    """Whether one event could count for both steps."""
    names = {a.event, b.event}
    return (len(names) == 1 or None in names) and not exclude(a.where, b.where)


class Exclusion(Spec):
    """An event that must not come between two steps: after step ``after`` was reached and before step ``before`` (numbered from 1).

    ``before`` is the last step by default. An event in the very instant of the earlier step comes after it, one in that of the later
    step does not come before it.
    """

    step: AnyStep
    after: int = Field(1, ge=1)
    before: int | None = Field(None, ge=2)


def _exclusion(value: object) -> object:
    return Exclusion(step=value) if isinstance(value, str | Step) else value


def _attribution(value: object) -> object:
    """Take a step's number as it is; check the words, with the near miss."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    return choice(ATTRIBUTIONS, "a way of attributing people to slices, nor the number of a step").func(value)  # type: ignore[call-arg]


class FunnelSpec(Asked):
    """Which funnel is meant.

    An attempt begins with an event of the first step and takes the earliest event that fits each next one, at most ``window`` after
    its beginning (to the very instant). ``order``: other events may come between (``sequential``), nothing may (``strict``), or each
    step counts whenever it comes (``any``; an attempt then begins with any of the steps, and step n means n of them). One event counts
    for one step, so a step that is repeated needs a repeated event. Events in one instant come in the order of the steps that they
    fit, those that fit none last. A person counts by the best of their attempts: the deepest, of those the earliest.

    ``exclusions`` remove people from the whole funnel where such an event came between two steps of any attempt, before the funnel
    was first completed. ``where`` keeps only events that pass. Attempts begin from ``since`` up to (not at) ``until``; with
    ``whole_windows`` only such count as had all their ``window`` before ``as_of``, whatever came of them. ``by`` slices people by a
    column: the ``first`` or ``last`` known value at the steps of their best attempt, that at step ``attribution`` = n (``(none)`` where
    they did not get there), or ``all``: each value's events are a funnel of their own, and a person may be in several.
    """

    steps: Annotated[tuple[AnyStep, ...], Field(min_length=1, max_length=MOST_STEPS)]
    order: Annotated[Order, choice(("sequential", "strict", "any"), "an order of steps")] = "sequential"
    window: timedelta = timedelta(days=14)
    exclusions: tuple[Annotated[Exclusion, BeforeValidator(_exclusion)], ...] = ()
    where: Where = ()
    since: datetime | None = None
    until: datetime | None = None
    whole_windows: bool = False
    by: str | None = None
    attribution: Annotated[Literal["first", "last", "all"] | int, BeforeValidator(_attribution)] = "first"

    @field_validator("window")
    @classmethod
    def _usable(cls, value: timedelta) -> timedelta:
        if not timedelta(0) <= value <= LONGEST or value.microseconds:
            raise ValueError(f"a window is of whole seconds, from 0 to {LONGEST.days:,} days")
        return value

    @model_validator(mode="after")
    def _fits(self) -> "FunnelSpec":
        if isinstance(self.attribution, int) and not 1 <= self.attribution <= len(self.steps):
            raise ValueError(f"attribution is the number of a step, 1 to {len(self.steps)}, not {self.attribution}")
        if self.order == "any" and any(a != b and may_be_one(a, b) for a, b in combinations(self.steps, 2)):
            raise ValueError("in any order two different steps must not fit one event; give them filters that exclude each other")
        if self.since and self.until and self.until <= self.since:
            raise ValueError(f"since {self.since} is not before until {self.until}")
        for exclusion in self.exclusions:
            self._check(exclusion)
        return self

    def _check(self, exclusion: Exclusion) -> None:
        if len(self.steps) < 2 or not exclusion.after < self.last_of(exclusion) <= len(self.steps):
            raise ValueError(
                f"the exclusion {exclusion.step} lies between steps {exclusion.after} and {exclusion.before or len(self.steps)}; "
                f"these are steps 1 to {len(self.steps)}, the first of the two before the second"
            )
        for step in self.steps[exclusion.after - 1 : self.last_of(exclusion)]:
            if may_be_one(exclusion.step, step):
                raise ValueError(f"the exclusion {exclusion.step} fits events of the step {step}, between which it must not come")

    def last_of(self, exclusion: Exclusion) -> int:
        """Give the number of the step before which an exclusion must not come."""
        return exclusion.before or len(self.steps)

    @property
    def overlaps(self) -> bool:
        """Whether one event may fit several steps, so that events must be told apart within an instant."""
        return any(may_be_one(a, b) for a, b in combinations(self.steps, 2))

    @property
    def ripe(self) -> datetime:
        """The instant before which an attempt must have begun to have had all its time at ``as_of``."""
        return self.cut - self.window if self.cut - datetime.min > self.window else datetime.min

    @property
    def within(self) -> str:
        """The window in words: "within 14 days", "without a limit of time"."""
        return f"within {in_words(self.window)}" if self.window < LONGEST else "without a limit of time"

    @property
    def variant(self) -> str:
        """The variant in words, such as "sequential, within 14 days"."""
        parts = [f"{self.order} order" if self.order == "any" else self.order, self.within]
        parts += [f"without {e.step} between steps {e.after} and {self.last_of(e)}" for e in self.exclusions]
        parts += ["only attempts whose window has passed"] if self.whole_windows else []
        values = {"first": "first value", "last": "last value", "all": "all values"}
        at = f"step {self.attribution}" if isinstance(self.attribution, int) else values[self.attribution]
        return ", ".join(parts + ([f"by {self.by} ({at})"] if self.by else []))


def in_words(span: timedelta) -> str:
    """Say a span of whole seconds in its largest whole unit."""
    seconds = int(span.total_seconds())
    for unit, size in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds and seconds % size == 0:
            return f"{seconds // size} {unit}" + "s" * (seconds != size)
    return f"{seconds} second" + "s" * (seconds != 1)
