"""How well ``kpis.explain`` finds planted and real causes: F1 of exact slices, recall among the first three candidates, CPU seconds.

python benchmarks/drivers.py [--why FOLDER] [--cases 40]

Without a folder, cases are made here: additive KPIs over four or five dimensions where one to eight slices shift by a common
factor each (generalised ripple effect, as RiskLoc's published generator describes it), ratio KPIs where one or two slices' rate
falls, and frames in which nothing but ordinary variation happened (there any slice named is an error). ``--why`` reads others'
cases from FOLDER/SET/truth.json and FOLDER/SET/CASE.csv.gz with columns real, predict (real_a, real_b … for ratios).
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from prodops import kpis


class Case(NamedTuple):
    """Frames before and after, the arguments of ``explain``, and the slices that caused the move."""

    before: pd.DataFrame
    after: pd.DataFrame
    by: Sequence[str]
    weight: str | None
    truth: Sequence[Mapping[str, str]]


def others(folder: Path, name: str) -> Iterator[Case]:
    """Read one set of a yardstick's cases."""
    for case, facts in sorted(json.loads((folder / name / "truth.json").read_text()).items()):
        rows = pd.read_csv(folder / name / f"{case}.csv.gz", dtype=dict.fromkeys(facts["dims"], str))
        names = {"_a": "value", "_b": "weight"} if facts["ratio"] else {"": "value"}
        sides = [rows[facts["dims"]].assign(**{new: rows[f"{side}{old}"] for old, new in names.items()}) for side in ("predict", "real")]
        yield Case(sides[0], sides[1], facts["dims"], "weight" if facts["ratio"] else None, facts["truth"])


def grid(sizes: Sequence[int]) -> pd.DataFrame:
    """Give every combination of the dimensions' values."""
    levels = [[f"{'abcdefgh'[d]}{i}" for i in range(size)] for d, size in enumerate(sizes)]
    return pd.MultiIndex.from_product(levels, names=list("abcdefgh"[: len(sizes)])).to_frame(index=False)


def plant(rows: pd.DataFrame, rng: np.random.Generator, causes: int, depth: tuple[int, int], together: int) -> list[list[dict[str, str]]]:
    """Choose causes that do not overlap: groups of slices of the same dimensions."""
    taken, groups = np.zeros(len(rows), dtype=bool), []
    for _ in range(100):
        if len(groups) == causes:
            break
        by = sorted(rng.choice(rows.columns, rng.integers(depth[0], depth[1] + 1), replace=False))
        group = [dict(row) for _, row in rows.loc[rng.choice(len(rows), rng.integers(1, together + 1), replace=False), by].iterrows()]
        held = [holds(rows, where) for where in group]
        if taken[np.any(held, axis=0)].any() or np.sum(held, axis=0).max() > 1:
            continue
        taken |= np.any(held, axis=0)
        groups.append(group)
    return groups


def holds(rows: pd.DataFrame, where: Mapping[str, str]) -> np.ndarray:
    return np.logical_and.reduce([rows[d].to_numpy() == v for d, v in where.items()])


def ripples(rng: np.random.Generator, sizes: Sequence[int], noise: float, causes: int, depth: tuple[int, int], together: int) -> Case:
    """Make an additive KPI: sizes from Weibull's, a relative error on either side, causes that all push one way."""
    rows = grid(sizes)
    usual = 100 * rng.weibull(rng.uniform(0.5, 1), len(rows)) * (rng.random(len(rows)) > rng.uniform(0, 0.25))
    other = np.maximum(usual * (1 + noise * rng.standard_normal(len(rows))), 0)
    swapped = rng.random(len(rows)) < 0.5
    before, after = np.where(swapped, usual, other), np.where(swapped, other, usual)
    rises = after.sum() > before.sum()
    groups = plant(rows.loc[usual > 0].reset_index(drop=True), rng, causes, depth, together)
    for group in groups:
        severity, spread = rng.uniform(0.2, 1) + noise, rng.uniform(0, 0.1)
        for where in group:
            held = holds(rows, where)
            kept = np.maximum(1 - rng.normal(severity, spread, held.sum()), 0)
            if rises:
                before[held] = after[held] * kept
            else:
                after[held] = before[held] * kept
    return Case(rows.assign(value=before), rows.assign(value=after), list(rows.columns), None, [w for g in groups for w in g])


