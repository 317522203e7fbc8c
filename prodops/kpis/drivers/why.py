"""Where a change came from: what each slice brought, the slice that explains it, and the way down to it; as a table and a sentence."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from prodops.kpis import words
from prodops.kpis.definitions import AnyKpi
from prodops.kpis.drivers.bennet import brought
from prodops.kpis.drivers.crossing import Crossing, within
from prodops.kpis.drivers.explanation import explain
from prodops.kpis.kinds import SEPARATOR
from prodops.stamps import in_words

if TYPE_CHECKING:
    from prodops.kpis.drivers import explanation

    Slice = Mapping[str, str]

MOST_TOLD = 3
EXPECTED = "expected"
"""What a move is told against."""
MOST_OF = 0.6
LEAST = 0.25
"""A change sits in slices that brought at least a quarter of it; smaller ones may be out of the ordinary, but are not where it sits."""


@dataclass(frozen=True, eq=False)
class Why:
    """What the slices of one or a few crossed dimensions brought to a KPI's change; made by :func:`tell`.

    ``frame`` has one row a slice, largest first: ``part`` (values joined), ``contribution`` in the KPI's unit, ``share`` of the change, and
    the slice's own number ``before`` and ``after`` (missing where it has none); contributions add up to ``after − before`` but for what
    people counted in two slices leave over. ``slices`` are those that explain the change (none where it is spread evenly), ``accent`` is
    the first of them. ``before`` is what was expected, or the level before a date. Of a number that no slices make up the rows are the
    ``inputs`` of its formula, largest first, and ``before`` is the last usual period's.
    """

    frame: pd.DataFrame
    slices: "tuple[Slice, ...]"
    before: float
    after: float
    before_label: str
    after_label: str
    unit: str
    title: str
    subtitle: str
    sentence: str
    inputs: tuple[str, ...] = ()

    @property
    def is_of_move(self) -> bool:
        """Whether it explains a period against what was expected, rather than a level against the one before."""
        return self.before_label == EXPECTED or bool(self.inputs)

    @property
    def accent(self) -> str | None:
        """The part that matters, where one does."""
        if self.inputs:
            return self.inputs[0]
        return _part(self.slices[0]) if self.slices else None


@dataclass(frozen=True)
class Change:
    """A change in cells: what each of them brought, on levels of the whole before and after; see :func:`change_of`."""

    cells: pd.DataFrame
    dims: tuple[str, ...]
    adds_up: bool
    before: float
    after: float

    @property
    def value(self) -> float:
        return self.after - self.before

    def of(self, where: "Slice") -> float:
        """What a slice brought."""
        return float(self.cells.loc[within(self.cells, where), "contribution"].sum()) if where else self.value

    def size(self, where: "Slice") -> float:
        """A slice's share of the whole before."""
        weight = "top_before" if self.adds_up else "bottom_before"
        total = float(self.cells[weight].sum())
        return float(self.cells.loc[within(self.cells, where), weight].sum()) / total if total else 0.0

    def levels(self, where: "Slice") -> tuple[float, float]:
        """A slice's own number before and after."""
        own = self.cells[within(self.cells, where)].drop(columns=list(self.dims)).sum()
        if self.adds_up:
            return float(own["top_before"]), float(own["top_after"])
        before, after = (own[f"top_{s}"] / own[f"bottom_{s}"] if own[f"bottom_{s}"] else float("nan") for s in ("before", "after"))
        return float(before), float(after)


