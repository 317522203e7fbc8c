"""Launches: is it ready, on what evidence, when does it come; and afterwards: did it work, and does it stay?

``define`` checks the plan (``params/launches.yaml``), ``readiness`` judges one launch's gates on their evidence, ``review`` makes the report:
what is coming, what one past launch brought, how the others did. ``experiment`` reads an A/B test out; ``impact`` reads a launch's effect on
a KPI from its own past and from series that the launch did not touch, ``compare`` from units that had it and units that did not,
``placebo`` says whether such a readout is believed, ``together`` judges several KPIs at once.
"""

from typing import TYPE_CHECKING

from prodops.lazily import exports

if TYPE_CHECKING:
    from prodops.launches.arms import Arm, Contrast, contrast
    from prodops.launches.differences import Difference, compare
    from prodops.launches.gates import Readiness, readiness
    from prodops.launches.impacts import Impact, impact
    from prodops.launches.placebos import Placebo, placebo, together
    from prodops.launches.plan import Gate, Launch, Plan
    from prodops.launches.planning import define
    from prodops.launches.report import Review, review
    from prodops.launches.trials import Experiment, experiment

_HOMES = {
    "arms": ("Arm", "Contrast", "contrast"),
    "differences": ("Difference", "compare"),
    "gates": ("Readiness", "readiness"),
    "impacts": ("Impact", "impact"),
    "placebos": ("Placebo", "placebo", "together"),
    "plan": ("Gate", "Launch", "Plan"),
    "planning": ("define",),
    "report": ("Review", "review"),
    "trials": ("Experiment", "experiment"),
}
__all__ = [
    "Arm",
    "Contrast",
    "Difference",
    "Experiment",
    "Gate",
    "Impact",
    "Launch",
    "Placebo",
    "Plan",
    "Readiness",
    "Review",
    "compare",
    "contrast",
    "define",
    "experiment",
    "impact",
    "placebo",
    "readiness",
    "review",
    "together",
]

__getattr__, __dir__ = exports(__name__, _HOMES)
