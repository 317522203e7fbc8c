"""The candidates of ``params/candidates.yaml``: what might be done next, each with its inputs and what it is linked to."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationError, field_validator, model_validator

from prodops.decisions.amounts import Range, Source, Strict
from prodops.decisions.methods import METHODS, Ice, Method, Opportunity, Rice, Wsjf
from prodops.errors import DefinitionError, did_you_mean, shorten
from prodops.workspace import one_line

MOST = 100
Name = Literal["rice", "ice", "wsjf", "opportunity"]


def _several(value: object) -> object:
    return [value] if isinstance(value, str) else value


Names = Annotated[tuple[str, ...], BeforeValidator(_several)]


class Candidate(Strict):
    """One thing that might be done; ``rice``, ``ice``, ``wsjf`` and ``opportunity`` hold what those methods ask of it."""

    title: str = Field("", max_length=80)
    description: str = Field("", max_length=500)
    owner: str = ""
    team: str = ""
    ticket: str = ""
    themes: Names = ()
    kpis: Names = ()
    goals: Names = ()
    rice: Rice | None = None
    ice: Ice | None = None
    wsjf: Wsjf | None = None
    opportunity: Opportunity | None = None

    @model_validator(mode="after")
    def _scored(self) -> "Candidate":
        if not self.methods:
            raise ValueError(f"a candidate has the inputs of at least one of {', '.join(METHODS)}")
        return self

    @property
    def methods(self) -> dict[str, Method]:
        """The methods that it has the inputs of, by name."""
        return {name: found for name in METHODS if (found := getattr(self, name)) is not None}

    def inputs(self, method: str) -> dict[str, Range | Source]:
        """The inputs of one method; none where it has none."""
        found = self.methods.get(method)
        return found.inputs if found else {}


class _File(Strict):
    capacity: float | None = Field(None, gt=0, description="person-months that the team has for all of them")
    candidates: dict[str, Candidate] = Field(default_factory=dict)

    @field_validator("candidates", mode="before")
    @classmethod
    def _not_too_many(cls, value: object) -> object:
        if value is None:
            return {}
        if isinstance(value, dict) and len(value) > MOST:
            raise ValueError(f"{len(value):,} are more than a meeting ranks; at most {MOST}")
        if isinstance(value, dict):
            for name in value:
                if not str(name).strip() or len(str(name)) > 80:
                    raise ValueError(f"{shorten(name)} cannot be a candidate's name: give 1 to 80 characters")
        return value


@dataclass(frozen=True)
class Backlog(Mapping[str, Candidate]):
    """The candidates of one file, by name; made by :func:`define`.

    ``capacity`` is what the team has, in person-months (None: not said). ``warnings`` say what is allowed and worth knowing.
    """

    candidates: dict[str, Candidate]
    capacity: float | None = None
    warnings: tuple[str, ...] = ()
    file: str = "params/candidates.yaml"

    def __getitem__(self, name: str) -> Candidate:
        if name not in self.candidates:
            raise DefinitionError(f'{self.file} has no candidate "{name}".{did_you_mean(name, self.candidates)}')
        return self.candidates[name]

    def __contains__(self, name: object) -> bool:
        return name in self.candidates

    def __iter__(self) -> Iterator[str]:
        return iter(self.candidates)

    def __len__(self) -> int:
        return len(self.candidates)

    def label(self, name: str) -> str:
        """Give a candidate's title, or its name in words."""
        return self[name].title or name.replace("_", " ").capitalize()

    @property
    def methods(self) -> tuple[str, ...]:
        """The methods that some candidate has inputs of: those of most candidates first."""
        sizes = {name: sum(name in c.methods for c in self.candidates.values()) for name in METHODS}
        return tuple(sorted((name for name, n in sizes.items() if n), key=lambda name: -sizes[name]))

    def sources(self, key: str) -> tuple[str, ...]:
        """List the themes, KPIs or questions (``key`` is ``from_theme`` …) that some input comes from."""
        amounts = (a for c in self.candidates.values() for method in c.methods for a in c.inputs(method).values())
        return tuple(sorted({a.asked[1] for a in amounts if isinstance(a, Source) and a.asked[0] == key}))


def define(mapping: Mapping[str, Any], *, file: str = "params/candidates.yaml") -> Backlog:
    """Check the parsed file of candidates; ``mapping`` is what ``desk.params("candidates.yaml", optional=True)`` reads, empty where there is none.

    Raises DefinitionError in one line with file, key, value and near miss.
    """
    if not isinstance(mapping, Mapping):
        raise DefinitionError(f"{file}: expected candidates: name: …, found {shorten(mapping)}.")
    try:
        read = _File.model_validate(dict(mapping))
    except ValidationError as fault:
        raise DefinitionError(str(one_line(fault, _File, file))) from None
    warnings = [f"{name}.{m}: {w}." for name, c in read.candidates.items() for m, found in c.methods.items() for w in found.warnings()]
    backlog = Backlog(dict(read.candidates), read.capacity, tuple(warnings), file)
    titles = [backlog.label(name) for name in backlog]
    if twice := next((title for title in titles if titles.count(title) > 1), None):
        raise DefinitionError(f"{file}: two candidates are called {shorten(twice)}; a reader could not tell them apart.")
    return backlog
