"""Themes are found, named, kept, and never fail."""

import json
import random
from collections import Counter
from datetime import date

import pandas as pd
import pytest
from feedback_corpus import corpus
from sklearn.metrics import adjusted_rand_score

from prodops.feedback import Themes, candidates, find_themes, learnt, taxonomy

TEXTS, TRUTH = corpus()


@pytest.fixture(scope="module")
def found() -> Themes:
    return find_themes(TEXTS)


def test_known_themes_are_recovered(found: Themes) -> None:
    """Six themes written for the purpose are told apart."""
    assert adjusted_rand_score(TRUTH, found.labels) >= 0.8


def test_long_texts_are_learnt_from_by_their_statements() -> None:
    """Where each text speaks of six things at once, themes are what the statements speak of, not what the mixtures have in common."""
    rng = random.Random(3)
    by_theme = {theme: rng.sample([t for t, of in zip(TEXTS, TRUTH, strict=True) if of == theme], 60) for theme in sorted(set(TRUTH))}
    mixed = [" ".join(rng.choice(by_theme[theme]) for theme in rng.sample(sorted(by_theme), 6)) for _ in range(150)]
    themes = find_themes(mixed)
    assert len(themes.ids) >= 5
    assert adjusted_rand_score(TRUTH, themes.assign(TEXTS)) >= 0.5
    assert all(themes.labels), "the texts themselves are placed"


def test_any_order_gives_the_same(found: Themes) -> None:
    """Run again, in another order, with copies: each text has the label it had."""
    order = list(range(len(TEXTS)))
    random.Random(5).shuffle(order)
    again = find_themes([TEXTS[i] for i in order])
    assert again.labels == tuple(found.labels[i] for i in order)
    assert again.taxonomy == found.taxonomy


def test_summary_adds_up(found: Themes) -> None:
    """Sizes sum to the texts and shares to one, largest first; names are words of the theme's own texts."""
    summary = found.summary()
    assert summary.columns.tolist() == ["theme", "name", "size", "share", "words", "examples"]
    assert summary["size"].sum() == len(TEXTS)
    assert summary["share"].sum() == pytest.approx(1)
    themes = summary[summary["theme"] != ""]
    assert themes["size"].is_monotonic_decreasing
    assert themes["name"].is_unique
    for row in themes.itertuples():
        own = " ".join(text for text, label in zip(TEXTS, found.labels, strict=True) if label == row.theme).lower()
        assert all(part.lower() in own for part in row.name.split(" and "))
        assert all(example in TEXTS for example in row.examples)


def test_a_taxonomy_keeps_ids_and_names(found: Themes) -> None:
    """Found again with more data, a theme keeps its id and the name that a person gave it; what is gone stays, unseen."""
    edited = json.loads(json.dumps(found.taxonomy))
    first = next(iter(edited))
    edited[first]["name"] = "Our own name <b>"
    edited["long-gone-0000"] = {"name": "Long gone", "words": {"fax": 1.0}, "examples": []}
    again = find_themes(TEXTS + ["The fax export is slow too.", "Dark fax mode, please."] * 3, taxonomy=edited)
    assert set(again.ids) == set(found.ids)
    assert again.taxonomy[first]["name"] == "Our own name <b>"
    assert {entry["status"] for id, entry in again.taxonomy.items() if id in found.ids} == {"active"}
    assert again.taxonomy["long-gone-0000"] == {"name": "Long gone", "words": {"fax": 1.0}, "examples": [], "status": "unseen"}


def test_new_texts_are_assigned(found: Themes) -> None:
    """New feedback goes to the theme it belongs to, and to none where it speaks of nothing known."""
    price, nothing, empty, missing = found.assign(["Your price per seat is far above what we can pay", "zebra giraffe", "", None])  # type: ignore[list-item]
    assert price == found.labels[TRUTH.index("price")]
    assert (nothing, empty, missing) == ("", "", "")
    assert found.assign(["The landing page of your website has a typing error"]) == [""]
    assert found.assign(TEXTS) == list(found.labels)


def test_attach_adds_columns(found: Themes) -> None:
    """The frame gets theme, name and fit, row by row; another frame is refused."""
    frame = found.attach(pd.DataFrame({"text": TEXTS}))
    assert frame["theme"].tolist() == list(found.labels)
    assert frame["theme_name"].tolist() == [found.names().get(label, "") for label in found.labels]
    assert frame.loc[frame["theme"] != "", "fit"].between(0.2, 1.001).all()
    with pytest.raises(ValueError, match="of 600 texts, the frame is of 3: pass"):
        found.attach(frame.head(3))


def test_definition_names_the_method(found: Themes) -> None:
    """The fine print says how themes were found, with a version of that text."""
    (definition,) = found.definitions()
    assert "Louvain" in definition.text
    assert len(definition.version) == 8


