"""What a launch did to a KPI: by its experiment, else against its control group, else against its own past, each with its placebos."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, Literal

from prodops.errors import ProdopsError
from prodops.launches.counted import Counted, shares_apart
from prodops.launches.measures import Measures
from prodops.launches.plan import Launch
from prodops.launches.scales import Kind

if TYPE_CHECKING:
    import pandas as pd

Role = Literal["aim", "guardrail", "watched"]
Method = Literal["experiment", "difference in differences", "interrupted series", ""]
LONGEST: dict[str, int] = {"day": 91, "week": 13, "month": 6}
"""Most periods after a launch that count: what lies later is no longer its own."""
FEWEST_WEEKS = 4
"""Whole weeks after a launch before it is read out."""
LEVEL = 0.05


@dataclass(frozen=True)
class Effect:
    """What one launch did to one KPI, in the KPI's unit, with its 95 % range; ``note`` says why there is none.

    ``meant`` is what was meant. ``p`` is that of the readout by itself, ``p_together`` that over all that was looked at. ``placebo_share``
    of the ``placebos`` (the same readout at dates when nothing launched) worked. ``path`` has ``at``, ``actual``, ``expected``, ``lower``,
    ``upper``, ``is_after``.
    """

    launch: str
    kpi: str
    role: Role
    method: Method = ""
    effect: float = math.nan
    lower: float = math.nan
    upper: float = math.nan
    p: float = math.nan
    p_together: float = math.nan
    expected: float = math.nan
    actual: float = math.nan
    periods: int = 0
    grain: str = "week"
    meant: float | None = None
    good: str = "up"
    placebo_share: float = math.nan
    placebos: int = 0
    note: str = ""
    path: "pd.DataFrame | None" = field(default=None, repr=False, compare=False)

    @property
    def is_known(self) -> bool:
        return not math.isnan(self.effect)

    @property
    def trusted(self) -> bool:
        """Whether the readout can be trusted on this KPI: not where many placebo dates worked too."""
        from prodops.launches.placebos import is_trusted

        return self.method == "experiment" or is_trusted(self.placebo_share, self.placebos)

    @property
    def welcome(self) -> int:
        """The sign of a welcome change; 0 where neither is."""
        if self.meant:
            return 1 if self.meant > 0 else -1
        return {"up": 1, "down": -1}.get(self.good, 0)

    @property
    def is_clear(self) -> bool:
        """Whether it is no chance: at most one in twenty such calls, over all that was looked at, is; never where it cannot be trusted."""
        return self.is_known and self.trusted and self.p_together <= LEVEL and (self.lower > 0 or self.upper < 0)

    @property
    def worked(self) -> bool:
        """Whether it clearly moved the way it was meant to."""
        return self.is_clear and self.effect * self.welcome > 0

    @property
    def harmed(self) -> bool:
        """Whether it clearly moved the other way."""
        return self.is_clear and self.effect * self.welcome < 0

    @property
    def harm(self) -> tuple[float, float, float]:
        """How much worse the KPI is than without the launch, with its range; negative is better."""
        sign = -1 if self.good == "up" else 1
        low, high = sorted((sign * self.lower, sign * self.upper))
        return sign * self.effect, low, high

    @property
    def falls_short(self) -> bool:
        """Whether the range rules out what was meant."""
        if self.meant is None or not self.is_known or not self.trusted:
            return False
        return self.upper < self.meant if self.meant > 0 else self.lower > self.meant


def measure(
    launch: Launch,
    measures: Measures,
    *,
    others: Iterable[date] = (),
    tested: "Mapping[str, Effect] | None" = None,
    watched: Sequence[str] = (),
    until: date | None = None,
) -> tuple[Effect, ...]:
    """Read a launch's effect on each KPI that it is meant to move or not to harm, and on those ``watched``.

    ``others`` are the days of other launches, which placebos leave out; ``tested`` are effects that an experiment tells, by KPI. At most 13
    weeks (6 months) after the launch count.
    """
    by_role: dict[Role, Sequence[str]] = {"watched": watched, "guardrail": list(launch.guardrails), "aim": list(launch.aims)}
    roles = {kpi: role for role, names in by_role.items() for kpi in names}
    ordered = dict.fromkeys([*launch.aims, *launch.guardrails, *watched])
    return tuple(_effect(launch, kpi, roles[kpi], measures, tuple(others), tested or {}) for kpi in ordered)


def _effect(launch: Launch, kpi: str, role: Role, measures: Measures, others: tuple[date, ...], tested: Mapping[str, Effect]) -> Effect:
    aim = launch.aims.get(kpi)
    blank = Effect(launch.name, kpi, role, meant=aim.by if aim else None, good=measures.good(kpi))
    if kpi in tested:
        return replace(tested[kpi], launch=launch.name, role=role, meant=blank.meant, good=blank.good)
    own = measures.series(kpi, launch.reaches)
    alone = "" if len(own) or not launch.reaches else f"not told apart by {launch.reaches.dimension}: all of it is looked at"
    own = own if len(own) or not launch.reaches else measures.series(kpi)
    beside = measures.series(kpi, launch.control) if launch.control and not alone else own.iloc[:0]
    if own.empty:
        return replace(blank, note="no value here")
    grain = _grain(own)
    blank = replace(blank, grain=grain, note=alone)
    if not len(beside):
        return _read(replace(blank, method="interrupted series"), _line(own, launch.on, grain), launch.on, others, measures.kind(kpi))
    blank = replace(blank, method="difference in differences")
    if counted := shares_apart(own, beside, launch.on, LONGEST[grain]):
        return _of_counts(blank, counted)
    kind = measures.kind(kpi) if measures.kind(kpi) != "share" else ""  # points, as of counts over counts
    return _read(
        blank, _line(own, launch.on, grain), launch.on, (), kind, beside.set_index("period_start")["value"].astype(float)
    )  # other launches touch both groups


def _of_counts(blank: Effect, found: Counted) -> Effect:
    return replace(
        blank,
        effect=found.effect,
        lower=found.lower,
        upper=found.upper,
        p=found.p,
        p_together=found.p,
        expected=found.after - found.effect,
        actual=found.after,
        periods=found.periods,
        placebo_share=found.placebo_share,
        placebos=found.placebos,
        path=found.path,
    )


def _grain(rows: "pd.DataFrame") -> str:
    days = (rows["period_end"] - rows["period_start"]).dt.days.iloc[-1]
    return "day" if days == 1 else "week" if days == 7 else "month"


def _line(rows: "pd.DataFrame", on: date, grain: str) -> "pd.Series":
    """Give the values by period up to the last that counts."""
    values = rows.set_index("period_start")["value"].astype(float)
    after = values.index[values.index >= str(on)][: LONGEST.get(grain, 6)]
    return values[values.index < str(on)] if not len(after) else values[values.index <= after[-1]]


def _read(
    blank: Effect, values: "pd.Series", on: date, others: tuple[date, ...], kind: Kind = "", beside: "pd.Series | None" = None
) -> Effect:
    """Read one series at the launch and at the placebo dates; a fault of the data is a note."""
    from prodops.launches.placebos import placebo

    try:
        found = placebo(values, post=on, kind=kind, beside=beside, others=[day for day in others if day != on])
        found = (
            found if found.n or not others else placebo(values, post=on, kind=kind, beside=beside)
        )  # a calendar so full that no date is free of launches
    except ProdopsError as fault:
        return replace(blank, method="", note=str(fault))
    told = found.impact
    return replace(
        blank,
        effect=told.effect,
        lower=found.lower,
        upper=found.upper,
        p=found.p,
        p_together=found.p,
        expected=told.expected,
        actual=told.actual,
        periods=told.after,
        placebo_share=found.share,
        placebos=found.n,
        path=told.path,
    )


def together(effects: Iterable[Effect]) -> tuple[Effect, ...]:
    """Judge all effects at once: of those that are clear at most one in twenty is chance (Benjamini and Hochberg 1995)."""
    import numpy as np

    from prodops.intervals import benjamini_hochberg

    found = tuple(effects)
    adjusted = benjamini_hochberg(np.array([effect.p for effect in found], dtype=float))
    return tuple(replace(effect, p_together=float(p)) for effect, p in zip(found, adjusted, strict=True))
