"""How often an outcome's 90 % range holds what comes, with levers fitted from simulated history: 1,000 worlds of each kind.

    python benchmarks/whatif_coverage.py [WORLDS [KIND …]]

A world is a company of three numbers a week: sign-ups, the share of them that activates, and the revenue of each who does. Their history
goes through ``scenarios.fit`` and ``Model.fitted``; the outcome (revenue over the horizon) is simulated with 2,000 draws and compared with
what the same processes bring in the weeks after. Kinds of worlds:

    independent     weeks vary around a level, one by one
    AR(0.5)         they hang together
    small shares    30 sign-ups a week, so that the share is a count of few
    lognormal       skewed flows (log sd 0.5)
    walk            levels wander: a random walk of 2.5 of the noise's standard deviations over the history
    line            levels climb or fall by 3 of them over the history, and go on
    shift           levels jumped by 4 of them in the history's middle
"""

import sys
from collections.abc import Callable

import numpy as np
import pandas as pd

from prodops import scenarios

WORLDS = 1_000
WEEKS_A_MONTH = 365.25 / 12 / 7
SETTINGS = ((78, 6), (78, 12), (52, 6))
"""Weeks of history, and months ahead."""
SPREAD = 0.15
Noise = Callable[[np.random.Generator, int, int], np.ndarray]


def independent(rng: np.random.Generator, past: int, ahead: int) -> np.ndarray:
    """Standard normal weeks."""
    return rng.normal(size=past + ahead)


def remembering(rng: np.random.Generator, past: int, ahead: int) -> np.ndarray:
    """AR(0.5) weeks of unit variance."""
    found, shocks = np.empty(past + ahead), rng.normal(size=past + ahead)
    found[0] = shocks[0]
    for week in range(1, past + ahead):
        found[week] = 0.5 * found[week - 1] + np.sqrt(0.75) * shocks[week]
    return found


def walking(rng: np.random.Generator, past: int, ahead: int) -> np.ndarray:
    """Noise on a level that wanders."""
    return independent(rng, past, ahead) + 2.5 / np.sqrt(past) * np.cumsum(rng.normal(size=past + ahead))


def climbing(rng: np.random.Generator, past: int, ahead: int) -> np.ndarray:
    """Noise on a level that climbs or falls evenly."""
    return independent(rng, past, ahead) + rng.choice([-3.0, 3.0]) * np.arange(past + ahead) / past


def jumping(rng: np.random.Generator, past: int, ahead: int) -> np.ndarray:
    """Noise on a level that jumped in the history's middle."""
    return independent(rng, past, ahead) + rng.choice([-4.0, 4.0]) * (np.arange(past + ahead) >= past // 2)


KINDS: dict[str, tuple[Noise, float, int]] = {
    "independent": (independent, SPREAD, 400),
    "AR(0.5)": (remembering, SPREAD, 400),
    "small shares": (independent, SPREAD, 30),
    "lognormal": (independent, 0.5, 400),
    "walk": (walking, SPREAD, 400),
    "line": (climbing, SPREAD, 400),
    "shift": (jumping, SPREAD, 400),
}


def model(weeks: int, months: int) -> scenarios.Model:
    """Give the tree that the company believes in: revenue is sign-ups × share × revenue of each."""
    data = {"weeks": weeks}
    return scenarios.define(
        {
            "title": "World",
            "horizon": {"months": months},
            "levers": {
                "sign_ups": {"range": [1, 10_000], "from_data": {"kpi": "sign_ups", "adds_up": True, **data}},
                "activation": {"unit": "share", "range": [0.01, 0.99], "from_data": {"kpi": "activation", **data}},
                "revenue_each": {"unit": "EUR", "range": [1, 1_000], "from_data": {"kpi": "revenue_each", **data}},
            },
            "nodes": {"revenue": {"unit": "EUR", "formula": "sign_ups * activation * revenue_each"}},
            "outcomes": {"total": {"node": "revenue", "at": "total"}},
        }
    )


def world(kind: str, rng: np.random.Generator, past: int, ahead: int) -> pd.DataFrame:
    """Draw a company's weeks, past and to come."""
    noise, spread, usual = KINDS[kind]
    sign_ups = rng.poisson(usual * np.exp(spread * noise(rng, past, ahead))).astype(float)
    chance = 1 / (1 + np.exp(0.5 - spread * noise(rng, past, ahead)))
    share = rng.binomial(sign_ups.astype(int), chance) / np.maximum(sign_ups, 1)
    each = 40 * np.exp(spread * noise(rng, past, ahead))
    starts = pd.date_range("2024-01-01", periods=past + ahead, freq="7D")
    return pd.DataFrame({"period_start": starts, "sign_ups": sign_ups, "activation": share, "revenue_each": each})


def held(kind: str, rng: np.random.Generator, past: int, months: int) -> tuple[bool, float]:
    """Fit, simulate and say whether what came lies in the range, and how wide it is against its middle."""
    ahead = round(months * WEEKS_A_MONTH)
    weeks = world(kind, rng, past, ahead)
    tree = model(past, months)
    fitted = tree.fitted(scenarios.fit(weeks.iloc[:past], tree, pairs=()))
    row = fitted.simulate(draws=2_000).outcomes.iloc[0]
    later = weeks.iloc[past:]
    came = float((later["sign_ups"] * later["activation"] * later["revenue_each"]).mean()) * WEEKS_A_MONTH * months
    return bool(row["p05"] <= came <= row["p95"]), float((row["p95"] - row["p05"]) / row["p50"])


def main() -> None:
    """Print the table: coverage, and the median width of the range as a fraction of its middle."""
    worlds = int(sys.argv[1]) if len(sys.argv) > 1 else WORLDS
    print(
        f"coverage of the 90 % range, {worlds:,} worlds a cell (width)\n{'weeks, months ahead':16}",
        *[f"{p} w, {m} m" for p, m in SETTINGS],
        sep="   ",
    )
    for kind in sys.argv[2:] or KINDS:
        cells = []
        for past, months in SETTINGS:
            rng = np.random.default_rng(1)
            found = [held(kind, rng, past, months) for _ in range(worlds)]
            cells.append(f"{np.mean([f[0] for f in found]):.3f} ({np.median([f[1] for f in found]):.2f})")
        print(f"{kind:16}", *cells, sep="   ", flush=True)


if __name__ == "__main__":
    main()
