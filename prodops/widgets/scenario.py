"""The what-if panel: levers as sliders, and beside them what becomes of the outcomes, drawn again with every move."""

import contextlib
from collections.abc import Callable, Iterator
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from prodops import charts
from prodops.errors import ProdopsError
from prodops.saving import Newer
from prodops.scenarios.saved import Saved
from prodops.widgets import outlook
from prodops.widgets.keys import freed
from prodops.widgets.levers import Levers
from prodops.widgets.pressing import Pressing
from prodops.widgets.sitting import Sitting

if TYPE_CHECKING:
    from datetime import date

    from ipywidgets import Box, Button, Checkbox, Widget

    from prodops.scenarios import Model
    from prodops.scenarios.simulation import Simulation

_ABOUT = {
    "Undo": "Take the last move back",
    "Reset": "Put all levers back to where this scenario has them",
    "Save": "Write these levers, this name and these notes to a file of their own",
    "Save over it": "Write the file as it is here: what others saved since is lost",
    "Make report": "Save, then make a report of this scenario that can be mailed",
}
_LABEL, _WIDE = {"description_width": "7em"}, {"width": "auto"}
MOST_BESIDE = 6
"""Scenarios that can be put beside the one at hand."""


def scenario(
    model: "Model",
    *,
    scenario: "str | Saved" = "base",
    workspace: Path | None = None,
    start: "date | None" = None,
    draws: int = 10_000,
    seed: int = 0,
) -> "Scenario":
    """Show a scenario model with a slider for each lever: end a cell with it.

    ``scenario`` is where the levers stand at first: one of the model's, or what ``scenarios.chosen`` gave. Scenarios are saved beside the
    ``workspace``'s file, in ``scenarios/<model>/``; without one nothing can be saved. ``start`` is the first month, where the model names
    none. Where there is no kernel the report's page computes with the model's own formulas, and shows
    a drawing where no script runs.
    """
    begun = scenario if isinstance(scenario, Saved) else Saved(model.name, scenario=scenario)
    folder = workspace.parent / "scenarios" / model.name if workspace else None
    return Scenario(Sitting(model, begun, folder), Pressing(workspace), outlook.calendar(model, start), draws, seed)


