"""What is counted once for each entity (a user, an account), for all slicings, from one pass over the rows.

Rows come brought to cells: one for each entity, period and combination of slices. Most entities have one cell in a period, which is
counted in each slicing as it is; only the cells of the others are put together and counted slice by slice.
"""

from collections.abc import Mapping, Sequence

import ibis
import ibis.expr.types as ir

from prodops.kpis.aggregates import Measure
from prodops.kpis.kinds import SEPARATOR
from prodops.kpis.partials import exact, merged
from prodops.kpis.placing import Slicing, slice_in

Pairs = Mapping[str, tuple[Measure, Measure]]
"""Ratios per entity: what is counted or summed, and the distinct entities it is divided by."""


def counted(
    cells: ir.Table,
    measures: Mapping[str, Measure],
    distinct: Mapping[str, Measure],
    pairs: Pairs,
    slicings: Sequence[Slicing],
    codes: Mapping[str, str],
) -> ir.Table:
    """Count the entities of some ``distinct`` measures by ``dimension``, ``period`` and ``slice``, one column a measure.

    ``cells`` hold the parts of all ``measures`` by ``_period``, ``_entity`` and codes, each combination once. Of each pair come the sums
    that the range of a ratio needs: ``id__xx`` of the squares of each entity's total, and ``id__xd`` of the totals of entities that the
    denominator counts.
    """
    keys = list(codes.values())
    if not keys:
        return _together([_by_slice(cells, (), codes, _totals(cells, measures, distinct, pairs))], distinct)
    roaming = cells.group_by("_period", "_entity").agg(_cells=cells.count()).filter(lambda t: t._cells > 1)
    roaming = roaming.select(_their_period="_period", _them="_entity")
    theirs = [cells._period == roaming._their_period, cells._entity == roaming._them]
    settled, again = cells.anti_join(roaming, theirs), cells.semi_join(roaming, theirs)
    settled = settled.group_by("_period", *keys).agg(**_totals(settled, measures, distinct, pairs))
    sums = {name: settled[name].sum() for name in settled.columns if name not in ("_period", *keys)}
    found = []
    for slicing in slicings:
        part = again.group_by("_period", "_entity", *[codes[c] for c in slicing]).agg(**merged(again, measures))
        found += [_by_slice(settled, slicing, codes, sums), _by_slice(part, slicing, codes, _totals(part, measures, distinct, pairs))]
    return _together(found, distinct)


def _together(found: Sequence[ir.Table], distinct: Mapping[str, Measure]) -> ir.Table:
    """Add up what was counted apart."""
    both = found[0].union(*found[1:]) if len(found) > 1 else found[0]
    names = [c for c in both.columns if c not in ("dimension", "period", "slice")]
    sums = {name: both[name].sum().cast("int64" if name in distinct else "float64") for name in names}
    return both.group_by("dimension", "period", "slice").agg(**sums)


def _totals(people: ir.Table, measures: Mapping[str, Measure], distinct: Mapping[str, Measure], pairs: Pairs) -> dict[str, ir.Value]:
    """Say what is added up over entities, from the parts of each."""
    keys = {measure: key for key, measure in measures.items()}
    sums: dict[str, ir.Value] = {key: _counts(people, key).sum() for key in distinct}
    for key, (top, bottom) in pairs.items():
        x = people[f"{keys[top]}__n"] if top.agg == "count" else people[keys[top]].cast("float64").fill_null(0.0)
        sums |= {f"{key}__xx": exact(x * x).sum(), f"{key}__xd": exact(x * _counts(people, keys[bottom])).sum()}
    return sums


def _counts(people: ir.Table, key: str) -> ir.IntegerValue:
    """Whether a measure counts an entity, as 1 or 0."""
    return ibis.ifelse(people[f"{key}__n"] > 0, 1, 0).cast("int64")


def _by_slice(table: ir.Table, slicing: Slicing, codes: Mapping[str, str], columns: Mapping[str, ir.Value]) -> ir.Table:
    found = table.group_by(period=table._period, slice=slice_in(table, slicing, codes)).agg(**columns)
    return found.mutate(dimension=ibis.literal(SEPARATOR.join(slicing))).select("dimension", *found.columns)
