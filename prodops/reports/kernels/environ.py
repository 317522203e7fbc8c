"""What a kernel's environment is made from: the caller's, less what is personal, with what every run finds the same."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import prodops

CONTEXT = "PRODOPS_RUN"
HOME = Path(prodops.__file__).resolve().parents[1]
PERSONAL = ("IPYTHON", "JUPYTER", "JPY_", "PYTHONSTARTUP", "PYTHONINSPECT", "PYTHONOPTIMIZE", "PYTHONBREAKPOINT", "COLUMNS", "LINES")
"""Settings of a person's own session, by the start of their names: they never reach a report."""

FIXED = {
    "PYTHONHASHSEED": "0",
    "PYTHONUTF8": "1",
    "LC_ALL": "C.UTF-8",
    "TZ": "UTC",  # what a report calls local is said by the workspace, never by the machine
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    "OMP_NUM_THREADS": "1",  # sums depend on the number of threads, and runs go on side by side
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "JE_ARROW_MALLOC_CONF": "background_thread:false",  # a process with one thread can be forked
}
"""What every run finds the same, wherever it runs."""


def shared(environ: Mapping[str, str]) -> dict[str, str]:
    """Make the part of the environment that all kernels of one press have in common."""
    kept = {k: v for k, v in environ.items() if not k.startswith(PERSONAL) and k != CONTEXT}
    return kept | FIXED | {"PYTHONPATH": os.pathsep.join(filter(None, [str(HOME), kept.get("PYTHONPATH", "")]))}


def environment(environ: Mapping[str, str], folder: Path, context: Mapping[str, Any]) -> dict[str, str]:
    """Make one kernel's environment: what it shares with others, its own folders, and its one run context."""
    return shared(environ) | {
        CONTEXT: json.dumps(context, sort_keys=True),
        "IPYTHONDIR": str(folder / "ipython"),
        "JUPYTER_CONFIG_DIR": str(folder / "jupyter"),
        "JUPYTER_DATA_DIR": str(folder / "jupyter"),
        "JUPYTER_RUNTIME_DIR": str(folder / "jupyter"),
    }


def differs(environ: Mapping[str, str], other: Mapping[str, str]) -> list[str]:
    """Name the variables in which two kernels' environments differ, beside those that each run has of its own."""
    own = (CONTEXT, *PERSONAL)
    return sorted(name for name in {*environ, *other} if not name.startswith(own) and environ.get(name) != other.get(name))
