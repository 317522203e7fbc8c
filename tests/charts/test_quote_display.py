import pandas as pd
import pytest

from prodops import charts
from prodops.errors import ProdopsError


def said(**columns: object) -> pd.DataFrame:
    return pd.DataFrame({
        "id": ["FB-000123"], "created_at": pd.to_datetime(["2025-11-17 14:03"]), "channel": ["email"], "segment": ["enterprise"],
        "text": ["Lost two days.\nNobody answered.\n\nPlease fix."], **columns,
    })  # fmt: skip


def test_a_quote_says_where_it_comes_from() -> None:
    """Words as they were said, paragraphs kept, then channel, day, segment and the row's id, each in its own direction."""
    assert charts.quotes(said()).to_html().split("</style>")[1] == (
        '<figure class="prodops-quote"><blockquote dir="auto"><p>Lost two days.<br>Nobody answered.</p><p>Please fix.</p></blockquote>'
        '<figcaption><span dir="auto">email</span> · <span dir="auto">17 Nov 2025</span> · <span dir="auto">enterprise</span> · '
        '<span dir="auto">FB-000123</span></figcaption></figure>'
    )


def test_quotes_read_as_text_too() -> None:
    """Without HTML a quote has its marks and its source."""
    bundle = charts.quotes(said())._repr_mimebundle_()
    assert bundle["text/plain"] == "“Lost two days.\nNobody answered.\n\nPlease fix.”\n— email · 17 Nov 2025 · enterprise · FB-000123"


def test_a_rows_name_is_kept_for_whoever_looks_it_up() -> None:
    """Told apart as the row, a name is read by a pointer and stands in the page, escaped, but not among the words."""
    (figure,) = charts.quotes(said(id=['a"><b>']), source=("channel", "created_at"), row="id").to_html().split("</style>")[1:]
    assert figure.endswith(
        '<span dir="auto">email</span> · <abbr title="row a&quot;&gt;&lt;b&gt;"><span dir="auto">17 Nov 2025</span></abbr></figcaption></figure>'
    )


def test_what_is_unknown_is_left_out() -> None:
    """Missing values and absent columns leave no empty place."""
    (quote,) = charts.quotes(said(channel=[None]).drop(columns="segment")).items
    assert quote.source == ("17 Nov 2025", "FB-000123")


def test_rows_without_text_are_no_quotes() -> None:
    """Empty texts do not count towards the limit; none left is said."""
    frame = pd.DataFrame({"text": [None, " ", "one", "two", "three"]})
    assert [q.text for q in charts.quotes(frame, limit=2).items] == ["one", "two"]
    assert "No quotes in this period" in charts.quotes(frame.head(2)).to_html()
    assert charts.quotes(frame.head(0)).to_text() == "No quotes in this period"


def test_a_long_quote_is_cut_and_says_so() -> None:
    """A text of thousands of words ends at a word, with a mark."""
    (quote,) = charts.quotes(said(text=["word " * 2000])).items
    assert len(quote.text) < 710
    assert quote.text.endswith("word […]")


def test_a_frame_without_texts_is_refused() -> None:
    """The column of texts can have another name, but must be there."""
    assert charts.quotes(said().rename(columns={"text": "review"}), text="review").items
    with pytest.raises(ProdopsError, match=r"no column \"text\""):
        charts.quotes(said().drop(columns="text"))
