"""Retention against a second formulation, in plain SQL: cohort by cohort, window by window, each return counted where it stands."""

from datetime import datetime, timedelta

import duckdb
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prodops.kpis import RetentionSpec, retention, retention_repeats

MERGES = {"tab": "phone", "phone": "ann"}
STEPS = {"hour": "1 hour", "day": "1 day", "week": "7 days", "month": "1 month"}
CON = duckdb.connect(config={"threads": 1})
SQL = """
with named as (
    select distinct case when user_id in ('tab', 'phone') then 'ann' else user_id end as person, event, occurred_at, platform
    from raw where user_id is not null and occurred_at < $as_of
), cohort as (
    select start from generate_series($first::timestamp, $last::timestamp, interval '{step}') as series(start)
), entered as (
    select person, start, min(occurred_at) as anchor, {slice} as slice
    from cohort join named on occurred_at >= start and occurred_at < start + interval '{step}'
    where event = 'x' and ({recurring} or occurred_at = (select min(occurred_at) from named n where n.person = named.person and n.event = 'x'))
    group by all
), looked as (
    select slice, start, k, person, (
        select count(*) from named r where r.person = entered.person and r.event = 'y'
        and r.occurred_at >= {origin} + k * interval '{step}' and r.occurred_at < {origin} + (k + 1) * interval '{step}'
    ) >= $times as came
    from entered, range(0, 20) as period(k)
), shown as (
    select slice, start, n, count(*) filter (n = 0 or {hit}) as retained
    from (select distinct slice, start, person from looked) l, range(0, $periods::int) as number(n) group by all
)
select slice, start, n, retained from shown where {ended} <= $as_of order by all
"""


def by_sql(frame, spec):
    """Answer in plain SQL: {(slice, cohort, period): retained}, where the period had ended and the cohort is of someone."""
    is_rolling = spec.windows == "rolling"
    later = "k = n" if spec.counts == "on" else "k >= n"
    sql = SQL.format(
        step=STEPS[spec.grain],
        slice="first(coalesce(platform, '(none)') order by occurred_at, platform is null, platform)" if spec.by else "''",
        recurring=str(spec.cohorts == "recurring").lower(),
        origin="anchor" if is_rolling else "start",
        hit=f"exists (select 1 from looked h where h.slice = l.slice and h.start = l.start and h.person = l.person and {later} and came)",
        ended=f"start + interval '{STEPS[spec.grain]}' * (n + case when {str(is_rolling).lower()} and n > 0 then 2 else 1 end)",
    )
    calendar = spec.calendar()
    values = {"as_of": spec.as_of, "first": calendar.first, "last": calendar.starts()[-1].to_pydatetime()}
    CON.register("raw", pa.Table.from_pandas(frame, preserve_index=False))
    rows = CON.execute(sql, {**values, "times": spec.times, "periods": spec.periods}).fetchall()
    return {(slice_, start, n): retained for slice_, start, n, retained in rows}


def by_us(frame, spec):
    found = retention(frame, spec, identities=MERGES)
    found = found[(found["cohort_size"] > 0) & found["complete"] & (found["slice"].ne("") if spec.by else True)]
    keys = zip(found["slice"], found["cohort_start"].dt.to_pydatetime(), found["period"], strict=True)
    return dict(zip(keys, found["retained"].astype(int), strict=True))


AROUND = [datetime(2020, 12, 20), datetime(2024, 2, 20), datetime(2025, 3, 25), datetime(2024, 12, 29)]
"""Week 53, 29 February, a day that clocks change on, the turn of a year."""


