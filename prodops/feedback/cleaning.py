"""Raw feedback into plain readable text: encoding mended, invisible characters gone, mail's trimmings cut off.

Text that merely looks dangerous is kept as text: only plain formatting is taken out (``<b>…</b>``, ``**…**``, ``[b]…[/b]``);
``<script>``, ``<img onerror=…>`` and everything unknown stay, letter for letter, and are escaped where they are shown. Links and
handles stay too: redaction masks what is private in them, and they are no words. All patterns are bounded, so time grows
with length and no faster.
"""

import re
import unicodedata
from functools import lru_cache
from html import unescape

from prodops.feedback import mail, markup

LIMIT = 20_000
"""Characters of one text that are looked at; the rest is cut off, and counted."""

_ENTITY = re.compile(r"&(?:(?:amp|AMP|#38|#[xX]26);)*(#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_ANSI = re.compile(r"\x1b(?:\[[0-?]{0,50}[ -/]{0,10}[@-~]|\][^\x07\x1b\n]{0,500}(?:\x07|\x1b\\)|[@-Z\\^_])|\x9b[0-?]{0,50}[ -/]{0,10}[@-~]")
_BREAKS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
    "|(?<![^\x00-\u024f])[\u200c\u200d]+|[\u200c\u200d]+(?![^\x00-\u024f\u200c\u200d])|(?<=[\u200c\u200d])[\u200c\u200d]+"
)
_SURROGATES = re.compile("[\ud800-\udfff]")

_STACKED = re.compile("[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]{3,}")
_STRUCK = re.compile("[\u0334-\u0338]")
_SUSPECT = re.compile("[^\t-\r\x20-\x7e‘’“”–—…€\u200d\u2600-\u27bf\u3000-\u30ff\u4e00-\u9fff\uac00-\ud7a3\ufe0f\U0001f000-\U0001faff]")
_STYLED = re.compile("[\U0001d400-\U0001d7ff]+")
_PLAIN = re.compile(r"[^\x20-\x7e]|[<&*_~`\[]|# |  |\A | \Z")
_MARKS = re.compile(r"[<>&*_~`#|\[\]\\-]+")
_PASSES = 16


def clean(text: str) -> str:
    """Make one text plain: what a person typed, readable, without markup or a mail's trimmings.

    Cleaning a clean text changes nothing. A text longer than :data:`LIMIT` characters is cut there and ends with ``…``.
    What is left of a text that held only trimmings is an empty string.
    """
    for _ in range(_PASSES):  # one step may uncover work for an earlier one: &amp;lt; hides &lt; hides <
        before, text = text, _once(text)
        if text == before:
            return text
    return _once(_MARKS.sub(" ", text))  # nested to no end: such marks hold no meaning


def _once(text: str) -> str:
    if len(text) > LIMIT:
        text = text[: LIMIT - 1] + "…"
    if not _PLAIN.search(text) and not text.lower().startswith("sent "):
        return text
    text = _visible(_mend(_ENTITY.sub(lambda m: unescape(f"&{m[1]};"), text) if "&" in text else text))
    text = markup.plain(text)
    if "\n" in text or text[:5].lower() == "sent ":
        text = mail.trim(text)
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
    if not _SUSPECT.search(text):  # plain typography, emoji, Chinese, Japanese, Korean: nothing there is ever broken
        return unicodedata.normalize("NFC", text)
    from ftfy import fix_text

    if _SURROGATES.search(text):
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    text = _STYLED.sub(lambda m: unicodedata.normalize("NFKC", m[0]), text)
    return _STRUCK.sub("", unicodedata.normalize("NFC", fix_text(_STACKED.sub("", text), _how_to_mend())))


def _visible(text: str) -> str:
    return _INVISIBLE.sub("", _BREAKS.sub("\n", _ANSI.sub("", text)))
