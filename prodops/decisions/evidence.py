"""Inputs that come from the data: voices of a theme, a KPI, a survey's answer, each with its range and where it comes from."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from prodops.decisions.amounts import Z90, Range, Source
from prodops.decisions.candidates import Backlog, Candidate
from prodops.decisions.levels import level
from prodops.decisions.methods import METHODS, Method
from prodops.decisions.pasts import Themes, of_kpi
from prodops.errors import did_you_mean
from prodops.intervals import Z95
from prodops.stamps import in_words

if TYPE_CHECKING:
    import pandas as pd

    from prodops.decisions.pasts import Kpi

QUARTER = 13
"""Weeks of a quarter."""


class Answer(Protocol):
    """A survey's number with its 95 % range; ``surveys.Estimate`` is one."""

    @property
    def value(self) -> float: ...
    @property
    def lower(self) -> float: ...
    @property
    def upper(self) -> float: ...


@dataclass(frozen=True)
class Evidence:
    """What the notebook hands in for inputs that name their source."""

    themes: Themes
    history: "pd.DataFrame | None" = None
    kpis: "Mapping[str, Kpi]" = None  # type: ignore[assignment]
    answers: Mapping[str, Answer] | None = None


@dataclass(frozen=True)
class Resolved:
    """A backlog whose inputs are numbers: ``backlog``, where the data's came from (``said``), and what is not known (``lacking``).

    ``said`` and ``lacking`` hold a sentence for each (candidate, method, input).
    """

    backlog: Backlog
    said: dict[tuple[str, str, str], str]
    lacking: dict[tuple[str, str, str], str]


def resolve(backlog: Backlog, evidence: Evidence) -> Resolved:
    """Put numbers in place of sources; an input whose source the data does not know stays a source, and its candidate out of that ranking."""
    said: dict[tuple[str, str, str], str] = {}
    lacking: dict[tuple[str, str, str], str] = {}
    settled = {n: c.model_copy(update=_settled(n, c, evidence, said, lacking)) for n, c in backlog.items()}
    return Resolved(replace(backlog, candidates=settled), said, lacking)


def _settled(
    name: str, candidate: Candidate, evidence: Evidence, said: dict[tuple[str, str, str], str], lacking: dict[tuple[str, str, str], str]
) -> dict[str, Method]:
    found = {}
    for key, method in candidate.methods.items():
        numbers: dict[str, Any] = {}
        for quantity, given in method.inputs.items():
            if isinstance(given, Source):
                amount, words = _read(given, evidence)
                (lacking if amount is None else said)[name, key, quantity] = words
                numbers |= {} if amount is None else {quantity: _within(amount, METHODS[key].bounds[quantity])}
        found[key] = method.model_copy(update=numbers)
    return found


def _within(amount: Range, bounds: tuple[float, float]) -> Range:
    low, high = bounds
    return Range(**{k: min(max(getattr(amount, k), low), high) for k in ("low", "likely", "high")})


def _read(source: Source, evidence: Evidence) -> tuple[Range | None, str]:
    """Give what a source comes to, times what it is multiplied by, and say where it comes from; None and why where it is not known."""
    key, asked = source.asked
    read = {"from_theme": _theme, "from_kpi": _kpi, "from_survey": _survey}[key]
    amount, words = read(asked, source, evidence)
    if amount is None:
        return None, words
    exact = (source.times.low, source.times.high) == (1, 1)
    times = "" if exact else f", times {source.times}"
    return _product(amount, source.times), words + times


def _theme(asked: str, source: Source, evidence: Evidence) -> tuple[Range | None, str]:
    """The voices of a theme in a quarter, as the last thirteen whole weeks lead to expect; per 1,000 active users beside it."""
    if not evidence.themes.find(asked):
        return None, evidence.themes.missing(asked)
    weeks = evidence.themes.voices(asked)["value"].tail(QUARTER).to_numpy(dtype=float)
    rates = evidence.themes.per_1000(asked)["value"].tail(QUARTER).dropna()
    per = f", {in_words(float(rates.mean()), 'per_1000')} active users a week" if len(rates) else ""
    return _sum_of(weeks), f"voices on “{evidence.themes.find(asked)}” in a quarter, from the last {len(weeks)} weeks{per}"


def _kpi(asked: str, source: Source, evidence: Evidence) -> tuple[Range | None, str]:
    kpis = evidence.kpis or {}
    past = of_kpi(evidence.history, asked)
    if past.empty:
        near = "" if asked in kpis else did_you_mean(asked, kpis)
        return None, f'there is no value of the KPI "{asked}".{near}'
    label = kpis[asked].label if asked in kpis else asked
    values = past["value"].to_numpy(dtype=float)
    if source.adds_up:
        days = (past["period_end"] - past["period_start"]).dt.days.median()
        periods = QUARTER if days < 20 else 3
        return _sum_of(values[-periods:], periods), f"{label} in a quarter, from the last {min(periods, len(values))} periods"
    now = level(values, past["n"].to_numpy(dtype=float) if past["lower"].notna().any() else None)
    half = Z90 * (now.error if math.isfinite(now.error) else 0.0)
    return _range(now.value - half, now.value, now.value + half), f"{label} as it stands"


def _survey(asked: str, source: Source, evidence: Evidence) -> tuple[Range | None, str]:
    answers = evidence.answers or {}
    if asked not in answers:
        return None, f"no survey's answer is called “{asked}”.{did_you_mean(asked, answers)}"
    found = answers[asked]
    low, high = (found.value + (end - found.value) * Z90 / Z95 if math.isfinite(end) else found.value for end in (found.lower, found.upper))
    return _range(low, found.value, high), f"the survey's answer on “{asked}”"


def _sum_of(values: "np.ndarray[tuple[int, ...], np.dtype[np.float64]]", periods: int = QUARTER) -> Range:
    """Give the range of the next so many periods' sum: past ones and those to come both scatter around their mean."""
    n = len(values)
    mean = float(values.mean()) if n else 0.0
    error = float(values.std(ddof=1)) * math.sqrt(periods + periods**2 / n) if n > 1 else 0.0
    total = mean * periods
    return _range(total - Z90 * error, total, total + Z90 * error)


def _range(low: float, likely: float, high: float) -> Range:
    return Range(low=max(low, 0.0), likely=max(likely, 0.0), high=max(high, 0.0))


def _product(amount: Range, times: Range) -> Range:
    """Multiply two ranges: their widths on either side, as proportions, add up as squares (independent of each other)."""
    if min(amount.likely, times.likely) <= 0:
        return Range(low=amount.low * times.low, likely=amount.likely * times.likely, high=amount.high * times.high)
    likely = amount.likely * times.likely
    up = math.hypot(*(math.log(r.high / r.likely) for r in (amount, times)))
    down = math.hypot(*(math.log(r.likely / max(r.low, r.likely * 1e-3)) for r in (amount, times)))
    return Range(low=likely * math.exp(-down), likely=likely, high=likely * math.exp(up))
