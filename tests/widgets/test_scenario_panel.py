"""The what-if panel: a moved lever is shown at once, undone by one step, saved with care, and turned into a report."""

import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from prodops import scenarios, widgets
from prodops.plainyaml import read_yaml
from prodops.scenarios.saved import Saved, from_text, to_text

MODEL: dict[str, Any] = {
    "title": "Growth",
    "horizon": {"months": 6, "start": "2026-01"},
    "levers": {
        "sign_ups": {"title": "Sign-ups <b>", "branch": "Reach", "value": 100, "range": [50, 200], "step": 5, "likely": [80, 120]},
        "activation": {"branch": "Start", "unit": "share", "value": 0.4, "range": [0.2, 0.8], "step": 0.01},
        "price": {"branch": "Start", "unit": "EUR", "value": 10, "range": [5, 20]},
        "delay": {"branch": "Start", "unit": "months", "value": 0, "range": [0, 3], "step": 0.5},
    },
    "nodes": {
        "activated": {"unit": "count", "formula": "sign_ups * activation * ramp(1 + delay, 1)"},
        "revenue": {"unit": "EUR", "formula": "previous(revenue, 0) + activated * price"},
    },
    "outcomes": {
        "end": {"title": "Revenue at the end", "node": "revenue", "target": 2600},
        "total": {"title": "Activated", "node": "activated", "at": "total"},
    },
    "scenarios": {"base": {}, "plan": {"activation": 0.5}},
}


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    return tmp_path / "params" / "workspace.yaml"


@pytest.fixture
def panel(workspace: Path) -> widgets.Scenario:
    return widgets.scenario(scenarios.define(MODEL, file="growth.yaml"), workspace=workspace, draws=1_000)


def saved(workspace: Path, name: str) -> Path:
    return workspace.parent / "scenarios" / "growth" / f"{name}.yaml"


def test_each_lever_has_its_slider_under_its_branch(panel: widgets.Scenario) -> None:
    """With ends, step, value and label; the value beside it in the reader's words, all as text."""
    slider = panel.sliders["activation"]
    assert (slider.min, slider.max, slider.step, slider.value, slider.description) == (0.2, 0.8, 0.01, 0.4, "Activation")
    assert ">40\xa0%<" in panel.readouts["activation"].value
    assert ">0\xa0months<" in panel.readouts["delay"].value
    left = panel.box.children[0].children
    branches = [child.value for child in left if getattr(child, "value", "") and "<b style" in str(child.value)]
    assert [branch.split(">")[1].split("<")[0] for branch in branches] == ["Reach", "Start"]
    assert not panel.sliders["sign_ups"].description_allow_html


def test_a_move_is_shown_everywhere(panel: widgets.Scenario) -> None:
    """The lever's words and where it stood, the tile with point, range, chance and difference, the course against base, what matters."""
    assert "€\xa02,400" in panel.tiles.value
    assert "against base" not in panel.tiles.value
    panel.sliders["activation"].value = 0.5
    assert "50\xa0%" in panel.readouts["activation"].value
    assert "base 40\xa0%" in panel.readouts["activation"].value
    for part in ("€\xa03,000", "€\xa02,402 to €\xa03,598 in 9 of 10 cases", "to reach at least €\xa02,600", "+€\xa0600 against base"):
        assert part in panel.tiles.value
    assert 'class="base-line"' in panel.course.value
    assert "target €\xa02,600" in panel.course.value
    assert "Sign-ups &lt;b&gt;" in panel.swings.value
    assert "<b>" not in panel.swings.value


def test_an_outcome_is_looked_at(panel: widgets.Scenario) -> None:
    """The course is its node's, without a target where that is a total's."""
    panel.outcome.value = "total"
    assert "Activated by month" in panel.course.value
    assert "target" not in panel.course.value


def test_moves_are_undone_lever_by_lever(panel: widgets.Scenario) -> None:
    """A row of moves of one lever is one step; the choice of a scenario is one, and so is a reset."""
    assert panel.buttons["Undo"].disabled
    for value in (0.45, 0.5, 0.55):
        panel.sliders["activation"].value = value
    panel.sliders["sign_ups"].value = 120
    panel.scenario.value = "plan"
    assert (panel.sliders["activation"].value, panel.sliders["sign_ups"].value) == (0.5, 100)
    panel.buttons["Undo"].click()
    assert (panel.sliders["activation"].value, panel.sliders["sign_ups"].value) == (0.55, 120)
    assert panel.scenario.value == "base"
    panel.buttons["Undo"].click()
    panel.buttons["Undo"].click()
    assert panel.sitting.now == panel.model.settings()
    assert panel.buttons["Undo"].disabled


