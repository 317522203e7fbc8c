"""Results are kept under the hash of their content, give a run back without its sources, and tell when they were damaged."""

import hashlib
import json
import os
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from source_project import Project, csv_of

from prodops.errors import InputError, WorkspaceError
from prodops.sources import Desk
from prodops.sources.store import Store, canonical, digest, temporary
from prodops.sources.working import LEFT_AFTER, working_folder
from prodops.stamps import SettingsStamp

values = st.one_of(
    st.none(), st.text(st.characters(exclude_categories=["Cs"]), max_size=4), st.sampled_from(["", '"', "a,b", '"a","b"', "\n", "\r", "NA"])
)
numbers = st.one_of(st.none(), st.floats(), st.integers(-5, 5).map(float))
tables = st.lists(st.tuples(values, numbers, values), max_size=5)


Rows = list[tuple[str | None, float | None, str | None]]


def table(rows: Rows) -> pa.Table:
    names, kinds = ("a", "b", "c"), (pa.string(), pa.float64(), pa.string())
    return pa.table({n: pa.array([row[i] for row in rows], kind) for i, (n, kind) in enumerate(zip(names, kinds, strict=True))})


@settings(max_examples=150, deadline=None)
@given(one=tables, two=tables)
def test_digests_are_equal_where_tables_are(one: Rows, two: Rows) -> None:
    """Two results have one digest exactly where every value is the same: missing is not empty, and no text can pass for two."""
    assert (digest(table(one)) == digest(table(two))) == (repr(one) == repr(two))
    assert digest(table(one)) == digest(table(one).combine_chunks().slice(0))


def test_a_digest_is_fixed_for_good() -> None:
    """The canonical form is a promise: reports made before must verify after."""
    found = canonical(
        pa.table(
            {
                "n": pa.array([1, None], pa.int8()),
                "d": pa.array([Decimal("1.50"), None]),
                "day": pa.array([date(2026, 3, 1), None]),
                "at": pa.array([datetime(2026, 3, 1, 10), None], pa.timestamp("ns")),
                "ok": [True, None],
                "t": pa.array(["ä", None]).dictionary_encode(),
            }
        )
    )
    assert [str(field.type) for field in found.schema] == ["int64", "double", "timestamp[us]", "timestamp[us]", "bool", "string"]
    assert digest(found) == "cda3f91d74be5d59961e69c2a15c091dffc8dbb63bba4bb8497f3f429982ec01"


def test_any_column_has_a_canonical_form() -> None:
    """Lists, spans, times of day, whole numbers beyond 64 bits and columns of nothing have one too."""
    found = canonical(
        pa.table(
            {
                "list": [[1, 2], None],
                "span": pa.array([timedelta(days=1), None]),
                "clock": pa.array([time(10, 30), None]),
                "huge": pa.array([2**64 - 1, 1], pa.uint64()),
                "none": [None, None],
            }
        )
    )
    assert found.to_pylist()[0] == {
        "list": "[1, 2]",
        "span": "86400000000",
        "clock": "10:30:00.000000",
        "huge": str(2**64 - 1),
        "none": None,
    }
    assert {str(field.type) for field in found.schema} == {"string"}


def test_what_is_kept_comes_back(tmp_path: Path) -> None:
    """A kept result is given back whole, kept once, and found by its digest alone."""
    store, content = Store(tmp_path / "store"), table([("a", 1.5, None), ("", float("inf"), "ü")])
    name = store.put(content)
    assert store.put(content) == name
    assert store.get(name).equals(content)
    assert [p.name for p in (tmp_path / "store").rglob("*") if p.is_file()] == [f"{name}.parquet"]


def test_damage_is_detected_and_mended_by_the_next_run(tmp_path: Path) -> None:
    """A result that was cut, changed or exchanged is refused, and written anew when next made; one that is gone is said to be."""
    store, content = Store(tmp_path), table([("a", 1.5, None)])
    name, other = store.put(content), store.put(table([("b", 1.5, None)]))
    whole = store.path(name).read_bytes()
    for damaged in (b"", whole[:-9], whole[:20] + b"\xff" + whole[21:-20] + whole[-20:], store.path(other).read_bytes()):
        store.path(name).write_bytes(damaged)
        with pytest.raises(InputError) as refused:
            store.get(name)
        assert str(refused.value) == (
            f"the stored result {name[:12]}… is damaged: its content no longer has that SHA-256; run the report again from its sources."
        )
        assert store.put(content) == name
        assert store.get(name).equals(content)
    store.path(name).unlink()
    for gone in (name, "../../etc/passwd", "0" * 64):
        with pytest.raises(InputError, match=r"^the store holds no result .*…: it was removed, or the run was made elsewhere"):
            store.get(gone)


def test_nothing_half_written_is_left(tmp_path: Path) -> None:
    """A fault while writing leaves neither the file nor a part of it; what killed runs left long ago is removed."""
    with pytest.raises(UnicodeEncodeError), temporary(tmp_path / "a.txt") as part:
        part.write_text("half, then " * 9_999 + "\ud83d", encoding="utf-8")
    assert list(tmp_path.iterdir()) == []
    old, young = tmp_path / ".part-old", tmp_path / ".part-young"
    (old / "deep").mkdir(parents=True)
    (tmp_path / ".part-file.csv").touch()
    young.touch()
    for left in (old, tmp_path / ".part-file.csv"):
        os.utime(left, (young.stat().st_mtime - LEFT_AFTER - 60,) * 2)
    with working_folder(tmp_path) as work:
        assert sorted(tmp_path.iterdir()) == sorted([work, young])
    assert list(tmp_path.iterdir()) == [young]


