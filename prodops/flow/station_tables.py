"""What is known of each station, as frames: over the span, and week by week."""

from datetime import date
from typing import TYPE_CHECKING

from prodops.flow.loads import Load
from prodops.flow.stations import WEEK, Station
from prodops.flow.weighing import DAY, Measured

if TYPE_CHECKING:
    import pandas as pd

STATION_COLUMNS = (
    "stage", "queue", "shape", "visits", "wait_days", "wait_lower", "wait_upper", "work_days", "share", "items_waiting", "growth", "servers",
    "utilisation", "stood", "empty", "in_batches", "visit_days", "little_days", "agreement",
)  # fmt: skip
WEEKLY_COLUMNS = ("week_start", "stage", "items_waiting", "items_worked_on", "leaves", "visit_days")


def by_station(
    lines: tuple[Station, ...], loads: list[Load], measured: Measured, begun: "pd.DataFrame", agreed: list[float]
) -> "pd.DataFrame":
    """Lay out what is known of each station; ``agreed`` is the share of resamples that name it."""
    import numpy as np
    import pandas as pd

    weeks = len(loads[0].waiting)
    span = weeks * WEEK
    all_days = float((measured.wait[0] + measured.work[0]).sum()) or 1.0
    found = []
    for n, (line, each) in enumerate(zip(lines, loads, strict=True)):
        low, high = np.quantile(measured.wait[1:, n], [0.025, 0.975])
        own = begun[begun["station"] == n]
        leaves = each.leaves.sum()
        present = each.waiting.sum() + each.working.sum()
        waiting = each.waiting / WEEK
        found.append(
            {
                "stage": line.stage, "queue": ", ".join(line.queues), "shape": line.shape, "visits": int(leaves),
                "wait_days": measured.wait[0, n], "wait_lower": low, "wait_upper": high, "work_days": measured.work[0, n],
                "share": (measured.wait[0, n] + measured.work[0, n]) / all_days, "items_waiting": waiting.mean(),
                "growth": float(np.polyfit(np.arange(weeks), waiting, 1)[0]),
                "servers": each.servers if np.isfinite(each.servers) else np.nan,
                "utilisation": measured.load[0, n],
                "stood": measured.stood[0, n], "empty": each.free.sum() / span, "in_batches": each.in_batches,
                "visit_days": own["days"].sum() / leaves if leaves else np.nan, "little_days": present / DAY / leaves if leaves else np.nan,
                "agreement": agreed[n],
            }
        )  # fmt: skip
    return pd.DataFrame(found, columns=list(STATION_COLUMNS))


def by_week(lines: tuple[Station, ...], loads: list[Load], weeks: list[date], begun: "pd.DataFrame") -> "pd.DataFrame":
    """Lay out each week of each station, in the order of weeks."""
    import numpy as np
    import pandas as pd

    parts = [
        pd.DataFrame(
            {
                "week_start": pd.to_datetime(pd.Series(weeks)), "stage": line.stage,
                "items_waiting": each.waiting / WEEK, "items_worked_on": each.working / WEEK, "leaves": each.leaves.astype("int64"),
                "visit_days": begun[begun["station"] == n].set_index("week")["typical"].reindex(range(len(weeks))).to_numpy("float64", na_value=np.nan),
            }
        )
        for n, (line, each) in enumerate(zip(lines, loads, strict=True))
    ]  # fmt: skip
    return pd.concat(parts, ignore_index=True).sort_values(["week_start"], kind="stable", ignore_index=True)


def unknown(lines: tuple[Station, ...]) -> "tuple[pd.DataFrame, pd.DataFrame]":
    """Give both frames where nothing is known but the stations' names."""
    import pandas as pd

    rows = [{"stage": each.stage, "queue": ", ".join(each.queues), "shape": each.shape} for each in lines]
    return pd.DataFrame(rows, columns=list(STATION_COLUMNS)), pd.DataFrame(columns=list(WEEKLY_COLUMNS))
