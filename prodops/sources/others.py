"""What the reports found that a report comes after, as tables: a row a finding, and a row a report's slice."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from prodops.errors import WorkspaceError

if TYPE_CHECKING:
    import pyarrow as pa

What = Literal["findings", "reports"]
SLICE = ("report", "title", "slice", "label", "as_of", "page")
COLUMNS: Mapping[What, tuple[str, ...]] = {
    "findings": (
        *SLICE,
        *("name", "headline", "sentence", "value", "lower", "upper", "before", "beside", "unit", "good", "surprise", "is_over"),
        *("decision", "owner", "changes_our_mind"),
    ),
    "reports": (*SLICE, "scheduled", "state", "failed"),
}
"""``as_of`` is missing where no run ended well, ``failed`` where none failed since; ``page`` leads to the page from another run's, empty where
it is not to be had; ``scheduled`` says whether the report is due at times, or made by hand; ``state`` is ``ok``, ``no data`` or ``none``.
``decision``, ``owner`` and ``changes_our_mind`` are of the takeaway that rests on a finding."""
_FLAGS = ("scheduled", "is_over")
_TIMES, _NUMBERS = ("as_of", "failed"), ("value", "lower", "upper", "before", "surprise")


def read(file: Path | None, what: What) -> "pa.Table":
    """Read what the press has handed; no rows where it handed nothing. Raises :class:`WorkspaceError` where it is something else."""
    import pyarrow as pa

    try:
        parts = json.loads(file.read_text(encoding="utf-8")) if file else []
        rows = [part | each for part in parts for each in part["findings"]] if what == "findings" else parts
        return pa.table({name: pa.array(map(_reader(name), (row[name] for row in rows)), _kind(name)) for name in COLUMNS[what]})
    except (OSError, ValueError, KeyError, TypeError) as fault:
        raise WorkspaceError(f"what other reports found cannot be read ({type(fault).__name__}); run the report again.") from None


def _kind(name: str) -> "pa.DataType":
    import pyarrow as pa

    if name in _FLAGS:
        return pa.bool_()
    return pa.timestamp("us") if name in _TIMES else pa.float64() if name in _NUMBERS else pa.string()


def _reader(name: str) -> Callable[[Any], object]:
    if name in _FLAGS:
        return bool
    if name in _TIMES:
        return lambda value: datetime.fromisoformat(value) if value else None
    if name in _NUMBERS:
        return lambda value: float(value) if isinstance(value, int | float) else None
    return lambda value: None if value is None else str(value)
