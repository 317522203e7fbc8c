"""What was found gets the ids of what is known, and people's word holds."""

from collections.abc import Sequence
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from prodops.errors import WorkspaceError
from prodops.feedback import taxonomy as tx
from prodops.feedback.found import Found
from prodops.feedback.identity import settle
from prodops.feedback.identity.settled import Settled, reach
from prodops.feedback.taxonomy import Taxonomy

DAY = date(2025, 11, 3)
SPOKEN = "sync offline edits lost export csv columns excel price seat budget invoice login password locked code dark mode eyes night"
WORDS = SPOKEN.split(" ")


def encode(texts: Sequence[str]) -> NDArray[np.float32]:
    """Count the words above, to unit length."""
    rows = np.array([[text.lower().split().count(word) for word in WORDS] for text in texts], "float32").reshape(len(texts), len(WORDS))
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)


def said(*words: str, n: int = 8) -> list[str]:
    """Give ``n`` different texts that hold these words, and one other word each."""
    return [
        f"{' '.join(words)} {filler}"
        for filler in ["maple", "birch", "cedar", "poplar", "willow", "alder", "hazel", "walnut", "larch", "rowan"][:n]
    ]


SYNC, OFFLINE = said("sync", "lost"), said("offline", "edits")
EXPORT, CSV = said("export", "excel"), said("export", "csv", "columns")
PRICE, LOGIN = said("price", "budget"), said("login", "password")


def found(*themes: list[list[str]], none: Sequence[str] = ()) -> Found:
    """Find what is told: each theme is a list of groups of texts."""
    theme = [place for place, groups in enumerate(themes) for _ in groups]
    of = {text: number for number, texts in enumerate([texts for groups in themes for texts in groups]) for text in texts}
    texts = sorted([*of, *none])
    points, group = encode(texts), np.array([of.get(text, -1) for text in texts], dtype=int)
    sums = np.array([points[group == number].sum(axis=0) for number in range(len(theme))]).reshape(-1, len(WORDS))
    centres = (sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-9)).astype("float32")
    fit = np.array([points[i] @ centres[g] if g >= 0 else 0 for i, g in enumerate(group)], "float32")
    return Found(texts, points, np.ones(len(texts), int), group, fit, centres, np.array(theme, dtype=int), encode)


def where(settled: Settled, this: Found, texts: Sequence[str]) -> set[str]:
    """Give the themes of these texts."""
    return {settled.labels[this.texts.index(text)] for text in texts}


def known(*themes: list[list[str]]) -> Taxonomy:
    return tx.check(settle(found(*themes), {}).taxonomy)


def noted(taxonomy: Taxonomy, id: str) -> list[str]:
    return [event["did"] for event in taxonomy[id].get("history", [])]


# ------------------------------------------------------------------------------------------------------------- identity
def test_new_themes_and_sub_themes_get_ids_names_and_a_tree() -> None:
    """A theme of two groups has two sub-themes under it; one of one group has none; what has no group has no theme."""
    this = found([EXPORT, CSV], [SYNC], none=["zebra crossing"])
    settled = settle(this, {})
    export, sync = settled.ids
    assert where(settled, this, EXPORT + CSV) == {export}
    assert [tx.parent(settled.taxonomy, id) for id in settled.subids] == [export, export]
    assert {settled.sublabels[this.texts.index(text)] for text in SYNC} == {""}
    assert settled.labels[this.texts.index("zebra crossing")] == ""
    assert settled.taxonomy[sync] == {
        "name": settled.taxonomy[sync]["name"],
        "status": "new",
        "words": settled.taxonomy[sync]["words"],
        "examples": settled.taxonomy[sync]["examples"],
        "history": [{"by": "machine", "did": "found"}],
    }


def test_the_same_again_changes_nothing() -> None:
    """What was new is active; labels and all else stay, run after run."""
    this = found([EXPORT, CSV], [SYNC], [PRICE])
    first = settle(this, {})
    second = settle(this, tx.check(first.taxonomy))
    third = settle(this, tx.check(second.taxonomy))
    assert first.entries == second.entries == third.entries
    assert {entry["status"] for entry in second.taxonomy.values()} == {"active"}
    assert second.taxonomy == third.taxonomy


