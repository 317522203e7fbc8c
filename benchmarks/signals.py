"""How often do signals alarm while nothing happens, and how soon do they see what does? Simulated, and on labelled series where given.

    python benchmarks/signals.py [YARDSTICKS/signals] [--series 300]

Printed are: false alarms a year of stable series by grain and kind (alarms that begin; runs with gaps of one look are one) beside the
number that ``kpis.alarms`` states; the share of weekly series with any alarm in 26 weeks and the power to see a shift of three sigma
within three weeks, after 26 and 52 weeks of past; the curve of power against false alarms a year as the budget is changed; daily
series like a product's and five-minute ones like a server's with planted spikes, dips and shifts (seeded here); and, with the folder of
labelled series (``event_score.py`` and one folder of CSVs per set), events found at the default.

Ends with 1 where stable series raise clearly more than is stated, where over three in ten AR(0.5) series alarm in 26 weeks, or where
power is under eight in ten.
"""

import argparse
import importlib.util
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from prodops.kpis import signalling, signals
from prodops.kpis.alarms import A_YEAR
from prodops.workspace import Grain

Series = np.ndarray
World = Callable[[np.random.Generator, int], Series]
GRAINS: dict[Grain, tuple[str, int, int]] = {
    "day": ("D", 100, 365),
    "week": ("W-MON", 40, 104),
    "month": ("MS", 24, 36),
    "quarter": ("QS", 12, 20),
}
"""Of each grain: pandas' name for it, points of past, points judged."""


def wander(rng: np.random.Generator, n: int, memory: float = 0.5) -> Series:
    """Give an AR(1) series of variance one."""
    shocks, values = rng.normal(0, (1 - memory**2) ** 0.5, n + 40), np.zeros(n + 40)
    for i in range(1, n + 40):
        values[i] = memory * values[i - 1] + shocks[i]
    return values[40:]


