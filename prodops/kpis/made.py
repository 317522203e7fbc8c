"""Tables and columns that this room makes from the workspace's: visits from moves, and whether an account churned."""

from collections.abc import Iterable

import ibis
import ibis.expr.types as ir

from prodops.kpis.aggregates import Rows
from prodops.kpis.kinds import TABLES, Desk


def open_table(desk: Desk, kind: str) -> ir.Table:
    """Open a table that a KPI names; visits are made from transitions."""
    table = desk.table(TABLES[kind])
    return visits(table) if kind == "visits" else table


def with_flags(table: ir.Table, used_by: Iterable[Rows]) -> ir.Table:
    """Add the columns of this room's own that some filters ask for."""
    wanted = any(c.column == "churned" for rows in used_by if rows.table == "accounts" for c in rows.where)
    return with_churned(table) if wanted else table


def visits(transitions: ir.Table) -> ir.Table:
    """Turn moves into visits: one row for each stay in a state, closed by the item's next move (open stays have no ``left_at``)."""
    order = ibis.window(group_by="item_id", order_by=[c for c in ("changed_at", "from_state", "to_state") if c in transitions.columns])
    left = transitions.changed_at.lead().over(order)
    extra = [c for c in transitions.columns if c not in ("item_id", "from_state", "to_state", "changed_at")]
    stays = transitions.select("item_id", *extra, state="to_state", entered_at="changed_at", left_at=left)
    return stays.mutate(days=(stays.left_at.epoch_seconds() - stays.entered_at.epoch_seconds()) / 86_400)


def with_churned(accounts: ir.Table) -> ir.Table:
    """Add ``churned``: the spell ended, and no other spell of the account ran on at that instant."""
    later = accounts.select(other_id="account_id", other_start="started_at", other_end="ended_at")
    goes_on = (
        accounts.join(
            later,
            [
                accounts.account_id == later.other_id,
                later.other_start <= accounts.ended_at,
                later.other_end.isnull() | (later.other_end > accounts.ended_at),
            ],
        )
        .select("account_id", "started_at")
        .distinct()
        .rename(kept_id="account_id", kept_start="started_at")
    )
    both = accounts.left_join(goes_on, [accounts.account_id == goes_on.kept_id, accounts.started_at == goes_on.kept_start])
    churned = both.ended_at.notnull() & both.kept_id.isnull()
    return both.select(*accounts.columns, churned=churned)
