"""Where the review's moves and shifts sit: each change searched in the cells of its KPI, and told with the way down to its slice."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pandas as pd

from prodops.kpis import words
from prodops.kpis.book import KpiBook
from prodops.kpis.drivers.behind import inputs_behind
from prodops.kpis.drivers.crossing import Crossing, can_be_split, read_crossings
from prodops.kpis.drivers.why import Change, Why, change_of, slices_behind, tell
from prodops.kpis.kinds import SEPARATOR, Desk
from prodops.kpis.measure import compute_slicings
from prodops.kpis.moves import RECENT, Move, Place, farthest, is_stock, judge
from prodops.kpis.shifts import SIDES, Shift
from prodops.kpis.signalling import signals
from prodops.kpis.usual import LIMIT
from prodops.stamps import day_words
from prodops.workspace import Grain, Period

USUAL = 26
"""Most periods whose mean says what a cell usually holds."""
Key = tuple[str, str, str]
"""A KPI, a dimension (crossed ones joined) and a slice."""


@dataclass(frozen=True)
class Located:
    """The moves, told of the slice where they sit; why each number changed; and the rows of slices that no frame had yet, by grain."""

    moves: tuple[Move, ...]
    whys: dict[Key, Why]
    frames: dict[Grain, pd.DataFrame]


def locate(
    desk: Desk,
    book: KpiBook,
    moves: Sequence[Move],
    shifts: Sequence[Shift],
    frames: Mapping[Grain, pd.DataFrame],
    since: Mapping[Grain, pd.DataFrame],
    values: Mapping[str, int],
) -> Located:
    """Search the cells of every KPI that moved or shifted for the slices behind it: one reading for each grain.

    ``frames`` hold all periods and one-dimensional slices, ``since`` those from a KPI's last shift on, which moves are judged by; ``values`` counts
    the values of each dimension. A move is compared with what was expected, cell by cell the mean of the usual periods before; a shift with the level before its date.
    A move of one slice only is searched within that slice, and told of the part of it where it sits, if it does.
    """
    located: list[Move] = []
    whys: dict[Key, Why] = {}
    more: dict[Grain, pd.DataFrame] = {}
    changes: list[Move | Shift] = [*moves, *shifts]
    country = desk.workspace.country
    for grain in dict.fromkeys(c.grain for c in changes):
        names = [c.kpi for c in changes if c.grain == grain]
        leaves = read_crossings(desk, book, grain, _whole(frames[grain], desk), names, values)
        found = [_sits(book, m, leaves.get(m.kpi), since[grain], country) for m in moves if m.grain == grain]
        more[grain] = _of_places(desk, book, grain, [m for m, _ in found], frames[grain])
        told = [(_retold(book, m, more[grain], since[grain], country), slices) for m, slices in found]
        located += [m for m, _ in told]
        moved = [(m, _why(desk, book, m, leaves.get(m.kpi), since[grain], slices)) for m, slices in told]
        whys |= {(m.kpi, m.dimension, m.slice): why for m, why in moved if why}
        settled = [(s, _shift(desk, book, s, leaves.get(s.kpi), frames[grain])) for s in shifts if s.grain == grain]
        whys |= {(s.kpi, s.dimension, s.slice): why for s, why in settled if why}
    return Located(tuple(sorted(located, key=lambda m: (-abs(m.z), m.kpi))), whys, more)


def _whole(frame: pd.DataFrame, desk: Desk) -> list[Period]:
    ended = frame[frame["period_end"] <= pd.Timestamp(desk.as_of)]
    spans = ended[["period_start", "period_end"]].drop_duplicates().sort_values("period_start")
    return [Period(start.date(), end.date()) for start, end in spans.itertuples(index=False)]


# ---------------------------------------------------------------------------------------------------------------- moves
def _sits(
    book: KpiBook, move: Move, leaves: Crossing | None, since: pd.DataFrame, country: str | None
) -> tuple[Move, tuple[Mapping[str, str], ...]]:
    """Find the slices behind a move, of the whole or of the one slice that moved, and tell it of the first of them."""
    looked = leaves and _change(book, move, leaves, since, country)
    if not leaves or not looked:
        return move, ()
    change, usual = looked
    inside = {move.dimension: move.slice} if move.dimension else None
    slices = slices_behind(change, inside, lambda where: _alone(book, leaves, where, [*usual, move.start], country))
    if not slices:
        return move, (inside,) if inside and move.dimension in leaves.dims else ()
    if not inside:
        return replace(move, place=_place(change, slices[0])), slices
    return replace(move, dimension=SEPARATOR.join(slices[0]), slice=SEPARATOR.join(slices[0].values())), slices


def _why(
    desk: Desk, book: KpiBook, move: Move, leaves: Crossing | None, since: pd.DataFrame, slices: Sequence[Mapping[str, str]]
) -> Why | None:
    """Tell what the slices brought in the period that a move is told of, or the inputs, where the KPI is not made up of slices."""
    if not can_be_split(book[move.kpi]) and not move.dimension:
        usual = _usual(book, _judged(book, move, since, desk.workspace.country), move)
        return inputs_behind(desk, book, move, usual[-1]) if usual else None
    looked = leaves and _change(book, move, leaves, since, desk.workspace.country)
    if not leaves or not looked:
        return None
    labels = ("expected", words.period_words(move.start, move.grain))
    return tell(book[move.kpi], desk.workspace.currency, looked[0], slices, labels, leaves.left_out)


def _change(book: KpiBook, move: Move, leaves: Crossing, since: pd.DataFrame, country: str | None) -> tuple[Change, list[date]] | None:
    """Compare a move's period with what was expected, and give the usual periods that this rests on; nothing where none is known."""
    judged = _judged(book, move, since, country)
    expected, value = judged.loc[pd.Timestamp(move.start), ["expected", "value"]].astype("float64")
    usual = _usual(book, judged, move)
    if np.isnan(expected) or np.isnan(value) or not usual:
        return None
    return change_of(leaves, leaves.over(usual), leaves.over([move.start]), (float(expected), float(value))), usual


