"""A KPI's change along its formula and over slices: by hand, and on rows nobody chose."""

import math
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prodops.errors import ParameterError
from prodops.kpis import decompose, define, expressions
from prodops.kpis.drivers.mixes import mix_and_rate
from prodops.kpis.drivers.shapley import shapley
from prodops.workspace import Period

WEEK = timedelta(weeks=1)
FIRST = date(2025, 1, 6)
BEFORE, AFTER = Period(FIRST, FIRST + WEEK), Period(FIRST + WEEK, FIRST + 2 * WEEK)
BOOK = define(
    {
        "visits": {"type": "simple", "table": "events", "agg": "count", "where": {"event": "visit"}},
        "orders": {"type": "simple", "table": "events", "agg": "count", "where": {"event": "order"}},
        "revenue": {"type": "simple", "table": "events", "agg": "sum", "column": "value", "where": {"event": "order"}},
        "people": {"type": "simple", "table": "events", "agg": "count_distinct", "column": "user_id"},
        "basket": {"type": "simple", "table": "events", "agg": "mean", "column": "value", "where": {"event": "order"}},
        "typical": {"type": "simple", "table": "events", "agg": "median", "column": "value", "where": {"event": "order"}},
        "rate": {"type": "ratio", "unit": "share", "title": "Order rate", "numerator": "orders", "denominator": "visits"},
        "per_visit": {"type": "derived", "expr": "revenue / visits"},
        "so_far": {"type": "cumulative", "measure": "orders", "grain_to_date": "month"},
        "buyers": {
            "type": "conversion",
            "calculation": "count",
            "base": "visits",
            "conversion": "orders",
            "entity": "user_id",
            "window": 1,
        },
        "growth": {"type": "derived", "expr": "now / then - 1", "inputs": {"now": "orders", "then": {"kpi": "orders", "offset": 1}}},
        "score": {"type": "derived", "expr": "100 * (rate - basket / 10)"},
    }
)


def rows(day, **slices):
    """Events of one week: ``platform=(visits, orders, value of each order)``."""
    return [
        {"user_id": f"{p}{i}", "event": event, "value": value, "platform": p, "occurred_at": f"{day}T10:00"}
        for p, (visits, orders, value) in slices.items()
        for event, count in (("visit", visits), ("order", orders))
        for i in range(count)
    ]


def contributions(got):
    return {(r.part, r.kind): round(r.contribution, 12) for r in got.parts.itertuples()}


@pytest.fixture(scope="module")
def shop(desk):
    """Two weeks: on ios 10 of 50 then 20 of 100 visits order for 2 each; on web 30 of 50 then 5 of 20 for 4, then 6."""
    events = rows(FIRST, ios=(50, 10, 2.0), web=(50, 30, 4.0)) + rows(FIRST + WEEK, ios=(100, 20, 2.0), web=(20, 5, 6.0))
    return desk("2025-01-20", events=events)


def test_a_ratio_along_its_formula(shop):
    """40 of 100 and 25 of 120: N by −15 × (1/100 + 1/120)/2, D by (40 + 25)/2 × (1/120 − 1/100); together 25/120 − 40/100."""
    got = decompose(shop, BOOK, "rate", before=BEFORE, after=AFTER)
    assert list(got.parts.columns) == ["part", "kind", "before", "after", "contribution", "share"]
    by_hand = {("Orders", "input"): -15 * (1 / 100 + 1 / 120) / 2, ("Visits", "input"): 32.5 * (1 / 120 - 1 / 100)}
    assert contributions(got) == pytest.approx(by_hand)
    assert (got.before, got.after, got.unexplained) == (0.4, 25 / 120, pytest.approx(0, abs=1e-12))
    assert got.parts["share"].sum() == pytest.approx(1)
    assert got.sentence.startswith(
        "Order rate fell from 40\u00a0% to 21\u00a0% (−19\u00a0pts): −14\u00a0pts by Orders, −5.4\u00a0pts by Visits."
    )


def test_a_ratio_over_slices_is_rate_and_mix(shop):
    """The rate on web fell from 60 to 25 % at a mean weight of (1/2 + 1/6)/2; ios, below the mean rate, grew from 1/2 to 5/6."""
    got = decompose(shop, BOOK, "rate", before=BEFORE, after=AFTER, by="platform")
    level = (0.4 + 25 / 120) / 2
    assert contributions(got) == pytest.approx(
        {
            ("web", "rate"): -0.35 * (1 / 2 + 1 / 6) / 2,
            ("ios", "rate"): 0.0,
            ("ios", "mix"): (5 / 6 - 1 / 2) * (0.2 - level),
            ("web", "mix"): (1 / 6 - 1 / 2) * ((0.6 + 0.25) / 2 - level),
        }
    )
    assert abs(got.unexplained) < 1e-12
    assert "by a lower rate in platform web" in got.sentence


