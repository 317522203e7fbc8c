"""Themes as series by week, to hold beside KPIs."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import pandas as pd
import pytest

from prodops import feedback
from prodops.stamps import TableStamp
from prodops.workspace import Workspace

AS_OF = datetime(2025, 11, 3)


class FakeDesk:
    """A desk with feedback of ten weeks: exports each week, logins in the last."""

    as_of, workspace = AS_OF, Workspace()

    def __init__(self, texts: bool = True) -> None:
        self._texts = texts
        self.store: dict[str, pd.DataFrame] = {}

    def has(self, kind: str) -> bool:
        return self._texts

    def only(self, kind: str, **wanted: str) -> object:
        return wanted["segment"] or kind

    def read(self, what: object, *, name: str = "") -> pd.DataFrame:
        self._read = what
        export = [f"The export to {kind} is far too slow for {n} rows" for kind in ("CSV", "Excel", "PDF") for n in (100, 2000, 30000, 7)]
        login = [f"I cannot log in with my password on my {thing}" for thing in ("phone", "tablet", "laptop", "new phone")]
        rows = [(text, AS_OF - timedelta(weeks=w, hours=-i)) for w in range(1, 11) for i, text in enumerate(export)]
        rows += [(f"{text}, try {i}", AS_OF - timedelta(days=2, hours=i)) for i in range(8) for text in login]
        return pd.DataFrame([{"id": str(n), "text": f"{t} (case {n})", "created_at": at} for n, (t, at) in enumerate(rows)])

    def stamp(self, kind: str) -> TableStamp:
        return TableStamp(table=kind, source="test", rows_read=0, rows_used=0, redact=True)

    def taxonomy(self) -> dict[str, object]:
        return {}

    def digest(self, name: str) -> str:
        return f"{name}: {self._read}"

    def kept(self, name: str, given: Mapping[str, Any], make: Callable[[], pd.DataFrame]) -> pd.DataFrame:
        key = json.dumps([name, given], default=str, sort_keys=True)
        if key not in self.store:
            self.store[key] = make()
        return self.store[key]


def test_each_theme_is_a_series_of_whole_weeks() -> None:
    """Zeros included, the week in progress left out, named for a reader; all voices with a theme are in it."""
    found = feedback.themes_by_week(FakeDesk(), weeks=12)
    assert found is not None
    assert list(found.columns) == ["name", "period_start", "value", "theme", "sentiment"]
    assert found.groupby("name").size().nunique() == found.groupby("name")["theme"].nunique().max() == 1
    assert found["sentiment"].dropna().between(-1, 0).all()  # what is too slow, or cannot be done, is not said gladly
    assert found.loc[found["value"] == 0, "sentiment"].isna().all()
    assert found["name"].str.fullmatch("feedback on “.+”").all()
    assert found["period_start"].max() == pd.Timestamp("2025-10-27")
    last = found[found["period_start"] == pd.Timestamp("2025-10-27")].set_index("name")["value"]
    assert last.idxmax() == "feedback on “Log in with my password”"
    assert found.loc[found["name"] == last.idxmax(), "value"].sum() == last.max()


def test_without_feedback_there_is_nothing_to_hold_beside() -> None:
    """A workspace without the table."""
    assert feedback.themes_by_week(FakeDesk(texts=False)) is None


def test_what_one_report_heard_another_need_not_find_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same series as is found afresh, without a theme being looked for; nothing is taken from a segment's feedback."""
    afresh, desk = feedback.themes_by_week(FakeDesk()), FakeDesk()
    rows, ready, themes, said = feedback.heard(desk)
    assert len(rows) == len(ready.frame) == len(themes.labels)
    assert set(themes.ids) <= set(said["theme"]) <= {*themes.ids, ""}
    monkeypatch.setattr("prodops.feedback.themes.find_themes", None)
    assert afresh is not None
    pd.testing.assert_frame_equal(feedback.themes_by_week(desk), afresh)
    monkeypatch.undo()
    of_a_segment = FakeDesk()
    feedback.heard(of_a_segment, segment="Enterprise")
    assert not of_a_segment.store
