"""Candidates as a reader says them: what stood in the calendar, what moved with a number; together in time, never as a cause."""

from datetime import timedelta

import pandas as pd

from prodops.kpis.drivers.calendar import moved_with
from prodops.kpis.moves import Move
from prodops.stamps import day_words, in_words, span_words

MOST_TOLD = 3


def calendar_words(found: pd.DataFrame) -> str:
    """Say entries of :func:`calendar.candidates`: ``At the same time: Sync outage (14–24 Oct 2025).`` What runs on is told where nothing else is."""
    if not found["when"].isin(["at the same time", "shortly before"]).any():
        return _told(found, "running on", "Running on since before")
    return _told(found, "at the same time", "At the same time") + _told(found, "shortly before", "Shortly before")


def _told(found: pd.DataFrame, when: str, heading: str) -> str:
    rows = found[found["when"] == when]
    named = [f"{row.name_} ({_span(row.launched_on, row.ended_on)})" for row in rows.rename(columns={"name": "name_"}).itertuples()]
    more = f" and {len(named) - MOST_TOLD} more" if len(named) > MOST_TOLD else ""
    return f" {heading}: {', '.join(named[:MOST_TOLD])}{more}." if named else ""


def _span(start: pd.Timestamp, end: pd.Timestamp) -> str:
    return day_words(start, year=False) if pd.isna(end) else span_words(start.date(), end.date() + timedelta(days=1))


def beside_words(others: pd.DataFrame | None, move: Move) -> str:
    """Say which other series moved with a number: ``Moved with it: feedback on sync (80, 21 expected).``"""
    if others is None:
        return ""
    rows = moved_with(others, move.start)
    named = [
        f"{name} ({in_words(value)}, {in_words(float(round(expected)))} expected{f', the {move.grain} before' if lag else ''})"
        for name, lag, value, expected in rows[["name", "lag", "value", "expected"]].head(MOST_TOLD).itertuples(index=False)
    ]
    return f" Moved with it: {', '.join(named)}." if named else ""
