"""Numbers that carry their own check: IBANs, cards, addresses of machines."""

import re
from collections.abc import Iterator
from ipaddress import IPv6Address, ip_address

Place = tuple[int, int]

_IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}\d{2}(?:[ -]?[A-Za-z0-9]){11,30}(?![A-Za-z0-9])")
_IBANS = """
AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DK18 DO28 EE20 EG29 ES24 FI18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28
HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 MC27 MD24 ME22 MK19 MR27 MT31 MU30 NL18 NO15 PK24 PL28 PS29 PT25 QA29
RO24 RS22 SA24 SC31 SE24 SI19 SK24 SM27 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20
"""
_IBAN_LENGTHS = {entry[:2]: int(entry[2:]) for entry in _IBANS.split()}
"""Characters of each country's IBANs: the registry of ISO 13616."""
_CARD = re.compile(r"(?<![\d.])(?:\d[ -]?){12,18}\d(?!\d)")
_ISSUED = re.compile(
    r"4\d{12}(?:\d{3})?(?:\d{3})?|5[1-5]\d{14}|2[2-7]\d{14}|3[47]\d{13}|3(?:0[0-5]|[689]\d)\d{11}|35\d{14}|6\d{15,18}|(?:50|5[6-9]|6\d)\d{10,17}"
)
"""How the numbers of the card companies begin, and how long they are."""
_IP4 = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w]|\.\d)")
_IP6 = re.compile(r"(?<![\w:.])(?=[0-9A-Fa-f:]*:[0-9A-Fa-f:]*:)[0-9A-Fa-f:]{3,45}(?:(?<=:)\d{1,3}(?:\.\d{1,3}){3})?(?![\w:])")
_VERSION_BEFORE = re.compile(
    r"(?:version|versión|versione|versie|versão|ver|release|build|firmware|update[d]?(?: to)?|app|ios|android|kernel|driver|sdk|windows|chrome|firefox|plugin|v)[ .:]{0,3}$",
    re.IGNORECASE,
)
_VERSION_AFTER = re.compile(r"\s*(?:version|release|build|update|beta|hotfix|patch)\b", re.IGNORECASE)
_IP_BEFORE = re.compile(
    r"\b(?:ips?|adress\w*|address\w*|hosts?|servers?|from|client|gateway|dns|router|proxy|ping|whitelist|von|de|da)\W{1,4}$", re.IGNORECASE
)
_SMALL = 32
"""Four numbers all below this are a version rather than an address, unless announced or of a private network."""


def ibans(text: str) -> Iterator[Place]:
    """Find IBANs by their country's length and the check digits; the pattern may run on into the next word."""
    at = 0
    while match := _IBAN.search(text, at):
        at = match.start() + 4
        length = _IBAN_LENGTHS.get(match[0][:2].upper(), 0)
        ends = [i + 1 for i, c in enumerate(match[0]) if c not in " -"]
        if not length or len(ends) < length or (len(ends) > length and match[0][ends[length - 1]] not in " -"):
            continue
        number = re.sub("[ -]", "", match[0][: ends[length - 1]]).upper()
        if int("".join(str(int(c, 36)) for c in number[4:] + number[:4])) % 97 == 1:
            at = match.start() + ends[length - 1]
            yield match.start(), at


def cards(text: str) -> Iterator[Place]:
    """Find card numbers: begun and as long as the companies issue them, right by the Luhn check."""
    for match in _CARD.finditer(text):
        digits = [int(c) for c in match[0] if c.isdigit()]
        doubled = [d if i % 2 == 0 else d * 2 - 9 * (d > 4) for i, d in enumerate(reversed(digits))]
        if sum(doubled) % 10 == 0 and len(set(digits)) > 1 and _ISSUED.fullmatch("".join(map(str, digits))):
            yield match.span()


def ips(text: str) -> Iterator[Place]:
    """Find IPv4 and IPv6 addresses of machines other than the writer's own (``127.0.0.1``); versions stay."""
    for match in _IP4.finditer(text) if text.count(".") > 2 else ():
        if _is_address(match[0]) and not _is_version(match, text):
            yield match.span()
    for match in _IP6.finditer(text) if text.count(":") > 1 else ():
        if isinstance(_is_address(match[0]), IPv6Address) and re.search(r"\d", match[0]):
            yield match.span()


def _is_address(written: str) -> object:
    try:
        address = ip_address(written)
    except ValueError:
        return None
    return None if address.is_loopback or address.is_unspecified else address


def _is_version(match: re.Match[str], text: str) -> bool:
    before = text[max(0, match.start() - 24) : match.start()]
    if _VERSION_BEFORE.search(before) or _VERSION_AFTER.match(text, match.end()):
        return True
    small = all(int(part) < _SMALL for part in match[0].split("."))
    return small and not ip_address(match[0]).is_private and not _IP_BEFORE.search(before)
