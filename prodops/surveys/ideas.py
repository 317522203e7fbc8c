"""What people want: ideas by Kano's pairs, jobs by opportunity, and questions with choices or a grid of items, in their latest wave."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from prodops.surveys.asked import plain
from prodops.surveys.estimates import Estimate, kish, share
from prodops.surveys.features import CATEGORIES, Kano, Opportunity, kano, opportunity
from prodops.surveys.joined import with_one_separator
from prodops.surveys.lists import choices
from prodops.surveys.tallies import Tally

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

Row = dict[str, Any]
UNLIKELY = 0.01
"""The chance below which an answer that nobody gave was not among the choices, or was worded otherwise."""
KANO = ["question", "title", "wave", "n", "category", "runner_up", "p", "is_sure", "better", "better_lower", "better_upper"]
KANO += ["worse", "worse_lower", "worse_upper", *CATEGORIES]
OPPORTUNITIES = ["question", "title", "wave", "n", "score", "score_lower", "score_upper", "importance", "satisfaction"]
CHOICES = [
    "question",
    "title",
    "kind",
    "wave",
    "answer",
    "chosen",
    "n",
    "share",
    "lower",
    "upper",
    "before_wave",
    "before",
    "p",
    "new",
    "gone",
]
MATRIX = ["question", "title", "wave", "name", "item", "answer", "chosen", "n", "share", "lower", "upper"]
ITEMS = ["question", "title", "wave", "name", "item", "n", "value", "lower", "upper", "before_wave", "before", "p"]


def latest(found: Mapping[str, Tally], least: int, *kinds: str) -> "Iterator[tuple[Tally, int, pd.DataFrame]]":
    """Give the tallies of some kinds, each with its latest wave and that wave's rows; those of too few answers are left out."""
    for tally in found.values():
        at = tally.latest(least) if tally.question.kind in kinds else None
        rows = tally.frame[tally.frame["at"] == at]
        if at is not None and int(rows["n"].sum()) >= least:
            yield tally, at, rows


def kanos(found: Mapping[str, Tally], least: int) -> "pd.DataFrame":
    """Give each idea's class, how sure it is, its better and worse with their ranges, and the share of each class; surest wish first."""
    import pandas as pd

    rows = []
    for tally, at, own in latest(found, least, "kano"):
        got = classed(own)
        told = {"category": got.category, "runner_up": got.runner_up, "p": got.p, "is_sure": got.is_sure}
        better = {"better": got.better.value, "better_lower": got.better.lower, "better_upper": got.better.upper}
        put_off = turned(got.worse)
        worse = {"worse": put_off.value, "worse_lower": put_off.lower, "worse_upper": put_off.upper}
        shares = {c: e.value for c, e in got.shares.items()}
        rows.append(_named(tally, at) | {"n": got.n} | told | better | worse | shares)
    frame = pd.DataFrame([row for row in rows if row["n"] >= least], columns=KANO)
    return frame.assign(reach=frame["better"] + frame["worse"]).sort_values("reach", ascending=False, kind="stable", ignore_index=True)


def classed(own: "pd.DataFrame", weight: "np.ndarray | None" = None) -> Kano:
    """Classify an idea by rows of its pairs; ``weight`` is one a row, for each of its answers."""
    each, heavy = _each(own, weight)
    return kano(each["first"], each["second"], heavy)


def turned(worse: Estimate) -> Estimate:
    """Give Kano's worse, from −1 to 0, as the share that would be put off."""
    return Estimate(-worse.value, -worse.upper, -worse.lower, worse.n, worse.effective_n)


def _each(own: "pd.DataFrame", weight: "np.ndarray | None") -> "tuple[pd.DataFrame, np.ndarray | None]":
    """Give a row for each answer, with its weight."""
    each = own.loc[own.index.repeat(own["n"])]
    return each, None if weight is None else weight.repeat(own["n"].to_numpy(int))


def opportunities(found: Mapping[str, Tally], least: int) -> "pd.DataFrame":
    """Rank the jobs by Ulwick's score, the largest opportunity first."""
    import pandas as pd

    rows = []
    for tally, at, own in latest(found, least, "opportunity"):
        got = rated(tally, own)
        told = {"n": got.score.n, "score": got.score.value, "score_lower": got.score.lower, "score_upper": got.score.upper}
        rows.append(_named(tally, at) | told | {"importance": got.importance.value, "satisfaction": got.satisfaction.value})
    frame = pd.DataFrame([row for row in rows if row["n"] >= least], columns=OPPORTUNITIES)
    return frame.sort_values("score", ascending=False, kind="stable", ignore_index=True)


def rated(tally: Tally, own: "pd.DataFrame", weight: "np.ndarray | None" = None) -> Opportunity:
    """Score a job by rows of its pairs."""
    (each, heavy), (low, high) = _each(own, weight), tally.question.ends
    return opportunity(each["first"], each["second"], heavy, scale=(round(low), round(high)), top=tally.question.top)


