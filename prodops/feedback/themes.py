"""Themes: what people speak of, found from their texts, with ids and names that stay."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING

from prodops.feedback import clusters
from prodops.feedback import taxonomy as taxonomies
from prodops.feedback.found import Found
from prodops.feedback.identity import settle
from prodops.feedback.settled import Settled
from prodops.feedback.taxonomy import Entry, Taxonomy
from prodops.feedback.vectors import CorpusEncoder, Encoder
from prodops.feedback.words import content
from prodops.stamps import Definition

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from prodops.feedback.vectors import Matrix

    Floats = NDArray[np.float32]

FIT_LIMIT = 20_000
"""Themes are learnt from at most so many different texts; all others are assigned to them."""
NEAR = 0.25
"""Cosine to the nearest theme's centre below which a text has no theme."""
LOOSE = 0.36
"""A group whose texts' mean cosine to their centre is lower is a left-over, not a theme."""
SMALLEST, SMALLEST_SHARE = 3, 0.003
_AT_ONCE, _CHARACTERS = 20_000, 5_000


@dataclass(frozen=True)
class Themes:
    """Themes found in texts.

    ``labels`` holds one theme id per text, in order; "" is no theme. ``sublabels`` holds the sub-theme's ("" = none), ``archived`` the id
    of the archived theme that a text without a theme belongs to ("" = none). ``fit`` holds each text's cosine to its theme's
    centre (0 to 1; the nearest one's where there is no theme).
    """

    labels: tuple[str, ...]
    sublabels: tuple[str, ...]
    archived: tuple[str, ...]
    fit: "Floats"
    settled: Settled
    encoder: Encoder
    seed: int = 0

    @property
    def taxonomy(self) -> Taxonomy:
        """What is known of the themes: what to keep, and to pass to the next run."""
        return self.settled.taxonomy

    @property
    def ids(self) -> tuple[str, ...]:
        """The themes found, the largest first."""
        return self.settled.ids

    def names(self) -> dict[str, str]:
        """Give the name of every theme found, largest first."""
        return {id: self.taxonomy[id]["name"] for id in self.ids}

    def summary(self) -> "pd.DataFrame":
        """List the themes, largest first, then what is archived and what has none: ``theme, name, size, share, words, examples``.

        ``size`` counts texts, ``share`` is of all texts; ``words`` and ``examples`` are tuples.
        """
        import pandas as pd

        counts = Counter(self.labels)
        kept = [(id, self.taxonomy[id]) for id in self.ids]
        rows = [(id, entry["name"], counts[id], tuple(list(entry["words"])[:8]), tuple(entry["examples"])) for id, entry in kept]
        hidden = sum(map(bool, self.archived))
        rows += [("", "Archived", hidden, (), ())] if hidden else []
        rows += [("", "No theme", counts[""] - hidden, (), ())] if counts[""] > hidden else []
        table = pd.DataFrame(rows, columns=["theme", "name", "size", "words", "examples"])
        table.insert(3, "share", table["size"] / max(len(self.labels), 1))
        return table

    def assign(self, texts: Iterable[str]) -> list[str]:
        """Give each text the id of the theme it belongs to, "" for none; the themes stay as they are."""
        theme = self.settled.theme_of()
        return [theme[entry] for entry in self.entries_of(texts)]

    def entries_of(self, texts: Iterable[str]) -> list[str]:
        """Give each text the entry of the taxonomy that it belongs to, the deepest and archived ones too; "" for none."""
        distinct, of = _distinct(texts)
        entries = self.settled.place(distinct, _encode(self.encoder, distinct), NEAR)
        return [entries[i] if i >= 0 else "" for i in of]

    def attach(self, frame: "pd.DataFrame") -> "pd.DataFrame":
        """Add ``theme``, ``theme_name`` and ``fit`` to the frame whose texts these are, row by row."""
        if len(frame) != len(self.labels):
            raise ValueError(
                f"These themes are of {len(self.labels):,} texts, the frame has {len(frame):,} rows: pass the frame they were found in."
            )
        import pandas as pd

        names = {**self.names(), "": ""}
        return frame.assign(
            theme=pd.array(self.labels, dtype="str"), theme_name=pd.array([names[id] for id in self.labels], dtype="str"), fit=self.fit
        )

    def definitions(self) -> tuple[Definition, ...]:
        """Say how themes were found, as a stamp for the fine print."""
        text = (
            "Found from the texts: words and word pairs (tf-idf) reduced by truncated SVD, joined with word vectors from co-occurrence (PPMI, SVD), "
            f"{clusters.CELLS} k-means cells joined by modularity of the graph of {clusters.NEIGHBOURS} nearest neighbours (resolution "
            f"{clusters.RESOLUTIONS[0]}, or the first above it at which no theme holds over {clusters.LARGEST:.0%} of the texts), refined by k-means; "
            f"seed {self.seed}. A text whose cosine to the nearest centre is under {NEAR} has no theme; one text has at most one theme. Names are "
            "phrases from the texts. Weak on very short texts and where languages mix: each language tends to its own themes."
        )
        return (Definition(name="Theme", text=text, version=sha256(text.encode()).hexdigest()[:8]),)


