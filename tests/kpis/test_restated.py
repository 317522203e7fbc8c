"""As published beside restated: what reads otherwise later is shown, with the reason, in parts that sum to the difference."""

import json
import math
from datetime import datetime, timedelta

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prodops.kpis import define, restate, review
from prodops.kpis.published import again

FIRST = datetime(2025, 9, 1)
TEXT = {
    "orders": {"type": "simple", "title": "Orders", "table": "events", "agg": "count", "where": {"event": "order"}},
    "refund_share": {
        "type": "ratio",
        "title": "Refunds",
        "unit": "share",
        "good": "down",
        "numerator": {"table": "events", "agg": "count", "where": {"event": "refund"}},
        "denominator": "orders",
    },
    "orders_doubled": {"type": "derived", "title": "Doubled", "unit": "count", "expr": "2 * orders"},
}


def rows(weeks, orders=10, refunds=2):
    """So many orders and refunds a week, from the first of September on."""
    return [
        {"user_id": f"u{i}", "event": "order" if i < orders else "refund", "occurred_at": FIRST + timedelta(weeks=w, hours=i)}
        for w in range(weeks)
        for i in range(orders + refunds)
    ]


def published(desk, as_of, events, text=TEXT, earlier=()):
    """Make a review and what it publishes and restates; ``earlier`` are pairs of as-of and values."""
    made = desk(as_of, events=events)
    if earlier:
        made.earlier = pd.concat([values.assign(published_as_of=pd.Timestamp(on)) for on, values in earlier], ignore_index=True)
    return restate(made, review(made, define(text), weeks=6))


def of(restated, kpi):
    return restated.changes[(restated.changes["kpi"] == kpi) & (restated.changes["grain"] == "week")].reset_index(drop=True)


def test_the_first_report_publishes_and_restates_nothing(desk):
    """Six whole weeks of three KPIs are published, by week and month where whole, and there is nothing to compare with."""
    first = published(desk, "2025-10-20", rows(7))
    weekly = first.values[first.values["grain"] == "week"]
    assert sorted(weekly["kpi"].unique()) == sorted(TEXT)
    assert len(weekly) == 18
    assert first.changes.empty
    assert first.findings() == ()
    assert first.readable().empty
    assert first.sentence.startswith("No earlier report")


def test_what_stands_is_said_to_stand(desk):
    """The same weeks read again a week later are as they were published."""
    first = published(desk, "2025-10-20", rows(7))
    second = published(desk, "2025-10-27", rows(8), earlier=[("2025-10-20", first.values)])
    assert second.changes.empty
    assert second.compared > 10
    assert "stand as they were published" in second.sentence


def test_rows_that_came_late_are_the_data_s_part(desk):
    """Three orders of a published week came after it: 10 → 13, all of it late data; the derived KPI's 20 → 26 too."""
    first = published(desk, "2025-10-20", rows(7))
    late = [{"user_id": f"late{i}", "event": "order", "occurred_at": "2025-10-14T12:00:00"} for i in range(3)]
    second = published(desk, "2025-10-27", rows(8) + late, earlier=[("2025-10-20", first.values)])
    (row,) = of(second, "orders").to_dict("records")
    assert (row["published"], row["restated"], row["rows_before"], row["rows_after"]) == (10, 13, 10, 13)
    assert (row["late_data"], row["definition"], row["code"], row["is_new"]) == (3, 0, 0, True)
    assert row["period_start"] == pd.Timestamp("2025-10-13")
    assert row["published_as_of"] == pd.Timestamp("2025-10-20")
    (doubled,) = of(second, "orders_doubled").to_dict("records")
    assert (doubled["published"], doubled["restated"], doubled["late_data"]) == (20, 26, 6)
    said = {f.name: f for f in second.findings()}["kpi.restated.orders"]
    assert said.headline == "Orders of the week of 13 Oct restated: 10 → 13"
    assert "+3 by late or corrected data" in said.sentence


