"""Funnels by hand: orders, windows, repeats, exclusions, slices, who is open, and what is refused."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pandas as pd
import pytest

from prodops.errors import InputError, ParameterError
from prodops.kpis import Exclusion, FunnelSpec, Step, funnel, wilson

Events = Callable[..., pd.DataFrame]
AS_OF = datetime(2025, 3, 1)
STEPS = ("open", "pay", "share")


def counts(rows: pd.DataFrame, *steps: str | Step | None, **settings: Any) -> list[int]:
    found = funnel(rows, FunnelSpec(**({"steps": steps or STEPS, "as_of": AS_OF} | settings)))
    return found.loc[found["slice"] == "", "entities"].tolist()


def by_slice(rows: pd.DataFrame, **settings: Any) -> dict[str, list[int]]:
    found = funnel(rows, FunnelSpec(**({"steps": STEPS, "as_of": AS_OF, "by": "platform"} | settings)))
    return {name: part["entities"].tolist() for name, part in found.groupby("slice") if name}


def test_a_funnel_row_by_row(events: Events) -> None:
    """Each row carries the people, both rates with Wilson's range, the times since the step before, and who may still get there."""
    rows = events(
        "ann open 2025-01-06T10:00", "ann pay 2025-01-06T10:01", "ann share 2025-01-06T10:05",
        "bob open 2025-01-07T10:00", "bob pay 2025-01-07T10:03",
        "cas pay 2025-01-07", "cas open 2025-01-08",
        "dan open 2025-02-20", "dan pay 2025-02-21",
        "eve share 2025-01-06",
    )  # fmt: skip
    found = funnel(rows, FunnelSpec(steps=STEPS, as_of=AS_OF))
    assert found[["slice", "step", "event", "entities", "n_open"]].values.tolist() == [
        ["", 1, "open", 4, 0],
        ["", 2, "pay", 3, 0],
        ["", 3, "share", 1, 1],
    ]
    assert found["share"].tolist() == [1.0, 0.75, 0.25]
    assert found.loc[1:, "share_of_previous"].tolist() == [0.75, 1 / 3]
    for share, prefix in (((3, 4), ""), ((3, 4), "_of_previous")):
        assert found.loc[1, [f"lower{prefix}", f"upper{prefix}"]].tolist() == pytest.approx(wilson(*share)[1:])
    assert found.loc[2, ["lower_of_previous", "upper_of_previous"]].tolist() == pytest.approx(wilson(1, 3)[1:])
    assert found.loc[0, ["lower", "upper"]].tolist() == [1.0, 1.0]
    assert found.loc[1, "median_seconds_from_previous"] == 180
    assert found.loc[1, "mean_seconds_from_previous"] == (60 + 180 + 86_400) / 3
    assert found.loc[2, "mean_seconds_from_previous"] == 240
    assert found.loc[0, ["share_of_previous", "median_seconds_from_previous"]].isna().all()


def test_the_three_orders(events: Events) -> None:
    """Others may come between, nothing may, or the steps come as they like; one event never counts twice."""
    rows = events(
        "ann open 2025-01-06T10", "ann look 2025-01-06T11", "ann pay 2025-01-06T12", "ann share 2025-01-06T13",
        "bob open 2025-01-06T10", "bob pay 2025-01-06T11", "bob look 2025-01-06T12", "bob share 2025-01-06T13",
        "cas share 2025-01-06T10", "cas look 2025-01-06T11", "cas pay 2025-01-06T12", "cas open 2025-01-06T13",
    )  # fmt: skip
    assert counts(rows) == [3, 2, 2]
    assert counts(rows, order="strict") == [3, 1, 0]
    assert counts(rows, order="any") == [3, 3, 3]


