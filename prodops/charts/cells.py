"""One table cell at a time: how a value is written, how it sorts, and the little drawings."""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any, Literal

from prodops.charts import words
from prodops.charts.frames import iso
from prodops.stamps import MINUS, day_words, in_words

if TYPE_CHECKING:
    import pandas as pd

Kind = Literal["text", "figure", "number", "date", "spark", "bar"]
"""A ``figure`` is a number written out as text, with its unit: ``€ 48 k``, ``+1.2 pts``, ``32 to 59 %``."""
NOTHING = "–"
_NUMBER = (
    r"[+−]?(?:[^\W\d_]{3}|[€$£¥₹]|CHF)?\u00a0?(?!0\d)\d[\d,]*(?:\.\d+)?(?:\u00a0(?:bn|[kM%]|pts|bps|days?|hours?))?(?: per\u00a01,000)?"
)
_FIGURE = re.compile(f"{_NUMBER}(?: to {_NUMBER})?")
_MONTH = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_WHOLE = re.compile(
    rf"\b\d{{1,2}} {_MONTH}(?: \d{{4}})?\b|\b(?:{_MONTH}|Q[1-4]|H[12]) \d{{4}}\b|\b[A-Z][A-Z0-9]{{1,9}}-\d+\b|\b\d+ (?:of|:) \d+\b|{_FIGURE.pattern}"
)
_BREAKS, _AMOUNT = re.compile("[ -]|[−+][€$£¥₹]"), re.compile(_NUMBER)
MOST_TEXT, SPARK, BAR = 300, (80, 18), (64, 10)
MOST_WHOLE = 20
"""Characters of a date, a number or a range that stay on one line; longer ones may break."""


@dataclass(frozen=True)
class Cell:
    """A cell as text, as HTML (safe), and by what it sorts (nothing where as its text)."""

    text: str
    html: str
    value: str = ""


Writer = Callable[[Any], Cell]


def empty() -> Cell:
    """Give the cell of a missing value."""
    return Cell(NOTHING, NOTHING)


def linked(cell: Cell, address: Any) -> Cell:
    """Have a cell lead to an address; a page takes those of other reports, and drops any other."""
    if words.is_missing(address) or not address:
        return cell
    return Cell(cell.text, f'<a href="{escape(str(address))}">{cell.html}</a>', cell.value)


def is_figures(values: Sequence[Any]) -> bool:
    """Whether all of some values, one at least, are numbers written out as text, or ranges of such; one with a leading 0 is a code."""
    return (
        bool(values)
        and all(isinstance(value, str) and (value.strip() == "" or _FIGURE.fullmatch(value)) for value in values)
        and any(values)
    )


def unbroken(text: str) -> str:
    """Write text as HTML in which dates, ids (``LUM-0853``) and ranges of numbers stay on one line each; of a long range, its ends."""

    def keep(found: re.Match[str]) -> str:
        if not _BREAKS.search(found[0]):
            return found[0]
        if len(found[0]) > MOST_WHOLE:
            return _AMOUNT.sub(keep, found[0])
        return f'<span class="prodops-whole">{found[0]}</span>'

    return _WHOLE.sub(keep, escape(words.isolate(text)))


def text_cell(value: Any) -> Cell:
    """Write text, cleaned and escaped; truth as yes or no."""
    if isinstance(value, bool) or type(value).__name__ in ("bool", "bool_"):
        return Cell(said := "yes" if value else "no", said)
    said = words.clean(value)
    said = said if len(said) <= MOST_TEXT else said[:MOST_TEXT].rstrip() + "…"
    return Cell(said, unbroken(said)) if said else empty()


def date_cell(value: Any) -> Cell:
    """Write a day as ``17 Nov 2025``, a time with its hour and minute."""
    time = value.to_pydatetime() if hasattr(value, "to_pydatetime") else value
    clock = f" {time:%H:%M}" if hasattr(time, "hour") and (time.hour or time.minute) else ""
    return Cell(said := day_words(time) + clock, said, iso(time).removesuffix("Z") if hasattr(time, "hour") else time.isoformat())


