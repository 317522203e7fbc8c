"""The answers to each question as they were counted: wave by wave, group by group, codes for "no answer" left out."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from prodops.surveys import counting
from prodops.surveys.asked import PAIRED, Question, plain
from prodops.surveys.estimates import Estimate, mean, share
from prodops.surveys.scores import VERY, nps
from prodops.surveys.waves import Wave, waves

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from prodops.surveys.questionnaire import Questionnaire

SERIAL = ("csat", "ces")
"""Kinds that are asked after each occasion, so that every answer of a respondent counts."""


@dataclass(frozen=True, repr=False)
class Tally:
    """One question's answers: a row for each wave, group, answer and weight, with how many gave it (``n``).

    ``frame`` has ``at`` (the place of the wave in ``waves``), the columns of groups, ``part`` (an item of a matrix), ``score``, ``answer``,
    ``weight`` and ``value``: what the answer adds to the number (−100, 0 or 100 to an NPS, 0 or 1 to a share, itself to a mean). A
    pair has ``first`` and ``second`` instead of score and answer. ``unanswered`` counts the codes for "no answer" that were left out.
    """

    question: Question
    waves: tuple[Wave, ...]
    frame: "pd.DataFrame"
    unanswered: int = 0

    @property
    def rounds(self) -> list[int]:
        """The places of the waves themselves, without what came in between them."""
        return [at for at, wave in enumerate(self.waves) if not wave.between]

    def latest(self, least: int) -> int | None:
        """The place of the last whole wave with enough answers, or of the last one."""
        asked = self.frame[self.frame["at"].isin(self.rounds)].groupby("at")["n"].sum()
        known = [at for at in self.rounds if asked.get(at, 0) >= least]
        return max([at for at in known if self.waves[at].complete] or known, default=None)

    def before(self, at: int, least: int) -> int | None:
        """The place of the last whole wave with enough answers before another."""
        asked = self.frame.groupby("at")["n"].sum()
        return max([i for i in self.rounds if i < at and self.waves[i].complete and asked.get(i, 0) >= least], default=None)


def tallies(desk: counting.Desk, asked: "Questionnaire", days: "pd.DataFrame", cuts: Iterable[str], most: int) -> dict[str, Tally]:
    """Count the answers to every question but those in free text, over its last ``most`` waves; questions of the same waves at once."""
    cuts, found = tuple(cuts), dict[str, Tally]()
    alike: dict[tuple[tuple[Wave, ...], str], list[Question]] = defaultdict(list)
    for q in asked.questions.values():
        own = days[days["question"].isin(list(q.parts))]
        when = _last(waves(own, q.waves or "auto", desk.as_of), most)
        way = "pairs" if q.kind in PAIRED else "each" if q.kind in SERIAL else "latest"
        if q.kind != "text" and when:
            alike[when, way].append(q)
    for (when, way), questions in alike.items():
        read = _pairs if way == "pairs" else _single
        found |= {t.question.name: t for t in read(desk, questions, when, cuts, way == "latest")}
    return {name: found[name] for name in asked.questions if name in found}


def _last(when: tuple[Wave, ...], most: int) -> tuple[Wave, ...]:
    """Keep the last waves, and what came in since the first of them began."""
    rounds = [wave for wave in when if not wave.between][-most:]
    return tuple(wave for wave in when if rounds and (wave.start >= rounds[0].start or wave in rounds))


def _single(desk: counting.Desk, questions: Sequence[Question], when: tuple[Wave, ...], cuts: tuple[str, ...], latest: bool) -> list[Tally]:
    names = {name: (q.name, part) for q in questions for name, part in q.parts.items()}
    ours = {name: name if part else own for name, (own, part) in names.items()}
    title = f"answers to {questions[0].label}" + (f" and {len(questions) - 1} more" if len(questions) > 1 else "")
    read = counting.counts(desk, ours, when, cuts, latest=latest, title=title)
    return [_answered(q, when, read) for q in questions]


def _answered(q: Question, when: tuple[Wave, ...], read: "pd.DataFrame") -> Tally:
    """Read one question's answers, numbers that came as text among them, and leave its codes for "no answer" out."""
    import pandas as pd

    wanted = [name if part else q.name for name, part in q.parts.items()]
    own = read[read["question"].isin(wanted)].rename(columns={"question": "part"})
    own = own.assign(score=own["score"].astype(float).fillna(pd.to_numeric(own["answer"], errors="coerce")))
    said = own["answer"].where(own["answer"].notna(), own["score"].map(lambda s: plain(s) if s == s else None))
    codes = {plain(code) for code in q.no_answer}
    numbered = own["score"].map(lambda s: plain(float(s)) if s == s else "")
    silent = numbered.isin(codes) | said.map(lambda a: plain(a) if isinstance(a, str) else "").isin(codes)
    own = own.assign(answer=said, value=values(q, own["score"].to_numpy(float), said))
    known = own["value"].notna() if q.kind in ("nps", "csat", "ces", "pmf") or (q.kind == "matrix" and not q.words) else said.notna()
    return Tally(q, when, own[known & ~silent].reset_index(drop=True), int(own.loc[~known | silent, "n"].sum()))


