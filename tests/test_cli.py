"""The command line keeps its promises: exit codes, one clear line, the near miss, and nothing heavy loaded to say so."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from prodops.cli import main

HEAVY = ("pandas", "altair", "papermill", "nbclient", "nbconvert", "sklearn", "scipy")
ROWS = "id,created_at,text\nF1,2026-03-02,Export is slow\nF2,2026-03-03,Love the dashboard\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project of its own: a workspace on two rows of feedback; reports come from the checkout."""
    (tmp_path / "params").mkdir()
    (tmp_path / "feedback.csv").write_text(ROWS)
    (tmp_path / "params" / "workspace.yaml").write_text("time_zone: Europe/Berlin\ntables: {feedback: feedback.csv}\n")
    return tmp_path


def prodops(project: Path, *arguments: str) -> Result:
    command, *rest = arguments
    return CliRunner().invoke(main, [command, "--workspace", str(project / "params" / "workspace.yaml"), *rest])


def last_line(result: Result) -> str:
    assert "Traceback" not in result.output
    assert isinstance(result.exception, SystemExit | None)
    return result.stderr.strip().splitlines()[-1]


def test_every_command_has_help_with_an_example_or_default() -> None:
    """Each verb says what it does, and every option what it means."""
    assert sorted(main.commands) == ["backfill", "check", "diff", "gc", "lab", "list", "present", "run", "schedule", "verify"]
    for name, command in main.commands.items():
        shown = CliRunner().invoke(main, [name, "--help"])
        assert shown.exit_code == 0
        assert command.help
        assert command.help.splitlines()[0].endswith((".", ")."))


