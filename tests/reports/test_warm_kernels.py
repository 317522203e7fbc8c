"""Kernels that are forked from a preloaded process: each is what a fresh process would be, and its end is known."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from prodops.reports import kernels, notebooks
from prodops.reports.engine import Limits
from prodops.reports.execute import Executed, execute
from prodops.reports.kernels import processes
from tests.reports.small_project import Project, environ, is_gone

LIGHT = Path(__file__).with_name("light")
WARM = "import sys; assert 'pandas' in sys.modules, 'this kernel is plain'"
COLD = "import sys; assert 'pandas' not in sys.modules, 'this kernel is warm'"


@pytest.fixture
def project(project: Project, server: kernels.Server) -> Project:
    """Give an empty project whose kernels are warm."""
    project.server = server.address()
    return project


@pytest.fixture
def light(project: Project, monkeypatch: pytest.MonkeyPatch) -> Iterator[kernels.Server]:
    """Give the project a server of its own that loads little, a module of the project among it: its successor is soon there."""
    (project.root / "usercustomize.py").write_text("here = 1")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(LIGHT), str(project.root), os.environ.get("PYTHONPATH", "")]))
    with kernels.Server(environ(), forks=2) as made:
        project.server = made.address()
        yield made


def shown(executed: Executed) -> list[str]:
    """All text that the cells displayed."""
    assert executed.status == "ok", executed.message
    return [o.get("text") or o["data"]["text/plain"] for cell in executed.notebook.cells for o in cell.get("outputs", [])]


def process(server: kernels.Server) -> int:
    assert server._process
    return server._process.pid


def run(project: Project, *cells: str, then: Callable[[int], None]) -> Executed:
    """Run a notebook and do something, given the number of its kernel, as its last cell begins."""
    report, folder, kernel = project.add("disturbed", *cells), project.root / "disturbed", []
    folder.mkdir()

    def progress(cell: int, cells: int) -> None:
        if cell == cells:
            then(kernel[0])

    return execute(
        report, {}, context={}, folder=folder, environ=environ(), on_kernel=kernel.append, progress=progress, server=project.server
    )


STAINS = f"""
{WARM}
import atexit, builtins, os, random, textwrap, threading, warnings
import numpy as np, pandas as pd
import prodops.errors
prodops.errors.stain = builtins.stain = 1
pd.DataFrame.stain = textwrap.dedent = lambda *_: "stained"
pd.options.display.max_rows = 3
random.seed(1); np.random.seed(1)
os.environ["STAIN"] = "1"; os.environ.pop("TZ"); sys.path.insert(0, "/stain"); sys.modules["stain"] = sys
open("stain", "w").close(); kept = open("stain"); os.chdir("/"); os.umask(0)
threading.Thread(target=threading.Event().wait, daemon=True).start()
atexit.register(print, "stain"); warnings.simplefilter("ignore"); sys.setrecursionlimit(5000)
"""
LOOK = f"""
{WARM}
import builtins, os, random, textwrap, threading
import numpy as np, pandas as pd
import prodops.errors
mask = os.umask(0o22); os.umask(mask)
[hasattr(prodops.errors, "stain"), hasattr(builtins, "stain"), hasattr(pd.DataFrame, "stain"), textwrap.dedent(" a"), pd.options.display.max_rows,
 os.environ.get("STAIN"), os.environ["TZ"], "/stain" in sys.path, "stain" in sys.modules, os.listdir("."), oct(mask), sys.getrecursionlimit(),
 sorted(n for t in threading.enumerate() if (n := type(t).__name__) != "ParentPollerUnix"), 
 [n for n in os.listdir("/proc/self/fd") if "stain" in os.path.realpath(f"/proc/self/fd/{{n}}")]]
