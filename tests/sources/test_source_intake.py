"""What came through the door is kept once, found again by whoever asks, and made anew where it is not whole."""

import json
import os
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from source_project import Project, csv_of, rows, stamp

from prodops.errors import InputError
from prodops.sources import intake
from prodops.sources.intake import admit
from prodops.sources.text import sha256_of
from prodops.workspace import Workspace, load

TABLE = csv_of([["id", "created_at", "text"], *([n, f"2026-03-{n % 28 + 1:02d}", f"said {n}"] for n in range(200)), ["x", "soon", "y"]])


def tables(project: Project) -> Path:
    return project.store / "tables"


def ready(project: Project, **settings: object) -> Workspace:
    return project.workspace({"feedback": {"source": project.file("r.csv", TABLE), **settings}})


def test_a_source_is_read_once(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same file under the same settings is not taken in again; a change of either is."""
    workspace = ready(project)
    first = admit("feedback", workspace, tables(project))
    assert (first.rows_read, first.rows_set_aside, first.source, first.last) == (201, 1, "r.csv", "2026-03-28T00:00:00")
    assert first.sha256 == sha256_of(tables(project) / first.path)
    files = sorted(p.name for p in tables(project).iterdir())
    assert files == sorted([first.path, first.path.replace(".parquet", ".json"), first.quarantine])
    with monkeypatch.context() as patch:
        patch.setattr(intake, "_take_in", None)
        assert admit("feedback", workspace, tables(project)) == first
        os.utime(project.home / "r.csv", (0, 0))
        assert admit("feedback", ready(project, max_bad_share=0.5), tables(project)) == first
    for other in (ready(project, date_format="%Y-%m-%d"), load(ready(project).file).model_copy(update={"time_zone": "Asia/Tokyo"})):
        assert admit("feedback", other, tables(project)).path != first.path
    project.file("r.csv", TABLE + "n,2026-03-30,more\n")
    assert admit("feedback", load(workspace.file), tables(project)).rows_read == 202


def test_the_checked_file_has_the_same_bytes_each_time(project: Project) -> None:
    """Taking a file in twice, in two stores, gives the same bytes: the hash in a report can be met again."""
    workspace = ready(project)
    one, two = admit("feedback", workspace, project.home / "a" / "tables"), admit("feedback", workspace, project.home / "b" / "tables")
    assert one == two
    assert pq.read_table(project.home / "a" / "tables" / one.path).column_names == ["_file", "_row", "id", "created_at", "text"]


def test_what_is_damaged_is_made_anew(project: Project) -> None:
    """A record, checked table or file of rows set aside that is gone, cut or of another form is replaced, not trusted."""
    workspace = ready(project)
    first = admit("feedback", workspace, tables(project))
    checked, aside = tables(project) / first.path, tables(project) / first.quarantine
    record = checked.with_suffix(".json")
    whole = checked.read_bytes()
    for damage in (
        lambda: record.write_text("{"),
        lambda: record.write_text(json.dumps({"table": "feedback"})),
        lambda: checked.write_bytes(whole[:100]),
        checked.unlink,
        aside.unlink,
    ):
        damage()
        assert admit("feedback", workspace, tables(project)) == first
        assert checked.read_bytes() == whole
        assert aside.exists()


def test_two_processes_may_take_in_the_same_file_at_once(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where another run ends its intake while ours is under way, both succeed with the same result, and nothing half-made is left."""
    workspace, take_in, others = ready(project), intake._take_in, []

    def overtaken(*args: Any) -> Any:
        monkeypatch.setattr(intake, "_take_in", take_in)
        others.append(admit("feedback", workspace, tables(project)))
        return take_in(*args)

    monkeypatch.setattr(intake, "_take_in", overtaken)
    assert [admit("feedback", workspace, tables(project))] == others
    assert admit("feedback", workspace, tables(project)) == others[0]
    assert [p for p in tables(project).iterdir() if p.name.startswith(".")] == []


def test_a_store_that_cannot_be_written_is_one_line(project: Project) -> None:
    """Where the store's folder cannot be made, the message names it."""
    project.file("reports", "a file where a folder should be")
    with pytest.raises(InputError) as refused:
        project.csv(TABLE)
    assert str(refused.value) == f"{tables(project)}: cannot be written (Not a directory); prodops keeps what it read there."


def test_faults_of_disk_and_engine_are_one_line_ours_are_not(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a person can mend (a full disk, a file that cannot be opened) is one line; a fault of the code keeps its traceback."""
    import duckdb

    workspace = ready(project)
    for fault, said in (
        (OSError(28, "No space left on device"), "[Errno 28] No space left on device (OSError)"),
        (duckdb.IOException("a\nb"), "a b (IOException)"),
    ):
        monkeypatch.setattr(intake, "_take_in", lambda *_, fault=fault: (_ for _ in ()).throw(fault))
        with pytest.raises(InputError) as refused:
            admit("feedback", workspace, tables(project))
        assert str(refused.value) == f"r.csv: cannot be taken in: {said}."
    monkeypatch.setattr(intake, "_take_in", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        admit("feedback", workspace, tables(project))


def test_the_sample_is_written_once_and_is_a_table_like_any_other(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sample company's tables come through the same door; they are made once for a store."""
    from prodops import samples

    made: list[Path] = []

    def write(folder: Path, **_: object) -> None:
        made.append(folder)
        folder.mkdir()
        for kind, content in (("feedback", TABLE), ("events", "user_id,event,occurred_at\n1,a,2026-03-01\n")):
            table = __import__("pyarrow.csv").csv.read_csv(__import__("io").BytesIO(content.encode()))
            pq.write_table(table, folder / f"{kind}.parquet")

    monkeypatch.setattr(samples, "write", write)
    project.workspace({"feedback": "sample", "events": "sample"})
    desk = project.connect("feedback", "events")
    assert (stamp(desk).source, stamp(desk).rows_used, len(made)) == ("sample", 200, 1)
    assert rows(desk, "user_id", kind="events") == [("1",)]
    assert [p.name for p in project.store.iterdir() if p.name.startswith(".")] == []
