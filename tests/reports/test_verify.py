"""A report is made again to the byte, or the cause is named: one test for each kind of cause, the press stood in for by a function."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import nbformat
import pyarrow as pa
import pytest
from nbformat.v4 import new_output

from prodops.errors import InputError
from prodops.reports import catalogue, causes, notebooks, provenance, surroundings
from prodops.reports.catalogue import Report
from prodops.reports.execute import Executed
from prodops.reports.provenance import read_page
from prodops.reports.render import render
from prodops.reports.verify import Again, Made, Verdict, verify
from prodops.stamps import Finding, QueryStamp, SettingsStamp, Stamp, TableStamp, show
from prodops.workspace import Workspace, load
from tests.reports.small_project import AS_OF, Project
from tests.reports.verifying import check, find

PARAMETERS = "weeks: int = 12  # weeks shown\nsince: date = date(2025, 1, 2)"


@dataclass
class Desk:
    """A press and its sources stood in for: a run's page counts the rows of its one query, and shows its parameters."""

    project: Project
    rows: list[dict[str, Any]] = field(default_factory=lambda: [{"id": i, "score": i * 10} for i in range(4)])
    store: dict[str, pa.Table] = field(default_factory=dict)
    message: str = ""
    noise: str = ""
    seen: list[Again] = field(default_factory=list)

    @property
    def workspace(self) -> Workspace:
        return self.project.workspace

    def page(self, name: str = "themes", **given: str) -> Path:
        """Make a report's page."""
        report = self.project.read(name)
        made = self(self.ask(report, catalogue.resolve(report, given), dict.fromkeys(given, "person")))
        path = self.project.root / "report.html"
        path.write_bytes(made.page or b"")
        return path

    def ask(self, report: Report, parameters: Mapping[str, Any], given: Mapping[str, str]) -> Again:
        around = provenance.surroundings(report.root)
        return Again(report, parameters, given, AS_OF, True, "all", around, None, self.project.root)

    def stored(self, digest: str) -> pa.Table:
        if digest not in self.store:
            raise InputError(f"the store holds no result {digest}.")
        return self.store[digest]

    def __call__(self, again: Again) -> Made:
        self.seen.append(again)
        rows = json.loads(again.replay.read_text())["queries"][0]["sha256"] if again.replay else self._kept()
        count = self.store[rows].num_rows
        stamps: list[Stamp] = [
            TableStamp(table="feedback", source="f.csv", rows_read=count, rows_used=count),
            QueryStamp(name="all", sql="SELECT 1", key="k", rows=count, sha256=rows),
            SettingsStamp(file="kpis.yaml", sha256="s", values=json.loads((self.project.root / "params" / "kpis.yaml").read_text())),
            Finding(name="rows", headline="Rows", sentence="S.", value=float(count)),
        ]
        source = json.loads(again.report.path.read_text())
        notebook = nbformat.from_dict(notebooks.source(source) | {"nbformat_minor": 4})
        shown = [
            new_output("display_data", show(*stamps)._repr_mimebundle_()),
            new_output("stream", text=f"{dict(again.parameters)}{self.noise}"),
        ]
        notebook.cells[-1].outputs = shown
        executed = Executed(notebook, "failed" if self.message else "ok", self.message)
        basis = provenance.basis(again.report, again.around)
        record = provenance.record(again.report, basis, executed, again.parameters, as_of=again.as_of, given=again.given)
        return Made(None if self.message else render(notebook, record).encode(), record, self.message)

    def _kept(self) -> str:
        table = pa.Table.from_pylist(self.rows)
        digest = surroundings.sha256(json.dumps(self.rows).encode())
        self.store[digest] = table
        return digest

    def verify(self, page: Path, **more: Any) -> Verdict:
        root = self.project.root
        given = {"workspace": self.workspace, "root": root, "find": lambda name: find(root, name), "stored": self.stored, "run_again": self}
        return verify(page, **(given | more))


@pytest.fixture
def desk(project: Project) -> Desk:
    """Give a project with one report, its lock and its KPIs."""
    project.add("themes", "desk", "show", parameters=PARAMETERS, settings="parameters: {weeks: 9}\n")
    (project.root / "requirements.lock").write_text("pandas==3\n")
    (project.root / "params" / "kpis.yaml").write_text('{"nps": {"where": {"score": 9}}}')
    return Desk(project)


