"""The desk cuts every table at as_of, records each read, and says honestly when there is nothing to report."""

import hashlib
import json
import random
from dataclasses import replace
from datetime import datetime
from typing import Any

import ibis
import pytest
from source_project import Project, csv_of, rows, stamp

from prodops import sources
from prodops.errors import InputError, NoData, WorkspaceError
from prodops.sources import Context, connect
from prodops.stamps import STAMP_MIME, QueryStamp, SettingsStamp

FEEDBACK: list[list[Any]] = [
    ["id", "created_at", "text", "rating"],
    *([f"f{n}", f"2026-03-{n:02d} 12:00", f"said {n}", n % 5] for n in range(1, 21)),
]
ACCOUNTS = csv_of(
    [
        ["account_id", "plan", "mrr", "started_at", "ended_at"],
        ["a", "team", 10, "2026-01-01", "2026-03-05"],
        ["b", "free", 0, "2026-02-01", "2026-03-15"],
        ["c", "team", 20, "2026-03-20", ""],
    ]
)


def opened(project: Project, **more: object) -> sources.Desk:
    project.workspace({"feedback": project.file("f.csv", csv_of(FEEDBACK)), "accounts": project.file("a.csv", ACCOUNTS)}, max_bad_share=1)
    return project.connect("feedback", "accounts", "events", **more)  # type: ignore[arg-type]


def test_no_row_at_or_after_as_of_is_seen(project: Project) -> None:
    """Rows are cut at the instant of as_of, in every table; an end that lies ahead reads as missing."""
    desk = opened(project, as_of=datetime(2026, 3, 10, 12))
    assert [i for (i,) in rows(desk, "id")] == sorted(f"f{n}" for n in range(1, 10))
    ends = rows(desk, "account_id", "ended_at", kind="accounts")
    assert ends == [("a", datetime(2026, 3, 5)), ("b", None)]
    one, two = desk.tables
    assert (one.rows_read, one.rows_used, one.rows_after_as_of, one.rows_set_aside) == (20, 9, 11, 0)  # type: ignore[attr-defined]
    assert (one.first, one.last) == (datetime(2026, 3, 1, 12), datetime(2026, 3, 9, 12))  # type: ignore[attr-defined]
    assert (two.rows_used, two.rows_after_as_of) == (2, 1)  # type: ignore[attr-defined]
    assert "11 dated at or after the as-of date and not used" in one.line()


def test_as_of_is_the_midnight_after_the_latest_row(project: Project) -> None:
    """Where none is given it is found in the lead table, and is never later than the day at hand."""
    assert opened(project).as_of == datetime(2026, 3, 21)
    assert opened(project, before=datetime(2026, 3, 10, 13)).as_of == datetime(2026, 3, 10)
    assert opened(project, before=datetime(2027, 1, 1, 9)).as_of == datetime(2026, 3, 21)


def test_rows_of_the_future_are_set_aside(project: Project) -> None:
    """Rows after the day at hand, in the table that sets the as-of, are kept in a file and counted; an as-of asked for is no reason."""
    table = csv_of([*FEEDBACK, ["x", "2999-01-01", "from afar", 1]])
    now = datetime(2026, 4, 1, 9)
    desk = project.csv(table, before=now)
    found = stamp(desk)
    assert (desk.as_of, found.rows_read, found.rows_used, found.rows_set_aside, found.rows_after_as_of) == (
        datetime(2026, 3, 21),
        21,
        20,
        1,
        0,
    )
    assert project.aside(desk) == [["21", "created_at", "2999-01-01 00:00:00", "created_at lies in the future"]]
    given = project.csv(table, as_of=datetime(2026, 3, 21))
    assert (stamp(given).rows_set_aside, stamp(given).rows_after_as_of) == (0, 1)
    with pytest.raises(InputError, match=r"created_at lies in the future \(row 21 .*expected a date in the past"):
        project.csv(table, before=now, on_bad_rows="fail")


