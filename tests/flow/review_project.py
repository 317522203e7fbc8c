"""A workspace over moves that a test writes, opened through the real door."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from prodops import flow, sources
from prodops.flow import FlowSpec
from prodops.sources.context import Context


def opened(home: Path, tables: dict[str, Any], as_of: datetime | None = None) -> Any:
    """Open the desk of a project with these tables."""
    (home / "params").mkdir(exist_ok=True)
    (home / "params" / "workspace.yaml").write_text(json.dumps({"time_zone": "UTC", "tables": tables}))
    context = Context(home / "params" / "workspace.yaml", home / "store", as_of=as_of, as_of_given=as_of is not None)
    return sources.connect("transitions", "launches", "deployments", context=context)


def flow_of(desk: Any, **mapping: Any) -> FlowSpec:
    """Define the flow as the notebook does."""
    return flow.define(mapping or desk.params("flow.yaml", optional=True), states=flow.states(desk.table("transitions"), desk=desk))
