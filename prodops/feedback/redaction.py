"""Personal data out of free text, before anything is stored or shown.

Each kind has its own check where one exists (Luhn for cards, ISO 7064 mod 97 for IBANs, the numbering plans of
``phonenumbers``, ``ipaddress``), so that order numbers, versions and dates stay. Where a check is not to be had
(names), only the places where people give names are looked at: salutations, sign-offs, titles, "my name is".
Redacting a redacted text changes nothing.
"""

import re
from collections import Counter
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address

from prodops.feedback.people import NAME_HINT, NAMES, mask_name

KINDS = ("e-mail", "phone", "card", "iban", "ip", "link", "key", "name", "handle")
REGIONS = ("US", "GB", "DE", "FR", "ES", "IT", "NL", "AT", "CH", "IN", "AU", "CA")
"""Numbering plans that a phone number without its country code is tried against."""

Check = Callable[[re.Match[str]], str]


def redact(text: str) -> tuple[str, Counter[str]]:
    """Mask personal data in one text; gives the text and how many of each of :data:`KINDS` were masked.

    Marks read ``[e-mail]``, ``[phone]``, ``[card]``, ``[iban]``, ``[ip]``, ``[key]``, ``[name]``, ``[handle]``; a link that
    carries anything beside a plain address keeps its host: ``https://app.example.com/[link]``.
    """
    counts: Counter[str] = Counter()
    for _ in range(6):  # what was glued to something masked may only now stand free
        text, found = _once(text)
        counts += found
        if not found:
            break
    return text, counts


def _once(text: str) -> tuple[str, Counter[str]]:
    counts: Counter[str] = Counter()
    digits, at = _MANY_DIGITS.search(text), "@" in text or _OBFUSCATED_HINT.search(text)
    steps: list[tuple[str, re.Pattern[str], Check]] = []
    if "://" in text or "www." in text.lower():
        steps.append(("link", _LINK, _link))
    if at:
        steps.append(("e-mail", _EMAIL, _always))
    if digits:
        steps += [("iban", _IBAN, _iban), ("card", _CARD, _card)]
    if _LONG_RUN.search(text) or _SECRET_HINT.search(text):
        steps += [("key", _SECRET, _secret), ("key", _TOKEN, _token)]
    if "." in text or ":" in text:
        steps += [("ip", _IP4, _ip4), ("ip", _IP6, _ip6)]
    if digits:
        steps.append(("phone", _PHONE, _phone))
    if "@" in text:
        steps.append(("handle", _HANDLE, _always))
    if NAME_HINT.search(text):
        steps += [("name", pattern, mask_name) for pattern in NAMES]
    for kind, pattern, check in steps:
        text = _mask(text, kind, pattern, check, counts)
    return text, counts


def _mask(text: str, kind: str, pattern: re.Pattern[str], check: Check, counts: Counter[str]) -> str:
    """Replace what the check answers for; an empty answer means a plain mark, the match itself means: leave it."""

    def replace(match: re.Match[str]) -> str:
        new = check(match) or f"[{kind}]"
        if new != match[0]:
            counts[kind] += 1
        return new

    return pattern.sub(replace, text)


def _always(match: re.Match[str]) -> str:
    return ""


