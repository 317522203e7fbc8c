"""How loaded a station is, week by week: what its levels tell of the people behind it, of who waits and of who is worked on.

A station's load is the work it does ÷ the work it does while items wait, when all that can be done is done. That needs neither
the number of its people nor their calendar, and holds for people that two stations share.

Where one state holds waiting and work alike, the two are told apart by how many are worked on at once, c: n items there leave at a pace that
grows as min(n, c), so what is above c waits (the likelihood of a birth and
death process: Wolff 1965). Where items are taken in the order in which they came, that order tells c more sharply: only the first c in line
ever leave.
"""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from prodops.flow.stations import WEEK, Station

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pandas as pd

    Array = npt.NDArray[np.float64]

BUSY, QUIET = 0.95, 0.05
"""Shares of time: the concurrency that is exceeded in the rest of it while items wait is a station's capacity; a queue that is above nothing
in all but the rest of a week did not empty, and one that is so in all but the rest of the span tells nothing of what its people can do."""
BUNCHED = 0.5
"""The share of items that leave with others that makes a station one that hands over in batches."""
OFTEN = 0.5
"""A station that lets items go at this share of the moments at which any moves hands over as often as moves are dated (by day, say), not in batches."""
SCATTERED = 0.75
"""Where the variance of what is worked on while items wait is so near its mean, as with a Poisson number, no capacity shows."""
MOST = 0.5
"""A stage that waits by its name alone is taken to be one where it takes more than this share of the items' time."""
SURE = 1.92
"""How much likelier (in logs) a limit on servers must be than none: half the 95 % point of chi-square with one degree."""
IN_LINE, BEYOND = 0.98, 0.1
"""So many leave from among the first c in line, and so many would not if any might leave: then the order tells c."""
ALLOWED = 2 * SURE
"""How much less likely (in logs) the pace may be with that c than with the best one: work that always takes as long is never overtaken."""


@dataclass(frozen=True)
class Load:
    """One station week by week.

    ``waiting`` and ``working`` item-seconds; seconds in which there was no queue (``free``) and in which there was one (``pressed``), with the item-seconds
    worked in these (``worked_then``); ``stood`` (the queue never emptied), ``leaves``.
    """

    servers: float
    waiting: "Array"
    working: "Array"
    free: "Array"
    pressed: "Array"
    worked_then: "Array"
    stood: "Array"
    leaves: "Array"
    in_batches: bool

    def utilisation(self, weights: "Array") -> "Array":
        """Give work done ÷ what would be done if items always waited, for each row of weeks; missing where they hardly ever wait, where no limit
        shows, and where items leave in batches (what is done lies there still). Weeks before the first item came count for nothing.
        """
        import numpy as np

        used = np.cumsum(self.working + self.waiting + self.leaves) > 0
        span, pressed = weights @ used * WEEK, weights @ self.pressed
        pace = weights @ self.worked_then / np.maximum(pressed, 1e-9)
        tells = (pressed > QUIET * span) & (pace > 0) & np.isfinite(self.servers) & (not self.in_batches)
        share = (weights @ self.working) / np.maximum(span * pace, 1e-9)
        return np.where(tells, np.minimum(share, 1.0), np.nan)


def load(line: Station, rows: "pd.DataFrame", line_up: "pd.DataFrame", weeks: int, moments: int) -> Load:
    """Read one station's levels: how many are worked on at once, who waited and who was worked on.

    ``line_up`` says how many left from each place in line (``rank`` from 0, ``leaves``).
    """
    import numpy as np

    week, queue, work = (
        rows[c].to_numpy("int64").clip(0) for c in ("week", "queue", "work")
    )  # a visit of no length leaves before it enters
    lasts, leaves = rows["seconds"].to_numpy("float64"), rows["leaves"].to_numpy("float64")
    in_batches = bool(rows["together"].sum() > BUNCHED * max(leaves.sum(), 1) and rows["goings"].sum() < OFTEN * moments)
    servers = float("nan")
    if line.shape == "queue":
        servers = _capacity(queue, work, lasts)
    elif line.is_guess:
        queue, work = work, queue
    elif line.shape == "mixed":
        servers = float("inf") if in_batches else _servers(work, lasts, leaves, line_up)
        queue, work = np.maximum(work - servers, 0), np.minimum(work, servers)

    def by_week(values: "Array") -> "Array":
        return np.bincount(week, values, minlength=weeks)[:weeks].astype("float64")

    empty, pressed = by_week(np.where(queue > 0, 0.0, lasts)), by_week(np.where(queue > 0, lasts, 0.0))
    return Load(
        servers=servers, waiting=by_week(queue * lasts), working=by_week(work * lasts), free=empty, pressed=pressed,
        worked_then=by_week(np.where(queue > 0, work * lasts, 0.0)), stood=(empty < QUIET * (empty + pressed)).astype("float64"),
        leaves=by_week(leaves), in_batches=in_batches,
    )  # fmt: skip