def test_a_sum_over_slices_is_volume_mix_and_rate(shop):
    """Revenue went from 140 to 70: the parts of each slice add up to its own change, −80 × … on web and +20 on ios, but for mix."""
    got = decompose(shop, BOOK, "revenue", before=BEFORE, after=AFTER, by="platform")
    assert got.change == 40 + 30 - 140
    assert abs(got.unexplained) < 1e-9
    rate = contributions(got)[("web", "rate")]
    assert rate == pytest.approx((40 + 25) / 2 * (30 / 40 + 5 / 25) / 2 * 2)  # mean orders × mean weight × 2 more an order
    assert set(got.parts["kind"]) == {"volume", "mix", "rate"}


def test_counts_means_and_medians_over_slices(shop):
    """Counts move by each slice's own change, means by rate and mix, and a median, which has no parts, is left unexplained."""
    assert contributions(decompose(shop, BOOK, "orders", before=BEFORE, after=AFTER, by="platform")) == {
        ("web", "volume"): -25,
        ("ios", "volume"): 10,
    }
    basket = decompose(shop, BOOK, "basket", before=BEFORE, after=AFTER, by="platform")
    assert basket.change == pytest.approx(70 / 25 - 140 / 40)
    assert abs(basket.unexplained) < 1e-12
    typical = decompose(shop, BOOK, "typical", before=BEFORE, after=AFTER, by="platform")
    assert typical.parts.empty
    assert typical.unexplained == typical.change == 2 - 4
    assert "unexplained, as the parts do not add up" in typical.sentence


def test_a_derived_kpi_over_slices_shares_out_its_inputs(shop):
    """Each input's contribution is shared out as it came about; scores and baskets by rate and mix, summing to the change."""
    for name in ("per_visit", "score"):
        got = decompose(shop, BOOK, name, before=BEFORE, after=AFTER, by="platform")
        assert got.parts["contribution"].sum() == pytest.approx(got.change, abs=1e-9)
    assert ("Order rate, platform web", "rate") in contributions(got)


def test_inputs_at_an_offset(desk):
    """Growth from 10 → 20 to 20 → 30 orders: both ends of both weeks are read, and the parts are now and a week earlier."""
    events = [e for i, n in enumerate((10, 20, 30)) for e in rows(FIRST + i * WEEK, web=(1, n, 1.0))]
    at = desk("2025-01-27", events=events)
    got = decompose(at, BOOK, "growth", before=AFTER, after=Period(FIRST + 2 * WEEK, FIRST + 3 * WEEK))
    assert (got.before, got.after) == (1.0, 0.5)
    assert contributions(got) == pytest.approx(
        {("Orders", "input"): 10 * (1 / 10 + 1 / 20) / 2, ("Orders 1 week earlier", "input"): 25 * (1 / 20 - 1 / 10)}
    )


def test_converted_people_are_entrants_times_their_rate(desk):
    """Of 50 and 50 visitors 10 and 30 ordered, then 20 of 100 and 5 of 20: entrants and rate share the change as midpoints do."""
    later = desk(
        "2025-01-27", events=rows(FIRST, ios=(50, 10, 2.0), web=(50, 30, 4.0)) + rows(FIRST + WEEK, ios=(100, 20, 2.0), web=(20, 5, 6.0))
    )
    got = decompose(later, BOOK, "buyers", before=BEFORE, after=AFTER)
    rates = 40 / 100, 25 / 120
    by_hand = {("Entered", "input"): 20 * sum(rates) / 2, ("Conversion rate", "input"): 110 * (rates[1] - rates[0])}
    assert (got.before, got.after) == (40, 25)
    assert contributions(got) == pytest.approx(by_hand)
    sliced = decompose(later, BOOK, "buyers", before=BEFORE, after=AFTER, by="platform")
    assert set(sliced.parts["kind"]) == {"volume", "mix", "rate"}
    assert abs(sliced.unexplained) < 1e-9


def test_a_running_total_moves_by_its_slices(shop):
    """Orders since the month began went from 40 to 65: the second week's 20 on ios and 5 on web."""
    got = decompose(shop, BOOK, "so_far", before=BEFORE, after=AFTER, by="platform")
    assert contributions(got) == {("ios", "volume"): 20, ("web", "volume"): 5}


