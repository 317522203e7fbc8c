"""Is an effect believed? The same readout at earlier dates, when nothing launched, and the verdict over several KPIs at once."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt

from prodops.errors import ParameterError, did_you_mean, shorten
from prodops.intervals import benjamini_hochberg
from prodops.launches.impacts import Impact, passed, read_out
from prodops.launches.lines import FEWEST_BEFORE, WEEKS, Line, When, places, read
from prodops.launches.scales import Kind
from prodops.launches.structural import Window

if TYPE_CHECKING:
    import pandas as pd

    from prodops.launches.lines import Controls, Values

Array = npt.NDArray[np.float64]
Good = Literal["", "up", "down"]
WAYS: tuple[Good, ...] = ("", "up", "down")
LEVEL = 0.05
"""A launch worked where chance alone would tell as much in at most so many cases."""
ENOUGH, MOST = 12, 100
"""Periods before a placebo date, if there are as many before the launch itself twice over; and most placebo dates looked at."""
MISTRUST = 0.2
"""Where more placebo launches worked than this, four times what a readout may be wrong, nothing is believed; of fewer than 12 none is asked."""
TRUST = 4.0
"""The readout's own range counts as much as so many placebo dates that do not overlap."""


@dataclass(frozen=True)
class Placebo:
    """A launch's readout beside the same readout at earlier dates, and whether it is believed.

    ``dates`` has a row a placebo date: ``at``, ``effect``, ``p`` and ``worked``, by the launch's own rule: the range widened by the other
    dates that share no period with it, p at most 0.05, and the effect on the good side if one is given. ``share`` is the share of placebo
    launches that worked, NaN without any. ``rank`` is the launch's place among them and itself by
    how far chance would go: 1 is the least likely. ``wider`` is the factor, never below 1, by which placebo readouts lie further from 0
    than their ranges allow; ``p`` is the launch's own p-value after widening its range as much, and ``worked`` the verdict on it.
    """

    impact: Impact
    good: Good
    dates: "pd.DataFrame" = field(repr=False)
    share: float
    rank: int
    wider: float
    p: float
    worked: bool

    @property
    def n(self) -> int:
        """How many placebo dates there were."""
        return len(self.dates)

    @property
    def trusted(self) -> bool:
        """Whether no more placebo launches worked than the readout may be wrong; True where they are too few to tell."""
        return is_trusted(self.share, self.n)

    @property
    def lower(self) -> float:
        """The lower end of the effect's 95 % range, widened as the placebo dates ask."""
        return self.impact.effect - self.wider * (self.impact.effect - self.impact.lower)

    @property
    def upper(self) -> float:
        """The upper end of the effect's 95 % range, widened as the placebo dates ask."""
        return self.impact.effect + self.wider * (self.impact.upper - self.impact.effect)


def placebo(
    values: "Values",
    *,
    post: When,
    controls: "Controls | None" = None,
    beside: "Values | None" = None,
    seasons: int | None = None,
    kind: Kind = "",
    good: Good = "",
    others: Iterable[When] = (),
    seed: int = 0,
) -> Placebo:
    """Read a launch as :func:`impact` does, and again at each earlier date that has enough past and as many periods up to the launch.

    ``others`` are dates of other launches: none lies in the periods that a placebo date looks at. ``good`` is the way in which the
    KPI is meant to move; "" is either. Placebo dates are at most 100, evenly spread. Raises what :func:`impact` raises.
    """
    import pandas as pd

    if good not in WAYS:
        raise ParameterError(f'good is {shorten(good)}; it can be "up", "down" or "" for either.{did_you_mean(str(good), WAYS)}')
    line = read(values, post, controls, seasons, beside)
    origins = _origins(line, [at for other in others for at in places(line.at, other)])
    found, effects, p = _readouts(line, kind, origins)
    worked = (_left_out(p, origins, line.n_after) <= LEVEL) & _on_side(effects, good)
    dates = pd.DataFrame({"at": line.at[origins], "effect": effects, "p": p, "worked": worked})
    wider = _wider(p, line.n_after)
    own = _widened(found.p, wider)
    return Placebo(
        impact=found,
        good=good,
        dates=dates,
        share=float(dates["worked"].mean()) if len(dates) else math.nan,
        rank=int((p < found.p).sum()) + 1,
        wider=wider,
        p=own,
        worked=bool(
            own <= LEVEL
            and is_trusted(float(worked.mean()) if len(p) else math.nan, len(p))
            and _on_side(np.array([found.effect]), good)[0]
        ),
    )


