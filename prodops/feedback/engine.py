"""Themes of texts that stay in their engine: a sample is drawn there, and themes are given to rows there, batch after batch.

    themes = find_themes(sample(table, text="body"))
    labelled = add_theme(table, themes, text="body")

The texts are never in memory all at once. They are cleaned and redacted before they come into such a table.
"""

from typing import TYPE_CHECKING

from prodops.errors import InputError, did_you_mean
from prodops.feedback.learnt import CHARACTERS, FIT_LIMIT

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from prodops.feedback.themes import Themes

ENGINES = {"duckdb": "DuckDB", "pyspark": "Spark"}
"""The engines that run a function over batches of rows; Ibis's name of each, and its own."""


def sample(table: "ir.Table", *, text: str = "text", limit: int = FIT_LIMIT) -> list[str]:
    """Draw up to ``limit`` different texts in the engine, each as often as it stands in the table, sorted.

    Those of the lowest SHA-256 are drawn: the same ones whatever the order of rows and whatever the engine, and a text drawn stays
    drawn when a few others come. ``find_themes`` draws so too, so that both find the same themes. Raises :class:`InputError` where the
    table has no such column or its engine is not one of :data:`ENGINES`.
    """
    said = _texts(table, text, "sample").re_replace(r"\s+", " ").strip()
    counted = table.select(said=said).filter(lambda rows: rows.said != "").group_by("said").aggregate(copies=lambda rows: rows.count())
    drawn = counted.order_by(counted.said.hexdigest("sha256")).limit(limit).to_pyarrow().to_pylist()
    return [row["said"] for row in sorted(drawn, key=lambda row: row["said"]) for _ in range(row["copies"])]


def add_theme(table: "ir.Table", themes: "Themes", *, text: str = "text") -> "ir.Table":
    """Add a column ``theme`` to an Ibis table: the id of the theme that each row's text belongs to, "" or null for none.

    Nothing is computed yet: the engine does it when the table is read, in batches. ``themes`` was found in a sample of such texts. Raises
    :class:`InputError` where the table has no such column or its engine is not one of :data:`ENGINES`.
    """
    import ibis
    import pandas as pd
    import pyarrow as pa

    column = _texts(table, text, "add_theme")

    def of_arrow(texts: pa.ChunkedArray) -> pa.Array:
        return pa.array(themes.assign(texts.to_pylist()), pa.string())

    def of_pandas(texts: pd.Series) -> pd.Series:
        return pd.Series(themes.assign(texts), dtype=object)

    kinds = {"duckdb": (ibis.udf.scalar.pyarrow, of_arrow), "pyspark": (ibis.udf.scalar.pandas, of_pandas)}
    vectorised, theme_of = kinds[table.get_backend().name]
    return table.mutate(theme=vectorised(theme_of, signature=(("string",), "string"))(column))


def _texts(table: "ir.Table", text: str, verb: str) -> "ir.StringColumn":
    """Give the column of texts, of a table whose engine can do it."""
    if text not in table.columns:
        raise InputError(f'The table has no column "{text}".{did_you_mean(text, table.columns)} {verb}() needs the column of texts.')
    if not table[text].type().is_string():
        raise InputError(f'The column "{text}" holds {table[text].type()}, not text. {verb}() needs the column of texts.')
    if (engine := table.get_backend().name) not in ENGINES:
        raise InputError(
            f"{engine} runs no function over batches of rows; {' and '.join(ENGINES.values())} do. Read the texts with to_pandas(), "
            "and use find_themes() and assign()."
        )
    return table[text].left(CHARACTERS)  # no more of a text than is looked at comes out of the engine