def test_another_definition_is_the_definition_s_part(desk):
    """Orders that now count refunds too: 10 → 12 with the same rows, all of it the definition; no reading of old code is needed."""
    first = published(desk, "2025-10-20", rows(7))
    text = {**TEXT, "orders": {**TEXT["orders"], "where": {"event": ["order", "refund"]}}}
    second = published(desk, "2025-10-27", rows(8), text=text, earlier=[("2025-10-20", first.values)])
    found = of(second, "orders")
    assert len(found) == 5
    assert (found["definition"] == 2).all()
    assert (found[["late_data", "code"]] == 0).all(axis=None)


def test_data_and_definition_are_told_apart(desk):
    """Three late orders and one late refund under a definition that counts both: 10 → 16 is 3 of data by the old one, 3 of definition."""
    first = published(desk, "2025-10-20", rows(7))
    late = [{"user_id": f"l{i}", "event": "refund" if i == 3 else "order", "occurred_at": "2025-10-14T12:00:00"} for i in range(4)]
    text = {**TEXT, "orders": {**TEXT["orders"], "where": {"event": ["order", "refund"]}}}
    second = published(desk, "2025-10-27", rows(8) + late, text=text, earlier=[("2025-10-20", first.values)])
    row = of(second, "orders").set_index("period_start").loc["2025-10-13"]
    assert (row["restated"], row["late_data"], row["definition"], row["code"]) == (16, 3, 3, 0)


def test_a_value_that_its_own_inputs_do_not_give_is_the_code_s_part(desk):
    """A share published as 0.25 from 2 of 10 was computed by other code: −0.05 is the code's, nothing else moved."""
    first = published(desk, "2025-10-20", rows(7))
    wrong = first.values.assign(value=first.values["value"].where(first.values["kpi"] != "refund_share", 0.25))
    second = published(desk, "2025-10-27", rows(8), earlier=[("2025-10-20", wrong)])
    found = of(second, "refund_share")
    assert found["code"].tolist() == pytest.approx([-0.05] * 5)
    assert (found[["late_data", "definition"]] == 0).all(axis=None)


def test_the_same_rows_counted_otherwise_is_the_code_s_part(desk):
    """Ten orders published as eleven from the very same rows: the aggregate is the code's doing, not late data."""
    first = published(desk, "2025-10-20", rows(7))
    wrong = first.values.assign(value=first.values["value"] + 1, inputs=json.dumps({"value": 11}))
    second = published(desk, "2025-10-27", rows(8), earlier=[("2025-10-20", wrong[wrong["kpi"] == "orders"])])
    assert of(second, "orders")["code"].tolist() == [-1] * 5


def test_a_restatement_is_news_once(desk):
    """What an earlier report has shown already stays in the table, against the first publication, and is no finding again."""
    first = published(desk, "2025-10-20", rows(7))
    late = [{"user_id": "late", "event": "order", "occurred_at": "2025-10-14T12:00:00"}]
    second = published(desk, "2025-10-27", rows(8) + late, earlier=[("2025-10-20", first.values)])
    third = published(desk, "2025-11-03", rows(9) + late, earlier=[("2025-10-20", first.values), ("2025-10-27", second.values)])
    assert of(third, "orders")["published"].tolist() == [10]
    assert not third.changes["is_new"].any()
    assert second.findings()
    assert third.findings() == ()


def test_an_old_definition_that_cannot_be_read_is_laid_to_the_definition(desk):
    """Where the definition of then is of no use today the difference is still told in full."""
    first = published(desk, "2025-10-20", rows(7))
    old = first.values.assign(definition='{"orders": {"type": "gone"}}', version="0")
    second = published(desk, "2025-10-27", rows(8, orders=12), earlier=[("2025-10-20", old[old["kpi"] == "orders"])])
    assert of(second, "orders")["definition"].tolist() == [2] * 5


