"""Feedback that fits no theme: groups among it, which wait for a person to take them in."""

from collections.abc import Iterable, Mapping

from prodops.feedback.naming import MIXED
from prodops.feedback.taxonomy import Entry, Taxonomy
from prodops.feedback.themes import Themes, find_themes


def candidates(themes: Themes, texts: Iterable[str]) -> Taxonomy:
    """Find groups among the texts that fit no theme, or hardly one; each is an entry with the status ``candidate``.

    A text hardly fits whose cosine to its nearest centre is that of the worst 5 % of the texts found there: what is new seldom lies far from
    everything. Take one in with ``taxonomy.accept({**known, id: candidates[id]}, id, by=…, on=…)``. A group that is a known theme after
    all, or an archived one, is no candidate; nor is what fewer than three texts say, or what no phrase can name.
    """
    texts = list(texts)
    waiting = [text for text, entry in zip(texts, themes.entries_of(texts, usual=True), strict=True) if not entry]
    found = find_themes(waiting, taxonomy=themes.taxonomy, encoder=themes.points.encoder)
    new = {id: found.taxonomy[id] for id in found.ids if id not in themes.taxonomy}
    return {id: _waits(entry) for id, entry in new.items() if not entry["name"].startswith(MIXED)}


def _waits(entry: Mapping[str, object]) -> Entry:
    return {**entry, "status": "candidate"}  # type: ignore[typeddict-item]
