"""The press, as a panel asks for it: a process of its own, said to go on, and linked to when it is done."""

import os
import subprocess
import sys
from collections.abc import Callable
from html import escape
from pathlib import Path
from threading import Thread

from prodops.errors import ProdopsError, on_one_line

REPORT = "whatif"


class Pressing:
    """Reports made of saved scenarios, one at a time: ``link`` shows the last one. Without a ``workspace`` none can be made."""

    def __init__(self, workspace: Path | None) -> None:
        from ipywidgets import Output

        self.workspace, self.link = workspace, Output()
        self.work: Thread | None = None

    def begin(self, file: Path, tell: Callable[..., None]) -> None:
        """Begin to make the report of a saved scenario; ``tell`` is told how it goes, and at last that it is ``done``."""
        if self.workspace is None:
            raise ProdopsError("There is no workspace to make a report in.")
        command = [sys.executable, "-m", "prodops.cli", "run", REPORT, "--workspace", str(self.workspace), "--scenario", str(file)]
        process = subprocess.Popen(
            command, cwd=self.workspace.parent.parent, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        self.link.outputs = ()
        self.work = Thread(target=self._wait, args=(process, tell), daemon=True)
        self.work.start()

    def _wait(self, process: "subprocess.Popen[str]", tell: Callable[..., None]) -> None:
        seconds = 0
        while True:
            try:
                out, err = process.communicate(timeout=1)
                break
            except subprocess.TimeoutExpired:
                seconds += 1
                tell(f"Making the report … {seconds} s")
        if process.returncode:
            tell(on_one_line(err.strip().removeprefix("prodops: "))[:1_000] or "The report could not be made.", wrong=True, done=True)
            return
        page = Path(out.strip().splitlines()[-1])
        self._show(page)
        tell(f"The report is made: {page}", done=True)

    def _show(self, page: Path) -> None:
        """Link to a page from where the notebook lies, as JupyterLab resolves it."""
        near = escape(os.path.relpath(page, Path.cwd()), quote=True)
        html = f'<a href="{near}" target="_blank">Open the report</a>'
        self.link.outputs = ({"output_type": "display_data", "data": {"text/html": html}, "metadata": {}},)
