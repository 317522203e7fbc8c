"""A project whose tables lie in PostgreSQL: the same pages as from files, made again without the server; engines beside each other."""

import json
import re
import shutil
import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import ibis
import pandas as pd
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result
from pandas.testing import assert_frame_equal

from prodops import kpis, samples
from prodops.cli import main
from prodops.errors import DefinitionError, InputError
from prodops.sources import Context, Desk, connect
from prodops.workspace import last_periods, read_yaml

AS_OF = "2025-11-03"
KINDS = ("events", "accounts", "launches")
PARAMS = Path(__file__).parents[2] / "params"


def run(home: Path, command: str, *arguments: str) -> Result:
    return CliRunner().invoke(main, [command, *arguments, "--workspace", str(home / "params" / "workspace.yaml")])


def project(home: Path, tables: dict[str, Any]) -> Path:
    (home / "params").mkdir(parents=True)
    shutil.copy(PARAMS / "kpis.yaml", home / "params")
    (home / "params" / "workspace.yaml").write_text(json.dumps({"time_zone": "Europe/Berlin", "tables": tables}))
    return home


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    made = samples.write(tmp_path_factory.mktemp("sample"), users=300, events=12_000, feedback=200)
    return {kind: made[kind] for kind in KINDS}


def load(url: str, files: dict[str, Path], schema: str = "public") -> dict[str, dict[str, str]]:
    """Copy files into the server; gives the tables as a workspace names them."""
    con = ibis.connect(url)
    for kind, file in files.items():
        con.create_table(kind, pq.read_table(file), database=schema)
    con.raw_sql("ANALYZE").close()
    con.disconnect()
    return {kind: {"source": url, "table": f"{schema}.{kind}"} for kind in files}


def opened(home: Path, *kinds: str) -> Desk:
    as_of = datetime.fromisoformat(AS_OF)
    return connect(*kinds, context=Context(home / "params" / "workspace.yaml", home / "store", as_of=as_of, as_of_given=True))


def issued(home: Path, report: str) -> tuple[Path, list[tuple[str, str]]]:
    """Run a report; gives its page and what its findings say."""
    result = run(home, "run", report, "--as-of", AS_OF)
    assert result.exit_code == 0, result.output
    page = Path(result.stdout.strip())
    return page, [(f["name"], f["sentence"]) for f in json.loads(page.with_name("record.json").read_text())["findings"]]


@pytest.mark.slow
def test_pages_are_the_same_and_outlive_the_server(serving: Any, files: dict[str, Path], tmp_path: Path) -> None:
    """From PostgreSQL alone, or events there and the rest in files: the findings are those of files, and verify when the server is gone."""
    at_home: dict[str, Any] = {kind: str(file) for kind, file in files.items()}
    reports = ("kpi_review", "engagement")
    with serving() as url:
        remote = load(url, files)
        homes = [project(tmp_path / "remote", remote), project(tmp_path / "mixed", at_home | {"events": remote["events"]})]
        pages = [(home, report, *issued(home, report)) for home in homes for report in reports]
    ours = {report: issued(project(tmp_path / report, at_home), report)[1] for report in reports}
    for home, report, page, found in pages:
        assert len(found) >= 3
        assert found == ours[report]
        verified = run(home, "verify", str(page))
        assert verified.stdout.startswith("Identical"), verified.output


def test_times_of_any_precision_are_typed_by_the_contract(postgres_url: str, tmp_path: Path) -> None:
    """Days, whole seconds and instants with a zone: each is wall-clock time of the workspace's zone behind the door, and can be followed."""
    selects = {
        "days": "SELECT 'u' AS user_id, 'open' AS event, DATE '2025-10-27' AS occurred_at",
        "seconds": "SELECT 'u' AS user_id, 'open' AS event, TIMESTAMP(0) '2025-10-27 00:00:00' AS occurred_at",
        "zoned": "SELECT 'u' AS user_id, 'open' AS event, TIMESTAMPTZ '2025-10-26 23:00:00+00' AS occurred_at",
    }
    for name, sql in selects.items():
        home = project(tmp_path / name, {"events": {"source": postgres_url.replace("postgres:", "postgresql:"), "sql": sql}})
        assert new_by_week(opened(home, "events")) == [0, 1], name