def test_a_repeated_step_needs_a_repeated_event(events: Events) -> None:
    """Twice the same step is two events, a doubled row is one, and in any order the steps may stand anywhere."""
    rows = events(
        "ann pay 2025-01-06", "ann open 2025-01-07", "ann pay 2025-01-08",
        "bob pay 2025-01-06", "bob pay 2025-01-06", "bob open 2025-01-07",
    )  # fmt: skip
    assert counts(rows, "pay", "pay") == [2, 1]
    assert counts(rows, "pay", "open", "pay") == [2, 2, 1]
    assert counts(rows, "pay", "pay", order="strict") == [2, 0]
    assert counts(rows, "pay", "pay", "open", order="any") == [2, 2, 1]
    assert counts(rows, None, None, None) == [2, 2, 1]
    assert counts(rows, "pay", None) == [2, 2]


def test_the_best_attempt_is_the_deepest_then_the_earliest(events: Events) -> None:
    """A later attempt that got further counts before an earlier one; among equals the earliest beginning does, with its times."""
    rows = events(
        "ann open 2025-01-01", "ann pay 2025-01-02", "ann open 2025-02-01", "ann pay 2025-02-04", "ann share 2025-02-05",
        "bob open 2025-01-01", "bob open 2025-01-03", "bob pay 2025-01-05", "bob open 2025-02-01", "bob pay 2025-02-02",
    )  # fmt: skip
    found = funnel(rows, FunnelSpec(steps=STEPS, as_of=AS_OF))
    assert found["entities"].tolist() == [2, 2, 1]
    assert found.loc[1, "mean_seconds_from_previous"] == (3 + 4) / 2 * 86_400


@pytest.mark.parametrize(("days", "expected"), [(0, [2, 1]), (1, [2, 1]), (2, [2, 2]), (36_525, [2, 2])])
def test_the_window_is_counted_from_the_first_step_to_the_instant(events: Events, days: int, expected: list[int]) -> None:
    """A step exactly at the window's end still counts, and a window of zero takes what happened at once."""
    rows = events("ann open 2025-01-06T10", "ann pay 2025-01-08T10", "bob open 2025-01-06", "bob pay 2025-01-06")
    assert counts(rows, "open", "pay", window=timedelta(days=days)) == expected
    assert counts(rows[::-1], "open", "pay", window=timedelta(days=days)) == expected


def test_the_window_runs_from_the_first_step_not_from_the_last(events: Events) -> None:
    """Each step within a week of the one before is not enough; a later beginning that fits is."""
    rows = events("ann open 2025-01-01", "ann pay 2025-01-06", "ann share 2025-01-11")
    assert counts(rows, window=timedelta(days=7)) == [1, 1, 0]
    later = events("ann open 2025-01-01", "ann open 2025-01-05", "ann pay 2025-01-06", "ann share 2025-01-11")
    assert counts(later, window=timedelta(days=7)) == [1, 1, 1]


def test_events_in_one_instant_come_in_the_order_of_the_steps(events: Events) -> None:
    """Whatever the order of the rows, what happened at once happened as the funnel wants it, and what fits no step came last."""
    rows = events("ann share 2025-01-06", "ann look 2025-01-06", "ann pay 2025-01-06", "ann open 2025-01-06")
    for order in ("sequential", "strict", "any"):
        assert counts(rows, order=order) == counts(rows[::-1], order=order) == [1, 1, 1]
    assert counts(rows, "open", "pay", "open") == [1, 1, 0]


def test_an_exclusion_removes_the_person_from_the_whole_funnel(events: Events) -> None:
    """Between its two steps and in time, in any attempt; not before, after, at the later step, nor once the funnel was completed."""
    rows = events(
        "ann open 2025-01-06", "ann cancel 2025-01-07", "ann pay 2025-01-08",
        "bob cancel 2025-01-05", "bob open 2025-01-06", "bob pay 2025-01-07", "bob cancel 2025-01-07",
        "cas open 2025-01-06", "cas cancel 2025-01-06",
        "dan open 2025-01-06", "dan cancel 2025-02-06",
        "eve open 2025-01-06", "eve pay 2025-01-07", "eve open 2025-01-08", "eve cancel 2025-01-09",
    )  # fmt: skip
    assert counts(rows, "open", "pay") == [5, 3]
    assert counts(rows, "open", "pay", exclusions=("cancel",)) == [3, 2]
    later = Exclusion(step=Step("cancel", {"platform": "ios"}), after=1, before=2)
    assert counts(rows, "open", "pay", exclusions=(later,)) == [5, 3]


