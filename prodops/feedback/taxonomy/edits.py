"""Edits of one entry. Each gives a new taxonomy; an edit that changes nothing gives the same one, and notes nothing.

``by`` is the person who makes the edit and ``on`` the day; both stand in the entry's history. All raise
:class:`WorkspaceError` in one line for what cannot be done.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, cast

from prodops.errors import WorkspaceError, on_one_line, shorten
from prodops.feedback.taxonomy.checks import check, known_id
from prodops.feedback.taxonomy.entries import Entry, Event, Seeds, Taxonomy, plain_name
from prodops.feedback.taxonomy.tree import children, cycles, is_archived, path, resolve

_LONGEST_EVENT = 400


def rename(taxonomy: Mapping[str, Entry], id: str, name: str, by: str, on: date) -> Taxonomy:
    """Give a theme a name of a person's own; the machine never changes it."""
    known = check(taxonomy)
    entry, name = live(known, id), new_name(known, name, id)
    if name == entry["name"]:
        return known
    return changed(known, id, by, on, f'renamed, was "{entry["name"]}"', name=name)


def accept(taxonomy: Mapping[str, Entry], id: str, by: str, on: date) -> Taxonomy:
    """Take a new theme or a candidate in for good."""
    known = check(taxonomy)
    if live(known, id).get("status") not in ("new", "candidate"):
        return known
    return changed(known, id, by, on, "accepted", status="active")


def archive(taxonomy: Mapping[str, Entry], id: str, by: str, on: date) -> Taxonomy:
    """Show a theme, and what lies below it, no more: its texts have no theme, are counted as archived, and never come back as new.

    What was merged into it is archived with it.
    """
    known = check(taxonomy)
    live(known, id)
    if is_archived(known, id):
        return known
    hidden = {id, *_below(known, id)}
    for other in [other for other, entry in known.items() if entry.get("into") and resolve(known, other) in hidden]:
        known = changed(
            known, other, by, on, f"archived with {known[other]['into']}, into which it was merged", status="archived", into=None
        )
    return changed(known, id, by, on, "archived", status="archived")


def restore(taxonomy: Mapping[str, Entry], id: str, by: str, on: date) -> Taxonomy:
    """Undo an archive or a merge: the theme stands for itself again."""
    known = check(taxonomy)
    entry = known[known_id(known, id)]
    if entry.get("status") == "archived":
        return changed(known, id, by, on, "restored", status="active")
    if entry.get("into"):
        again = changed(known, id, by, on, f"restored, was merged into {entry['into']}", status="active", into=None)
        if any(cycles(again)):  # what lay below it has come to lie above it
            again[id].pop("parent")
        return again
    return known


def move(taxonomy: Mapping[str, Entry], id: str, parent: str, by: str, on: date) -> Taxonomy:
    """Put a theme, with all below it, under another one; ``""`` puts it at the top."""
    known = check(taxonomy)
    entry = live(known, id)
    if parent:
        live(known, parent)
        if id in path(known, parent):
            what = "itself" if id == parent else f"{shorten(parent)}, which lies below it: move that one first"
            raise WorkspaceError(f"{shorten(id)} cannot lie below {what}.")
        if is_archived(known, parent):
            raise WorkspaceError(f"{shorten(parent)} is archived: restore it before another theme is moved under it.")
    if (entry.get("parent") or "") == parent:
        return known
    return changed(known, id, by, on, f"moved under {parent}" if parent else "moved to the top", parent=parent or None)


def pin(taxonomy: Mapping[str, Entry], id: str, by: str, on: date, words: Iterable[str] = (), examples: Iterable[str] = ()) -> Taxonomy:
    """Say what belongs to a theme whatever the machine finds: texts that hold one of ``words`` (or phrases), and the ``examples``."""
    known = check(taxonomy)
    more = _more(live(known, id).get("seeds", {}), [*words], [*examples])
    said = [shorten(text) for key in ("words", "examples") for text in more[key]]
    if not said:
        return known
    seeds = {key: [*known[id].get("seeds", {}).get(key, []), *texts] for key, texts in more.items()}  # type: ignore[misc]
    return check(changed(known, id, by, on, f"pinned {', '.join(said)}", seeds={key: texts for key, texts in seeds.items() if texts}))


