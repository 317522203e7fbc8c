"""How a customer feels, from the words alone: a light, offline score for English, and a check of it against ratings.

Words carry weights (:mod:`moodwords`); a negation turns round what follows, an intensifier changes its weight, and what comes
after "but" counts more (the rules of Hutto & Gilbert 2014, "VADER", on a list of our own). Irony, comparisons and quoted speech
are beyond it. Nothing is scored in a language it does not know.
"""

import math
import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

from prodops.feedback import moodwords
from prodops.feedback.languages import language
from prodops.stamps import Definition, in_words

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

KNOWN = ("English",)
"""Languages that are scored, by name; a table's ``en`` or ``en-GB`` is one of them."""
LEAST_RATED, LEAST_AGREEMENT = 100, 0.35
"""Rated texts that a check takes, and the rank correlation with ratings under which the score is not to be shown."""
_TOKEN = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*|[.,;:!?\n]")
_REACH, _TURNED, _MISSED, _BEFORE_TURN, _AFTER_TURN, _EXCLAIMED, _FLAT = 3, -0.75, -1.5, 0.5, 1.5, 1.1, 4.0
_CHARACTERS, _CHECKED = 5_000, 20_000


def sentiment(texts: Iterable[str], languages: Iterable[str | None] | None = None) -> "Floats":
    """Score each text from −1 (bad) to 1 (good); missing where its language is not known or no word in it is felt.

    ``languages`` gives a name or code for each text ("English", "en", "en-GB"; empty: told from the text).
    """
    import numpy as np

    texts = [text if isinstance(text, str) else "" for text in texts]
    given = [None] * len(texts) if languages is None else list(languages)
    return np.array([_score(text[:_CHARACTERS]) if _is_known(text, name) else math.nan for text, name in zip(texts, given, strict=True)])


def _is_known(text: str, name: object) -> bool:
    said = name if isinstance(name, str) and name else language(text)
    return said in ("", *KNOWN) or said.lower().split("-")[0].split("_")[0] in ("en", "eng")


@lru_cache(maxsize=1)
def _weights() -> tuple[dict[str, float], tuple[tuple[str, float], ...]]:
    """Give the weights of whole words, and those of beginnings, longest first."""
    whole: dict[str, float] = {}
    for sign, lists in ((1.0, moodwords.GOOD), (-1.0, moodwords.BAD)):
        for weight, words in sorted(lists.items()):
            whole |= dict.fromkeys(words.split(), sign * weight)
    begun = {word[:-1]: weight for word, weight in whole.items() if word.endswith("*")}
    return {word: weight for word, weight in whole.items() if not word.endswith("*")}, tuple(
        sorted(begun.items(), key=lambda item: -len(item[0]))
    )


@lru_cache(maxsize=100_000)
def weight(word: str) -> float:
    """Give the weight of one word, 0 where it is not felt."""
    whole, begun = _weights()
    if word in whole:
        return whole[word]
    return next((value for start, value in begun if word.startswith(start)), 0.0)


NEGATIONS, NEEDED, TURNS = (frozenset(words.split()) for words in (moodwords.NEGATIONS, moodwords.NEEDED, moodwords.TURNS))
_STRONGER = {word: factor for factor, words in moodwords.STRONGER.items() for word in words.split()}


def _score(text: str) -> float:
    felt = _felt(_TOKEN.findall(text.lower().replace("’", "'")))
    return math.nan if not felt else (total := sum(felt)) / math.sqrt(total * total + _FLAT * len(felt))


def _felt(tokens: Sequence[str]) -> list[float]:
    """Weigh each word that is felt, in order."""
    felt: list[float] = []
    begun, negated, factor, side = 0, 0, 1.0, 1.0  # where the sentence begins; what stands before the word
    for token in tokens:
        if token in TURNS or not token[0].isalnum():
            if token in TURNS:
                felt[begun:], side = [value * _BEFORE_TURN for value in felt[begun:]], _AFTER_TURN
            elif token == "!" and felt:
                felt[-1] *= _EXCLAIMED
            if token in ".!?\n":
                begun, side = len(felt), 1.0
            negated, factor = 0, 1.0
            continue
        value = _MISSED if negated and token in NEEDED else weight(token) * (_TURNED if negated and token not in NEGATIONS else 1.0)
        if value:
            felt.append(value * factor * side)
        negated = _REACH if token in NEGATIONS else max(negated - 1, 0)
        factor = _STRONGER.get(token, 1.0)
    return felt


