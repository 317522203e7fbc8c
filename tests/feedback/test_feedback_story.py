"""The sample company's outage is found through the public functions alone."""

from pathlib import Path

import pandas as pd
import pytest
from sklearn.metrics import adjusted_rand_score

from prodops import feedback, samples


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return samples.write(tmp_path_factory.mktemp("sample"), users=300, events=0, feedback=6_000)


@pytest.fixture(scope="module")
def said(tables: dict[str, Path]) -> pd.DataFrame:
    ready = feedback.prepare(pd.read_parquet(tables["feedback"]))
    return feedback.find_themes(ready.frame["text"]).attach(ready.frame)


def test_planted_themes_are_recovered(tables: dict[str, Path], said: pd.DataFrame) -> None:
    """The themes found agree with those that the texts were written for."""
    truth = pd.read_parquet(tables["feedback_truth"]).set_index("id")["theme"]
    assert adjusted_rand_score(truth.loc[said["id"]], said["theme"]) >= 0.6


def test_the_outage_is_found(said: pd.DataFrame) -> None:
    """In October 2025 the theme of sync and lost data more than doubles, most of it in enterprise, and it is the first finding."""
    weekly = feedback.trend(said, as_of=samples.AS_OF, weeks=26)
    first = feedback.findings(said, weekly)[0]
    top = feedback.movers(weekly).iloc[0]
    quotes = feedback.quotes(said, top["theme"], since=pd.Timestamp(2025, 10, 14))
    assert bool(top["moved"])
    assert top["ratio"] > 1.7
    assert first.name == f"theme.{top['theme']}.change"
    assert "segment enterprise" in first.sentence
    assert quotes["text"].str.contains("sync|offline|lost|version|edits", case=False).all()
    assert len(quotes) == 3


def test_the_outage_alarms_in_its_week_and_segment(said: pd.DataFrame) -> None:
    """Of the weeks from August on, alarms begin in the outage's first week (14 October) and the next alone, by segment in enterprise alone."""
    outage = {pd.Timestamp(2025, 10, 13), pd.Timestamp(2025, 10, 20)}
    table = feedback.alarms(feedback.trend(said, as_of=samples.AS_OF, weeks=52))
    begun = table[table["first"] & (table["week"] >= "2025-08-01")]
    assert begun["week"].min() == min(outage)
    assert set(begun["week"]) <= outage
    parts = feedback.alarms(feedback.trend(said, as_of=samples.AS_OF, weeks=52, by="segment"), by="segment")
    begun = parts[parts["first"] & (parts["week"] >= "2025-08-01")]
    assert set(begun["week"]) <= outage
    assert set(begun["segment"]) == {"enterprise"}


def test_what_the_outage_goes_with(said: pd.DataFrame) -> None:
    """Lost work takes twice as long to answer: the outage's theme goes with the highest support cost, and with a low rating."""
    top = feedback.movers(feedback.trend(said, as_of=samples.AS_OF, weeks=26)).iloc[0]["theme"]
    table = feedback.associations(said, as_of=samples.AS_OF, currency="EUR").set_index(["outcome", "theme"])
    assert table.loc["support_cost", "difference"].idxmax() == top
    assert table.loc[("support_cost", top), "goes_with"]
    assert table.loc[("rating", top), "difference"] < 0


def test_no_personal_data_is_left(tables: dict[str, Path], said: pd.DataFrame) -> None:
    """What the sample planted of mail addresses, cards and IBANs is gone from every text."""
    raw, plain = pd.read_parquet(tables["feedback"])["text"], said["text"]
    planted = r"[\w.+-]+@[\w-]+\.\w+|\b(?:\d{4}[ -]?){3}\d{4}\b|\b[A-Z]{2}\d{2}(?: ?\w{4}){4,}"
    assert raw.str.contains(planted, regex=True).sum() > 10
    assert plain[plain.str.contains(planted, regex=True)].tolist() == []
