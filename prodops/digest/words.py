"""What a digest says, in sentences and in the rows of its tables."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from prodops import stamps
from prodops.digest.audiences import FILE, KNOWN
from prodops.digest.memory import Memory, Told
from prodops.digest.said import MOST, Item, Said
from prodops.stamps import Definition, Finding, Takeaway, day_words, in_words

if TYPE_CHECKING:
    import pandas as pd

    from prodops.digest.page import Digest

MOST_NAMED = 2
"""Others that say something of a subject are named up to so many."""
MOST_ASKED = 3
"""Takeaways of other reports that a digest hands on."""


def of(audience: str) -> str:
    """Say for whom."""
    return f"for {called(audience)}"


def called(audience: str) -> str:
    """Name an audience: ``the executives``, or as it is written."""
    return KNOWN.get(audience, audience)


def scope(digest: "Digest") -> str:
    """Say for whom, and how much of what was found is new: ``for sales · 3 findings new, 1 moved, 12 unchanged``."""
    states = [digest.memory.state(each) for item in digest.fresh for each in (item.lead, *item.others)]
    new, still = sum(state in ("first", "new") for state in states), len(digest.still)
    if digest.memory.last is None:
        return f"{of(digest.audience)} · first digest, {_count(new, 'finding')}"
    counts = [(new, "new"), (len(states) - new, "moved"), (still, "unchanged")]
    told = ", ".join(f"{count} {word}" for count, word in counts if count)
    return f"{of(digest.audience)} · {told or 'nothing found'}"


# ------------------------------------------------------------------------------------------------------- one finding
def source(item: Item, memory: Memory, on: datetime) -> str:
    """Say where a finding stands, whether it is over, what has become of it since it was told, and who else says something of it."""
    lead = item.lead
    over = "over: back in its usual range" if lead.is_over else ""
    others = list(dict.fromkeys(each.source(on) for each in item.others if each.source(on) != lead.source(on)))
    also = f"also in {stamps.listed(others, MOST_NAMED)}" if others else ""
    return " · ".join(filter(None, [lead.source(on), over, _since(lead, memory), also]))


def _since(lead: Said, memory: Memory) -> str:
    state, was = memory.state(lead), memory.told.get(lead.key)
    if state == "new" and memory.last:
        return f"new since {day_words(memory.last, year=False)}"
    if not was:
        return ""
    return f"{state} than {was.words}" if state in ("worse", "better") else f"{state} since it was told {was.words}"


def nothing(digest: "Digest") -> list[Finding]:
    """Say it where there is nothing to tell."""
    if digest.shown:
        return []
    if not digest.reports:
        text = "The press tells a digest what the other reports found: make it with prodops run digest, or on its schedule."
        return [Finding(name="digest.nothing", headline="No report was handed to this digest", sentence=text)]
    if not any(row["state"] != "none" for row in digest.reports):
        text = "A digest is made of what other reports found. Run them first, or together with it: they are made before it."
        return [Finding(name="digest.nothing", headline="No other report has run", sentence=text)]
    still, usual = len(digest.still), sum(digest.usual.values())
    told = f"{_count(still, 'finding')} stand{'s' * (still == 1)} as told before" if still else ""
    rest = f"{_count(usual, 'finding')} {'is' if usual == 1 else 'are'} as usual" if usual else ""
    text = "; ".join(filter(None, [told, rest])) or "The reports found nothing"
    return [Finding(name="digest.nothing", headline=f"Nothing new {of(digest.audience)}", sentence=f"{text}.", value=0.0, surprise=0.2)]


def missing(troubles: Sequence[str]) -> list[Finding]:
    """Say which reports are missing or old."""
    if not troubles:
        return []
    headline = f"{_count(len(troubles), 'report')} {'is' if len(troubles) == 1 else 'are'} missing or old"
    return [
        Finding(
            name="digest.missing", headline=headline, sentence=" ".join(troubles), value=float(len(troubles)), good="down", surprise=0.1
        )
    ]


def trouble(row: Mapping[str, Any], as_of: datetime, stale: timedelta) -> str:
    """Say in a sentence what is amiss with a report's slice; nothing where all is well."""
    name = ", ".join(filter(None, [str(row["title"]), str(row["label"] or "")]))
    if row["failed"] is not None:
        kept = f"what is told of it is of {day_words(row['as_of'])}" if row["as_of"] is not None else "nothing is told of it"
        return f"{name} failed on {day_words(row['failed'])}: {kept}."
    if not row["scheduled"]:
        return ""  # it is made by hand, when somebody wants it
    if row["state"] == "none":
        return f"{name} has not run."
    if as_of - row["as_of"] > stale:
        return f"{name} is of {day_words(row['as_of'])}."
    return ""


