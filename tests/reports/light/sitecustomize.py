"""On the path of a server whose tests are about its life: it loads what a kernel needs and pandas, a second instead of three."""

import sys

if "prodops.reports.preloaded" in sys.orig_argv:
    from prodops.reports.kernels import library

    library.FIRST = ("pandas", "duckdb", "ipykernel.kernelapp", "ipykernel.ipkernel", "ipykernel.zmqshell", "usercustomize")
    library.LATER = ()
    library._rooms = library._rehearse = lambda: ()  # type: ignore[assignment]
