"""Which themes are near to each other, and what sets each apart from the nearest."""

from typing import TYPE_CHECKING

from prodops.feedback.contrast import contrast

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from prodops.feedback.found import Matrix
    from prodops.feedback.identity import Settled
    from prodops.feedback.themes import Themes

PHRASES = 4


def neighbours(themes: "Themes", n: int = 3) -> dict[str, list[tuple[str, float]]]:
    """Give each theme's ``n`` nearest themes with their likeness (the cosine of their centres, -1 to 1), nearest first."""
    import numpy as np

    centres = _centres(themes.settled, themes.ids)
    near = np.round(centres @ centres.T, 5)
    order = np.argsort(-near, axis=1, kind="stable")
    return {id: [(themes.ids[j], float(near[i, j])) for j in order[i] if j != i][:n] for i, id in enumerate(themes.ids)}


def _centres(settled: "Settled", ids: "Sequence[str]") -> "Matrix":
    """Give a unit row for each theme: the mean of the centres of all that lies in it."""
    import numpy as np

    theme = settled.theme_of()
    of = np.array([theme.get(entry, "") for entry in settled.of], dtype=object)
    means = [settled.centres[of == id].sum(axis=0) for id in ids]
    rows = np.array(means, dtype="float32").reshape(len(ids), settled.centres.shape[1] if settled.centres.ndim > 1 else 0)
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)


def apart(themes: "Themes", said: "pd.DataFrame", ids: "Sequence[str]") -> "pd.DataFrame":
    """Say what sets each of some themes apart: ``theme, name, neighbour`` (its nearest, by name), ``phrases, sentence``; none of one theme alone.

    ``said`` is what ``Themes.attach`` returned. ``phrases`` are what people say here and not there, with commas; empty where nothing
    tells the two apart.
    """
    import pandas as pd

    near = neighbours(themes, n=1)
    known = set(said["theme"])
    rows = []
    for id in ids:
        for other, _ in [pair for pair in near.get(id, []) if {id, pair[0]} <= known]:
            found = contrast(said, id, other)
            rows.append((id, found.theme, found.neighbour, ", ".join(found.phrases["phrase"].head(PHRASES)), found.sentence()))
    return pd.DataFrame(rows, columns=["theme", "name", "neighbour", "phrases", "sentence"])
