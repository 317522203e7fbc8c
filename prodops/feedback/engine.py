"""Themes of texts that stay in their engine: a vectorised function that runs where the table is, batch after batch."""

from typing import TYPE_CHECKING

from prodops.errors import InputError, did_you_mean

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from prodops.feedback.themes import Themes


def add_theme(table: "ir.Table", themes: "Themes", *, text: str = "text") -> "ir.Table":
    """Add a column ``theme`` to an Ibis table: the id of the theme that each row's text belongs to, "" or null for none.

    Nothing is computed yet: the engine (DuckDB, Spark and others that take Arrow functions) does it when the table is read, so that the
    texts never are in memory all at once. ``themes`` was found in a sample of such texts, cleaned and redacted like these. Raises
    :class:`InputError` where the table has no such column.
    """
    import ibis
    import pyarrow as pa

    if text not in table.columns:
        raise InputError(f'The table has no column "{text}".{did_you_mean(text, table.columns)} add_theme() needs the column of texts.')

    def theme_of(texts: pa.ChunkedArray) -> pa.Array:
        return pa.array(themes.assign(texts.to_pylist()), pa.string())

    placed = ibis.udf.scalar.pyarrow(theme_of, signature=(("string",), "string"))
    return table.mutate(theme=placed(table[text]))
