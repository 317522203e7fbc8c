"""What was worked out slowly from rows that were read, kept so that another report need not do so again.

A piece of work is known by all that it hangs on: what it was given (as digests and plain values), every file of this package, every installed
package with its version, Python and the processor. So nothing is served that would come out otherwise now. Where a file of the package is
younger than this process, the code that is loaded may be another than the one that lies there: then nothing is kept or served. And a report
that is made again from its record (``verify``) works everything out afresh.
"""

import hashlib
import json
import platform
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cache
from importlib.metadata import distributions
from pathlib import Path
from typing import TYPE_CHECKING, Any

import prodops
from prodops.errors import InputError
from prodops.sources.store import Store, canonical, temporary, used

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

FOLDER = "artefacts/worked"
DOUBT = 2.0
"""Seconds by which the system's word on when a process began may be wrong."""


def once(store: Store, name: str, given: Mapping[str, Any], make: Callable[[], "pd.DataFrame"]) -> "pa.Table":
    """Give a frame from the store where the same was worked out of the same before, else work it out and keep it."""
    if not edition():
        return as_kept(make())
    text = json.dumps([name, given, edition()], sort_keys=True, default=str)
    note = store.folder / FOLDER / f"{hashlib.sha256(text.encode()).hexdigest()}.json"
    with suppress(OSError, ValueError, KeyError, TypeError, InputError):  # gone, or damaged: it is worked out again
        kept = store.get(str(json.loads(note.read_text(encoding="utf-8"))["sha256"]))
        used(note)
        return kept
    table = as_kept(make())
    sha256 = store.put(table)
    with temporary(note) as part:
        part.write_text(json.dumps({"sha256": sha256}), encoding="utf-8")
    return table


def as_kept(frame: "pd.DataFrame") -> "pa.Table":
    """Bring a frame to the form in which it is kept, so that it is the same whether it was kept or made just now."""
    import pyarrow as pa

    return canonical(pa.Table.from_pandas(frame, preserve_index=False))


@cache
def edition() -> str:
    """Give the digest of all that work is done by: the package's files, what is installed, Python and the processor; empty where a file
    has changed since this process began."""
    import psutil

    root = Path(prodops.__file__).parent
    sha, began = hashlib.sha256(), psutil.Process().create_time()
    for file in sorted(path for path in root.rglob("*") if path.is_file() and path.parent.name != "__pycache__"):
        if file.stat().st_mtime > began - DOUBT:
            return ""
        sha.update(f"{file.relative_to(root)}\n".encode() + hashlib.sha256(file.read_bytes()).digest())
    installed = sorted({f"{each.metadata['Name']} {each.version}" for each in distributions()})
    sha.update(json.dumps([installed, sys.version, platform.machine(), platform.processor()]).encode())
    return sha.hexdigest()
