"""DORA's four keys: how often software is deployed, how long changes take, how often they fail and how soon service is back."""

import itertools
import math
from datetime import date, datetime, time
from typing import TYPE_CHECKING

import ibis

from prodops.errors import ParameterError, did_you_mean
from prodops.flow.kinds import Desk, table_of
from prodops.intervals import Z95, wilson
from prodops.sources.engine import answer
from prodops.workspace import Grain, WeekStart, period_start, step

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pandas as pd

    from prodops.flow.kinds import Rows

BANDS = ("elite", "high", "medium", "low")
"""The levels of DORA's 2023 report, which were called so up to 2024; cut here at the report's own bounds."""
_PER_DAY = (1.0, 1 / 7, 12 / 365.25)
_LEAD_DAYS = (1.0, 7.0, 365.25 / 12)
_FAILURE = (0.05, 0.10, 0.15)
_RECOVERY_HOURS = (1.0, 24.0, 168.0)
COLUMNS = {
    "deployment_id": "string", "deployed_at": "timestamp", "committed_at": "timestamp?", "failed": "int64?", "recovered_at": "timestamp?",
    "team": "string?", "service": "string?", "launch": "string?",
}  # fmt: skip
SLICES = ("team", "service", "launch")
DAY = 86_400.0


def dora(
    deployments: "Rows",
    *,
    grain: Grain | None = "month",
    since: datetime | date | None = None,
    until: datetime | date | None = None,
    by: str = "",
    as_of: datetime | None = None,
    week_start: WeekStart = "monday",
    desk: Desk | None = None,
) -> "pd.DataFrame":
    """Give the four keys per whole period (``grain=None``: over the whole span as one), those without deployments included.

    ``period_start``, ``period_end``, ``slice`` ("" = all, or by ``team``, ``service`` or ``launch``), ``deployments``; ``per_day`` (calendar
    days) with its 95 % range ``per_day_lower``, ``per_day_upper`` (exact Poisson: Garwood 1936); ``lead_days``, the median from first commit
    to deployment, with ``lead_lower``, ``lead_upper`` (between order statistics); ``failures`` and ``failure_share`` of deployments that are
    known to have failed or not, with Wilson's ``failure_lower``, ``failure_upper``; ``recovery_hours``, the median from a failed deployment
    to recovery, with ``recovery_lower``, ``recovery_upper``, and ``unrecovered`` failures without a recovery by the as-of. Each key has a
    ``frequency_band``, ``lead_band``, ``failure_band``, ``recovery_band``: elite, high, medium or low as in DORA's 2023 report; "" where
    nothing is known. Medians are missing where nothing was measured, their ranges below six.
    """
    import pandas as pd

    if by not in ("", *SLICES):
        raise ParameterError(f'deployments cannot be sliced by "{by}".{did_you_mean(by, SLICES)} They can by {", ".join(SLICES)}.')
    as_of = as_of or (desk.as_of if desk else None)
    if as_of is None:
        raise ParameterError("dora needs as_of where there is no desk: dora(…, as_of=datetime(2025, 11, 3)).")
    week_start = desk.workspace.week_start if desk else week_start
    rows = table_of(deployments, COLUMNS, "the deployments")
    rows = rows.filter(rows.deployed_at.notnull(), rows.deployed_at < ibis.literal(as_of))
    back = (rows.recovered_at < ibis.literal(as_of)).ifelse(rows.recovered_at, ibis.null("timestamp"))
    rows = rows.select(
        "deployment_id", "deployed_at", "failed",
        slice=rows[by].fill_null("(none)") if by else ibis.literal(""),
        lead=(rows.deployed_at.epoch_seconds() - rows.committed_at.epoch_seconds()).cast("float64") / DAY,
        recovery=(back.epoch_seconds() - rows.deployed_at.epoch_seconds()).cast("float64") / 3_600,
    )  # fmt: skip
    frame = answer(rows.order_by("deployed_at", "deployment_id"), "deployments", desk)  # a few a day at most: their medians are taken here
    periods = _periods(frame, grain, since, until, as_of, week_start)
    found = []
    for start, end in periods:
        inside = frame[(frame["deployed_at"] >= pd.Timestamp(start)) & (frame["deployed_at"] < pd.Timestamp(end))]
        for name in sorted(frame["slice"].unique()):
            found.append(
                {"period_start": start, "period_end": end, "slice": name} | _keys(inside[inside["slice"] == name], (end - start).days)
            )
    if not found:
        found = [{"period_start": as_of, "period_end": as_of, "slice": ""} | _keys(frame.iloc[:0], 1)]
        return pd.DataFrame(found).iloc[:0]
    return pd.DataFrame(found).astype({"period_start": "datetime64[us]", "period_end": "datetime64[us]", "slice": "str"})


