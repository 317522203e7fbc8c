"""Words for charts and tables: text from data made harmless and short, and the units of axes."""

import re
import unicodedata

from prodops.stamps import NARROW, SYMBOLS, between, in_words

# Controls, lone surrogates, non-characters, and the marks that reorder the text around them (not the joiners of emoji and scripts).
_UNSAFE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb\ud800-\udfff\ufffe\uffff]"
)
_SPACES = re.compile("[^\\S\u00a0\u202f]+")  # a space that may not break a line stays
_ESCAPES = re.compile("\x1b\\[[0-?]*[ -/]*[@-~]")
_THIN, _WIDE = set("fijltrI.,:;'|!()[]/ -\u00a0"), set("mwMW@%—…")
_NAMED = {"days", "hours", "nps", "rating", "ratio"}
_ACRONYMS = {"arr", "ces", "csat", "dau", "kpi", "mau", "mrr", "nps", "pmf", "wau"}
MISSING = "not given"


def clean(value: object, *, lines: bool = False) -> str:
    """Make text of any value: no control characters, terminal colours or reordering marks, spaces folded; missing is empty.

    Line breaks become spaces unless ``lines``; then at most one empty line stays between two others.
    """
    if is_missing(value):
        return ""
    text = _UNSAFE.sub("", _ESCAPES.sub("", str(value).replace("\r\n", "\n").replace("\r", "\n")))
    if not lines:
        return _SPACES.sub(" ", text).strip()
    return re.sub(r"\n{3,}", "\n\n", "\n".join(_SPACES.sub(" ", line).strip() for line in text.split("\n"))).strip()


def is_missing(value: object) -> bool:
    """Say whether a value stands for nothing: ``None``, NaN, NaT or pandas' NA."""
    return value is None or (isinstance(value, float) and value != value) or type(value).__name__ in ("NAType", "NaTType")


def pixels(text: str, size: float = 12) -> float:
    """Estimate how wide a text is drawn, in pixels; on the wide side rather than the narrow."""
    return sum(map(_em, text)) * size


def _em(character: str) -> float:
    if character in _THIN:
        return 0.32
    if unicodedata.combining(character):
        return 0
    if character in _WIDE or unicodedata.east_asian_width(character) in "WF":
        return 1.0
    return 0.7 if character.isupper() else 0.56


def cut(text: str, width: float, size: float = 12) -> str:
    """Shorten a text to ``width`` pixels, at a word's end where one is near, and mark the cut with an ellipsis."""
    if pixels(text, size) <= width:
        return text
    used, end = pixels("…", size), 0
    for end, character in enumerate(text):  # noqa: B007 - the first character that no longer fits
        used += _em(character) * size
        if used > width:
            break
    kept = text[:end]
    space = kept.rfind(" ")
    return kept[: space if space > 0.7 * end else end].rstrip(" ,;:·-") + "…"


def wrap(text: str, width: float, size: float = 12, *, lines: int = 4, even: bool = False) -> list[str]:
    """Break a text into at most ``lines`` lines of ``width`` pixels, about as long as each other where ``even``.

    What is left over is cut from the last line.
    """
    broken = _wrap(text, width, size, lines)
    while (
        even
        and len(broken) > 1
        and (narrower := _wrap(text, width := width - 8, size, lines))[-1][-1:] != "…"
        and len(narrower) == len(broken)
    ):
        broken = narrower
    return broken


def _wrap(text: str, width: float, size: float, lines: int) -> list[str]:
    broken, words = [""], text.split(" ")
    for at, word in enumerate(words):
        candidate = f"{broken[-1]} {word}".lstrip(" ")
        if pixels(candidate, size) <= width or not broken[-1]:
            broken[-1] = candidate
        elif len(broken) == lines:
            broken[-1] = " ".join([broken[-1], *words[at:]])
            break
        else:
            broken.append(word)
    return [cut(line, width, size) for line in broken]


def isolate(text: str) -> str:
    """Keep right-to-left text from reordering the number beside it."""
    return f"\u2068{text}\u2069" if any(unicodedata.bidirectional(c) in ("R", "AL") for c in text) else text


def heading(column: str) -> str:
    """Turn a column's name into a heading: ``cycle_days`` is ``Cycle``, its unit said by :func:`unit_words`."""
    text = clean(re.sub(r"_(eur|usd|gbp|jpy|chf|inr|days|hours|share|pts)$", "", column)).replace("_", " ").strip()
    text = " ".join(word.upper() if word in _ACRONYMS else word for word in text.split(" "))
    return text[:1].upper() + text[1:] if text else clean(column)


def unit_words(unit: str, *, short: bool = False) -> str:
    """Say a unit as an axis title or (``short``) a table's head does: ``%``, ``€``, ``days``; nothing for a bare number."""
    known = {
        "count": "",
        "rating": "",
        "ratio": "",
        "share": "%",
        "points": "pts" if short else "percentage points",
        "nps": "points",
        "per_1000": "per 1,000",
    }
    return SYMBOLS.get(unit, known.get(unit, clean(unit)))


def scale_of(unit: str) -> float:
    """Give what a value is multiplied by to be shown: fractions are drawn in percent."""
    return 100.0 if unit in ("share", "points") else 1.0


def unit_of(column: str) -> str:
    """Read a unit from a column's name: ``share`` and ``…_share`` are fractions, ``mrr_eur`` is money, ``cycle_days`` days; else a count."""
    last = column.lower().rpartition("_")[2]
    if last.upper() in SYMBOLS:
        return last.upper()
    return {"share": "share", "rate": "share", "pts": "points", "points": "points"}.get(last, last if last in _NAMED else "count")


def is_money(unit: str) -> bool:
    """Say whether a unit is an ISO currency code."""
    return bool(re.fullmatch("[A-Z]{3}", unit))


def axis_labels(unit: str, largest: float) -> str:
    """Give the Vega expression that writes an axis' numbers in a unit, as short as its largest number allows.

    The expression is made of constants only: a unit that is not known adds nothing to it.
    """
    divisor, suffix = next(((d, NARROW + s) for d, s in ((1e9, "bn"), (1e6, "M"), (1e4, "k")) if largest >= d), (1.0, ""))
    divisor = 1e3 if suffix.endswith("k") else divisor
    prefix = SYMBOLS.get(unit, unit) + NARROW if is_money(unit) else ""
    after = f"{NARROW}%" if unit == "share" else ""
    number = f"format(abs(datum.value) / {divisor:.0f}, ',.6~r')"
    return f"(datum.value < 0 ? '−' : '') + '{prefix}' + {number} + (datum.value == 0 ? '' : '{suffix}') + '{after}'"


def are_whole(unit: str, values: list[float]) -> bool:
    """Say whether these are counts of things, which have no ticks between whole numbers."""
    return scale_of(unit) == 1 and not is_money(unit) and all(value == int(value) for value in values)


def say(value: float, unit: str) -> str:
    """Say a value in its unit; differences of shares carry their sign."""
    return in_words(value, unit, signed=unit == "points")


def range_words(low: float, high: float, unit: str) -> str:
    """Say a range as ``41 % to 47 %``; nothing where an end is missing."""
    return "" if is_missing(low) or is_missing(high) else between(say(low, unit), say(high, unit))
