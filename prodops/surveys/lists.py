"""Questions with many answers: choose all that apply, and a grid of items rated alike."""

from collections.abc import Hashable, Iterable, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from prodops.intervals import wilson_bounds
from prodops.surveys.estimates import Answers, Array, told_of_shares, weighed

COLUMNS = ["answer", "chosen", "n", "share", "lower", "upper"]


def choices(answers: Answers, *, separator: str = ";", weights: Iterable[float] | None = None) -> pd.DataFrame:
    """Count a multiple-choice question: the share of its respondents who chose each answer.

    Each answer holds a respondent's choices with ``separator`` between them; blanks around a choice do not count, nor does a choice made
    twice. ``chosen`` counts those who chose it and ``n`` those who answered, the same in each row; shares add up to more than 1. Rows
    by share, the largest first: ``answer, chosen, n, share, lower, upper`` (95 %, Wilson on the effective number of answers).
    """
    column = pd.Series(list(answers), dtype=object)
    weight = weighed(weights, len(column))
    split = column.astype("string").str.split(separator, regex=False).explode().str.strip()
    ticks = split[split.notna() & (split != "")].rename("answer").rename_axis("row").reset_index().drop_duplicates()
    ticks = ticks[weight[ticks["row"].to_numpy()] > 0]
    return _shares(ticks["answer"], ticks["row"].to_numpy(), weight).sort_values(
        ["share", "answer"], ascending=[False, True], ignore_index=True
    )


def matrix(frame: pd.DataFrame, weights: Iterable[float] | None = None, *, order: Sequence[Hashable] = ()) -> pd.DataFrame:
    """Count a grid of items rated on one scale: each item's share of each answer.

    ``frame`` has a row a respondent and a column an item; a missing cell is no answer to that item alone. Rows by item and then by answer
    (``order`` first, the rest from small to large): ``item, answer, chosen, n, share, lower, upper``; an answer that an item never got
    stands there with 0, and an item that nobody answered is left out.
    """
    weight = weighed(weights, len(frame))
    answers = _ordered(frame[weight > 0], order)
    found = []
    for item in frame.columns:
        rows = np.flatnonzero(frame[item].notna().to_numpy() & (weight > 0))
        if len(rows):
            found.append(_shares(frame[item].iloc[rows], rows, weight, answers).assign(item=item))
    return pd.concat(found, ignore_index=True)[["item", *COLUMNS]] if found else pd.DataFrame(columns=["item", *COLUMNS])


def _shares(answer: pd.Series, row: "npt.NDArray[np.intp]", weight: Array, answers: Sequence[Hashable] | None = None) -> pd.DataFrame:
    """Count answers, one a mark, over the respondents whose rows they come from; ``answers`` says which stand there, and in what order."""
    people = weight[np.unique(row)]
    marks = pd.DataFrame({"answer": answer.to_numpy(), "weight": weight[row], "square": weight[row] ** 2})
    table = marks.groupby("answer", sort=True).agg(chosen=("weight", "size"), share=("weight", "sum"), square=("square", "sum"))
    table = (table if answers is None else table.reindex(pd.Index(answers, name="answer"), fill_value=0)).reset_index()
    share = np.minimum(table["share"].to_numpy(float) / (people.sum() or np.nan), 1.0)
    size = told_of_shares(share, table["square"].to_numpy(float), people)
    lower, upper = wilson_bounds(share * size, size)
    return table.assign(n=len(people), share=share, lower=lower, upper=upper)[COLUMNS]


def _ordered(frame: pd.DataFrame, order: Sequence[Hashable]) -> list[Hashable]:
    """List the answers of all items: those of ``order`` first, then the rest from small to large."""
    rest = set(frame.stack().dropna().unique()) - set(order)
    try:
        return [*order, *sorted(rest)]
    except TypeError:
        return [*order, *sorted(rest, key=str)]
