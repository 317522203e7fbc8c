"""Text files come in many encodings: what can be understood is, and what was assumed is said."""

from pathlib import Path

import pytest
from source_project import Project, rows, stamp

from prodops.errors import InputError
from prodops.sources import text

HEAD = "created_at,text\n"
NO_ID = "the table has no id: one is made from each row's number"


@pytest.mark.parametrize(
    ("content", "said", "notes"),
    [
        (
            (HEAD + "2026-03-01,Größe café – “naïve”\n").encode("cp1252"),
            "Größe café – “naïve”",
            ["the encoding is not UTF-8: read as Windows-1252 (Latin-1)"],
        ),
        ((HEAD + "2026-03-01,Größe\n").encode("latin-1"), "Größe", ["the encoding is not UTF-8: read as Windows-1252 (Latin-1)"]),
        ((HEAD + "2026-03-01,Größe\n").encode("utf-16-be").join([b"\xfe\xff", b""]), "Größe", ["read with the encoding utf-16"]),
        ((HEAD + "2026-03-01,Größe\n").encode("utf-8-sig"), "Größe", []),
        (
            (HEAD + "2026-03-01,Größe ").encode() + b"\xff\n",
            "Größe �",
            ["1 line with bytes that could not be read as UTF-8 (line 2): shown as �"],
        ),
        ((HEAD + "2026-03-01,a\0b\0\n").encode(), "ab", ["2 NUL bytes removed"]),
        ((HEAD + "2026-03-01,\x1b[31mred\x07\n").encode(), "\x1b[31mred\x07", []),
    ],
)
def test_encodings_are_understood(project: Project, content: bytes, said: str, notes: list[str]) -> None:
    """UTF-8 with or without its mark, UTF-16 and Windows-1252 are told apart; what was mended is noted."""
    desk = project.csv(content)
    assert rows(desk, "text") == [(said,)]
    assert [note for note in stamp(desk).notes if note != NO_ID] == notes


def test_an_encoding_can_be_named(project: Project) -> None:
    """A named encoding is used, whatever the bytes look like; one that does not exist is refused."""
    cyrillic = HEAD + "2026-03-01,Синхронизация\n"
    for name in ("utf-16-le", "koi8-r", "UTF8"):
        desk = project.csv(cyrillic.encode(name), encoding=name)
        assert rows(desk, "text") == [("Синхронизация",)]
    for name in ("utf-9", "base64"):
        with pytest.raises(InputError) as refused:
            project.csv(cyrillic, encoding=name)
        assert str(refused.value) == f'reviews.csv: there is no encoding "{name}"; name one such as utf-8, utf-16 or cp1252.'


def test_bad_bytes_late_in_a_file_are_found(project: Project) -> None:
    """A single bad byte after many good multi-byte lines does not turn the file to another encoding; its line is named."""
    content = HEAD.encode() + "2026-03-01,Größe\n".encode() * 1_000 + b"2026-03-01,bad \xe9\n"
    desk = project.csv(content)
    assert {t for (t,) in rows(desk, "text")} == {"Größe", "bad �"}
    assert "1 line with bytes that could not be read as UTF-8 (line 1,002): shown as �" in stamp(desk).notes
    cut = project.csv(content[: content.index(b"bad")] + "bad €".encode()[:-1])
    assert "1 line with bytes that could not be read as UTF-8 (line 1,002): shown as �" in stamp(cut).notes


def test_gzip_under_another_name_is_unpacked(project: Project) -> None:
    """Bytes tell what a file is, not its name; the name is mentioned."""
    import gzip

    desk = project.csv(gzip.compress((HEAD + "2026-03-01,a\n").encode()))
    assert stamp(desk).notes[0] == "the file is gzip-compressed, though its name does not say so"
    assert rows(desk, "text") == [("a",)]


def test_plain_files_are_read_where_they_lie(tmp_path: Path) -> None:
    """Plain UTF-8 is not copied; its quotes are counted."""
    file = tmp_path / "a.csv"
    file.write_text('a,b\n"1",2"\n')
    assert text.settle(file, tmp_path) == text.Settled(file, (), False)
    assert list(tmp_path.iterdir()) == [file]


def test_characters_split_between_chunks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A character whose bytes fall into two reads is one character."""
    monkeypatch.setattr(text, "CHUNK", 3)
    file = tmp_path / "a.csv"
    file.write_text("a,b\né€😀,x\n", encoding="utf-8")
    assert text.settle(file, tmp_path).path == file
    file.write_text("a,b\né€😀,x\n", encoding="utf-16")
    assert text.settle(file, tmp_path).path.read_text(encoding="utf-8") == "a,b\né€😀,x\n"
