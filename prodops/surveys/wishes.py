"""What the answers say of ideas, jobs, choices and items."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from prodops.intervals import benjamini_hochberg
from prodops.stamps import Finding, in_words, listed
from prodops.surveys.asked import plain
from prodops.surveys.features import CATEGORIES
from prodops.surveys.words import asked, brief, from_to, people, short

if TYPE_CHECKING:
    import pandas as pd

    from prodops.surveys.reporting import Report

UNDERSERVED = 10.0
"""Ulwick's score from which a job is important and badly served."""
CALLED = {"M": "a must-be", "O": "wanted the more the better", "A": "a delight", "I": "indifferent", "R": "unwanted", "Q": "not clear"}
SURE = 0.05
MOST = 8.0


def wishes(found: "Report") -> Iterator[Finding]:
    """Give the findings on what people want."""
    yield from _ideas(found)
    yield from _jobs(found)
    for table, key in ((found.items, "item"), (found.choices, "answer")):
        for question in dict.fromkeys(table["question"]):
            yield _list(found, table[table["question"] == question], key)


def _ideas(found: "Report") -> Iterator[Finding]:
    if found.kano.empty:
        return
    sure = found.kano[found.kano["is_sure"].astype(bool)]
    must = sure[sure["category"] == "M"]
    row = (must if len(must) else sure if len(sure) else found.kano).iloc[0]
    called = CALLED[row["category"]] if row["is_sure"] else f"either {CATEGORIES[row['category']]} or {CATEGORIES[row['runner_up']]}"
    open_ = [str(title) for title in found.kano.loc[~found.kano["is_sure"].astype(bool), "title"]]
    worse = f"{in_words(row['worse'], 'share')} ({from_to(row['worse_lower'], row['worse_upper'], 'share')})"
    yield Finding(
        name=f"survey.kano.{row['question']}",
        headline=short(
            f"{row['title']} is {called}: without it {in_words(row['worse'], 'share')} are put off", f"{row['title']} is {called}"
        ),
        sentence=f"To {people(row['n']).replace('answer', 'respondent')}, {row['title']} is {called}: its lack would put off {worse}, having it would please "
        f"{in_words(row['better'], 'share')}.{f' Not settled: {listed(open_)}.' if open_ else ''}",
        value=float(row["worse"]),
        lower=float(row["worse_lower"]),
        upper=float(row["worse_upper"]),
        unit="share",
        surprise=1.3 if row["is_sure"] else 0.6,
    )


def _jobs(found: "Report") -> Iterator[Finding]:
    if found.opportunities.empty:
        return
    row = found.opportunities.iloc[0]
    over = [str(t) for t in found.opportunities.loc[found.opportunities["score_lower"] > UNDERSERVED, "title"]]
    score = f"{in_words(row['score'], 'rating')} of 20 ({from_to(row['score_lower'], row['score_upper'], 'rating')})"
    most = f"“{row['title']}” is the largest opportunity: {in_words(row['score'], 'rating')} of 20"
    yield Finding(
        name=f"survey.opportunity.{row['question']}",
        headline=short(most, f"“{row['title']}” is the largest opportunity"),
        sentence=f"“{row['title']}” scores {score}: {in_words(row['importance'] / 10, 'share')} call it important and "
        f"{in_words(row['satisfaction'] / 10, 'share')} are satisfied. {_over(over, len(found.opportunities))}",
        value=float(row["score"]),
        lower=float(row["score_lower"]),
        upper=float(row["score_upper"]),
        unit="rating",
        surprise=1.6 if over else 0.7,
    )


def _over(over: list[str], of: int) -> str:
    if not over:
        return f"None of the {of} jobs is surely above {UNDERSERVED:g}, where a need counts as badly served."
    return f"Surely above {UNDERSERVED:g}, where a need counts as badly served: {listed([f'“{name}”' for name in over])}."


def _list(found: "Report", rows: "pd.DataFrame", key: str) -> Finding:
    """Say what left the wave before, or else what comes first and what last."""
    moved = _moved(rows)
    return _change(found, moved, key) if moved else _ends(found, rows, key)


