"""Names are phrases that people wrote, and no two say the same."""

from prodops.feedback.naming import MIXED, name_all

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


def test_two_things_make_one_name() -> None:
    """Where one thing leaves out many texts that another covers, both are named; what only some say besides is not."""
    food = [f"The staff were friendly and the {dish} was cold" for dish in ("soup", "fish", "rice")]
    towels = [f"{when} the clean towels were gone" for when in ("today", "again", "as ever", "at noon", "later")]
    cheese = [f"the cheese sandwiches were {how}" for how in ("stale", "old", "dry", "warm", "hard")]
    assert name_all({"a": towels + cheese, "b": food, "c": LOGIN})["a"] == "Cheese sandwiches and clean towels"
    assert " and " not in name_all({"a": [*towels, cheese[0]], "b": food, "c": LOGIN})["a"]


def test_a_name_is_a_whole_phrase() -> None:
    """No name stops in the middle: "auto top-up", not "auto"; "easy to use"; "can't log in"; none runs over a turn of thought."""
    top_up = [
        f"{start} auto top up {end}" for start, end in zip(("My", "The", "Is", "Your"), ("failed", "is late", "safe", "works"), strict=True)
    ]
    assert name_all({"a": top_up, "b": LOGIN})["a"] == "Auto top up"
    easy = [f"{what} is easy to use" for what in ("the board", "your site", "this", "it all")]
    assert name_all({"a": easy, "b": LOGIN})["a"] == "Easy to use"
    waits = [f"kept on hold for {n} hours" for n in (2, 3, 4, 5)]
    assert name_all({"a": waits, "b": LOGIN})["a"] in ("On hold", "Kept on hold")
    tablets = [
        f"{what} tablet {how}"
        for what, how in (("on", "it fails"), ("on", "nothing opens"), ("on", "too"), ("my", "works"), ("the", "is old"))
    ]
    assert name_all({"a": tablets, "b": LOGIN})["a"] == "Tablet"


def test_a_name_claims_what_its_texts_bear_out() -> None:
    """Where praise and blame of a thing balance, neither is in the name; a denial is only where a good part of the texts deny."""
    airports = ("Oslo", "Rome", "Lima", "Cairo", "Kyoto", "Quito")
    worst, best = ([f"{how} airline from {where}" for where in airports] for how in ("worst", "best"))
    assert name_all({"a": worst, "b": LOGIN})["a"] == "Worst airline"
    assert name_all({"a": worst + best, "b": LOGIN})["a"] == "Airline"
    lockers = [f"{start} lockers" for _ in airports for start in ("the", "my", "your", "our")]
    none = [f"no lockers in {where}" for where in airports]
    assert name_all({"a": none, "b": LOGIN})["a"] == "No lockers"
    assert name_all({"a": lockers + none[:3], "b": LOGIN})["a"] == "Lockers"


def test_one_member_does_not_name_all() -> None:
    """A proper name, or another narrow case, that few texts hold loses to what most say; one that a good part hold stays."""
    places = ("Oslo", "Rome", "Lima", "Cairo", "Kyoto", "Quito", "Delhi", "Paris", "Dakar", "Sofia", "Perth", "Basel")
    food = [f"{start} food was {how}" for start in ("the", "their", "her") for how in places]
    hot = [f"they had hot food in {place}" for place in places]
    others = {"b": LOGIN + [f"the food {n} is on the table" for n in range(4)]}
    assert name_all({"a": food + hot[:4], **others})["a"] == "Food"
    assert name_all({"a": food[:4] + hot, **others})["a"] == "Hot food"
    lines = [f"{start} airline in {place}" for start in ("my", "our", "her") for place in places]
    norse = [f"we {did} Norse Airlines to {place}" for place, did in zip(places, ("chose", "took", "had") * 4, strict=True)]
    assert name_all({"a": lines + norse[:4], "b": LOGIN})["a"] == "Airline"
    assert name_all({"a": lines[:4] + norse, "b": LOGIN})["a"] == "Norse Airlines"


def test_praise_names_a_theme_only_where_it_is_what_most_say() -> None:
    """Praise or blame alone needs half of the texts; beside a thing it needs a good part of those on the thing; a sentence is no name."""
    colours = ("red", "blue", "green", "brown", "black", "white", "pink", "grey")
    others = [f"the {what} were {colour}" for what in ("chairs", "lamps") for colour in colours]
    assert name_all({"a": [*(f"brilliant {n}" for n in range(8)), *others], "b": LOGIN})["a"] in (
        "Chairs",
        "Lamps",
        "Chairs and lamps",
        "Lamps and chairs",
    )
    boards = [f"the board {what}" for what in ("froze", "moved", "shrank", "vanished", "reloads", "jumps")]
    assert name_all({"a": [*boards, "the board is awesome", "board is awesome", "our board is awesome"], "b": LOGIN})["a"] == "Board"


