"""Feedback as a whole against its own past: where all themes rise together, that is the news."""

from typing import TYPE_CHECKING, Any

from prodops.feedback.emergence import OVERALL_A_YEAR, alarms
from prodops.feedback.telling import change_words, last_words, times_range, usual_words
from prodops.feedback.weekly import voices_of
from prodops.stamps import Finding, in_words, standard_errors

if TYPE_CHECKING:
    import pandas as pd

_MOST = 2.2
"""The surprise that it may have: growth of a whole is seldom the news, and less so than any theme's."""


def overall_findings(frame: "pd.DataFrame", weekly: "pd.DataFrame", *, recent: int = 4) -> list[Finding]:
    """Say by how much all voices together left their usual range, if they did; takes what :func:`findings` takes."""
    table = alarms(_all_voices(frame, weekly), recent=recent, last=1, a_year=OVERALL_A_YEAR)
    return [_changed(row) for row in table[table["alarm"]].to_dict("records")]


def _all_voices(frame: "pd.DataFrame", weekly: "pd.DataFrame") -> "pd.DataFrame":
    """Count all voices, with a theme or without, in the weeks of ``weekly``, as one theme."""
    import numpy as np

    weeks = weekly[["week", "complete"]].drop_duplicates().sort_values("week", kind="stable")
    first = voices_of(frame.drop(columns="theme"))["created_at"].to_numpy("datetime64[us]")
    edges = np.append(weeks["week"].to_numpy("datetime64[us]"), weeks["week"].max().to_datetime64() + np.timedelta64(7, "D"))
    counts = np.histogram(first[first < edges[-1]].astype("int64"), edges.astype("datetime64[us]").astype("int64"))[0]
    return weeks.assign(theme="", name="", count=counts)


def _changed(row: dict[str, Any]) -> Finding:
    ratio, lower, upper = row["ratio"], row["lower"], row["upper"]
    return Finding(
        name="themes.all.change",
        headline=f"Feedback as a whole {change_words(ratio, lower, upper)}",
        sentence=f"{in_words(row['count'])} voices in the {last_words(row['weeks'])} against {usual_words(row['usual'])} as usual ({times_range(ratio, lower, upper)}). "
        f"A theme is only said to have changed where it did so beside this, too.",
        value=float(row["count"]),
        before=float(row["usual"]),
        surprise=round(min(standard_errors(row["p_adjusted"]), _MOST), 3),
    )