# ------------------------------------------------------------------------------------------- links, mail, keys, handles
_LINK = re.compile(
    r"(?:\bhttps?://|\bftp://|\b[a-z][a-z0-9+]{1,12}://(?=[^\s/]{1,200}@)|(?<![\w@/.])www\.)[^\s<>\"'“”]{1,2000}", re.IGNORECASE
)
_EMAIL = re.compile(
    r"(?<![\w.%+-])[\w.%+'-]{0,63}\w@(?:[\w-]{1,63}\.){1,6}[^\W\d_]{2,24}\b"
    r"|(?<![\w.%+-])[\w.%+-]{1,64} ?[\[({] ?at ?[\])}] ?[\w-]{1,63}(?: ?(?:\.|[\[({] ?dot ?[\])}]) ?[\w-]{1,63}){1,3}",
    re.IGNORECASE,
)
_HANDLE = re.compile(r"(?<![\w@.])(?:@\w{2,50})+")
_OBFUSCATED_HINT = re.compile(r"[\[({] ?at ?[\])}]", re.IGNORECASE)
_LONG_RUN = re.compile(r"[\w-]{16}")
_SECRET_HINT = re.compile(r"(?i)pass|secret|token|key|pwd|bearer")
_SECRET = re.compile(
    r"(\b(?:api[ _-]?key|access[ _-]?key|password|passwort|kennwort|passwd|pwd|passphrase|secret|(?:access |auth )?token|contraseña|mot de passe)\b"
    r"[\"']?\s{0,2}(?:[:=]|\bis\b|\bist\b|\best\b|\bes\b)\s{0,2}[\"']?|\bbearer )([^\s\"'<>,;\[\]]{4,500})",
    re.IGNORECASE,
)
_TOKEN = re.compile(r"(?<![\w/+#-])[A-Za-z0-9_+=-]{16,}(?:\.[A-Za-z0-9_-]{8,}){0,4}(?![\w-])")
_PREFIXES = (
    "sk-",
    "sk_",
    "pk_",
    "rk_",
    "ghp_",
    "gho_",
    "ghs_",
    "github_pat_",
    "glpat-",
    "xoxb-",
    "xoxp-",
    "xoxa-",
    "AKIA",
    "ASIA",
    "AIza",
    "eyJ",
    "SG.",
    "whsec_",
    "npm_",
    "shpat_",
)


def _link(match: re.Match[str]) -> str:
    scheme, _, rest = match[0].rpartition("://") if "://" in match[0] else ("", "", match[0])
    rest, tail = (trimmed := rest.rstrip(".,;:!?)]}")), rest[len(trimmed) :]
    if trimmed.endswith("[link"):
        return match[0]
    host, _, path = re.split(r"[/?#]", rest, maxsplit=1)[0], "", rest
    path = rest[len(host) :]
    if (
        "@" not in host
        and "?" not in path
        and "#" not in path
        and "@" not in path
        and not any(_is_key(part) for part in re.split(r"[/.=;,]", path))
    ):
        return match[0]
    host = host.rpartition("@")[2]
    return f"{scheme + '://' if scheme else ''}{host}/[link]{tail}"


def _secret(match: re.Match[str]) -> str:
    value = match[2].rstrip(".!?)")
    said = re.search(r"\b(?:is|ist|est|es)\b\s*$", match[1], re.IGNORECASE)  # "my password is broken" tells no secret
    if said and (value.isalpha() or len(value) < 6):
        return match[0]
    return f"{match[1]}[key]{match[2][len(value) :]}"


def _token(match: re.Match[str]) -> str:
    return "" if _is_key(match[0]) else match[0]


def _is_key(word: str) -> bool:
    """Tell a key by a known beginning, or by length and a mixture that no word has."""
    if len(word) < 16:
        return False
    if word.startswith(_PREFIXES) and any(c.isdigit() for c in word):
        return True
    digits, upper, lower = (sum(c.isdigit() for c in word), any(c.isupper() for c in word), any(c.islower() for c in word))
    if re.fullmatch(r"[0-9a-fA-F]{32,}", word):
        return 0 < digits < len(word)
    return len(word) >= 20 and digits >= 2 and ((upper and lower) or digits >= 6) and (upper or lower) and "-" * 2 not in word


# ------------------------------------------------------------------------------------------- numbers with a check
_MANY_DIGITS = re.compile(r"\d(?:[\s().\-/]{0,3}\d){5}|\b[A-Za-z]{2}\d\d")
_IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}\d{2}(?:[ -]?[A-Za-z0-9]){11,30}(?![A-Za-z0-9])")
_IBANS = """
AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DK18 DO28 EE20 EG29 ES24 FI18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28
HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 MC27 MD24 ME22 MK19 MR27 MT31 MU30 NL18 NO15 PK24 PL28 PS29 PT25 QA29
RO24 RS22 SA24 SC31 SE24 SI19 SK24 SM27 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20
"""
_IBAN_LENGTHS = {entry[:2]: int(entry[2:]) for entry in _IBANS.split()}
_CARD = re.compile(r"(?<![\d.])(?:\d[ -]?){12,18}\d(?![\d])")
_IP4 = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w]|\.\d)")
_IP6 = re.compile(r"(?<![\w:.])(?=[0-9A-Fa-f:]*:[0-9A-Fa-f:]*:)[0-9A-Fa-f:]{3,45}(?:(?<=:)\d{1,3}(?:\.\d{1,3}){3})?(?![\w:])")
_VERSION_BEFORE = re.compile(r"(?:version|ver|release|build|firmware|update[d]?(?: to)?|app|ios|android|v)[ .:]{0,3}$", re.IGNORECASE)