@pytest.mark.parametrize("texts", [
    [], [""] * 5, ["The export fails"], ["The export fails", "Login is slow", "The map is blank"], ["😀👍🏽"] * 60, ["the and of it"] * 60, ["12345 678"] * 60,
    [None, float("nan"), 3], ["ok"] * 60,
], ids=["none", "empty", "one", "three", "emoji", "stop words", "numbers", "no text", "all ok"])  # fmt: skip
def test_nothing_to_find(texts: list[str]) -> None:
    """Where there is no theme there is none: every label is empty, and nothing raises."""
    themes = find_themes(texts)
    assert themes.labels == ("",) * len(texts)
    assert (themes.ids, themes.taxonomy) == ((), {})
    assert themes.summary()["size"].sum() == len(texts)
    assert themes.assign(["The export fails"]) == [""]


@pytest.mark.parametrize(("texts", "names"), [
    (["The export is slow"] * 60, ["Export is slow"]),
    (["Login broken"] * 5 + ["Export slow"] * 9, ["Export slow", "Login broken"]),
    (["التطبيق لا يعمل"] * 9 + ["تسجيل الدخول"] * 5, ["التطبيق لا يعمل", "تسجيل الدخول"]),
    (["软件看不懂"] * 9, ["软件看不懂"]),
    (["<script>export()</script>"] * 9, ["Export"]),
    (["x" * 1_000_000] * 4 + ["export slow"] * 5, ["Export slow"]),
    (["\x00 \ud800 export"] * 4, ["Export"]),
], ids=["all the same", "two", "right to left", "unspaced", "hostile", "endless", "surrogate"])  # fmt: skip
def test_few_and_strange_texts(texts: list[str], names: list[str]) -> None:
    """A text that many people sent is a theme, in any script."""
    themes = find_themes(texts)
    assert list(themes.names().values()) == names


def test_copies_of_one_text_do_not_drown_the_rest() -> None:
    """A text sent a thousand times is a theme or a sub-theme among the others, with its thousand."""
    themes = find_themes([*TEXTS, *["Please add a telephone hotline"] * 1000])
    assert adjusted_rand_score([*TRUTH, *["hotline"] * 1000], themes.labels) >= 0.8
    assert max(Counter(themes.sublabels if themes.sublabels[-1] else themes.labels).values()) == 1000


def test_archived_themes_are_counted_beside_the_others(found: Themes) -> None:
    """Their texts have no theme, in this run and in what comes after; the summary says how many they are."""
    gone = found.labels[TRUTH.index("price")]
    again = find_themes(TEXTS, taxonomy=taxonomy.archive(found.taxonomy, gone, "Ana", date(2025, 11, 3)))
    assert gone not in again.ids
    assert [bool(label) for label in again.archived] == [label == gone for label in found.labels]
    summary = again.summary().set_index("name")["size"]
    assert summary["Archived"] == found.labels.count(gone)
    assert summary.sum() == len(TEXTS)
    assert again.assign(["Your price per seat is far above what we can pay"]) == [""]


def test_archived_texts_beyond_the_sample_are_told_too(found: Themes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where themes are found in a sample, the other texts of an archived theme are counted as archived, not as having none."""
    monkeypatch.setattr(learnt, "FIT_LIMIT", 300)
    gone = found.labels[TRUTH.index("price")]
    again = find_themes(TEXTS, taxonomy=taxonomy.archive(found.taxonomy, gone, "Ana", date(2025, 11, 3)))
    assert len(again.settled.entries) == 300
    assert sum(map(bool, again.archived)) == pytest.approx(found.labels.count(gone), abs=2)
    assert adjusted_rand_score(found.labels, again.labels) >= 0.9
    assert not any(label and hidden for label, hidden in zip(again.labels, again.archived, strict=True))


def test_what_fits_nowhere_waits_as_a_candidate(found: Themes) -> None:
    """New feedback of one kind makes a candidate; it is taken in by a person, and is a theme from then on."""
    hotline = [
        f"Please add a telephone hotline, {who} wants a human on the telephone"
        for who in ("our nurse", "the baker", "my uncle", "a pilot", "the vet")
    ]
    waiting = candidates(found, [*TEXTS[:50], *hotline])
    ((id, entry),) = waiting.items()
    assert entry["status"] == "candidate"
    assert set(entry["examples"]) <= set(hotline)
    accepted = taxonomy.accept({**found.taxonomy, id: entry}, id, "Ana", date(2025, 11, 3))
    again = find_themes([*TEXTS, *hotline], taxonomy=accepted)
    assert {again.labels[-1], again.labels[-2]} == {id}
    assert candidates(again, TEXTS[:50]) == {}
    assert candidates(found, []) == {}
