"""What the priorities' report says: goals against their pace, the order and how sure it is, loops that are closed or open."""

from typing import TYPE_CHECKING

from prodops.decisions import goal_words, loop_words
from prodops.decisions.amounts import Range
from prodops.decisions.comparing import LIKELY
from prodops.decisions.wording import amount, first_that_fits, listed, odds, range90, score, times
from prodops.stamps import Finding

if TYPE_CHECKING:
    from prodops.decisions.reporting import Review

SURE, DECIDED = 0.9, 0.5
"""How often a candidate comes out first, for it to be said to lead for sure, and to lead at all."""
STRONG = 2.0
"""From so many standard errors on a finding is shown whatever it is, so that a digest can tell it."""
TURNS = 0.1
"""An input is worth knowing where it would turn the choice in at least so many cases."""


def findings(review: "Review") -> tuple[Finding, ...]:
    """Give all findings, most surprising first."""
    found = [*goal_words.goals(review), *ranks(review), *loop_words.loops(review)]
    return tuple(sorted(found, key=lambda f: -f.surprise)) or (_nothing(review),)


def part_of(finding: Finding, review: "Review") -> str:
    """Tell which part of the report shows a finding; none for goals that are not behind and actions without a clear
    outcome, which the tables have, unless they are strong."""
    part = finding.name.split(".")[0]
    if finding.name == "rank.methods":
        return "methods"
    if finding.surprise >= STRONG:
        return part
    calm = (part == "goal" and not goal_words.is_pressing(finding, review)) or (
        part == "loop" and not loop_words.is_pressing(finding, review)
    )
    return "" if calm else part


def _nothing(review: "Review") -> Finding:
    return Finding(name="decisions.nothing", headline="There is nothing to decide on yet", sentence=f"{review.coverage()}")


def ranks(review: "Review") -> list[Finding]:
    """Say who leads, where the line lies, where methods disagree, what to know better, and what could not be ranked."""
    said = [_leads(review), _line(review), _methods(review), _doubt(review), _left_out(review)]
    return [finding for finding in said if finding]


def _leads(review: "Review") -> Finding | None:
    if review.ranking.empty:
        return None
    top, n = review.ranking.iloc[0], len(review.ranking)
    name, method = str(top["title"]), _method(review)
    if n == 1:
        return Finding(
            name="rank.first",
            headline=first_that_fits(f"{name} is the only candidate", "There is only one candidate"),
            sentence=f"{_scored(review, 0)}. With nothing beside it there is no order.",
            value=float(top["score"]),
            surprise=0.5,
        )
    tied = [str(t) for t in review.ranking["title"][(review.ranking[["score", "lower", "upper"]] == top["score"]).all(axis=1)]]
    if len(tied) > 1:
        return Finding(
            name="rank.first",
            headline=first_that_fits(f"{listed(tied)} score the same by {method}", f"{len(tied)} candidates score the same by {method}"),
            sentence=f"{listed(tied, 5)} score {score(top['score'])}, all of them exactly: they stand in the order of their names, which says nothing.",
            value=float(len(tied)),
            surprise=1.6,
        )
    alike = [review.backlog.label(c) for c in top["alike"]]
    if top["first"] >= SURE:
        headline = f"{name} comes first by {method}, in {odds(top['first'])} of draws"
    elif top["first"] >= DECIDED:
        headline = f"{name} leads by {method}, first in {odds(top['first'])} of draws"
    else:
        headline = f"No clear first: {name} leads by {method} in {odds(top['first'])} of draws"
    told = f" The ranges do not tell it from {listed(alike)}." if alike else " It stands above each other in nine draws of ten or more."
    chance = f", and is among the first {review.top} in {odds(top['top'])}" if n > review.top else ""
    return Finding(
        name="rank.first",
        headline=first_that_fits(headline, headline.replace(f" by {method}", ""), f"{method} has {name} first"),
        sentence=f"{_scored(review, 0)}; it comes out first in {odds(top['first'])} of {review.draws:,} draws{chance}.{told}",
        value=float(top["first"]),
        unit="share",
        surprise=2.2 if top["first"] < DECIDED else 1.6,
    )


def _scored(review: "Review", at: int) -> str:
    row = review.ranking.iloc[at]
    sure = row["lower"] == row["upper"]
    span = "" if sure else f" ({range90(score(row['lower']), score(row['upper']))})"
    return f"{row['title']} scores {score(row['score'])}{span} by {_spelt(review.method)}"


