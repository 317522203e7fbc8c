"""What must not be shown is found in each way that it may be written, and nothing else is."""

import base64
import html
import json
import pickle
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodops.errors import ParameterError
from prodops.parameters.secrets import Reference, hide, hide_within, references, require, to_hide, url_secrets

TOKEN = Reference("${TOKEN}")
SECRETS = st.text(min_size=4, max_size=40).filter(lambda text: text.strip() == text and "\x1b" not in text)


@given(secret=SECRETS, before=st.binary(max_size=5), after=st.binary(max_size=5))
def test_a_secret_is_hidden_however_it_is_written(secret: str, before: bytes, after: bytes) -> None:
    """As it is, in a URL, in HTML, JSON and Python, and within any text in base64."""
    hidden = to_hide([], [TOKEN], {"TOKEN": secret})
    ways = [secret, quote(secret), quote(secret, safe=""), quote_plus(secret), html.escape(secret), html.escape(secret, quote=False)]
    ways += [json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1], repr(secret)[1:-1]]
    assert [hide(way, hidden) for way in ways] == ["${TOKEN}"] * len(ways)
    if len(secret.encode()) >= 8:
        packed = base64.b64encode(before + secret.encode() + after).decode()
        assert "${TOKEN}" in hide(packed, hidden)
        assert "${TOKEN}" in hide(packed.translate(str.maketrans("+/", "-_")), hidden)


@given(st.text())
def test_what_is_no_secret_stays(text: str) -> None:
    """Texts that do not hold it are untouched, colours included."""
    hidden = to_hide(["${NAME}"], [], {"NAME": "\N{SNOWMAN}" * 6})
    if "\N{SNOWMAN}" not in text:
        assert hide(text, hidden) == text


def test_short_and_plain_values_cannot_be_told_from_a_report_s_words() -> None:
    """The limits: four characters for a declared secret; for the rest eight for a word or number, six for anything else."""
    environ = {"A": "abc", "B": "abcd", "YEAR": "2025", "WORD": "reports", "LONGER": "analysts", "MIXED": "s3cret", "SHORT": "v1.2"}
    declared = to_hide([], [Reference("${A}"), Reference("${B}"), Reference("${MISSING}")], environ)
    assert declared == {"abcd": "${B}"}
    named = to_hide(["${A}/${YEAR}/${WORD}", "${LONGER} ${MIXED} ${SHORT} ${MISSING}"], [], environ)
    assert {value: named.get(value) for value in environ.values()} == dict.fromkeys(environ.values()) | {
        "analysts": "${LONGER}",
        "s3cret": "${MIXED}",
    }
    assert set(named.values()) == {"${LONGER}", "${MIXED}"}


def test_passwords_of_urls_are_hidden_filled_in_or_literal() -> None:
    """A URL's password and its query's values; the reference itself is no secret and stays readable."""
    environ = {"PGPASSWORD": "p@ss/w0rd", "URL": "postgres://me:wh0le-url@host/base"}
    hidden = to_hide(["postgres://me:${PGPASSWORD}@host/b?key=q9q9q9q9", "mysql://me:l1teral@host/b", "${URL}"], [], environ)
    said = "p@ss/w0rd p%40ss%2Fw0rd q9q9q9q9 l1teral wh0le-url postgres://me:wh0le-url@host/base ${PGPASSWORD}"
    assert hide(said, hidden) == "${PGPASSWORD} ${PGPASSWORD} *** *** *** ${URL} ${PGPASSWORD}"
    assert list(url_secrets("https://[odd/?key=x")) == []


def test_the_longest_goes_first_and_long_lines_go_alone() -> None:
    """A secret that is part of another leaves no rest; a key of several lines is hidden line by line too."""
    key = "-----BEGIN KEY-----\nMIIEvQIBADANBgkqhkiG9w0B\nshort\n"
    hidden = to_hide(["${PART}", "${WHOLE}", "${KEY}"], [], {"PART": "passw0rd", "WHOLE": "passw0rd-and-more", "KEY": key})
    assert hide("passw0rd-and-more passw0rd", hidden) == "${WHOLE} ${PART}"
    assert hide("  MIIEvQIBADANBgkqhkiG9w0B\n  short", hidden) == "  ${KEY}\n  short"


def test_colours_do_not_cut_a_secret_apart() -> None:
    """Where colour codes stand within it the colours go; elsewhere they stay."""
    hidden = to_hide([], [TOKEN], {"TOKEN": "hunter2"})
    assert hide("\x1b[31mhun\x1b[0mter2\x1b[1m!", hidden) == "${TOKEN}!"
    assert hide("\x1b[31mhunter2\x1b[0m", hidden) == "${TOKEN}"
    assert hide("\x1b[31mfine\x1b[0m", hidden) == "\x1b[31mfine\x1b[0m"


def test_plain_values_are_searched_through_and_through() -> None:
    """Keys, nested lists and a number that is the secret; other values keep their types."""
    hidden = to_hide([], [TOKEN], {"TOKEN": "1234"})
    value = {"1234": [1234, 12345, {"a": "x1234"}, None, True, 1.5], "b": (1,)}
    assert hide_within(value, hidden) == {"${TOKEN}": ["${TOKEN}", 12345, {"a": "x${TOKEN}"}, None, True, 1.5], "b": [1]}


def test_references_are_texts_that_know_their_variable() -> None:
    """They are written, compared and sent between processes as the text that they are."""
    assert (TOKEN, TOKEN.variable, json.dumps(TOKEN)) == ("${TOKEN}", "TOKEN", '"${TOKEN}"')
    assert isinstance(pickle.loads(pickle.dumps(TOKEN)), Reference)
    assert references([1, None, "${X}", TOKEN, ["a", Reference("${B}")]]) == [TOKEN, "${B}"]


def test_a_secret_must_be_set_and_not_empty() -> None:
    """Its variable is named, with the near miss among those that are set."""
    require({"token": TOKEN, "weeks": 1}, {"TOKEN": "x"})
    with pytest.raises(
        ParameterError, match=r'^token: the environment variable TOKEN is not set; export it first\. Did you mean "TOKENS"\?$'
    ):
        require({"token": [TOKEN]}, {"TOKENS": "x"})
    with pytest.raises(ParameterError, match=r"^token: the environment variable TOKEN is empty; export it first\.$"):
        require({"token": TOKEN}, {"TOKEN": ""})
