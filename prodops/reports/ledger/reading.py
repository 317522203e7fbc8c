"""Looking things up in the ledger."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from prodops.reports.ledger import tables
from prodops.reports.ledger.database import Database
from prodops.reports.ledger.rows import Entry, Slot, entry_of, key, utc


class Reading:
    """The file, and the runs in it. Nothing is opened, and no file made, before it is used."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._file = Database(file, [tables.SCHEMA, tables.PUBLISHED], tables.MARK)

    def close(self) -> None:
        """Close the file; it opens again when it is used again."""
        self._file.close()

    def entries(self, report: str | None = None, *, last: int | None = None) -> list[Entry]:
        """Give runs, oldest first; with ``last``, only so many of the newest. No ledger yet is no runs."""
        where, values = ("r.report = ?", [report]) if report is not None else ("1", [])
        return self._entries(where, values, last)

    def standing(self, last: int) -> list[Entry]:
        """Give, oldest first, what a list of all reports shows.

        Of each slice these are the last good run of each of its ``last`` newest good as-ofs, and the last run that ended for the
        newest as-of at which one ended well or badly.
        """
        place = "row_number() OVER (PARTITION BY report, slice ORDER BY as_of DESC, number DESC) AS place"
        good = "SELECT max(number) AS number, report, slice, as_of FROM runs WHERE status IN ('ok', 'no data') GROUP BY 2, 3, 4"
        ended = "SELECT * FROM runs WHERE status IN ('ok', 'no data', 'failed', 'lost')"
        wanted = [f"SELECT number FROM (SELECT number, {place} FROM ({runs})) WHERE place <= ?" for runs in (good, ended)]
        return self._entries(f"r.number IN ({' UNION '.join(wanted)})", [last, 1])

    def latest(self, reports: Sequence[str], *, as_of: datetime, before: datetime) -> list[Entry]:
        """Give, of each slice of some reports, for as-ofs up to ``as_of`` and ended by an instant: its last good run, and its last run
        that failed or was lost where that is of a later as-of, or of the same and later."""
        part = "PARTITION BY report, slice"
        ended = (
            f"SELECT number, row_number() OVER ({part} ORDER BY as_of DESC, number DESC) AS place, status IN ('ok', 'no data') AS good, "
            f"row_number() OVER ({part}, status IN ('ok', 'no data') ORDER BY as_of DESC, number DESC) AS own FROM runs WHERE as_of <= ? "
            f"AND ended <= ? AND status IN ('ok', 'no data', 'failed', 'lost') AND report IN ({', '.join('?' * len(reports))})"
        )
        wanted = f"r.number IN (SELECT number FROM ({ended}) WHERE (good AND own = 1) OR place = 1)"
        return self._entries(wanted, [as_of.isoformat(), utc(before), *reports])

    def at_work(self) -> list[Entry]:
        """Give the runs that are under way, or whose process is gone and nobody has settled yet."""
        return self._entries("r.status = 'running'")

    def entry(self, number: int) -> Entry | None:
        """Give one run by its number."""
        return next(iter(self._entries("r.number = ?", [number])), None)

    def published(self, slot: Slot, before: datetime) -> list[tuple[str, str, str]]:
        """Give what runs of a slot's report and slice for earlier as-ofs published and had made before an instant: as-of, name and
        SHA-256, oldest first. Of one as-of made several times all are given, in the order made."""
        query = (
            "SELECT r.as_of, p.name, p.sha256 FROM published p JOIN runs r ON r.number = p.run WHERE r.report = ? AND r.slice = ? "
            "AND r.as_of < ? AND r.status IN ('ok', 'no data') AND r.ended < ? ORDER BY r.as_of, r.number, p.name"
        )
        with self._file.reading() as sql:
            return [] if sql is None else [(*row,) for row in sql.execute(query, [*key(slot), utc(before)])]

    def kept(self) -> list[str]:
        """Give the SHA-256 of all that was ever published."""
        with self._file.reading() as sql:
            return [] if sql is None else [sha256 for (sha256,) in sql.execute("SELECT DISTINCT sha256 FROM published ORDER BY sha256")]

    def _entries(self, where: str, values: Sequence[object] = (), last: int | None = None) -> list[Entry]:
        query = f"SELECT r.*, h.host, h.pid, h.started FROM runs r LEFT JOIN holders h ON h.id = r.holder WHERE {where}"
        with self._file.reading() as sql:
            if sql is None:
                return []
            cursor = sql.execute(f"{query} ORDER BY r.number DESC LIMIT ?", [*values, -1 if last is None else last])
            names = [column[0] for column in cursor.description]
            return [entry_of(dict(zip(names, row, strict=True))) for row in cursor][::-1]
