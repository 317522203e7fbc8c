"""Which groups of one whole are kept back: those of too few, and as many more as it takes to hide them."""

from collections.abc import Mapping

from prodops.surveys.small_groups import shown


def kept_back(sizes: Mapping[str, int], least: int) -> set[str]:
    """Name the groups that are not shown, from how many each holds; groups of nobody hide nothing. See :func:`small_groups.shown`."""
    import pandas as pd

    there = pd.DataFrame([(name, n) for name, n in sizes.items() if n > 0], columns=["group", "n"])
    named = shown(there, keep=["group"], least=least)
    return set(there["group"]) - set(named.loc[~named["kept_back"].astype(bool), "group"])