class Agreement(NamedTuple):
    """What ratings say of the score: rank correlation with its interval, and where it fails."""

    rated: int
    scored: int
    correlation: float
    lower: float
    upper: float
    weak: tuple[tuple[str, float, int], ...]

    @property
    def checked(self) -> bool:
        """Say whether there were ratings enough to check the score."""
        return self.scored >= LEAST_RATED

    @property
    def usable(self) -> bool:
        """Say whether the score may be shown: wherever it was checked, it agrees with ratings well enough."""
        return not self.checked or self.lower >= LEAST_AGREEMENT


def check(frame: "pd.DataFrame") -> Agreement:
    """Compare the score with the ratings of the same rows (Spearman; interval by Bonett & Wright 2000), in all and by kind of text.

    ``frame`` holds ``text`` and ``rating`` (``language`` if known, ``sentiment`` if scored already). ``weak`` names the lengths, channels
    and languages of at least 100 rated texts in which the correlation is lower than what is asked for, with it and the number of texts.
    """
    import pandas as pd

    if "rating" not in frame:
        return Agreement(0, 0, math.nan, math.nan, math.nan, ())
    rated = frame[pd.to_numeric(frame["rating"]).notna()]
    rated = rated.iloc[:: max(1, -(-len(rated) // _CHECKED))]
    scores = rated["sentiment"] if "sentiment" in rated else sentiment(rated["text"], rated.get("language"))
    both = rated.assign(score=scores, rating=pd.to_numeric(rated["rating"]))
    both = both[both["score"].notna()]
    length = pd.cut(
        both["text"].str.split().str.len(), [0, 5, 20, 60, 10**6], labels=["under 6 words", "6–20 words", "21–60 words", "over 60 words"]
    )
    kinds = [both.groupby(length, observed=True), *(both.groupby(column) for column in ("channel", "language") if column in both)]
    parts = [(str(name), _spearman(part)[0], len(part)) for kind in kinds for name, part in kind if len(part) >= LEAST_RATED]
    weak = tuple((name, value, n) for name, value, n in parts if not value >= LEAST_AGREEMENT)
    return Agreement(len(rated), len(both), *_spearman(both), weak)


def _spearman(both: "pd.DataFrame") -> tuple[float, float, float]:
    """Rank correlation and its 95 % interval; missing where all are alike or there are fewer than four."""
    if len(both) < 4 or both["score"].nunique() < 2 or both["rating"].nunique() < 2:
        return math.nan, math.nan, math.nan
    r = float(both["score"].rank().corr(both["rating"].rank()))
    half = 1.959964 * math.sqrt((1 + r * r / 2) / (len(both) - 3))
    middle = math.atanh(max(-0.999999, min(0.999999, r)))
    return r, math.tanh(middle - half), math.tanh(middle + half)


def definition(agreement: Agreement) -> Definition:
    """Say what the score is, how far it agrees with ratings here, and where it fails, as a stamp for the fine print."""
    if not agreement.checked:
        found = f"Not checked here: that takes {LEAST_RATED} rated texts that can be scored, and there are {agreement.scored:,}."
    else:
        found = (
            f"Against {agreement.scored:,} ratings here, rank correlation {agreement.correlation:.2f} (95 % {agreement.lower:.2f} to {agreement.upper:.2f})"
            f"{'' if agreement.usable else f': under the {LEAST_AGREEMENT} asked for, so it is not shown'}; "
            f"{in_words(1 - agreement.scored / max(agreement.rated, 1), 'share')} of rated texts could not be scored."
        )
        weak = ", ".join(f"{name} ({'none' if math.isnan(value) else f'{value:.2f}'}, {n:,} texts)" for name, value, n in agreement.weak)
        found += f" It fails in: {weak}." if weak else ""
    text = (
        "How a text feels, −1 to 1, from a list of English words with negations and intensifiers; no model. Other languages are not scored; "
        f"irony and comparisons are not understood. {found}"
    )
    return Definition(name="Sentiment", text=text, version=sha256(text.encode()).hexdigest()[:8])