"""


def test_two_runs_share_nothing(project: Project) -> None:
    """Whatever one run does to modules, settings, environment, folder, files and threads, the next starts without, as a plain one does."""
    (clean,) = shown(project.execute(LOOK))
    assert project.execute(STAINS).status == "ok"
    (project.root / "private/work/stain").unlink()
    (after,) = shown(project.execute(LOOK))
    project.server = ""
    (plain,) = shown(project.execute(LOOK.replace(WARM, "import sys")))
    assert after == clean == plain


def test_random_numbers_differ_from_run_to_run(project: Project) -> None:
    """Each fork draws its own, from Python's and from numpy's generators alike; hashes are the same."""
    cell = f"{WARM}\nimport random, uuid, numpy as np, secrets\n[random.random(), np.random.rand(), str(uuid.uuid4()), secrets.token_hex()]"
    drawn = [json.loads(shown(project.execute(cell, "hash('a')"))[0].replace("'", '"')) for _ in range(3)]
    assert all(len(set(column)) == 3 for column in zip(*drawn, strict=True))


def test_warm_and_plain_runs_give_the_same_bytes(project: Project) -> None:
    """Arguments, paths, flags, modules' output, tracebacks and charts: the executed notebook is the same to the byte."""
    cells = (
        "import os, sys\nprint(sys.argv[1:2], [p for p in sys.path if 'zip' not in p], sys.flags, __name__, sorted({'b', 'a'}), {'x', 'y'})",
        "import altair as alt, duckdb, numpy as np, pandas as pd\nframe = pd.DataFrame({'a': [1, 2], 'b': ['x', 'y']})\nframe",
        "alt.Chart(frame).mark_bar().encode(x='a:Q', y='b:N').to_dict()",
        "duckdb.sql('select sum(a), current_setting(\\'threads\\') from frame').fetchall(), os.sched_getaffinity(0) and os.nice(0)",
        "import locale, resource, signal\nlocale.getlocale(), sys.stdin.read(), signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)",
        "sys.orig_argv[1:4], os.getpgrp() == os.getpid() == os.getsid(0), open('/proc/self/comm').read(), __import__('__main__').__dict__ is globals()",
        "%timeit -n1 -r1 pass\n" if False else "get_ipython().run_line_magic('who_ls', '')",
    )
    warm = notebooks.dumps(project.execute(WARM.replace("assert", "0 and"), *cells).notebook)
    project.server = ""
    assert warm == notebooks.dumps(project.execute(WARM.replace("assert", "0 and"), *cells).notebook)


def test_lists_of_processes_tell_kernels_from_the_server(project: Project, server: kernels.Server) -> None:
    """Who looks for "ipykernel" finds the kernel, with the words of a plain one, and never the process that it was forked from."""
    (seen,) = shown(project.execute(f"{WARM}\nopen('/proc/self/cmdline').read().strip('\\0').split('\\0')"))
    assert "prodops.reports.kernels" in seen
    assert "'ipykernel'" in seen
    assert "kernel" not in Path(f"/proc/{process(server)}/cmdline").read_text()


def test_a_run_goes_on_when_its_server_is_killed_and_the_next_gets_a_new_one(project: Project, light: kernels.Server) -> None:
    """The kernel lives on, its run ends well, and the press's next address is a living process's."""
    kernels_seen, old = [], process(light)

    def kill(kernel: int) -> None:
        kernels_seen.append(kernel)
        os.kill(old, signal.SIGKILL)
        assert is_gone(old)

    assert shown(run(project, WARM, "print('went on')", then=kill)) == ["went on\n"]
    assert is_gone(kernels_seen[0])
    project.server = light.address()
    assert process(light) != old
    assert project.execute(WARM).status == "ok"


@pytest.mark.parametrize("server_too", [False, True], ids=["kernel", "kernel and server"])
def test_a_kernel_killed_from_outside_is_a_fault_worth_a_retry(project: Project, light: kernels.Server, server_too: bool) -> None:
    """SIGKILL is named where anybody saw it, never guessed; either way the run has failed for no fault of its notebook."""

    def kill(kernel: int) -> None:
        for pid in [process(light)] * server_too + [kernel]:
            os.kill(pid, signal.SIGKILL)
            assert is_gone(pid)

    executed = run(project, WARM, "while True: pass", then=kill)
    how = "ended, as did the process that could have said how," if server_too else "was killed (SIGKILL, often because memory ran out)"
    assert (executed.status, executed.infrastructure, executed.error) == ("failed", True, "dead")
    assert executed.message == f"The kernel {how} in cell 3 (while True: pass)."


def test_faults_of_the_notebook_are_not_worth_a_retry(project: Project) -> None:
    """An exception, an exit, a crash and a timeout would come again."""
    ends = ["1/0", "import os; os._exit(3)", "import ctypes; ctypes.string_at(0)", "while True: pass"]
    found = [project.execute(WARM, cell, limits=Limits(cell=1)) for cell in ends]
    assert [(each.status, each.infrastructure) for each in found] == [("failed", False)] * 4
    assert [each.message.partition(") ")[2].partition(" in ")[0][:24] for each in found[:1]] == ["raised ZeroDivisionError"]
    assert "(exit code 3)" in found[1].message
    assert "crashed (SIGSEGV)" in found[2].message


def test_nothing_that_a_run_started_stays(project: Project) -> None:
    """Children, those that left the group and the session, and their children end with the kernel, however that ends."""
    away = "import os, subprocess\nchild = subprocess.Popen(['sh', '-c', 'sleep 600 & echo $! $$; exec sleep 600'], stdout=-1, start_new_session=True)"
    pids = "pids = child.stdout.readline().decode()\nprint(pids)"
    ends = ["1", "child.kill(); child.wait(); os.kill(os.getpid(), 9)"]
    for end in ends:
        executed = project.execute(WARM, away, pids, end)
        printed = next(o.text for cell in executed.notebook.cells for o in cell.get("outputs", []) if o.output_type == "stream")
        assert [pid for pid in map(int, printed.split()) if not is_gone(pid)] == []