def test_other_tables_may_run_later_than_the_lead(project: Project) -> None:
    """Rows of other tables after the lead's last day, and launches that are planned, are not used, and nothing is wrong with them."""
    project.workspace(
        {
            "feedback": project.file("f.csv", csv_of(FEEDBACK)),
            "launches": project.file("l.csv", "name,launched_on\nbig one,2026-12-01\n"),
            "events": project.file("e.csv", "user_id,event,occurred_at\n1,a,2026-03-01\n1,a,2026-05-01\n1,a,2026-06-01\n"),
        }
    )
    desk = project.connect("feedback", "events", "launches", before=datetime(2026, 7, 1))
    assert [(t.rows_used, t.rows_after_as_of, t.rows_set_aside) for t in desk.tables] == [(20, 0, 0), (1, 2, 0), (0, 1, 0)]  # type: ignore[attr-defined]
    assert len(desk.read("launches")) == 0
    assert stamp(project.connect("launches", before=datetime(2026, 7, 1))).rows_set_aside == 0


def test_nothing_before_as_of_is_no_data(project: Project) -> None:
    """An as-of before the first row, and a table without rows, show what came in; only reading raises, and says why."""
    desk = opened(project, as_of=datetime(2026, 3, 1))
    assert stamp(desk).rows_used == 0
    with pytest.raises(NoData) as refused:
        desk.read("accounts")
    assert str(refused.value) == "There is no feedback before 1 Mar 2026: the first row is of 1 Mar 2026 (20 rows read)."
    empty = project.csv("id,created_at,text\n")
    assert (stamp(empty).rows_read, stamp(empty).first, empty.as_of) == (0, None, datetime(1970, 1, 2))
    with pytest.raises(NoData) as refused:
        empty.read("feedback")
    assert str(refused.value) == "There is no feedback to report on: 0 rows read from reviews.csv, 0 set aside."
    spoilt = project.csv("created_at,text\nsoon,a\n", max_bad_share=1.0)
    with pytest.raises(NoData, match=r"1 rows read from reviews\.csv, 1 set aside\.$"):
        spoilt.read("feedback")


def test_a_read_is_recorded_and_kept(project: Project) -> None:
    """A query's stamp has its SQL over our table names, without a path, its row count, and the SHA-256 under which its result is kept."""
    desk = opened(project, as_of=datetime(2026, 3, 11))
    table = desk.table("feedback")
    frame = desk.read(table.group_by("rating").aggregate(n=table.count()), name="by rating")
    assert list(frame.itertuples(index=False, name=None)) == [(0.0, 2), (1.0, 2), (2.0, 2), (3.0, 2), (4.0, 2)]
    query, _ = desk.queries
    assert isinstance(query, QueryStamp)
    assert query.sql == (
        'SELECT * FROM (SELECT "t1"."rating", COUNT(*) AS "n" FROM (SELECT * FROM "feedback" AS "t0" '
        'WHERE CAST("t0"."created_at" AS TIMESTAMP) < MAKE_TIMESTAMP(2026, 3, 11, 0, 0, 0.0)) AS "t1" '
        'GROUP BY 1) AS "t2" ORDER BY "t2"."rating" ASC, "t2"."n" ASC'
    )
    assert (query.name, query.rows, query.key) == ("by rating", 5, hashlib.sha256(query.sql.encode()).hexdigest())
    assert desk.store.get(query.sha256).to_pylist()[0] == {"rating": 0.0, "n": 2}
    assert desk._repr_mimebundle_()[STAMP_MIME]["stamps"][0]["table"] == "feedback"


def test_the_recorded_sql_is_the_sql_that_ran(project: Project) -> None:
    """Our own engine knows each table by its kind and without the door's columns, so the recorded text gives the recorded rows."""
    desk = opened(project, as_of=datetime(2026, 3, 10, 12))
    table = desk.table("feedback")
    for expr in (table, table.filter(table.rating > 2), table.group_by("rating").agg(n=table.count())):
        told = desk.read(expr, name="asked")
        query = [q for q in desk.queries if isinstance(q, QueryStamp)][-1]
        again = desk._con.con.sql(query.sql).to_arrow_table()
        assert again.column_names == list(told.columns)
        assert again.num_rows == len(told) > 0


