"""Personal data out of free text, before anything is stored or shown.

Each kind has its own check where one exists (Luhn for cards, ISO 7064 mod 97 for IBANs, the numbering plans of
``phonenumbers``, ``ipaddress``), so that order numbers, versions and dates stay. Where a check is not to be had
(names), only the places where people give names are looked at: salutations, sign-offs, titles, "my name is".
Redacting a redacted text changes nothing.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from prodops.privacy import keys, links, numbers, people, phones
from prodops.privacy.seen import as_seen
from prodops.privacy.spans import Finder, Span, masked, merged

BLANK = "\ufffc"
"""Stands in the place of what was found while the other kinds are looked for; no pattern takes them for a part of its own."""
ROUNDS = 6
_STEPS = (
    ("link", 0, links.private_parts),
    ("key", 0, keys.announced),
    ("e-mail", 0, links.addresses),
    ("iban", 10, numbers.ibans),
    ("card", 12, numbers.cards),
    ("key", 0, keys.by_shape),
    ("ip", 1, numbers.ips),
    ("phone", 7, phones.numbers),
    ("handle", 0, links.handles),
    ("name", 0, people.names),
)
"""The kinds in the order in which they are looked for (what one finds is hidden from those after it), and the digits that each takes at least."""
_DIGIT = re.compile(r"\d")


class Patterns:
    """The finder that is always there: patterns and check digits, without a model."""

    def find(self, texts: Sequence[str]) -> list[list[Span]]:
        """Give the spans of each text, in order and apart from each other."""
        return [_spans(text) for text in texts]


def redact(text: str) -> tuple[str, Counter[str]]:
    """Mask personal data in one text; gives the text and how many of each of :data:`KINDS` were masked.

    Marks read ``[e-mail]``, ``[phone]``, ``[card]``, ``[iban]``, ``[ip]``, ``[key]``, ``[name]``, ``[handle]``; a link that
    carries anything beside a plain address keeps its host: ``https://app.example.com/[link]``.
    """
    return next(redact_all([text]))


def redact_all(texts: Sequence[str], finder: Finder | None = None) -> Iterator[tuple[str, Counter[str]]]:
    """Mask personal data in each text, by the patterns and, where one is given, by another finder as well."""
    also = finder.find(texts) if finder else [()] * len(texts)
    for text, more in zip(texts, also, strict=True):
        yield _redact(text, more)


def _redact(text: str, more: Iterable[Span]) -> tuple[str, Counter[str]]:
    counts: Counter[str] = Counter()
    for _ in range(ROUNDS):  # what was glued to something masked may only now stand free
        spans = merged([*_spans(text), *more])
        if not spans:
            break
        counts.update(span.kind for span in spans)
        text, more = masked(text, spans), ()
    return text, counts


def _spans(text: str) -> list[Span]:
    seen, places = as_seen(text)
    digits, found = len(_DIGIT.findall(seen)), list[Span]()
    for kind, least, find in _STEPS:
        for start, end in find(seen) if digits >= least else ():
            found.append(Span(places[start], places[end], kind))
            seen = seen[:start] + (people.BLANK if kind == "name" else BLANK) * (end - start) + seen[end:]
    return merged(found)
