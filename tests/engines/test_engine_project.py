"""A project whose tables lie in PostgreSQL: the same pages as from files, made again without the server; engines beside each other."""

import json
import shutil
import sqlite3
from contextlib import closing
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
from prodops.errors import InputError
from prodops.sources import Context, connect
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
    con = ibis.connect(postgres_url)
    con.create_database("precise")
    selects = {
        "days": "SELECT 'u' AS user_id, 'open' AS event, DATE '2025-10-27' AS occurred_at",
        "seconds": "SELECT 'u' AS user_id, 'open' AS event, TIMESTAMP(0) '2025-10-27 00:00:00' AS occurred_at",
        "zoned": "SELECT 'u' AS user_id, 'open' AS event, TIMESTAMPTZ '2025-10-26 23:00:00+00' AS occurred_at",
    }
    con.disconnect()
    for name, sql in selects.items():
        home = project(tmp_path / name, {"events": {"source": postgres_url.replace("postgres:", "postgresql:"), "sql": sql}})
        context = Context(home / "params" / "workspace.yaml", home / "store", as_of=pd.Timestamp(AS_OF).to_pydatetime(), as_of_given=True)
        desk = connect("events", context=context)
        found = kpis.lifecycle(desk.table("events"), kpis.LifecycleSpec(periods=2), desk=desk)
        assert found["new"].tolist() == [0, 1], name


def test_events_and_accounts_may_lie_in_two_engines(
    postgres_url: str, files: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Events in PostgreSQL and accounts in a file: questions over both read as over two files; too many rows to fetch are refused."""
    con = ibis.connect(postgres_url)
    con.create_database("mixed")
    con.disconnect()
    tables: dict[str, Any] = {kind: str(files[kind]) for kind in KINDS}
    found = []
    for name, more in (("files", {}), ("mixed", load(postgres_url, {"events": files["events"]}, "mixed"))):
        home = project(tmp_path / name, tables | more)
        context = Context(home / "params" / "workspace.yaml", home / "store", as_of=pd.Timestamp(AS_OF).to_pydatetime(), as_of_given=True)
        desk = connect("events", "accounts", context=context)
        book = kpis.define(read_yaml(PARAMS / "kpis.yaml"))
        weeks = last_periods(desk.as_of, "week", 4, "monday")
        both = desk.table("events").join(desk.table("accounts"), "account_id").group_by("plan_right").agg(n=ibis._.count())
        found.append((kpis.compute(desk, book, grain="week", periods=weeks), desk.read(both.order_by("plan_right"), name="both")))
    assert_frame_equal(found[1][0], found[0][0], rtol=1e-9)
    assert_frame_equal(found[1][1], found[0][1])
    monkeypatch.setattr("prodops.sources.answering.MOST_ROWS", 100)
    with pytest.raises(InputError, match=r'^both: .* "postgres" would have to give more than 100 rows; keep its rows in a file') as refused:
        desk.read(both, name="both")
    assert "\n" not in str(refused.value)


def test_what_an_engine_lacks_is_refused_by_name(tmp_path: Path) -> None:
    """SQLite counts, but it ranks nothing: one line names the question, the engine and what to do."""
    home = project(tmp_path / "lite", {kind: {"source": "sqlite://data.db", "table": kind} for kind in ("events", "surveys")})
    with closing(sqlite3.connect(home / "data.db")) as con, con:
        con.execute("CREATE TABLE events (user_id TEXT, event TEXT, occurred_at TIMESTAMP)")
        con.execute("CREATE TABLE surveys (respondent_id TEXT, question TEXT, score REAL, answered_at TIMESTAMP)")
        con.execute("INSERT INTO events VALUES ('u', 'open', '2025-10-27 10:00:00'), ('u', 'open', '2025-10-20 10:00:00')")
        con.execute("INSERT INTO surveys VALUES ('u', 'nps', 9, '2025-10-27 10:00:00'), ('v', 'nps', 3, '2025-10-20 10:00:00')")
    context = Context(home / "params" / "workspace.yaml", home / "store", as_of=pd.Timestamp(AS_OF).to_pydatetime(), as_of_given=True)
    desk = connect("events", "surveys", context=context)
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
