"""What matters to whom: the table that people edit, ``params/digest.yaml``, read and checked."""

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from prodops.errors import DefinitionError, did_you_mean, shorten
from prodops.workspace import one_line

FILE = "params/digest.yaml"
KNOWN = {"exec": "the executives", "product": "the product team", "engineering": "engineering", "support": "support", "sales": "sales"}
"""The audiences that the notebook knows, in words."""
Weight = Annotated[float, Field(ge=0, le=10)]


class Audiences(BaseModel):
    """Who is told what. ``audiences`` gives each one's patterns with their weights: ``kpi_review`` stands for all of that report,
    ``kpi_review/kpi.mrr*`` for its findings of such names; the first pattern that fits counts, and what none fits is left out.

    ``items`` is how many findings a page has at most; ``least`` the strength, in standard errors, below which a finding is as usual.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    items: int = Field(default=7, ge=1, le=50)
    least: float = Field(default=2.0, ge=0, le=8)
    audiences: dict[str, dict[str, Weight]] = Field(default_factory=dict)

    @field_validator("audiences")
    @classmethod
    def _known(cls, value: dict[str, dict[str, float]]) -> dict[str, dict[str, float]]:
        for name, weights in value.items():
            if name not in KNOWN:
                raise ValueError(f"there is no audience {shorten(name)}.{did_you_mean(name, KNOWN)} The audiences are {', '.join(KNOWN)}")
            if not weights:
                raise ValueError(f'{name}: name what matters to them, such as kpi_review: 1, or "*": 1 for everything')
        return value

    def weight(self, audience: str, report: str, name: str = "") -> float:
        """Give what a finding counts for an audience; 1 where the table has no such audience. Without a name: its report's most."""
        table = self.audiences.get(audience)
        if table is None:
            return 1.0
        if not name:
            return max((weight for pattern, weight in table.items() if fnmatchcase(report, pattern.partition("/")[0])), default=0.0)
        return next((weight for pattern, weight in table.items() if _fits(pattern, report, name)), 0.0)


def define(mapping: Mapping[str, Any], *, file: str = FILE) -> Audiences:
    """Check the parsed table; an empty one tells everybody everything.

    Raises :class:`DefinitionError` in one line that names the file, the key and the near miss.
    """
    try:
        return Audiences.model_validate(dict(mapping))
    except ValidationError as fault:
        raise DefinitionError(str(one_line(fault, Audiences, file))) from None


def _fits(pattern: str, report: str, name: str) -> bool:
    of, _, names = pattern.partition("/")
    return fnmatchcase(report, of) and fnmatchcase(name, names or "*")
