"""Tables for readers: figures right-aligned, units in the head, small bars and sparklines where a trend is the point."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

from prodops.charts import cells, frames, words
from prodops.charts.cells import MOST_WHOLE, Cell, Kind, Writer, is_figures
from prodops.errors import shorten

if TYPE_CHECKING:
    import pandas as pd

LIMIT, PLAIN, LONG = 30, 60, 30
ACROSS, GAP = 100, 2
"""Characters that stand side by side on a page's width, and what parts two columns."""
STYLE = (
    "<style>.prodops-scroll{overflow-x:auto}.prodops-scroll .prodops-table{border-collapse:collapse;font-variant-numeric:tabular-nums}"
    ".prodops-scroll .prodops-table caption{caption-side:top;text-align:left;font-weight:600;padding:4px 0 8px}"
    ".prodops-scroll .prodops-table :is(th,td){text-align:left;vertical-align:baseline;padding:4px 16px 4px 0;"
    "border-bottom:1px solid rgba(128,134,144,.35)}.prodops-scroll .prodops-table thead th{font-weight:600;vertical-align:bottom;"
    "border-bottom-color:currentColor}.prodops-scroll .prodops-table tbody th{font-weight:400}.prodops-scroll .prodops-table .prodops-num"
    "{text-align:right;font-variant-numeric:tabular-nums}.prodops-scroll :is(td[data-value],.prodops-whole){white-space:nowrap}.prodops-more{opacity:.75}"
    ".prodops-scroll .prodops-wraps .prodops-whole{white-space:normal}"
    ".prodops-spark,.prodops-bar{color:var(--jp-brand-color1,#0f5499);vertical-align:middle}.prodops-bar{margin-right:6px}</style>"
)


@dataclass(frozen=True)
class Column:
    """How one column is shown: its heading, unit (see :func:`prodops.stamps.in_words`), kind and decimals (at most two).

    What is left out is read from the column itself: its name's suffix gives the unit (``share`` and ``…_share`` %,
    ``…_eur`` €, ``…_days`` days), its values the kind. ``link`` names the column that holds where its texts lead: to other reports' pages, from this one.
    """

    heading: str | None = None
    unit: str | None = None
    kind: Kind | None = None
    decimals: int | None = None
    link: str | None = None


@dataclass(frozen=True)
class Table:
    """A table ready to be shown; its display is HTML for Jupyter and the report, and plain text."""

    caption: str
    heads: tuple[str, ...]
    kinds: tuple[Kind, ...]
    rows: tuple[tuple[Cell, ...], ...]
    more: int
    folded: bool = False

    def to_html(self) -> str:
        """Write the table as HTML in which all that came from data is escaped."""
        longest = [max((len(row[at].text) for row in self.rows), default=0) for at in range(len(self.kinds))]
        looks = [_class(kind, size, self._crowded) for kind, size in zip(self.kinds, longest, strict=True)]
        heads = "".join(f'<th scope="col"{look}>{escape(head)}</th>' for head, look in zip(self.heads, looks, strict=True))
        body = "".join(f"<tr>{''.join(map(_td, row, self.kinds, looks, range(len(row))))}</tr>" for row in self.rows)
        body = body or f'<tr><td class="prodops-more" colspan="{len(self.heads)}">No rows in this period</td></tr>'
        foot = (
            f'<tfoot><tr><td class="prodops-more" colspan="{len(self.heads)}">and {self.more:,} more rows</td></tr></tfoot>'
            if self.more
            else ""
        )
        table = (
            f'<div class="prodops-scroll"><table class="prodops-table"><caption>{escape(self.caption)}</caption>'
            f"<thead><tr>{heads}</tr></thead><tbody>{body}</tbody>{foot}</table></div>"
        )
        return STYLE + (
            f'<details class="prodops-fold"><summary>{escape(self.caption)}</summary>{table}</details>' if self.folded else table
        )

    @property
    def _crowded(self) -> bool:
        """Whether the columns need more than a page's width where no figure and no word breaks."""

        def least(at: int, kind: Kind) -> int:
            texts = [row[at].text for row in self.rows]
            parts = texts if kind != "text" else [word for text in texts for word in text.split(" ")]
            return max(map(len, [*parts, *self.heads[at].split(" ")]), default=0)

        return sum(least(at, kind) + GAP for at, kind in enumerate(self.kinds)) > ACROSS

    def to_text(self) -> str:
        """Write the table as plain text, figures right-aligned."""
        lines = [list(self.heads), *([shorten(cell.text, PLAIN)[1:-1] for cell in row] for row in self.rows)]
        widths = [max(len(line[i]) for line in lines) for i in range(len(self.heads))]
        text = [
            "  ".join(t.rjust(w) if _is_number(k) else t.ljust(w) for t, w, k in zip(line, widths, self.kinds, strict=True)).rstrip()
            for line in lines
        ]
        return "\n".join(
            [
                self.caption,
                *text,
                *([f"and {self.more:,} more rows"] if self.more else []),
                *([] if self.rows else ["No rows in this period"]),
            ]
        )

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return {"text/html": self.to_html(), "text/plain": self.to_text()}


