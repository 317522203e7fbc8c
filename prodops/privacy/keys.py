"""Passwords, tokens and keys: by the word that announces them, or by their shape."""

import re
from collections.abc import Iterator

_WORDS = (
    r"(?:[\w-]{0,40}(?:api|access|secret|private|signing|encryption|licen[cs]e|storage|account)[ _-]?key(?![ _-]?id)|[\w-]{0,40}(?:token|secret|passw(?:or)?d|pwd)"
    r"|passphrase|pass|pw|passwort|kennwort|contraseña|clave|mot de passe|mdp|wachtwoord|senha|palavra-passe|codice segreto|parola d['’]ordine)"
)
_ANNOUNCED = re.compile(
    rf"\b{_WORDS}[\"']?(?:\s{{0,2}}[:=]\s{{0,2}}|(?P<said>\s(?:is|was|ist|lautet|war|est|es|è|é)\s{{1,2}}(?:[:=]\s?)?))"
    r"(?P<quote>[\"'“`]?)(?P<value>[^\s\"'“”`<>\[\]\ufffc]{4,500})"
    r"|\b(?:bearer|basic) (?P<header>(?=[\w.~+/-]*[\d=])[\w.~+/=-]{12,2000})"
    r"|\b(?:password|passwort|kennwort|mot de passe|contraseña|wachtwoord|senha|pwd) (?P<plain>(?=\S*\d)(?=\S*[^\W\d])[^\s\"'“”`<>\[\]\ufffc,;]{6,100})"
    r"|\bpin(?:[- ]?code)?(?:\s?[:=]\s?|\s(?:is|ist|est|es|è|é)\s)(?P<pin>\d{4,8})\b",
    re.IGNORECASE,
)
HINTS = (
    "pass",
    "pw",
    "mdp",
    "secret",
    "segreto",
    "token",
    "key",
    "kennwort",
    "contrase",
    "clave",
    "wachtwoord",
    "senha",
    "parola",
    "bearer",
    "basic ",
    "pin",
)
_BLOCK = re.compile(
    r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----(?s:.{0,20000}?)(?:-----END [A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----|\Z)"
)
_KNOWN = re.compile(
    r"(?<![\w/+-])(?:"
    r"(?:AKIA|ASIA|AROA|AIDA)[A-Z0-9]{12,}|gh[opsur]_[A-Za-z0-9]{16,}|github_pat_\w{20,}|glpat-[\w-]{16,}|xox[a-z]-[\w-]{10,}|xapp-[\w-]{10,}"
    r"|[spr]k_(?:live|test)_\w{8,}|sk-[\w-]{16,}|whsec_\w{10,}|AIza[\w-]{30,}|ya29\.[\w-]{20,}|GOCSPX-[\w-]{20,}|eyJ[\w-]{8,}\.[\w-]{4,}(?:\.[\w-]*)?"
    r"|SG\.[\w-]{16,}\.[\w-]{16,}|npm_\w{20,}|pypi-[\w-]{20,}|shp(?:at|ca|pa|ss)_\w{16,}|dop_v1_\w{20,}|hf_\w{20,}|AGE-SECRET-KEY-\w{20,}"
    r")"
)
_RUN = re.compile(r"[A-Za-z0-9_+=/.-]{16}")
_AWS = re.compile(r"(?<![\w/+.:-])(?=[^/+]*[/+]|\w{40})[A-Za-z0-9/+]{40}(?![\w/+=.-])")
_LONG = re.compile(r"(?<![\w/+#-])[A-Za-z0-9_+=-]{20,}(?:\.[A-Za-z0-9_-]{8,}){0,4}(?![\w-])")


def announced(text: str) -> Iterator[tuple[int, int]]:
    """Find what stands after "password:" and its kin; a plain word there is one only where nothing follows it."""
    for match in _BLOCK.finditer(text) if "-----BEGIN" in text else ():
        yield match.span()
    lower = text.lower()
    if not any(hint in lower for hint in HINTS):
        return
    for match in _ANNOUNCED.finditer(text):
        if match["value"] is None:
            yield match.span(match.lastgroup or 0)
        elif end := _secret_end(match, text):
            yield match.start("value"), end


def _secret_end(match: re.Match[str], text: str) -> int:
    """Say where the secret ends; 0 where it is a word of the sentence: "my password is rejected", "secret: there is no dark mode"."""
    value = match["value"].rstrip(",;.") if match["said"] else match["value"].rstrip(",;")
    value = value[:-1] if value[-1:] in ".!?)" and (value[:-1].isalpha() or match["said"]) else value
    end = match.start("value") + len(value)
    word = value.isalpha()
    if len(value) < 4 or (match["said"] and not match["quote"] and (word or len(value) < 6 or not re.search(r"\d|[^\w'’-]", value))):
        return 0
    return 0 if word and not match["quote"] and re.match(r"[.,;:!?)]* +\S|\S*\?", text[end:]) else end


def by_shape(text: str) -> Iterator[tuple[int, int]]:
    """Find keys of known make, and long runs of letters and digits mixed as in no word."""
    if not _RUN.search(text):
        return
    for match in _KNOWN.finditer(text):
        if re.search(r"\d|[a-z][A-Z]", match[0]):
            yield match.span()
    for match in _LONG.finditer(text):
        if is_key(match[0]):
            yield match.span()
    for match in _AWS.finditer(text):
        if _is_mixed(match[0]):
            yield match.span()


def is_key(word: str) -> bool:
    """Tell a key by its make, or by length and a mixture that no word, serial number or name in a program has."""
    if _KNOWN.fullmatch(word):
        return True
    if len(word) < 20 or re.fullmatch(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", word, re.IGNORECASE):  # a UUID names anything
        return False
    longest = max(re.split(r"[-_.=+]", word), key=len)
    if re.fullmatch(r"[0-9a-fA-F]{32,}", longest):
        return longest.isalnum() and not longest.isdigit() and not longest.isalpha()
    return len(longest) >= 16 and "--" not in word and _is_mixed(longest)


def _is_mixed(word: str) -> bool:
    """Tell letters and digits that change places more often than in a name with a number."""
    turns = len(re.findall(r"[A-Za-z](?=\d)|\d(?=[A-Za-z])", word))
    cases = re.search("[a-z]", word) and re.search("[A-Z]", word)
    return turns >= (3 if cases else 4) and sum(map(str.isdigit, word)) >= 2
