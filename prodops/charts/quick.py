"""Charts that are drawn again while a slider moves: SVG written straight from the numbers, in a millisecond.

They have the scales, words and colours of the other charts, which take a tenth of a second through Vega. Colours are those of
the page's mode: :data:`STYLE` must stand beside them.
"""

from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, NamedTuple

from prodops.charts import words
from prodops.charts.scales import number_scale, spread
from prodops.charts.theme import DARK, FONT, LIGHT, Palette

if TYPE_CHECKING:
    from datetime import date

WIDTH, SIZE, NAMES = 480, 12, 205
"""A chart's width, the size of its text, and the width that levers' names may take, in pixels."""


def _colours(palette: Palette) -> str:
    names = ("paper", "ink", "soft", "muted", "grid", "edge", "accent", "good", "bad")
    return "".join(f"--prodops-{name}:{getattr(palette, name)};" for name in names) + f"--prodops-band:{palette.band};"


_LINE = "fill:none;stroke-linejoin:round;stroke-linecap:round"
_MARKS = {
    "text": f"font:{SIZE}px {FONT.replace(chr(34), chr(39))};fill:var(--prodops-soft)",
    "text.ink": "fill:var(--prodops-ink)",
    "text.now": "fill:var(--prodops-accent);font-weight:bold;font-size:13px",
    ".grid": "stroke:var(--prodops-grid)",
    ".edge": "stroke:var(--prodops-edge)",
    ".band": "fill:var(--prodops-accent);opacity:var(--prodops-band)",
    ".now-line": f"{_LINE};stroke:var(--prodops-accent);stroke-width:2.5",
    ".base-line": f"{_LINE};stroke:var(--prodops-muted);stroke-width:1.5",
    ".target": "stroke:var(--prodops-ink);stroke-width:1.25;stroke-dasharray:2 3",
    ".upper": "fill:var(--prodops-accent)",
    ".lower": "fill:var(--prodops-muted)",
}
STYLE = (
    f"<style>.prodops-live{{{_colours(LIGHT)}}}body[data-jp-theme-light=false] .prodops-live{{{_colours(DARK)}}}"
    ".prodops-live svg{display:block;width:100%;max-width:43em;height:auto}"
    + "".join(f".prodops-live svg {mark}{{{look}}}" for mark, look in _MARKS.items())
    + "</style>"
)


class Swing(NamedTuple):
    """What an outcome comes to at the two ends of one lever's range, and the ends in words."""

    label: str
    at_low: float
    at_high: float
    low: str
    high: str


def fan(
    months: "Sequence[date]",
    middle: Sequence[float],
    low: Sequence[float],
    high: Sequence[float],
    *,
    base: Sequence[float] | None = None,
    target: float | None = None,
    unit: str = "count",
    alt: str = "",
    height: int = 210,
) -> str:
    """Draw a course over months with its range, against a base and a target; all of one length, in ``unit``."""
    factor = words.scale_of(unit)
    known = [*low, *high, *middle, *(base or ()), *([] if target is None else [target])]
    scale = number_scale([value * factor for value in known], zero=True)
    marks = {"now": ("now", middle[-1]), **({"": ("base", base[-1])} if base else {})}
    ends = {look: f"{name} {words.say(value, unit)}" for look, (name, value) in marks.items()}
    labels = [words.say(tick / factor, unit) for tick in scale.ticks]
    left = max(words.pixels(text, SIZE) for text in labels) + 8
    right = WIDTH - max(words.pixels(text, 13) for text in ends.values()) - 12
    top, bottom = 14.0, height - 34.0
    xs = [left + (right - left) * at / max(len(months) - 1, 1) for at in range(len(months))]

    def y(value: float) -> float:
        return top + scale.position(value * factor, bottom - top)

    def path(values: Sequence[float], places: Sequence[float]) -> str:
        return " ".join(f"{x:.1f},{y(value):.1f}" for x, value in zip(places, values, strict=True))

    drawn = [_across(y(tick / factor), left, right, text) for tick, text in zip(scale.ticks, labels, strict=True)]
    drawn += _months(months, xs, bottom)
    drawn.append(f'<polygon class="band" points="{path(high, xs)} {path(low[::-1], xs[::-1])}"/>')
    drawn += [f'<polyline class="base-line" points="{path(base, xs)}"/>'] if base else []
    drawn += _target(target, y(target), unit, left, right) if target is not None else []
    drawn.append(f'<polyline class="now-line" points="{path(middle, xs)}"/>')
    places = spread([y(value) for _, value in marks.values()], 16, top, bottom)
    drawn += [_text(right + 6, at + 4, text, look) for (look, text), at in zip(ends.items(), places, strict=True)]
    return _svg(drawn, height, alt)


