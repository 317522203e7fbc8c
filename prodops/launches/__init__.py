"""Launches: is it ready, on what evidence, when does it come; and afterwards: did it work, and does it stay?

``experiment`` reads an A/B test out, its split first; ``contrast`` sets two arms against each other from sums alone.
"""

from typing import TYPE_CHECKING

from prodops.lazily import exports

if TYPE_CHECKING:
    from prodops.launches.arms import Arm, Contrast, contrast
    from prodops.launches.trials import Experiment, experiment

_HOMES = {"arms": ("Arm", "Contrast", "contrast"), "trials": ("Experiment", "experiment")}
__all__ = ["Arm", "Contrast", "Experiment", "contrast", "experiment"]

__getattr__, __dir__ = exports(__name__, _HOMES)
