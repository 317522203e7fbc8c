"""The effect of a launch on a KPI, read from the KPI's own past and from series that the launch did not touch."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np

from prodops.launches.lines import Line, When, read
from prodops.launches.structural import Readout, Structure, Told, lay_out

if TYPE_CHECKING:
    import pandas as pd

    from prodops.launches.lines import Controls, Values

Kind = Literal["", "share", "count", "money"]


@dataclass(frozen=True)
class Impact:
    """What a launch did to a KPI: actual − expected, on average a period after it, with 95 % ranges, in the KPI's unit.

    ``p`` is the chance of an effect this large, either way, if there were none; ``sd`` the effect's standard deviation. ``actual`` and ``expected`` are means a
    period after the launch; ``cumulative`` is the effect over all ``after`` periods, ``relative`` the effect as a fraction of what was expected (NaN where that may
    be 0 or less). ``path`` has a row a period: ``at``, ``actual``, ``expected``, ``lower``, ``upper`` (of what was expected; one step ahead
    before the launch) and ``is_after``. ``trend``, ``memory`` and ``follows`` say what the past was taken for: the chance that it lies along a line, how much of one
    period's departure goes on into the next (0–1), and the share of its variance that controls and season explain.
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
    noise: float
    path: "pd.DataFrame" = field(repr=False)

    @property
    def is_clear(self) -> bool:
        """Whether the 95 % range leaves 0 out."""
        return bool(self.lower > 0 or self.upper < 0)


def impact(
    values: "Values", *, post: When, controls: "Controls | None" = None, seasons: int | None = None, kind: Kind = "", seed: int = 0
) -> Impact:
    """Read the effect of a launch at ``post`` as actual − expected, expected from the past and the ``controls`` (an interrupted series).

    ``values`` is a series of one number a period, its index the periods' starts (or plain numbers, with ``post`` the place of the first
    after the launch); a period that holds ``post`` counts on neither side; missing values are left out. ``controls`` are series alike that
    the launch did not touch. ``seasons`` is the number of periods after which the season comes again: 7 for days unless given, else none.
    The method is a Bayesian structural time series, averaged over kinds of noise and trend (see :mod:`structural`).
    Raises NoData where a side has too few values or the past never varied, InputError and ParameterError for what cannot be read.
    """
    line = read(values, post, controls, seasons)
    structure = lay_out(line.times, line.values, line.controls, line.seasons, line.before)
    fit = structure.read(line.before)
    return _impact(line, structure, fit, structure.effect(fit, slice(line.after, len(line.values))))


def _impact(line: Line, structure: Structure, fit: Readout, told: Told) -> Impact:
    actual = float(line.values[line.after :].mean())
    effect, lower, upper = told.mean, told.quantile(0.025), told.quantile(0.975)
    below = told.chance_below(0.0)
    expected = actual - effect
    ratio = [
        actual / (actual - end) - 1 if actual - end > 0 and expected > 0 and actual - upper > 0 else np.nan
        for end in (effect, lower, upper)
    ]
    n = line.n_after
    return Impact(
        effect, lower, upper, 2 * min(below, 1 - below), told.sd, actual, expected,
        effect * n, lower * n, upper * n, *ratio,
        line.before, n, line.seasons, line.controls.shape[1],
        fit.trend, fit.memory, fit.noise * structure.unit,
        _path(line, structure, fit),
    )  # fmt: skip


def _path(line: Line, structure: Structure, fit: Readout) -> "pd.DataFrame":
    import pandas as pd
    from scipy.special import stdtrit

    expected, sd = structure.expected(fit)
    half = sd * float(stdtrit(line.before - 1, 0.975))
    frame = {"at": line.at, "actual": line.values, "expected": expected, "lower": expected - half, "upper": expected + half}
    return pd.DataFrame(frame | {"is_after": np.arange(len(line.values)) >= line.after})
