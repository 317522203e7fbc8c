"""What a table's questions are where no questionnaire says it: by their names, and by what their answers look like."""

import re
from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from prodops.surveys import counting
from prodops.surveys.asked import PAIRED, SCORED, Question
from prodops.surveys.joined import COMMA, MANY, by_comma, in_order
from prodops.surveys.questionnaire import Questionnaire

if TYPE_CHECKING:
    import pandas as pd

PAIR_ENDS = {"kano": (("functional", "dysfunctional"), ("with", "without")), "opportunity": (("importance", "satisfaction"),)}
MOST_WORDINGS = 2_000
"""Of a question with more different answers their words are not looked at."""
MOST_CHOICES = 25
"""A question with more different answers than these, none of which comes often, is free text."""
LIKED = re.compile(r"recommend|\bnps\b|net.?promot", re.I)
EASE = re.compile(r"\bces\b|effort|how easy|easy is", re.I)
ITEM = re.compile(r"(?P<stem>.+?)\s*\[\s*(?P<item>.+?)\s*\]\s*$")


def infer(desk: counting.Desk) -> Questionnaire:
    """Make a questionnaire of the table's questions, in order of their names; those without any answer are left out."""
    seen = _seen(desk)
    left, found = {str(row["question"]): row for row in seen.to_dict("records")}, dict[str, Question]()
    worded = _worded(desk, [name for name, row in left.items() if 0 < int(row["different"] or 0) <= MOST_WORDINGS])
    for q in [*_pairs(left), *_grids(left, worded)]:
        found[q.name] = q
        for name in q.parts:
            left.pop(name, None)
    for name, row in left.items():
        if single := _single(name, row, worded.get(name, {})):
            found[name] = single
    order = {name: i for i, name in enumerate(seen["question"])}
    ranked = sorted(found.values(), key=lambda q: (SCORED.index(q.kind) if q.kind in SCORED else 9, min(order[n] for n in q.parts)))
    return Questionnaire({q.name: q for q in ranked})


def _seen(desk: counting.Desk) -> "pd.DataFrame":
    """Look at each question in the engine: how many answers of which sort, and how many different ones."""
    table = counting.rows(desk)
    table = table.mutate(number=table.score, said=table.answer)
    each = table.group_by("question").agg(
        n=table.count(),
        scores=table.number.count(),
        low=table.number.min(),
        high=table.number.max(),
        words=table.said.count(),
        different=table.said.nunique(),
        several=table.said.contains(";").sum(),
        very=table.said.lower().contains("very disappointed").sum(),
        comments=table.comment.count(),
        numbers=table.number.nunique(),
    )
    numbers = table.filter(table.said.re_search(r"^\s*-?\d{1,3}(\.\d+)?\s*$"))
    numeric = numbers.group_by("question").agg(digits=numbers.count(), least=numbers.said.length().min())
    both = each.left_join(numeric, "question").drop("question_right")
    read = desk.read(both.order_by("question"), name="what the answers look like")
    numbers = [column for column in read.columns if column != "question"]
    return read.assign(**{column: read[column].astype(float).fillna(0.0) for column in numbers})


def _worded(desk: counting.Desk, names: list[str]) -> dict[str, dict[str, int]]:
    """Count how often each answer in words was given, for questions of few enough."""
    table = counting.rows(desk)
    own = table.filter(table.question.isin(names) & table.answer.notnull())
    read = desk.read(own.group_by("question", "answer").agg(n=own.count()).order_by("question", "answer"), name="answers in words")
    return {str(name): dict(zip(rows["answer"], map(int, rows["n"]), strict=True)) for name, rows in read.groupby("question")}


