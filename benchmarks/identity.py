"""Measure how well themes keep their ids as feedback grows.

    python benchmarks/identity.py FOLDER         sets of texts: each *.csv or *.csv.gz with a column text
    python benchmarks/identity.py --sample       the sample company's feedback, in order of time

Themes are found in the first texts, and again, with the taxonomy of the run before, once 10 % more have come, and once a week for ten
weeks. ``ids`` is the share of ids that hold texts again; a theme is ``kept`` whose id holds at
least half of its texts again, and ``texts`` that of texts that stay. ``same`` tells whether a run over unchanged texts gives the same
labels and, from the second run on, the same file, byte by byte.
"""

import argparse
import random
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from prodops import feedback, samples, taxonomies
from prodops.feedback import Themes

MORE, WEEKS = 0.1, 10


def kept(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[float, float, float]:
    """Give the shares of ids that hold texts again and of themes that are kept, and that of texts that stay; keys are texts, values ids."""
    own = Counter(id for id in before.values() if id)
    stay = Counter(id for text, id in before.items() if id and after[text] == id)
    again, many = own.keys() & {*after.values()}, max(len(own), 1)
    return len(again) / many, sum(2 * stay[id] >= own[id] for id in own) / many, stay.total() / max(own.total(), 1)


def compare(texts: Sequence[str], before: Themes, after: Themes) -> dict[str, float]:
    """Compare a run over the first of ``texts`` with one over more of them, themes and sub-themes."""
    told = {}
    for level, name in (("labels", ""), ("sublabels", "sub")):
        one, other = (dict(zip(texts, getattr(run, level), strict=False)) for run in (before, after))
        told |= dict(zip((f"{name}ids", f"{name}kept", f"{name}texts"), kept(one, other), strict=True))
    return told


def same(texts: Sequence[str], first: Themes) -> bool:
    """Tell whether nothing changes where nothing changed, in another order too."""
    shuffled = random.Random(2).sample(range(len(texts)), len(texts))
    again = feedback.find_themes(texts, taxonomy=first.taxonomy)
    third = feedback.find_themes([texts[i] for i in shuffled], taxonomy=again.taxonomy)
    labels = first.labels == again.labels and third.labels == tuple(first.labels[i] for i in shuffled)
    return labels and taxonomies.to_text(again.taxonomy) == taxonomies.to_text(third.taxonomy)


def measure(texts: Sequence[str]) -> Iterator[tuple[str, object]]:
    """Measure one set: texts in the order in which they come."""
    first = feedback.find_themes(texts[: int(len(texts) / (1 + MORE))])
    more = feedback.find_themes(texts, taxonomy=first.taxonomy)
    yield "themes", len(first.ids)
    yield from compare(texts, first, more).items()
    weeks, run = [], first
    for week in range(WEEKS):
        share = (week + 1) / WEEKS
        after = feedback.find_themes(texts[: int(len(texts) * (1 + MORE * share) / (1 + MORE))], taxonomy=run.taxonomy)
        weeks.append(compare(texts, run, after)["kept"])
        run = after
    yield "a week", sum(weeks) / WEEKS
    yield "worst week", min(weeks)
    yield "ten weeks", compare(texts, first, run)["kept"]
    yield "same", same(texts[: len(first.labels)], first)


def sets(folder: Path | None, sample: bool, most: int) -> Iterator[tuple[str, list[str]]]:
    """Give each set's name and its different texts."""
    import pandas as pd

    for file in sorted([*folder.glob("*.csv"), *folder.glob("*.csv.gz")]) if folder else []:
        texts = list(dict.fromkeys(pd.read_csv(file, keep_default_na=False)["text"].astype(str)))
        yield file.name.split(".")[0], random.Random(1).sample(texts, min(most, len(texts)))
    if sample:
        with tempfile.TemporaryDirectory() as place:
            rows = pd.read_parquet(samples.write(Path(place), users=300, events=0, feedback=most)["feedback"])
        yield "sample", list(dict.fromkeys(feedback.prepare(rows).frame.sort_values(["created_at", "id"])["text"]))


def main() -> None:
    """Print a line for each set, and the means."""
    import pandas as pd

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--sample", action="store_true")
    parser.add_argument("--most", type=int, default=10_000)
    given = parser.parse_args()
    rows = []
    for name, texts in sets(given.folder, given.sample, given.most):
        rows.append({"set": name, "of": len(texts), **dict(measure(texts))})
        print({key: round(value, 3) if isinstance(value, float) else value for key, value in rows[-1].items()}, flush=True)
    print(pd.DataFrame(rows).drop(columns="set").mean().round(3).to_string())


if __name__ == "__main__":
    main()