def test_a_theme_keeps_its_id_among_others_and_with_other_words() -> None:
    """More and other texts, other themes beside it: the same content has the same id, new content a new one, and what is gone is unseen."""
    before = known([SYNC], [EXPORT], [PRICE])
    this = found([LOGIN], [SYNC[:5] + said("sync", "offline", "lost")], [PRICE + said("price", "seat", "budget")])
    settled = settle(this, before)
    (sync,) = where(settled, this, SYNC[:5])
    (price,) = where(settled, this, PRICE)
    (login,) = where(settled, this, LOGIN)
    assert {sync, price} <= set(before)
    assert login not in before
    assert {settled.taxonomy[id]["status"] for id in (sync, price)} == {"active"}
    assert [settled.taxonomy[id]["status"] for id in before if id not in (sync, price)] == ["unseen"]


def test_a_theme_that_another_group_joins_stays_what_it_was() -> None:
    """What was a theme without sub-themes is one group of two: its texts lie in it as before, and what joined it is new below it."""
    before = known([EXPORT], [SYNC, OFFLINE])
    this = found([EXPORT, CSV], [SYNC, OFFLINE])
    settled = settle(this, before)
    (export,) = where(settled, this, EXPORT)
    assert export in before
    assert {settled.sublabels[this.texts.index(text)] for text in EXPORT} == {""}
    (joined,) = {settled.sublabels[this.texts.index(text)] for text in CSV}
    assert joined not in before
    assert tx.parent(settled.taxonomy, joined) == export


def test_far_out_is_beyond_three_spans_and_beyond_all_that_is_there() -> None:
    """Of cosines 0.50, 0.52 … 0.90 the quartiles are 0.60 and 0.80: far out is below 0.00, unusual below 0.52; a centre without texts has none."""
    cosines = np.round(np.arange(0.5, 0.901, 0.02), 2)
    points = np.stack([cosines, -np.sqrt(1 - cosines**2)], axis=1)
    least, usual = reach(points, np.array([[1.0, 0.0], [0.0, 1.0]]))
    assert least.tolist() == pytest.approx([0.0, 0.0])
    assert usual.tolist() == pytest.approx([0.52, 0.0])
    tight = np.array([[0.8, -0.6]] * 9 + [[0.3, -np.sqrt(0.91)]])
    assert reach(tight, np.array([[1.0, 0.0]]))[0].tolist() == pytest.approx([0.3])


def test_unlike_content_is_never_taken_for_a_known_theme() -> None:
    """One known theme and one group of something else: the group is new."""
    before = known([PRICE], [LOGIN])
    only = {id: before[id] for id in list(before)[:1]}
    settled = settle(found([EXPORT], [SYNC]), only)
    assert set(settled.ids).isdisjoint(only)


def test_two_known_themes_in_one_group_are_kept_apart_and_noted() -> None:
    """A merge that the machine makes is a line in the history; the texts stay where they were."""
    before = known([SYNC], [OFFLINE], [PRICE])
    this = found([SYNC + OFFLINE], [PRICE])
    settled = settle(this, before)
    sync, offline = (where(settled, this, texts) for texts in (SYNC, OFFLINE))
    assert len(sync) == len(offline) == 1
    assert sync != offline
    assert sync | offline <= set(before)
    merged = [did for id in sync | offline for did in noted(settled.taxonomy, id) if did.startswith("merge: ")]
    assert len(merged) == 1
    again = settle(this, tx.check(settled.taxonomy))
    assert again.entries == settled.entries
    assert again.taxonomy == settled.taxonomy


def test_a_known_theme_in_two_groups_is_one_of_them_and_the_split_is_noted() -> None:
    """The larger keeps the id; the other is new, and both histories say where it came from."""
    before = known([SYNC + OFFLINE + said("sync", "offline", n=6)], [PRICE])
    this = found([SYNC + said("sync", "offline", n=6)], [OFFLINE], [PRICE])
    settled = settle(this, before)
    (sync,), (offline,) = (where(settled, this, texts) for texts in (SYNC, OFFLINE))
    assert sync in before
    assert noted(settled.taxonomy, offline) == ["found", f"split: came out of {sync}"]
    assert noted(settled.taxonomy, sync)[-1] == f"split: {offline} came out of it"


