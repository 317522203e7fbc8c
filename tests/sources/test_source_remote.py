"""Tables in a database are checked where they are, and no password or value of the environment ever shows."""

import json
import sqlite3
import sys
import traceback
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from source_project import Project, rows, stamp

from prodops.errors import InputError, ProdopsError, WorkspaceError
from prodops.sources.environment import Secrets, without_user

COLUMNS = "id VARCHAR, created_at TIMESTAMP, text VARCHAR, rating DOUBLE, revenue DOUBLE, seats INTEGER, plan VARCHAR"
ROWS: list[tuple[Any, ...]] = [
    ("1", datetime(2026, 3, 1, 10), "good", 5.0, 1.5, 3, "NA"),
    ("2", datetime(2026, 3, 2, 10), "fine", None, None, None, None),
    ("3", None, "when?", 3.0, 0.0, 1, "team"),
    ("4", datetime(2026, 3, 4), "", 3.0, 0.0, 1, "team"),
    ("5", datetime(2026, 3, 5), "much", 11.0, 0.0, 1, "team"),
    ("6", datetime(2026, 3, 6), "debt", 3.0, -2.0, 1, "team"),
    ("1", datetime(2026, 3, 1, 10), "good", 5.0, 1.5, 3, "NA"),
    ("2", datetime(2026, 3, 9), "other", None, None, None, None),
    ("9", datetime(2026, 3, 31), "late", 1.0, 1.0, 1, "free"),
]
MARKS = f"({', '.join('?' * 7)})"


def duckdb_file(project: Project) -> str:
    with duckdb.connect(project.home / "data.duckdb") as con:
        con.execute(f"CREATE TABLE reviews ({COLUMNS})")
        con.executemany(f"INSERT INTO reviews VALUES {MARKS}", ROWS)
        con.execute("CREATE SCHEMA other; CREATE TABLE other.reviews AS SELECT * FROM reviews LIMIT 2")
        con.execute(
            "CREATE TABLE zoned AS SELECT TIMESTAMPTZ '2026-07-01 10:00:00+00' AS created_at, 'a' AS text, 'x' AS rating, true AS ok"
        )
    return "duckdb://data.duckdb"


def sqlite_file(project: Project) -> str:
    con = sqlite3.connect(project.home / "data.sqlite")
    con.execute(f"CREATE TABLE reviews ({COLUMNS})")
    con.executemany(f"INSERT INTO reviews VALUES {MARKS}", [tuple(str(v) if isinstance(v, datetime) else v for v in row) for row in ROWS])
    con.commit()
    con.close()
    return "sqlite:///" + str(project.home / "data.sqlite").lstrip("/")


@pytest.mark.parametrize("make", [duckdb_file, sqlite_file])
def test_a_table_is_checked_in_its_database(project: Project, make: Callable[[Project], str]) -> None:
    """Types, ranges, empty values and repeated keys are found by the database itself; fit rows stay there and are cut at as_of."""
    settings: dict[str, Any] = {"table": "reviews", "max_bad_share": 0.7, "columns": {"plan": "plan", "seats": "seats"}}
    desk = project.desk(make(project), as_of=datetime(2026, 3, 20), **settings)
    columns = ("id", "created_at", "text", "rating", "revenue", "plan", "seats")
    assert rows(desk, *columns) == [
        ("1", datetime(2026, 3, 1, 10), "good", 5.0, 1.5, "NA", 3),
        ("2", datetime(2026, 3, 2, 10), "fine", None, None, None, None),
    ]
    assert sorted((column, reason) for _, column, _, reason in project.aside(desk)) == [
        ("created_at", "created_at is empty"),
        ("id", "a duplicate id with other values: a conflict"),
        ("id", "a duplicate: the same row again"),
        ("rating", "rating is out of range"),
        ("revenue", "revenue is negative"),
        ("text", "text is empty"),
    ]
    found = stamp(desk)
    assert (found.rows_read, found.rows_used, found.rows_set_aside, found.rows_after_as_of, found.sha256) == (9, 2, 6, 1, "")
    table = desk.table("feedback")
    assert desk.read(table.group_by("id").aggregate(n=table.count())).n.tolist() == [1, 1]


def test_a_query_a_schema_and_a_zone(project: Project) -> None:
    """SQL text or a table of another schema serves as well; times with a zone turn to the workspace's; without ids, rows get them."""
    url = duckdb_file(project)
    assert rows(project.desk(url, table="other.reviews"), "id") == [("1",), ("2",)]
    desk = project.desk(url, sql="SELECT created_at, text, ok FROM zoned", columns={"ok": "ok"})
    assert rows(desk, "id", "created_at", "text", "ok") == [("row 1", datetime(2026, 7, 1, 12), "a", "true")]
    assert stamp(desk).source == "duckdb://data.duckdb (query)"
    assert stamp(desk).notes == ("the table has no id: one is made from each row's number",)


