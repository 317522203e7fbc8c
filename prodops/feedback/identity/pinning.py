"""What people pinned to themes, found in texts: whole examples, and words or phrases in any form."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from prodops.feedback.taxonomy import Entry, resolve
from prodops.feedback.words import content, root, surface

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Integers = NDArray[np.intp]


def pinned(texts: Iterable[str], known: Mapping[str, Entry]) -> list[str]:
    """Give for each text the id of the theme that people pinned it to, "" for none; merges are followed.

    A pinned example goes before seed words, of these the longest found in the text, then the first by id. Words match in any form
    under which they count as one: "refund" finds "Refunds".
    """
    examples = {_said(text): resolve(known, id) for id in sorted(known) for text in known[id].get("seeds", {}).get("examples", [])}
    seeds = [(_rooted(word), resolve(known, id)) for id in sorted(known) for word in known[id].get("seeds", {}).get("words", [])]
    seeds.sort(key=lambda seed: -len(seed[0].split()))
    if not examples and not seeds:
        return ["" for _ in texts]
    return [
        examples.get(_said(text)) or next((id for seed, id in seeds if seed in rooted), "") for text in texts for rooted in [_rooted(text)]
    ]


def _said(text: str) -> str:
    """Give what makes two texts the same one: their words that can carry a theme."""
    return " ".join(content(text)) or text


def _rooted(text: str) -> str:
    """Write a text's words in the form under which they count, with blanks around each."""
    return f" {' '.join(root(word) for word in surface(text))} "


def rows_of(ids: "NDArray[np.object_]") -> "dict[str, Integers]":
    """Give the rows of each id, in order of ids; "" is none."""
    import numpy as np

    return {id: np.flatnonzero(ids == id) for id in sorted(set(ids) - {""})}
