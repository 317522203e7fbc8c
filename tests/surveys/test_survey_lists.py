"""Multiple choice and grids: shares of respondents, each once."""

import numpy as np
import pandas as pd
import pytest

from prodops import surveys
from prodops.errors import InputError


def test_choices_are_shares_of_who_answered() -> None:
    """Blanks and repeats do not count; who chose nothing did not answer; ties stand by name."""
    found = surveys.choices(["Web; App", "app ;Web;Web", "Web", "", None, " ; "])
    assert found["answer"].tolist() == ["Web", "App", "app"]
    assert found["chosen"].tolist() == [3, 1, 1]
    assert found["n"].tolist() == [3, 3, 3]
    assert found["share"].tolist() == [1, pytest.approx(1 / 3), pytest.approx(1 / 3)]
    assert (found["lower"] <= found["share"]).all()
    assert (found["upper"] >= found["share"]).all()


def test_choices_weigh_respondents() -> None:
    """A share is of the weights, not of the heads."""
    found = surveys.choices(["a|b", "b"], separator="|", weights=[3, 1]).set_index("answer")
    assert found["share"].to_dict() == {"b": 1, "a": 0.75}


def test_a_separator_is_no_pattern() -> None:
    """Signs that mean something to a pattern are themselves here."""
    assert surveys.choices(["a.b"], separator=".")["answer"].tolist() == ["a", "b"]


def test_no_choices_are_an_empty_table() -> None:
    """Where nobody answered the columns stand there without rows."""
    found = surveys.choices([None, ""])
    assert found.empty
    assert list(found.columns) == ["answer", "chosen", "n", "share", "lower", "upper"]


def test_a_matrix_counts_each_item_by_those_who_answered_it() -> None:
    """Each item has all answers that any item got, 0 where it got none; an item nobody answered is left out."""
    frame = pd.DataFrame({"speed": [1, 2, 2, None], "price": [3, 3, None, None], "colour": [None] * 4})
    found = surveys.matrix(frame)
    assert found["item"].tolist() == ["speed"] * 3 + ["price"] * 3
    assert found["answer"].tolist() == [1, 2, 3, 1, 2, 3]
    assert found["chosen"].tolist() == [1, 2, 0, 0, 0, 2]
    assert found["n"].tolist() == [3, 3, 3, 2, 2, 2]
    assert round(found["upper"].iloc[2], 4) == 0.5615


def test_a_matrix_of_words_keeps_the_order_given() -> None:
    """Words stand as the scale has them, others after."""
    found = surveys.matrix(pd.DataFrame({"x": ["good", "bad", "so-so"]}), order=["bad", "so-so"])
    assert found["answer"].tolist() == ["bad", "so-so", "good"]
    assert surveys.matrix(pd.DataFrame({"x": [None]})).empty
    with pytest.raises(InputError, match="1 answers and 2 weights"):
        surveys.matrix(pd.DataFrame({"x": ["a"]}), [1, 2])


def test_the_range_of_each_choice_is_that_of_a_share() -> None:
    """Weighted, an answer's share and range are those of ``share`` over who chose it and who did not."""
    rng = np.random.default_rng(5)
    said, weight = rng.choice(["a", "b", "c", "a;b", "c;b"], 60), rng.choice([0.5, 1, 4], 60)
    for row in surveys.choices(said, weights=weight).itertuples(index=False):
        alone = surveys.share([row.answer in text.split(";") for text in said], weight)
        assert (row.share, row.lower, row.upper) == pytest.approx((alone.value, alone.lower, alone.upper))
