"""Raw feedback into plain readable text: encoding mended, invisible characters gone, mail's trimmings cut off.

Text that merely looks dangerous is kept as text. Only formatting tags with harmless attributes are taken out
(``<br>``, ``<p>``, ``<b>…</b>``); ``<script>``, ``<img onerror=…>`` and everything unknown stay, letter for letter,
and are escaped where they are shown. All patterns are bounded, so time grows with length and no faster.
"""

import re
import unicodedata
from functools import lru_cache
from html import unescape

from prodops.privacy.turns import FAREWELL

LIMIT = 20_000
"""Characters of one text that are looked at; the rest is cut off, and counted."""

_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_ANSI = re.compile(r"\x1b(?:\[[0-?]{0,50}[ -/]{0,10}[@-~]|\][^\x07\x1b\n]{0,500}(?:\x07|\x1b\\)|[@-Z\\^_])|\x9b[0-?]{0,50}[ -/]{0,10}[@-~]")
_BREAKS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
    "|(?<![^\x00-\u024f])[\u200c\u200d]+|[\u200c\u200d]+(?![^\x00-\u024f\u200c\u200d])|(?<=[\u200c\u200d])[\u200c\u200d]+"
)
_SURROGATES = re.compile("[\ud800-\udfff]")

_BLOCK = "p|div|br|hr|li|ul|ol|tr|table|tbody|thead|blockquote|h[1-6]|section|article|center|pre"
_INLINE = "b|i|u|s|em|strong|small|big|span|font|sub|sup|td|th|code|mark"
_TAG = re.compile(rf"<(/?)({_BLOCK}|{_INLINE})((?:\s[^<>]{{0,500}})?)/?>", re.IGNORECASE)
_RISKY = re.compile(r"(?:^|[\s\"'/])on\w+\s*=|script:|url\s*\(|position\s*:|srcdoc", re.IGNORECASE)
_ANCHOR = re.compile(
    r"<a\s[^<>]{0,200}?href\s*=\s*[\"']?((?:https?://|mailto:)[^\s\"'<>]{1,1000})[\"']?[^<>]{0,200}>([^<>]{0,500})</a>", re.IGNORECASE
)

_REPLY = re.compile(
    r"^(?:On .{5,160} wrote:|Am .{5,160} schrieb\b.{0,80}:|Le .{5,160} a écrit ?:|El .{5,160} escribió:|Il .{5,160} ha scritto:"
    r"|[-_=]{20,}[ \t]*\n"  # a long rule of its own: what follows is another's answer
    r"|-{2,} ?(?:Original Message|Forwarded message|Ursprüngliche Nachricht|Message d'origine|Mensaje original) ?-{2,}"
    r"|(?:From|Von|De): .{1,200}\n(?:(?:Sent|To|Cc|Date|Subject|Gesendet|An|Datum|Betreff|Envoyé|À|Objet): ?.{0,200}\n?){2,6}).*$",
    re.MULTILINE | re.IGNORECASE,
)
_QUOTED = re.compile(r"^>.*\n?", re.MULTILINE)
_DELIMITER = re.compile(r"\n-- ?\n(?:.{0,200}(?:\n|\Z)){0,12}\Z")
_NAME = r"(?:\[name\]|[^\W\d_a-zà-þ][\w.'’-]{0,30})"
_SIGNATURE = re.compile(
    rf"\n[ \t]*(?i:{FAREWELL})[ \t]*[,.!]?\s*\n[ \t]*"
    rf"(?!(?i:{FAREWELL})\b){_NAME}(?:[ \t]{_NAME}){{0,3}}[ \t]*(?:\n(?![ \t]*(?i:ps|p\.s))[^\n]{{0,80}}){{0,5}}\Z"
)
_FOOTER = re.compile(
    r"^[ \t]*(?:sent (?:from|via) (?:my |mail for |yahoo |outlook |proton)[^\n]{0,60}|get outlook for [^\n]{0,60}"
    r"|von meinem [^\n]{1,40} gesendet[^\n]{0,30}|gesendet (?:von|mit) [^\n]{1,60}|envoyé (?:de|depuis) mon [^\n]{1,60}"
    r"|enviado desde mi [^\n]{1,60}|inviato (?:da|dal) mio [^\n]{1,60}|verzonden vanaf mijn [^\n]{1,60}"
    r"|(?:click here )?to unsubscribe\b[^\n]{0,200}|you (?:are receiving|received) this (?:e-?mail|message)\b[^\n]{0,200}"
    r"|please consider the environment before printing[^\n]{0,100})[ \t]*(?:\n|\Z)",
    re.MULTILINE | re.IGNORECASE,
)
_CONFIDENTIAL = re.compile(
    r"^[ \t]*(?:(?:confidentiality notice|disclaimer)\b[^\n]{0,40}|)(?:this|the information (?:contained )?in this|diese|cet|este) "
    r"(?:e-?mail|message|communication|nachricht|courriel|correo)\b"
    r"[^\n]{0,60}\b(?:is|are|may|contains?|enthält|ist|kann|contient|est|contiene|es)\b[^\n]{0,100}"
    r"(?:confidential|intended (?:only|solely)|privileged|vertraulich|confidentiel|confidencial)[^\n]*(?:\n[^\n]+){0,20}",
    re.MULTILINE | re.IGNORECASE,
)
_PLAIN = re.compile(r"[^\x20-\x7e]|[<&]|  |\A | \Z")