def new_by_week(desk: Desk) -> list[int]:
    return [int(n) for n in kpis.lifecycle(desk.table("events"), kpis.LifecycleSpec(periods=2), desk=desk)["new"]]


# ------------------------------------------------------------------------------------------------------- several engines
def in_two_engines(home: Path, files: dict[str, Path], elsewhere: dict[str, Any]) -> tuple[Desk, tuple[Any, pd.DataFrame, pd.DataFrame]]:
    """Open files but for what lies elsewhere; gives the desk, a question over two tables with its answer, and KPIs over both."""
    tables: dict[str, Any] = {kind: str(files[kind]) for kind in KINDS}
    desk = opened(project(home, tables | elsewhere), "events", "accounts")
    book = kpis.define(read_yaml(PARAMS / "kpis.yaml"))
    weeks = last_periods(desk.as_of, "week", 4, "monday")
    both = desk.table("events").join(desk.table("accounts"), "account_id").group_by("plan_right").agg(n=ibis._.count())
    return desk, (both, desk.read(both.order_by("plan_right"), name="both"), kpis.compute(desk, book, grain="week", periods=weeks))


def test_events_and_accounts_may_lie_in_two_engines(
    postgres_url: str, files: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Events in PostgreSQL and accounts in a file: questions over both read as over two files; too many rows to fetch are refused."""
    con = ibis.connect(postgres_url)
    con.create_database("mixed")
    con.disconnect()
    _, ours = in_two_engines(tmp_path / "files", files, {})
    desk, found = in_two_engines(tmp_path / "mixed", files, load(postgres_url, {"events": files["events"]}, "mixed"))
    assert_frame_equal(found[1], ours[1])
    assert_frame_equal(found[2], ours[2], rtol=1e-9)
    monkeypatch.setattr("prodops.sources.answering.MOST_ROWS", 100)
    with pytest.raises(InputError, match=r'^both: .* "postgres" would have to give more than 100 rows; keep its rows in a file') as refused:
        desk.read(found[0], name="both")
    assert "\n" not in str(refused.value)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # pyspark and Ibis warn of pandas 3, each in their own way
def test_spark_may_hold_some_of_the_tables(spark_session: Any, files: dict[str, Path], tmp_path: Path) -> None:
    """By a URL, with SQL over a file of its own; its instants turn to the workspace's zone, times without one stand; what is wrong is named.

    A near miss is found among values that come once each.
    """

    def events(sql: str, **more: str) -> dict[str, Any]:
        return {"events": {"source": "pyspark://?spark.sql.shuffle.partitions=1", "sql": sql, **more}}

    _, ours = in_two_engines(tmp_path / "files", files, {})
    desk, found = in_two_engines(tmp_path / "mixed", files, events(f"SELECT * FROM parquet.`{files['events']}`"))
    assert_frame_equal(found[1], ours[1])
    assert_frame_equal(found[2], ours[2], rtol=1e-9)
    with pytest.raises(InputError, match=r'"session_startd"\. Did you mean "session_started"\?'):
        kpis.engagement(desk, returning="session_startd")
    assert [q.rows for q in desk.queries if getattr(q, "name", "") == "events"] == [desk.table("events").event.nunique().execute()]  # type: ignore[attr-defined]
    for name, time in {"zoned": "TIMESTAMP '2025-10-26 23:00:00Z'", "plain": "TIMESTAMP_NTZ '2025-10-27 00:00:00'"}.items():
        home = project(tmp_path / name, events(f"SELECT 'u' AS user_id, 'open' AS event, {time} AS occurred_at"))
        assert new_by_week(opened(home, "events")) == [0, 1], name
    home = project(tmp_path / "text", events("SELECT 'u' AS user_id, 'open' AS event, '2025-10-27' AS occurred_at"))
    with pytest.raises(InputError, match=r"^events\.occurred_at is text in the database, and must be a date or time: cast it"):
        opened(home, "events")
    home = project(tmp_path / "gone", {"events": {"source": "pyspark://", "table": "gone"}})
    with pytest.raises(InputError, match=r'^pyspark:// gone: there is no table "gone"\.'):
        opened(home, "events")


# --------------------------------------------------------------------------------------------------- what cannot be done
BAD = {
    "no_table": ({"table": "faulty.event"}, 'faulty.event: there is no table "event". Did you mean "events"?'),
    "no_schema": ({"table": "fautly.events"}, 'fautly.events: there is no schema "fautly". Did you mean "faulty"?'),
    "elsewhere": ({"table": "fault_lines"}, 'there is no table "fault_lines". One in another schema is named as SCHEMA.TABLE.'),
    "no_column": ({"table": "faulty.near"}, 'the column "user_id" is missing. Did you mean "user_idd"?'),
    "mapped": (
        {"table": "faulty.events", "columns": {"platform": "platfrom"}},
        'maps events.platform to a column "platfrom", which is not there. Did you mean "platform"?',
    ),
    "text_time": ({"table": "faulty.texts"}, "events.occurred_at is text in the database, and must be a date or time: cast it"),
    "sql": (
        {"sql": "SELECT user_id, occured_at FROM faulty.events"},
        'the database cannot be read: column "occured_at" does not exist HINT',
    ),
    "late": ({"table": "faulty.broken"}, "faulty.broken: the database cannot be read: division by zero (DivisionByZero)."),
    "rights": ({"table": "faulty.events", "user": "reader"}, "the database cannot be read: permission denied for schema faulty (Insuff"),
    "base": ({"table": "t", "base": "nowhere"}, 'FATAL: database "nowhere" does not exist'),
    "closed": ({"table": "t", "port": "1"}, "postgres://127.0.0.1:1/postgres t: the database cannot be read: connection failed"),
}


@pytest.fixture(scope="module")
def faulty(postgres_url: str) -> str:
    """Make tables that cannot be used, in a schema of their own, a role that may not read them and one that needs a password."""
    con = ibis.connect(postgres_url)
    for sql in (
        "CREATE SCHEMA faulty",
        "CREATE TABLE faulty.events AS SELECT 'u' AS user_id, 'open' AS event, now()::timestamp AS occurred_at, 'ios' AS platform",
        "CREATE TABLE faulty.near AS SELECT user_id AS user_idd, event, occurred_at FROM faulty.events",
        "CREATE TABLE faulty.texts AS SELECT user_id, event, occurred_at::text AS occurred_at FROM faulty.events",
        "CREATE VIEW faulty.broken AS SELECT event, occurred_at, (1 / (length(user_id) - 1))::text AS user_id FROM faulty.events",
        "CREATE ROLE reader LOGIN",
        "CREATE ROLE locked LOGIN",
        "GRANT USAGE ON SCHEMA faulty TO locked",
        "GRANT SELECT ON faulty.events TO locked",
    ):
        con.raw_sql(sql).close()
    rules = Path(con.raw_sql("SHOW hba_file").fetchone()[0])
    rules.write_text("host all locked 127.0.0.1/32 scram-sha-256\n" + rules.read_text())
    con.raw_sql("SELECT pg_reload_conf()").close()
    con.disconnect()
    return postgres_url


@pytest.mark.parametrize("case", BAD)
def test_what_is_wrong_in_postgres_is_one_line(faulty: str, tmp_path: Path, case: str) -> None:
    """``prodops check`` exits with 2 and one line that names the table, the fault and the near miss, and shows no password."""
    settings, message = dict(BAD[case][0]), BAD[case][1]
    url = faulty.replace("prodops@", f"{settings.pop('user', 'prodops')}:hunter2@")
    url = re.sub(r":\d+/", f":{settings.pop('port')}/", url) if "port" in settings else url
    url = url.replace("/postgres", f"/{settings.pop('base', 'postgres')}") if "base" in settings else url
    checked = run(project(tmp_path, {"events": {"source": url, **settings}}), "check")
    said = [line for line in checked.stderr.splitlines() if "events" in line or "postgres" in line]
    assert checked.exit_code == 2
    assert len(said) == 1
    assert message in said[0]
    assert "hunter2" not in checked.output


@pytest.mark.parametrize("password", ["hunter2", "p@ss/w%rd?#+ 1", "p%40ss"])
def test_a_password_may_hold_any_character(faulty: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, password: str) -> None:
    """A variable holds the password as it is; a wrong one is refused by the server, and no part of either is shown."""
    con = ibis.connect(faulty)
    con.raw_sql(f"ALTER ROLE locked PASSWORD '{password}'").close()
    con.disconnect()
    url = faulty.replace("prodops@", "locked:${PGSECRET}@")
    home = project(tmp_path, {"events": {"source": url, "table": "faulty.events"}})
    monkeypatch.setenv("PGSECRET", password)
    assert opened(home, "events").stamp("events").rows_read == 1
    monkeypatch.setenv("PGSECRET", f"{password}/wrong")
    with pytest.raises(InputError, match="password authentication failed") as refused:
        opened(home, "events")
    assert "ss" not in str(refused.value).replace("password", "")


def test_a_kpi_over_a_column_that_postgres_lacks(faulty: str, tmp_path: Path) -> None:
    """A KPI's column is looked for among those of the table, wherever it lies."""
    desk = opened(
        project(tmp_path, {"events": {"source": faulty, "table": "faulty.events", "columns": {"platform": "platform"}}}), "events"
    )
    one = kpis.define({"n": {"type": "simple", "table": "events", "agg": "count_distinct", "column": "platfrom"}})
    with pytest.raises(DefinitionError, match=r'no column "platfrom"\. Did you mean "platform"\?'):
        kpis.compute(desk, one, grain="week", periods=last_periods(desk.as_of, "week", 1, "monday"))


def test_what_an_engine_lacks_is_refused_by_name(tmp_path: Path) -> None:
    """SQLite counts, but it ranks nothing: one line names the question, the engine and what to do."""
    home = project(tmp_path / "lite", {kind: {"source": "sqlite://data.db", "table": kind} for kind in ("events", "surveys")})
    with closing(sqlite3.connect(home / "data.db")) as con, con:
        con.execute("CREATE TABLE events (user_id TEXT, event TEXT, occurred_at TIMESTAMP)")
        con.execute("CREATE TABLE surveys (respondent_id TEXT, question TEXT, score REAL, answered_at TIMESTAMP)")
        con.execute("INSERT INTO events VALUES ('u', 'open', '2025-10-27 10:00:00'), ('u', 'open', '2025-10-20 10:00:00')")
        con.execute("INSERT INTO surveys VALUES ('u', 'nps', 9, '2025-10-27 10:00:00'), ('v', 'nps', 3, '2025-10-20 10:00:00')")
    desk = opened(home, "events", "surveys")
    score = {"type": "simple", "table": "surveys", "column": "score"}
    week = last_periods(desk.as_of, "week", 1, "monday")
    mean = kpis.compute(desk, kpis.define({"score": score | {"agg": "mean"}}), grain="week", periods=week)
    assert mean["value"].tolist() == [9]
    with pytest.raises(
        InputError, match=r'^KPIs: surveys, answered_at by week: the engine "sqlite" cannot answer this \(it has no "Quantile"\)'
    ):
        kpis.compute(desk, kpis.define({"score": score | {"agg": "median"}}), grain="week", periods=week)
    with pytest.raises(InputError, match=r'^retention: the engine "sqlite" cannot answer this'):
        kpis.retention(desk.table("events"), kpis.RetentionSpec(periods=2), desk=desk)
