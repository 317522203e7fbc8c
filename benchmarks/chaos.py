"""Make many short reports on schedule while processes are killed and the disk fills up, and count what is not as it must be.

    python benchmarks/chaos.py [--runs 1000] [--kills 300] [--every SECONDS] [--seed 0] [--json FILE]

Two schedulers share one ledger, each with its press and its workers, kernels and servers; random ones are killed (SIGKILL), and the
disk that all lies on (a small tmpfs, where this is root) is filled for moments. Then they are left in peace until all is made, or
nothing has been for a while. What came of it is judged without prodops: the
ledger's rows by SQLite alone, the pages by their bytes, and how often a page was put in place by what the kernel of the system saw.
Exit 0 where no status is false, no finished report is lost, no slot is missed or doubled, and the ledger is whole. Linux only.
"""

import argparse
import contextlib
import ctypes
import hashlib
import json
import os
import random
import re
import signal
import sqlite3
import struct
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic, sleep
from typing import Any

LANES, STEP = 10, timedelta(seconds=1)
SPACE = "400m"
MARK = "PRODOPS_CHAOS"
VICTIMS = {"kernel": 4, "worker": 4, "fork server": 1, "kernel server": 1, "scheduler": 2, "full disk": 1}
MOVED_TO = 0x80
INJECTED = re.compile(
    r"SIGKILL|SIGTERM|was gone|connection refused|no space left|disk is full|disk I/O|ended, as did|ended before|could not be|did not start|did not answer|unable to open"
)
"""Words of what this program does to runs; any other failure is a false status."""


# ---------------------------------------------------------------------------------------------------- what is put to the test
def answer(as_of: str, lane: int) -> str:
    return hashlib.sha256(f"{as_of} {lane}".encode()).hexdigest()[:20]


def write_project(root: Path) -> None:
    source = (
        "import hashlib, json, os\nas_of = json.loads(os.environ['PRODOPS_RUN'])['as_of']\n"
        "print('answer', hashlib.sha256(f'{as_of} {lane}'.encode()).hexdigest()[:20])"
    )
    empty: dict[str, Any] = {"outputs": [], "execution_count": None, "cell_type": "code"}
    cells = [empty | {"metadata": {"tags": ["parameters"]}, "source": "lane: int = 0"}, empty | {"metadata": {}, "source": source}]
    for name in ("params/reports", "notebooks", "reports"):
        (root / name).mkdir(parents=True)
    (root / "notebooks/tick.ipynb").write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}))
    (root / "params/workspace.yaml").write_text("time_zone: UTC\n")
    (root / "params/reports/tick.yaml").write_text(
        f"title: Tick\nnotebook: notebooks/tick.ipynb\ntables: [feedback]\nmatrix: {{lane: {list(range(LANES))}}}\n"
    )


def serve(root: Path, first: datetime, count: int) -> None:
    """Be one scheduler with its press."""
    from schedule_chaos import Given

    from prodops.reports import catalogue, holders
    from prodops.reports.due import Due, Plan
    from prodops.reports.ledger import FILE, Ledger, page_in
    from prodops.reports.press import Press, Run
    from prodops.reports.schedule import Scheduler
    from prodops.workspace import load

    def now() -> datetime:
        return datetime.now(UTC)

    workspace = load(root / "params/workspace.yaml")
    report = catalogue.read(root / "params/reports", "tick", root)
    slices = {each.name: each for each in catalogue.slices(report)}
    plan = Plan("tick", [*slices], Given(first, STEP, count), catch_up="all", retries=1_000, backoff=timedelta(seconds=0.2))

    def make(due: Due) -> Run:
        each, context = slices[due.slot.slice_name], {"as_of": due.slot.as_of.isoformat()}
        return Run(report.model_copy(update={"retries": 1_000, "backoff": timedelta(seconds=0.2)}), each.parameters, due.slot.as_of,
                   context, each.name, each.given)  # fmt: skip

    ledger = Ledger(root / "reports" / FILE)
    with Press(workspace=workspace, environ=os.environ, ledger=ledger, now=now, jobs=2) as press:
        Scheduler[Run](
            ledger=ledger, runner=press, holder=holders.here(), now=now, plans=lambda: [plan], make=make,
            placed=page_in(root / "reports"), fresh=lambda *_: True,
        ).run()  # fmt: skip


