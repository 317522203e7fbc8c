"""A desk over answers that a test writes, and short ways to write them."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import pandas as pd
import pyarrow as pa

from prodops.workspace import Workspace
from tests.tables_in_memory import Tables

Row = dict[str, Any]


class FakeDesk:
    """Tables in memory; what a report asks of ``sources.connect(...)``."""

    def __init__(self, as_of: str, **tables: Any) -> None:
        self.as_of, self.workspace = datetime.fromisoformat(as_of), Workspace()
        self._tables = Tables(**{kind: rows if isinstance(rows, pa.Table) else _arrow(rows) for kind, rows in tables.items()})

    def has(self, kind: str) -> bool:
        return kind in self._tables

    def table(self, kind: str) -> Any:
        return self._tables[kind]

    def read(self, what: Any, *, name: str = "") -> pd.DataFrame:
        expr = self._tables[what] if isinstance(what, str) else what
        return self._tables.con.to_pyarrow(expr).to_pandas()

    def stamp(self, kind: str) -> Any:
        raise NotImplementedError


def _arrow(rows: Iterable[Row]) -> pa.Table:
    frame = pd.DataFrame(list(rows))
    for column in frame.columns:
        if column.endswith(("_at", "_on")):
            frame[column] = pd.to_datetime(frame[column], format="ISO8601").astype("datetime64[us]")
    empty = {"score": "float64", "answer": "str", "comment": "str", "segment": "str", "ended_on": "datetime64[us]"}
    frame = frame.astype({name: kind for name, kind in empty.items() if name in frame and frame[name].isna().all()})
    return pa.Table.from_pandas(frame, preserve_index=False)


def answers(question: str, day: str, scores: Iterable[Any], *, who: str = "u", column: str = "score", **more: Any) -> list[Row]:
    """Write one answer a respondent, a minute apart; ``who`` starts the respondents' names."""
    start = datetime.fromisoformat(day)
    empty = {"score": None, "answer": None, "comment": None, "segment": None}
    return [
        {**empty, "respondent_id": f"{who}{i}", "question": question, "answered_at": start + timedelta(minutes=i), column: score, **more}
        for i, score in enumerate(scores)
    ]