def test_the_same_question_has_the_same_key_whatever_answers(project: Project) -> None:
    """A query's text and the hash of its result do not depend on the source: a file, DuckDB and SQLite agree."""
    text = "id,created_at,text\n1,2026-03-01 10:00,good\n2,2026-03-02 10:00,fine\n"
    found = []
    for source, settings in (
        (project.file("r.csv", text), {}),
        *(
            (make(project), {"sql": "SELECT DISTINCT id, created_at, text FROM reviews WHERE created_at < '2026-03-03'"})
            for make in (duckdb_file, sqlite_file)
        ),
    ):
        desk = project.desk(source, as_of=datetime(2026, 4, 1), **settings)
        desk.read(desk.table("feedback").select("text", "id", "created_at"))
        query, _ = desk.queries
        found.append((query.key, query.sha256))  # type: ignore[attr-defined]
    assert len(set(found)) == 1


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"table": "review"}, 'duckdb://data.duckdb review: there is no table "review". Did you mean "reviews"?'),
        (
            {"table": "zoned", "columns": {"text": "txt"}},
            'duckdb://data.duckdb zoned: the workspace maps feedback.text to a column "txt", which is not there.',
        ),
        (
            {"table": "zoned"},
            "feedback.rating is text in the database, and must be a number from 0 to 10: cast it in the workspace (sql: …).",
        ),
        (
            {"sql": "SELECT * FROM zoned WHERE"},
            "duckdb://data.duckdb (query): the database cannot be read: Parser Error: syntax error at end of input",
        ),
        ({"sql": "DROP TABLE zoned"}, "duckdb://data.duckdb (query): the database cannot be read: "),
        (
            {"sql": "SELECT created_at, text, 1/0 AS nothing FROM zoned WHERE error('boom') IS NULL"},
            "(query): the database cannot be read: ",
        ),
    ],
)
def test_what_a_database_refuses_is_one_line(project: Project, settings: dict[str, Any], message: str) -> None:
    """A missing table, a column of a wrong type and SQL that does not run are refused in one line."""
    with pytest.raises(InputError) as refused:
        project.desk(duckdb_file(project), **settings)
    assert message in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("duckdb://nowhere.duckdb", "duckdb://nowhere.duckdb t: there is no such file."),
        ("sqlite:///nowhere.db", "sqlite:///nowhere.db t: there is no such file."),
        ("duckdb://data.duckbd", 'duckdb://data.duckbd t: there is no such file. Did you mean "data.duckdb"?'),
        ("duckdb://broken.duckdb", "duckdb://broken.duckdb t: the database cannot be read: "),
        (
            "mysql://me:s3cret@db.example.com:3306/base",
            "mysql://db.example.com:3306/base t: the driver for mysql is not installed: pip install 'ibis-framework[mysql]'.",
        ),
        (
            "mssql://me:s3cret@db.example.com/base?sslpassword=s3cret",
            "mssql://db.example.com/base t: the driver for mssql is not installed",
        ),
        (
            "postgers://me:s3cret@db.example.com/base",
            'postgers://db.example.com/base t: there is no kind of database "postgers". Did you mean "postgres"?',
        ),
    ],
)
def test_databases_that_are_not_there(project: Project, source: str, message: str) -> None:
    """A file that is missing is not made; a driver that is missing is named; an unknown kind is refused with the near miss."""
    duckdb_file(project)
    project.file("broken.duckdb", "no database" * 999)
    before = sorted(project.home.iterdir())
    with pytest.raises(InputError) as refused:
        project.desk(source, table="t")
    assert message in str(refused.value)
    assert "s3cret" not in str(refused.value)
    assert set(project.home.iterdir()) <= {*before, project.home / "reports"}


@pytest.mark.parametrize(
    ("source", "modules", "extra"),
    [
        ("postgres://me:s3cret@127.0.0.1/base", ["psycopg"], "postgres"),
        ("postgresql://me:s3cret@127.0.0.1/base", ["psycopg"], "postgres"),
        ("pyspark://?spark.master=local[1]", ["pyspark", "pyspark.errors", "pyspark.sql"], "spark"),
    ],
)
def test_a_missing_extra_is_named(project: Project, monkeypatch: pytest.MonkeyPatch, source: str, modules: list[str], extra: str) -> None:
    """PostgreSQL and Spark without their drivers are refused in one line that says what to install."""
    for module in modules:
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(InputError) as refused:
        project.desk(source, "events", table="t")
    scheme = "pyspark" if extra == "spark" else "postgres"
    assert str(refused.value).endswith(f" t: the driver for {scheme} is not installed: pip install 'prodops[{extra}]'.")
    assert "s3cret" not in str(refused.value)


