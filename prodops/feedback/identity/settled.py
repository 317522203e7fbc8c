"""What was found, once it has ids: which theme each text lies in, and where other texts belong."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from prodops.feedback.identity.pinning import pinned
from prodops.feedback.taxonomy import Taxonomy, is_archived, resolve, root

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from prodops.feedback.found import Matrix

    Integers = NDArray[np.intp]

HARDLY = 0.05
"""The part of a group's texts that fit it worst: another text that fits no better hardly fits."""
_AT_ONCE = 50_000


@dataclass(frozen=True)
class Settled:
    """What was found, under the ids of the taxonomy.

    ``entries`` holds the entry that each text found lies in, the deepest in the tree and archived ones too ("" = none).
    ``centres`` has a unit row for each group that texts can join, ``of`` its entry, ``least`` the cosine below which a text lies far out of
    all that was found there, and ``usual`` the one that 95 in 100 of those reach. ``taxonomy`` is what to keep.
    """

    taxonomy: Taxonomy
    entries: tuple[str, ...]
    copies: "Integers"
    centres: "Matrix"
    of: tuple[str, ...]
    least: "Matrix"
    usual: "Matrix"

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """The theme of each text: the top of the tree; "" for none and for what is archived."""
        return tuple(map(self.theme_of().__getitem__, self.entries))

    @cached_property
    def sublabels(self) -> tuple[str, ...]:
        """The sub-theme of each text; "" where it lies in no sub-theme."""
        return tuple(map(self.subtheme_of().__getitem__, self.entries))

    @cached_property
    def archived(self) -> tuple[str, ...]:
        """The archived entry of each text, "" for none: what is counted beside the themes and not shown."""
        return tuple(map(self.archived_of().__getitem__, self.entries))

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """The themes that hold texts, those of most voices first."""
        return self._by_size(self.labels)

    @cached_property
    def subids(self) -> tuple[str, ...]:
        """The sub-themes that hold texts, those of most voices first."""
        return self._by_size(self.sublabels)

    def theme_of(self) -> dict[str, str]:
        """Say under which theme each entry that texts can lie in is shown, "" for none."""
        return {id: root(self.taxonomy, id) if id and not is_archived(self.taxonomy, id) else "" for id in self._held()}

    def archived_of(self) -> dict[str, str]:
        """Say which of the entries that texts can lie in are archived: the entry itself, "" for the others."""
        return {id: id if id and is_archived(self.taxonomy, id) else "" for id in self._held()}

    def subtheme_of(self) -> dict[str, str]:
        """Say under which sub-theme each entry that texts can lie in is shown, "" for none."""
        return {id: id if theme not in ("", id) else "" for id, theme in self.theme_of().items()}

    def place(self, texts: Sequence[str], points: "Matrix", near: "Matrix | float") -> list[str]:
        """Give the entry that each other text belongs to: the one it is pinned to, else the nearest; "" for none.

        ``near`` is the cosine to a centre from which a text may lie there, one for all centres or one for each.
        """
        import numpy as np

        said = pinned(texts, self.taxonomy)
        for start in range(0, len(texts) if len(self.centres) else 0, _AT_ONCE):
            nearest, cosine = nearest_centre(points[start : start + _AT_ONCE], self.centres)
            for row in np.flatnonzero(cosine >= np.broadcast_to(near, len(self.centres))[nearest]):
                said[start + row] = said[start + row] or self.of[nearest[row]]
        return said

    def _held(self) -> set[str]:
        seeded = {resolve(self.taxonomy, id) for id, entry in self.taxonomy.items() if entry.get("seeds")}
        return {"", *self.entries, *self.of, *seeded}

    def _by_size(self, labels: Sequence[str]) -> tuple[str, ...]:
        sizes: dict[str, int] = {}
        for label, copies in zip(labels, self.copies, strict=True):
            sizes[label] = sizes.get(label, 0) + int(copies)
        return tuple(sorted(sizes.keys() - {""}, key=lambda id: (-sizes[id], id)))


def nearest_centre(points: "Matrix", centres: "Matrix") -> "tuple[Integers, Matrix]":
    """Give for each point the centre that is nearest, and the cosine to it; there is one centre at least."""
    import numpy as np

    cosine = np.round(points @ centres.T, 5)
    nearest = cosine.argmax(axis=1)
    return nearest, cosine[np.arange(len(points)), nearest]


def reach(points: "Matrix", centres: "Matrix") -> "tuple[Matrix, Matrix]":
    """Give how near the texts of each centre lie to it: the cosine below which one would be far out, and that which 95 in 100 reach.

    Far out is beyond the outer fence, three spans of the middle half below it (Tukey 1977), and beyond all texts there. Both are 0
    where there is no text.
    """
    import numpy as np

    least, usual = np.zeros((2, len(centres)), "float32")
    if not len(centres):
        return least, usual
    nearest, cosine = nearest_centre(points, centres)
    for centre in np.unique(nearest):
        own = cosine[nearest == centre]
        usual[centre], quarter, three = np.quantile(own, (HARDLY, 0.25, 0.75), method="lower")
        least[centre] = min(own.min(), quarter - 3 * (three - quarter))
    return least, usual
