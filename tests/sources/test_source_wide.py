"""A wide file's columns become rows: each question of a survey, each measure of an experiment, blanks left out."""

from pathlib import Path

import pytest
from source_project import Project, rows, stamp

from prodops.errors import InputError, WorkspaceError

FORM = "When,Recommend us?,Which tools?,country\n2025-01-02,9,a;b,DE\n2025-01-03,,c,FR\n2025-01-04,7,,US\nsoon,3,c,FR\n"


def test_each_question_becomes_a_row(tmp_path: Path) -> None:
    """Numbers go to the score, words to the answer; a blank is no answer; people without a name are told apart by row."""
    project = Project(tmp_path)
    desk = project.desk(
        project.file("form.csv", FORM),
        "surveys",
        columns={"answered_at": "When", "land": "country"},
        unpivot={"nps": "Recommend us?", "tools": "Which tools?"},
        redact=False,
        max_bad_share=0.5,
    )
    assert sorted(rows(desk, "respondent_id", "question", "score", "answer", "land", kind="surveys")) == [
        ("row 1", "nps", 9.0, None, "DE"),
        ("row 1", "tools", None, "a;b", "DE"),
        ("row 2", "tools", None, "c", "FR"),
        ("row 3", "nps", 7.0, None, "US"),
    ]
    assert (stamp(desk).rows_read, stamp(desk).rows_set_aside) == (6, 2)
    assert [row[:3] for row in project.aside(desk)] == [["5", "answered_at", "soon"], ["6", "answered_at", "soon"]]
    assert "4 rows of the file became 6, one for each question with an answer; rows are numbered by these" in stamp(desk).notes


def test_columns_of_a_pattern_keep_their_names(tmp_path: Path) -> None:
    """A star stands for any characters; every column that fits becomes rows under its own name."""
    project = Project(tmp_path)
    file = project.file("x.tsv", "userid\tversion\trounds\tret_1\tret_7\n1\tg30\t3\t1\t0\n2\tg40\tNA\t1\t1\n")
    constants = {"experiment": "gates", "assigned_at": "2017-01-01"}
    desk = project.desk(file, "experiments", constants=constants, unpivot=["ret_*", "rounds"], redact=False)
    assert sorted(rows(desk, "user_id", "variant", "measure", "value", kind="experiments")) == [
        ("1", "g30", "ret_1", 1.0),
        ("1", "g30", "ret_7", 0.0),
        ("1", "g30", "rounds", 3.0),
        ("2", "g40", "ret_1", 1.0),
        ("2", "g40", "ret_7", 1.0),
    ]


def test_files_of_several_years_may_ask_other_questions(tmp_path: Path) -> None:
    """Of several files each gives the questions that it has; the missing one is noted."""
    project = Project(tmp_path)
    project.file("2024.csv", "respondent_id,answered_at,NPS\na,2024-05-01,9\n")
    project.file("2025.csv", "respondent_id,answered_at,NPS,CSAT\na,2025-05-01,8,4\n")
    desk = project.desk("20*.csv", "surveys", unpivot={"nps": "NPS", "csat": "CSAT"})
    assert sorted(rows(desk, "question", "score", kind="surveys")) == [("csat", 4.0), ("nps", 8.0), ("nps", 9.0)]
    assert '2024.csv has no column "CSAT"' in stamp(desk).notes


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"unpivot": ["Recomend us?"]}, r'unpivot names a column "Recomend us\?", which is not there. Did you mean "Recommend us\?"\?'),
        ({"unpivot": ["Q*"]}, r'unpivot names a column "Q\*", which is not there'),
    ],
)
def test_a_column_that_is_not_there_is_named(settings: dict[str, object], said: str, tmp_path: Path) -> None:
    """A misspelt column is refused with the near miss."""
    project = Project(tmp_path)
    with pytest.raises(InputError, match=said):
        project.desk(project.file("form.csv", FORM), "surveys", columns={"answered_at": "When"}, **settings)


def test_only_long_tables_are_unpivoted(tmp_path: Path) -> None:
    """A table that has no questions or measures refuses, and says which have."""
    project = Project(tmp_path)
    with pytest.raises(InputError, match="unpivot is for surveys and experiments; feedback has a row for each created_at already"):
        project.csv("created_at,text\n2025-01-01,fine\n", unpivot=["text"])


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"source": "duckdb://x.duckdb", "table": "t", "unpivot": ["a"]}, "in a database write the columns as rows in sql"),
        ({"source": "x.csv", "unpivot": {"q": "Q*"}}, '"q" stands for several columns; list them without a name of their own'),
    ],
)
def test_settings_that_make_no_sense_are_refused(table: dict[str, object], said: str, tmp_path: Path) -> None:
    """What no file could be read by is refused as the workspace is read."""
    with pytest.raises(WorkspaceError, match=said):
        Project(tmp_path).workspace({"surveys": table})
