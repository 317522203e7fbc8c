"""Servers of notebooks as ``prodops`` starts them, each on a port of its own and with a home of its own, ended with all their kernels."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

if TYPE_CHECKING:
    from playwright.sync_api import Page

ROOT = Path(__file__).parents[2]
PATIENCE = 120_000
"""Milliseconds that a busy machine may take."""
LAB = ("lab", "--allow-root", "--ip=127.0.0.1", "--ServerApp.port_retries=0", "--IdentityProvider.token=token")


@contextmanager
def served(project: Path, command: str, *options: str) -> Iterator[str]:
    """Serve a project by one of our commands, with these options; gives the address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    home, log = project / "home", project / f"{command}.log"
    quiet = {f"JUPYTER_{name.upper()}_DIR": str(home / name) for name in ("config", "data", "runtime")}
    home.mkdir(exist_ok=True)
    call = [sys.executable, "-m", "prodops.cli", command, *options, "--workspace", str(project / "params" / "workspace.yaml")]
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH", "")]))
    with log.open("wb") as file:
        server = subprocess.Popen(
            [*call, "--no-browser", f"--port={port}"],
            cwd=project,
            env={**os.environ, "HOME": str(home), **quiet, "PYTHONPATH": path},
            stdout=file,
            stderr=file,
            start_new_session=True,
        )
    try:
        _wait_for(port, server, log)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.send_signal(signal.SIGTERM)
        try:
            server.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)


def _wait_for(port: int, server: "subprocess.Popen[bytes]", log: Path) -> None:
    for _ in range(PATIENCE // 500):
        try:
            urlopen(f"http://127.0.0.1:{port}/api?token=token", timeout=5).close()
            return
        except HTTPError:  # it answers, and has no such address
            return
        except (URLError, OSError):
            try:
                server.wait(0.5)
            except subprocess.TimeoutExpired:
                continue
            break
    raise AssertionError(f"the server did not start: {log.read_text(errors='replace')[-2000:]}")


def run_all(page: "Page", address: str) -> None:
    """Open a notebook in JupyterLab and run it from top to bottom, as a person would."""
    page.goto(address)
    page.locator(".jp-Notebook .jp-Cell").first.click()
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
