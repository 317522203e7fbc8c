"""What ``params/launches.yaml`` says: launches with their gates, and what each is meant to bring, as checked, frozen records."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from prodops.errors import shorten

Evidence = Literal["kpi", "link", "sign_off", "open_items", "theme"]
EVIDENCE: tuple[Evidence, ...] = ("kpi", "link", "sign_off", "open_items", "theme")
TICKS = ("done", "passed", "ready", "complete", "completed", "status", "state", "ok")
"""Keys with which people tick a gate off; a tick is no evidence."""
WHAT_COUNTS = (
    "a tick is no evidence; write what shows it: kpi with at_least or at_most, link with by and on, sign_off with by and on, "
    "open_items with the most that may be left, or theme with at_most"
)
Number = Annotated[float, Field(allow_inf_nan=False, strict=True)]


def _texts(value: object) -> object:
    return [value] if isinstance(value, str | int | float) and not isinstance(value, bool) else value


Texts = Annotated[tuple[str, ...], BeforeValidator(_texts)]


class Strict(BaseModel):
    """A record that cannot be changed and takes no key it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True, coerce_numbers_to_str=True)


class SignOff(Strict):
    """Who agreed, and when; both are empty until it happens."""

    by: str = Field("", max_length=80)
    on: date | None = None

    @model_validator(mode="after")
    def _whole(self) -> "SignOff":
        if bool(self.by) != bool(self.on):
            raise ValueError("a sign-off needs a name and a date: by and on")
        return self


class Gate(Strict):
    """One thing that must hold before the launch, the team whose move it is, and the one kind of evidence that shows it."""

    name: str
    title: str = Field("", max_length=80)
    team: str = Field(max_length=60)
    due: date | None = None
    needs: Texts = ()
    kpi: str | None = None
    at_least: Number | None = None
    at_most: Number | None = None
    link: str | None = Field(None, max_length=500)
    by: str = Field("", max_length=80)
    on: date | None = None
    sign_off: SignOff | None = None
    open_items: int | None = Field(None, strict=True, ge=0)
    theme: str | None = Field(None, max_length=100)

    @property
    def label(self) -> str:
        """The title, or the name in words."""
        return self.title or self.name.replace("_", " ").capitalize()

    @property
    def evidence(self) -> Evidence:
        """The kind of evidence that it passes on."""
        return next(kind for kind in EVIDENCE if kind in self.model_fields_set)

    @model_validator(mode="before")
    @classmethod
    def _no_ticks(cls, body: object) -> object:
        if isinstance(body, dict) and (tick := next((key for key in TICKS if key in body), "")):
            raise ValueError(f"{tick}: {shorten(body[tick])}: {WHAT_COUNTS}")
        return body

    @field_validator("link")
    @classmethod
    def _address(cls, value: str | None) -> str | None:
        if value and not value.lower().startswith(("https://", "http://")):
            raise ValueError("expected an address that begins with https://, or nothing until there is one")
        return value or None

    @model_validator(mode="after")
    def _one_kind(self) -> "Gate":
        kinds = [kind for kind in EVIDENCE if kind in self.model_fields_set]
        if not kinds:
            raise ValueError(f"it names no evidence: {WHAT_COUNTS}")
        if len(kinds) > 1:
            raise ValueError(f"it names {' and '.join(kinds)}; a gate passes on one kind of evidence: make two gates of it")
        bounds = [key for key in ("at_least", "at_most") if getattr(self, key) is not None]
        if self.evidence == "kpi" and (not self.kpi or len(bounds) != 1):
            raise ValueError("a KPI is evidence against a threshold: give either at_least or at_most")
        if self.evidence == "theme" and (not self.theme or bounds != ["at_most"]):
            raise ValueError("a theme is evidence below a volume: give at_most, in voices a week")
        if self.evidence == "open_items" and self.open_items is None:
            raise ValueError("open_items is the number of work items that may still be open, such as 0")
        if bounds and self.evidence not in ("kpi", "theme"):
            raise ValueError(f"{bounds[0]} goes with kpi or theme")
        if self.evidence != "link" and (self.by or self.on):
            raise ValueError("by and on stand beside a link; those of a sign-off stand within it: sign_off: {by: …, on: …}")
        if self.link and not (self.by and self.on):
            raise ValueError("a link is evidence with who put it there and when: by and on")
        return self


class Aim(Strict):
    """By how much a KPI is meant to move, in its own unit (a share as a fraction); nothing where only the direction is meant."""

    by: Number | None = None


