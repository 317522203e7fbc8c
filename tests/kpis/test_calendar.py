"""What stood in the calendar, and what moved with a number."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from prodops.errors import ParameterError
from prodops.kpis.drivers.calendar import candidates, moved_with, public_holidays

MONDAY = date(2025, 10, 13)


def marks(*entries):
    frame = pd.DataFrame(entries, columns=["name", "launched_on", "ended_on", "kind"])
    for column in ("launched_on", "ended_on"):
        frame[column] = pd.to_datetime(frame[column]).astype("datetime64[us]")
    return frame


def test_entries_are_ordered_by_how_near_they_stand():
    """An incident that runs in the week first, then what began in it, then what began the week before, then what merely ran on."""
    calendar = marks(
        ("Campaign", "2025-09-01", "2025-10-31", "campaign"),
        ("Old outage", "2025-09-01", "2025-09-02", "incident"),
        ("New editor", "2025-10-09", None, "launch"),
        ("Price change", "2025-10-15", None, "pricing"),
        ("Slow sync", "2025-10-01", "2025-10-14", "incident"),
        ("Fair", "2025-10-16", "2025-10-17", "campaign"),
        ("Next week", "2025-10-20", None, "launch"),
        ("Long ago", "2025-09-01", None, "launch"),
    )
    found = candidates(calendar, MONDAY, MONDAY + timedelta(weeks=1))
    assert list(zip(found["name"], found["when"], strict=True)) == [
        ("Slow sync", "at the same time"),
        ("Price change", "at the same time"),
        ("Fair", "at the same time"),
        ("New editor", "shortly before"),
        ("Campaign", "running on"),
    ]
    assert candidates(calendar.head(0), MONDAY, MONDAY + timedelta(weeks=1)).empty


def test_public_holidays_of_a_country_and_of_a_part_of_it():
    """German Unity Day is a holiday of all of Germany, Reformation Day of Brandenburg; nobody's calendar is refused."""
    assert public_holidays("DE", date(2025, 10, 1), date(2025, 11, 1))["name"].tolist() == ["German Unity Day"]
    part = public_holidays("DE-BB", date(2025, 10, 1), date(2025, 11, 1))
    assert part["launched_on"].dt.date.tolist() == [date(2025, 10, 3), date(2025, 10, 31)]
    assert set(part["kind"]) == {"holiday"}
    with pytest.raises(ParameterError, match='country is "XX"; expected a country such as DE'):
        public_holidays("XX", date(2025, 10, 1), date(2025, 11, 1))


def series(name, values):
    starts = [MONDAY - timedelta(weeks=len(values) - 1 - i) for i in range(len(values))]
    return pd.DataFrame({"name": name, "period_start": pd.to_datetime(starts), "value": np.asarray(values, dtype=float)})


def test_what_moved_with_it_is_named_and_what_grew_with_the_product_is_not():
    """A theme that leapt in the week, and one that leapt the week before, are named; a steady climb, calm and noise are not."""
    rng = np.random.default_rng(4)
    calm = rng.poisson(20, 40)
    others = pd.concat(
        [
            series("sync", [*rng.poisson(20, 39), 80]),
            series("login", [*rng.poisson(20, 38), 70, 22]),
            series("growing", np.arange(40) * 3 + rng.poisson(20, 40)),
            *(series(f"calm {i}", rng.poisson(20, 40)) for i in range(8)),
            series("young", calm[:3]),
            series("ended", calm).assign(period_start=lambda f: f["period_start"] - pd.Timedelta(weeks=3)),
        ]
    )
    found = moved_with(others, MONDAY)
    assert sorted(zip(found["name"], found["lag"], strict=True)) == [("login", 1), ("sync", 0)]
    assert found["expected"].between(15, 25).all()
    assert moved_with(others.head(0), MONDAY).empty


def test_calm_series_are_hardly_ever_named():
    """In 60 calm reports of ten themes each, at most one report in ten names any (one in twenty is expected)."""
    rng = np.random.default_rng(11)
    reports = [pd.concat([series(f"t{i}", rng.poisson(rng.choice([2, 10, 60]), 30)) for i in range(10)]) for _ in range(60)]
    assert sum(not moved_with(report, MONDAY).empty for report in reports) <= 6
