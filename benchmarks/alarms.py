"""How often do themes that are stable alarm, and how often does one that doubles? Simulated with the product's own test.

    python benchmarks/alarms.py --years 1000

Each simulated year holds 50 themes with means from 3 to 300 voices a week, looked at every week: 52 weeks, each with 26 weeks before it
(``--first-year``: from the eighth week of history on). Whole years are judged at once by ``feedback.against_past.judge``, which is what
``feedback.alarms`` calls (tests hold the two together). Printed are the false alarms a year for all themes together, as theme-weeks
that alarm and as alarms that begin, and the share of doublings from 30 a week, among 49 stable themes, that alarm within one and two
weeks; each with its 95 % interval (exact Poisson; Wilson).

Beside them stands what nobody can beat: the most powerful test (Neyman & Pearson 1933) of just such a doubling against just that theme's
week, by one who knows mean, dispersion and the size of the change beforehand, and is allowed one false alarm a year.

Ends with 1 where more than one false alarm a year begins in a stable world, or under 80 % of doublings of Poisson counts are seen within
two weeks. The last worlds are not stable: they say what the test does not know of.
"""

import argparse
import math
import sys
import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from prodops.feedback.against_past import BASE, LEAST_BEFORE, judge
from prodops.feedback.emergence import A_YEAR, WEEKS_A_YEAR, looks_of
from prodops.feedback.rates import count_interval
from prodops.feedback.sizes import wilson

Floats = NDArray[np.float64]
Factors = Callable[[np.random.Generator, tuple[int, ...]], Floats]
MEANS, CHUNK = np.geomspace(3, 300, 50), 20
ONE = int(np.abs(MEANS - 30).argmin())


def _sized(size: float) -> Factors:
    return lambda rng, shape: rng.gamma(size, 1 / size, shape)


def _own_sizes(rng: np.random.Generator, shape: tuple[int, ...]) -> Floats:
    size = rng.choice([2, 5, 20, 1e9], shape[:-1])[..., None]
    return rng.gamma(size, 1 / size, shape)


def _times_mean(times: float) -> Factors:
    size = MEANS[:, None] / (times - 1)
    return lambda rng, shape: rng.gamma(np.broadcast_to(size, shape)) / size


def _alike(rng: np.random.Generator, shape: tuple[int, ...]) -> Floats:
    steps = rng.normal(0, 0.15, shape)
    for week in range(1, shape[-1]):
        steps[..., week] = 0.5 * steps[..., week - 1] + 0.75**0.5 * steps[..., week]
    return np.exp(steps - 0.15**2 / 2)


def _month_ends(rng: np.random.Generator, shape: tuple[int, ...]) -> Floats:
    """Half of the themes rise by a half in every fourth week."""
    busy = (np.arange(shape[-1]) % 4 == 3) & (np.arange(shape[-2]) % 2 == 0)[:, None]
    return np.broadcast_to(1 + 0.5 * busy, shape) * rng.gamma(30, 1 / 30, shape)


def _drifting(rng: np.random.Generator, shape: tuple[int, ...]) -> Floats:
    """Each theme grows or shrinks by up to a half within a year."""
    slope = rng.uniform(-0.4, 0.4, shape[:-1])[..., None] / WEEKS_A_YEAR
    return np.exp(slope * np.arange(shape[-1])) * rng.gamma(30, 1 / 30, shape)


STABLE: dict[str, Factors] = {
    "Poisson": lambda rng, shape: np.ones(shape),
    "negative binomial, size 30": _sized(30),
    "negative binomial, size 10": _sized(10),
    "negative binomial, size 5": _sized(5),
    "negative binomial, size 3": _sized(3),
    "each theme its own size (2, 5, 20, none)": _own_sizes,
    "variance 1.5 times the mean": _times_mean(1.5),
    "variance 3 times the mean": _times_mean(3.0),
    "weeks alike (correlation 0.5, 15 %)": _alike,
}
UNSTABLE: dict[str, Factors] = {
    "month-ends: half the themes × 1.5, size 30": _month_ends,
    "slow drift: up to ± 40 % a year, size 30": _drifting,
}
"""How each theme's expected count varies from week to week, as factors of its mean."""
SIZES = {"Poisson": math.inf} | {f"negative binomial, size {size}": float(size) for size in (30, 10, 5, 3)} | {
    "variance 1.5 times the mean": 60.0, "variance 3 times the mean": 15.0,
}  # fmt: skip


