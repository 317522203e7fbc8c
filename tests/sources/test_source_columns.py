"""A source's columns become ours: by the workspace's mapping, by name, or by a near name that the report mentions."""

import pytest
from source_project import Project, csv_of, rows, stamp

from prodops.errors import InputError, WorkspaceError

REVIEWS = csv_of(
    [
        ["Review ID", "Created-At", "title", "content", "Stars", "Customer Tier", "Zip", "Seats", "Empty"],
        ["1", "2026-03-01", "Great", "Loved it", "5", "gold", "01067", "3", ""],
        ["2", "2026-03-02", "", "Only text", "4", "NA", "80331", "12.5", ""],
    ]
)
MAPPING = {
    "text": ["title", "content"],
    "tier": "Customer Tier",
    "both": ["Zip", "Customer Tier"],
    "zip": "Zip",
    "seats": "Seats",
    "empty": "Empty",
}


def test_columns_are_joined_renamed_and_typed(project: Project) -> None:
    """Several columns make one text, a line each, or one name, with a blank between; a dimension is a number only where all its values are plain numbers."""
    desk = project.csv(REVIEWS, columns=MAPPING)
    assert rows(desk, "id", "text", "rating", "tier", "zip", "seats", "empty", "both") == [
        ("1", "Great\nLoved it", 5.0, "gold", "01067", 3.0, None, "01067 gold"),
        ("2", "Only text", 4.0, "NA", "80331", 12.5, None, "80331 NA"),
    ]
    assert dict(stamp(desk).columns) | {"zip": "string", "seats": "float64", "tier": "string"} == dict(stamp(desk).columns)
    assert stamp(desk).notes == (
        'the column id is read from "Review ID"',
        'the column created_at is read from "Created-At"',
        'the column rating is read from "Stars"',
    )


def test_constants_stand_in_every_row(project: Project) -> None:
    """A constant is one value for all rows, typed by the contract; it also stands for a required column."""
    desk = project.csv("text\na\nb\n", constants={"created_at": "2026-03-01", "channel": "NO", "rating": 4, "wave": "007"})
    from datetime import datetime

    assert rows(desk, "text", "created_at", "channel", "rating", "wave") == [(t, datetime(2026, 3, 1), "NO", 4.0, "007") for t in "ab"]


def test_a_column_can_be_left_out(project: Project) -> None:
    """A column mapped to nothing is not read, though one of its name is there; where ids are not unique, the refusal says so."""
    repeated = csv_of([["id", "created_at", "text"], *([f"{n // 2}e5", f"2026-03-{n + 1:02d}", f"said {n}"] for n in range(8))])
    with pytest.raises(
        InputError, match=r"If id is not unique, as ids rounded by a spreadsheet are, leave it out: columns: \{id: \[\]\}\.$"
    ):
        project.csv(repeated)
    assert rows(project.csv(repeated, columns={"id": []}), "id")[:2] == [("row 1",), ("row 2",)]


def test_own_names_come_before_synonyms(project: Project) -> None:
    """A column of our name is taken though a synonym is there; a synonym that is taken stands for nothing else."""
    desk = project.csv("date,created_at,review,text,score,rating\nx,2026-03-01,not this,this,1,5\n")
    assert rows(desk, "text", "rating") == [("this", 5.0)]
    desk = project.csv("date,text,score\n2026-03-01,this,5\n", columns={"points": "score"})
    assert "rating" not in dict(stamp(desk).columns)
    events = project.desk(project.file("e.csv", "name,customerId,Timestamp,Region\nsigned_up,007,2026-03-01,DE\n"), "events")
    assert rows(events, "user_id", "event", "country", kind="events") == [("007", "signed_up", "DE")]


def test_a_dimension_has_one_type_over_all_files(project: Project) -> None:
    """A column that is a number in one file and text in another is text in both, written as it was."""
    project.file("a.csv", "created_at,text,code\n2026-03-01,a,7\n")
    project.file("b.csv", "created_at,text,code\n2026-03-02,b,x7\n")
    project.file("c.csv", "created_at,text,code\n2026-03-03,c,\n")
    assert rows(project.desk("?.csv", columns={"code": "code"}), "code") == [("7",), ("x7",), (None,)]
    assert rows(project.desk("[ac].csv", columns={"code": "code"}), "code") == [(7.0,), (None,)]


@pytest.mark.parametrize(
    ("header", "columns", "message"),
    [
        (
            "id,craeted_at,text",
            {},
            'r.csv: the column "created_at" is missing. Did you mean "craeted_at"? It has "id", "craeted_at", "text". '
            "Map it in the workspace: tables.feedback.columns.",
        ),
        (
            "F1,2026-03-01,so good",
            {},
            'r.csv: the column "created_at" is missing. the column "text" is missing. It has "F1", "2026-03-01", "so good". '
            "Does the file have a header line? feedback needs created_at, text.",
        ),
        (
            "date,text",
            {"product": "App"},
            'r.csv: the workspace maps feedback.product to a column "App", which is not there. It has "date", "text".',
        ),
        (
            "date,text",
            {"text": ["text", "txet"]},
            'r.csv: the workspace maps feedback.text to a column "txet", which is not there. Did you mean "text"? It has "date", "text".',
        ),
        ("date,text", {"Rating": "text"}, 'r.csv: the workspace names a column feedback.Rating. Did you mean "rating"?'),
        (
            ",".join(f"c{i}" for i in range(20)) + ",text",
            {},
            'r.csv: the column "created_at" is missing. It has "c0", "c1", "c2", "c3", "c4", "c5", "c6", "c7", '
            '"c8", "c9", "c10", "c11" and 9 more. Map it in the workspace: tables.feedback.columns.',
        ),
    ],
)
def test_what_is_missing_is_named(project: Project, header: str, columns: dict[str, object], message: str) -> None:
    """A missing column is refused with the near miss and what the file has instead."""
    with pytest.raises(InputError) as refused:
        project.desk(project.file("r.csv", header + "\n" + "1," * header.count(",") + "1\n"), columns=columns)
    assert str(refused.value) == message


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"columns": {"my plan": "plan"}},
            '"my plan" cannot be the name of a column of ours: use letters, digits and _, such as "plan_name"',
        ),
        ({"columns": {"_row": "plan"}}, '"_row" cannot be the name of a column of ours'),
        ({"columns": {"plan": "a", "Plan": "b"}}, "columns and constants name plan more than once"),
        ({"columns": {"plan": "a"}, "constants": {"plan": "b"}}, "columns and constants name plan more than once"),
    ],
)
def test_names_that_cannot_be_ours(project: Project, settings: dict[str, object], message: str) -> None:
    """A mapping to a name that could not be told apart, or that is the door's own, is refused as the workspace is read."""
    with pytest.raises(WorkspaceError) as refused:
        project.csv(REVIEWS, **settings)
    assert message in str(refused.value)
