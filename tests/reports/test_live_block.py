"""A live block in the page: what is shown of it without a script, and what the press refuses to take."""

import copy
import re
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prodops import charts
from prodops.reports.render import render
from prodops.reports.render.live import chance_words, difference_words, range_words, read_live, setting
from prodops.reports.render.taken import Refused, taken
from prodops.scenarios.saved import Saved
from prodops.stamps import LIVE_MIME
from tests.reports.example_report import RECORD, code, notebook, shown, text
from tests.scenarios.live_model import everything


@cache
def made() -> dict[str, Any]:
    return charts.live(everything(), Saved("growth", "Our plan", "plan"), draws=100).payload


def payload(**changes: Any) -> dict[str, Any]:
    return made() | changes


def test_a_model_is_read_as_it_stands() -> None:
    """Sliders by branch in the model's order, settings and readings in words, the scenarios to choose from."""
    live = read_live(payload(), "<svg><path d='M0,0'/></svg>", 3)
    assert (live.anchor, live.title, live.question) == ("live-3", "Our plan", "What if we fix sync?")
    assert [(branch, [s.title for s in sliders]) for branch, sliders in live.branches] == [
        ("Growth", ["Sign-ups"]),
        ("Onboarding", ["Activation"]),
        ("Levers", ["Price", "Delay", "Churn", "Spread"]),
    ]
    activation = live.branches[1][1][0]
    assert (activation.said, activation.value, activation.low, activation.high, activation.step) == ("50\u00a0%", 0.5, 0.3, 0.6, 0.01)
    assert activation.description == "Within a week."
    assert [reading.title for reading in live.readings] == ["MRR at the end", "Activated", "Odd", "So far"]
    assert live.readings[0].chance.endswith("% to reach at least €\u00a035\u00a0k")
    assert (live.readings[1].chance, live.readings[1].met) == ("", None)
    assert live.scenarios == ["base", "plan", "bold"]
    assert [row[0] for row in live.months] == ["Nov 2026", "Dec 2026", "Jan 2027", "Feb 2027", "Mar 2027", "Apr 2027"]
    assert all(re.fullmatch("€\u00a0[\\d.,]+(\u00a0k)?", cell) for row in live.months for cell in row[1:])


def test_the_same_block_gives_the_same_page() -> None:
    """Byte by byte, with its script's hash in the policy once."""
    bundle = charts.live(everything(), draws=100)._repr_mimebundle_()
    output = shown(**{key.replace("/", "_", 1): value for key, value in bundle.items()})
    pages = [render(notebook(text("# T\n\n## S"), code("x", output)), RECORD) for _ in range(2)]
    assert pages[0] == pages[1]
    assert LIVE_MIME not in pages[0]


def test_words_for_where_a_slider_stands() -> None:
    """As many digits as the step has, in the lever's unit."""
    asked = [(0.125, "share", 0.005), (147_500, "EUR", 500), (0.5, "months", 0.5), (-0.2, "ratio", 0.05), (12.0, "EUR/months", 0.5)]
    assert [setting(*each).replace("\u00a0", " ") for each in asked] == ["12.5 %", "€ 147,500", "0.5 months", "−0.20", "€ 12.0 per month"]


def test_words_for_ranges_chances_and_differences() -> None:
    """A known number has no range, nothing is quite sure, and no difference is one."""
    assert range_words(26, 26, "count") == "the same in all cases"
    assert range_words(201_000, 260_000, "EUR").replace("\u00a0", " ") == "€ 201 k to € 260 k in 9 of 10 cases"
    said = [chance_words(p, 100, "count", good).replace("\u00a0", " ") for p, good in ((1.0, "up"), (0.0, "down"), (0.684, "up"))]
    assert said == ["over 99 % to reach at least 100", "under 1 % to reach at most 100", "68 % to reach at least 100"]
    assert difference_words([0.0, 0.0, 0.0], "EUR") == difference_words([1e-13, 0.0, 1e-12], "EUR") == "as in base"
    assert difference_words([-0.006, -0.004, -0.002], "share").replace("\u00a0", " ") == "−0.4 pts against base (−0.6 pts to −0.2 pts)"


@pytest.mark.parametrize(
    ("part", "said"),
    [
        ({"url": "x"}, "url"),
        ({"href": {"value": "x"}}, "href"),
        ({"marks": [{"type": "image"}]}, "image"),
        ({"data": [{"transform": [{"type": "load"}]}]}, "load"),
        ({"signals": [{"name": "x", "on": []}]}, "on"),
        ({"signals": [{"update": "eval('1')"}]}, "eval"),
        ({"signals": [{"update": "datum['x'].constructor"}]}, "constructor"),
        ({"signals": [{"update": "a = 1; b"}]}, "expression"),
        ({"signals": [{"bind": {"input": "text"}}]}, "text"),
        ({"width": float("inf")}, "no number"),
        ({"signals": [{"value": [[[[[[[[[[[[[1]]]]]]]]]]]]]}]}, "too large"),
        ({"data": [{"values": list(range(200_001))}]}, "too large"),
    ],
)
def test_what_is_not_on_the_lists_refuses_the_whole(part: dict[str, Any], said: str) -> None:
    """Addresses, links, pictures, loaders, listeners, functions that are not arithmetic, ways out, and what is too much."""
    with pytest.raises(Refused, match=said):
        taken({**payload()["spec"], **part})


@pytest.mark.parametrize("broken", [None, [], {}, {"signals": 5}, {"usermeta": {"prodops": {"levers": [{}]}}}])
def test_a_payload_that_lacks_parts_is_refused(broken: object) -> None:
    """Never a traceback."""
    with pytest.raises(Refused):
        read_live(payload(spec=broken), "", 1)


def paths(value: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Every place in a payload, but of long lists only the first places."""
    inner = list(value.items()) if isinstance(value, dict) else list(enumerate(value[:3])) if isinstance(value, list) else []
    return [path, *(place for key, part in inner for place in paths(part, (*path, key)))]


@settings(max_examples=300, deadline=None)
@given(st.data(), st.sampled_from([None, True, 5, -1.5, 1e308, "x", "</script>", [], [1, "a"], {}, {"a": {"b": 1}}]))
def test_whatever_a_payload_holds_is_shown_or_refused(data: st.DataObject, value: object) -> None:
    """One part of it replaced by anything: a block, or a reason; never a traceback, and no end of a script in its JSON."""
    path = data.draw(st.sampled_from(paths(made())[1:]))
    broken: Any = copy.deepcopy({k: v for k, v in made().items() if k != "spec"}) | {"spec": dict(made()["spec"])}
    within = broken
    for key in path[:-1]:
        within[key] = copy.copy(within[key])
        within = within[key]
    within[path[-1]] = value
    try:
        live = read_live(broken, "<svg></svg>", 1)
    except Refused:
        return
    assert "</script" not in live.payload
