"""Themes are given to rows where they lie."""

import ibis
import pyarrow as pa
import pytest
from feedback_corpus import corpus

from prodops.errors import InputError
from prodops.feedback import find_themes
from prodops.feedback.engine import add_theme


def test_rows_get_their_theme_in_the_engine() -> None:
    """DuckDB gives each row the theme that assign() gives it; a missing text has none."""
    texts, _ = corpus()
    themes = find_themes(texts)
    said = [*texts[:40], "zebra giraffe", None]
    table = ibis.duckdb.connect().create_table("feedback", pa.table({"n": range(len(said)), "body": said}))
    found = add_theme(table, themes, text="body").order_by("n").to_pyarrow()
    assert [theme or "" for theme in found["theme"].to_pylist()] == themes.assign(said)
    assert found.column_names == ["n", "body", "theme"]


def test_a_column_that_is_not_there() -> None:
    """The error names the column that is near."""
    with pytest.raises(InputError, match='no column "text"'):
        add_theme(ibis.table({"texts": "string"}), find_themes([]))
