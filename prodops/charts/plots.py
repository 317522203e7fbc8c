"""The plan of a chart over time: rows read and checked, scales chosen, everything said in words; nothing drawn yet."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from prodops.charts import events, frames, scales, words
from prodops.charts.scales import Grain, NumberScale
from prodops.errors import ProdopsError, did_you_mean, shorten
from prodops.stamps import in_words

if TYPE_CHECKING:
    import pandas as pd

MOST_HUES, MOST_BANDS = 6, 3
_FIELDS = ("x", "when", "group", "y", "lower", "upper", "value", "range", "whole", "tone", "panel")


@dataclass(frozen=True)
class Plot:
    """Rows ready to be drawn (``x y group whole tone when value``, where known ``lower upper range``) and their scales."""

    rows: "pd.DataFrame"
    names: list[str]
    y: NumberScale
    first: "pd.Timestamp"
    last: "pd.Timestamp"
    grain: Grain
    unit: str
    label: str
    height: int
    hues: bool
    """Whether each group has its own colour; else one accent stands before greys."""
    events: list[frames.Row]
    unmarked: int
    """Events that the chart has no room for."""
    target: float | None

    @property
    def axis_title(self) -> str:
        return ", ".join(filter(None, [self.label, words.unit_words(self.unit)]))

    @property
    def axis_width(self) -> int:
        """Estimate what the value axis' numbers take, in pixels."""
        return round(max(words.pixels(in_words(tick / words.scale_of(self.unit), self.unit)) for tick in self.y.ticks)) + 6

    @property
    def banded(self) -> bool:
        return "range" in self.rows and (not self.hues or len(self.names) <= MOST_BANDS)

    def of(self, name: str) -> "pd.DataFrame":
        """Give one group's rows that have a value."""
        return self.rows[(self.rows["group"] == name) & self.rows["y"].notna()]


def read(frame: "pd.DataFrame", columns: dict[str, str | None]) -> "pd.DataFrame":
    """Check a frame and give its points, sorted by group (in order of appearance) and time."""
    rows = frames.take(frame, columns)
    rows["x"] = frames.times(rows["x"], "x")
    for name in [name for name in ("y", "lower", "upper") if name in rows]:
        rows[name] = frames.numbers(rows[name], name)
    grouped = "group" in rows
    rows["group"] = frames.labels(rows["group"]) if grouped else ""
    rows["whole"] = frames.flags(rows.pop("complete")) if "complete" in rows else True
    rows = rows[rows["x"].notna()]
    frames.refuse_doubles(rows, ["x", "group"] if grouped else ["x"], "time and series" if grouped else "time")
    return in_order(rows, frames.names_of(rows["group"]))


def keep_largest(rows: "pd.DataFrame", accent: str | None, most: int) -> tuple["pd.DataFrame", int]:
    """Keep the groups with the largest last values, the accent always among them; say how many are left out."""
    names = frames.names_of(rows["group"])
    accent = check_accent(accent, names)
    if len(names) <= most:
        return rows, 0
    kept = ([accent] if accent else []) + [name for name in by_last_value(rows) if name != accent]
    kept = kept[:most]
    return rows[rows["group"].isin(kept)].reset_index(drop=True), len(names) - len(kept)


def in_order(rows: "pd.DataFrame", names: list[str]) -> "pd.DataFrame":
    """Sort rows by group in the order of ``names``, and by time."""
    import pandas as pd

    return (
        rows.assign(at=pd.Categorical(rows["group"], names, ordered=True))
        .sort_values(["at", "x"])
        .drop(columns="at")
        .reset_index(drop=True)
    )


def by_last_value(rows: "pd.DataFrame") -> list[str]:
    """List the groups by their last known value in a whole period, largest first; groups without one come last."""
    last = rows.assign(y=rows["y"].where(rows["whole"])).groupby("group", sort=False)["y"].last()
    return list(last.sort_values(ascending=False, kind="stable", na_position="last").index)


