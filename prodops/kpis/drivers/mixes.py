"""Volume, mix and rate: how the slices of a total, or of a rate, changed it (Bennet 1920: midpoints, so nothing is left over)."""

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd

    Array = npt.NDArray[np.float64]

COLUMNS = ("part", "kind", "before", "after", "contribution")


def mix_and_rate(slices: "list[str]", tops: "tuple[Array, Array]", bottoms: "tuple[Array, Array]", *, per: bool) -> "pd.DataFrame":
    """Take the change of ``Σ tops ÷ Σ bottoms`` (``per``), or of ``Σ tops``, apart over slices, each with values before and after.

    ``rate``: the slice's own ratio of top to bottom changed. ``mix``: it holds another share of all bottoms, and lies above or below the
    mean ratio. ``volume`` (of totals only): there is more or less of everything. Where a slice has no bottom on one side it has no rate
    there, and all it did is mix; a top without a bottom counts as rate. Rows with ``before`` and ``after`` rates, shares and bottoms.
    """
    import pandas as pd

    sizes = [side.sum() for side in bottoms]
    weight = [np.divide(b, n, out=np.zeros_like(b), where=n != 0) for b, n in zip(bottoms, sizes, strict=True)]
    weight = [w if n else other for w, n, other in zip(weight, sizes, weight[::-1], strict=True)]  # out of nothing all is volume
    known = [b != 0 for b in bottoms]
    rates = [np.divide(t, b, out=np.full_like(b, np.nan), where=k) for t, b, k in zip(tops, bottoms, known, strict=True)]
    filled = [np.nan_to_num(np.where(known[i], rates[i], rates[1 - i])) for i in (0, 1)]
    level = sum(float((weight[i] * filled[i]).sum()) for i in (0, 1)) / 2
    scale = [1.0, 1.0] if per else sizes
    middle, mean_rate, mean_weight = sum(scale) / 2, (filled[0] + filled[1]) / 2, (weight[0] + weight[1]) / 2
    stray = [np.where(k, 0.0, t) / (n if per and n else 1.0) for t, k, n in zip(tops, known, sizes, strict=True)]
    parts = {
        "volume": (bottoms, (scale[1] - scale[0]) * sum(w * r for w, r in zip(weight, filled, strict=True)) / 2),
        "mix": (weight, middle * (weight[1] - weight[0]) * (mean_rate - level)),
        "rate": (rates, middle * mean_weight * (filled[1] - filled[0]) + stray[1] - stray[0]),
    }
    frames = [
        pd.DataFrame({"part": slices, "kind": kind, "before": shown[0], "after": shown[1], "contribution": by})
        for kind, (shown, by) in parts.items()
        if not (per and kind == "volume")
    ]
    return pd.concat(frames, ignore_index=True)


def volumes(slices: "list[str]", before: "Array", after: "Array") -> "pd.DataFrame":
    """Take the change of a plain total apart: each slice's own change."""
    import pandas as pd

    return pd.DataFrame({"part": slices, "kind": "volume", "before": before, "after": after, "contribution": after - before})
