"""Two tidy frames, before and after, laid side by side: one row a leaf, the finest slice that both are cut into."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from prodops.errors import InputError, ParameterError, did_you_mean, shorten

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pandas as pd

    Array = npt.NDArray[np.float64]
    Codes = npt.NDArray[np.int64]

Kind = Literal["sum", "ratio"]
NONE = "(none)"
"""What a dimension is called where it is missing."""


@dataclass(frozen=True, eq=False)
class Leaves:
    """Every leaf of either side, in order of its dimensions.

    ``codes`` has a row for each dimension and a column for each leaf, and points into ``labels``. ``before`` and ``after`` are
    the KPI's sums (a ratio's numerators), ``base`` and ``top`` a ratio's denominators before and after (None for a sum).
    A leaf that one side lacks is 0 there.
    """

    by: tuple[str, ...]
    labels: tuple[tuple[str, ...], ...]
    codes: "Codes"
    before: "Array"
    after: "Array"
    base: "Array | None" = None
    top: "Array | None" = None

    def __len__(self) -> int:
        return int(self.codes.shape[1])

    def where(self, cell: Sequence[tuple[int, int]]) -> dict[str, str]:
        """Name a slice, given as (dimension, code) pairs."""
        return {self.by[d]: self.labels[d][code] for d, code in cell}


def read_leaves(before: "pd.DataFrame", after: "pd.DataFrame", *, value: str, by: Sequence[str], kind: Kind, weight: str | None) -> Leaves:
    """Check both frames and join them by leaf; rows of one leaf are added up, a missing number counts as nothing.

    Raises ParameterError for a wrong ``kind``, ``by`` or ``weight``, InputError for a column that is not there, a number
    that is none, or a negative denominator.
    """
    import numpy as np
    import pandas as pd

    measures = _measures(value, by, kind, weight)
    for side, frame in (("before", before), ("after", after)):
        _check(frame, side, [*by, *measures])
    coded = [_code(pd.concat([before[d], after[d]], ignore_index=True)) for d in by]
    rows = np.stack([codes for codes, _ in coded])
    leaf, place = _leaves_of(rows, [len(labels) for _, labels in coded])
    sides = {}
    for side, frame, its in (("before", before, place[: len(before)]), ("after", after, place[len(before) :])):
        for m in measures:
            sides[side, m] = _add_up(its, _numbers(frame[m], side, m, at_least_0=m == weight), leaf.shape[1])
    first, second = sides["before", value], sides["after", value]
    weights = (sides["before", weight], sides["after", weight]) if weight is not None else (None, None)
    return Leaves(tuple(by), tuple(labels for _, labels in coded), leaf, first, second, *weights)


def _measures(value: str, by: Sequence[str], kind: Kind, weight: str | None) -> list[str]:
    """Check the names against each other; give the columns of numbers."""
    if kind not in ("sum", "ratio"):
        raise ParameterError(f'kind is {shorten(kind)}, expected "sum" or "ratio".{did_you_mean(str(kind), ("sum", "ratio"))}')
    if isinstance(by, str) or not by:
        raise ParameterError(f"by is {shorten(by)}, expected a list of one or more dimensions")
    if (kind == "ratio") != (weight is not None):
        raise ParameterError(
            "a ratio needs weight, the column of its denominators" if kind == "ratio" else 'weight is for a ratio: say kind="ratio"'
        )
    measures = [value] if weight is None else [value, weight]
    twice = [name for i, name in enumerate([*by, *measures]) if name in [*by, *measures][:i]]
    if twice:
        raise ParameterError(f"column {shorten(twice[0])} is named twice among by, value and weight")
    return measures


def _check(frame: "pd.DataFrame", side: str, needed: Sequence[str]) -> None:
    for name in needed:
        if name not in frame.columns:
            raise InputError(f"{side} has no column {shorten(name)}.{did_you_mean(name, map(str, frame.columns))}")


def _code(values: "pd.Series") -> "tuple[Codes, tuple[str, ...]]":
    """Number a dimension's values in the order of their names; ``4000.0`` and ``4000`` are one name."""
    import numpy as np
    import pandas as pd

    found, uniques = pd.factorize(values, use_na_sentinel=True)
    names = [_name(v) for v in uniques] + [NONE]
    labels = sorted({names[i] for i in np.unique(found)})
    order = {name: i for i, name in enumerate(labels)}
    to = np.array([order.get(name, -1) for name in names], dtype=np.int64)
    return to[found], tuple(labels)


def _name(value: object) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _leaves_of(rows: "Codes", sizes: Sequence[int]) -> "tuple[Codes, Codes]":
    """Give the distinct columns of ``rows`` in order, and for each column its place among them."""
    import numpy as np

    key = np.zeros(rows.shape[1], dtype=np.int64)
    for codes, size in zip(rows, sizes, strict=True):
        key = np.unique(key, return_inverse=True)[1] * size + codes  # numbered afresh, so that no product overflows
    _, first, place = np.unique(key, return_index=True, return_inverse=True)
    return rows[:, first], place


def _numbers(column: "pd.Series", side: str, name: str, *, at_least_0: bool) -> "Array":
    import numpy as np
    import pandas as pd

    try:
        numbers = pd.to_numeric(column).to_numpy(dtype=float, na_value=np.nan)
    except (ValueError, TypeError) as error:
        raise InputError(f"{side}'s column {shorten(name)} holds {shorten(error)}, expected numbers") from error
    odd = np.isinf(numbers) | (numbers < 0 if at_least_0 else False)
    if odd.any():
        expected = "a denominator of 0 or more" if at_least_0 else "finite numbers"
        raise InputError(f"{side}'s column {shorten(name)} holds {numbers[odd][0]:g}, expected {expected}")
    return np.nan_to_num(numbers)


def _add_up(place: "Codes", numbers: "Array", n: int) -> "Array":
    """Add up rows by leaf, in an order that does not depend on theirs."""
    import numpy as np

    order = np.lexsort((numbers, place))
    return np.bincount(place[order], numbers[order], n).astype(float, copy=False)
