"""Where the review's moves and shifts sit: each change searched in the cells of its KPI, and told with the way down to its slice."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
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
    for grain in dict.fromkeys(c.grain for c in changes):
        names = [c.kpi for c in changes if c.grain == grain]
        ended = frames[grain][frames[grain]["period_end"] <= pd.Timestamp(desk.as_of)]
        leaves = read_crossings(desk, book, grain, _spans(ended), names, values)
        search = _Search(desk, book, grain, leaves, frames[grain], since[grain])
        found = [search.sits(m) for m in moves if m.grain == grain]
        more[grain] = search.of_places([m for m, _ in found])
        told = [(search.retold(m, more[grain]), slices) for m, slices in found]
        located += [m for m, _ in told]
        moved = [(m, search.why(m, slices)) for m, slices in told]
        settled = [(s, _shift(desk, book, s, leaves.get(s.kpi), frames[grain])) for s in shifts if s.grain == grain]
        explained: list[tuple[Move | Shift, Why | None]] = [*moved, *settled]
        whys |= {(c.kpi, c.dimension, c.slice): why for c, why in explained if why}
    return Located(tuple(sorted(located, key=lambda m: (-abs(m.z), m.kpi))), whys, more)


def _spans(frame: pd.DataFrame) -> list[Period]:
    """Give the periods of a frame, in order."""
    spans = frame[["period_start", "period_end"]].drop_duplicates().sort_values("period_start")
    return [Period(start.date(), end.date()) for start, end in spans.itertuples(index=False)]


# ---------------------------------------------------------------------------------------------------------------- moves
@dataclass(frozen=True, eq=False)
class _Search:
    """The search behind the moves of one grain: its cells by KPI, the frame of all periods, and that of those moves are judged by."""

    desk: Desk
    book: KpiBook
    grain: Grain
    leaves: Mapping[str, Crossing]
    frame: pd.DataFrame
    since: pd.DataFrame
    _judged: dict[str, pd.DataFrame] = field(default_factory=dict)

    def sits(self, move: Move) -> tuple[Move, tuple[Mapping[str, str], ...]]:
        """Find the slices behind a move, of the whole or of the one slice that moved, and tell it of the first of them."""
        leaves, change = self.leaves.get(move.kpi), self.change(move)
        if not leaves or not change:
            return move, ()
        inside = {move.dimension: move.slice} if move.dimension else None
        starts = [*self.usual(move), move.start]
        slices = slices_behind(change, inside, lambda where: self._is_alone(leaves, where, starts))
        if not slices:
            return move, (inside,) if inside and move.dimension in leaves.dims else ()
        if not inside:
            return replace(move, place=_place(change, slices[0])), slices
        return replace(move, dimension=SEPARATOR.join(slices[0]), slice=SEPARATOR.join(slices[0].values())), slices

    def why(self, move: Move, slices: Sequence[Mapping[str, str]]) -> Why | None:
        """Tell what the slices brought in the period that a move is told of, or the inputs, where the KPI is not made up of slices."""
        if not can_be_split(self.book[move.kpi]) and not move.dimension:
            usual = self.usual(move)
            return inputs_behind(self.desk, self.book, move, usual[-1]) if usual else None
        leaves, change = self.leaves.get(move.kpi), self.change(move)
        if not leaves or not change:
            return None
        labels = ("expected", words.period_words(move.start, move.grain))
        return tell(self.book[move.kpi], self.desk.workspace.currency, change, slices, labels, leaves.left_out)

    def change(self, move: Move) -> Change | None:
        """Compare a move's period with what was expected, cell by cell the usual periods; nothing where no such is known."""
        leaves = self.leaves.get(move.kpi)
        if not leaves:
            return None
        usual = self.usual(move)
        expected, value = self.judged(move.kpi).loc[pd.Timestamp(move.start), ["expected", "value"]].astype("float64")
        if np.isnan(expected) or np.isnan(value) or not usual:
            return None
        return change_of(leaves, leaves.over(usual), leaves.over([move.start]), (float(expected), float(value)))

    def usual(self, move: Move) -> list[date]:
        """Give the periods that set what is expected: those before the move that were not out of range themselves; of what runs, the last."""
        judged = self.judged(move.kpi)
        before = judged[(judged.index < pd.Timestamp(move.start)) & ~judged["signal"].astype(bool)]
        return [start.date() for start in before.index[-(1 if is_stock(self.book[move.kpi]) else USUAL) :]]

    def judged(self, kpi: str) -> pd.DataFrame:
        """Judge a KPI over all rows, once."""
        if kpi not in self._judged:
            self._judged[kpi] = self._judge(kpi, self.since[self.since["dimension"] == ""]).set_index("period_start")
        return self._judged[kpi]

    def _judge(self, kpi: str, rows: pd.DataFrame) -> pd.DataFrame:
        return judge(self.book[kpi], rows[rows["kpi"] == kpi], RECENT[self.grain], self.desk.workspace.country)

    def _is_alone(self, leaves: Crossing, where: Mapping[str, str], starts: Sequence[date]) -> bool:
        """Whether a slice left the range of its own past in the last of some periods while all the rest stayed in theirs."""
        own, rest = (leaves.series(starts, where, rest=side) for side in (False, True))
        stock, country = is_stock(self.book[leaves.kpi]), self.desk.workspace.country
        z, others = (signals(s, last=1, is_stock=stock, holidays=country)["z"].iloc[-1] for s in (own, rest))
        return bool(abs(z) > LIMIT and abs(others) <= LIMIT)

    def of_places(self, moves: Sequence[Move]) -> pd.DataFrame:
        """Compute the slices of crossed dimensions that moves are told of; the frame has those of one dimension."""
        crossed = {(m.kpi, m.dimension, m.slice) for m in moves if SEPARATOR in m.dimension}
        if not crossed:
            return self.frame.head(0)
        told = [m for m in moves if SEPARATOR in m.dimension]
        slicings = list(dict.fromkeys(tuple(m.dimension.split(SEPARATOR)) for m in told))
        names = [m.kpi for m in told]
        read = compute_slicings(self.desk, self.book, grain=self.grain, periods=_spans(self.frame), slicings=slicings, names=names)
        return read[[key in crossed for key in read[["kpi", "dimension", "slice"]].itertuples(index=False, name=None)]]

    def retold(self, move: Move, more: pd.DataFrame) -> Move:
        """Judge the slice that a move turned out to sit in by that slice's own past."""
        if SEPARATOR not in move.dimension:
            return move
        first = self.since.loc[self.since["kpi"] == move.kpi, "period_start"].min()
        own = more[(more["dimension"] == move.dimension) & (more["slice"] == move.slice) & (more["period_start"] >= first)]
        return farthest(self._judge(move.kpi, own), move.grain) or move


def _place(change: Change, where: Mapping[str, str]) -> Place:
    expected, value = change.levels(where)
    share = change.of(where) / change.value if change.value else 0.0
    return Place(SEPARATOR.join(where), SEPARATOR.join(where.values()), share, change.size(where), value, expected)


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