def test_a_grab_bag_is_called_so() -> None:
    """Where no phrase holds for a good share of the texts, none is the name."""
    things = ("lamp", "map", "tree", "car", "pen", "hat", "cup", "bin", "box")
    odd = [f"the {thing} {did}" for thing in things for did in ("broke", "fell", "left")]
    tagged = [f"{place} for the avgeek" for place in ("Oslo", "Rome", "Lima")]
    assert name_all({"a": odd + tagged, "b": LOGIN})["a"] == MIXED


def test_one_word_or_two_as_most_write_it() -> None:
    """Of "time sheet" and "timesheet" the one that more people write names the theme."""
    apart, joined = (
        [f"my {word} {end}" for end in ("is late", "was lost", "shows zero", "is locked", "is blank")]
        for word in ("time sheet", "timesheet")
    )
    assert name_all({"a": apart + joined[:3], "b": LOGIN})["a"] == "Time sheet"
    assert name_all({"a": apart[:3] + joined, "b": LOGIN})["a"] == "Timesheet"


def test_praise_before_an_article_is_something_done() -> None:
    """ "Love this app" is said so; "amazing this app" are the ends of two thoughts."""
    texts = [f"Amazing this app {end}" for end in ("rocks", "it is", "wow")] + [f"I love this app {end}" for end in ("a lot", "truly")]
    assert name_all({"a": texts, "b": LOGIN})["a"] == "Love this app"


def test_coarse_words_name_nothing() -> None:
    """What people swear is no name, however many do."""
    assert name_all({"a": [f"wtf the {what} is fucking slow" for what in ("export", "Export", "new export")], "b": LOGIN})["a"] == "Export"


def test_numbers_tell_apart_what_people_say_in_the_same_words() -> None:
    """Two themes of the same few words are not given odd names: the second is numbered; praise is told apart by its wording."""
    same = [f"battery life {n}" for n in range(5)]
    assert list(name_all({"a": same, "b": same, "c": LOGIN}).values()) == ["Battery life", "Battery life (2)", "Can't log in"]
    praise = name_all({"a": ["great app"] * 4 + ["nice app"] * 3, "b": ["great app"] * 4 + ["nice app"] * 3, "c": LOGIN, "d": BILLING})
    assert [praise["a"], praise["b"]] == ["Great app", "Nice app"]


def test_sub_themes_are_named_within_their_theme() -> None:
    """Sub-themes are named by what tells them from each other, and not as their theme is."""
    refunds = {"late": [f"Refund still pending {n}" for n in "abcd"], "part": [f"Only a partial refund {n}" for n in "abcd"]}
    assert name_all(refunds, ["Refund"]) == {"late": "Refund still pending", "part": "Partial refund"}


def test_capitals_are_kept_where_they_belong() -> None:
    """iPhone stays iPhone, shouting is lowered."""
    texts = ["My iPhone overheats", "the iPhone overheats", "iPhone overheats badly"]
    assert name_all({"a": texts, "b": LOGIN})["a"] == "iPhone overheats"
    assert name_all({"a": ["SCREEN FREEZES NOW", "SCREEN FREEZES", "SCREEN FREEZES"], "b": LOGIN})["a"] == "Screen freezes"


def test_another_language_is_named() -> None:
    """A theme in a language that is not the usual one says so."""
    german = [f"Die Rechnung ist falsch und das ist nicht gut {n}" for n in "abcd"]
    assert name_all({"a": BILLING, "b": LOGIN, "c": german})["c"] == "Rechnung ist falsch (German)"


def test_nothing_to_name() -> None:
    """Texts without a phrase in common are called so; no texts have no names."""
    odd = {"a": ["the of", "and"], "b": ["blue lamps", "old maps", "tall trees"], "c": []}
    assert name_all(odd) == {"a": MIXED, "b": f"{MIXED} (2)", "c": f"{MIXED} (3)"}
    assert name_all({}) == {}


def test_hostile_texts_are_only_texts() -> None:
    """Emoji, lone surrogates, NULs, one endless word, right-to-left and unspaced scripts name themes or leave them unnamed, no more."""
    texts = ["🙂🙂", "\ud800 \x00", "x" * 100_000, "שלום עולם", "充值失败", "<script>alert(1)</script>"] * 3
    assert all(name_all({"a": texts, "b": LOGIN}).values())


def test_order_within_equals_does_not_matter() -> None:
    """The same texts give the same name twice over."""
    assert name_all({"a": BILLING, "b": LOGIN}) == name_all({"a": list(BILLING), "b": list(LOGIN)})