def rates(rng: np.random.Generator, sizes: Sequence[int], causes: int, depth: tuple[int, int]) -> Case:
    """Make a share of counts: uneven traffic, rates that differ by leaf, causes whose rate falls by a fifth to a half."""
    rows = grid(sizes)
    traffic = rng.lognormal(3.5, 1.5, len(rows))
    rate = rng.beta(30, 3, len(rows))
    groups = plant(rows, rng, causes, depth, 1)
    fallen = rate.copy()
    for group in groups:
        fallen[holds(rows, group[0])] *= rng.uniform(0.5, 0.8)
    sides = []
    for p in (rate, fallen):
        n = rng.poisson(traffic * rng.lognormal(0, 0.2, len(rows)))
        sides.append(rows.assign(value=rng.binomial(n, p), weight=n))
    return Case(sides[0], sides[1], list(rows.columns), "weight", [w for g in groups for w in g])


def counts(rng: np.random.Generator, sizes: Sequence[int], spread: float, growth: float) -> Case:
    """Make counts in which nothing happened but growth throughout, Poisson's variation and some more."""
    rows = grid(sizes)
    mean = rng.lognormal(3, 1.5, len(rows))
    sides = [rows.assign(value=rng.poisson(mean * g * rng.lognormal(0, spread, len(rows)))) for g in (1, growth)]
    return Case(sides[0], sides[1], list(rows.columns), None, [])


SETS: dict[str, Callable[[np.random.Generator], Case]] = {
    "ripple, 5 dimensions": lambda rng: ripples(rng, (10, 12, 10, 8, 5), rng.uniform(0, 0.25), rng.integers(1, 4), (1, 5), 3),
    "ripple, single leaves": lambda rng: ripples(rng, (10, 24, 10, 15), rng.uniform(0, 0.1), rng.integers(1, 6), (4, 4), 1),
    "ripple, small": lambda rng: ripples(rng, (6, 5, 4), rng.uniform(0, 0.25), rng.integers(1, 3), (1, 2), 2),
    "rate, one cause": lambda rng: rates(rng, (5, 6, 3, 7), 1, (1, 3)),
    "rate, two causes": lambda rng: rates(rng, (5, 6, 3, 7), 2, (1, 2)),
    "rate, small": lambda rng: rates(rng, (4, 5, 2), 1, (1, 2)),
    "nothing: counts": lambda rng: counts(rng, (5, 6, 4, 3), 0, 1),
    "nothing: spread": lambda rng: counts(rng, (5, 6, 4, 3), rng.uniform(0, 0.5), rng.uniform(0.8, 1.25)),
    "nothing: few leaves": lambda rng: counts(rng, (4, 3), rng.uniform(0, 0.3), 1),
    "nothing: rates": lambda rng: rates(rng, (5, 6, 3, 7), 0, (1, 2)),
    "nothing: forecast": lambda rng: ripples(rng, (8, 6, 5, 4), rng.uniform(0, 0.25), 0, (1, 2), 1),
}


def ours(make: Callable[[np.random.Generator], Case], number: int, cases: int) -> Iterator[Case]:
    """Make cases, each from a seed of its own."""
    for i in range(cases):
        yield make(np.random.default_rng([number, i]))


def run(cases: Iterator[Case]) -> dict[str, float]:
    """Explain each case; count exact slices."""
    right = named = true = first = wrong = 0
    seconds = []
    for case in cases:
        start = time.process_time()
        kind = "ratio" if case.weight else "sum"
        answer = kpis.explain(case.before, case.after, value="value", by=case.by, kind=kind, weight=case.weight)
        seconds.append(time.process_time() - start)
        truth = {tuple(sorted(w.items())) for w in case.truth}
        said = [tuple(sorted(s.where.items())) for s in answer.slices]
        ranked = {tuple(sorted(s.where.items())) for s in answer.candidates[:3]}
        right, named, true, first = right + len(truth & set(said)), named + len(said), true + len(truth), first + len(truth & ranked)
        wrong += bool(said) and not truth
    return {
        "cases": len(seconds),
        "F1": 2 * right / (named + true) if true else float("nan"),
        "precision": right / named if named else float("nan"),
        "recall": right / true if true else float("nan"),
        "recall_at_3": first / true if true else float("nan"),
        "false_alarms": wrong / len(seconds),
        "median_cpu_s": statistics.median(seconds),
        "max_cpu_s": max(seconds),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--why", type=Path, help="folder of others' cases, with a folder for each set")
    parser.add_argument("--cases", type=int, default=40, help="cases made for each of our own sets (0: none)")
    given = parser.parse_args()
    sets = {p.parent.name: others(given.why, p.parent.name) for p in sorted(given.why.glob("*/truth.json"))} if given.why else {}
    for number, (name, make) in enumerate(SETS.items()):
        if given.cases:
            sets[name] = ours(make, number, given.cases)
    for name, cases in sets.items():
        figures = run(cases)
        print(f"{name:24}" + "  ".join(f"{k} {v:.3f}" if isinstance(v, float) else f"{k} {v}" for k, v in figures.items()), flush=True)


if __name__ == "__main__":
    main()
