"""One SQLite file that several processes share: opened, brought to its schema, read and written in whole transactions.

What SQLite says of a full disk, a folder that cannot be written, a damaged or a newer file becomes one line; whatever goes
wrong, the transaction is taken back and the file is as it was.
"""

import contextlib
import os
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from time import monotonic, sleep

from prodops.errors import RunError

PATIENCE = 30.0
"""Seconds to wait for another process's transaction."""
DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
_left: list[sqlite3.Connection] = []
"""Connections that a parent made before a fork: never used again, and never closed, as its locks would go with them."""


class Database:
    """A file with a schema: ``steps[n]`` (SQL) leads from version n to n + 1. ``mark`` tells its files from other programs'."""

    def __init__(self, file: Path, steps: Sequence[str], mark: int) -> None:
        self.file, self._steps, self._mark = file, steps, mark
        self._lock = threading.RLock()
        self._open: sqlite3.Connection | None = None
        self._key: tuple[int, ...] = ()

    @contextlib.contextmanager
    def reading(self) -> Iterator[sqlite3.Connection | None]:
        """Give one consistent view; ``None`` where there is no file yet: looking makes none."""
        if not self._open and not self.file.exists():
            yield None
            return
        with self._transaction("BEGIN") as connection:
            yield connection

    @contextlib.contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Hold the file for one transaction: all of it is kept, through a power cut, or none."""
        with self._transaction("BEGIN IMMEDIATE") as connection:
            yield connection

    def close(self) -> None:
        """Close the file; it opens again when it is used again."""
        with self._lock:
            if self._open and self._key[0] == os.getpid():
                self._open.close()
            self._open = None

    @contextlib.contextmanager
    def _transaction(self, begin: str) -> Iterator[sqlite3.Connection]:
        with self._lock, self._said():
            connection = self._connection()
            try:  # a signal may raise at any point, right after BEGIN too
                connection.execute(begin)
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    with contextlib.suppress(sqlite3.Error):
                        connection.execute("ROLLBACK")
                raise

    # -------------------------------------------------------------------------------------------------------- opening
    def _connection(self) -> sqlite3.Connection:
        """Give this process's connection; a file that was moved away, or a fork, asks for a new one."""
        if self._open and self._key == self._identity():
            return self._open
        if self._open and self._key[0] != os.getpid():
            _left.append(self._open)
            self._open = None
        self.close()
        self.file.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(self.file, timeout=PATIENCE, isolation_level=None, check_same_thread=False)
        try:
            self._settle(connection)
        except BaseException:
            connection.close()
            raise
        self._open, self._key = connection, self._identity()
        return connection

    def _identity(self) -> tuple[int, ...]:
        try:
            found = self.file.stat()
        except FileNotFoundError:
            return (os.getpid(),)
        return os.getpid(), found.st_dev, found.st_ino

    def _settle(self, connection: sqlite3.Connection) -> None:
        """Bring a file that was just opened to our schema and settings; whoever else opens it at this moment does the same."""
        if self._version(connection) < len(self._steps):
            self._to_wal(connection)
            connection.execute("BEGIN IMMEDIATE")
            for step in self._steps[self._version(connection) :]:
                for statement in step.split(";"):
                    connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {len(self._steps)}")
            connection.execute(f"PRAGMA application_id = {self._mark}")
            connection.execute("COMMIT")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")

    def _version(self, connection: sqlite3.Connection) -> int:
        tables = int(
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        )  # first: who makes them sets the mark with them
        version = int(connection.execute("PRAGMA user_version").fetchone()[0])
        mark = int(connection.execute("PRAGMA application_id").fetchone()[0])
        if version > len(self._steps) and mark == self._mark:
            raise RunError(
                f"{self.file}: a newer prodops wrote this file (version {version}, this one knows {len(self._steps)}); update prodops."
            )
        if mark != self._mark and tables:
            raise RunError(f"{self.file}: another program's data is in the place of our file; move it away.")
        return version

    def _to_wal(self, connection: sqlite3.Connection) -> None:
        """Let readers and one writer work at a time; SQLite does not wait for this by itself where two processes ask at once."""
        until = monotonic() + PATIENCE
        while True:
            try:
                connection.execute("PRAGMA journal_mode = WAL")
                return
            except sqlite3.OperationalError as fault:
                if fault.sqlite_errorcode & 0xFF not in BUSY or monotonic() > until:
                    raise
                sleep(0.01)

    @contextlib.contextmanager
    def _said(self) -> Iterator[None]:
        """Turn what SQLite and the system say into one line."""
        try:
            yield
        except (sqlite3.IntegrityError, sqlite3.ProgrammingError):
            raise  # ours to mend
        except sqlite3.DatabaseError as fault:
            code = getattr(fault, "sqlite_errorcode", 0) & 0xFF
            if code in DAMAGED:
                raise RunError(f"{self.file}: this file is damaged ({fault}); move it away and a new one is begun.") from None
            if code in BUSY:
                raise RunError(f"{self.file}: another process has held this file for {PATIENCE:.0f} s; try again.") from None
            raise RunError(f"{self.file}: cannot be read or written ({fault}); what it holds is unchanged.") from None
        except OSError as fault:
            why = (fault.strerror or type(fault).__name__).lower()
            raise RunError(f"{self.file}: cannot be read or written ({why}); what it holds is unchanged.") from None
