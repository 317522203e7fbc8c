"""A scenario model as a Vega specification that stands by itself: sliders, points, draws, ranges, and a picture of them.

Any Vega shows it. A slider is a signal ``lever_<name>``; the formulas are written out by month twice, in the same words: as signals
(``point_mrr__3``) with the levers at their values, and as formulas over the data set ``draws`` (``mrr__3``), whose deviates travel with it.
What a page needs to know besides (titles, units, which column is which outcome) stands in ``usermeta``.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from prodops.scenarios import picture
from prodops.scenarios.draws import HIGH, LOW, drawn, link_of, sides, standard_deviates
from prodops.scenarios.model import BEFORE
from prodops.scenarios.saved import plain_number
from prodops.scenarios.simulation import quantiles

if TYPE_CHECKING:
    from prodops.scenarios.arrays import Array
    from prodops.scenarios.definitions import Lever, Outcome
    from prodops.scenarios.model import Model

Spec = dict[str, Any]
SCHEMA = "https://vega.github.io/schema/vega/v6.json"
CHANCES = (0.05, 0.25, 0.5, 0.75, 0.95)
RANGES = ("p05", "p25", "p50", "p75", "p95")
DRAWS = 1_000
DIGITS = 12
"""Digits of base's outcomes: a difference from them is as exact as its reader can tell."""
LEVER, POINT, DATUM = "lever_", "point_", "datum."
_LINKED = {"identity": "{v} + {d}", "log": "exp(log({v}) + {d})", "logit": "1 / (1 + exp(-(log({v} / (1 - {v})) + {d})))"}


def to_vega(model: "Model", levers: Mapping[str, float] | None = None, *, draws: int = DRAWS, seed: int = 0) -> Spec:
    """Write a model as Vega, its sliders at ``levers`` (those left out stay as in base); see :meth:`Model.simulate` for the draws.

    The fan is that of the first outcome's node. Raises ParameterError for unknown levers and those outside their range.
    """
    now, main = model.settings("base", **(levers or {})), model.outcome()
    nodes = tuple(dict.fromkeys(outcome.node for outcome in model.outcomes.values()))
    return {
        "$schema": SCHEMA,
        "description": f"{model.title}: what becomes of {main.label} as the levers are moved",
        **picture.layout(model, main),
        "signals": [*_sliders(model, now), *_arrays(model, draws, seed), *_points(model, nodes)],
        "data": [_draws(model, nodes, draws), *_fan(model, main), *_outcomes(model)],
        "usermeta": {"prodops": _described(model, now, main, drawn(model, now, draws, seed))},
    }


def still(model: "Model", levers: Mapping[str, float] | None = None, *, draws: int = DRAWS, seed: int = 0) -> Spec:
    """Write the fan alone, worked out here: what a page shows where no script runs."""
    main = model.outcome()
    simulated = model.simulate(levers, draws=draws, seed=seed)
    ranges = np.broadcast_to(quantiles(simulated.paths[main.node], CHANCES), (len(CHANCES), model.months))
    rows = [
        {**aside, "point": point, **dict(zip(RANGES, among, strict=True))}
        for aside, point, among in zip(_aside(model, main), simulated.point[main.node].tolist(), ranges.T.tolist(), strict=True)
    ]
    layout = picture.layout(model, main)
    marks = [mark for mark in layout["marks"] if mark["name"] != picture.LIST]
    fan = {"name": "fan", "values": rows, "transform": picture.times(model)}
    return {"$schema": SCHEMA, **layout, "title": None, "marks": marks, "data": [fan, _ends(model)]}


def column(outcome: "Outcome") -> str:
    """Name an outcome's column among the draws; ``point_`` stands before the signal with its point."""
    return f"{outcome.name}__outcome"


def start_of(model: "Model", month: int) -> str:
    """Name a month's first day (``2026-01-01``); ``""`` where the model does not say when it starts."""
    if not model.start:
        return ""
    at = int(model.start[:4]) * 12 + int(model.start[5:]) - 1 + month - 1
    return f"{at // 12}-{at % 12 + 1:02d}-01"


# --------------------------------------------------------------------------------------------------------------- the levers
def _sliders(model: "Model", now: Mapping[str, float]) -> Iterator[Spec]:
    for name, lever in model.levers.items():
        said = f"{lever.label} ({lever.unit})"
        bind = {"input": "range", "name": said, "min": lever.low, "max": lever.high, "step": lever.by}
        yield {"name": LEVER + name, "value": now[name], "bind": bind}