def test_filters_of_steps_and_of_the_funnel(events: Events) -> None:
    """A step's filter picks its events, so two steps of one name may differ; the funnel's filter holds for all."""
    rows = events("ann open 2025-01-06 web", "ann open 2025-01-07 ios", "bob open 2025-01-06 ios", "bob open 2025-01-07 web")
    web, ios = Step("open", {"platform": "web"}), Step("open", {"platform": "ios"})
    assert counts(rows, web, ios) == [2, 1]
    assert counts(rows, web, ios, order="any") == [2, 2]
    assert counts(rows, "open", "open", where={"platform": "web"}) == [2, 0]


def test_people_who_may_still_get_there(events: Events) -> None:
    """Open is who has an attempt with time left at as_of; attempts without all their time may be left out, whatever came of them."""
    rows = events(
        "ann open 2025-02-10", "ann pay 2025-02-11",
        "bob open 2025-02-20", "bob pay 2025-02-21",
        "cas open 2025-01-01", "cas open 2025-02-15",
        "dan open 2025-02-14",
    )  # fmt: skip
    found = funnel(rows, FunnelSpec(steps=("open", "pay"), as_of=AS_OF))
    assert found[["entities", "n_open"]].values.tolist() == [[4, 0], [2, 1]]
    found = funnel(rows, FunnelSpec(steps=("open", "pay"), as_of=AS_OF, whole_windows=True))
    assert found[["entities", "n_open"]].values.tolist() == [[3, 0], [1, 0]]
    assert counts(rows, "open", "pay", since=datetime(2025, 2, 10), until=datetime(2025, 2, 15)) == [2, 1]
    assert counts(rows, "open", "pay", as_of=datetime(2025, 2, 11)) == [2, 0]


def test_slices_by_attribution(events: Events) -> None:
    """People by the first or last known value at their steps, that at one step, or each value's events as a funnel of their own."""
    rows = events(
        "ann open 2025-01-06 web", "ann pay 2025-01-07 ios", "ann share 2025-01-08 ios",
        "bob open 2025-01-06 -", "bob pay 2025-01-07 web",
        "cas open 2025-01-06 ios", "cas open 2025-01-05 web",
        "dan open 2025-01-06 -",
    )  # fmt: skip
    assert by_slice(rows) == {"web": [3, 2, 1], "(none)": [1, 0, 0]}
    assert by_slice(rows, attribution="last") == {"ios": [1, 1, 1], "web": [2, 1, 0], "(none)": [1, 0, 0]}
    assert by_slice(rows, attribution=2) == {"ios": [1, 1, 1], "web": [1, 1, 0], "(none)": [2, 0, 0]}
    assert by_slice(rows, attribution="all") == {"web": [2, 0, 0], "ios": [1, 0, 0], "(none)": [2, 0, 0]}
    assert counts(rows, by="platform") == [4, 2, 1]


def test_aliases_are_one_person(events: Events) -> None:
    """What somebody did before they were known counts as theirs."""
    rows = events("anon open 2025-01-06", "ann pay 2025-01-07", "bob open 2025-01-06")
    spec = FunnelSpec(steps=("open", "pay"), as_of=AS_OF)
    assert funnel(rows, spec)["entities"].tolist() == [2, 0]
    assert funnel(rows, spec, identities={"anon": "ann"})["entities"].tolist() == [2, 1]


