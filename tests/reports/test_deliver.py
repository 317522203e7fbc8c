"""Deliveries in the ledger: what a run owes is sent at least once, by one process, tried again, given up in the end, and said."""

import logging
import subprocess
import sys
import threading
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from prodops.errors import RunError, WorkspaceError
from prodops.reports import deliver, holders
from prodops.reports.deliver import ATTEMPTS, Settled
from prodops.reports.ledger import Entry, Ticket
from tests.reports import told
from tests.reports.servers import Inbox, hook, mail
from tests.reports.small_project import AS_OF, Project

RECORD = {
    "findings": [{"kind": "finding", "name": "theme.sync.change", "value": 41, "before": 12}],
    "tiles": [{"kind": "tile", "name": "kpi.nps", "value": 31, "before": 35, "unit": "nps"}],
}
SECRET = "canary-8d41e7"


def settle(project: Project, *, later: timedelta = timedelta(), **environ: str) -> list[Settled]:
    """Settle what a project owes, at a time after its runs."""
    ledger = told.ledger(project)
    reports = [project.read(path.stem) for path in project.folder.glob("*.yaml")]
    try:
        return deliver.settle(
            ledger, reports, folder=project.root / "reports", environ=environ, now=lambda: told.NOW + later, holder=holders.here()
        )
    finally:
        ledger.close()


def states(project: Project, ticket: Ticket) -> list[tuple[str, str, int, str]]:
    return told.ledger(project).deliveries(ticket)


def mail_to(inbox: Inbox, *names: str) -> str:
    return "".join(f"  - mailto://127.0.0.1:{inbox.port}/{name}@example.org?from=reports@example.org\n" for name in names)


# ---------------------------------------------------------------------------------------------------- what a run owes
@pytest.mark.parametrize(
    ("status", "owes"),
    [
        ("ok", ["fell/1", "all/1", "delivery-5/1", "delivery-5/2"]),
        ("no data", ["all/1", "delivery-5/1", "delivery-5/2"]),
        ("failed", ["owner/1", "all/1"]),
        ("lost", ["owner/1", "all/1"]),
    ],
)
def test_each_outcome_has_its_recipients(project: Project, status: str, owes: list[str]) -> None:
    """Good runs, failures and both have recipients of their own; of several conditions one that holds is enough; each address is owed by itself."""
    report = project.add(
        "weekly",
        settings=(
            "deliver:\n"
            "  - {name: fell, to: out, when: [nps.change < -30, nps.change < -3]}\n"
            "  - {name: rose, to: out, when: nps.change > 0}\n"
            "  - {name: owner, to: out, on: failure}\n"
            "  - {name: all, to: out, on: always}\n"
            "  - {to: [one, two]}\n"
        ),
    )
    assert deliver.owes(report, status, RECORD if status == "ok" else {}) == owes


def test_conditions_on_what_was_not_found_are_said(project: Project) -> None:
    """A misspelt finding sends nothing and is said with the near miss; conditions on failures are not asked of good runs."""
    report = project.add("weekly", settings="deliver:\n  - {to: out, when: npps.change < 0}\n  - {to: out, on: failure, when: gone > 0}\n")
    assert deliver.owes(report, "ok", RECORD) == []
    assert deliver.doubts(report, RECORD) == ['"npps.change < 0": this run has no finding "npps". Did you mean "nps"?']


def test_two_deliveries_of_a_name_are_refused(project: Project) -> None:
    """The ledger tells deliveries apart by name, so a name stands once."""
    with pytest.raises(WorkspaceError, match='two deliveries have the name "delivery-2"'):
        project.add("weekly", settings="deliver:\n  - {name: delivery-2, to: a}\n  - {to: b}\n")


# ------------------------------------------------------------------------------------------------------------- settling
def test_what_is_owed_is_sent_once(project: Project) -> None:
    """Every address of a run gets one message, whatever its kind, and settling again sends nothing more."""
    with mail(Inbox()) as inbox:
        project.add("weekly", settings=f"deliver:\n- name: team\n  to:\n{mail_to(inbox, 'anna', 'bo')}  - out\n")
        ticket = told.good_run(project, owes=["team/1", "team/2", "team/3"])
        assert settle(project) == [Settled(ticket, f"team/{n}", "made") for n in (1, 2, 3)]
        assert settle(project, later=timedelta(days=2)) == []
    assert inbox.recipients == [["anna@example.org"], ["bo@example.org"]]
    assert (project.root / "out/weekly/all/2025-11-03.html").exists()
    assert states(project, ticket) == [(f"team/{n}", "made", 1, "") for n in (1, 2, 3)]


