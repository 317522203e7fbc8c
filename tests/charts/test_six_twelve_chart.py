from typing import Any

import pandas as pd
from chart_reading import drawn, payload, rows

from prodops import charts

SAID = {"title": "Orders 7 last week", "subtitle": "Orders placed"}


def spans(starts: list[str], now: list[float | None], before: list[float | None]) -> pd.DataFrame:
    return pd.DataFrame({"period_start": pd.to_datetime(starts), "value": now, "year_before": before})


WEEKS = spans(["2025-10-20", "2025-10-27"], [6, 7], [3, 4])
MONTHS = spans(["2025-08-01", "2025-09-01", "2025-10-01"], [20, 25, None], [10, None, 12])


def chart(weeks: pd.DataFrame = WEEKS, months: pd.DataFrame = MONTHS, **options: Any) -> Any:
    return charts.six_twelve(weeks, months, **{**SAID, **options})


def test_weeks_stand_beside_months() -> None:
    """Two panels side by side, one above the other where there is no room, each named."""
    spec = chart().to_dict()
    assert ([p["title"]["text"] for p in spec["concat"]], spec["columns"]) == (["By week", "By month"], 2)
    assert spec["usermeta"]["prodops"]["narrow"]["columns"] == 1


def test_this_year_is_the_accent_and_the_year_before_grey() -> None:
    """Each panel draws its own points: this year's with the accent, last year's muted; what is missing is not drawn."""
    found = [(r["panel"], r["group"], r["tone"], r["y"]) for r in rows(chart())]
    assert found[:4] == [
        (0, "this year", "accent", 6),
        (0, "this year", "accent", 7),
        (0, "year before", "muted", 3),
        (0, "year before", "muted", 4),
    ]
    assert found[4:7] == [(1, "this year", "accent", 20), (1, "this year", "accent", 25), (1, "this year", "accent", None)]
    assert "grey: the same span of the year before" in payload(chart())["subtitle"]


def test_both_axes_start_from_zero_and_are_their_own() -> None:
    """A month's total needs an axis of its own."""
    domains = [part["layer"][0]["encoding"]["y"]["scale"]["domain"] for part in chart().to_dict()["concat"]]
    assert domains == [[0, 8], [0, 30]]


def test_lines_end_with_their_last_value() -> None:
    """The figures at the lines' ends are the last known ones, without the names that the subtitle explains."""
    assert [r["text"] for r in rows(chart(), "ends_0")] == ["7", "4"]
    assert [r["text"] for r in rows(chart(), "ends_1")] == ["25", "12"]


def test_without_a_year_before_there_is_one_line() -> None:
    """A product in its first year has no grey line, and the subtitle says why."""
    first = chart(WEEKS.assign(year_before=None), MONTHS.assign(year_before=None))
    assert {r["group"] for r in rows(first)} == {"this year"}
    assert "no year before" in payload(first)["subtitle"]


def test_a_kpi_without_weeks_has_months_alone() -> None:
    """A monthly KPI has one panel, over the whole width."""
    alone = chart(WEEKS.assign(value=None, year_before=None)).to_dict()
    assert [p["title"]["text"] for p in alone["concat"]] == ["By month"]


def test_without_values_a_notice_stands() -> None:
    """Nothing known is said, not drawn as zero."""
    nothing = chart(WEEKS.assign(value=None, year_before=None), MONTHS.assign(value=None, year_before=None))
    assert "No data in this period" in drawn(charts.to_svg(nothing))


def test_targets_and_events_are_those_of_each_panel() -> None:
    """The week's target is drawn among weeks only; an outage of October is marked in both, and said in words."""
    marks = pd.DataFrame({"on": pd.to_datetime(["2025-10-21"]), "label": ["Outage"], "kind": ["incident"]})
    found = chart(targets=(8, None), marks=marks)
    assert [r["level"] for r in rows(found, "target_0")] == [8]
    assert "target_1" not in found.to_dict()["datasets"]
    assert [len(rows(found, f"events_{at}")) for at in (0, 1)] == [1, 1]
    assert "Incident: Outage, 21 Oct 2025." in payload(found)["alt"]


def test_it_is_drawn_wide_narrow_and_dark() -> None:
    """Each drawing is whole: both panels' names and last values are in it."""
    for narrow in (False, True):
        said = drawn(charts.to_svg(chart(unit="EUR"), mode="dark", narrow=narrow))
        assert {"By week", "By month", "€\u00a07", "€\u00a025"} <= set(said)