def false_alarms(factors: Factors, before: int, years: int, rng: np.random.Generator) -> tuple[int, int]:
    """Simulate years of stable themes; give how many theme-weeks alarm, and how many alarms begin."""
    counts = rng.poisson(MEANS[:, None] * factors(rng, (years, len(MEANS), before + WEEKS_A_YEAR))).astype(float)
    alarm = judge(counts, looks=looks_of(), allowed=A_YEAR / WEEKS_A_YEAR, last=WEEKS_A_YEAR)["alarm"]
    return int(alarm.sum()), int((alarm[1:] & ~alarm[:-1]).sum() + alarm[0].sum())


def doublings(factors: Factors, runs: int, rng: np.random.Generator) -> tuple[int, int]:
    """Let the theme with 30 voices a week double for two weeks; count the runs that alarm in the first, and in either."""
    expected = np.where(np.arange(len(MEANS)) == ONE, 30, MEANS)[:, None] * factors(rng, (runs, len(MEANS), BASE + 2))
    expected[:, ONE, -2:] *= 2
    alarm = judge(rng.poisson(expected).astype(float), looks=looks_of(), allowed=A_YEAR / WEEKS_A_YEAR, last=2)["alarm"][..., ONE]
    return int(alarm[0].sum()), int(alarm.any(axis=0).sum())


def best(size: float, mean: float = 30.0) -> float:
    """Give the power of the most powerful test of two weeks doubled, at one false alarm a year over 50 themes."""
    from scipy.stats import nbinom, poisson

    def chance(mean: float) -> Floats:
        each = poisson(mean) if math.isinf(size) else nbinom(size, size / (size + mean))
        return np.asarray(each.pmf(np.arange(800)))

    stable, doubled = (np.outer(chance(m), chance(m)).ravel() for m in (mean, 2 * mean))
    order = np.argsort(-doubled / np.maximum(stable, 1e-300), kind="stable")
    return float(doubled[order][stable[order].cumsum() <= 1 / (len(MEANS) * WEEKS_A_YEAR)].sum())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--years", type=int, default=100, help="simulated years per world, and as many doublings (default 100)")
    parser.add_argument("--worlds", nargs="*", default=[""], help="only these worlds, by the beginning of their names")
    parser.add_argument("--first-year", action="store_true", help="begin with eight weeks of history instead of 26")
    given = parser.parse_args()
    before, failed, began = LEAST_BEFORE if given.first_year else BASE + looks_of()[0] - 1, False, time.process_time()
    print(f"Allowed: {A_YEAR:g} false alarms a year. {given.years:,} years of {len(MEANS)} themes, {before} weeks before the first.\n")
    print(f"{'':43}{'theme-weeks a year':>20}{'begun a year':>20}{'doubling: 1 week':>20}{'2 weeks':>20}{'best possible':>15}")
    for world, factors in [item for item in (STABLE | UNSTABLE).items() if item[0].startswith(tuple(given.worlds))]:
        rng, chunks = np.random.default_rng(1), [min(CHUNK, given.years - done) for done in range(0, given.years, CHUNK)]
        false = np.sum([false_alarms(factors, before, years, rng) for years in chunks], axis=0)
        seen = np.sum([doublings(factors, runs, rng) for runs in chunks], axis=0)
        told = [*(_rate(int(n), given.years) for n in false), *(_share(int(n), given.years) for n in seen)]
        limit = f"{best(SIZES[world]):.0%}" if world in SIZES else ""
        print(f"{world:43}{''.join(f'{text:>20}' for text in told)}{limit:>15}", flush=True)
        failed |= world in STABLE and (false[1] > given.years or (world == "Poisson" and seen[1] < 0.8 * given.years))
    print(f"\n{time.process_time() - began:.0f} CPU seconds.")
    return int(failed)


def _rate(total: int, years: int) -> str:
    low, high = count_interval([total])
    return f"{total / years:.2f} ({low[0] / years:.2f}–{high[0] / years:.2f})"


def _share(part: int, total: int) -> str:
    low, high = wilson(part, total)
    return f"{part / total:.0%} ({low:.0%}–{high:.0%})"


if __name__ == "__main__":
    sys.exit(main())
