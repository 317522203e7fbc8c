"""The product survey that the sample holds, and the planted story as the survey report finds it, without a hint."""

from datetime import date

import ibis
import pandas as pd
import pytest

from prodops import samples, surveys
from prodops.plainyaml import read_yaml
from prodops.workspace import Workspace


class Desk:
    """The sample's files, as a report reads them."""

    as_of, workspace = samples.AS_OF, Workspace()

    def __init__(self, files) -> None:
        self.con = ibis.duckdb.connect()
        self.files = {kind: self.con.read_parquet(str(files[kind]), table_name=kind) for kind in ("surveys", "launches", "goals")}

    def has(self, kind):
        return kind in self.files

    def table(self, kind):
        return self.files[kind]

    def read(self, what, *, name=""):
        return self.con.to_pyarrow(self.files[what] if isinstance(what, str) else what).to_pandas()


def report(sample, file=None):
    return surveys.report(Desk(sample), surveys.define(read_yaml(file) if file else {}))


@pytest.fixture(scope="module")
def asked(sample, pytestconfig):
    return report(sample, pytestconfig.rootpath / "params/surveys.yaml")


@pytest.fixture(scope="module")
def unasked(sample):
    """The report where no questionnaire says what was asked."""
    return report(sample)


@pytest.fixture(params=["asked", "unasked"])
def found(request):
    return request.getfixturevalue(request.param)


def step(found, question, group):
    rows = found.shifts[(found.shifts["question"] == question) & (found.shifts["group"] == group)]
    assert len(rows) == 1, found.shifts[["question", "group", "wave"]]
    return rows.iloc[0]


def test_the_outage_is_found(found):
    """NPS of enterprise fell in the wave of October 2025, by more than 40 points, beside the outage; the others did not."""
    fell = step(found, "nps", "enterprise")
    assert (fell["wave"], fell["once"]) == ("Oct 2025", True)
    assert fell["change_upper"] < -40
    assert fell["rest_lower"] > -15
    assert fell["beside"][0][0] == "Sync outage on iOS"
    assert "NPS of enterprise fell by" in found.findings()[0].headline


def test_the_launch_is_found(found):
    """Effort eased from July 2025 on, for everybody, beside Guided onboarding."""
    rose = step(found, "ces", "")
    assert rose["start"] == pd.Timestamp(2025, 7, 1)
    assert rose["change_lower"] > 0.3
    assert rose["beside"][0][0] == "Guided onboarding"


def test_the_price_change_is_found(found):
    """NPS of the team plan is lower since the wave of April 2025, beside the price change; that of the other plans is not."""
    fell = step(found, "nps", "team")
    assert fell["wave"] == "Apr 2025"
    assert fell["change_upper"] < 0
    assert abs(fell["rest"]) < 6
    assert fell["beside"][0][0] == "Team plan price change"


def test_nothing_else_is_found(found):
    """What was not planted is not told: three steps and no more."""
    assert len(found.shifts) == 3


def test_the_product_survey_is_read(found):
    """Guest access is a must-be, finding things the largest opportunity, search the worst area; the same without a questionnaire."""
    assert found.kano.loc[found.kano["category"] == "M", "title"].tolist() == ["Guest access"]
    assert found.opportunities["title"].iloc[0].startswith("Find")
    tools = found.choices[found.choices["question"] == "tools_used"]
    assert tools["answer"].iloc[0] == "Slack"


def test_who_is_missing_is_found(asked):
    """Of those invited to the product survey enterprise answered half as often as the others, and the report names it."""
    assert asked.missing.loc[asked.missing["is_missing"], ["question", "group"]].to_numpy().tolist() == [["areas", "enterprise"]]
    assert asked.items["item"].iloc[0] == "Search"


def test_the_product_survey_is_one_fortnight(ask):
    """Its answers come from 15 to 26 September 2025, at most one a question from each respondent, each pair whole."""
    own = "question LIKE 'kano%' OR question LIKE 'job%' OR question LIKE 'area%' OR question IN ('tools_used', 'improve')"
    first, last, questions = ask(
        f"SELECT min(answered_at)::date, max(answered_at)::date, count(DISTINCT question) FROM surveys WHERE {own}"
    )[0]
    assert (first, questions) == (date(2025, 9, 15), 30)
    assert last <= date(2025, 9, 27)  # an evening across the ocean is the next day in Berlin
    assert ask(f"SELECT count(*) FROM surveys WHERE {own} GROUP BY respondent_id, question HAVING count(*) > 1") == []


def test_a_respondents_plan_is_the_one_at_the_time(ask):
    """The plan beside an answer is that of a subscription that ran then, among those of the respondent's account."""
    assert ask("SELECT count(*) FROM surveys WHERE plan IS NULL OR plan NOT IN ('free', 'team', 'business')") == [(0,)]
    accounts = "SELECT DISTINCT user_id, account_id FROM events"
    wrong = ask(f"""SELECT count(*) FROM surveys s JOIN ({accounts}) e ON s.respondent_id = e.user_id WHERE NOT EXISTS (
        SELECT 1 FROM accounts a WHERE a.account_id = e.account_id AND a.plan = s.plan AND a.started_at <= s.answered_at
        AND (a.ended_at IS NULL OR s.answered_at < a.ended_at + INTERVAL 4 DAY))""")
    assert wrong == [(0,)]
