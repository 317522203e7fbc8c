"""What the answers of behaviour share: columns of shares with their ranges, and means of times."""

from typing import TYPE_CHECKING

from prodops.intervals import wilson_bounds

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd


def with_share(frame: "pd.DataFrame", part: str, whole: str, certain: "pd.Series | None" = None) -> "pd.DataFrame":
    """Add ``share`` = part ÷ whole with its 95 % Wilson range ``lower`` and ``upper``; missing where either is, or the whole is 0.

    Rows that are ``certain`` are shares by definition, without a range: their bounds are the share.
    """
    import numpy as np

    count, size = (frame[c].astype("float64").to_numpy(na_value=np.nan) for c in (part, whole))
    share = count / np.where(size > 0, size, np.nan)
    lower, upper = wilson_bounds(count, size)
    if certain is not None:
        lower, upper = np.where(certain, share, lower), np.where(certain, share, upper)
    return frame.assign(share=share, lower=lower, upper=upper)


def mean(whole_number: "ir.Value") -> "ir.Value":
    """Average whole numbers as a float: by their exact sum, so that order does not matter, and as some engines' own mean is a decimal."""
    return whole_number.sum().cast("float64") / whole_number.count()
