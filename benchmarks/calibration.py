"""Whether ranges hold what they say, by simulation: of surveys, of experiments and of launches.

    python benchmarks/calibration.py [SECTION ...]

Each section is a function of the table below: it gives rows of what is simulated, n, the true value, and how often what was said held. A share of
S simulations is known to ± 2 √(p (1 − p) ÷ S), shown beside it. Counts are whole numbers, so at one true value coverage is a saw-tooth in n;
"drawn" rows draw the truth anew each time and show the level behind the teeth.
"""

import math
import sys
import time
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd

from prodops import surveys
from prodops.intervals import net_share_bounds, wilson_bounds
from prodops.launches import experiment
from prodops.launches.arms import Arm, contrast

SIZES = (30, 100, 1_000)
COUNTED, RAKED, TRIALS, WHOLE, LIFTS = 20_000, 2_000, 10_000, 1_000, 200
"""How often a count is simulated, a survey raked, an experiment read out from its sums, and from its units, a launch with an effect."""


class Row(NamedTuple):
    """What was simulated, how large, the truth in words, how often what was said held (a share), of how many, and what is asked of it."""

    what: str
    n: int
    truth: str
    held: float
    simulations: int
    asked: str = "94–96 %"


# ------------------------------------------------------------------------------------------------------------- surveys
TRINOMIALS = ((0.5, 0.2), (0.3, 0.3), (0.6, 0.05), (0.1, 0.6), (0.05, 0.05), (0.9, 0.03), (0.02, 0.9))
"""Promoters and detractors: usual surveys, then extreme ones."""


def nps(rng: np.random.Generator) -> Iterator[Row]:
    """NPS by Tango's score range, which ``surveys.nps`` gives, at n = 10 too."""
    for n in (10, *SIZES):
        for promoters, detractors in TRINOMIALS:
            counts = rng.multinomial(n, (promoters, detractors, 1 - promoters - detractors), COUNTED)
            yield _net(counts, n, np.full(COUNTED, promoters - detractors), f"{100 * (promoters - detractors):+.0f}")
        shares = rng.dirichlet((2, 1.5, 2), COUNTED)
        yield _net(rng.multinomial(n, shares), n, shares[:, 0] - shares[:, 1], "drawn")


def _net(counts: np.ndarray, n: int, truth: np.ndarray, words: str) -> Row:
    bounds = net_share_bounds(counts[:, 0], counts[:, 1], np.full(len(counts), n))
    return Row("NPS", n, words, _held(bounds, truth), len(counts))


def csat(rng: np.random.Generator) -> Iterator[Row]:
    """CSAT and other shares by Wilson's range."""
    for n in SIZES:
        for share in (0.02, 0.1, 0.3, 0.5, 0.8, 0.95, 0.99):
            yield _share(rng.binomial(n, share, COUNTED), n, np.full(COUNTED, share), f"{share:.0%}")
        shares = rng.uniform(0.05, 0.95, COUNTED)
        yield _share(rng.binomial(n, shares), n, shares, "drawn")


def _share(hits: np.ndarray, n: int, truth: np.ndarray, words: str) -> Row:
    return Row("CSAT", n, words, _held(wilson_bounds(hits.astype(float), np.full(len(hits), float(n))), truth), len(hits))


PLAN, REGION = (0.5, 0.3, 0.2), (0.6, 0.4)
"""The known margins: the population's shares by plan and by region."""
ANSWERING = np.array([[1, 1.5], [1.5, 2], [2, 3]])
"""How readily each plan (row) and region (column) answers: the smallest group three times as readily as the largest."""
WORLDS = {
    "alike": np.zeros((3, 2)),
    "groups differ": np.array([[-0.08, -0.04], [0.0, 0.04], [0.08, 0.12]]),
    "the heavy higher": np.array([[0.06, 0.04], [0.0, -0.02], [-0.04, -0.06]]),
}
"""What is added to each group's share."""


