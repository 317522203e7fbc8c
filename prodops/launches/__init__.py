"""Launches: is it ready, on what evidence, when does it come; and afterwards: did it work, and does it stay?

``impact`` reads a launch's effect on a KPI from its own past and from series that the launch did not touch, ``compare`` from units that
had it and units that did not, ``placebo`` says whether such a readout is believed, ``together`` judges several KPIs at once.
"""

from typing import TYPE_CHECKING

from prodops.lazily import exports

if TYPE_CHECKING:
    from prodops.launches.differences import Difference, compare
    from prodops.launches.impacts import Impact, impact
    from prodops.launches.placebos import Placebo, placebo, together

_HOMES = {"differences": ("Difference", "compare"), "impacts": ("Impact", "impact"), "placebos": ("Placebo", "placebo", "together")}
__all__ = ["Difference", "Impact", "Placebo", "compare", "impact", "placebo", "together"]

__getattr__, __dir__ = exports(__name__, _HOMES)