STABLE: dict[str, World] = {
    "independent": lambda rng, n: rng.normal(0, 1, n),
    "AR(0.5)": wander,
    "counts of 10": lambda rng, n: rng.poisson(10, n).astype(float),
    "climbing": lambda rng, n: 0.1 * np.arange(n) + rng.normal(0, 1, n),
    "seasonal": lambda rng, n: 3 * np.tile([1.0, 1, 1, 1, 0.8, 0.2, 0.2], n // 7 + 1)[:n] + wander(rng, n, 0.3),
}


def running(rng: np.random.Generator, n: int, moves: float, size: Callable[[np.random.Generator], float]) -> Series:
    """Give what runs at the end of each period where accounts of their own size come (so many a period) and any of them may leave."""
    accounts, totals = [size(rng) for _ in range(200)], np.zeros(n)
    for i in range(n):
        accounts += [size(rng) for _ in range(rng.poisson(1.05 * moves))]
        for _ in range(min(rng.poisson(moves), len(accounts) - 1)):
            accounts.pop(int(rng.integers(len(accounts))))
        totals[i] = sum(accounts)
    return totals


def of_a_plan(rng: np.random.Generator) -> float:
    """Give one account's price: seven in ten pay about 1, one in fifty about 150."""
    return float(rng.choice([1, 5, 25, 150], p=[0.7, 0.2, 0.08, 0.02]) * rng.gamma(4, 0.25))


STOCKS: dict[str, World] = {
    "stock: counts": lambda rng, n: running(rng, n, 5, lambda rng: 1.0),
    "stock: sizes log-normal 1, few": lambda rng, n: running(rng, n, 1.5, lambda rng: float(rng.lognormal(0, 1))),
    "stock: sizes log-normal 1.5": lambda rng, n: running(rng, n, 5, lambda rng: float(rng.lognormal(0, 1.5))),
    "stock: plans of 1 to 150": lambda rng, n: running(rng, n, 8, of_a_plan),
    "stock: normal steps": lambda rng, n: np.cumsum(rng.normal(0.3, 1, n)),
}
"""What runs, judged by its change: how many, and revenue that rare large accounts move."""


def judged(values: Series, frequency: str, past: int, is_stock: bool = False) -> Series:
    index = pd.date_range("2018-01-01", periods=len(values), freq=frequency)
    return signals(pd.Series(values, index=index), is_stock=is_stock)["signal"].to_numpy()[past:]


def begun(out: Series) -> int:
    """Count the alarms that begin: gaps of one look are none."""
    return int((out & ~np.r_[False, out[:-1]] & ~np.r_[False, False, out[:-2]]).sum())


def false_alarms(world: World, grain: Grain, series: int, is_stock: bool = False) -> tuple[float, float]:
    """Give false alarms a year of one stable KPI, and the standard error."""
    frequency, past, looks = GRAINS[grain]
    rng = np.random.default_rng(11)
    count = sum(begun(judged(world(rng, past + looks), frequency, past, is_stock)) for _ in range(series))
    years = series * looks / signalling.LOOKS[grain]
    return count / years, max(count, 1) ** 0.5 / years


def weekly(memory: float, past: int, series: int) -> tuple[float, float]:
    """Give the share of series that alarm in 26 stable weeks, and of shifts by three sigma seen within three weeks."""
    rng, alarms, seen = np.random.default_rng(12), 0, 0
    for _ in range(series):
        values = wander(rng, past + 26, memory)
        alarms += bool(judged(values, "W-MON", past).any())
        values[past:] += 3
        seen += bool(judged(values[: past + 3], "W-MON", past).any())
    return alarms / series, seen / series


def product_like(rng: np.random.Generator, n: int = 400) -> pd.DataFrame:
    """Give a daily series of a product: weeks, growth, neighbours that hang together, counts; with spikes, dips and shifts planted."""
    week, growth, noise = 1 + rng.normal(0, 0.2, 7), rng.uniform(-0.0005, 0.0015), rng.uniform(0.03, 0.1)
    level, label = np.zeros(n), np.zeros(n, dtype=int)
    for place in np.arange(110, n - 20, 50) + rng.integers(0, 20, len(np.arange(110, n - 20, 50))):
        kind, size, lasts = rng.choice(["spike", "dip", "shift"]), rng.uniform(4, 8) * noise, int(rng.integers(1, 4))
        label[place : place + lasts] = 1
        level[place : n if kind == "shift" else place + lasts] += (
            -size if kind == "dip" or (kind == "shift" and rng.random() < 0.5) else size
        )
    values = 800 * np.exp(growth * np.arange(n)) * np.clip(np.tile(week, n // 7 + 1)[:n], 0.1, None)
    mean = values * (1 + noise * wander(rng, n, rng.uniform(0, 0.7)) + level)
    dates = pd.date_range("2023-01-02", periods=n)
    return pd.DataFrame({"timestamp": dates, "value": rng.poisson(np.clip(mean, 0, None)).astype(float), "label": label})


def machine_like(rng: np.random.Generator, n: int = 4032) -> tuple[pd.Series, list[tuple[int, int]]]:
    """Give two weeks of a server's number, read every five minutes, and the windows around what was planted: a tenth of the series in all.

    It hangs together, follows the day in half of the cases and, in half, spikes all the time as it always did."""
    base, places = rng.uniform(5, 50), np.sort(rng.choice(np.arange(4, 10), int(rng.integers(1, 3)), replace=False)) * n // 10
    values = base * (1 + rng.uniform(0.02, 0.1) * wander(rng, n, 0.7) + rng.choice([0, 0.3]) * np.sin(2 * np.pi * np.arange(n) / 288))
    values += base * rng.uniform(0.3, 2) * (rng.random(n) < rng.choice([0, 0.01]))
    for place in places:
        kind = rng.choice(["spike", "shift", "dip"])
        stop = n if kind == "shift" else place + int(rng.integers(2, 20))
        values[place:stop] += base * {"spike": rng.uniform(3, 6), "shift": rng.uniform(0.5, 1.5), "dip": -0.9}[str(kind)]
    half = n // 20 // len(places)
    series = pd.Series(values, index=pd.date_range("2025-01-06", periods=n, freq="5min"))
    return series, [(int(p) - half, min(int(p) + half, n - 1)) for p in places]


def windows_score(found: list[tuple[Series, list[tuple[int, int]]]]) -> float:
    """Score alarms by windows, as in Lavin and Ahmad (2015), standard profile: the first alarm in a window earns up to one, the earlier the
    more, a window without costs one, each alarm elsewhere 0.11; 100 is all at once and nothing else, 0 is silence. The first 15 % is free."""

    def sigmoid(place: float) -> float:
        return 2 / (1 + float(np.exp(5 * place))) - 1

    earned = windows = 0.0
    for out, spans_of in found:
        places = np.flatnonzero(out)
        places = places[places >= min(0.15 * len(out), 750)]
        last: tuple[int, int] | None = None
        for place in places:
            inside = [w for w in spans_of if w[0] <= place <= w[1]]
            before = [w for w in spans_of if w[1] < place]
            if inside and inside[0] != last:
                earned += sigmoid((place - inside[0][1]) / (inside[0][1] - inside[0][0])) / sigmoid(-1)
                windows, last = windows + 1, inside[0]
            elif not inside:
                far = (place - before[-1][1]) / (before[-1][1] - before[-1][0]) if before else 9.0
                earned += 0.11 * sigmoid(far)
    total = sum(len(spans_of) for _, spans_of in found)
    return 100 * (earned - (total - windows) + total) / (2 * total)


def events_found(frames: dict[str, pd.DataFrame], tolerance: int) -> str:
    """Say precision, recall and F1 of alarms against labelled events, after each series' first three tenths (two weeks at most, a tenth at least)."""
    found = events = true = alarms = points = 0
    spent = time.process_time()
    for frame in frames.values():
        out = signals(frame.set_index("timestamp")["value"].astype(float))["signal"].to_numpy(copy=True)
        n, step = len(frame), frame["timestamp"].diff().median()
        warm = max(int(0.1 * n), min(int(pd.Timedelta(days=14) / step), int(0.3 * n)))
        out[:warm] = False
        label = (frame["label"].to_numpy() == 1) & (np.arange(n) >= warm)
        told, real = spans(out, 1), spans(label, 0)
        found += sum(any(a <= e + tolerance and b >= s - tolerance for a, b in told) for s, e in real)
        true += sum(any(a <= e + tolerance and b >= s - tolerance for s, e in real) for a, b in told)
        events, alarms, points = events + len(real), alarms + len(told), points + n - warm
    spent = (time.process_time() - spent) / max(len(frames), 1)
    precision, recall = true / max(alarms, 1), found / max(events, 1)
    score = 2 * precision * recall / (precision + recall) if true else 0.0
    return (
        f"F1 {score:.3f} (precision {precision:.2f}, recall {recall:.2f}; {events} events, {alarms} alarms), "
        f"{1000 * (alarms - true) / max(points, 1):.2f} false alarms per 1,000 points, {spent:.4f} CPU s a series"
    )


def spans(out: Series, gap: int) -> list[tuple[int, int]]:
    places = np.flatnonzero(out)
    parts = np.split(places, np.flatnonzero(np.diff(places) > 1 + gap) + 1) if len(places) else []
    return [(int(p[0]), int(p[-1])) for p in parts]


def labelled(folder: Path) -> dict[str, pd.DataFrame]:
    return {path.stem: pd.read_csv(path, parse_dates=["timestamp"]) for path in sorted(folder.glob("*.csv"))}


def own_scorer(folder: Path) -> None:
    """Say the yardstick's own figures, by its own scorer."""
    spec = importlib.util.spec_from_file_location("event_score", folder / "event_score.py")
    if spec is None or spec.loader is None:
        return
    scorer = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(scorer)
    for name, tolerance in (("ms_hourly", 1), ("nyc_daily", 0)):
        data = scorer.load(name)
        scores = {k: signals(d.set_index("timestamp")["value"].astype(float))["z"].abs().to_numpy() for k, d in data.items()}
        print(f"  {name} by its own scorer: {scorer.evaluate(data, scores, 3.0, tolerance)['default']}")


def main() -> int:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("yardsticks", nargs="?", type=Path)
    ask.add_argument("--series", type=int, default=300)
    given, failed = ask.parse_args(), []

    print("False alarms a year of a stable KPI (± standard error), beside what is stated")
    for grain in GRAINS:
        for name, world in (STABLE | STOCKS).items():
            if name != "seasonal" or grain == "day":
                got, error = false_alarms(world, grain, given.series if grain != "day" else given.series // 4, name in STOCKS)
                print(f"  {grain:8} {name:31} {got:5.2f} ± {error:.2f}   stated {A_YEAR[grain]:.2f}")
                failed += [f"{grain} {name}"] if got > A_YEAR[grain] + 3 * error else []

    print("Weekly: any alarm in 26 weeks, and power for three sigma within three weeks")
    for memory in (0.0, 0.5):
        for past in (26, 52):
            alarms, power = weekly(memory, past, given.series)
            print(f"  memory {memory}, {past} weeks before: {alarms:.2f} alarm, power {power:.2f}")
            error = 3 * (0.25 / given.series) ** 0.5
            failed += [f"weekly {memory} {past}"] if (memory and alarms > 0.30 + error) or power < 0.80 - error else []

    print("Power against false alarms a year, AR(0.5), 40 weeks before, as the budget changes")
    usual = signalling.BUDGET
    for budget in (0.01, 0.02, usual, 0.06, 0.08):
        signalling.BUDGET = budget
        rate, _ = false_alarms(wander, "week", given.series // 2)
        print(f"  budget {budget:.3f}: {rate:.2f} a year, power {weekly(0.5, 40, given.series // 2)[1]:.2f}")
    signalling.BUDGET = usual

    rng = np.random.default_rng(13)
    print("Daily, planted:", events_found({str(i): product_like(rng) for i in range(40)}, 0))
    machines = [machine_like(np.random.default_rng(seed)) for seed in range(40)]
    score = windows_score([(signals(series)["signal"].to_numpy(), windows) for series, windows in machines])
    print(f"Every five minutes, planted: {score:.1f} of 100 by windows (silence has 0)")
    if given.yardsticks:
        for name, tolerance in (("ms_hourly", 1), ("nyc_daily", 0)):
            print(f"{name}:", events_found(labelled(given.yardsticks / name), tolerance))
        own_scorer(given.yardsticks)
    print("Beyond its bound:" if failed else "All within their bounds.", *failed)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
