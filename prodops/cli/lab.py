"""``prodops lab``: the notebooks, in JupyterLab."""

import os
import sys
from pathlib import Path

import click

from prodops.cli.options import workspace_option
from prodops.cli.project import CHECKOUT, Project


@click.command(context_settings={"ignore_unknown_options": True, "allow_extra_args": True})
@workspace_option
@click.pass_context
def lab(ctx: click.Context, workspace_file: Path | None) -> None:
    """Open the notebooks in JupyterLab; further arguments go to it (e.g. --no-browser --port=8899)."""
    from prodops.sources import Context
    from prodops.sources.context import RUN_VARIABLE

    project = Project.at(workspace_file)
    home = project.workspace.home if (project.workspace.home / "notebooks").is_dir() else CHECKOUT
    context = Context(project.workspace.file, project.store, before=project.wall_clock())
    command = [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={home}", "--LabApp.default_url=/lab/tree/notebooks", *ctx.args]
    os.execve(sys.executable, command, {**os.environ, RUN_VARIABLE: context.to_json()})
