"""What is found in a text: where it stands and of what kind; and whoever finds it."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol

WHAT = {
    "e-mail": "e-mail addresses",
    "phone": "phone numbers",
    "card": "card numbers",
    "iban": "IBANs",
    "ip": "IP addresses",
    "link": "private parts of links",
    "key": "keys and passwords",
    "name": "names",
    "handle": "handles",
}
KINDS = tuple(WHAT)


class Span(NamedTuple):
    """The characters ``[start, end)`` of a text, and which of :data:`KINDS` they are."""

    start: int
    end: int
    kind: str


class Finder(Protocol):
    """Whatever finds personal data: for each text its spans, in any order; they may overlap."""

    def find(self, texts: Sequence[str]) -> Sequence[Sequence[Span]]:
        """Give the spans of each text."""
        ...


def merged(spans: Iterable[Span]) -> list[Span]:
    """Put spans in order and join those that overlap; the longest gives its kind."""
    whole: list[Span] = []
    for span in sorted(spans):
        if whole and span.start < whole[-1].end:
            longest = max(whole[-1], span, key=lambda s: s.end - s.start)
            whole[-1] = Span(whole[-1].start, max(whole[-1].end, span.end), longest.kind)
        elif span.end > span.start:
            whole.append(span)
    return whole


def masked(text: str, spans: Iterable[Span]) -> str:
    """Put a mark (``[name]``) in the place of each span; the spans are in order and do not overlap."""
    parts, at = [], 0
    for span in spans:
        parts += [text[at : span.start], f"[{span.kind}]"]
        at = span.end
    return "".join([*parts, text[at:]])
