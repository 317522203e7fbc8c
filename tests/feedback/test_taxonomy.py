"""A theme's identity: words that define it, an id from them, and a taxonomy that can be used."""

from typing import Any

import pytest
from scipy.sparse import csr_matrix

from prodops.errors import WorkspaceError
from prodops.feedback import find_themes
from prodops.feedback import taxonomy as tx
from prodops.feedback.identity.defining import define, make_ids


def test_define_weighs_what_sets_apart() -> None:
    """A word in one group outweighs one that all groups share; weights have unit length, heaviest first."""
    both, first = define(csr_matrix([[4, 4, 0], [4, 0, 4]]), ["app", "export", "login"])
    assert list(both) == ["export", "app"]
    assert list(first) == ["login", "app"]
    assert sum(weight**2 for weight in both.values()) == pytest.approx(1, abs=0.02)


def test_ids_come_from_the_heaviest_word_that_is_free() -> None:
    """Other words and weights below the heaviest give the same id; two groups with one heaviest word have two ids."""
    assert make_ids([{"export": 0.8, "csv": 0.6}], []) == make_ids([{"export": 0.9, "pdf": 0.3, "csv": 0.2}], []) == ["export-d46a"]
    assert make_ids([{"export": 0.8, "csv": 0.6}, {"export": 0.7, "pdf": 0.6}], []) == ["export-d46a", "pdf-c35b"]
    assert make_ids([{"export": 1.0}, {"export": 1.0}], ["export-d46a"]) == ["export-d46a-2", "export-d46a-3"]
    assert make_ids([{"软件": 1.0}], [])[0].startswith("theme-")


def test_a_number_is_taken_for_the_text_that_it_was_written_as() -> None:
    """YAML reads 404 as a number; as a name or an id it is text."""
    assert tx.check({404: {"name": 404, "seeds": {"words": [500]}}}) == {"404": {"name": "404", "seeds": {"words": ["500"]}}}


def test_into_makes_an_entry_merged() -> None:
    """A person who writes ``into`` by hand need not write the status."""
    assert tx.check({"a": {"name": "A", "into": "b"}, "b": {"name": "B"}})["a"]["status"] == "merged"


A: dict[str, Any] = {"name": "A"}


@pytest.mark.parametrize(("taxonomy", "message"), [
    (["a"], "The taxonomy is list; expected a mapping"),
    ({"a": {"words": {}}}, 'Theme "a" of the taxonomy needs a name.'),
    ({"a": {"name": " "}}, "needs a name"),
    ({"a": {"name": "\u202e\x00\ud800"}}, "needs a name"),
    ({"a": ["name"]}, "needs a name"),
    ({"a": {**A, "words": {"x": "heavy"}}}, "words must map each word to its weight"),
    ({"a": {**A, "words": {"x": float("nan")}}}, "words must map"),
    ({"a": {**A, "words": ["x"]}}, "words of your own go under seeds"),
    ({"a": {**A, "nmae": "B"}}, 'unknown key "nmae". Did you mean "name"?'),
    ({"a": {**A, "status": "archivd"}}, 'status "archivd" is none that there is: active, new, candidate, unseen, merged, archived. Did you mean "archived"?'),
    ({"a": {**A, "status": ["x"]}}, "is none that there is"),
    ({"a": {**A, "status": "merged"}}, "its status is merged, but not into which theme"),
    ({"a": {**A, "examples": "one"}}, "examples must be a list of texts"),
    ({"a": {**A, "examples": [["one"]]}}, "examples must be text"),
    ({"a": {**A, "seeds": ["x"]}}, "seeds must have the keys words and examples"),
    ({"a": {**A, "seeds": {"wrods": []}}}, 'Did you mean "words"?'),
    ({"a": {**A, "seeds": {"words": ["!"]}}}, 'seeds hold "!": a seed needs a letter or digit'),
    ({"a": {**A, "history": [{"when": "now"}]}}, "history must be a list of events"),
    ({"a": {**A, "parent": True}}, "parent must be text"),
    ({"a": A, "b": {"name": "B", "parent": "aa"}}, 'Theme "b" of the taxonomy: parent names "aa", which is no theme of it. Did you mean "a"?'),
    ({"a": {**A, "into": "zz"}}, 'into names "zz"'),
    ({"a": {**A, "parent": "a"}}, "runs in a circle by parent or into: a → a"),
    ({"a": {**A, "parent": "b"}, "b": {"name": "B", "into": "a"}}, "runs in a circle by parent or into: a → b → a"),
    ({"a": {**A, "into": "b"}, "b": {"name": "B", "status": "archived"}}, 'Theme "a" of the taxonomy is merged into "b", which is archived'),
    ({"a": {**A, "into": "b"}, "b": {"name": "B", "parent": "c"}, "c": {"name": "C", "status": "archived"}}, 'merged into "b", which is archived'),
    ({"a": {**A, "seeds": {"words": ["Sync"]}}, "b": {"name": "B", "seeds": {"words": ["sync"]}}}, 'The seed "sync" stands in two themes, "a" and "b"'),
    ({"a b": A}, '"a b" cannot be the id of a theme'),
    ({"a\u202e": A}, "cannot be the id of a theme"),
    ({"x" * 81: A}, "cannot be the id of a theme"),
    ({None: A}, "cannot be the id of a theme"),
    ({1: A, "1": A}, "holds one id twice"),
    ({str(n): A for n in range(2001)}, "has 2,001 themes; at most 2,000"),
    ({**{f"n{n}": {"name": "N", "parent": f"n{n + 1}"} for n in range(1999)}, "n1999": {"name": "N", "parent": "n0"}}, "runs in a circle"),
])  # fmt: skip
def test_a_taxonomy_that_cannot_be_used(taxonomy: object, message: str) -> None:
    """The error names the theme, what is wrong and the near miss, in one line."""
    with pytest.raises(WorkspaceError) as fault:
        find_themes(["a text"], taxonomy=taxonomy)  # type: ignore[arg-type]
    assert message in str(fault.value)
    assert "\n" not in str(fault.value)


def test_a_long_chain_is_no_fault() -> None:
    """Two thousand themes, each below the next, are a tree."""
    chain = {f"n{n}": {"name": f"N{n}", "parent": f"n{n + 1}"} for n in range(1999)} | {"n1999": {"name": "Top"}}
    assert tx.root(tx.check(chain), "n0") == "n1999"


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "می‌خواهم", "👩‍👩‍👧 family", "a: b # c", "null", "=1+1"])
def test_names_stay_as_people_wrote_them(name: str) -> None:
    """A name is text, whatever another program would make of it; what is shown escapes it."""
    assert tx.check({"a": {"name": name}}) == {"a": {"name": name}}
