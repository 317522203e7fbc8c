"""Measure a review's numbers beside one plain scan of the columns they read.

    python benchmarks/kpi_review.py EVENTS.parquet [THREADS]

Thirty KPIs (counts, sums, means, distinct users, ratios, shares, derived), by week over 65 weeks, over all rows and by platform, by country
and by both crossed: 36 slices. The scan reads the same columns once (a sum over hashes, so that every value is decoded). CPU seconds are
compared, as other work on the machine stretches the clock.
"""

import resource
import sys
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple

AS_OF = datetime(2025, 12, 29)
WEEKS = 65
EVENTS = ("session_started", "page_viewed", "feature_used", "order_started", "order_paid")
COLUMNS = ("user_id", "event", "occurred_at", "platform", "country")
SLICINGS: list[tuple[str, ...]] = [(), ("platform",), ("country",), ("platform", "country")]


class Cost(NamedTuple):
    """What a question took."""

    wall_seconds: float
    cpu_seconds: float


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
    """A desk over one Parquet file."""

    def __init__(self, path: str, threads: int) -> None:
        import ibis

        from prodops.workspace import Workspace

        self.as_of, self.workspace, self._con = AS_OF, Workspace(), ibis.duckdb.connect(threads=threads, memory_limit="2GB")
        self._events = self._con.read_parquet(path)

    def has(self, kind: str) -> bool:
        return kind == "events"

    def table(self, kind: str) -> Any:
        return self._events

    def read(self, expr: Any, *, name: str) -> Any:
        return self._con.to_pyarrow(expr).to_pandas()


def measured(work: Callable[[], object]) -> Cost:
    """Time one piece of work."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return Cost(time.perf_counter() - wall, time.process_time() - cpu)


def review(path: str, threads: int = 1) -> tuple[Cost, Cost]:
    """Give the cost of the scan and of the thirty KPIs."""
    import duckdb

    from prodops.kpis import define
    from prodops.kpis.measure import compute_slicings
    from prodops.workspace import last_periods

    book, desk = define(thirty()), FileDesk(path, threads)
    assert len(book) == 30, len(book)
    sums = ", ".join(f"sum(hash({column}) % 7)" for column in COLUMNS)
    with duckdb.connect(config={"threads": threads, "memory_limit": "2GB"}) as con:
        scan = measured(lambda: con.execute(f"select {sums} from '{path}'").fetchall())
    periods = last_periods(AS_OF, "week", WEEKS)
    return scan, measured(lambda: compute_slicings(desk, book, grain="week", periods=periods, slicings=SLICINGS))


def main(path: str, threads: str = "1") -> None:
    """Print both costs and the memory."""
    scan, found = review(path, int(threads))
    print(f"scan    {scan.wall_seconds:7.1f} s, {scan.cpu_seconds:7.1f} CPU s")
    print(f"review  {found.wall_seconds:7.1f} s, {found.cpu_seconds:7.1f} CPU s, {found.cpu_seconds / scan.cpu_seconds:.1f} times the scan")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB")


if __name__ == "__main__":
    main(*sys.argv[1:])