def test_all_the_way_down(shop):
    """Deep, a score of a rate and a mean has three aggregates for parts, and orders count once where two inputs use them."""
    got = decompose(shop, BOOK, "score", before=BEFORE, after=AFTER, deep=True)
    assert sorted(got.parts["part"]) == ["Basket", "Orders", "Visits"]
    assert abs(got.unexplained) < 1e-9


def test_a_slice_on_one_side_only(desk):
    """A slice that came in is mix, at the rate it came with; its rate before is missing, not zero."""
    at = desk("2025-01-20", events=rows(FIRST, ios=(10, 5, 1.0)) + rows(FIRST + WEEK, ios=(10, 5, 1.0), web=(10, 9, 1.0)))
    got = decompose(at, BOOK, "rate", before=BEFORE, after=AFTER, by="platform")
    web = got.parts[got.parts["part"] == "web"].set_index("kind")
    assert math.isnan(web.loc["rate", "before"])
    assert web.loc["rate", "contribution"] == 0
    assert web.loc["mix", "contribution"] > 0
    assert abs(got.unexplained) < 1e-12


def test_division_by_zero_in_some_slices_only(desk):
    """Orders without a visit on web have no rate, yet what they bring to the whole is told."""
    at = desk("2025-01-20", events=rows(FIRST, ios=(10, 5, 1.0), web=(0, 2, 1.0)) + rows(FIRST + WEEK, ios=(10, 5, 1.0), web=(0, 4, 1.0)))
    got = decompose(at, BOOK, "rate", before=BEFORE, after=AFTER, by="platform")
    assert got.change == pytest.approx(0.2)
    assert contributions(got)[("web", "rate")] == pytest.approx(0.2)
    assert got.parts.loc[got.parts["part"] == "web", ["before", "after"]].isna().all().tolist() == [False, False]
    assert got.parts[(got.parts["part"] == "web") & (got.parts["kind"] == "rate")][["before", "after"]].isna().all(axis=None)


def test_no_value_on_a_side_is_said(desk):
    """A rate whose denominator was 0 the week before has no change: nothing is made up for it."""
    at = desk("2025-01-20", events=rows(FIRST, ios=(0, 1, 1.0)) + rows(FIRST + WEEK, ios=(10, 5, 1.0)))
    for by in (None, "platform"):
        got = decompose(at, BOOK, "rate", before=BEFORE, after=AFTER, by=by)
        assert got.sentence == "Order rate has no value before, so there is no change to take apart."
        assert math.isnan(got.change)
        assert got.parts["contribution"].isna().all()


def test_a_dimension_that_is_all_missing_and_one_with_thousands_of_values(desk):
    """All rows without a platform are one slice "(none)"; of 3,000 slices the hundred largest are given and the rest as one."""
    nobody = desk("2025-01-20", events=rows(FIRST, **{"": (10, 5, 1.0)}) + rows(FIRST + WEEK, **{"": (10, 6, 1.0)}))
    assert contributions(decompose(nobody, BOOK, "orders", before=BEFORE, after=AFTER, by="platform")) == {("(none)", "volume"): 1}
    wide = [
        {"user_id": "u", "event": "order", "value": 1.0, "platform": f"p{i}", "occurred_at": f"{FIRST + WEEK}T10:00"} for i in range(3000)
    ]
    many = desk("2025-01-20", events=rows(FIRST, p0=(1, 1, 1.0)) + wide)
    got = decompose(many, BOOK, "orders", before=BEFORE, after=AFTER, by="platform")
    assert len(got.parts) == 101
    assert got.parts.iloc[-1][["part", "kind"]].tolist() == ["other (2,900)", "rest"]
    assert got.unexplained == 0


def test_people_in_two_slices_are_unexplained(desk):
    """Someone who came on both platforms counts in both: the overlap is what the parts do not explain."""
    both = [{"user_id": "u", "event": "visit", "value": 0.0, "platform": p, "occurred_at": f"{FIRST + WEEK}T10:00"} for p in ("ios", "web")]
    at = desk("2025-01-20", events=rows(FIRST, ios=(1, 0, 0.0)) + both)
    got = decompose(at, BOOK, "people", before=BEFORE, after=AFTER, by="platform")
    assert (got.change, got.unexplained) == (0, -1)