def find_themes(texts: Iterable[str], *, taxonomy: Mapping[str, Entry] | None = None, seed: int = 0) -> Themes:
    """Find themes in cleaned, redacted texts; see :class:`Themes`.

    ``taxonomy`` is that of an earlier run (or a person's edit of it): themes found again keep its ids and names, and entries
    without texts stay, marked unseen. The same texts in any order give the same themes. Texts without words have no
    theme; fewer than three texts make none. Raises :class:`WorkspaceError` where the taxonomy cannot be used.
    """
    import numpy as np
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    known = taxonomies.check(taxonomy)
    distinct, of = _distinct(texts)
    copies = np.bincount([i for i in of if i >= 0], minlength=len(distinct))
    encoder = CorpusEncoder(seed=seed)
    with threadpool_limits(1):  # sums in one order: the same on any machine
        found = _find(encoder, distinct, copies, seed)
        settled = settle(found, known)
    fit = np.array([found.fit[i] if i >= 0 else 0 for i in of], "float32")
    return Themes(_of_all(settled.labels, of), _of_all(settled.sublabels, of), _of_all(settled.archived, of), fit, settled, encoder, seed)


def _of_all(labels: Sequence[str], of: Sequence[int]) -> tuple[str, ...]:
    """Give the label of each text from those of the different ones; "" where a text has no words."""
    return tuple(labels[i] if i >= 0 else "" for i in of)


def _find(encoder: Encoder, distinct: Sequence[str], copies: "NDArray[np.intp]", seed: int) -> Found:
    """Find groups, the largest first; each is a theme with one sub-theme."""
    import numpy as np

    points, centres, group, fit = _learn(encoder, distinct, _weights(copies), seed)
    order = _by_size(group, copies, len(centres))
    rank = np.full(len(centres) + 1, -1)
    rank[order] = np.arange(len(order))
    return Found(distinct, points, copies, rank[group], fit, centres[order], np.arange(len(order)), partial(_encode, encoder))


def _distinct(texts: Iterable[str]) -> tuple[list[str], list[int]]:
    """Give one text for each different run of content words, sorted, and say for each text which one it is (-1: no such words)."""
    plain = [" ".join(text[:_CHARACTERS].split()) if isinstance(text, str) else "" for text in texts]
    said = {text: " ".join(content(text)) for text in set(plain)}
    first: dict[str, str] = {}
    for text in sorted(said):
        first.setdefault(said[text], text)
    first.pop("", None)
    distinct = sorted(first.values())
    place = {said[text]: i for i, text in enumerate(distinct)}
    return distinct, [place.get(said[text], -1) for text in plain]


def _weights(copies: "NDArray[np.intp]") -> "NDArray[np.intp]":
    """Let the same words, sent many times, count as often as their number has binary digits: heard, but not drowning the rest."""
    import numpy as np

    return np.rint(1 + np.log2(np.maximum(copies, 1))).astype(int)


def _learn(
    encoder: Encoder, distinct: Sequence[str], copies: "NDArray[np.intp]", seed: int
) -> "tuple[Matrix, Matrix, NDArray[np.intp], Floats]":
    """Fit the encoder, find the themes' centres (on evenly spaced texts where there are very many), and place every text."""
    import numpy as np

    picked = np.linspace(0, len(distinct) - 1, min(len(distinct), FIT_LIMIT)).astype(int)
    repeated = np.repeat(picked, copies[picked])
    encoder.fit([distinct[i] for i in repeated])
    points = _encode(encoder, distinct)
    known = repeated[np.abs(points[repeated]).sum(axis=1) > 0]
    if len(known) < SMALLEST:
        return points, points[:0], np.full(len(distinct), -1), np.zeros(len(distinct), "float32")
    centres = clusters.partition(points[known], seed=seed)
    while len(weak := _weak(points[known], centres)):
        centres = np.delete(centres, weak[0], axis=0)
    group, fit = _closest(points, centres)
    return points, centres, np.where(fit >= NEAR, group, -1), fit


def _weak(points: "Matrix", centres: "Matrix") -> "NDArray[np.intp]":
    """Find the themes that are too small or too loose to be one, the weakest first: it is dissolved, and all are looked at again."""
    import numpy as np

    nearest, fit = _closest(points, centres)
    inside = np.where(fit >= NEAR, nearest, len(centres))
    sizes = np.bincount(inside, minlength=len(centres) + 1)[:-1]
    tightness = np.bincount(inside, weights=fit, minlength=len(centres) + 1)[:-1] / np.maximum(sizes, 1)
    weak = np.flatnonzero((sizes < max(SMALLEST, SMALLEST_SHARE * len(points))) | (tightness < LOOSE))
    return weak[np.argsort(tightness[weak], kind="stable")]


def _encode(encoder: Encoder, texts: Sequence[str]) -> "Matrix":
    import numpy as np

    return np.vstack([encoder.encode(texts[start : start + _AT_ONCE]) for start in range(0, max(len(texts), 1), _AT_ONCE)])


def _closest(points: "Matrix", centres: "Matrix") -> "tuple[NDArray[np.intp], Floats]":
    import numpy as np

    if not len(centres):
        return np.full(len(points), -1), np.zeros(len(points), "float32")
    near = np.round(points @ centres.T, 5)  # the last digits differ between machines
    return near.argmax(axis=1), near.max(axis=1)


def _by_size(group: "NDArray[np.intp]", copies: "NDArray[np.intp]", groups: int) -> list[int]:
    import numpy as np

    sizes = np.bincount(group[group >= 0], weights=copies[group >= 0], minlength=groups)
    return [int(g) for g in np.argsort(-sizes, kind="stable") if sizes[g] > 0]