def check_accent(accent: str | None, names: list[str]) -> str | None:
    """Clean the accent's name; raises :class:`ProdopsError` where nothing in the chart has it."""
    if accent is not None and words.clean(accent) not in names:
        raise ProdopsError(
            f"There is no {shorten(accent)} to accent.{did_you_mean(accent, names)} There are {shorten(', '.join(names), 160)}."
        )
    return None if accent is None else words.clean(accent)


def plan(
    rows: "pd.DataFrame",
    *,
    unit: str,
    label: str,
    grain: Grain | None,
    zero: bool,
    accent: str | None,
    height: int,
    marks: "pd.DataFrame | None",
    target: float | None = None,
    ticks: int = 5,
    panels: bool = False,
) -> Plot:
    """Choose scales, tones and words for rows that hold at least one value."""
    grain = grain or scales.grain_of(rows["x"])
    names = frames.names_of(rows["group"])
    hues = not panels and accent is None and 1 < len(names) <= MOST_HUES
    rows = _in_words(rows, unit, grain)
    rows["panel"] = [names.index(name) for name in rows["group"]] if panels else 0
    alike = hues or len(names) == 1 or (panels and accent is None)
    rows["tone"] = ["accent" if alike or name == words.clean(accent) else "muted" for name in rows["group"]]
    factor = words.scale_of(unit)
    drawn = [name for name in ("y", "lower", "upper") if name in rows]
    rows = rows.assign(**{name: rows[name] * factor for name in drawn})
    target = None if target is None else target * factor
    values = [v for name in drawn for v in rows[name].dropna()] + ([] if target is None else [target])
    y = scales.number_scale(
        values, zero=zero, count=ticks, top=100 if unit == "share" else float("inf"), whole=words.are_whole(unit, values)
    )
    first, last = rows["x"].min(), rows["x"].max()
    found, unmarked = events.worth_marking([] if marks is None else events.read(marks, first, scales.next_period(last, grain)))
    last = max([last, *(event["on"] for event in found)])
    return Plot(rows, names, y, first, last, grain, unit, label, height, hues, found, unmarked, target)


def _in_words(rows: "pd.DataFrame", unit: str, grain: Grain) -> "pd.DataFrame":
    rows = rows.assign(when=[scales.period_words(time, grain) for time in rows["x"]], value=[words.say(value, unit) for value in rows["y"]])
    if {"lower", "upper"} <= set(rows):
        rows["range"] = [words.range_words(low, high, unit) for low, high in zip(rows["lower"], rows["upper"], strict=True)]
    return rows


# --------------------------------------------------------------------------------------------------------- said around it
def notes(plot: Plot, band: str = "range of the estimate") -> list[str]:
    """Say what the signs in a chart mean; ``band`` is what is shaded."""
    return [
        f"shaded: {words.clean(band)}" if plot.banded else "",
        f"dashed: {plot.grain} in progress" if not plot.rows["whole"].all() else "",
        f"ticks at the axis: {plot.unmarked:,} events, too many to name" if plot.unmarked else "",
    ]


def columns(plot: Plot, group: str | None) -> dict[str, str]:
    """Name the columns of the table behind a chart, units in the heads."""
    head = plot.axis_title or "Value"
    ranged = {"lower": f"{head}, lower", "upper": f"{head}, upper"} if "range" in plot.rows else {}
    return {"when": "Period", **({"group": words.heading(group)} if group else {}), "y": head, **ranged}


def describe(plot: Plot, title: str, kind: str = "Line chart") -> str:
    """Say in words what a chart over time shows: its span, and for up to four groups first, last, least and most."""
    span = " to ".join(dict.fromkeys(scales.period_words(time, plot.grain) for time in (plot.rows["x"].min(), plot.rows["x"].max())))
    of = f" of {plot.axis_title}" if plot.axis_title else ""
    accents = set(plot.rows.loc[plot.rows["tone"] == "accent", "group"])
    shown = sorted(plot.names, key=lambda name: name not in accents)[:4]
    parts = [f"{words.clean(title).rstrip('.')}. {kind}{of}, {span}.", *(_course(name, plot) for name in shown)]
    parts.append(f"{len(plot.names) - len(shown)} more lines." if len(plot.names) > len(shown) else "")
    return " ".join(filter(None, [*parts, *(f"{event['said']}." for event in events.marked(plot.events))]))