def test_the_same_rows_give_the_same_hash(project: Project) -> None:
    """A result's SHA-256 does not depend on the order of the file's rows, its name, or where it lies; it does on every value."""
    head, *body = FEEDBACK
    shuffled = [head, *random.Random(1).sample(body, len(body))]
    changed = [head, *body[:-1], [*body[-1][:3], 3.5]]
    found = []
    for name, table in (("a.csv", FEEDBACK), ("deep/b.csv", shuffled), ("c.csv", changed)):
        desk = project.desk(project.file(name, csv_of(table)), as_of=datetime(2026, 4, 1))
        desk.read("feedback")
        found += [(q.key, q.sha256) for q in desk.queries if isinstance(q, QueryStamp)]
    assert found[0] == found[1]
    assert found[0][0] == found[2][0]
    assert found[0][1] != found[2][1]


def test_order_is_the_expression_s_own_or_that_of_all_columns(project: Project) -> None:
    """An expression's own order and limit are kept; without one, rows come sorted by all columns."""
    desk = opened(project)
    table = desk.table("feedback")
    assert list(desk.read(table.order_by(table.created_at.desc()).limit(2).select("id")).id) == ["f19", "f20"]
    assert list(desk.read(table.select("id").order_by(ibis.desc("id")).limit(2)).id) == ["f9", "f8"]
    assert list(desk.read(table.select("rating", "id")).id[:2]) == ["f10", "f15"]


def test_what_a_report_may_ask_for(project: Project) -> None:
    """Unknown kinds are refused with the near miss; tables that the workspace lacks are left out; parameters lie beside the workspace."""
    desk = opened(project)
    assert (desk.has("accounts"), desk.has("events")) == (True, False)
    with pytest.raises(InputError, match=r'^this report opened no table "events"; it has feedback, accounts\.$'):
        desk.read("events")
    with pytest.raises(InputError, match=r'There is no kind of table "evnts"\. Did you mean "events"\?'):
        project.connect("feedback", "evnts")
    with pytest.raises(
        InputError,
        match=r'^workspace\.yaml: this report needs the table "events"; name its source under tables: events: …, or give --source',
    ):
        project.connect("events")
    project.file("params/more.yaml", "a: {b: NO}")
    assert desk.params("more.yaml") == {"a": {"b": "NO"}}
    assert desk.scope(2, "Atlas").line() == "2–20 Mar 2026 · Atlas"
    assert desk.scope(8).line() == "1–20 Mar 2026"
    with pytest.raises(AttributeError, match="no attribute 'Disk'"):
        sources.Disk  # noqa: B018


