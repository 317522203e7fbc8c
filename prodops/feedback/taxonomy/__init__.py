"""The themes that a team knows: entries with ids that stay, a tree, and the edits that people make.

A taxonomy is a plain mapping of ids to entries, ready for JSON or YAML. Edits are functions from a taxonomy to a new one; who made
them and on which day is given, and stands in the entry's history.

    known = taxonomy.rename(known, "sync-1a2b", "Offline sync", by="Ana", on=date(2025, 11, 3))
    known = taxonomy.merge(known, "offline-33c1", into="sync-1a2b", by="Ana", on=date(2025, 11, 3))
    themes = feedback.find_themes(texts, taxonomy=known)
"""

from prodops.feedback.taxonomy.checks import check
from prodops.feedback.taxonomy.edits import accept, archive, dated, move, pin, rename, restore, unpin
from prodops.feedback.taxonomy.entries import Entry, Event, Seeds, Status, Taxonomy
from prodops.feedback.taxonomy.reshaping import add, merge, split
from prodops.feedback.taxonomy.tree import children, is_archived, parent, path, resolve, root

__all__ = [
    "Entry",
    "Event",
    "Seeds",
    "Status",
    "Taxonomy",
    "accept",
    "add",
    "archive",
    "check",
    "children",
    "dated",
    "is_archived",
    "merge",
    "move",
    "parent",
    "path",
    "pin",
    "rename",
    "resolve",
    "restore",
    "root",
    "split",
    "unpin",
]
