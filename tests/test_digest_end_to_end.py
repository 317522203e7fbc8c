"""Other reports are made first, the digest is told what they found, and is the same to the byte when they have moved on."""

import json
import re
import shutil
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result
from distributed import LocalCluster

from prodops.cli import main
from prodops.reports import catalogue
from prodops.reports.ledger import FILE, Ledger
from tests.reports.small_project import Project

ROOT = Path(__file__).parents[1]
WEEKLY = {"kpi_review", "feedback_themes", "engagement", "surveys", "delivery_flow", "launch_review", "priorities", "whatif", "digest"}
COUNTS = (
    "from prodops import sources, stamps\n"
    "rows = sources.connect('feedback').read('feedback')\n"
    "stamps.show(stamps.Finding(name='voices.NAME', headline=f'{len(rows)} voices of NAME', sentence='So many spoke.', value=len(rows), "
    "lower=len(rows) - 1.0, upper=len(rows) + 1.0, good='down', surprise=float(SURPRISE)))"
)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Twenty days of feedback, two reports that count it, and the digest as it is, for two audiences."""
    made = Project(tmp_path)
    made.folder.mkdir(parents=True)
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "params/workspace.yaml").write_text("time_zone: Europe/Berlin\ntables: {feedback: feedback.csv}\n")
    days = [date(2026, 3, 1) + timedelta(days=n) for n in range(20)]
    rows = [f"F{n},{day}T10:00:00,said {n}" for n, day in enumerate(days)]
    (tmp_path / "feedback.csv").write_text("\n".join(["id,created_at,text", *rows]) + "\n")
    for name, surprise in (("alpha", "3"), ("beta", "5")):
        made.add(name, COUNTS.replace("NAME", name).replace("SURPRISE", surprise), settings="schedule: {cron: 0 8 * * MON}\n")
    shutil.copy(ROOT / "notebooks/digest.ipynb", tmp_path / "notebooks")
    (made.folder / "digest.yaml").write_text(
        "title: Digest\nnotebook: notebooks/digest.ipynb\noptional_tables: [feedback]\nafter: all\nschedule: {cron: 0 8 * * MON}\n"
        "matrix: {audience: [exec, support]}\ndeliver: [{to: out/exec, slices: audience-exec}, {to: out/support, slices: audience-support}]\n"
    )
    (tmp_path / "params/digest.yaml").write_text("audiences: {support: {beta: 1}}\n")
    return made


def prodops(project: Project, command: str, *arguments: str) -> Result:
    result = CliRunner().invoke(main, [command, "--workspace", str(project.root / "params/workspace.yaml"), *arguments])
    assert isinstance(result.exception, SystemExit | None), result.exception
    return result


def findings(page: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(page.with_name("record.json").read_text())["findings"]
    return found


def link_of(page: Path, headline: str) -> Path:
    """Follow the link of a headline of "What changed"."""
    (address,) = re.findall(rf'<a href="([^"]+)">{re.escape(headline)}</a>', page.read_text().split('id="record"')[0])[:1]
    return (page.parent / address).resolve()


@pytest.mark.slow
def test_a_digest_tells_what_the_others_found_and_verifies_when_they_moved_on(project: Project) -> None:
    """Made after the others in one command; each headline leads to its report; for support only what matters to them. A week later only
    what is new is told, and the first digest is still made again to the byte."""
    made = prodops(project, "run", "digest", "beta", "alpha", "--as-of", "2026-03-09", "--jobs", "2")
    assert made.exit_code == 0, made.output
    exec_page, support_page = (project.root / f"reports/digest/audience-{name}/2026-03-09/report.html" for name in ("exec", "support"))
    assert [each["headline"] for each in findings(exec_page)] == ["8 voices of beta", "8 voices of alpha"]
    assert [each["headline"] for each in findings(support_page)] == ["8 voices of beta"]
    assert findings(exec_page)[0]["sentence"] == "So many spoke."
    assert link_of(exec_page, "8 voices of beta") == (project.root / "reports/beta/all/2026-03-09/report.html").resolve()
    assert prodops(project, "run", "alpha", "beta", "digest", "--as-of", "2026-03-10").exit_code == 0
    later = exec_page.parents[1] / "2026-03-10/report.html"
    assert [each["headline"] for each in findings(later)] == ["Nothing new for the executives"]  # 9 lies within 7 to 9
    assert prodops(project, "run", "alpha", "digest", "--as-of", "2026-03-16").exit_code == 0
    (only, *_), (moved,) = (
        findings(exec_page.parents[1] / "2026-03-16/report.html"),
        findings(support_page.parents[1] / "2026-03-16/report.html"),
    )
    assert only["headline"] == "15 voices of alpha"
    assert only["source"] == "A title · worse than 8 on 9 Mar"
    assert moved["headline"] == "Nothing new for support"
    verified = prodops(project, "verify", str(exec_page))
    assert (verified.exit_code, "Identical" in verified.output) == (0, True), verified.output


@pytest.mark.slow
def test_a_cluster_keeps_the_order_and_hands_on_what_was_found(project: Project) -> None:
    """On two workers the digest waits for both reports, made by whichever worker, and its page is the same to the byte as this machine's."""
    here = prodops(project, "run", "digest", "beta", "alpha", "--as-of", "2026-03-09")
    pages = {path: path.read_bytes() for path in (project.root / "reports").rglob("report.html")}
    shutil.rmtree(project.root / "reports")
    with LocalCluster(n_workers=2, threads_per_worker=1, processes=True, host="127.0.0.1", dashboard_address="127.0.0.1:0") as cluster:
        there = prodops(project, "run", "digest", "beta", "alpha", "--as-of", "2026-03-09", "--cluster", cluster.scheduler_address)
    assert (here.exit_code, there.exit_code) == (0, 0), there.output
    assert len(pages) == 4
    assert {path: path.read_bytes() for path in (project.root / "reports").rglob("report.html")} == pages


