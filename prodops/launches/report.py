"""A launch review: what is coming and whether it is ready, what one past launch brought, how the others did."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING

from prodops.errors import ParameterError, did_you_mean, shorten
from prodops.launches.adoption import Desk, adoption
from prodops.launches.coming import coming
from prodops.launches.effects import FEWEST_WEEKS, Effect, measure, together
from prodops.launches.gates import Readiness
from prodops.launches.judging import Guarded, Judgement, decide, guard
from prodops.launches.marked import Incident, incidents, marks, with_marked
from prodops.launches.measures import Book, Measures
from prodops.launches.plan import Launch, Plan
from prodops.launches.tested import Tested, tested
from prodops.launches.voices import before_and_after
from prodops.stamps import Definition, Finding, Scope, Takeaway, Tile
from prodops.workspace import last_periods, period_start

if TYPE_CHECKING:
    import pandas as pd

MOST_OTHERS = 8
"""Past launches beside the one that is read out."""


@dataclass(frozen=True)
class Readout:
    """What one past launch brought: effects, guardrails, what is decided, and after how many whole weeks."""

    launch: Launch
    weeks: int
    effects: tuple[Effect, ...]
    guarded: tuple[Guarded, ...]
    judgement: Judgement
    overlaps: tuple[str, ...] = ()
    incidents: tuple[Incident, ...] = ()

    @property
    def amid(self) -> Incident | None:
        """The incident that coincides with the launch: but for a test, its numbers cannot tell the two apart."""
        return next((one for one in self.incidents if one.coincides), None)

    def aims(self) -> tuple[Effect, ...]:
        return tuple(effect for effect in self.effects if effect.role != "guardrail")


@dataclass(frozen=True, repr=False)
class Review:
    """The launches of a workspace; made by :func:`review`.

    ``coming`` are the launches ahead, the nearest first; ``readout`` is the one that is read out, ``others`` the past ones beside it, the
    latest first. ``taken_up`` is its adoption curve, ``voices`` its feedback themes before and after; ``trials`` are all A/B tests.
    ``marks`` are the launches and incidents that charts mark.
    """

    as_of: date
    plan: Plan
    measures: Measures
    coming: tuple[Readiness, ...]
    readout: Readout | None
    others: tuple[Readout, ...]
    taken_up: "pd.DataFrame"
    voices: "pd.DataFrame"
    trials: tuple[Tested, ...]
    marks: "pd.DataFrame" = field(repr=False)
    looked_at_themes: bool = False

    @property
    def readouts(self) -> tuple[Readout, ...]:
        """All past launches that were read out, the chosen one first."""
        return (*([self.readout] if self.readout else []), *self.others)

    @property
    def effects(self) -> tuple[Effect, ...]:
        """All effects that were looked at."""
        return tuple(effect for one in self.readouts for effect in one.effects)

    def scope(self) -> Scope:
        """Say which time is covered, and how many launches."""
        days = [*(one.launch.on for one in self.readouts), *(one.launch.on + timedelta(days=1) for one in self.coming), self.as_of]
        counts = {"to come": len(self.coming), "read out": len(self.readouts), "A/B tests": 0 if self.readouts else len(self.trials)}
        parts = [f"{n} {what.removesuffix('s') if n == 1 else what}" for what, n in counts.items() if n] or ["no launch"]
        return Scope(start=min(days), end=max(days), scope=", ".join(parts))

    def findings(self) -> tuple[Finding, ...]:
        """Give what the review claims, most surprising first."""
        from prodops.launches.findings import findings

        return findings(self)

    def tiles(self) -> tuple[Tile, ...]:
        """Give tiles of what has a target, at most six."""
        from prodops.launches.closing import tiles

        return tiles(self)

    def takeaways(self) -> tuple[Takeaway, ...]:
        """Give up to four claims with the decision each bears on."""
        from prodops.launches.closing import takeaways

        return takeaways(self)

    def about(self, part: str) -> tuple[Finding, ...]:
        """Give the findings on one part: ``ready``, ``effect`` (of the launch that is read out), ``adoption``, ``voices``, ``tests`` or ``others``."""
        from prodops.launches.findings import part_of

        return tuple(finding for finding in self.findings() if part_of(finding, self) == part)

    def definitions(self) -> tuple[Definition, ...]:
        """Say by which rules gates, effects and decisions are made."""
        from prodops.launches.closing import definitions

        return definitions(self)

    def __repr__(self) -> str:
        return (
            f"Review of {len(self.coming)} launches to come and {len(self.readouts)} past: .coming, .readout, .others, .taken_up, .voices, .trials; "
            ".findings(), .tiles(), .takeaways(), .definitions()"
        )


def review(
    data: Desk,
    plan: Plan,
    *,
    launch: str = "",
    history: "pd.DataFrame | None" = None,
    book: Book | None = None,
    items: "pd.DataFrame | None" = None,
    forecast: "Callable[..., pd.DataFrame] | None" = None,
    themes: "pd.DataFrame | None" = None,
    seed: int = 0,
) -> Review:
    """Review the launches of a plan, or of the launches table where the plan has none.

    ``launch`` is the past one that is read out; left out it is the most important one with four whole weeks after it. ``history`` has the
    KPIs' past (``kpis.history(…, by=plan.dimensions)``) and ``book`` their names and units; ``items`` the work items (``flow.items``) and
    ``forecast`` what tells their dates (``flow.forecast``); ``themes`` voices by theme and week (``feedback.themes_by_week``). What is not
    given is not judged. Raises ParameterError for a launch that is not there, with the near miss.
    """
    as_of, measures = data.as_of.date(), Measures(history, book, data.workspace.currency)
    calendar = marks(data)
    known = with_marked(plan, calendar)
    whole = known.past(as_of)
    chosen = _chosen(known, launch, data)
    trials = tested(data, measures)
    days = [one.on for one in whole]
    others = [one for one in whole if one is not chosen][:MOST_OTHERS]
    readouts = _readouts([*([chosen] if chosen else []), *others], measures, days, trials, data, calendar, known is not plan)
    return Review(
        as_of,
        known,
        measures,
        coming(known, as_of, measures, items=items, forecast=forecast, themes=themes, seed=seed, week_start=data.workspace.week_start),
        readouts[0] if chosen else None,
        tuple(readouts[1:] if chosen else readouts),
        *_around(data, chosen, measures, themes),
        trials,
        calendar,
        themes is not None,
    )


def _around(data: Desk, chosen: Launch | None, measures: Measures, themes: "pd.DataFrame | None") -> "tuple[pd.DataFrame, pd.DataFrame]":
    import pandas as pd

    if chosen is None:
        return pd.DataFrame(), pd.DataFrame()
    return adoption(data, chosen, measures), before_and_after(themes, chosen)


def weeks_after(on: date, data: Desk) -> int:
    """Count the whole weeks after a day that have ended."""
    end = last_periods(data.as_of, "week", 1, data.workspace.week_start)[0].end
    start = period_start(on, "week", data.workspace.week_start)
    start = start if start == on else start + timedelta(days=7)
    return max((end - start).days // 7, 0)


def _chosen(plan: Plan, launch: str, data: Desk) -> Launch | None:
    """Find the launch to read out."""
    past = plan.past(data.as_of.date())
    if launch:
        found = {one.name: one for one in past}
        if launch not in found:
            near = did_you_mean(launch, found)
            held = "lies ahead: it can be read out after its day" if launch in plan.launches else f"is not among the past ones.{near}"
            raise ParameterError(f"launch: {shorten(launch)} {held}")
        return found[launch]
    ripe = [one for one in past if weeks_after(one.on, data) >= FEWEST_WEEKS]
    return min(ripe, key=lambda one: (one.tier, -one.on.toordinal(), one.name), default=None)


def _readouts(
    launches: list[Launch],
    measures: Measures,
    days: list[date],
    trials: tuple[Tested, ...],
    data: Desk,
    calendar: "pd.DataFrame",
    inferred: bool,
) -> list[Readout]:
    """Read all launches out: one error rate holds over the KPIs of the first, and one over all KPIs of the others."""
    watched = list(measures.book.kpis) if inferred and measures.book and measures.history is not None else []
    known = set(measures.history["kpi"]) if measures.history is not None else set()
    told = [
        measure(one, measures, others=days, tested=_by_kpi(one, trials), watched=[kpi for kpi in watched if kpi in known])
        for one in launches
    ]
    adjusted = iter([*together(told[0] if told else ()), *together(effect for effects in told[1:] for effect in effects)])
    found = []
    for one, effects in zip(launches, told, strict=True):
        own = tuple(next(adjusted) for _ in effects)
        guarded, weeks = guard(one, own, measures), weeks_after(one.on, data)
        found.append(
            Readout(
                one,
                weeks,
                own,
                guarded,
                decide(one, own, guarded, weeks, measures),
                _overlaps(one, launches),
                incidents(one, calendar, weeks),
            )
        )
    return found


def _by_kpi(launch: Launch, trials: tuple[Tested, ...]) -> dict[str, Effect]:
    """Give the effects that the launch's experiment tells, by KPI."""
    wanted = launch.experiment or launch.name
    return {effect.kpi: effect for trial in trials if trial.name == wanted and trial.readout.trusted for effect in trial.effects}


def _overlaps(launch: Launch, launches: list[Launch]) -> tuple[str, ...]:
    """Name the launches that fall into the weeks after this one: what they did cannot be told from it."""
    end = launch.on + timedelta(weeks=13)
    return tuple(one.name for one in sorted(launches, key=lambda one: one.on) if one is not launch and launch.on <= one.on < end)
