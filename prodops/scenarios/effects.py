"""What moved what in the past: one KPI another, or a launch a KPI, each with an honest range and a warning where nothing can be told.

A KPI's level beside its cause is read by generalised least squares, averaged over noise that hangs together, wanders or climbs
(see :mod:`evidence`): two series that only drift side by side do not count as cause and effect. What moves together need not be cause.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from prodops.errors import InputError
from prodops.scenarios.draws import Array, from_link
from prodops.scenarios.evidence import FEWEST, Told, effect
from prodops.scenarios.history import Series, read
from prodops.stamps import in_words

if TYPE_CHECKING:
    import pandas as pd

    from prodops.scenarios.definitions import Lever

COLUMNS = ("kind", "cause", "kpi", "unit", "effect", "low", "high", "n", "holds", "sentence")
LEVEL = 0.1
"""Of the effects said to hold, at most this share is chance (Benjamini and Hochberg 1995)."""
TENTH = float(np.log(1.1))
"""A tenth more, on the logarithm's scale."""
A_POINT = 0.01


class Looked(NamedTuple):
    """One pair looked at: what moved by ``step`` (on its scale; said in ``words``) and by how much the KPI then did from ``start``."""

    kind: str
    cause: str
    kpi: Series
    told: Told
    step: float
    words: str
    start: float


def effects(
    history: "pd.DataFrame",
    levers: "Sequence[Lever]",
    *,
    launches: "pd.DataFrame | None" = None,
    pairs: Sequence[tuple[str, str]] | None = None,
    as_of: datetime | None = None,
) -> "pd.DataFrame":
    """Tell by how much the KPI of each lever moved with that of each other one, and after each launch.

    One row a pair that has the periods for it: ``kind`` (``kpi`` or ``launch``), ``cause``, ``kpi``, its ``unit``; ``effect`` with the
    ends ``low`` and ``high`` of its 90 % range, on the KPI's scale (log, or log odds for shares): for a cause on the log scale the
    elasticity, for a launch the step; ``n`` periods; ``holds`` (the range spans no zero and stands up among all pairs looked at);
    ``sentence`` says it in the KPI's unit.
    """
    import pandas as pd

    named = {lever.from_data.kpi: lever for lever in levers if lever.from_data}
    if launches is None and pairs is not None and not pairs:
        return pd.DataFrame(columns=list(COLUMNS))
    series = {kpi: read(history, kpi, lever.unit, as_of=as_of) for kpi, lever in named.items()}
    wanted = list(combinations(named, 2)) if pairs is None else list(pairs)
    found = [f for cause, kpi in wanted if (f := _moves(_known(series, cause), _known(series, kpi)))]
    if launches is not None:
        dates = [(str(name), np.datetime64(on, "D")) for name, on in zip(launches["name"], launches["launched_on"], strict=True)]
        found += [f for kpi in named for name, on in dates if (f := _after(series[kpi], name, on))]
    holds = _holding([each.told for each in found])
    rows = [_row(each, named, held) for each, held in zip(found, holds, strict=True)]
    return pd.DataFrame(rows, columns=list(COLUMNS)).sort_values(
        ["holds", "kind", "cause", "kpi"], ascending=[False] + [True] * 3, ignore_index=True
    )


def _known(series: Mapping[str, Series], kpi: str) -> Series:
    if kpi not in series:
        raise InputError(f'"{kpi}" is no KPI of a lever; the effects of {", ".join(series)} can be told.')
    return series[kpi]


def _moves(cause: Series, kpi: Series) -> Looked | None:
    """Read the effect of one KPI on another over the periods that both have."""
    _, here, there = np.intersect1d(kpi.starts, cause.starts, return_indices=True)
    if cause.grain != kpi.grain or len(here) < 2 * FEWEST:
        return None
    both = [Series(s.kpi, s.grain, s.starts[at], s.values[at], s.link) for s, at in ((kpi, here), (cause, there))]
    if any(_same(s.values) for s in both):
        return None
    step, words = (TENTH, "10\u00a0% more") if cause.link == "log" else _one_more(both[1])
    told = effect(both[0].response, both[1].response)
    return Looked("kpi", cause.kpi, both[0], told, step, words, float(both[0].values.mean()))


def _one_more(cause: Series) -> tuple[float, str]:
    """Give a step of the cause on its scale, and how it is said."""
    if cause.link == "identity":
        return 1.0, "1 more"
    mean = float(cause.values.mean())
    return A_POINT / (mean * (1 - mean)), "one point more"


def _after(kpi: Series, name: str, on: np.datetime64) -> Looked | None:
    """Read the step of a KPI at a launch; the period in which it fell is left out."""
    ends = np.append(kpi.starts[1:], kpi.starts[-1:] + 31) if len(kpi) else kpi.starts
    kept = (ends <= on) | (kpi.starts >= on)
    later = (kpi.starts >= on)[kept]
    if min(int(later.sum()), int((~later).sum())) < FEWEST or _same(kpi.values[kept]):
        return None
    around = Series(kpi.kpi, kpi.grain, kpi.starts[kept], kpi.values[kept], kpi.link)
    told = effect(around.response, later.astype(float))
    return Looked("launch", name, around, told, 1.0, f"after {name}", float(around.values[~later].mean()))


def _same(values: Array) -> bool:
    return float(np.ptp(values)) <= 1e-12 * float(np.abs(values).max())


def _holding(told: Sequence[Told]) -> list[bool]:
    """Say which effects stand up among all that were looked at."""
    from scipy.stats import false_discovery_control

    if not told:
        return []
    below = np.array([each.chance_below(0.0) for each in told])
    return [bool(p <= LEVEL) for p in false_discovery_control(np.clip(2 * np.minimum(below, 1 - below), 0, 1))]


def _row(looked: Looked, named: "Mapping[str, Lever]", holds: bool) -> dict[str, object]:
    kpi, lever = looked.kpi, named[looked.kpi.kpi]
    low, middle, high = looked.told.bounds
    change = [_in_unit(looked, lever.unit, bound * looked.step) for bound in (middle, low, high)]
    of = "" if looked.kind == "launch" else f" of {inside(named[looked.cause].label)}"
    about = f"{lever.label} {'' if looked.kind == 'launch' else 'with '}{looked.words}{of}"
    tail = (
        "" if holds else " The data cannot tell it from nothing." if low <= 0 <= high else " Among so many looked at, this may be chance."
    )
    sentence = f"{about}: {change[0]} ({change[1]} to {change[2]}, {len(kpi)} {kpi.grain}s).{tail}"
    row = {"kind": looked.kind, "cause": looked.cause, "kpi": kpi.kpi, "unit": lever.unit, "effect": middle, "low": low, "high": high}
    return row | {"n": len(kpi), "holds": holds, "sentence": sentence}


def inside(title: str) -> str:
    """Write a title as it stands inside a sentence: ``sign-ups``, but ``MRR``."""
    return title if title[1:2].isupper() else title[:1].lower() + title[1:]


def _in_unit(looked: Looked, unit: str, move: float) -> str:
    """Say a move on the KPI's scale: in percent of it, in points of a share, or in its own unit."""
    if looked.kpi.link == "log":
        return in_words(float(np.expm1(move)), "share", signed=True)
    if looked.kpi.link == "logit":
        start = looked.start
        return in_words(float(from_link("logit", np.log(start / (1 - start)) + move)) - start, "points", signed=True)
    return in_words(move, unit, signed=True)
