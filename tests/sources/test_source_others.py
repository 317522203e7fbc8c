"""A desk gives what the press handed of other reports, records it, and gives a replay the same."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from source_project import Project

from prodops.errors import WorkspaceError
from prodops.sources import Context
from prodops.sources.others import COLUMNS
from prodops.stamps import QueryStamp

ROWS = "id,created_at,text\n1,2025-10-01,Too slow\n2,2025-10-02,Too dear\n"
FIGURE = {
    "name": "kpi.nps", "headline": "NPS fell", "sentence": "It fell.", "value": 12, "lower": None, "upper": None, "before": 30.5,
    "beside": "was", "unit": "nps", "good": "up", "surprise": 3.0, "is_over": True, "decision": "Ask why.", "owner": None, "changes_our_mind": None,
}  # fmt: skip


def handed(folder: Path, *figures: dict[str, Any]) -> Path:
    """Write what a press hands: a report that ran, and one that never did."""
    ran = {"report": "kpis", "title": "KPIs", "scheduled": True, "slice": "all", "label": "", "as_of": "2025-10-02T00:00:00", "state": "ok"}
    never = ran | {"report": "themes", "title": "Themes", "as_of": None, "state": "none", "page": "", "failed": None, "findings": []}
    file = folder / "found.json"
    file.write_text(json.dumps([ran | {"failed": None, "page": "../../../kpis/all/2025-10-02/report.html", "findings": figures}, never]))
    return file


def test_findings_and_reports_are_tables(tmp_path: Path) -> None:
    """A row a finding with its report before it, a row a report's slice; missing numbers are missing; both are recorded."""
    project = Project(tmp_path)
    project.csv(ROWS)
    desk = project.connect("feedback", found=handed(tmp_path, FIGURE, FIGURE | {"name": "kpi.mrr", "value": None}))
    found, reports = desk.findings(), desk.reports()
    assert tuple(found.columns) == COLUMNS["findings"]
    assert found[["report", "name", "before"]].to_numpy().tolist() == [["kpis", "kpi.nps", 30.5], ["kpis", "kpi.mrr", 30.5]]
    assert found[["is_over", "decision"]].to_numpy().tolist() == [[True, "Ask why."]] * 2
    assert found["value"].isna().tolist() == [False, True]
    assert found["as_of"].tolist() == [datetime(2025, 10, 2)] * 2
    assert reports[["report", "state", "scheduled"]].to_numpy().tolist() == [["kpis", "ok", True], ["themes", "none", True]]
    assert reports["as_of"].isna().tolist() == [False, True]
    assert [stamp.name for stamp in desk.queries if isinstance(stamp, QueryStamp)] == ["other reports: findings", "other reports: reports"]


def test_without_a_press_there_is_nothing(tmp_path: Path) -> None:
    """No rows, all columns, and the record names no such reading."""
    desk = Project(tmp_path).csv(ROWS)
    assert (len(desk.findings()), tuple(desk.findings().columns)) == (0, COLUMNS["findings"])
    assert (len(desk.reports()), tuple(desk.reports().columns)) == (0, COLUMNS["reports"])
    assert [s.kind for s in desk.queries] == ["settings"]


def test_a_replay_is_given_what_the_run_was_told(tmp_path: Path) -> None:
    """From the store, though nobody hands it anything, or other things; one that was told nothing is told nothing."""
    project = Project(tmp_path)
    project.csv(ROWS)
    desk = project.connect("feedback", found=handed(tmp_path, FIGURE))
    desk.findings()
    record = {"as_of": desk.as_of.isoformat(), "tables": [s.to_dict() for s in desk.tables], "settings": []}
    for queries, names in ([s.to_dict() for s in desk.queries if s.kind == "query"], ["kpi.nps"]), ([], []):
        file = tmp_path / "record.json"
        file.write_text(json.dumps(record | {"queries": queries}))
        assert project.connect("feedback", replay=file).findings()["name"].tolist() == names


def test_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    """A file that a press did not write is refused in one line."""
    project = Project(tmp_path)
    project.csv(ROWS)
    (tmp_path / "found.json").write_text('[{"report": "kpis"}]')
    with pytest.raises(WorkspaceError, match="what other reports found cannot be read"):
        project.connect("feedback", found=tmp_path / "found.json").findings()


def test_the_context_carries_where_it_is(tmp_path: Path) -> None:
    """As JSON in the kernel's environment and back."""
    context = Context(tmp_path / "w.yaml", tmp_path, found=tmp_path / "found.json")
    assert Context.from_json(context.to_json()).found == tmp_path / "found.json"
