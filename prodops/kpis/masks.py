"""Periods of activity as the bits of one whole number: a person's whole run of periods in one row, however many events.

This is what makes grids over many millions of events quick: events are reduced once, to one row a person, and people with the same
bits are counted together. Thirty-one periods fit in the 32-bit numbers that every engine shifts alike.
"""

import ibis
import ibis.expr.types as ir

BITS = 31


@ibis.udf.agg.builtin
def bit_or(x: int) -> int:  # type: ignore[empty-body]
    """Name the engines' own BIT_OR: Ibis has the word on all but Spark, and Spark has the function."""


def mask(index: "ir.Value", where: "ir.BooleanValue") -> "ir.Value":
    """Aggregate rows to a number whose bit ``index`` (0 … 30) is set where any row of that index passes; 0 where none does.

    The condition stands within the aggregate's argument, as engines may shift before they filter.
    """
    one = ibis.literal(1, "int64")
    return bit_or(ibis.ifelse(where, one << index.cast("int32"), 0))


def has(bits: "ir.Value", index: "ir.Value") -> "ir.BooleanValue":
    """Tell whether a bit is set."""
    return ((bits >> index.cast("int32")) & 1) == 1