def test_a_failure_reaches_the_owner_and_leaves_the_run_as_it_was(project: Project) -> None:
    """The owner's mail of a failed run tells why; the ledger's entry is the same before and after, also where sending fails."""
    with mail(Inbox()) as inbox:
        project.add("weekly", settings=f"deliver:\n- on: failure\n  to:\n{mail_to(inbox, 'owner')}  - memory\n  - nowhere://x\n")
        ticket = told.bad_run(project, owes=["delivery-1/1", "delivery-1/3"])
        before = told.ledger(project).entries()
        assert [(s.name, s.state) for s in settle(project)] == [("delivery-1/1", "made"), ("delivery-1/3", "owed")]
    assert "It stopped in cell 4." in inbox.letters[0].get_body(("plain",)).get_content()
    assert told.ledger(project).entries() == before
    assert states(project, ticket)[1][3] == 'there is no way to deliver to "nowhere://".'


def test_a_server_that_is_down_gets_it_once_it_is_up(project: Project) -> None:
    """A delivery that fails waits a minute, then four; it is made when the server is back, and not again."""
    with mail(Inbox()) as down:
        pass
    project.add("weekly", settings=f"deliver:\n- to:\n{mail_to(down, 'anna')}")
    ticket = told.good_run(project, owes=["delivery-1/1"])
    assert settle(project) == [Settled(ticket, "delivery-1/1", "owed", "connection refused")]
    assert settle(project, later=timedelta(seconds=59)) == []
    assert [s.state for s in settle(project, later=timedelta(minutes=1))] == ["owed"]
    with mail(Inbox(port=down.port)) as up:
        assert settle(project, later=timedelta(minutes=4)) == []
        assert [s.state for s in settle(project, later=timedelta(minutes=5))] == ["made"]
        assert settle(project, later=timedelta(days=1)) == []
    assert len(up.letters) == 1


def test_what_can_never_be_sent_is_given_up_and_said(project: Project) -> None:
    """After so many attempts a delivery is given up, with its last reason; the pauses between add up to less than a day."""
    project.add("weekly", settings="deliver:\n- to: mailto://u:${NOT_SET}@example.org\n")
    ticket = told.good_run(project, owes=["delivery-1/1"])
    later, seen = timedelta(), []
    while later < timedelta(hours=24):
        seen += [settled.state for settled in settle(project, later=later)]
        later += timedelta(minutes=30)
    assert seen == ["owed"] * (ATTEMPTS - 1) + ["given up"]
    assert states(project, ticket) == [("delivery-1/1", "given up", ATTEMPTS, 'the environment variable "NOT_SET" is not set.')]


def test_a_delivery_that_is_no_more_is_said_with_the_near_miss(project: Project) -> None:
    """A delivery whose name left the report's file, and one whose report is gone, wait for the file to be mended."""
    project.add("weekly", settings="deliver:\n- {name: team, to: out}\n")
    told.good_run(project, owes=["teem/1"])
    told.good_run(project, "gone", owes=["team/1"])
    assert [(s.state, s.message) for s in settle(project)] == [
        ("owed", 'the report has no delivery "teem/1" any more. Did you mean "team/1"?'),
        ("owed", "the report's file is not there or cannot be read."),
    ]


