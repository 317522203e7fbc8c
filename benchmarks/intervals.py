"""How often the 95 % ranges of KPIs hold the truth, over 10,000 simulations each.

    python benchmarks/intervals.py

Shares (ratio, conversion and retention KPIs: Wilson's interval). At one fixed share coverage is a saw-tooth in n, as counts are whole
numbers: no interval of a share keeps 95 % at each, so shares drawn anew from 0.05 to 0.95 are shown beside fixed ones, whose exact
coverage is computed, not simulated. Ratios per entity (orders per user, revenue per user) are simulated as the engine sums them up.
Retention is simulated person by person over twelve weeks and n people, 2,000 times, and averaged by ``kpis.retention_curve``: cells and
curve of first-time cohorts, and the curve of recurring cohorts, in which the same people stand again and again (its range rests on sums over people).
"""

from collections.abc import Callable

import numpy as np
import pandas as pd
from scipy.stats import binom

from prodops.intervals import mean_bounds, per_entity_bounds, wilson_bounds
from prodops.kpis import RetentionSpec, retention_curve
from prodops.kpis.behaviour.frames import with_share

SIMULATIONS = 10_000
SIZES = (30, 100, 1_000)
SHARES = (0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9)
Draw = Callable[[np.random.Generator, tuple[int, int]], np.ndarray]


def share_at(share: float, n: int) -> float:
    """Give the exact coverage at one share: the chance of the counts whose range holds it."""
    counts = np.arange(n + 1.0)
    lower, upper = wilson_bounds(counts, np.full(n + 1, float(n)))
    return float(binom.pmf(counts, n, share)[(lower <= share) & (share <= upper)].sum())


def share_drawn(n: int, rng: np.random.Generator) -> float:
    """Give the coverage over shares drawn evenly from 0.05 to 0.95."""
    shares = rng.uniform(0.05, 0.95, SIMULATIONS)
    lower, upper = wilson_bounds(rng.binomial(n, shares).astype(float), np.full(SIMULATIONS, float(n)))
    return float(((lower <= shares) & (shares <= upper)).mean())


def per_entity(draw: Draw, mean: float, n: int, rng: np.random.Generator) -> float:
    """Give the coverage of a ratio per entity, where one in five of those with a total is not counted by the denominator."""
    totals = draw(rng, (SIMULATIONS, n))
    counted = rng.random(totals.shape) < 0.8
    total, entities = totals.sum(1), counted.sum(1).astype(float)
    lower, upper = per_entity_bounds(total, entities, (totals**2).sum(1), (totals * counted).sum(1), (totals < 0).sum(1))
    truth = mean / 0.8
    return float(((lower <= truth) & (truth <= upper)).mean())


def plain_mean(draw: Draw, mean: float, n: int, rng: np.random.Generator) -> float:
    """Give the coverage of a mean KPI by Student's t."""
    values = draw(rng, (SIMULATIONS, n))
    lower, upper = mean_bounds(values.sum(1), (values**2).sum(1), np.full(SIMULATIONS, float(n)))
    return float(((lower <= mean) & (mean <= upper)).mean())


def conversions(n: int, rng: np.random.Generator) -> float:
    """Give the coverage of a conversion where the number of sign-ups varies too, at rates from 5 to 60 %."""
    rates, people = rng.uniform(0.05, 0.6, SIMULATIONS), np.maximum(rng.poisson(n, SIMULATIONS), 1)
    lower, upper = wilson_bounds(rng.binomial(people, rates).astype(float), people.astype(float))
    return float(((lower <= rates) & (rates <= upper)).mean())


# ------------------------------------------------------------------------------------------------------------- retention
WEEKS, RUNS = 12, 2_000


def first_time(n: int, rng: np.random.Generator) -> tuple[float, float]:
    """Give the coverage of a first-time cohort's cell and of the weighted curve, where cohorts keep from 20 to 40 %."""
    kept = rng.uniform(0.2, 0.4, (RUNS, WEEKS))
    sizes = rng.multinomial(n, np.full(WEEKS, 1 / WEEKS), RUNS)
    grid = _grid(sizes, rng.binomial(sizes, kept))
    cells = grid.assign(truth=kept.ravel())[grid["cohort_size"] > 0]
    truth = (sizes * kept).sum(1) / sizes.sum(1)
    is_held = (cells["lower"] <= cells["truth"]) & (cells["truth"] <= cells["upper"])
    return float(is_held.mean()), _curve_holds(grid, "first_time", truth)


