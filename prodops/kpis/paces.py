"""What is said of totals with a target of their own period: so far, due by now, and where the period is heading."""

import math
from typing import TYPE_CHECKING

from prodops.kpis import words
from prodops.kpis.outlook import Forecast
from prodops.kpis.outlook_words import pace_words
from prodops.kpis.said import Said
from prodops.stamps import Finding, day_words, in_words

if TYPE_CHECKING:
    from prodops.kpis.page import Review


def paces(review: "Review") -> list[Said]:
    """Say of each total with a target for a month, quarter or year whether it keeps pace; what is behind is the more surprising."""
    totals = [f for f in review.forecasts if f.pace and (target := review.book[f.kpi].target) and target.per]
    return [_pace(review, made) for made in totals]


def _pace(review: "Review", made: Forecast) -> Said:
    kpi, pace = review.book[made.kpi], made.pace
    assert pace
    assert kpi.target
    unit, stands = made.unit, pace_words(pace, words.change_unit(kpi, review.currency))
    goal, due = in_words(pace.target, unit), day_words(kpi.target.on)
    heading = f" It is {made.heading}." if math.isfinite(made.value) else ""
    return Said(
        Finding(
            name=f"kpi.{kpi.name}.pace",
            headline=words.heading(f"{kpi.label}: {stands} on the way to {goal} by {due}", f"{kpi.label}: {stands}"),
            sentence=f"{kpi.label} so far: {words.say(pace.value, unit)}, where {words.say(pace.expected, unit)} were due by now (by {pace.by}) "
            f"of {goal} by {due}.{heading}",
            value=pace.value,
            unit=unit,
            before=pace.expected,
            good=kpi.good,
            surprise=1.2 if pace.is_behind else 0.4,
        ),
        f"Decide what is to change before {due}, or set another target for {kpi.label}." if pace.is_behind else "",
        f"{kpi.label} back on pace a {made.grain} from now.",
        kpi.owner,
    )
