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
    """Two schedulers on one ledger, kills by the dozen of what they consist of: every slot is ok once, and nothing is left alive."""
    asked = ["--runs=60", "--kills=20", "--every=0.5", "--seed=1", f"--json={tmp_path / 'told.json'}"]
    command = [sys.executable, str(BENCHMARK), *asked]
    done = subprocess.run(command, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}, capture_output=True, text=True, check=False)
    told = json.loads((tmp_path / "told.json").read_text())
    assert told["faults"] == {"false status": [], "lost report": [], "missed": [], "doubled": []}
    assert (told["ledger"], told["runs"]["ok"], told["left alive"], told["left behind"]) == ("ok", 60, [], [])
    assert sum(told["done to it"].values()) >= 12  # how many it comes to before all is made depends on the machine
    assert (done.returncode, done.stderr) == (0, "")
