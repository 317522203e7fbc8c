"""Retention: of the people who did one thing in a period, how many did another in the periods after."""

import math
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from prodops.intervals import Interval, wilson
from prodops.kpis.behaviour.cohorts import KEYS, cells
from prodops.kpis.behaviour.events import AnyStep, Step, choice, people
from prodops.kpis.behaviour.frames import with_share
from prodops.kpis.behaviour.periods import Calendar, Windowed
from prodops.kpis.behaviour.repeats import clustered
from prodops.kpis.behaviour.slices import in_slices
from prodops.kpis.kinds import Desk
from prodops.sources.engine import answer

if TYPE_CHECKING:
    import pandas as pd

    from prodops.kpis.behaviour.events import Events, Identities

COLUMNS = ("slice", "cohort_start", "cohort_size", "period", "retained", "share", "lower", "upper", "complete")
SameStep = Annotated[Step | None, BeforeValidator(lambda value: Step(value) if isinstance(value, str) else value)]
ByValue = Annotated[Literal["start", "first"], choice(("start", "first"), "a value to slice by")]
WIDTHS = {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(days=7)}
"""How long rolling windows last."""


class RetentionSpec(Windowed):
    """Which retention is meant.

    A cohort is the people who did ``start`` in one period of ``grain``: in any such period (``recurring``), or in that of the first time
    ever that they did it (``first_time``, over the whole history and not only the window). They are retained in period N when they did
    ``returning`` (the same step by default) at least ``times`` times in that period (``on``), or in that period or any later one up to
    ``as_of`` (``on_or_after``). Periods are those of the calendar, or (``rolling``) windows of 1 hour, 24 hours or 7 days from the
    person's first ``start`` within the cohort's period; a return in the very instant of a window's end belongs to the next. ``periods``
    is the number of periods followed, period 0 included, and of cohorts unless ``since`` says otherwise. ``by`` slices by a column: its
    value at the cohort's start event (the least known one where several happened at once), or the first that the person ever had.
    """

    start: AnyStep = Step()
    returning: SameStep = None
    cohorts: Annotated[Literal["recurring", "first_time"], choice(("recurring", "first_time"), "a way of making cohorts")] = "recurring"
    counts: Annotated[Literal["on", "on_or_after"], choice(("on", "on_or_after"), "a way of counting returns")] = "on"
    windows: Annotated[Literal["calendar", "rolling"], choice(("calendar", "rolling"), "a kind of window")] = "calendar"
    times: int = Field(1, ge=1)
    mean: Annotated[Literal["weighted", "simple"], choice(("weighted", "simple"), "a mean over cohorts")] = "weighted"
    by: str | None = None
    by_value: ByValue = "start"

    @model_validator(mode="after")
    def _fits(self) -> "RetentionSpec":
        if self.windows == "rolling" and self.grain not in WIDTHS:
            raise ValueError(f'rolling windows are of an hour, day or week, as a {self.grain} has no one length; use windows="calendar"')
        return self

    @property
    def comes_back(self) -> Step:
        """The step that counts as a return."""
        return self.start if self.returning is None else self.returning

    @property
    def variant(self) -> str:
        """The variant in words, such as "first-time, on or after, calendar weeks"."""
        width = {"hour": "1-hour", "day": "24-hour", "week": "7-day"}.get(self.grain)
        windows = self.words if self.windows == "calendar" else f"rolling {width} windows"
        parts = [self.cohorts.replace("_", "-"), self.counts.replace("_", " "), windows]
        parts += [f"at least {self.times} returns a period"] if self.times > 1 else []
        parts += [f"by {self.by} ({'first value' if self.by_value == 'first' else 'at the start'})"] if self.by else []
        return ", ".join(parts)


# ------------------------------------------------------------------------------------------------------------- the grid
def retention(events: "Events", spec: RetentionSpec, *, identities: "Identities | None" = None, desk: Desk | None = None) -> "pd.DataFrame":
    """Follow cohorts of people through the periods after they did something.

    One row is a cohort in a period: ``slice`` ("" = all, then each value of ``by``), ``cohort_start``, ``cohort_size`` (people),
    ``period`` (0 is the cohort itself), ``retained`` (people), ``share`` of the cohort with its 95 % Wilson range ``lower`` and
    ``upper``, and ``complete``. Where a period had not ended at ``as_of`` (for rolling windows: that of anyone in the cohort), or the
    cohort's own had not, ``retained`` and its share are missing; so is the share of a cohort of nobody. Without any cohort the frame
    is empty. An event of a person before their cohort's period, such as one of a wrong clock before sign-up, is no return.
    """
    import pandas as pd

    spec = spec.settled(desk)
    calendar = spec.calendar()
    rows = people(events, identities=identities, entity=spec.entity, once=spec.times > 1)
    rows = rows.filter(rows["at"] < spec.cut)
    found = [
        answer(cells(part, spec, calendar), "retention" + f" by {spec.by}" * n, desk)
        for n, part in enumerate(in_slices(rows, spec.by, spec.by_value))
    ]
    return _frame(pd.concat(found, ignore_index=True), spec, calendar)


