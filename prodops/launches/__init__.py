"""Launches: is it ready, on what evidence, when does it come; and afterwards: did it work, and does it stay?

``define`` checks the plan (``params/launches.yaml``), ``readiness`` judges one launch's gates on their evidence, ``review`` makes the report:
what is coming, what one past launch brought, how the others did.
"""

from typing import TYPE_CHECKING

from prodops.lazily import exports

if TYPE_CHECKING:
    from prodops.launches.gates import Readiness, readiness
    from prodops.launches.plan import Gate, Launch, Plan
    from prodops.launches.reading import define
    from prodops.launches.report import Review, review

_HOMES = {
    "gates": ("Readiness", "readiness"),
    "plan": ("Gate", "Launch", "Plan"),
    "reading": ("define",),
    "report": ("Review", "review"),
}
__all__ = [
    "Gate",
    "Launch",
    "Plan",
    "Readiness",
    "Review",
    "define",
    "readiness",
    "review",
]

__getattr__, __dir__ = exports(__name__, _HOMES)
