"""Prepare feedback and print the CPU seconds that each step takes per 10,000 texts, on a quarter of the rows and on all of them.

    python benchmarks/preparing.py [--rows 20000] [--file FILE --text COLUMN]

Without a file the rows are the sample company's; a CSV or Parquet file gives its own texts, all dated alike. Exit 1 where a step
takes more than half as much again per text on four times the rows.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from time import process_time

import pandas as pd

from prodops import samples
from prodops.feedback import clean, duplicates, prepare
from prodops.feedback.languages import language
from prodops.feedback.statements import statements

SLOWER = 1.5


def rows_of(file: Path | None, column: str, rows: int) -> pd.DataFrame:
    """Give rows with id, created_at and text."""
    if file is None:
        with tempfile.TemporaryDirectory() as folder:
            return pd.read_parquet(samples.write(Path(folder), feedback=rows, events=1_000)["feedback"])
    table = pd.read_parquet(file) if file.suffix == ".parquet" else pd.read_csv(file)
    texts = table[column].astype("str").head(rows).reset_index(drop=True)
    return pd.DataFrame({"id": texts.index.astype("str"), "created_at": pd.Timestamp("2025-01-01"), "text": texts})


def measure(frame: pd.DataFrame) -> dict[str, float]:
    """Time each step by itself on rows that the steps before have prepared, in CPU seconds per 10,000 texts."""
    ready = prepare(frame).frame
    steps: dict[str, Callable[[], object]] = {
        "clean": lambda: [clean(text) for text in frame["text"]],
        "languages": lambda: [language(text) for text in ready["text"]],
        "voices": lambda: duplicates.voices(ready),
        "prepare, in all": lambda: prepare(frame),
        "statements": lambda: statements(ready),
    }
    return {name: _cpu(step) / len(frame) * 10_000 for name, step in steps.items()}


def _cpu(step: Callable[[], object]) -> float:
    started = process_time()
    step()
    return process_time() - started


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, and say whether any step grew faster than the rows."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rows", type=int, default=20_000)
    options.add_argument("--file", type=Path)
    options.add_argument("--text", default="text")
    chosen = options.parse_args(arguments)
    frame = rows_of(chosen.file, chosen.text, chosen.rows)
    few, many = measure(frame.sample(frac=0.25, random_state=0)), measure(frame)
    print(f"{'CPU s per 10,000 texts':24}{len(frame) // 4:>10,}{len(frame):>10,}")
    for name in many:
        print(f"{name:24}{few[name]:>10.2f}{many[name]:>10.2f}")
    return int(any(many[name] > SLOWER * few[name] for name in many))


if __name__ == "__main__":
    sys.exit(main())
