"""From the bytes of a text file to clean UTF-8: what it really is, how it is encoded, and what had to be mended.

One pass over the file finds its encoding and its oddities. A file that is plain UTF-8 is used as it
lies; any other is written anew as UTF-8 in the work folder. What is no text is refused in words.
"""

import codecs
import gzip
import hashlib
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from prodops.errors import InputError

CHUNK = 1 << 20
MAX_BYTES = 8 << 30
BOMB_BYTES, BOMB_RATIO = 64 << 20, 200
"""A compressed file may unpack to 64 MB freely; beyond that, to no more than 200 times its size."""

_GZIP = b"\x1f\x8b"
_TEXT_PLEASE = "give a text file such as CSV"
_MAGIC = (
    (b"PK\x03\x04", "a ZIP archive or a spreadsheet", "unpack it, or name a spreadsheet .xlsx"),
    (b"\xd0\xcf\x11\xe0", "an old Excel or Office file", "name it .xls, or save it as CSV"),
    (b"\x89PNG", "a PNG image", _TEXT_PLEASE),
    (b"\xff\xd8\xff", "a JPEG image", _TEXT_PLEASE),
    (b"GIF8", "a GIF image", _TEXT_PLEASE),
    (b"%PDF", "a PDF document", "export the table behind it as CSV"),
    (b"PAR1", "a Parquet file", "name it .parquet"),
    (b"BZh", "compressed with bzip2", "unpack it, or use gzip"),
    (b"\xfd7zXZ", "compressed with xz", "unpack it, or use gzip"),
    (b"\x28\xb5\x2f\xfd", "compressed with zstd", "unpack it, or use gzip"),
    (b"7z\xbc\xaf", "a 7-Zip archive", "unpack it"),
    (_GZIP, "compressed twice", "unpack it once"),
    (b"SQLite format 3", "an SQLite database", "give it as sqlite:///FILE with a table"),
)
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_QUOTES_AND_DASHES = {0x80, 0x85, 0x91, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97, 0x99}
_SIGNS = {0xA0, 0xA3, 0xA7, 0xA9, 0xAB, 0xAE, 0xB0, 0xB7, 0xBB}
_LATIN = frozenset(range(0xC0, 0xFF)) | _QUOTES_AND_DASHES | _SIGNS
"""The bytes that Western text in Windows-1252 holds, but for the rare ones."""


@dataclass(frozen=True)
class Settled:
    """A text file made ready: the path of its UTF-8 text, what was noted, and whether its quotes come in pairs."""

    path: Path
    notes: tuple[str, ...]
    quotes_balance: bool


def sha256_of(path: Path) -> str:
    """Hash a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def settle(path: Path, work: Path, *, encoding: str | None = None) -> Settled:
    """Make a text file ready for a parser; raises :class:`InputError` for what is no text, empty, or far too large."""
    name, notes, head = path.name, [], _head(path)
    if head.startswith(_GZIP):
        if path.suffix.lower() != ".gz":
            notes.append("the file is gzip-compressed, though its name does not say so")
        path = _unpack(path, work / "unpacked")
        head = _head(path)
    encoding = _known(name, encoding)
    _refuse_what_is_no_text(name, head, encoding)
    encoding = encoding or next((known for bom, known in _BOMS if head.startswith(bom)), None)
    scan = _scan(path) if encoding in (None, "utf-8", "utf-8-sig") else None
    encoding = encoding or (scan.encoding if scan else "utf-8")
    if scan is None or scan.must_be_rewritten or encoding != "utf-8":
        path, rewritten = _rewrite(path, work / "text.csv", encoding)
        notes += [*_encoding_notes(encoding, scan), *rewritten]
    quotes = scan.quotes if scan else sum(chunk.count(b'"') for chunk in _chunks(path))
    return Settled(path, tuple(notes), quotes % 2 == 0)


def refuse_bomb(name: str, packed: int, unpacked: int) -> None:
    """Refuse a compressed file that grows beyond all measure; sizes in bytes."""
    limit = min(max(BOMB_BYTES, packed * BOMB_RATIO), MAX_BYTES)
    if unpacked > limit:
        raise InputError(
            f"{name}: the compressed file of {packed:,} bytes unpacks to more than {limit:,} bytes, over the size limit for "
            "compressed files; unpack it yourself if it is what it should be."
        )


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(8192)


def _unpack(path: Path, target: Path) -> Path:
    packed_size, size = path.stat().st_size, 0
    try:
        with gzip.open(path, "rb") as packed, target.open("wb") as out:
            while chunk := packed.read(CHUNK):
                size += len(chunk)
                refuse_bomb(path.name, packed_size, size)
                out.write(chunk)
    except (gzip.BadGzipFile, EOFError, zlib.error) as fault:
        raise InputError(f"{path.name}: the gzip file is damaged or cut off ({fault}); copy or export it again.") from None
    return target


def _known(name: str, encoding: str | None) -> str | None:
    """Give an encoding's usual name; raises where there is none, or where it is not one of text."""
    if encoding is None:
        return None
    try:
        "".encode(encoding)
        return codecs.lookup(encoding).name
    except (LookupError, UnicodeError, ValueError):
        raise InputError(f'{name}: there is no encoding "{encoding}"; name one such as utf-8, utf-16 or cp1252.') from None