def test_periods_and_dimensions_that_cannot_be(shop):
    """Periods of two lengths, one that has not ended, and a dimension nobody has are refused with what was expected."""
    with pytest.raises(ParameterError, match="not two whole days, weeks, months, quarters or years"):
        decompose(shop, BOOK, "rate", before=BEFORE, after=Period(FIRST + WEEK, FIRST + 3 * WEEK))
    with pytest.raises(ParameterError, match="has not ended at 2025-01-20"):
        decompose(shop, BOOK, "rate", before=BEFORE, after=Period(FIRST + 2 * WEEK, FIRST + 3 * WEEK))
    with pytest.raises(ParameterError, match='has the dimension "platfrom"'):
        decompose(shop, BOOK, "rate", before=BEFORE, after=AFTER, by="platfrom")


# ------------------------------------------------------------------------------------------------ whatever the formula
NAMES = ["a", "b", "c", "d"]
FORMULAS = st.recursive(
    st.sampled_from(NAMES) | st.integers(1, 9).map(str),
    lambda inner: st.tuples(inner, st.sampled_from("+-*/"), inner).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
    max_leaves=8,
)
VALUES = st.lists(st.sampled_from([0.0, 1.0, -2.0, 3.5, 10.0, 0.25, 1e4]), min_size=4, max_size=4).map(np.array)


def worked_out(text):
    def formula(states):
        values = {n: pd.Series(states[:, i]) for i, n in enumerate(NAMES)}
        return np.asarray(expressions.evaluate(text, values) + pd.Series(np.zeros(len(states))), dtype=float)

    return formula


@given(FORMULAS, VALUES, VALUES)
@settings(max_examples=200, deadline=None)
def test_contributions_sum_to_the_change_whatever_the_formula(text, before, after):
    """Wherever a way leads from before to after without a division by zero, the contributions add up; inputs that stay bring nothing."""
    formula = worked_out(text)
    first, last = formula(np.array([before, after]))
    shares = shapley(formula, before, after)
    assert (shares[before == after] == 0).all()
    if np.isfinite(first) and np.isfinite(last) and ("/" not in text or shares.any()):
        assert shares.sum() == pytest.approx(last - first, rel=1e-9, abs=1e-9)


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40), st.integers(0, 40), st.integers(0, 40)), min_size=1, max_size=6))
@settings(max_examples=200, deadline=None)
def test_slices_sum_to_the_change_whatever_they_hold(cells):
    """Volume, mix and rate add up to the change of a total, and mix and rate to that of a ratio where it exists, empty slices or not."""
    tops, bottoms = ((np.array([c[i] for c in cells], float), np.array([c[i + 1] for c in cells], float)) for i in (0, 2))
    tops, bottoms = (tops[0], bottoms[0]), (tops[1], bottoms[1])
    names = [str(i) for i in range(len(cells))]
    total = mix_and_rate(names, tops, bottoms, per=False)["contribution"].sum()
    assert total == pytest.approx(tops[1].sum() - tops[0].sum(), abs=1e-9)
    if bottoms[0].any() and bottoms[1].any():
        change = tops[1].sum() / bottoms[1].sum() - tops[0].sum() / bottoms[0].sum()
        assert mix_and_rate(names, tops, bottoms, per=True)["contribution"].sum() == pytest.approx(change, abs=1e-9)


def test_two_factors_are_bennets_midpoints_and_three_are_shapleys():
    """a·b from 2·3 to 4·5: 2·4 and 2·3. a·b·c from 1·1·1 to 2·3·4: the mean of six orders, worked by hand."""
    product = lambda states: states.prod(axis=1)  # noqa: E731
    assert shapley(product, np.array([2.0, 3.0]), np.array([4.0, 5.0])).tolist() == [8.0, 6.0]
    a = (2 * 1 + 3 + 4 + 2 * 12) / 6
    b = 2 * (2 * 1 + 2 + 4 + 2 * 8) / 6
    c = 3 * (2 * 1 + 2 + 3 + 2 * 6) / 6
    assert shapley(product, np.ones(3), np.array([2.0, 3.0, 4.0])) == pytest.approx([a, b, c])


def test_ways_through_a_division_by_zero_are_left_out():
    """1 / (a − b) from 1/(3 − 2) to 1/(5 − 3): a has to go first, as 3 − 3 is 0."""
    formula = worked_out("1 / (a - b)")
    got = shapley(formula, np.array([3.0, 2, 0, 0]), np.array([5.0, 3, 0, 0]))
    assert got.tolist() == pytest.approx([1 / 3 - 1, 1 / 2 - 1 / 3, 0, 0])


def test_too_many_inputs_are_refused():
    """Thirteen inputs that all moved would take 8,192 states: the message says what to do."""
    with pytest.raises(ParameterError, match="13 inputs of the formula moved; at most 12"):
        shapley(lambda states: states.sum(axis=1), np.zeros(13), np.ones(13))