WORKER = """
import os, sys
from pathlib import Path
from prodops.reports.execute import execute
from tests.reports.small_project import Project
project = Project(Path(sys.argv[1]))
def up(kernel): print(kernel, flush=True)
execute(project.read("long"), {}, context={}, folder=project.root, environ=os.environ, on_kernel=up, server=sys.argv[2])
"""


def test_a_kernel_ends_with_its_worker_though_a_cell_holds_the_interpreter(project: Project) -> None:
    """The system ends the whole group when the worker is killed; the kernel's own threads have no part in it."""
    notes = project.root / "notes"
    os.mkfifo(notes)
    gate = os.open(notes, os.O_RDWR)
    project.add(
        "long",
        f"{WARM}\nimport ctypes, subprocess\nchild = subprocess.Popen(['sleep', '600'])\n"
        f"print(child.pid, file=open({str(notes)!r}, 'w'), flush=True); ctypes.PyDLL(None).sleep(600)",
    )
    command = [sys.executable, "-c", WORKER, str(project.root), project.server]
    worker = subprocess.Popen(command, stdout=subprocess.PIPE, env=environ())
    assert worker.stdout
    kernel, child = int(worker.stdout.readline()), int(os.read(gate, 100))
    worker.kill()
    worker.communicate()
    assert [pid for pid in (kernel, child) if not is_gone(pid)] == []


PRESS = """
import sys
from prodops.reports import kernels
from tests.reports.small_project import environ
server = kernels.Server(environ())
print(server.address(), server._process.pid, flush=True)
sys.stdin.read()
"""


def test_a_server_ends_with_its_press_and_takes_its_kernels_along(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """A press that is killed closes nothing; the server and the kernels of its runs end all the same."""
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(LIGHT), *sys.path]))
    press = subprocess.Popen([sys.executable, "-c", PRESS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environ())
    assert press.stdout
    address, pid = press.stdout.readline().split()
    project.server = address.decode()

    def kill(kernel: int) -> None:
        press.kill()
        press.communicate()
        assert is_gone(int(pid))
        assert is_gone(kernel)

    assert run(project, WARM, "while True: pass", then=kill).infrastructure


def test_a_server_loads_afresh_after_so_many_kernels_and_when_a_file_changed(project: Project, light: kernels.Server) -> None:
    """Kernels through a server that recycles after two, and a module that was edited: each run is warm and sees what is there."""
    looks = []
    for number in range(1, 6):
        if number > 3:  # of another size each time: Python takes bytecode of the same second and size for current
            (project.root / "usercustomize.py").write_text(f"here = {max(1, number - 3)}" + "\n" * number)
        looks += shown(project.execute(f"{WARM}\nassert 'usercustomize' in sys.modules\nimport usercustomize\nprint(usercustomize.here)"))
    assert looks == ["1\n", "1\n", "1\n", "1\n", "2\n"]
    assert light.address() == project.server
    assert process(light) in processes.children(os.getpid())


def test_a_server_that_nobody_was_told_of_is_not_waited_for() -> None:
    """Who asks for what cannot be is told so at once: the process, which is loading still, is ended."""
    with kernels.Server(environ()) as made:
        loading = made._process
    assert loading
    assert loading.returncode == -signal.SIGKILL


def test_where_a_kernel_cannot_be_forked_it_is_plain(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """No server, one at no such address, or one with another environment: the run goes on as it always did."""
    address = project.server
    for project.server in ("", "nobody-listens-here"):
        assert project.execute(COLD).status == "ok"
    project.server = address
    monkeypatch.setenv("PRODOPS_OTHER", "1")
    assert shown(project.execute(COLD, "import os; os.environ['PRODOPS_OTHER']")) == ["'1'"]


def test_a_kernel_that_was_killed_as_it_began_is_made_anew(project: Project) -> None:
    """Where the server has only its end to tell, the run goes on with a plain kernel."""
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(f"\0prodops-test-{os.getpid()}")
        door.listen()

        def tell_its_end() -> None:
            with door.accept()[0] as connection:
                while connection.recv(1 << 16):
                    pass
                connection.sendall(b'{"exit": -9}\n')

        server = threading.Thread(target=tell_its_end)
        server.start()
        project.server = f"prodops-test-{os.getpid()}"
        assert project.execute(COLD).status == "ok"
        server.join()
