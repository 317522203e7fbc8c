"""The parameters of a report: what each may be, and values checked against that, from a command line or typed already."""

import re
import sys
from dataclasses import dataclass
from datetime import date
from typing import Literal

from prodops.errors import did_you_mean, shorten
from prodops.parameters.secrets import VARIABLE, Reference

Base = Literal["int", "float", "str", "bool", "date", "SecretStr"]
Scalar = int | float | str | date
Value = Scalar | list[Scalar] | None

LONGEST_TEXT = 10_000
LONGEST_LIST = 1_000
LIST_SHOWN = 5
LARGEST_INT = 2**63 - 1
LARGEST_FLOAT = sys.float_info.max
WORDS: dict[Base, str] = {
    "int": "a whole number",
    "float": "a number",
    "str": "text",
    "bool": "true or false",
    "date": "a date such as 2025-11-03",
    "SecretStr": "the name of an environment variable, such as ${API_TOKEN}",
}
ITEM = re.compile(r'\s*+(?:"(?P<quoted>[^"]*+(?:""[^"]*+)*)"(?!")\s*+|(?P<plain>(?:[^",][^,]*+)?))(?=,|\Z)')
_YES, _NO = ("true", "yes", "1", "on"), ("false", "no", "0", "off")


@dataclass(frozen=True)
class Type:
    """What a parameter may be: a base type, its choices or range, and whether it is a list of such or may be absent."""

    base: Base
    choices: tuple[int | str, ...] = ()
    low: float | None = None
    high: float | None = None
    above: float | None = None
    below: float | None = None
    many: bool = False
    optional: bool = False

    @property
    def words(self) -> str:
        """Say what is expected, for messages and help."""
        one = f"one of {', '.join(map(str, self.choices))}" if self.choices else WORDS[self.base] + self._range()
        return (f"a list, each {one}" if self.many else one) + (", or nothing" if self.optional else "")

    def __str__(self) -> str:
        return self.words

    def _range(self) -> str:
        if self.low is not None and self.high is not None:
            return f" from {_plain(self.low)} to {_plain(self.high)}"
        limits = ((" of at least", self.low), (" above", self.above), (" of at most", self.high), (" below", self.below))
        return " and".join(f"{word} {_plain(limit)}" for word, limit in limits if limit is not None)

    def parse(self, text: str) -> Value:
        """Turn the text of a command line into a value; raises ValueError where it is not what is expected."""
        if self.optional and (text == "" or (self.base != "str" and text.lower() == "none")):
            return None
        if self.many:
            return self.check([_parse_one(self, item) for item in _items(text)])
        return self.check(_parse_one(self, text))

    def typed(self, value: Value) -> str:
        """Write a value as it would be typed, so that :meth:`parse` gives it back."""
        if isinstance(value, list):
            return ", ".join(map(_item, value))
        return "" if value is None else str(value)

    def check(self, value: object) -> Value:
        """Check a typed value, strictly: text is no number, a whole number is no truth; raises ValueError."""
        if value is None and self.optional:
            return None
        if self.many:
            if not isinstance(value, list | tuple) or len(value) > LONGEST_LIST:
                raise ValueError
            return [self._check_one(item) for item in value]
        return self._check_one(value)

    def _check_one(self, value: object) -> Scalar:
        value = _typed(self.base, value)
        if self.choices and value not in self.choices:
            raise ValueError
        if isinstance(value, int | float) and not self._within(value):
            raise ValueError
        return value

    def _within(self, value: float) -> bool:
        return (
            (self.low is None or value >= self.low)
            and (self.high is None or value <= self.high)
            and (self.above is None or value > self.above)
            and (self.below is None or value < self.below)
        )


def _plain(number: float) -> str:
    return f"{number:,}" if isinstance(number, int) else f"{number:g}"


