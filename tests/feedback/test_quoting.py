"""Quotes are verbatim, readable, from different people, and lead back to their rows."""

import pandas as pd
from feedback_corpus import spoken

from prodops.feedback import quotes
from prodops.feedback.quoting import LONG, shorten_quote

GOOD = "The export drops half of the columns every single time I try."


def themed(texts: list[str], **columns: list[object]) -> pd.DataFrame:
    rows = [(str(i), f"2025-01-{i + 1:02}", text) for i, text in enumerate(texts)]
    return spoken(rows, voice=[row[0] for row in rows], theme=["a"] * len(texts), **columns)


def test_quotes_trace_to_their_rows() -> None:
    """Each quote has its row's id, time and text, and empty words where channel or segment are not known."""
    frame = themed([GOOD, "The board loads so slowly that I get a coffee in the meantime."], channel=["chat", None], rating=[1.0, 2.0])
    picked = quotes(frame, "a")
    assert picked.columns.tolist() == ["id", "created_at", "channel", "segment", "rating", "text"]
    assert picked.set_index("id").loc["0", ["channel", "segment", "rating", "text"]].tolist() == ["chat", "", 1.0, GOOD]
    assert picked.set_index("id").loc["1", "channel"] == ""


def test_readable_then_central_then_latest() -> None:
    """A readable text goes before a short one, a central one before one at the edge, a later one before an earlier."""
    texts = [
        "Export fails.",
        "Exports to Excel lose half of my columns since the last update.",
        "A pdf export of the whole board takes more than ten minutes now.",
        "My weekly csv export has had broken dates in it for a month.",
    ]
    picked = quotes(themed(texts, fit=[0.9, 0.5, 0.9, 0.9]), "a", n=4)
    assert picked["id"].tolist() == ["3", "2", "1", "0"]


def test_different_people_and_different_words() -> None:
    """No person speaks twice, no quote repeats another, and a copy does not speak for itself."""
    texts = [
        GOOD,
        GOOD + "!",
        "Exports to Excel lose my formatting and my dates as well.",
        "The pdf export cannot be opened on our print server at all.",
    ]
    frame = themed(texts, user_id=["ann", "bob", "cy", "cy"])
    assert quotes(frame, "a")["id"].tolist() == ["3", "1"]
    assert quotes(frame.assign(voice=["0", "0", "2", "2"]), "a")["id"].tolist() == ["2", "0"]


def test_two_statements_of_one_row_are_one_person() -> None:
    """Where no one is named, a row speaks once; a statement's number is kept, so that it leads back to its place."""
    texts = [GOOD, "Excel cannot open what it writes, the dates are all wrong.", "The board loads so slowly that I get a coffee meanwhile."]
    frame = themed(texts).assign(id=["0", "0", "2"], voice=["0", "0", "2"], statement=[0, 1, 0])
    picked = quotes(frame, "a")
    assert sorted(picked["id"]) == ["0", "2"]
    assert picked.columns.tolist()[:3] == ["id", "statement", "created_at"]


def test_quotes_differ_in_words_and_in_time() -> None:
    """Of two as near the centre, the one that says something else is taken, and of two that do, the one from another time."""
    said = [
        ("2025-01-01", "The export drops half of the columns whenever I try"),
        ("2025-01-02", "Exported dates arrive broken in our finance sheets"),
        ("2025-02-01", "The export drops half of the columns whenever I try it"),
        ("2025-02-02", "The export drops half of the columns when I try"),
        ("2025-03-01", "Nobody can open the archive file that was saved"),
        ("2025-03-02", "The export drops columns whenever I try"),
    ]
    frame = spoken([(str(i), day, text) for i, (day, text) in enumerate(said)], theme=["a"] * 6, fit=[0.9] + [0.8] * 5)
    assert quotes(frame, "a", n=2)["id"].tolist() == ["0", "4"]
    assert quotes(frame[frame["id"] != "4"], "a", n=2)["id"].tolist() == ["0", "1"]


def test_a_long_text_is_quoted_where_it_speaks_of_the_theme() -> None:
    """Of a review that speaks of much, the whole sentences are shown that hold the theme's words; ``…`` marks what is left out."""
    other = "We moved offices in spring and everybody has been rather busy with the plants and the lifts since. "
    long = other * 3 + "The export loses columns. Every exported file lacks its dates. " + other * 3
    short = ["Export loses columns", "The export lost my columns", "columns are lost in the export", "export without columns"]
    frame = themed([long], user_id=["zoe"])
    rest = themed(short).assign(id=["e", "f", "g", "h"], voice=["e", "f", "g", "h"], user_id=["a", "b", "c", "d"])
    away = spoken([("x", "2025-01-01", other)], theme=["b"], voice=["x"], user_id=["x"])
    picked = quotes(pd.concat([frame, rest, away], ignore_index=True), "a", n=5).set_index("id").loc["0", "text"]
    assert picked.startswith("… The export loses columns. Every exported file lacks its dates.")
    assert picked.endswith(" …")
    assert len(picked) <= LONG


def test_a_sub_theme_is_quoted_by_its_column() -> None:
    """The same for sub-themes."""
    frame = themed([GOOD, "The board loads so slowly that I get a coffee in the meantime."], subtheme=["a1", "a2"])
    assert quotes(frame, "a2", column="subtheme")["id"].tolist() == ["1"]


def test_since() -> None:
    """Only rows from that time on, where it is given."""
    frame = themed([GOOD, "The board loads so slowly that I get a coffee in the meantime."])
    assert quotes(frame, "a", since=pd.Timestamp("2025-01-02"))["id"].tolist() == ["1"]


def test_nothing_to_quote() -> None:
    """An unknown theme has no quotes, but the columns."""
    assert quotes(themed([GOOD]), "b").columns.tolist() == ["id", "created_at", "channel", "segment", "text"]
    assert quotes(themed([]), "a").empty


def test_long_texts_are_cut_at_a_sentence() -> None:
    """A long quote ends after its last whole sentence that fits, or after a word; hostile letters stay letters."""
    sentence = "This sentence is fifty letters long, as one can see. "
    assert shorten_quote(sentence * 9) == (sentence * 5).strip() + " …"
    assert shorten_quote("word " * 100) == ("word " * 55).strip() + "…"
    assert len(shorten_quote("x" * 1000)) <= LONG
    assert shorten_quote("x" * 1000).endswith("x…")
    assert shorten_quote("<script>alert(1)</script>\n  twice") == "<script>alert(1)</script> twice"


def test_a_title_is_told_from_what_stands_below_it() -> None:
    """A blank line behind a word reads as a dash; behind a full stop, and any other line break, as a blank."""
    assert shorten_quote("Homework\n\nI have a quick question.\n\nThanks\nall") == "Homework – I have a quick question. Thanks all"
