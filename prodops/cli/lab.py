"""``prodops lab`` and ``prodops present``: the notebooks, at work and in a meeting."""

import os
import sys
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from prodops.cli.options import pairs, workspace_option
from prodops.cli.project import CHECKOUT, Project
from prodops.errors import ParameterError, ProdopsError, did_you_mean, shorten

if TYPE_CHECKING:
    from prodops.parameters.types import Value

PASSED_ON = {"ignore_unknown_options": True, "allow_extra_args": True}
PAGES = Path(__file__).parent
"""Where Voilà finds our page, in ``voila/templates/prodops``."""


@click.command(context_settings=PASSED_ON)
@workspace_option
@click.pass_context
def lab(ctx: click.Context, workspace_file: Path | None) -> None:
    """Open the notebooks in JupyterLab; further arguments go to it (e.g. --no-browser --port=8899)."""
    project = Project.at(workspace_file)
    home = project.workspace.home if (project.workspace.home / "notebooks").is_dir() else CHECKOUT
    _become(project, "jupyterlab", f"--ServerApp.root_dir={home}", "--LabApp.default_url=/lab/tree/notebooks", *ctx.args)


@click.command(context_settings=PASSED_ON)
@click.argument("notebook")
@workspace_option
@click.option(
    "-p",
    "--param",
    "params",
    multiple=True,
    metavar="NAME=VALUE",
    help="Set a parameter, e.g. -p scenario=bold. Default: as the report has it.",
)
@click.pass_context
def present(ctx: click.Context, notebook: str, workspace_file: Path | None, params: tuple[str, ...]) -> None:
    """Show a notebook to a meeting: its panels and charts over the whole page, its code hidden, served by Voilà on this machine.

    NOTEBOOK is a report's name (e.g. whatif) or a file. Further arguments go to Voilà (e.g. --no-browser --port=8866).
    """
    project = Project.at(workspace_file)
    file = _notebook(project, notebook, pairs(params, "-p"))
    _become(project, "voila", str(file), "--Voila.ip=127.0.0.1", "--VoilaConfiguration.template=prodops", *ctx.args)


def _become(project: Project, module: str, *arguments: str) -> NoReturn:
    """Run a server in place of this process; its kernels are told what a run is told, as of now."""
    from prodops.sources import Context
    from prodops.sources.context import RUN_VARIABLE

    if not find_spec(module):
        raise ProdopsError(f"{module} is not installed here: pip install 'prodops[lab]' brings it.")
    context = Context(project.workspace.file, project.store, before=project.wall_clock())
    places = os.pathsep.join(filter(None, [str(PAGES), os.environ.get("JUPYTER_PATH")]))
    command = [sys.executable, "-m", module, *arguments]
    os.execve(sys.executable, command, {**os.environ, RUN_VARIABLE: context.to_json(), "JUPYTER_PATH": places})


def _notebook(project: Project, name: str, given: Mapping[str, str]) -> Path:
    """Find the notebook that is meant; with parameters, a copy of it that has them."""
    from prodops.reports import catalogue

    reports = catalogue.names(project.catalogue)
    if name in reports:
        (report,) = project.reports([name])
        return _with_parameters(report.path, catalogue.resolve(report, given)) if given else report.path
    for file in (Path(name), project.root / "notebooks" / f"{name}.ipynb"):
        if file.suffix == ".ipynb" and file.is_file():
            if given:
                raise ParameterError(f"-p sets parameters of reports, and {shorten(name)} is none; change them in the notebook.")
            return file.absolute()
    raise ProdopsError(f"There is no report or notebook {shorten(name)}; there are {', '.join(reports)}.{did_you_mean(name, reports)}")


def _with_parameters(file: Path, values: "Mapping[str, Value]") -> Path:
    """Copy a notebook, with these values in it, to where it stays while it is shown."""
    from tempfile import mkdtemp

    from prodops.reports.notebooks import dumps, prepare

    copy = Path(mkdtemp(prefix="prodops-")) / file.name
    copy.write_bytes(dumps(prepare(file.read_bytes(), values)))
    return copy