def _judged(book: KpiBook, move: Move, since: pd.DataFrame, country: str | None) -> pd.DataFrame:
    whole = since[(since["kpi"] == move.kpi) & (since["dimension"] == "")]
    return judge(book[move.kpi], whole, RECENT[move.grain], country).set_index("period_start")


def _alone(book: KpiBook, leaves: Crossing, where: Mapping[str, str], starts: Sequence[date], country: str | None) -> bool:
    """Whether a slice left the range of its own past in the last of some periods while all the rest stayed in theirs."""
    own, rest = (leaves.series(starts, where, rest=side) for side in (False, True))
    stock = is_stock(book[leaves.kpi])
    z, others = (signals(s, last=1, is_stock=stock, holidays=country)["z"].iloc[-1] for s in (own, rest))
    return bool(abs(z) > LIMIT and abs(others) <= LIMIT)


def _usual(book: KpiBook, judged: pd.DataFrame, move: Move) -> list[date]:
    """Give the periods that set what is expected: those before the move that were not out of range themselves; of what runs, the last."""
    before = judged[(judged.index < pd.Timestamp(move.start)) & ~judged["signal"].astype(bool)]
    return [start.date() for start in before.index[-(1 if is_stock(book[move.kpi]) else USUAL) :]]


def _place(change: Change, where: Mapping[str, str]) -> Place:
    expected, value = change.levels(where)
    share = change.of(where) / change.value if change.value else 0.0
    return Place(SEPARATOR.join(where), SEPARATOR.join(where.values()), share, change.size(where), value, expected)


def _of_places(desk: Desk, book: KpiBook, grain: Grain, moves: Sequence[Move], frame: pd.DataFrame) -> pd.DataFrame:
    """Compute the slices of crossed dimensions that moves are told of; the frame has those of one dimension."""
    crossed = [m for m in moves if SEPARATOR in m.dimension]
    if not crossed:
        return frame.head(0)
    spans = frame[["period_start", "period_end"]].drop_duplicates().sort_values("period_start")
    periods = [Period(start.date(), end.date()) for start, end in spans.itertuples(index=False)]
    slicings = list(dict.fromkeys(tuple(m.dimension.split(SEPARATOR)) for m in crossed))
    read = compute_slicings(desk, book, grain=grain, periods=periods, slicings=slicings, names=[m.kpi for m in crossed])
    return read[
        [
            (k, d, s) in {(m.kpi, m.dimension, m.slice) for m in crossed}
            for k, d, s in read[["kpi", "dimension", "slice"]].itertuples(index=False)
        ]
    ]


def _retold(book: KpiBook, move: Move, more: pd.DataFrame, since: pd.DataFrame, country: str | None) -> Move:
    """Judge the slice that a move turned out to sit in by that slice's own past."""
    if SEPARATOR not in move.dimension:
        return move
    first = since.loc[since["kpi"] == move.kpi, "period_start"].min()
    own = more[
        (more["kpi"] == move.kpi) & (more["dimension"] == move.dimension) & (more["slice"] == move.slice) & (more["period_start"] >= first)
    ]
    return farthest(judge(book[move.kpi], own, RECENT[move.grain], country), move.grain) or move


# --------------------------------------------------------------------------------------------------------------- shifts
def _shift(desk: Desk, book: KpiBook, shift: Shift, leaves: Crossing | None, frame: pd.DataFrame) -> Why | None:
    """Find the slices behind a change of level: of the whole KPI, though the shift was told of one slice."""
    if leaves is None:
        return None
    whole = frame[(frame["kpi"] == shift.kpi) & (frame["dimension"] == "") & frame["complete"].astype(bool) & frame["value"].notna()]
    on = pd.Timestamp(shift.on)
    before = whole[whole["period_end"] <= on].tail(SIDES[shift.grain])
    after = whole[whole["period_start"] >= on].head(SIDES[shift.grain])
    sides = [leaves.over([s.date() for s in side["period_start"]]) for side in (before, after)]
    change = change_of(leaves, sides[0], sides[1], (_level(before), _level(after)))
    slices = ({shift.dimension: shift.slice},) if shift.dimension in leaves.dims else slices_behind(change)
    labels = (f"before {day_words(shift.on)}", "after")
    return tell(book[shift.kpi], desk.workspace.currency, change, slices, labels, leaves.left_out)


def _level(rows: pd.DataFrame) -> float:
    """Give the level of some periods: of ratios the pooled one, else the mean of the periods' values."""
    if rows["numerator"].notna().all() and rows["denominator"].sum():
        return float(rows["numerator"].sum() / rows["denominator"].sum())
    return float(rows["value"].mean())
