"""Edits between entries: add, merge, split. They follow the rules of :mod:`prodops.feedback.taxonomy.edits`."""

from collections.abc import Container, Iterable, Mapping
from datetime import date
from hashlib import sha256
from itertools import count
from typing import cast

from prodops.errors import WorkspaceError, shorten
from prodops.feedback.taxonomy.checks import check
from prodops.feedback.taxonomy.edits import changed, live, new_name
from prodops.feedback.taxonomy.entries import Entry, Seeds, Taxonomy, plain_name, slug
from prodops.feedback.taxonomy.tree import is_archived, path


def add(
    taxonomy: Mapping[str, Entry], name: str, by: str, on: date, words: Iterable[str] = (), examples: Iterable[str] = (), parent: str = ""
) -> Taxonomy:
    """Add a theme of a person's own: with seeds, so that texts find it, or without, as a place in the tree for others."""
    known = check(taxonomy)
    if parent:
        live(known, parent)
    seeds: Seeds = {"words": [*dict.fromkeys(words)], "examples": [*dict.fromkeys(examples)]}
    return _with_entry(known, new_name(known, name), by, on, "added", seeds, {"parent": parent} if parent else {})


def merge(taxonomy: Mapping[str, Entry], id: str, into: str, by: str, on: date) -> Taxonomy:
    """Count the texts of one theme, and all below it, under another; its id stays and leads there.

    Refused into an archived theme and into one that lies below it.
    """
    known = check(taxonomy)
    if id in known and into in known and id != into and path(known, id) == path(known, into):
        return known
    live(known, id)
    live(known, into)
    if is_archived(known, into):
        raise WorkspaceError(
            f"{shorten(into)} is archived: restore it before another theme is merged into it, or archive {shorten(id)} too."
        )
    if id in path(known, into):
        what = "itself" if id == into else f"{shorten(into)}, which lies below it: move that one first"
        raise WorkspaceError(f"{shorten(id)} cannot be merged into {what}.")
    merged = changed(known, id, by, on, f"merged into {into}", status="merged", into=into)
    return changed(merged, into, by, on, f'took in {id} ("{known[id]["name"]}")')


def split(taxonomy: Mapping[str, Entry], id: str, parts: Mapping[str, Seeds], by: str, on: date) -> Taxonomy:
    """Split new themes off one: ``parts`` gives each one's name and its seeds, ``{"words": […], "examples": […]}``.

    Of the texts of ``id``, those nearest to a part go to it, the others stay. The new themes stand beside it in the tree.
    """
    known = check(taxonomy)
    live(known, id)
    if not parts:
        raise WorkspaceError(f"Say what to split off {shorten(id)}: a name and its seed words or examples, for each part.")
    above: Entry = {"parent": known[id]["parent"]} if known[id].get("parent") else {}
    for name, seeds in parts.items():
        if not (seeds.get("words") or seeds.get("examples")):
            raise WorkspaceError(f"The part {shorten(name)} needs seed words or examples: they say which texts of {shorten(id)} it takes.")
        known = _with_entry(known, new_name(known, name), by, on, f"split off {id}", seeds, {"out_of": id, **above})
    return changed(known, id, by, on, f"split off: {', '.join(plain_name(name) for name in parts)}")


def _with_entry(taxonomy: Taxonomy, name: str, by: str, on: date, did: str, seeds: Seeds, links: Entry) -> Taxonomy:
    id = numbered(make_id(name), taxonomy)
    entry: Entry = {"name": name, "status": "active", **links, "words": {}, "examples": []}
    if pinned := {key: list(texts) for key, texts in seeds.items() if texts}:  # type: ignore[call-overload]
        entry["seeds"] = cast(Seeds, pinned)
    return check(changed({**taxonomy, id: entry}, id, by, on, did))


def make_id(text: str) -> str:
    """Make an id of a text: its letters and a short hash, ``offline-sync-1a2b``."""
    return f"{slug(text)}-{sha256(text.encode(errors='surrogatepass')).hexdigest()[:4]}"


def numbered(id: str, taken: Container[str]) -> str:
    """Give the id, or where it is taken the first with a number that is free: ``offline-sync-1a2b-2``."""
    return id if id not in taken else next(free for n in count(2) if (free := f"{id}-{n}") not in taken)
