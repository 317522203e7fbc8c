"""The commands around many runs: schedule, backfill, verify, diff, gc and slices, each with its exit code, on real kernels."""

import json
import re
from datetime import date, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from distributed import LocalCluster

from prodops.cli import main
from prodops.reports.ledger import FILE, Ledger
from tests.reports.small_project import Project

COUNTS = (
    "from prodops import sources, stamps\n"
    "data = sources.connect('feedback')\n"
    "rows = data.read(data.only('feedback', segment=segment), name='feedback')\n"
    "many = stamps.Finding(name='voices', headline='Voices', sentence=f'{len(rows)} voices.', value=len(rows), surprise=1.0)\n"
    "stamps.show(many, *data.queries)"
)
PARAMETERS = 'segment: str = ""  # of one segment only'


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project with twenty days of feedback of two segments, and a report that counts it."""
    made = Project(tmp_path)
    made.folder.mkdir(parents=True)
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "params/workspace.yaml").write_text("time_zone: Europe/Berlin\ntables: {feedback: feedback.csv}\n")
    days = [date(2026, 3, 1) + timedelta(days=n) for n in range(20)]
    rows = [f"F{n},{day}T10:00:00,said {n},{'team' if n % 2 else 'free'}" for n, day in enumerate(days)]
    (tmp_path / "feedback.csv").write_text("\n".join(["id,created_at,text,segment", *rows]) + "\n")
    return made


def add(project: Project, settings: str = "", source: str = COUNTS) -> None:
    project.add("voices", source, parameters=PARAMETERS, settings=settings)


def prodops(project: Project, *arguments: str) -> Result:
    command, *rest = arguments
    result = CliRunner().invoke(main, [command, "--workspace", str(project.root / "params/workspace.yaml"), *rest])
    assert "Traceback" not in result.output
    assert isinstance(result.exception, SystemExit | None), result.exception
    return result


def told(project: Project) -> list[tuple[str, str, str, str]]:
    entries = Ledger(project.root / "reports" / FILE).entries()
    return [(e.slot.slice_name, f"{e.slot.as_of:%d}", e.trigger, e.status) for e in entries]


def test_each_slice_is_a_report_of_its_own(project: Project) -> None:
    """A matrix is made side by side; one failing slice is named and stops no other; the list of reports calls them by the reader's words."""
    add(
        project,
        "matrix: {segment: [team, free, typo]}\nwords: {team: Small teams}\n",
        COUNTS + "\nassert segment != 'free', 'not this one'",
    )
    result = prodops(project, "run", "voices", "--jobs", "2")
    assert result.exit_code == 1
    assert "voices/segment-free: Cell 2" in result.stderr
    assert "1 of 3 runs failed" in result.stderr
    assert [Path(line).parts[-3] for line in result.stdout.splitlines()] == ["segment-team", "segment-typo"]
    assert sorted((name, status) for name, _, _, status in told(project)) == [
        ("segment-free", "failed"),
        ("segment-team", "ok"),
        ("segment-typo", "no data"),
    ]
    index = (project.root / "reports/index.html").read_text()
    assert "segment-team" in index
    assert re.search(r"<h3><a [^>]*>Small teams</a></h3>", index)


@pytest.mark.slow
def test_a_cluster_makes_slices_from_the_command_line(project: Project) -> None:
    """``--cluster ADDRESS``: two worker processes make the slices, whose pages, exit code and list are as without it."""
    add(project, "matrix: {segment: [team, free]}\n")
    with LocalCluster(n_workers=2, threads_per_worker=1, processes=True, host="127.0.0.1", dashboard_address="127.0.0.1:0") as cluster:
        result = prodops(project, "run", "voices", "--cluster", cluster.scheduler_address)
    assert result.exit_code == 0, result.output
    pages = {path: path.read_bytes() for path in map(Path, result.stdout.splitlines())}
    assert [path.parts[-3] for path in pages] == ["segment-team", "segment-free"]
    assert [status for *_, status in told(project)] == ["ok", "ok"]
    assert prodops(project, "run", "voices").exit_code == 0
    assert pages == {path: path.read_bytes() for path in pages}


@pytest.mark.slow
def test_a_failed_slice_goes_to_whom_it_concerns(project: Project) -> None:
    """``on`` and ``slices`` together: of three slices one fails; its owner is told of it, the owner of another of nothing, readers get
    their own slice and no failure, and whoever asks for all failures has that one."""
    add(
        project,
        "matrix: {segment: [team, free, typo]}\nschedule: {cron: 0 7 * * *}\ndeliver:\n"
        "  - {to: sent/free, on: failure, slices: segment-free}\n  - {to: sent/team, on: failure, slices: [segment-team, segment-typo]}\n"
        "  - {to: sent/readers, slices: [segment-team, segment-free]}\n  - {to: sent/desk, on: failure}\n",
        COUNTS + "\nassert segment != 'free', 'not this one'",
    )
    assert prodops(project, "schedule", "--once", "--now", "2026-03-11T07:00+01:00").exit_code == 1
    sent = sorted(path.relative_to(project.root / "sent").as_posix() for path in (project.root / "sent").rglob("*") if path.is_file())
    assert sent == [
        "desk/voices/segment-free/2026-03-11.failed.txt",
        "free/voices/segment-free/2026-03-11.failed.txt",
        "readers/voices/segment-team/2026-03-11.html",
    ]


