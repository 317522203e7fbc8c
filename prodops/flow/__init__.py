"""Delivery flow: from moves of work items to WIP, throughput, age, cycle time, the bottleneck and its cost, and dates that are kept.

``states`` finds the states of the data and ``define`` says what they mean: which order they have, where work starts and is done, where it
waits. Then each question is one verb over the moves: ``items``, ``visits``, ``cycle_times`` and their ``percentiles``; ``wip``, ``arrivals``,
``throughput`` and ``cfd`` over time; ``age`` of what is in progress; ``time_in_stage`` and ``efficiency``; ``rework``, ``handoffs`` and
``ping_pong``. ``bottleneck`` names the constraint with its evidence and cost, ``dora`` gives the four keys, ``time_to_market`` follows
launches, ``simulate`` draws futures of weekly throughput, ``forecast`` reads dates
off them and ``backtest`` says how often such dates were kept; ``when_done`` forecasts from ranges that people give. ``review`` makes the report.
"""

from typing import TYPE_CHECKING

from prodops.lazily import exports

if TYPE_CHECKING:
    from prodops.flow.backtesting import Backtest, backtest
    from prodops.flow.constraint import Bottleneck, bottleneck
    from prodops.flow.deliveries import dora
    from prodops.flow.forecasting import forecast, simulate
    from prodops.flow.moves import states
    from prodops.flow.over_time import arrivals, cfd, throughput, wip
    from prodops.flow.progress import age, stage_ages
    from prodops.flow.quality import blocked_days, oddities, stage_dates
    from prodops.flow.ranged import how_many, when_done
    from prodops.flow.reviewing import Review, review
    from prodops.flow.reworking import moves_back, rework
    from prodops.flow.spec import FlowSpec, define
    from prodops.flow.stage_times import efficiency, time_in_stage
    from prodops.flow.teams import handoffs, ping_pong
    from prodops.flow.to_market import time_to_market
    from prodops.flow.work_items import cycle_times, items, percentiles, visits

_HOMES = {
    "backtesting": ("Backtest", "backtest"),
    "constraint": ("Bottleneck", "bottleneck"),
    "deliveries": ("dora",),
    "forecasting": ("forecast", "simulate"),
    "moves": ("states",),
    "over_time": ("arrivals", "cfd", "throughput", "wip"),
    "progress": ("age", "stage_ages"),
    "quality": ("blocked_days", "oddities", "stage_dates"),
    "ranged": ("how_many", "when_done"),
    "reviewing": ("Review", "review"),
    "reworking": ("rework", "moves_back"),
    "spec": ("FlowSpec", "define"),
    "stage_times": ("efficiency", "time_in_stage"),
    "teams": ("handoffs", "ping_pong"),
    "to_market": ("time_to_market",),
    "work_items": ("cycle_times", "items", "percentiles", "visits"),
}
__all__ = [
    "Backtest",
    "Bottleneck",
    "FlowSpec",
    "Review",
    "age",
    "arrivals",
    "backtest",
    "blocked_days",
    "bottleneck",
    "cfd",
    "cycle_times",
    "define",
    "dora",
    "efficiency",
    "forecast",
    "handoffs",
    "how_many",
    "items",
    "moves_back",
    "oddities",
    "percentiles",
    "ping_pong",
    "review",
    "rework",
    "simulate",
    "stage_ages",
    "stage_dates",
    "states",
    "throughput",
    "time_in_stage",
    "time_to_market",
    "visits",
    "when_done",
    "wip",
]

__getattr__, __dir__ = exports(__name__, _HOMES)
