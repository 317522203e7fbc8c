"""How long does a slider's move take in the kernel, and how much of it is numpy's own time?

    OMP_NUM_THREADS=1 python benchmarks/whatif.py --moves 30

A generated model of 30 nodes (products, sums, ratios, limits, choices, powers, seasons, running totals, stocks) over 24 months is worked out
for 10,000 draws of ten levers, one lever being moved a step each time. Printed are the medians of ``Model.evaluate`` with 5, 50 and
95 % of every node's months, and of the same arithmetic written by hand in numpy with ``np.percentile`` (each node a line, stocks a loop
over months, months first in memory, as one who knows numpy would), with their ratio; the two agree to 1e-9. Then the whole of what the
panel asks for, ``Model.simulate`` with its table of outcomes and the fan of the first outcome, and the panel itself: from a slider's
value to everything drawn again.

Ends with 1 where the model takes more than 1.5 times as long as the hand, or a move more than 100 ms.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable

import numpy as np

from prodops import scenarios, widgets
from prodops.scenarios import Model
from prodops.scenarios.simulation import quantiles

NODES, MONTHS, DRAWS, LEVERS = 30, 24, 10_000, 10
Array = np.ndarray

KINDS: tuple[tuple[str, str], ...] = (
    ("{a} * {l}", "{a} * {l}"),
    ("{a} + {b} * (1 - {l})", "{a} + {b} * (1 - {l})"),
    ("{a} / (1 + {b})", "{a} / (1 + {b})"),
    ("clip({a}, 0.2, 5) * (1 + 0.1 * {l})", "np.clip({a}, 0.2, 5) * (1 + 0.1 * {l})"),
    ("{a} if {a} > {b} else {b} * {l}", "np.where({a} > {b}, {a}, {b} * {l})"),
    ("{a} * exp(-0.02 * month) + {l}", "{a} * np.exp(-0.02 * month) + {l}"),
    ("max({a}, {b}) ** 0.5", "np.maximum({a}, {b}) ** 0.5"),
    ("previous({n}, {l}) * (1 - 0.05 * {l}) + 0.1 * {a}", ""),
    ("cumulative({a}) / month", "np.cumsum({a} + 0 * month, axis=0) / month"),
    ("min({a}, {b}) + {l} * ramp(3, 6)", "np.minimum({a}, {b}) + {l} * np.clip((month - 2) / 6, 0, 1)"),
)
"""Each kind of node: as a formula, and by hand; a stock's hand is :func:`_stock`."""


def generated(seed: int = 0) -> tuple[Model, list[tuple[str, str, dict[str, str]]]]:
    """Make the model, and its nodes for the hand: name, numpy text, and what it uses."""
    rng = np.random.default_rng(seed)
    levers = {f"lever_{i}": {"unit": "ratio", "value": 1.0, "range": [0.5, 1.5], "likely": [0.9, 1.1]} for i in range(LEVERS)}
    nodes: dict[str, dict[str, str]] = {}
    lines = []
    for i in range(NODES):
        name, (formula, text) = f"node_{i}", KINDS[i % len(KINDS)]
        near = [f"node_{j}" for j in range(max(0, i - 6), i)] or ["lever_0"]
        used = {"a": str(rng.choice(near)), "b": str(rng.choice(near)), "l": f"lever_{rng.integers(LEVERS)}", "n": name}
        nodes[name] = {"unit": "ratio", "formula": formula.format(**used)}
        lines.append((name, text.format(**used), used))
    outcomes = {
        f"outcome_{i}": {"node": f"node_{NODES - 1 - i}", "at": at, "target": 1.0} for i, at in enumerate(("end", "total", "mean", 12))
    }
    model = {"horizon": {"months": MONTHS}, "levers": levers, "nodes": nodes, "outcomes": outcomes}
    return scenarios.define(model, file="generated.yaml"), lines


