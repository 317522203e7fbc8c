"""The plan of a chart of categories: rows read, sorted, folded to a dozen, and said in words; nothing drawn yet."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from prodops.charts import frames, plots, scales, words
from prodops.charts.scales import NumberScale

if TYPE_CHECKING:
    import pandas as pd

_DRAWN = ("x", "lower", "upper", "before")
NAMES, NAME_SIZE = 210, 13


@dataclass(frozen=True)
class Ranked:
    """Categories ready to be drawn, a row each from the top (``rank name x tone value``, where known ``lower upper range before``)."""

    rows: "pd.DataFrame"
    x: NumberScale
    unit: str
    label: str
    reference: float | None

    @property
    def axis_title(self) -> str:
        return ", ".join(filter(None, [self.label, words.unit_words(self.unit)]))

    def scale_in(self, width: float) -> NumberScale:
        """Give the scale whose ends hold the values' labels too, in a plot of ``width`` pixels."""
        sizes = [(words.pixels(text, 14) + 10) for text in self.rows["value"]]
        ends = [(row.most, size) if row.x >= 0 else (row.least, -size) for row, size in zip(self.rows.itertuples(), sizes, strict=True)]
        return self.x.around([*ends, (self.rows["most"].max(), 0.0), *([] if self.reference is None else [(self.reference, 0.0)])], width)

    @property
    def names_width(self) -> float:
        """Estimate the pixels that the names beside the plot take."""
        return max(words.pixels(line, NAME_SIZE) for text in self.rows["text"] for line in text.split("\n"))

    @property
    def step(self) -> int:
        """Give the height of a row: more where a name takes two lines."""
        return 36 if any("\n" in text for text in self.rows["text"]) else 28


def read(frame: "pd.DataFrame", columns: dict[str, str | None], accent: str | None) -> "pd.DataFrame":
    """Check a frame and give its categories that have a value, in its own order."""
    rows = frames.take(frame, columns)
    rows["name"] = frames.labels(rows["name"])
    for name in [name for name in _DRAWN if name in rows]:
        rows[name] = frames.numbers(rows[name], name)
    frames.refuse_doubles(rows, ["name"], "category")
    if len(rows):
        plots.check_accent(accent, list(rows["name"]))
    return rows[rows["x"].notna()].reset_index(drop=True)


def fold(rows: "pd.DataFrame", *, accent: str | None, sort: bool, limit: int, adds_up: bool) -> tuple["pd.DataFrame", str]:
    """Keep the ``limit`` largest (the accent always); sum the others as "other (n)" where they add up, else say they are left out."""
    import pandas as pd

    limit = max(1, min(limit, frames.MOST_CLASSES))
    rows = rows.assign(tone=_tones(rows["name"], accent))
    ranked = rows.sort_values("x", ascending=False, kind="stable")
    kept = ranked[(ranked["tone"] == "accent") & (accent is not None)].head(limit)
    kept = pd.concat([kept, ranked.drop(kept.index).head(limit - len(kept))])
    others = rows.drop(kept.index)
    kept = kept.sort_values("x", ascending=False, kind="stable") if sort else kept.sort_index()
    if others.empty or not adds_up:
        return kept.reset_index(drop=True), f"the {len(kept)} largest of {len(rows):,}" if len(others) else ""
    rest = pd.DataFrame({"name": [f"other ({len(others):,})"], "x": [others["x"].sum()], "tone": ["rest"]})
    return pd.concat([kept, rest], ignore_index=True), ""


def _tones(names: "pd.Series", accent: str | None) -> list[str]:
    return ["accent" if accent is None or name == words.clean(accent) else "muted" for name in names]


def plan(rows: "pd.DataFrame", *, unit: str, label: str, zero: bool, reference: float | None = None) -> Ranked:
    """Choose the scale, and the words for each row."""
    factor = words.scale_of(unit)
    drawn = [name for name in _DRAWN if name in rows]
    said = [words.say(value, unit) for value in rows["x"]]
    if "before" in rows:
        said = [f"{words.say(old, unit)} → {now}" if old == old else now for old, now in zip(rows["before"], said, strict=True)]
    if {"lower", "upper"} <= set(rows):
        rows = rows.assign(range=[words.range_words(low, high, unit) for low, high in zip(rows["lower"], rows["upper"], strict=True)])
    rows = rows.assign(
        **{name: rows[name] * factor for name in drawn}, value=said, rank=range(len(rows)), text=[_name(name) for name in rows["name"]]
    )
    rows["least"], rows["most"] = rows[drawn].min(axis=1), rows[drawn].max(axis=1)
    reference = None if reference is None else reference * factor
    values = [*rows["least"], *rows["most"], *([] if reference is None else [reference])]
    x = scales.number_scale(values, zero=zero, count=4, whole=words.are_whole(unit, values))
    return Ranked(rows, x, unit, label, reference)


def _name(name: str) -> str:
    return "\n".join(words.wrap(name, NAMES, NAME_SIZE, lines=2))


def points(ranked: Ranked) -> list[frames.Row]:
    """Give every category as it is drawn and as it is said."""
    order = ("rank", "name", "text", *_DRAWN, "least", "most", "value", "range", "tone")
    return frames.records(ranked.rows[[name for name in order if name in ranked.rows]])


def columns(ranked: Ranked, y: str, before: str = "before") -> dict[str, str]:
    """Name the columns of the table behind a chart, units in the heads."""
    head = ranked.axis_title or "Value"
    heads = {"name": words.heading(y), "x": head, "lower": f"{head}, lower", "upper": f"{head}, upper", "before": f"{head}, {before}"}
    return {field: text for field, text in heads.items() if field in ranked.rows}


def describe(ranked: Ranked, title: str, kind: str) -> str:
    """Say in words what a chart of categories shows, row by row."""
    of = f" of {ranked.axis_title}" if ranked.axis_title else ""
    ranges = ranked.rows["range"] if "range" in ranked.rows else [""] * len(ranked.rows)
    rows = [
        f"{words.cut(name, 500)} {value}{f' ({span})' if isinstance(span, str) and span else ''}"
        for name, value, span in zip(ranked.rows["name"], ranked.rows["value"], ranges, strict=True)
    ]
    return f"{words.clean(title).rstrip('.')}. {kind}{of}: {'; '.join(rows)}."
