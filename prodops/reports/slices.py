"""The slices of a report: the sets of values that its ``matrix:`` names, each with a folder's name that a person can read."""

import hashlib
import json
import math
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import product
from typing import Any, Literal

from prodops.errors import shorten
from prodops.parameters.types import Value

ALL = "all"
"""The name of the one slice of a report that is not cut into any."""
LARGEST = 10_000
LONGEST_NAME = 64
HASH = 10
_PLAIN_NAME, _PLAIN_VALUE = re.compile(r"[a-z0-9_]+"), re.compile(r"[a-z0-9]+(?:[-_][a-z0-9]+)*")

Axes = dict[str, list[Any]]
Sets = list[dict[str, Any]]


@dataclass(frozen=True)
class Slice:
    """One slice: its name, all of its parameters' values, and which of these are its own (``given``: by whom, matrix or person)."""

    name: str
    parameters: Mapping[str, Value]
    given: Mapping[str, Literal["matrix", "person"]]

    @property
    def words(self) -> str:
        """Name it for people by its own values: ``enterprise``."""
        return " · ".join(_text(self.parameters[name]) for name in self.given)


def shape(matrix: object) -> object:
    """Check what ``matrix:`` looks like; raises ValueError for what is neither lists of values nor a list of sets."""
    if isinstance(matrix, dict):
        for name, values in matrix.items():
            if not isinstance(values, list) or not values:
                raise ValueError(f"{shorten(name)[1:-1]}: expected a list of values, such as [a, b]")
        count = math.prod(map(len, matrix.values()))
    elif isinstance(matrix, list) and all(isinstance(each, dict) for each in matrix):
        count = len(matrix)
    else:
        raise ValueError("expected names with lists of values, such as {segment: [a, b]}, or a list of sets of values")
    if count > LARGEST:
        raise ValueError(f"these are {count:,} slices; at most {LARGEST:,} are made")
    return matrix


def parts(matrix: Axes | Sets) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give what has to be checked of a matrix: where in it each set of values stands, and the values."""
    if isinstance(matrix, dict):
        yield from (
            (f"{shorten(name)[1:-1]}, value {i}", {name: value}) for name, values in matrix.items() for i, value in enumerate(values, 1)
        )
    else:
        yield from ((f"set {i}", values) for i, values in enumerate(matrix, 1))


def combinations(matrix: Axes | Sets) -> Iterator[dict[str, Any]]:
    """Give each slice's own values, in the order written: the first name's values change slowest."""
    if isinstance(matrix, dict):
        yield from (dict(zip(matrix, values, strict=True)) for values in product(*matrix.values()))
    else:
        yield from map(dict, matrix or [{}])


def name(given: Mapping[str, Value]) -> str:
    """Name a slice by its own values, ``segment-enterprise--plan-team``; the same values in the same order always give the same name.

    Two slices never share a name: where a value is no plain word, or all is too long for a folder, the readable part is cut
    and a short hash of the values follows.
    """
    words = [(key, _text(value)) for key, value in given.items()]
    plain = "--".join(f"{key}-{text}" for key, text in words)
    if all(_PLAIN_NAME.fullmatch(key) and _PLAIN_VALUE.fullmatch(text) for key, text in words) and len(plain) <= LONGEST_NAME:
        return plain or ALL
    readable = "--".join(_slug(f"{key}-{text}") for key, text in words)[: LONGEST_NAME - HASH - 1]
    digest = hashlib.sha256(json.dumps(sorted((key, _typed(value)) for key, value in given.items())).encode()).hexdigest()
    return f"{readable.strip('-_') or 'slice'}-{digest[:HASH]}"


def _text(value: Value) -> str:
    """Write a value as a name may hold it; what is not plain text, number or date keeps a sign that no name may have."""
    if isinstance(value, bool):
        return str(value).lower()
    return value.isoformat() if isinstance(value, date) else value if isinstance(value, str) else f"{value}" if value is not None else "∅"


def _typed(value: Value) -> object:
    return [_typed(item) for item in value] if isinstance(value, list) else value.isoformat() if isinstance(value, date) else value


def _slug(text: str) -> str:
    folded = unicodedata.normalize("NFKD", text[:200]).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9_]+", "-", folded).strip("-_")