def clean(text: str) -> str:
    """Make one text plain: what a person typed, readable, without markup or a mail's trimmings.

    Cleaning a clean text changes nothing. A text longer than :data:`LIMIT` characters is cut there and ends with ``…``.
    What is left of a text that held only trimmings is an empty string.
    """
    for _ in range(8):  # one step may uncover work for an earlier one: &amp;lt; hides &lt; hides <
        before, text = text, _once(text)
        if text == before:
            break
    return text


def _once(text: str) -> str:
    if len(text) > LIMIT:
        text = text[: LIMIT - 1] + "…"
    if not _PLAIN.search(text) and not text.lower().startswith("sent "):
        return text
    text = _visible(_mend(_ENTITY.sub(lambda m: unescape(m[0]), text) if "&" in text else text))
    if "<" in text:
        text = _untag(text)
    if "\n" in text or text[:5].lower() == "sent ":
        text = _trim_mail(text)
    lines = [" ".join(line.split()) for line in text.split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


@lru_cache(maxsize=1)
def _how_to_mend() -> object:
    from ftfy import TextFixerConfig

    return TextFixerConfig(
        unescape_html=False,
        uncurl_quotes=False,
        remove_terminal_escapes=False,
        remove_control_chars=False,
        fix_line_breaks=False,
        explain=False,
    )


def _mend(text: str) -> str:
    if text.isascii():
        return text
    from ftfy import fix_text

    if _SURROGATES.search(text):
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return unicodedata.normalize("NFC", fix_text(text, _how_to_mend()))


def _visible(text: str) -> str:
    return _INVISIBLE.sub("", _BREAKS.sub("\n", _ANSI.sub("", text)))


def _untag(text: str) -> str:
    lower = text.lower()
    paired = {name for name in _INLINE.split("|") if f"</{name}>" in lower and re.search(rf"<{name}[\s>]", lower)}

    def without(tag: re.Match[str]) -> str:
        name = tag[2].lower()
        if _RISKY.search(tag[3]):
            return tag[0]
        if name in paired:
            return " " if name in ("td", "th") else ""
        return tag[0] if re.fullmatch(_INLINE, name) else "\n"  # a text about <b> keeps its <b>

    return _TAG.sub(without, _ANCHOR.sub(lambda a: a[2] if a[1] in a[2] else f"{a[2]} ({a[1].removeprefix('mailto:')})", text))


def _trim_mail(text: str) -> str:
    reply = _REPLY.search(text)
    if reply and re.search(r"\w", text[: reply.start()]):
        text = text[: reply.start()]
    if len(_QUOTED.findall(text)) > 1:
        text = _QUOTED.sub("", text)
    text = _CONFIDENTIAL.sub("", _FOOTER.sub("", text))
    for ending in (_DELIMITER, *(_SIGNATURE,) * 3):  # signatures stack up in forwarded mail
        kept = ending.sub("", text.rstrip())
        text = kept if re.search(r"\w", kept) else text
    return text
