"""Since when waits at a station are longer: the week at which their level broke, where it did."""

from datetime import date
from typing import TYPE_CHECKING

import ibis

from prodops.flow.kinds import Desk
from prodops.flow.moves import seconds
from prodops.flow.spec import FlowSpec
from prodops.flow.stations import WEEK, Station
from prodops.intervals import means_difference
from prodops.sources.engine import answer

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import numpy as np
    import numpy.typing as npt
    import pandas as pd

    Array = npt.NDArray[np.float64]

FEWEST = 6
"""Weeks on either side of a break."""
SURE = 3.5
"""How many standard errors a level must move by: about one chance in a hundred, where any of a year's weeks may be the break."""
NOTABLE = 1.25
"""How many times as long waits must be."""
MOST_CARRIED = 0.8


def stays_by_week(visits: "ir.Table", spec: FlowSpec, lines: tuple[Station, ...], weeks: list[date], desk: Desk | None) -> "pd.DataFrame":
    """Say how long visits begun in each week lasted: ``station``, ``week``, ``visits``, ``days`` (all, of those that ended), ``typical``.

    ``typical`` is the geometric mean of the waits before a station, where they have stages of their own, and of its own visits otherwise,
    those still going on with what they have lasted so far.
    """
    import numpy as np

    place = {stage: n for n, stage in enumerate(spec.stages)}
    owner = [(place[stage], n) for n, line in enumerate(lines) for stage in (*line.queues, line.stage)]
    timed = [place[stage] for line in lines for stage in (line.queues or (line.stage,))]
    start = ibis.literal(date_time(weeks[0]))
    rows = visits
    rows = rows.mutate(station=rows.place.cases(*owner, else_=ibis.null("int64")).cast("int64"))
    rows = rows.filter(rows.station.notnull(), rows.entered >= start, rows.days.notnull())
    rows = rows.mutate(
        week=(seconds(rows.entered, start) / WEEK).floor().cast("int64"),
        is_timed=rows.place.isin(timed),
        logs=ibis.greatest(rows.days, 0.01).ln(),
    )
    found = rows.group_by("station", "week").agg(
        visits=rows.is_timed.sum().cast("int64"),
        days=rows.days.sum(where=rows.left.notnull()).fill_null(0.0),
        logs=rows.logs.sum(where=rows.is_timed).fill_null(0.0),
    )
    frame = answer(found.order_by("station", "week"), "days of visits by the week they began", desk)
    frame = frame[frame["week"] < len(weeks)].reset_index(drop=True)
    return frame.assign(typical=np.exp(frame["logs"] / frame["visits"].where(frame["visits"] > 0)))


def date_time(day: date) -> object:
    import pandas as pd

    return pd.Timestamp(day).to_pydatetime()


def broke(begun: "pd.DataFrame", station: int, weeks: list[date]) -> tuple[date | None, float, float]:
    """Give the week since which a station's waits are longer, and what was typical before and after; nothing where no level broke.

    The one break that fits best (least squares of log waits); it counts where the levels differ by 25 % and 3.5 standard errors, widened
    for what one week carries over to the next.
    """
    import numpy as np
    import ruptures

    rows = begun[(begun["station"] == station) & (begun["visits"] > 0)].sort_values("week")
    logs, week = np.log(rows["typical"].to_numpy("float64")), rows["week"].to_numpy("int64")
    typical = float(np.exp(logs.mean())) if len(logs) else float("nan")
    if len(logs) < 2 * FEWEST:
        return None, typical, typical
    cut = ruptures.Dynp(model="l2", min_size=FEWEST, jump=1).fit(logs.reshape(-1, 1)).predict(n_bkps=1)[0]
    before, after = logs[:cut], logs[cut:]
    rest = np.concatenate([before - before.mean(), after - after.mean()])
    carried = min(max(float((rest[1:] * rest[:-1]).sum() / max((rest**2).sum(), 1e-12)), 0.0), MOST_CARRIED)
    change, error, _ = means_difference(before, after, wider=float(np.sqrt((1 + carried) / (1 - carried))))
    if change.value < np.log(NOTABLE) or not change.value > SURE * error:
        return None, typical, typical
    return weeks[int(week[cut])], float(np.exp(before.mean())), float(np.exp(after.mean()))