def _pairs(left: dict[str, dict[str, Any]]) -> list[Question]:
    """Find pairs by the ends of their names, such as ``export_functional`` and ``export_dysfunctional``."""
    found = []
    for kind, ends in PAIR_ENDS.items():
        for first, second in ends:
            for name in sorted(left):
                stem = re.sub(rf"[\s_\-:.(\[]*{first}[\s)\]]*$", "", name, flags=re.I)
                other = name[: len(name) - len(name.removeprefix(stem))] + re.sub(first, second, name.removeprefix(stem), flags=re.I)
                if stem and stem != name and other in left and other != name:
                    title = re.sub(r"^(kano|job)[\s_]+", "", stem).replace("_", " ").capitalize()
                    sides = {PAIRED[kind][0]: (name,), PAIRED[kind][1]: (other,)}
                    scale = {"scale": _scale(left[name])} if kind == "opportunity" else {}
                    found.append(Question.model_validate({"kind": kind, "name": stem, "title": title, **sides, **scale}))
    return found


def _grids(left: dict[str, dict[str, Any]], worded: dict[str, dict[str, int]]) -> list[Question]:
    """Find grids of items, which form tools write as one question with each item in brackets behind it."""
    parts = [(match["stem"], match["item"], name) for name in sorted(left) if (match := ITEM.match(name))]
    found = []
    for stem in dict.fromkeys(stem for stem, _, _ in parts):
        own = {name: item for s, item, name in parts if s == stem}
        rows = [left[name] for name in own]
        if len(own) > 1 and all(row["n"] for row in rows):
            numbers = all(row["scores"] for row in rows)
            extra = {"scale": _scale(max(rows, key=lambda r: r["high"]))} if numbers else {"choices": _choices(worded, own)}
            found.append(Question.model_validate({"kind": "matrix", "name": stem, "title": stem, "items": own, **extra}))
    return found


def _choices(worded: dict[str, dict[str, int]], names: Iterable[str]) -> tuple[str, ...]:
    """List the answers of a grid in words: the strongest first as far as their words tell, else the commonest."""
    total: Counter[str] = Counter()
    for name in names:
        total.update(worded.get(name, {}))
    return in_order(total) or tuple(answer for answer, _ in total.most_common())


def _single(name: str, row: dict[str, Any], said: dict[str, int]) -> Question | None:
    scores, words, comments = (int(row[c] or 0) for c in ("scores", "words", "comments"))
    if scores and int(row["numbers"]) <= 2 and float(row["high"]) <= 4:
        return Question(kind="choice", name=name)
    if scores >= max(words, 1) and scores >= 0.5 * max(words, comments):
        return _scored(name, row)
    if words and (row["digits"] or 0) == words:
        return _scored(name, row | {"low": 1.0, "high": 5.0 if (row["least"] or 1) < 2 else 10.0})
    if name.strip().lower() == "pmf" or int(row["very"] or 0) > 0:
        return Question(kind="pmf", name=name)
    if not words:
        return Question(kind="text", name=name) if comments else None
    if int(row["several"] or 0) >= MANY * words and int(row["several"] or 0) > 1:
        return Question(kind="multi", name=name)
    if by_comma(said):
        return Question(kind="multi", name=name, separator=COMMA)
    often = int(row["different"]) <= min(MOST_CHOICES, max(words / 2, 2))
    return Question(kind="choice" if often else "text", name=name)


def _scored(name: str, row: dict[str, Any]) -> Question:
    low, high = _scale(row)
    if name.strip().lower() == "nps" or (LIKED.search(name) and high > 7):
        return Question(kind="nps", name=name)
    if name.strip().lower() == "ces" or EASE.search(name):
        return Question(kind="ces", name=name, scale=(low, high))
    return Question(kind="csat", name=name, scale=(low, high), top=2 if high - low > 2 else 1)


def _scale(row: dict[str, Any]) -> tuple[float, float]:
    """Guess a scale from its least and greatest answer: 1–5, 1–7 or 0–10, else as it is."""
    low, high = float(row["low"] or 0), float(row["high"] or 0)
    if high <= 5 and low >= 1:
        return 1.0, 5.0
    if high <= 5 and low >= 0:
        return 0.0, 5.0
    if high <= 7 and low >= 1:
        return 1.0, 7.0
    return (1.0 if low >= 1 else 0.0, 10.0) if low >= 0 and high <= 10 else (low, max(high, low + 1))
