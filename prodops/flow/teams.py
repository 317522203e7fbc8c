"""Handoffs: items that change teams on their way, and those that come back to a team that had them before."""

from datetime import datetime
from typing import TYPE_CHECKING

import ibis

from prodops.flow.kinds import Desk
from prodops.flow.moves import lives, moves, stays
from prodops.flow.spec import FlowSpec
from prodops.flow.work_items import sliced_by, within
from prodops.intervals import wilson_bounds
from prodops.sources.engine import answer

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import numpy as np
    import pandas as pd

    from prodops.flow.kinds import Rows

RESAMPLES = 1_000


def handoffs(
    transitions: "Rows", spec: FlowSpec, *, since: datetime | None = None, until: datetime | None = None, desk: Desk | None = None
) -> "pd.DataFrame":
    """Count handoffs from team to team, most frequent first: ``from_team``, ``to_team``, ``handoffs``, ``items``, ``returns``.

    A handoff is a move of a team other than the last one known of the item; it is a return where that team had the item before. Moves
    without a team hand nothing over. ``since`` and ``until`` bound the handoff. Empty where no item changes teams.
    """
    spec = spec.settled(desk)
    rows = within(_handed_over(transitions, spec), "changed_at", since, until)
    found = rows.group_by("from_team", "to_team").agg(handoffs=rows.count(), items=rows.item_id.nunique(), returns=rows.is_return.sum())
    frame = answer(found.order_by(ibis.desc("handoffs"), "from_team", "to_team"), "handoffs between teams", desk)
    return frame.astype(dict.fromkeys(("handoffs", "items", "returns"), "int64"))


def _handed_over(transitions: "Rows", spec: FlowSpec) -> "ir.Table":
    """Give the moves by which an item changes teams."""
    rows = moves(transitions, spec)
    rows = rows.filter(rows.team.notnull(), rows.team != "")
    rows = rows.mutate(
        from_team=rows.team.lag().over(ibis.window(group_by="item_id", order_by="n")),
        first=rows.n.min().over(ibis.window(group_by=["item_id", "team"])),
    )
    rows = rows.filter(rows.from_team.notnull(), rows.team != rows.from_team)
    return rows.select("item_id", "n", "changed_at", "from_team", to_team="team", is_return=rows.first < rows.n)


def ping_pong(
    transitions: "Rows",
    spec: FlowSpec,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    by: str = "",
    seed: int = 0,
    desk: Desk | None = None,
) -> "pd.DataFrame":
    """Say how many finished items came back to a team that had handed them over, and how much longer they took.

    ``slice``, ``items`` (finished, with a known team), ``handed_over`` (changed teams at all), ``returned`` (came back to a team) and its
    ``share`` with its 95 % Wilson range ``lower`` and ``upper``, ``handoffs``, ``median_days`` of returned items and ``median_days_without``
    of those never handed back, ``days_added`` (their difference) with its 95 % bootstrap range ``days_added_lower`` and
    ``days_added_upper`` (missing below five items on a side). Hard items wander more: not all of the difference is the wandering's.
    """
    import numpy as np
    import pandas as pd

    spec = spec.settled(desk)
    every = lives(stays(transitions, spec), spec)
    every = within(every.filter(every.finished.notnull(), every.team.notnull()), "finished", since, until)
    changed = _handed_over(transitions, spec)
    changed = changed.group_by("item_id").agg(handoffs=changed.count(), returns=changed.is_return.sum())
    rows = every.mutate(slice=sliced_by(every, by)).select("item_id", "slice", "cycle_days").left_join(changed, "item_id")
    rows = rows.select("slice", "cycle_days", handoffs=rows.handoffs.fill_null(0), is_back=rows.returns.fill_null(0) > 0)
    found = rows.group_by("slice", "cycle_days", "is_back").agg(
        items=rows.count(), handed_over=(rows.handoffs > 0).sum(), handoffs=rows.handoffs.sum()
    )
    counts = answer(found.order_by("slice", "cycle_days", "is_back"), f"cycle times with and without handoffs{' by ' * bool(by)}{by}", desk)
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame([_compared(str(name), part, rng) for name, part in counts.groupby("slice")], columns=list(COLUMNS))
    lower, upper = wilson_bounds(frame["returned"].to_numpy("float64"), frame["items"].to_numpy("float64"))
    return frame.assign(lower=lower, upper=upper).astype({"slice": "str"})


COLUMNS = (
    "slice", "items", "handed_over", "returned", "share", "lower", "upper", "handoffs",
    "median_days", "median_days_without", "days_added", "days_added_lower", "days_added_upper",
)  # fmt: skip


def _compared(name: str, counts: "pd.DataFrame", rng: "np.random.Generator") -> dict[str, object]:
    """Compare the cycle times of items that came back with those of the others."""
    import numpy as np

    sides = [counts[counts["is_back"] == back] for back in (True, False)]
    items, returned = int(counts["items"].sum()), int(sides[0]["items"].sum())
    medians = [_medians(side, rng) for side in sides]
    added = medians[0] - medians[1]
    enough = min(int(side["items"].sum()) for side in sides) >= 5
    low, high = np.quantile(added[1:], [0.025, 0.975]) if enough else (np.nan, np.nan)
    return {
        "slice": name, "items": items, "handed_over": int(counts["handed_over"].sum()), "returned": returned, "share": returned / items,
        "handoffs": int(counts["handoffs"].sum()), "median_days": float(medians[0][0]), "median_days_without": float(medians[1][0]),
        "days_added": float(added[0]), "days_added_lower": float(low), "days_added_upper": float(high),
    }  # fmt: skip


def _medians(side: "pd.DataFrame", rng: "np.random.Generator") -> "np.ndarray":
    """Give the median cycle time of counted items, and after it those of resamples; NaN where there is none."""
    import numpy as np

    total = int(side["items"].sum())
    if not total:
        return np.full(RESAMPLES + 1, np.nan)
    days, counts = side["cycle_days"].to_numpy("float64"), side["items"].to_numpy("int64")
    drawn = np.vstack([counts, rng.multinomial(total, counts / total, size=RESAMPLES)]).cumsum(axis=1)
    low, high = ((drawn <= rank).sum(axis=1) for rank in ((total - 1) // 2, total // 2))
    return np.asarray((days[low] + days[high]) / 2)
