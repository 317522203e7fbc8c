"""KPIs: defined once in ``params/kpis.yaml``, computed in the engine at any grain and slice, reviewed week by week.

``define`` checks the file, ``describe`` says what a KPI is, ``compute`` gives tidy numbers, ``review`` the page's frames, tiles and
findings, ``since`` compares before and after a date, ``signals`` judges each point of a series by its own past. A number is aggregated
first and then divided; a period in progress enters no comparison; what is not known is missing, never zero.
``define`` checks the file, ``compute`` gives tidy numbers, ``review`` the page's frames, tiles and findings, ``since`` compares
before and after a date, ``signals`` judges each point of a series by its own past (``xmr`` is the chart by the book). A number is aggregated first and then
divided; a period in progress enters no comparison; what is not known is missing, never zero.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from prodops.kpis.book import KpiBook, define
    from prodops.kpis.description import Description, describe
    from prodops.kpis.drivers.explanation import Explanation, explain
    from prodops.kpis.drivers.formula import Decomposition, decompose
    from prodops.kpis.intervals import Interval, wilson
    from prodops.kpis.kinds import Desk
    from prodops.kpis.measure import compute, left_out
    from prodops.kpis.outlook import Forecast, forecast
    from prodops.kpis.page import Review, review
    from prodops.kpis.shifts import Shift, since
    from prodops.kpis.signalling import signals
    from prodops.kpis.six_and_twelve import SixTwelve, from_days, six_twelve
    from prodops.kpis.trees import tree
    from prodops.kpis.wheeler import xmr

_HOMES = {
    "KpiBook": "book",
    "define": "book",
    "Decomposition": "drivers.formula",
    "decompose": "drivers.formula",
    "Explanation": "drivers.explanation",
    "explain": "drivers.explanation",
    "Description": "description",
    "describe": "description",
    "Interval": "intervals",
    "wilson": "intervals",
    "Desk": "kinds",
    "compute": "measure",
    "left_out": "measure",
    "Review": "page",
    "review": "page",
    "Forecast": "outlook",
    "forecast": "outlook",
    "SixTwelve": "six_and_twelve",
    "six_twelve": "six_and_twelve",
    "from_days": "six_and_twelve",
    "tree": "trees",
    "Shift": "shifts",
    "since": "shifts",
    "signals": "signalling",
    "xmr": "wheeler",
}
__all__ = [
    "Decomposition",
    "Description",
    "Desk",
    "Explanation",
    "Forecast",
    "Interval",
    "KpiBook",
    "Review",
    "Shift",
    "SixTwelve",
    "compute",
    "decompose",
    "define",
    "describe",
    "explain",
    "forecast",
    "from_days",
    "left_out",
    "review",
    "signals",
    "since",
    "six_twelve",
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
