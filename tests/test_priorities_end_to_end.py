"""The priorities' report through the press: the sample's story is in it, hostile text stays text, and it can be made again."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from prodops.cli import main

ROOT = Path(__file__).parents[1]
HOSTILE = "</script><script>top.CANARY=1</script>"
FILES = ("workspace.yaml", "kpis.yaml", "candidates.yaml", "actions.yaml")


def prodops(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, [*arguments, "--workspace", str(folder / "params" / "workspace.yaml")])


@pytest.mark.slow
def test_the_sample_s_story_is_told(tmp_path: Path) -> None:
    """Guided onboarding helped; churn stands elsewhere since the price change and may be missed; loops are owed and overdue."""
    (tmp_path / "params").mkdir()
    for name in FILES:
        (tmp_path / "params" / name).write_bytes((ROOT / "params" / name).read_bytes())
    done = prodops(tmp_path, "run", "priorities")
    assert done.exit_code == 0, done.output
    record = json.loads(Path(done.stdout.strip()).with_name("record.json").read_text(encoding="utf-8"))
    said = {f["name"]: f"{f['headline']}. {f['sentence']}".replace("\u00a0", " ") for f in record["findings"]}
    assert "goal.activation_rate" not in said  # ahead: the chart and the table have it
    assert "behind" in said["goal.monthly_churn_rate"]
    assert "Team plan price change (7 Apr 2025)" in said["goal.monthly_churn_rate"]
    assert "if it stays there, the goal is missed" in said["goal.monthly_churn_rate"]
    assert "Sync outage on iOS (14 Oct 2025)" in said["goal.nps"]
    assert "has helped: Activation" in said["loop.guided_onboarding"]
    assert "has not helped: Churn" in said["loop.price_list"]
    assert said["loop.owed"].startswith("Legal has kept Customer Success waiting for 42 days")
    assert "invoice" in said["loop.overdue"]
    assert "loop.not_measured" not in said  # the table has it


@pytest.mark.slow
def test_hostile_names_stay_text_and_the_report_can_be_made_again(tmp_path: Path) -> None:
    """Markup in titles, teams and tickets is shown, never run; with both files gone, verify says identical."""
    params = tmp_path / "params"
    params.mkdir()
    (params / "workspace.yaml").write_text("tables: {feedback: feedback.csv}\n")
    (tmp_path / "feedback.csv").write_text("id,created_at,text\n1,2025-12-31,Sync lost my edits\n")
    rice = {"reach": [10, 20], "impact": 1, "confidence": 0.8, "effort": 1}
    candidates = {n: {"title": f"{n} {HOSTILE}", "team": HOSTILE, "ticket": HOSTILE, "rice": rice} for n in ("a", "b", "c", "d")}
    action = {"title": HOSTILE, "owner": HOSTILE, "waiting": {"on": HOSTILE, "for": "[x](javascript:top.CANARY=1)", "since": "2025-12-01"}}
    (params / "candidates.yaml").write_text(json.dumps({"candidates": candidates}))
    (params / "actions.yaml").write_text(json.dumps({"actions": {"x": action}}))
    done = prodops(tmp_path, "run", "priorities")
    assert done.exit_code == 0, done.output
    page = Path(done.stdout.strip())
    html = page.read_text(encoding="utf-8")
    assert "<script>top.CANARY" not in html
    assert 'href="javascript' not in html
    assert "&lt;/script&gt;&lt;script&gt;top.CANARY" in html
    for name in ("candidates.yaml", "actions.yaml"):
        (params / name).unlink()
    again = prodops(tmp_path, "verify", str(page))
    assert again.exit_code == 0, again.output
