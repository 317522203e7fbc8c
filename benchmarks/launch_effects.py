"""How often a launch's readout is right: coverage, false successes and power on simulated KPIs; placebo launches; the yardstick.

python benchmarks/launch_effects.py coverage [--sims 200]     each kind of KPI, lengths and periods after
python benchmarks/launch_effects.py placebos [--sims 1000]    launches that never were, over kinds of KPIs, by the verdict
python benchmarks/launch_effects.py power    [--sims 200]     a lift of 5 %, by noise, length and periods after
python benchmarks/launch_effects.py compare  [--sims 500]     difference in differences under serial correlation
python benchmarks/launch_effects.py speed                     one launch review's readouts: 15 KPIs, placebo dates and all
python benchmarks/launch_effects.py yardstick FOLDER          cases.json read at the default; its score_impact.py run on the results
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from prodops import launches
from prodops.launches.counted import _read as read_counts
from prodops.launches.scales import Kind

Rng = np.random.Generator
Kpi = tuple[np.ndarray, np.ndarray | None, int]
World = Callable[[Rng, int], Kpi]
WEEK = np.array([1, 1.05, 1, 0.95, 0.9, 0.7, 0.7]) * 10


def ar(rng: Rng, n: int, memory: float) -> np.ndarray:
    """Give an AR(1) series of variance one."""
    shocks, values = rng.normal(0, (1 - memory**2) ** 0.5, n + 100), np.zeros(n + 100)
    for i in range(1, n + 100):
        values[i] = memory * values[i - 1] + shocks[i]
    return values[100:]


def walk(rng: Rng, n: int, step: float) -> np.ndarray:
    return np.cumsum(rng.normal(0, step, n))


def line(n: int, slope: float) -> np.ndarray:
    return slope * np.arange(n)


def shifted(rng: Rng, n: int) -> np.ndarray:
    return rng.normal(size=n) + 3.0 * (np.arange(n) >= rng.integers(n // 5, n // 2)) * rng.choice([-1, 1])


def followed(rng: Rng, n: int) -> Kpi:
    common = ar(rng, n, 0.7)
    return common + 0.7 * ar(rng, n, 0.4), common[:, None], 1


def daily(rng: Rng, n: int, slope: float, memory: float) -> Kpi:
    return np.resize(WEEK, n) + line(n, slope) + ar(rng, n, memory), None, 7


def daily_with_control(rng: Rng, n: int) -> Kpi:
    season, common = np.resize(WEEK, n), ar(rng, n, 0.6)
    return 1.5 * season + common + line(n, 0.03) + ar(rng, n, 0.4), (season + common + 0.3 * ar(rng, n, 0.3))[:, None], 7


WORLDS: dict[str, World] = {
    "noise": lambda r, n: (r.normal(size=n), None, 1),
    "AR(0.3)": lambda r, n: (ar(r, n, 0.3), None, 1),
    "AR(0.5)": lambda r, n: (ar(r, n, 0.5), None, 1),
    "AR(0.7)": lambda r, n: (ar(r, n, 0.7), None, 1),
    "AR(0.9)": lambda r, n: (ar(r, n, 0.9), None, 1),
    "AR(0.8) + noise": lambda r, n: (ar(r, n, 0.8) + r.normal(size=n), None, 1),
    "slow walk + noise": lambda r, n: (walk(r, n, 0.1) + r.normal(size=n), None, 1),
    "walk + noise": lambda r, n: (walk(r, n, 0.3) + r.normal(size=n), None, 1),
    "random walk": lambda r, n: (walk(r, n, 1.0), None, 1),
    "slight line": lambda r, n: (line(n, 0.02) + r.normal(size=n), None, 1),
    "line": lambda r, n: (line(n, 0.1) + r.normal(size=n), None, 1),
    "line + AR(0.5)": lambda r, n: (line(n, 0.1) + ar(r, n, 0.5), None, 1),
    "line that bends off": lambda r, n: (4 * (1 - np.exp(-np.arange(n) / 40)) + r.normal(size=n), None, 1),
    "growth of 1 %": lambda r, n: (20 * np.exp(0.01 * np.arange(n)) * (1 + 0.05 * ar(r, n, 0.4)), None, 1),
    "heavy tails, t(3)": lambda r, n: (r.standard_t(3, n), None, 1),
    "log-normal": lambda r, n: (np.exp(r.normal(0, 0.6, n)), None, 1),
    "counts of 8": lambda r, n: (r.poisson(8, n).astype(float), None, 1),
    "outliers, 3 %": lambda r, n: (r.normal(size=n) + (r.random(n) < 0.03) * r.normal(0, 6, n), None, 1),
    "level shift before": lambda r, n: (shifted(r, n), None, 1),
    "control, followed": followed,
    "control, unrelated": lambda r, n: (ar(r, n, 0.4), ar(r, n, 0.4)[:, None], 1),
    "control, both walk": lambda r, n: (walk(r, n, 1.0), walk(r, n, 1.0)[:, None], 1),
    "days": lambda r, n: daily(r, n, 0.0, 0.4),
    "days along a line": lambda r, n: daily(r, n, 0.03, 0.5),
    "days with a control": daily_with_control,
}
WEEKS, DAYS = ((26, 4), (52, 8), (104, 8), (130, 16)), ((56, 14), (112, 28))
KINDS: dict[str, Kind] = {"growth of 1 %": "money", "counts of 8": "count", "log-normal": "money"}
"""What a review knows of some KPIs by their unit."""
EFFECT = 2.0
"""The effect whose power is told, in the standard deviations of one period against the one before."""


def coverage(sims: int) -> None:
    """Print for each kind of KPI how often the range holds the truth and how often an effect of two standard deviations is seen."""
    print(f"{'kind of KPI':22}" + "".join(f"{f'{n} + {m}':>24}" for n, m in WEEKS) + "   (coverage / power; days: 56 + 14, 112 + 28)")
    held_in_all = []
    for name, world in WORLDS.items():
        cells = []
        for before, after in DAYS if name.startswith("days") else WEEKS:
            rng, held, seen = np.random.default_rng([3, before, after, len(name)]), 0, 0
            for _ in range(sims):
                values, controls, seasons = world(rng, before + after)
                found = launches.impact(values, post=before, controls=controls, seasons=seasons, kind=KINDS.get(name, ""))
                size = EFFECT * float(np.std(values[seasons:before] - values[: before - seasons])) / 2**0.5
                held += found.lower <= 0 <= found.upper
                seen += found.lower + size > 0  # an effect added moves the range by itself
            held_in_all.append(held / sims)
            cells.append(f"{held / sims:>15.3f} /{seen / sims:6.2f} ")
        print(f"{name:22}" + "".join(cells), flush=True)
    print(f"mean coverage {np.mean(held_in_all):.3f}, least {min(held_in_all):.3f}")


def placebo_launches(sims: int) -> pd.DataFrame:
    """Read launches that never were, over all kinds of KPIs in turn, 52 to 130 periods before and 4 to 16 after; one row each."""
    rng, names, rows = np.random.default_rng(4), list(WORLDS), []
    for i in range(sims):
        name = names[i % len(names)]
        before, after = int(rng.integers(52, 131)), int(rng.integers(4, 17))
        values, controls, seasons = WORLDS[name](rng, before + after)
        found = launches.placebo(values, post=before, controls=controls, seasons=seasons, kind=KINDS.get(name, ""))
        rows.append((name, found.impact.is_clear, found.worked, found.worked and found.impact.effect > 0, found.share))
    return pd.DataFrame(rows, columns=["kind", "range alone", "worked", "worked upwards", "share of placebo dates"])


def placebos(sims: int) -> None:
    """Print how many launches that never were the verdict calls a success, either way and upwards."""
    frame = placebo_launches(sims)
    print(frame.groupby("kind", sort=False).mean().round(3).to_string())
    print(f"{sims} placebo launches: " + ", ".join(f"{name} {value:.1%}" for name, value in frame.drop(columns="kind").mean().items()))


def power(sims: int) -> None:
    """Print how often a lift of 5 % is told, by the KPI's noise from week to week."""
    print(f"{'noise a week':16}" + "".join(f"{f'{n} + {m}':>14}" for n, m in ((52, 4), (52, 8), (104, 8), (104, 12))))
    for noise in (0.02, 0.03, 0.05, 0.08):
        cells = []
        for before, after in ((52, 4), (52, 8), (104, 8), (104, 12)):
            cells.append(f"{lift_seen(noise, before, after, sims):14.0%}")
        print(f"{noise:<16.0%}" + "".join(cells), flush=True)


