"""A number that an issue of the review gave and that reads otherwise in the next is shown there, with the reason, and verifies."""

import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from prodops.cli import main

KPIS = """
orders:
  type: simple
  title: Orders
  table: events
  agg: count
  target: {value: 60, on: 2025-12-31}
"""
FIRST = datetime(2025, 7, 7)


def events(weeks: int, late: int = 0) -> str:
    """Fifty-odd orders a week; ``late`` more in the week of 13 October."""
    rows = [f"u{i},order,{FIRST + timedelta(weeks=w, hours=3 * i)}" for w in range(weeks) for i in range(48 + w % 5)]
    return "\n".join(["user_id,event,occurred_at", *rows, *(f"l{i},order,2025-10-14 12:{i:02d}:00" for i in range(late))]) + "\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "params").mkdir()
    (tmp_path / "params" / "workspace.yaml").write_text("time_zone: Europe/Berlin\ntables: {events: events.csv}\n")
    (tmp_path / "params" / "kpis.yaml").write_text(KPIS)
    return tmp_path


def run(project: Path, command: str, *arguments: str) -> Result:
    return CliRunner().invoke(main, [command, *arguments, "--workspace", str(project / "params" / "workspace.yaml")])


def issue(project: Path, as_of: str) -> Path:
    result = run(project, "run", "kpi_review", "--as-of", as_of)
    assert result.exit_code == 0, result.output
    return Path(result.stdout.strip())


@pytest.mark.slow
def test_late_rows_are_told_in_the_next_issue(project: Path) -> None:
    """Twenty orders of a published week came in after it: the next issue says so, and is made again to the byte; the issue after it
    tells nothing new."""
    (project / "events.csv").write_text(events(15))
    first = json.loads(issue(project, "2025-10-20").with_name("record.json").read_text())
    assert first["published"][0]["name"] == "KPIs"
    assert not [f for f in first["findings"] if f["name"].startswith("kpi.restated")]
    (project / "events.csv").write_text(events(17, late=20))
    page = issue(project, "2025-10-27")
    (said,) = [f for f in json.loads(page.with_name("record.json").read_text())["findings"] if f["name"] == "kpi.restated.orders"]
    assert said["value"] - said["before"] == 20
    assert "+20 by late or corrected data" in said["sentence"]
    verified = run(project, "verify", str(page))
    assert verified.stdout.startswith("Identical"), verified.output
    third = json.loads(issue(project, "2025-11-03").with_name("record.json").read_text())
    assert not [f for f in third["findings"] if f["name"].startswith("kpi.restated")]
