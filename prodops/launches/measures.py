"""What is known of the KPIs: their history as it was handed over, and what their book says of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from prodops.launches.scales import Kind
from prodops.stamps import Good, day_words, in_words

if TYPE_CHECKING:
    import pandas as pd

    from prodops.launches.plan import Group

POOLED = "numerator", "denominator"
KINDS: dict[str, Kind] = {"share": "share", "points": "", "nps": "", "rating": ""}


class Kpi(Protocol):
    """What this room needs of a KPI's definition; ``kpis.define`` gives such."""

    @property
    def label(self) -> str: ...
    @property
    def unit(self) -> str: ...
    @property
    def good(self) -> Good: ...
    @property
    def owner(self) -> str: ...


class Book(Protocol):
    """The KPIs by name, in their order."""

    @property
    def kpis(self) -> Mapping[str, Kpi]: ...


@dataclass(frozen=True)
class Measures:
    """The KPIs' history (the columns of ``kpis.history``) beside their book; either may be missing."""

    history: "pd.DataFrame | None" = None
    book: Book | None = None
    currency: str = "EUR"

    def known(self, kpi: str) -> Kpi | None:
        return self.book.kpis.get(kpi) if self.book else None

    def label(self, kpi: str) -> str:
        """The title, or the name in words."""
        found = self.known(kpi)
        return found.label if found else kpi.replace("_", " ").capitalize()

    def unit(self, kpi: str) -> str:
        """The unit, the workspace's currency by its name."""
        found = self.known(kpi)
        unit = found.unit if found else "count"
        return self.currency if unit == "currency" else unit

    def kind(self, kpi: str) -> Kind:
        """The scale that its unit asks for: log odds for shares, logarithms for amounts, none for scores that may lie below 0."""
        return KINDS.get(self.unit(kpi), "count")

    def good(self, kpi: str) -> Good:
        found = self.known(kpi)
        return found.good if found else "up"

    def series(self, kpi: str, group: "Group | None" = None) -> "pd.DataFrame":
        """Give a KPI's whole periods with a value, oldest first: over all rows, or over some slices together.

        ``period_start``, ``period_end``, ``value``, ``lower``, ``upper``, ``numerator``, ``denominator``. Slices of counts over counts are
        added up before they are divided, those of sums are added; no row where the history has no such slices.
        """
        import pandas as pd

        columns = ["period_start", "period_end", "value", "lower", "upper", *POOLED]
        if self.history is None or self.history.empty:
            return pd.DataFrame(columns=columns)
        rows = self.history[self.history["kpi"] == kpi]
        wanted = ("", ("",)) if group is None else (group.dimension, group.values)
        sliced = rows["dimension"].isin([wanted[0]]) if "dimension" in rows else rows["slice"].isin([*wanted[1]])
        rows = rows[sliced & rows["slice"].isin([*wanted[1]]) & rows["complete"].astype(bool)]
        if group is not None and len(group.values) > 1:
            rows = _together(rows)
        rows = rows[rows["value"].notna()].sort_values("period_start", ignore_index=True)
        return rows.reindex(columns=columns)

    def latest(self, kpi: str) -> "pd.Series | None":
        """Give the latest whole period with a value."""
        rows = self.series(kpi)
        return rows.iloc[-1] if len(rows) else None

    def say(self, kpi: str, value: float | None, *, signed: bool = False) -> str:
        return in_words(value, self.unit(kpi), signed=signed)

    def say_change(self, kpi: str, value: float | None) -> str:
        """Say a difference: points for shares."""
        unit = self.unit(kpi)
        return in_words(value, "points" if unit == "share" else unit, signed=True)


def _together(rows: "pd.DataFrame") -> "pd.DataFrame":
    """Pool several slices of each period."""
    import numpy as np

    if rows.empty:
        return rows
    parts = rows.groupby(["period_start", "period_end"], as_index=False)[["value", *POOLED]].sum(min_count=1)
    divided = parts["numerator"] / parts["denominator"].replace(0, np.nan)
    is_ratio = rows["denominator"].notna().any()
    return parts.assign(value=divided if is_ratio else parts["value"], lower=np.nan, upper=np.nan)


def period_words(row: "pd.Series") -> str:
    """Say which period a row is of: ``week of 27 Oct`` or ``Oct 2025``."""
    start = row["period_start"]
    days = (row["period_end"] - start).days
    return f"week of {day_words(start, year=False)}" if days == 7 else day_words(start) if days == 1 else f"{start:%b %Y}"
