"""What is counted once for each entity (a user, an account), for all slicings in one pass.

Rows are first brought to one row for each entity and period. Most entities stay in one combination of slices within a period, so their
row is counted in each slicing as it is; only the rows of the others are read again, and counted slice by slice.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

import ibis
import ibis.expr.types as ir

from prodops.kpis.aggregates import Measure
from prodops.kpis.kinds import SEPARATOR
from prodops.kpis.partials import exact
from prodops.kpis.placing import Slicing, slice_in
from prodops.kpis.predicates import predicate

Pairs = Mapping[str, tuple[Measure, Measure]]
"""Ratios per entity: what is counted or summed, and the distinct entities it is divided by."""


def counted(
    rows: ir.Table,
    entity: str,
    measures: Mapping[str, Measure],
    pairs: Pairs,
    slicings: Sequence[Slicing],
    codes: Mapping[str, str],
    combinations: ir.Table,
) -> ir.Table:
    """Count the distinct values of ``entity`` by ``dimension``, ``period`` and ``slice``, one column a measure.

    ``combinations`` has every combination of codes that ``rows`` has, once. Of each pair come the sums that the range of a ratio needs:
    ``id__xx`` of the squares of each entity's total, ``id__xd`` of the totals of entities that the denominator counts, and ``id__neg``
    of the entities whose total is below 0.
    """
    rows = rows.filter(rows[entity].notnull()).mutate(_entity=rows[entity])
    each, totals = _each(measures, pairs), _totals(measures, pairs)
    keys = list(codes.values())
    if not keys:
        people = rows.group_by("_period", "_entity").agg(**each(rows))
        return _together([_by_slice(people, (), codes, totals(people))], measures)
    combinations = combinations.mutate(_combination=ibis.row_number().over(order_by=keys).cast("int32"))
    rows = rows.join(combinations, keys)
    people = rows.group_by("_period", "_entity").agg(**each(rows), _low=rows._combination.min(), _high=rows._combination.max())
    settled = people.filter(people._low == people._high).group_by("_period", "_low").agg(**totals(people))
    settled = settled.join(combinations, settled._low == combinations._combination)
    roaming = people.filter(people._low != people._high)
    them = roaming.select(_roaming_period="_period", _roaming="_entity")
    again = rows.semi_join(them, [rows._period == them._roaming_period, rows._entity == them._roaming])
    cells = again.group_by("_period", "_entity", *keys).agg(**each(again))
    found = []
    for slicing in slicings:
        part = _merged(cells, [codes[c] for c in slicing], measures, pairs) if slicing else roaming
        found += [_by_slice(settled, slicing, codes, _sums(settled, totals(people))), _by_slice(part, slicing, codes, totals(part))]
    return _together(found, measures)


def _sums(table: ir.Table, names: Iterable[str]) -> dict[str, ir.Value]:
    return {name: table[name].sum() for name in names}


def _together(found: Sequence[ir.Table], measures: Mapping[str, Measure]) -> ir.Table:
    """Add up what was counted apart."""
    both = found[0].union(*found[1:]) if len(found) > 1 else found[0]
    names = [c for c in both.columns if c not in ("dimension", "period", "slice")]
    sums = {name: both[name].sum().cast("int64" if name in measures else "float64") for name in names}
    return both.group_by("dimension", "period", "slice").agg(**sums)


def _each(measures: Mapping[str, Measure], pairs: Pairs) -> Callable[[ir.Table], dict[str, ir.Value]]:
    """Say what is kept of one entity: whether each measure counts it, and its total for each pair."""

    def of(rows: ir.Table) -> dict[str, ir.Value]:
        kept = {key: _flag(rows, measure) for key, measure in measures.items()}
        for key, (top, bottom) in pairs.items():
            kept |= {f"{key}__x": _total(rows, top), f"{key}__d": _flag(rows, bottom)}
        return kept

    return of


def _merged(cells: ir.Table, keys: Sequence[str], measures: Mapping[str, Measure], pairs: Pairs) -> ir.Table:
    """Bring what is kept of one entity in each combination of codes to one row for each value of some of them."""
    flags = {name: cells[name].max() for name in [*measures, *(f"{key}__d" for key in pairs)]}
    return cells.group_by("_period", "_entity", *keys).agg(**flags, **{f"{key}__x": cells[f"{key}__x"].sum() for key in pairs})


def _flag(rows: ir.Table, measure: Measure) -> ir.Value:
    test = predicate(rows, measure.where)
    return ibis.ifelse(rows._entity.notnull() if test is None else test, 1, 0).cast("int16").max()


def _total(rows: ir.Table, measure: Measure) -> ir.Value:
    where = predicate(rows, measure.where)
    if measure.agg == "count":
        return (rows[measure.column].count(where=where) if measure.column else rows.count(where=where)).cast("int64")
    return exact(rows[str(measure.column)]).sum(where=where)


def _totals(measures: Mapping[str, Measure], pairs: Pairs) -> Callable[[ir.Table], dict[str, ir.Value]]:
    """Say what is added up over entities."""

    def of(people: ir.Table) -> dict[str, ir.Value]:
        sums = {key: people[key].sum() for key in measures}
        for key in pairs:
            x = people[f"{key}__x"]
            x = x if x.type().is_integer() else x.cast("float64").fill_null(0.0)
            sums |= {f"{key}__xx": exact(x * x).sum(), f"{key}__xd": exact(x * people[f"{key}__d"]).sum()}
            sums |= {f"{key}__neg": ibis.ifelse(x < 0, 1, 0).sum()}
        return sums

    return of


def _by_slice(table: ir.Table, slicing: Slicing, codes: Mapping[str, str], columns: Mapping[str, ir.Value]) -> ir.Table:
    found = table.group_by(period=table._period, slice=slice_in(table, slicing, codes)).agg(**columns)
    return found.mutate(dimension=ibis.literal(SEPARATOR.join(slicing))).select("dimension", *found.columns)