def test_a_run_that_cannot_be_told_stops_no_other(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """A message that cannot be written is that delivery's fault alone."""
    project.add("weekly", settings="deliver:\n- {to: out}\n")
    told.good_run(project, owes=["delivery-1/1"])
    told.good_run(project, owes=["delivery-1/1"], as_of=datetime(2025, 11, 10))
    compose = deliver.compose

    def broken(entry: Entry, folder: Path, *, largest: int) -> deliver.Message:
        if entry.slot.as_of == AS_OF:
            raise KeyError("cells")
        return compose(entry, folder, largest=largest)

    monkeypatch.setattr(deliver, "compose", broken)
    assert [(s.state, s.message) for s in settle(project)] == [("owed", "the message could not be written (KeyError)."), ("made", "")]


# ------------------------------------------------------------------------------------- several processes, and killed ones
SETTLE = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from prodops.reports import catalogue, deliver, holders
from prodops.reports.ledger import FILE, Ledger
root, now = Path(sys.argv[1]), datetime.fromisoformat(sys.argv[2])
report = catalogue.read(root / "params" / "reports", "weekly", root)
print("ready", flush=True)
sys.stdin.readline()
ledger = Ledger(root / "reports" / FILE)
deliver.settle(ledger, [report], folder=root / "reports", environ={}, now=lambda: now, holder=holders.here())
"""


def settler(project: Project) -> subprocess.Popen[str]:
    """Start a process that settles when it is sent a line."""
    command = [sys.executable, "-c", SETTLE, str(project.root), told.NOW.isoformat()]
    started = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=told.environment())
    assert started.stdout
    assert started.stdout.readline() == "ready\n"
    return started


def test_two_processes_at_once_send_each_delivery_once(project: Project) -> None:
    """Two that settle one ledger at the same time share the work: nothing is sent twice, nothing is left."""
    with mail(Inbox()) as inbox:
        project.add("weekly", settings=f"deliver:\n- to:\n{mail_to(inbox, *(f'reader{n}' for n in range(10)))}")
        for week in range(3):
            told.good_run(project, owes=[f"delivery-1/{n}" for n in range(1, 11)], as_of=AS_OF + timedelta(weeks=week), page=b"<p>small")
        both = [settler(project), settler(project)]
        for each in both:
            assert each.stdin
            each.stdin.write("go\n")
            each.stdin.flush()
        for each in both:
            each.communicate()
            assert each.returncode == 0
    assert told.ledger(project).owed() == []
    sent = Counter((letter["Message-ID"], *to) for letter, to in zip(inbox.letters, inbox.recipients, strict=True))
    assert len(sent) == 30
    assert set(sent.values()) == {1}


def test_a_process_killed_as_it_sends_has_it_sent_again_and_marked(project: Project) -> None:
    """Killed after the server had the mail and before the ledger said so: it is sent once more, as the same mail, and then no more."""
    with mail(Inbox()) as inbox:
        project.add("weekly", settings=f"deliver:\n- to:\n{mail_to(inbox, 'anna')}")
        ticket = told.good_run(project, owes=["delivery-1/1"])
        victim = settler(project)
        inbox.kills = victim.pid
        victim.communicate("go\n")
        assert victim.returncode == -9
        inbox.kills = 0
        assert states(project, ticket) == [("delivery-1/1", "held", 1, "")]
        assert settle(project) == [], "held until the ledger has seen that its holder is gone"
        ledger = told.ledger(project)
        ledger.recover(now=told.NOW, placed=lambda entry: True, retries=lambda slot: 0, backoff=lambda slot, attempt: 0)
        ledger.close()
        assert [s.state for s in settle(project)] == ["made"]
        assert settle(project, later=timedelta(days=1)) == []
    assert len(inbox.letters) == 2
    assert inbox.letters[0]["Message-ID"] == inbox.letters[1]["Message-ID"]


# -------------------------------------------------------------------------------------------------------------- secrets
def test_no_secret_of_an_address_is_written_anywhere(
    project: Project, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """Passwords and tokens, filled in or written out, stand in no outcome, log, ledger or file, whether sending went well or not."""
    with mail(Inbox(user="me", password="other")) as inbox, hook() as web, caplog.at_level(logging.DEBUG):
        to = [
            f"mailto://me:${{PASSWORD}}@127.0.0.1:{inbox.port}/anna@example.org?from=r@example.org",
            f"json://{web.url}/${{PASSWORD}}",
            f"json://{web.url}/hook/written-{SECRET}",
            f"mailto://${{PASSWORD}}.invalid:{inbox.port}/anna@example.org?from=r@example.org",
            "${PASSWORD}://x",
        ]
        report = project.add("weekly", settings="deliver:\n- to:\n" + "".join(f"  - '{each}'\n" for each in to))
        (project.folder / "weekly.yaml").write_text((project.folder / "weekly.yaml").read_text().replace(f"written-{SECRET}", "${WRITTEN}"))
        told.good_run(project, owes=[f"delivery-1/{n}" for n in range(1, 6)])
        web.status = 500
        environ = {"PASSWORD": SECRET, "WRITTEN": f"written-{SECRET}"}
        first = settle(project, **environ)
        web.status = 200
        second = settle(project, later=timedelta(hours=1), **environ)
        said = [*deliver.check(report, environ), *(repr(each) for each in first + second), caplog.text, *capfd.readouterr()]
    assert [s.state for s in first] == ["owed"] * 5
    assert [s.state for s in second] == ["owed", "made", "made", "owed", "owed"]
    assert web.paths[-2:] == [f"/{SECRET}", f"/hook/written-{SECRET}"], "it was sent to the real address"
    assert SECRET not in "".join(said)
    files = [path for path in project.root.rglob("*") if path.is_file()]
    assert any(path.name == "ledger.sqlite" for path in files)
    assert [path for path in files if SECRET.encode() in path.read_bytes()] == []


# --------------------------------------------------------------------------------------------------------- beside work
def test_a_courier_settles_after_every_nudge_and_once_more_at_the_end() -> None:
    """Whoever asks does not wait; a fault is told and ends nothing; what was asked for while it worked is not forgotten."""
    began, go_on, said, times = threading.Event(), threading.Event(), [], []

    def settle() -> None:
        times.append(threading.current_thread())
        began.set()
        if len(times) == 1:
            assert go_on.wait(60)
            raise RunError("the ledger is busy")

    courier = deliver.Courier(settle, said.append)
    courier.nudge()
    assert began.wait(60)
    courier.nudge()
    go_on.set()
    courier.close()
    assert len(times) in (2, 3)
    assert threading.current_thread() not in times
    assert said == ["Deliveries wait: the ledger is busy"]
