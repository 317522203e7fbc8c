"""Rectangles within a rectangle: each as large as its size asks, and about as wide as a label needs."""

from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import NamedTuple


class Box(NamedTuple):
    """A rectangle, in pixels from the left and from the top."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.bottom - self.top


def squarify(sizes: Sequence[float], box: Box, *, aspect: float = 1.0) -> list[Box]:
    """Fill ``box`` with one rectangle for each size, in order, areas in proportion (Bruls, Huizing & van Wijk 2000).

    ``sizes`` are positive; largest first gives the best shapes, which come near to ``aspect`` (width over height): labels
    are wider than tall.
    """
    left, scale = Box(box.left / aspect, box.top, box.right / aspect, box.bottom), box.width / aspect * box.height / (sum(sizes) or 1)
    areas, placed = [size * scale for size in sizes], list[Box]()
    while len(placed) < len(areas):
        row, left = _row(areas[len(placed) :], left)
        placed += row
    return [Box(b.left * aspect, b.top, b.right * aspect, b.bottom) for b in placed]


def _row(areas: Sequence[float], box: Box) -> tuple[list[Box], Box]:
    """Lay as many areas along the shorter side as keep the worst of them nearest to a square; give them and what is left."""
    side = min(box.width, box.height)
    taken = 1
    while taken < len(areas) and _worst(areas[: taken + 1], side) <= _worst(areas[:taken], side):
        taken += 1
    total = sum(areas[:taken])
    depth = min(total / side, max(box.width, box.height)) if side else 0.0
    ends = [
        side * upto / total if total else 0.0 for upto in accumulate(areas[:taken], initial=0.0)
    ]  # to the side's end, whatever was rounded
    if box.width < box.height:
        row = [Box(box.left + a, box.top, box.left + b, box.top + depth) for a, b in pairwise(ends)]
        return row, box._replace(top=box.top + depth)
    row = [Box(box.left, box.top + a, box.left + depth, box.top + b) for a, b in pairwise(ends)]
    return row, box._replace(left=box.left + depth)


def _worst(areas: Sequence[float], side: float) -> float:
    """Give how far from a square the worst of these areas is when they share a row along ``side``."""
    depth = sum(areas) / side if side else 0.0
    return max(max(depth * depth / area, area / (depth * depth)) for area in areas) if depth and min(areas) > 0 else float("inf")
