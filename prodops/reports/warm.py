"""What a worker needs, imported: the fork server loads this once, so that each worker has it from the start."""

import contextlib
import gc
import json
import warnings
from importlib import import_module

from prodops.reports import kernels

kernels.adopt()  # what a killed worker leaves becomes this server's, where the press finds it
warnings.filterwarnings("ignore", message="forkserver: waitpid")  # such leftovers are no surprise
kernels.postpone_grammar()
for _name in (
    "papermill.execute",
    "papermill.clientwrap",
    "packaging.requirements",
    "packaging.markers",
    "prodops.reports.kernels.client",
    "prodops.reports.worker",
    "prodops.reports.render.exporter",
):
    with contextlib.suppress(Exception):  # the worker that needs it will say what is wrong
        import_module(_name)


def rehearse() -> None:
    """Read and render the smallest of notebooks: lexers, templates and schemas are loaded as they are first used."""
    from prodops.reports import notebooks
    from prodops.reports.render import render

    cells = [
        {"cell_type": "markdown", "metadata": {}, "source": "# Title\n\nText."},
        {"cell_type": "code", "metadata": {"tags": ["parameters"]}, "source": "a = 1", "outputs": [], "execution_count": None},
    ]
    notebook = notebooks.prepare(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}).encode(), {"a": 1})
    render(notebook, {})


with contextlib.suppress(Exception):
    rehearse()
gc.collect()
gc.freeze()  # what is loaded stays shared: no worker's collector touches it
