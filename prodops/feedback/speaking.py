"""Which themes each statement of a text speaks of: its own where it says so clearly, else those of the whole text."""

from typing import TYPE_CHECKING

from prodops.feedback.identity.pinning import pinned

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from prodops.feedback.themes import Themes

    Floats = NDArray[np.float32]
    Bools = NDArray[np.bool_]

CLEAR = 0.25
"""A statement that speaks for itself is as near to its theme as all but this share of the texts are to theirs."""


def is_of_statements(frame: "pd.DataFrame") -> bool:
    """Tell the statements of texts (``Prepared.statements``) from the texts."""
    return {"statement", "start", "end"} <= set(frame)


def speak(themes: "Themes", statements: "pd.DataFrame") -> "tuple[list[str], list[str], Floats]":
    """Give each statement's theme and sub-theme ("" = none) and its cosine to the nearest centre.

    ``statements`` are those of the texts that the themes were found in, in their order. A text of one statement keeps what was found for it. Of
    a longer one, a statement goes to the theme nearest to it, or that people pinned its words to, if it is clear: as near to that
    theme as the whole text is to its own, and as three quarters of all texts are to theirs. Else it stays with the whole text's: a greeting is nobody's
    second theme.
    """
    import numpy as np

    row = (statements["statement"] == 0).cumsum().to_numpy() - 1
    part = np.bincount(row, minlength=1)[row] > 1
    texts = statements.loc[part, "text"]
    entries, near = themes.placed(texts)
    own = _clear(themes, row[part], near) | np.array([bool(id) for id in pinned(texts, themes.taxonomy)], bool)
    fit = themes.fit[row]
    fit[part] = near
    said = [(themes.labels[i], themes.sublabels[i]) for i in row]
    theme, sub = themes.settled.theme_of(), themes.settled.subtheme_of()
    for place, entry in zip(np.flatnonzero(part)[own], np.array(entries, object)[own], strict=True):
        said[place] = theme[entry], sub[entry]
    return [ids[0] for ids in said], [ids[1] for ids in said], fit


def _clear(themes: "Themes", row: "NDArray[np.intp]", near: "Floats") -> "Bools":
    """Tell statements that are near enough to a theme to speak for themselves; ``row`` says of which text each is."""
    import numpy as np

    fits = themes.fit[[bool(id) for id in themes.labels]]
    return near >= np.maximum(themes.fit[row], np.quantile(fits, CLEAR) if len(fits) else 1)
