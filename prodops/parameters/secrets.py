"""Secrets: named by reference wherever people read, resolved only inside a kernel, and taken out of whatever a kernel says.

A reference is the name of an environment variable, ``${API_TOKEN}``. All here is pure: the environment is given.
"""

import base64
import html
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl, quote, quote_plus, unquote, urlsplit

from prodops.errors import ParameterError, did_you_mean, shorten

VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
"""How a text names an environment variable."""
USER = re.compile(r"(?<=//)\S*@")
ANSI = re.compile(r"\x1b\[[0-9;]*m")
SHORTEST = 4
"""Characters of the shortest secret that can be hidden: fewer stand in too many words."""
SHORTEST_PLAIN, SHORTEST_MIXED = 8, 6
"""The same for what may be no secret, as a host or a year: a plain word or number, and anything else."""
LONG_LINE = 16
LONG_BASE64 = 8


class Reference(str):
    """The environment variable that holds a secret, as it is written everywhere outside the kernel: ``${API_TOKEN}``."""

    __slots__ = ()

    @property
    def variable(self) -> str:
        """The variable's name: ``API_TOKEN``."""
        return self[2:-1]


def references(values: Iterable[object]) -> list[Reference]:
    """List the references among parameters' values, lists of them included."""
    flat = [item for value in values for item in (value if isinstance(value, list) else [value])]
    return [item for item in flat if isinstance(item, Reference)]


def require(values: Mapping[str, object], environ: Mapping[str, str]) -> None:
    """See to it, before any kernel starts, that every secret among parameters is there; raises :class:`ParameterError` in one line."""
    for name, value in values.items():
        for reference in references([value]):
            variable = reference.variable
            if not environ.get(variable):
                state = "is empty" if variable in environ else "is not set"
                near = "" if variable in environ else did_you_mean(variable, environ)
                raise ParameterError(f"{name}: the environment variable {shorten(variable)[1:-1]} {state}; export it first.{near}")


# ------------------------------------------------------------------------------------------------------- what to hide
def to_hide(texts: Iterable[str], secrets: Iterable[Reference], environ: Mapping[str, str]) -> dict[str, str]:
    """Give each form of each value that must not be shown, and what stands in its place.

    Values are those of the variables that ``secrets`` are and that ``texts`` (sources, addresses) name, and the passwords of
    URLs among ``texts``. Left out are secrets of fewer than :data:`SHORTEST` characters and, of values that only texts name,
    plain words and numbers of fewer than eight and others of fewer than six: they could not be told from a report's own words.
    """
    hidden: dict[str, str] = {}
    for reference in secrets:
        hidden |= {form: reference for form in forms(environ.get(reference.variable, "")) if len(form) >= SHORTEST}
    for text in texts:
        for value, shown_as in _values(text, environ):
            if _tellable(value):
                hidden = {form: shown_as for form in forms(value) if _tellable(form)} | hidden
    return hidden


def _values(text: str, environ: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name in VARIABLE.findall(text):
        yield environ.get(name, ""), f"${{{name}}}"
    for url in (text, VARIABLE.sub(lambda found: environ.get(found[1], ""), text)):
        if "://" in url:
            yield from ((value, "***") for value in url_secrets(url) if not VARIABLE.search(value))


def _tellable(value: str) -> bool:
    return len(value) >= (SHORTEST_PLAIN if value.isalpha() or value.isdigit() else SHORTEST_MIXED)


def url_secrets(url: str) -> Iterator[str]:
    """Give a URL's password, and the values of its query."""
    user = USER.search(url)
    if user and ":" in user[0]:
        yield user[0][:-1].partition(":")[2]
    try:
        yield from (value for _, value in parse_qsl(urlsplit(url).query))
    except ValueError:  # an odd host: no query of it is ever sent
        return


def forms(value: str) -> set[str]:
    """Give the ways that a value may be written: as it is, in a URL, HTML, JSON or Python, in base64, and its long lines."""
    found = {value, quote(value, safe=""), quote(value), quote_plus(value), unquote(value), html.escape(value)}
    found |= {html.escape(value, quote=False), json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1], repr(value)[1:-1]}
    found |= {line.strip() for line in value.splitlines() if len(line.strip()) >= LONG_LINE}
    return (found | set(_in_base64(value.encode(errors="surrogateescape")))) - {""}


def _in_base64(value: bytes) -> Iterator[str]:
    """Give the characters that stand in any base64 text of which the value is a part, as ``user:password`` in a header."""
    for before in range(3):
        made = base64.b64encode(bytes(before) + value).decode().rstrip("=")
        made = made[(0, 2, 3)[before] : -1 if (before + len(value)) % 3 else None]
        if len(made) >= LONG_BASE64:
            yield from (made, made.translate(str.maketrans("+/", "-_")))


# ------------------------------------------------------------------------------------------------------------- hiding
def hide(text: str, hidden: Mapping[str, str]) -> str:
    """Take hidden values out of a text, the longest first; colour codes that cut one apart go with it."""
    if "\x1b" in text and _holds(plain := ANSI.sub("", text), hidden):
        text = plain
    found = sorted((value for value in hidden if value in text), key=len, reverse=True)
    return re.sub("|".join(map(re.escape, found)), lambda match: hidden[match[0]], text) if found else text


def hide_within(value: Any, hidden: Mapping[str, str]) -> Any:
    """Take hidden values out of plain values as JSON has them: texts, keys, and a number that is one."""
    if isinstance(value, str):
        return hide(value, hidden)
    if isinstance(value, Mapping):
        return {hide(str(key), hidden): hide_within(item, hidden) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [hide_within(item, hidden) for item in value]
    return hidden.get(str(value), value)


def _holds(text: str, hidden: Mapping[str, str]) -> bool:
    return any(value in text for value in hidden)