# ------------------------------------------------------------------------------------------------------------- the chaos
@dataclass
class Chaos:
    """The schedulers, and what is done to them; every process of theirs carries a mark in its environment."""

    root: Path
    first: datetime
    count: int
    mark: str
    chance: random.Random
    servers: list[subprocess.Popen[bytes]] = field(default_factory=list)
    done: Counter[str] = field(default_factory=Counter)

    def keep_up(self) -> None:
        """Have two schedulers run."""
        self.servers = [server for server in self.servers if server.poll() is None]
        while len(self.servers) < 2:
            command = [sys.executable, __file__, "--serve", str(self.root), str(self.first.timestamp()), str(self.count)]
            with open(self.root.parent / "said", "ab") as said:
                self.servers.append(subprocess.Popen(command, env={**os.environ, MARK: self.mark}, stderr=said, start_new_session=True))

    def strike(self) -> None:
        """Do one bad thing."""
        kind = self.chance.choices([*VICTIMS], [*VICTIMS.values()])[0]
        if kind == "full disk":
            self.fill()
        elif victims := [pid for pid, what in processes(self.mark) if what == kind]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.chance.choice(victims), signal.SIGKILL)
                self.done[kind] += 1

    def fill(self) -> None:
        if not os.path.ismount(self.root.parent):
            return
        filler = self.root.parent / "filler"
        with contextlib.suppress(OSError), open(filler, "wb", buffering=0) as file:
            while file.write(bytes(1 << 16)):
                pass
        sleep(self.chance.uniform(0.2, 1.0))
        filler.unlink(missing_ok=True)
        self.done["full disk"] += 1

    def end(self) -> None:
        for server in self.servers:
            server.terminate()
        for server in self.servers:
            server.wait(60)


def processes(mark: str) -> Iterator[tuple[int, str]]:
    """Give the processes that carry the mark, and what each is."""
    wanted = f"{MARK}={mark}".encode()
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if wanted not in (folder / "environ").read_bytes().split(b"\0"):
                continue
            words = (folder / "cmdline").read_bytes()
            above = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            kind = (
                "kernel" if b"ipykernel" in words
                else "kernel server" if b"preloaded" in words
                else "scheduler" if b"--serve" in words
                else "" if b"forkserver" not in words
                else "fork server" if b"--serve" in Path(f"/proc/{above}/cmdline").read_bytes()
                else "worker"
            )  # fmt: skip
            yield int(folder.name), kind


