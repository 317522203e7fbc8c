"""What was found, once it has ids: which theme each text lies in, and where other texts belong."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from prodops.feedback.sharing import pinned
from prodops.feedback.taxonomy import Taxonomy, is_archived, resolve, root

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from prodops.feedback.found import Matrix

    Integers = NDArray[np.intp]

_AT_ONCE = 50_000


@dataclass(frozen=True)
class Settled:
    """What was found, under the ids of the taxonomy.

    ``entries`` holds the entry that each text found lies in, the deepest in the tree and archived ones too ("" = none).
    ``centres`` has a unit row for each group that texts can join, ``of`` its entry. ``taxonomy`` is what to keep.
    """

    taxonomy: Taxonomy
    entries: tuple[str, ...]
    copies: "Integers"
    centres: "Matrix"
    of: tuple[str, ...]

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
        hidden = {id: id if id and is_archived(self.taxonomy, id) else "" for id in self._held()}
        return tuple(map(hidden.__getitem__, self.entries))

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

    def subtheme_of(self) -> dict[str, str]:
        """Say under which sub-theme each entry that texts can lie in is shown, "" for none."""
        return {id: id if theme not in ("", id) else "" for id, theme in self.theme_of().items()}

    def place(self, texts: Sequence[str], points: "Matrix", near: float) -> list[str]:
        """Give the entry that each other text belongs to: the one it is pinned to, else the nearest from a cosine of ``near``; "" for none."""
        import numpy as np

        said = pinned(texts, self.taxonomy)
        for start in range(0, len(texts) if len(self.centres) else 0, _AT_ONCE):
            cosine = np.round(points[start : start + _AT_ONCE] @ self.centres.T, 5)
            for row in np.flatnonzero(cosine.max(axis=1) >= near):
                said[start + row] = said[start + row] or self.of[cosine[row].argmax()]
        return said

    def _held(self) -> set[str]:
        seeded = {resolve(self.taxonomy, id) for id, entry in self.taxonomy.items() if entry.get("seeds")}
        return {"", *self.entries, *self.of, *seeded}

    def _by_size(self, labels: Sequence[str]) -> tuple[str, ...]:
        sizes: dict[str, int] = {}
        for label, copies in zip(labels, self.copies, strict=True):
            sizes[label] = sizes.get(label, 0) + int(copies)
        return tuple(sorted(sizes.keys() - {""}, key=lambda id: (-sizes[id], id)))