def _items(text: str) -> list[str]:
    """Split a list at its commas; an item that holds one, or blanks at its ends, stands in double quotes."""
    if len(text) > LONGEST_TEXT:
        raise ValueError
    items, at = [], 0
    while text.strip() and at <= len(text):
        found = ITEM.match(text, at)
        if not found:
            raise ValueError
        items.append(found["quoted"].replace('""', '"') if found["quoted"] is not None else found["plain"].strip())
        at = found.end() + 1
    return items


def _item(value: Scalar) -> str:
    text = str(value)
    plain = text and text == text.strip() and "," not in text and not text.startswith('"')
    return text if plain else '"' + text.replace('"', '""') + '"'


def _parse_one(kind: Type, text: str) -> object:
    """Read one value from text by the declared type; text stays as it was typed, to the character."""
    if kind.base in ("str", "SecretStr"):
        return text
    text = text.strip()
    if kind.base == "bool" and text.lower() in _YES + _NO:
        return text.lower() in _YES
    if kind.base == "int" and re.fullmatch(r"[+-]?(0|[1-9][0-9]{0,18})", text):
        return int(text)
    if kind.base == "float" and re.fullmatch(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?", text[:400]):
        return float(text)
    if kind.base == "date":
        return text
    raise ValueError


def _typed(base: Base, value: object) -> Scalar:
    """Accept a value of exactly the base type, and a whole number where a number is wanted; raises ValueError."""
    if base == "bool" and isinstance(value, bool):
        return value
    if base == "int" and type(value) is int and abs(value) <= LARGEST_INT:
        return value
    if base == "float" and type(value) in (int, float) and abs(value) <= LARGEST_FLOAT:  # type: ignore[arg-type]
        return float(value) + 0.0  # type: ignore[arg-type]  # -0.0 is 0.0: one value, one slice
    if base == "date" and type(value) is date:
        return value
    if base == "date" and isinstance(value, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        return date.fromisoformat(value)
    if base == "str" and isinstance(value, str) and len(value) <= LONGEST_TEXT:
        value.encode()  # half of a character pair cannot be written to any file: UnicodeEncodeError is a ValueError
        return value
    if base == "SecretStr" and isinstance(value, str) and len(value) <= LONGEST_TEXT and VARIABLE.fullmatch(value):
        return Reference(value)
    raise ValueError


@dataclass(frozen=True)
class Parameter:
    """One declared parameter: its name, type, default and the help from its comment."""

    name: str
    type: Type
    default: Value
    help: str = ""

    def refusal(self, value: object) -> str:
        """Say in one sentence what was expected and what came instead; of what may be a secret nothing is shown."""
        if self.type.base == "SecretStr":
            name = self.default if isinstance(self.default, Reference) else f"${{{self.name.upper()}}}"
            return (
                f"{self.name}: a secret is never given itself, and what was given is not shown here; export it and give the "
                f"variable's name, '{name}' (in single quotes, so that the shell leaves it as it is)."
            )
        if isinstance(value, str) and len(value) > LONGEST_TEXT:
            return f"{self.name}: the text has {len(value):,} characters; at most {LONGEST_TEXT:,} are taken."
        near = did_you_mean(value, map(str, self.type.choices)) if isinstance(value, str) else ""
        if self.type.base == "str" and not self.type.choices and isinstance(value, int | float):
            near = " Put it in quotes to make it text."
        return f"{self.name}: expected {self.type.words}; got {_shown(value)}.{near}"


def _shown(value: object, *, within: bool = False) -> str:
    """Show a value that was refused, whatever it is and however large: aliases in a file can make a list of billions."""
    if isinstance(value, list | tuple):
        more = "…" if len(value) > LIST_SHOWN else ""
        return "a list" if within else f"[{', '.join(_shown(item, within=True) for item in value[:LIST_SHOWN])}{more}]"
    if isinstance(value, dict):
        return "a mapping"
    if value is None:
        return "nothing"
    if isinstance(value, int) and abs(value) > LARGEST_INT:
        return "a larger whole number than there can be"
    return shorten(value)