def test_present_refuses_what_it_cannot_show(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A near miss for a wrong name, parameters as a report would, and one line where Voilà is not installed; no server is begun."""
    monkeypatch.setattr(os, "execve", lambda *_: pytest.fail("a server was begun"))
    for arguments, said in (
        (["whatf"], 'There is no report or notebook "whatf"; there are'),
        (["whatf"], 'Did you mean "whatif"?'),
        (["whatif", "-p", "scenari=plan"], 'Did you mean "scenario"?'),
        (["whatif", "-p", "draws=7"], "draws: "),
        ([str(Path(__file__).parents[1] / "notebooks" / "whatif.ipynb"), "-p", "draws=5000"], "-p sets parameters of reports"),
    ):
        told = prodops(project, "present", *arguments)
        assert (told.exit_code, said in told.output) == (2, True), told.output
    monkeypatch.setitem(sys.modules, "voila", None)
    told = prodops(project, "present", "whatif")
    assert (told.exit_code, told.output.strip()) == (2, "prodops: voila is not installed here: pip install 'prodops[lab]' brings it.")


def test_present_serves_this_machine_only(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Our page on 127.0.0.1, kernels told what a run is told; with parameters a copy of the notebook has them, the notebook is left alone."""
    calls: list[tuple[list[str], dict[str, str]]] = []
    monkeypatch.setattr(os, "execve", lambda _, command, environ: calls.append((command, environ)))
    notebook = Path(__file__).parents[1] / "notebooks" / "whatif.ipynb"
    prodops(project, "present", "whatif", "--no-browser")
    prodops(project, "present", "whatif", "-p", "scenario=bold")
    (first, environ), (second, _) = calls
    assert first[1:4] == ["-m", "voila", str(notebook)]
    assert {"--Voila.ip=127.0.0.1", "--VoilaConfiguration.template=prodops", "--no-browser"} <= set(first)
    assert json.loads(environ["PRODOPS_RUN"])["workspace"].endswith("workspace.yaml")
    assert (Path(environ["JUPYTER_PATH"].split(os.pathsep)[0]) / "voila" / "templates" / "prodops" / "index.html.j2").is_file()
    assert "scenario = 'bold'" in Path(second[3]).read_text()
    assert "bold" not in notebook.read_text()


def test_readme_names_every_command() -> None:
    """A command that the README does not know is not done."""
    readme = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
    assert [name for name in main.commands if f"prodops {name}" not in readme] == []


@pytest.mark.parametrize("arguments", [["--help"], ["list"], ["check"]], ids=" ".join)
def test_quick_commands_load_nothing_heavy(project: Path, arguments: list[str]) -> None:
    """``--help``, ``list`` and ``check`` answer without the libraries that only a run needs."""
    if arguments != ["--help"]:
        arguments = [*arguments, "--workspace", str(project / "params" / "workspace.yaml")]
        prodops(project, "check")  # the first check reads the tables, later ones find them read
    code = (
        "import sys\nfrom prodops.cli import main\n"
        f"main({arguments!r}, standalone_mode=False)\n"
        f"print(sorted(set({HEAVY!r}) & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.strip().splitlines()[-1:]) == (
        0,
        ["[]"] if arguments != ["--help"] else done.stderr.strip().splitlines()[-1:],
    )


def test_unknown_command_suggests_the_near_miss() -> None:
    """A misspelt verb is misuse, and the right one is named."""
    result = CliRunner().invoke(main, ["chekc"])
    assert result.exit_code == 2
    assert last_line(result) == 'Error: There is no command "chekc". Did you mean "check"?'


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["run", "feedback_theme"], 'prodops: There is no report "feedback_theme". Did you mean "feedback_themes"?'),
        (["run", "feedback_themes", "-p", "week=3"], 'prodops: feedback_themes: there is no parameter "week". Did you mean "weeks"?'),
        (["run", "feedback_themes", "-p", "weeks=many"], "prodops: feedback_themes: weeks:"),
        (["run", "feedback_themes", "-p", "weeks=1000000"], "prodops: feedback_themes: weeks:"),
        (["run", "feedback_themes", "-p", "weeks"], 'prodops: -p "weeks": expected NAME=VALUE.'),
        (["run", "feedback_themes", "--as-of", "yesterday"], 'prodops: --as-of "yesterday": expected a date such as 2025-11-03'),
        (["run", "feedback_themes", "--source", "feedbak=x.csv"], 'prodops: There is no kind of table "feedbak". Did you mean "feedback"?'),
        (["run", "engagement"], 'prodops: workspace.yaml: this report needs the table "events"'),
    ],
)
def test_misuse_is_one_line_and_exit_2(project: Path, arguments: list[str], line: str) -> None:
    """What cannot be used is refused before any kernel starts: what, what was expected, the near miss."""
    result = prodops(project, *arguments)
    assert result.exit_code == 2
    assert last_line(result).startswith(line)
    assert not list((project / "reports").glob("feedback_themes"))


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("missing.csv", None, "there is no such file"),
        ("empty.csv", b"", "the file is empty"),
        ("no_text.csv", b"id,created_at,txet\n1,2026-01-01,x\n", 'the column "text" is missing. Did you mean "txet"?'),
        ("sheet.csv", b"PK\x03\x04rest", "a ZIP archive or a spreadsheet"),
        ("dates.csv", b"id,created_at,text\n1,soon,x\n2,later,y\n", 'created_at is not a date (row 1 "soon", row 2 "later")'),
    ],
)
def test_unusable_sources_are_one_line_and_exit_2(project: Path, name: str, content: bytes | None, says: str) -> None:
    """A source that cannot be used is refused in one line that names the file and the cause; an earlier report stays as it was."""
    if content is not None:
        (project / name).write_bytes(content)
    earlier = project / "report.html"
    earlier.write_text("earlier")
    result = prodops(project, "run", "feedback_themes", "--source", f"feedback={project / name}", "--out", str(earlier))
    assert result.exit_code == 2
    assert says in last_line(result)
    assert earlier.read_text() == "earlier"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("tables: [", "line 1: this is not valid YAML here"),
        ("tables: !!python/object/apply:os.system ['true']", "only plain values are read, tags never are"),
        ("time_zon: UTC", 'unknown key "time_zon". Did you mean "time_zone"?'),
    ],
)
def test_a_broken_workspace_is_one_line_and_exit_2(project: Path, text: str, says: str) -> None:
    """The workspace file is untrusted like any other input."""
    (project / "params" / "workspace.yaml").write_text(text)
    result = prodops(project, "check")
    assert result.exit_code == 2
    assert says in last_line(result)


def test_check_lists_all_breaches_at_once(project: Path) -> None:
    """Every table's faults are shown together, with rows and values, and what can be set aside does not fail the check."""
    rows = "".join(f"F{i},2026-03-02,fine,3\n" for i in range(40))
    (project / "feedback.csv").write_text("id,created_at,text,rating\nA1,never,broken,3\nA2,2026-03-02,broken,eleven\n" + rows)
    result = prodops(project, "check", "--json")
    assert result.exit_code == 0
    table = json.loads(result.stdout)["tables"][0]
    assert (table["rows_read"], table["rows_set_aside"]) == (42, 2)
    assert table["set_aside"] == [
        'feedback.created_at: 1 of 42 rows: created_at is not a date (row 1 "never"); expected a date or time',
        'feedback.rating: 1 of 42 rows: rating is not a number (row 2 "eleven"); expected a number from 0 to 10',
    ]


def test_check_fails_where_a_run_would(project: Path) -> None:
    """``on_bad_rows: fail`` makes a single bad row a refusal."""
    (project / "feedback.csv").write_text(ROWS + "F3,never,broken\n")
    (project / "params" / "workspace.yaml").write_text("on_bad_rows: fail\ntables: {feedback: feedback.csv}\n")
    result = prodops(project, "check")
    assert result.exit_code == 2
    assert "set on_bad_rows: quarantine to carry on without them" in last_line(result)


