"""Scenarios: a driver tree with uncertain levers, written once in ``params/scenarios/<model>.yaml``, asked "what if" in any place.

``load`` reads a model's file, ``define`` checks one that is already read. A :class:`Model` computes its nodes for one setting (``point``)
or for many draws at once (``evaluate``); ``simulate``, ``compare``, ``tornado``, ``sensitivity`` and ``seek`` say what comes of a setting
and what it hangs on. ``fit`` proposes values and ranges from past KPIs; ``report`` says what a scenario means. A model's formulas are read
three ways that agree: as arrays, as Vega expressions, and as words.
"""

from typing import TYPE_CHECKING

from prodops.lazily import exports

if TYPE_CHECKING:
    from prodops.scenarios.definitions import Lever, Node, Outcome
    from prodops.scenarios.fitting import Fit, Proposal, fit
    from prodops.scenarios.model import Model
    from prodops.scenarios.readable import beside, changes, levers, needed, told
    from prodops.scenarios.reading import define, load
    from prodops.scenarios.reporting import Report, report
    from prodops.scenarios.saved import Saved, chosen, place
    from prodops.scenarios.seek import Goal
    from prodops.scenarios.simulation import Simulation

_HOMES = {
    "definitions": ("Lever", "Node", "Outcome"),
    "fitting": ("Fit", "Proposal", "fit"),
    "model": ("Model",),
    "reading": ("define", "load"),
    "readable": ("beside", "changes", "levers", "needed", "told"),
    "reporting": ("Report", "report"),
    "saved": ("Saved", "chosen", "place"),
    "seek": ("Goal",),
    "simulation": ("Simulation",),
}

__all__ = [
    "Fit",
    "Goal",
    "Lever",
    "Model",
    "Node",
    "Outcome",
    "Proposal",
    "Report",
    "Saved",
    "Simulation",
    "beside",
    "changes",
    "chosen",
    "define",
    "fit",
    "levers",
    "load",
    "needed",
    "place",
    "report",
    "told",
]

__getattr__, __dir__ = exports(__name__, _HOMES)
