"""Tables and slices whose rows stopped, in sentences: late or missing data, not a drop."""

from typing import TYPE_CHECKING

from prodops.kpis import words
from prodops.kpis.late import LateSlice, LateTable
from prodops.kpis.said import MOST, Said, slug
from prodops.stamps import Finding, day_words

if TYPE_CHECKING:
    from prodops.kpis.page import Review


def stopped(review: "Review", late: LateTable) -> Said:
    on = day_words(late.last, year=late.last.year != review.as_of.year)
    if late.days:
        headline = f"Rows of {late.table} for {late.days} days of the last week only"
        sentence = f"The table {late.table} has rows on {late.days} days of the last whole week, the last on {on}; no week before had fewer than {late.usual}"
    else:
        headline = f"No new rows in {late.table} after {on}"
        sentence = f"The table {late.table} had rows in nearly every week, and has none after {on}"
    return Said(
        Finding(
            name=f"kpi.late.{late.table}",
            headline=headline,
            surprise=MOST + 1,
            sentence=f"{sentence}: late or missing data, not a drop. KPIs on it are left out of what changed.",
        ),
        f"Find out why {late.table} stopped before anyone reads its numbers.",
        "Rows for the missing weeks.",
    )


def silent(late: LateSlice) -> Said:
    where = words.slice_words(late.dimension, late.slice)
    return Said(
        Finding(
            name=f"kpi.late.{slug(late.dimension)}.{slug(late.slice)}",
            headline=words.heading(
                f"No rows of {where} after {words.period_words(late.last, 'week')}",
                f"No rows of {words.slice_values(late.dimension, late.slice)} any more",
            ),
            surprise=MOST + 0.5,
            sentence=f"Rows of {where} came in every week, the last in {words.period_words(late.last, 'week')}, and none since: late or missing data, "
            "or an end that somebody knows of. It is not counted as a drop.",
        ),
        f"Find out why rows of {where} stopped before anyone reads its numbers.",
        f"Rows of {where} for the missing week.",
    )