def _pairs(desk: counting.Desk, questions: Sequence[Question], when: tuple[Wave, ...], cuts: tuple[str, ...], latest: bool) -> list[Tally]:
    sides = {name: (q.name, "first" if part == PAIRED[q.kind][0] else "second") for q in questions for name, part in q.parts.items()}
    read = counting.pairs(desk, sides, when, cuts, title=f"pairs of answers to {questions[0].label} and {len(questions) - 1} more")
    found = []
    for q in questions:
        own = read[read["question"] == q.name]
        codes = {plain(code) for code in q.no_answer}
        silent = own["first"].map(plain).isin(codes) | own["second"].map(plain).isin(codes)
        found.append(Tally(q, when, own[~silent].reset_index(drop=True), int(own.loc[silent, "n"].sum())))
    return found


# ---------------------------------------------------------------------------------------------------------------- numbers
def values(q: Question, score: "np.ndarray", answer: "pd.Series") -> "np.ndarray":
    """Give what each answer adds to its question's number; missing where it is off the scale."""
    import numpy as np

    low, high = q.ends
    on_scale = np.where((score >= low) & (score <= high), score, np.nan)
    if q.kind == "nps":
        return np.where(np.isnan(on_scale), np.nan, 100.0 * ((on_scale >= 9).astype(float) - (on_scale <= 6)))
    if q.kind == "ces":
        return on_scale
    if q.kind == "pmf":
        top = plain(q.choices[0]) if q.choices else VERY
        return np.array([np.nan if a is None or a != a else float(plain(a) == top) for a in answer], dtype=float)
    return np.where(np.isnan(on_scale), np.nan, (on_scale > high - q.top).astype(float))


def estimate(q: Question, rows: "pd.DataFrame", weights: "np.ndarray | None" = None) -> Estimate:
    """Give a question's number over some of its tally's rows; ``weights`` are one a row, for each of its answers."""
    import numpy as np

    n = rows["n"].to_numpy(int)
    weight = None if weights is None else np.repeat(weights, n)
    if q.kind == "nps":
        return nps(np.repeat(rows["score"].to_numpy(float), n), weight)
    value = np.repeat(rows["value"].to_numpy(float), n)
    if q.kind != "ces":
        return share(value, weight)
    found, (low, high) = mean(value, weight), q.ends
    return Estimate(found.value, max(found.lower, low), min(found.upper, high), found.n, found.effective_n)


def base_weights(rows: "pd.DataFrame") -> "np.ndarray | None":
    """Give the table's own weights, one a row; none where it has none, and 0 where one is missing among others."""
    weight = rows["weight"].astype(float)
    return weight.fillna(0.0).to_numpy() if weight.notna().any() else None
