"""Launches, incidents, price changes: the dated events that a chart over time is marked with."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from prodops.charts import frames, scales, words
from prodops.charts.display import NARROW, WIDE, Room
from prodops.charts.layers import Spec, at, layer, pixel, time, tips, word
from prodops.errors import ProdopsError
from prodops.stamps import day_words

if TYPE_CHECKING:
    import pandas as pd

_SYNONYMS = {"on": ("on", "launched_on"), "label": ("label", "name"), "kind": ("kind",), "until": ("until", "ended_on")}
LANE, LANES, MOST = 16, 4, 12
"""Of more events than ``MOST`` a chart names incidents and price changes only, so that the line stays readable; the others are ticks."""
TICK = 7
_BARE: frames.Row = {"text": "", "side": "left", "top": 0}
"""An event without a name: its rule ends where the plot does, below the others' names."""


def read(marks: "pd.DataFrame", first: "pd.Timestamp", end: "pd.Timestamp") -> list[frames.Row]:
    """Give the events within ``[first, end)`` by date: ``on label kind until said``; an event that began before and still runs counts.

    Raises :class:`ProdopsError` where the columns ``on`` and ``label`` (or a launches table's own) are missing.
    """
    names = {role: next((n for n in options if n in marks.columns), None) for role, options in _SYNONYMS.items()}
    if names["on"] is None or names["label"] is None:
        raise ProdopsError(
            f"Marks need the columns on and label (kind and until where known); they have {', '.join(map(str, marks.columns)) or 'none'}."
        )
    rows = frames.take(marks, names)
    rows["on"], rows["label"] = frames.times(rows["on"], "marks"), frames.labels(rows["label"])
    rows["kind"] = frames.labels(rows["kind"]) if "kind" in rows else "launch"
    rows["until"] = frames.times(rows["until"], "marks") if "until" in rows else None
    rows = rows[rows["on"].notna() & (rows["on"] < end)].sort_values(["on", "label"], kind="stable")
    return [found for row in rows.to_dict("records") if (found := _event(row, first, end))]


def _event(row: frames.Row, first: "pd.Timestamp", end: "pd.Timestamp") -> frames.Row | None:
    until = None if words.is_missing(row["until"]) else min(row["until"], end)
    if row["on"] < first and (until is None or until <= first):
        return None
    span = day_words(row["on"]) if until is None else f"{day_words(row['on'], year=False)} to {day_words(until)}"
    kind = row["kind"] if row["kind"] != words.MISSING else "launch"
    return {
        "on": max(row["on"], first),
        "until": until,
        "label": row["label"],
        "kind": kind,
        "said": f"{kind.capitalize()}: {row['label']}, {span}",
    }


def worth_marking(events: list[frames.Row]) -> tuple[list[frames.Row], int]:
    """Give the events, those that a chart has no room to name as ticks at its axis, and how many these are."""
    if len(events) <= MOST:
        return events, 0
    kept = [event for event in events if event["kind"].lower() in ("incident", "pricing")][-MOST:]
    ticks = [event | {"tick": True} for event in events if not any(event is other for other in kept)]
    return kept + ticks, len(ticks)


def marked(events: list[frames.Row]) -> list[frames.Row]:
    """Give the events that are no ticks."""
    return [event for event in events if not event.get("tick")]


def listed(events: list[frames.Row], most: int = 4) -> str:
    """List events in a line for charts that have no room to name them at their rule."""
    events = marked(events)
    shown = [f"{words.cut(event['label'], 220)} ({day_words(event['on'], year=False)})" for event in events[:most]]
    more = f" and {len(events) - most:,} more" if len(events) > most else ""
    return f"vertical lines: {', '.join(shown)}{more}" if shown else ""


