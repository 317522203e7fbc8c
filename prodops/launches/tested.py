"""The A/B tests of the workspace: the split first, then what each measure says, as effects on the KPIs of the same names."""

import math
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from prodops.errors import ProdopsError
from prodops.launches.effects import Effect
from prodops.launches.measures import Measures

if TYPE_CHECKING:
    from prodops.launches.adoption import Desk
    from prodops.launches.trials import Experiment

MOST_TESTS = 20
FAR = 10.0
"""A single value that lies so many times as far out as the mean would be large, in hundreds, is told."""


@dataclass(frozen=True)
class Tested:
    """One A/B test with its days; ``effects`` has one for each measure and variant, the control's name aside."""

    name: str
    first: date
    last: date
    readout: "Experiment"
    effects: tuple[Effect, ...]

    @property
    def sizes(self) -> dict[str, int]:
        """How many units each variant has."""
        units = self.readout.units
        return {str(variant): int(n) for variant, n in zip(units["variant"], units["units"], strict=True)}

    @property
    def rows(self) -> list[Any]:
        """The rows of the readout."""
        return list(self.readout.readout.itertuples(index=False))


def tested(data: "Desk", measures: Measures) -> tuple[Tested, ...]:
    """Read every A/B test of the workspace that has had its first assignments, the latest first; at most 20."""
    if not data.has("experiments"):
        return ()
    table = data.table("experiments")
    spans = table.group_by("experiment").agg(first=table.assigned_at.min(), last=table.assigned_at.max(), rows=table.count())
    found = data.read(spans.order_by(spans["last"].desc(), "experiment").limit(MOST_TESTS), name="experiments: their days")
    return tuple(one for row in found.itertuples() if (one := _read(data, row, measures)))


def _read(data: "Desk", row: Any, measures: Measures) -> Tested | None:
    """Read one test; what is no test, such as one variant alone, is left out."""
    from prodops.launches.trials import experiment

    try:
        found = experiment(data.table("experiments"), str(row.experiment), desk=data)
    except ProdopsError:
        return None
    if len(found.units) < 2 or not len(found.readout):
        return None
    effects = tuple(_effect(str(row.experiment), one, measures, found.trusted) for one in found.readout.itertuples())
    return Tested(str(row.experiment), row.first.date(), row.last.date(), found, effects)


def _effect(name: str, row: Any, measures: Measures, trusted: bool) -> Effect:
    """Give a measure's difference as the effect on the KPI of the same name; of a test whose split is off none can be called."""
    return Effect(
        launch=name,
        kpi=str(row.measure),
        role="watched",
        method="experiment",
        effect=float(row.difference),
        lower=float(row.lower),
        upper=float(row.upper),
        p=float(row.p_adjusted) if trusted else math.nan,
        p_together=float(row.p_adjusted) if trusted else math.nan,
        expected=float(row.control_value),
        actual=float(row.value),
        periods=int(row.n),
        grain="units",
        good=measures.good(str(row.measure)),
    )
