"""Statements: long feedback is cut where people turn to something else, and every piece can be traced to its place."""

import re

import pandas as pd
import pytest
from feedback_corpus import spoken
from hypothesis import example, given, settings
from hypothesis import strategies as st

from prodops.feedback import clean, prepare, trend
from prodops.feedback.statements import LEAST, MOST, split, statements
from prodops.feedback.weekly import voices_of
from prodops.feedback.words import content


def cut(text: str) -> list[str]:
    return [text[start:end] for start, end in split(text)]


@pytest.mark.parametrize("parts", [
    ["The export drops half of the columns.", "Also the yearly price doubled without warning!"],
    ["Does the calendar sync with phones?", "Nobody at support answered my ticket..."],
    ["Search finds every card within seconds,", "but the mobile editor loses long comments"],
    ["Dark theme colours look lovely tonight;", "printing reports wastes paper and toner"],
    ["nice colours and clean layout.", "The login page rejects every password"],
    ["„Die Suche findet meine Karten nicht.“", "Der Export verliert ständig Spalten"],
    ["软件很好用，但是导出功能坏了。", "价格太高了，我们不能接受这个价格。"],
    ["هل يمكن إصلاح تصدير الملفات؟", "السعر السنوي مرتفع جدا للشركات"],
])  # fmt: skip
def test_where_a_statement_ends(parts: list[str]) -> None:
    """A sentence, a clause that turns, a question, a glued full stop: each with enough to say stands by itself."""
    glue = "" if parts[0].endswith(("layout.", "。")) else " "
    assert cut(glue.join(parts)) == parts


def test_lines_and_points() -> None:
    """Lines and the points of a list are cut; their marks and numbers are in no statement."""
    text = "Wishes for next quarter planning:\n- faster search across boards\n* dark theme for phones\n2) cheaper seats for students\n3. printing without blank pages"
    assert cut(text) == [
        "Wishes for next quarter planning:",
        "faster search across boards",
        "dark theme for phones",
        "cheaper seats for students",
        "printing without blank pages",
    ]


@pytest.mark.parametrize("whole", [
    "Version 3.5 crashes on iOS 9.1 and the export fails with error 0.75 daily",
    "Exports fail with large boards, e.g. Boards with many archived cards and comments",
    "Our manager Dr. Smith cannot open the shared board from the Berlin office",
    "See https://x.example/Help.Page?topic=a;b.C about exporting archived cards please",
    "Write to Ann.Lee@mail.Example.com when the calendar integration works again",
    "We meet on the 3. November release and the search index rebuild finishes",
    "Ticket no. 5512 about the billing page stays open for weeks",
    "Nothing but trouble with calendar sync since the autumn release arrived",
    "The search works well, etc. and sync never loses comments offline",
    "Searching archived boards feels... strange when filters hide every card",
])  # fmt: skip
def test_what_is_not_cut(whole: str) -> None:
    """Abbreviations, decimals, versions, ordinals, addresses and a pause end no sentence."""
    assert cut(whole) == [whole]


def test_small_pieces_stay_with_their_neighbour() -> None:
    """A heading joins what follows, an exclamation what came before; short feedback is one statement."""
    assert cut("Great app! The search finds archived cards quickly. Wow. Export drops several columns daily. Sigh!") == [
        "Great app! The search finds archived cards quickly. Wow.",
        "Export drops several columns daily. Sigh!",
    ]
    assert cut("Love it. Too expensive though.") == ["Love it. Too expensive though."]
    assert (cut("😀😀"), cut("  "), cut("")) == (["😀😀"], [], [])


def test_a_long_list_is_capped() -> None:
    """No row has more than the limit; neighbours share a statement and nothing is lost."""
    lines = [f"export column{i} broken again" for i in range(MOST * 2 + 3)]
    parts = cut("\n".join(lines))
    assert len(parts) == MOST
    assert "\n".join(parts).split("\n") == lines


LEFT_OUT = re.compile(r"(?:\s|[-*+•·‣▪●○►➤→✓✔✗✘–—]|\(?\d{1,2}[.)]{1,2}|[a-z]\))*")
SENTENCES = [
    "The export drops columns daily.", "Wow!", "Search finds cards quickly", "but printing wastes paper", "- point of some list", "1. numbered point here",
    "e.g. this", "Dr. No", "3.5", "https://x.example/a.B", "价格太高了。", "שלום עולם טוב.", "😀", "...", ";", "\u200b", "z\u0335\u0336", "“", "”.", "(", ")", "'",
]  # fmt: skip
TEXTS = st.lists(st.sampled_from(SENTENCES) | st.text(max_size=8), max_size=30).flatmap(
    lambda parts: st.lists(st.sampled_from([" ", "\n", "", ", ", "\n\n- "]), min_size=len(parts), max_size=len(parts)).map(
        lambda glue: "".join(part + between for part, between in zip(parts, glue, strict=True))
    )
)


@settings(deadline=None, max_examples=200)
@given(TEXTS)
@example("\n- ")
@example("- a\n- b")
def test_spans_index_the_text(text: str) -> None:
    """Statements stand in order, do not overlap, begin and end at something visible, and leave out only spaces and points' marks."""
    spans = split(text)
    at = 0
    for start, end in [*spans, (len(text), len(text))]:
        assert at <= start <= end
        assert LEFT_OUT.fullmatch(text[at:start])
        assert text[start:end] == text[start:end].strip()
        at = end
    assert len(spans) <= MOST
    assert len(spans) < 2 or all(len(content(text[start:end])) >= LEAST for start, end in spans)


