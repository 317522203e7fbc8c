"""Whether a taxonomy can be used: what it says is looked at before anything is done with it, and the fault named in one line."""

import math
import unicodedata
from collections.abc import Callable, Mapping
from typing import Any, cast

from prodops.errors import WorkspaceError, did_you_mean, shorten
from prodops.feedback.taxonomy.entries import LONGEST_ID, LONGEST_SEED, STATUSES, Entry, Event, Seeds, Taxonomy, plain_name
from prodops.feedback.taxonomy.tree import cycles, is_archived, resolve
from prodops.feedback.words import surface

MOST_ENTRIES = 2_000
_LINKS = ("parent", "into", "out_of")


def check(taxonomy: Mapping[str, Any] | None) -> Taxonomy:
    """Check a taxonomy that a person may have written; gives a copy of its own, names on one line.

    Raises :class:`WorkspaceError` naming the theme and what is wrong: a key, value or id that is unknown, a cycle of parents and merges,
    a merge into an archived theme, one seed word in two themes.
    """
    if taxonomy is None:
        return {}
    if not isinstance(taxonomy, Mapping):
        raise WorkspaceError(
            f"The taxonomy is {type(taxonomy).__name__}; expected a mapping of theme ids to themes, as Themes.taxonomy gives it."
        )
    if len(taxonomy) > MOST_ENTRIES:
        raise WorkspaceError(f"The taxonomy has {len(taxonomy):,} themes; at most {MOST_ENTRIES:,} can be used.")
    checked = {_id(id): _entry(str(id), entry) for id, entry in taxonomy.items()}
    if len(checked) < len(taxonomy):
        raise WorkspaceError("The taxonomy holds one id twice, as a number and as text; keep one of them.")
    _check_links(checked)
    _check_seeds(checked)
    return checked


def known_id(taxonomy: Mapping[str, Entry], id: str) -> str:
    """Give the id back where the taxonomy has it; raises :class:`WorkspaceError` with the near miss."""
    if id in taxonomy:
        return id
    by_name = {entry["name"]: other for other, entry in taxonomy.items()}
    hint = f' Did you mean "{by_name[id]}", which has that name?' if id in by_name else did_you_mean(str(id), taxonomy)
    raise WorkspaceError(f"There is no theme {shorten(id)} in the taxonomy.{hint}")


# ------------------------------------------------------------------------------------------------------------ one entry
def _id(id: object) -> str:
    text = str(id)
    odd = any(unicodedata.category(c)[0] in "CZ" for c in text)
    if not text or len(text) > LONGEST_ID or odd or isinstance(id, bool | float | None):
        raise WorkspaceError(f"{shorten(id)} cannot be the id of a theme: use up to {LONGEST_ID} letters, digits and -, such as sync-1a2b.")
    return text


def _entry(id: str, entry: object) -> Entry:
    where = f"Theme {shorten(id)} of the taxonomy"
    if not isinstance(entry, Mapping) or not isinstance(name := _text(entry.get("name")), str) or not plain_name(name):
        raise WorkspaceError(f"{where} needs a name.")
    checked: dict[str, Any] = {}
    for key, value in entry.items():
        if key not in _READERS:
            raise WorkspaceError(f"{where}: unknown key {shorten(key)}.{did_you_mean(str(key), _READERS)}")
        try:
            checked[str(key)] = _READERS[key](value)
        except ValueError as fault:
            raise WorkspaceError(f"{where}: {key} {fault}") from None
    return cast(Entry, _merged(where, checked))


def _merged(where: str, entry: dict[str, Any]) -> dict[str, Any]:
    """Hold ``into`` and the status ``merged`` together: one does not stand without the other."""
    if entry.get("into"):
        return {**entry, "status": "merged"}
    if entry.get("status") == "merged":
        raise WorkspaceError(f"{where}: its status is merged, but not into which theme; add into: and that theme's id.")
    return entry


def _text(value: object) -> object:
    """Take a number for the text it was written as, as YAML reads ``404``."""
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _a_text(value: object) -> str:
    text = _text("" if value is None else value)
    if not isinstance(text, str):
        raise ValueError(f"must be text (found {shorten(value)}).")
    return text


