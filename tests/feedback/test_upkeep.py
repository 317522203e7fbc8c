"""How a taxonomy stands: what is in it, what waits, what to look at first."""

import pandas as pd
import pytest
from feedback_corpus import prepared_corpus

from prodops.feedback import Themes, find_themes, history_of, standing, to_review
from prodops.feedback.taxonomy import Taxonomy


def test_what_waits_is_counted(themes: Themes, said: pd.DataFrame) -> None:
    """On the first run every theme waits; once a person accepted them none does."""
    first = {finding.name: finding for finding in standing(themes, {}, said)}
    entries = sum(entry["status"] == "new" for entry in themes.taxonomy.values())
    assert first["taxonomy.waiting"].value == entries
    assert first["taxonomy.themes"].value == len(themes.ids)
    accepted: Taxonomy = {id: {**entry, "status": "active", "by": "Ana"} for id, entry in themes.taxonomy.items()}
    again = find_themes(prepared_corpus()["text"], taxonomy=accepted)
    later = {finding.name: finding for finding in standing(again, accepted, said)}
    assert later["taxonomy.waiting"].headline == "Nothing waits for a person"
    assert f"{entries:,} of them with a person's word" in later["taxonomy.themes"].sentence


def test_voices_without_a_theme_are_counted(themes: Themes, said: pd.DataFrame) -> None:
    """Their share is said where there are any."""
    none = said.assign(theme=["" if i < 60 else theme for i, theme in enumerate(said["theme"])])
    found = {finding.name: finding for finding in standing(themes, {}, none)}["themes.none"]
    assert found.value == pytest.approx((none["theme"] == "").mean())


def test_the_history_is_one_table() -> None:
    """The latest day first, what has no day yet before it, each line with its theme's name."""
    known: Taxonomy = {
        "a": {"name": "A", "history": [{"by": "machine", "did": "found"}, {"on": "2025-11-03", "by": "Ana", "did": "renamed"}]},
        "b": {"name": "B", "history": [{"on": "2025-11-10", "by": "Bo", "did": "archived"}]},
    }
    assert history_of(known).to_numpy().tolist() == [
        ["", "machine", "A", "found"], ["2025-11-10", "Bo", "B", "archived"], ["2025-11-03", "Ana", "A", "renamed"],
    ]  # fmt: skip
    assert history_of({}).empty


def test_what_to_look_at_first(themes: Themes, said: pd.DataFrame) -> None:
    """The largest theme that nobody looked at, and the two most alike, where they are alike."""
    one, two = themes.ids[:2]
    first, pair = to_review(themes, {one: [(two, 0.91)], two: [(one, 0.91)]}, said)
    assert themes.names()[one] in first.claim
    assert "likeness 0.91 of 1" in pair.claim
    assert len(to_review(themes, {one: [(two, 0.3)]}, said)) == 1
