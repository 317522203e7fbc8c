"""KPIs: defined once in ``params/kpis.yaml``, computed in the engine at any grain and slice, reviewed week by week, explained.

``define`` checks the file, ``describe`` says what a KPI is in words and SQL, ``compute`` gives tidy numbers. ``review`` makes the weekly
page, with ``six_twelve``, ``forecast`` and ``tree`` for one KPI, and ``restate`` what was published beside what holds now. ``signals``
judges each point of a series by its own past (``xmr`` is the chart by the book); ``explain`` finds the slices in which a move sits,
``decompose`` takes it apart along the KPI's formula, ``since`` compares before and after a date. ``engagement`` follows people, with
``retention``, ``funnel``, ``lifecycle``, ``stickiness`` and ``actives``. A number is aggregated first and then divided; a period in
progress enters no comparison; what is not known is missing, never zero.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from prodops.kpis.behaviour.activity import ActivesSpec, StickinessSpec, actives, stickiness
    from prodops.kpis.behaviour.conversion_time import ConversionTime, time_to_convert
    from prodops.kpis.behaviour.events import Step, people
    from prodops.kpis.behaviour.funnel_spec import Exclusion, FunnelSpec
    from prodops.kpis.behaviour.funnel_trend import funnel_trend
    from prodops.kpis.behaviour.funnels import funnel
    from prodops.kpis.behaviour.lifecycle import LifecycleSpec, lifecycle
    from prodops.kpis.behaviour.repeats import retention_repeats
    from prodops.kpis.behaviour.report import Engagement, engagement
    from prodops.kpis.behaviour.retention import RetentionSpec, retention, retention_curve
    from prodops.kpis.book import KpiBook, define
    from prodops.kpis.description import Description, describe
    from prodops.kpis.drivers.explanation import Explanation, explain
    from prodops.kpis.drivers.formula import Decomposition, decompose
    from prodops.kpis.intervals import Interval, wilson
    from prodops.kpis.kinds import Desk
    from prodops.kpis.measure import compute, history, left_out
    from prodops.kpis.outlook import Forecast, forecast
    from prodops.kpis.page import Review, review
    from prodops.kpis.restated import Restatement, restate
    from prodops.kpis.shifts import Shift, since
    from prodops.kpis.signalling import signals
    from prodops.kpis.six_and_twelve import SixTwelve, from_days, six_twelve
    from prodops.kpis.trees import tree
    from prodops.kpis.wheeler import xmr

_HOMES = {
    "ActivesSpec": "behaviour.activity",
    "StickinessSpec": "behaviour.activity",
    "actives": "behaviour.activity",
    "stickiness": "behaviour.activity",
    "ConversionTime": "behaviour.conversion_time",
    "time_to_convert": "behaviour.conversion_time",
    "Step": "behaviour.events",
    "people": "behaviour.events",
    "Exclusion": "behaviour.funnel_spec",
    "FunnelSpec": "behaviour.funnel_spec",
    "funnel_trend": "behaviour.funnel_trend",
    "funnel": "behaviour.funnels",
    "LifecycleSpec": "behaviour.lifecycle",
    "lifecycle": "behaviour.lifecycle",
    "Engagement": "behaviour.report",
    "engagement": "behaviour.report",
    "RetentionSpec": "behaviour.retention",
    "retention": "behaviour.retention",
    "retention_curve": "behaviour.retention",
    "retention_repeats": "behaviour.repeats",
    "KpiBook": "book",
    "define": "book",
    "Description": "description",
    "describe": "description",
    "Explanation": "drivers.explanation",
    "explain": "drivers.explanation",
    "Decomposition": "drivers.formula",
    "decompose": "drivers.formula",
    "Interval": "intervals",
    "wilson": "intervals",
    "Desk": "kinds",
    "compute": "measure",
    "history": "measure",
    "left_out": "measure",
    "Forecast": "outlook",
    "forecast": "outlook",
    "Review": "page",
    "review": "page",
    "Restatement": "restated",
    "restate": "restated",
    "Shift": "shifts",
    "since": "shifts",
    "signals": "signalling",
    "SixTwelve": "six_and_twelve",
    "from_days": "six_and_twelve",
    "six_twelve": "six_and_twelve",
    "tree": "trees",
    "xmr": "wheeler",
}
__all__ = [
    "ActivesSpec",
    "ConversionTime",
    "Decomposition",
    "Description",
    "Desk",
    "Engagement",
    "Exclusion",
    "Explanation",
    "Forecast",
    "FunnelSpec",
    "Interval",
    "KpiBook",
    "LifecycleSpec",
    "Restatement",
    "RetentionSpec",
    "Review",
    "Shift",
    "SixTwelve",
    "Step",
    "StickinessSpec",
    "actives",
    "compute",
    "decompose",
    "define",
    "describe",
    "engagement",
    "explain",
    "forecast",
    "from_days",
    "funnel",
    "funnel_trend",
    "history",
    "left_out",
    "lifecycle",
    "people",
    "restate",
    "retention",
    "retention_curve",
    "retention_repeats",
    "review",
    "signals",
    "since",
    "six_twelve",
    "stickiness",
    "time_to_convert",
    "tree",
    "wilson",
    "xmr",
]


def __getattr__(name: str) -> object:
    """Import a verb's module on its first use, so that importing the room is quick."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
