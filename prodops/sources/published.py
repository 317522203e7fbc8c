"""What earlier runs of a report published, joined in one table."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING

from prodops.errors import InputError
from prodops.sources.store import Store

if TYPE_CHECKING:
    import pyarrow as pa


def earlier(store: Store, published: Iterable[Sequence[str]], name: str) -> "pa.Table | None":
    """Join what was published under a name, in the order given, with ``published_as_of`` before the columns; none where nothing was.

    ``published`` lists as-of, name and SHA-256. What the store has lost is left out: an old report that is gone keeps no new one from
    being made.
    """
    import pyarrow as pa

    parts = []
    for as_of, _, sha256 in (each for each in published if each[1] == name):
        with suppress(InputError):
            kept = store.get(sha256)
            parts.append(kept.add_column(0, "published_as_of", pa.array([datetime.fromisoformat(as_of)] * len(kept), pa.timestamp("us"))))
    return pa.concat_tables(parts, promote_options="default").combine_chunks() if parts else None
