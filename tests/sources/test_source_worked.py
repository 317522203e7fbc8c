"""What was worked out is given again only for the same work of the same code; whatever is amiss with what was kept, it is worked out anew."""

import json
import os
from pathlib import Path

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal
from source_project import Project

from prodops.errors import InputError
from prodops.sources import worked
from prodops.sources.store import Store


class Work:
    """Work that counts how often it is done."""

    def __init__(self) -> None:
        self.done = 0

    def __call__(self) -> pd.DataFrame:
        self.done += 1
        return pd.DataFrame({"name": ["a", None], "week": pd.to_datetime(["2025-11-03", None]), "value": [1, 2], "share": [0.1, None]})


@pytest.fixture
def _same_code(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worked, "edition", lambda: "this code")


@pytest.mark.usefixtures("_same_code")
def test_the_same_work_is_done_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Kept or made just now, the frame is the same; other input, another name, other code is other work."""
    work, store = Work(), Store(tmp_path)
    first, again = (worked.once(store, "weeks", {"rows": "ab", "weeks": 52}, work).to_pandas() for _ in range(2))
    assert work.done == 1
    assert_frame_equal(first, again)
    worked.once(store, "weeks", {"rows": "ab", "weeks": 53}, work)
    worked.once(store, "months", {"rows": "ab", "weeks": 52}, work)
    monkeypatch.setattr(worked, "edition", lambda: "other code")
    worked.once(store, "weeks", {"rows": "ab", "weeks": 52}, work)
    assert work.done == 4


@pytest.mark.usefixtures("_same_code")
@pytest.mark.parametrize("harm", ["no note", "odd note", "no result", "odd result", "another result"])
def test_what_is_lost_or_damaged_is_worked_out_anew(tmp_path: Path, harm: str) -> None:
    """The note or the result is gone, or is not what it was: never served, and whole again afterwards."""
    work, store = Work(), Store(tmp_path)
    whole = worked.once(store, "weeks", {}, work)
    (note,) = (tmp_path / worked.FOLDER).glob("*.json")
    (result,) = tmp_path.glob("??/*.parquet")
    {
        "no note": note.unlink,
        "odd note": lambda: note.write_text("{}"),
        "no result": result.unlink,
        "odd result": lambda: result.write_bytes(b"PAR1"),
        "another result": lambda: note.write_text(json.dumps({"sha256": "../" * 21 + "x"})),
    }[harm]()
    assert worked.once(store, "weeks", {}, work).equals(whole)
    assert work.done == 2
    worked.once(store, "weeks", {}, work)
    assert work.done == 2


def test_code_that_changed_since_the_process_began_keeps_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is loaded may be other code than what lies there; code that is older than the process has its digest."""
    code = tmp_path / "package" / "__init__.py"
    code.parent.mkdir()
    code.touch()
    monkeypatch.setattr(worked.prodops, "__file__", str(code))
    worked.edition.cache_clear()
    assert worked.edition() == ""
    work = Work()
    for _ in range(2):
        worked.once(Store(tmp_path), "weeks", {}, work)
    assert work.done == 2
    editions = set()
    for text in ("a = 1", "a = 2"):
        code.write_text(text)
        os.utime(code, (0, 0))
        worked.edition.cache_clear()
        editions.add(worked.edition())
    assert [len(each) for each in editions] == [64, 64]
    worked.edition.cache_clear()


@pytest.mark.usefixtures("_same_code")
def test_a_desk_keeps_and_a_replay_works_out_afresh(tmp_path: Path) -> None:
    """A desk's digest of what it read is that of its record; a replay is given nothing that others have worked out."""
    project, work = Project(tmp_path), Work()
    desk = project.csv("id,created_at,text\n1,2025-10-01,Too slow\n")
    desk.read("feedback", name="texts")
    assert desk.digest("texts") == desk.queries.items[0].to_dict()["sha256"]
    with pytest.raises(InputError, match="nothing was read under the name"):
        desk.digest("text")
    kept = [desk.kept("weeks", {"rows": desk.digest("texts")}, work) for _ in range(2)]
    assert work.done == 1
    record = {"as_of": desk.as_of.isoformat(), "tables": [s.to_dict() for s in desk.tables], "queries": [], "settings": []}
    (tmp_path / "record.json").write_text(json.dumps(record))
    again = project.connect("feedback", replay=tmp_path / "record.json").kept("weeks", {"rows": "x"}, work)
    assert work.done == 2
    assert_frame_equal(again, kept[0])
