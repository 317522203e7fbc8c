"""Who stands in several cohorts: sums over people that say how far the mean of recurring cohorts may lie from the truth.

A person who comes every week is in every week's cohort, so cohorts do not vary apart. What varies apart is people: with ``started``
the cohorts a person is in and ``back`` those from which they came back, the mean is a ratio of two sums over people, and its
variance follows from their squares (Cochran 1977, 6.3).
"""

from typing import TYPE_CHECKING

from prodops.intervals import Interval, wilson
from prodops.kpis.behaviour.cohorts import returns_in, starts
from prodops.kpis.behaviour.events import people
from prodops.kpis.behaviour.periods import Calendar, numbers
from prodops.kpis.behaviour.slices import in_slices
from prodops.kpis.kinds import Desk
from prodops.sources.engine import answer

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd

    from prodops.kpis.behaviour.events import Events, Identities
    from prodops.kpis.behaviour.retention import RetentionSpec

SUMS = ("people", "started", "back", "started_squared", "started_back", "back_squared")
KEYS = ("slice", "period")


def retention_repeats(
    events: "Events", spec: "RetentionSpec", *, identities: "Identities | None" = None, desk: Desk | None = None
) -> "pd.DataFrame":
    """Add up over people how many cohorts each is in, and from how many they came back: what the range of a recurring curve needs.

    One row is a ``period`` (from 1) of a ``slice``, over the cohorts whose period had ended: ``people``, the sums of ``started`` and
    ``back``, of their squares, and of their product ``started_back``, all whole numbers.
    """
    import pandas as pd

    spec = spec.settled(desk)
    rows = people(events, identities=identities, entity=spec.entity, once=spec.times > 1)
    rows = rows.filter(rows["at"] < spec.cut)
    parts = enumerate(in_slices(rows, spec.by, spec.by_value))
    found = [answer(_sums(part, spec, spec.calendar()), "people in cohorts" + f" by {spec.by}" * n, desk) for n, part in parts]
    return pd.concat(found, ignore_index=True).astype(dict.fromkeys(("period", *SUMS), "int64"))


def _sums(rows: "ir.Table", spec: "RetentionSpec", calendar: Calendar) -> "ir.Table":
    """Count for each person and period the cohorts, and those they came back from; then add up over people."""
    began, person = starts(rows, spec, calendar), ["person", *KEYS]
    last = calendar.longer(after=spec.periods).ended(spec.cut) - (spec.windows == "rolling")  # of rolling windows each opens later
    after = numbers("period", spec.periods)
    member = began.cross_join(after).filter(lambda t: (t.period > 0) & (t.cohort + t.period < last))
    back = returns_in(began, rows, spec, calendar)
    if spec.counts == "on_or_after":
        back = back.select("person", "slice", "cohort", _until="period").cross_join(after).filter(lambda t: t.period <= t._until)
    back = back.filter(back.period > 0, back.cohort + back.period < last)
    started = member.group_by(*person).agg(_started=member.count())
    returned = back.group_by(*person).agg(_back=back.count())
    both = started.left_join(returned, person)
    s, b = both._started, both._back.fill_null(0)
    each = both.select(*KEYS, started=s, back=b, started_squared=s * s, started_back=s * b, back_squared=b * b)
    sums = {name: each[name].sum().cast("int64") for name in SUMS[1:]}
    return each.group_by(*KEYS).agg(people=each.count(), **sums).order_by(*KEYS)


def clustered(sums: "pd.Series") -> Interval:
    """Give the share of ``started`` that came back with its 95 % range: Wilson's, for as many answers as would vary as these people do,
    by Student's t of as many people as would weigh the same (Kish 1965), as those who come often weigh more."""
    from scipy.special import stdtrit

    total = float(sums["started"])
    share, n = float(sums["back"]) / total, total**2 / float(sums["started_squared"])
    rest = float(sums["back_squared"] - 2 * share * sums["started_back"] + share**2 * sums["started_squared"])
    if n <= 1 or rest <= 1e-9:  # nothing tells how far people differ: as if each had answered once
        return wilson(share * float(sums["people"]), float(sums["people"]))
    size = share * (1 - share) / (rest / total**2 * n / (n - 1))
    return wilson(share * size, size, float(stdtrit(n - 1, 0.975)))