def unpin(taxonomy: Mapping[str, Entry], id: str, by: str, on: date, words: Iterable[str] = (), examples: Iterable[str] = ()) -> Taxonomy:
    """Take pinned words or examples out again; raises for one that is not pinned."""
    known = check(taxonomy)
    seeds = live(known, id).get("seeds", {})
    gone = {"words": [*words], "examples": [*examples]}
    kept = {"words": list(seeds.get("words", [])), "examples": list(seeds.get("examples", []))}
    for key, texts in gone.items():
        for text in texts:
            if text not in kept[key]:
                raise WorkspaceError(
                    f"{shorten(text)} is not pinned to {shorten(id)}; pinned are {shorten(', '.join(kept[key]) or 'none')}."
                )
            kept[key].remove(text)
    said = [shorten(text) for texts in gone.values() for text in texts]
    if not said:
        return known
    return changed(known, id, by, on, f"unpinned {', '.join(said)}", seeds={k: v for k, v in kept.items() if v} or None)


def dated(taxonomy: Mapping[str, Entry], on: date) -> Taxonomy:
    """Write the day on which it is saved beside what the machine noted in the history, which knows no day."""
    day = f"{on:%Y-%m-%d}"
    return {
        id: {**entry, "history": [event if event.get("on") else {"on": day, **event} for event in entry["history"]]}
        if "history" in entry
        else entry
        for id, entry in check(taxonomy).items()
    }


# ------------------------------------------------------------------------------------------------------------- for edits
def live(taxonomy: Mapping[str, Entry], id: str) -> Entry:
    """Give the entry to edit; raises where there is none, or where it was merged into another."""
    entry = taxonomy[known_id(taxonomy, id)]
    if into := entry.get("into"):
        raise WorkspaceError(f"{shorten(id)} was merged into {shorten(into)}: edit that one, or restore {shorten(id)} first.")
    return entry


def new_name(taxonomy: Mapping[str, Entry], name: str, id: str = "") -> str:
    """Check a name that a person gives: not empty, and not that of another theme that is shown."""
    plain = plain_name(name) if isinstance(name, str) else ""
    if not plain:
        raise WorkspaceError(f"{shorten(name)} cannot be a theme's name: it needs a letter or another visible character.")
    for other, entry in taxonomy.items():
        if other != id and not entry.get("into") and not is_archived(taxonomy, other) and entry["name"].casefold() == plain.casefold():
            raise WorkspaceError(f"{shorten(other)} has the name {shorten(plain)} already: give another, or merge the two.")
    return plain


def changed(taxonomy: Mapping[str, Entry], id: str, by: str, on: date, did: str, **values: Any) -> Taxonomy:
    """Give the taxonomy with other values in one entry (``None`` takes a key out), which is the person's from now on."""
    if not (who := plain_name(by)):
        raise WorkspaceError("Say by whom an edit is made: by is empty.")
    entry: dict[str, Any] = {**taxonomy[id], **values, "by": who}
    kept = {key: value for key, value in entry.items() if value is not None}
    return {**taxonomy, id: cast(Entry, kept | {"history": noted(taxonomy[id], who, on, did)})}


def noted(entry: Entry, by: str, on: date, did: str) -> list[Event]:
    """Give an entry's history with one more event."""
    return [*entry.get("history", []), {"on": f"{on:%Y-%m-%d}", "by": by, "did": on_one_line(did)[:_LONGEST_EVENT]}]


def _below(taxonomy: Mapping[str, Entry], id: str) -> list[str]:
    found = children(taxonomy, id)
    return found + [other for child in found for other in _below(taxonomy, child)]


def _more(seeds: Seeds, words: list[str], examples: list[str]) -> dict[str, list[str]]:
    return {
        "words": [word for word in dict.fromkeys(words) if word not in seeds.get("words", [])],
        "examples": [text for text in dict.fromkeys(examples) if text not in seeds.get("examples", [])],
    }