def test_reset_goes_back_to_the_scenario(panel: widgets.Scenario) -> None:
    """To the one that was chosen, not to base; the reset can be undone."""
    panel.scenario.value = "plan"
    panel.sliders["activation"].value = 0.7
    panel.buttons["Reset"].click()
    assert panel.sliders["activation"].value == 0.5
    panel.buttons["Undo"].click()
    assert panel.sliders["activation"].value == 0.7


def test_what_the_page_rounds_is_no_move(panel: widgets.Scenario) -> None:
    """A browser sends back 0.4000000001 for 0.4, and the nearest step for a value between two; that is nobody's move."""
    panel.sliders["activation"].value = 0.4 + 1e-10
    panel.sliders["sign_ups"].value = 102
    assert not panel.sitting.can_undo
    panel.sliders["sign_ups"].value = 105
    assert panel.sitting.now["sign_ups"] == 105


def test_scenarios_stand_side_by_side(panel: widgets.Scenario) -> None:
    """Those that are ticked, beside where the levers stand now; none ticked, no table."""
    assert panel.table.value == ""
    panel.beside["plan"].value = True
    assert panel.table.value.count('scope="col"') == 3
    assert "€\xa03,000" in panel.table.value
    panel.sliders["activation"].value = 0.6
    assert "€\xa03,600" in panel.table.value
    panel.beside["plan"].value = False
    assert panel.table.value == ""


def test_a_scenario_is_saved_and_found_again(panel: widgets.Scenario, workspace: Path) -> None:
    """Its own small file with what differs, name and notes; the model's file is left alone; the next panel has it to choose."""
    panel.scenario.value = "plan"
    panel.sliders["sign_ups"].value = 130
    panel.name.value, panel.notes.value = " Spring: “more” ", "Ads double.\nAgreed on 3 May."
    panel.buttons["Save"].click()
    assert "Saved to growth/spring-more.yaml." in panel.status.value
    assert read_yaml(saved(workspace, "spring-more")) == {
        "model": "growth",
        "title": "Spring: “more”",
        "scenario": "plan",
        "levers": {"sign_ups": 130},
        "notes": "Ads double.\nAgreed on 3 May.",
    }
    assert panel.scenario.value == "spring-more"
    again = widgets.scenario(panel.model, workspace=workspace, draws=1_000)
    again.scenario.value = "spring-more"
    assert (again.sliders["sign_ups"].value, again.sliders["activation"].value) == (130, 0.5)
    assert (again.name.value, again.notes.value) == ("Spring: “more”", "Ads double.\nAgreed on 3 May.")
    again.sliders["sign_ups"].value = 140
    again.buttons["Save"].click()
    assert read_yaml(saved(workspace, "spring-more"))["levers"] == {"sign_ups": 140}


def test_a_newer_file_is_not_written_over_unasked(panel: widgets.Scenario, workspace: Path) -> None:
    """What somebody else saved under this name stays, until one says so."""
    theirs = 'model: "growth"\ntitle: "Theirs"\n'
    saved(workspace, "spring").parent.mkdir(parents=True)
    saved(workspace, "spring").write_text(theirs)
    panel.name.value = "Spring"
    panel.buttons["Save"].click()
    assert "spring.yaml was saved by somebody else" in panel.status.value
    assert 'role="alert"' in panel.status.value
    assert saved(workspace, "spring").read_text() == theirs
    assert panel.buttons["Save over it"].layout.display == ""
    panel.buttons["Save over it"].click()
    assert read_yaml(saved(workspace, "spring"))["title"] == "Spring"
    assert panel.buttons["Save over it"].layout.display == "none"


@pytest.mark.parametrize(
    ("name", "said"), [("", "Give the scenario a name first."), ("!!!", "has none"), ("Plan", "is a scenario of the model's own file")]
)
def test_what_cannot_be_saved_is_said(panel: widgets.Scenario, workspace: Path, name: str, said: str) -> None:
    """In one sentence, as an alert; no file is written, no lever moves."""
    panel.sliders["sign_ups"].value = 130
    panel.name.value = name
    panel.buttons["Save"].click()
    assert said in panel.status.value.replace("&#x27;", "'")
    assert 'role="alert"' in panel.status.value
    assert not saved(workspace, "x").parent.exists()
    assert panel.sliders["sign_ups"].value == 130


