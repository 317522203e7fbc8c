"""Volume, mix and rate: how the slices of a total, or of a rate, changed it (see :mod:`bennet`)."""

from typing import TYPE_CHECKING

import numpy as np

from prodops.kpis.drivers.bennet import brought, by_rate, rates

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
    before, after = (w if n else other for w, n, other in zip(weight, sizes, weight[::-1], strict=True))  # out of nothing all is volume
    own = rates(tops[0], bottoms[0]), rates(tops[1], bottoms[1])
    parts = tuple(w * np.nan_to_num(np.where(np.isnan(r), other, r)) for w, r, other in zip((before, after), own, own[::-1], strict=True))
    scale = [1.0, 1.0] if per else sizes
    middle, level, rate = sum(scale) / 2, sum(float(part.sum()) for part in parts) / 2, by_rate((before, after), own)
    stray = [np.where(b, 0.0, t) / (n if per and n else 1.0) for t, b, n in zip(tops, bottoms, sizes, strict=True)]
    kinds = {
        "volume": (bottoms, (scale[1] - scale[0]) * (parts[0] + parts[1]) / 2),
        "mix": ((before, after), middle * (brought((parts[0], parts[1]), (before, after), level) - rate)),
        "rate": (own, middle * rate + stray[1] - stray[0]),
    }
    frames = [
        pd.DataFrame({"part": slices, "kind": kind, "before": shown[0], "after": shown[1], "contribution": by})
        for kind, (shown, by) in kinds.items()
        if not (per and kind == "volume")
    ]
    return pd.concat(frames, ignore_index=True)


def volumes(slices: "list[str]", before: "Array", after: "Array") -> "pd.DataFrame":
    """Take the change of a plain total apart: each slice's own change."""
    import pandas as pd

    return pd.DataFrame({"part": slices, "kind": "volume", "before": before, "after": after, "contribution": after - before})
