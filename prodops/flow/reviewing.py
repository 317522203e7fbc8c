"""The review of delivery: how long work takes and whether that changed, where it waits, what is too old, and when the rest will be done."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from prodops.errors import ParameterError
from prodops.flow.backtesting import Backtest
from prodops.flow.saying import PAST_WEEKS
from prodops.flow.spec import FlowSpec
from prodops.stamps import Definition, Finding, Scope, TableStamp, Takeaway, Tile, day_words
from prodops.workspace import Workspace, last_periods

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd

    from prodops.flow.constraint import Bottleneck

MOST_AHEAD = 26
HEADLINES = 5


class Desk(Protocol):
    """What the review needs of the door to data; ``sources.Desk`` is one."""

    @property
    def as_of(self) -> datetime: ...
    @property
    def workspace(self) -> Workspace: ...
    def has(self, kind: str) -> bool: ...
    def table(self, kind: str) -> "ir.Table": ...
    def read(self, expr: "ir.Table", *, name: str) -> "pd.DataFrame": ...
    def stamp(self, kind: str) -> TableStamp: ...


@dataclass(frozen=True, repr=False)
class Review:
    """Delivery over the last whole weeks; made by :func:`review`.

    ``reaches`` is the day of the last move, ``[since, until)`` are the weeks shown, held against those from ``past`` on. ``weeks`` has a row for
    each whole week on record (``period_start``, ``arrivals``, ``departures``, ``finished``, ``net_flow``, ``wip``), ``finished`` one for each
    finished item from ``past`` on, ``usual`` the percentiles ``now`` and ``before``, ``changes`` whether weekly values moved (:func:`changes`).
    ``spent`` is what :func:`prodops.flow.stage_times.days_spent` gives, ``stages`` what :func:`time_in_stage` does; ``ages``, ``stage_ages``,
    ``cfd``, ``efficiency``, ``rework``, ``moves_back``, ``handoffs``, ``ping_pong`` and ``oddities`` are what the functions of these names give.
    ``remaining`` counts the open items by launch ("" = all), ``when`` forecasts each (``launch``, ``remaining``, ``likelihood``,
    ``weeks``, ``date``), ``how_many`` the items finished in ``ahead`` weeks; ``kept`` and ``kept_many`` say how often such forecasts came true. ``dora``
    has the four keys now and before, ``launches`` the time to market; both are empty where nothing is given. ``marks`` are the launches and
    incidents from ``past`` on.
    """

    as_of: datetime
    reaches: date | None
    spec: FlowSpec
    since: date
    until: date
    past: date
    ahead: int
    weeks: "pd.DataFrame"
    finished: "pd.DataFrame"
    usual: "pd.DataFrame"
    changes: "pd.DataFrame"
    ages: "pd.DataFrame"
    stage_ages: "pd.DataFrame"
    cfd: "pd.DataFrame"
    stages: "pd.DataFrame"
    spent: "pd.DataFrame"
    efficiency: "pd.DataFrame"
    rework: "pd.DataFrame"
    moves_back: "pd.DataFrame"
    handoffs: "pd.DataFrame"
    ping_pong: "pd.DataFrame"
    bottleneck: "Bottleneck"
    remaining: "pd.DataFrame"
    when: "pd.DataFrame"
    how_many: "pd.DataFrame"
    kept: Backtest
    kept_many: Backtest
    dora: "pd.DataFrame"
    launches: "pd.DataFrame"
    oddities: "pd.DataFrame"
    marks: "pd.DataFrame"

    @property
    def lately(self) -> "pd.DataFrame":
        """The items finished in the weeks shown."""
        import pandas as pd

        return self.finished[self.finished["finished"] >= pd.Timestamp(self.since)]

    def headlines(self) -> tuple[Finding, ...]:
        """Give the five most surprising findings, for the top of the page."""
        return self.findings()[:HEADLINES]

    def about(self, *names: str) -> tuple[Finding, ...]:
        """Give the findings whose names begin so, for the section that they belong to; one at the top of the page links to it there."""
        return tuple(f for f in self.findings() if f.name.startswith(tuple(f"flow.{name}" for name in names)))

    def scope(self) -> Scope:
        """Say which weeks are shown, from where to where work is followed, and until when."""
        reach = f" · moves to {day_words(self.reaches, year=self.reaches.year != self.until.year)}" if self.reaches else ""
        return Scope(start=self.since, end=self.until, scope=f"delivery {self.spec.variant}{reach}")

    def findings(self) -> tuple[Finding, ...]:
        """Give what the numbers claim, most surprising first."""
        from prodops.flow.claims import findings

        return findings(self)

    def tiles(self) -> tuple[Tile, ...]:
        """Give a tile where the flow's file states a service level."""
        from prodops.flow.closing import tiles

        return tiles(self)

    def takeaways(self) -> tuple[Takeaway, ...]:
        """Give up to three claims with the decision each bears on."""
        from prodops.flow.closing import takeaways

        return takeaways(self)

    def definitions(self) -> tuple[Definition, ...]:
        """Say what each measure means, and how changes and forecasts are judged."""
        from prodops.flow.closing import definitions

        return definitions(self)

    def notes(self) -> tuple[str, ...]:
        """Say what of the flow is inferred and what is odd in the moves; that nothing is, where it is so."""
        keys = ", ".join(self.spec.inferred)
        guessed = f"Inferred from the moves and the stages' names: {keys}. Say it in params/flow.yaml where that is wrong." if keys else ""
        return tuple(filter(None, (guessed, *self.spec.notes, *self.oddities["sentence"]))) or ("Nothing is odd in these moves.",)

    def __repr__(self) -> str:
        return (
            f"Review of delivery, {self.since} to {self.until}: .weeks, .finished, .ages, .cfd, .stages, .rework, .bottleneck, .when, .how_many, .kept, "
            ".dora, .launches; .findings(), .tiles(), .takeaways()"
        )


