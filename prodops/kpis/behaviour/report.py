"""Engagement: do people who start come back, where do they stop, and does the product gain more of them than it loses?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal

import pandas as pd

from prodops.errors import InputError, NoData, did_you_mean, shorten
from prodops.kpis.behaviour.activity import ActivesSpec, StickinessSpec, actives, stickiness
from prodops.kpis.behaviour.events import Step
from prodops.kpis.behaviour.funnel_spec import LONGEST, FunnelSpec
from prodops.kpis.behaviour.funnels import funnel
from prodops.kpis.behaviour.lifecycle import LifecycleSpec, lifecycle
from prodops.kpis.behaviour.periods import moved, start_of
from prodops.kpis.behaviour.repeats import retention_repeats
from prodops.kpis.behaviour.retention import RetentionSpec, retention, retention_curve
from prodops.kpis.kinds import Desk
from prodops.kpis.marks import marks_since
from prodops.stamps import Definition, Finding, Takeaway

if TYPE_CHECKING:
    import ibis.expr.types as ir

Grain = Literal["day", "week", "month"]
DAYS_SHOWN = 91
MOST_SLICES = 6


@dataclass(frozen=True, repr=False)
class Engagement:
    """What people did over the last periods; made by :func:`engagement`.

    ``cohorts`` is retention's grid and ``curve`` its mean over cohorts, ``slices`` that mean for each value of ``by`` (the largest six);
    ``steps`` is the funnel of the window and ``steps_before`` that of the window before it; ``lifecycle``, ``stickiness`` and ``actives``
    are what the functions of these names give. Frames of steps are empty where no funnel was asked for. ``marks`` are the launches,
    incidents and price changes of the time shown.
    """

    as_of: datetime
    grain: Grain
    retention: RetentionSpec
    funnel: FunnelSpec | None
    variants: dict[str, str]
    cohorts: pd.DataFrame
    curve: pd.DataFrame
    slices: pd.DataFrame
    steps: pd.DataFrame
    steps_before: pd.DataFrame
    lifecycle: pd.DataFrame
    stickiness: pd.DataFrame
    actives: pd.DataFrame
    marks: pd.DataFrame

    def findings(self) -> tuple[Finding, ...]:
        """Give what the numbers claim, most surprising first."""
        from prodops.kpis.behaviour.claims import findings

        return findings(self)

    def takeaways(self) -> tuple[Takeaway, ...]:
        """Give up to three claims with the decision each bears on."""
        from prodops.kpis.behaviour.deciding import takeaways

        return takeaways(self)

    def definitions(self) -> tuple[Definition, ...]:
        """Say which variant of each measure is meant."""
        from prodops.kpis.behaviour.claims import definitions

        return definitions(self)

    def __repr__(self) -> str:
        return (
            f"Engagement by {self.grain} as of {self.as_of:%Y-%m-%d}: .cohorts, .curve, .slices, .steps, .lifecycle, .stickiness, .actives; "
            ".findings(), .takeaways()"
        )


def engagement(
    desk: Desk,
    *,
    grain: Grain = "week",
    periods: int = 12,
    start: str = "",
    returning: str = "",
    steps: Sequence[str] = (),
    window_days: int = 14,
    first_time: bool = True,
    by: str = "",
) -> Engagement:
    """Work out retention, funnel, lifecycle, stickiness and active users over the last whole periods.

    ``start`` and ``returning`` name events (empty: any event); ``first_time`` makes cohorts of the first ``start`` ever, else of each
    period with one. ``steps`` is a sequential funnel of events within ``window_days``, over those who began early enough to have had all
    that time, beside the same length of time before; of 0 days it has no limit, and no time before to stand beside. ``by`` slices
    retention by a column. Raises NoData without an event before ``as_of``, InputError for an event or column that is not there, with the
    near miss, ParameterError for what makes no sense.
    """
    events = desk.table("events")
    follow = RetentionSpec(
        start=Step(start or None),
        returning=Step(returning or None),
        cohorts="first_time" if first_time else "recurring",
        grain=grain,
        periods=periods,
    )
    sliced = follow.model_copy(update={"by": by}) if by else follow
    found = retention(events, sliced, desk=desk)
    _check(desk, events, found, follow)
    repeats = None if first_time else retention_repeats(events, sliced, desk=desk)
    asked = _funnels(desk, grain, periods, tuple(steps), timedelta(days=window_days) if window_days else None)
    active = {"event": Step(returning or None), "grain": grain, "periods": periods}
    life, habit, days = LifecycleSpec(**active), StickinessSpec(**active), ActivesSpec(event=Step(returning or None), periods=DAYS_SHOWN)
    now, before = (funnel(events, spec, desk=desk) if spec else pd.DataFrame() for spec in asked)
    variants = {"Retention": follow, "Funnel": asked[0], "Lifecycle": life, "Stickiness": habit, "Active users": days}
    return Engagement(
        desk.as_of,
        grain,
        follow,
        asked[0],
        {name: spec.variant for name, spec in variants.items() if spec is not None},
        found[found["slice"] == ""],
        retention_curve(found[found["slice"] == ""], follow, repeats),
        _largest(found, follow, repeats),
        now,
        before,
        lifecycle(events, life, desk=desk),
        stickiness(events, habit, desk=desk),
        actives(events, days, desk=desk),
        marks_since(
            desk,
            min(
                moved(start_of(desk.as_of, grain, desk.workspace.week_start), grain, -periods), desk.as_of - timedelta(days=DAYS_SHOWN)
            ).date(),
        ),
    )


def _check(desk: Desk, events: "ir.Table", found: pd.DataFrame, spec: RetentionSpec) -> None:
    """Refuse events that never happened, with the near miss; a start of nobody in these periods is no data."""
    if not found.empty and found["retained"].where(found["period"] > 0).fillna(0).gt(0).any():
        return
    known = list(desk.read(events.group_by("event").agg().order_by("event"), name="events")["event"].dropna().astype(str))
    for name in (spec.start.event, spec.comes_back.event):
        if known and name and name not in known:
            raise InputError(f"no event before {desk.as_of:%Y-%m-%d} is called {shorten(name)}.{did_you_mean(name, known)}")
    if found.empty:
        raise NoData(f"Nobody began in these {spec.periods} {spec.grain}s before {desk.as_of:%Y-%m-%d}: there is nobody to follow.")


def _funnels(
    desk: Desk, grain: Grain, periods: int, steps: tuple[str, ...], window: timedelta | None
) -> tuple[FunnelSpec | None, FunnelSpec | None]:
    """Ask for the funnel of those who began early enough to have had all their time, and of as long a time before."""
    if not steps:
        return None, None
    until = start_of(desk.as_of, grain, desk.workspace.week_start) - (window or timedelta())
    since = moved(until, grain, -periods)
    if window is None:
        return FunnelSpec(steps=steps, window=LONGEST, since=since, until=until), None
    now = FunnelSpec(steps=steps, window=window, since=since, until=until)
    return now, now.model_copy(update={"since": moved(since, grain, -periods), "until": since})


def _largest(found: pd.DataFrame, spec: RetentionSpec, repeats: pd.DataFrame | None) -> pd.DataFrame:
    """Average the grid of each of the largest slices."""
    sizes = found[(found["slice"] != "") & (found["period"] == 0)].groupby("slice")["cohort_size"].sum()
    kept = sizes.sort_values(ascending=False, kind="stable").index[:MOST_SLICES]
    curve = retention_curve(found[found["slice"].isin(kept)], spec, repeats)
    return (
        curve.assign(place=curve["slice"].map({name: n for n, name in enumerate(kept)}))
        .sort_values(["place", "period"])
        .drop(columns="place")
    )
