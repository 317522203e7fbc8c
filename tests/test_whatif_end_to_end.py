"""A saved scenario through the press: the same bytes each time, proved when the saved file and the model are gone."""

from pathlib import Path
from shutil import copy, rmtree

import pytest
from click.testing import CliRunner, Result

from prodops.cli import main
from prodops.scenarios import Saved
from prodops.scenarios.saved import to_text

ROOT = Path(__file__).parents[1]
MODEL = """
title: More that stay
question: What if more people stay?
horizon: {months: 6}
levers:
  arrivals: {title: Arrivals, unit: count, value: 100, range: [50, 200], likely: [80, 120]}
  staying: {title: Staying, unit: share, value: 0.4, range: [0.2, 0.8], step: 0.01, likely: [0.35, 0.45], shape: logit-normal}
nodes:
  stayed: {title: Stayed, unit: count, formula: arrivals * staying}
  people: {title: People, unit: count, formula: "previous(people, stayed) + stayed"}
outcomes:
  people_end: {title: People at the end, node: people, at: end, target: 300}
scenarios:
  plan: {staying: 0.5}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    params = tmp_path / "params"
    (params / "scenarios" / "people").mkdir(parents=True)
    (params / "workspace.yaml").write_text("tables: {feedback: feedback.csv}\n")
    (params / "scenarios" / "people.yaml").write_text(MODEL)
    spring = Saved("people", "Spring <b>", "plan", {"arrivals": 130.0}, 'Ads, "double"\n<script>top.RAN=1</script>')
    (params / "scenarios" / "people" / "spring.yaml").write_text(to_text(spring))
    (tmp_path / "feedback.csv").write_text("id,created_at,text\n1,2025-12-31,Sync lost my edits\n")
    copy(ROOT / "params" / "kpis.yaml", params)
    return tmp_path


def prodops(project: Path, *arguments: str) -> Result:
    command, *rest = arguments
    return CliRunner().invoke(main, [command, *rest, "--workspace", str(project / "params" / "workspace.yaml")])


def page(result: Result) -> Path:
    assert result.exit_code == 0, result.output
    return Path(result.stdout.strip())


@pytest.mark.slow
def test_a_saved_scenario_comes_out_the_same(project: Path) -> None:
    """By its file, twice: the bytes are those of the first time; by its file or its name, with the files gone, verify says identical."""
    kept = project / "params" / "scenarios"
    by_file = page(prodops(project, "run", "whatif", "--scenario", str(kept / "people" / "spring.yaml")))
    first = by_file.read_bytes()
    assert page(prodops(project, "run", "whatif", "--scenario", str(kept / "people" / "spring.yaml"))).read_bytes() == first
    by_name = page(prodops(project, "run", "whatif", "-p", "model=people", "-p", "scenario=spring"))
    rmtree(kept)
    for made in (by_file, by_name):
        told = prodops(project, "verify", str(made))
        assert (told.exit_code, "Identical" in told.output) == (0, True), told.output
    assert b"<script>top.RAN" not in first
    assert "Spring &lt;b&gt;" in first.decode()


def test_a_missing_kpi_is_said_before_a_kernel_starts(project: Path) -> None:
    """A lever from a KPI that is not there: file, line and the near miss, at once."""
    file = project / "params" / "scenarios" / "people.yaml"
    file.write_text(MODEL.replace("shape: logit-normal}", "shape: logit-normal, from_data: {kpi: activation_rat}}"))
    told = prodops(project, "run", "whatif", "-p", "model=people")
    assert (told.exit_code, told.stderr.count("\n")) == (2, 1)
    assert 'Did you mean "activation_rate"?' in told.stderr


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("model=../workspace", "cannot be a scenario's or model's name"),
        ("model=peple", 'there is no such file. Did you mean "people.yaml"?'),
        ("scenario=sprign", 'people has no scenario "sprign". Did you mean "spring"? It has base, plan, spring.'),
        ("levers=arivals=100", 'Did you mean "arrivals"?'),
        ("levers=arrivals=1000", "goes from 50 to 200; 1000 lies outside"),
    ],
)
def test_what_cannot_be_asked_is_said_in_one_line(project: Path, given: str, said: str) -> None:
    """Which value, what was expected, the near miss; before any kernel starts, and no page is written."""
    told = prodops(project, "run", "whatif", *([] if "model=" in given else ["-p", "model=people"]), "-p", given)
    assert (told.exit_code, told.stderr.count("\n")) == (2, 1)
    assert said in told.stderr
    assert not list((project / "reports").rglob("*.html"))
    assert not list((project / "reports").rglob("report.html"))
