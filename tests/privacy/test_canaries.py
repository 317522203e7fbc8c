"""Canaries: identifiers in a source file, a report that shows all it can of them, and nothing of them in anything that is written or printed."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.reports.small_project import Project
from tests.reports.test_secrets import contents, unpacked

CANARIES = {
    "mail": "cora.nary@example.com",
    "written around": "cora [at] nary [dot] example",
    "entity": "cora&#64;nary.example",
    "phone": "+49 151 23456789",
    "card": "4242 4242 4242 4242",
    "iban": "DE89 3704 0044 0532 0130 00",
    "ip": "203.0.113.77",
    "ip6": "2001:db8::ff00:42:8329",
    "aws": "AKIAI44QH8DHBEXAMPLE",
    "github": "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
    "slack": "xoxb-123456789012-AbCdEfGhIjKlMnOpQrStUvWx",
    "jwt": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N",
    "password": "Kanarien_Vogel7",
    "link": "invite?token=k3xw9zp72hhd8s5q",
    "database": "reader:Pa55w0rd@base.example.net",
    "handle": "@coranary_lq",
    "greeted": "Corazonia",
    "signed": "Kanarinde Vogelsang",
    "id": "k.anary@example.org",
    "named id": "Piet van Kanarie",
    "misplaced": "m.isplaced@example.org",
    "torn": "t.orn@example.org",
}
TEXTS = [
    f"Hi {CANARIES['greeted']}, my mail is {CANARIES['mail']}, or {CANARIES['written around']}, or {CANARIES['entity']}.",
    f"Call {CANARIES['phone']}, I paid with {CANARIES['card']}, refund to {CANARIES['iban']} please",
    f"blocked: {CANARIES['ip']} and {CANARIES['ip6']}, keys {CANARIES['aws']} {CANARIES['github']} {CANARIES['slack']}",
    f"Bearer {CANARIES['jwt']} fails, password: {CANARIES['password']}",
    f"https://app.example.com/{CANARIES['link']} and postgres://{CANARIES['database']}/x, {CANARIES['handle']} told me",
    f"It is slow.\\n\\nBest regards,\\n{CANARIES['signed']}",
]
SHOW = """
from prodops import feedback
rows = desk.read("feedback")
print(*rows["text"], *rows["user_id"], sep="\\n")
print(desk.tables)
ready = feedback.prepare(rows, redaction=desk.stamp("feedback"))
assert ready.masked["e-mail"] >= 3
ready.frame
"""
READ = "from prodops.sources import connect\ndesk = connect('feedback')\ndesk"


def found_in(data: bytes, depth: int = 3) -> list[str]:
    """Name the canaries in bytes, as they are or unpacked; blanks and the escapes of JSON and HTML do not hide them."""
    plain = re.sub(r"\\+[nr]|\s+", " ", data.decode("utf-8", "replace")).replace("&amp;", "&").replace("\\u0026", "&")
    here = [name for name, value in CANARIES.items() if value in plain or value.replace(" ", "") in plain]
    return here + [name for inner in (unpacked(data) if depth else ()) for name in found_in(inner, depth - 1)]


def leaks(root: Path) -> dict[str, list[str]]:
    """List the files below a folder that hold a canary, with its name."""
    files = {file: [name for data in contents(file) for name in found_in(data)] for file in sorted(root.rglob("*")) if file.is_file()}
    return {str(file.relative_to(root)): names for file, names in files.items() if names}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project with the canaries in its file of feedback: in rows that fit, and in rows that do not."""
    project = Project(tmp_path_factory.mktemp("canaries"))
    project.folder.mkdir(parents=True)
    (project.root / "notebooks").mkdir()
    records = [
        {"id": f"F{i}", "created_at": f"2026-03-{i + 2:02d}", "text": t.replace("\\n", "\n"), "user_id": "u1"} for i, t in enumerate(TEXTS)
    ]
    records += [{"id": "F8", "created_at": "2026-03-08", "text": "fine", "user_id": CANARIES["id"]}]
    records += [{"id": "F9", "created_at": "2026-03-09", "text": "fine too", "user_id": CANARIES["named id"]}]
    records += [{"id": "F10", "created_at": CANARIES["misplaced"], "text": CANARIES["mail"], "user_id": "u2"}]
    lines = [*map(json.dumps, records), f'{{"id": "F11", "text": "{CANARIES["torn"]}']
    (project.root / "feedback.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (project.root / "params" / "workspace.yaml").write_text("max_bad_share: 0.5\ntables: {feedback: feedback.jsonl}\n")
    project.add("shows", READ, SHOW, "desk.queries")
    project.add("fails", READ, SHOW, "print(desk.breaches())\nraise ValueError(rows['text'].tolist(), rows['user_id'].tolist())")
    return project


def run(project: Project, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "prodops.cli", *arguments, "--workspace", str(project.root / "params" / "workspace.yaml")]
    return subprocess.run(command, capture_output=True, env=dict(os.environ), check=False)


def test_the_search_finds_every_canary(project: Project) -> None:
    """A search that could not find them would prove nothing: all are in the source."""
    assert set(found_in((project.root / "feedback.jsonl").read_bytes())) == set(CANARIES)


def test_nothing_that_is_written_or_printed_holds_a_canary(project: Project) -> None:
    """Pages, notebooks, records, the store, rows set aside, the ledger, logs and the screen: of a report that works, one that fails, and a check."""
    done = [run(project, "run", "shows", "fails", "--jobs", "2"), run(project, "check")]
    assert done[0].returncode == 1, done[0].stderr
    assert b"ValueError" in done[0].stderr
    assert [found_in(each.stdout + each.stderr) for each in done] == [[], []]
    page = next((project.root / "reports").rglob("report.html"))
    assert "[e-mail]" in json.dumps(json.loads(page.with_name("notebook.ipynb").read_text()))
    assert leaks(project.root / "reports") == {}


@pytest.mark.slow
def test_what_was_run_replays_the_same(project: Project) -> None:
    """A page made of masked rows can be verified from the store, without its source."""
    assert run(project, "run", "shows").returncode == 0
    page = next((project.root / "reports").rglob("report.html"))
    source = project.root / "feedback.jsonl"
    source.rename(source.with_suffix(".away"))
    try:
        done = run(project, "verify", str(page))
    finally:
        source.with_suffix(".away").rename(source)
    assert done.returncode == 0, done.stdout + done.stderr
    assert found_in(done.stdout + done.stderr) == []
