"""Which themes left their usual range in the last weeks: the alarms of the latest whole week, as a table and as records."""

from datetime import date, timedelta
from typing import TYPE_CHECKING, NamedTuple

from prodops.feedback.emergence import alarms

if TYPE_CHECKING:
    import pandas as pd


class Window(NamedTuple):
    """The weeks compared: ``[start, split)`` before, ``[split, end)`` recent."""

    start: date
    split: date
    end: date


class Move(NamedTuple):
    """One theme's last weeks against those before; a row of :func:`movers`."""

    theme: str
    name: str
    recent: float
    usual: float
    ratio: float
    lower: float
    upper: float
    dispersion: float
    p: float
    p_adjusted: float
    moved: bool
    recent_weeks: int
    before_weeks: int
    direction: str
    since: "pd.Timestamp"


def window(weekly: "pd.DataFrame", recent: int = 4) -> Window | None:
    """Give the days compared by :func:`movers`, or nothing where there are not even ``recent`` whole weeks and one before."""
    whole = sorted(set(weekly.loc[weekly["complete"].astype("bool"), "week"]))
    if len(whole) <= recent:
        return None
    return Window(whole[0].date(), whole[-recent].date(), whole[-1].date() + timedelta(days=7))


def movers(weekly: "pd.DataFrame", *, recent: int = 4) -> "pd.DataFrame":
    """Compare each theme's last whole weeks with those before them, most surprising first: the latest week of :func:`emergence.alarms`.

    ``weekly`` is what :func:`trend` gives. Columns: ``theme, name, recent`` (voices), ``usual`` (voices expected in as many weeks, from
    those before), ``ratio, lower, upper`` (95 %), ``dispersion`` (variance over mean), ``p``, ``p_adjusted`` (Bonferroni, over all themes
    and looks), ``moved``, ``recent_weeks`` (``recent``; or 1 or 2 where those weeks alone are the surprise), ``before_weeks``,
    ``direction`` (emerging, fading, new) and ``since`` (the first of the weeks).

    ``moved`` is an alarm: of themes that are stable, at most :data:`emergence.A_YEAR` a year are named by chance, all themes and weeks together. With fewer
    than 8 weeks before, nothing is claimed: ``p`` is missing. No row where there are not even ``recent`` whole weeks and one before.
    """
    table = alarms(weekly, recent=recent, last=1)
    table = table if window(weekly, recent) else table.head(0)
    named = table.rename(columns={"count": "recent", "alarm": "moved", "weeks": "recent_weeks"})
    return named[list(Move._fields)]


def moves(table: "pd.DataFrame") -> list[Move]:
    """Give the themes that moved, as records, from the table of :func:`movers`."""
    return [Move(*row) for row in table[table["moved"]].itertuples(index=False)]
