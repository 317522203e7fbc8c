"""Tiles: a number with a target, how it moved, where it stands, and a sparkline of its last periods."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Any

from markupsafe import Markup

from prodops.stamps import day_words, in_words

Json = dict[str, Any]
WIDTH, HEIGHT, EDGE, PERIODS = 160, 44, 5, 13
_AS_DIFFERENCE = {"share": "points", **{unit: unit for unit in ("points", "nps", "rating", "ratio", "days", "hours", "per_1000")}}
_VERDICT = {"good": ", better", "bad": ", worse", "plain": ""}


@dataclass(frozen=True)
class Tile:
    """What a tile shows, in words; ``tone`` is good, bad or plain and never the only sign of it."""

    title: str
    value: str
    change: str
    tone: str
    target: str
    on_target: bool | None
    sparkline: Markup


def read_tile(stamp: Json) -> Tile:
    """Put a tile's stamp into words; what is missing is left out."""
    value, before, target = (number(stamp.get(name)) for name in ("value", "before", "target"))
    unit, good, period = str(stamp.get("unit", "count")), str(stamp.get("good", "up")), str(stamp.get("period", "week"))
    past = stamp.get("history")
    history = [number(v) for v in past][-PERIODS:] if isinstance(past, list) else []
    title = str(stamp.get("title") or stamp.get("name") or "")
    return Tile(
        title=title,
        value=in_words(value, unit),
        change=change_words(value, before, unit, good, period),
        tone=_tone(value, before, good),
        target=target_words(value, target, unit, good, stamp.get("target_on")),
        on_target=_reached(value, target, good),
        sparkline=sparkline(history, target, unit, period, title),
    )


def number(value: object) -> float | None:
    """Take a number from a stamp; anything else is missing."""
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def change_words(value: float | None, before: float | None, unit: str, good: str, period: str) -> str:
    """Say a change with an arrow and whether it is welcome: ``▲ 1.2 pts on the week before, better``; a scenario's stands beside base."""
    beside = "base" if period == "base" else f"the {period} before"
    if value is None or before is None:
        return "as in base" if period == "base" else f"no {period} before to compare with"
    difference = _difference(value, before, unit)
    if not re.search("[1-9]", difference):
        return f"= unchanged on {beside}"
    return f"{'▲' if value > before else '▼'} {difference} on {beside}{_VERDICT[_tone(value, before, good)]}"


def target_words(value: float | None, target: float | None, unit: str, good: str, due: object) -> str:
    """Say where a value stands against its target: ``2.1 pts short of the target of 45 % by 31 Dec 2025``."""
    if target is None:
        return "no target set"
    goal = f"target of {in_words(target, unit)}{_due(due)}"
    if value is None:
        return goal
    if _reached(value, target, good):
        return f"meets the {goal}"
    gap = _difference(value, target, unit)
    return f"{gap} {'above' if value > target else 'short of' if good == 'up' else 'below'} the {goal}"


def finding_words(finding: Json) -> tuple[str, str, str]:
    """Say a finding's number, what it was before and whether that is welcome, and its tone: ``("▲ 41", "was 12, worse", "bad")``."""
    value, before = number(finding.get("value")), number(finding.get("before"))
    unit, tone = str(finding.get("unit", "count")), _tone(value, before, str(finding.get("good") or ""))
    if value is None:
        return "", "", tone
    if before is None:
        return in_words(value, unit), "", tone
    arrow = "" if value == before else "▲ " if value > before else "▼ "
    return arrow + in_words(value, unit), f"{finding.get('beside') or 'was'} {in_words(before, unit)}{_VERDICT[tone]}", tone


def sparkline(history: list[float | None], target: float | None, unit: str, period: str, title: str) -> Markup:
    """Draw the last periods as a line that breaks where values are missing, the last one dotted, the target dashed."""
    known = [v for v in history if v is not None]
    if len(known) < 2:
        return Markup('<svg class="sparkline" viewBox="0 0 {} {}" aria-hidden="true"></svg>').format(WIDTH, HEIGHT)
    low, high = (min([*known, *([] if target is None else [target])]), max([*known, *([] if target is None else [target])]))

    def x(i: int) -> str:
        return f"{EDGE + i * (WIDTH - 2 * EDGE) / (len(history) - 1):.1f}"

    def y(v: float) -> str:
        return f"{HEIGHT - EDGE - (v - low) / (high - low or 1) * (HEIGHT - 2 * EDGE):.1f}"

    path = "".join(f"{'M' if i == 0 or history[i - 1] is None else 'L'}{x(i)},{y(v)}" for i, v in enumerate(history) if v is not None)
    last = max(i for i, v in enumerate(history) if v is not None)
    periods = f"over {len(history)} months" if period == "base" else f"last {len(history)} {period}s"
    label = f"{title}, {periods}: from {in_words(known[0], unit)} to {in_words(known[-1], unit)}"
    goal = Markup('<line class="goal" x1="0" x2="{}" y1="{y}" y2="{y}"/>').format(WIDTH, y=y(target)) if target is not None else ""
    drawn = Markup('{}<path d="{}"/><circle cx="{}" cy="{}" r="3.5"/>').format(goal, path, x(last), y(known[-1]))
    return Markup('<svg class="sparkline" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>').format(WIDTH, HEIGHT, label, drawn)


def _difference(value: float, other: float, unit: str) -> str:
    if unit in _AS_DIFFERENCE:
        return in_words(abs(value - other), _AS_DIFFERENCE[unit])
    return in_words(abs(value / other - 1), "share") if other else in_words(abs(value - other), unit)


def _tone(value: float | None, before: float | None, good: str) -> str:
    if value is None or before is None or value == before or good not in ("up", "down"):
        return "plain"
    return "good" if (value > before) == (good == "up") else "bad"


def _reached(value: float | None, target: float | None, good: str) -> bool | None:
    if value is None or target is None or good not in ("up", "down"):
        return None
    return value >= target if good == "up" else value <= target


def _due(due: object) -> str:
    try:
        return f" by {day_words(date.fromisoformat(str(due)[:10]))}" if due else ""
    except ValueError:
        return ""