def lift_seen(noise: float, before: int, after: int, sims: int) -> float:
    """Give how often a lift of 5 % is told of an amount that grows by 0.1 % a week, with so much noise from week to week."""
    rng, seen = np.random.default_rng([5, before, after]), 0
    for _ in range(sims):
        values = 1_000 * (1 + 0.001 * np.arange(before + after)) * (1 + noise * ar(rng, before + after, 0.3))
        values[before:] *= 1.05
        seen += launches.placebo(values, post=before, good="up", kind="money").worked
    return seen / sims


def counted_called(memory: float, before: int, after: int, sims: int) -> float:
    """Give how often a difference in differences of counts over counts is called one where there is none.

    Shares of about 5 % of 400 a period, whose log odds vary by 0.3 beyond counting and carry so much of it into the next period.
    """
    rng, called = np.random.default_rng([8, before, after, int(100 * memory)]), 0
    for _ in range(sims):
        odds = np.log(0.05 / 0.95) + 0.3 * np.column_stack([ar(rng, before + after, memory) for _ in range(2)])
        tops = rng.binomial(400, 1 / (1 + np.exp(-odds))).astype(float)
        counts = np.column_stack([tops[:, 0], np.full(len(tops), 400.0), tops[:, 1], np.full(len(tops), 400.0)])
        called += read_counts(counts[:before], counts[before:])[3] <= 0.05
    return called / sims


