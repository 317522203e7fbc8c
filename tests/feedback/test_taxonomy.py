"""A theme's identity: words that define it, an id from them, and a match that keeps it."""

import pytest
from scipy.sparse import csr_matrix

from prodops.errors import WorkspaceError
from prodops.feedback import find_themes
from prodops.feedback.taxonomy import define, make_id, match


def test_define_weighs_what_sets_apart() -> None:
    """A word in one group outweighs one that all groups share; weights have unit length, heaviest first."""
    both, first = define(csr_matrix([[4, 4, 0], [4, 0, 4]]), ["app", "export", "login"])
    assert list(both) == ["export", "app"]
    assert list(first) == ["login", "app"]
    assert sum(weight**2 for weight in both.values()) == pytest.approx(1, abs=1e-3)


def test_ids_come_from_the_words() -> None:
    """The same words give the same id in any order; other words another; letters outside a–z leave a plain one."""
    words = {"export": 0.8, "csv": 0.6}
    assert make_id(words) == make_id(dict(reversed(words.items()))) == "export-csv-41ee"
    assert make_id({"软件": 1.0}).startswith("theme-")
    assert make_id({"export": 0.8, "pdf": 0.6}) != make_id(words)


def test_match_is_the_best_for_all() -> None:
    """Each known theme is given once, so that the sum of likeness is highest; what is unlike all is new."""
    known = {"a": {"name": "A", "words": {"x": 1.0}}, "b": {"name": "B", "words": {"x": 0.8, "y": 0.6}}}
    found = [{"x": 0.8, "y": 0.6}, {"x": 0.95, "y": 0.31}, {"z": 1.0}]
    assert match(found, known) == ["b", "a", None]
    assert match([], known) == []
    assert match(found, {}) == [None, None, None]


@pytest.mark.parametrize(("taxonomy", "message"), [
    (["a"], "expected a mapping"), ({"a": {"words": {}}}, 'Theme "a" of the taxonomy needs a name'), ({"a": {"name": " "}}, "needs a name"),
    ({"a": {"name": "A", "words": {"x": "heavy"}}}, "must map each word to its weight"), ({"a": {"name": "A", "words": {"x": float("nan")}}}, "weight"),
])  # fmt: skip
def test_a_taxonomy_that_cannot_be_used(taxonomy: object, message: str) -> None:
    """The error names the theme and what is wrong."""
    with pytest.raises(WorkspaceError, match=message):
        find_themes(["a text"], taxonomy=taxonomy)  # type: ignore[arg-type]
