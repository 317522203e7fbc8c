import itertools
import math

import pytest

from prodops.charts.theme import DARK, LIGHT, PALETTES, Palette, dark_overrides, theme

BOTH = pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
DEUTERANOPIA = ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881))
PROTANOPIA = ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998))


def linear(colour: str) -> list[float]:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    return [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]


def contrast(one: str, other: str) -> float:
    """WCAG 2.2's contrast ratio."""
    low, high = sorted(0.2126 * r + 0.7152 * g + 0.0722 * b for r, g, b in map(linear, (one, other)))
    return (high + 0.05) / (low + 0.05)


def seen(colour: str, by: tuple[tuple[float, ...], ...]) -> tuple[float, float, float]:
    """A colour in CIELAB as a kind of colour blindness sees it (Machado and others, 2009)."""
    r, g, b = (min(1, max(0, sum(a * v for a, v in zip(row, linear(colour), strict=True)))) for row in by)
    xyz = (
        (0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505,
        0.2126 * r + 0.7152 * g + 0.0722 * b,
        (0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089,
    )
    x, y, z = (t ** (1 / 3) if t > 0.008856 else 7.787 * t + 16 / 116 for t in xyz)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def apart(one: str, other: str) -> float:
    return min(math.dist(seen(one, by), seen(other, by)) for by in (DEUTERANOPIA, PROTANOPIA))


def test_the_formula_is_right() -> None:
    """Contrast is 21 for black on white and 4.48 for #777777, as WCAG's own examples say."""
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.478, abs=0.001)


@BOTH
def test_text_can_be_read(palette: Palette) -> None:
    """Every colour that text is set in reaches AA on its paper, labels in a series' own colour too."""
    for colour in (palette.ink, palette.soft, palette.accent, palette.good, palette.bad, *palette.categories):
        assert contrast(colour, palette.paper) >= 4.5, colour


@BOTH
def test_text_on_tiles_can_be_read(palette: Palette) -> None:
    """Names and numbers within tiles and cells reach AA on what they lie on."""
    assert contrast(palette.ink, palette.grid) >= 4.5
    assert contrast(palette.soft, palette.grid) >= 4.5
    assert contrast(palette.paper, palette.accent) >= 4.5


@BOTH
def test_marks_can_be_seen(palette: Palette) -> None:
    """Marks that carry meaning reach 3:1 on their paper."""
    for colour in (palette.muted, palette.edge):
        assert contrast(colour, palette.paper) >= 3, colour


@BOTH
def test_colours_are_told_apart_without_red_and_green(palette: Palette) -> None:
    """Good and bad, accent and grey, and the six hues that share a chart differ for the commonest kinds of colour blindness."""
    assert apart(palette.good, palette.bad) > 30
    assert apart(palette.accent, palette.muted) > 15
    assert min(apart(a, b) for a, b in itertools.combinations(palette.categories[:6], 2)) > 10


@BOTH
def test_twelve_classes_have_a_colour(palette: Palette) -> None:
    """There are twelve different colours for classes, and none beyond."""
    assert len(set(palette.categories)) == len(palette.categories) == 12


@pytest.mark.parametrize("mode", PALETTES)
def test_no_text_is_small(mode: str) -> None:
    """Every size of type in the theme is at least 12 pixels."""

    def sizes(part: object) -> list[float]:
        if not isinstance(part, dict):
            return []
        own = [v for k, v in part.items() if k.lower().endswith("fontsize")]
        return own + [s for v in part.values() for s in sizes(v)]

    assert len(sizes(theme(mode))) > 8
    assert min(sizes(theme(mode))) >= 12


def test_dark_mode_lays_over_light() -> None:
    """What a chart carries for dark mode, laid over its own configuration key by key, is the dark theme; sizes stay."""
    assert {**theme("light"), **dark_overrides()} == theme("dark")
    assert dark_overrides().keys() < theme("dark").keys()


def test_the_font_is_the_same_everywhere() -> None:
    """The first family is the one that comes with vl-convert, the next have its widths; nothing is loaded."""
    assert theme("light")["font"].startswith('"Liberation Sans", Arial')