# -------------------------------------------------------------------------------------------------------------- secrets
def everything_said(project: Project, act: Callable[[], Any]) -> str:
    """Give all that could show a secret: errors with their tracebacks, stamps, and every file that was written."""
    try:
        desk = act()
        said = json.dumps([s.to_dict() for s in desk.tables]) + desk.tables._repr_mimebundle_()["text/plain"]
        desk.read("feedback")
        said += json.dumps([s.to_dict() for s in desk.queries])
    except ProdopsError as fault:
        said = "".join(traceback.format_exception_only(fault)) + str(fault.__cause__) + str(fault.__suppress_context__)
    files = [p for p in project.store.rglob("*") if p.is_file()]
    return said + "".join(p.read_bytes().decode("latin-1") + p.name for p in files)


SECRET = "hunter2 p@ss/w%rd"


@pytest.mark.parametrize(
    ("source", "settings"),
    [
        ("duckdb://${FOLDER}/data.duckdb", {"table": "reviews", "max_bad_share": 1}),
        ("duckdb://${FOLDER}/data.duckdb", {"table": "review"}),
        (
            "duckdb://data.duckdb",
            {"sql": "SELECT created_at, text, '${PASSWORD}' AS product FROM reviews WHERE '${PASSWORD}' <> '' AND id = '1'"},
        ),
        ("duckdb://data.duckdb", {"sql": "SELECT * FROM nothing WHERE x = '${PASSWORD}'"}),
        ("duckdb://${FOLDER}/nowhere.duckdb?password=${PASSWORD}", {"table": "t"}),
        ("mysql://me:${PASSWORD}@host/base", {"table": "t"}),
        ("nosql://me:${PASSWORD}@host/base", {"table": "t"}),
        ("${FOLDER}/reviews.csv", {}),
        ("${FOLDER}/review.csv", {}),
        ("${FILE}", {}),
        ("${FOLDER}/*.csv", {}),
        ("${FOLDER}/b*.csv", {}),
    ],
)
def test_values_of_the_environment_never_show(
    project: Project, monkeypatch: pytest.MonkeyPatch, source: str, settings: dict[str, Any]
) -> None:
    """Whatever goes well or wrong, no value taken from the environment is in an error, a stamp or a file, but for rows that hold it."""
    folder = project.home / "hidden-place"
    folder.mkdir()
    duckdb_file(project)
    (project.home / "data.duckdb").rename(folder / "data.duckdb")
    duckdb_file(project)
    for name in ("reviews.csv", "bad.csv", "secret-name.csv"):
        (folder / name).write_text("created_at,text\n2026-03-01,a\n" if name != "bad.csv" else "created,txt\n1,2\n")
    monkeypatch.setenv("FOLDER", str(folder))
    monkeypatch.setenv("FILE", str(folder / "secret-name.csv"))
    monkeypatch.setenv("PASSWORD", SECRET.replace("'", ""))
    said = everything_said(project, lambda: project.desk(source, **settings))
    if "AS product" in settings.get("sql", ""):
        assert SECRET in said  # a value that the query itself puts into a row is data
        said = said.replace(SECRET, "")
    for hidden in ("hunter2", "hidden-place", "secret-name"):
        assert hidden not in said


