"""The taxonomy's file: it reads back as it was written, compares line by line, and never goes over someone's newer one."""

import stat
import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prodops.errors import WorkspaceError
from prodops.feedback import taxonomy as tx
from prodops.taxonomies import HEAD, LARGEST, read, to_text, write

KNOWN: dict[str, Any] = {
    "sync-75c7": {
        "history": [{"by": "machine", "did": "found"}, {"on": "2025-11-03", "by": "Ana", "did": 'renamed, was "Sync: a, {b}"'}],
        "words": {"sync": 0.8, "NO": 0.6},
        "name": "Lost work",
        "by": "Ana",
        "status": "active",
        "seeds": {"words": ["conflict", "12:30"]},
        "examples": ["It's “gone” # again"],
    },
    "export-d46a": {"name": "Export", "status": "unseen", "words": {}, "examples": []},
}


def test_the_file_has_one_fact_a_line_in_a_stable_order() -> None:
    """Entries by id, keys in one order, an event of the history on one line, and a head that says how to edit it."""
    text = to_text(KNOWN)
    assert text.startswith(HEAD)
    assert text.removeprefix(HEAD).splitlines() == [
        "",
        "export-d46a:",
        "  name: Export",
        "  status: unseen",
        "  words: {}",
        "  examples: []",
        "",
        "sync-75c7:",
        "  name: Lost work",
        "  status: active",
        "  by: Ana",
        "  seeds:",
        "    words:",
        "      - conflict",
        "      - 12:30",
        "  words:",
        "    sync: 0.8",
        "    NO: 0.6",
        "  examples:",
        "    - 'It''s “gone” # again'",
        "  history:",
        "    - {by: machine, did: found}",
        "    - {on: 2025-11-03, by: Ana, did: 'renamed, was \"Sync: a, {b}\"'}",
    ]
    assert to_text(dict(reversed(KNOWN.items()))) == text


def test_what_was_written_reads_back(tmp_path: Path) -> None:
    """A file that is not there has no entries; what is written is what is read, and can be written on."""
    path = tmp_path / "params" / "taxonomy.yaml"
    first = write(read(path), KNOWN)
    assert read(path) == first
    assert first.entries == KNOWN
    assert write(first, {}).entries == read(path).entries == {}


TEXT = st.text(st.characters(), max_size=12) | st.sampled_from(
    [
        "1e5",
        "-.5",
        "null",
        "~",
        "no",
        "0x1",
        "2025-11-03",
        "<<",
        "=",
        "{a",
        "- b",
        "? c",
        "&d",
        "*e",
        "\ud800",
        "\x85",
        "a\u2028b",
        "a\n\nb",
        "\ufeff",
    ]
)
ENTRY = st.fixed_dictionaries(
    {"name": TEXT.filter(lambda text: bool(tx.entries.plain_name(text))).map(tx.entries.plain_name)},
    optional={
        "status": st.sampled_from(["active", "new", "unseen", "archived", "candidate"]),
        "by": TEXT.map(tx.entries.plain_name),
        "words": st.dictionaries(TEXT, st.floats(0, 1), max_size=3),
        "examples": st.lists(TEXT, max_size=2),
        "history": st.lists(st.fixed_dictionaries({}, optional={"on": TEXT, "by": TEXT, "did": TEXT}), max_size=2),
        "seeds": st.fixed_dictionaries({"examples": st.lists(TEXT.map("a {}".format), max_size=2)}),
    },
)


@settings(max_examples=80, deadline=None)
@given(st.dictionaries(st.text("abc-é软1", min_size=1, max_size=6), ENTRY, max_size=3))
def test_any_taxonomy_reads_back_as_it_was(tmp_path_factory: pytest.TempPathFactory, known: dict[str, Any]) -> None:
    """Whatever texts it holds: words that look like numbers or dates, quotes, controls, half characters, any script."""
    known = tx.check(known)  # type: ignore[assignment]
    path = tmp_path_factory.mktemp("any") / "taxonomy.yaml"
    write(read(path), known)
    assert tx.check(read(path).entries) == known


