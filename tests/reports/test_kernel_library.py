"""What a process holds ready for kernels: what most notebooks want at once, the rest when a kernel had to load it or nothing else is to do."""

import json
import os
import subprocess
import sys

from prodops.reports.kernels.library import FIRST, LATER

LOOK = """
import json, os, sys
from prodops.reports.kernels.library import Library
library, told = Library(), []
for kernel in json.loads(sys.argv[1]):
    if kernel == "with scipy":
        import scipy.sparse
    library.load_later([os.getpid()] if kernel else [])
    told.append(library.later)
print(json.dumps([told, sorted(name for name in sys.modules if name.startswith("scipy") or name == "ipywidgets")]))
"""


def look(*kernels: str) -> tuple[list[list[str]], list[str]]:
    """Give what is left for later after each look at a kernel ("": there is none), and which modules are loaded at the end."""
    found = subprocess.run(
        [sys.executable, "-c", LOOK, json.dumps(kernels)], env=dict(os.environ), capture_output=True, text=True, check=True
    )
    told, modules = json.loads(found.stdout)
    return told, modules


def test_without_kernels_the_rest_is_loaded_piece_by_piece() -> None:
    """One name at a time, in its order."""
    (first, second), modules = look("", "")
    assert (first, second) == ([*LATER[1:]], [*LATER[2:]])
    assert {LATER[0], LATER[1]} <= {*modules}


def test_what_a_kernel_had_to_load_is_loaded_for_the_next() -> None:
    """All pieces of a package that a kernel has in its memory, nothing for a kernel that has none of them."""
    (none, some), modules = look("without", "with scipy")
    assert none == [*LATER]
    assert [name for name in some if name.startswith("scipy")] == []
    assert "ipywidgets" in some
    assert {"ipywidgets", "scipy.stats"} & {*modules} == {"scipy.stats"}


def test_first_and_later_name_nothing_twice() -> None:
    """A module is loaded at one moment."""
    assert len({*FIRST, *LATER}) == len(FIRST) + len(LATER)
