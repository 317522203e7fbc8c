import itertools

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodops.charts import scales

NUMBERS = st.lists(st.floats(-1e9, 1e9, allow_subnormal=False), min_size=1, max_size=30)


@pytest.mark.parametrize(("values", "zero", "ticks"), [
    ([3, 412], True, (0, 100, 200, 300, 400, 500)),
    ([0.31, 0.44], True, (0, 0.1, 0.2, 0.3, 0.4, 0.5)),
    ([31, 44], False, (30, 35, 40, 45)),
    ([-5, 3], True, (-6, -4, -2, 0, 2, 4)),
    ([0, 0], True, (0, 0.2, 0.4, 0.6, 0.8, 1)),
    ([5, 5], False, (4.4, 4.6, 4.8, 5, 5.2, 5.4, 5.6)),
])  # fmt: skip
def test_axes_end_at_round_numbers(values: list[float], zero: bool, ticks: tuple[float, ...]) -> None:
    """Ends and steps are 1, 2 or 5 times a power of ten, with zero within where asked, and constants have room around them."""
    assert scales.number_scale(values, zero=zero).ticks == pytest.approx(ticks)


def test_a_share_does_not_pass_a_hundred() -> None:
    """An axis of percentages ends at 100 unless a value is beyond it."""
    assert scales.number_scale([83, 97], zero=True, count=4, top=100).high == 100
    assert scales.number_scale([83, 130], zero=True, count=4, top=100).high == 150


def test_things_that_are_counted_have_no_halves() -> None:
    """Counts of a few things have whole ticks."""
    assert scales.number_scale([0, 2], zero=True, whole=True).ticks == (0, 1, 2)


@given(NUMBERS, st.booleans())
def test_an_axis_holds_all_values(values: list[float], zero: bool) -> None:
    """No value lies beyond an axis' ends, up to rounding; ticks rise; a bar's axis holds zero."""
    scale = scales.number_scale(values, zero=zero)
    slack = 1e-6 * (scale.high - scale.low)
    assert scale.low - slack <= min(values)
    assert max(values) <= scale.high + slack
    assert list(scale.ticks) == sorted(set(scale.ticks))
    assert not zero or scale.low <= 0 <= scale.high


@given(st.lists(st.floats(0, 250), min_size=1, max_size=12))
def test_labels_do_not_touch(wanted: list[float]) -> None:
    """Labels end up a line apart, in order, within the plot; those that were apart are not moved."""
    placed = scales.spread(wanted, 16, 0, 250)
    order = sorted(range(len(wanted)), key=lambda i: (wanted[i], i))
    ends = [placed[i] for i in order]
    assert all(b - a >= 16 - 0.02 for a, b in itertools.pairwise(ends))
    assert ends[0] >= -0.02
    assert ends[-1] <= 250.02


def test_labels_that_have_room_stay() -> None:
    """Only neighbours that are too near move, and each by half of what is missing."""
    assert scales.spread([10, 100, 104, 200], 16, 0, 250) == [10, 94, 110, 200]


def test_flags_hang_clear_of_each_other() -> None:
    """A flag over another's pole hangs above it; beside it they share a lane; what finds no lane is not hung."""
    assert scales.flags([0, 50, 200], [(0, 100), (50, 120), (200, 260)], 3) == [1, 0, 0]
    assert scales.flags([0, 10, 20], [(0, 100), (10, 110), (20, 120)], 2) == [None, 1, 0]
    assert scales.flags([30], [(30, 100)], 3, taken=60) == [1]


@given(st.lists(st.tuples(st.floats(0, 600), st.floats(20, 200)), min_size=1, max_size=12))
def test_no_two_flags_share_a_place(poles: list[tuple[float, float]]) -> None:
    """Flags in one lane do not overlap, wherever their poles stand."""
    spans = [(x, x + size) for x, size in poles]
    lanes = scales.flags([x for x, _ in poles], spans, 4)
    for i, a in enumerate(spans):
        for j, b in enumerate(spans[:i]):
            assert lanes[i] is None or lanes[i] != lanes[j] or b[1] <= a[0] or a[1] <= b[0]


@pytest.mark.parametrize(("days", "grain", "dates"), [
    (["2025-10-06", "2025-11-03"], "week", ["2025-10-06", "2025-10-13", "2025-10-20", "2025-10-27", "2025-11-03"]),
    (["2024-11-04", "2025-11-03"], "week", ["2025-01-01", "2025-03-01", "2025-05-01", "2025-07-01", "2025-09-01", "2025-11-01"]),
    (["2024-05-01", "2025-10-01"], "month", ["2024-07-01", "2024-10-01", "2025-01-01", "2025-04-01", "2025-07-01", "2025-10-01"]),
    (["2022-01-01", "2025-07-01"], "year", ["2022-01-01", "2023-01-01", "2024-01-01", "2025-01-01"]),
    (["2025-01-01", "2999-12-31"], "day", ["2200-01-01", "2400-01-01", "2600-01-01", "2800-01-01"]),
])  # fmt: skip
def test_dates_on_the_axis_are_natural(days: list[str], grain: scales.Grain, dates: list[str]) -> None:
    """Weeks are labelled by their own first days, longer spans by months and years, however far they reach."""
    first, last = map(pd.Timestamp, days)
    found, _ = scales.time_ticks(first.as_unit("us"), last.as_unit("us"), grain, 8)
    assert [f"{t:%Y-%m-%d}" for t in found] == dates


@given(st.integers(0, 4000), st.sampled_from(["day", "week", "month", "quarter", "year"]), st.integers(3, 9))
def test_there_are_never_too_many_dates(days: int, grain: scales.Grain, most: int) -> None:
    """Labels on the time axis lie within it and are as many as there is room for."""
    first = pd.Timestamp("2021-02-17").as_unit("us")
    found, _ = scales.time_ticks(first, first + pd.Timedelta(days=days), grain, most)
    assert 1 <= len(found) <= most + 1
    assert first <= found[0] <= found[-1] <= first + pd.Timedelta(days=days)


@pytest.mark.parametrize(("frequency", "grain"), [("D", "day"), ("7D", "week"), ("MS", "month"), ("QS", "quarter"), ("YS", "year")])
def test_the_grain_is_seen(frequency: str, grain: str) -> None:
    """The grain is that of the least gap between two times."""
    assert scales.grain_of(pd.Series(pd.date_range("2021-01-01", periods=5, freq=frequency))) == grain


@pytest.mark.parametrize(("grain", "said"), [
    ("day", "6 Oct 2025"), ("week", "week of 6 Oct 2025"), ("month", "Oct 2025"), ("quarter", "Q4 2025"), ("year", "2025"),
])  # fmt: skip
def test_periods_have_names(grain: scales.Grain, said: str) -> None:
    """A period is named as a reader would."""
    assert scales.period_words(pd.Timestamp("2025-10-06"), grain) == said
