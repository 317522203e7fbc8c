"""The taxonomy at a glance."""

import pandas as pd
from feedback_corpus import weekly_of, weeks_of

from prodops.feedback import overview
from prodops.feedback.taxonomy import Taxonomy

KNOWN: Taxonomy = {
    "old": {"name": "Old", "status": "archived"},
    "sync": {
        "name": "Sync", "status": "active", "words": {f"word{i}": 0.1 for i in range(20)},
        "history": [{"by": "machine", "did": "found"}, {"on": "2025-11-03", "by": "Ana", "did": 'renamed, was "Syncing"'}],
    },
    "phone": {"name": "Phone sync", "status": "active", "parent": "sync"},
    "syncs": {"name": "Syncs", "status": "merged", "into": "sync"},
    "maybe": {"name": "Maybe", "status": "candidate"},
    "price": {"name": "Price", "status": "new"},
}  # fmt: skip


def test_every_entry_is_listed_in_the_order_of_its_standing() -> None:
    """What is in use by size, then candidates, then what is put away; with voices, course, tree and the last change."""
    counts = {"sync": [2, 3], "price": [4, 4]}
    table = overview(KNOWN, weeks_of(counts), weekly_of(counts)).set_index("theme")
    assert list(table.index) == ["price", "sync", "phone", "maybe", "syncs", "old"]
    assert table["voices"].to_dict() == {"price": 8, "sync": 5, "phone": 0, "maybe": 0, "syncs": 0, "old": 0}
    assert table.loc["sync", "course"] == [2, 3]
    assert table.loc["sync", "words"] == "word0, word1, word2, word3, word4, word5, word6, word7"
    assert table.loc["sync", "changed"] == '2025-11-03, Ana: renamed, was "Syncing"'
    assert (table.loc["phone", "under"], table.loc["syncs", "into"]) == ("Sync", "Sync")


def test_the_list_follows_the_tree() -> None:
    """Each entry stands below the one it lies under, however deep, the larger before the smaller."""
    known: Taxonomy = {
        "top": {"name": "Top", "status": "active"},
        "small": {"name": "Small", "status": "active", "parent": "top"},
        "below": {"name": "Below", "status": "active", "parent": "small"},
        "large": {"name": "Large", "status": "active", "parent": "top"},
    }
    said = weeks_of({"top": [9]}).assign(subtheme=[*["large"] * 4, *["below"] * 3, "small", ""])
    assert list(overview(known, said, weekly_of({"top": [9]}))["theme"]) == ["top", "large", "small", "below"]


def test_nothing_is_known_yet() -> None:
    """An empty taxonomy is an empty table with its columns."""
    table = overview({}, weeks_of({}), weekly_of({}))
    assert table.empty
    assert {"theme", "name", "status", "course"} <= set(table)
    assert isinstance(table, pd.DataFrame)