def test_somebody_else_s_newer_file_is_kept(tmp_path: Path) -> None:
    """A save is refused where the file was changed, made or taken away since it was read; told to, it writes over it."""
    path = tmp_path / "taxonomy.yaml"
    absent = read(path)
    mine = write(absent, KNOWN)
    path.write_text("other: {name: Other}\n")
    for stale in (absent, mine):
        with pytest.raises(WorkspaceError, match=r"taxonomy\.yaml: it changed on disk since it was read, so nothing was saved"):
            write(stale, {})
    assert path.read_text() == "other: {name: Other}\n"
    path.unlink()
    with pytest.raises(WorkspaceError, match="changed on disk"):
        write(mine, {})
    assert write(mine, KNOWN, force=True).entries == read(path).entries


def test_of_two_saves_at_once_one_wins(tmp_path: Path) -> None:
    """Both read the same file; one is saved whole, the others are refused."""
    path = tmp_path / "taxonomy.yaml"
    start = write(read(path), {})
    done: list[str] = []

    def save(name: str) -> None:
        try:
            write(start, {name: {"name": name}})
            done.append(name)
        except WorkspaceError:
            pass

    threads = [threading.Thread(target=save, args=(f"t{n}",)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [*read(path).entries] == done
    assert len(done) == 1
    assert [file.name for file in tmp_path.iterdir()] == ["taxonomy.yaml"]


def test_a_link_and_the_file_s_rights_stay(tmp_path: Path) -> None:
    """Saving replaces what a link leads to, with the rights that it had."""
    real, link = tmp_path / "real.yaml", tmp_path / "taxonomy.yaml"
    real.write_text("")
    real.chmod(0o640)
    link.symlink_to(real)
    write(read(link), KNOWN)
    assert link.is_symlink()
    assert stat.S_IMODE(real.stat().st_mode) == 0o640
    assert read(real).entries == KNOWN


def test_a_save_that_fails_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk is one line, and the file is as it was, alone in its folder."""
    path = tmp_path / "taxonomy.yaml"
    kept = write(read(path), KNOWN)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(WorkspaceError, match="cannot be written"):
        write(kept, {})
    assert read(path) == kept
    assert [*tmp_path.iterdir()] == [path]


LAUGHS = "a: &a [x, x]\nb: &b [*a, *a]\n"


@pytest.mark.parametrize(("text", "message"), [
    (LAUGHS, "line 2: this is not valid YAML here: an alias (*) repeats what is written elsewhere; write it out."),
    ("a: &a [*a]\n", "an alias (*) repeats"),
    ("a: {name: A}\na: {name: B}\n", 'line 2: this is not valid YAML here: the key "a" is given twice.'),
    ("a: {name: A, name: B}\n", 'the key "name" is given twice'),
    ("a: !!python/object/apply:os.system [id]\n", "only plain values are read, tags never are"),
    ("a: {name: [\n", "not valid YAML"),
    ("- a\n", "expected keys with values"),
    ("a: " + "[" * 5000, "not valid YAML"),
    ("a: {name: \"\x00\"}\n", "not valid YAML"),
    ("#" * (LARGEST + 1), "it has 5,000,001 bytes; at most 5,000,000 are read."),
], ids=["aliases", "itself", "id twice", "key twice", "tag", "open", "list", "deep", "nul", "huge"])  # fmt: skip
def test_a_hostile_file_is_refused_in_one_line(tmp_path: Path, text: str, message: str) -> None:
    """The line says which file, where and what."""
    path = tmp_path / "taxonomy.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(WorkspaceError) as fault:
        read(path)
    assert str(fault.value).startswith(str(path))
    assert message in str(fault.value)
    assert "\n" not in str(fault.value)


def test_bytes_that_are_no_text_and_a_folder_are_refused(tmp_path: Path) -> None:
    """Neither is a file of settings."""
    (tmp_path / "latin.yaml").write_bytes(b"a: \xe9")
    with pytest.raises(WorkspaceError, match="cannot be read as UTF-8"):
        read(tmp_path / "latin.yaml")
    with pytest.raises(WorkspaceError, match="cannot be read"):
        read(tmp_path)