def _on_side(effects: Array, good: Good) -> npt.NDArray[np.bool_]:
    return np.asarray(effects > 0 if good == "up" else effects < 0 if good == "down" else effects != 0)


def _origins(line: Line, others: list[int]) -> npt.NDArray[np.int64]:
    """Give the places of placebo dates: before each enough past, after each as many periods as after the launch, all before the launch."""
    span = line.n_after
    past = min(max(ENOUGH, WEEKS * line.seasons if line.seasons > 1 else 0), max(line.before // 2, FEWEST_BEFORE))
    varies = int(np.argmax(line.values != line.values[0]))
    found = [o for o in range(max(past, varies + 1), line.before - span + 1) if not any(o <= other < o + span for other in others)]
    return np.array(found[:: -(-len(found) // MOST)] if found else [], dtype=np.int64)


def _readouts(line: Line, kind: Kind, origins: npt.NDArray[np.int64]) -> tuple[Impact, Array, Array]:
    """Give the launch's readout, and effect and p of each placebo date, all from one pass over the series."""
    span = line.n_after
    windows = [Window(line.before, line.after, len(line.values)), *(Window(int(o), int(o), int(o) + span) for o in origins)]
    scale, structure = passed(kind, line, windows)
    told = [structure.effect(structure.fit(int(o)), i) for i, o in enumerate(origins, start=1)]
    effects = [
        float((line.values[o : o + span] - scale.without(line.values[o : o + span], t.value)).mean())
        for o, t in zip(origins, told, strict=True)
    ]
    return read_out(line, scale, structure), np.array(effects), np.array([t.p for t in told])


def _wider(p: Array, span: int) -> float:
    """Give by how much placebo readouts lie further out than a normal curve has it: the root of their mean squared standard deviations.

    Dates nearer than ``span`` share periods, so that so many of them count as one; beside them the readout's own range has a say.
    """
    if not len(p):
        return 1.0
    squares, count = float((_deviations(p) ** 2).mean()), len(p) / span
    return math.sqrt(max((TRUST + count * squares) / (TRUST + count), 1.0))


def _left_out(p: Array, origins: npt.NDArray[np.int64], span: int) -> Array:
    """Give each placebo date's p, its range widened by the other dates that share no period with it."""
    apart = np.abs(np.subtract.outer(origins, origins)) >= span
    return np.array([_widened(one, _wider(p[far], span)) for one, far in zip(p.tolist(), apart, strict=True)])


def is_trusted(share: float, dates: int) -> bool:
    """Whether a readout is believed on a KPI of whose placebo dates such a share worked."""
    return dates < ENOUGH or share <= MISTRUST


def _deviations(p: Array) -> Array:
    from scipy.special import ndtri

    return np.asarray(-ndtri(np.maximum(p, 1e-300) / 2))


def _widened(p: float, wider: float) -> float:
    from scipy.special import ndtr

    return p if wider == 1 else float(2 * ndtr(-_deviations(np.array([p]))[0] / wider))


def together(readouts: Mapping[str, Placebo]) -> "pd.DataFrame":
    """Judge several KPIs' readouts of one launch at once: of those said to have worked, at most one in twenty is chance on average.

    One row a KPI, in the given order: ``kpi``, ``effect``, ``lower``, ``upper``, ``p``, ``p_together`` (Benjamini and Hochberg 1995) and
    ``worked``: that p is at most 0.05, and the effect on the good side.
    """
    import pandas as pd

    rows = [(name, r.impact.effect, r.lower, r.upper, r.p) for name, r in readouts.items()]
    frame = pd.DataFrame(rows, columns=["kpi", "effect", "lower", "upper", "p"])
    adjusted = benjamini_hochberg(frame["p"].to_numpy(dtype=float)) if len(frame) else np.empty(0)
    worked = [bool(r.worked and p <= LEVEL) for r, p in zip(readouts.values(), adjusted, strict=True)]
    return frame.assign(p_together=adjusted, worked=worked)