def raked(rng: np.random.Generator) -> Iterator[Row]:
    """Weighted shares and NPS: answers of groups that answer more or less readily, raked to the known plans and regions."""
    for n in SIZES:
        for world, lift in WORLDS.items():
            for base in (0.1, 0.5, None):
                yield from _raked(rng, n, base, lift, f"{'drawn' if base is None else f'{base:.0%}'}, {world}")


def _raked(rng: np.random.Generator, n: int, base: float | None, lift: np.ndarray, words: str) -> Iterator[Row]:
    population = np.outer(PLAN, REGION)
    reached = population * ANSWERING / (population * ANSWERING).sum()
    found = []
    for _ in range(RAKED):
        share = np.clip((rng.uniform(0.05, 0.95) if base is None else base) + lift, 0.01, 0.99)
        truth, detract = float((population * share).sum()), 0.3 * (1 - share)
        net = 100 * (truth - float((population * detract).sum()))
        cell = rng.choice(6, n, p=reached.ravel())
        draw = rng.random(n)
        score = np.where(draw < share.ravel()[cell], 10, np.where(draw > 1 - detract.ravel()[cell], 3, 8))
        frame = pd.DataFrame({"plan": cell // 2, "region": cell % 2})
        weights = surveys.rake(frame, {"plan": dict(enumerate(PLAN)), "region": dict(enumerate(REGION))})
        if not weights.unreached:
            part, whole = surveys.share(score == 10, weights.weights), surveys.nps(score, weights.weights)
            found.append((part.lower <= truth <= part.upper, whole.lower <= net <= whole.upper))
    yield from (
        Row(what, n, words, float(held), len(found)) for what, held in zip(("raked share", "raked NPS"), np.mean(found, 0), strict=True)
    )


def changes(rng: np.random.Generator) -> Iterator[Row]:
    """A wave's NPS against the one before, nothing having changed: how often a change is claimed."""
    for n in SIZES:
        for promoters, detractors in TRINOMIALS[:4]:
            waves = rng.multinomial(n, (promoters, detractors, 1 - promoters - detractors), (RAKED, 2))
            scores = np.array([10, 3, 8])
            claimed = [surveys.difference(*(surveys.nps(np.repeat(scores, w)) for w in pair)).differs for pair in waves]
            yield Row("false NPS changes", n, f"{100 * (promoters - detractors):+.0f}", float(np.mean(claimed)), RAKED, "≤ 6 %")


# --------------------------------------------------------------------------------------------------------- experiments
def experiments(rng: np.random.Generator) -> Iterator[Row]:
    """A/B tests from their sums: how often a difference is claimed where there is none, and where there is one of 5 %."""
    for n in (100, 1_000, 10_000, 50_000):
        for share in (0.05, 0.2, 0.5):
            yield Row("false positives, share", n, f"{share:.0%}", _claimed(rng, n, share, share), TRIALS, "≈ 5 %")
    for n in (1_000, 10_000, 30_000, 100_000):
        for share in (0.05, 0.2, 0.5):
            arms = [Arm.of_hits(n, n * share), Arm.of_hits(n, n * share * 1.05)]
            error = contrast(*arms).error
            stated = 0.5 * math.erfc((1.96 - 0.05 * share / error) / math.sqrt(2))
            yield Row("power for a 5 % lift", n, f"{share:.0%} +5 %", _claimed(rng, n, share, 1.05 * share), TRIALS, f"{stated:.1%} stated")


def _claimed(rng: np.random.Generator, n: int, before: float, after: float) -> float:
    known, times = np.unique(rng.binomial(n, (before, after), (TRIALS, 2)), axis=0, return_counts=True)
    p = np.array([contrast(Arm.of_sums(n, a, a), Arm.of_sums(n, b, b)).p for a, b in known.tolist()])
    return float(np.average(p <= 0.05, weights=times))


def cuped(rng: np.random.Generator) -> Iterator[Row]:
    """Units read out whole, revenue-like values with what they were before: false positives, coverage and power with CUPED."""
    for name, lift in (("false positives, CUPED", 0.0), ("power for a 5 % lift, CUPED", 0.05)):
        claimed, held = [], []
        for _ in range(WHOLE):
            before = rng.gamma(2, 10, 2_000)
            variant = rng.permutation(np.repeat(["a", "b"], 1_000))
            value = (before * 0.8 + rng.gamma(2, 3, 2_000)) * np.where(variant == "b", 1 + lift, 1)
            units = pd.DataFrame({"user_id": np.arange(2_000), "variant": variant, "measure": "revenue", "value": value, "before": before})
            row = experiment(units).readout.iloc[0]
            claimed.append(row["p"] <= 0.05)
            held.append(row["lower"] <= lift * 22 <= row["upper"])
        yield Row(name, 1_000, f"{lift:+.0%}", float(np.mean(claimed)), WHOLE, "≈ 5 %" if not lift else "—")
        yield Row("coverage of the difference, CUPED", 1_000, f"{lift:+.0%}", float(np.mean(held)), WHOLE, "≈ 95 %")


def placebos(rng: np.random.Generator) -> Iterator[Row]:
    """Launches that never were, over 25 kinds of KPIs: called a success by the final verdict; and the placebo dates before them, each left out."""
    from launch_effects import placebo_launches

    frame = placebo_launches(WHOLE)
    for name in ("range alone", "worked", "worked upwards"):
        yield Row(f"placebo launches: {name}", 52, "no effect", float(frame[name].mean()), WHOLE, "≤ 5 %")
    share = frame["share of placebo dates"]
    yield Row("placebo dates that “worked”", 52, "no effect", float(share.mean()), WHOLE, "≤ 5 %")
    yield Row("KPIs that are not trusted", 52, "no effect", float((share > 0.2).mean()), WHOLE, "—")
    for kind, part in frame.groupby("kind", sort=False):
        yield Row(f"dates: {kind}", 52, "no effect", float(part["share of placebo dates"].mean()), len(part), "≤ 8 %")


def launch_power(rng: np.random.Generator) -> Iterator[Row]:
    """Launches that lift an amount by 5 %, by its noise from week to week: how often the verdict says so."""
    from launch_effects import lift_seen

    for noise in (0.02, 0.03, 0.05, 0.08):
        yield Row(f"a lift of 5 %, noise {noise:.0%}", 52, "+5 %, 8 weeks after", lift_seen(noise, 52, 8, LIFTS), LIFTS, "stated")


def counted(rng: np.random.Generator) -> Iterator[Row]:
    """Difference in differences of counts over counts that vary beyond counting, without effect: how often one is claimed."""
    from launch_effects import counted_called

    for before, after in ((15, 6), (52, 8), (52, 13)):
        for memory in (0.0, 0.3, 0.5, 0.7, 0.9):
            held = counted_called(memory, before, after, WHOLE)
            yield Row(f"claimed, AR({memory})", before, f"no effect, {after} after", held, WHOLE, "≤ 6 %")


def _held(bounds: tuple[np.ndarray, np.ndarray], truth: np.ndarray) -> float:
    lower, upper = bounds
    return float(((lower <= truth + 1e-12) & (upper >= truth - 1e-12)).mean())


SECTIONS: dict[str, Callable[[np.random.Generator], Iterator[Row]]] = {
    "nps": nps,
    "csat": csat,
    "raked": raked,
    "changes": changes,
    "experiments": experiments,
    "cuped": cuped,
    "placebos": placebos,
    "launch_power": launch_power,
    "counted": counted,
}


def main(wanted: list[str]) -> None:
    """Print each section's table; each has a stream of chance of its own."""
    for number, (name, section) in enumerate(SECTIONS.items()):
        if wanted and name not in wanted:
            continue
        start = time.perf_counter()
        print(f"\n{name}: {(section.__doc__ or '').splitlines()[0]}")
        print(f"{'':34}{'n':>8}  {'true value':24}{'held':>8} {'±':>6}  asked")
        for row in section(np.random.default_rng([7, number])):
            error = 2 * math.sqrt(max(row.held * (1 - row.held), 1e-9) / row.simulations)
            print(f"{row.what:34}{row.n:8,}  {row.truth:24}{row.held:8.1%} {error:6.1%}  {row.asked}", flush=True)
        print(f"{time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main(sys.argv[1:])
