"""Formatting goes, whatever tongue it is written in; words, and signs that only look like formatting, stay."""

import pytest

from prodops.feedback import clean


@pytest.mark.parametrize(("raw", "plain"), [
    ("# Export\n**broken** since *monday*, see `log` and ~~this~~ __that__ _all_", "Export\nbroken since monday, see log and this that all"),
    ("***great*** and **_fine_** and **a *b* c**", "great and fine and a b c"),
    ("[docs](https://a.example/d) and ![shot](https://a.example/s.png)", "docs (https://a.example/d) and shot"),
    ("[https://a.example](https://a.example) <https://b.example/x>", "https://a.example https://b.example/x"),
    ("```python\nprint(1)\n```\nfails\n---\nalways", "print(1)\n\nfails\n\nalways"),
    ("* one\n* two", "* one\n* two"),
])  # fmt: skip
def test_markdown(raw: str, plain: str) -> None:
    """Marks in pairs, headings, rules, fences and links of Markdown become plain words."""
    assert clean(raw) == plain


@pytest.mark.parametrize("same", [
    "2 * 3 * 4 is 24", "5* hotel, 4* food", "f*** this", "snake_case_name and __init__.py", "#1 app #fail", "Rating: *****", "~5 minutes~", "a < b > c",
    "press [b] or [i]", "my [name] and [e-mail]", "x.*y*z", "array[i] = b[j]", "[click](data:text/html;x)", "C# and F#", "1 _ 2 _ 3",
    "-_-", "(*^^*)", "# of seats", "@_ann_ and #_tag_", "*****\nfine",
])  # fmt: skip
def test_signs_that_are_no_formatting(same: str) -> None:
    """Sums, stars, names of files, marks of redaction and brackets of other kinds stay as they are."""
    assert clean(same) == same


@pytest.mark.parametrize(("raw", "plain"), [
    ("[b]Bold[/b] [color=red]red[/color] [size=4]big[/size]", "Bold red big"),
    ("[url=https://a.example/x]here[/url] [url]https://b.example[/url]", "here (https://a.example/x) https://b.example"),
    ("[list][*]one[*]two[/list]", "- one\n- two"),
    ("[img]https://a.example/i.png[/img] shows it", "https://a.example/i.png shows it"),
])  # fmt: skip
def test_bbcode(raw: str, plain: str) -> None:
    """A forum's tags go where they stand in pairs."""
    assert clean(raw) == plain


@pytest.mark.parametrize(("raw", "plain"), [
    ("<!DOCTYPE html><html><body><p class=x>Broken</p><!-- gone --><style>p{color:red}</style></body></html>", "Broken"),
    ('<a href="/help">help</a> <img src="x.png"> here', "help here"),
    ("<table><tr><td>a</td><td>b</td></tr></table>", "a b"),
    ("<b>bold</B> <O:P></O:P>text", "bold text"),
])  # fmt: skip
def test_html(raw: str, plain: str) -> None:
    """A mail's whole HTML becomes its words; comments and styles go."""
    assert clean(raw) == plain


@pytest.mark.parametrize(("raw", "plain"), [
    ("<blockquote>old <blockquote>older</blockquote> words</blockquote><p>New words</p>", "New words"),
    ("[quote=Bob]old[quote]older[/quote][/quote]I disagree", "I disagree"),
    ("[quote]all there is[/quote]", "all there is"),
    ("[quote]never closed, I disagree", "[quote]never closed, I disagree"),
    ("closed only[/quote] twice[quote]", "closed only\ntwice"),
])  # fmt: skip
def test_quotations(raw: str, plain: str) -> None:
    """What quotes another goes, however deep, if something of one's own is left; what does not close is text."""
    assert clean(raw) == plain