class Scenario:
    """The panel: ``sliders`` by lever, ``scenario`` to choose from, what is ``shown``, and buttons for what can be done."""

    def __init__(self, sitting: Sitting, pressing: Pressing, months: "list[date]", draws: int, seed: int) -> None:
        import ipywidgets as w

        self.sitting, self.model, self.pressing, self.months = sitting, sitting.model, pressing, months
        self.draws, self.seed = draws, seed
        self.file = Path()
        self._still, self._known = False, dict[tuple[float, ...], "Simulation"]()
        self.levers = Levers(self.model, sitting.now, self._moved)
        self.sliders, self.readouts = self.levers.sliders, self.levers.readouts
        self.scenario = w.Dropdown(description="Scenario", style=_LABEL, layout=_WIDE)
        self.outcome = w.Dropdown(
            options=[(each.label, name) for name, each in self.model.outcomes.items()],
            description="Look at",
            style=_LABEL,
            layout={"width": "24em"},
        )
        self.beside: dict[str, Checkbox] = {}
        self.besides = w.HBox(layout={"flex_flow": "row wrap"})
        self.tiles, self.course, self.swings, self.table, self.status = w.HTML(), w.HTML(), w.HTML(), w.HTML(), w.HTML()
        self.name = w.Text(value=sitting.start.title, description="Name", placeholder="of the scenario to save", style=_LABEL, layout=_WIDE)
        self.notes = w.Textarea(
            value=sitting.start.notes, description="Notes", placeholder="what is assumed, and why", rows=3, style=_LABEL, layout=_WIDE
        )
        self.buttons = {name: self._button(name) for name in _ABOUT}
        self._list()
        self.box = self._laid_out()
        self.scenario.observe(lambda change: self._act(lambda: self._choose(change.new)), "value")
        self.outcome.observe(lambda _: self._show(), "value")
        self._place()
        self._say(" ".join(sitting.faults), alert=True)

    def _button(self, name: str) -> "Button":
        from ipywidgets import Button

        made = Button(description=name, tooltip=_ABOUT[name], layout=_WIDE, button_style="primary" if name == "Save" else "")
        made.on_click(lambda _: self.do(name))
        return made

    # ------------------------------------------------------------------------------------------------------ what can be done
    def do(self, name: str) -> None:
        """Do what a button is for, and say what was done or why it was not."""
        does = {"Undo": self.sitting.undo, "Reset": self.sitting.reset}
        done = self._act(does.get(name) or (lambda: self._save(over_newer=name == "Save over it")))
        if name == "Make report" and done:
            self._press()

    def _act(self, does: Callable[[], str | None]) -> bool:
        """Do something, show what became of it and say it; gives whether it could be done."""
        if self._still:
            return False
        said: str | None = None
        wrong, newer = "", False
        try:
            said = does()
        except Newer as fault:
            wrong, newer = f"{fault} Nothing was saved: choose another name, or save over it.", True
        except (ProdopsError, OSError) as fault:
            wrong = str(fault)
        self.buttons["Save over it"].layout.display = "" if newer else "none"
        self._place()
        self._say(wrong or said or "", alert=bool(wrong))
        return not wrong

    def _moved(self, lever: str, value: float) -> None:
        self.sitting.move(lever, value)
        self._show()

    def _choose(self, name: str) -> None:
        self.sitting.choose(name)
        if name in self.sitting.saved:
            self.name.value, self.notes.value = self.sitting.saved[name].title, self.sitting.saved[name].notes

    def _save(self, *, over_newer: bool = False) -> str:
        self.file = self.sitting.save(self.name.value.strip(), self.notes.value.strip(), over_newer=over_newer)
        self._list()
        return f"Saved to {self.file.parent.name}/{self.file.name}."

    def _press(self) -> None:
        self.buttons["Make report"].disabled = True
        self._say(f"Saved to {self.file.parent.name}/{self.file.name}. Making the report …")
        self.pressing.begin(self.file, self._pressed)

    def _pressed(self, said: str, *, wrong: bool = False, done: bool = False) -> None:
        self.buttons["Make report"].disabled = not done
        self._say(said, alert=wrong)

    # --------------------------------------------------------------------------------------------------------- what is shown
    def _list(self) -> None:
        """List the scenarios that can be chosen and put beside each other; those that were chosen stay so."""
        from ipywidgets import Checkbox, Label

        names, picked = self.sitting.names, {name for name, box in self.beside.items() if box.value}
        begun = [] if self.sitting.begun_with_a_name else [(self.sitting.start.title or "As given", "")]
        with self._quietly():
            self.scenario.options = [*begun, *((self.sitting.title(name), name) for name in names)]
            self.scenario.value = self.sitting.chosen
        self.beside = {
            name: Checkbox(value=name in picked, description=self.sitting.title(name), indent=False, layout={"width": "auto"})
            for name in names[:MOST_BESIDE]
        }
        for box in self.beside.values():
            box.observe(lambda _: self._compare(), "value")
        self.besides.children = [Label("Put beside it:"), *self.beside.values()]

    def _place(self) -> None:
        """Put the sliders where the levers stand, and show what becomes of it."""
        with self._quietly():
            self.scenario.value = self.sitting.chosen
        self._show()

    def _show(self) -> None:
        """Show everything again: where the levers stand, tiles, the course over months, what matters, the scenarios beside it."""
        now, base, outcome = self._simulated(self.sitting.now), self._simulated(self.model.settings()), self.outcome.value
        moved = now is not base
        self.levers.place(self.sitting.now, base.levers)
        self.tiles.value = outlook.live(outlook.STYLE, outlook.tiles(now.outcomes, self.model, against_base=moved))
        node = self.model.outcomes[outcome].node
        before = base.point[node].tolist() if moved else None
        self.course.value = outlook.live(outlook.course(self.model, outcome, now.fan(node), self.months, before))
        swings, point = self.model.tornado(self.sitting.now, outcome=outcome), now.outcomes.set_index("outcome")["point"][outcome]
        self.swings.value = outlook.live(outlook.matters(self.model, outcome, swings, point))
        self.buttons["Undo"].disabled = not self.sitting.can_undo
        self._compare()

    def _compare(self) -> None:
        picked = {self.sitting.title(name): self.sitting.settings(name) for name, box in self.beside.items() if box.value}
        found = {title: self._simulated(levers).outcomes for title, levers in ({"Now": self.sitting.now} | picked).items()}
        self.table.value = outlook.live(outlook.beside(self.model, found)) if picked else ""

    def _simulated(self, levers: dict[str, float]) -> "Simulation":
        """Simulate a setting; the last few are remembered, base among them."""
        key = tuple(levers.values())
        found = self._known.pop(key, None) or self.model.simulate(levers, draws=self.draws, seed=self.seed)
        self._known = {**dict(list(self._known.items())[-MOST_BESIDE - 1 :]), key: found}
        return found

    def _say(self, sentence: str, *, alert: bool = False) -> None:
        role, look = ("alert", "color: var(--jp-error-color1, #b00020)") if alert else ("status", "")
        self.status.value = (
            f'<p role="{role}" style="line-height: 1.4; {look}">{escape(sentence)}</p>' if sentence else '<p role="status"></p>'
        )

    @contextlib.contextmanager
    def _quietly(self) -> Iterator[None]:
        """Set controls without taking it for somebody's move."""
        before, self._still = self._still, True
        try:
            yield
        finally:
            self._still = before

    def _laid_out(self) -> "Box":
        from ipywidgets import HBox, VBox

        def row(*parts: "str | Widget") -> HBox:
            return HBox([self.buttons[part] if isinstance(part, str) else part for part in parts])

        self.buttons["Save over it"].layout.display = "none"
        ends = [self.name, self.notes, row("Save", "Save over it", "Make report"), self.status, self.pressing.link]
        left = VBox([self.scenario, row("Undo", "Reset"), *self.levers.rows, *ends], layout={"flex": "2 1 34em", "max_width": "42em"})
        half = {"flex": "1 1 32em", "min_width": "0"}
        self.course.layout, self.swings.layout = half, half
        charts = HBox([self.course, self.swings], layout={"flex_flow": "row wrap", "grid_gap": "20px"})
        right = VBox(
            [self.tiles, self.outcome, charts, self.besides, self.table],
            layout={"flex": "3 1 24em", "min_width": "0", "padding": "0 0 0 20px"},
        )
        return HBox([left, right, freed()], layout={"width": "100%", "flex_flow": "row wrap", "align_items": "flex-start"})

    def _repr_mimebundle_(self, **keywords: Any) -> dict[str, Any]:
        live = charts.live(self.model, self.sitting.start, start=self.months[0], seed=self.seed)
        return {**self.box._repr_mimebundle_(**keywords), **live._repr_mimebundle_()}
