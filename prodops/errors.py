"""One family of errors: what was wrong with which value, what was expected, and the next step.

The library raises these; only ``cli`` turns them into one line and an exit code.
"""

from collections.abc import Iterable
from difflib import get_close_matches


class ProdopsError(Exception):
    """A fault that a person can mend; its text is the whole message, one line."""


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
    """Suggest the nearest option as `` Did you mean "x"?``, or nothing where none is near."""
    by_lower = {option.lower(): option for option in options}
    near = get_close_matches(name.lower(), list(by_lower), n=1, cutoff=0.6)
    return f' Did you mean "{by_lower[near[0]]}"?' if near else ""


def shorten(value: object, limit: int = 60) -> str:
    """Show a value on one line, quoted, cut to ``limit`` characters, with control characters escaped."""
    text = str(value)
    shown = "".join(c if c.isprintable() else repr(c)[1:-1] for c in text[: limit + 1])
    return f'"{shown[:limit]}…"' if len(shown) > limit else f'"{shown}"'
