"""``prodops run --scenario FILE``: a saved scenario as a report's ordinary parameters, so that the record holds it and verify works."""

import json
from datetime import date, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from prodops.cli import main
from prodops.scenarios.saved import Saved, to_text
from tests.reports.small_project import Project

PARAMETERS = """model: str = "growth"  # the model
scenario: str = "base"  # its scenario
levers: list[str] = []  # what stands elsewhere
title: str = ""  # what it is called
notes: str = ""  # what is assumed"""
SAYS = (
    "from prodops import sources, stamps\n"
    "data = sources.connect('feedback')\n"
    "rows = data.read(data.only('feedback'), name='feedback')\n"
    "said = stamps.Finding(name='plan', headline=title, sentence=f'{model}, {scenario}: {levers}. {notes}', value=len(rows), surprise=1.0)\n"
    "stamps.show(said, *data.queries)"
)
PLAN = Saved("growth", 'Fix "sync"', "plan", {"activation": 0.47, "churn": 1e-7}, "As agreed:\nsync first")


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project with a report that takes scenarios, one that does not, and a saved scenario."""
    made = Project(tmp_path)
    made.folder.mkdir(parents=True)
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "params/workspace.yaml").write_text("tables: {feedback: feedback.csv}\n")
    rows = [f"F{n},{date(2026, 3, 1) + timedelta(days=n)}T10:00:00,said {n}" for n in range(20)]
    (tmp_path / "feedback.csv").write_text("\n".join(["id,created_at,text", *rows]) + "\n")
    made.add("whatif", SAYS, parameters=PARAMETERS)
    made.add("voices", "1", parameters='title: str = ""  # of it')
    (tmp_path / "plan.yaml").write_text(to_text(PLAN), encoding="utf-8")
    return made


def run(project: Project, *arguments: str) -> Result:
    given = ["run", "--workspace", str(project.root / "params/workspace.yaml"), "--scenario", str(project.root / "plan.yaml"), *arguments]
    result = CliRunner().invoke(main, given)
    assert "Traceback" not in result.output
    return result


@pytest.mark.slow
def test_a_saved_scenario_becomes_parameters_that_the_record_holds(project: Project) -> None:
    """The page says what the file says, its record names each as given by a person, and verify replays it alike."""
    result = run(project, "whatif")
    assert result.exit_code == 0, result.output
    page = Path(result.stdout.strip())
    record = json.loads((page.parent / "record.json").read_text())
    wanted = {"model": "growth", "scenario": "plan", "levers": ["activation=0.47", "churn=1e-7"], "title": PLAN.title, "notes": PLAN.notes}
    assert {name: record["parameters"][name] for name in wanted} == wanted
    assert set(record["given"]) == set(wanted)
    assert CliRunner().invoke(main, ["verify", "--workspace", str(project.root / "params/workspace.yaml"), str(page)]).exit_code == 0


@pytest.mark.slow
def test_what_the_file_leaves_empty_stays_as_the_report_has_it(project: Project) -> None:
    """It may then be given beside the file; what both say is refused."""
    (project.root / "plan.yaml").write_text('model: "growth"\n')
    assert run(project, "whatif", "-p", "model=x").stderr.startswith("prodops: -p model: ")
    result = run(project, "whatif", "-p", "title=Ours", "--out", str(project.root / "out.html"))
    assert result.exit_code == 0, result.output
    assert "Ours" in (project.root / "out.html").read_text()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("model: growth\nlever: {a: 1}", 'there is no such key as "lever"'),
        ("scenario: plan", "model: … is missing"),
        ("model: growth\nlevers: {activation: high}", "levers, activation: expected a number"),
        ("model: growth\nlevers: [1]", "levers: expected lever: value"),
        ("model: !!python/name:os.system", "not valid YAML"),
        ("model: growth\ntitle: [a]", "title: expected a text"),
    ],
)
def test_a_file_that_is_wrong_is_one_line(project: Project, text: str, said: str) -> None:
    """Naming the file and what is wrong in it; exit 2 before anything starts."""
    (project.root / "plan.yaml").write_text(text)
    result = run(project, "whatif")
    assert result.exit_code == 2
    assert said in result.stderr
    assert "plan.yaml" in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_report_without_scenarios_takes_none(project: Project) -> None:
    """It is said which parameters it lacks; a file that is not there is said too."""
    result = run(project, "voices")
    assert (result.exit_code, result.stderr) == (
        2,
        "prodops: voices takes no saved scenario: its notebook has no parameter model, scenario, levers, notes.\n",
    )
    (project.root / "plan.yaml").unlink()
    result = run(project, "whatif")
    assert result.exit_code == 2
    assert "there is no such file" in result.stderr
