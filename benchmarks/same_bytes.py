"""Make the sample's reports again and again, half of them elsewhere, and count the different files that come out.

    python benchmarks/same_bytes.py --runs 200

"Elsewhere" is a clone of this project in another folder, run by another user (where this one is root), with another home, time
zone, locale and hash seed each time. Exit 0 only where every report came out as one SHA-256.
"""

import argparse
import hashlib
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
REPORTS = ("feedback_themes", "kpi_review")
ZONES = ("UTC", "Asia/Kolkata", "America/St_Johns", "Pacific/Apia", "Australia/Lord_Howe", "Europe/Berlin")
LOCALES = ("C", "C.UTF-8", "de_DE.UTF-8", "tr_TR.UTF-8", "POSIX")
OTHER_USER = "nobody"


def make(project: Path, out: Path, environ: Mapping[str, str], user: str | None) -> str:
    """Run both reports of a project into ``out``; gives what went wrong, or nothing."""
    command = [sys.executable, "-m", "prodops.cli", "run", *REPORTS, "--out", str(out)]
    told = {"PYTHONPATH": str(project), "PATH": os.environ["PATH"], **environ}
    done = subprocess.run([*_as(user), *command], check=False, cwd=project, env=told, capture_output=True, text=True)
    return "" if done.returncode == 0 else done.stderr[-500:]


def _as(user: str | None) -> list[str]:
    """Become another user, who may still read what is needed to run Python where that lies in this user's home."""
    may_read = [f"--{kind}-caps=+dac_read_search" for kind in ("inh", "ambient")]
    return ["setpriv", f"--reuid={user}", "--clear-groups", *may_read, "--"] if user else []


def elsewhere(number: int, home: Path) -> dict[str, str]:
    """Give an environment that is another one each time."""
    rng = random.Random(number)
    seed = str(rng.randrange(2**32)) if number % 3 else "random"
    return {
        "HOME": str(home),
        "TZ": rng.choice(ZONES),
        "LC_ALL": rng.choice(LOCALES),
        "LANG": "de_DE",
        "PYTHONHASHSEED": seed,
        "COLUMNS": str(40 + number),
    }


def clone(folder: Path, user: str | None) -> Path:
    """Clone this project as it is committed, so that its folder and its owner are others."""
    project = folder / "another folder" / "of the same project"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(project)], check=True)
    if user:
        subprocess.run(["chown", "-R", f"{user}:", str(folder)], check=True)
        folder.chmod(0o755)
    return project


def main() -> None:
    """Count."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=200)
    runs = parser.parse_args().runs
    if subprocess.run(["git", "-C", str(ROOT), "status", "--porcelain"], capture_output=True, text=True, check=True).stdout:
        sys.exit("same_bytes: commit first; the clone has only what is committed.")
    user = OTHER_USER if os.getuid() == 0 else None
    found: dict[str, dict[str, int]] = {report: defaultdict(int) for report in REPORTS}
    with tempfile.TemporaryDirectory(prefix="prodops-same-bytes-") as name:
        folder = Path(name)
        other = clone(folder, user)
        for number in range(runs):
            away = number % 2 == 1
            out = folder / f"out-{number}"
            out.mkdir()
            if away and user:
                shutil.chown(out, user)
            fault = (
                make(other, out, elsewhere(number, folder), user) if away else make(ROOT, out, {"HOME": os.environ.get("HOME", "/")}, None)
            )
            if fault:
                sys.exit(f"same_bytes: run {number} failed: {fault}")
            for page in out.rglob("report.html"):
                found[page.relative_to(out).parts[0]][hashlib.sha256(page.read_bytes()).hexdigest()] += 1
            shutil.rmtree(out)
            print(f"\r{number + 1} of {runs}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    for report, digests in found.items():
        print(
            f"{report}: {sum(digests.values())} runs, {len(digests)} SHA-256",
            *(f"  {digest} × {count}" for digest, count in digests.items()),
            sep="\n",
        )
    sys.exit(any(len(digests) != 1 for digests in found.values()))


if __name__ == "__main__":
    main()