def change_of(leaves: Crossing, before: pd.DataFrame, after: pd.DataFrame, levels: tuple[float, float]) -> Change:
    """Say what each cell brought: its tops' change, or, of a ratio, what its rate and its weight brought (midpoints; see ``bennet``).

    Cells ``before`` are first scaled so that together they stand as far from level as those ``after`` do from theirs: what is expected
    of the whole knows of trends that a mean of weeks does not.
    """
    cells = before.merge(after, on=list(leaves.dims), how="outer", suffixes=("_before", "_after")).fillna(
        {f"{c}_{s}": 0.0 for c in ("top", "bottom") for s in ("before", "after")}
    )
    totals = cells.drop(columns=list(leaves.dims)).sum()
    per = [1.0, 1.0] if leaves.adds_up else [totals["bottom_before"] or 1.0, totals["bottom_after"] or 1.0]
    found = [totals["top_before"] / per[0], totals["top_after"] / per[1]]
    overlap = found[1] / levels[1] if levels[1] else 1.0
    if found[0] and levels[0]:
        cells["top_before"] *= levels[0] * overlap / found[0]
    tops, bottoms = ([cells[f"{c}_{s}"].to_numpy(dtype=float) for s in ("before", "after")] for c in ("top", "bottom"))
    nothing = np.zeros(len(cells))
    weights = (nothing, nothing) if leaves.adds_up else (bottoms[0] / per[0], bottoms[1] / per[1])
    cells["contribution"] = brought((tops[0] / per[0], tops[1] / per[1]), weights, sum(levels) / 2)
    return Change(cells, leaves.dims, leaves.adds_up, *levels)


def slices_behind(
    change: Change, inside: "Slice | None" = None, stands_out: "Callable[[Slice], bool] | None" = None
) -> "tuple[Slice, ...]":
    """Name the slices that explain a change, or the part of it ``inside`` one; none where it is spread evenly or too small to tell.

    All cells are searched first, as they show what is ordinary; the part alone only where that names nothing within it. Where cells are
    too few to show what is ordinary, ``stands_out`` says it of the best candidates: the first that it is true of is named.
    """
    whole = _searched(change, {}, stands_out)
    if not inside:
        return whole
    return tuple(where for where in whole if inside.items() <= where.items()) or _searched(change, inside, stands_out)


def _searched(change: Change, inside: "Slice", stands_out: "Callable[[Slice], bool] | None") -> "tuple[Slice, ...]":
    cells = change.cells[within(change.cells, inside)] if inside else change.cells
    by = [d for d in change.dims if d not in inside and cells[d].nunique() > 1]
    if not by or (cells[["bottom_before", "bottom_after"]] < 0).any(axis=None):
        return ()  # nothing to search; or a denominator below 0, which weighs nothing
    before, after = (cells[[*by, f"top_{s}", f"bottom_{s}"]].set_axis([*by, "top", "bottom"], axis=1) for s in ("before", "after"))
    as_rate: dict[str, Any] = {} if change.adds_up else {"kind": "ratio", "weight": "bottom"}
    found = explain(before, after, value="top", by=by, **as_rate)
    named, ranked = (_where(change, inside, some) for some in (found.slices, found.candidates))
    return named or tuple([where for where in ranked if stands_out and stands_out(where)][:1])


def _where(change: Change, inside: "Slice", slices: "Sequence[explanation.Slice]") -> "tuple[Slice, ...]":
    """Give slices with their dimensions in the KPI's order, those that brought enough of the change."""
    named = [{**inside, **found.where} for found in slices]
    ordered = [{d: where[d] for d in change.dims if d in where} for where in named]
    whole = change.of(inside)
    return tuple(where for where in ordered if change.of(where) * whole > LEAST * whole**2)


# ----------------------------------------------------------------------------------------------------------- in words
def tell(kpi: AnyKpi, currency: str, change: Change, slices: "Sequence[Slice]", labels: tuple[str, str], left_out: str = "") -> Why:
    """Lay a change out for the reader: over the dimensions of the slices behind it, or over the first one where there are none."""
    dims = tuple(slices[0]) if slices else change.dims[:1]
    unit = kpi.unit_in(currency)
    step = "points" if kpi.unit == "share" else unit

    def say(value: float) -> str:
        return in_words(value, step, signed=True) if step != "count" else in_words(float(round(value)), step, signed=True)

    rows = [{"part": _part(where), "contribution": change.of(where), **_levels(change, where)} for where in _cells(change, dims)]
    frame = pd.DataFrame([row for row in rows if row["contribution"] or row["before"] == row["before"] or row["after"] == row["after"]])
    frame["share"] = frame["contribution"] / (change.value or float("nan"))
    frame = frame.iloc[frame["contribution"].abs().round(12).argsort(kind="stable")[::-1]].reset_index(drop=True)
    return Why(
        frame[["part", "contribution", "share", "before", "after"]],
        tuple(slices),
        change.before,
        change.after,
        *labels,
        unit,
        _title(change, slices, say),
        f"What each {' and '.join(dims)} brought to {kpi.label} from {labels[0]} to {labels[1]}{_in_unit(step)}",
        _sentence(change, slices, say) + (f" Not looked into: {left_out}." if left_out else ""),
    )


