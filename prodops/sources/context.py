"""What a run is told: the workspace, the store, the as-of; handed to a kernel by the press, or found where nobody does."""

import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from prodops.errors import WorkspaceError

RUN_VARIABLE = "PRODOPS_RUN"


@dataclass(frozen=True)
class Context:
    """What the press hands a kernel (as JSON in ``PRODOPS_RUN``), or what holds where nobody does.

    ``as_of_given`` tells a date that a person asked for from one that was found in the data, which is never later than
    ``before``. ``replay`` is a record (JSON) whose recorded results are given back instead of asking the sources. ``trace`` is
    a file that what was read is added to, a stamp (JSON) a line. ``published`` lists what earlier runs of this report and slice
    published: as-of, name and SHA-256 in the store, oldest first. ``lead`` is the table that leads, where the report's own file
    names another than its notebook. ``found`` is a file (JSON) that tells what the reports found that this one comes after.
    """

    workspace: Path
    store: Path
    as_of: datetime | None = None
    as_of_given: bool = False
    before: datetime | None = None
    sources: Mapping[str, str] = field(default_factory=dict)
    replay: Path | None = None
    trace: Path | None = None
    published: Sequence[Sequence[str]] = ()
    lead: str = ""
    found: Path | None = None

    def to_json(self) -> str:
        """Write it for the environment variable."""
        return json.dumps(self.to_dict())

    def to_dict(self) -> dict[str, Any]:
        """Give plain values, as JSON has them."""
        text = {n: str(v) if isinstance(v, Path) else v.isoformat() if isinstance(v, datetime) else v for n, v in vars(self).items()}
        return text | {"sources": dict(self.sources), "published": [list(each) for each in self.published]}

    @classmethod
    def from_json(cls, text: str) -> "Context":
        """Read it back; raises :class:`WorkspaceError` where it is not what :meth:`to_json` wrote."""
        kinds: dict[str, Callable[[Any], object]] = {
            "workspace": Path,
            "store": Path,
            "replay": Path,
            "trace": Path,
            "found": Path,
            "as_of": datetime.fromisoformat,
            "before": datetime.fromisoformat,
            "published": lambda rows: tuple(map(tuple, rows)),
        }
        try:
            given = json.loads(text).items()
            values: dict[str, Any] = {name: kinds[name](value) if value is not None and name in kinds else value for name, value in given}
            values["published"] = tuple(tuple(map(str, each)) for each in values.get("published") or ())
            return cls(**values)
        except (ValueError, TypeError, AttributeError):
            raise WorkspaceError(f"the variable {RUN_VARIABLE} does not hold a run's context; unset it.") from None

    @classmethod
    def here(cls) -> "Context":
        """Read the press's context, or find the workspace in the folder at hand and those above it."""
        if text := os.environ.get(RUN_VARIABLE):
            return cls.from_json(text)
        for folder in (Path.cwd(), *Path.cwd().parents):
            if (file := folder / "params" / "workspace.yaml").is_file():
                return cls(file, folder / "reports" / "store")
        raise WorkspaceError(f"no params/workspace.yaml in {Path.cwd()} or above it: open the notebook in a prodops project.")
