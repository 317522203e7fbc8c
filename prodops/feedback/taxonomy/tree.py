"""Where an entry stands: what it was merged into, and what lies above and below it.

Each entry points to one other at most: the one that it was merged into, or else its parent. A checked taxonomy has no
cycle of such steps, so every walk ends.
"""

from collections.abc import Iterator, Mapping

from prodops.feedback.taxonomy.entries import Entry


def up(entry: Entry) -> str:
    """Give the id that an entry points to, "" for none."""
    return entry.get("into") or entry.get("parent") or ""


def resolve(taxonomy: Mapping[str, Entry], id: str) -> str:
    """Follow merges: give the id under which the texts of ``id`` count."""
    while into := taxonomy[id].get("into"):
        id = into
    return id


def parent(taxonomy: Mapping[str, Entry], id: str) -> str:
    """Give the entry above, "" at the top; merges are followed."""
    above = taxonomy[resolve(taxonomy, id)].get("parent")
    return resolve(taxonomy, above) if above else ""


def path(taxonomy: Mapping[str, Entry], id: str) -> list[str]:
    """Give the ids from the top of the tree down to ``id``, merges followed."""
    steps = [resolve(taxonomy, id)]
    while above := parent(taxonomy, steps[-1]):
        steps.append(above)
    return steps[::-1]


def root(taxonomy: Mapping[str, Entry], id: str) -> str:
    """Give the theme at the top under which ``id`` counts."""
    return path(taxonomy, id)[0]


def children(taxonomy: Mapping[str, Entry], id: str) -> list[str]:
    """Give the ids right below, in order of ids; merged ones are not among them."""
    return sorted(other for other, entry in taxonomy.items() if not entry.get("into") and parent(taxonomy, other) == id)


def is_archived(taxonomy: Mapping[str, Entry], id: str) -> bool:
    """Tell whether an entry, or one above it, is archived: its texts are not shown."""
    return any(taxonomy[step].get("status") == "archived" for step in path(taxonomy, id))


def cycles(taxonomy: Mapping[str, Entry]) -> Iterator[list[str]]:
    """Find the ids of each cycle of merges and parents, which a taxonomy must not have."""
    done: set[str] = set()
    for start in taxonomy:
        walked: dict[str, None] = {}
        at = start
        while at and at in taxonomy and at not in done and at not in walked:
            walked[at] = None
            at = up(taxonomy[at])
        if at in walked:
            ids = list(walked)
            yield ids[ids.index(at) :]
        done.update(walked)