def test_a_number_that_is_gone_is_shown(desk):
    """A KPI that is no longer defined is left out; one whose rows are gone reads n/a."""
    first = published(desk, "2025-10-20", rows(7))
    left = {name: body for name, body in TEXT.items() if name == "orders"}
    second = published(desk, "2025-10-27", rows(8), text=left, earlier=[("2025-10-20", first.values)])
    assert second.changes.empty
    gone = first.values[first.values["kpi"] == "orders"].assign(kpi="refund_share")
    other = published(desk, "2025-10-27", [r for r in rows(8) if r["event"] == "refund"], earlier=[("2025-10-20", gone)])
    assert other.readable()["Restated"].unique().tolist() == ["n/a"]
    assert other.findings() == ()


CHANGED = given(
    counts=st.lists(st.tuples(st.integers(1, 9), st.integers(0, 9)), min_size=7, max_size=7),
    extra=st.lists(st.tuples(st.integers(0, 6), st.sampled_from(["order", "refund"])), max_size=6),
    widen=st.booleans(),
)


@settings(max_examples=3, deadline=None)
@CHANGED
def test_the_parts_sum_to_the_difference(desk, counts, extra, widen):
    """Whatever came late and however definitions changed, late data + definition + code is the difference."""
    events = [
        {"user_id": f"u{i}", "event": "order" if i < a else "refund", "occurred_at": FIRST + timedelta(weeks=w, hours=i)}
        for w, (a, b) in enumerate(counts)
        for i in range(a + b)
    ]
    late = [{"user_id": f"l{i}", "event": e, "occurred_at": FIRST + timedelta(weeks=w, days=1, hours=i)} for i, (w, e) in enumerate(extra)]
    text = {**TEXT, "orders": {**TEXT["orders"], "where": {"event": ["order", "refund"]}}} if widen else TEXT
    first = published(desk, "2025-10-20", events)
    second = published(desk, "2025-10-20", events + late, text=text, earlier=[("2025-10-19", first.values)])
    parts = second.changes[["late_data", "definition", "code"]].astype(float).sum(axis=1)
    assert parts.to_numpy() == pytest.approx(second.changes["difference"].to_numpy(dtype=float), abs=1e-12)


test_the_parts_sum_many_times_over = pytest.mark.slow(
    settings(max_examples=12)(CHANGED(test_the_parts_sum_to_the_difference.hypothesis.inner_test))
)


@pytest.mark.parametrize(
    ("kpi", "inputs", "value"),
    [
        ("orders", {"value": 3.0}, 3.0),
        ("refund_share", {"numerator": 1.0, "denominator": 4.0}, 0.25),
        ("refund_share", {"numerator": 1.0, "denominator": 0.0}, None),
        ("orders_doubled", {"orders": 4.0}, 8.0),
        ("orders_doubled", {"orders": None}, None),
    ],
)
def test_a_formula_is_worked_out_again(kpi, inputs, value):
    """From its inputs a KPI's value follows, and none where an input is not known or divides by zero."""
    found = again(define(TEXT), kpi, inputs)
    assert (found is None and value is None) or (found == value and not math.isnan(found))


@pytest.mark.parametrize("days", [{"window": 28}, {"grain_to_date": "month"}, {}], ids=["trailing", "to date", "ever"])
def test_late_rows_within_a_running_total_are_the_data_s_part(desk, days):
    """An order that came late for a week before the published one moves its running total: late data, not code."""
    text = {"orders_running": {"type": "cumulative", "measure": {"table": "events", "agg": "count", "where": {"event": "order"}}, **days}}
    first = published(desk, "2025-10-20", rows(7), text)
    late = [{"user_id": "late", "event": "order", "occurred_at": "2025-10-01T12:00:00"}]
    second = published(desk, "2025-10-27", rows(8) + late, text, earlier=[("2025-10-20", first.values)])
    found = of(second, "orders_running").set_index("period_start").loc["2025-10-13"]
    assert (found["difference"], found["late_data"], found["definition"], found["code"]) == (1, 1, 0, 0)