def number_writer(values: "pd.Series", unit: str, decimals: int | None) -> Writer:
    """Make the writer of a column of numbers, all with the same decimals, the unit left to the head."""
    factor = words.scale_of(unit)
    places = _decimals([abs(v) * factor for v in values if math.isfinite(v)], unit) if decimals is None else max(0, min(decimals, 2))

    def write(value: Any) -> Cell:
        number = float(value)
        if not math.isfinite(number):
            return empty()
        shown = f"{abs(number * factor):,.{places}f}"
        zero = not shown.strip("0.,")
        sign = "" if zero else MINUS if number < 0 else "+" if unit == "points" else ""
        return Cell(sign + shown, sign + shown, f"{number:.12g}")

    return write


def _decimals(sizes: Sequence[float], unit: str) -> int:
    if unit in ("share", "points"):
        return 1
    largest = max(sizes, default=0)
    most = 0 if largest >= 1000 else 1 if largest >= 100 else 2
    return next((places for places in range(most) if all(abs(size - round(size, places)) < 1e-9 for size in sizes)), most)


def bar_writer(values: "pd.Series", unit: str, decimals: int | None) -> Writer:
    """Make the writer of numbers with a bar from zero before them; the longest bar is the largest value."""
    write = number_writer(values, unit, decimals)
    known = [v for v in values if math.isfinite(v)]
    low, high = min([0.0, *known]), max([0.0, *known])
    width, height = BAR

    def draw(value: Any) -> Cell:
        cell = write(value)
        if not cell.value:
            return cell
        start, end = ((edge - low) / (high - low or 1) * width for edge in sorted((0.0, float(value))))
        bar = (
            f'<svg class="prodops-bar" aria-hidden="true" width="{width}" height="{height}" viewBox="0 0 {width} {height}">'
            f'<rect x="{start:.1f}" y="0" width="{max(end - start, 0.5):.1f}" height="{height}" fill="currentColor"></rect></svg>'
        )
        return Cell(cell.text, f"{bar} {cell.html}", cell.value)

    return draw


def spark_writer(unit: str) -> Writer:
    """Make the writer of sparklines: a cell holds the values of successive periods, oldest first; missing ones break the line."""

    def draw(values: Any) -> Cell:
        numbers = [float("nan") if words.is_missing(v) else float(v) for v in values]
        known = [v for v in numbers if math.isfinite(v)]
        if not known:
            return empty()
        said = f"{in_words(known[0], unit)} to {in_words(known[-1], unit)}, lowest {in_words(min(known), unit)}, highest {in_words(max(known), unit)}"
        return Cell(
            f"{in_words(known[0], unit)} … {in_words(known[-1], unit)}", _spark(numbers, min(known), max(known), said), f"{known[-1]:.12g}"
        )

    return draw


def _spark(numbers: Sequence[float], low: float, high: float, said: str) -> str:
    width, height = SPARK
    step = (width - 6) / max(len(numbers) - 1, 1)
    path, x, y, pen = "", 3.0, height / 2, "M"
    for i, number in enumerate(numbers):
        if not math.isfinite(number):
            pen = "M"
            continue
        x, y = 3 + i * step, height / 2 if high == low else 3 + (height - 6) * (high - number) / (high - low)
        path, pen = f"{path}{pen}{x:.1f},{y:.1f}", "L"
    return (
        f'<svg class="prodops-spark" role="img" aria-label="{escape(said)}" width="{width}" height="{height}" viewBox="0 0 {width} {height}">'
        f'<path d="{path}" fill="none" stroke="currentColor" stroke-width="1.5" stroke-linejoin="round" stroke-linecap="round"></path>'
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.5" fill="currentColor"></circle></svg>'
    )
