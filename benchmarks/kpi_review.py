"""A review's numbers, and one plain scan of the columns that they read.

Thirty KPIs (counts, distinct users, ratios, shares, derived), by week over 65 weeks, over all rows and by platform, by country and by
both crossed: 36 slices. The scan reads the same columns once (a sum over hashes, so that every value is decoded).
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from kpi_questions import AS_OF

WEEKS = 65
EVENTS = ("session_started", "page_viewed", "feature_used", "order_started", "order_paid")
COLUMNS = ("user_id", "event", "occurred_at", "platform", "country")
SLICINGS: list[tuple[str, ...]] = [(), ("platform",), ("country",), ("platform", "country")]


def thirty() -> dict[str, dict[str, Any]]:
    """Define the KPIs."""

    def simple(agg: str, event: str | None = None, column: str | None = None) -> dict[str, Any]:
        return {"type": "simple", "table": "events", "agg": agg} | ({"column": column} if column else {}) | (
            {"where": {"event": event}} if event else {}
        )  # fmt: skip

    found = {"active": simple("count_distinct", None, "user_id"), "events": simple("count")}
    for event in EVENTS:
        found[event] = simple("count", event)
        found[f"{event}_users"] = simple("count_distinct", event, "user_id")
        found[f"{event}_share"] = {"type": "ratio", "unit": "share", "numerator": f"{event}_users", "denominator": "active"}
        found[f"{event}_per_user"] = {"type": "derived", "expr": f"{event} / active"}
        found[f"{event}_growth"] = {"type": "derived", "expr": "now / before - 1", "inputs": {
            "now": event, "before": {"kpi": event, "offset": {"n": 1, "grain": "week"}}}}  # fmt: skip
    found["per_user"] = {"type": "ratio", "numerator": "events", "denominator": "active"}
    found["paid_rate"] = {"type": "ratio", "unit": "share", "numerator": "order_paid_users", "denominator": "order_started_users"}
    found["first_paid"] = {"type": "ratio", "numerator": "order_paid", "denominator": "order_paid_users"}
    return found


class FileDesk:
    """A desk over one Parquet file, or over its first rows."""

    def __init__(self, file: Path, settings: dict[str, Any], rows: int | None = None) -> None:
        import ibis

        from prodops.workspace import Workspace

        self.as_of, self.workspace, self._con = AS_OF, Workspace(), ibis.duckdb.connect(**settings)
        table = self._con.read_parquet(file)
        self._events = table.limit(rows) if rows else table

    def has(self, kind: str) -> bool:
        return kind == "events"

    def table(self, kind: str) -> Any:
        return self._events

    def read(self, expr: Any, *, name: str) -> Any:
        return self._con.to_pyarrow(expr).to_pandas()


def review(file: Path, settings: dict[str, Any]) -> Callable[[], list[tuple[Any, ...]]]:
    """Make ready to compute the thirty KPIs, after those of three rows; gives the number of values that are known."""
    from prodops.kpis import define
    from prodops.kpis.measure import compute_slicings
    from prodops.workspace import last_periods

    book, periods = define(thirty()), last_periods(AS_OF, "week", WEEKS)
    assert len(book) == 30, len(book)

    def ask(rows: int | None = None) -> list[tuple[Any, ...]]:
        found = compute_slicings(FileDesk(file, settings, rows), book, grain="week", periods=periods, slicings=SLICINGS)
        return [("values", int(found["value"].notna().sum()))]

    ask(3)
    return ask


def scan(file: Path, settings: dict[str, Any]) -> Callable[[], list[tuple[Any, ...]]]:
    """Make ready to decode every value of the columns once."""
    import duckdb

    con = duckdb.connect(config=settings)
    sums = ", ".join(f"sum(hash({column}) % 7)" for column in COLUMNS)
    return lambda: con.execute(f"select {sums} from '{file}'").fetchall()