def _course(name: str, plot: Plot) -> str:
    rows = plot.of(name)
    rows = rows[rows["whole"]] if rows["whole"].any() else rows
    if rows.empty:
        return f"{name}: no values." if name else ""
    start, end, least, most = (rows.loc[i] for i in (rows.index[0], rows.index[-1], rows["y"].idxmin(), rows["y"].idxmax()))
    if len(rows) == 1:
        return f"{name or 'One value'}: {end['value']} ({end['when']})."
    return f"{name or 'It'} went from {start['value']} ({start['when']}) to {end['value']} ({end['when']}); lowest {least['value']}, highest {most['value']}."


# ---------------------------------------------------------------------------------------------------------------- datasets
def points(plot: Plot) -> list[frames.Row]:
    """Give every point as it is drawn and as it is said."""
    return frames.records(plot.rows[[name for name in _FIELDS if name in plot.rows]])


def in_progress(plot: Plot) -> list[frames.Row]:
    """Give the two ends of each piece of line that touches a period in progress."""
    import pandas as pd

    pieces: list[pd.DataFrame] = []
    for name in plot.names:
        own = plot.rows[plot.rows["group"] == name]
        for at in range(len(own) - 1):
            pair = own.iloc[at : at + 2]
            if pair["y"].notna().all() and not pair["whole"].all():
                pieces.append(pair.assign(piece=len(pieces)))
    return frames.records(pd.concat(pieces)[["x", "y", "group", "tone", "panel", "piece"]]) if pieces else []


def dots(plot: Plot) -> list[frames.Row]:
    """Give each group's last whole point, its points in progress (open), and points that no line would show."""
    import pandas as pd

    kept = []
    for name in plot.names:
        own = plot.rows[plot.rows["group"] == name]
        known = own["y"].notna()
        alone = known & ~known.shift(1, fill_value=False) & ~known.shift(-1, fill_value=False)
        last = pd.Series(own.index == own.index[known & own["whole"]].max(), index=own.index)
        kept.append(own[(known & ~own["whole"]) | alone | last])
    rows = pd.concat(kept)
    return frames.records(rows.assign(open=~rows["whole"])[["x", "y", "group", "tone", "panel", "open"]])


def ends(plot: Plot, gap: float = 16) -> list[frames.Row]:
    """Give the labels at the lines' ends, nudged apart; the value is that of the last whole period."""
    last = []
    for name in plot.names:
        own = plot.of(name)
        own = own[own["whole"]] if own["whole"].any() else own
        last += [own.iloc[-1]] if len(own) else []
    wanted = [plot.y.position(row["y"], plot.height) for row in last]
    placed = scales.spread(wanted, gap, 4, plot.height - 4)
    return [
        {
            "x": frames.iso(plot.last),
            "at": at,
            "group": row["group"],
            "tone": row["tone"],
            "text": end_label(row["group"], row["value"], 150),
            "short": end_label(row["group"], row["value"], 76),
        }
        for row, at in zip(last, placed, strict=True)
    ]


def zero(plot: Plot) -> frames.Row:
    """Give the one row that axes are drawn from: no data name a field, so the title of the value axis stands here."""
    return {"level": 0, "title": plot.axis_title} if plot.axis_title else {"level": 0}


def levels(plot: Plot) -> dict[str, list[frames.Row]]:
    """Give zero, with what the axis is called, and the target: each is drawn as a rule across the plot."""
    if plot.target is None:
        return {"zero": [zero(plot)]}
    return {
        "zero": [zero(plot)],
        "target": [{"level": plot.target, "text": f"target {in_words(plot.target / words.scale_of(plot.unit), plot.unit)}"}],
    }


def end_label(name: str, value: str, width: float, size: float = 12) -> str:
    """Put a name, cut to ``width`` pixels, before its value."""
    return f"{words.isolate(words.cut(name, width, size))} {value}".lstrip()
