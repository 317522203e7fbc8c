"""The action log of ``params/actions.yaml``: what was decided about a theme, who does it until when, and when it shipped."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, ValidationError, field_validator, model_validator

from prodops.decisions.amounts import Strict
from prodops.decisions.candidates import Names
from prodops.errors import DefinitionError, did_you_mean, shorten
from prodops.workspace import one_line

MOST = 500


def _day(value: object) -> object:
    """Read a day as it is written, year first; nothing else is guessed."""
    if isinstance(value, str):
        try:
            return date.fromisoformat(value.strip())
        except ValueError:
            raise ValueError(f"{shorten(value)} is no date; expected year-month-day, such as 2025-11-30") from None
    if value is not None and not isinstance(value, date):
        raise ValueError(f"{shorten(value)} is no date; expected year-month-day, such as 2025-11-30")
    return value


Day = Annotated[date | None, BeforeValidator(_day)]


class Waiting(Strict):
    """On whom an action waits, for what, and since when."""

    on: str = Field(min_length=1, description="the team, or person, whose move it is")
    for_: str = Field("", alias="for", description="what they owe")
    since: Day = None


class Action(Strict):
    """One action: what is done about a theme, a KPI or a goal, and by whom.

    ``decided`` is the day on which it was, ``due`` the day by which it was to ship, ``shipped`` the day on which it did.
    """

    title: str = Field("", max_length=100)
    themes: Names = ()
    kpi: str = ""
    goal: str = ""
    candidate: str = ""
    owner: str = ""
    team: str = ""
    ticket: str = ""
    decided: Day = None
    due: Day = None
    shipped: Day = None
    waiting: Waiting | None = None
    notes: str = Field("", max_length=500)

    @field_validator("themes", mode="after")
    @classmethod
    def _few(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if len(value) > 5:
            raise ValueError(f"{len(value)} themes are more than one action can be measured by; at most 5")
        return value

    @model_validator(mode="after")
    def _in_order(self) -> "Action":
        if self.decided and self.shipped and self.shipped < self.decided:
            raise ValueError(f"it shipped on {self.shipped}, before it was decided on {self.decided}")
        if self.shipped and self.waiting:
            raise ValueError("it has shipped, so it waits on nobody: take out waiting, or shipped")
        return self


class _File(Strict):
    actions: dict[str, Action] = Field(default_factory=dict)

    @field_validator("actions", mode="before")
    @classmethod
    def _not_too_many(cls, value: object) -> object:
        if isinstance(value, dict) and len(value) > MOST:
            raise ValueError(f"{len(value):,} are more than anybody follows; at most {MOST}: move the closed ones to another file")
        return {} if value is None else value


@dataclass(frozen=True)
class ActionLog(Mapping[str, Action]):
    """The actions of one file, by name; made by :func:`actions`."""

    entries: dict[str, Action]
    file: str = "params/actions.yaml"

    def __getitem__(self, name: str) -> Action:
        if name not in self.entries:
            raise DefinitionError(f'{self.file} has no action "{name}".{did_you_mean(name, self.entries)}')
        return self.entries[name]

    def __contains__(self, name: object) -> bool:
        return name in self.entries

    def __iter__(self) -> Iterator[str]:
        return iter(self.entries)

    def __len__(self) -> int:
        return len(self.entries)

    def label(self, name: str) -> str:
        """Give an action's title, or its name in words."""
        return self[name].title or name.replace("_", " ").capitalize()


def actions(mapping: Mapping[str, Any], *, file: str = "params/actions.yaml") -> ActionLog:
    """Check the parsed action log; ``mapping`` is what ``desk.params("actions.yaml", optional=True)`` reads, empty where there is none.

    Raises DefinitionError in one line with file, key, value and near miss.
    """
    if not isinstance(mapping, Mapping):
        raise DefinitionError(f"{file}: expected actions: name: …, found {shorten(mapping)}.")
    try:
        return ActionLog(dict(_File.model_validate(dict(mapping)).actions), file)
    except ValidationError as fault:
        raise DefinitionError(str(one_line(fault, _File, file))) from None
