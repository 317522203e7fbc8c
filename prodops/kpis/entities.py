"""What is counted once for each entity (a user, an account), for all slicings in one pass.

Rows are first brought to one row for each entity and period, and these to one for all entities alike. Most entities stay in one
combination of slices within a period, so they are counted in each slicing as they are; only the rows of the others, who roam, are read
again and counted slice by slice.
"""

from collections.abc import Mapping, Sequence

import ibis
import ibis.expr.types as ir

from prodops.kpis.aggregates import Measure
from prodops.kpis.kept import Kept, Pairs, roams, spot, spotted
from prodops.kpis.kinds import SEPARATOR
from prodops.kpis.placing import Slicing, slice_in


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
    kept, keys = Kept(measures, pairs), list(codes.values())
    rows = rows.filter(rows[entity].notnull()).mutate(_entity=rows[entity])
    if not keys:
        alike = kept.alike(rows.group_by("_period", "_entity").agg(**kept.each(rows)))
        return _together([_by_slice(alike, (), codes, kept)], measures)
    combinations = spotted(combinations, keys)
    rows = rows.join(combinations, keys)
    people = rows.group_by("_period", "_entity").agg(**kept.each(rows))
    alike = kept.alike(people.mutate(_roamer=ibis.ifelse(roams(people), people._entity, ibis.null(people._entity.type()))), "_roamer")
    settled = alike.filter(alike._roamer.isnull())
    settled = settled.join(combinations, spot(settled) == combinations._spot)
    roaming = alike.filter(alike._roamer.notnull()).select(_roaming_period="_period", _roaming="_roamer")
    again = rows.semi_join(roaming, [rows._period == roaming._roaming_period, rows._entity == roaming._roaming])
    cells = again.group_by("_period", "_entity", *keys).agg(**kept.each(again))
    found = []
    for slicing in slicings:
        theirs = [codes[c] for c in slicing]
        apart = kept.alike(cells.group_by("_period", "_entity", *theirs).agg(**kept.again(cells)), *theirs)
        found += [_by_slice(part, slicing, codes, kept) for part in ([settled, apart] if slicing else [alike])]
    return _together(found, measures)


def _together(found: Sequence[ir.Table], measures: Mapping[str, Measure]) -> ir.Table:
    """Add up what was counted apart."""
    both = found[0].union(*found[1:]) if len(found) > 1 else found[0]
    names = [c for c in both.columns if c not in ("dimension", "period", "slice")]
    sums = {name: both[name].sum().cast("int64" if name in measures else "float64") for name in names}
    return both.group_by("dimension", "period", "slice").agg(**sums)


def _by_slice(alike: ir.Table, slicing: Slicing, codes: Mapping[str, str], kept: Kept) -> ir.Table:
    found = alike.group_by(period=alike._period, slice=slice_in(alike, slicing, codes)).agg(**kept.numbers(alike))
    return found.mutate(dimension=ibis.literal(SEPARATOR.join(slicing))).select("dimension", *found.columns)
