"""From the data: what the past of a KPI proposes for a lever, its value and likely range, and where the past cannot tell.

A lever stands for a KPI's mean over the horizon. What is proposed is the median and the 5th and 95th percentile of that mean, given the
history: how far the level is known, how far periods vary and hang together, and how far the level drifts (see :mod:`evidence`).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from prodops.errors import ParameterError
from prodops.scenarios.draws import Link, from_link
from prodops.scenarios.evidence import FEWEST, Told, future_mean, last_shift
from prodops.scenarios.history import DAYS, Series, read
from prodops.stamps import in_words

if TYPE_CHECKING:
    import pandas as pd

    from prodops.scenarios.definitions import Lever, Shape
    from prodops.scenarios.model import Model

SHAPES: dict[Link, "Shape"] = {"identity": "normal", "log": "lognormal", "logit": "logit-normal"}
PLAIN = 0.5
"""How likely a drift must be to be told."""
FEW = 12
FAR = 2.0
"""A horizon of more than so many times the history is called far."""


@dataclass(frozen=True)
class Proposal:
    """What the data propose for one lever; ``value`` and ``likely`` are missing where they cannot tell (``likely`` alone where the value is known
    exactly), ``warning`` says why or what to mind. ``was`` is the model's own value, ``n`` the number of periods used, the first of which began at ``since``."""

    lever: str
    title: str
    unit: str
    kpi: str
    grain: str
    n: int
    since: str
    value: float | None
    likely: tuple[float, float] | None
    shape: "Shape"
    was: float | None
    warning: str = ""

    def sentence(self) -> str:
        """Say it for a reader."""
        if self.value is None:
            return f"{self.title}: the data cannot tell. {self.warning}"
        if self.likely is None:
            return f"{self.title}: {in_words(self.value, self.unit)} in {self.since}. {self.warning}".rstrip()
        low, middle, high = (in_words(v, self.unit) for v in (self.likely[0], self.value, self.likely[1]))
        told = f"{self.title}: {middle}, likely {low} to {high}, from {self.n} {self.grain}s since {self.since}."
        return f"{told} {self.warning}".rstrip()


