"""What a worker needs, imported: the fork server loads this once, so that each worker has it from the start."""

import contextlib
import warnings
from importlib import import_module

from prodops.reports import kernels

kernels.adopt()  # what a killed worker leaves becomes this server's, where the press finds it
warnings.filterwarnings("ignore", message="forkserver: waitpid")  # such leftovers are no surprise
kernels.postpone_grammar()
for _name in ("papermill.execute", "papermill.clientwrap", "zmq.asyncio", "prodops.reports.worker", "prodops.reports.render.exporter"):
    with contextlib.suppress(Exception):  # the worker that needs it will say what is wrong
        import_module(_name)