def test_bad_rows_are_no_trouble(events: Events) -> None:
    """Nobody's events count nowhere, doubled rows change nothing, a clock that runs behind is believed, nothing is an answer."""
    rows = events("- open 2025-01-06", "ann open -", "ann open 2025-01-06", "ann open 2025-01-06", "ann pay 2025-01-05")
    assert counts(rows, "open", "pay") == [1, 0]
    assert counts(rows, "open") == [1]
    empty = funnel(rows[:0], FunnelSpec(steps=STEPS, as_of=AS_OF))
    assert (empty["entities"].tolist(), empty["share"].isna().all(), empty["n_open"].tolist()) == ([0, 0, 0], True, [0, 0, 0])


def test_an_event_of_nearly_that_name_is_pointed_to(events: Events) -> None:
    """A misspelt step is refused; one that simply has not happened yet is an answer of nobody."""
    rows = events("ann open 2025-01-06", "ann checked_out 2025-01-07")
    with pytest.raises(InputError, match=r'is called "check_out"\. Did you mean "checked_out"\?'):
        counts(rows, "open", "check_out")
    assert counts(rows, "open", Step(where={"event": "check_out"})) == [1, 0]
    assert counts(rows, "open", "refunded") == [1, 0]
    assert counts(rows, "checked_out", "uncheck_out") == counts(rows, "checked_out", "check_out") == [1, 0]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"steps": ()}, "steps"),
        ({"order": "strct"}, 'Did you mean "strict"'),
        ({"window": timedelta(-1)}, "whole seconds, from 0"),
        ({"window": timedelta(days=40_000)}, "to 36,525 days"),
        ({"attribution": 4}, "the number of a step, 1 to 3, not 4"),
        ({"attribution": "frist"}, 'Did you mean "first"'),
        ({"exclusions": ("pay",)}, "fits events of the step pay"),
        ({"exclusions": (Exclusion(step="x", after=3),)}, "between steps 3 and 3"),
        ({"order": "any", "steps": ("open", None)}, "must not fit one event"),
        ({"since": AS_OF, "until": AS_OF}, "is not before until"),
        ({"windw": 3}, 'Did you mean "window"'),
    ],
    ids=str,
)
def test_what_makes_no_sense_is_refused(settings: dict[str, Any], message: str) -> None:
    """In one line that says which value and what was expected."""
    with pytest.raises(ParameterError, match=message) as caught:
        FunnelSpec(**({"steps": STEPS, "as_of": AS_OF} | settings))
    assert "\n" not in str(caught.value)


def test_a_spec_says_its_variant() -> None:
    """The words that a report prints beside the number."""
    spec = FunnelSpec(steps=STEPS, order="any", window=timedelta(hours=36), by="platform", attribution=2)
    assert spec.variant == "any order, within 36 hours, by platform (step 2)"
    spec = FunnelSpec(steps=STEPS, exclusions=("cancel",), whole_windows=True)
    assert spec.variant == "sequential, within 14 days, without cancel between steps 1 and 3, only attempts whose window has passed"


@pytest.mark.parametrize(
    "settings",
    [
        {"by": "platform", "exclusions": ("cancel",)},
        {"by": "platform", "attribution": "all", "order": "strict"},
        {"steps": ("open", "pay", "open"), "by": "platform", "attribution": "last", "whole_windows": True},
        {"steps": ("open", "pay", "open"), "by": "platform", "attribution": 2, "order": "any"},
    ],
    ids=str,
)
def test_every_engine_can_be_asked(events: Events, portable: Callable[..., Any], settings: dict[str, Any]) -> None:
    """One question through the desk, the same in every engine's words."""
    desk = portable("2025-03-01", events=events("ann open 2025-01-06 web", "ann pay 2025-01-07 ios"))
    found = funnel(desk.table("events"), FunnelSpec(**({"steps": ("open", "pay")} | settings)), desk=desk)
    assert found["entities"].tolist()[:2] == [1, 1]
    assert len(desk.compiled) in (2, 4)