def _part(where: "Slice") -> str:
    """Name a slice as the sentences do: ``enterprise on ios``."""
    return words.slice_values(SEPARATOR.join(where), SEPARATOR.join(where.values()))


def _cells(change: Change, dims: tuple[str, ...]) -> "list[Slice]":
    found = change.cells[list(dims)].drop_duplicates().sort_values(list(dims))
    return found.to_dict("records")


def _levels(change: Change, where: "Slice") -> dict[str, float]:
    return dict(zip(("before", "after"), change.levels(where), strict=True))


def _in_unit(step: str) -> str:
    if step in ("count", "ratio", "rating"):
        return ""
    return f", in {({'points': 'percentage points', 'nps': 'points', 'per_1000': 'units per 1,000'}).get(step, step)}"


def _title(change: Change, slices: "Sequence[Slice]", say: Callable[[float], str]) -> str:
    if not slices:
        return _spread(change, say)
    first = change.of(slices[0])
    return f"{_part(slices[0])} brought {say(first)}, all else {say(change.value - first)}"


def _spread(change: Change, say: Callable[[float], str]) -> str:
    """Say that no slice stands out, and of one that brought most of it all the same, being large or by chance, how much that was."""
    brought = {value: change.of({change.dims[0]: value}) for value in sorted(change.cells[change.dims[0]].unique())}
    part = max(brought, key=lambda value: abs(brought[value]))
    if abs(brought[part]) < MOST_OF * abs(change.value):
        return "The change is spread over all slices"
    return f"No slice stands out; {part} brought {say(brought[part])}"


def _sentence(change: Change, slices: "Sequence[Slice]", say: Callable[[float], str]) -> str:
    """Say the way down to each slice: ``Of the −2.1 over all, segment enterprise brought −2, and within it platform ios −1.9.``"""
    if not slices:
        return "No slice stands out."
    ways = [_way(change, where, say) for where in slices[:MOST_TOLD]]
    more = f", and {len(slices) - MOST_TOLD} more slices some" if len(slices) > MOST_TOLD else ""
    return f"Of the {say(change.value)} over all, {'; '.join(ways)}{more}."


def _way(change: Change, where: "Slice", say: Callable[[float], str]) -> str:
    steps = [(path, change.of(path)) for path in way_down(change, where)]
    told = [f"{_name(_last(path))} {'brought ' if len(path) == 1 else ''}{say(value)}" for path, value in steps]
    return ", and within it ".join(told)


def way_down(change: Change, where: "Slice") -> "list[Slice]":
    """Order a slice's dimensions: at each step the value that holds most of the change of those left."""
    path: dict[str, str] = {}
    steps: list[Slice] = []
    while len(path) < len(where):
        sign = 1.0 if change.of(where) > 0 else -1.0
        best = max(
            (d for d in where if d not in path), key=lambda d: (round(sign * change.of({**path, d: where[d]}), 12), -list(where).index(d))
        )
        path = {**path, best: where[best]}
        steps.append(path)
    return steps


def _last(path: "Slice") -> "Slice":
    name = list(path)[-1]
    return {name: path[name]}


def _name(where: "Slice") -> str:
    return words.slice_words(SEPARATOR.join(where), SEPARATOR.join(where.values()))
