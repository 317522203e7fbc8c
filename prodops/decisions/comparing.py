"""Several methods beside each other: where they agree on what comes first, and where a choice hangs on the method."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from prodops.decisions.candidates import Backlog
from prodops.decisions.ranking import DRAWS, rank, rankable

if TYPE_CHECKING:
    import pandas as pd

LIKELY = 0.8
LEAST = 2
"""Candidates that a method must rank, to say anything beside another."""


def beside(backlog: Backlog, *, names: Sequence[str] = (), draws: int = DRAWS, seed: int = 0, top: int = 3) -> "pd.DataFrame":
    """Rank by several methods (those that two candidates or more have inputs of): ``candidate``, ``title``, ``method``, ``score``, ``rank``,
    ``of`` (how many that method ranks), ``top`` (how often among the first ``top``). The first method's order, candidate by candidate."""
    import pandas as pd

    asked = [m for m in (names or backlog.methods) if len(rankable(backlog, m)) >= LEAST]
    parts = []
    for method in asked:
        ranked = rank(backlog, method=method, draws=draws, seed=seed, top=top)
        parts.append(ranked[["candidate", "title", "score", "rank", "top"]].assign(method=method, of=len(ranked)))
    columns = ["candidate", "title", "method", "score", "rank", "of", "top"]
    if not parts:
        return pd.DataFrame({c: pd.Series(dtype=object) for c in columns})
    frame = pd.concat(parts, ignore_index=True)
    order = {name: n for n, name in enumerate(frame["candidate"].drop_duplicates())}
    return frame.assign(_o=frame["candidate"].map(order)).sort_values("_o", kind="stable", ignore_index=True)[columns]


def disagreements(table: "pd.DataFrame", *, top: int = 3) -> "pd.DataFrame":
    """Name the candidates that one method puts among the first ``top`` in four draws of five or more, and another in one of five or fewer:
    ``candidate``, ``title``, ``for_it``, ``against_it`` (methods), ``apart`` (the difference of the shares); the widest first."""
    import pandas as pd

    rows = []
    for (name, title), found in table.groupby(["candidate", "title"], sort=False):
        shares = {str(m): float(t) for m, t, of in zip(found["method"], found["top"], found["of"], strict=True) if of > top}
        for_it, against = [m for m, t in shares.items() if t >= LIKELY], [m for m, t in shares.items() if t <= 1 - LIKELY]
        if for_it and against:
            rows.append((name, title, tuple(for_it), tuple(against), max(shares.values()) - min(shares.values())))
    frame = pd.DataFrame(rows, columns=["candidate", "title", "for_it", "against_it", "apart"])
    return frame.sort_values(["apart", "candidate"], ascending=[False, True], ignore_index=True)
