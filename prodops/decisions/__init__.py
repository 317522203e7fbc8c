"""Decisions: what to do next and how sure that order is, how the goals stand, and whether what was done has helped.

``define`` reads the candidates of ``params/candidates.yaml``, ``rank`` scores them by RICE, ICE, WSJF or opportunity with their ranges, ``places``
and ``pairs`` say which order is certain, ``beside`` sets the methods beside each other. ``grades`` reads OKR grades off the KPIs' history.
``actions`` reads the log of ``params/actions.yaml``; ``loops`` says of each action whether it is open, and of each that shipped what became of
its theme and KPI. ``review`` looks at all of it for one report.
"""

from typing import TYPE_CHECKING

from prodops.lazily import exports

if TYPE_CHECKING:
    from prodops.decisions.candidates import Backlog, Candidate, define
    from prodops.decisions.closing_loops import loops, outcomes, owed
    from prodops.decisions.comparing import beside, disagreements
    from prodops.decisions.grading import grades
    from prodops.decisions.links import broken, check
    from prodops.decisions.log import Action, ActionLog, actions
    from prodops.decisions.pasts import Themes, of_themes
    from prodops.decisions.ranking import pairs, places, rank
    from prodops.decisions.reporting import Review, asked, review

_HOMES = {
    "candidates": ("Backlog", "Candidate", "define"),
    "closing_loops": ("loops", "outcomes", "owed"),
    "comparing": ("beside", "disagreements"),
    "grading": ("grades",),
    "links": ("broken", "check"),
    "log": ("Action", "ActionLog", "actions"),
    "pasts": ("Themes", "of_themes"),
    "ranking": ("pairs", "places", "rank"),
    "reporting": ("Review", "asked", "review"),
}
__all__ = [
    "Action",
    "ActionLog",
    "Backlog",
    "Candidate",
    "Review",
    "Themes",
    "actions",
    "asked",
    "beside",
    "broken",
    "check",
    "define",
    "disagreements",
    "grades",
    "loops",
    "of_themes",
    "outcomes",
    "owed",
    "pairs",
    "places",
    "rank",
    "review",
]

__getattr__, __dir__ = exports(__name__, _HOMES)
