"""One sitting at a scenario: levers as they are moved, undone by one step, and saved as a file of their own when asked."""

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from prodops.errors import ProdopsError, shorten
from prodops.plainyaml import read_yaml
from prodops.saving import Newer, digest, save
from prodops.scenarios import saved as files
from prodops.scenarios.saved import Saved

if TYPE_CHECKING:
    from prodops.scenarios import Model


class State(NamedTuple):
    """Where every lever stands, and the scenario that it was chosen as; ``moved`` is the lever that was moved last."""

    chosen: str
    levers: dict[str, float]
    moved: str = ""


class Sitting:
    """Levers of a model as one person moves them: ``now`` is where they stand, ``start`` is the scenario that was begun with.

    ``folder`` is where saved scenarios lie (none: nothing can be saved); a scenario is known by its name in the model or its file's.
    """

    def __init__(self, model: "Model", start: Saved, folder: Path | None) -> None:
        self.model, self.folder = model, folder
        self.saved: dict[str, Saved] = {}
        self.faults: list[str] = []
        self._read: dict[str, str] = {}
        self._list()
        self.start = start
        self._states = [State(start.scenario if not start.levers else "", start.settings(model))]
        self._first = self._states[0]

    # ------------------------------------------------------------------------------------------------------- what can be done
    @property
    def now(self) -> dict[str, float]:
        """Where every lever stands."""
        return self._states[-1].levers

    @property
    def chosen(self) -> str:
        """The scenario that was chosen last; "" for the one that was begun with, where it has no name."""
        return self._states[-1].chosen

    @property
    def begun_with_a_name(self) -> bool:
        """Whether the scenario that was begun with is one of those that can be chosen."""
        return bool(self._first.chosen)

    @property
    def can_undo(self) -> bool:
        return len(self._states) > 1

    @property
    def names(self) -> list[str]:
        """The scenarios that can be chosen: the model's, then those saved of it."""
        return [*self.model.scenarios, *self.saved]

    def title(self, name: str) -> str:
        """Say a scenario's name to a reader."""
        return (self.saved[name].title or name) if name in self.saved else name.replace("_", " ").capitalize()

    def settings(self, name: str) -> dict[str, float]:
        """Give where the levers stand in a scenario; "" is the one that was begun with."""
        if not name:
            return self._first.levers
        return self.saved[name].settings(self.model) if name in self.saved else self.model.settings(name)

    def move(self, lever: str, value: float) -> None:
        """Move one lever; a row of moves of the same lever is one step."""
        last = self._states[-1]
        if last.moved == lever:
            self._states.pop()
        self._states.append(State(last.chosen, {**last.levers, lever: value}, lever))

    def choose(self, name: str) -> None:
        """Put all levers where a scenario has them."""
        state = State(name, self.settings(name))
        if state != self._states[-1]._replace(moved=""):
            self._states.append(state)

    def reset(self) -> None:
        """Put all levers back to where the scenario that was chosen has them."""
        self.choose(self.chosen)

    def undo(self) -> None:
        """Take the last step back, where there is one."""
        if self.can_undo:
            self._states.pop()

    # -------------------------------------------------------------------------------------------------------------- saving
    def as_saved(self, title: str, notes: str) -> Saved:
        """Write down where the levers stand, as changes to the model's scenario that is nearest to them."""
        chosen = self.saved.get(self.chosen, self.start)
        start = self.chosen if self.chosen in self.model.scenarios else chosen.scenario
        return Saved(self.model.name, title, start, files.difference(self.model, start, self.now), notes)

    def save(self, title: str, notes: str, *, over_newer: bool = False) -> Path:
        """Write where the levers stand to the file of this title; raises :class:`Newer` where somebody else wrote it since it was read."""
        file, slug = self._file(title)
        try:
            self._read[slug] = save(
                file, files.to_text(self.as_saved(title, notes)).encode(), read=self._read.get(slug, ""), force=over_newer
            )
        except Newer:
            raise Newer(f"{file.name} was saved by somebody else, or from another panel, since this one read it.") from None
        self.saved[slug] = self.as_saved(title, notes)
        self._states[-1] = self._states[-1]._replace(chosen=slug, moved="")
        return file

    def _file(self, title: str) -> tuple[Path, str]:
        slug = files.slug(title)
        if self.folder is None:
            raise ProdopsError("There is no folder to save to: this panel was opened without a workspace.")
        if not slug:
            raise ProdopsError(
                f"Give the scenario a name of letters or digits first; {shorten(title)} has none."
                if title
                else "Give the scenario a name first."
            )
        if slug in self.model.scenarios:
            raise ProdopsError(f'"{slug}" is a scenario of the model\'s own file; choose another name.')
        return self.folder / f"{slug}.yaml", slug

    def _list(self) -> None:
        """Read what was saved of the model; what cannot be used is said, and left alone."""
        for file in sorted(self.folder.glob("*.yaml")) if self.folder else []:
            try:
                seen = digest(file)
                found = files.read(read_yaml(file, aliases=False), file=file.name)
                found.settings(self.model)
            except ProdopsError as fault:
                self.faults.append(str(fault))
            else:
                self.saved[file.stem], self._read[file.stem] = found, seen
