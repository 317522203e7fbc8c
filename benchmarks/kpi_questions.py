"""The questions about behaviour, each answered by us, by the best DuckDB SQL written by hand, and by pandas."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

AS_OF = datetime(2025, 12, 29)
"""The Monday after the last whole week of the events."""
WEEKS = 12


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
