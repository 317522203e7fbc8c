"""How long people take from one step of a funnel to another."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import ibis
import ibis.expr.types as ir

from prodops.errors import ParameterError
from prodops.kpis.behaviour.attempts import reached
from prodops.kpis.behaviour.frames import mean
from prodops.kpis.behaviour.funnel_spec import FunnelSpec
from prodops.kpis.behaviour.funnels import best, prepared
from prodops.kpis.kinds import Desk
from prodops.sources.engine import answer

if TYPE_CHECKING:
    import pandas as pd

    from prodops.kpis.behaviour.events import Events, Identities

MOST_BINS = 60


@dataclass(frozen=True)
class ConversionTime:
    """The times of the people who got from one step to another; NaN where nobody did.

    ``histogram``: one row is a bin, ``from_seconds`` up to (not at) ``to_seconds``, with the ``entities`` in it.
    """

    entities: int
    mean_seconds: float
    median_seconds: float
    least_seconds: float
    most_seconds: float
    histogram: "pd.DataFrame"

    def to_frame(self) -> "pd.DataFrame":
        """Give the histogram."""
        return self.histogram


def time_to_convert(
    events: "Events",
    spec: FunnelSpec,
    *,
    from_step: int = 1,
    to_step: int | None = None,
    bins: int | None = None,
    identities: "Identities | None" = None,
    desk: Desk | None = None,
) -> ConversionTime:
    """Give the distribution of times between two steps of people's best attempts (by default from the first to the last).

    Bins are ceil((greatest − least) / ``bins``) seconds wide from the least time on, and one more than ``bins``, which may be needed to
    hold the greatest; by default the cube root of the number of people, at most 60. Raises ParameterError for steps that are not there.
    """
    spec = spec.settled(desk)
    first, last = checked_steps(spec, from_step, to_step)
    if bins is not None and not 1 <= bins <= 1_000:
        raise ParameterError(f"bins is {bins}; it is a number from 1 to 1,000.")
    table = best(reached(prepared(events, spec, identities), spec))
    took = table.filter(table.depth >= last)
    took = took.select(took=took[f"t{last}"].delta(took[f"t{first}"], unit="microsecond"))
    facts = answer(_facts(took), "time to convert", desk).iloc[0]
    count = int(facts["entities"])
    if not count:
        return ConversionTime(0, math.nan, math.nan, math.nan, math.nan, _histogram({}, 0, 0, -1))
    bins = bins or min(MOST_BINS, round(count ** (1 / 3)) or 1)
    least, most = int(facts["least"]), int(facts["most"])
    width = max(1, math.ceil((most - least) / 1_000_000 / bins))
    found = answer(_binned(took, least, width), "time to convert: histogram", desk)
    counts = dict(zip(found["bin"], found["entities"], strict=True))
    mean, median, shortest, longest = (float(facts[c]) / 1e6 for c in ("mean", "median", "least", "most"))
    return ConversionTime(count, mean, median, shortest, longest, _histogram(counts, least, width, bins))


def checked_steps(spec: FunnelSpec, from_step: int, to_step: int | None) -> tuple[int, int]:
    """Give the numbers of two steps; raises ParameterError where the funnel has no such steps."""
    depth = len(spec.steps)
    last = depth if to_step is None else to_step
    if not 1 <= from_step < last <= depth:
        raise ParameterError(f"from_step {from_step} to to_step {last}: expected two of the steps 1 to {depth}, the earlier first.")
    return from_step, last


def _facts(took: ir.Table) -> ir.Table:
    value = took.took
    numbers = {"mean": mean(value), "median": value.median()}
    found = took.agg(entities=took.count(), least=value.min(), most=value.max(), **{k: v.cast("float64") for k, v in numbers.items()})
    return found.order_by("entities")


def _binned(took: ir.Table, least: int, width: int) -> ir.Table:
    place = took.select(bin=((took.took - least) // ibis.literal(width * 1_000_000, "int64")).cast("int64"))
    return place.group_by("bin").agg(entities=place.count()).order_by("bin")


def _histogram(counts: dict[int, int], least: int, width: int, bins: int) -> "pd.DataFrame":
    import pandas as pd

    starts = [least / 1e6 + width * n for n in range(bins + 1)]
    rows = {"from_seconds": starts, "to_seconds": [s + width for s in starts], "entities": [int(counts.get(n, 0)) for n in range(bins + 1)]}
    return pd.DataFrame(rows).astype({"from_seconds": "float64", "to_seconds": "float64", "entities": "int64"})
