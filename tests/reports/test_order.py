"""Which reports come after which: said in their files, refused where it cannot be, honoured by every run."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from prodops.errors import WorkspaceError
from prodops.reports import holders, press
from prodops.reports.engine import Limits
from prodops.reports.ledger import Ledger, Slot
from prodops.reports.others import Other, told
from tests.reports.small_project import NOW, Project, environ, now

MONDAY, WEEK, SECOND = datetime(2025, 11, 3), timedelta(weeks=1), timedelta(seconds=1)


@pytest.fixture
def plain(tmp_path: Path) -> Project:
    """A project with nothing but folders."""
    made = Project(tmp_path)
    made.folder.mkdir(parents=True)
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "params/workspace.yaml").write_text("tables: {feedback: feedback.csv}\n")
    return made


def write(project: Project, **after: str) -> None:
    """Write reports by name, each with what it comes after as YAML, or nothing."""
    for name, said in after.items():
        project.add(name, settings="")
        text = (project.folder / f"{name}.yaml").read_text()
        (project.folder / f"{name}.yaml").write_text(text + (f"after: {said}\n" if said else ""))


# ------------------------------------------------------------------------------------------------------------- the files
def test_all_is_every_report_but_those_that_come_last_too(plain: Project) -> None:
    """Two digests come after all others and not after each other; nor after one that comes after them."""
    write(plain, kpis="", themes="[kpis]", digest="all", second="{reports: all, deadline: 1h}", mailing="[digest]")
    reads = {name: plain.read(name).reads for name in ("kpis", "themes", "digest", "second", "mailing")}
    assert reads == {"kpis": (), "themes": ("kpis",), "digest": ("kpis", "themes"), "second": ("kpis", "themes"), "mailing": ("digest",)}
    assert [plain.read(name).after.deadline for name in ("digest", "second")] == [timedelta(hours=6), timedelta(hours=1)]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("after", "said"),
    [
        ("[kpi]", 'after: there is no report "kpi". Did you mean "kpis"?'),
        ("[digest]", "after: digest waits for digest: none could ever begin"),
        ("[themes]", "after: digest waits for themes waits for kpis waits for digest: none could ever begin"),
        ("[]", "after.reports: List should have at least 1 item"),
        ("{report: kpis}", 'unknown key "after.report". Did you mean "reports"?'),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(plain: Project, after: str, said: str) -> None:
    """Unknown names with the near miss, rounds of waiting, nothing named, misspelt keys."""
    write(plain, kpis="", themes="", digest="")
    (plain.folder / "themes.yaml").write_text((plain.folder / "themes.yaml").read_text() + "after: [kpis]\n")
    (plain.folder / "kpis.yaml").write_text((plain.folder / "kpis.yaml").read_text() + "after: [digest]\n")
    (plain.folder / "digest.yaml").write_text((plain.folder / "digest.yaml").read_text() + f"after: {after}\n")
    with pytest.raises(WorkspaceError) as refused:
        plain.read("digest")
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_delivery_is_for_slices_that_there_are(plain: Project) -> None:
    """A misspelt slice is refused with the near miss, as nobody would be told."""
    settings = "matrix: {weeks: [4, 12]}\ndeliver: [{to: out, slices: weeks-5}]\n"
    with pytest.raises(WorkspaceError, match='there is no slice "weeks-5"'):
        plain.add("kpis", settings=settings)


# -------------------------------------------------------------------------------------------------------- what is told
def test_the_latest_good_runs_are_told_with_their_links(tmp_path: Path) -> None:
    """Of each slice: the good run of the latest as-of that is not later, its findings with all that makes them; a failure since then
    is said, a failure before it is not; a slice without a run is there too; a page that is gone has no link."""
    book = Ledger(tmp_path / "ledger.sqlite")
    figure = {"kind": "finding", "name": "kpi.a", "headline": "A", "sentence": "B.", "value": 1.0, "beside": "base", "surprise": 2.0}

    def ran(as_of: datetime, status: str = "ok", part: str = "all", **more: object) -> None:
        ticket = book.begin(Slot("kpis", part, as_of), trigger="person", now=NOW, holder=holders.here())
        assert ticket
        path = f"kpis/{part}/{as_of:%Y-%m-%d}/report.html" if status == "ok" else ""
        takeaway = {"claim": "A.", "decision": "Mend it.", "owner": "Ana", "changes_our_mind": "", "about": "kpi.a"}
        record = {"findings": [figure | more], "tiles": [], "takeaways": [takeaway, takeaway | {"decision": "Later.", "owner": "Bo"}]}
        book.finish(ticket, status, now=NOW, path=path, record=record)  # type: ignore[arg-type]

    ran(MONDAY - 2 * WEEK, "failed")
    ran(MONDAY - WEEK, value=7.0)
    ran(MONDAY, "failed")
    ran(MONDAY + WEEK, value=9.0)
    ran(MONDAY, part="gone")
    (tmp_path / "kpis/all/2025-10-27").mkdir(parents=True)
    (tmp_path / "kpis/all/2025-10-27/report.html").touch()
    other = Other("kpis", "KPIs", {"all": "", "gone": "Gone", "never": "Never"}, scheduled=True)
    first, gone, never = told(book, [other], as_of=MONDAY, before=NOW, linked=True)
    assert (first["as_of"], first["state"], first["failed"]) == ("2025-10-27T00:00:00", "ok", "2025-11-03T00:00:00")
    assert first["page"] == "../../../kpis/all/2025-10-27/report.html"
    assert (first["findings"][0]["value"], first["findings"][0]["beside"], first["scheduled"]) == (7.0, "base", True)
    assert (first["findings"][0]["decision"], first["findings"][0]["owner"], first["findings"][0]["is_over"]) == ("Mend it.", "Ana", None)
    assert (gone["label"], gone["as_of"], gone["page"], gone["failed"]) == ("Gone", "2025-11-03T00:00:00", "", None)
    assert (never["state"], never["as_of"], never["findings"]) == ("none", None, [])
    assert told(book, [other], as_of=MONDAY, before=NOW - SECOND, linked=True)[0]["state"] == "none"
    assert told(book, [other], as_of=MONDAY, before=NOW, linked=False)[0]["page"] == ""
    assert told(book, [], as_of=MONDAY, before=NOW, linked=True) == []


# ------------------------------------------------------------------------------------------------------------- the press
class Hand:
    """A run that ends when the test says so."""

    signs: list[object] = []  # noqa: RUF012

    def __init__(self, run: press.Run) -> None:
        self.run = run

    def hear(self) -> list[press.local.Made]:
        return [press.local.Made(press.failed(self.run, "It fell."))]

    def ask(self, why: str) -> None: ...
    def end(self) -> None: ...


class Crew:
    """Starts runs without making them, and remembers their order."""

    def __init__(self, size: int) -> None:
        self.size, self.started, self.at_once = size, list[str](), 0

    def start(self, run: press.Run, limits: Limits) -> Hand:
        self.started.append(run.label)
        return Hand(run)

    def __enter__(self) -> "Crew":
        return self

    def __exit__(self, *_: object) -> None: ...


@pytest.mark.parametrize("jobs", [1, 8])
def test_a_run_begins_when_what_it_comes_after_has_ended(plain: Project, monkeypatch: pytest.MonkeyPatch, jobs: int) -> None:
    """However they are asked for and however many run at a time: those it reads first, all their slices, though they fail."""
    write(plain, kpis="", themes="[kpis]", digest="all")
    (plain.folder / "kpis.yaml").write_text((plain.folder / "kpis.yaml").read_text() + "matrix: {weeks: [4, 12]}\n")
    crew = Crew(jobs)
    monkeypatch.setattr(press, "_crew", lambda *_: crew)
    runs = [*plain.runs("digest"), *plain.runs("themes"), *plain.runs("kpis")]
    outcomes = press.run(runs, workspace=plain.workspace, environ=environ(), ledger=plain.ledger, now=now, jobs=jobs)
    assert crew.started == ["kpis/weeks-4", "kpis/weeks-12", "themes", "digest"]
    assert [outcome.label for outcome in outcomes] == ["digest", "themes", "kpis/weeks-4", "kpis/weeks-12"]
