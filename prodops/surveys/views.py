"""What the report's folded tables hold: its numbers laid out in words, nothing computed anew."""

from typing import TYPE_CHECKING, Any

import pandas as pd

from prodops.stamps import Finding, in_words
from prodops.surveys.features import CATEGORIES
from prodops.surveys.spreading import answers_by_wave
from prodops.surveys.words import from_to, group_words, say, say_change

if TYPE_CHECKING:
    from prodops.surveys.reporting import Report


def spreads(found: "Report") -> pd.DataFrame:
    """Give how the answers to each score are spread in its last waves, in words."""
    rows = []
    for row in found.now.to_dict("records"):
        for wave, own in answers_by_wave(found, row["question"]).groupby("row", sort=False):
            parts = ", ".join(f"{part}: {in_words(share, 'share')}" for part, share in zip(own["part"], own["share"], strict=True))
            score, _, n = own["value"].iloc[0].partition(" · ")
            rows.append((row["title"], wave, score, n, parts))
    return pd.DataFrame(rows, columns=["Question", "Wave", "Score", "Answers", "Of them"])


def by_group(found: "Report") -> pd.DataFrame:
    """Give every score of every group in words, with the wave before."""
    columns = ["Question", "Group", "Answers", "Score", "95\u00a0% range", "Before", "Change", "Beyond chance"]
    return pd.DataFrame([_group_row(row) for row in found.groups.to_dict("records")], columns=columns)


def _group_row(row: dict[str, Any]) -> tuple[str, ...]:
    known = row["before"] == row["before"]
    change = say_change(row["change"], row["unit"]) if known else ""
    return (
        row["title"],
        f"{group_words(row)} ({row['by']})",
        f"{int(row['n']):,}",
        say(row["value"], row["unit"]),
        from_to(row["lower"], row["upper"], row["unit"]),
        say(row["before"], row["unit"]) if known else "",
        change,
        "yes" if known and row["p_adjusted"] < 0.05 else "",
    )


# -------------------------------------------------------------------------------------------------------- what people want
def about(found: "Report", topic: str) -> tuple[Finding, ...]:
    """Give the findings that a section's charts are evidence of: ``kano``, ``opportunity``, ``missing``, ``weighting`` or a question."""
    if topic in ("missing", "since"):
        return tuple(f for f in found.findings() if f.name.endswith(f".{topic}"))
    return tuple(f for f in found.findings() if f.name.startswith(f"survey.{topic}") and not f.name.endswith((".missing", ".since")))


def ideas(found: "Report") -> pd.DataFrame:
    """Give the ideas' classes in words."""
    rows = found.kano
    return pd.DataFrame(
        {
            "Idea": rows["title"],
            "Class": [
                CATEGORIES[r.category] if r.is_sure else f"{CATEGORIES[r.category]} or {CATEGORIES[r.runner_up]}" for r in rows.itertuples()
            ],
            "Pleases": [f"{in_words(r.better, 'share')} ({from_to(r.better_lower, r.better_upper, 'share')})" for r in rows.itertuples()],
            "Its lack puts off": [
                f"{in_words(r.worse, 'share')} ({from_to(r.worse_lower, r.worse_upper, 'share')})" for r in rows.itertuples()
            ],
            "Answers": rows["n"].astype(int),
        }
    )


def jobs(found: "Report") -> pd.DataFrame:
    """Give the jobs, the largest opportunity first, in words."""
    rows = found.opportunities
    return pd.DataFrame(
        {
            "Job": rows["title"],
            "Opportunity, of 20": [f"{r.score:.1f} ({r.score_lower:.1f} to {r.score_upper:.1f})" for r in rows.itertuples()],
            "Call it important": [in_words(r.importance / 10, "share") for r in rows.itertuples()],
            "Are satisfied": [in_words(r.satisfaction / 10, "share") for r in rows.itertuples()],
            "Answers": rows["n"].astype(int),
        }
    )


def shares(found: "Report") -> pd.DataFrame:
    """Give every answer's and every item's share in words, beside the wave before."""
    columns = ["Question", "Answer", "Share", "95\u00a0% range", "Before", "Answers"]
    rows = [
        (r["title"], r[key], in_words(r[value], "share"), from_to(r["lower"], r["upper"], "share"), _past(r), int(r["n"]))
        for table, key, value in ((found.items, "item", "value"), (found.choices, "answer", "share"))
        for r in table.to_dict("records")
    ]
    return pd.DataFrame(rows, columns=columns)


def _past(row: dict[str, Any]) -> str:
    return f"{in_words(row['before'], 'share')} in {row['before_wave']}" if row["before"] == row["before"] else ""


# ------------------------------------------------------------------------------------------------------------ who answered
def response(found: "Report") -> pd.DataFrame:
    """Give the response rate of each wave in words."""
    rows = found.rates
    return pd.DataFrame(
        {
            "Question": rows["title"],
            "Wave": rows["wave"],
            "Invited": rows["invited"],
            "Answered": rows["answered"],
            "Rate": [f"{in_words(r.rate, 'share')} ({from_to(r.lower, r.upper, 'share')})" for r in rows.itertuples()],
        }
    )


def unheard(found: "Report") -> pd.DataFrame:
    """Give the response rates of groups for the question in which they differ most: ``group, rate, lower, upper``."""
    if found.missing.empty:
        return found.missing
    first = found.missing.sort_values("p_adjusted", kind="stable").iloc[0]
    own = found.missing[(found.missing["question"] == first["question"]) & (found.missing["by"] == first["by"])]
    return own.assign(group=own["group"].astype(str)).reset_index(drop=True)


def weights(found: "Report") -> pd.DataFrame:
    """Give each number as answered and weighted, in words."""
    rows = found.weighted.to_dict("records")
    each = [
        (
            r["title"],
            f"{say(r['value'], r['unit'])} ({from_to(r['lower'], r['upper'], r['unit'])})",
            f"{say(r['weighted'], r['unit'])} ({from_to(r['weighted_lower'], r['weighted_upper'], r['unit'])})",
            in_words(r["design_effect"], "ratio"),
            int(r["n"]),
        )
        for r in rows
    ]
    return pd.DataFrame(each, columns=["Number", "As answered", "Weighted", "Design effect", "Answers"])
