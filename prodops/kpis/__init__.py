"""KPIs: defined once in ``params/kpis.yaml``, computed in the engine at any grain and slice, reviewed week by week, explained.

``define`` checks the file, ``describe`` says what a KPI is in words and SQL, ``compute`` gives tidy numbers. ``review`` makes the weekly
page, with ``six_twelve``, ``forecast`` and ``tree`` for one KPI, and ``restate`` what was published beside what holds now. ``signals``
judges each point of a series by its own past (``xmr`` is the chart by the book); ``explain`` finds the slices in which a move sits,
``decompose`` takes it apart along the KPI's formula, ``since`` compares before and after a date. ``engagement`` follows people, with
``retention``, ``funnel``, ``lifecycle``, ``stickiness`` and ``actives``. A number is aggregated first and then divided; a period in
progress enters no comparison; what is not known is missing, never zero.
"""

from typing import TYPE_CHECKING

from prodops.lazily import exports

if TYPE_CHECKING:
    from prodops.intervals import Interval, wilson
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
    "behaviour.activity": ("ActivesSpec", "StickinessSpec", "actives", "stickiness"),
    "behaviour.conversion_time": ("ConversionTime", "time_to_convert"),
    "behaviour.events": ("Step", "people"),
    "behaviour.funnel_spec": ("Exclusion", "FunnelSpec"),
    "behaviour.funnel_trend": ("funnel_trend",),
    "behaviour.funnels": ("funnel",),
    "behaviour.lifecycle": ("LifecycleSpec", "lifecycle"),
    "behaviour.report": ("Engagement", "engagement"),
    "behaviour.retention": ("RetentionSpec", "retention", "retention_curve"),
    "behaviour.repeats": ("retention_repeats",),
    "book": ("KpiBook", "define"),
    "description": ("Description", "describe"),
    "drivers.explanation": ("Explanation", "explain"),
    "drivers.formula": ("Decomposition", "decompose"),
    "kinds": ("Desk",),
    "measure": ("compute", "history", "left_out"),
    "outlook": ("Forecast", "forecast"),
    "page": ("Review", "review"),
    "restated": ("Restatement", "restate"),
    "shifts": ("Shift", "since"),
    "signalling": ("signals",),
    "six_and_twelve": ("SixTwelve", "from_days", "six_twelve"),
    "trees": ("tree",),
    "wheeler": ("xmr",),
    "prodops.intervals": ("Interval", "wilson"),
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

__getattr__, __dir__ = exports(__name__, _HOMES)
