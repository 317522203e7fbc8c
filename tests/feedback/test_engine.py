"""Themes are found in a sample that is drawn where the rows lie, and given to rows there."""

import random
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pytest
from feedback_corpus import PARTS, corpus

from prodops.errors import InputError
from prodops.feedback import add_theme, find_themes, learnt, sample


def table_of(said: list[str | None]) -> ir.Table:
    """Put texts into a DuckDB table."""
    return ibis.duckdb.connect().create_table("feedback", pa.table({"n": range(len(said)), "body": pa.array(said, pa.string())}))


def generated(n: int) -> list[str]:
    """Write so many different texts."""
    rng = random.Random(n)
    return [
        f"{rng.choice(subjects)} {rng.choice(complaints)}. {rng.choice(effects)}, case c{i}"
        for i, (subjects, complaints, effects) in zip(range(n), [*PARTS.values()] * (n // len(PARTS) + 1), strict=False)
    ]


def labels_in_engine(said: list[str], limit: int) -> list[str]:
    """Find themes in a sample, and give them to all rows, in DuckDB."""
    table = table_of(said)
    found = find_themes(sample(table, text="body", limit=limit))
    return add_theme(table, found, text="body").order_by("n").to_pyarrow()["theme"].to_pylist()


def test_rows_get_their_theme_in_the_engine() -> None:
    """DuckDB gives each row the theme that assign() gives it; a missing text has none."""
    texts, _ = corpus()
    found = find_themes(texts)
    said = [*texts[:40], "zebra giraffe", None]
    labelled = add_theme(table_of(said), found, text="body").order_by("n").to_pyarrow()
    assert [theme or "" for theme in labelled["theme"].to_pylist()] == found.assign(said)
    assert labelled.column_names == ["n", "body", "theme"]


def test_a_sample_does_not_hang_on_the_order_of_rows() -> None:
    """The same texts are drawn from shuffled rows, each as often as it stands there, and stay drawn when one more comes."""
    texts, _ = corpus()
    said = [*texts, *texts[:5], "  ", None, f"{texts[0]}\n "]
    drawn = sample(table_of(said), text="body", limit=100)
    assert len(set(drawn)) == 100
    assert drawn == sorted(drawn) == sample(table_of(random.Random(1).sample(said, len(said))), text="body", limit=100)
    assert len(set(drawn) - set(sample(table_of([*said, "Something new"]), text="body", limit=100))) <= 1
    assert sample(table_of(said), text="body").count(texts[0]) == texts.count(texts[0]) + 2


def test_a_sample_is_what_find_themes_would_draw(monkeypatch: pytest.MonkeyPatch) -> None:
    """Above the limit, themes found through the engine are those found in memory, with the same labels for the rows that are placed."""
    monkeypatch.setattr(learnt, "FIT_LIMIT", 400)
    said = generated(2000)
    drawn = set(sample(table_of(said), text="body", limit=400))
    there, here = labels_in_engine(said, 400), find_themes(said).labels
    placed = [i for i, text in enumerate(said) if text not in drawn]
    assert len(placed) == 1600
    assert [there[i] for i in placed] == [here[i] for i in placed]
    assert len(set(here) - {""}) >= 3


@pytest.mark.slow
def test_a_table_beyond_the_limit() -> None:
    """So it is at the real limit: 60,000 rows, a third of them drawn."""
    said = generated(60_000)
    drawn = set(sample(table_of(said), text="body"))
    there, here = labels_in_engine(said, learnt.FIT_LIMIT), find_themes(said).labels
    assert len(drawn) == learnt.FIT_LIMIT
    assert [a for a, text in zip(there, said, strict=True) if text not in drawn] == [
        b for b, text in zip(here, said, strict=True) if text not in drawn
    ]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # pyspark and Ibis warn of pandas 3, each in their own way
def test_spark_does_the_same(spark_session: Any) -> None:
    """Spark draws the sample that DuckDB draws, and gives each row the theme that assign() gives it."""
    said = [*corpus()[0][:200], "zebra giraffe", None]
    rows = spark_session.createDataFrame(list(enumerate(said)), "n int, body string")
    rows.createOrReplaceTempView("feedback_bodies")
    table = ibis.pyspark.connect(spark_session).table("feedback_bodies")
    drawn = sample(table, text="body", limit=150)
    found = find_themes(drawn)
    labelled = add_theme(table, found, text="body").order_by("n").to_pyarrow()
    assert drawn == sample(table_of(said), text="body", limit=150)
    assert [theme or "" for theme in labelled["theme"].to_pylist()] == found.assign(said)


def test_a_column_that_is_not_there() -> None:
    """The error names the column that is near, or what it holds instead of text."""
    with pytest.raises(InputError, match=r'no column "bodi".* Did you mean "body"'):
        add_theme(table_of(["a"]), find_themes([]), text="bodi")
    with pytest.raises(InputError, match='"n" holds int64, not text'):
        sample(table_of(["a"]), text="n")


def test_an_engine_that_cannot() -> None:
    """SQLite, which takes no function over batches, is refused by name, with what to do instead."""
    table = ibis.sqlite.connect().create_table("feedback", pa.table({"text": ["a"]}))
    with pytest.raises(InputError, match=r"sqlite runs no function over batches of rows; DuckDB and Spark do\. Read the texts"):
        add_theme(table, find_themes([]))
