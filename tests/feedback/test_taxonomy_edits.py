"""People's edits of a taxonomy: each does one thing, notes it, and leaves a tree."""

from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prodops.errors import WorkspaceError
from prodops.feedback import taxonomy as tx
from prodops.feedback.taxonomy import Taxonomy

DAY = date(2025, 11, 3)
KNOWN: Taxonomy = tx.check(
    {
        "sync-75c7": {"name": "Sync", "status": "new", "words": {"sync": 1.0}, "examples": ["Sync lost my edits"], "history": []},
        "offline-1111": {"name": "Offline", "status": "active", "words": {"offline": 1.0}},
        "export-d46a": {"name": "Export", "words": {"export": 1.0}},
        "csv-2222": {"name": "CSV", "parent": "export-d46a", "words": {"csv": 1.0}},
    }
)


def test_a_new_name_stays_with_its_history() -> None:
    """The entry has the name, whose it is, and what was done on which day; the taxonomy given is as it was."""
    renamed = tx.rename(KNOWN, "sync-75c7", "  Sync\nover\u202e night ", "Ana", DAY)
    assert renamed["sync-75c7"]["name"] == "Sync over night"
    assert renamed["sync-75c7"]["by"] == "Ana"
    assert renamed["sync-75c7"]["history"] == [{"on": "2025-11-03", "by": "Ana", "did": 'renamed, was "Sync"'}]
    assert KNOWN["sync-75c7"]["name"] == "Sync"
    assert tx.rename(renamed, "sync-75c7", "Sync over night", "Ben", DAY) == renamed


def test_a_merged_theme_leads_to_the_other() -> None:
    """Its id stays and resolves to the other, with what lies below it; both have it in their history."""
    merged = tx.merge(KNOWN, "export-d46a", "sync-75c7", "Ana", DAY)
    assert tx.resolve(merged, "export-d46a") == "sync-75c7"
    assert tx.path(merged, "csv-2222") == ["sync-75c7", "csv-2222"]
    assert merged["export-d46a"]["status"] == "merged"
    assert merged["export-d46a"]["history"][-1]["did"] == "merged into sync-75c7"
    assert merged["sync-75c7"]["history"][-1]["did"] == 'took in export-d46a ("Export")'
    assert tx.restore(merged, "export-d46a", "Ana", DAY)["export-d46a"].get("into") is None


def test_what_is_archived_is_hidden_with_all_below_and_all_that_was_merged_into_it() -> None:
    """Nothing counts under a theme that is not shown; restoring it shows it again."""
    merged = tx.merge(KNOWN, "sync-75c7", "csv-2222", "Ana", DAY)
    archived = tx.archive(merged, "export-d46a", "Ana", DAY)
    assert [id for id in archived if tx.is_archived(archived, id)] == ["sync-75c7", "export-d46a", "csv-2222"]
    restored = tx.restore(archived, "export-d46a", "Ana", DAY)
    assert [id for id in restored if tx.is_archived(restored, id)] == ["sync-75c7"]


def test_parts_are_split_off_beside_their_origin() -> None:
    """Each part is an entry of its own with its seeds and where it came from, under the same parent."""
    split = tx.split(
        KNOWN, "csv-2222", {"CSV dates": {"words": ["date"]}, "CSV columns": {"examples": ["Columns are missing"]}}, "Ana", DAY
    )
    dates, columns = (split[id] for id in split if id not in KNOWN)
    assert (dates["name"], dates["out_of"], dates["parent"], dates["seeds"]) == (
        "CSV dates",
        "csv-2222",
        "export-d46a",
        {"words": ["date"]},
    )
    assert columns["seeds"] == {"examples": ["Columns are missing"]}
    assert split["csv-2222"]["history"][-1]["did"] == "split off: CSV dates, CSV columns"
    assert dates["history"] == [{"on": "2025-11-03", "by": "Ana", "did": "split off csv-2222"}]


def test_ids_of_a_person_s_themes_are_numbered_where_they_are_taken() -> None:
    """A theme of the same name as an archived one gets an id of its own; one without Latin letters has a plain one."""
    added = tx.add(KNOWN, "Billing", "Ana", DAY)
    (first,) = added.keys() - KNOWN.keys()
    again = tx.add(tx.archive(added, first, "Ana", DAY), "Billing", "Ana", DAY)
    assert again.keys() - added.keys() == {f"{first}-2"}
    assert [id for id in tx.add(KNOWN, "软件", "Ana", DAY) if id.startswith("theme-")]


def test_pins_come_and_go() -> None:
    """Seeds are added once and taken out again; one that is not pinned cannot be."""
    pinned = tx.pin(KNOWN, "sync-75c7", "Ana", DAY, words=["conflict", "lost edits", "conflict"], examples=["My edits are gone"])
    assert pinned["sync-75c7"]["seeds"] == {"words": ["conflict", "lost edits"], "examples": ["My edits are gone"]}
    assert tx.pin(pinned, "sync-75c7", "Ben", DAY, words=["conflict"]) == pinned
    fewer = tx.unpin(pinned, "sync-75c7", "Ana", DAY, words=["conflict", "lost edits"])
    assert fewer["sync-75c7"]["seeds"] == {"examples": ["My edits are gone"]}
    assert "seeds" not in tx.unpin(fewer, "sync-75c7", "Ana", DAY, examples=["My edits are gone"])["sync-75c7"]


def test_saving_dates_what_the_machine_noted() -> None:
    """An event without a day gets that of the save; the others keep theirs."""
    known = {"a": {"name": "A", "history": [{"by": "machine", "did": "found"}, {"on": "2025-01-01", "by": "Ana", "did": "accepted"}]}}
    assert [event["on"] for event in tx.dated(known, DAY)["a"]["history"]] == ["2025-11-03", "2025-01-01"]  # type: ignore[arg-type]