def _arrays(model: "Model", draws: int, seed: int) -> Iterator[Spec]:
    """Give what each draw brings along: every uncertain lever's standard deviate, and the outcomes under base."""
    deviates = {
        name: standard_deviates(name, lever.shape, draws, seed).tolist() for name, lever in model.levers.items() if lever.likely is not None
    }
    base = model.simulate(draws=draws, seed=seed).base
    yield {"name": "deviates", "value": deviates}
    yield {"name": "base", "value": {name: [float(f"{v:.{DIGITS}g}") for v in values] for name, values in base.items()}}


def _inputs(model: "Model", before: str = "") -> Iterator[tuple[str, str]]:
    """Give name → expression of what formulas start from: levers as they are set, and as base has them where a ramp leads on from there."""
    for name, lever in model.levers.items():
        yield model.input_of(name), _moved(lever, LEVER + name) if before else LEVER + name
    start = model.settings()
    for name, lever in model.levers.items():
        if lever.ramp:
            value = plain_number(start[name])
            yield name + BEFORE, _moved(lever, value) if before else value


def _moved(lever: "Lever", value: str) -> str:
    """Write a draw of a lever that is set to ``value``: on the scale of its link, as far away as the draw's deviate says."""
    below, above = map(plain_number, sides(lever))
    if lever.likely is None:
        return value
    z = f"deviates.{lever.name}[datum.draw]"
    far = f"{z} * {below}" if below == above else f"{z} * ({z} < 0 ? {below} : {above})"
    return _LINKED[link_of(lever.shape)].format(v=value, d=far)


# ------------------------------------------------------------------------------------------------------------- the formulas
def _points(model: "Model", nodes: Sequence[str]) -> list[Spec]:
    """Give a signal for each formula and month, with the levers at their values."""
    written = [*_inputs(model), *model.expressions(nodes, prefix=POINT).items(), *_taken(model, POINT)]
    return [{"name": POINT + name, "update": expression} for name, expression in written]


def _draws(model: "Model", nodes: Sequence[str], draws: int) -> Spec:
    """Give the same formulas over draws, a column for each name."""
    written = [*_inputs(model, DATUM), *model.expressions(nodes, prefix=DATUM).items(), *_taken(model, DATUM), *_compared(model)]
    formulas = [{"type": "formula", "as": name, "expr": expression} for name, expression in written]
    return {"name": "draws", "transform": [{"type": "sequence", "start": 0, "stop": draws, "as": "draw"}, *formulas]}


def _taken(model: "Model", prefix: str) -> Iterator[tuple[str, str]]:
    """Take each outcome from its node's months, as :meth:`Outcome.of` does."""
    for outcome in model.outcomes.values():
        names = [prefix + name for name in model.columns(outcome.node)]
        same = len(set(names)) == 1
        total = f"{names[0]} * {len(names)}" if same else " + ".join(names)
        at = -1 if outcome.at == "end" else outcome.at
        if at == "total":
            yield column(outcome), total
        elif at == "mean":
            yield column(outcome), names[0] if same else f"({total}) / {len(names)}"
        else:
            yield column(outcome), names[at if at == -1 else int(at) - 1]


def _compared(model: "Model") -> Iterator[tuple[str, str]]:
    """Compare each draw of an outcome with base's, and with the target."""
    for outcome in model.outcomes.values():
        yield f"{outcome.name}__difference", f"datum.{column(outcome)} - base.{outcome.name}[datum.draw]"
        if outcome.target is not None and outcome.good != "range":
            way = "<=" if outcome.good == "down" else ">="
            yield f"{outcome.name}__reached", f"datum.{column(outcome)} {way} {plain_number(outcome.target)} ? 1 : 0"


# --------------------------------------------------------------------------------------------------------------- the ranges
def _fan(model: "Model", main: "Outcome") -> list[Spec]:
    """Give the quantiles of the main outcome's node in each month, beside its point and base's."""
    names = model.columns(main.node)
    months = [_quantiles(f"fan_{at}", name, "month", at) for at, name in enumerate(names, 1)]
    points = ", ".join(POINT + name for name in names)
    return [
        *months,
        {"name": "base_by_month", "values": _aside(model, main)},
        {
            "name": "fan",
            "source": [month["name"] for month in months],
            "transform": [
                *_wide("month"),
                {"type": "lookup", "from": "base_by_month", "key": "month", "fields": ["month"], "values": ["start", "base"]},
                {"type": "formula", "as": "point", "expr": f"[{points}][datum.month - 1]"},
                *picture.times(model),
                {"type": "collect", "sort": {"field": "month"}},
            ],
        },
        _ends(model),
    ]