# --------------------------------------------------------------------------------------------------------------- replay
def recorded(project: Project) -> Desk:
    project.file(
        "r.csv", csv_of([["id", "created_at", "text"], *([n, f"2026-03-{n:02d}", f"said {n}"] for n in range(1, 9)), [9, "soon", "x"]])
    )
    project.workspace({"feedback": "r.csv"}, max_bad_share=0.2)
    return project.connect("feedback", as_of=datetime(2026, 3, 8))


def record_of(project: Project, desk: Desk) -> Path:
    shown = [stamp.to_dict() for stamp in (*desk.tables, *desk.queries)]
    sections = {"tables": "table", "queries": "query", "settings": "settings"}
    record = {"as_of": desk.as_of.isoformat()} | {name: [s for s in shown if s["kind"] == kind] for name, kind in sections.items()}
    path = project.home / "record.json"
    path.write_text(json.dumps(record))
    return path


def test_a_run_is_replayed_with_its_source_gone(project: Project) -> None:
    """With the record and the store alone, every read gives the same rows and the same stamps; what was set aside is still told."""
    desk = recorded(project)
    first, table = desk.read("feedback"), desk.table("feedback")
    counted = desk.read(table.aggregate(n=table.count(), last=table.created_at.max()), name="count")
    replay = record_of(project, desk)
    (project.home / "r.csv").unlink()
    for checked in (project.store / "tables").iterdir():
        checked.unlink()
    again = project.connect("feedback", replay=replay)
    table = again.table("feedback")
    assert again.read("feedback").equals(first)
    assert again.read(table.aggregate(n=table.count(), last=table.created_at.max()), name="count").equals(counted)
    assert (again.tables, again.queries, again.as_of) == (desk.tables, desk.queries, desk.as_of)
    assert [(b.reason, b.rows) for b in again.breaches()["feedback"]] == [("created_at is not a date", 1)]
    with pytest.raises(
        InputError, match=r"^the recorded run did not ask this query: the notebook, the package or a parameter has changed since"
    ):
        again.read(table.select("id"))


def test_a_replay_reads_settings_as_they_are_and_recorded_ones_where_the_file_is_gone(project: Project) -> None:
    """A changed file of settings moves the result, and its stamp says so; a missing one is taken from the record."""
    desk = recorded(project)
    file = desk.workspace.file.parent / "kpis.yaml"
    file.write_text("a: {b: 1}  # a remark\n")
    assert desk.params("kpis.yaml") == {"a": {"b": 1}}
    replay = record_of(project, desk)
    before = list(desk.queries)[-1]
    assert before == SettingsStamp(file="kpis.yaml", sha256=hashlib.sha256(b'{"a":{"b":1}}').hexdigest(), values={"a": {"b": 1}})
    for text, values in (("a: {b: 2}\n", {"a": {"b": 2}}), ("a:\n  b: 1\n", {"a": {"b": 1}}), (None, {"a": {"b": 1}})):
        file.write_text(text) if text else file.unlink()
        again = project.connect("feedback", replay=replay)
        assert again.params("kpis.yaml") == values
        assert (list(again.queries)[-1] == before) is (values == {"a": {"b": 1}})
    with pytest.raises(WorkspaceError, match=r"never\.yaml: there is no such file"):
        again.params("never.yaml")


def test_a_replay_takes_the_themes_as_they_are_and_recorded_ones_where_the_file_is_gone(project: Project) -> None:
    """A taxonomy that was saved since moves the result; where there was none, one that has come shows too."""
    desk = recorded(project)
    file = desk.workspace.file.parent / "taxonomy.yaml"
    assert desk.taxonomy() == {}
    without = record_of(project, desk)
    file.write_text("sync-75c7: {name: Sync}\n")
    assert project.connect("feedback", replay=without).taxonomy() == {"sync-75c7": {"name": "Sync"}}
    desk.taxonomy()
    replay = record_of(project, desk)
    file.write_text("sync-75c7: {name: Lost work}\n")
    assert project.connect("feedback", replay=replay).taxonomy() == {"sync-75c7": {"name": "Lost work"}}
    file.unlink()
    assert project.connect("feedback", replay=replay).taxonomy() == {"sync-75c7": {"name": "Sync"}}


def test_what_cannot_be_replayed_is_refused(project: Project) -> None:
    """A file that is no record, a record of another report, and a result that is gone are told apart."""
    desk = recorded(project)
    desk.read("feedback")
    replay = record_of(project, desk)
    with pytest.raises(InputError, match=r'^record\.json: the recorded run read no table "events"; it is the record of another report\.$'):
        project.connect("events", "feedback", replay=replay)
    query, _ = desk.queries
    desk.store.path(query.sha256).unlink()  # type: ignore[attr-defined]
    with pytest.raises(InputError, match=r"^the store holds no result "):
        project.connect("feedback", replay=replay).read("feedback")
    for content in (
        "",
        "[]",
        '{"tables": [{}]}',
        '{"tables": [], "queries": [], "as_of": 5}',
        '{"tables": [{"table": "feedback"}], "queries": []}',
    ):
        replay.write_text(content)
        with pytest.raises(InputError, match=r"^record\.json: this is no record of a run \(.*\); give the record\.json of a report\.$"):
            project.connect("feedback", replay=replay)