def settled(lines: tuple[Station, ...], rows: "pd.DataFrame") -> tuple[Station, ...]:
    """Take what waits by its name alone for work, unless it takes most of the items' time."""
    there = (rows["queue"] + rows["work"]).clip(lower=0) * rows["seconds"]
    share = (there.groupby(rows["station"]).sum() / max(there.sum(), 1.0)).to_dict()
    return tuple(
        replace(line, is_waiting=False, is_guess=False) if line.is_guess and share.get(n, 0.0) <= MOST else line
        for n, line in enumerate(lines)
    )


def unlimited(line: Station, load: Load) -> Station:
    """Take a station whose queue has nothing to do with a limit to its work for a wait."""
    return replace(line, is_waiting=True) if line.queues and load.servers == float("inf") else line


def _capacity(queue: "Array", work: "Array", lasts: "Array") -> float:
    """Give the concurrency that a station keeps up while items wait; the highest there was where hardly any did.

    Infinite where nothing is kept up: what is worked on scatters while items wait as if each came by itself (variance near the mean).
    """
    import numpy as np

    waits = queue > 0
    if lasts[waits].sum() < QUIET * lasts.sum():
        return float(work.max(initial=0))
    mean = np.average(work[waits], weights=lasts[waits])
    if np.average((work[waits] - mean) ** 2, weights=lasts[waits]) > SCATTERED * mean:
        return float("inf")
    order = np.argsort(work[waits], kind="stable")
    reached = np.cumsum(lasts[waits][order]) >= BUSY * lasts[waits].sum()
    return float(work[waits][order][np.argmax(reached)])


def _servers(number: "Array", lasts: "Array", leaves: "Array", line_up: "pd.DataFrame") -> float:
    """Give the number of servers that the order of leaving tells, unless the pace contradicts, or else the pace; infinite where no limit shows."""
    import numpy as np

    told = _by_pace(number, lasts, leaves)
    if len(told) < 2:
        return float("inf")
    first = _by_order(number, leaves, line_up)
    best = int(np.argmax(told))
    if first and told[best] - told[min(first, len(told)) - 1] <= ALLOWED:
        return float(first)
    return float(best + 1) if told[best] - told[-1] > SURE else float("inf")


def _by_order(number: "Array", leaves: "Array", line_up: "pd.DataFrame") -> int:
    """Give how many at the head of the line ever leave; 0 where the order tells nothing: few stand in line, or any of them may leave."""
    import numpy as np

    if not len(line_up):
        return 0
    ranks = line_up.sort_values("rank")
    share = ranks["leaves"].cumsum().to_numpy("float64") / ranks["leaves"].sum()
    first = int(ranks["rank"].to_numpy("int64")[np.argmax(share >= IN_LINE)]) + 1
    beyond = (leaves * np.maximum(number - first, 0) / np.maximum(number, 1)).sum() / leaves.sum()
    return first if beyond > BEYOND else 0


def _by_pace(number: "Array", lasts: "Array", leaves: "Array") -> "Array":
    """Give the log-likelihood of 1, 2, … servers behind the pace at which items leave; nothing where none left."""
    import numpy as np

    n = np.arange(int(number.max(initial=0)) + 1)
    time, gone = np.bincount(number, lasts, len(n)), np.bincount(number, leaves, len(n))
    gone[0] = 0
    if not gone.sum() or not time[1:].sum():
        return np.zeros(0)
    limits = n[1:]
    busy = np.cumsum(time * n)[1:] + limits * (time.sum() - np.cumsum(time)[1:])
    logs = np.log(np.maximum(n, 1))
    return np.cumsum(gone * logs)[1:] + np.log(limits) * (gone.sum() - np.cumsum(gone)[1:]) - gone.sum() * np.log(busy)
