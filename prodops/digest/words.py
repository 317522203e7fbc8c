"""What a digest says, in sentences and in the rows of its tables."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from prodops.digest.audiences import FILE, KNOWN
from prodops.digest.memory import Memory, Told
from prodops.digest.said import MOST, Item, Said
from prodops.stamps import Definition, Finding, Takeaway, day_words, in_words

if TYPE_CHECKING:
    import pandas as pd

    from prodops.digest.page import Digest

MOST_NAMED = 2
"""Others that say something of a subject are named up to so many."""


def of(audience: str) -> str:
    """Say for whom."""
    return f"for {KNOWN.get(audience, audience)}"


# ------------------------------------------------------------------------------------------------------- one finding
def sentence(item: Item, memory: Memory) -> str:
    """Say a finding with what has become of it since it was told, where it stands, and who else says something of it."""
    lead = item.lead
    return " ".join(filter(None, [lead.sentence, _since(lead, memory), f"({lead.source})", _others(item)]))


def _since(lead: Said, memory: Memory) -> str:
    state, was = memory.state(lead), memory.told.get(lead.key)
    if state == "new" and memory.last:
        return f"Not told on {day_words(memory.last, year=False)}."
    return f"Told before as {was.words}: {state}." if was else ""


def _others(item: Item) -> str:
    named = [f"{each.title}{f', {each.label}' if each.label else ''}: {each.headline}" for each in item.others[:MOST_NAMED]]
    more = len(item.others) - len(named)
    return f"Also {'; '.join(named)}{f'; and {more} more' if more else ''}." if named else ""


def nothing(digest: "Digest") -> list[Finding]:
    """Say it where there is nothing to tell."""
    if digest.shown:
        return []
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
def listed(items: Sequence[Item]) -> "pd.DataFrame":
    """List what has no room on the page."""
    import pandas as pd

    rows = [(item.lead.headline, item.lead.source, item.lead.page, item.lead.strength) for item in items]
    return pd.DataFrame(rows, columns=["headline", "report", "page", "strength"])


def still(said: Sequence[Said], memory: Memory) -> "pd.DataFrame":
    """List what has not changed."""
    import pandas as pd

    rows = [(each.headline, memory.told[each.key].words, each.source, each.page) for each in said]
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

    shown = [each for item in digest.shown for each in (item.lead, *item.others)]
    rest = [each for item in digest.fresh[len(digest.shown) :] for each in (item.lead, *item.others)]
    rows = []
    for row in digest.reports:
        key = row["report"], row["slice"]
        counts = [sum((each.report, each.slice) == key for each in part) for part in (shown, rest, digest.still)]
        state = "failed since" if row["failed"] is not None else {"ok": "", "no data": "no data", "none": "has not run"}[row["state"]]
        name = ", ".join(filter(None, [str(row["title"]), str(row["label"] or "")]))
        rows.append((name, row["page"] or "", row["as_of"], *counts, digest.usual.get(key, 0), state))
    return pd.DataFrame(rows, columns=["report", "page", "as_of", "told", "others", "unchanged", "usual", "state"])


# ------------------------------------------------------------------------------------------------------ what it means
def takeaways(digest: "Digest") -> list[Takeaway]:
    """Say what to read first; what got worse comes before what is only new."""
    if not digest.shown:
        return [Takeaway(claim=f"Nothing asks for a decision {of(digest.audience)}.", decision="Read on next week.")]
    bad = [item.lead for item in digest.shown if item.lead.is_unwelcome]
    first = (bad or [item.lead for item in digest.shown])[0]
    claim = f"{len(bad)} of {_count(len(digest.shown), 'finding')} {'is' if len(bad) == 1 else 'are'} unwelcome."
    doubt = "The report’s next run, with the number back in its range."
    return [Takeaway(claim=claim, decision=f"Begin with {first.source}: {first.headline}.", changes_our_mind=doubt)]


def definitions(digest: "Digest") -> list[Definition]:
    """Say how findings are chosen and ordered."""
    book = digest.book
    table = book.audiences.get(digest.audience)
    chosen = ", ".join(f"{pattern} ({in_words(weight, 'ratio')})" for pattern, weight in table.items()) if table else ""
    return [
        Definition(
            name="Signal strength",
            text=f"How far a finding lies from the usual, in standard errors ({in_words(MOST, 'ratio')} at most), as its report says it, times what "
            f"such findings count for the audience. Below {in_words(book.least, 'ratio')} it is as usual. The order does not go by size.",
        ),
        Definition(
            name=f"What matters {of(digest.audience)}",
            text=f"{chosen}; what none of these fits is left out." if chosen else f"Everything, alike: {FILE} does not say.",
        ),
        Definition(
            name="Unchanged",
            text="Told before, and since then moved no farther than half its 95\u00a0% range is wide (where it says none, as its distance from what it was "
            "and its strength imply); without a number, the same in words.",
        ),
        Definition(
            name="Told once", text="What several reports or slices find of one KPI or theme is one item, told by the strongest of them."
        ),
    ]


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