def test_files_that_cannot_be_used_are_said_and_left_alone(workspace: Path) -> None:
    """A lever that the model does not have, YAML with a tag: the others are there to choose."""
    saved(workspace, "x").parent.mkdir(parents=True)
    saved(workspace, "good").write_text("model: growth\nlevers: {activation: 0.6}\n")
    saved(workspace, "old").write_text("model: growth\nlevers: {activatoin: 0.6}\n")
    saved(workspace, "tagged").write_text("model: !!python/object:os.system growth\n")
    panel = widgets.scenario(scenarios.define(MODEL, file="growth.yaml"), workspace=workspace, draws=1_000)
    assert [name for _, name in panel.scenario.options] == ["base", "plan", "good"]
    assert "Did you mean &quot;activation&quot;?" in panel.status.value
    assert "tags never are" in panel.status.value


def test_a_scenario_of_no_name_can_be_begun_with(workspace: Path) -> None:
    """What a report's parameters say: it is the first to choose, under its title, and reset leads back to it."""
    model = scenarios.define(MODEL, file="growth.yaml")
    begun = scenarios.chosen(model, "plan", ["sign_ups=150"], title="As mailed", notes="by Ana")
    panel = widgets.scenario(model, scenario=begun, workspace=workspace, draws=1_000)
    assert panel.scenario.options[0] == ("As mailed", "")
    assert (panel.name.value, panel.notes.value) == ("As mailed", "by Ana")
    panel.scenario.value = "base"
    panel.scenario.value = ""
    assert (panel.sliders["sign_ups"].value, panel.sliders["activation"].value) == (150, 0.5)
    panel.buttons["Save"].click()
    assert read_yaml(saved(workspace, "as-mailed"))["scenario"] == "plan"


def press(monkeypatch: pytest.MonkeyPatch, code: str) -> list[list[str]]:
    """Have Python run this code in place of the press; gives the calls that were made."""
    calls, real = [], subprocess.Popen

    def begin(command: list[str], **about: Any) -> "subprocess.Popen[str]":
        calls.append(command)
        return real([sys.executable, "-c", code], **about | {"cwd": None})

    monkeypatch.setattr(subprocess, "Popen", begin)
    return calls


def test_a_report_is_made_of_what_was_saved(panel: widgets.Scenario, workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The press is called with the saved file; its page is linked to, and its name's markup is not run."""
    calls = press(monkeypatch, f"print({str(workspace.parent / '<b>' / 'report.html')!r})")
    panel.name.value = "Spring"
    panel.buttons["Make report"].click()
    assert panel.pressing.work is not None
    panel.pressing.work.join()
    assert calls[0][1:] == [
        "-m", "prodops.cli", "run", "whatif", "--workspace", str(workspace), "--scenario", str(saved(workspace, "spring")),
    ]  # fmt: skip
    assert saved(workspace, "spring").exists()
    assert "The report is made:" in panel.status.value
    assert "&lt;b&gt;/report.html" in panel.pressing.link.outputs[0]["data"]["text/html"]
    assert not panel.buttons["Make report"].disabled


def test_what_the_press_refuses_is_said(panel: widgets.Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its one line, as an alert; another try can be made."""
    press(monkeypatch, "import sys; sys.exit('prodops: whatif: no such table')")
    panel.name.value = "Spring"
    panel.buttons["Make report"].click()
    assert panel.pressing.work is not None
    panel.pressing.work.join()
    assert ">whatif: no such table<" in panel.status.value
    assert 'role="alert"' in panel.status.value
    assert not panel.buttons["Make report"].disabled


def test_without_a_workspace_nothing_is_saved() -> None:
    """It is said; the panel works otherwise."""
    panel = widgets.scenario(scenarios.define({**MODEL, "horizon": {"months": 6}}), start=date(2026, 2, 1), draws=1_000)
    panel.name.value = "Spring"
    panel.buttons["Save"].click()
    assert "without a workspace" in panel.status.value
    assert ">Feb<" in panel.course.value


def test_a_saved_scenario_reads_back_as_it_was_written() -> None:
    """Whatever its title and notes hold."""
    for text in ("NO", "12:30", "a: {b}", '"quoted" \\ it', "# no\ncomment\t\x85\u2028", "ü“”"):
        kept = Saved("growth", text[:80], "plan", {"sign_ups": 1e-7, "activation": 0.47}, text)
        assert from_text(to_text(kept)) == kept


def test_nothing_is_sent_back_to_a_slider_that_is_being_moved(panel: widgets.Scenario) -> None:
    """What is sent back would undo the keys that are pressed meanwhile: a value of the page's own arithmetic stays as the page has it."""
    panel.sliders["activation"].value = 0.41000000000000003
    assert panel.sitting.now["activation"] == 0.41
    assert panel.sliders["activation"].value == 0.41000000000000003
