from datetime import date, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from prodops.errors import ParameterError
from prodops.kpis import define, since
from prodops.kpis.breaks import distance_from_break, hold_together, level_shifts, stands_out
from prodops.kpis.shifts import Run, against_year_before, compare

MONDAY = date(2024, 1, 1)
RATE = define(
    {
        "rate": {
            "type": "ratio",
            "unit": "share",
            "numerator": {"table": "events", "agg": "count", "where": {"event": "good"}},
            "denominator": {"table": "events", "agg": "count"},
        },
        "size": {"type": "simple", "table": "events", "agg": "mean", "column": "value"},
    }
)


def run(values, tops=None, bottoms=None, grain="week", part=""):
    """A run of whole weeks (or months) from Monday, 1 January 2024."""
    starts = np.array([MONDAY + timedelta(weeks=i) for i in range(len(values))], dtype="datetime64[D]")
    if grain == "month":
        starts = np.arange("2024-01", "2030-01", dtype="datetime64[M]")[: len(values)].astype("datetime64[D]")
    ends = np.append(starts[1:], starts[-1:] + 7)
    nothing = np.full(len(values), np.nan)
    return Run(
        "rate",
        "plan" if part else "",
        part,
        grain,
        starts,
        ends,
        np.array(values, dtype=float),
        nothing if tops is None else np.array(tops, dtype=float),
        nothing if bottoms is None else np.array(bottoms, dtype=float),
        tops is not None,
    )


def shares(tops, of=100, part=""):
    return run([t / of for t in tops], tops, [of] * len(tops), part=part)


def test_before_and_after_by_hand(desk):
    """Three weeks of 1 in 4 before, three of 2 in 4 after: 3 of 12 and 6 of 12, the week that holds the date left out."""
    events = []
    for week in range(8):
        good = 1 if week < 4 else 2
        events += [
            {
                "user_id": "u",
                "event": "good" if i < good else "bad",
                "value": float(week),
                "platform": "ios",
                "occurred_at": datetime(2025, 1, 6) + timedelta(weeks=week, hours=i),
            }
            for i in range(4)
        ]
    at = desk("2025-03-03", events=events)
    got = since(at, RATE, "rate", on=date(2025, 2, 5), by="platform", periods=3)  # a Wednesday in the fifth week
    assert got["slice"].tolist() == ["", "ios"]
    first = got.iloc[0]
    assert (first["before"], first["after"], first["change"], first["periods_before"], first["periods_after"]) == (0.25, 0.5, 0.25, 3, 3)
    # weeks 2 to 4 hold 1, 1, 1 and weeks 6 to 8 hold 2, 2, 2
    assert since(at, RATE, "size", on=date(2025, 2, 3), periods=3)[["before", "after", "change"]].iloc[0].tolist() == [2, 5, 3]
    assert since(at, RATE, "rate", on=date(2025, 1, 13)).empty
    with pytest.raises(ParameterError, match="nothing yet after 2025-03-03"):
        since(at, RATE, "rate", on=date(2025, 3, 3))


def test_periods_that_vary_more_than_counting_explains_widen_the_range():
    """Shares of 20 and 60 % by turns say less about a change than shares of 40 % each."""
    on = MONDAY + timedelta(weeks=8)
    calm, wild = (compare(shares(tops), on) for tops in ([40] * 8 + [50] * 8, [20, 60] * 4 + [30, 70] * 4))
    assert calm.change.value == wild.change.value == pytest.approx(0.1)
    assert wild.change.upper - wild.change.lower > 3 * (calm.change.upper - calm.change.lower)
    assert wild.p > 0.1 > 0.001 > calm.p


def test_weeks_that_hang_together_say_less():
    """The same values in long waves have a wider range than in a mixed order."""
    on = MONDAY + timedelta(weeks=8)
    mixed, waves = (compare(run([*side, *(v + 2 for v in side)]), on) for side in ([1.0, 4, 1, 4, 1, 4, 1, 4], [1.0, 1, 1, 1, 4, 4, 4, 4]))
    assert mixed.change.value == waves.change.value == 2
    assert waves.change.upper - waves.change.lower > 1.5 * (mixed.change.upper - mixed.change.lower)


