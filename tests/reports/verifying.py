"""What a command does for ``verify``: find a report, give a kept result, make a run again; over today's press and store."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from prodops.errors import WorkspaceError
from prodops.reports import catalogue, press
from prodops.reports.catalogue import Report
from prodops.reports.verify import Again, Made, Verdict, verify
from prodops.sources import Context
from prodops.sources.store import Store
from prodops.workspace import Workspace, load


def check(
    page: Path, root: Path, *, refresh: bool = False, sources: Mapping[str, str] | None = None, environ: Mapping[str, str] | None = None
) -> Verdict:
    """Verify a page in the project at ``root``."""
    workspace = load(root / "params" / "workspace.yaml")
    store = root / "reports" / "store"
    return verify(
        page,
        workspace=workspace,
        root=root,
        find=lambda name: find(root, name),
        stored=Store(store).get,
        run_again=again_in(workspace, store, sources or {}, environ or os.environ),
        refresh=refresh,
    )


def find(root: Path, name: str) -> Report | None:
    """Give the project's report of this name, where it has one."""
    try:
        return catalogue.read(root / "params" / "reports", name, root)
    except WorkspaceError:
        return None


def again_in(workspace: Workspace, store: Path, sources: Mapping[str, str], environ: Mapping[str, str]) -> Callable[[Again], Made]:
    """Give the function that makes a run again, in its own folder."""

    def make(again: Again) -> Made:
        context = Context(workspace.file, store, again.as_of, again.as_of_given, sources=sources, replay=again.replay)
        run = press.Run(again.report, again.parameters, again.as_of, context.to_dict(), again.slice_name, again.given, again.around)
        (outcome,) = press.run([run], workspace=workspace, environ=environ, out=again.folder)
        page = outcome.path.read_bytes() if outcome.path else None
        return Made(page, outcome.record, outcome.message)

    return make
