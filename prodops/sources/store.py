"""The store: results of queries, kept under the SHA-256 of their content, so that a run can be replayed without its sources."""

import hashlib
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from prodops.errors import InputError

if TYPE_CHECKING:
    import pyarrow as pa


def canonical(table: "pa.Table") -> "pa.Table":
    """Bring a result to its canonical types: 64-bit numbers, text, and times without a zone in microseconds.

    Decimals become floats, dates become times at midnight, dictionaries become plain text.
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

    return table.cast(pa.schema([(field.name, kind(field.type)) for field in table.schema])).combine_chunks()


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
        if not self.path(name).exists():
            with temporary(self.path(name)) as part:
                pq.write_table(table, part, compression="zstd")
        return name

    def get(self, name: str) -> "pa.Table":
        """Give a kept result back; raises :class:`InputError` where it is gone or damaged."""
        import pyarrow.parquet as pq

        if not self.path(name).exists():
            raise InputError(f"the store holds no result {name[:12]}…: it was removed, or the run was made elsewhere; run the report again from its sources.")
        table = pq.read_table(self.path(name))
        if digest(table) != name:
            raise InputError(f"the stored result {name[:12]}… is damaged: its content no longer has that SHA-256; run the report again from its sources.")
        return table

    def path(self, name: str) -> Path:
        """Say where a result lies."""
        return self.folder / name[:2] / f"{name}.parquet"


class temporary:
    """Write to a hidden file beside ``path`` and move it there when whole; nothing is left behind on a fault."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> Path:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(prefix=".part-", suffix=self.path.suffix, dir=self.path.parent)
        except OSError as fault:
            raise InputError(f"{self.path.parent}: cannot be written ({fault.strerror}); the store of results needs a folder that can.") from None
        os.close(handle)
        self.part = Path(name)
        return self.part

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            os.replace(self.part, self.path)
        else:
            self.part.unlink(missing_ok=True)