def place(
    events: list[frames.Row], first: "pd.Timestamp", last: "pd.Timestamp", *, left: float, right: Sequence[float], title: float
) -> list[frames.Row]:
    """Give the events with a side and a lane for their label in either room.

    ``left`` and ``right`` (wide, narrow) are the pixels beside the plot that axis and end labels take; ``title`` is how
    wide the axis' title is, which lies in the lowest lane.
    """
    span = max((last - first).total_seconds(), 1)
    shares = [(event["on"] - first).total_seconds() / span for event in events]
    named = marked(events)
    shares, texts, pressing = shares[: len(named)], [event["label"] for event in named], [*map(_is_incident, named)]
    bare = [_BARE] * (len(events) - len(named))
    wide, narrow = (
        _labels(texts, shares, pressing, room.width - left - taken, title - left, 140 if room.narrow else 190) + bare
        for room, taken in zip((WIDE, NARROW), right, strict=True)
    )
    return [
        {
            "on": frames.iso(event["on"]),
            "until": frames.iso(min(event["until"], last)) if event["until"] is not None else None,
            "said": event["said"],
            "incident": _is_incident(event),
            **({"tick": True} if event.get("tick") else {}),
            **at,
            **{f"{key}_narrow": value for key, value in at_narrow.items()},
        }
        for event, at, at_narrow in zip(events, wide, narrow, strict=True)
    ]


def unnamed(placed: list[frames.Row]) -> str:
    """Say how many events a chart marks without a name, for want of room."""
    left = sum(not row["text"] for row in marked(placed))
    return f"{left:,} more {'event' if left == 1 else 'events'} not named" if left else ""


def _is_incident(event: frames.Row) -> bool:
    return bool(event["kind"].lower() == "incident")


def _labels(texts: list[str], shares: list[float], pressing: list[bool], width: float, title: float, most: float) -> list[frames.Row]:
    texts = [words.cut(text, most) for text in texts]
    long = [words.pixels(text) + 10 for text in texts]
    at = [share * width for share in shares]
    sides = ["left" if x + size < width + 30 else "right" for x, size in zip(at, long, strict=True)]
    spans = [(x, x + size) if side == "left" else (x - size, x) for x, size, side in zip(at, long, sides, strict=True)]
    lanes = _lanes(at, spans, pressing, title)
    return [
        _BARE if lane is None else {"text": text, "side": side, "top": -10 - LANE * lane}
        for text, side, lane in zip(texts, sides, lanes, strict=True)
    ]


def _lanes(at: list[float], spans: list[tuple[float, float]], pressing: list[bool], title: float) -> list[int | None]:
    """Find each label's lane; where one that presses finds none, the others give way, the nearest first."""
    hung = list(range(len(at)))
    while True:
        lanes = dict(zip(hung, scales.flags([at[i] for i in hung], [spans[i] for i in hung], LANES, taken=title), strict=True))
        lost = [i for i in hung if pressing[i] and lanes[i] is None]
        others = [i for i in hung if not pressing[i]]
        if not lost or not others:
            return [lanes.get(i) for i in range(len(at))]
        hung.remove(min(others, key=lambda i: abs(at[i] - at[lost[0]])))


def draw(events: list[frames.Row], height: int, room: Room | None) -> list[Spec]:
    """Draw events as rules behind the lines, incidents with their span, and their names above the plot (none without a room)."""
    if not events:
        return []
    end = "_narrow" if room and room.narrow else ""
    tall = {"y": pixel(f"top{end}") if room else at(0), "y2": at(height), "tooltip": tips(said="Event")}
    span = {**tall, "x": time("on"), "x2": {"field": "until"}, "y": at(0)}
    kinds = {"event": "!datum.incident && !datum.tick", "incident": "datum.incident"}
    drawn = [layer("events", "rect", span, style="incident-span", keep="datum.incident && datum.until != null")]
    drawn += [layer("events", "rule", {**tall, "x": time("on")}, style=style, keep=keep) for style, keep in kinds.items()]
    if any(event.get("tick") for event in events):
        low = {"x": time("on"), "y": at(height - TICK), "y2": at(height), "tooltip": tall["tooltip"]}
        drawn.append(layer("events", "rule", low, style="event", keep="datum.tick"))
    if room:
        named = {"x": time("on"), "y": tall["y"], "text": word(f"text{end}"), "tooltip": tall["tooltip"]}
        side: Spec = {"baseline": "middle", "align": {"expr": f"datum.side{end}"}, "dx": {"expr": f"datum.side{end} == 'left' ? 5 : -5"}}
        drawn.append(layer("events", "text", named, style="halo", **side))
        drawn += [layer("events", "text", named, style=f"{style}-label", keep=keep, **side) for style, keep in kinds.items()]
    return drawn
