"""Measure what behaviour costs over many events, beside the best DuckDB SQL written by hand and beside pandas.

    python benchmarks/kpis.py                            5,000,000 and 50,000,000 generated events of 1,000,000 people
    python benchmarks/kpis.py --events 1000000           another number of events (and a tenth of it, for pandas and the growth)
    python benchmarks/kpis.py --people 200000            another number of people
    python benchmarks/kpis.py --folder DIR               where the Parquet files go (kept there, and used again)

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
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

AS_OF = datetime(2025, 12, 29)
"""The Monday after the last whole week of the events."""
WEEKS = 12
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


# --------------------------------------------------------------------------------------------------------- the questions
def our_retention(cohorts: str) -> Callable[[Any], list[tuple[Any, ...]]]:
    """Ask for a grid of 12 weekly cohorts; give (week, period, retained) of the cells that had ended."""

    def ask(events: Any) -> list[tuple[Any, ...]]:
        from prodops.kpis import RetentionSpec, retention

        grid = retention(events, RetentionSpec(cohorts=cohorts, periods=WEEKS, as_of=AS_OF))
        grid = grid[grid["complete"]]
        return [(str(c.date()), n, int(r)) for c, n, r in zip(grid["cohort_start"], grid["period"], grid["retained"], strict=True)]

    return ask


def our_lifecycle(events: Any) -> list[tuple[Any, ...]]:
    """Ask for the lifecycle of 12 weeks; give (week, new, returning, resurrecting, dormant)."""
    from prodops.kpis import LifecycleSpec, lifecycle

    found = lifecycle(events, LifecycleSpec(periods=WEEKS, as_of=AS_OF))
    found["period_start"] = found["period_start"].dt.date.astype(str)
    return [tuple(row) for row in found[["period_start", "new", "returning", "resurrecting", "dormant"]].astype(object).to_numpy()]


STEPS = ("session_started", "page_viewed", "order_started", "order_paid")


def our_funnel(events: Any) -> list[tuple[Any, ...]]:
    """Ask for a funnel of four steps within 14 days; give (event, entities, mean milliseconds from the step before)."""
    from prodops.kpis import FunnelSpec, funnel

    found = funnel(events, FunnelSpec(steps=STEPS, as_of=AS_OF))
    means = (found["mean_seconds_from_previous"].fillna(0) * 1000).round().astype("int64")
    return list(zip(found["event"], found["entities"], means, strict=True))


WINDOW = "occurred_at >= timestamp '2025-10-06' and occurred_at < timestamp '2025-12-29'"
WEEK = "date_diff('day', date '2025-10-06', occurred_at::date) // 7"
BY_HAND = {
    "retention": f"""
        with person as (select bit_or(1 << ({WEEK})::int) as weeks from events where {WINDOW} group by user_id),
        alike as (select weeks, count(*) as people from person group by weeks)
        select (date '2025-10-06' + c::int * 7)::varchar, n, sum(people)::bigint
        from alike, range(12) as cohort(c), range(12) as period(n)
        where c + n < 12 and (weeks >> c) & 1 = 1 and (weeks >> (c + n)) & 1 = 1 group by c, n order by c, n
    """,
    "first-time retention": f"""
        with person as (
            select min(occurred_at) as first, bit_or(case when {WINDOW} then 1 << ({WEEK})::int else 0 end) as weeks
            from events where occurred_at < timestamp '2025-12-29' group by user_id
        ), alike as (
            select date_diff('day', date '2025-10-06', first::date) // 7 as c, weeks, count(*) as people
            from person where first >= timestamp '2025-10-06' group by all
        )
        select (date '2025-10-06' + c::int * 7)::varchar, n, coalesce(sum(people) filter ((weeks >> (c + n)) & 1 = 1), 0)::bigint
        from alike, range(12) as period(n) where c + n < 12 group by c, n order by c, n
    """,
    "lifecycle": f"""
        with person as (
            select user_id, bit_or(1 << (1 + {WEEK.replace("2025-10-06", "2025-09-29")} - 1)::int) as weeks from events
            where occurred_at >= timestamp '2025-09-29' and occurred_at < timestamp '2025-12-29' group by user_id
        ), before as (select distinct user_id from events where occurred_at < timestamp '2025-09-29'),
        alike as (
            select weeks, before.user_id is null as is_new, count(*) as people from person left join before using (user_id) group by all
        ), states as (
            select w, people, (weeks >> w) & 1 = 1 as now, (weeks >> (w - 1)) & 1 = 1 as last, is_new and weeks & ((1 << w) - 1) = 0 as first
            from alike, range(1, 13) as week(w)
        )
        select (date '2025-09-29' + w::int * 7)::varchar, coalesce(sum(people) filter (now and first), 0)::bigint,
            coalesce(sum(people) filter (now and last), 0)::bigint, coalesce(sum(people) filter (now and not last and not first), 0)::bigint,
            -coalesce(sum(people) filter (last and not now), 0)::bigint
        from states group by w order by w
    """,
    "funnel": """
        with s1 as (select user_id, occurred_at as t1 from events where event = 'session_started' and occurred_at < timestamp '2025-12-29'),
        s2 as materialized (
            select user_id, t1, t2 from (
                select user_id, event, occurred_at as t1, min(case when event = 'page_viewed' then occurred_at end)
                    over (partition by user_id order by occurred_at desc) as t2
                from events where event in ('session_started', 'page_viewed') and occurred_at < timestamp '2025-12-29'
            ) where event = 'session_started' and t2 <= t1 + interval 14 day
        ), s3 as materialized (
            select user_id, t1, t2, t3 from (
                select *, min(case when t1 is null then at_ end) over (partition by user_id order by at_ desc) as t3 from (
                    select user_id, t2 as at_, t1, t2 from s2 union all
                    select user_id, occurred_at, null, null from events
                    where event = 'order_started' and occurred_at < timestamp '2025-12-29'
                )
            ) where t1 is not null and t3 <= t1 + interval 14 day
        ), s4 as (
            select user_id, t1, t2, t3, t4 from (
                select *, min(case when t1 is null then at_ end) over (partition by user_id order by at_ desc) as t4 from (
                    select user_id, t3 as at_, t1, t2, t3 from s3 union all
                    select user_id, occurred_at, null, null, null from events
                    where event = 'order_paid' and occurred_at < timestamp '2025-12-29'
                )
            ) where t1 is not null and t4 <= t1 + interval 14 day
        ), best as (
            select max(n) as depth, max(t1) as t1, max(t2) as t2, max(t3) as t3, max(t4) as t4 from (
                select user_id, 1 as n, min(t1) as t1, null::timestamp as t2, null::timestamp as t3, null::timestamp as t4 from s1 group by 1
                union all select user_id, 2, min(t1), min(t2), null, null from s2 group by 1
                union all select user_id, 3, min(t1), min(t2), min(t3), null from s3 group by 1
                union all select user_id, 4, min(t1), min(t2), min(t3), min(t4) from s4 group by 1
            ) group by user_id
        ), one as (
            select count(*) as n1, count(t2) as n2, count(t3) as n3, count(t4) as n4, round(avg(epoch_us(t2) - epoch_us(t1)) / 1000) as m2,
                round(avg(epoch_us(t3) - epoch_us(t2)) / 1000) as m3, round(avg(epoch_us(t4) - epoch_us(t3)) / 1000) as m4,
                median(t2 - t1), median(t3 - t2), median(t4 - t3)
            from best
        )
        select 'session_started', n1, 0 from one union all select 'page_viewed', n2, m2 from one
        union all select 'order_started', n3, m3 from one union all select 'order_paid', n4, m4 from one
    """,
}


def _weekly(events: Any) -> Any:
    """Reduce events to a person's weeks, in pandas: week 0 begins on 6 October 2025."""
    import pandas as pd

    days = (events["occurred_at"] - pd.Timestamp("2025-10-06")).dt.days
    weekly = pd.DataFrame({"person": events["user_id"], "week": days // 7})
    return weekly[weekly["week"] < WEEKS].drop_duplicates()


def pandas_retention(events: Any) -> list[tuple[Any, ...]]:
    """Answer with pandas: a person's weeks joined with themselves."""
    weekly = _weekly(events)
    weekly = weekly[weekly["week"] >= 0]
    pairs = weekly.merge(weekly, on="person", suffixes=("", "_back"))
    pairs = pairs[pairs["week_back"] >= pairs["week"]]
    return _cells(pairs.assign(period=pairs["week_back"] - pairs["week"]))


def pandas_first_time(events: Any) -> list[tuple[Any, ...]]:
    """Answer with pandas: each week less the person's first."""
    weekly = _weekly(events)
    first = weekly.groupby("person")["week"].transform("min")
    pairs = weekly.assign(period=weekly["week"] - first, week=first)
    return _cells(pairs[pairs["week"] >= 0])


def _cells(pairs: Any) -> list[tuple[Any, ...]]:
    import pandas as pd

    counts = pairs.groupby(["week", "period"]).size()
    cells = pd.MultiIndex.from_tuples([(c, n) for c in range(WEEKS) for n in range(WEEKS - c)])
    day = pd.Timestamp("2025-10-06")
    return [(str((day + pd.Timedelta(weeks=c)).date()), n, int(v)) for (c, n), v in counts.reindex(cells, fill_value=0).items()]


def pandas_lifecycle(events: Any) -> list[tuple[Any, ...]]:
    """Answer with pandas: each week of a person beside the one before and the one after."""
    import pandas as pd

    weekly = _weekly(events).sort_values(["person", "week"])
    by = weekly.groupby("person")["week"]
    before, after = by.shift(), by.shift(-1)
    state = pd.Series("resurrecting", weekly.index).mask(before.isna(), "new").mask(before == weekly["week"] - 1, "returning")
    counts = weekly.groupby(["week", state]).size().unstack(fill_value=0)
    left = (weekly.loc[after != weekly["week"] + 1, "week"] + 1).value_counts()
    day = pd.Timestamp("2025-10-06")
    return [
        (
            str((day + pd.Timedelta(weeks=w)).date()),
            *(int(counts.at[w, s]) for s in ("new", "returning", "resurrecting")),
            -int(left.get(w, 0)),
        )
        for w in range(WEEKS)
    ]


def pandas_funnel(events: Any) -> list[tuple[Any, ...]]:
    """Answer with pandas: each beginning beside the next event of each step, as-of merge by as-of merge."""
    import pandas as pd

    events = events[events["occurred_at"] < pd.Timestamp(AS_OF)]
    tables = [events.loc[events["event"] == step, ["user_id", "occurred_at"]] for step in STEPS]
    reached = tables[0].rename(columns={"occurred_at": "t1"}).assign(at=tables[0]["occurred_at"])
    levels = [reached]
    for n, table in enumerate(tables[1:], 2):
        step = table.rename(columns={"occurred_at": f"t{n}"})
        merged = pd.merge_asof(reached.sort_values("at"), step, left_on="at", right_on=f"t{n}", by="user_id", direction="forward")
        reached = merged[merged[f"t{n}"] <= merged["t1"] + pd.Timedelta(days=14)]
        reached = reached.assign(at=reached[f"t{n}"])
        levels.append(reached)
    best = pd.concat([level.drop(columns="at").groupby("user_id").min() for level in levels]).groupby("user_id").max()
    counts = best.notna().sum()
    rows = [(STEPS[0], int(counts["t1"]), 0)]
    for n, event in enumerate(STEPS[1:], 2):
        took = (best[f"t{n}"] - best[f"t{n - 1}"]).dt.total_seconds()
        took.median()
        rows.append((event, int(counts[f"t{n}"]), round(took.mean() * 1000)))
    return rows


OURS: dict[str, Callable[[Any], list[tuple[Any, ...]]]] = {
    "retention": our_retention("recurring"),
    "first-time retention": our_retention("first_time"),
    "lifecycle": our_lifecycle,
    "funnel": our_funnel,
}
PANDAS: dict[str, Callable[[Any], list[tuple[Any, ...]]]] = {
    "retention": pandas_retention,
    "first-time retention": pandas_first_time,
    "lifecycle": pandas_lifecycle,
    "funnel": pandas_funnel,
}


# ------------------------------------------------------------------------------------------------------ one measurement
class Cost(NamedTuple):
    """What one answer took: CPU seconds, peak memory of its process in MB, and a check of its numbers."""

    seconds: float
    megabytes: float
    rows: list[list[Any]]


def measure_here(question: str, side: str, file: Path) -> Cost:
    """Answer one question in this process, after a first one of three rows."""
    answer = {"ours": _ours, "sql": _sql, "pandas": _pandas}[side](question, file)
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
