"""The store: results of queries, kept under the SHA-256 of their content, so that a run can be replayed without its sources."""

import hashlib
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from prodops.errors import InputError

if TYPE_CHECKING:
    import pyarrow as pa

HIDDEN = ".part-"
NAME = re.compile("[0-9a-f]{64}")


def canonical(table: "pa.Table") -> "pa.Table":
    """Bring a result to its canonical types: 64-bit numbers, text, and times without a zone in microseconds.

    Decimals become floats, dates become times at midnight; all else (dictionaries, lists, spans of time) becomes text.
    """
    import pyarrow as pa
    import pyarrow.types as t

    def kind(of: "pa.DataType") -> "pa.DataType":
        if t.is_integer(of):
            return pa.int64()
        if t.is_floating(of) or t.is_decimal(of):
            return pa.float64()
        if t.is_date(of) or t.is_timestamp(of):
            return pa.timestamp("us")
        return pa.bool_() if t.is_boolean(of) else pa.string()

    columns = [_as(column, kind(column.type)) for column in table.columns]
    return pa.table(columns, names=table.column_names).combine_chunks()


def _as(column: "pa.ChunkedArray", kind: "pa.DataType") -> "pa.ChunkedArray":
    import pyarrow as pa

    try:
        return column.cast(kind)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return pa.chunked_array([[None if value is None else str(value) for value in column.to_pylist()]], pa.string())


def digest(table: "pa.Table") -> str:
    """Hash a canonical result: its columns' names and types, then its rows as CSV in the order given."""
    import pyarrow.csv as pc

    sha = hashlib.sha256("\n".join(f"{field.name}\t{field.type}" for field in table.schema).encode() + b"\n\n")

    class Sink:
        closed = False

        def write(self, data: bytes) -> int:
            sha.update(data)
            return len(data)

        def flush(self) -> None: ...

        def close(self) -> None: ...

    pc.write_csv(table, Sink(), pc.WriteOptions(include_header=False, quoting_style="needed"))
    return sha.hexdigest()


class Store:
    """A folder of Parquet files named by the digest of what they hold; written atomically, never changed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, table: "pa.Table") -> str:
        """Keep a canonical result; gives its digest."""
        import pyarrow.parquet as pq

        name = digest(table)
        if not used(self.path(name)):
            with temporary(self.path(name)) as part:
                pq.write_table(table, part, compression="zstd")
        return name

    def get(self, name: str) -> "pa.Table":
        """Give a kept result back; raises :class:`InputError` where it is gone or damaged (it is then removed, to be written anew)."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        if not NAME.fullmatch(name) or not self.path(name).exists():
            raise InputError(
                f"the store holds no result {name[:12]}…: it was removed, or the run was made elsewhere; "
                "run the report again from its sources."
            )
        with suppress(pa.ArrowException, OSError):
            table = pq.read_table(self.path(name))
            if digest(table) == name:
                return table
        with suppress(OSError):
            self.path(name).unlink()
        raise InputError(
            f"the stored result {name[:12]}… is damaged: its content no longer has that SHA-256; run the report again from its sources."
        )

    def path(self, name: str) -> Path:
        """Say where a result lies."""
        return self.folder / name[:2] / f"{name}.parquet"


class Replies:
    """What a language model answered, kept under the SHA-256 of the request; the first answer stays, so that a run again is the same."""

    def __init__(self, store: Path, address: str) -> None:
        self.folder, self.address = store / "replies", address

    def get(self, request: str) -> str | None:
        """Give the kept answer; none where there is none, or it is damaged."""
        try:
            kept = json.loads(self._path(request).read_text(encoding="utf-8"))
            text, name = str(kept["text"]), str(kept["sha256"])
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return text if _sha256(text) == name and used(self._path(request)) else None

    def put(self, request: str, text: str) -> None:
        """Keep an answer."""
        with temporary(self._path(request)) as part:
            part.write_text(json.dumps({"sha256": _sha256(text), "text": text}), encoding="utf-8")

    def _path(self, request: str) -> Path:
        name = _sha256(f"{self.address}\n{request}")
        return self.folder / name[:2] / f"{name}.json"


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


def used(path: Path) -> bool:
    """Note on a kept file or folder that it is used now, so that nobody clears it away meanwhile; false where it is gone."""
    try:
        os.utime(path)
    except FileNotFoundError:
        return False
    except OSError:  # a store that may only be read: nobody clears it either
        return path.exists()
    return True


class temporary:
    """Write to a hidden file beside ``path`` and move it there when whole; nothing is left behind on a fault."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> Path:
        self.part = self.path.with_name(f"{HIDDEN}{uuid4().hex}{self.path.suffix}")
        with writable(self.path.parent):
            self.part.touch(exist_ok=False)
        return self.part

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            os.replace(self.part, self.path)
        else:
            self.part.unlink(missing_ok=True)


@contextmanager
def writable(folder: Path) -> Iterator[None]:
    """Make a folder to write to; raises :class:`InputError` where it cannot be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as fault:
        raise InputError(f"{folder}: cannot be written ({fault.strerror}); prodops keeps what it read there.") from None
