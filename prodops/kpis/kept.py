"""What is kept of one entity (a user, an account) in a period: which filters its rows pass, in which combination of slices, its totals.

An engine holds one such row for each entity and period in memory, so filters and combination are the bits of few whole numbers: the
first has 15 filters and the combination, each further one 60 filters.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import NamedTuple

import ibis
import ibis.expr.types as ir

from prodops.kpis.aggregates import Measure
from prodops.kpis.filters import Where
from prodops.kpis.masks import bit_or
from prodops.kpis.partials import exact
from prodops.kpis.predicates import predicate

Pairs = Mapping[str, tuple[Measure, Measure]]
"""Ratios per entity: what is counted or summed, and the distinct entities it is divided by."""

FLAGS, MORE, PLACE = 15, 60, 24
"""The bits: filters of the first number and of each further one; a combination's number, which stands beside its complement."""


class Flag(NamedTuple):
    """A bit of a number."""

    word: str
    bit: int

    def of(self, table: ir.Table) -> ir.BooleanValue:
        """Tell whether it is set."""
        return (table[self.word] & self.bit) > 0


@dataclass(frozen=True)
class Kept:
    """What some measures and ratios need to know of an entity; a measure without a filter counts every entity, and needs no bit."""

    measures: Mapping[str, Measure]
    pairs: Pairs

    @property
    def flags(self) -> dict[Where, Flag]:
        """Give each filter its bit."""
        asked = [*self.measures.values(), *(bottom for _, bottom in self.pairs.values())]
        filters = dict.fromkeys(m.where for m in asked if m.where)
        return {where: self._flag(place) for place, where in enumerate(filters)}

    @property
    def words(self) -> list[str]:
        """Name the numbers that hold bits."""
        return list(dict.fromkeys(["_word0", *(flag.word for flag in self.flags.values())]))

    @property
    def totals(self) -> dict[Measure, str]:
        """Name what is counted or summed of each entity."""
        return {top: f"_total{place}" for place, top in enumerate(dict.fromkeys(top for top, _ in self.pairs.values()))}

    def each(self, rows: ir.Table) -> dict[str, ir.Value]:
        """Bring the rows of one entity to what is kept of it; their ``_spot``, if any, enters the first number."""
        bits: dict[str, list[ir.Value]] = {word: [] for word in self.words}
        for where, flag in self.flags.items():
            bits[flag.word].append(ibis.ifelse(predicate(rows, where), flag.bit, 0))
        if "_spot" in rows.columns:
            bits["_word0"].append(rows["_spot"])  # last, so that the narrow numbers are added up first
        words = {word: bit_or(reduce(add, some or [ibis.literal(0)]).cast("int64")) for word, some in bits.items()}
        return words | {name: _total(rows, top) for top, name in self.totals.items()}

    def again(self, cells: ir.Table) -> dict[str, ir.Value]:
        """Put what is kept of an entity in several cells together."""
        return {w: bit_or(cells[w]) for w in self.words} | {name: cells[name].sum() for name in self.totals.values()}

    def alike(self, people: ir.Table, *keys: str) -> ir.Table:
        """Count the entities of which the same is kept, with the sums of their totals and of the totals' squares."""
        sums: dict[str, ir.Value] = {"_entities": people.count()}
        for top, name in self.totals.items():
            x = people[name] if people[name].type().is_integer() else people[name].cast("float64").fill_null(0.0)
            sums |= {name: exact(x).sum(), f"{name}_squares": exact(x * x).sum()}
            if top.agg == "sum":  # a count is never below 0
                sums[f"{name}_negative"] = ibis.ifelse(x < 0, 1, 0).sum()
        return people.group_by("_period", *keys, *self.words).agg(**sums)

    def numbers(self, alike: ir.Table) -> dict[str, ir.Value]:
        """Give the columns of each measure and pair from entities counted alike."""
        found = {key: self._counted(alike, measure, "_entities") for key, measure in self.measures.items()}
        for key, (top, bottom) in self.pairs.items():
            total = self.totals[top]
            found |= {f"{key}__xx": alike[f"{total}_squares"].sum(), f"{key}__xd": self._counted(alike, bottom, total)}
            found[f"{key}__neg"] = (alike[f"{total}_negative"] if top.agg == "sum" else alike["_entities"] * 0).sum()
        return found

    def _counted(self, alike: ir.Table, measure: Measure, column: str) -> ir.Value:
        """Add up a column over the entities that a measure counts."""
        values = alike[column]
        if not measure.where:
            return values.sum()
        return ibis.ifelse(self.flags[measure.where].of(alike), values, ibis.literal(0).cast(values.type())).sum()

    @staticmethod
    def _flag(place: int) -> Flag:
        if place < FLAGS:
            return Flag("_word0", 2**place)
        return Flag(f"_word{1 + (place - FLAGS) // MORE}", 2 ** ((place - FLAGS) % MORE))


def _total(rows: ir.Table, measure: Measure) -> ir.Value:
    where = predicate(rows, measure.where)
    if measure.agg == "count":
        return (rows[measure.column].count(where=where) if measure.column else rows.count(where=where)).cast("int64")
    return exact(rows[str(measure.column)]).sum(where=where)


# ------------------------------------------------------------------------------------------------- combinations of slices
def spotted(combinations: ir.Table, keys: Iterable[str]) -> ir.Table:
    """Number combinations of slices, as ``_spot``: the bits of each number and of its complement.

    Where an entity's rows lie in several combinations some bit is set in both. Combinations beyond the numbers have all bits set, so
    that their entities count as roaming, which is slower but as right.
    """
    number = ibis.row_number().over(order_by=list(keys)).cast("int64")
    low, high = _bits()
    spot = number * 2**FLAGS + (2**PLACE - 1 - number) * 2 ** (FLAGS + PLACE)
    return combinations.mutate(_spot=ibis.ifelse(number < 2**PLACE, spot, low + high))


def spot(people: ir.Table) -> ir.IntegerValue:
    """Give the combination's bits of what is kept of entities."""
    return people["_word0"] & sum(_bits())


def roams(people: ir.Table) -> ir.BooleanValue:
    """Tell whether an entity's rows lie in several combinations, or in one beyond the numbers."""
    low, high = _bits()
    return (people["_word0"] & low) * 2**PLACE != high - (people["_word0"] & high)


def _bits() -> tuple[int, int]:
    """Give the bits of a combination's number, and those of its complement."""
    low = (2**PLACE - 1) * 2**FLAGS
    return low, low * 2**PLACE