def _line(review: "Review") -> Finding | None:
    frame = review.ranking
    if review.capacity is None or frame.empty or frame["above_line"].isna().all():
        return None
    fits = frame[frame["fits"].astype(bool)]
    months = f"{review.capacity:g} person-months"
    used = float(fits["effort"].sum())
    if len(fits) == len(frame):
        headline, told = f"All {len(frame)} candidates fit into {months}", f"At their likely efforts they take {amount(used)}."
    elif fits.empty:
        headline, told = (
            f"{months} are not enough for the first",
            f"{frame['title'].iloc[0]} alone takes {amount(frame['effort'].iloc[0])}.",
        )
    else:
        last, after = fits.iloc[-1], frame[~frame["fits"].astype(bool)].iloc[0]
        headline = f"{months} reach down to {last['title']}"
        told = (
            f"The first {len(fits)} take {amount(used)} of them at their likely efforts. {last['title']} stays above the line in "
            f"{odds(last['above_line'])} of draws; {after['title']}, the next below it, gets there in {odds(after['above_line'])}."
        )
    return Finding(
        name="rank.line",
        headline=first_that_fits(headline, f"{months} hold {times(len(fits), 'candidate')}"),
        sentence=told,
        value=float(len(fits)),
        surprise=1.0,
    )


def _methods(review: "Review") -> Finding | None:
    apart, names = review.disagreements, review.beside["method"].drop_duplicates().tolist()
    if len(names) < 2:
        return None
    others = f" {listed([_spelt(m) for m in names if m != review.method], 9)}."
    if apart.empty:
        return Finding(
            name="rank.methods",
            headline="The methods agree on what comes first",
            sentence=f"No candidate is likely among the first {review.top} by one and unlikely by another. Beside {_method(review)}:{others}",
            surprise=0.4,
        )
    rows = [
        f"{r.title} is among the first {review.top} by {_all(r.for_it)}, not by {_all(r.against_it)}" for r in apart.head(2).itertuples()
    ]
    first = apart.iloc[0]
    return Finding(
        name="rank.methods",
        headline=first_that_fits(
            f"{first['title']} hangs on the method: {_all(first['for_it'])} for it, {_all(first['against_it'])} against",
            f"{first['title']} hangs on the method",
        ),
        sentence=f"{'; '.join(rows)} (in at least {odds(LIKELY)} of draws against at most {odds(1 - LIKELY)}). Beside {_method(review)}:{others}",
        value=float(len(apart)),
        surprise=1.5,
    )


def _doubt(review: "Review") -> Finding | None:
    frame = review.ranking
    if len(frame) <= review.top:
        return None
    top = frame.sort_values(["doubt_worth", "title"], ascending=[False, True]).iloc[0]
    if not top["doubt"] or top["doubt_turns"] < TURNS:
        return None
    what = str(top["doubt"]).replace("_", " ")
    return Finding(
        name="rank.doubt",
        headline=first_that_fits(f"Most worth knowing: the {what} of {top['title']}", f"The {what} of {top['title']} matters most"),
        sentence=f"Its {what} lies between {_ends(review, str(top['candidate']), str(top['doubt']))} in nine cases of ten. Knowing it would change which "
        f"{review.top} are chosen with a chance of {odds(top['doubt_turns'])}, and raise their expected score by {odds(top['doubt_worth'])}.",
        value=float(top["doubt_turns"]),
        unit="share",
        surprise=1.1,
    )


def _ends(review: "Review", candidate: str, quantity: str) -> str:
    given = review.backlog[candidate].inputs(review.method)[quantity]
    return f"{score(given.low)} and {score(given.high)}" if isinstance(given, Range) else "its ends"


def _left_out(review: "Review") -> Finding | None:
    """Say which candidates could not be ranked, and which inputs the data do not tell."""
    out = [n for n in review.backlog if n not in set(review.ranking["candidate"])]
    if not out:
        return None
    why = sorted({text for (name, _, _), text in review.resolved.lacking.items() if name in out})
    untold = [review.backlog.label(n) for n in out if review.method not in review.backlog[n].methods]
    told = [f"{listed([review.backlog.label(n) for n in out], 5)}: not ranked by {_method(review)}."]
    told += [
        f"{text[:1].upper()}{text[1:].rstrip('.')}." if not text.endswith("?") else f"{text[:1].upper()}{text[1:]}" for text in why[:3]
    ]
    told += [f"Without its inputs: {listed(untold, 5)}."] if untold else []
    return Finding(
        name="rank.left_out",
        headline=f"{times(len(out), 'candidate')} could not be ranked by {_method(review)}",
        sentence=" ".join(told),
        value=float(len(out)),
        surprise=0.9,
    )


def _method(review: "Review") -> str:
    return _title(review.method)


def _title(method: str) -> str:
    from prodops.decisions.methods import method_of

    return method_of(method).title


def _spelt(method: str) -> str:
    """Say a method with its formula: ``ICE (impact × confidence × ease)``."""
    from prodops.decisions.methods import method_of

    return f"{method_of(method).title} ({method_of(method).formula})"


def _all(names: tuple[str, ...]) -> str:
    return listed([_title(name) for name in names])
