"""Publishing: whole or not at all, whatever breaks in between; only our own leftovers are removed."""

import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest

from prodops.errors import RunError
from prodops.reports import publish

OLD, NEW = ({"report.html": b"old", "record.json": b"old"}, {"report.html": b"new", "notebook.ipynb": b"new", "set-aside/rows.csv": b"new"})


def tree(folder: Path) -> dict[str, bytes]:
    """All files below a folder, hidden ones too."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def break_at(monkeypatch: pytest.MonkeyPatch, call: str, after: int = 0) -> None:
    """Have a system call fail once, as on a full disk."""
    real, left = getattr(os, call), [after]

    def fail(*arguments: object, **more: object) -> object:
        left[0] -= 1
        if left[0] == -1:
            raise OSError(28, "No space left on device")
        return real(*arguments, **more)

    monkeypatch.setattr(os, call, fail)


def test_a_slot_is_a_folder_per_report_slice_and_instant(tmp_path: Path) -> None:
    """Midnight is named by its date, any other instant with its time."""
    assert publish.slot(tmp_path, "themes", "all", datetime(2025, 11, 3)) == tmp_path / "themes/all/2025-11-03"
    assert publish.slot(tmp_path, "themes", "team", datetime(2025, 11, 3, 6, 30)) == tmp_path / "themes/team/2025-11-03T063000"


@pytest.mark.parametrize("name", ["..", "../x", "a/b", "", ".hidden", "A", "a b", "a\n", "é", "x" * 65, "{0.__class__}"])
def test_only_plain_names_become_paths(tmp_path: Path, name: str) -> None:
    """Nothing in a name leads out of the folder of reports."""
    with pytest.raises(RunError, match="cannot name a folder"):
        publish.slot(tmp_path, name, "all", datetime(2025, 11, 3))
    with pytest.raises(RunError, match="cannot name a folder"):
        publish.slot(tmp_path, "themes", name, datetime(2025, 11, 3))


def test_a_link_does_not_lead_out_of_the_folder_of_reports(tmp_path: Path) -> None:
    """The folder of reports may itself be a link; what lies in it may not lead elsewhere."""
    (tmp_path / "disk/reports").mkdir(parents=True)
    (tmp_path / "reports").symlink_to("disk/reports")
    assert publish.slot(tmp_path / "reports", "themes", "all", datetime(2025, 11, 3)).name == "2025-11-03"
    (tmp_path / "reports/themes").symlink_to(tmp_path)
    with pytest.raises(RunError, match="leads out of"):
        publish.slot(tmp_path / "reports", "themes", "all", datetime(2025, 11, 3))


def test_a_run_replaces_the_earlier_one_whole(tmp_path: Path) -> None:
    """Afterwards the slot holds the new run's files and no other, and nothing stray lies beside it."""
    slot = tmp_path / "themes/all/2025-11-03"
    publish.write_run(slot, OLD)
    assert tree(tmp_path) == {f"themes/all/2025-11-03/{name}": data for name, data in OLD.items()}
    publish.write_run(slot / publish.FAILED, {"record.json": b"why"})
    assert (slot / "report.html").read_bytes() == b"old"
    assert (slot / "failed/record.json").read_bytes() == b"why"
    publish.write_run(slot, NEW)
    assert tree(tmp_path) == {f"themes/all/2025-11-03/{name}": data for name, data in NEW.items()}
    assert slot.stat().st_mode & 0o777 == 0o777 & ~publish_umask()


def publish_umask() -> int:
    """The mask that new files get."""
    return int(subprocess.run(["sh", "-c", "umask"], capture_output=True, text=True, check=True).stdout, 8)


@pytest.mark.parametrize(("call", "after"), [("write", 0), ("write", 1), ("fsync", 0), ("fsync", 2), ("open", 1), ("open", 3)])
def test_a_full_disk_leaves_the_earlier_run_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, after: int) -> None:
    """Wherever writing stops, one line says so, the old run is whole and nothing stray is left."""
    slot = tmp_path / "slot"
    publish.write_run(slot, OLD)
    with monkeypatch.context() as patch:
        break_at(patch, call, after)
        with pytest.raises(RunError, match=r"cannot be written \(no space left on device\); what was there is unchanged") as fault:
            publish.write_run(slot, NEW)
    assert "\n" not in str(fault.value)
    assert tree(tmp_path) == {f"slot/{name}": data for name, data in OLD.items()}


def test_a_reader_finds_one_run_or_the_other_never_a_mixture(tmp_path: Path) -> None:
    """While two writers keep replacing a slot, whoever looks through one open folder sees files of one run."""
    slot = tmp_path / "slot"
    publish.write_run(slot, {"a": b"0", "b": b"0"})
    script = """
import sys
from pathlib import Path
from prodops.reports import publish
for i in range(60):
    data = f"{sys.argv[1]}{i}".encode()
    publish.write_run(Path(sys.argv[2]), {"a": data, "b": data})
"""
    path = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    writers = [subprocess.Popen([sys.executable, "-c", script, name, str(slot)], env=path) for name in "xy"]
    looks = 0
    while any(writer.poll() is None for writer in writers):
        try:
            folder = os.open(slot, os.O_RDONLY)
        except FileNotFoundError:
            raise AssertionError("a moment without a run") from None
        try:
            seen = {os.read(os.open(name, os.O_RDONLY, dir_fd=folder), 20) for name in "ab"}
        except FileNotFoundError:
            continue  # this run was replaced and removed since the folder was opened
        finally:
            os.close(folder)
        assert len(seen) == 1
        looks += 1
        for handle in [int(n) for n in os.listdir("/proc/self/fd") if int(n) > 2 and _is_in(int(n), tmp_path)]:
            os.close(handle)
    assert [writer.wait() for writer in writers] == [0, 0]
    assert looks
    assert set(tree(tmp_path)) == {"slot/a", "slot/b"}


