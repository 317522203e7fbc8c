"""Personal data is masked on its way through the door, so that nothing that is kept or shown has held it.

Free text loses its identifiers; an id of a person that is an address or a name becomes a hash, the same in every table, so that
rows still find each other.
"""

import re
from collections import Counter
from hashlib import sha256
from typing import TYPE_CHECKING

from prodops.privacy import WHAT, redact_all
from prodops.privacy.choice import Redact, edition, finder
from prodops.sources.engine import builtin
from prodops.tables import Column, Contract
from prodops.workspace import Workspace

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

OFF = "personal data is not masked: the workspace says redact: false"
HASHED = "person-"
_ADDRESS = r"\S@\S+\.\S|^\s*\+\d[\d ()./-]{6,}$"
_NAME = r"[^\s\d]\s+[^\s\d]"


class Masking:
    """What is done to one table's values; ``counts`` says by kind what was masked in free text so far."""

    def __init__(self, redact: Redact) -> None:
        self.redact, self.edition, self.finder = redact, edition(redact), finder(redact)
        self.counts: Counter[str] = Counter()

    def applies_to(self, column: Column, *, known: bool) -> bool:
        """Tell whether a column is looked through: free text, ids of persons, and texts beyond the contract."""
        return bool(self.redact) and column.type == "text" and (bool(column.holds) or not known)

    def value(self, column: Column, value: "ir.StringValue") -> "ir.StringValue":
        """Give a column's values masked, as an expression of the embedded engine."""
        if column.holds in ("person", "account"):
            return self._hashed(column, value)
        import ibis

        def masked(texts):  # type: ignore[no-untyped-def]  # the engine would evaluate its annotations
            return self.column(texts)

        # with side effects, so that every row is counted
        mask = ibis.udf.scalar.pyarrow(masked, name="masked", signature=(("string",), "string"), side_effects=True)
        if self.finder:
            return mask(value)
        from prodops.privacy.maybe import MAYBE

        return value.re_search(MAYBE).ifelse(mask(value), value)

    def _hashed(self, column: Column, value: "ir.StringValue") -> "ir.StringValue":
        import ibis

        digest = builtin("sha256", "string", text="string")(value.strip().lower()).left(16)
        return value.re_search(_identifies(column)).ifelse(ibis.literal(HASHED) + digest, value)

    def column(self, texts: "pa.ChunkedArray") -> "pa.Array":
        """Mask a batch of texts."""
        import pyarrow as pa

        given = texts.to_pylist()
        masked = iter(self._masked([text for text in given if text is not None]))
        return pa.array([None if text is None else next(masked) for text in given], pa.string())

    def _masked(self, texts: list[str]) -> list[str]:
        masked = list(redact_all(texts, self.finder))
        for _, counts in masked:
            self.counts.update(counts)
        return [text for text, _ in masked]

    def text(self, text: str) -> str:
        """Mask one text that is shown or kept beside the tables: a value set aside, a note, a message."""
        return next(redact_all([text], self.finder))[0] if self.redact and text else text

    def result(self, table: "pa.Table", rules: tuple[Contract, ...]) -> "pa.Table":
        """Mask what a database gave: its texts but for those that a contract knows for something else."""
        import pyarrow.types as t

        known = {column.name: column for contract in rules for column in contract.columns}
        for i, field in enumerate(table.schema):
            column = known.get(field.name, Column(field.name))
            if t.is_string(field.type) and self.applies_to(column, known=field.name in known):
                table = table.set_column(i, field, self._fetched(column, table.column(i)))
        return table

    def _fetched(self, column: Column, values: "pa.ChunkedArray") -> "pa.Array":
        import pyarrow as pa

        if column.holds in ("person", "account"):
            found = re.compile(_identifies(column))
            return pa.array([hashed(v) if v is not None and found.search(v) else v for v in values.to_pylist()], pa.string())
        return self.column(values)

    def note(self, rules: Contract) -> tuple[str, ...]:
        """Say what was masked, or that nothing was; nothing of tables that hold nothing to mask."""
        if not self.redact:
            return (OFF,) if any(column.holds for column in rules.columns) else ()
        counted = ", ".join(f"{WHAT[kind]} {self.counts[kind]:,}" for kind in WHAT if self.counts[kind])
        return (f"masked: {counted}",) if counted else ()


def masking(workspace: Workspace, kind: str) -> Masking:
    """Give what is done to a table, by its setting or the workspace's; raises :class:`InputError` for a finder that is not installed."""
    own = workspace.tables[kind].redact
    return Masking(workspace.redact if own is None else own)


def hashed(value: str) -> str:
    """Give what stands for a person whose id is an address or a name."""
    return HASHED + sha256(value.strip().lower().encode()).hexdigest()[:16]


def _identifies(column: Column) -> str:
    return f"{_ADDRESS}|{_NAME}" if column.holds == "person" else _ADDRESS
