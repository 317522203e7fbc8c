"""Links with credentials or queries, mail addresses (those written around too), handles."""

import re
from collections.abc import Iterator

from prodops.privacy.keys import is_key

Place = tuple[int, int]

_LINK = re.compile(
    r"(?:\bhttps?://|\bftp://|\b[a-z][a-z0-9+]{1,16}://(?=[^\s/]{1,200}@)|(?<![\w@/.])www\.)[^\s<>\"'“”\ufffc]{1,2000}", re.IGNORECASE
)
_HARMLESS = re.compile(
    r"(?:(?:utm_\w+|lang|language|locale|hl|gl|page|tab|view|sort|order|v|version|platform)=[\w.,+-]{0,40}(?:&|&amp;|$))+", re.IGNORECASE
)
_AT = r"(?:at|ät|arroba|arobase|chiocciola|apenstaartje)"
_DOT = r"(?:dot|punkt|point|punto|ponto|punt)"
_SPOKEN = "|".join(
    rf"{at} [\w-]{{1,63}}(?: (?:{dot}) [\w-]{{2,63}}){{1,3}}"
    for at, dot in [
        ("at", "dot"),
        ("ät", "punkt"),
        ("arroba", "punto|ponto"),
        ("arobase", "point"),
        ("chiocciola", "punto"),
        ("apenstaartje", "punt"),
    ]
)
"""Addresses as they are said aloud: each language's word for the sign with its own for the dot."""
_EMAIL = re.compile(
    r"(?<![\w.%+-])(?:mailto:)?(?P<a>[\w.%+'-]{0,63}\w@(?:[\w-]{1,63}\.){1,6}[^\W\d_]{2,24})\b"
    rf"|(?<![\w.%+-])(?P<b>[\w.%+-]{{1,64}} ?[\[({{<] ?(?:{_AT}|@) ?[\])}}>] ?[\w-]{{1,63}}"
    rf"(?: ?(?:\.|[\[({{<] ?(?:{_DOT}|\.) ?[\])}}>]| {_DOT} ) ?[\w-]{{1,63}}){{1,3}})"
    rf"|(?<![\w.%+-])(?P<c>[\w.%+-]{{2,64}}(?: dot [\w%+-]{{1,64}}){{0,2}} (?:{_SPOKEN}))\b"
    r"|(?<![\w.%+-])(?P<d>[\w.%+-]{2,64}(?: @ |@)[\w-]{2,63} ?\. ?(?:com|org|net|info|io|eu|de|ch|fr|nl|pt|br|co\.uk|uk|example))\b",
    re.IGNORECASE,
)
_AT_HINT = re.compile(rf"@|[\[({{<] ?{_AT} ?[\])}}>]| {_AT} .{{1,63}} {_DOT} ", re.IGNORECASE)
_NO_HANDLE = r"(?!(?:media|import|override|param|return|everyone|here|channel|all)\b)"
_HANDLE = re.compile(rf"(?<![\w@.])(?:@{_NO_HANDLE}[^\W\d]\w{{1,49}}(?:\.[a-z0-9_]{{2,30}})*\b(?!\())+|(?<![\w@./])/?u/[\w-]{{3,20}}\b")
_NAMED = re.compile(
    r"\b(?:user ?name|nick ?name|gamer ?tag|screen name|insta(?:gram)?|telegram|discord|skype|snapchat|tik ?tok|benutzername|nutzername|pseudo|usuario"
    r"|nome utente|gebruikersnaam|utilizador)(?:\s?[:=]\s?| (?:is|ist|est|es|è|é) )[\"'“]?((?=[^\s\"'“”,;]*[\d_.])[\w.#-]{3,40}\w)",
    re.IGNORECASE,
)

HINTS = ("name", "tag", "insta", "tele", "disc", "skype", "chat", "tok", "pseudo", "usuario", "utente", "gebruikersnaam", "utilizador")


def private_parts(text: str) -> Iterator[Place]:
    """Find in each link what is beside a plain address: all behind the host, and all where it begins with credentials."""
    if "://" not in text and "www." not in text.lower():
        return
    for match in _LINK.finditer(text):
        link = match[0].rstrip(".,;:!?)]}")
        begin = link.find("://") + 3 if "://" in link else 0
        host = re.split(r"[/?#]", link[begin:], maxsplit=1)[0]
        if link.endswith("[link"):
            continue
        if "@" in host:
            yield match.start() + begin, match.start() + len(link)
        elif _is_private(path := link[begin + len(host) :]):
            yield match.start() + begin + len(host) + path.startswith("/"), match.start() + len(link)


def _is_private(path: str) -> bool:
    address, _, query = path.partition("?")
    address, _, place = address.partition("#")
    asked = query.partition("#")[0]
    parts = re.split(r"[/.=;,]", f"{address}/{place}")
    return bool(asked and not _HARMLESS.fullmatch(asked)) or "=" in place or "@" in path or any(map(is_key, parts))


def addresses(text: str) -> Iterator[Place]:
    """Find mail addresses, also those written around: ``anna [at] example [dot] com``."""
    if _AT_HINT.search(text):
        for match in _EMAIL.finditer(text):
            yield match.span(match.lastgroup or 0)


def handles(text: str) -> Iterator[Place]:
    """Find ``@handles``, ``u/handles``, and what is announced as a user's name on some platform and is no plain word."""
    if "@" in text or "u/" in text:
        for match in _HANDLE.finditer(text):
            yield match.span()
    lower = text.lower()
    for match in _NAMED.finditer(text) if any(hint in lower for hint in HINTS) else ():
        yield match.span(1)
