"""How often do themes that are stable alarm, and how often does one that doubles? Simulated with the product's own test.

    python benchmarks/alarms.py --years 100 --processes 2

Each simulated year holds 50 themes with means from 3 to 300 voices a week, looked at every week by ``feedback.alarms``: 52 weeks, each with
26 weeks before it (``--first-year``: from the eighth week of history on). Printed are the false alarms a year for all themes together, as
theme-weeks that alarm and as alarms that begin, and the share of doublings from 30 a week, among 49 stable themes, that alarm within one
and two weeks; each with its 95 % interval (exact Poisson; Wilson). Ends with 1 where more than one false alarm a year begins, or under 80 %
of doublings of Poisson counts are seen within two weeks.
"""

import argparse
import sys
from concurrent.futures import ProcessPoolExecutor
from functools import partial

import numpy as np
import pandas as pd

from prodops.feedback import alarms
from prodops.feedback.emergence import A_YEAR, BASE, LEAST_BEFORE, WEEKS_A_YEAR
from prodops.feedback.rates import count_interval
from prodops.feedback.sizes import wilson

MEANS = np.geomspace(3, 300, 50)


def _own_sizes(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    size = rng.choice([2, 5, 20, 1e9], shape[0])[:, None]
    return rng.gamma(size, 1 / size, shape)


def _times_mean(rng: np.random.Generator, shape: tuple[int, int], times: float) -> np.ndarray:
    size = np.broadcast_to(MEANS[:, None] / (times - 1), shape)
    return rng.gamma(size) / size


def _alike(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    steps = rng.normal(0, 0.15, shape)
    for week in range(1, shape[1]):
        steps[:, week] = 0.5 * steps[:, week - 1] + 0.75**0.5 * steps[:, week]
    return np.exp(steps - 0.15**2 / 2)


WORLDS = {
    "Poisson": lambda rng, shape: np.ones(shape),
    "negative binomial, size 30": lambda rng, shape: rng.gamma(30, 1 / 30, shape),
    "negative binomial, size 10": lambda rng, shape: rng.gamma(10, 1 / 10, shape),
    "negative binomial, size 3": lambda rng, shape: rng.gamma(3, 1 / 3, shape),
    "each theme its own size (2, 5, 20, none)": _own_sizes,
    "variance 1.5 times the mean": lambda rng, shape: _times_mean(rng, shape, 1.5),
    "variance 3 times the mean": lambda rng, shape: _times_mean(rng, shape, 3.0),
    "weeks alike (correlation 0.5, 15 %)": _alike,
}
"""How each theme's expected count varies from week to week, as factors of its mean."""


def weekly(counts: np.ndarray) -> pd.DataFrame:
    """Put counts (themes by weeks) into the table that ``feedback.trend`` gives."""
    themes, weeks = counts.shape
    names = np.repeat([f"t{i:02}" for i in range(themes)], weeks)
    days = np.tile(pd.date_range("2024-01-01", periods=weeks, freq="7D"), themes)
    return pd.DataFrame({"week": days, "theme": names, "name": names, "count": counts.ravel(), "complete": True})


def year(world: str, before: int, seed: int) -> tuple[int, int]:
    """Simulate one year of stable themes; give how many theme-weeks alarm, and how many alarms begin."""
    rng = np.random.default_rng([seed, 1])
    counts = rng.poisson(MEANS[:, None] * WORLDS[world](rng, (len(MEANS), before + WEEKS_A_YEAR)))
    table = alarms(weekly(counts), last=WEEKS_A_YEAR)
    return int(table["alarm"].sum()), int(table["first"].sum())


def doubling(world: str, seed: int) -> tuple[bool, bool]:
    """Let the theme with 30 voices a week double for two weeks; say whether it alarms in the first, and in either."""
    rng = np.random.default_rng([seed, 2])
    means = MEANS.copy()
    one = int(np.abs(MEANS - 30).argmin())
    means[one] = 30
    expected = means[:, None] * WORLDS[world](rng, (len(MEANS), BASE + 2))
    expected[one, -2:] *= 2
    table = alarms(weekly(rng.poisson(expected)), last=2)
    seen = table[table["theme"] == f"t{one:02}"].sort_values("week")["alarm"].tolist()
    return seen[0], any(seen)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--years", type=int, default=100, help="simulated years per world, and as many doublings (default 100)")
    parser.add_argument("--processes", type=int, default=1, help="processes at once (default 1)")
    parser.add_argument("--worlds", nargs="*", default=list(WORLDS), help="only these worlds, by the beginning of their names")
    parser.add_argument("--first-year", action="store_true", help="begin with eight weeks of history instead of 26")
    given = parser.parse_args()
    before, failed = LEAST_BEFORE if given.first_year else BASE + 3, False
    print(
        f"Bound in the product: {A_YEAR:g} false alarms a year. {given.years:,} years of {len(MEANS)} themes, {before} weeks before the first.\n"
    )
    print(f"{'':42} {'theme-weeks a year':>24} {'alarms begun a year':>24} {'doubling: 1 week':>18} {'2 weeks':>18}")
    with ProcessPoolExecutor(given.processes) as pool:
        for world in [name for name in WORLDS if any(name.startswith(wanted) for wanted in given.worlds)]:
            found = np.array(list(pool.map(partial(year, world, before), range(given.years), chunksize=5)))
            seen = np.array(list(pool.map(partial(doubling, world), range(given.years), chunksize=20)))
            rates = [_rate(int(total), given.years) for total in found.sum(axis=0)]
            shares = [_share(int(total), given.years) for total in seen.sum(axis=0)]
            print(f"{world:42} {rates[0]:>24} {rates[1]:>24} {shares[0]:>18} {shares[1]:>18}", flush=True)
            failed |= found[:, 1].mean() > 1 or (world == "Poisson" and seen[:, 1].mean() < 0.8)
    return int(failed)


def _rate(total: int, years: int) -> str:
    low, high = count_interval([total])
    return f"{total / years:.2f} ({low[0] / years:.2f}–{high[0] / years:.2f})"


def _share(part: int, total: int) -> str:
    low, high = wilson(part, total)
    return f"{part / total:.0%} ({low:.0%}–{high:.0%})"


if __name__ == "__main__":
    sys.exit(main())
