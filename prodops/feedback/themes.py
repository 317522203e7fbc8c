"""Themes: what people speak of, found from their texts, with ids and names that stay."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from prodops.feedback import clusters, finding, speaking
from prodops.feedback import taxonomy as taxonomies
from prodops.feedback.encoders import Encoder
from prodops.feedback.identity import Settled, settle
from prodops.feedback.taxonomy import Entry, Taxonomy
from prodops.feedback.vectors import Points
from prodops.feedback.words import is_content, surface
from prodops.stamps import Definition

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

FIT_LIMIT = 20_000
"""Themes are found in at most so many different texts, drawn by their hashes; all others are placed in them."""
CHARACTERS = 5_000
"""So much of a text is looked at."""
_AT_ONCE = 20_000


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
    points: Points

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
        """Give each text the id of the theme it belongs to, "" for none; the themes stay as they are.

        A text that lies far out of all that was found in its nearest theme fits nowhere.
        """
        theme = self.settled.theme_of()
        return [theme[entry] for entry in self.entries_of(texts)]

    def entries_of(self, texts: Iterable[str], *, usual: bool = False) -> list[str]:
        """Give each text the entry of the taxonomy that it belongs to, the deepest and archived ones too; "" for none.

        With ``usual`` only where it fits as well as 95 in 100 of the texts found there.
        """
        return self.placed(texts, usual=usual)[0]

    def placed(self, texts: Iterable[str], *, usual: bool = False) -> "tuple[list[str], Floats]":
        """Give each text the entry that it belongs to, as :meth:`entries_of` does, and its cosine to the nearest centre (0 to 1)."""
        import numpy as np

        distinct, of = _distinct(texts)
        entries, fit = _place(self.settled, self.points, distinct, self.settled.usual if usual else self.settled.least)
        return [entries[i] if i >= 0 else "" for i in of], np.append(fit, np.float32(0))[of]

    def attach(self, frame: "pd.DataFrame") -> "pd.DataFrame":
        """Add ``theme``, ``theme_name``, ``subtheme``, ``subtheme_name`` and ``fit`` to the frame whose texts these are, row by row.

        Or to their statements (``Prepared.statements``), so that one text may speak of several themes; see :func:`speaking.speak`. Raises
        :class:`ValueError` where the frame is not of as many texts.
        """
        by_statement = speaking.is_of_statements(frame)
        texts = int((frame["statement"] == 0).sum()) if by_statement else len(frame)
        if texts != len(self.labels):
            raise ValueError(
                f"These themes are of {len(self.labels):,} texts, the frame is of {texts:,}: pass the frame they were found in, or its statements."
            )
        import pandas as pd

        labels, sublabels, fit = speaking.speak(self, frame) if by_statement else (self.labels, self.sublabels, self.fit)

        names = {"": "", **{id: entry["name"] for id, entry in self.taxonomy.items()}}
        named = {
            column: pd.array(values, dtype="str")
            for name, ids in (("theme", labels), ("subtheme", sublabels))
            for column, values in ((name, ids), (f"{name}_name", [names[id] for id in ids]))
        }
        return frame.assign(**named, fit=fit)

    def definitions(self) -> tuple[Definition, ...]:
        """Say how themes were found, as a stamp for the fine print."""
        text = (
            "Found from the texts: static word vectors that ship in a package, or the encoder that was given, centred and joined with word vectors from "
            f"the texts' own co-occurrence (PPMI, SVD); the exact graph of {clusters.NEIGHBOURS} nearest neighbours cut into communities (Louvain) "
            f"{clusters.CUTS} times, at a resolution of {clusters.LOW:g} to {clusters.FINEST:g} (less for few texts) that is the higher, the more the number "
            f"of groups lags behind it, the centres of all cuts grouped (Ward), and each text, moved towards its "
            f"neighbours, given to the nearest; groups under {finding.SMALLEST_SHARE:.1%} of the texts, or {finding.ENOUGH} of them, merged with the "
            f"nearest. Of more than {FIT_LIMIT:,} different texts a sample by hash is so cut, "
            f"and the others go to the nearest centre. A text whose cosine to it is under {finding.NEAR}, or far below that of every text found there, has no theme; "
            "of several statements in a text each may speak of a theme of its own, where it is as near to it as "
            f"the text is to its theme and as {1 - speaking.CLEAR:.0%} of all texts are to theirs. "
            "Names are phrases from the texts. Weak on very short texts and on languages other than English."
        )
        return (Definition(name="Theme", text=text, version=sha256(text.encode()).hexdigest()[:8]),)


def find_themes(
    texts: Iterable[str], *, taxonomy: Mapping[str, Entry] | None = None, seed: int = 0, encoder: Encoder | None = None
) -> Themes:
    """Find themes in cleaned, redacted texts; see :class:`Themes`.

    ``taxonomy`` is that of an earlier run (or a person's edit of it): themes found again keep its ids and names, and entries
    without texts stay, marked unseen. ``encoder`` is any object with ``encode(texts)`` that gives one row of numbers per text, a
    sentence-transformers model for instance; without it static word vectors are used. The same texts in any order give the same
    themes. Nothing is left to chance, so ``seed`` changes nothing. Texts without words have no theme; fewer than three texts make
    none. Raises :class:`WorkspaceError` where the taxonomy cannot be used, :class:`InputError` where the encoder's rows cannot.
    """
    import numpy as np
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    known = taxonomies.check(taxonomy)
    distinct, of = _distinct(texts)
    copies = np.bincount(of[of >= 0], minlength=len(distinct))
    drawn = _draw(distinct)
    with threadpool_limits(1):  # sums in one order: the same on any machine
        found, points = finding.find([distinct[i] for i in drawn], copies[drawn], encoder)
        settled = settle(found, known)
        entries, fit = _spread(settled, points, found.fit, distinct, drawn)
    theme, sub, hidden = settled.theme_of(), settled.subtheme_of(), settled.archived_of()
    said = [entries[i] if i >= 0 else "" for i in of]
    return Themes(
        tuple(theme[entry] for entry in said),
        tuple(sub[entry] for entry in said),
        tuple(hidden.get(entry, "") for entry in said),
        np.append(fit, np.float32(0))[of],
        settled,
        points,
    )


def _draw(distinct: Sequence[str]) -> "NDArray[np.intp]":
    """Draw up to so many texts, those of the lowest hash: a text drawn stays drawn when a few others come."""
    import numpy as np

    if len(distinct) <= FIT_LIMIT:
        return np.arange(len(distinct))
    hashes = np.array([int.from_bytes(sha256(text.encode("utf-8", "replace")).digest()[:7]) for text in distinct])
    return np.sort(np.argsort(hashes, kind="stable")[:FIT_LIMIT])


def _spread(
    settled: Settled, points: Points, fit: "Floats", distinct: Sequence[str], drawn: "NDArray[np.intp]"
) -> "tuple[list[str], Floats]":
    """Give the entry of each text, and its cosine: those drawn have them, the others are placed."""
    import numpy as np

    if len(drawn) == len(distinct):
        return list(settled.entries), fit
    left = np.setdiff1d(np.arange(len(distinct)), drawn)
    placed, cosines = _place(settled, points, [distinct[i] for i in left], settled.least)
    entries, fits = np.empty(len(distinct), object), np.zeros(len(distinct), "float32")
    entries[drawn], entries[left], fits[drawn], fits[left] = settled.entries, placed, fit, cosines
    return list(entries), fits


def _place(settled: Settled, points: Points, texts: Sequence[str], near: "Floats") -> "tuple[list[str], Floats]":
    """Place texts in what was settled, a chunk at a time: the entry of each ("" = none), and its cosine to the nearest centre.

    ``near`` has the cosine for each centre from which a text may lie there.
    """
    import numpy as np

    entries: list[str] = []
    fit = np.zeros(len(texts), "float32")
    for start in range(0, len(texts), _AT_ONCE):
        chunk = texts[start : start + _AT_ONCE]
        rows = points.encode(chunk)
        entries += settled.place(chunk, rows, np.maximum(near, finding.NEAR))
        if len(settled.centres):
            fit[start : start + _AT_ONCE] = np.clip((rows @ settled.centres.T).max(axis=1), 0, 1)
    return entries, fit


def _distinct(texts: Iterable[str]) -> "tuple[list[str], NDArray[np.intp]]":
    """Give one text for each different run of words, sorted, and say for each text which one it is (-1: no word that can carry a theme)."""
    import numpy as np

    plain = [" ".join(text[:CHARACTERS].split()) if isinstance(text, str) else "" for text in texts]
    said = {text: _said(text) for text in set(plain)}
    first: dict[str, str] = {}
    for text in sorted(said):
        first.setdefault(said[text], text)
    first.pop("", None)
    distinct = sorted(first.values())
    place = {said[text]: i for i, text in enumerate(distinct)}
    return distinct, np.array([place.get(said[text], -1) for text in plain], int)


def _said(text: str) -> str:
    """Give a text's words as written; "" where none can carry a theme."""
    words = surface(text)
    return " ".join(words) if any(map(is_content, words)) else ""