def chosen(found: Mapping[str, Tally], least: int) -> "pd.DataFrame":
    """Give each answer's share of those who answered, for questions with one choice or many, beside the wave before.

    Answers that fewer than ``least`` gave are left out. ``new`` and ``gone`` list the answers that were among the choices of one of the two
    waves alone: nobody gave them in the other, where by their share somebody would have. Of a question with one choice the waves
    are then not compared, as those who miss an answer give another; of many choices those that both waves had are.
    """
    import pandas as pd

    parts = []
    for tally, at, own in latest(found, least, "choice", "multi"):
        now, before = counted(tally, own), tally.before(at, least)
        was = counted(tally, tally.frame[tally.frame["at"] == before]) if before is not None else None
        new, gone = ((), ()) if was is None else (_only(now, was), _only(was, now))
        now = now[now["chosen"] >= least].reset_index(drop=True)  # rarer ones, such as somebody's own words, could tell who said it
        beside = _beside(now, None if tally.question.kind == "choice" and (new or gone) else was)
        told = {"new": [new] * len(now), "gone": [gone] * len(now)}
        parts.append(beside.assign(**_named(tally, at), kind=tally.question.kind, before_wave=_wave(tally, before), **told))
    return pd.concat(parts, ignore_index=True)[CHOICES] if parts else pd.DataFrame(columns=CHOICES)


def _only(one: "pd.DataFrame", other: "pd.DataFrame") -> tuple[str, ...]:
    """List the answers that only one of two waves had among its choices, the commonest first."""
    there, n = set(other["answer"].map(plain)), int(other["n"].max()) if len(other) else 0
    missing = one[~one["answer"].map(plain).isin(there) & ((1 - one["share"]) ** n < UNLIKELY)]
    return tuple(str(a) for a in missing.sort_values("share", ascending=False, kind="stable")["answer"])


def effective(own: "pd.DataFrame", weight: "np.ndarray | None") -> float:
    """Give how many equally weighted answers would tell as much as all of some rows."""
    heavy = _each(own, weight)[1]
    return float(own["n"].sum()) if heavy is None else kish(heavy)


def counted(tally: Tally, own: "pd.DataFrame", weight: "np.ndarray | None" = None) -> "pd.DataFrame":
    """Count the choices of one wave, in the questionnaire's order where it names them, else the commonest first."""
    each, heavy = _each(own, weight)
    several = tally.question.kind == "multi"
    said = with_one_separator(each["answer"], tally.question.separator) if several else list(each["answer"])
    table = choices(said, separator=tally.question.separator if several else "\x00", weights=heavy)
    order = {plain(choice): i for i, choice in enumerate(tally.question.choices)}
    place = [order.get(plain(a), len(order) + i) for i, a in enumerate(table["answer"])]
    return (
        table.assign(place=place).sort_values("place", ignore_index=True).drop(columns="place")
        if tally.question.kind == "choice"
        else table
    )


def _beside(now: "pd.DataFrame", was: "pd.DataFrame | None") -> "pd.DataFrame":
    """Put the share of the wave before beside each answer, with the chance of so large a difference."""
    import math

    from prodops.surveys.comparing import difference

    known = {} if was is None else {r.answer: r for r in was.itertuples(index=False)}
    before = [known[a].share if a in known else math.nan for a in now["answer"]]
    p = [
        difference(*(Estimate(r.share, r.lower, r.upper, r.n, r.n) for r in (known[row.answer], row))).p
        if row.answer in known
        else math.nan
        for row in now.itertuples(index=False)
    ]
    return now.assign(before=before, p=p)


def grid(found: Mapping[str, Tally], least: int) -> "pd.DataFrame":
    """Give each item of a matrix with the share of each of its answers."""
    import pandas as pd

    parts = []
    for tally, at, own in latest(found, least, "matrix"):
        q = tally.question
        for name, label in q.items.items():
            item = own[own["part"] == name]
            each = item.loc[item.index.repeat(item["n"])]
            if len(each) >= least:
                table = choices(each["answer"], separator="\x00")
                parts.append(table.assign(**_named(tally, at), name=name, item=label))
    return pd.concat(parts, ignore_index=True)[MATRIX] if parts else pd.DataFrame(columns=MATRIX)


def items(found: Mapping[str, Tally], least: int) -> "pd.DataFrame":
    """Give each item of a matrix by its top boxes (its first choice where it is answered in words), beside the wave before, the least first."""
    import pandas as pd

    from prodops.surveys.comparing import difference

    rows = []
    for tally, at, own in latest(found, least, "matrix"):
        before = tally.before(at, least)
        was = tally.frame[tally.frame["at"] == before]
        for name, label in tally.question.items.items():
            got, earlier = (top_share(tally, part[part["part"] == name]) for part in (own, was))
            if got.n >= least:
                known = earlier.n >= least and _was_asked(tally, was)
                told = {"n": got.n, "value": got.value, "lower": got.lower, "upper": got.upper, "before_wave": _wave(tally, before)}
                past = {"before": earlier.value, "p": difference(earlier, got).p} if known else {}
                rows.append(_named(tally, at) | {"name": name, "item": label} | told | past)
    return pd.DataFrame(rows, columns=ITEMS).sort_values(["question", "value"], kind="stable", ignore_index=True)


def _was_asked(tally: Tally, was: "pd.DataFrame") -> bool:
    """Whether the answer that is counted was among a wave's: of words that nobody gave to any item, the wording was another."""
    q = tally.question
    return not q.words or bool(was["answer"].map(plain).eq(plain(q.choices[0])).any())


def top_share(tally: Tally, own: "pd.DataFrame", weight: "np.ndarray | None" = None) -> Estimate:
    """Give the share of an item's top boxes, or of its first choice where it is answered in words."""
    each, heavy = _each(own, weight)
    q = tally.question
    hit = each["answer"].map(plain).eq(plain(q.choices[0])) if q.words else each["value"]
    return share(hit.astype(float), heavy)


def _named(tally: Tally, at: int) -> Row:
    return {"question": tally.question.name, "title": tally.question.label, "wave": tally.waves[at].name}


def _wave(tally: Tally, at: int | None) -> str:
    return "" if at is None else tally.waves[at].name