@pytest.mark.slow
def test_a_schedule_makes_the_others_first_and_delivers_to_each_audience(project: Project) -> None:
    """All fall due at once, seen for the first time; the digest waits for both though one fails, says which, and goes to its audiences."""
    (project.root / "notebooks/alpha.ipynb").write_text(
        (project.root / "notebooks/beta.ipynb").read_text().replace("rows =", "1 / 0; rows =")
    )
    made = prodops(project, "schedule", "--once", "--now", "2026-03-09T08:00", "--jobs", "2")
    assert made.exit_code == 1
    entries = Ledger(project.root / "reports" / FILE).entries()
    runs = {(entry.slot.report, entry.slot.slice_name): entry.status for entry in entries}
    assert runs == {
        ("alpha", "all"): "failed",
        ("beta", "all"): "ok",
        ("digest", "audience-exec"): "ok",
        ("digest", "audience-support"): "ok",
    }
    sent = sorted(path.relative_to(project.root).as_posix() for path in (project.root / "out").rglob("*.html"))
    assert sent == ["out/exec/digest/audience-exec/2026-03-09.html", "out/support/digest/audience-support/2026-03-09.html"]
    last = findings(project.root / "reports/digest/audience-exec/2026-03-09/report.html")[-1]
    assert (last["headline"], last["sentence"]) == ("1 report is missing or old", "A title failed on 9 Mar 2026: nothing is told of it.")
    assert prodops(project, "schedule", "--once", "--now", "2026-03-09T08:05").stdout == ""


def test_the_weekly_set_falls_due_together_and_reaches_its_audiences() -> None:
    """As the project stands: each report of the set on Monday at eight, each with somebody to go to; the digest after all of them, one page
    for each audience and delivered to that one; the reports made by hand are due at no time."""
    found = {name: catalogue.read(ROOT / "params/reports", name, ROOT) for name in catalogue.names(ROOT / "params/reports")}
    due = {name: report for name, report in found.items() if report.schedule}
    assert set(due) == WEEKLY & set(found)
    assert {tuple(report.schedule.cron) for report in due.values() if report.schedule} == {("0 8 * * MON",)}
    assert all(report.deliver for report in due.values())
    assert all(to.startswith("reports/outbox/") for report in due.values() for each in report.deliver for to in each.to)
    digest = due["digest"]
    assert set(digest.reads) == set(found) - {"digest"}
    goes = {slice_: each.to for each in digest.deliver for slice_ in each.slices}
    assert goes == {part.name: [f"reports/outbox/{part.words}"] for part in catalogue.slices(digest)}
    table = yaml.safe_load((ROOT / "params/digest.yaml").read_text())["audiences"]
    assert set(table) == {part.words for part in catalogue.slices(digest)}
    assert {pattern.partition("/")[0] for own in table.values() for pattern in own} <= WEEKLY | set(found)