def _stock(a: Array, lever: Array) -> Array:
    """Work a stock out by hand, month by month."""
    out = np.empty((MONTHS, DRAWS))
    before: Array = lever
    rows = np.broadcast_to(a, out.shape)
    for month in range(MONTHS):
        out[month] = before * (1 - 0.05 * lever) + 0.1 * rows[month]
        before = out[month]
    return out


def by_hand(lines: list[tuple[str, str, dict[str, str]]]) -> Callable[[dict[str, Array]], dict[str, Array]]:
    """Write the nodes down as one numpy function: a line each."""
    source = ["def tree(levers):", "    month = np.arange(1.0, MONTHS + 1)[:, None]"]
    source += [f"    lever_{i} = levers['lever_{i}']" for i in range(LEVERS)]
    source += [f"    {name} = {text or '_stock({a}, {l})'.format(**used)}" for name, text, used in lines]
    source += ["    return {" + ", ".join(f"'{name}': {name}" for name, *_ in lines) + "}"]
    space = {"np": np, "MONTHS": MONTHS, "_stock": _stock}
    exec("\n".join(source), space)  # our own text
    return space["tree"]


def medians_ms(moves: int, *works: Callable[[int], object]) -> list[float]:
    """Time each work move by move, in turn, so that whatever else the machine does falls on all of them."""
    times: list[list[float]] = [[] for _ in works]
    for move in range(moves + 2):
        for work, took in zip(works, times, strict=True):
            begun = time.perf_counter()
            work(move)
            took.append(time.perf_counter() - begun)
    return [1000 * statistics.median(took[2:]) for took in times]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--moves", type=int, default=30)
    asked = parser.parse_args()
    model, lines = generated()
    rng = np.random.default_rng(1)
    draws = {name: np.exp(rng.normal(0, 0.06, DRAWS)) for name in model.levers}
    tree = by_hand(lines)

    def moved(move: int) -> dict[str, Array]:
        return draws | {"lever_3": draws["lever_3"] * (1 + 0.001 * move)}

    ours, hands = model.evaluate(moved(1)), tree(moved(1))
    worst = max(float(np.max(np.abs(ours[n].T / hands[n] - 1))) for n in ours)
    assert worst < 1e-9, worst

    def evaluate(move: int) -> object:
        return model.evaluate(moved(move))

    def with_ranges(move: int) -> object:
        return [quantiles(values) for values in model.evaluate(moved(move)).values()]

    def hand(move: int) -> object:
        return tree({n: v[None, :] for n, v in moved(move).items()})

    def hand_with_ranges(move: int) -> object:
        found = tree({n: v[None, :] for n, v in moved(move).items()})
        return [np.percentile(values, (5, 50, 95), axis=1) for values in found.values()]

    def whole(move: int) -> object:
        found = model.simulate({"lever_3": 1 + 0.001 * move}, draws=DRAWS)
        return found.outcomes, found.fan("node_29")

    nodes, nodes_hand = medians_ms(asked.moves, evaluate, hand)
    print(f"30 nodes × {MONTHS} months × {DRAWS:,} draws, medians of {asked.moves} moves; agree to {worst:.1e}")
    print(f"nodes                     {nodes:7.1f} ms   by hand in numpy {nodes_hand:7.1f} ms   ratio {nodes / nodes_hand:.2f}")
    every, every_hand = medians_ms(max(asked.moves // 3, 3), with_ranges, hand_with_ranges)
    print(f"nodes and all their ranges{every:7.1f} ms   by hand in numpy {every_hand:7.1f} ms   ratio {every / every_hand:.2f}")
    panel = widgets.scenario(model, draws=DRAWS)

    def drawn(move: int) -> None:
        panel.sliders["lever_3"].value = 1 + 0.01 * (move % 40 + 1)

    move, redrawn = medians_ms(asked.moves, whole, drawn)
    print(f"a slider's move (simulate, outcomes, fan) {move:.1f} ms")
    print(f"the same with tiles, fan, tornado and words drawn in the panel {redrawn:.1f} ms")
    return int(nodes > 1.5 * nodes_hand or redrawn > 100)


if __name__ == "__main__":
    sys.exit(main())
