"""How the answers to a score are spread, wave by wave: the parts of each bar."""

from typing import TYPE_CHECKING

import pandas as pd

from prodops.surveys.asked import Question, plain
from prodops.surveys.tallies import Tally
from prodops.surveys.words import say

if TYPE_CHECKING:
    from prodops.surveys.reporting import Report

MOST_WAVES, MOST_PARTS = 8, 12
COLUMNS = ["part", "share", "tone", "row", "value"]


def answers_by_wave(found: "Report", question: str) -> pd.DataFrame:
    """Give the spread of a score's answers in each of its last waves: ``row, part, share, tone, value``."""
    tally, least = found.tallies[question], found.questionnaire.least
    sizes = tally.frame.groupby("at")["n"].sum()
    known = [at for at in tally.rounds if sizes.get(at, 0) >= least]
    rounds = [at for at in known if tally.waves[at].complete][-MOST_WAVES:] or known[-1:]
    scores = found.scores[found.scores["question"] == question].set_index("at")
    parts = []
    for at in reversed(rounds):
        wave, value = tally.waves[at], say(float(scores.loc[at, "value"]), tally.question.unit)
        running = "" if wave.complete else ", still running"
        parts.append(
            _spread(tally, tally.frame[tally.frame["at"] == at]).assign(row=f"{wave.name}{running}", value=f"{value} · {int(sizes[at]):,}")
        )
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=COLUMNS)


def _spread(tally: Tally, rows: pd.DataFrame) -> pd.DataFrame:
    """Part answers: an NPS by side, others by answer; with how far each speaks for or against."""
    q = tally.question
    if q.kind == "nps":
        part, order = (
            rows["value"].map({-100.0: "detractors", 0.0: "passives", 100.0: "promoters"}),
            ["detractors", "passives", "promoters"],
        )
        tones: dict[str, float] = {"detractors": -1.0, "passives": 0.0, "promoters": 1.0}
    elif q.kind == "pmf":
        part = rows["answer"].map(lambda a: " ".join(str(a).split()))
        order, tones = _words_of(part, q, rows["n"]), {}
    else:
        low, high = q.ends
        step = max((high - low) / 10, 1.0)
        part = rows["score"].map(lambda s: f"{round(low + round((s - low) / step) * step):g}")
        order = [f"{round(low + i * step):g}" for i in range(round((high - low) / step) + 1)]
        middle, half = (low + high) / 2, (high - low) / 2
        sign = -1.0 if q.good == "down" else 1.0
        tones = {name: sign * (float(name) - middle) / half for name in order}
    counted = rows["n"].groupby(part).sum().reindex(order, fill_value=0)
    total = max(int(counted.sum()), 1)
    return pd.DataFrame({"part": order, "share": [int(n) / total for n in counted], "tone": [tones.get(name) for name in order]})


def _words_of(part: pd.Series, q: Question, n: pd.Series) -> list[str]:
    """List answers in words: in the questionnaire's order, else the commonest first."""
    counted = n.groupby(part).sum().sort_values(ascending=False, kind="stable")
    known = {plain(choice): i for i, choice in enumerate(q.choices)}
    return sorted(map(str, counted.index), key=lambda name: (known.get(plain(name), len(known)), list(counted.index).index(name)))[
        :MOST_PARTS
    ]
