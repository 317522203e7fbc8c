"""Measure what behaviour and a review's numbers cost over many events: beside the best DuckDB SQL written by hand, pandas, and one plain scan.

    python benchmarks/kpis.py                            5,000,000 and 50,000,000 generated events of 1,000,000 people
    python benchmarks/kpis.py --events 1000000           another number of events (and a tenth of it, for pandas and the growth)
    python benchmarks/kpis.py --people 200000            another number of people
    python benchmarks/kpis.py --folder DIR               where the Parquet files go (kept there, and used again)

The last line is a review: thirty KPIs by week over 65 weeks in 36 slices, beside one scan of the columns that they read.

Each measurement runs in a process of its own: one thread, DuckDB held to 1.6 GB, CPU seconds of the question alone (imports and a first
question of three rows left out) and the process's peak memory. Both sides' numbers are compared before their times are.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import kpi_review
from kpi_questions import BY_HAND, OURS, PANDAS

REPEATS = 3


def write_events(path: Path, events: int, people: int) -> None:
    """Write two years of events in order of time: new people join all along, and the newer are the more active.

    Columns: user_id, event (session_started 40 %, page_viewed 30 %, feature_used 15 %, order_started 10 %, order_paid 5 %),
    occurred_at, and platform (3) and country (8), each person's own.
    """
    import duckdb

    with duckdb.connect(config={"memory_limit": "2GB"}) as con:
        con.execute(f"""
            copy (
                with drawn as (
                    select i / {events} as t, (hash(i * 2) % 1000003) / 1000003.0 as x, hash(i * 2 + 1) % 100 as kind
                    from range({events}) as numbers(i)
                ), acted as (
                    select t, kind, cast(floor(greatest({people} * t, 1) * (1 - pow(x, 3))) as bigint) as person from drawn
                )
                select
                    'u' || person as user_id,
                    case when kind < 40 then 'session_started' when kind < 70 then 'page_viewed' when kind < 85 then 'feature_used'
                        when kind < 95 then 'order_started' else 'order_paid' end as event,
                    timestamp '2024-01-01' + to_microseconds(cast(t * 731 * 86400 as bigint) * 1000000) as occurred_at,
                    ['web', 'ios', 'android'][1 + person * 7919 % 3] as platform,
                    ['DE', 'FR', 'GB', 'US', 'ES', 'IT', 'SE', 'PL'][1 + person * 104729 % 8] as country
                from acted
            ) to '{path}' (format parquet, compression zstd)
        """)


# ------------------------------------------------------------------------------------------------------ one measurement
class Cost(NamedTuple):
    """What one answer took: CPU seconds, peak memory of its process in MB, and a check of its numbers."""

    seconds: float
    megabytes: float
    rows: list[list[Any]]


def measure_here(question: str, side: str, file: Path) -> Cost:
    """Answer one question in this process, after a first one of three rows."""
    sides = {"ours": _ours, "sql": _sql, "pandas": _pandas, "review": _review, "scan": _scan}
    answer = sides[side](question, file)
    started = time.process_time()
    rows = answer()
    seconds = time.process_time() - started
    return Cost(seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, [list(map(_plain, row)) for row in rows])


def _plain(value: Any) -> Any:
    return value if isinstance(value, str) else int(value)


def _settings(file: Path) -> dict[str, Any]:
    return {"threads": 1, "memory_limit": "1600MB", "temp_directory": str(file.parent / "spill")}


def _ours(question: str, file: Path) -> Callable[[], list[tuple[Any, ...]]]:
    import ibis
    import pandas as pd

    con = ibis.duckdb.connect(**_settings(file))
    few = pd.DataFrame(
        {"user_id": ["a", "b", "a"], "event": "order_paid", "occurred_at": pd.to_datetime(["2025-10-07", "2025-10-08", "2025-10-14"])}
    )
    OURS[question](few)
    return lambda: OURS[question](con.read_parquet(file, table_name="events"))


def _sql(question: str, file: Path) -> Callable[[], list[tuple[Any, ...]]]:
    import duckdb

    con = duckdb.connect(config=_settings(file))
    con.execute(f"create view events as from '{file}'")
    return lambda: con.execute(BY_HAND[question]).fetchall()


def _pandas(question: str, file: Path) -> Callable[[], list[tuple[Any, ...]]]:
    import pandas as pd

    return lambda: PANDAS[question](pd.read_parquet(file, columns=["user_id", "occurred_at"] + ["event"] * (question == "funnel")))


def _review(_: str, file: Path) -> Callable[[], list[tuple[Any, ...]]]:
    return kpi_review.review(file, _settings(file))


def _scan(_: str, file: Path) -> Callable[[], list[tuple[Any, ...]]]:
    return kpi_review.scan(file, _settings(file))


def measure(question: str, side: str, file: Path) -> Cost:
    """Answer one question in processes of their own; the least of their CPU seconds, the most of their memory."""
    command = [sys.executable, __file__, "--one", question, side, str(file)]
    runs = [json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout) for _ in range(REPEATS)]
    costs = [Cost(**run) for run in runs]
    return Cost(min(c.seconds for c in costs), max(c.megabytes for c in costs), costs[0].rows)


# ------------------------------------------------------------------------------------------------------------- the report
def report(folder: Path, events: int, people: int) -> None:
    """Print one line a question: ours, SQL and pandas at a tenth of the events, ours and SQL at all, growth, and ratios."""
    files = {n: folder / f"events_{n}_{people}.parquet" for n in (events // 10, events)}
    for n, file in files.items():
        if not file.exists():
            write_events(file, n, people)
    small, large = files.values()
    print(f"{events:,} events of {people:,} people; pandas and growth against {events // 10:,} events of as many people. CPU seconds, MB.")
    for question in OURS:
        sides = {"ours": small, "sql": small, "pandas": small}
        few = {side: measure(question, side, file) for side, file in sides.items()}
        many = {side: measure(question, side, large) for side in ("ours", "sql")}
        agree = few["ours"].rows == few["sql"].rows == few["pandas"].rows and many["ours"].rows == many["sql"].rows
        print(
            f"{question}: {many['ours'].seconds:.2f} s, {many['ours'].megabytes:.0f} MB; SQL {many['sql'].seconds:.2f} s, "
            f"{many['sql'].megabytes:.0f} MB (ours ÷ SQL {many['ours'].seconds / many['sql'].seconds:.2f}); "
            f"a tenth {few['ours'].seconds:.2f} s (growth × {many['ours'].seconds / few['ours'].seconds:.1f}), SQL {few['sql'].seconds:.2f} s "
            f"(× {many['sql'].seconds / few['sql'].seconds:.1f}), pandas {few['pandas'].seconds:.2f} s, {few['pandas'].megabytes:.0f} MB "
            f"(pandas ÷ ours {few['pandas'].seconds / few['ours'].seconds:.1f}); same numbers: {'yes' if agree else 'NO'}",
            flush=True,
        )
    costs = {(side, n): measure("review", side, file) for n, file in files.items() for side in ("review", "scan")}
    ours, scan = costs["review", events], costs["scan", events]
    few = costs["review", events // 10].seconds
    print(
        f"review of 30 KPIs, 36 slices, 65 weeks: {ours.seconds:.2f} s, {ours.megabytes:.0f} MB; scan {scan.seconds:.2f} s "
        f"(review ÷ scan {ours.seconds / scan.seconds:.2f}); a tenth {few:.2f} s (growth × {ours.seconds / few:.1f}, "
        f"review ÷ scan {few / costs['scan', events // 10].seconds:.2f})"
    )


def main() -> None:
    """Read the arguments and measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=50_000_000)
    parser.add_argument("--people", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--one", nargs=3, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        question, side, file = given.one
        print(json.dumps(measure_here(question, side, Path(file))._asdict()))
    elif given.folder:
        report(given.folder, given.events, given.people)
    else:
        with tempfile.TemporaryDirectory() as folder:
            report(Path(folder), given.events, given.people)


if __name__ == "__main__":
    main()