def compare(sims: int) -> None:
    """Print how often a difference in differences without effect is called one, by memory, units a side and periods (asked: 5 %)."""
    print(f"{'units, periods':20}" + "".join(f"{f'AR({m})':>12}" for m in (0.0, 0.5, 0.8)))
    for units, before, after in ((1, 20, 8), (1, 52, 8), (3, 52, 8), (10, 10, 10), (25, 10, 10)):
        cells = []
        for memory in (0.0, 0.5, 0.8):
            rng = np.random.default_rng([6, units, before])
            sides = (np.column_stack([ar(rng, before + after, memory) for _ in range(2 * units)]) for _ in range(sims))
            found = [launches.compare(pd.DataFrame(s[:, :units]), pd.DataFrame(s[:, units:]), post=before).is_clear for s in sides]
            cells.append(f"{np.mean(found):12.3f}")
        print(f"{f'{units} + {units}, {before} + {after}':20}" + "".join(cells), flush=True)
    for words, kind in (("amounts, in euros", ""), ("amounts, in ratio", "money")):
        cells = [f"{amounts_called(memory, kind, sims):12.3f}" for memory in (0.0, 0.5, 0.8)]
        print(f"{words:20}" + "".join(cells), flush=True)


def amounts_called(memory: float, kind: Kind, sims: int) -> float:
    """Give how often two amounts that grow by 1 % a week, one three times the other, 52 weeks and 8, are said to part where they do not."""
    rng, called = np.random.default_rng([9, int(10 * memory)]), 0
    for _ in range(sims):
        common = np.exp(0.01 * np.arange(60) + 0.03 * ar(rng, 60, memory))
        sides = [level * common * np.exp(0.02 * ar(rng, 60, memory)) for level in (3_000, 1_000)]
        called += launches.compare(sides[0], sides[1], post=52, kind=kind).is_clear
    return called / sims


def speed() -> None:
    """Print the CPU seconds of a launch review's readouts."""
    rng = np.random.default_rng(0)
    kpis = [ar(rng, 112, 0.4) for _ in range(15)]
    launches.placebo(kpis[0], post=104)
    start = time.process_time()
    dates = sum(launches.placebo(values, post=104).n for values in kpis)
    print(f"15 KPIs of 104 + 8 weeks with {dates} placebo dates: {time.process_time() - start:.2f} CPU s")


def yardstick(folder: Path) -> None:
    """Read every case at the default and have the yardstick's own script score them."""
    results = {}
    for case in json.loads((folder / "cases.json").read_text(encoding="utf-8"))["cases"]:
        data, start = np.array(case["data"], dtype=float), time.process_time()
        found = launches.impact(data[:, 0], post=case["first_post_index"], controls=data[:, 1:], seasons=case.get("nseasons"))
        took = time.process_time() - start
        results[case["id"]] = {"avg_effect": found.effect, "avg_ci": [found.lower, found.upper], "cpu_seconds": round(took, 3)}
    with tempfile.TemporaryDirectory() as place:
        file = Path(place) / "results.json"
        file.write_text(json.dumps(results), encoding="utf-8")
        subprocess.run([sys.executable, str(folder / "score_impact.py"), str(file)], check=True)


def main() -> None:
    """Run one part."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("part", choices=["coverage", "placebos", "power", "compare", "speed", "yardstick"])
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--sims", type=int, default=0)
    given = parser.parse_args()
    if given.part == "yardstick":
        yardstick(given.folder)
    elif given.part == "speed":
        speed()
    else:
        parts = {"coverage": (coverage, 200), "placebos": (placebos, 1_000), "power": (power, 200), "compare": (compare, 500)}
        run, usual = parts[given.part]
        run(given.sims or usual)


if __name__ == "__main__":
    main()