@st.composite
def questions(draw):
    """Draw events around a special date, often at the very edge of a period, and a variant of retention."""
    begin, grain = draw(st.sampled_from(AROUND)), draw(st.sampled_from(["hour", "day", "week", "month"]))
    units = {"hour": timedelta(minutes=20), "day": timedelta(hours=8), "week": timedelta(days=1), "month": timedelta(days=6)}
    moment = st.builds(
        lambda n, edge: begin + n * units[grain] + edge * timedelta(microseconds=1), st.integers(0, 30), st.sampled_from([0, 0, -1, 1])
    )
    row = st.tuples(
        st.sampled_from(["ann", "tab", "phone", "bob", "cat", None]),
        st.sampled_from("xxyyz"),
        moment,
        st.sampled_from(["ios", "web", None]),
    )
    rows = draw(st.lists(row, min_size=1, max_size=40))
    frame = pd.DataFrame(rows, columns=["user_id", "event", "occurred_at", "platform"]).astype({"user_id": "str", "platform": "str"})
    spec = RetentionSpec(
        start="x",
        returning="y",
        grain=grain,
        periods=draw(st.sampled_from([1, 3, 5, 40])),
        since=draw(moment),
        until=begin + draw(st.sampled_from([31, 40])) * units[grain],
        as_of=begin + draw(st.integers(28, 44)) * units[grain],
        week_start=draw(st.sampled_from(["monday", "sunday"])),
        cohorts=draw(st.sampled_from(["recurring", "first_time"])),
        counts=draw(st.sampled_from(["on", "on_or_after"])),
        windows=draw(st.sampled_from(["calendar", "rolling"] if grain != "month" else ["calendar"])),
        times=draw(st.sampled_from([1, 1, 2])),
        by=draw(st.sampled_from([None, None, "platform"])),
    )
    return frame.assign(occurred_at=frame["occurred_at"].astype("datetime64[us]")), spec


@settings(max_examples=6)
@given(questions())
def test_retention_is_what_plain_sql_counts(question):
    """Every cell that had ended is what a plain query counts for it, for any events and any variant."""
    assert by_us(*question) == by_sql(*question)


@pytest.mark.slow
@settings(max_examples=300)
@given(questions())
def test_three_hundred_event_sets_agree_with_plain_sql(question):
    """The same, over three hundred sets of events."""
    assert by_us(*question) == by_sql(*question)


@settings(max_examples=8)
@given(questions(), st.randoms(use_true_random=False))
def test_neither_order_nor_duplicates_nor_names_of_people_matter(question, chance):
    """Rows in another order, each row twice, and people under other names give the same grid; merged people the grid of one."""
    frame, spec = question
    again = pd.concat([frame, frame]).sample(frac=1, random_state=chance.randrange(10**6))
    renamed = again.assign(user_id=again["user_id"].map({"ann": "zoe", "tab": "t", "phone": "p", "bob": "bob", "cat": "al"}))
    grid = retention(frame, spec, identities=MERGES)
    assert retention(again, spec, identities=MERGES).equals(grid)
    assert retention(renamed, spec, identities={"t": "zoe", "p": "zoe"}).equals(grid)
    one = frame.assign(user_id=frame["user_id"].replace({"tab": "ann", "phone": "ann"}))
    assert retention(one, spec).equals(grid)


@settings(max_examples=8)
@given(questions())
def test_a_grid_keeps_its_promises(question):
    """No one is retained who was not in the cohort, shares lie in their ranges, on or after never rises, slices add up."""
    frame, spec = question
    grid = retention(frame, spec)
    known = grid[grid["complete"] & (grid["cohort_size"] > 0)]
    assert (known["retained"] <= known["cohort_size"]).all()
    assert ((known["lower"] <= known["share"] + 1e-12) & (known["share"] <= known["upper"] + 1e-12)).all()
    assert known[known["period"] == 0]["share"].eq(1).all()
    assert grid.loc[~grid["complete"], "retained"].isna().all()
    if spec.counts == "on_or_after":
        assert known.groupby(["slice", "cohort_start"])["retained"].apply(lambda cells: cells.is_monotonic_decreasing).all()
    if spec.by:
        parts = grid[grid["slice"] != ""].groupby(["cohort_start", "period"])["cohort_size"].sum()
        whole = grid[grid["slice"] == ""].set_index(["cohort_start", "period"])["cohort_size"]
        assert parts.reindex(whole.index, fill_value=0).eq(whole).all()


@settings(max_examples=4)
@given(questions())
def test_sums_over_people_are_those_over_cohorts(question):
    """Whoever is in several cohorts: added up over people, cohorts and returns are what the grid's cells add up to."""
    frame, spec = question
    cells = retention(frame, spec, identities=MERGES)
    cells = cells[cells["complete"] & (cells["period"] > 0) & (cells["cohort_size"] > 0)]
    want = cells.groupby(["slice", "period"])[["cohort_size", "retained"]].sum().astype(int)
    got = retention_repeats(frame, spec, identities=MERGES).set_index(["slice", "period"])
    assert got[["started", "back"]].to_dict("index") == want.set_axis(["started", "back"], axis=1).to_dict("index")
    assert (got["started_squared"] >= got["started_back"]).all()
    assert (got["started_back"] >= got["back_squared"]).all()
