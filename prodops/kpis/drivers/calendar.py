"""What stood in the calendar when a number moved, and which other numbers moved with it: candidates to look into, never causes."""

from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

from prodops.errors import ParameterError
from prodops.kpis.breaks import hold_together
from prodops.kpis.signalling import looks_a_year, odds, signals

if TYPE_CHECKING:
    import pandas as pd

SHORTLY = timedelta(days=7)
"""How long before a period something may begin and still count as shortly before."""
LASTING = ("incident",)
"""Kinds that go on acting for as long as they run; the others act where they begin."""
LEVEL = 0.05
"""Of all candidates said to have moved with a number, at most one in twenty by chance."""
LAGS = (0, 1)
"""How many periods before a move another series may have left its range."""


# -------------------------------------------------------------------------------------------------------- the calendar
def candidates(marks: "pd.DataFrame", start: date, end: date) -> "pd.DataFrame":
    """Give what began within ``[start, end)`` or up to a week before it, and what ran on through it.

    ``marks`` has one row an entry: ``name``, ``launched_on``, ``ended_on`` (missing: a single day, or lasting) and ``kind``. The same
    columns come back with ``when``: "at the same time" (began within; of incidents, ran within), "shortly before", or "running on",
    in that order; within it incidents come before launches and prices, those before the rest, and what began last comes first.
    """
    import pandas as pd

    low, high = pd.Timestamp(start), pd.Timestamp(end)
    ended = marks["ended_on"].fillna(marks["launched_on"])
    runs = (marks["launched_on"] < high) & (ended >= low)
    began = marks["launched_on"] >= low
    when = np.select(
        [runs & (began | marks["kind"].isin(LASTING)), (marks["launched_on"] >= low - SHORTLY) & ~began, runs],
        ["at the same time", "shortly before", "running on"],
        "",
    )
    found = marks.assign(when=when)[when != ""]
    order = found["when"].map({"at the same time": 0, "shortly before": 1, "running on": 2})
    rank = found["kind"].map({"incident": 0, "launch": 1, "pricing": 1, "holiday": 3}).fillna(2)
    sorted_by = found.assign(_order=order, _rank=rank).sort_values(
        ["_order", "_rank", "launched_on", "name"], ascending=[True, True, False, True]
    )
    return sorted_by.drop(columns=["_order", "_rank"]).reset_index(drop=True)


def public_holidays(country: str, start: date, end: date) -> "pd.DataFrame":
    """Give the public holidays of a country (``DE``), or of a part of one (``US-CA``), within ``[start, end)`` as marks of kind "holiday".

    Names are English where the calendar has them. Raises ParameterError for a country that no calendar is known of.
    """
    import holidays
    import pandas as pd

    name, _, part = country.partition("-")
    years = range(start.year, end.year + 1)
    try:
        known = holidays.country_holidays(name, subdiv=part or None, years=years, language="en_US")
    except NotImplementedError:
        raise ParameterError(f'country is "{country}"; expected a country such as DE, or a part of one such as US-CA.') from None
    days = [(day, known[day]) for day in sorted(known) if start <= day < end]
    frame = pd.DataFrame({"name": [n for _, n in days], "launched_on": [d for d, _ in days], "ended_on": pd.NaT, "kind": "holiday"})
    return frame.astype({"launched_on": "datetime64[us]", "ended_on": "datetime64[us]", "name": "str", "kind": "str"})


# --------------------------------------------------------------------------------------------- what moved with it
def moved_with(others: "pd.DataFrame", start: date) -> "pd.DataFrame":
    """Name the series that left their usual range in the period that begins on ``start``, or in the one before it.

    ``others`` has one row a series and period: ``name``, ``period_start``, ``value`` (counts of feedback by theme, say; a missing period
    is missing, so counts need their zeros). Each series is judged by its own past alone (:func:`signals`), as both would rise with the
    season or the product; its two chances (this period or the one before) are counted, and of all series named at most one in twenty
    is there by chance (Benjamini and Hochberg 1995). Rows by ``p``: ``name``, ``lag`` (0 or 1 periods before), ``value``, ``expected``,
    ``z``, ``p``. This is association: what moved with a number need not have moved it.
    """
    import pandas as pd

    found = [row for name, rows in others.groupby("name", sort=True) if (row := _farthest(str(name), rows, pd.Timestamp(start)))]
    holds = hold_together([row[-1] for row in found], LEVEL)
    frame = pd.DataFrame(
        [row for row, held in zip(found, holds, strict=True) if held], columns=["name", "lag", "value", "expected", "z", "p"]
    )
    return frame.sort_values(["p", "name"]).reset_index(drop=True)


def _farthest(name: str, rows: "pd.DataFrame", at: "pd.Timestamp") -> tuple[str, int, float, float, float, float] | None:
    """Judge a series at a period and the one before, and give the one that lies farther out; nothing where neither can be judged."""
    import pandas as pd

    upto = rows[rows["period_start"] <= at].sort_values("period_start")
    if upto.empty or upto["period_start"].iloc[-1] != at:
        return None
    values = upto.set_index("period_start")["value"].astype("float64")
    judged = signals(values, error=_counting_error(values), last=len(LAGS)).reset_index(drop=True).iloc[-len(LAGS) :]
    if judged["z"].isna().all():
        return None
    place = int(judged["z"].abs().idxmax())
    row, z = judged.loc[place], float(judged.loc[place, "z"])
    chance = min(1.0, len(LAGS) * odds(z, looks_a_year(pd.DatetimeIndex(values.index))))
    return name, len(values) - 1 - place, float(row["value"]), float(row["expected"]), z, chance


def _counting_error(values: "pd.Series") -> "pd.Series":
    """Allow counts what counting alone makes them vary: the root of their usual size, and never less than of one."""
    return values.clip(lower=0).expanding().median().shift().fillna(values.median()).clip(lower=1.0) ** 0.5
