"""Names are phrases that people wrote, and no two say the same."""

from prodops.feedback.naming import name_all

BILLING = [f"I was charged twice in {month}" for month in ("May", "June", "July", "August")] + [
    "Charged twice again",
    "We were charged twice!",
]
LOGIN = ["I can't log in today", "Can't log in since the update", "Still can't log in", "we can’t log in at all", "My team can't log in"]


def test_names_are_the_customers_words() -> None:
    """The phrase most typical of a theme names it, with a capital; a denial is part of it."""
    assert name_all({"a": BILLING, "b": LOGIN}) == {"a": "Charged twice", "b": "Can't log in"}


def test_names_differ() -> None:
    """Two themes with the same words get different names, also from those already taken."""
    names = name_all({"a": BILLING, "b": BILLING[:4]})
    assert len(set(names.values())) == 2
    assert name_all({"a": BILLING}, taken=["Charged twice"])["a"] != "Charged twice"


def test_a_telling_word_goes_before() -> None:
    """Where the best phrase lacks the theme's commonest telling word, that word introduces it."""
    texts = [f"invoice {n} wrong: bank has to reverse charge" for n in "abcdef"] + [f"invoice {n} missing" for n in "ghijk"]
    assert name_all({"a": texts, "b": LOGIN})["a"].startswith("Invoice")


def test_capitals_are_kept_where_they_belong() -> None:
    """iPhone stays iPhone, shouting is lowered."""
    texts = ["My iPhone overheats", "the iPhone overheats", "iPhone overheats badly"]
    assert name_all({"a": texts, "b": LOGIN})["a"] == "iPhone overheats"
    assert name_all({"a": ["SCREEN FREEZES NOW", "SCREEN FREEZES", "SCREEN FREEZES"], "b": LOGIN})["a"] == "Screen freezes"


def test_another_language_is_named() -> None:
    """A theme in a language that is not the usual one says so."""
    german = [f"Die Rechnung ist falsch und das ist nicht gut {n}" for n in "abcd"]
    assert name_all({"a": BILLING, "b": LOGIN, "c": german})["c"].startswith("In German: ")


def test_nothing_to_name() -> None:
    """Texts without a phrase are called by their number."""
    assert name_all({"a": ["the of", "and"]}) == {"a": "Theme 1"}
