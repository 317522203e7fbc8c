"""What was asked: one question of the questionnaire, with how its answers are read."""

from datetime import date
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from prodops.errors import shorten

Kind = Literal["nps", "csat", "ces", "pmf", "kano", "opportunity", "choice", "multi", "matrix", "text"]
Good = Literal["up", "down", "range"]
Pooled = Literal["auto", "column", "month", "quarter", "year"]
KINDS: tuple[str, ...] = get_args(Kind)
SCORED = ("nps", "csat", "ces", "pmf")
"""Kinds whose answers come to one number, which is followed over waves and groups."""
PAIRED = {"kano": ("functional", "dysfunctional"), "opportunity": ("importance", "satisfaction")}
"""Kinds that are asked by two questions, and what these are called."""
SCALES = {"nps": (0.0, 10.0), "csat": (1.0, 5.0), "ces": (1.0, 7.0), "opportunity": (0.0, 10.0), "matrix": (1.0, 5.0)}
UNITS = {"nps": "nps", "csat": "share", "ces": "rating", "pmf": "share"}
KNOWN_AS = {"nps": "NPS", "csat": "CSAT", "ces": "Customer effort", "pmf": "Product-market fit"}
PMF_BAR = 0.40
"""Sean Ellis' bar: the share of "very disappointed" from which a product is said to fit its market."""


class Strict(BaseModel):
    """A record that knows its keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


def _listed(value: object) -> object:
    return [value] if isinstance(value, str | int | float) and not isinstance(value, bool) else value


def _texts(value: object) -> object:
    """Take one value or a list of them as texts, numbers as they are written."""
    listed = _listed(value)
    return [f"{v:g}" if isinstance(v, float) else str(v) for v in listed] if isinstance(listed, list) else listed


Texts = Annotated[tuple[str, ...], BeforeValidator(_texts)]


class Span(Strict):
    """A wave by its dates: from the first day to the last, both within it."""

    first: date = Field(alias="from")
    last: date = Field(alias="to")

    @model_validator(mode="after")
    def _forward(self) -> "Span":
        if self.last < self.first:
            raise ValueError(f"a wave ends on or after its first day; this one runs from {self.first} to {self.last}")
        return self


class Goal(Strict):
    """What a number is to reach, and by when."""

    value: float
    on: date | None = None


class Invited(Strict):
    """How many were asked: in all (of the latest wave), by wave, and in the latest wave by the values of a column."""

    total: int | None = Field(default=None, gt=0)
    waves: dict[str, Annotated[int, Field(gt=0)]] = {}
    groups: dict[str, dict[str, Annotated[int, Field(ge=0)]]] = {}

    @classmethod
    def read(cls, value: object) -> object:
        """Take a number as the total, and every other key but ``total`` and ``waves`` as a column."""
        if isinstance(value, int) and not isinstance(value, bool):
            return {"total": value}
        if not isinstance(value, dict):
            return value
        own = {key: value[key] for key in ("total", "waves") if key in value}
        columns = {str(key): body for key, body in value.items() if key not in own}
        return {**own, "groups": columns} if columns else own


class Question(Strict):
    """One question: its kind, its words, and how its answers are read.

    ``question`` holds its names in the table, where they differ from its name here; renamed between waves, it has several. ``kano``
    and ``opportunity`` have two questions of the table instead, ``matrix`` one for each of its ``items`` (name: label).
    """

    kind: Kind
    title: str = ""
    wording: str = ""
    question: Texts = ()
    functional: Texts = ()
    dysfunctional: Texts = ()
    importance: Texts = ()
    satisfaction: Texts = ()
    items: dict[str, str] = {}
    scale: tuple[float, float] | None = None
    top: int = Field(default=2, ge=1, le=10)
    no_answer: Texts = ()
    choices: Texts = ()
    separator: str = Field(default=";", min_length=1, max_length=3)
    good: Good = "up"
    target: Goal | None = None
    waves: Pooled | dict[str, Span] | None = None
    invited: Annotated[Invited | None, BeforeValidator(Invited.read)] = None
    name: str = ""

    @field_validator("kind", mode="before")
    @classmethod
    def _known(cls, value: object) -> object:
        from prodops.errors import did_you_mean

        if value not in KINDS:
            raise ValueError(f"there is no kind {shorten(value)}.{did_you_mean(str(value), KINDS)} The kinds are {', '.join(KINDS)}")
        return value

    @field_validator("items", mode="before")
    @classmethod
    def _labelled(cls, value: object) -> object:
        return {str(v): str(v) for v in value} if isinstance(value, list) else value

    @field_validator("target", mode="before")
    @classmethod
    def _valued(cls, value: object) -> object:
        return {"value": value} if isinstance(value, int | float) and not isinstance(value, bool) else value

    @field_validator("scale", mode="after")
    @classmethod
    def _ordered(cls, value: tuple[float, float] | None) -> tuple[float, float] | None:
        if value and value[1] <= value[0]:
            raise ValueError(f"a scale goes from its lowest answer to its highest, such as [1, 5] (found [{value[0]:g}, {value[1]:g}])")
        return value

    @model_validator(mode="after")
    def _whole(self) -> "Question":
        for side in PAIRED.get(self.kind, ()):
            if not getattr(self, side):
                raise ValueError(f"a {self.kind} question names the two questions of its pair; {side} is missing")
        if self.kind == "matrix" and not self.items:
            raise ValueError("a matrix names its items; items is missing")
        if self.kind in SCALES and not self.words and (high := self.ends[1]) - self.top < self.ends[0]:
            raise ValueError(f"top is {self.top}, but the scale has only {high - self.ends[0] + 1:g} answers")
        return self

    @property
    def words(self) -> bool:
        """Whether its answers are words, in the order of ``choices``, though its kind could be answered in numbers."""
        return self.kind == "matrix" and bool(self.choices)

    @property
    def ends(self) -> tuple[float, float]:
        """The lowest and the highest answer."""
        return self.scale or SCALES.get(self.kind, (0.0, 10.0))

    @property
    def label(self) -> str:
        """What the question is called."""
        words = self.name.replace("_", " ").strip()
        return self.title or KNOWN_AS.get(words.lower()) or words[:1].upper() + words[1:]

    @property
    def unit(self) -> str:
        return UNITS.get(self.kind, "share")

    @property
    def parts(self) -> dict[str, str]:
        """The names in the table, each with the part that it plays: "" for the question itself, a side of a pair, or an item."""
        if self.kind in PAIRED:
            return {name: side for side in PAIRED[self.kind] for name in getattr(self, side)}
        if self.kind == "matrix":
            return {name: name for name in self.items}
        return dict.fromkeys(self.question or (self.name,), "")

    def top_words(self) -> str:
        """Say which answers count: ``4 or 5 on 1–5``."""
        low, high = self.ends
        counted = " or ".join(f"{high - n:g}" for n in reversed(range(self.top))) if self.top < 4 else f"{high - self.top + 1:g} and more"
        return f"{counted} on {low:g}–{high:g}"


def known_keys() -> list[str]:
    """List the keys that a question may have in a file."""
    return [name for name in Question.model_fields if name != "name"]


def plain(value: Any) -> str:
    """Write an answer as questionnaires do: whole numbers without a point, words in small letters without blanks around them."""
    if isinstance(value, int | float):
        return f"{value:g}"
    return " ".join(str(value).split()).casefold()
