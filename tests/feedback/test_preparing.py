"""Prepared feedback: the same rows, cleaned and redacted, and one voice per report."""

from dataclasses import replace

import pandas as pd
import pytest
from feedback_corpus import spoken
from hypothesis import given, settings
from hypothesis import strategies as st

from prodops.errors import InputError
from prodops.feedback import prepare
from prodops.feedback.duplicates import _alike, _candidates
from prodops.stamps import TableStamp

LONG = "the import of my contacts from the old tool fails every time i try it since monday morning"


def voices(frame: pd.DataFrame) -> dict[str, str]:
    ready = prepare(frame).frame
    return dict(zip(ready["id"], ready["voice"], strict=True))


def test_the_same_person_saying_the_same() -> None:
    """The same words by the same user within four weeks are one voice; later, or by someone else, they are another."""
    rows = [
        ("1", "2025-01-01", "Love it"),
        ("2", "2025-01-20", "love it!!"),
        ("3", "2025-01-29", "Love it"),
        ("4", "2025-02-20", "Love it"),
        ("5", "2025-01-02", "Love it"),
    ]
    assert voices(spoken(rows, user_id=["ann", "ann", "ann", "ann", "bob"])) == {"1": "1", "2": "1", "3": "1", "4": "4", "5": "5"}


def test_the_account_where_no_user_is_known() -> None:
    """Where the user is missing, the account is the person; two rows without either are two voices."""
    rows = [
        ("1", "2025-01-01", "too slow"),
        ("2", "2025-01-02", "too slow"),
        ("3", "2025-01-03", "too slow"),
        ("4", "2025-01-04", "too slow"),
    ]
    frame = spoken(rows, user_id=[None, None, None, None], account_id=["a", "a", None, None])
    assert voices(frame) == {"1": "1", "2": "1", "3": "3", "4": "4"}


def test_a_copied_text_is_one_voice() -> None:
    """A text of eight words or more, repeated nearly word for word, is one voice whoever sent it; its first row speaks."""
    rows = [
        ("b", "2025-01-03", LONG),
        ("a", "2025-01-01", LONG.upper() + "!!"),
        ("c", "2025-01-04", LONG.replace("contacts", "contact")),
        ("d", "2025-01-05", LONG.replace("old tool", "other program we had")),
        ("e", "2025-01-06", "contacts import fails"),
    ]
    assert voices(spoken(rows, user_id=list("abcde"))) == {"a": "a", "b": "a", "c": "a", "d": "d", "e": "e"}


def test_a_few_words_said_again_and_again_are_no_copy() -> None:
    """Eight words count as a copy where they differ: two people may both write the same four twice, as a title and below it."""
    rows = [
        ("1", "2025-01-01", "The worst app ever\n\nThe worst app ever"),
        ("2", "2025-01-02", "The worst app ever\n\nThe worst app ever!"),
    ]
    assert voices(spoken(rows, user_id=["ann", "bob"])) == {"1": "1", "2": "2"}


def test_candidates_are_checked() -> None:
    """MinHash proposes the near copy, and the exact comparison tells it from a text that only shares its theme."""
    texts = [LONG, LONG.replace("contacts", "contact"), "the import of my calendars from an old system is very slow on mondays for us all"]
    assert (0, 1) in _candidates(texts)
    assert _alike(texts[0], texts[1])
    assert not _alike(texts[0], texts[2])


def test_prepare_cleans_redacts_and_counts() -> None:
    """Text is cleaned and redacted, all other columns and the row labels stay, and the notes say what was done."""
    frame = spoken(
        [
            ("1", "2025-01-01", "<p>Hi Anna, it fails</p>"),
            ("2", "2025-01-02", "mail a@b.example or c@d.example"),
            ("3", "2025-01-03", "\u200b "),
            ("4", "2025-01-04", "mail a@b.example or c@d.example"),
        ],
        rating=[1.0, 2.0, 3.0, None],
        user_id=["u", "v", "w", "v"],
    )
    frame.loc[4] = ["5", pd.Timestamp("2025-01-05"), None, 5.0, "x"]
    ready = prepare(frame.set_index(pd.Index(list("pqrst"))))
    mails = "mail [e-mail] or [e-mail]"
    expected = spoken(
        [("1", "2025-01-01", "Hi [name], it fails"), ("2", "2025-01-02", mails), ("4", "2025-01-04", mails)],
        rating=[1.0, 2.0, None],
        user_id=["u", "v", "v"],
        voice=pd.array(["1", "2", "2"], dtype="str"),
        copies=[1, 2, 0],
    ).assign(language="English")[[*frame.columns, "language", "voice", "copies"]]
    pd.testing.assert_frame_equal(ready.frame, expected.set_index(pd.Index(list("pqs"))), check_dtype=False)
    assert ready.masked == {"e-mail": 4, "name": 1}
    assert ready.notes == (
        "2 of 5 rows hold no words once cleaned and are left out",
        "Masked: e-mail addresses 4, names 1",
        "1 of 3 rows repeat another one and are folded into its voice",
    )
    assert list(ready.voices["id"]) == ["1", "2"]
    assert [definition.name for definition in ready.definitions()] == ["Cleaned text", "Statement", "Voice", "Language", "Redaction"]