# ----------------------------------------------------------------------------------------------------------- people's word
def of(taxonomy: Taxonomy, this: Found, texts: Sequence[str]) -> str:
    """Give the id under which the texts count."""
    (id,) = where(settle(this, taxonomy), this, texts)
    return id


THESE = found([SYNC], [OFFLINE], [EXPORT, CSV], [PRICE])
KNOWN = tx.check(settle(THESE, {}).taxonomy)
SYNC_ID, OFFLINE_ID, PRICE_ID, EXPORT_ID = (of(KNOWN, THESE, texts) for texts in (SYNC, OFFLINE, PRICE, EXPORT))


def test_a_name_that_people_gave_stays() -> None:
    """It is the theme's name in every run after."""
    renamed = tx.rename(KNOWN, SYNC_ID, "Lost work", "Ana", DAY)
    assert settle(THESE, renamed).taxonomy[SYNC_ID]["name"] == "Lost work"


def test_merged_texts_count_under_the_other() -> None:
    """Those of one are those of both, and the one that was merged is in the file still."""
    merged = tx.merge(KNOWN, SYNC_ID, OFFLINE_ID, "Ana", DAY)
    settled = settle(THESE, merged)
    assert where(settled, THESE, SYNC + OFFLINE) == {OFFLINE_ID}
    assert settled.taxonomy[SYNC_ID] == merged[SYNC_ID]
    assert settled.place(["sync lost"], encode(["sync lost"]), 0.2) == [OFFLINE_ID]


def test_archived_texts_have_no_theme_are_counted_and_do_not_come_back() -> None:
    """Nor do those of the sub-themes below."""
    settled = settle(THESE, tx.archive(KNOWN, EXPORT_ID, "Ana", DAY))
    assert where(settled, THESE, EXPORT + CSV) == {""}
    assert sum(map(bool, settled.archived)) == len(EXPORT + CSV)
    assert set(settled.ids) == {SYNC_ID, OFFLINE_ID, PRICE_ID}
    assert settled.taxonomy.keys() == KNOWN.keys()
    again = found([SYNC, said("export", "csv", "excel")], [PRICE])
    hidden = settle(again, tx.archive(KNOWN, EXPORT_ID, "Ana", DAY))
    assert sum(map(bool, hidden.archived)) == 8


def test_a_moved_theme_counts_under_its_new_parent() -> None:
    """It becomes a sub-theme, and a sub-theme at the top a theme."""
    settled = settle(THESE, tx.move(KNOWN, SYNC_ID, OFFLINE_ID, "Ana", DAY))
    assert where(settled, THESE, SYNC + OFFLINE) == {OFFLINE_ID}
    assert SYNC_ID in settled.subids
    below = settled.sublabels[THESE.texts.index(SYNC[0])]
    assert below == SYNC_ID


def test_themes_are_put_under_one_of_a_person_s_own() -> None:
    """A theme without texts of its own holds those of the themes moved under it, machine or no machine."""
    grouped = tx.add(KNOWN, "Work is lost", "Ana", DAY)
    (top,) = grouped.keys() - KNOWN.keys()
    for id in (SYNC_ID, OFFLINE_ID):
        grouped = tx.move(grouped, id, top, "Ana", DAY)
    settled = settle(THESE, grouped)
    assert where(settled, THESE, SYNC + OFFLINE) == {top}
    assert settled.taxonomy[top]["status"] == "active"


def test_pinned_words_and_examples_go_where_people_say() -> None:
    """Whatever the machine found: a text with a seed word in any form, and the very text that was pinned, in runs and in what comes later."""
    pinned = tx.pin(KNOWN, PRICE_ID, "Ana", DAY, words=["csv"], examples=[SYNC[0]])
    settled = settle(THESE, pinned)
    assert where(settled, THESE, [*CSV, *PRICE, SYNC[0]]) == {PRICE_ID}
    assert where(settled, THESE, SYNC[1:]) == {SYNC_ID}
    assert settled.place(["Which CSVs"], encode(["Which CSVs"]), 0.2) == [PRICE_ID]


