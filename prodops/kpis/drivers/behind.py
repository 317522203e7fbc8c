"""Why a derived number moved that no slices make up, such as feedback per 1,000 users: which of its inputs did."""

from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from prodops.kpis import words
from prodops.kpis.book import KpiBook
from prodops.kpis.drivers.formula import Decomposition, decompose
from prodops.kpis.drivers.why import Why
from prodops.kpis.kinds import Desk
from prodops.stamps import in_words
from prodops.workspace import Period, step

if TYPE_CHECKING:
    from prodops.kpis.moves import Move


def inputs_behind(desk: Desk, book: KpiBook, move: "Move", usual: date) -> Why | None:
    """Take a move apart along its KPI's formula, against the last period in which the number was usual; nothing where nothing changed."""
    spans = [Period(start, step(start, move.grain)) for start in (usual, move.start)]
    found = decompose(desk, book, move.kpi, before=spans[0], after=spans[1])
    parts = found.parts
    if not np.isfinite(found.change) or found.change == 0 or len(parts) < 2:
        return None
    since = words.period_words(usual, move.grain)
    return Why(
        parts[["part", "contribution", "share", "before", "after"]],
        (),
        found.before,
        found.after,
        since,
        words.period_words(move.start, move.grain),
        found.unit,
        _title(found),
        f"What each input brought to {found.title} since {since}",
        f"Against {since}: {found.sentence}",
        inputs=tuple(parts["part"]),
    )


def _title(found: Decomposition) -> str:
    first = found.parts.iloc[0]
    step_unit = "points" if found.unit == "share" else found.unit
    brought, rest = (in_words(float(v), step_unit, signed=True) for v in (first["contribution"], found.change - first["contribution"]))
    return f"{first['part']} brought {brought}, all else {rest}"
