"""Quotes that stand for a theme: verbatim, redacted, by different people, traceable to their rows."""

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from prodops.feedback.words import NOISE, content, surface

if TYPE_CHECKING:
    from datetime import datetime

    import pandas as pd

SHORT, LONG = 40, 280
"""Characters that make a readable quote; of a longer text the sentences that tell most are quoted."""
_SENTENCE_END = re.compile(r"(?<![.!?…])[.!?…]+[\"'”’»)]{0,2}(?=\s|$)")
_BREAK = re.compile(r"(?<=[^\W_])\s*\n\s*\n\s*(?=[^\W_])")
"""A blank line behind a word, as below a title: a dash stands for it where a quote is written in one line."""
_COLUMNS = ("id", "statement", "created_at", "channel", "segment", "product", "rating", "text")
_ALIKE = 0.5
"""Share of words in common (Jaccard) above which two texts say the same."""
_UNLIKE, _APART, _TOLD = 1.0, 0.35, 0.5
"""What a quote loses by sharing all words with one taken, by being of the same third of the time, and wins by holding the theme's words."""
_MOST, _OTHERS, _WORDS = 300, 600, 20


class _Candidate(NamedTuple):
    label: object
    score: float
    person: str
    third: int
    words: frozenset[str]


def quotes(frame: "pd.DataFrame", theme: str, *, n: int = 3, since: "datetime | None" = None, column: str = "theme") -> "pd.DataFrame":
    """Pick up to ``n`` quotes of a theme: ``id, created_at, channel, segment, text``, and statement, product and rating where there are such.

    ``frame`` is what ``Themes.attach`` returned for prepared feedback or its statements. Taken one after another are texts near the
    theme's centre, of readable length and with the words that tell the theme from the rest, which share few words with those taken and
    come from another third of the time (maximal marginal relevance, Carbonell & Goldstein 1998); one per person (``user_id``, else
    ``account_id``, else the row), none that says the same as one before it. ``text`` is the row's own; of a long one, its most telling
    whole sentences, ``…`` where something is left out. Missing ``channel`` or ``segment`` are empty. ``since`` keeps rows from that time
    on. ``column`` is ``subtheme`` to quote a sub-theme.
    """
    spoken = frame[frame["id"] == frame["voice"]] if "voice" in frame else frame
    pool = spoken[(spoken[column] == theme) & (spoken["text"].str.len() > 0)]
    if since is not None:
        pool = pool[pool["created_at"] >= since]
    telling = _telling(pool, spoken[spoken[column] != theme])
    picked = _pick(_candidates(pool, telling), n)
    shown = pool.loc[picked, [name for name in _COLUMNS if name in pool]].assign(
        text=lambda rows: [shorten_quote(text, telling) for text in rows["text"]]
    )
    for place, name in enumerate(("channel", "segment"), list(shown).index("created_at") + 1):
        if name not in shown:
            shown.insert(place, name, "")
        shown[name] = shown[name].astype("str").fillna("")
    return shown.reset_index(drop=True)


