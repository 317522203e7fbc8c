"""`prodops check` reads candidates and actions, and says in one line what in them cannot be used."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from prodops.cli import main

RICE = "rice: {reach: 10, impact: 1, confidence: 0.8, effort: 1}"
KPIS = "csat: {type: simple, table: feedback, agg: count}\n"


@pytest.fixture
def params(tmp_path: Path) -> Path:
    (tmp_path / "feedback.csv").write_text("created_at,text\n2025-01-01,Too slow\n", encoding="utf-8")
    folder = tmp_path / "params"
    folder.mkdir()
    (folder / "workspace.yaml").write_text("tables:\n  feedback: feedback.csv\n", encoding="utf-8")
    (folder / "kpis.yaml").write_text(KPIS, encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("candidates.yaml", f"candidates: {{a: {{{RICE}}}}}", ""),
        ("candidates.yaml", "candidates: {a: {rise: {}}}", 'Did you mean "rice"?'),
        ("candidates.yaml", f"candidates: {{a: {{kpis: [csta], {RICE}}}}}", 'candidate a: there is no KPI "csta". Did you mean "csat"?'),
        ("actions.yaml", "actions: {letter: {due: soon}}", '"soon" is no date'),
        ("actions.yaml", "actions: {letter: {candidate: b}}", 'action letter: there is no candidate "b".'),
        ("actions.yaml", "actions: [1", "this is not valid YAML"),
    ],
)
def test_check_reads_candidates_and_actions(params: Path, file: str, text: str, said: str) -> None:
    """Exit 0 where they can be used, else 2 and one line that names the file."""
    (params / file).write_text(text, encoding="utf-8")
    done = CliRunner().invoke(main, ["check", "--workspace", str(params / "workspace.yaml")])
    assert done.exit_code == (2 if said else 0), done.output
    assert said in done.output
    assert "Traceback" not in done.output
    if said:
        assert file in done.stderr
