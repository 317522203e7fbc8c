"""The effect of a launch on a KPI, read from the KPI's own past and from series that the launch did not touch."""

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from prodops.errors import ParameterError, did_you_mean, shorten
from prodops.intervals import Z95
from prodops.launches.lines import Array, Line, When, read
from prodops.launches.scales import PLAIN, SCALES, SURE, Kind, Scale, scales_of
from prodops.launches.structural import Fit, Structure, Window, lay_out
from prodops.stamps import in_words

if TYPE_CHECKING:
    import pandas as pd

    from prodops.launches.lines import Controls, Values

LIKELY = 0.7
"""How likely a line or a wandering level must be to be told."""


@dataclass(frozen=True)
class Impact:
    """What a launch did to a KPI: actual − expected on average a period, with 95 % ranges, in the KPI's unit.

    ``p`` is the chance of an effect this far from 0, either way, if there were none; ``sd`` the effect's standard deviation. ``actual`` and
    ``expected`` are means a period after the launch. ``cumulative`` is the effect over all ``after`` periods, ``relative`` the effect as a
    fraction of what was expected (NaN where that may be 0 or less). ``path`` has a row a period: ``at``, ``actual``, ``expected`` with
    ``lower`` and ``upper``, in which the period itself should lie (one step ahead up to the launch, from the launch on after it), and
    ``is_after``. What the past was taken for: ``trend``, the chance that it lies along a line; ``memory``, the part of one period's departure that goes
    on into the next (0–1); ``wanders``, the chance that its level wanders for good.
    """

    effect: float
    lower: float
    upper: float
    p: float
    sd: float
    actual: float
    expected: float
    cumulative: float
    cumulative_lower: float
    cumulative_upper: float
    relative: float
    relative_lower: float
    relative_upper: float
    before: int
    after: int
    seasons: int
    controls: int
    trend: float
    memory: float
    wanders: float
    path: "pd.DataFrame" = field(repr=False)

    @property
    def is_clear(self) -> bool:
        """Whether the 95 % range leaves 0 out."""
        return bool(self.lower > 0 or self.upper < 0)

    @property
    def taken_for(self) -> str:
        """Say in words what the past was taken for."""
        line = "along a line" if self.trend > LIKELY else "without a line" if self.trend < 1 - LIKELY else "perhaps along a line"
        level = "a level that wanders" if self.wanders > LIKELY else "a steady level"
        season = f", a season of {self.seasons} periods" if self.seasons > 1 else ""
        beside = f", {self.controls} control{'s' * (self.controls > 1)}" if self.controls else ""
        return f"{level} {line}{season}{beside}; {in_words(self.memory, 'share')} of a departure goes on into the next period"


def impact(
    values: "Values",
    *,
    post: When,
    controls: "Controls | None" = None,
    beside: "Values | None" = None,
    seasons: int | None = None,
    kind: Kind = "",
    seed: int = 0,
) -> Impact:
    """Read the effect of a launch at ``post``: actual − expected, expected from the past and the ``controls`` (an interrupted series).

    ``values`` is a series of one number a period, its index the periods' starts (or plain numbers, with ``post`` the place of the first
    after the launch); a period that holds ``post`` counts on neither side; missing values are left out. ``controls`` are series alike that
    the launch did not touch; ``beside`` is a control group's series, whose every change the values are expected to share (difference in
    differences: of counts and money in ratio, else in the KPI's unit). ``seasons`` is the number of periods after which the season comes
    again: 7 for days unless given, else none. With a ``kind`` the effect is read on logarithms (count, money) or log odds (share), where
    growth and seasons are even, and no expectation is impossible. Nothing is drawn by chance: the same input gives the same answer, and
    ``seed`` is there for callers alone.
    The method is a Bayesian structural time series, averaged over kinds of noise and trend (see :mod:`structural`).
    Raises NoData where a side has too few values or the past never varied, InputError and ParameterError for what cannot be read.
    """
    line = read(values, post, controls, seasons, beside)
    scale, structure = passed(kind, line, [Window(line.before, line.after, len(line.values))])
    return read_out(line, scale, structure)


