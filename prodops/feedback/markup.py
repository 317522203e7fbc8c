"""Formatting out of a text, whichever of three tongues it is written in: HTML, Markdown, BBCode. The words stay.

Only what is plainly formatting goes: tags with harmless attributes, marks that stand in pairs around words. What tries to
run (``<script>``, ``onerror=``) and what is unknown stays, letter for letter. All patterns are bounded.
"""

import re

_BLOCK = (
    "p|div|br|hr|li|ul|ol|dl|dt|dd|tr|table|tbody|thead|tfoot|caption|blockquote|h[1-6]|section|article|header|footer|main|figure|address|center|pre"
    "|html|body"
)
_INLINE = (
    "a|b|i|u|s|em|strong|small|big|span|font|sub|sup|td|th|code|mark|del|ins|strike|kbd|samp|tt|var|abbr|cite|q|label|bdi|bdo|nobr|o:p"
)
_CELLS = ("td", "th")
_TAG = re.compile(rf"<(/?)({_BLOCK}|{_INLINE}|img|wbr)((?:\s[^<>]{{0,500}})?)/?>", re.IGNORECASE)
_RISKY = re.compile(r"(?:^|[\s\"'/])on\w+\s*=|script:|url\s*\(|position\s*:|srcdoc", re.IGNORECASE)
_ANCHOR = re.compile(
    r"<a\s[^<>]{0,200}?href\s*=\s*[\"']?((?:https?://|mailto:)[^\s\"'<>]{1,1000})[\"']?[^<>]{0,200}>([^<>]{0,500})</a>", re.IGNORECASE
)
_HIDDEN = re.compile(r"<!--[^<>]*-->|<!doctype\s[^<>]{0,300}>|<style(?:\s[^<>]{0,200})?>[^<>]*</style>", re.IGNORECASE)
_QUOTE = re.compile(r"<(?P<html>/?)blockquote(?:\s[^<>]{0,500})?>|\[(?P<bb>/?)quote(?:=[^\[\]\n]{0,200})?\]", re.IGNORECASE)

_BB = "b|i|u|s|url|email|img|size|color|font|center|left|right|code|quote|spoiler|list|li|table|tr|td|th|sub|sup|h[1-6]"
_BB_TAG = re.compile(rf"\[(/?)({_BB}|\*)(?:=[^\[\]\n]{{0,200}})?\]", re.IGNORECASE)
_BB_LINK = re.compile(r"\[url=[\"']?(https?://[^\s\"'\[\]]{1,1000})[\"']?\]([^\[\]]{0,500})\[/url\]", re.IGNORECASE)
_BB_BLOCK = ("list", "li", "tr", "table", "center", "code", "quote")

_MD_LINK = re.compile(r"(!?)\[([^\[\]\n]{0,300})\]\(((?:https?://|mailto:)[^\s()<>]{1,1000})(?:[ \t]+\"[^\"\n]{0,100}\")?\)")
_MD_BARE_LINK = re.compile(r"<((?:https?://|mailto:)[^\s<>]{1,1000})>")
_MD_LINE = re.compile(
    r"^[ \t]{0,3}(?:(?:#{1,6}[ \t]+)+(?=\S)(?!of\b)|(?:`{3,}|~{3,})[^\n`]{0,40}$|(?:-{3,19}|={3,19}|\*{3}|_{3})[ \t]*$)", re.MULTILINE
)
_MD_MARKS = "*_~`"
_MD_PAIR = re.compile(
    rf"(?<![\w@#./\\{_MD_MARKS}])([{_MD_MARKS}]{{1,40}})(?=\S)([^{_MD_MARKS}\n]{{1,500}})(?<=\S)([{_MD_MARKS}]{{1,40}})(?![\w{_MD_MARKS}]|[./\\]\w)"
)


def plain(text: str) -> str:
    """Take formatting out of one text; a quotation of another is taken out whole, where anything stands beside it."""
    if "<" in text or "[" in text:
        text = _own_words(text)
    if "<" in text:
        text = _without_html(text)
    if "[" in text:
        text = _without_bbcode(text)
    return _without_markdown(text)


def _own_words(text: str) -> str:
    """Leave out what is quoted, however deep; a text that is nothing but a quotation, or whose quotations do not close, stays."""
    depth, at, own = 0, 0, []
    for tag in _QUOTE.finditer(text):
        if depth == 0:
            own.append(text[at : tag.start()])
        depth += -1 if "/" in (tag["html"], tag["bb"]) else 1
        at = tag.end()
        if depth < 0:
            return text
    kept = "\n".join([*own, text[at:]])
    return kept if depth == 0 and re.search(r"\w", kept) else text


def _without_html(text: str) -> str:
    text = _MD_BARE_LINK.sub(r"\1", _HIDDEN.sub(" ", text))
    text = _ANCHOR.sub(lambda a: _named_link(a[2], a[1]), text)
    lower = text.lower()
    paired = {name for name in _INLINE.split("|") if f"</{name}>" in lower and re.search(rf"<{name}[\s>]", lower)}

    def without(tag: re.Match[str]) -> str:
        name = tag[2].lower()
        if _RISKY.search(tag[3]):
            return tag[0]
        if name in ("img", "wbr"):
            return " " if name == "img" else ""
        if name in paired:
            return " " if name in _CELLS else ""
        return tag[0] if re.fullmatch(_INLINE, name) else "\n"  # a text about <b> keeps its <b>

    return _TAG.sub(without, text)


def _without_bbcode(text: str) -> str:
    text = _BB_LINK.sub(lambda a: _named_link(a[2], a[1]), text)
    lower = text.lower()
    paired = {tag[2].lower() for tag in _BB_TAG.finditer(text) if tag[1] and re.search(rf"\[{re.escape(tag[2].lower())}[\]=]", lower)}
    if not paired:
        return text
    if "list" in paired:
        paired.add("*")

    def without(tag: re.Match[str]) -> str:
        name = tag[2].lower()
        if name not in paired:
            return tag[0]
        return "\n- " if name == "*" else "\n" if name in _BB_BLOCK else " " if name in (*_CELLS, "img") else ""

    return _BB_TAG.sub(without, text)


def _without_markdown(text: str) -> str:
    if "](" in text:
        text = _MD_LINK.sub(lambda a: a[2] if a[1] else _named_link(a[2], a[3]), text)
    if "#" in text or "\n" in text:
        text = _MD_LINE.sub("", text)
    return _MD_PAIR.sub(_unpaired, text)


def _unpaired(pair: re.Match[str]) -> str:
    """Take away as much of the marks before as is mirrored after: ``**_so_**`` is ``so``, ``~*so*`` is ``~so``."""
    before, words, after = pair[1], pair[2], pair[3]
    same = 0
    while same < min(len(before), len(after)) and before[-1 - same] == after[same]:
        same += 1
    if before[len(before) - same :] == "~" or not re.search(r"\w", words):  # ~5 minutes~ and (*^^*) are no formatting
        return pair[0]
    return before[: len(before) - same] + words + after[same:]


def _named_link(words: str, address: str) -> str:
    return words if address in words else f"{words} ({address.removeprefix('mailto:')})".lstrip()
