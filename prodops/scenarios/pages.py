"""A scenario model's file as it is read: its text, the lines of its keys, and refusals that name them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn, TypeVar

from pydantic import BaseModel, ValidationError

from prodops.errors import DefinitionError, did_you_mean, shorten
from prodops.plainyaml import KeyPath
from prodops.scenarios.definitions import FromData, Ramp

R = TypeVar("R", bound=BaseModel)
MOST = {"levers": 100, "nodes": 300, "outcomes": 50, "scenarios": 50}
_WITHIN: dict[str, type[BaseModel]] = {"ramp": Ramp, "from_data": FromData}


@dataclass(frozen=True)
class Page:
    """A file's text and the lines its keys stand on."""

    text: Mapping[str, Any]
    file: str
    lines: Mapping[KeyPath, int] = field(default_factory=dict)

    def refuse(self, path: KeyPath, text: str) -> NoReturn:
        """Raise DefinitionError for a key."""
        raise DefinitionError(f"{self.place(path)}: {text}" + "." * (text[-1] not in ".?"))

    def place(self, path: KeyPath) -> str:
        """Name file, line and key; the line of the nearest key above, where a key has none."""
        line = next((self.lines[path[:n]] for n in range(len(path), 0, -1) if path[:n] in self.lines), 0)
        key = ".".join(str(part) for part in path)
        return ", ".join(filter(None, [self.file or "The scenario model", f"line {line}" if line else "", key]))

    def words(self, key: str, limit: int) -> str:
        """Give a text of the model itself, empty where it is left out."""
        found = self.text.get(key) or ""
        if not isinstance(found, str) or len(found) > limit:
            self.refuse((key,), f"expected a text of at most {limit} characters, found {shorten(found)}")
        return found.strip()

    def section(self, key: str) -> Mapping[str, Any]:
        """Give one of the model's mappings, empty where it is left out."""
        found = self.text.get(key) or {}
        if not isinstance(found, Mapping):
            self.refuse((key,), f"expected name: …, found {shorten(found)}")
        if len(found) > MOST[key]:
            self.refuse((key,), f"{len(found):,} {key} are more than a reader follows; at most {MOST[key]}")
        return found

    def record(self, path: KeyPath, body: object, kind: type[R]) -> R:
        """Read one record; raises DefinitionError."""
        if not isinstance(body, Mapping):
            keys = [k for k in kind.model_fields if k != "name"]
            self.refuse(path, f"expected keys such as {', '.join(keys[:4])}, found {shorten(body)}")
        own = {"name": str(path[-1])} if "name" in kind.model_fields else {}
        if own and "name" in body:
            self.refuse((*path, "name"), "the name stands before the colon; there is no such key")
        try:
            return kind.model_validate({**body, **own})
        except ValidationError as fault:
            where, text = _said(fault, kind)
            self.refuse((*path, *where), text)


def _said(fault: ValidationError, kind: type[BaseModel]) -> tuple[KeyPath, str]:
    """Turn the first of pydantic's complaints into a key and words."""
    errors = fault.errors(include_url=False)
    error = next((e for e in errors if e["type"] == "extra_forbidden"), errors[0])
    path = tuple(p for p in error["loc"] if isinstance(p, int) or p in _all_keys(kind) or error["type"] == "extra_forbidden")
    if error["type"] == "extra_forbidden":
        known = [k for k in (_WITHIN.get(str(path[-2]), kind) if len(path) > 1 else kind).model_fields if k != "name"]
        return path, f"there is no such key.{did_you_mean(str(path[-1]), known)} The keys are {', '.join(known)}"
    if error["type"] == "missing":
        return path, "this key is missing"
    told = error["msg"].removeprefix("Value error, ")
    if error["type"] == "literal_error":
        options = re.findall("'([^']+)'", error["ctx"]["expected"])
        return path, f"{shorten(error['input'])} is not one of {', '.join(options)}.{did_you_mean(str(error['input']), options)}"
    return path, told if error["type"] == "value_error" else f"{told[:1].lower() + told[1:]} (found {shorten(error['input'])})"


def _all_keys(kind: type[BaseModel]) -> set[str]:
    return {*kind.model_fields, *(key for within in _WITHIN.values() for key in within.model_fields)}
