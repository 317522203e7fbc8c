"""Files that people and panels both write: whole or not at all, and never over someone's newer one unasked."""

from pathlib import Path

import pytest

from prodops.errors import WorkspaceError
from prodops.saving import Newer, digest, save


def test_a_new_file_is_made_with_its_folders(tmp_path: Path) -> None:
    """Where none was read and none is there; nothing else is left in the folder."""
    file = tmp_path / "a" / "b" / "x.yaml"
    assert digest(file) == ""
    assert save(file, b"one", read="") == digest(file)
    assert [each.name for each in file.parent.iterdir()] == ["x.yaml"]


def test_what_was_read_is_replaced_and_what_is_newer_is_not(tmp_path: Path) -> None:
    """Unless one says so; a file that came up meanwhile is newer than none."""
    file = tmp_path / "x.yaml"
    first = save(file, b"one", read="")
    second = save(file, b"two", read=first)
    for read in (first, ""):
        with pytest.raises(Newer, match="it changed on disk since it was read"):
            save(file, b"three", read=read)
    assert file.read_bytes() == b"two"
    assert save(file, b"three", read=first, force=True) not in (first, second)


def test_what_cannot_be_written_is_said(tmp_path: Path) -> None:
    """In one line that names the file."""
    (tmp_path / "x.yaml").mkdir()
    with pytest.raises(WorkspaceError, match=r"x\.yaml: cannot be read"):
        save(tmp_path / "x.yaml", b"one", read="")
    (tmp_path / "file").write_text("")
    with pytest.raises(WorkspaceError, match="cannot be"):
        save(tmp_path / "file" / "x.yaml", b"one", read="")
