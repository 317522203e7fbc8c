"""What a process holds ready that kernels are forked from: modules, loaded and used once, and the files that they came from."""

import contextlib
import gc
import os
import sys
from collections.abc import Iterable, Iterator
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

import prodops
from prodops.reports.kernels.plain import postpone_grammar

FIRST = (
    "pandas", "pyarrow.compute", "pyarrow.parquet", "pyarrow.dataset", "duckdb", "ibis", "ibis.backends.duckdb", "altair", "yaml", "pydantic",
    "ipykernel.kernelapp", "ipykernel.ipkernel", "ipykernel.zmqshell", "ipykernel.debugger", "IPython.core.debugger",
    "IPython.extensions.storemagic", "matplotlib_inline.backend_inline", "tornado.platform.asyncio", "zmq.asyncio", "pdb",
)  # fmt: skip
"""What a kernel itself, and nearly every notebook, imports."""
LATER = (
    "scipy.sparse", "scipy.special", "scipy.linalg", "scipy.sparse.csgraph", "scipy.optimize", "scipy.stats", "sklearn.base",
    "sklearn.feature_extraction.text", "sklearn.cluster", "sklearn.decomposition", "sklearn.neighbors", "ruptures", "ipywidgets", "matplotlib.pyplot",
)  # fmt: skip
"""What some notebooks import: loaded when a kernel had to load it, as the next will want it too, or while there is nothing else to
do; in pieces, as who asks for a kernel meanwhile has to wait."""
PRESS_ONLY = ("prodops.reports", "prodops.cli")


class Library:
    """What is loaded, and the files that it was read from."""

    def __init__(self) -> None:
        self.later = list(LATER)
        self._ages = {str(file): _age(str(file)) for file in Path(prodops.__file__).parent.rglob("*.py")}
        self._modules: set[str] = set()

    def load_first(self) -> None:
        """Load what nearly every notebook wants, and use it once."""
        self.load(*FIRST, *_rooms())
        _rehearse()

    def load(self, *names: str) -> None:
        """Import modules; what cannot be imported, the notebook that wants it will say."""
        postpone_grammar()
        for name in names:
            with contextlib.suppress(Exception):
                import_module(name)
        if "duckdb" in names and (duckdb := sys.modules.get("duckdb")):
            duckdb.execute("SET threads = 1")  # its standing connection works with a thread for each further core
        new = sys.modules.keys() - self._modules
        files = [file for name in new if (file := getattr(sys.modules[name], "__file__", None))]
        self._ages = {file: _age(file) for file in files} | self._ages
        self._modules |= new
        _settle()

    def load_later(self, kernels: Iterable[int]) -> None:
        """Load what these kernels had to load themselves, or where there is none of them the next in line."""
        maps = "".join(_maps(pid) for pid in kernels)
        wanted = [name for name in self.later if f"/{name.partition('.')[0]}/" in maps] if maps else self.later[:1]
        self.later = [name for name in self.later if name not in wanted]
        if wanted:
            self.load(*wanted)

    def has_changed(self) -> bool:
        return any(_age(file) != age for file, age in self._ages.items())


def _rehearse() -> None:
    """Do once what costs most the first time; nothing that a notebook could see is left of it."""
    with contextlib.suppress(Exception):
        import altair as alt
        import ibis
        import pandas as pd

        ibis.duckdb  # noqa: B018 (looked up among all packages' entry points)
        rows = pd.DataFrame({"day": pd.to_datetime(["2020-01-01"]), "value": [1.0], "name": ["x"]})
        alt.Chart(rows).mark_line().encode(x="day:T", y="value:Q", color="name:N").to_dict()
    _settle()


def _settle() -> None:
    """Have all that is loaded stay shared: no kernel's collector touches it."""
    gc.collect()
    gc.freeze()


def _rooms() -> Iterator[str]:
    found = walk_packages(prodops.__path__, "prodops.", onerror=lambda name: None)
    return (module.name for module in found if not module.name.startswith(PRESS_ONLY))


def _maps(pid: int) -> str:
    """Give the files that a process has in its memory, compiled modules among them."""
    try:
        return Path(f"/proc/{pid}/maps").read_text()
    except OSError:
        return ""


def _age(file: str) -> tuple[int, int]:
    """Give a file's time and size, by which a change is noticed; a file that is not there has none."""
    try:
        found = os.stat(file)
    except OSError:
        return 0, 0
    return found.st_mtime_ns, found.st_size
