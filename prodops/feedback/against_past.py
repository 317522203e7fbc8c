"""Counts against their own past, in arrays: which weeks of which themes stand out, where so many false alarms are allowed.

A theme's last week, last two weeks and last ``recent`` weeks are each compared with up to 26 weeks before them. A rise is looked for in all
three; a fall, which hurries nobody, in the longest alone. What is allowed is shared out evenly among these comparisons, so
that no more false alarms are expected, whatever the themes are like (Bonferroni; Gordon et al. 2007, "per-family error rate").
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from prodops.feedback import overdispersion
from prodops.feedback.rates import surprise

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

BASE, LEAST_BEFORE = 26, 8
"""Whole weeks that a theme is compared with, at most and at least: with fewer, nothing is claimed."""
MATERIAL, LEAST_VOICES = 1.25, 5
"""The least change that is worth a claim: as a ratio up or down, and in voices."""


def judge(
    counts: "Floats", size: "Floats | None" = None, *, looks: Sequence[int], allowed: float, last: int | None = None
) -> "dict[str, NDArray[Any]]":
    """Compare each week of each theme with its past: arrays of shape (weeks judged, …, themes), by name.

    ``counts`` is of themes by weeks; more dimensions may stand before these, each table of themes by weeks being a world of its own.
    ``size``, of the same shape, says how many were listened to; without it, what stands out must do so both plainly and beside the general level
    of all themes (:func:`overdispersion.level`).
    ``looks`` are the numbers of weeks compared, the longest first; ``allowed`` the false alarms that may be expected in a week, all
    themes together; ``last`` keeps to so many latest weeks, of those from the second on. Of each theme one look is given: the most
    surprising of those that alarm, or else the longest with a past.

    Names: ``weeks, before_weeks`` (compared), ``count, before, usual, ratio, heard`` (weeks since the first voice of those compared),
    ``late_size, before_size, dispersion, freedom``, ``p`` (two-sided; missing with fewer than 8 weeks before), ``chances`` (alarms that
    chance would raise in a week, were all that are as surprising called one) and ``alarm``. Empty where there are not two weeks.
    """
    import numpy as np

    weeks = counts.shape[-1]
    ends = range(max(2, weeks - (last or weeks) + 1), weeks + 1)
    found = [_judge(past, heard, looks, allowed) for past, heard in _windows(counts, size, ends, BASE + looks[0])]
    return {name: np.concatenate([part[name] for part in found]) for name in found[0]} if found else {}


def _windows(counts: "Floats", size: "Floats | None", ends: range, longest: int) -> "Iterator[tuple[Floats, Floats | None]]":
    """Give the weeks up to each end, ``longest`` at most: (ends, …, themes, weeks), ends with as many weeks together."""
    import numpy as np

    def upto(values: "Floats", few: Sequence[int], length: int) -> "Floats":
        cut = np.lib.stride_tricks.sliding_window_view(values[..., : few[-1]], length, axis=-1)
        return np.moveaxis(cut, -2, 0)[-len(few) :]

    short, full = [[end] for end in ends if end < longest], [end for end in ends if end >= longest]
    for few in [*short, *([full] if full else [])]:
        length = min(few[0], longest)
        yield upto(counts, few, length), None if size is None else upto(size, few, length)


def _judge(counts: "Floats", size: "Floats | None", looks: Sequence[int], allowed: float) -> "dict[str, NDArray[Any]]":
    """Judge the last weeks of each table, in every look, and keep the telling one."""
    import numpy as np

    parts = [_look(counts, size, weeks) for weeks in looks if weeks < counts.shape[-1]]
    looked = {name: np.stack([part[name] for part in parts], axis=-1) for name in parts[0]}
    ways = 1 + (looked["weeks"] == looks[0])
    compared = (ways * ~np.isnan(looked["p"])).sum(axis=(-1, -2), keepdims=True)
    looked["chances"] = np.where((looked["ratio"] >= 1) | (ways == 2), looked["p"] / 2 * compared, np.inf)
    material = (looked["ratio"] >= MATERIAL) | (looked["ratio"] <= 1 / MATERIAL)
    looked["alarm"] = (looked["chances"] <= allowed) & material & (np.abs(looked["count"] - looked["usual"]) >= LEAST_VOICES)
    order = np.where(looked["alarm"], looked["p"], np.where(np.isnan(looked["p"]), 3.0, 2.0))
    telling = order.argmin(axis=-1)[..., None]
    return {name: np.take_along_axis(values, telling, axis=-1)[..., 0] for name, values in looked.items()}


def _look(counts: "Floats", size: "Floats | None", weeks: int) -> "dict[str, NDArray[Any]]":
    """Compare the last ``weeks`` with those before them: by what was listened to or else both plainly and beside the general level."""
    import numpy as np

    counts = counts[..., -weeks - BASE :]
    if size is not None:
        return _compare(counts, size[..., -weeks - BASE :], weeks)
    plain, level = _compare(counts, np.ones(counts.shape), weeks), overdispersion.level(counts)
    if (level == 1).all():
        return plain
    beside = _compare(counts, np.broadcast_to(level[..., None, :], counts.shape), weeks)
    weaker = {name: np.where(beside["p"] > plain["p"], beside[name], plain[name]) for name in plain}
    apart = (beside["ratio"] >= 1) != (plain["ratio"] >= 1)  # more than it was and less than others, or the reverse: no news
    return weaker | {"p": np.where(apart & (weaker["p"] < 1), 1.0, weaker["p"])}


def _compare(counts: "Floats", size: "Floats", weeks: int) -> "dict[str, NDArray[Any]]":
    """Compare the last ``weeks`` with those before them, where so much was listened to."""
    import numpy as np

    counts, past = np.where(size > 0, counts, 0.0), counts.shape[-1] - weeks  # nobody was listened to, or nobody knows: it says nothing
    late, before = counts[..., -weeks:].sum(axis=-1), counts[..., :-weeks].sum(axis=-1)
    late_size, before_size = size[..., -weeks:].sum(axis=-1), size[..., :-weeks].sum(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        expected = np.where(before_size > 0, before / before_size, 0)[..., None] * size[..., :-weeks]
        spread = overdispersion.dispersion(counts[..., :-weeks], expected)
        wide = spread.dispersion * overdispersion.memory(counts[..., :-weeks], expected, spread.dispersion, weeks)
        p = surprise(late, before, late_size, before_size, spread._replace(dispersion=wide))
        usual = before * late_size / before_size
        ratio = late / usual
    known = (past >= LEAST_BEFORE) & (late_size > 0) & (before_size > 0)
    fields = {
        "weeks": weeks, "before_weeks": past, "count": late, "before": before, "usual": usual, "ratio": ratio,
        "heard": weeks - (counts[..., -weeks:] > 0).argmax(axis=-1), "late_size": late_size, "before_size": before_size,
        "dispersion": wide, "freedom": spread.freedom, "p": np.where(known, p, np.nan),
    }  # fmt: skip
    return {name: np.broadcast_to(value, late.shape) for name, value in fields.items()}