# ------------------------------------------------------------------------------------------------------- the tables
def listed(said: Sequence[Said], on: datetime) -> "pd.DataFrame":
    """List what has no room on the page."""
    import pandas as pd

    rows = [
        (each.headline, each.source(on), each.page, each.strength) for each in sorted(said, key=lambda each: (-each.strength, *each.key))
    ]
    return pd.DataFrame(rows, columns=["headline", "report", "page", "strength"])


def still(said: Sequence[Said], memory: Memory, on: datetime) -> "pd.DataFrame":
    """List what has not changed."""
    import pandas as pd

    rows = [(each.headline, memory.told[each.key].words, each.source(on), each.page) for each in said]
    return pd.DataFrame(rows, columns=["headline", "told", "report", "page"])


def no_longer(gone: Sequence[tuple[Told, Said | None]]) -> "pd.DataFrame":
    """List what was told and is said no more."""
    import pandas as pd

    rows = [
        (
            was.headline,
            was.words,
            f"as usual: {now.words}" if now and now.value is not None else "as usual" if now else "said no more",
            was.title,
        )
        for was, now in gone
    ]
    return pd.DataFrame(rows, columns=["headline", "told", "now", "report"])


def sources(digest: "Digest") -> "pd.DataFrame":
    """List the reports, as the press names them."""
    import pandas as pd

    shown = [item.lead for item in digest.shown]
    rest = [each for item in digest.fresh for each in (item.lead, *item.others) if each not in shown]
    rows = []
    for row in digest.reports:
        key = row["report"], row["slice"]
        counts = [sum((each.report, each.slice) == key for each in part) for part in (shown, rest, digest.still)]
        state = "failed since" if row["failed"] is not None else {"ok": "", "no data": "no data", "none": "has not run"}[row["state"]]
        name = ", ".join(filter(None, [str(row["title"]), str(row["label"] or "")]))
        counts.append(digest.usual.get(key, 0))
        parts = [f"{count} {word}" for count, word in zip(counts, ("above", "below", "unchanged", "as usual"), strict=True) if count]
        found = ", ".join(parts) or ("nothing" if row["state"] == "ok" else "")
        rows.append((name, row["page"] or "", row["as_of"], *counts, state, "; ".join(filter(None, [found, state]))))
    return pd.DataFrame(rows, columns=["report", "page", "as_of", "told", "others", "unchanged", "usual", "state", "found"])


# ------------------------------------------------------------------------------------------------------ what it means
def takeaways(digest: "Digest") -> list[Takeaway]:
    """Hand on what the reports ask on account of what is told: what got worse before what is only new, what stands before what is over."""
    if not digest.shown:
        return [
            Takeaway(claim=f"Nothing new asks {called(digest.audience)} for a decision.", decision="What was asked before still stands.")
        ]
    asked = [each for item in digest.shown if (each := next((s for s in (item.lead, *item.others) if s.decision), None))]
    first = sorted(asked, key=_pressing)[:MOST_ASKED]
    if not first:
        lead = min((item.lead for item in digest.shown), key=_pressing)
        return [Takeaway(claim=_stop(lead.headline), decision=f"Read it in {lead.title}, and say who looks into it.", about=lead.name)]
    return [
        Takeaway(
            claim=_stop(each.headline), decision=each.decision, owner=each.owner, changes_our_mind=each.changes_our_mind, about=each.name
        )
        for each in first
    ]


def _pressing(said: Said) -> tuple[bool, bool]:
    return said.is_over, not said.is_unwelcome


def _stop(headline: str) -> str:
    return headline if headline.endswith((".", "!", "?", "…")) else f"{headline}."


def definitions(digest: "Digest") -> list[Definition]:
    """Say how findings are chosen and ordered."""
    book = digest.book
    table = book.audiences.get(digest.audience)
    chosen = ", ".join(f"{pattern} ({in_words(weight, 'ratio')})" for pattern, weight in table.items()) if table else ""
    return [
        Definition(
            name="Signal strength",
            text=f"How far a finding lies from the usual, in standard errors ({in_words(MOST, 'ratio')} at most), as its report says it, times what "
            f"such findings count for the audience; half of it for what is over, with its number back in its usual range. Below "
            f"{in_words(book.least, 'ratio')} it is as usual. The order does not go by size.",
        ),
        Definition(
            name=f"What matters {of(digest.audience)}",
            text=f"{chosen}; what none of these fits is left out." if chosen else f"Everything, alike: {FILE} does not say.",
        ),
        Definition(
            name="Unchanged",
            text="Told before, at length or in the list, and since then moved no farther than half its 95\u00a0% range is wide (where it says none, as "
            "its distance from what it was and its strength imply); without a number, the same in words.",
        ),
        Definition(
            name="Told once", text="What several reports or slices find of one KPI or theme is one item, told by the strongest of them."
        ),
    ]


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
