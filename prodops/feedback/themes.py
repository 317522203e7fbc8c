"""Themes: what people speak of, found from their texts, with ids and names that stay."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from prodops.feedback import clusters, finding, learnt, speaking
from prodops.feedback import taxonomy as taxonomies
from prodops.feedback.encoders import Encoder
from prodops.feedback.identity import Settled, settle
from prodops.feedback.taxonomy import Entry, Taxonomy
from prodops.feedback.vectors import Points
from prodops.stamps import Definition

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from prodops.feedback.found import Found

    Floats = NDArray[np.float32]

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

        distinct, of = learnt.different(texts)
        entries, fit = _place(self.settled, self.points, distinct, self.settled.usual if usual else self.settled.least)
        return [entries[i] if i >= 0 else "" for i in of], np.append(fit, np.float32(0))[of]

    def attach(self, frame: "pd.DataFrame") -> "pd.DataFrame":
        """Add ``theme``, ``theme_name``, ``subtheme``, ``subtheme_name`` and ``fit`` to the frame whose texts these are, row by row.

        Or to their statements (``Prepared.statements``), so that one text may speak of several themes, and what says nothing of
        any has none; see :func:`speaking.speak`. Raises
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
            f"nearest. A text of more than {learnt.LONG} statements is learnt from statement by statement; of more than {learnt.FIT_LIMIT:,} "
            "different texts a sample by hash, "
            f"and the others go to the nearest centre. A text whose cosine to it is under {finding.NEAR}, or far below that of every text found there, has no theme; "
            f"of several statements in a text each speaks of the theme nearest to it, where it is as near as {1 - speaking.CLEAR:.0%} of all texts are "
            "to theirs and, where that is not the text's, as near as the text is to its own; the others speak of none, but for the nearest "
            "of a text in which none does, which keeps the text's. "
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
    distinct, of = learnt.different(texts)
    copies = np.bincount(of[of >= 0], minlength=len(distinct))
    heard, times = learnt.learn_from(distinct, copies)
    with threadpool_limits(1):  # sums in one order: the same on any machine
        found, points = finding.find(heard, times, encoder)
        settled = settle(found, known)
        entries, fit = _spread(settled, points, found, distinct)
    theme, sub, hidden = settled.theme_of(), settled.subtheme_of(), settled.archived_of()
    of_each = [entries[i] if i >= 0 else "" for i in of]
    return Themes(
        tuple(theme[entry] for entry in of_each),
        tuple(sub[entry] for entry in of_each),
        tuple(hidden.get(entry, "") for entry in of_each),
        np.append(fit, np.float32(0))[of],
        settled,
        points,
    )


def _spread(settled: Settled, points: Points, found: "Found", distinct: Sequence[str]) -> "tuple[list[str], Floats]":
    """Give the entry of each text, and its cosine: those learnt from have them, the others are placed, a long one wherever it is nearest."""
    import numpy as np

    place = {text: i for i, text in enumerate(found.texts)}
    at = np.array([place.get(text, -1) for text in distinct], int)
    known = (*settled.entries, "")
    entries, fit = [known[i] for i in at], np.append(found.fit, np.float32(0))[at]
    left = [i for i in range(len(distinct)) if at[i] < 0]
    placed, fit[left] = _place(settled, points, [distinct[i] for i in left], settled.least)
    for i, entry in zip(left, placed, strict=True):
        entries[i] = entry
    mixed = [i for i in left if not entries[i] and learnt.is_long(distinct[i])]
    placed, _ = _place(settled, points, [distinct[i] for i in mixed], np.zeros(1, "float32"))
    for i, entry in zip(mixed, placed, strict=True):
        entries[i] = entry
    return entries, fit


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
