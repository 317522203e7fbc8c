"""Which theme each statement of a text speaks of: the one it clearly lies in, or none."""

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
    a longer one, a statement speaks of the theme nearest to it, or that people pinned its words to, if it is clear: as near as three
    quarters of all texts are to theirs, and, where that is not the whole text's theme, as near as the whole text is to its own. Else it
    speaks of none: a greeting is nobody's theme. Where no statement of a text speaks for itself, the text's own theme stays with the one
    that fits best, so that no voice is lost.
    """
    import numpy as np

    row = (statements["statement"] == 0).cumsum().to_numpy() - 1
    part = np.bincount(row, minlength=1)[row] > 1
    texts = statements.loc[part, "text"]
    entries, near = themes.placed(texts)
    theme, sub = themes.settled.theme_of(), themes.settled.subtheme_of()
    nearest = np.array([theme[entry] for entry in entries], object)
    own = _clear(themes, row[part], near, nearest) | np.array([bool(id) for id in pinned(texts, themes.taxonomy)], bool)
    own &= nearest != ""
    fit = themes.fit[row]
    fit[part] = near
    said = [(themes.labels[i], themes.sublabels[i]) for i in row]
    keeps = _keeps(row[part], near, own)
    for place, entry, speaks, stays in zip(np.flatnonzero(part), entries, own, keeps, strict=True):
        said[place] = (theme[entry], sub[entry]) if speaks else said[place] if stays else ("", "")
    return [ids[0] for ids in said], [ids[1] for ids in said], fit


def _clear(themes: "Themes", row: "NDArray[np.intp]", near: "Floats", nearest: "NDArray[np.object_]") -> "Bools":
    """Tell statements that are near enough to a theme to speak for themselves; ``row`` says of which text each is."""
    import numpy as np

    labels = np.array(themes.labels, object)
    fits = themes.fit[labels != ""]
    least = np.quantile(fits, CLEAR) if len(fits) else 1
    return near >= np.maximum(least, np.where(nearest == labels[row], 0, themes.fit[row]))


def _keeps(row: "NDArray[np.intp]", near: "Floats", own: "Bools") -> "Bools":
    """Choose of each text of which no statement speaks for itself the one that fits best, the first of equals."""
    import numpy as np

    order = np.lexsort((-near, row))
    first = np.zeros(len(row), bool)
    first[order[np.unique(row[order], return_index=True)[1]]] = True
    return first & ~np.isin(row, row[own])
