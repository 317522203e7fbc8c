"""A model's levers as sliders, grouped by branch, each with its value in the reader's words beside it."""

from collections.abc import Callable, Mapping
from html import escape
from typing import TYPE_CHECKING

from prodops.charts.words import pixels
from prodops.stamps import in_words

if TYPE_CHECKING:
    from ipywidgets import FloatSlider, Widget

    from prodops.scenarios import Lever, Model

_ROW = "display: flex; min-height: var(--jp-widgets-inline-height, 28px); align-items: center; line-height: 1.15"
EM, WIDEST = 13.0, 20.0
"""Pixels of the panel's text, and the ems that the levers' names may take beside the sliders."""
ROUNDING = 0.501
"""The part of a step by which a page rounds where a lever stands between two steps: nobody's move."""


class Levers:
    """``sliders`` and ``readouts`` by lever, and ``rows`` of them to lay out; ``moved`` is told which lever somebody moved, and to where."""

    def __init__(self, model: "Model", now: Mapping[str, float], moved: Callable[[str, float], None]) -> None:
        from ipywidgets import HTML

        self._model, self._now, self._moved, self._still = model, dict(now), moved, False
        self._names = f"{min(max(pixels(lever.label, EM) for lever in model.levers.values()) / EM + 1.5, WIDEST):.1f}em"
        self.sliders: dict[str, FloatSlider] = {name: self._slider(lever) for name, lever in model.levers.items()}
        self.readouts: dict[str, HTML] = {name: HTML(layout={"width": "7em", "flex": "none"}) for name in model.levers}
        self.rows = self._by_branch()

    def place(self, now: Mapping[str, float], base: Mapping[str, float]) -> None:
        """Put every slider where its lever stands, and say so beside it, with where it stands in base if that is elsewhere."""
        self._now, self._still = dict(now), True
        for name, value in now.items():
            if self._is_move(name, self.sliders[name].value, value):  # what is sent back would undo keys that are still under way
                self.sliders[name].value = value
            self.readouts[name].value = _readout(self._model.levers[name], value, base[name])
        self._still = False

    def _slider(self, lever: "Lever") -> "FloatSlider":
        from ipywidgets import FloatSlider

        made = FloatSlider(
            min=lever.low,
            max=lever.high,
            step=lever.by,
            value=self._now[lever.name],
            description=lever.label,
            tooltip=lever.description,
            readout=False,
            style={"description_width": self._names},
            layout={"flex": "1 1 auto", "width": "auto"},
        )
        made.observe(lambda change: self._change(lever, change.new), "value")
        return made

    def _change(self, lever: "Lever", value: float) -> None:
        if not self._still and self._is_move(lever.name, self._now[lever.name], value):
            self._moved(lever.name, float(f"{value:.12g}"))

    def _is_move(self, lever: str, before: float, after: float) -> bool:
        return abs(after - before) > self._model.levers[lever].by * ROUNDING

    def _by_branch(self) -> "list[Widget]":
        from ipywidgets import HTML, HBox

        branches: dict[str, list[str]] = {}
        for name, lever in self._model.levers.items():
            branches.setdefault(lever.branch, []).append(name)
        rows: list[Widget] = []
        for branch, names in branches.items():
            rows += [HTML(f'<b style="line-height: 1.6">{escape(branch)}</b>')] if branch else []
            rows += [HBox([self.sliders[name], self.readouts[name]]) for name in names]
        return rows


def _readout(lever: "Lever", value: float, base: float) -> str:
    moved = f"<br><small>base {escape(in_words(base, lever.unit))}</small>" if value != base else ""
    return f'<div style="{_ROW}"><span><b>{escape(in_words(value, lever.unit))}</b>{moved}</span></div>'