def test_an_unset_variable_is_named(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable that is not set is named with the near miss, never with a value."""
    monkeypatch.setenv("PGPASSWORD", "s3cret")
    for source, settings in (("postgres://me:${PGPASSWROD}@host/base", {"table": "t"}), ("${PGPASSWROD}/r.csv", {})):
        with pytest.raises(InputError) as refused:
            project.desk(source, **settings)
        assert str(refused.value) == 'the workspace names the environment variable PGPASSWROD, which is not set. Did you mean "PGPASSWORD"?'


def test_a_whole_url_may_come_from_the_environment(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable alone, with a table or query, is a database URL: its parts are hidden too; one that holds no URL is said not to."""
    monkeypatch.setenv("DATABASE_URL", duckdb_file(project) + "?key=hunter2")
    desk = project.desk("${DATABASE_URL}", table="other.reviews")
    assert (len(desk.read("feedback")), stamp(desk).source) == (2, "${DATABASE_URL} other.reviews")
    with pytest.raises(InputError) as refused:
        project.desk("${DATABASE_URL}", sql="SELECT hunter2")
    assert str(refused.value).startswith("${DATABASE_URL} (query): the database cannot be read: ")
    assert "hunter2" not in str(refused.value)
    monkeypatch.setenv("DATABASE_URL", "nowhere")
    with pytest.raises(
        InputError, match=r"^\$\{DATABASE_URL\} t: its value is no database URL; expected one such as postgres://user@host/base\.$"
    ):
        project.desk("${DATABASE_URL}", table="t")


def test_a_workspace_s_own_faults_do_not_show_a_password(project: Project) -> None:
    """A URL with a password in it, where the workspace itself is refused."""
    url = "postgres://me:s3cret@host/base"
    for table in ({"source": url}, {"source": [url]}, {"source": url, "tabel": "t"}, {"source": "x.csv", "sql": 5, "delimiter": url}, url):
        with pytest.raises(WorkspaceError) as refused:
            project.workspace({"feedback": table})
        assert "s3cret" not in str(refused.value)
    with pytest.raises(WorkspaceError) as refused:
        project.workspace({"feedback": "a.csv"}).with_sources({"feedback": url})
    assert str(refused.value) == "the source given: a database URL needs a table or a sql text beside it."


def test_secrets_are_hidden_however_they_are_written() -> None:
    """A password is hidden as it stands, percent-encoded and decoded; the longest first, so that no part is left."""
    secrets = Secrets()
    for url in ("postgres://me:p%40ss%2Fword@host/base?token=t0ken", "postgres://me:odd@pass/word@host/base", "duckdb://no.file"):
        secrets.learn_url(url)
    said = secrets.hide("p%40ss%2Fword and p@ss/word, t0ken; odd@pass/word odd%40pass%2Fword")
    assert said == "*** and ***, ***; *** ***"
    secrets.learn("pass")
    secrets.learn("passphrase")
    assert secrets.hide("passphrase") == "***"
    assert without_user("postgres://me:odd@pass/word@host/base?token=t0ken") == "postgres://host/base"


def test_files_and_databases_can_be_joined(project: Project) -> None:
    """A query over two engines is answered here, with what the database gives of its own part."""
    project.workspace(
        {
            "feedback": {"source": duckdb_file(project), "table": "other.reviews"},
            "events": project.file("e.csv", "user_id,event,occurred_at\n1,a,2026-01-01\n"),
        }
    )
    desk = project.connect("feedback", "events")
    assert [len(desk.read(kind)) for kind in ("feedback", "events")] == [2, 1]
    feedback, events = desk.table("feedback"), desk.table("events")
    found = desk.read(feedback.cross_join(events).select("id", "user_id").order_by("id"))
    assert (len(found), set(found["user_id"])) == (2, set(desk.read("events")["user_id"]))


def test_only_the_named_variables_are_read(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing else of the environment is looked at when a table is opened, but for what the libraries ask for themselves."""
    import os

    read: list[str] = []

    class Watched(dict[str, str]):
        def __getitem__(self, name: str) -> str:
            read.append(name)
            return super().__getitem__(name)

        def get(self, name: str, default: Any = None) -> Any:
            read.append(name)
            return super().get(name, default)

    project.desk(project.file("r.csv", "created_at,text\n2026-03-01,a\n"))  # imports done
    monkeypatch.setenv("FOLDER", str(Path(project.home)))
    monkeypatch.setattr(os, "environ", Watched(os.environ))
    project.file("s.csv", "created_at,text\n2026-03-02,a\n")
    project.desk("${FOLDER}/s.csv").read("feedback")
    assert {name for name in read if isinstance(name, str)} == {"FOLDER", "PYARROW_IGNORE_TIMEZONE"}


def test_a_secret_is_given_by_reference_and_shows_as_asterisks(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a notebook ``token = secret(token)`` works with the reference and with the secret itself; anything else is not repeated."""
    from pydantic import SecretStr

    from prodops.sources.environment import secret

    monkeypatch.setenv("API_TOKEN", "hunter2")
    made = secret("${API_TOKEN}")
    assert (made.get_secret_value(), str(made), repr(made)) == ("hunter2", "**********", "SecretStr('**********')")
    assert secret(made) is made
    assert secret(SecretStr("${API_TOKEN}")) == made
    with pytest.raises(
        InputError, match=r'^the notebook names the environment variable API_TOKNE, which is not set\. Did you mean "API_TOKEN"\?$'
    ):
        secret("${API_TOKNE}")
    with pytest.raises(InputError) as refused:
        secret("hunter2")
    assert "hunter2" not in str(refused.value)