def _is_in(handle: int, folder: Path) -> bool:
    try:
        return os.readlink(f"/proc/self/fd/{handle}").startswith(str(folder))
    except OSError:
        return False


def test_where_folders_cannot_be_exchanged_the_page_comes_last_and_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The fallback of other file systems: file by file, what the new run does not have goes at the end."""

    def no_exchange(one: Path, other: Path) -> None:
        raise OSError(22, "Invalid argument")

    slot, order = tmp_path / "slot", []
    publish.write_run(slot, OLD | {"failed/record.json": b"why"})
    monkeypatch.setattr(publish, "_exchange", no_exchange)
    real = os.replace
    monkeypatch.setattr(os, "replace", lambda one, other: (order.append(Path(other).name), real(one, other)))
    publish.write_run(slot, NEW)
    assert order == ["notebook.ipynb", "rows.csv", "report.html"]
    assert tree(tmp_path) == {f"slot/{name}": data for name, data in NEW.items()}


def test_one_file_is_written_whole_with_the_rights_of_the_earlier_one(tmp_path: Path) -> None:
    """A new folder is made where there is none; a link stays a link and what it leads to is replaced."""
    out = tmp_path / "new/report.html"
    publish.write_file(out, b"1")
    out.chmod(0o640)
    link = tmp_path / "latest.html"
    link.symlink_to(out)
    publish.write_file(link, b"2")
    assert (link.is_symlink(), out.read_bytes(), out.stat().st_mode & 0o777) == (True, b"2", 0o640)
    assert tree(tmp_path) == {"latest.html": b"2", "new/report.html": b"2"}


@pytest.mark.parametrize("call", ["write", "fsync", "replace", "open"])
def test_a_file_that_cannot_be_written_stays_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    """One line, the earlier report unchanged, nothing stray."""
    out = tmp_path / "report.html"
    out.write_bytes(b"old")
    break_at(monkeypatch, call)
    with pytest.raises(RunError, match="no space left on device"):
        publish.write_file(out, b"new")
    monkeypatch.undo()
    assert tree(tmp_path) == {"report.html": b"old"}


def test_places_that_cannot_take_a_report_are_refused_before_anything_runs(tmp_path: Path) -> None:
    """A folder where a file should be, a file where a folder should be, a device, a loop of links, an impossible folder."""
    (tmp_path / "folder.html").mkdir()
    (tmp_path / "file").write_text("mine")
    (tmp_path / "loop.html").symlink_to("loop.html")
    refused = {
        "folder.html": "is a folder",
        "file": "is a file",
        "file/report.html": "not a directory|file exists",
        "loop.html": "cannot be followed",
    }
    for out, said in refused.items():
        with pytest.raises(RunError, match=said):
            publish.check(tmp_path / out)
    with pytest.raises(RunError, match="not a plain file"):
        publish.write_file(Path("/dev/null"), b"")
    publish.check(tmp_path / "a/b/report.html")
    publish.check(tmp_path / "c/d")
    assert (tmp_path / "file").read_text() == "mine"
    assert sorted(p.name for p in tmp_path.rglob("*") if publish.HIDDEN.fullmatch(p.name)) == []


def test_only_leftovers_of_dead_runs_are_removed(tmp_path: Path) -> None:
    """What a killed run left goes; what a living run holds, what is not ours, and links stay."""
    names = [f".prodops-{i:016x}.tmp" for i in range(3)]
    (tmp_path / names[0]).mkdir()
    (tmp_path / names[0] / "part").write_text("x")
    (tmp_path / names[1]).write_text("x")
    (tmp_path / names[2]).symlink_to(tmp_path)
    (tmp_path / ".prodops-notes.tmp").write_text("mine")
    with publish.hidden(tmp_path) as living:
        (living / "work").write_text("x")
        publish.sweep(tmp_path)
        assert sorted(p.name for p in tmp_path.iterdir()) == sorted([names[2], ".prodops-notes.tmp", living.name])
    assert not living.exists()


def test_the_folder_of_a_killed_process_is_free_to_go(tmp_path: Path) -> None:
    """The lock ends with its process, however that ends."""
    script = "import os, sys; from pathlib import Path; from prodops.reports import publish\nwith publish.hidden(Path(sys.argv[1])): os.kill(os.getpid(), 9)"
    subprocess.run([sys.executable, "-c", script, str(tmp_path)], env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}, check=False)
    assert len(list(tmp_path.iterdir())) == 1
    publish.write_file(tmp_path / "report.html", b"1")
    assert tree(tmp_path) == {"report.html": b"1"}