def _iban(match: re.Match[str]) -> str:
    """A pattern may run on into the next word: take as many characters as the country's IBANs have."""
    length = _IBAN_LENGTHS.get(match[0][:2].upper(), 0)
    ends = [i + 1 for i, c in enumerate(match[0]) if c not in " -"]
    if not length or len(ends) < length or (len(ends) > length and match[0][ends[length - 1]] not in " -"):
        return match[0]
    number = re.sub("[ -]", "", match[0][: ends[length - 1]]).upper()
    valid = int("".join(str(int(c, 36)) for c in number[4:] + number[:4])) % 97 == 1
    return "[iban]" + match[0][ends[length - 1] :] if valid else match[0]


def _card(match: re.Match[str]) -> str:
    digits = [int(c) for c in match[0] if c.isdigit()]
    doubled = [d if i % 2 == 0 else d * 2 - 9 * (d > 4) for i, d in enumerate(reversed(digits))]
    return "" if digits[0] in (2, 3, 4, 5, 6) and sum(doubled) % 10 == 0 and len(set(digits)) > 1 else match[0]


def _ip4(match: re.Match[str]) -> str:
    before = match.string[max(0, match.start() - 16) : match.start()]
    inside = all(int(part) < 256 and (part == "0" or not part.startswith("0")) for part in match[0].split("."))
    return match[0] if not inside or _VERSION_BEFORE.search(before) else ""


def _ip6(match: re.Match[str]) -> str:
    try:
        return "" if isinstance(ip_address(match[0]), IPv6Address) and re.search(r"\d", match[0]) else match[0]
    except ValueError:
        return match[0]


# ------------------------------------------------------------------------------------------- phone numbers
_PHONE = re.compile(r"(?<![\w.,#$€£/-])(?:(?:\+|00) ?)?\(?\d(?:[ \t().\-/\u00a0]{0,3}\d){6,16}(?![\w%])")
_DATE_LIKE = re.compile(r"(?:19|20)\d\d[-./]\d{1,2}[-./]\d{1,2}(?!\d)|\d{1,2}[-./]\d{1,2}[-./](?:19|20)?\d\d(?!\d)")
_AMERICAN = re.compile(r"(?:\+?1[ .-]?)?(?:\(\d{3}\) ?|\d{3}[ .-])\d{3}[ .-]\d{4}")
_CALL_BEFORE = re.compile(
    r"(?:phone|tel|telephone|telefon|mobile|mobil|cell|call|ring|text|whats ?app|sms|handy|fax|reach|my number|meine nummer|anrufen|appel\w*|llam\w*)"
    r"\W*(?:\w+\W+){0,4}$",
    re.IGNORECASE,
)
_ORDER_BEFORE = re.compile(
    r"(?:order|ticket|claim|tag|bag|model|invoice|case|booking|reference|ref|confirmation|account|serial|id|issue|version|build|flight|no|nr|rechnung"
    r"|bestellung|commande)\b[\s.:#°-]*(?:numbers?|nummer|id|no\.?|is)?[\s:#]*$",
    re.IGNORECASE,
)


def _phone(match: re.Match[str]) -> str:
    """Mask what a numbering plan knows, or what is written or announced like a phone number."""
    number, before = match[0], match.string[max(0, match.start() - 40) : match.start()]
    digits = sum(c.isdigit() for c in number)
    if digits > 15 or _DATE_LIKE.search(number) or _ORDER_BEFORE.search(before):
        return number
    if number.startswith(("+", "00")):
        return "" if _is_phone(re.sub("^00", "+", number), "ZZ", strict=number[0] == "0") else number
    if _AMERICAN.fullmatch(number.strip()) or _CALL_BEFORE.search(before):
        return ""
    written = number.strip().startswith(("0", "(")) or digits == 10
    return "" if written and 9 <= digits <= 12 and any(_is_phone(number, region) for region in REGIONS) else number


def _is_phone(number: str, region: str, *, strict: bool = True) -> bool:
    import phonenumbers

    try:
        parsed = phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException:
        return False
    return phonenumbers.is_valid_number(parsed) if strict else phonenumbers.is_possible_number(parsed)
