"""One family of errors: what was wrong with which value, what was expected, and the next step.

The library raises these; only ``cli`` turns them into one line and an exit code.
"""

import re
import unicodedata
from collections.abc import Iterable
from difflib import get_close_matches

LONGEST_MESSAGE, LONGEST_NAME = 4_000, 100
LOOKALIKES = str.maketrans("аеорсухіјѕһԁӏѵԝԛкмтвнαοιρνκτυ", "aeopcyxijshdlvwqkmtbhaoipvktu")
"""Small letters, Cyrillic and Greek, that are drawn as Latin ones."""


class ProdopsError(Exception):
    """A fault that a person can mend; its text is the whole message: one line, of bounded length, whatever values it names."""

    def __str__(self) -> str:
        text = super().__str__()
        return printable(text[:LONGEST_MESSAGE] + "…" * (len(text) > LONGEST_MESSAGE))


class WorkspaceError(ProdopsError):
    """The workspace, KPI or report file says something that cannot be used."""


class InputError(ProdopsError):
    """A source is missing, unreadable, or breaks its table's contract."""


class ParameterError(ProdopsError):
    """A report's parameter is unknown, misspelt, ill-typed or out of range."""


class DefinitionError(ProdopsError):
    """A KPI's definition cannot be used."""


class NoData(ProdopsError):
    """The report has nothing to say about its period; an answer, not a fault."""


class RunError(ProdopsError):
    """A report started and did not finish."""


def did_you_mean(name: str, options: Iterable[str]) -> str:
    """Suggest the option nearest to a name, or to its first word, as `` Did you mean "x"?``; nothing where none is near.

    Letters that look alike are alike. Where a name holds letters that only look like an option's, the first of them is named.
    """
    if len(name) > LONGEST_NAME:
        return ""
    by_plain, plain = {_plain(option): option for option in options}, _plain(name)
    near = [close for text in (plain, *re.findall(r"^\w+", plain)) for close in get_close_matches(text, list(by_plain), n=1)]
    if not near:
        return ""
    meant = by_plain[near[0]]
    odd = next((c for c in name if not c.isascii() and c not in meant), "") if near[0] == plain else ""
    return f' Did you mean "{meant}"?' + (f" (It holds {unicodedata.name(odd, 'a character')}, U+{ord(odd):04X}.)" if odd else "")


def _plain(name: str) -> str:
    """Reduce a name to what is seen of it: small letters, one form of each, and nothing invisible."""
    text = unicodedata.normalize("NFKC", name).lower().translate(LOOKALIKES)
    return "".join(c for c in text if c.isprintable())


def printable(text: str) -> str:
    """Write out what would break a line or turn a terminal's text about: control, format and half characters."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or unicodedata.category(c) == "Zs" else repr(c)[1:-1] for c in text)


def on_one_line(text: str) -> str:
    """Put a text that somebody else wrote on one line: single blanks, nothing that cannot be seen."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def shorten(value: object, limit: int = 60) -> str:
    """Show a value on one line, quoted, cut to ``limit`` characters, with control characters escaped."""
    text = str(value)
    shown = "".join(c if c.isprintable() else repr(c)[1:-1] for c in text[: limit + 1])
    return f'"{shown[:limit]}…"' if len(shown) > limit else f'"{shown}"'
