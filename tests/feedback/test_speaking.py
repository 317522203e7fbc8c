"""Several themes in one text: each statement speaks of its own where it is clear, else of none."""

from datetime import date, datetime

import numpy as np
import pandas as pd
import pytest
from feedback_corpus import corpus

from prodops import feedback
from prodops.feedback import taxonomy as edits
from prodops.feedback.speaking import CLEAR
from prodops.feedback.weekly import count_voices, voices_of

TEXTS, THEMES = corpus()
BOTH = "Offline sync lost an hour of my edits. The new price per seat is far above our budget."
GREETED = (
    "Good afternoon, I have been a customer since 2021. The CSV export drops half of the columns. We look forward to Tuesday in Lisbon."
)


@pytest.fixture(scope="module")
def ready() -> feedback.Prepared:
    """The corpus, then a text with two themes, one with a greeting, and one without words that tell, all in one month."""
    texts = [*TEXTS, BOTH, GREETED, "ok"]
    days = pd.Timestamp("2025-01-06") + pd.to_timedelta(np.arange(len(texts)) % 28, unit="D")
    frame = pd.DataFrame({"id": [f"r{i:03d}" for i in range(len(texts))], "created_at": days, "text": texts})
    return feedback.prepare(frame)


@pytest.fixture(scope="module")
def themes(ready: feedback.Prepared) -> feedback.Themes:
    return feedback.find_themes(ready.frame["text"])


@pytest.fixture(scope="module")
def said(ready: feedback.Prepared, themes: feedback.Themes) -> pd.DataFrame:
    return themes.attach(ready.statements)


@pytest.fixture(scope="module")
def found(themes: feedback.Themes) -> dict[str, str]:
    """The theme found for most texts that were written for each."""
    labels = pd.Series(themes.labels[: len(TEXTS)])
    return {name: str(labels[[theme == name for theme in THEMES]].mode()[0]) for name in set(THEMES)}


def theme_of_text(themes: feedback.Themes, said: pd.DataFrame) -> "pd.Series[str]":
    """The theme of each statement's whole text."""
    return said["id"].map(dict(zip(said["id"].drop_duplicates(), themes.labels, strict=True)))


def of(said: pd.DataFrame, place: int) -> pd.DataFrame:
    return said[said["id"] == f"r{len(TEXTS) + place:03d}"]


def test_one_text_speaks_of_two_themes(said: pd.DataFrame, found: dict[str, str]) -> None:
    """Its statements have the themes of what they say, each traceable to its span, and its voice counts once in either."""
    both = of(said, 0)
    assert both["theme"].tolist() == [found["sync"], found["price"]]
    assert [BOTH[start:end] for start, end in zip(both["start"], both["end"], strict=True)] == both["text"].tolist()
    assert voices_of(both)["theme"].tolist() == [found["sync"], found["price"]]
    weekly = feedback.trend(both, as_of=datetime(2025, 2, 3), weeks=4)
    assert weekly["count"].sum() == 2
    assert count_voices(both) == 1


def test_what_is_not_clear_has_no_theme(said: pd.DataFrame, found: dict[str, str]) -> None:
    """A greeting or a farewell is nobody's theme, and its voice counts once all the same."""
    assert of(said, 1)["theme"].tolist() == [found["export"], ""]
    assert voices_of(of(said, 1))["theme"].tolist() == [found["export"]]


def test_no_voice_is_lost(themes: feedback.Themes, said: pd.DataFrame) -> None:
    """Each text with a theme has a statement with one: where none speaks for itself, the one that fits best keeps the text's."""
    themed = said.groupby("id", sort=False)["theme"].agg(lambda ids: (ids != "").any())
    assert themed[[bool(id) for id in themes.labels]].all()
    least = np.quantile(themes.fit[[bool(id) for id in themes.labels]], CLEAR)
    several = said[said["id"].duplicated(keep=False)].assign(own=theme_of_text(themes, said))
    unclear = several.groupby("id").filter(lambda rows: bool((rows["fit"] < least).all() and rows["own"].iloc[0] != ""))
    assert len(unclear)
    best = unclear.groupby("id")["fit"].transform("max") == unclear["fit"]
    assert (unclear["theme"] == unclear["own"].where(best, "")).all()