def _frame(found: "pd.DataFrame", spec: RetentionSpec, calendar: Calendar) -> "pd.DataFrame":
    """Lay counts out as the grid: every cohort of a slice that had begun, beside every period."""
    import pandas as pd

    begun = [n for n, start in enumerate(calendar.starts()) if start < pd.Timestamp(spec.cut)]
    grid = pd.MultiIndex.from_product([sorted(found["slice"].unique()), begun, range(spec.periods)], names=KEYS)
    found = found[found["period"].eq(0) | (spec.periods > 1)]
    counted = found.assign(period=found["period"].clip(upper=spec.periods - 1)).groupby(list(KEYS))["people"].sum()
    frame = counted.astype("int64").reindex(grid, fill_value=0).reset_index()
    cohort = frame.groupby(["slice", "cohort"])["people"]
    frame["cohort_size"] = cohort.transform("first")
    if spec.counts == "on_or_after":
        later = frame[::-1].groupby(["slice", "cohort"])["people"].cumsum()
        frame["people"] = later.where(frame["period"] > 0, frame["cohort_size"])
    frame["cohort_start"] = calendar.starts()[frame["cohort"]]
    frame["complete"] = _complete(frame, spec, calendar)
    frame["retained"] = frame["people"].astype("Int64").where(frame["complete"])
    return with_share(frame, "retained", "cohort_size", certain=frame["period"] == 0)[list(COLUMNS)]


def _complete(frame: "pd.DataFrame", spec: RetentionSpec, calendar: Calendar) -> "pd.Series":
    """Tell which cells can change no more: their period had ended, for everyone in the cohort, and so had the cohort's."""
    import pandas as pd

    if spec.windows == "calendar":
        return frame["cohort"] + frame["period"] < calendar.longer(after=spec.periods).ended(spec.cut)
    ends = calendar.longer(after=1).starts()[frame["cohort"] + 1].to_series(index=frame.index)
    return ends + WIDTHS[spec.grain] * (frame["period"] + 1).where(frame["period"] > 0, 0) <= pd.Timestamp(spec.cut)


# ------------------------------------------------------------------------------------------------------------ the mean
def retention_curve(grid: "pd.DataFrame", spec: RetentionSpec, repeats: "pd.DataFrame | None" = None) -> "pd.DataFrame":
    """Average a grid over its cohorts: for each slice and period those whose period had ended.

    One row is a period of a slice: ``slice``, ``period``, ``cohorts`` and ``people`` (how many of each are averaged), ``share`` and its
    95 % range ``lower`` and ``upper``. The mean is weighted by the cohorts' sizes, or (``mean="simple"``) each cohort counts the same.
    People are in one first-time cohort, so their shares vary apart: Wilson's range of all together, or for the simple mean the cohorts'
    own ranges joined as in Zou and Donner (2008). People may be in many recurring cohorts, which then vary together: with ``repeats``, what
    :func:`retention_repeats` says of the same question, the weighted mean's range rests on how people vary; without them it is at least as
    wide as the mean of the cohorts' bounds, which holds however much they do, and is too wide.
    """
    import pandas as pd

    usable = grid[grid["complete"] & (grid["cohort_size"] > 0)]
    is_known = repeats is not None and spec.cohorts == "recurring" and spec.mean == "weighted"
    known = {} if repeats is None or not is_known else dict(repeats.set_index(["slice", "period"]).iterrows())
    rows = [
        {"slice": slice_, "period": period, "cohorts": len(cells), "people": int(cells["cohort_size"].sum())}
        | (clustered(known[slice_, period]) if (slice_, period) in known else _mean(cells, spec))._asdict()
        for (slice_, period), cells in usable.groupby(["slice", "period"], sort=True)
    ]
    frame = pd.DataFrame(rows, columns=["slice", "period", "cohorts", "people", "value", "lower", "upper"])
    return frame.rename(columns={"value": "share"})


def _mean(cells: "pd.DataFrame", spec: RetentionSpec) -> Interval:
    size = cells["cohort_size"].astype("float64")
    weight = size / size.sum() if spec.mean == "weighted" else size * 0 + 1 / len(cells)
    share, lower, upper = (float((weight * cells[c]).sum()) for c in ("share", "lower", "upper"))
    if len(cells) == 1 or (cells["period"] == 0).all():
        return Interval(share, lower, upper)
    if spec.mean == "weighted":
        apart = wilson(float(cells["retained"].sum()), float(size.sum()))
    else:
        below, above = (math.sqrt(((weight * (cells[c] - cells["share"])) ** 2).sum()) for c in ("lower", "upper"))
        apart = Interval(share, share - below, share + above)
    return apart if spec.cohorts == "first_time" else Interval(share, min(apart.lower, lower), max(apart.upper, upper))
