"""The questionnaire: ``params/surveys.yaml`` checked, every mistake one line that names file, question, key and the near miss."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, TypeVar

from pydantic import BeforeValidator, Field, ValidationError, field_validator

from prodops.errors import DefinitionError, did_you_mean, shorten
from prodops.surveys.asked import PAIRED, Invited, Pooled, Question, Span, Strict

M = TypeVar("M", bound=Strict)
MOST_QUESTIONS = 500
LEAST_GROUP = 5
"""Fewer answers than these are not shown, unless the file says otherwise: :data:`small_groups.LEAST_GROUP`."""
KEYS = ("least_group", "waves", "weighting", "invited", "questions")


class _Frame(Strict):
    """What the file says of the whole survey."""

    least_group: int = Field(default=LEAST_GROUP, ge=1, le=1_000)
    waves: Pooled | dict[str, Span] = "auto"
    weighting: dict[str, dict[str, Annotated[float, Field(ge=0)]]] = Field(default_factory=dict)
    invited: Annotated[Invited | None, BeforeValidator(Invited.read)] = None

    @field_validator("weighting")
    @classmethod
    def _shares(cls, margins: dict[str, dict[str, float]]) -> dict[str, dict[str, float]]:
        for column, shares in margins.items():
            if not shares or sum(shares.values()) <= 0:
                raise ValueError(f"the shares of {column} need at least one above zero")
            if max(shares.values()) <= 1 and abs(sum(shares.values()) - 1) > 0.02:
                raise ValueError(f"the shares of {column} add up to {sum(shares.values()):.2f}, not to 1")
        return {column: {value: share / sum(shares.values()) for value, share in shares.items()} for column, shares in margins.items()}


@dataclass(frozen=True)
class Questionnaire:
    """The questions in the file's order, and how their answers are grouped in time, weighted and kept back; made by :func:`define`.

    ``margins`` are the customers' shares by column and value, each column's adding up to 1; empty where answers are not weighted.
    """

    questions: dict[str, Question] = field(default_factory=dict)
    waves: Pooled | dict[str, Span] = "auto"
    margins: dict[str, dict[str, float]] = field(default_factory=dict)
    least: int = LEAST_GROUP
    file: str = ""

    def __len__(self) -> int:
        return len(self.questions)

    def of(self, *kinds: str) -> tuple[Question, ...]:
        """The questions of some kinds, in order."""
        return tuple(q for q in self.questions.values() if q.kind in kinds)

    def names(self) -> dict[str, tuple[str, str]]:
        """The names in the table: each with its question here and the part it plays there."""
        return {name: (q.name, part) for q in self.questions.values() for name, part in q.parts.items()}


def define(mapping: Mapping[str, Any], *, file: str = "params/surveys.yaml") -> Questionnaire:
    """Check a questionnaire; ``mapping`` is the file as ``desk.params("surveys.yaml", optional=True)`` reads it.

    An empty one has no questions: a report then takes them from the table. Raises DefinitionError in one line with the near miss.
    """
    if not isinstance(mapping, Mapping):
        raise DefinitionError(f"{file}: expected keys such as questions and weighting, found {shorten(mapping)}.")
    for key in mapping:
        if key not in KEYS:
            raise DefinitionError(f"{file}: there is no key {shorten(key)}.{did_you_mean(str(key), KEYS)} The keys are {', '.join(KEYS)}.")
    asked = mapping.get("questions") or {}
    if not isinstance(asked, Mapping):
        raise DefinitionError(f'{file}, key "questions": expected name: {{kind: …}} for each, found {shorten(asked)}.')
    if len(asked) > MOST_QUESTIONS:
        raise DefinitionError(f"{file} has {len(asked):,} questions; {MOST_QUESTIONS} at most can be reported on.")
    frame = _checked(_Frame, {k: v for k, v in mapping.items() if k != "questions"}, file)
    questions = {str(name): _question(str(name), body, frame, file) for name, body in asked.items()}
    _each_once(questions, file)
    return Questionnaire(questions, frame.waves, frame.weighting, frame.least_group, file)


def _question(name: str, body: object, frame: _Frame, file: str) -> Question:
    place = f"{file}, question {shorten(name)}"
    if isinstance(body, str):
        body = {"kind": body}
    if not isinstance(body, Mapping):
        raise DefinitionError(f"{place}: expected keys such as kind and title, found {shorten(body)}.")
    if "kind" not in body:
        raise DefinitionError(f'{place}: the key "kind" is missing, such as kind: csat.')
    if "name" in body:
        raise DefinitionError(f'{place}: there is no key "name"; write the table\'s name under question.')
    given = _checked(Question, {**body, "name": name}, place)
    sides = {side for kind, pair in PAIRED.items() if kind != given.kind for side in pair if getattr(given, side)}
    if sides or (given.items and given.kind != "matrix"):
        key = min(sides, default="items")
        raise DefinitionError(f"{place}, key {shorten(key)}: a question of kind {given.kind} has none.")
    invited = given.invited or (frame.invited if given.kind in ("nps", "csat", "ces", "pmf") else None)
    return given.model_copy(update={"waves": given.waves or frame.waves, "invited": invited})


def _checked(model: type[M], values: Mapping[str, Any], place: str) -> M:
    try:
        return model.model_validate(dict(values))
    except ValidationError as fault:
        raise DefinitionError(_say(fault, model, place)) from None


def _say(fault: ValidationError, model: type[Strict], place: str) -> str:
    """Turn the first of pydantic's complaints into words."""
    errors = fault.errors(include_url=False)
    error = max(errors, key=lambda e: (e["type"] == "extra_forbidden", len(e["loc"])))  # of several ways to read a value the nearest
    path = [str(p) for p in error["loc"] if not str(p).startswith(("function-", "dict[", "literal["))]
    key = f", key {shorten('.'.join(path))}" if path else ""
    if error["type"] == "extra_forbidden":
        known = [k for k in model.model_fields if k != "name"] if len(path) == 1 else ["from", "to", "value", "on", "total", "waves"]
        return f"{place}{key}: there is no such key.{did_you_mean(path[-1], known)}"
    told = error["msg"].removeprefix("Value error, ").rstrip(".")
    found = "" if error["type"] in ("value_error", "missing") else f" (found {shorten(error['input'])})"
    return f"{place}{key}: {told}{found}."


def _each_once(questions: Mapping[str, Question], file: str) -> None:
    """Refuse a question of the table that two entries claim."""
    taken: dict[str, str] = {}
    for q in questions.values():
        for name in q.parts:
            if name in taken:
                raise DefinitionError(f"{file}, question {shorten(q.name)}: {shorten(name)} is read as {shorten(taken[name])} already.")
            taken[name] = q.name