def test_a_text_of_one_theme_is_not_torn(said: pd.DataFrame, themes: feedback.Themes) -> None:
    """Where both statements of a text were written for one theme, nearly none has another: what follows from a problem is not a theme beside it."""
    rows = said[said["id"] < f"r{len(TEXTS):03d}"]
    themed = rows[rows["theme"] != ""]
    assert len(rows) > 1.3 * len(TEXTS)
    assert (themed["theme"] == theme_of_text(themes, said)[themed.index]).mean() > 0.97


def test_a_text_of_one_statement_keeps_what_was_found_for_it(ready: feedback.Prepared, themes: feedback.Themes, said: pd.DataFrame) -> None:
    """Theme, sub-theme and fit are those of the row; rows keep their order."""
    rows = themes.attach(ready.frame)
    single = said[~said["id"].duplicated(keep=False)]
    columns = ["id", "theme", "theme_name", "subtheme", "subtheme_name", "fit"]
    pd.testing.assert_frame_equal(
        single[columns].reset_index(drop=True), rows.loc[rows["id"].isin(single["id"]), columns].reset_index(drop=True)
    )
    assert said["id"].drop_duplicates().tolist() == rows["id"].tolist()


def test_nobody_is_lost_and_nothing_invented(ready: feedback.Prepared, themes: feedback.Themes, said: pd.DataFrame) -> None:
    """Each voice is in one theme or more, or in none, and no theme is there that was not found."""
    assert set(said["theme"]) <= {*themes.ids, ""}
    assert count_voices(voices_of(said)) == len(ready.voices)
    table = feedback.summary(said)
    assert table["voices"].sum() >= len(ready.voices)
    assert table["share"].max() <= 1


def test_a_statement_is_as_near_as_its_text_and_as_most_texts(themes: feedback.Themes, said: pd.DataFrame) -> None:
    """What leaves the theme of its text is as near to another as the text is to its own, and as three quarters of all are to theirs."""
    fits = themes.fit[[bool(id) for id in themes.labels]]
    row = (said["statement"] == 0).cumsum().to_numpy() - 1
    own = np.array(themes.labels, object)[row]
    left = (said["theme"].to_numpy() != own) & (said["theme"].to_numpy() != "")
    assert left.any()
    assert (said["fit"].to_numpy()[left] >= np.maximum(themes.fit[row], np.quantile(fits, CLEAR))[left]).all()


def test_what_people_pinned_holds_for_a_statement(ready: feedback.Prepared, themes: feedback.Themes, found: dict[str, str]) -> None:
    """Pinned words decide, however far the statement is from the theme."""
    pinned = edits.pin(themes.taxonomy, found["dark"], words=["Lisbon"], by="Ana", on=date(2025, 2, 1))
    said = feedback.find_themes(ready.frame["text"], taxonomy=pinned).attach(ready.statements)
    assert of(said, 1)["theme"].tolist()[-1] == found["dark"]


@pytest.mark.parametrize("texts", [[], ["One text alone stands here. It has two statements, said its author."]])
def test_without_themes_no_statement_has_one(texts: list[str]) -> None:
    """Nothing in, nothing out; too few texts for themes have none."""
    times = pd.to_datetime(pd.Series(["2025-01-06"] * len(texts), dtype="str")).astype("datetime64[us]")
    frame = pd.DataFrame({"id": pd.Series(["a"] * len(texts), dtype="str"), "created_at": times, "text": pd.Series(texts, dtype="str")})
    ready = feedback.prepare(frame)
    said = feedback.find_themes(ready.frame["text"]).attach(ready.statements)
    assert said["theme"].tolist() == [""] * len(ready.statements)
    assert len(ready.statements) == 2 * len(texts)


def test_statements_of_other_texts_are_refused(ready: feedback.Prepared, themes: feedback.Themes) -> None:
    """As rows are: themes belong to the texts that they were found in."""
    with pytest.raises(
        ValueError, match="These themes are of 603 texts, the frame is of 1: pass the frame they were found in, or its statements"
    ):
        themes.attach(ready.statements.head(1))