def test_check_reads_the_plan_of_launches(project: Path) -> None:
    """A gate on a KPI that kpis.yaml does not have is refused in one line with the near miss."""
    (project / "params" / "kpis.yaml").write_text("voices: {type: simple, table: feedback, agg: count}\n")
    plan = project / "params" / "launches.yaml"
    plan.write_text("Next:\n  on: 2030-01-01\n  gates: {quiet: {team: support, kpi: voices, at_most: 9}}\n")
    assert prodops(project, "check").exit_code == 0
    plan.write_text(plan.read_text().replace("voices", "voises"))
    result = prodops(project, "check")
    assert result.exit_code == 2
    assert 'launch "Next", gates.quiet.kpi: there is no KPI "voises". Did you mean "voices"?' in result.stderr


def test_check_reads_scenario_models(project: Path) -> None:
    """A model that cannot be used is one line with file, line, key and near miss; a saved scenario beneath it is none."""
    file = project / "params" / "scenarios" / "plan.yaml"
    (file.parent / "plan").mkdir(parents=True)
    (file.parent / "plan" / "spring.yaml").write_text("model: plan\n")
    model = "horizon: {months: 3}\nlevers: {a: {value: 1, range: [0, 2]}}\nnodes: {n: {formula: a * 2}}\noutcomes: {o: {node: n}}\n"
    file.write_text(model)
    assert prodops(project, "check").exit_code == 0
    file.write_text(model.replace("{node: n}", "{nod: n}"))
    result = prodops(project, "check")
    assert result.exit_code == 2
    assert last_line(result).endswith(
        'plan.yaml, line 4, outcomes.o.nod: there is no such key. Did you mean "node"? The keys are title, description, node, at, target, good.'
    )


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("sync-75c7: {name: Sync}\nexport-d46a: {name: Export, into: sync-75c8}\n",
         ': Theme "export-d46a" of the taxonomy: into names "sync-75c8", which is no theme of it. Did you mean "sync-75c7"?'),
        ("a: {name: A, parent: b}\nb: {name: B, into: a}\n", ": The taxonomy runs in a circle by parent or into: a → b → a; take one of these links out."),
        ("a: {name: A, status: archived}\nb: {name: B, into: a}\n",
         ': Theme "b" of the taxonomy is merged into "a", which is archived: archive it too instead, or restore that one.'),
        ("a: {name: A, statsu: archived}\n", ': Theme "a" of the taxonomy: unknown key "statsu". Did you mean "status"?'),
        ("a: {name: A, seeds: {wrods: [x]}}\n",
         ': Theme "a" of the taxonomy: seeds must have the keys words and examples, each with a list of texts (found "wrods"). Did you mean "words"?'),
        ("a: {name: A, words: [x]}\n", ': Theme "a" of the taxonomy: words must map each word to its weight, a number of at least 0; words of your own go under seeds.'),
        ("a: &a [x, x]\nb: [*a, *a]\n", ", line 2: this is not valid YAML here: an alias (*) repeats what is written elsewhere; write it out."),
        ("a: {name: A}\na: {name: B}\n", ', line 2: this is not valid YAML here: the key "a" is given twice.'),
    ],
    ids=["unknown id", "cycle", "into an archived one", "unknown key", "unknown seed", "wrong type", "laughs", "twice"],
)  # fmt: skip
def test_a_taxonomy_that_cannot_be_used_is_refused(project: Path, written: str, says: str) -> None:
    """Both by a check and by a run, before any kernel starts: one line with the file, the theme, the key and the near miss."""
    file = project / "params" / "taxonomy.yaml"
    file.write_text(written)
    for command in (["check"], ["run", "feedback_themes"]):
        result = prodops(project, *command)
        assert result.exit_code == 2
        assert last_line(result) == f"prodops: {file}{says}"
        assert len(result.stderr.splitlines()) == 1
    assert not (project / "reports" / "feedback_themes").exists()


def test_what_lies_under_an_archived_theme_is_no_fault(project: Path) -> None:
    """An archived theme hides what lies below it: whoever writes that by hand means it."""
    (project / "params" / "taxonomy.yaml").write_text("a: {name: A, status: archived}\nb: {name: B, parent: a}\n")
    assert prodops(project, "check").exit_code == 0


def test_list_for_programs(project: Path) -> None:
    """``list --json`` names each report with its parameters."""
    reports = {r["name"]: r for r in json.loads(prodops(project, "list", "--json").stdout)}
    assert set(reports) == {
        "delivery_flow",
        "engagement",
        "feedback_by_segment",
        "feedback_themes",
        "kpi_review",
        "taxonomy_review",
        "whatif",
    }
    assert reports["feedback_by_segment"]["slices"] == ["segment-self-serve", "segment-mid-market", "segment-enterprise"]
    assert "weeks" in [p["name"] for p in reports["feedback_themes"]["parameters"]]
    assert reports["kpi_review"]["last_run"] is None