def _aside(model: "Model", main: "Outcome") -> list[Spec]:
    """Give what no slider moves: each month's first day and base's point."""
    base = model.point()[main.node].tolist()
    return [{"month": at, "start": start_of(model, at), "base": value} for at, value in enumerate(base, 1)]


def _ends(model: "Model") -> Spec:
    return {"name": "ends", "source": "fan", "transform": [{"type": "filter", "expr": f"datum.month == {model.months}"}]}


def _outcomes(model: "Model") -> list[Spec]:
    """Give a row for each outcome: point, quantiles, and the probability of its target."""
    known = list(model.outcomes.values())
    ranges = [_quantiles(f"range_{at}", column(outcome), "outcome", at) for at, outcome in enumerate(known)]
    points = ", ".join(POINT + column(outcome) for outcome in known)
    reached = [o.name for o in known if o.target is not None and o.good != "range"]
    shares = {"type": "aggregate", "fields": [f"{n}__reached" for n in reached], "ops": ["mean"] * len(reached), "as": reached}
    labels = [
        {"outcome": at, "title": o.label, "unit": model.nodes[o.node].unit, "target": o.target, "name": o.name}
        for at, o in enumerate(known)
    ]
    fold = {"type": "fold", "fields": reached, "as": ["name", "probability"]}
    return [
        *ranges,
        {"name": "labels", "values": labels},
        {"name": "chances", "source": "draws", "transform": [shares, fold] if reached else [{"type": "filter", "expr": "false"}]},
        {
            "name": "outcomes",
            "source": [each["name"] for each in ranges],
            "transform": [
                *_wide("outcome"),
                {
                    "type": "lookup",
                    "from": "labels",
                    "key": "outcome",
                    "fields": ["outcome"],
                    "values": ["title", "unit", "target", "name"],
                },
                {"type": "lookup", "from": "chances", "key": "name", "fields": ["name"], "values": ["probability"]},
                {"type": "formula", "as": "point", "expr": f"[{points}][datum.outcome]"},
                {"type": "collect", "sort": {"field": "outcome"}},
            ],
        },
    ]


def _quantiles(name: str, field: str, key: str, value: int) -> Spec:
    quantile = {"type": "quantile", "field": field, "probs": list(CHANCES), "as": ["chance", "value"]}
    return {"name": name, "source": "draws", "transform": [quantile, {"type": "formula", "as": key, "expr": str(value)}]}


def _wide(key: str) -> list[Spec]:
    """Lay quantiles side by side: a row for each key, with the columns ``p05``, ``p25``, ``p50``, ``p75`` and ``p95``."""
    named = {"type": "formula", "as": "named", "expr": "'p' + pad(round(100 * datum.chance), 2, '0', 'left')"}
    return [named, {"type": "pivot", "groupby": [key], "field": "named", "value": "value"}]


# ---------------------------------------------------------------------------------------------------------------- the words
def _described(model: "Model", now: Mapping[str, float], main: "Outcome", known: "Mapping[str, float | Array]") -> Spec:
    """Say what a page has to know of levers, as they are set and ``known`` over draws, of outcomes and scenarios."""
    node = model.nodes[main.node]
    return {
        "model": model.name,
        "title": model.title,
        "question": model.question,
        "levers": [_lever(model, lever, known[name]) for name, lever in model.levers.items()],
        "outcomes": [_outcome(model, outcome) for outcome in model.outcomes.values()],
        "scenarios": {name: model.settings(name) for name in model.scenarios},
        "settings": dict(now),
        "fan": {"title": node.label, "unit": node.unit, "columns": list(model.columns(main.node)), "months": model.months},
    }


def _lever(model: "Model", lever: "Lever", draws: "float | Array") -> Spec:
    likely = None if lever.likely is None else quantiles(np.asarray(draws), (LOW, HIGH))[:, 0].tolist()
    known = {"name": lever.name, "title": lever.label, "description": lever.description, "branch": lever.branch, "unit": lever.unit}
    return {**known, "signal": LEVER + lever.name, "column": model.input_of(lever.name), "likely": likely}


def _outcome(model: "Model", outcome: "Outcome") -> Spec:
    known = {"name": outcome.name, "title": outcome.label, "unit": model.nodes[outcome.node].unit, "column": column(outcome)}
    return {**known, "difference": f"{outcome.name}__difference", "target": outcome.target, "good": outcome.good}
