"""The charts' library is made once and kept; what is kept is used only where it is whole."""

from pathlib import Path

import pytest

from prodops.reports.render import vega


def test_the_bundle_is_kept_and_read_back_only_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second process reads what the first made; a file that was cut, or changed, is made anew; no folder is no fault."""
    made: list[str] = []
    monkeypatch.setattr(vega, "_make", lambda: made.append("") or f"script {len(made)} é")

    def fresh(folder: Path | None) -> str:
        vega.bundle.cache_clear()
        return vega.bundle(folder)

    assert [fresh(tmp_path / "new"), fresh(tmp_path / "new")] == ["script 1 é"] * 2
    (file,) = (tmp_path / "new").iterdir()
    whole = file.read_bytes()
    for damaged in (whole[:-1], whole.replace(b"script", b"SCRIPT"), b""):
        file.write_bytes(damaged)
        again = fresh(tmp_path / "new")
        assert again == f"script {len(made)} é" == fresh(tmp_path / "new")
    assert len(made) == 4
    (tmp_path / "file").write_text("")
    assert [fresh(tmp_path / "file"), fresh(None)] == ["script 5 é", "script 6 é"]
    vega.bundle.cache_clear()


def test_the_bundle_cannot_end_its_script() -> None:
    """It is one function, without the sequences that end or hide a script in HTML."""
    script = vega.bundle()
    assert script.startswith('globalThis.loadVega = () => {"use strict";')
    assert script.endswith("};")
    assert "</script" not in script.lower()
    assert "<!--" not in script