def test_a_context_goes_through_the_environment(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the press tells a kernel arrives whole; without it the workspace is found in the folder at hand or above."""
    context = project.context(
        as_of=datetime(2026, 3, 5),
        as_of_given=True,
        before=datetime(2026, 4, 1),
        sources={"feedback": "f.csv"},
        replay=project.home / "r.json",
    )
    assert Context.from_json(context.to_json()) == context
    opened(project)
    monkeypatch.delenv("PRODOPS_RUN", raising=False)
    monkeypatch.chdir(project.file("notebooks/deep/x", "") and project.home / "notebooks" / "deep")
    assert connect("feedback").context == Context(project.home / "params" / "workspace.yaml", project.store)
    monkeypatch.setenv("PRODOPS_RUN", project.context(as_of=datetime(2026, 3, 5)).to_json())
    assert connect("feedback").as_of == datetime(2026, 3, 5)
    for text in ("{", '{"workspaces": 1}', "[]", '{"workspace": "a", "store": "b", "as_of": "soon"}'):
        monkeypatch.setenv("PRODOPS_RUN", text)
        with pytest.raises(WorkspaceError, match=r"^the variable PRODOPS_RUN does not hold a run's context; unset it\.$"):
            connect("feedback")
    monkeypatch.delenv("PRODOPS_RUN")
    monkeypatch.chdir("/")
    with pytest.raises(WorkspaceError, match=r"^no params/workspace\.yaml in / or above it"):
        connect("feedback")


def test_only_gives_the_rows_with_the_values_asked_for(project: Project) -> None:
    """An empty value asks for all rows; what the table never had is refused with the near miss, and an absent column is named."""
    segments = ["enterprise", "self-serve", "enterprise"]
    table = csv_of([["id", "created_at", "text", "segment"], *([f"r{n}", f"2026-03-0{n + 1}", "said", s] for n, s in enumerate(segments))])
    desk = project.csv(table)
    assert [i for (i,) in desk.read(desk.only("feedback", segment="enterprise").select("id")).itertuples(index=False)] == ["r0", "r2"]
    assert len(desk.read(desk.only("feedback", segment=""))) == 3
    with pytest.raises(NoData, match='no feedback with segment "enterprize"\\. Did you mean "enterprise"'):
        desk.only("feedback", segment="enterprize")
    with pytest.raises(InputError, match='no column "segmnt"\\. Did you mean "segment"'):
        desk.only("feedback", segmnt="enterprise")


def test_all_that_is_read_is_noted_for_the_press_as_it_is_read(project: Project) -> None:
    """Tables and the calendar at once, each query and file of settings when it comes: the stamps that a cell could show."""
    project.workspace({"feedback": project.file("reviews.csv", csv_of(FEEDBACK))})
    trace = project.home / "read.jsonl"
    desk = project.connect("feedback", as_of=datetime(2026, 3, 11), trace=trace)
    assert [json.loads(line)["kind"] for line in trace.read_text().splitlines()] == ["table", "settings"]
    desk.read("feedback")
    (desk.workspace.file.parent / "more.yaml").write_text("a: 1\n")
    desk.params("more.yaml")
    shown = [stamp.to_dict() for stamp in (*desk.tables, *desk.queries)]
    noted = [json.loads(line) for line in trace.read_text().splitlines()]
    assert sorted(map(str, noted)) == sorted(map(str, json.loads(json.dumps(shown))))
    assert noted[1]["values"] == {"time_zone": "Europe/Berlin", "week_start": "monday", "currency": "EUR"}


def test_themes_that_people_keep_are_read_and_noted(project: Project) -> None:
    """Where there is no file there are none, and that is noted too; a file that repeats itself by aliases is refused."""
    desk = opened(project)
    assert desk.taxonomy() == {}
    file = desk.workspace.file.parent / "taxonomy.yaml"
    file.write_text("sync-75c7: {name: Sync}\n")
    assert desk.taxonomy() == {"sync-75c7": {"name": "Sync"}}
    assert [(s.file, s.values) for s in desk.queries if isinstance(s, SettingsStamp)][-2:] == [
        ("taxonomy.yaml", {}),
        ("taxonomy.yaml", {"sync-75c7": {"name": "Sync"}}),
    ]
    file.write_text("a: &a {name: A}\nb: *a\n")
    with pytest.raises(WorkspaceError, match=r"taxonomy\.yaml, line 2: .* an alias"):
        desk.taxonomy()


def test_has_rows_looks_from_an_instant_up_to_as_of(project: Project) -> None:
    """A gate on fresh data sees rows from the instant on, and none at or after the as-of."""
    desk = opened(project, as_of=datetime(2026, 3, 10, 12))
    assert desk.has_rows("feedback", since=datetime(2026, 3, 9, 12))
    assert not desk.has_rows("feedback", since=datetime(2026, 3, 9, 13))


def test_a_report_may_name_another_lead_than_its_notebook(project: Project) -> None:
    """The context's lead goes before the notebook's; where any table will do, the first that the workspace has leads."""
    opened(project)
    assert connect("events", "accounts", "feedback", either=True, context=project.context()).lead == "accounts"
    assert connect("accounts", context=replace(project.context(), lead="feedback")).lead == "feedback"
    for either, other in ((False, "accounts"), (True, "surveys")):
        with pytest.raises(InputError, match='this report needs the table "events"'):
            connect("events", other, either=either, context=project.context())