def test_the_longest_seed_decides_and_an_example_before_it() -> None:
    """One text, one theme."""
    pinned = tx.pin(tx.pin(KNOWN, PRICE_ID, "Ana", DAY, words=["dark"]), SYNC_ID, "Ana", DAY, words=["dark mode"])
    both = tx.pin(pinned, OFFLINE_ID, "Ana", DAY, examples=["dark mode for walnut"])
    texts = ["dark eyes", "maple dark mode", "Dark mode for walnut!", "darkness"]
    assert settle(THESE, both).place(texts, encode(texts), 0.2) == [PRICE_ID, SYNC_ID, OFFLINE_ID, ""]


def test_parts_take_the_texts_nearest_to_their_seeds() -> None:
    """A theme that people split keeps the rest, and the parts keep theirs when it is saved and run again."""
    wide = found([SYNC + OFFLINE + LOGIN], [PRICE])
    before = tx.check(settle(wide, {}).taxonomy)
    whole = of(before, wide, SYNC)
    split = tx.split(before, whole, {"Offline work": {"examples": [OFFLINE[0]]}, "Logging in": {"words": ["password"]}}, "Ana", DAY)
    offline, login = (next(id for id in split if split[id]["name"] == name) for name in ("Offline work", "Logging in"))
    settled = settle(wide, split)
    assert where(settled, wide, OFFLINE) == {offline}
    assert where(settled, wide, LOGIN) == {login}
    assert where(settled, wide, SYNC) == {whole}
    assert settle(wide, tx.check(settled.taxonomy)).entries == settled.entries


def test_nothing_found_leaves_what_people_pinned() -> None:
    """Texts too few for themes of their own still go where people said."""
    few = found(none=["sync lost", "zebra"])
    settled = settle(few, tx.pin(KNOWN, PRICE_ID, "Ana", DAY, words=["sync"]))
    assert settled.labels == (PRICE_ID, "")
    assert settled.place(["sync it", "nothing"], encode(["sync it", "nothing"]), 0.2) == [PRICE_ID, ""]


EDITS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["merge", "move"]), st.integers(0, 9), st.integers(0, 9)),
        st.tuples(st.sampled_from(["archive", "pin", "split"]), st.integers(0, 9)),
    ),
    max_size=6,
)


@settings(max_examples=40, deadline=None)
@given(EDITS, st.permutations([SYNC, OFFLINE, EXPORT, CSV, PRICE]), st.integers(1, 4))
def test_whatever_people_edit_every_text_is_in_one_place(edits: list[tuple[str, ...]], groups: list[list[str]], cut: int) -> None:
    """Each text has one entry at most, which is known; its theme is at the top of the tree; no id is lost."""
    edited = KNOWN
    for what, number, *other in edits:
        ids = sorted(edited)
        try:
            match what:
                case "pin":
                    edited = tx.pin(edited, ids[number % len(ids)], "Ana", DAY, words=[WORDS[number]])  # type: ignore[call-overload, operator]
                case "split":
                    edited = tx.split(edited, ids[number % len(ids)], {f"p{len(ids)}": {"examples": [CSV[0]]}}, "Ana", DAY)  # type: ignore[operator]
                case "archive":
                    edited = tx.archive(edited, ids[number % len(ids)], "Ana", DAY)  # type: ignore[operator]
                case _:
                    edited = getattr(tx, what)(edited, ids[number % len(ids)], ids[other[0] % len(ids)], "Ana", DAY)  # type: ignore[operator]
        except WorkspaceError:
            continue
    this = found(groups[:cut], *([texts] for texts in groups[cut:]))
    settled = settle(this, edited)
    assert edited.keys() <= settled.taxonomy.keys()
    assert tx.check(settled.taxonomy) == settled.taxonomy
    for entry, theme, sub, hidden in zip(settled.entries, settled.labels, settled.sublabels, settled.archived, strict=True):
        assert entry in settled.taxonomy
        assert (theme == "") == (hidden != "")
        assert theme in ("", tx.root(settled.taxonomy, entry))
        assert sub in ("", entry)
    assert set(settled.labels) - {""} == set(settled.ids)


@pytest.mark.parametrize("known", [{}, KNOWN])
def test_no_text_at_all(known: Taxonomy) -> None:
    """Nothing was said: nothing is seen, and every id is kept."""
    settled = settle(found(), known)
    assert (settled.labels, settled.ids) == ((), ())
    assert {entry["status"] for entry in settled.taxonomy.values()} <= {"unseen"}