def _moved(rows: "pd.DataFrame") -> dict[str, Any] | None:
    """Give the surest change beyond chance, all answers of the question counted."""
    known = rows[rows["p"].notna()]
    if known.empty:
        return None
    adjusted = benjamini_hochberg(known["p"].to_numpy(float))
    best = int(adjusted.argmin())
    return known.iloc[best].to_dict() if adjusted[best] < SURE else None


def _change(found: "Report", row: dict[str, Any], key: str) -> Finding:
    from statistics import NormalDist

    value = row["value"] if key == "item" else row["share"]
    now, was = in_words(value, "share"), in_words(row["before"], "share")
    way = "up" if value > row["before"] else "down"
    return Finding(
        name=f"survey.{row['question']}.{row[key]}",
        headline=short(
            f"“{row[key]}” is {way} to {now}, from {was} in {row['before_wave']}", f"{asked(row['title'])} {way} to {now} from {was}"
        ),
        sentence=f"{_said(found, row, key)} “{row[key]}” came to {now} ({from_to(row['lower'], row['upper'], 'share')}) in {row['wave']}, in {row['before_wave']} to "
        f"{was}: the surest change of this question, its other answers counted.{_altered(row)}",
        value=float(value),
        lower=float(row["lower"]),
        upper=float(row["upper"]),
        before=float(row["before"]),
        unit="share",
        surprise=min(-NormalDist().inv_cdf(max(row["p"], 1e-15) / 2), MOST) / 2,
    )


def _altered(row: dict[str, Any]) -> str:
    """Say which answers only one of the two waves had among its choices: what a share moved may be the form's doing."""
    told = [(row[wave], row.get(side) or ()) for wave, side in (("wave", "new"), ("before_wave", "gone"))]
    said = [f" Only {wave} has {listed([f'“{brief(a, 40)}”' for a in own], 2)} among its answers." for wave, own in told if own]
    compared = "; the two waves are not compared" if row.get("kind") == "choice" else ""
    return f"{''.join(said)[:-1]}: not offered in the other, or worded otherwise{compared}." if said else ""


def _said(found: "Report", row: dict[str, Any], key: str) -> str:
    """Say what is counted: top boxes, a first choice, or who chose an answer."""
    q = found.questionnaire.questions[str(row["question"])]
    if key == "answer":
        return asked(q.label, 200)
    counted = f"“{q.choices[0]}”" if q.words and plain(q.choices[0]) else q.top_words()
    return f"{q.label} Share of {counted}:" if q.label[-1:] in "?…" else f"{q.label}, share of {counted}:"


def _ends(found: "Report", rows: "pd.DataFrame", key: str) -> Finding:
    value = "value" if key == "item" else "share"
    ranked = rows.sort_values(value, ascending=key == "item", kind="stable")
    first, last = ranked.iloc[0].to_dict(), ranked.iloc[-1].to_dict()
    share, other = in_words(first[value], "share"), in_words(last[value], "share")
    told = f"{share} ({from_to(first['lower'], first['upper'], 'share')})"
    if key == "item":
        headline = short(f"{first[key]} comes last: {share}, {last[key]} first: {other}", f"{first[key]} comes last: {share}")
    else:
        headline = short(f"{asked(first['title'])} “{first[key]}” leads with {share}", f"“{first[key]}” leads with {share}")
    ends = "the least" if key == "item" else "the most"
    beside = f", “{last[key]}” {other}" if len(rows) > 1 else ""
    return Finding(
        name=f"survey.{first['question']}.{first[key]}",
        headline=headline,
        sentence=f"{_said(found, first, key)} “{first[key]}” has {ends}, {told}{beside}, of {people(first['n'])} in {first['wave']}.{_altered(first)}",
        value=float(first[value]),
        lower=float(first["lower"]),
        upper=float(first["upper"]),
        unit="share",
        surprise=0.9 if key == "item" else 0.4,
    )