def review(desk: Desk, spec: FlowSpec, *, weeks: int = 13, ahead: int = 4, seed: int = 0) -> Review:
    """Review delivery over the last ``weeks`` whole weeks, held against the year before them, with forecasts ``ahead`` weeks and to the end.

    ``spec`` is what :func:`flow.define` gives with the desk's states. Where nothing was finished, or the past is too short, the frames that need it
    are empty and findings say so. The same data and ``seed`` give the same review. Raises ParameterError for ``weeks`` or ``ahead`` out of range.
    """
    from prodops.flow import constraint, gathering, over_time, progress, quality, reworking, stage_times, teams

    if not 4 <= weeks <= 104 or not 1 <= ahead <= MOST_AHEAD:
        raise ParameterError(f"weeks is {weeks} and ahead {ahead}; a review shows 4 to 104 weeks and looks 1 to {MOST_AHEAD} ahead.")
    spec = spec.settled(desk)
    moves = desk.table("transitions")
    shown = last_periods(desk.as_of, "week", weeks, spec.week_start or "monday")
    since, until = (datetime(d.year, d.month, d.day) for d in (shown[0].start, shown[-1].end))
    past = since - timedelta(weeks=PAST_WEEKS)
    flows = over_time.arrivals(moves, spec, desk=desk)
    finished = gathering.finished(moves, spec, past, until, desk)
    forecasts = gathering.forecasts(moves, spec, flows, ahead, seed, desk)
    return Review(
        as_of=desk.as_of,
        reaches=last.date() if (last := desk.stamp("transitions").last) else None,
        spec=spec,
        since=since.date(),
        until=until.date(),
        past=past.date(),
        ahead=ahead,
        weeks=flows[flows["slice"] == ""].drop(columns="slice").reset_index(drop=True),
        finished=finished,
        usual=gathering.usual(finished, since),
        changes=gathering.changed(flows, finished, since, past),
        ages=progress.age(moves, spec, desk=desk),
        stage_ages=progress.stage_ages(moves, spec, desk=desk),
        cfd=over_time.cfd(moves, spec, since=since, until=until, desk=desk),
        stages=stage_times.time_in_stage(moves, spec, since=since, until=until, desk=desk),
        spent=stage_times.days_spent(moves, spec, since=since, until=until, past=past, desk=desk),
        efficiency=gathering.beside(
            stage_times.efficiency(moves, spec, since=since, until=until, desk=desk),
            stage_times.efficiency(moves, spec, since=past, until=since, desk=desk),
        ),
        rework=gathering.beside(
            reworking.rework(moves, spec, since=since, until=until, desk=desk),
            reworking.rework(moves, spec, since=past, until=since, desk=desk),
        ),
        moves_back=reworking.moves_back(moves, spec, since=since, until=until, desk=desk),
        handoffs=teams.handoffs(moves, spec, since=since, until=until, desk=desk),
        ping_pong=teams.ping_pong(moves, spec, since=since, until=until, seed=seed, desk=desk),
        bottleneck=constraint.bottleneck(moves, spec, since=past, until=until, told_from=since.date(), seed=seed, desk=desk),
        **forecasts,
        dora=gathering.dora(desk, since, until, past),
        launches=gathering.launches(moves, spec, desk),
        oddities=quality.oddities(moves, spec, desk=desk),
        marks=gathering.marks(desk, past.date()),
    )
