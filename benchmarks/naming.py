"""Name the groups of a labelled file and say what it cost.

    python benchmarks/naming.py texts.csv.gz --texts 10000

The file has the columns ``text`` and ``label``. Exit 0 only where naming took at most ``--seconds`` of CPU time.
"""

import argparse
import sys
import time
from pathlib import Path

import pandas as pd

ROOT = Path(__file__).resolve().parents[1]


def main() -> int:
    """Read, name, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("--texts", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=1.0)
    given = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    from prodops.feedback.languages import language
    from prodops.feedback.naming import name_all

    rows = pd.read_csv(given.file).dropna(subset=["text"]).head(given.texts)
    groups = {str(label): list(of) for label, of in rows.groupby("label")["text"]}
    largest_first = dict(sorted(groups.items(), key=lambda group: -len(group[1])))
    language("nie mogę zalogować się od wczoraj")  # loads the detector, as preparing feedback has done when names are given
    before = time.process_time()
    names = name_all(largest_first)
    took = time.process_time() - before
    for label, name in names.items():
        print(f"{len(groups[label]):6,}  {name}  ← {label}")
    print(f"{len(groups)} groups of {len(rows):,} texts named in {took:.2f} CPU s")
    return int(took > given.seconds)


if __name__ == "__main__":
    sys.exit(main())