def _telling(pool: "pd.DataFrame", others: "pd.DataFrame") -> dict[str, float]:
    """Weigh the words that more of the theme's texts hold than of others, heaviest first; the weights sum to 1."""
    inside, n = _holding(_central(pool).head(_MOST)["text"])
    outside, m = _holding(others["text"].iloc[:: max(len(others) // _OTHERS, 1)])
    weights = {
        word: count / n * math.log(count / n / (outside[word] / max(m, 1) + 0.01))
        for word, count in inside.items()
        if count >= min(3, n) and count / n > outside[word] / max(m, 1) + 0.01
    }
    top = sorted(weights, key=lambda word: (-weights[word], word))[:_WORDS]
    total = sum(weights[word] for word in top)
    return {word: weights[word] / total for word in top}


def _holding(texts: Iterable[str]) -> tuple[Counter[str], int]:
    """Count how many of the texts hold each word, and the texts."""
    said = [set(content(text[:1000])) for text in texts]
    return Counter(word for words in said for word in words), len(said)


def _central(pool: "pd.DataFrame") -> "pd.DataFrame":
    """Order rows from the theme's centre outwards; the latest first where nothing is known of it."""
    by = ["fit", "created_at", "id"] if "fit" in pool else ["created_at", "id"]
    return pool.sort_values(by, ascending=[*[False] * (len(by) - 1), True], kind="stable")


def _candidates(pool: "pd.DataFrame", telling: Mapping[str, float]) -> list[_Candidate]:
    """Look at the rows nearest the centre, and at those of readable length before any others."""
    readable = pool["text"].str.len().between(SHORT, 2 * LONG)
    central = _central(pool).assign(_readable=readable).sort_values("_readable", ascending=False, kind="stable").head(_MOST)
    who = next((central[name].astype("str") for name in ("user_id", "account_id") if name in central), central["id"])
    people = who.where(who.notna(), central["id"])
    near = central["fit"].rank(pct=True) if "fit" in central else 1 - central["text"].str.len() * 0.0
    thirds = (central["created_at"].rank(pct=True, method="average") * 3).clip(upper=2.99).astype(int)
    rows = zip(central.index, central["text"], people, near, thirds, strict=True)
    return [_Candidate(label, fit + _worth(text, telling), person, third, _words(text)) for label, text, person, fit, third in rows]


def _worth(text: str, telling: Mapping[str, float]) -> float:
    """Say how well a text reads, and how much of what tells the theme it holds."""
    size = len(text)
    reads = 1.0 if SHORT <= size <= LONG else 0.6 if size > LONG else size / SHORT / 2
    shouts = sum(c.isupper() for c in text) > 0.5 * max(sum(c.isalpha() for c in text), 1)
    marks = len(NOISE.findall(text))
    told = sum(telling.get(word, 0.0) for word in set(content(text[:LONG])))
    return reads - 0.3 * shouts - 0.1 * min(marks, 3) + _TOLD * min(2 * told, 1.0)


def _words(text: str) -> frozenset[str]:
    return frozenset(content(text)) or frozenset(surface(text)) or frozenset([text])


def _pick(candidates: list[_Candidate], n: int) -> list[object]:
    """Take the best, then again and again the one that is best beside those taken."""
    taken: list[_Candidate] = []
    while len(taken) < n:
        left = [each for each in candidates if all(each.person != one.person and _alike(each, one) <= _ALIKE for one in taken)]
        if not left:
            break
        taken.append(max(left, key=lambda each: round(each.score - _loss(each, taken), 6)))  # of equals the most central
    return [each.label for each in taken]


def _loss(each: _Candidate, taken: list[_Candidate]) -> float:
    return max((_UNLIKE * _alike(each, one) for one in taken), default=0) + _APART * any(each.third == one.third for one in taken)


def _alike(one: _Candidate, other: _Candidate) -> float:
    return len(one.words & other.words) / len(one.words | other.words)


def shorten_quote(text: str, telling: Mapping[str, float] | None = None, limit: int = LONG) -> str:
    """Quote at most ``limit`` characters: whole sentences in a row, those with the most ``telling`` words; ``…`` marks what is left out.

    A blank line that no full stop ends becomes a dash. Where the first sentence alone is too long it is cut after a word.
    """
    text = " ".join(_BREAK.sub(" – ", text.strip()).split())
    if len(text) <= limit:
        return text
    ends = [0, *(end.end() for end in _SENTENCE_END.finditer(text)), len(text)]
    room = limit - 4
    runs = [(start, max((end for end in ends if start < end <= start + room), default=start)) for start in ends]
    whole = [(start, end) for start, end in runs if end - start >= SHORT]
    if not whole:
        head = text[: limit - 2]
        return (head[: head.rfind(" ", SHORT)] if " " in head[SHORT:] else head) + "…"
    told = {run: round(sum((telling or {}).get(word, 0.0) for word in set(content(text[run[0] : run[1]]))), 6) for run in whole}
    start, end = max(whole, key=lambda run: (told[run], run[0] if told[run] else -run[0]))  # of equals the one that begins with it
    return ("… " if start else "") + text[start:end].strip() + (" …" if end < len(text) else "")
