"""The taxonomy that results from a run: what each theme is now, and what happened to it, written into its entry."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from prodops.feedback import naming
from prodops.feedback.identity.defining import Counts, examples, likeness
from prodops.feedback.taxonomy import Entry, Event, Taxonomy, is_archived, path
from prodops.feedback.taxonomy.entries import MACHINE, Status, plain_name

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from prodops.feedback.found import Found

    Entries = NDArray[np.object_]
    Rows = NDArray[np.intp]

ALIKE = 0.8
"""Cosine of old and new words from which an entry keeps its words and examples, so that a file changes where a theme does."""

FEWER = 80
"""Texts of a sub-theme that are read for its name."""


def record(
    found: "Found", tree: Taxonomy, known: Taxonomy, entries: "Entries", counts: Counts, events: Iterable[tuple[str, str]]
) -> Taxonomy:
    """Write the entries: those that hold texts first, the largest theme first, each followed by its sub-themes; then the rest, by id.

    ``tree`` has the new entries beside the known ones; a new one that got no text is left out. ``entries`` names the one of each text.
    """
    leaves = sorted(set(entries) - {""})
    seen = {step for id in leaves for step in path(tree, id)}
    (central, sizes), words = _central(found, tree, entries, leaves), _words(tree, entries, leaves, counts)
    order = sorted(central, key=lambda id: (-sizes[(steps := path(tree, id))[0]], steps[0], len(steps), -sizes[id], id))
    texts = {id: [found.texts[row] for row in central[id]] for id in order}
    names = _names(tree, known, texts)
    done: Taxonomy = {}
    for id in order:
        done[id] = _seen(tree[id], id in known, words.get(id, {}), examples(texts[id]), names.get(id, ""), is_archived(tree, id))
    for id in sorted(known.keys() - done.keys()):
        done[id] = _rest(known[id], id in seen)
    for id, did in events:
        if id in done:
            done[id] = {**done[id], "history": _noted(done[id], did)}
    return done


def _central(found: "Found", tree: Taxonomy, entries: "Entries", leaves: Sequence[str]) -> "tuple[dict[str, Rows], dict[str, int]]":
    """Give for each entry, and for those above it, its rows, nearest the centre first, and how many there are."""
    import numpy as np

    place = {id: i for i, id in enumerate(leaves)} | {"": len(leaves)}
    code = np.fromiter((place[id] for id in entries), dtype=int, count=len(entries))
    order = np.lexsort((-found.fit, code))
    starts = np.searchsorted(code[order], range(len(leaves) + 1))
    rows: dict[str, Rows] = {}
    sizes: dict[str, int] = {}
    for id, start, end in zip(leaves, starts, starts[1:], strict=False):
        for step in path(tree, id):
            rows[step] = np.append(rows.get(step, order[:0]), order[start:end])
            sizes[step] = sizes.get(step, 0) + int(end - start)
    return {id: held[np.lexsort((held, -found.fit[held]))] for id, held in rows.items()}, sizes


def _words(tree: Taxonomy, entries: "Entries", leaves: Sequence[str], counts: Counts) -> dict[str, dict[str, float]]:
    """Define themes against themes, and sub-themes against sub-themes."""
    import numpy as np

    roots = sorted({path(tree, id)[0] for id in leaves})
    leaf = {id: i for i, id in enumerate(leaves)} | {"": -1}
    top = {id: roots.index(path(tree, id)[0]) for id in leaves} | {"": -1}
    of_leaves = counts.words(np.array([leaf[id] for id in entries], dtype=int), len(leaves))
    of_roots = counts.words(np.array([top[id] for id in entries], dtype=int), len(roots))
    return dict(zip(leaves, of_leaves, strict=True)) | dict(zip(roots, of_roots, strict=True))


def _names(tree: Taxonomy, known: Taxonomy, texts: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Name the new themes against all themes, and the new sub-themes of each theme against each other."""
    taken = [entry["name"] for entry in known.values()]
    tops = {id: said for id, said in texts.items() if len(path(tree, id)) == 1}
    names = _name_new(known, tops, taken)
    for top in tops:
        below = {id: said for id, said in texts.items() if path(tree, id)[0] == top and id != top}
        names |= _name_new(known, below, [*taken, names.get(top, tree[top]["name"])], FEWER)
    return names


def _name_new(known: Taxonomy, texts: Mapping[str, Sequence[str]], taken: Sequence[str], most: int = naming.EXAMPLES) -> dict[str, str]:
    new = {id: said for id, said in texts.items() if id not in known}
    if not new:
        return {}
    given = naming.name_all(new | {id: said for id, said in texts.items() if id in known}, taken, most)
    return {id: plain_name(given[id]) or f"Theme {id}" for id in new}


def _seen(entry: Entry, known: bool, words: dict[str, float], shown: list[str], name: str, archived: bool) -> Entry:
    """Write an entry that holds texts; a known one keeps its words and examples while they still say what it is."""
    if not known:
        above: Entry = {"parent": entry["parent"]} if entry.get("parent") else {}
        return {"name": name, "status": "new", **above, "words": words, "examples": shown, "history": _noted(entry, "found")}
    if archived:
        return entry
    status: Status = "candidate" if entry.get("status") == "candidate" else "active"
    if not words or likeness(entry.get("words", {}), words) >= ALIKE:
        return {**entry, "status": status}
    return {**entry, "status": status, "words": words, "examples": shown}


def _rest(entry: Entry, seen: bool) -> Entry:
    if seen or entry.get("status") in ("merged", "archived", "candidate"):
        return entry
    return {**entry, "status": "unseen"}


def _noted(entry: Entry, did: str) -> list[Event]:
    """Add to the history what the machine saw, once; the day is added when a person saves it."""
    history = list(entry.get("history", []))
    return history if any(event.get("did") == did for event in history) else [*history, {"by": MACHINE, "did": did}]