def said(verdict: Verdict) -> list[tuple[str, str, str]]:
    return [(cause.kind, cause.what, cause.detail) for cause in verdict.causes]


# ----------------------------------------------------------------------------------------------------------- the verdicts
def test_a_report_that_did_not_move_is_identical(desk: Desk) -> None:
    """The same as-of, slice, parameters and recorded results give the same bytes; exit 0."""
    page = desk.page(since="2025-03-01")
    verdict = desk.verify(page)
    assert (verdict.status, verdict.exit_code, verdict.sha256) == ("identical", 0, verdict.again)
    assert verdict.lines() == [f"Identical: {verdict.run} was made again, SHA-256 {verdict.sha256}."]
    again = desk.seen[-1]
    assert (again.parameters, again.given) == ({"weeks": 9, "since": date(2025, 3, 1)}, {"since": "person"})
    assert again.replay is not None
    assert not again.replay.exists()


def test_another_commit_of_the_same_files_is_no_move(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A commit names the code, its hashes say what it is: the page is made with the recorded name."""
    monkeypatch.setattr(surroundings, "commit", lambda root: {"commit": "a" * 40, "dirty": True})
    page = desk.page()
    monkeypatch.setattr(surroundings, "commit", lambda root: {"commit": "b" * 40, "dirty": False})
    assert desk.verify(page).status == "identical"
    monkeypatch.setattr(surroundings, "commit", lambda root: {})
    assert desk.verify(page).status == "identical"


@pytest.mark.parametrize(
    ("source", "cause"),
    [
        (("desk", "view"), ("code", "cell 4 of the notebook", "line 1: show → view")),
        (("desk",), ("code", "cell 4 of the notebook", 'is gone ("show")')),
        (("desk", "show", "more = 1"), ("code", "cell 5 of the notebook", 'is new ("more = 1")')),
    ],
)
def test_an_edited_cell_is_named(desk: Desk, source: tuple[str, ...], cause: tuple[str, str, str]) -> None:
    """Which cell, and its first line that differs; exit 1."""
    page = desk.page()
    desk.project.notebook("themes", *source, parameters=PARAMETERS)
    verdict = desk.verify(page)
    assert (verdict.status, verdict.exit_code, said(verdict)) == ("moved", 1, [cause])


def test_a_changed_file_of_the_package_is_named(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Changed, new and gone files by their paths; where no value moved that is said too."""
    page = desk.page()
    files = surroundings.package_files()
    changed = {name: digest for name, digest in files.items() if name != "cli/lab.py"} | {"kpis/late.py": "0" * 64, "new.py": "1" * 64}
    monkeypatch.setattr(surroundings, "package_files", lambda: dict(sorted(changed.items())))
    verdict = desk.verify(page)
    assert said(verdict) == [
        ("code", "prodops/cli/lab.py", f"is gone ({files['cli/lab.py'][:12]} → –)"),
        ("code", "prodops/kpis/late.py", f"changed ({files['kpis/late.py'][:12]} → 000000000000)"),
        ("code", "prodops/new.py", "is new (– → 111111111111)"),
    ]
    assert verdict.lines()[-1] == "No value changed."


def test_packages_python_lock_and_platform_are_named(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """From which version to which; of a lock, its short hashes."""
    page = desk.page()
    before = surroundings.packages()
    monkeypatch.setattr(surroundings, "packages", lambda: before | {"pandas": "9.9"})
    monkeypatch.setattr(surroundings.platform, "python_version", lambda: "3.99")
    monkeypatch.setattr(surroundings.platform, "machine", lambda: "riscv64")
    (desk.project.root / "requirements.lock").unlink()
    found = {(kind, what): detail for kind, what, detail in said(desk.verify(page))}
    assert found["package", "pandas"] == f"{before['pandas']} → 9.9"
    assert found["package", "Python"].endswith(" → 3.99")
    assert found["environment", "machine"].endswith(" → riscv64")
    assert found["environment", "requirements.lock"].startswith("is gone (")
    assert len(found) == 4


def test_a_parameter_that_nobody_gave_is_taken_as_it_is_now(desk: Desk) -> None:
    """The report's file or the notebook's default moved: that is the cause, and not the cell that holds it; a given one stays."""
    page = desk.page(since="2025-03-01")
    desk.project.add(
        "themes", "desk", "show", parameters=PARAMETERS.replace("2025, 1, 2", "2025, 1, 3"), settings="parameters: {weeks: 7}\n"
    )
    verdict = desk.verify(page)
    assert ("parameter", "weeks", "9 → 7") in said(verdict)
    assert desk.seen[-1].parameters == {"weeks": 7, "since": date(2025, 3, 1)}
    assert verdict.changes is not None
    assert [d.part for d in verdict.changes.differences] == ["text"]
    desk.project.add("themes", "desk", "show", parameters="weeks: int = 12", settings="parameters: {weeks: 9}\n")
    refused = desk.verify(page)
    assert (refused.status, said(refused)[0][0]) == ("moved", "parameter")
    assert "since" in said(refused)[0][2]


def test_a_changed_definition_is_named_to_its_key(desk: Desk) -> None:
    """The file, the path to the value, both values; a remark or another layout is no change."""
    page, file = desk.page(), desk.project.root / "params" / "kpis.yaml"
    file.write_text('{\n "nps": {"where": {"score": 8}, "good": "up"}}')
    assert said(desk.verify(page)) == [
        ("definition", "kpis.yaml: nps.where.score", "9 → 8"),
        ("definition", "kpis.yaml: nps.good", "– → up"),
    ]
    file.write_text("{\n")
    assert said(desk.verify(page, run_again=lambda again: Made(None, {}, "it broke")))[0][:2] == ("definition", "kpis.yaml")


def test_many_changed_values_of_one_file_are_counted() -> None:
    """Twenty are named, the rest are a number: a taxonomy that was saved again does not fill the page."""
    before, after = ({f"t{n:02}": {"name": f"{side} {n}"} for n in range(24)} for side in ("A", "B"))
    found = list(causes.settings("taxonomy.yaml", before, after))
    assert found[0].line() == "definition: taxonomy.yaml: t00.name: A 0 → B 0"
    assert found[20].line() == "definition: taxonomy.yaml: 4 more values changed"
    assert len(found) == 21


def test_refreshed_data_is_compared_row_by_row(desk: Desk) -> None:
    """Late rows, changed and lost ones: which query, how many, the first of them; the values that changed."""
    page = desk.page()
    assert desk.verify(page, refresh=True).status == "identical"
    desk.rows[1]["score"] = 11
    desk.rows += [{"id": 9, "score": 90}, {"id": 8, "score": 80}]
    assert desk.verify(page).status == "identical"
    verdict = desk.verify(page, refresh=True)
    assert said(verdict) == [
        ("data", "table feedback", "2 late rows, dated before the as-of; rows read 4 → 6, used 4 → 6"),
        ("data", "query all", "1 row changed, 2 rows more; id 1: score 10 → 11; new id 9, score 90; new id 8, score 80"),
    ]
    assert verdict.changes is not None
    assert verdict.changes.differences[0].line.startswith("rows 4 → 6 (+2)")
    desk.store = {digest: table for digest, table in desk.store.items() if table.num_rows == 6}
    assert said(desk.verify(page, refresh=True))[-1] == ("data", "query all", "rows 4 → 6; its recorded result is gone from the store")


def test_a_recorded_result_that_is_gone_leaves_nothing_to_verify_with(desk: Desk) -> None:
    """The query is named, nothing is run, and the way on is said; exit 2."""
    page = desk.page()
    runs, desk.store = len(desk.seen), {}
    verdict = desk.verify(page)
    assert (verdict.status, verdict.exit_code, len(desk.seen)) == ("unverifiable", 2, runs)
    assert [cause[:2] for cause in said(verdict)] == [("data", "query all")]
    assert "--refresh" in verdict.lines()[-1]


def test_a_run_that_fails_is_judged_by_what_is_known_to_have_moved(desk: Desk) -> None:
    """With a cause it has moved; without one nothing can be said of it."""
    page = desk.page()
    desk.message = "the recorded run did not ask this query"
    verdict = desk.verify(page)
    assert (verdict.status, verdict.causes) == ("unverifiable", ())
    assert verdict.message.startswith("It cannot be made again: the recorded run did not ask this query Add --refresh")
    desk.project.notebook("themes", "desk", "view", parameters=PARAMETERS)
    assert (desk.verify(page).status, said(desk.verify(page))[0][0]) == ("moved", "code")


@pytest.mark.parametrize("change", [(b"<h1>A title", b"<h1>B title"), (b'"value":4.0', b'"value":5.0'), (b"\n</html>", b"\n</html> ")])
def test_an_altered_page_is_told_without_doubt(desk: Desk, change: tuple[bytes, bytes]) -> None:
    """The seal does not fit, and made again the page differs, first where it was altered."""
    page = desk.page()
    data = page.read_bytes()
    assert change[0] in data
    page.write_bytes(data.replace(*change, 1))
    verdict = desk.verify(page)
    assert (verdict.status, [cause.kind for cause in verdict.causes]) == ("moved", ["page"])
    page.write_bytes(provenance.seal(page.read_bytes()))
    forged = desk.verify(page)
    assert (forged.status, [cause.kind for cause in forged.causes]) == ("moved", ["unexplained"])


def test_what_nothing_explains_is_said_to_be_so(desk: Desk) -> None:
    """A cell that asks the clock gives another page of the same inputs: no cause is invented, the first difference is shown."""
    page = desk.page()
    desk.noise = " at 10:31"
    (cause,) = desk.verify(page).causes
    assert cause.kind == "unexplained"
    assert "at 10:31" in cause.detail


# ------------------------------------------------------------------------------------------------------ a page by itself
def test_a_page_suffices_where_the_project_has_no_such_report(desk: Desk) -> None:
    """The notebook in the page is run, with all parameters as recorded: identical, wherever it lay."""
    page = desk.page(since="2025-03-01")
    (desk.project.folder / "themes.yaml").unlink()
    (desk.project.root / "notebooks" / "themes.ipynb").unlink()
    verdict = desk.verify(page)
    assert verdict.status == "identical", verdict.lines()
    assert desk.seen[-1].report.path.name == "themes.ipynb"
    assert not desk.seen[-1].report.root.is_relative_to(desk.project.root)


def test_a_page_that_lacks_what_is_needed_cannot_be_verified(desk: Desk) -> None:
    """A damaged notebook or record is said in one line; a path in it leads nowhere outside."""
    page = desk.page()
    data = page.read_bytes()
    page.write_bytes(data.replace(b'id="notebook">{', b'id="notebook">', 1))
    none = desk.verify(page, find=lambda name: None)
    assert (none.status, "the notebook in the page is damaged" in none.message) == ("unverifiable", True)
    page.write_bytes(data.replace(b'"code":{', b'"core":{', 1))
    assert desk.verify(page).message.startswith("its record lacks what is needed (KeyError")
    page.write_bytes(data.replace(b'"path":"notebooks/themes.ipynb"', b'"path":"../../../out.ipynb"', 1))
    assert desk.verify(page, find=lambda name: None).status == "moved"
    assert desk.seen[-1].report.path.name == "report.ipynb"
    assert read_page(page).intact is False


# ------------------------------------------------------------------------------------------------------------ comparisons
@pytest.mark.parametrize(
    ("before", "after", "detail"),
    [
        ({"id": [1, 2], "n": [3, 4]}, {"id": [1, 2], "n": [3, 5]}, "1 row changed; id 2: n 4 → 5"),
        ({"id": [1], "n": [3]}, {"id": [1, 2], "n": [3, 4]}, "1 row more; new id 2, n 4"),
        ({"id": [1, 1], "n": [3, 4]}, {"id": [1], "n": [3]}, "1 row gone; gone id 1, n 4"),
        ({"id": [1, 2]}, {"id": [2, 1]}, "the order of its rows changed"),
        ({"id": [None]}, {"id": [1]}, "1 row more, 1 row gone; new id 1; gone id –"),
        ({"id": [1]}, {"n": [1]}, 'its columns moved: ["id"] → ["n"]'),
    ],
)
def test_results_are_compared_as_sets_of_rows(before: dict[str, Any], after: dict[str, Any], detail: str) -> None:
    """Rows with one first value are one row that changed; else they came and went; order alone is said to be that."""
    tables = [pa.table({name: pa.array(values, pa.int64()) for name, values in side.items()}) for side in (before, after)]
    assert causes.rows("q", *tables).detail.replace("id null", "id –") == detail


def test_a_module_beside_its_package_is_the_packages_doing_and_one_without_is_code() -> None:
    """Where a file of the path hides a package, and where a team's own module changed."""
    found = causes.modules({"helpers": "a"}, {"helpers": "b", "pandas": "c"}, {"pandas": "3.1"})
    assert [(c.kind, c.what, c.detail) for c in found] == [
        ("code", "module helpers", "changed (a → b)"),
        ("package", "module pandas", "is new (– → c)"),
    ]


def test_tables_whose_counts_stand_are_told_from_those_whose_rows_moved() -> None:
    """Fewer rows, other content, new and gone tables."""
    table = {"table": "t", "rows_used": 5, "rows_after_as_of": 0, "sha256": "a"}
    found = causes.tables([table, {"table": "u"}], [table | {"rows_used": 4}, {"table": "v"}])
    assert [(c.what, c.detail) for c in found] == [
        ("table t", "1 rows fewer than then; rows used 5 → 4"),
        ("table u", "is gone"),
        ("table v", "is new"),
    ]
    (after,) = causes.tables([table], [table | {"rows_after_as_of": 3, "sha256": "b"}])
    assert after.detail == "rows after as of 0 → 3"
    (content,) = causes.tables([table], [table | {"sha256": "b"}])
    assert content.detail == "its content changed, the number of rows did not"


# ---------------------------------------------------------------------------------------------------------- the real press
@pytest.mark.slow
def test_a_real_report_is_verified_and_its_changes_named(project: Project, run_real: Callable[..., Path]) -> None:
    """Made by the press from a file: identical with the file gone; an edited cell and a changed row are named."""
    page = run_real()
    source = project.root / "feedback.csv"
    text = source.read_text()
    source.unlink()
    assert check(page, project.root).status == "identical"
    source.write_text(text.replace("fine", "poor"))
    found = check(page, project.root, refresh=True)
    assert {cause.kind for cause in found.causes} == {"data"}
    assert "text fine → poor" in found.causes[-1].detail
    notebook = project.root / "notebooks" / "themes.ipynb"
    notebook.write_text(notebook.read_text().replace("len(rows)", "len(rows) + 1"))
    edited = check(page, project.root)
    assert {cause.kind for cause in edited.causes} == {"code"}
    assert edited.changes is not None
    assert edited.changes.differences[0].line.startswith("rows 2 → 3 (+1)")
    notebook.write_text(notebook.read_text().replace("desk.read('feedback')", "desk.read(desk.table('feedback').limit(1))"))
    unasked = check(page, project.root)
    assert (unasked.status, {cause.kind for cause in unasked.causes}, unasked.changes) == ("moved", {"code"}, None)
    assert "the recorded run did not ask this query" in unasked.message
    assert not list((project.root / "reports").rglob("failed"))


@pytest.fixture
def run_real(project: Project) -> Callable[..., Path]:
    """Give a function that makes a report of two rows with the press, and gives its page."""
    from prodops.reports import press
    from prodops.sources import Context

    (project.root / "feedback.csv").write_text("id,created_at,text\n1,2025-10-20,good\n2,2025-10-21,fine\n")
    file = project.root / "params" / "workspace.yaml"
    file.write_text("time_zone: UTC\ntables: {feedback: feedback.csv}\n")
    project.add(
        "themes",
        "from prodops import sources, stamps\ndesk = sources.connect('feedback')\nrows = desk.read('feedback')",
        "stamps.Finding(name='rows', headline='Rows', sentence='S.', value=float(len(rows)))",
    )

    def make() -> Path:
        report = project.read("themes")
        context = Context(load(file).file, project.root / "reports" / "store", AS_OF, as_of_given=True)
        run = press.Run(report, catalogue.resolve(report), AS_OF, context.to_dict())
        (outcome,) = press.run([run], workspace=project.workspace, environ={"PATH": "/usr/bin"})
        assert outcome.path is not None, outcome.message
        return outcome.path

    return make