@settings(deadline=None, max_examples=50)
@given(st.lists(TEXTS | st.just("The export drops columns daily. Search finds cards quickly."), max_size=5))
def test_statements_of_prepared_rows(texts: list[str]) -> None:
    """Every prepared row has a statement, and each is found again at its place in the row's text."""
    ready = prepare(spoken([(str(i), "2025-01-01", text) for i, text in enumerate(texts)]))
    said = ready.statements
    rows = ready.frame.set_index("id")["text"]
    assert set(said["id"]) == set(ready.frame["id"])
    assert [rows[id][start:end] for id, start, end in zip(said["id"], said["start"], said["end"], strict=True)] == said["text"].tolist()
    assert not said.duplicated(["id", "statement"]).any()


def test_one_row_per_statement() -> None:
    """Statements come with their number, place and the row's other columns, in the order of the rows."""
    frame = spoken(
        [("b", "2025-01-02", "The export drops columns daily. Search finds cards quickly."), ("a", "2025-01-01", "Love it")],
        rating=[2.0, 5.0],
    )
    expected = spoken(
        [
            ("b", "2025-01-02", "The export drops columns daily."),
            ("b", "2025-01-02", "Search finds cards quickly."),
            ("a", "2025-01-01", "Love it"),
        ]
    ).assign(statement=[0, 1, 0], start=[0, 32, 0], end=[31, 59, 7], rating=[2.0, 2.0, 5.0])
    columns = ["id", "statement", "start", "end", "text", "created_at", "rating"]
    pd.testing.assert_frame_equal(statements(frame), expected[columns])
    empty = statements(frame.head(0))
    assert (list(empty), len(empty)) == (columns, 0)


# id, day, statement, theme, voice
SAID = [
    ("1", 1, 0, "export", "1"),
    ("1", 1, 1, "export", "1"),
    ("1", 1, 2, "", "1"),
    ("1", 1, 3, "price", "1"),
    ("2", 2, 0, "", "2"),
    ("2", 2, 1, "", "2"),
    ("3", 3, 0, "price", "3"),
    ("4", 4, 0, "search", "1"),
]


def said() -> pd.DataFrame:
    table = pd.DataFrame(SAID, columns=["id", "day", "statement", "theme", "voice"])
    copies = (table["id"] == table["voice"]).astype("int64")
    return table.assign(created_at=pd.to_datetime("2025-01-05") + pd.to_timedelta(table.pop("day"), unit="D"), copies=copies)


def test_voices_count_once_per_theme() -> None:
    """A voice counts once for each theme of the row that speaks for it, and without a theme only where it has none at all."""
    counted = voices_of(said().iloc[::-1])
    assert list(zip(counted["voice"], counted["theme"], counted["statement"], strict=True)) == [
        ("1", "export", 0),
        ("1", "price", 3),
        ("2", "", 0),
        ("3", "price", 0),
    ]
    pd.testing.assert_frame_equal(voices_of(counted), counted)


def test_rows_count_as_before() -> None:
    """Where each row has one theme, one row per voice is kept; without voices each id is one, without ids each row."""
    rows = said().query("statement == 0")
    assert voices_of(rows)["id"].tolist() == ["1", "2", "3"]
    assert voices_of(rows.drop(columns="theme"))["id"].tolist() == ["1", "2", "3"]
    assert voices_of(said().drop(columns=["voice", "copies"]))["id"].tolist() == ["1", "1", "2", "3", "4"]
    assert len(voices_of(said().drop(columns=["voice", "id", "copies"]))) == len(SAID)


def test_more_keys_split_a_voice_further() -> None:
    """With one more key, a voice counts once for each of its values within a theme."""
    frame = said().assign(part=["a", "b", "", "a", "", "", "a", "a"])
    assert list(map(tuple, voices_of(frame, "part")[["voice", "theme", "part"]].to_numpy())) == [
        ("1", "export", "a"), ("1", "export", "b"), ("1", "price", "a"), ("2", "", ""), ("3", "price", "a")]  # fmt: skip


def test_a_week_counts_a_voice_in_each_of_its_themes() -> None:
    """Counted by week, the voice that speaks of two themes is one voice in both."""
    weekly = trend(said(), as_of=pd.Timestamp("2025-01-13").to_pydatetime(), weeks=1)
    assert dict(zip(weekly["theme"], weekly["count"], strict=True)) == {"export": 1, "price": 2}


@pytest.mark.parametrize("endless", [
    "!" * 20_000, ". " * 10_000, "a. " * 7_000, " " * 20_000, "\n" * 20_000, "- " * 10_000, "1. " * 7_000, "but " * 5_000, ", but" * 4_000, "; " * 10_000,
    "…" * 20_000, "word" * 5_000, "“" * 20_000, "Ab.Cd" * 4_000, "价格。" * 6_000, "😀 A" * 6_000, "\x00" * 20_000, "\ud800. " * 6_000, "a) " * 7_000,
])  # fmt: skip
def test_endless_texts_are_cut_in_order(endless: str) -> None:
    """Whatever a text is made of, it has a handful of statements at most, before cleaning and after."""
    for text in (endless, clean(endless)):
        spans = split(text)
        assert len(spans) <= MOST
        assert spans == sorted(spans)
