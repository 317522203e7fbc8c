"""How a taxonomy stands: what is in it, what waits for a person, and what to look at first."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from prodops.feedback.weekly import count_voices, voices_of
from prodops.intervals import wilson
from prodops.stamps import Finding, Takeaway, in_words, range95

if TYPE_CHECKING:
    import pandas as pd

    from prodops.feedback.taxonomy import Entry
    from prodops.feedback.themes import Themes

WAITING = ("new", "candidate")
_CLOSE = 0.8
"""Likeness from which two themes may be one."""


def standing(themes: "Themes", known: Mapping[str, object], said: "pd.DataFrame") -> tuple[Finding, ...]:
    """Say how many themes hold feedback, how many wait for a person, and how many voices have none.

    ``known`` is the taxonomy that the run began with, ``said`` what ``Themes.attach`` returned.
    """
    spoken = voices_of(said)
    total, none = count_voices(spoken), int((spoken["theme"] == "").sum())
    people = sum(_is_a_persons(entry) for entry in themes.taxonomy.values())
    waiting = [id for id, entry in themes.taxonomy.items() if entry.get("status") in WAITING]
    done = "Every theme was looked at." if themes.taxonomy else "There is no theme yet."
    found = [
        Finding(
            name="taxonomy.themes", headline=f"{len(themes.ids):,} themes hold feedback", value=float(len(themes.ids)), surprise=0.2,
            sentence=f"{len(themes.taxonomy):,} entries are in the list, {people:,} of them with a person's word; {len(known):,} were known before this run.",
        ),
        Finding(
            name="taxonomy.waiting", headline=f"{len(waiting):,} wait for a person" if waiting else "Nothing waits for a person",
            value=float(len(waiting)), surprise=0.5, good="down",
            sentence="They are counted, but nobody has said yet that they are themes." if waiting else done,
        ),
    ]  # fmt: skip
    if none:
        _, low, high = wilson(none, total)
        range_ = range95(in_words(low, "share"), in_words(high, "share"))
        text = (
            f"{in_words(none)} of {in_words(total)} voices ({range_}): wordless, too short, too unlike the rest, or in a language few use."
        )
        headline = f"{in_words(none / total, 'share')} of voices have no theme"
        found.append(Finding(name="themes.none", headline=headline, sentence=text, value=none / total, unit="share", good="down"))
    return tuple(sorted(found, key=lambda finding: -finding.surprise))


def _is_a_persons(entry: "Entry") -> bool:
    return bool(entry.get("by"))


def history_of(taxonomy: "Mapping[str, Entry]") -> "pd.DataFrame":
    """List all that was done: ``on, by, name, did``, the latest day first; what a machine noted and nobody saved yet has no day and comes first."""
    import pandas as pd

    rows = [
        (event.get("on", ""), event.get("by", ""), entry["name"], event.get("did", ""), id, place)
        for id, entry in taxonomy.items()
        for place, event in enumerate(entry.get("history", []))
    ]
    table = pd.DataFrame(rows, columns=["on", "by", "name", "did", "id", "place"])
    table = table.assign(unsaved=table["on"] == "")
    order = table.sort_values(["unsaved", "on", "id", "place"], ascending=[False, False, True, False], kind="stable")
    return order[["on", "by", "name", "did"]].reset_index(drop=True)


def to_review(themes: "Themes", near: "Mapping[str, list[tuple[str, float]]]", said: "pd.DataFrame") -> tuple[Takeaway, ...]:
    """Say what to look at first: the largest theme that waits, and the two that are most alike.

    ``near`` is what :func:`neighbours` gives.
    """
    sizes = voices_of(said)["theme"].value_counts()
    names, told = themes.names(), list[Takeaway]()
    waiting = [id for id in themes.ids if themes.taxonomy[id].get("status") in WAITING]
    if waiting:
        first = waiting[0]
        told.append(
            Takeaway(
                claim=f"“{names[first]}” is the largest theme that nobody has looked at: {in_words(int(sizes.get(first, 0)))} voices.",
                decision="Read its quotes; accept it under a name that the team uses, or merge it.",
                owner="Whoever looks after the list of themes",
                changes_our_mind="Quotes that speak of several things: then split it.",
            )
        )
    pairs = sorted(((value, one, other) for one, others in near.items() for other, value in others if one < other), reverse=True)
    for value, one, other in [pair for pair in pairs if pair[0] >= _CLOSE][:1]:
        told.append(
            Takeaway(
                claim=f"“{names[one]}” and “{names[other]}” are the most alike of all themes (likeness {value:.2f} of 1).",
                decision="Decide whether they are one: merge them, or put one under the other.",
                owner="Whoever looks after the list of themes",
                changes_our_mind="Different people who would act on each: then they are two.",
            )
        )
    return tuple(told)
