"""An experiment's units summed up in the engine: per measure and variant how many, their mean, variance and what they were before."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeAlias

from prodops.errors import InputError, NoData, did_you_mean, on_one_line, shorten
from prodops.sources.engine import Reader, answer

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd

    Units: TypeAlias = "ir.Table | pd.DataFrame"

NEEDED = ("user_id", "variant", "measure", "value")


def assigned(units: "Units", name: str, desk: Reader | None) -> "ir.Table":
    """Give the rows of one experiment as an Ibis table: ``user_id, variant, measure, value, before``, and ``crossed`` where a unit had several variants.

    Raises InputError where a column is missing, or where there are several experiments and none is named; NoData for an unknown name.
    """
    import ibis

    table = units if isinstance(units, ibis.expr.types.Table) else _given(units)
    for column in NEEDED:
        if column not in table.columns:
            raise InputError(
                f'An experiment needs the column "{column}".{did_you_mean(column, table.columns)} Its form: {", ".join(NEEDED)}.'
            )
    table = _one(table, name, desk) if "experiment" in table.columns else table
    table = table.filter(table.user_id.notnull(), table.variant.notnull())
    before = table.before if "before" in table.columns else ibis.null("float64")
    rows = table.select(
        user_id=table.user_id.cast("string"),
        variant=table.variant.cast("string"),
        measure=table.measure.cast("string"),
        value=table.value.cast("float64"),
        before=before.cast("float64"),
    )
    unit = ibis.window(group_by=rows.user_id)
    return rows.mutate(crossed=rows.variant.min().over(unit) != rows.variant.max().over(unit))


def _given(units: "pd.DataFrame") -> "ir.Table":
    """Take a frame into the engine, as Arrow, in which its missing values are missing."""
    import ibis
    import pyarrow as pa

    try:
        return ibis.memtable(pa.Table.from_pandas(units, preserve_index=False))
    except pa.ArrowException as fault:
        raise InputError(f"The units cannot be read as a table: {on_one_line(str(fault))}; each column needs one type.") from None


def _one(table: "ir.Table", name: str, desk: Reader | None) -> "ir.Table":
    names = table.select(experiment=table.experiment.cast("string")).distinct().order_by("experiment")
    known = [str(n) for n in answer(names, "experiments", desk)["experiment"].dropna()]
    if name and name not in known:
        raise NoData(f"There is no experiment {shorten(name)}.{did_you_mean(name, known)}")
    if not name and len(known) > 1:
        raise InputError(f"There are {len(known)} experiments; name one of them, such as {shorten(known[0])}.")
    return table.filter(table.experiment.cast("string") == (name or known[0])) if known else table


def counted(rows: "ir.Table", desk: Reader | None) -> "pd.DataFrame":
    """Count units by variant, ``variant, units``, those with one variant only; and of all units those with several, under ``variant`` missing."""
    import ibis

    variant = rows.crossed.ifelse(ibis.null("string"), rows.variant)
    return answer(rows.group_by(variant=variant).aggregate(units=rows.user_id.nunique()).order_by("variant"), "experiment: units", desk)


def summed(rows: "ir.Table", ratios: Mapping[str, tuple[str, str]], desk: Reader | None) -> "pd.DataFrame":
    """Sum measures up by variant: one row is one measure of one variant.

    ``n`` units measured, ``mean`` and ``variance`` (sample), ``known`` (how many have a ``before``), ``before_mean, before_variance`` and
    ``covariance`` with it, where a unit without one has the measure's mean of the others; ``least, most`` and ``others``, the values that are
    neither 0 nor 1. A ratio of two measures, ``{name: (top, bottom)}``, has the bottom's moments in place of ``before``'s, and ``is_ratio``.
    """
    import ibis

    rows = rows.filter(~rows.crossed, rows.value.notnull())
    usual = rows.before.mean().over(ibis.window(group_by=rows.measure))
    plain = rows.mutate(beside=rows.before.coalesce(usual), is_ratio=ibis.literal(False)).select(
        "variant", "measure", "value", "before", "beside", "is_ratio"
    )
    for name, (top, bottom) in ratios.items():
        one, other = (rows.filter(rows.measure == part).select("user_id", "variant", "value") for part in (top, bottom))
        joined = one.join(other, "user_id", rname="other_{name}")
        both = joined.select(
            "variant", "value", measure=ibis.literal(name), before=joined.other_value, beside=joined.other_value, is_ratio=True
        )
        plain = plain.union(both.select("variant", "measure", "value", "before", "beside", "is_ratio"))
    found = plain.group_by("measure", "variant", "is_ratio").aggregate(
        n=plain.count(),
        mean=plain.value.mean(),
        variance=plain.value.var(how="sample"),
        known=plain.before.count(),
        before_mean=plain.beside.mean(),
        before_variance=plain.beside.var(how="sample"),
        covariance=plain.value.cov(plain.beside, how="sample"),
        least=plain.value.min(),
        most=plain.value.max(),
        others=(~plain.value.isin([0.0, 1.0])).sum(),
    )
    return answer(found.order_by("measure", "variant"), "experiment: measures", desk)
