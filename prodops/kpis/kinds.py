"""The tables a KPI may read: the contracts', and what this room derives from them."""

from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from prodops.tables import CONTRACTS, Column, Contract
from prodops.workspace import Workspace

if TYPE_CHECKING:
    import ibis
    import pandas as pd

VISITS = Contract(
    "visits",
    "one row is one stay of a work item in a state",
    "left_at",
    ("item_id", "entered_at", "state"),
    (
        Column("item_id"),
        Column("state"),
        Column("entered_at", "time"),
        Column("left_at", "time", help="empty while the item is there"),
        Column("days", "number", low=0, help="elapsed days, empty while the item is there"),
        Column("type"),
        Column("team"),
    ),
)
"""Derived from ``transitions``: every move into a state opens a visit, the item's next move closes it."""

TABLES: dict[str, str] = {kind: kind for kind in CONTRACTS} | {"visits": "transitions"}
"""Each table a KPI may name, with the kind it is made from."""

SPELLS: dict[str, tuple[str, str]] = {"accounts": ("started_at", "ended_at"), "visits": ("entered_at", "left_at")}
"""Tables whose rows last: first and last instant. A row runs at an instant when it started before it and had not ended before it."""

FLAGS: dict[str, tuple[str, ...]] = {"accounts": ("churned",)}
"""True-or-false columns that this room adds. ``churned``: the spell ended and no other spell of the account ran on, so an upgrade,
which closes one spell and opens the next at the same instant, is not churn."""

SEPARATOR = " · "
"""Between the dimensions of a crossed slicing, and between the values of its slices."""

DIMENSIONS = ("segment", "plan", "platform", "channel", "product", "team", "type", "country")
"""Columns to look into for where a change sits, in this order."""


def kind_of(table: str) -> Contract:
    """Give the contract of a table that a KPI names."""
    return VISITS if table == "visits" else CONTRACTS[table]


class Desk(Protocol):
    """What this room needs of the door to data; ``sources.Desk`` is one."""

    @property
    def as_of(self) -> datetime: ...
    @property
    def workspace(self) -> Workspace: ...
    def has(self, kind: str) -> bool: ...
    def table(self, kind: str) -> "ibis.Table": ...
    def read(self, expr: "ibis.Table", *, name: str) -> "pd.DataFrame": ...
    def published(self, name: str) -> "pd.DataFrame": ...


class Once:
    """A desk that asks each question once, however often it is put: for the length of one review."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._tables: dict[str, ibis.Table] = {}
        self._answers: dict[object, pd.DataFrame] = {}
        self.ends: dict[str, tuple[pd.Timestamp, pd.Timestamp]] = {}
        """The first and last instant of the tables that were asked for them."""

    @property
    def as_of(self) -> datetime:
        return self._desk.as_of

    @property
    def workspace(self) -> Workspace:
        return self._desk.workspace

    def has(self, kind: str) -> bool:
        return self._desk.has(kind)

    def table(self, kind: str) -> "ibis.Table":
        if kind not in self._tables:
            self._tables[kind] = self._desk.table(kind)
        return self._tables[kind]

    def published(self, name: str) -> "pd.DataFrame":
        return self._desk.published(name)

    def read(self, expr: "ibis.Table", *, name: str) -> "pd.DataFrame":
        if expr.op() not in self._answers:
            self._answers[expr.op()] = self._desk.read(expr, name=name)
        return self._answers[expr.op()]
