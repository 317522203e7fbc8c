"""Time to market: from the first start of a launch's items to the launch."""

from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = (
    "launch", "launched_on", "items", "finished", "in_progress", "not_started",
    "first_started", "last_finished", "days", "build_days", "shelf_days",
)  # fmt: skip


def time_to_market(items: "pd.DataFrame", launches: "pd.DataFrame | None" = None, *, as_of: datetime) -> "pd.DataFrame":
    """Follow each launch's items to its date, in the order of the dates: one row is a launch that items belong to.

    ``items`` is what :func:`items` gives (those without a launch count nowhere), ``launches`` has ``name`` and ``launched_on``; a date may
    lie ahead. ``launch``, ``launched_on`` (missing where not known), ``items``, ``finished``, ``in_progress``, ``not_started`` (given-up ones
    are in none of the three), ``first_started``, ``last_finished``, ``days`` from the first start to the launch, or to ``as_of`` where it
    is not launched by then; ``build_days`` from the first start to the last finish before the launch, ``shelf_days`` from then to the
    launch. Days are elapsed ones rounded up; missing where an end is.
    """
    import numpy as np
    import pandas as pd

    rows = items[items["launch"].notna() & (items["launch"] != "")]
    dates = {} if launches is None else dict(zip(launches["name"], pd.to_datetime(launches["launched_on"]), strict=True))
    found = []
    for launch, part in rows.groupby("launch", sort=True):
        on = dates.get(launch, pd.NaT)
        is_out = pd.notna(on) and on < pd.Timestamp(as_of)
        end = on + pd.Timedelta(days=1) if is_out else pd.Timestamp(as_of)  # a launch has its whole day
        started, finished = part["started"].min(), part["finished"].where(part["finished"] < end).max()
        found.append(
            {
                "launch": launch, "launched_on": on, "items": len(part), "finished": int(part["finished"].notna().sum()),
                "in_progress": int(part["age_days"].notna().sum()), "not_started": int((part["started"].isna() & part["cancelled"].isna()).sum()),
                "first_started": started, "last_finished": finished,
                "days": _days(started, on if is_out else end), "build_days": _days(started, finished),
                "shelf_days": _days(finished, on) if is_out else np.nan,
            }
        )  # fmt: skip
    frame = pd.DataFrame(found, columns=list(COLUMNS))
    times = dict.fromkeys(("launched_on", "first_started", "last_finished"), "datetime64[us]")
    frame = frame.astype(times | dict.fromkeys(("days", "build_days", "shelf_days"), "float64") | {"launch": "str"})
    return frame.sort_values(["launched_on", "launch"], ignore_index=True)


def _days(start: "pd.Timestamp", end: "pd.Timestamp") -> float:
    import math

    import pandas as pd

    return math.nan if pd.isna(start) or pd.isna(end) else float(max(math.ceil((end - start) / pd.Timedelta(days=1)), 0))