@pytest.mark.parametrize(("edit", "message"), [
    (lambda t: tx.rename(t, "sync-75c8", "X", "Ana", DAY), 'There is no theme "sync-75c8" in the taxonomy. Did you mean "sync-75c7"?'),
    (lambda t: tx.rename(t, "Offline", "X", "Ana", DAY), 'There is no theme "Offline" in the taxonomy. Did you mean "offline-1111", which has that name?'),
    (lambda t: tx.rename(t, "sync-75c7", " \u202e\x00", "Ana", DAY), "cannot be a theme's name"),
    (lambda t: tx.rename(t, "sync-75c7", "offline", "Ana", DAY), '"offline-1111" has the name "offline" already: give another, or merge the two.'),
    (lambda t: tx.rename(t, "sync-75c7", "X", " ", DAY), "Say by whom"),
    (lambda t: tx.merge(t, "sync-75c7", "sync-75c7", "Ana", DAY), '"sync-75c7" cannot be merged into itself.'),
    (lambda t: tx.merge(t, "export-d46a", "csv-2222", "Ana", DAY), 'cannot be merged into "csv-2222", which lies below it'),
    (lambda t: tx.merge(tx.archive(t, "export-d46a", "Ana", DAY), "sync-75c7", "csv-2222", "Ana", DAY), '"csv-2222" is archived: restore it before'),
    (lambda t: tx.move(t, "export-d46a", "csv-2222", "Ana", DAY), '"export-d46a" cannot lie below "csv-2222", which lies below it'),
    (lambda t: tx.move(tx.archive(t, "export-d46a", "Ana", DAY), "sync-75c7", "export-d46a", "Ana", DAY), "is archived: restore it before"),
    (lambda t: tx.move(tx.merge(t, "sync-75c7", "csv-2222", "Ana", DAY), "sync-75c7", "", "Ana", DAY), '"sync-75c7" was merged into "csv-2222": edit that one'),
    (lambda t: tx.split(t, "sync-75c7", {}, "Ana", DAY), "Say what to split off"),
    (lambda t: tx.split(t, "sync-75c7", {"Part": {}}, "Ana", DAY), 'The part "Part" needs seed words or examples'),
    (lambda t: tx.pin(tx.pin(t, "sync-75c7", "Ana", DAY, words=["conflict"]), "csv-2222", "Ana", DAY, words=["Conflict"]), "stands in two themes"),
    (lambda t: tx.pin(t, "sync-75c7", "Ana", DAY, words=["…"]), 'hold "…": a seed needs a letter or digit'),
    (lambda t: tx.unpin(t, "sync-75c7", "Ana", DAY, words=["x"]), '"x" is not pinned to "sync-75c7"'),
    (lambda t: tx.add(t, "New", "Ana", DAY, parent="exprot-d46a"), 'Did you mean "export-d46a"?'),
])  # fmt: skip
def test_an_edit_that_cannot_be_made_says_why_in_one_line(edit: Callable[[Taxonomy], Taxonomy], message: str) -> None:
    """The error names the theme, what is wrong and the near miss."""
    with pytest.raises(WorkspaceError) as fault:
        edit(KNOWN)
    assert message in str(fault.value)
    assert "\n" not in str(fault.value)


ID = st.integers(0, 5).map("t{}".format)
EDIT = st.one_of(
    st.tuples(st.just("merge"), ID, ID),
    st.tuples(st.just("move"), ID, ID | st.just("")),
    st.tuples(st.just("archive"), ID),
    st.tuples(st.just("restore"), ID),
    st.tuples(st.just("rename"), ID, st.text(max_size=5)),
    st.tuples(st.just("pin"), ID),
    st.tuples(st.just("split"), ID),
)


def apply(known: Taxonomy, edit: tuple[str, ...]) -> Taxonomy:
    """Make one edit, or none where it is refused."""
    what, id, *rest = edit
    try:
        match what:
            case "pin":
                return tx.pin(known, id, "Ana", DAY, words=[f"w{len(known)}"])
            case "split":
                return tx.split(known, id, {f"part {len(known)}": {"words": [f"s{len(known)}"]}}, "Ana", DAY)
        return getattr(tx, what)(known, id, *rest, "Ana", DAY)  # type: ignore[no-any-return]
    except WorkspaceError:
        return known


@settings(max_examples=60, deadline=None)
@given(st.lists(EDIT, max_size=25))
def test_edits_in_any_order_leave_a_tree(edits: list[tuple[str, ...]]) -> None:
    """Whatever is edited, the result can be used: every id leads to one theme at the top, nothing counts under what is hidden."""
    known: Taxonomy = {f"t{n}": {"name": f"Theme {n}"} for n in range(6)}
    for edit in edits:
        known = apply(known, edit)
    assert tx.check(known) == known
    for id in known:
        assert tx.path(known, id)[-1] == tx.resolve(known, id)
        assert tx.parent(known, tx.root(known, id)) == ""


@settings(max_examples=60, deadline=None)
@given(st.lists(EDIT, max_size=12), ID, ID)
def test_merging_twice_is_merging_once(edits: list[tuple[str, ...]], id: str, into: str) -> None:
    """A merge that was made changes nothing when it is made again."""
    known: Taxonomy = {f"t{n}": {"name": f"Theme {n}"} for n in range(6)}
    for edit in edits:
        known = apply(known, edit)
    once = apply(known, ("merge", id, into))
    assert apply(once, ("merge", id, into)) == once