def test_languages_are_told_and_counted() -> None:
    """Rows say which language they are in, where the source does not, and a note says how many are in another than most."""
    texts = [
        "The export is broken and it is slow",
        "Der Export ist kaputt und er ist langsam",
        "Hm",
        "It is what I want",
        "L'export ne marche pas et je suis bloqué",
    ]
    frame = spoken([(str(i), "2025-01-01", text) for i, text in enumerate(texts)])
    ready = prepare(frame)
    assert ready.frame["language"].tolist() == ["English", "German", "", "English", "French"]
    assert ready.notes == ("2 of 5 rows are in another language than English (French 1, German 1): themes are coarser there",)
    told = prepare(frame.assign(language=["en", "de", None, "en", "fr"]))
    assert told.frame["language"].fillna("?").tolist() == ["en", "de", "?", "en", "fr"]
    assert told.notes == ready.notes


def test_statements_of_masked_texts() -> None:
    """Texts are cleaned and masked before they are cut: places are those of the text that is shown."""
    frame = spoken(
        [("1", "2025-01-01", "<p>Ann@a.example cannot open archived boards.</p>Printing   wastes paper and toner.")], rating=[2.0]
    )
    ready = prepare(frame)
    assert ready.frame["text"].tolist() == ["[e-mail] cannot open archived boards.\nPrinting wastes paper and toner."]
    columns = ["statement", "start", "end", "text", "rating", "voice", "copies"]
    assert list(map(tuple, ready.statements[columns].to_numpy())) == [
        (0, 0, 37, "[e-mail] cannot open archived boards.", 2.0, "1", 1),
        (1, 38, 70, "Printing wastes paper and toner.", 2.0, "1", 1),
    ]


@pytest.mark.parametrize("texts", [
    ["", None, " ", "\x00", "\u200b"], ["one"], ["same words"] * 50, ["😀", "😀😀", "👨\u200d👩\u200d👧"], ["שלום עולם. hello עולם", "مرحبا hello"],
    ["a\x00b\ud800c", "\ud83d", "\ude00"], ["“‘“nested”’ \"quotes'\" «»" * 50], ["&amp;" * 5000, "&lt;" * 5000], ["Z\u0337\u0322\u031b" * 500],
])  # fmt: skip
def test_hostile_texts(texts: list[object]) -> None:
    """Whatever the texts hold, rows with something to show come out with a voice, a statement and text that can be written as UTF-8."""
    frame = spoken([(str(i), "2025-01-01", "") for i in range(len(texts))])
    frame["text"] = pd.Series(texts, dtype=object)
    ready = prepare(frame)
    assert set(ready.statements["id"]) == set(ready.frame["id"])
    assert ready.frame["text"].str.strip().ne("").all()
    assert all(text.encode() for text in ready.frame["text"])
    assert ready.frame["copies"].sum() == len(ready.frame)


def test_redaction_is_the_default_and_can_be_left_out() -> None:
    """Only who asks for it sees the text unmasked."""
    frame = spoken([("1", "2025-01-01", "mail a@b.example")])
    assert prepare(frame, redaction=False).frame["text"].tolist() == ["mail a@b.example"]
    assert "Redaction" not in [definition.name for definition in prepare(frame, redaction=False).definitions()]


def test_boilerplate_of_the_corpus_goes() -> None:
    """A mark that stands before many texts is removed, and the note says of how many."""
    frame = spoken([(str(i), "2025-01-01", f"[auto translated] note number {i}x" if i < 40 else f"plain remark {i}x") for i in range(100)])
    ready = prepare(frame)
    assert ready.frame["text"].tolist()[0] == "note number 0x"
    assert ready.notes[0] == "40 of 100 different texts held “[auto translated]”, removed"


