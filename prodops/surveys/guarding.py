"""What is kept back: groups of too few, and the next smallest with them where the total would give one away."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


def kept_back(sizes: Mapping[str, int], least: int) -> set[str]:
    """Name the groups of one whole that are not shown: those below ``least``, and more until together they hide each other.

    One hidden group alone is what the total lacks, and several that together are fewer than ``least`` tell as much: then the next
    smallest is hidden too. Groups of nobody hide nothing.
    """
    there = sorted((n, name) for name, n in sizes.items() if n > 0)
    hidden = [name for n, name in there if n < least]
    while hidden and len(hidden) < len(there) and (len(hidden) < 2 or sum(sizes[name] for name in hidden) < least):
        hidden.append(there[len(hidden)][1])
    return set(hidden)


def shown(frame: "pd.DataFrame", column: str, least: int) -> tuple["pd.DataFrame", int]:
    """Keep the rows of groups that may be shown; says how many groups are kept back."""
    sizes = frame.assign(group=frame[column].fillna("")).groupby("group")["n"].sum()
    hidden = kept_back({str(name): int(n) for name, n in sizes.items()}, least)
    return frame[~frame[column].fillna("").isin(hidden)], len(hidden)
