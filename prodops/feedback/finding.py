"""From different texts to groups of them: points, their graph, themes, the sub-themes within each, and what belongs nowhere."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from prodops.feedback import clusters
from prodops.feedback.encoders import Encoder, unit
from prodops.feedback.found import Found
from prodops.feedback.vectors import Points

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from prodops.feedback.encoders import Matrix

    Integers = NDArray[np.intp]

NEAR = 0.1
"""Cosine to the nearest sub-theme's centre below which a text has no theme."""
LOOSE = 0.25
"""A theme whose texts' mean cosine to their centres is lower is a left-over, not a theme."""
SMALLEST, ENOUGH, FEW_SHARE, SMALLEST_SHARE = 3, 8, 0.04, 0.003
"""A theme has at least so many texts, or so many where they are no more than the first share of all, and at least the second share."""
FINER = 3.0
"""Sub-themes are communities at so many times the resolution of the themes."""


def find(texts: Sequence[str], copies: "Integers", encoder: Encoder | None = None) -> tuple[Found, Points]:
    """Find themes and sub-themes in texts that are all different; ``copies`` says how many voices said each.

    Groups are numbered by voices, the largest first. The same texts in the same order give the same.
    """
    import numpy as np

    space = Points(encoder)
    heard = np.repeat(np.arange(len(texts)), weigh(copies))
    points = space.fit([texts[int(i)] for i in heard])
    known = np.abs(points).sum(axis=1) > 0
    heard, seen = heard[known], points[known]
    group, theme = _groups(seen) if len(seen) >= SMALLEST else (np.full(len(seen), -1), np.zeros(0, int))
    return _number(space, texts, copies, heard, seen, group, theme), space


def weigh(copies: "Integers") -> "Integers":
    """Let the same words, sent many times, count as often as their number has binary digits: heard, but not drowning the rest."""
    import numpy as np

    return np.rint(1 + np.log2(np.maximum(copies, 1))).astype(int)


def _groups(points: "Matrix") -> "tuple[Integers, Integers]":
    """Give the group of each point (-1: none), and the theme of each group."""
    import numpy as np

    ties = clusters.graph(points)
    least = max(SMALLEST, min(ENOUGH, FEW_SHARE * len(points)), SMALLEST_SHARE * len(points))
    resolution = clusters.resolution(ties)
    themes = clusters.partition(points, ties, resolution, least)
    finer = clusters.communities(ties, FINER * resolution)
    both = np.unique(themes * (finer.max() + 1) + finer, return_inverse=True)[1]
    group = clusters.merge_small(points, both, max(least, 2 * SMALLEST_SHARE * len(points)), inside=themes)
    theme = themes[np.unique(group, return_index=True)[1]]
    weak = _weak(points, group, theme, least)
    keep = ~np.isin(theme, weak)
    place = np.where(keep, np.cumsum(keep) - 1, -1)
    return place[group], theme[keep]


def _weak(points: "Matrix", group: "Integers", theme: "Integers", least: float) -> "Integers":
    """Give the themes that are too small or too loose to be one."""
    import numpy as np

    centres = unit(clusters.sums_of(points, group))
    fit, of = (points * centres[group]).sum(axis=1), theme[group]
    sizes = np.bincount(of)
    tightness = np.bincount(of, weights=fit) / np.maximum(sizes, 1)
    return np.flatnonzero((sizes < least) | (tightness < LOOSE))


def _number(
    space: Points, texts: Sequence[str], copies: "Integers", heard: "Integers", seen: "Matrix", group: "Integers", theme: "Integers"
) -> Found:
    """Number themes and groups by their voices, and leave out of them what lies far from their centres."""
    import numpy as np

    points = np.zeros((len(texts), seen.shape[1]), "float32")
    points[heard] = seen
    of = np.full(len(texts), -1)
    of[heard] = group
    inside = of >= 0
    centres = unit(clusters.sums_of(seen[group >= 0], group[group >= 0])) if inside.any() else seen[:0]
    fit = np.zeros(len(texts), "float32")
    fit[inside] = np.clip(np.round((points[inside] * centres[of[inside]]).sum(axis=1), 5), 0, 1)
    of[fit < NEAR] = -1
    voices = np.bincount(of[of >= 0], weights=copies[of >= 0], minlength=len(centres))
    order = np.lexsort((-voices, theme, -np.bincount(theme, weights=voices)[theme])) if len(theme) else np.zeros(0, int)
    order = order[voices[order] > 0]
    rank = np.full(len(centres) + 1, -1)
    rank[order] = np.arange(len(order))
    named = {old: new for new, old in enumerate(dict.fromkeys(theme[order].tolist()))}
    return Found(
        texts, points, copies, rank[of], fit, centres[order], np.array([named[t] for t in theme[order].tolist()], int), space.encode
    )
