"""Rectangles within a rectangle."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from prodops.charts.tiling import Box, squarify


def test_the_published_example() -> None:
    """The areas 6, 6, 4, 3, 2, 2, 1 in a rectangle of 6 by 4 are laid as in the paper's figure (Bruls, Huizing & van Wijk 2000)."""
    boxes = squarify([6, 6, 4, 3, 2, 2, 1], Box(0, 0, 6, 4))
    expected = [
        (0, 0, 3, 2), (0, 2, 3, 4), (3, 0, 33 / 7, 7 / 3), (33 / 7, 0, 6, 7 / 3), (3, 7 / 3, 4.2, 4), (4.2, 7 / 3, 5.4, 4), (5.4, 7 / 3, 6, 4),
    ]  # fmt: skip
    assert [tuple(box) for box in boxes] == [pytest.approx(box) for box in expected]


@example(sizes=[749407.0, 0.00390625], width=20.0, height=22.0, aspect=3.0)  # a sliver
@example(sizes=[462340.0, 749404.0, 125155.5, 0.001], width=20.0, height=20.0, aspect=1.0)
@given(st.lists(st.floats(0.001, 1e6), min_size=1, max_size=40), st.floats(20, 900), st.floats(20, 900), st.floats(0.5, 3))
def test_areas_are_in_proportion_and_fill_the_box(sizes: list[float], width: float, height: float, aspect: float) -> None:
    """Each rectangle has its share of the area, lies within the box, and together they fill it."""
    outer = Box(10, 20, 10 + width, 20 + height)
    boxes = squarify(sorted(sizes, reverse=True), outer, aspect=aspect)
    for size, box in zip(sorted(sizes, reverse=True), boxes, strict=True):
        assert box.width * box.height == pytest.approx(size / sum(sizes) * width * height, rel=1e-6, abs=1e-6)
        assert box.left >= outer.left - 1e-6
        assert box.top >= outer.top - 1e-6
        assert box.right <= outer.right + 1e-6
        assert box.bottom <= outer.bottom + 1e-6
    assert sum(box.width * box.height for box in boxes) == pytest.approx(width * height)


def test_shapes_come_near_to_the_one_asked_for() -> None:
    """Equal areas are laid wide where wide is asked for."""
    boxes = squarify([1] * 12, Box(0, 0, 680, 400), aspect=1.7)
    assert all(1.2 < box.width / box.height < 2.4 for box in boxes)


def test_nothing_to_lay() -> None:
    """No sizes give no rectangles."""
    assert squarify([], Box(0, 0, 10, 10)) == []
