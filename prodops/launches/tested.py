"""The A/B tests of the experiments table: the split first, then what each measure says, as effects on the KPIs of the same names."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from prodops.launches.effects import Effect
from prodops.launches.measures import Measures

if TYPE_CHECKING:
    from prodops.launches.adoption import Desk

MISMATCH = 0.01


@dataclass(frozen=True)
class Tested:
    """One A/B test."""

    name: str
    sizes: dict[str, int]
    mismatch_p: float
    effects: tuple[Effect, ...]

    @property
    def is_mismatched(self) -> bool:
        return self.mismatch_p < MISMATCH


def tested(data: "Desk", measures: Measures) -> tuple[Tested, ...]:
    """Read every A/B test of the workspace."""
    return ()