class Watch:
    """Counts, by the system's own word (inotify), how often each run's folder was put in place."""

    def __init__(self, folder: Path) -> None:
        self._libc, self.seen = ctypes.CDLL(None, use_errno=True), Counter[str]()
        self._handle, self._names = self._libc.inotify_init1(os.O_NONBLOCK), dict[int, str]()
        for lane in range(LANES):
            place = folder / "tick" / f"lane-{lane}"
            place.mkdir(parents=True)
            self._names[self._libc.inotify_add_watch(self._handle, os.fsencode(place), MOVED_TO)] = place.name

    def look(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while data := os.read(self._handle, 1 << 20):
                while data:
                    which, _, _, size = struct.unpack("iIII", data[:16])
                    name = data[16 : 16 + size].rstrip(b"\0").decode()
                    data = data[16 + size :]
                    if not name.startswith("."):
                        self.seen[f"{self._names[which]}/{name}"] += 1


# -------------------------------------------------------------------------------------------------------------- the judge
def rows(root: Path) -> list[dict[str, Any]]:
    with contextlib.closing(sqlite3.connect(root / "reports/ledger.sqlite", timeout=30)) as sql:
        sql.row_factory = sqlite3.Row
        try:
            return [dict(row) for row in sql.execute("SELECT * FROM runs ORDER BY number")]
        except sqlite3.OperationalError:  # not begun, or no room at this moment
            return []


def judge(root: Path, first: datetime, count: int, placed: Counter[str]) -> dict[str, Any]:
    """Compare what the ledger says with what there is."""
    wanted = {(f"lane-{lane}", (first + n * STEP).replace(tzinfo=None).isoformat()) for lane in range(LANES) for n in range(count)}
    found = rows(root)
    made = Counter((row["slice"], row["as_of"]) for row in found if row["status"] == "ok")
    faults: dict[str, list[str]] = {"false status": [], "lost report": [], "missed": [], "doubled": []}
    for row in found:
        if row["status"] == "ok":
            if why := _is_wrong(root, row):
                faults["false status"].append(f"{row['slice']} {row['as_of']} ok: {why}")
        elif row["path"] or not INJECTED.search(row["message"]):
            faults["false status"].append(f"{row['slice']} {row['as_of']} {row['status']}: {row['message']}")
    for slot in wanted:
        folder = f"{slot[0]}/{datetime.fromisoformat(slot[1]):%Y-%m-%dT%H%M%S}"
        if not made[slot]:
            last = [
                f"{row['status']}, attempt {row['attempt']}: {row['message']}" for row in found if (row["slice"], row["as_of"]) == slot
            ][-1:]
            is_there = (root / "reports/tick" / folder / "report.html").exists()
            faults["lost report" if is_there else "missed"].append(f"{folder} ({', '.join(last) or 'never begun'})")
        elif made[slot] > 1 or placed[folder] != 1:
            faults["doubled"].append(f"{folder}: {made[slot]} times ok, put in place {placed[folder]} times")
    faults["doubled"] += [str(slot) for slot in made if slot not in wanted]
    with contextlib.closing(sqlite3.connect(root / "reports/ledger.sqlite")) as sql:
        integrity = sql.execute("PRAGMA integrity_check").fetchone()[0]
    counts = Counter(row["status"] for row in found)
    said = Counter(re.sub(r"[0-9]+|/\S+", "…", row["message"])[:90] for row in found if row["status"] != "ok")
    return {"slots": len(wanted), "runs": dict(counts), "ledger": integrity, "said": dict(said.most_common(12)), "faults": faults}


def _is_wrong(root: Path, row: dict[str, Any]) -> str:
    """Say what is wrong with a page that the ledger calls ok; nothing where it is whole and right."""
    try:
        page = (root / "reports" / row["path"]).read_bytes()
    except OSError as fault:
        return str(fault)
    if hashlib.sha256(page).hexdigest() != row["page_sha256"]:
        return "another page than the ledger says"
    right = answer(row["as_of"], int(row["slice"].removeprefix("lane-")))
    return "" if right.encode() in page and page.rstrip().endswith(b"</html>") else "the page is not whole or not right"


@contextlib.contextmanager
def small_disk() -> Iterator[Path]:
    """Give a folder on a disk of its own where this is root, else any."""
    with tempfile.TemporaryDirectory(prefix="prodops-chaos-") as name:
        mount = ["mount", "-t", "tmpfs", "-o", f"size={SPACE}", "none", name]
        mounted = not os.geteuid() and not subprocess.run(mount, capture_output=True, check=False).returncode
        try:
            yield Path(name)
        finally:
            if mounted:
                subprocess.run(["umount", "-l", name], check=True)


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=1_000)
    parser.add_argument("--kills", type=int, default=None, help="default: three for each ten runs")
    parser.add_argument("--every", type=float, default=1.0, help="seconds between them, on average")
    parser.add_argument("--patience", type=float, default=120, help="seconds without a report after which what is missing is missed")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args(arguments)
    chance, began = random.Random(asked.seed), monotonic()
    with small_disk() as disk:
        root, count = disk / "project", -(-asked.runs // LANES)
        write_project(root)
        watch = Watch(root / "reports")
        first = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=3)
        chaos = Chaos(root, first, count, f"{os.getpid()}-{chance.random()}", chance)
        try:
            last, made, kills = monotonic(), 0, asked.runs * 3 // 10 if asked.kills is None else asked.kills
            while made < count * LANES and monotonic() - last < asked.patience:
                chaos.keep_up()
                sleep(chance.expovariate(1 / asked.every))
                watch.look()
                before, made = made, sum(row["status"] == "ok" for row in rows(root)) or made
                last = monotonic() if made > before or chaos.done.total() < kills else last
                if chaos.done.total() < kills:
                    chaos.strike()
        finally:
            chaos.end()
        watch.look()
        told = judge(root, first, count, watch.seen)
        until = monotonic() + 15
        while (left := [what for _, what in processes(chaos.mark)]) and monotonic() < until:
            sleep(0.2)
        stray = [path.name for path in root.rglob(".prodops-*")]
        told |= {"done to it": dict(chaos.done), "left alive": left, "left behind": stray, "seconds": round(monotonic() - began)}
        told["schedulers said"] = Counter((disk / "said").read_text(errors="replace").splitlines()).most_common(10)
    print(json.dumps(told, indent=1, ensure_ascii=False))
    if asked.json:
        asked.json.write_text(json.dumps(told, ensure_ascii=False))
    return int(any(told["faults"].values()) or told["ledger"] != "ok" or bool(left))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--serve"]:
        serve(Path(sys.argv[2]), datetime.fromtimestamp(float(sys.argv[3]), UTC), int(sys.argv[4]))
    else:
        sys.exit(main(sys.argv[1:]))
