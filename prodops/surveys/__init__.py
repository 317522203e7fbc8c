"""Surveys: NPS, CSAT, CES, PMF, Kano, opportunity, choices and matrices, with ranges that cover and groups too small kept back.

``nps``, ``csat``, ``ces``, ``pmf``, ``share`` and ``mean`` give an :class:`Estimate`; ``kano`` and ``opportunity`` read two questions at
once, ``choices`` and ``matrix`` many answers. ``rake`` weighs answers to known margins; ``difference`` and ``differences`` set waves and
groups against each other, ``pooled`` pools their respondents; ``response_rate`` and ``who_is_missing`` say who did not answer, and
``shown`` keeps back groups below :data:`LEAST_GROUP`.
"""

from typing import TYPE_CHECKING

from prodops.lazily import exports

if TYPE_CHECKING:
    from prodops.surveys.comparing import Change, difference, differences, pooled
    from prodops.surveys.estimates import Estimate, mean, off_scale, share
    from prodops.surveys.features import Kano, Opportunity, kano, opportunity
    from prodops.surveys.lists import choices, matrix
    from prodops.surveys.raking import Weights, rake
    from prodops.surveys.responding import response_rate, who_is_missing
    from prodops.surveys.scores import ces, csat, nps, pmf
    from prodops.surveys.small_groups import LEAST_GROUP, shown

_HOMES = {
    "comparing": ("Change", "difference", "differences", "pooled"),
    "estimates": ("Estimate", "mean", "off_scale", "share"),
    "features": ("Kano", "Opportunity", "kano", "opportunity"),
    "lists": ("choices", "matrix"),
    "raking": ("Weights", "rake"),
    "responding": ("response_rate", "who_is_missing"),
    "scores": ("ces", "csat", "nps", "pmf"),
    "small_groups": ("LEAST_GROUP", "shown"),
}
__all__ = [
    "LEAST_GROUP",
    "Change",
    "Estimate",
    "Kano",
    "Opportunity",
    "Weights",
    "ces",
    "choices",
    "csat",
    "difference",
    "differences",
    "kano",
    "matrix",
    "mean",
    "nps",
    "off_scale",
    "opportunity",
    "pmf",
    "pooled",
    "rake",
    "response_rate",
    "share",
    "shown",
    "who_is_missing",
]

__getattr__, __dir__ = exports(__name__, _HOMES)
