"""What the drawings of the report find: each title a second thought beside the heading above it."""

from typing import Any

import pandas as pd

from prodops.stamps import in_words, listed
from prodops.surveys.wishes import UNDERSERVED
from prodops.surveys.words import brief, from_to, inside, parts, say, short

HALF, FEW = 0.5, 4
"""One half, and of how few waves both ends are named."""


def of_course(row: dict[str, Any], course: pd.Series, target: float | None) -> str:
    """Say how a score stands to its target; without one, how its last waves stand among all."""
    unit, title = row["unit"], brief(row["title"])
    if target is None and len(course) < FEW and row["before"] == row["before"]:
        was, now, _ = parts(row["before"], row["value"], unit)
        return f"{title}: {was} in {row['before_wave']}, {now} in {row['wave']}"
    if target is None:
        return f"{title}: {_among(course.tolist(), unit)}"
    words = say(target, unit)
    if row["lower"] > target:
        return f"{title} is surely above its target of {words}"
    return (
        f"{title} is surely below its target of {words}" if row["upper"] < target else f"{title} is too near its target of {words} to call"
    )


def _among(values: list[float], unit: str) -> str:
    """Say whether the last waves are the highest or the lowest, parted where the gap is widest; else between which values all lie."""
    for way, sign in (("highest", 1), ("lowest", -1)):
        turned = [sign * value for value in values]
        gaps = {k: min(turned[-k:]) - max(turned[:-k]) for k in range(1, len(values))}
        last = max(gaps, key=lambda k: gaps[k], default=0)
        if last and gaps[last] > 0:
            waves = f"the last {last} of {len(values)} waves are" if last > 1 else f"the last of {len(values)} waves is"
            return f"{waves} the {way}"
    return f"{from_to(min(values), max(values), unit)} over {len(values)} waves"


def of_moves(title: str, rows: pd.DataFrame) -> str:
    """Say which groups moved beyond chance, and that the others did not."""
    fell, rose = (_bare(rows.loc[far, "group"]) for far in (rows["upper"] < 0, rows["lower"] > 0))
    said = [f"{verb} among {listed(groups, 3)}" for verb, groups in (("fell", fell), ("rose", rose)) if groups]
    if not said:
        return short(f"No group's {inside(title)} moved beyond chance", "No group moved beyond chance")
    rest = len(rows) - len(fell) - len(rose)
    others = f"; {rest} other{'s' * (rest > 1)} moved within chance" if rest else ""
    return short(f"{brief(title)} {', '.join(said)}{others}", f"{brief(title)} {', '.join(said)}", f"{brief(title)} {said[0]}")


def _bare(names: pd.Series) -> list[str]:
    return [str(name).rsplit(" (", 1)[0] for name in names]


def of_ideas(kano: pd.DataFrame) -> str:
    """Say which ideas most people would miss."""
    missed = [str(name) for name in kano.loc[kano["worse_lower"] > HALF, "title"]]
    return short(
        f"Most would miss {listed(missed)}" if missed else "No idea is one that most would surely miss",
        f"Most would miss {len(missed)} ideas",
    )


def of_jobs(jobs: pd.DataFrame) -> str:
    """Say how many jobs are surely badly served."""
    n = int((jobs["score_lower"] > UNDERSERVED).sum())
    return (
        f"{n} of {len(jobs)} jobs {'is' if n == 1 else 'are'} surely badly served"
        if n
        else f"None of {len(jobs)} jobs is surely badly served"
    )


def of_list(rows: pd.DataFrame, name: str, value: str) -> str:
    """Say which items or answers are surely below one half, else which surely above it."""
    below, above = ([str(n) for n in rows.loc[far, name]] for far in (rows["upper"] < HALF, rows["lower"] > HALF))
    if len(rows) == 1 or not (below or above):
        return "None is surely above or below one half"
    if above and len(above) < len(rows):
        return short(f"Surely above one half: {listed(above)}", f"{len(above)} of {len(rows)} are surely above one half")
    return (
        f"All {len(rows)} are surely {'above' if above else 'below'} one half"
        if max(len(above), len(below)) == len(rows)
        else (short(f"Surely below one half: {listed(below)}", f"{len(below)} of {len(rows)} are surely below one half"))
    )


def of_rates(low: pd.DataFrame) -> str:
    """Set the group that answers least beside the one that answers most."""
    least, most = low.loc[low["rate"].idxmin()], low.loc[low["rate"].idxmax()]
    first, last = (
        f"{in_words(least['rate'], 'share')} of {least['group']} answered",
        f"{in_words(most['rate'], 'share')} of {most['group']}",
    )
    return short(f"{first}, {last}", first)