def _refuse_what_is_no_text(name: str, head: bytes, encoding: str | None) -> None:
    if not head.strip(b"\xef\xbb\xbf \t\r\n\x00"):
        raise InputError(f"{name}: the file is empty; no data to read. Expected a header line and rows.")
    for magic, what, step in _MAGIC:
        if head.startswith(magic):
            raise InputError(f"{name}: this is {what} (binary), not a CSV or other text file: {step}.")
    start = head.removeprefix(codecs.BOM_UTF8).lstrip()[:200].lower()
    if start.startswith((b"<!doctype html", b"<html")):
        raise InputError(
            f"{name}: this is an HTML page (often a log-in page saved by mistake), not a table with a header of column names: "
            "download the data again."
        )
    if start.startswith(b"version https://git-lfs"):
        raise InputError(f"{name}: this is a Git LFS pointer, not the data, so it has no columns: fetch it with `git lfs pull`.")
    if encoding is None and not head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        _refuse_binary(name, head)


def _refuse_binary(name: str, head: bytes) -> None:
    if head.count(0) > len(head) // 4:
        raise InputError(
            f"{name}: nearly every second byte is NUL: the encoding looks like UTF-16 without its mark. "
            "Save it as UTF-8, or name the encoding in the workspace (encoding: utf-16-le)."
        )
    odd = sum(byte < 32 and byte not in b"\t\n\r\x0b\x0c\x00\x1b\x07\x08" for byte in head)
    if odd > len(head) * 0.02:
        raise InputError(f"{name}: this is a binary file, not a CSV or other text file.")


@dataclass(frozen=True)
class _Scan:
    quotes: int
    nuls: int
    encoding: str
    bad_lines: tuple[int, ...]

    @property
    def must_be_rewritten(self) -> bool:
        return bool(self.nuls or self.bad_lines)


def _scan(path: Path) -> _Scan:
    """Judge whether a file is UTF-8; where not, whether its odd bytes read well as Windows-1252."""
    quotes, nuls, clean = 0, 0, True
    decoder = codecs.getincrementaldecoder("utf-8")()
    for chunk in _chunks(path):
        quotes += chunk.count(b'"')
        nuls += chunk.count(0)
        clean = clean and _decodes(decoder, chunk)
    clean = clean and _decodes(decoder, b"", final=True)
    lines, encoding = ((), "utf-8") if clean else _judge(path)
    return _Scan(quotes, nuls, encoding, lines)


def _decodes(decoder: codecs.IncrementalDecoder, chunk: bytes, final: bool = False) -> bool:
    try:
        decoder.decode(chunk, final)
    except UnicodeDecodeError:
        return False
    return True


def _judge(path: Path) -> tuple[tuple[int, ...], str]:
    """Find the lines that are not UTF-8, and the encoding: Windows-1252 where they read well so and no line is multi-byte."""
    bad: list[int] = []
    plausible = good_multibyte = 0
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if line.isascii():
                continue
            try:
                line.decode()
                good_multibyte += 1
            except UnicodeDecodeError:
                bad.append(number)
                runs = re.findall(rb"[\x80-\xff]+", line)
                plausible += all(len(run) < 3 and set(run) <= _LATIN for run in runs)
    latin = plausible >= 0.9 * len(bad) and not good_multibyte
    return tuple(bad), "cp1252" if latin else "utf-8"


def _encoding_notes(encoding: str, scan: _Scan | None) -> list[str]:
    if encoding == "utf-8-sig":
        return []
    if scan is None:
        return [f"read with the encoding {encoding}"]
    if not scan.bad_lines:
        return []
    if encoding == "cp1252":
        return ["the encoding is not UTF-8: read as Windows-1252 (Latin-1)"]
    shown = ", ".join(f"{n:,}" for n in scan.bad_lines[:5]) + (", …" if len(scan.bad_lines) > 5 else "")
    many = len(scan.bad_lines)
    return [f"{many:,} line{'s' if many > 1 else ''} with bytes that could not be read as UTF-8 (line {shown}): shown as �"]


def _rewrite(path: Path, target: Path, encoding: str) -> tuple[Path, list[str]]:
    nuls = 0
    try:
        with (
            path.open(encoding=encoding, errors="replace", newline="") as file,
            target.open("w", encoding="utf-8", errors="replace", newline="") as out,
        ):
            while text := file.read(CHUNK):
                nuls += text.count("\0")
                out.write(text.replace("\0", ""))
    except UnicodeError as fault:
        raise InputError(f"{path.name}: cannot be read with the encoding {encoding} ({fault}).") from None
    return target, [f"{nuls:,} NUL byte{'s' if nuls > 1 else ''} removed"] if nuls else []