def _status(value: object) -> str:
    if value not in STATUSES:
        raise ValueError(f"{shorten(value)} is none that there is: {', '.join(STATUSES)}.{did_you_mean(str(value), STATUSES)}")
    return str(value)


def _words(value: object) -> dict[str, float]:
    weights = value if isinstance(value, Mapping) else None
    if weights is None or not all(isinstance(w, int | float) and not isinstance(w, bool) and 0 <= w < math.inf for w in weights.values()):
        raise ValueError("must map each word to its weight, a number of at least 0; words of your own go under seeds.")
    return {str(word): weight for word, weight in weights.items()}


def _texts(value: object) -> list[str]:
    if not isinstance(value, list | tuple):
        raise ValueError(f"must be a list of texts (found {shorten(value)}).")
    return [_a_text(item) for item in value]


def _seeds(value: object) -> Seeds:
    if not isinstance(value, Mapping) or (odd := [key for key in value if key not in ("words", "examples")]):
        found, hint = (odd[0], did_you_mean(str(odd[0]), ("words", "examples"))) if isinstance(value, Mapping) else (value, "")
        raise ValueError(f"must have the keys words and examples, each with a list of texts (found {shorten(found)}).{hint}")
    seeds = cast(Seeds, {key: _texts(texts) for key, texts in value.items()})
    for word in seeds.get("words", []):
        if not surface(word) or len(word) > LONGEST_SEED:
            raise ValueError(f"hold {shorten(word)}: a seed needs a letter or digit, and {LONGEST_SEED} characters at most.")
    for text in seeds.get("examples", []):
        if not surface(text):
            raise ValueError(f"hold the example {shorten(text)}, which has no word.")
    return seeds


def _history(value: object) -> list[Event]:
    if not isinstance(value, list | tuple) or not all(isinstance(event, Mapping) and set(event) <= {"on", "by", "did"} for event in value):
        raise ValueError("must be a list of events, each with on (a date), by and did.")
    return [cast(Event, {key: _a_text(said) for key, said in event.items()}) for event in value]


_READERS: dict[str, Callable[[Any], Any]] = {
    "name": lambda value: plain_name(_a_text(value)),
    "status": _status,
    "parent": _a_text,
    "into": _a_text,
    "out_of": _a_text,
    "by": lambda value: plain_name(_a_text(value)),
    "seeds": _seeds,
    "words": _words,
    "examples": _texts,
    "history": _history,
}


# --------------------------------------------------------------------------------------------------------- among entries
def _check_links(taxonomy: Taxonomy) -> None:
    for id, entry in taxonomy.items():
        for key in _LINKS:
            other = str(entry.get(key) or "")
            if other and other not in taxonomy:
                raise WorkspaceError(f"Theme {shorten(id)} of the taxonomy: {key} names {shorten(other)}, which is no theme of it."
                                     f"{did_you_mean(other, taxonomy)}")  # fmt: skip
    if ring := next(cycles(taxonomy), None):
        steps = " → ".join(shorten(id)[1:-1] for id in [*ring[:5], *(["…"] if len(ring) > 5 else []), ring[0]])
        raise WorkspaceError(f"The taxonomy runs in a circle by parent or into: {steps}; take one of these links out.")
    for id, entry in taxonomy.items():
        target = resolve(taxonomy, id)
        if entry.get("into") and is_archived(taxonomy, target):
            raise WorkspaceError(f"Theme {shorten(id)} of the taxonomy is merged into {shorten(target)}, which is archived: "
                                 "archive it too instead, or restore that one.")  # fmt: skip


def _check_seeds(taxonomy: Taxonomy) -> None:
    """Hold each seed word to one theme: a text cannot belong to two."""
    owners: dict[str, str] = {}
    for id, entry in taxonomy.items():
        for word in entry.get("seeds", {}).get("words", []):
            owner = owners.setdefault(" ".join(surface(word)), id)
            if resolve(taxonomy, owner) != resolve(taxonomy, id):
                raise WorkspaceError(f"The seed {shorten(word)} stands in two themes, {shorten(owner)} and {shorten(id)}: keep it in one.")