def test_a_slice_stands_out_where_the_rest_did_otherwise():
    """From 20 to 40 % in one slice stands out from a rest that stayed, and not from a rest that rose as much."""
    on = MONDAY + timedelta(weeks=10)
    part, still, risen = (shares([20] * 10 + [after] * 10, part="a") for after in (40, 20, 38))
    for rest, stands in ((still, True), (risen, False)):
        whole = run((part.tops + rest.tops) / 200, part.tops + rest.tops, [200] * 20)
        assert stands_out(part, whole, on) is stands


def test_many_tests_together():
    """Benjamini and Hochberg's own rule: of .001, .012, .014, .2 and .9 at 5 % the first three hold, as .014 is under 3/5 of it."""
    assert hold_together([0.2, 0.001, 0.014, 0.9, 0.012], 0.05) == [False, True, True, False, True]
    assert hold_together([], 0.05) == []


def test_a_break_is_found_where_it_is_and_not_in_a_drift():
    """A step is a break at its date and not ten weeks before; a steady climb breaks in its middle only."""
    noise = np.random.default_rng(3).integers(-2, 3, 40)
    step = shares([30 + n + (15 if i >= 22 else 0) for i, n in enumerate(noise)])
    climb = shares([20 + i + n for i, n in enumerate(noise)])
    assert distance_from_break(step, MONDAY + timedelta(weeks=22)) == 0
    assert distance_from_break(step, MONDAY + timedelta(weeks=12)) is None
    assert distance_from_break(climb, MONDAY + timedelta(weeks=30)) is None


def test_a_shift_is_named_with_its_date_and_slice():
    """A rise in one plan after a price change is told of that plan; a launch without effect is not told; a date as near is mentioned."""
    rng = np.random.default_rng(5)
    team = rng.binomial(100, [0.2] * 20 + [0.4] * 20)
    other = rng.binomial(300, 0.2, 40)
    whole = run((team + other) / 400, team + other, [400] * 40)
    parts = [shares(team, part="team"), run(other / 300, other, [300] * 40, part="free")]
    on = MONDAY + timedelta(weeks=20)
    marks = {on - timedelta(days=2): "Redesign", on: "Team plan price change", MONDAY + timedelta(weeks=8): "Dark theme"}
    found = level_shifts([whole, *parts], marks)
    assert [(s.slice, s.on, s.also) for s in found] == [("team", on, (on - timedelta(days=2),))]
    assert found[0].change.lower < 0.2 < found[0].change.upper


def test_an_even_change_is_told_of_the_whole():
    """Where every slice rose alike no slice is named."""
    rng = np.random.default_rng(6)
    tops = [rng.binomial(200, [0.2] * 20 + [0.3] * 20) for _ in range(2)]
    whole = run((tops[0] + tops[1]) / 400, tops[0] + tops[1], [400] * 40)
    parts = [run(t / 200, t, [200] * 40, part=name) for t, name in zip(tops, "ab", strict=True)]
    assert [s.slice for s in level_shifts([whole, *parts], {MONDAY + timedelta(weeks=20): "Launch"})] == [""]


def test_dates_when_nothing_launched_are_hardly_ever_named():
    """Of 200 steady series with a placebo date each, at most one in twenty is said to have shifted there."""
    rng = np.random.default_rng(8)
    named = sum(
        bool(level_shifts([shares(rng.binomial(100, 0.3, 52))], {MONDAY + timedelta(weeks=int(rng.integers(8, 44))): "Nothing"}))
        for _ in range(200)
    )
    assert named <= 10


def test_a_year_against_the_year_before():
    """The last three months against the same three a year before, whatever lies between."""
    values = [2.0, 2.0, 2.5, *[9.0] * 9, 4.0, 4.0, 4.5]
    drift = against_year_before(run(values, grain="month"))
    assert (drift.before, drift.after, drift.periods_after) == (pytest.approx(13 / 6), pytest.approx(25 / 6), 3)
    assert against_year_before(run([1.0] * 10, grain="month")) is None


def test_a_run_takes_whole_periods_with_a_value():
    """Periods in progress and periods without a value are no part of a comparison."""
    frame = pd.DataFrame(
        {
            "kpi": "k",
            "slice": "",
            "period_start": pd.to_datetime(["2025-01-06", "2025-01-13", "2025-01-20"]),
            "period_end": pd.to_datetime(["2025-01-13", "2025-01-20", "2025-01-27"]),
            "value": [1.0, np.nan, 3.0],
            "numerator": np.nan,
            "denominator": np.nan,
            "lower": np.nan,
            "complete": [True, True, False],
        }
    )
    assert Run.of(frame, "week").values.tolist() == [1.0]
