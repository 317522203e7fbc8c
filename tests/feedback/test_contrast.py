"""What sets a theme apart from its neighbour is what its people say and the others do not, surely and in numbers."""

import pandas as pd
import pytest
from feedback_corpus import spoken

from prodops.errors import InputError
from prodops.feedback.contrast import compare, contrast

REFUNDS = [f"My refund for the {item} never came" for item in ("shoes", "lamp", "chair", "desk", "books", "phone", "rug", "coat")]
CHARGES = [f"I was charged twice for the {item}" for item in ("sofa", "bed", "cup", "hat", "bag", "knife", "ring", "bell")]


def test_phrases_come_with_shares_and_lift() -> None:
    """All eight texts here and none of the eight there hold the phrase: 1 against 0, (8 + ½) ⁄ (0 + ½) = 17 times."""
    told = compare(REFUNDS, CHARGES, name="Refunds", than="Double charges")
    row = told.phrases.iloc[0]
    assert row["phrase"].startswith("my refund") or "refund" in row["phrase"]
    assert (row["share"], row["neighbour_share"], row["lift"]) == (1.0, 0.0, 17.0)
    assert told.sentence() == f"Unlike “Double charges”, people here say “{row['phrase']}”."


def test_the_other_way_round_tells_the_other_side() -> None:
    """A contrast has a direction."""
    assert "charged twice" in compare(CHARGES, REFUNDS, name="Double charges", than="Refunds").sentence()


def test_nothing_tells_the_same_apart() -> None:
    """What is as common there, or held by too few to be sure, is not given; then the sentence says so."""
    told = compare(REFUNDS, REFUNDS, name="Refunds", than="Money back")
    assert told.phrases.empty
    assert told.sentence() == "No phrase sets “Refunds” clearly apart from “Money back”: the two may be one."
    assert compare(REFUNDS[:3], CHARGES[:3], name="a", than="b").phrases.empty


def test_themes_of_a_frame_are_compared_by_id_and_called_by_name() -> None:
    """Ids choose the rows, copies of a voice do not count, names are shown; an unknown id is refused with the near miss."""
    rows = [(str(i), "2025-01-01", text) for i, text in enumerate(REFUNDS + CHARGES + REFUNDS)]
    frame = spoken(rows, theme=["r"] * 8 + ["c"] * 16, theme_name=["Refunds"] * 8 + ["Charges"] * 16)
    frame["voice"] = [*frame["id"][:16], *frame["id"][:8]]  # the last eight repeat the first
    assert contrast(frame, "r", "c").phrases["neighbour_share"].max() == 0
    assert contrast(frame, "r", "c").sentence().startswith("Unlike “Charges”, ")
    with pytest.raises(InputError, match='no theme "q"'):
        contrast(frame, "r", "q")
    named = frame.rename(columns={"theme": "subtheme", "theme_name": "subtheme_name"})
    pd.testing.assert_frame_equal(contrast(named, "r", "c", column="subtheme").phrases, contrast(frame, "r", "c").phrases)


def test_no_two_phrases_say_the_same() -> None:
    """Of words alike (glitches, glitchy) one is given."""
    here = [f"{word} on my {item}" for item in ("desk", "phone", "tablet", "watch", "car", "boat") for word in ("glitches", "glitchy")]
    said = list(compare(here * 4, CHARGES * 4, name="a", than="b").phrases["phrase"])
    assert sum(phrase.startswith("glitch") for phrase in said) == 1