def _periods(
    frame: "pd.DataFrame", grain: Grain | None, since: object, until: object, as_of: datetime, week_start: WeekStart
) -> list[tuple[datetime, datetime]]:
    """List the whole periods asked for."""
    import pandas as pd

    if frame.empty and since is None:
        return []
    first = pd.Timestamp(since) if since is not None else frame["deployed_at"].min()
    last = min(pd.Timestamp(until), pd.Timestamp(as_of)) if until is not None else pd.Timestamp(as_of)
    if grain is None:
        start, end = _midnight(first.date()), _midnight(last.date())
        return [(start, end)] if start < end else []
    starts = [period_start(first.date(), grain, week_start)]
    if since is None and starts[0] < first.date():
        starts = [step(starts[0], grain)]  # the first deployment may not have been the first of its period
    while step(starts[-1], grain) <= last.date():
        starts.append(step(starts[-1], grain))
    return [(_midnight(start), _midnight(end)) for start, end in itertools.pairwise(starts)]


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time())


def _keys(rows: "pd.DataFrame", days: int) -> dict[str, object]:
    """Compute the four keys of some deployments within so many days."""
    from scipy.special import chdtri

    count = len(rows)
    per_day = count / days
    low, high = (chdtri(2 * count, 0.975) / 2 / days if count else 0.0), chdtri(2 * count + 2, 0.025) / 2 / days
    lead = _median(rows["lead"].dropna().clip(lower=0).to_numpy("float64"))
    known = rows["failed"].dropna()
    failed = wilson(float(known.sum()), float(len(known)))
    mended = rows.loc[rows["failed"] == 1, "recovery"]
    recovery = _median(mended.dropna().clip(lower=0).to_numpy("float64"))
    return {
        "deployments": count, "per_day": per_day, "per_day_lower": float(low), "per_day_upper": float(high),
        "frequency_band": _band(-per_day, [-x for x in _PER_DAY]) if count else "",
        "lead_days": lead[0], "lead_lower": lead[1], "lead_upper": lead[2], "lead_band": _band(lead[0], _LEAD_DAYS),
        "failures": int(known.sum()), "failure_share": failed.value, "failure_lower": failed.lower, "failure_upper": failed.upper,
        "failure_band": _band(failed.value, _FAILURE),
        "recovery_hours": recovery[0], "recovery_lower": recovery[1], "recovery_upper": recovery[2],
        "recovery_band": _band(recovery[0], _RECOVERY_HOURS), "unrecovered": int(mended.isna().sum()),
    }  # fmt: skip


def _band(value: float, bounds: "list[float] | tuple[float, ...]") -> str:
    """Name the band of a value that is better the smaller it is."""
    return "" if math.isnan(value) else next((band for band, bound in zip(BANDS, bounds, strict=False) if value <= bound), BANDS[-1])


def _median(values: "npt.NDArray[np.float64]") -> tuple[float, float, float]:
    """Give a median with its 95 % range between order statistics, which no shape of the values upsets; NaN below six of them."""
    import numpy as np

    values = np.sort(values)
    n = len(values)
    if not n:
        return math.nan, math.nan, math.nan
    if n < 6:
        return float(np.median(values)), math.nan, math.nan
    below = max(math.floor(n / 2 - Z95 * math.sqrt(n) / 2), 0)
    return float(np.median(values)), float(values[below]), float(values[n - 1 - below])
