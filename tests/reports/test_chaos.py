"""A reduced run of the chaos benchmark: kills and a full disk leave no false status, no lost, missed or doubled report."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "chaos.py"


@pytest.mark.slow
def test_sixty_runs_under_kills_are_all_made_once_and_told_truly(tmp_path: Path) -> None:
    """Two schedulers on one ledger, twenty kills of what they consist of: every slot is ok once, and nothing is left alive."""
    command = [sys.executable, str(BENCHMARK), "--runs", "60", "--kills", "20", "--seed", "1", "--json", str(tmp_path / "told.json")]
    done = subprocess.run(command, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}, capture_output=True, text=True, check=False)
    told = json.loads((tmp_path / "told.json").read_text())
    assert told["faults"] == {"false status": [], "lost report": [], "missed": [], "doubled": []}
    assert (told["ledger"], told["runs"]["ok"], told["left alive"], told["left behind"]) == ("ok", 60, [], [])
    assert sum(told["done to it"].values()) >= 20
    assert (done.returncode, done.stderr) == (0, "")
