"""Every number of the latest wave as answered, and weighted: by the table's weights, then to the customers' shares."""

from collections.abc import Hashable, Iterator, Mapping
from typing import TYPE_CHECKING, cast

import numpy as np
import pandas as pd

from prodops.surveys import ideas
from prodops.surveys.asked import SCORED
from prodops.surveys.estimates import Estimate
from prodops.surveys.tallies import Tally, base_weights, estimate

if TYPE_CHECKING:
    from prodops.surveys.questionnaire import Questionnaire

COLUMNS = ["name", "question", "title", "unit", "wave", "n", "value", "lower", "upper", "weighted", "weighted_lower", "weighted_upper"]
COLUMNS += ["design_effect"]
Measured = dict[str, tuple[str, str, Estimate]]
"""A number's name, such as ``nps`` or ``tools.Slack``, with its title, its unit and what it came to."""


def weighted(found: Mapping[str, Tally], asked: "Questionnaire", least: int) -> pd.DataFrame:
    """Give each score, idea, job, choice and item both ways; no rows where there is nothing to weigh by."""
    rows = []
    for tally in found.values():
        for wave, own in _wholes(tally, least):
            weight = weights(own, asked.margins)
            heavy = measured(tally, own, weight, least) if weight is not None else {}
            for name, (title, unit, plain) in measured(tally, own, None, least).items() if heavy else ():
                if name in heavy and not name.endswith((".importance", ".satisfaction")):
                    rows.append(
                        (
                            name,
                            tally.question.name,
                            title,
                            unit,
                            wave,
                            plain.n,
                            *_ends(plain),
                            *_ends(heavy[name][2]),
                            heavy[name][2].design_effect,
                        )
                    )
    return pd.DataFrame(rows, columns=COLUMNS)


def answers(found: Mapping[str, Tally], asked: "Questionnaire", least: int) -> dict[str, Estimate]:
    """Give every number of the latest wave by its name, weighted where there is something to weigh by."""
    each = [measured(tally, own, weights(own, asked.margins), least) for tally in found.values() for _, own in _wholes(tally, least)]
    return {name: got for measures in each for name, (_, _, got) in measures.items()}


def _ends(got: Estimate) -> tuple[float, float, float]:
    return got.value, got.lower, got.upper


def _wholes(tally: Tally, least: int) -> "Iterator[tuple[str, pd.DataFrame]]":
    """Give the latest wave's rows: all of them, or of a matrix those of each item; each is weighted by itself."""
    at = tally.latest(least)
    if at is None:
        return
    rows, parts = tally.frame[tally.frame["at"] == at], [None, *tally.question.items]
    for part in parts[1:] or parts:
        own = rows if part is None else rows[rows["part"] == part]
        if int(own["n"].sum()) >= least:
            yield tally.waves[at].name, own.reset_index(drop=True)


def measured(tally: Tally, own: pd.DataFrame, weight: np.ndarray | None, least: int) -> Measured:
    """Give what some rows of a question come to; ``weight`` is one a row, for each of its answers."""
    q = tally.question
    if q.kind in SCORED:
        return {q.name: (q.label, q.unit, estimate(q, own, weight))}
    if q.kind == "kano":
        idea = ideas.classed(own, weight)
        return {
            f"{q.name}.better": (f"{q.label}: pleases", "share", idea.better),
            f"{q.name}.worse": (f"{q.label}: its lack puts off", "share", ideas.turned(idea.worse)),
        }
    if q.kind == "opportunity":
        job = ideas.rated(tally, own, weight)
        sides = {side: (f"{q.label}: {side}", "rating", getattr(job, side)) for side in ("importance", "satisfaction")}
        return {q.name: (q.label, "rating", job.score)} | {f"{q.name}.{side}": told for side, told in sides.items()}
    if q.kind == "matrix":
        part = str(own["part"].iloc[0])
        return {f"{q.name}.{part}": (f"{q.label}: {q.items[part]}", "share", ideas.top_share(tally, own, weight))}
    table = ideas.counted(tally, own, weight)
    size = ideas.effective(own, weight)
    each = table[table["chosen"] >= least].itertuples(index=False)
    return {f"{q.name}.{r.answer}": (f"{q.label}: {r.answer}", "share", Estimate(r.share, r.lower, r.upper, r.n, size)) for r in each}


def weights(rows: pd.DataFrame, margins: Mapping[str, Mapping[str, float]]) -> np.ndarray | None:
    """Weigh a tally's rows, one weight for each answer of a row; none where there is nothing to weigh by.

    Values that a margin does not name count as missing: they keep their share of the answers.
    """
    from prodops.surveys.raking import rake

    base = base_weights(rows)
    known: dict[str, Mapping[Hashable, float]] = {
        column: cast("Mapping[Hashable, float]", shares)
        for column, shares in margins.items()
        if column in rows and set(rows[column].dropna()) & set(shares)
    }
    if rows.empty or not known:
        return base
    place = np.repeat(np.arange(len(rows)), rows["n"].to_numpy(int))
    people = rows[list(known)].iloc[place].reset_index(drop=True)
    people = people.assign(**{column: people[column].where(people[column].isin(list(known[column]))) for column in known})
    found = rake(people, known, None if base is None else base[place])
    return np.asarray(found.weights, dtype=float)[np.unique(place, return_index=True)[1]]
