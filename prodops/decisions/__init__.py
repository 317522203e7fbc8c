"""Decisions: what to do next and how sure that order is, how the goals stand, and whether what was done has helped.

``define`` reads the candidates of ``params/candidates.yaml``, ``rank`` scores them by RICE, ICE, WSJF or opportunity with their ranges, ``places``
and ``pairs`` say which order is certain, ``methods`` sets the methods beside each other. ``grades`` reads OKR grades off the KPIs' history.
``actions`` reads the log of ``params/actions.yaml``; ``loops`` says of each action whether it is open, and of each that shipped what became of
its theme and KPI. ``review`` looks at all of it for one report.
"""

from typing import TYPE_CHECKING

from prodops.lazily import exports

if TYPE_CHECKING:
    from prodops.decisions.candidates import Backlog, Candidate, define
    from prodops.decisions.ranking import pairs, places, rank

_HOMES = {
    "candidates": ("Backlog", "Candidate", "define"),
    "ranking": ("pairs", "places", "rank"),
}
__all__ = ["Backlog", "Candidate", "define", "pairs", "places", "rank"]

__getattr__, __dir__ = exports(__name__, _HOMES)