def recurring(n: int, rng: np.random.Generator) -> float:
    """Give the coverage of the weighted curve of recurring cohorts, of people who come each week with a chance of their own (1/3 on average)."""
    comes = rng.random((WEEKS + 1, RUNS, n)) < rng.beta(1, 2, (RUNS, n))
    again = comes[:-1] & comes[1:]
    s, b = comes[:-1].sum(0), again.sum(0)  # by run and person
    sums = {"started": s, "back": b, "started_squared": s * s, "started_back": s * b, "back_squared": b * b}
    repeats = pd.DataFrame({"slice": range(RUNS), "period": 1, "people": (s > 0).sum(1)} | {k: v.sum(1) for k, v in sums.items()})
    grid = _grid(comes[:-1].sum(2).T, again.sum(2).T)
    return _curve_holds(grid, "recurring", np.full(RUNS, 0.5), repeats)  # E p² ÷ E p = (1/6) ÷ (1/3)


def _grid(sizes: np.ndarray, retained: np.ndarray) -> pd.DataFrame:
    """Lay the first period of each run's cohorts out as :func:`kpis.retention` does, a run a slice."""
    cells = {"slice": np.repeat(np.arange(len(sizes)), WEEKS), "period": 1, "complete": True}
    return with_share(pd.DataFrame(cells | {"cohort_size": sizes.ravel(), "retained": retained.ravel()}), "retained", "cohort_size")


def _curve_holds(grid: pd.DataFrame, cohorts: str, truth: np.ndarray, repeats: pd.DataFrame | None = None) -> float:
    curve = retention_curve(grid, RetentionSpec(cohorts=cohorts), repeats).set_index("slice")
    known = truth[curve.index.to_numpy(dtype=int)]
    return float(((curve["lower"] <= known) & (known <= curve["upper"])).mean())


DRAWS: dict[str, tuple[Draw, float]] = {
    "tasks, Poisson 3": (lambda rng, size: rng.poisson(3, size).astype(float), 3.0),
    "tasks, overdispersed": (lambda rng, size: rng.negative_binomial(2, 0.4, size).astype(float), 3.0),
    "minutes, gamma 2": (lambda rng, size: rng.gamma(2, 5, size), 10.0),
    "spend, exponential": (lambda rng, size: rng.exponential(20, size), 20.0),
    "spend, nothing from 7 in 10": (lambda rng, size: rng.exponential(20, size) * (rng.random(size) < 0.3), 6.0),
    "spend, log-normal": (lambda rng, size: rng.lognormal(0, 1, size), float(np.exp(0.5))),
}


def main() -> None:
    """Print the table."""
    rng = np.random.default_rng(0)
    rows = [(f"share, p = {p}", [share_at(p, n) for n in SIZES]) for p in SHARES]
    rows.append(("share, mean of these p", [float(np.mean([share_at(p, n) for p in SHARES])) for n in SIZES]))
    rows.append(("share, p drawn", [share_drawn(n, rng) for n in SIZES]))
    rows += [(f"per entity: {name}", [per_entity(*draw, n, rng) for n in SIZES]) for name, draw in DRAWS.items()]
    rows += [(f"mean: {name}", [plain_mean(*draw, n, rng) for n in SIZES]) for name, draw in DRAWS.items()]
    rows.append(("conversion, rate drawn", [conversions(n, rng) for n in SIZES]))
    cells, curves = zip(*(first_time(n, rng) for n in SIZES), strict=True)
    rows += [("retention: cells, first-time", list(cells)), ("retention: curve, first-time", list(curves))]
    rows.append(("retention: curve, recurring", [recurring(n, rng) for n in SIZES]))
    print(f"{'coverage of the 95 % range':34}" + "".join(f"{f'n = {n:,}':>12}" for n in SIZES))
    for name, found in rows:
        print(f"{name:34}" + "".join(f"{value:12.3f}" for value in found))


if __name__ == "__main__":
    main()