def passed(kind: Kind, line: Line, windows: list[Window]) -> tuple[Scale, Structure]:
    """Pass a series through every world on the kind's usual scale, or on another where its past before the first window is far more likely.

    Raises ParameterError for a kind that there is not.
    """
    if kind not in SCALES:
        raise ParameterError(
            f'kind is {shorten(kind)}; it can be {", ".join(k for k in SCALES if k)} or "".{did_you_mean(str(kind), SCALES)}'
        )
    scale, *others = scales_of(kind, line.values if line.beside is None else np.append(line.values, line.beside))
    for other in others:
        if _evidence(line, other) > _evidence(line, scale) + math.log(SURE):
            scale = other
    return scale, _passed(line, scale, windows)


def _passed(line: Line, scale: Scale, windows: list[Window]) -> Structure:
    """Pass a series through every world on its scale; controls that fit the scale stand on it too."""
    controls = [scale.there(c) if scale.fits(c) else c for c in line.controls.T]
    columns = np.column_stack(controls) if controls else np.empty((len(line.values), 0))
    return lay_out(line.times, scale.there(line.values) - shared(line, scale), columns, line.seasons, windows)


def shared(line: Line, scale: Scale) -> Array:
    """Give the control group on the scale: what the values are expected to share of it."""
    return np.zeros(len(line.values)) if line.beside is None else scale.there(line.beside)


def _evidence(line: Line, scale: Scale) -> float:
    """Give how likely the past is on a scale, brought to the KPI's own unit; the level, which is free, takes one number of it."""
    fit = _passed(line, scale, [Window(line.before, line.after, len(line.values))]).fit(line.before)
    return fit.evidence - (line.before - 1) * float(scale.steps(line.values[: line.before]).mean())


def read_out(line: Line, scale: Scale, structure: Structure) -> Impact:
    """Read the launch out of a series passed through every world, whose first window is the launch's own."""
    fit = structure.fit(line.before)
    told, n = structure.effect(fit), line.n_after
    values = line.values[line.after :]
    actual = float(values.mean())
    expected, most, least = (float(scale.without(values, end).mean()) for end in (told.value, told.quantile(0.025), told.quantile(0.975)))
    effect, lower, upper = actual - expected, actual - most, actual - least
    # where 0 may be expected there is no telling by what part of it a KPI moved
    relative = [actual / end - 1 for end in (expected, most, least)] if least > 0 else [float("nan")] * 3
    worlds = fit.by_world
    return Impact(
        effect=effect,
        lower=lower,
        upper=upper,
        p=told.p,
        sd=told.sd if scale is PLAIN else (upper - lower) / (2 * Z95),
        actual=actual,
        expected=expected,
        cumulative=effect * n,
        cumulative_lower=lower * n,
        cumulative_upper=upper * n,
        relative=relative[0],
        relative_lower=relative[1],
        relative_upper=relative[2],
        before=line.before,
        after=n,
        seasons=line.seasons,
        controls=line.controls.shape[1],
        trend=float(worlds @ [w.slope > 0 for w in structure.worlds]),
        memory=float(worlds @ [w.carried for w in structure.worlds]),
        wanders=float(worlds @ [w.walk > 0 for w in structure.worlds]),
        path=_path(line, scale, structure, fit),
    )


def _path(line: Line, scale: Scale, structure: Structure, fit: Fit) -> "pd.DataFrame":
    import pandas as pd
    from scipy.special import stdtrit

    expected, sd = structure.expected(fit)
    expected = expected + shared(line, scale)
    # a Student's t with the averaged spread: the standard deviation holds the tails already
    half = sd * float(stdtrit(line.before - 1, 0.975)) / (((line.before - 1) / max(line.before - 3, 1)) ** 0.5)
    ends = {name: scale.back(column) for name, column in (("expected", expected), ("lower", expected - half), ("upper", expected + half))}
    frame = pd.DataFrame({"at": line.at, "actual": line.values} | ends)
    return frame.assign(is_after=np.arange(len(line.values)) >= line.after)
