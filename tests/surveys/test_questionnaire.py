"""The questionnaire: what a file may say, and one line for what it may not."""

import pytest

from prodops import surveys
from prodops.errors import DefinitionError
from prodops.plainyaml import read_yaml
from prodops.surveys.asked import Question
from prodops.surveys.questionnaire import LEAST_GROUP
from prodops.surveys.small_groups import LEAST_GROUP as KEPT_BACK


def test_the_samples_questionnaire_is_read(pytestconfig: pytest.Config) -> None:
    """The file that comes with prodops names each of its 34 questions of the table once, and its margins add up to 1."""
    asked = surveys.define(read_yaml(pytestconfig.rootpath / "params/surveys.yaml"))
    assert len(asked.names()) == 34
    assert {q.kind for q in asked.questions.values()} == {"nps", "csat", "ces", "pmf", "kano", "opportunity", "matrix", "multi", "text"}
    assert [round(sum(shares.values()), 9) for shares in asked.margins.values()] == [1, 1]
    assert asked.least == LEAST_GROUP == KEPT_BACK == 5


def test_a_question_reads_its_answers() -> None:
    """Names in the table, scale and top boxes, what counts as no answer: as given, else as its kind usually has them."""
    asked = surveys.define(
        {
            "questions": {
                "q1": "nps",
                "q2": {"kind": "csat", "question": ["SAT", "SATISFACTION"], "scale": [0, 10], "top": 3, "no_answer": [11, "don't know"]},
                "q3": {"kind": "matrix", "items": ["Speed", "Price"]},
            }
        }
    )
    assert asked.names() == {
        "q1": ("q1", ""),
        "SAT": ("q2", ""),
        "SATISFACTION": ("q2", ""),
        "Speed": ("q3", "Speed"),
        "Price": ("q3", "Price"),
    }
    assert [q.top_words() for q in asked.questions.values()][1:] == ["8 or 9 or 10 on 0–10", "4 or 5 on 1–5"]
    assert asked.questions["q2"].no_answer == ("11", "don't know")


def test_no_file_is_no_questions() -> None:
    """An empty mapping, as of a file that is not there, is a questionnaire that the table is to fill."""
    assert len(surveys.define({})) == 0


@pytest.mark.parametrize(
    ("mapping", "said"),
    [
        ({"question": {}}, 's.yaml: there is no key "question". Did you mean "questions"?'),
        ({"questions": {"a": {"kind": "npz"}}}, 's.yaml, question "a", key "kind": there is no kind "npz". Did you mean "nps"?'),
        ({"questions": {"a": {"title": "x"}}}, 's.yaml, question "a": the key "kind" is missing'),
        (
            {"questions": {"a": {"kind": "csat", "scal": [1, 5]}}},
            's.yaml, question "a", key "scal": there is no such key. Did you mean "scale"?',
        ),
        (
            {"questions": {"a": {"kind": "csat", "scale": [5, 1]}}},
            "a scale goes from its lowest answer to its highest, such as [1, 5] (found [5, 1])",
        ),
        ({"questions": {"a": {"kind": "csat", "top": 5}}}, 's.yaml, question "a": top is 5, but the scale has only 5 answers'),
        ({"questions": {"a": {"kind": "kano", "functional": "f"}}}, "names the two questions of its pair; dysfunctional is missing"),
        ({"questions": {"a": {"kind": "nps", "items": ["x"]}}}, 's.yaml, question "a", key "items": a question of kind nps has none'),
        ({"questions": {"a": "nps", "b": {"kind": "csat", "question": "a"}}}, 's.yaml, question "b": "a" is read as "a" already'),
        ({"questions": ["nps"]}, 's.yaml, key "questions": expected name: {kind: …} for each'),
        ({"waves": {"x": {"from": "2025-02-01", "to": "2025-01-01"}}}, "a wave ends on or after its first day"),
        ({"waves": "weekly"}, 's.yaml, key "waves"'),
        ({"weighting": {"plan": {"free": 0.9, "pro": 0.3}}}, "the shares of plan add up to 1.20, not to 1"),
        ({"least_group": 0}, 's.yaml, key "least_group"'),
        ({"questions": {"a": {"kind": "nps", "invited": {"waves": {"May": -3}}}}}, 's.yaml, question "a", key "invited.waves.May"'),
    ],
)
def test_a_mistake_is_one_line(mapping: dict[str, object], said: str) -> None:
    """File, question, key, value and near miss, in one line."""
    with pytest.raises(DefinitionError) as fault:
        surveys.define(mapping, file="s.yaml")
    assert said in str(fault.value)
    assert "\n" not in str(fault.value)


def test_invitations_come_as_a_number_or_by_wave_and_group() -> None:
    """A number is the latest wave's; other keys than total and waves are columns."""
    plain = Question.model_validate({"kind": "nps", "invited": 900}).invited
    full = Question.model_validate({"kind": "nps", "invited": {"waves": {"May": 9}, "segment": {"big": 4}}}).invited
    assert plain
    assert full
    assert (plain.total, full.waves, full.groups) == (900, {"May": 9}, {"segment": {"big": 4}})