def table(
    frame: "pd.DataFrame",
    *,
    caption: str,
    columns: Mapping[str, str | Column] | None = None,
    units: Mapping[str, str] | None = None,
    bars: Sequence[str] = (),
    sparks: Sequence[str] = (),
    limit: int = LIMIT,
    folded: bool = False,
) -> Table:
    """Show a frame's columns as a table, rows in the frame's order.

    ``columns`` picks and orders them: name → heading, or a :class:`Column`; without it all are shown. ``units`` and the
    names in ``bars`` and ``sparks`` say the rest without a Column: a bar beside each number, a line for each list of
    numbers. The head carries the unit; missing is "–". At most ``limit`` rows are shown and the others counted. A ``folded`` table
    shows its caption only, until the reader opens it.

    Raises :class:`ProdopsError` for a column that is missing and for values that do not fit their kind.
    """
    wanted = dict.fromkeys(map(str, frame.columns), Column()) if columns is None else columns
    specs = {name: _spec(given, (units or {}).get(name), name in bars, name in sparks) for name, given in wanted.items()}
    links = {spec.link: spec.link for spec in specs.values() if spec.link}
    shown = frames.take(frame.head(limit), {name: name for name in specs} | links)
    built = [_column(name, spec, shown[name], shown[spec.link] if spec.link else None) for name, spec in specs.items()]
    rows = tuple(zip(*(cells_ for _, _, cells_ in built), strict=True))
    return Table(
        words.clean(caption),
        tuple(head for head, _, _ in built),
        tuple("text" if kind == "figure" and not at else kind for at, (_, kind, _) in enumerate(built)),  # the first one names its row
        rows,
        max(0, len(frame) - limit),
        folded,
    )


def _spec(given: str | Column, unit: str | None, bar: bool, spark: bool) -> Column:
    spec = Column(given) if isinstance(given, str) else given
    return Column(spec.heading, spec.unit or unit, spec.kind or ("bar" if bar else "spark" if spark else None), spec.decimals, spec.link)


def _column(name: str, spec: Column, values: "pd.Series", links: "pd.Series | None" = None) -> tuple[str, Kind, list[Cell]]:
    kind = spec.kind or _kind_of(values)
    unit = (spec.unit or words.unit_of(name)) if kind in ("number", "bar", "spark") else "count"
    numbers = frames.numbers(values, f"column {words.clean(name)}") if kind in ("number", "bar") else values
    write = _writer(kind, unit, spec.decimals, numbers)
    heading = words.heading(name) if spec.heading is None else words.clean(spec.heading)
    said = words.unit_words(unit, short=True)
    head = heading if not said or heading.endswith((said, f"({said})")) else f"{heading}, {said}"
    written = [cells.empty() if _is_nothing(value) else write(value) for value in numbers]
    return head, kind, written if links is None else list(map(cells.linked, written, links))


def _writer(kind: Kind, unit: str, decimals: int | None, values: "pd.Series") -> Writer:
    if kind == "number":
        return cells.number_writer(values, unit, decimals)
    if kind == "bar":
        return cells.bar_writer(values, unit, decimals)
    return cells.spark_writer(unit) if kind == "spark" else cells.date_cell if kind == "date" else cells.text_cell


def _kind_of(values: "pd.Series") -> Kind:
    if values.dtype.kind == "M":
        return "date"
    if values.dtype.kind in "iuf":
        return "number"
    if is_figures([value for value in values if not _is_nothing(value)]):
        return "figure"
    first: Any = next((value for value in values if not _is_nothing(value)), "")
    if isinstance(first, list | tuple) or type(first).__name__ == "ndarray":
        return "spark"
    return "date" if hasattr(first, "isoformat") and hasattr(first, "year") else "text"


def _is_nothing(value: Any) -> bool:
    return words.is_missing(value)


def _is_number(kind: Kind) -> bool:
    return kind in ("number", "figure", "bar")


def _class(kind: Kind, longest: int, crowded: bool) -> str:
    """Give a column's look: figures to the right, on one line while there is room; texts that need a line's width say so in their head."""
    if kind == "figure" and (crowded or longest > MOST_WHOLE):
        return ' class="prodops-num prodops-wraps"'
    return ' class="prodops-num"' if _is_number(kind) else ' class="prodops-long"' if longest > LONG else ""


def _td(cell: Cell, kind: Kind, look: str, at: int) -> str:
    value = f' data-value="{escape(cell.value)}"' if cell.value else ""
    if at == 0 and kind == "text":
        return f'<th scope="row" dir="auto">{cell.html}</th>'
    direction = ' dir="auto"' if kind == "text" else ""
    return f"<td{look if _is_number(kind) else ''}{value}{direction}>{cell.html}</td>"
