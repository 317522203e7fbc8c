"""Whether dates of delivery are kept as often as they say: backtests of simulated teams whose pace stays, wanders, scatters or breaks.

    python benchmarks/delivery_dates.py [TEAMS]

Each team has 130 weeks behind it, drawn anew; the backtest is the one that a report prints (``flow.backtest``, 8 weeks ahead). A date given at 85 %
is to be kept in 80 to 90 % of cases over teams as they come (the last row); a pace that never moves is kept more often, as no past can tell that
it never will. Shares are known to about ± 3 points at 60 teams.
"""

import sys
import time
from collections.abc import Callable

import numpy as np
import pandas as pd

from prodops import flow

WEEKS, TEAMS = 130, 60
Team = Callable[[np.random.Generator], np.ndarray]


def steady(rng: np.random.Generator) -> np.ndarray:
    """One pace for ever, counts by chance alone."""
    return rng.poisson(rng.uniform(2, 15), WEEKS)


def bursts(rng: np.random.Generator) -> np.ndarray:
    """One pace, in bursts."""
    return _scattered(rng, np.full(WEEKS, rng.uniform(2, 15)), rng.uniform(0.8, 3))


def wandering(rng: np.random.Generator) -> np.ndarray:
    """A pace that wanders by 3 to 12 % a week, and scatters."""
    steps = rng.normal(0, rng.uniform(0.03, 0.12), WEEKS)
    return _scattered(rng, np.exp(np.log(rng.uniform(3, 15)) + np.cumsum(steps)), rng.uniform(1, 10))


def returning(rng: np.random.Generator) -> np.ndarray:
    """A pace that strays and comes back, with a fortnight's rest at the year's end."""
    log, logs = 0.0, []
    for _ in range(WEEKS):
        log = 0.92 * log + rng.normal(0, 0.15)
        logs.append(log)
    rest = np.where(np.arange(WEEKS) % 52 >= 50, 0.2, 1.0)
    return _scattered(rng, rng.uniform(3, 15) * np.exp(logs) * rest, rng.uniform(1, 10))


def breaking(rng: np.random.Generator) -> np.ndarray:
    """A pace that is halved or doubled once, at a week drawn."""
    pace = np.where(np.arange(WEEKS) < rng.integers(30, WEEKS - 10), 1.0, rng.choice([0.5, 2.0]))
    return _scattered(rng, rng.uniform(3, 12) * pace, rng.uniform(2, 10))


def _scattered(rng: np.random.Generator, rates: np.ndarray, size: float) -> np.ndarray:
    return rng.negative_binomial(size, size / (size + np.clip(rates, 0.05, 300)))


KINDS: tuple[Team, ...] = (steady, bursts, wandering, returning, breaking)


def kept(teams: int) -> pd.DataFrame:
    """Backtest so many teams of each kind: ``kind``, ``question``, ``kept`` at 85 %, ``n`` forecasts."""
    found = []
    for at, kind in enumerate(KINDS):
        for team in range(teams):
            rng = np.random.default_rng([at, team])
            weeks = pd.Series(kind(rng).astype(float), index=pd.date_range("2023-01-02", periods=WEEKS, freq="7D"))
            rows = flow.backtest(weeks, rng=rng, trials=500).kept
            rows = rows[rows["likelihood"] == 0.85]
            found += [(kind.__name__, r.question, r.kept * r.n, r.n) for r in rows.itertuples()]
    frame = pd.DataFrame(found, columns=["kind", "question", "kept", "n"])
    each = frame.groupby(["kind", "question"], sort=False)[["kept", "n"]].sum().reset_index()
    total = frame.groupby("question", sort=False)[["kept", "n"]].sum().reset_index().assign(kind="all teams")
    both = pd.concat([each, total], ignore_index=True)
    return both.assign(kept=both["kept"] / both["n"])


if __name__ == "__main__":
    began = time.process_time()
    print(kept(int(sys.argv[1]) if len(sys.argv) > 1 else TEAMS).round({"kept": 3}).to_string(index=False))
    print(f"{time.process_time() - began:.0f} CPU s")
