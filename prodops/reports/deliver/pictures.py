"""A report's first charts as PNG, for mail that shows no drawings of its own."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from prodops.reports.render.blocks import Figure

MOST = 3
SCALE = 2.0
"""Twice the pixels that are shown, for dense screens."""
LARGEST = 1_000_000


@dataclass(frozen=True)
class Picture:
    """One chart: its file's name, its PNG, what it says in words, its caption (empty where it holds its own title)."""

    name: str
    data: bytes
    alt: str
    caption: str = ""

    @property
    def cid(self) -> str:
        """By which a mail's HTML names it."""
        return f"{self.name}@prodops"


def pictures(figures: Sequence["Figure"]) -> tuple[Picture, ...]:
    """Draw the first charts of a page; one that cannot be drawn, or is too large for a mail, is left out."""
    import vl_convert

    made: list[Picture] = []
    for figure in figures:
        drawing = _as_xml(str(figure.drawing))
        try:
            data = vl_convert.svg_to_png(drawing, scale=SCALE) if drawing else b""
        except (ValueError, RuntimeError):  # what a page shows need not be a drawing that this library reads
            continue
        if 0 < len(data) <= LARGEST:
            made.append(Picture(f"{figure.anchor}.png", data, figure.alt, figure.caption))
        if len(made) == MOST:
            break
    return tuple(made)


def _as_xml(drawing: str) -> str:
    """Write as XML what a page holds as HTML, which leaves out the namespace and knows one name that XML does not."""
    return drawing.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1).replace("&nbsp;", "\u00a0")
