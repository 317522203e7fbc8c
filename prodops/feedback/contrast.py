"""What sets a theme apart from its neighbour: the phrases that its people use and the other's do not, with how much more often."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from prodops.errors import InputError, did_you_mean
from prodops.feedback.phrases import Phrases, read
from prodops.feedback.typical import score, share_a_word

if TYPE_CHECKING:
    import pandas as pd

_READ, _SHOWN = 400, 6
"""Texts of each theme that are read, those nearest its centre; phrases that are given at most."""
_SURE, _TIMES, _SHARE = 2.5, 2.0, 0.03
"""How many standard errors the log odds must be apart, how many times as common and in what share of texts a phrase must be."""
_PRIOR = 0.5


@dataclass(frozen=True)
class Contrast:
    """What people say in ``theme`` and not in ``neighbour`` (both by name).

    ``phrases`` has one row per phrase, the most telling first: ``phrase``, the shares of texts that hold it here and there (``share,
    neighbour_share``), and ``lift``, how many times as common it is here (shares with half a text added, so that it is finite).
    """

    theme: str
    neighbour: str
    phrases: "pd.DataFrame"

    def sentence(self) -> str:
        """Say it in a plain sentence; that nothing tells them apart, where nothing does."""
        said = [f"“{phrase}”" for phrase in self.phrases["phrase"].head(3)]
        if not said:
            return f"No phrase sets “{self.theme}” clearly apart from “{self.neighbour}”: the two may be one."
        listed = said[0] if len(said) == 1 else f"{', '.join(said[:-1])} and {said[-1]}"
        return f"Unlike “{self.neighbour}”, people here say {listed}."


def contrast(frame: "pd.DataFrame", theme: str, neighbour: str, *, column: str = "theme") -> Contrast:
    """Find the phrases that set a theme apart from another.

    ``frame`` is what ``Themes.attach`` returned; ``theme`` and ``neighbour`` are ids in its ``column`` (``theme``, or ``subtheme``), named by
    ``theme_name`` (``subtheme_name``) where there is such. A phrase is given where the log odds of holding it (Jeffreys' prior) are 2.5
    standard errors apart (Monroe, Colaresi & Quinn 2008), it is twice as common here, and 3 % of the texts hold it. Raises
    :class:`InputError` where there is no such theme.
    """
    here, there = (_of(frame, id, column) for id in (theme, neighbour))
    names = [str(rows[f"{column}_name"].iloc[0]) if f"{column}_name" in rows else id for rows, id in ((here, theme), (there, neighbour))]
    return compare(list(here["text"]), list(there["text"]), name=names[0], than=names[1])


def _of(frame: "pd.DataFrame", theme: str, column: str) -> "pd.DataFrame":
    rows = frame[frame[column] == theme]
    if rows.empty:
        raise InputError(f'There is no theme "{theme}" here.{did_you_mean(theme, sorted(set(frame[column])))} Take one of themes.ids.')
    rows = rows[rows["id"] == rows["voice"]] if {"id", "voice"} <= set(rows) else rows
    by = [name for name in ("fit", "id") if name in rows]
    return rows.sort_values(by, ascending=[name != "fit" for name in by], kind="stable") if by else rows


def compare(here: Sequence[str], there: Sequence[str], *, name: str, than: str) -> Contrast:
    """Find the phrases that set some texts apart from others; each given nearest to the theme's centre first, without repetition."""
    import pandas as pd

    ours, theirs = read(here[:_READ]), read(there[:_READ])
    total = Counter(ours.holding)
    total.update(theirs.holding)
    scores = score(ours, total, ours.texts + theirs.texts)
    told = [key for key in sorted(scores, key=lambda key: (-scores[key], key)) if _tells(key, ours, theirs)]
    rows = [
        (ours.wordings(key)[0], _share(key, ours), _share(key, theirs), round(_smooth(key, ours) / _smooth(key, theirs), 1))
        for key in _different(told)
    ]
    return Contrast(name, than, pd.DataFrame(rows, columns=["phrase", "share", "neighbour_share", "lift"]))


def _tells(key: str, ours: Phrases, theirs: Phrases) -> bool:
    """Tell whether a phrase is surely and clearly commoner here than there, and common enough to speak of."""
    here, there = ours.holding[key], theirs.holding[key]
    parts = [here + _PRIOR, ours.texts - here + _PRIOR, there + _PRIOR, theirs.texts - there + _PRIOR]
    apart = math.log(parts[0] / parts[1]) - math.log(parts[2] / parts[3])
    sure = apart > _SURE * math.sqrt(sum(1 / part for part in parts))
    return sure and _share(key, ours) >= _SHARE and _smooth(key, ours) >= _TIMES * _smooth(key, theirs)


def _share(key: str, phrases: Phrases) -> float:
    return phrases.holding[key] / phrases.texts if phrases.texts else 0.0


def _smooth(key: str, phrases: Phrases) -> float:
    return (phrases.holding[key] + _PRIOR) / (phrases.texts + 2 * _PRIOR)


def _different(ranked: Sequence[str]) -> list[str]:
    """Keep phrases of which none has a word like one of a phrase before it: of glitches and glitchy one is enough."""
    kept: list[str] = []
    for key in ranked:
        if len(kept) < _SHOWN and not any(share_a_word(other, key) for other in kept):
            kept.append(key)
    return kept