def tornado(swings: Sequence[Swing], point: float, *, unit: str = "count", alt: str = "") -> str:
    """Draw for each lever, in the order given, what an outcome comes to at both ends of its range, around what it is now."""
    factor, row = words.scale_of(unit), 22
    names = min(max((words.pixels(swing.label, SIZE) for swing in swings), default=0.0), NAMES) + 2
    scale = number_scale([value * factor for swing in swings for value in (swing.at_low, swing.at_high, point)], zero=False)
    room = max((words.pixels(text, SIZE) for swing in swings for text in (swing.low, swing.high)), default=0) + 6
    left, right, height = names + room, WIDTH - room, row * len(swings) + 26

    def x(value: float) -> float:
        return round(left + (right - left) * (value * factor - scale.low) / (scale.high - scale.low), 1)

    drawn = []
    for tick in (scale.ticks[0], scale.ticks[len(scale.ticks) // 2], scale.ticks[-1]):
        drawn.append(_down(x(tick / factor), height - 20, "grid"))
        drawn.append(_text(x(tick / factor), height - 5, words.say(tick / factor, unit), anchor="middle"))
    for at, swing in enumerate(swings):
        drawn += _swing(swing, at * row, row, x, point)
    return _svg([*drawn, _down(x(point), height - 20, "edge")], height, alt)


def _swing(swing: Swing, top: float, row: float, x: Callable[[float], float], point: float) -> list[str]:
    low, high, here, line = x(swing.at_low), x(swing.at_high), x(point), top + row / 2 + 4

    def bar(end: float, look: str) -> str:
        return (
            f'<rect class="{look}" x="{min(here, end)}" y="{top + 4}" width="{max(abs(end - here), 0.5):.1f}" height="{row - 8}" rx="1"/>'
        )

    first, last = ((low, swing.low), (high, swing.high)) if low <= high else ((high, swing.high), (low, swing.low))
    return [
        _text(0, line, words.cut(swing.label, NAMES, SIZE), "ink"),
        bar(low, "lower"),
        bar(high, "upper"),
        _text(min(first[0], here) - 4, line, first[1], anchor="end"),
        _text(max(last[0], here) + 4, line, last[1]),
    ]


def _svg(drawn: Sequence[str], height: float, alt: str) -> str:
    return f'<svg role="img" aria-label="{escape(alt)}" viewBox="0 0 {WIDTH} {height:.0f}">{"".join(drawn)}</svg>'


def _text(x: float, y: float, text: str, look: str = "", anchor: str = "start") -> str:
    about: Mapping[str, str] = {"class": look, "text-anchor": anchor if anchor != "start" else ""}
    more = "".join(f' {name}="{value}"' for name, value in about.items() if value)
    return f'<text x="{x:.1f}" y="{y:.1f}"{more}>{escape(text)}</text>'


def _across(y: float, left: float, right: float, text: str) -> str:
    line = f'<line class="grid" x1="{left:.1f}" x2="{right:.1f}" y1="{y:.1f}" y2="{y:.1f}"/>'
    return line + _text(left - 6, y + 4, text, anchor="end")


def _down(x: float, bottom: float, look: str) -> str:
    return f'<line class="{look}" x1="{x}" x2="{x}" y1="0" y2="{bottom:.1f}"/>'


def _months(months: "Sequence[date]", xs: Sequence[float], bottom: float) -> list[str]:
    """Name as many months as there is room for; the first, and each January, with its year."""
    step = next(n for n in (1, 2, 3, 6, 12, 24, 60, 120) if n * (xs[-1] - xs[0]) / max(len(xs) - 1, 1) >= 34 or n == 120)
    named = [at for at in range(len(months)) if (months[at].month - 1) % step == 0 and at % max(step // 12, 1) == 0] or [0]
    drawn = [f'<line class="edge" x1="{xs[0]:.1f}" x2="{xs[-1]:.1f}" y1="{bottom}" y2="{bottom}"/>']
    for at in named:
        drawn.append(_text(xs[at], bottom + 15, f"{months[at]:%b}", anchor="middle"))
        if at == named[0] or months[at].month == 1:
            drawn.append(_text(xs[at], bottom + 29, str(months[at].year), anchor="middle"))
    return drawn


def _target(target: float, y: float, unit: str, left: float, right: float) -> list[str]:
    return [
        f'<line class="target" x1="{left:.1f}" x2="{right:.1f}" y1="{y:.1f}" y2="{y:.1f}"/>',
        _text(left + 4, y - 5, f"target {words.say(target, unit)}", "ink"),
    ]
