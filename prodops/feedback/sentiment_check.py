"""How far the sentiment score can be trusted here: compared with the ratings of the same texts, in all and where it fails."""

import math
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

from prodops.feedback.sentiment import NEGATIONS, sentiment
from prodops.stamps import Definition, in_words, range95

if TYPE_CHECKING:
    import pandas as pd

LEAST_RATED, LEAST_AGREEMENT = 100, 0.35
"""Rated texts that a check takes, and the rank correlation with ratings under which the score is not to be shown."""
_CHECKED = 20_000
_LENGTHS = ["under 6 words", "6–20 words", "21–60 words", "over 60 words"]


class Agreement(NamedTuple):
    """What ratings say of the score: rank correlation with its interval, how well it tells good from bad, and where it fails."""

    rated: int
    scored: int
    correlation: float
    lower: float
    upper: float
    told_apart: float
    """How often, of a text rated in the upper third of the scale and one in the lower, the better rated scores higher (0.5: by chance)."""
    fooled: float
    """Share of the texts rated in the lower third that sound good to it: irony, and thanks for nothing."""
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

    ``frame`` holds ``text`` and ``rating`` (``language`` if known, ``sentiment`` if scored already). ``weak`` names the lengths, channels,
    languages and turns of speech of at least 100 rated texts in which the correlation is lower than what is asked for, with it and the number of texts.
    """
    import pandas as pd

    if "rating" not in frame:
        return Agreement(0, 0, math.nan, math.nan, math.nan, math.nan, math.nan, ())
    rated = frame[pd.to_numeric(frame["rating"]).notna()]
    rated = rated.iloc[:: max(1, -(-len(rated) // _CHECKED))]
    scores = rated["sentiment"] if "sentiment" in rated else sentiment(rated["text"], rated.get("language"))
    both = rated.assign(score=scores, rating=pd.to_numeric(rated["rating"]))
    both = both[both["score"].notna()].reset_index(drop=True)
    words = pd.cut(both["text"].str.split().str.len(), [0, 5, 20, 60, 10**6], labels=_LENGTHS)
    negated = (
        both["text"].str.contains(rf"\b(?:{'|'.join(sorted(NEGATIONS))})\b", case=False).map({True: "texts with a negation", False: ""})
    )
    kinds = [both.groupby(words, observed=True), *(both.groupby(column) for column in ("channel", "language") if column in both)]
    kinds.append(both[negated != ""].groupby(negated))
    parts = [(str(name), _spearman(part)[0], len(part)) for kind in kinds for name, part in kind if len(part) >= LEAST_RATED]
    weak = tuple((name, value, n) for name, value, n in parts if not value >= LEAST_AGREEMENT)
    return Agreement(len(rated), len(both), *_spearman(both), *_good_and_bad(both), weak)


def _spearman(both: "pd.DataFrame") -> tuple[float, float, float]:
    """Rank correlation and its 95 % interval; missing where all are alike or there are fewer than four."""
    if len(both) < 4 or both["score"].nunique() < 2 or both["rating"].nunique() < 2:
        return math.nan, math.nan, math.nan
    r = float(both["score"].rank().corr(both["rating"].rank()))
    half = 1.959964 * math.sqrt((1 + r * r / 2) / (len(both) - 3))
    middle = math.atanh(max(-0.999999, min(0.999999, r)))
    return r, math.tanh(middle - half), math.tanh(middle + half)


def _good_and_bad(both: "pd.DataFrame") -> tuple[float, float]:
    """Say how often the score tells a good text from a bad one (Mann & Whitney 1947), and how many bad ones it takes for good."""
    low, high = both["rating"].min(), both["rating"].max()
    good, bad = both["rating"] > low + (high - low) * 2 / 3, both["rating"] < low + (high - low) / 3
    if not good.any() or not bad.any():
        return math.nan, math.nan
    ranks, n = both["score"][good | bad].rank(), int(good.sum())
    told_apart = (float(ranks[good].sum()) - n * (n + 1) / 2) / (n * int(bad.sum()))
    return told_apart, float((both["score"][bad] > 0).mean())


def definition(agreement: Agreement) -> Definition:
    """Say what the score is, how far it agrees with ratings here, and where it fails, as a stamp for the fine print."""
    if not agreement.checked:
        found = f"Not checked here: that takes {LEAST_RATED} rated texts that can be scored, and there are {agreement.scored:,}."
    else:
        found = (
            f"Against {agreement.scored:,} ratings here, rank correlation {agreement.correlation:.2f} ({range95(f'{agreement.lower:.2f}', f'{agreement.upper:.2f}')})"
            f"{'' if agreement.usable else f': under the {LEAST_AGREEMENT} asked for, so it is not shown'}; "
            f"{in_words(1 - agreement.scored / max(agreement.rated, 1), 'share')} of rated texts could not be scored."
        )
        if not math.isnan(agreement.told_apart):
            found += (
                f" Of a well and a badly rated text it scores the better one higher in {in_words(agreement.told_apart, 'share')}; "
                f"{in_words(agreement.fooled, 'share')} of badly rated texts sound good to it."
            )
        weak = ", ".join(f"{name} ({'none' if math.isnan(value) else f'{value:.2f}'}, {n:,} texts)" for name, value, n in agreement.weak)
        found += f" It fails in: {weak}." if weak else ""
    text = (
        "How a text feels, −1 to 1, from a list of English words with negations and intensifiers; no model. Other languages are not scored; "
        f"irony and comparisons are not understood. {found}"
    )
    return Definition(name="Sentiment", text=text, version=sha256(text.encode()).hexdigest()[:8])
