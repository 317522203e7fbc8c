"""The only door to data: tables that are checked once, cut at ``as_of``, read through recorded queries.

``connect("feedback", "events")`` opens a report's tables, the first of which it cannot do without; ``desk.table``
gives an Ibis table, ``desk.read`` runs a query and keeps its result.

How a file passes: ``files`` (which reader) → ``text``, ``delimited``, ``records`` (raw values) → ``columns`` (which is
which) → ``survey``, ``values``, ``times``, ``faults``, ``door`` (types and tests) → ``aside``, ``intake`` (what is kept).
Databases pass through ``remote``. ``desk`` is what reports see; ``store`` and ``replay`` give a result back.
"""

from typing import TYPE_CHECKING

from prodops.lazily import exports

if TYPE_CHECKING:
    from prodops.sources.desk import Context, Desk, connect

__all__ = ["Context", "Desk", "connect"]

__getattr__, __dir__ = exports(__name__, {"desk": ("Context", "Desk", "connect")})
