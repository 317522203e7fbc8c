"""The KPI that several tests move: which share of events failed."""

from datetime import datetime
from typing import Any

AS_OF = datetime(2025, 11, 3)
FAILED: dict[str, Any] = {
    "type": "ratio",
    "title": "Failed",
    "unit": "share",
    "good": "down",
    "denominator": {"table": "events", "agg": "count"},
    "numerator": {"table": "events", "agg": "count", "where": {"event": "failed"}},
}