def test_long_and_strange_texts() -> None:
    """A text of ten million letters is cut and counted; a lone surrogate in an object column does no harm."""
    frame = spoken([("1", "2025-01-01", "x"), ("2", "2025-01-01", "y"), ("3", "2025-01-02", "z")])
    frame["text"] = pd.Series(["x" * 10_000_000, "a\ud800b", 3], dtype=object)
    ready = prepare(frame)
    assert ready.frame["text"].str.len().tolist() == [20_000, 3]
    assert "1 texts were longer than 20,000 characters and are cut there" in ready.notes


def test_a_missing_column_is_named() -> None:
    """The error says which column is missing and which name comes near."""
    with pytest.raises(InputError, match=r'no column "text"\. Did you mean "texts"\?'):
        prepare(spoken([("1", "2025-01-01", "a")]).rename(columns={"text": "texts"}))


def test_no_rows() -> None:
    """An empty frame is an answer: no rows, no notes."""
    ready = prepare(spoken([]))
    assert ready.frame.columns.tolist() == ["id", "created_at", "text", "language", "voice", "copies"]
    assert (len(ready.frame), ready.notes) == (0, ())


TEXTS = st.sampled_from(["love it", "Love it!", "too slow", LONG, LONG + " again", "", "Hi Anna, no"])


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(TEXTS, st.integers(0, 60), st.sampled_from(["ann", "bob", None])), min_size=1, max_size=12), st.randoms())
def test_every_row_has_one_voice(rows: list[tuple[str, int, str | None]], order: object) -> None:
    """Copies add up to the rows, whoever speaks speaks for itself, and the order of rows does not matter."""
    frame = spoken(
        [(str(i), str(pd.Timestamp("2025-01-01") + pd.Timedelta(days=day)), text) for i, (text, day, _) in enumerate(rows)],
        user_id=pd.array([user for *_, user in rows], dtype="str"),
    )
    ready = prepare(frame).frame
    assert ready["copies"].sum() == len(ready)
    assert (ready.loc[ready["copies"] > 0, "id"] == ready.loc[ready["copies"] > 0, "voice"]).all()
    assert ((ready["voice"] == ready["id"]) == (ready["copies"] > 0)).all()
    shuffled = list(frame.index)
    order.shuffle(shuffled)  # type: ignore[attr-defined]
    again = prepare(frame.loc[shuffled]).frame
    assert dict(zip(again["id"], again["voice"], strict=True)) == dict(zip(ready["id"], ready["voice"], strict=True))


def test_what_the_door_masked_is_not_masked_again() -> None:
    """Rows of a table whose stamp says so are looked at only where cleaning brought something to light; the counts are added up."""
    frame = spoken(
        [("1", "2025-01-01", "mail [e-mail] now"), ("2", "2025-01-02", "mail a&amp;#64;b.example"), ("3", "2025-01-03", "mail c@d.example")]
    )
    stamp = TableStamp(table="feedback", source="f.csv", rows_read=3, rows_used=3, redact=True, masked=(("e-mail", 4), ("name", 1)))
    ready = prepare(frame, redaction=stamp)
    assert ready.frame["text"].tolist() == ["mail [e-mail] now", "mail [e-mail]", "mail c@d.example"]
    assert (ready.masked, ready.redacted) == ({"e-mail": 5, "name": 1}, True)


def test_where_the_workspace_says_not_to_mask_nothing_is() -> None:
    """One switch, in the workspace: the stamp carries it here."""
    stamp = TableStamp(table="feedback", source="f.csv", rows_read=1, rows_used=1, redact=False)
    ready = prepare(spoken([("1", "2025-01-01", "mail a@b.example")]), redaction=stamp)
    assert (ready.frame["text"].tolist(), ready.redacted) == (["mail a@b.example"], False)
    assert prepare(ready.frame, redaction=replace(stamp, redact=None)).frame["text"].tolist() == ["mail [e-mail]"]


def test_what_cleaning_brings_to_light_is_masked() -> None:
    """A name behind a no-break space, which the door did not see, is masked once the space is a plain one."""
    stamp = TableStamp(table="feedback", source="f.csv", rows_read=1, rows_used=1, redact=True)
    ready = prepare(spoken([("1", "2025-01-01", "Hello\xa0Hanna,\nthe export fails")]), redaction=stamp)
    assert ready.frame["text"].tolist() == ["Hello [name],\nthe export fails"]


def test_a_signature_whose_name_was_masked_is_still_one() -> None:
    """Cleaning takes mail signatures off whether or not the name in them is still there."""
    text = "The export fails again.\n\nBest regards,\n{}\nHead of Sales"
    masked, plain = (prepare(spoken([("1", "2025-01-01", text.format(name))])).frame["text"].tolist() for name in ("[name]", "Anna Lee"))
    assert masked == plain == ["The export fails again."]