@pytest.mark.slow
def test_what_is_due_is_made_once_and_delivered(project: Project) -> None:
    """``schedule --once`` makes each slot that fell due, as of its date, and sends it; a second call finds nothing to do."""
    add(project, "schedule: {cron: 0 7 * * *, catch_up: all}\nneeds: {fresh: {feedback: 2d}}\ndeliver: [{to: sent, name: archive}]\n")
    assert prodops(project, "schedule", "--once", "--now", "2026-03-10T08:00+01:00").exit_code == 0  # first seen: no history is run
    result = prodops(project, "schedule", "--once", "--now", "2026-03-12T08:00+01:00")
    assert result.exit_code == 0, result.output
    assert told(project) == [("all", "11", "schedule", "ok"), ("all", "12", "schedule", "ok")]
    assert len(list((project.root / "sent").rglob("*.html"))) == 2
    assert prodops(project, "schedule", "--once", "--now", "2026-03-12T08:00+01:00").stdout == ""
    assert len(told(project)) == 2
    late = prodops(project, "schedule", "--once", "--now", "2026-03-25T23:00+01:00")  # the data ends with the 20th
    assert late.exit_code == 1
    assert 'The table "feedback" has no rows' in late.stderr
    assert told(project)[-1] == ("all", "25", "schedule", "failed")


@pytest.mark.slow
def test_backfill_makes_what_is_missing(project: Project) -> None:
    """The slots of a span are made, but those that are there already; a span without any is refused."""
    add(project, "schedule: {cron: 0 7 * * MON}\n")
    assert len(prodops(project, "backfill", "voices", "--since", "2026-03-01", "--until", "2026-03-10").stdout.splitlines()) == 2
    more = prodops(project, "backfill", "voices", "--since", "2026-03-01", "--until", "2026-03-17")
    assert (len(more.stdout.splitlines()), more.exit_code) == (1, 0)
    assert "2 are made already" in more.stderr
    assert [each[1:] for each in told(project)] == [("02", "backfill", "ok"), ("09", "backfill", "ok"), ("16", "backfill", "ok")]
    assert prodops(project, "backfill", "voices", "--since", "2026-03-03", "--until", "2026-03-04").exit_code == 2


def test_a_page_is_verified_and_compared(project: Project) -> None:
    """Identical is exit 0; an edited notebook is named with its cell and what it changed, exit 1; ``diff`` says values first."""
    add(project)
    first = Path(prodops(project, "run", "voices", "--as-of", "2026-03-10").stdout.strip())
    assert prodops(project, "verify", str(first)).exit_code == 0
    second = Path(prodops(project, "run", "voices", "--as-of", "2026-03-15").stdout.strip())
    assert "voices 9 → 14" in prodops(project, "diff", str(first), str(second)).stdout
    add(project, source=COUNTS.replace("value=len(rows)", "value=len(rows) + 1"))
    verdict = prodops(project, "verify", str(first), "--json")
    assert verdict.exit_code == 1
    causes = json.loads(verdict.stdout)["causes"]
    assert [cause["kind"] for cause in causes] == ["code"]
    assert prodops(project, "verify", str(project.root / "feedback.csv")).exit_code == 2


def test_gc_says_first_what_it_would_do(project: Project) -> None:
    """Without a wish it is refused; a dry run changes nothing; nothing that a kept report names goes."""
    add(project)
    page = Path(prodops(project, "run", "voices").stdout.strip())
    assert prodops(project, "gc").exit_code == 2
    assert prodops(project, "gc", "--keep-size", "much").exit_code == 2
    before = sorted((project.root / "reports/store").rglob("*"))
    assert prodops(project, "gc", "--keep-age", "1d", "--dry-run").exit_code == 0
    assert sorted((project.root / "reports/store").rglob("*")) == before
    assert prodops(project, "gc", "--keep-size", "0", "--keep-age", "1d").exit_code == 0
    assert prodops(project, "verify", str(page)).exit_code == 0


@pytest.mark.slow
def test_other_sources_never_take_the_standing_reports_place(project: Project) -> None:
    """A run on a file given by hand has a slice of its own; one page put elsewhere is not listed."""
    add(project)
    standing = Path(prodops(project, "run", "voices").stdout.strip())
    before = standing.read_bytes()
    (project.root / "mine.csv").write_text("id,created_at,text,segment\n1,2026-03-20T09:00:00,mine,team\n")
    own = prodops(project, "run", "voices", "--source", f"feedback={project.root / 'mine.csv'}").stdout.strip()
    assert Path(own).parts[-3].startswith("all-feedback-mine-csv-")
    assert standing.read_bytes() == before
    (project.root / "elsewhere").mkdir()
    moved = (project.root / "mine.csv").rename(project.root / "elsewhere/mine.csv")
    again = prodops(project, "run", "voices", "--source", f"feedback={moved}").stdout.strip()
    assert again == own  # neither the name nor a byte tells the folder that the file lies in


def test_a_folder_of_ones_own_has_its_own_list(project: Project) -> None:
    """``--out DIR`` gets the pages, the ledger and an index that leads to them; the project's own stay as they were."""
    add(project)
    page = Path(prodops(project, "run", "voices", "--out", str(project.root / "mine")).stdout.strip())
    assert page.is_relative_to(project.root / "mine")
    assert f'href="{page.relative_to(project.root / "mine").as_posix()}"' in (project.root / "mine/index.html").read_text()
    assert told(project) == []


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("schedule", "--now", "2026-03-01T07:00+01:00"), "--now is for --once."),
        (("schedule", "--once", "--now", "soon"), "expected a time such as"),
        (("backfill", "voices", "--since", "2026-03-09", "--until", "2026-03-01"), "--until lies before --since."),
        (("run", "voices", "--cluster", "tcp://127.0.0.1:1"), "127.0.0.1:1"),
    ],
)
def test_misuse_is_one_line_and_exit_2(project: Project, arguments: tuple[str, ...], says: str) -> None:
    """What cannot be done is said before anything runs."""
    add(project)
    result = prodops(project, *arguments)
    assert result.exit_code == 2
    assert says in result.stderr.strip().splitlines()[-1]