@dataclass(frozen=True, repr=False)
class Fit:
    """What a history proposes for the levers that name a KPI, and which of its KPIs and launches moved which; made by :func:`fit`.

    ``effects`` has a row for each pair looked at; see :func:`prodops.scenarios.effects.effects`.
    """

    proposals: tuple[Proposal, ...]
    effects: "pd.DataFrame"

    @property
    def levers(self) -> "pd.DataFrame":
        """One row a lever: ``lever``, ``title``, ``unit``, ``kpi``, ``grain``, ``n``, ``since``, ``value``, ``low``, ``high``, ``shape``,
        ``was`` and ``warning`` ("" for none)."""
        import pandas as pd

        rows = []
        for p in self.proposals:
            low, high = p.likely or (None, None)
            row = {k: getattr(p, k) for k in ("lever", "title", "unit", "kpi", "grain", "n", "since", "value")}
            rows.append(row | {"low": low, "high": high, "shape": p.shape, "was": p.was, "warning": p.warning})
        columns = ["lever", "title", "unit", "kpi", "grain", "n", "since", "value", "low", "high", "shape", "was", "warning"]
        return pd.DataFrame(rows, columns=columns)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the data cannot tell, lever by lever."""
        return tuple(f"{p.title}: {p.warning}" for p in self.proposals if p.warning)

    def __repr__(self) -> str:
        known = sum(p.value is not None for p in self.proposals)
        return f"Fit: {known} of {len(self.proposals)} levers from the data: .levers, .effects, .warnings; Model.fitted(fit)"


def fit(
    history: "pd.DataFrame",
    model: "Model | Mapping[str, Lever]",
    *,
    launches: "pd.DataFrame | None" = None,
    pairs: Sequence[tuple[str, str]] | None = None,
    months: int = 12,
    as_of: datetime | None = None,
) -> Fit:
    """Propose values and likely ranges for every lever with ``from_data``, and tell which KPIs and launches moved which.

    ``history`` has ``period_start`` and a column for each KPI, weekly or monthly, or is the tidy frame of ``kpis.compute``; rows whose
    ``complete`` is false and periods that had not ended by ``as_of`` are left out. ``launches`` has ``name`` and ``launched_on``.
    ``pairs`` are (cause, KPI) to look at, left out: each two KPIs of levers. ``months`` is the horizon where levers are given alone.
    Raises InputError for a KPI that the history lacks, with the near miss.
    """
    from prodops.scenarios.effects import effects

    levers, ahead = (model, months) if isinstance(model, Mapping) else (model.levers, model.months)
    asked = [lever for lever in levers.values() if lever.from_data]
    proposals = tuple(propose(history, lever, ahead, as_of=as_of) for lever in asked)
    return Fit(proposals, effects(history, asked, launches=launches, pairs=pairs, as_of=as_of))


def propose(history: "pd.DataFrame", lever: "Lever", months: int, *, as_of: datetime | None = None) -> Proposal:
    """Propose one lever's value and likely range over the next months from its KPI's past."""
    source = lever.from_data
    if source is None:
        raise ParameterError(f'The lever "{lever.name}" names no KPI: give it from_data: {{kpi: …}}.')
    whole = read(history, source.kpi, lever.unit, as_of=as_of)
    series = whole.last(max(round(source.weeks * 7 / DAYS[whole.grain]), 1))
    empty = Proposal(lever.name, lever.label, lever.unit, source.kpi, series.grain, len(series), "", None, None, lever.shape, lever.value)
    if source.at == "last" and len(whole):
        return replace(empty, n=1, since=whole.on(-1), value=float(whole.values[-1]))
    if len(series) < FEWEST:
        return replace(empty, warning=f"Only {len(series)} whole {series.grain}s are known; a range needs {FEWEST}.")
    if series.values.max() - series.values.min() <= 1e-12 * abs(series.values).max():
        same = in_words(float(series.values[0]), lever.unit)
        return replace(
            empty, since=series.on(0), warning=f"It is {same} in all {len(series)} {series.grain}s: how far it may go is not told."
        )
    return _told(empty, lever, series, months)


def _told(empty: Proposal, lever: "Lever", series: Series, months: int) -> Proposal:
    """Read the range off the last level of a series."""
    place = last_shift(series.response)
    used = series.last(len(series) - place) if place else series
    ahead = used.ahead(months)
    found = future_mean(used.response, ahead)
    times = DAYS["month"] / DAYS[used.grain] if lever.from_data and lever.from_data.adds_up else 1.0
    low, value, high = (float(from_link(used.link, bound)) * times for bound in found.bounds)
    fine = 10.0 ** math.floor(math.log10((high - low) / 100))
    shape = _shape(lever, SHAPES[used.link], low)
    return replace(
        empty,
        n=len(used),
        since=used.on(0),
        value=_rounded(value, fine),
        likely=(_rounded(low, fine), _rounded(high, fine)),
        shape=shape,
        warning=" ".join(_cautions(lever, series, used, found, ahead)),
    )


def _cautions(lever: "Lever", series: Series, used: Series, found: Told, ahead: int) -> list[str]:
    """Say what a reader of a range should mind."""
    said = []
    if len(used) < len(series):
        said.append(f"It settled on another level in {used.on(0)}; only the {len(used)} {used.grain}s since are used.")
    elif found.share_of("line") > PLAIN:
        said.append(
            f"It {'climbs' if used.response[-3:].mean() > used.response[:3].mean() else 'falls'} through the history; the range takes that to go on."
        )
    elif found.share_of("walk") > PLAIN:
        said.append("It wanders: nobody knows where to, so the range is wide.")
    if len(used) < FEW:
        said.append(f"{len(used)} {used.grain}s are few.")
    if ahead > FAR * len(used):
        said.append(f"The horizon is {ahead / len(used):.0f} times as long as the history.")
    if lever.unit == "count" and used.grain == "week" and "adds_up" not in (lever.from_data.model_fields_set if lever.from_data else ()):
        said.append("It is a week's number; where weeks add up to a month, say adds_up: true.")
    return said


def _shape(lever: "Lever", usual: "Shape", low: float) -> "Shape":
    """Take the KPI's usual shape, or a normal one where the slider reaches what that shape never does."""
    lowest, highest = min(lever.low, low), lever.high
    beyond = (usual == "lognormal" and lowest <= 0) or (usual == "logit-normal" and (lowest <= 0 or highest >= 1))
    return "normal" if beyond else usual


def _rounded(value: float, fine: float) -> float:
    """Round to a hundredth of a range's width or so, without the tail of a binary fraction."""
    return float(f"{round(value / fine) * fine:.12g}")


# ---------------------------------------------------------------------------------------------------------------- model
def fitted(model: "Model", fit: Fit) -> "Model":
    """Give a model with the proposed values, ranges and shapes; a slider is lengthened where it has to be, the rest stays as it is."""
    from prodops.scenarios.reading import define

    text = dict(model.text)
    text["levers"] = {**text["levers"]}
    for p in fit.proposals:
        if p.value is not None:
            text["levers"][p.lever] = {**text["levers"][p.lever], **_proposed(model.lever(p.lever), p, p.value)}
    return define(text, file=model.file)


def _proposed(lever: "Lever", proposal: Proposal, value: float) -> dict[str, object]:
    """Give the keys of a lever that the data propose."""
    low, high = proposal.likely or (value, value)
    ends = [min(lever.low, low), max(lever.high, high)]
    likely = [low, high] if proposal.likely else None
    return {"value": value, "likely": likely, "shape": proposal.shape, "range": ends}
