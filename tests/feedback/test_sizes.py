"""How large themes are, and how sure that is."""

from feedback_corpus import weeks_of
from numpy.testing import assert_allclose

from prodops.feedback import summary
from prodops.feedback.sizes import size_findings


def test_summary_by_hand() -> None:
    """Voices, share, and the mean rating with Student's interval; what has no theme comes last."""
    frame = weeks_of({"sync": [3], "price": [1], "": [4]}).assign(rating=[1.0, 2.0, 3.0, 5.0, None, None, None, None])
    table = summary(frame)
    assert table[["theme", "name", "voices", "share", "rated"]].to_numpy().tolist() == [
        ["sync", "Sync", 3, 0.375, 3], ["price", "Price", 1, 0.125, 1], ["", "No theme", 4, 0.5, 0]]  # fmt: skip
    assert_allclose(table["rating"].iloc[:2], [2, 5])
    assert_allclose(table[["rating_lower", "rating_upper"]].iloc[0], [2 - 4.3027 / 3**0.5, 2 + 4.3027 / 3**0.5], atol=1e-4)
    assert table[["rating_lower", "rating_upper"]].iloc[1].isna().all()
    assert summary(frame.drop(columns="rating"))["rating"].isna().all()


def test_shares_are_of_voices() -> None:
    """A voice with two themes counts in both and once in the whole, so that shares may come to more than one."""
    frame = weeks_of({"sync": [3], "price": [1]})
    frame = frame.assign(voice=["1", "2", "3", "1"])
    assert summary(frame)[["theme", "voices", "share"]].to_numpy().tolist() == [["sync", 3, 1.0], ["price", 1, 1 / 3]]


def test_few_without_a_theme_are_not_worth_a_finding() -> None:
    """From 2 % on it is said how many voices have no theme; under that nobody's time is taken for it."""
    few, many = (size_findings(weeks_of({"sync": [98], "": [none]}), None) for none in (1, 2))
    assert [found.name for found in few] == ["themes.largest"]
    assert [found.name for found in many] == ["themes.largest", "themes.none"]
    assert many[1].value == 0.02