class Guardrail(Strict):
    """How far a KPI may go: so much worse than without the launch, or a level that it must keep."""

    worse_by: Number | None = Field(None, ge=0)
    at_most: Number | None = None
    at_least: Number | None = None

    @model_validator(mode="after")
    def _one_bound(self) -> "Guardrail":
        if sum(bound is not None for bound in (self.worse_by, self.at_most, self.at_least)) != 1:
            raise ValueError("a guardrail has one bound: worse_by, at_most or at_least")
        return self


class Adoption(Strict):
    """Who takes it up: a KPI, or the share of people with the event ``of`` (any where left out) who had ``event`` since the launch."""

    kpi: str = ""
    event: str = ""
    of: str = ""
    within_days: int | None = Field(None, strict=True, ge=1, le=365)
    target: Number | None = None

    @model_validator(mode="after")
    def _one_measure(self) -> "Adoption":
        if bool(self.kpi) == bool(self.event):
            raise ValueError("adoption is told by a kpi or by an event: give one of them")
        if self.kpi and (self.of or self.within_days):
            raise ValueError("of and within_days go with event")
        return self


class Group(Strict):
    """Some slices of one dimension: ``plan: [team]``."""

    dimension: str
    values: Texts

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, body: object) -> object:
        if isinstance(body, dict) and len(body) == 1 and not set(body) & {"dimension", "values"}:
            ((dimension, values),) = body.items()
            return {"dimension": dimension, "values": values}
        if isinstance(body, dict) and set(body) == {"dimension", "values"}:
            return body
        raise ValueError("expected one column and its values, such as {plan: [team]}")


class Launch(Strict):
    """One launch: when, who answers for it, its gates, and what it is meant to bring."""

    name: str = Field(min_length=1, max_length=100)
    tier: int = Field(3, strict=True, ge=1, le=9)
    on: date
    owner: str = Field("", max_length=80)
    summary: str = Field("", max_length=300)
    teams: dict[str, str] = Field(default_factory=dict)
    gates: dict[str, Gate] = Field(default_factory=dict)
    aims: dict[str, Aim] = Field(default_factory=dict)
    guardrails: dict[str, Guardrail] = Field(default_factory=dict)
    adoption: Adoption | None = None
    experiment: str = ""
    reaches: Group | None = None
    control: Group | None = None
    themes: Texts = ()

    @model_validator(mode="before")
    @classmethod
    def _names(cls, body: object) -> object:
        """Tell each gate its own name."""
        if not isinstance(body, dict) or not isinstance(gates := body.get("gates"), dict):
            return body
        return {**body, "gates": {str(n): {**gate, "name": str(n)} if isinstance(gate, dict) else gate for n, gate in gates.items()}}

    @property
    def kpis(self) -> tuple[str, ...]:
        """The KPIs that it names, each once, those it is meant to move first."""
        by_gate = [gate.kpi for gate in self.gates.values() if gate.kpi]
        taken_up = [self.adoption.kpi] if self.adoption and self.adoption.kpi else []
        return tuple(dict.fromkeys([*self.aims, *self.guardrails, *taken_up, *by_gate]))

    @model_validator(mode="after")
    def _groups(self) -> "Launch":
        if self.reaches and self.control and self.reaches.dimension != self.control.dimension:
            raise ValueError(
                f"reaches and control are slices of one column; they name {self.reaches.dimension} and {self.control.dimension}"
            )
        if self.reaches and self.control and (both := set(self.reaches.values) & set(self.control.values)):
            raise ValueError(f"{sorted(both)[0]} stands in reaches and in control; the control group is those it does not reach")
        return self


@dataclass(frozen=True)
class Plan:
    """The launches of one file, the nearest date first; made by :func:`define`."""

    launches: dict[str, Launch]
    file: str = ""

    def __iter__(self) -> Iterator[Launch]:
        return iter(self.launches.values())

    def __len__(self) -> int:
        return len(self.launches)

    @property
    def kpis(self) -> tuple[str, ...]:
        """All KPIs that the launches name."""
        return tuple(dict.fromkeys(kpi for launch in self for kpi in launch.kpis))

    @property
    def dimensions(self) -> tuple[str, ...]:
        """The columns by which launches reach some and not others."""
        groups = [group for launch in self for group in (launch.reaches, launch.control) if group]
        return tuple(dict.fromkeys(group.dimension for group in groups))

    def upcoming(self, as_of: date) -> tuple[Launch, ...]:
        """Those whose day has not come by ``as_of``, the nearest first."""
        return tuple(sorted((one for one in self if one.on >= as_of), key=lambda one: (one.on, one.tier, one.name)))

    def past(self, as_of: date) -> tuple[Launch, ...]:
        """Those whose day has come, the latest first."""
        return tuple(sorted((one for one in self if one.on < as_of), key=lambda one: (-one.on.toordinal(), one.tier, one.name)))
