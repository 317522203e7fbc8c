"""The table of what matters to whom is read strictly, and its first line that fits counts."""

import pytest

from prodops import digest
from prodops.errors import DefinitionError


def test_the_first_line_that_fits_counts() -> None:
    """A report's findings by their names, then the rest of it; what no line fits counts nothing."""
    book = digest.define({"audiences": {"sales": {"kpi_review/kpi.mrr*": 1.5, "kpi_review": 0.5, "feedback_*": 0.8}}})
    weights = {
        ("kpi_review", "kpi.mrr.move"): 1.5,
        ("kpi_review", "kpi.nps.move"): 0.5,
        ("feedback_by_segment", "theme.x.change"): 0.8,
        ("whatif", "scenario.mrr"): 0,
    }
    assert {key: book.weight("sales", *key) for key in weights} == weights
    assert book.weight("sales", "kpi_review") == 1.5
    assert book.weight("sales", "whatif") == 0


def test_without_a_table_everything_matters_alike() -> None:
    """No file, or an audience that it does not name: each finding counts once."""
    assert digest.define({}).weight("exec", "anything", "at.all") == 1
    assert digest.define({"audiences": {"sales": {"*": 2}}}).weight("exec", "anything", "at.all") == 1


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"audience": {}}, 'digest.yaml: unknown key "audience". Did you mean "audiences"?'),
        ({"audiences": {"suport": {"*": 1}}}, 'there is no audience "suport". Did you mean "support"?'),
        ({"audiences": {"exec": {}}}, "exec: name what matters to them"),
        ({"audiences": {"exec": {"kpi_review": "much"}}}, "audiences.exec.kpi_review: Input should be a valid number"),
        ({"audiences": {"exec": {"kpi_review": -1}}}, "greater than or equal to 0"),
        ({"items": 0}, "items: Input should be greater than or equal to 1"),
    ],
)
def test_what_cannot_be_used_is_refused_in_one_line(given: dict[str, object], said: str) -> None:
    """The file, the key, the value and the near miss."""
    with pytest.raises(DefinitionError) as refused:
        digest.define(given, file="digest.yaml")
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)
