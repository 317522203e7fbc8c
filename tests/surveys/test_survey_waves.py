"""Waves: named, found in the dates, or pooled where people answer all the time."""

import itertools
from datetime import date, datetime, timedelta

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from prodops.surveys.asked import Span
from prodops.surveys.waves import Wave, waves

AS_OF = datetime(2025, 7, 1)


def days(*spells: tuple[str, int, int], wave: str | None = None) -> pd.DataFrame:
    """Write (first day, days, answers a day); spells may lie over each other."""
    rows = [(date.fromisoformat(first) + timedelta(days=i), n) for first, long, n in spells for i in range(long)]
    return pd.DataFrame(rows, columns=["day", "n"]).groupby("day", as_index=False)["n"].sum().assign(wave=wave)


def names(found: tuple[Wave, ...]) -> list[str]:
    return [wave.name for wave in found if not wave.between]


def test_the_tables_own_waves_come_first() -> None:
    """Where every answer names its wave these are the waves, in the order of their first days."""
    frame = pd.concat([days(("2025-03-01", 3, 5), wave="b"), days(("2025-01-01", 3, 5), wave="a")])
    assert names(waves(frame, "auto", AS_OF)) == ["a", "b"]


def test_silence_parts_waves() -> None:
    """More than three weeks without an answer end a wave; each is named by its month."""
    found = waves(days(("2025-01-10", 10, 20), ("2025-04-10", 10, 20)), "auto", AS_OF)
    assert [(w.name, w.start, w.end) for w in found] == [
        ("Jan 2025", datetime(2025, 1, 10), datetime(2025, 1, 20)),
        ("Apr 2025", datetime(2025, 4, 10), datetime(2025, 4, 20)),
    ]


def test_a_trickle_between_waves_is_told_apart() -> None:
    """Bursts in a steady trickle are waves; what came before, between and after them stands by itself."""
    found = waves(days(("2024-07-01", 360, 3), ("2024-10-07", 10, 60), ("2025-02-03", 10, 60)), "auto", AS_OF)
    assert names(found) == ["Oct 2024", "Feb 2025"]
    assert [w.between for w in found] == [True, False, True, False, True]
    assert found[1].start == datetime(2024, 10, 7)
    assert [(a.end, b.start) for a, b in itertools.pairwise(found)] == [(a.end, a.end) for a in found[:-1]]


def test_answers_all_the_time_are_pooled() -> None:
    """By month where a month has thirty answers, else by quarter or year; a period in progress is not whole."""
    often = waves(days(("2025-01-01", 195, 2)), "auto", datetime(2025, 7, 15))
    assert [(w.name, w.complete) for w in often][-2:] == [("Jun 2025", True), ("Jul 2025", False)]
    assert names(waves(days(*[(f"2025-{m:02d}-{d:02d}", 1, 1) for m in range(1, 7) for d in range(1, 25, 2)]), "auto", AS_OF)) == [
        "Q1 2025",
        "Q2 2025",
    ]
    assert names(waves(days(("2024-07-01", 365, 1)), "year", AS_OF)) == ["2024", "2025"]


def test_a_round_that_ebbs_is_one_wave() -> None:
    """An invitation whose answers ebb over three months is one wave; a steady stream of three months is three."""
    ebbing = waves(days(("2025-02-01", 20, 20), ("2025-02-21", 75, 1)), "auto", AS_OF)
    steady = waves(days(("2025-02-01", 95, 5)), "auto", AS_OF)
    assert names(ebbing) == ["Feb 2025"]
    assert len(steady) == 4


def test_waves_by_their_dates() -> None:
    """Dates of the questionnaire hold both ends; a wave after as_of is not there, one that runs is not complete."""
    asked = {name: Span.model_validate({"from": a, "to": b}) for name, a, b in (
        ("late", "2025-08-01", "2025-08-10"), ("now", "2025-06-25", "2025-07-05"), ("old", "2025-01-01", "2025-01-31"))}  # fmt: skip
    found = waves(days(("2025-01-01", 180, 1)), asked, AS_OF)
    assert [(w.name, w.end, w.complete) for w in found] == [("old", datetime(2025, 2, 1), True), ("now", datetime(2025, 7, 6), False)]


def test_a_found_wave_that_still_fills_is_not_whole() -> None:
    """A tenth of a wave's answers on the last day before as_of: it is still out."""
    assert [w.complete for w in waves(days(("2025-06-21", 10, 9)), "auto", AS_OF)] == [False]
    assert [w.complete for w in waves(days(("2025-06-10", 10, 9)), "auto", AS_OF)] == [True]


@given(st.lists(st.tuples(st.integers(0, 700), st.integers(1, 50)), min_size=1, max_size=40))
def test_every_answer_lies_in_one_span(given_days: list[tuple[int, int]]) -> None:
    """Whatever the dates, the spans follow each other without overlap and hold every answer."""
    rows = pd.DataFrame([(date(2023, 1, 1) + timedelta(days=d), n, None) for d, n in given_days], columns=["day", "n", "wave"])
    rows = rows.groupby("day", as_index=False)["n"].sum().assign(wave=None)
    found = waves(rows, "auto", datetime(2025, 1, 1))
    assert all(a.end <= b.start for a, b in itertools.pairwise(found))
    held = sum(any(w.start.date() <= day < w.end.date() for w in found) for day in rows["day"])
    assert held == len(rows)
