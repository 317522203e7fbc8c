"""As published beside restated: which numbers of past periods read otherwise now, and why, in parts that sum to the difference.

A number moves after it was published because rows came late or were corrected, because its definition was changed, or because the code
that computes it was. Each part is the change that follows when one of the three is replaced, in this order: code, data, definition.
"""

import json
import math
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import pandas as pd

from prodops.errors import ProdopsError
from prodops.kpis import published, words
from prodops.kpis.book import KpiBook, define
from prodops.kpis.kinds import Desk
from prodops.kpis.measure import compute
from prodops.stamps import Finding, day_words, in_words
from prodops.workspace import Grain, Period, step

if TYPE_CHECKING:
    from prodops.kpis.page import Review

NAME = "KPIs"
"""What a review's values are published as."""
CHANGES = (
    "kpi", "grain", "period_start", "period_end", "published_as_of", "published", "restated", "difference", "late_data", "definition",
    "code", "rows_before", "rows_after", "is_new",
)  # fmt: skip
READABLE = ["KPI", "Period", "As published", "Restated", "Late data", "Definition", "Code", "First published"]
MOST_FINDINGS = 3
CAUSES = {"late_data": "late or corrected data", "definition": "a changed definition", "code": "changed code"}


@dataclass(frozen=True, repr=False)
class Restatement:
    """What a review publishes (``values``) and which earlier values read otherwise now (``changes``); made by :func:`restate`.

    One row of ``changes`` is a KPI in a whole period: ``published`` is the value readers were first given (in the report as of
    ``published_as_of``), ``restated`` the value now, and ``late_data`` + ``definition`` + ``code`` = ``difference``, in the KPI's unit.
    ``rows_before`` and ``rows_after`` count the rows behind it; ``is_new`` tells what no earlier report has shown yet.
    """

    values: pd.DataFrame
    changes: pd.DataFrame
    compared: int
    book: KpiBook
    currency: str

    @property
    def sentence(self) -> str:
        """Say how much of what was published still stands."""
        if not self.compared:
            return "No earlier report has published these numbers, so nothing can have been restated."
        if self.changes.empty:
            return f"All {self.compared:,} numbers that earlier reports published for these periods stand as they were published."
        return f"{len(self.changes):,} of {self.compared:,} numbers that earlier reports published for these periods read otherwise now."

    def findings(self) -> tuple[Finding, ...]:
        """Give the largest restatements that no earlier report has shown, one for each KPI, at most three."""
        fresh = self.changes[self.changes["is_new"].to_numpy(dtype=bool) & self.changes["difference"].notna()]
        size = (fresh["difference"] / fresh["published"].abs().clip(lower=1e-12)).abs()
        order = fresh.assign(size=size).sort_values(["size", "kpi", "period_start"], ascending=[False, True, True])
        return tuple(self._finding(row) for row in order.drop_duplicates("kpi").head(MOST_FINDINGS).to_dict("records"))

    def _finding(self, row: dict[str, Any]) -> Finding:
        kpi = self.book[row["kpi"]]
        unit, when = kpi.unit_in(self.currency), words.period_words(row["period_start"].date(), row["grain"])
        before, now = in_words(row["published"], unit), in_words(row["restated"], unit)
        return Finding(
            name=f"kpi.restated.{kpi.name}",
            headline=f"{kpi.label} of {when} restated: {before} → {now}",
            sentence=f"The report as of {day_words(row['published_as_of'].date())} gave {before}; the same period now reads {now}, "
            f"{self._why(row)}.",
            value=row["restated"],
            before=row["published"],
            unit=unit,
            good=kpi.good,
            surprise=min(3.0, 50 * row["size"]),
        )

    def _why(self, row: dict[str, Any]) -> str:
        kpi = self.book[row["kpi"]]
        unit = words.difference_unit(kpi, self.currency)
        parts = [(abs(row[c]), f"{in_words(row[c], unit, signed=True)} by {said}") for c, said in CAUSES.items() if row[c]]
        return ", ".join(said for _, said in sorted(parts, reverse=True)) or "its cause unknown"

    def readable(self) -> pd.DataFrame:
        """Give the changes in words, for display, the latest periods first."""
        rows = self.changes.sort_values(["period_start", "kpi"], ascending=[False, True]).to_dict("records")
        return pd.DataFrame([self._readable(row) for row in rows], columns=READABLE)

    def _readable(self, row: dict[str, Any]) -> dict[str, str]:
        kpi = self.book[row["kpi"]]
        unit, change = kpi.unit_in(self.currency), words.difference_unit(kpi, self.currency)
        part = {c: in_words(row[c], change, signed=True) if row[c] else "" for c in CAUSES}
        return {
            "KPI": kpi.label,
            "Period": words.period_words(row["period_start"].date(), row["grain"]),
            "As published": in_words(row["published"], unit),
            "Restated": in_words(row["restated"], unit),
            "Late data": part["late_data"],
            "Definition": part["definition"],
            "Code": part["code"],
            "First published": day_words(row["published_as_of"].date()),
        }

    def __repr__(self) -> str:
        return f"{self.sentence} .values, .changes, .readable(), .findings()"


def restate(desk: Desk, review: "Review") -> Restatement:
    """Compare the values of a review's periods with those that earlier runs of the same report published.

    Give ``values`` to ``desk.publish(…, name="KPIs")``, so that the next report can do the same. KPIs that are no longer defined are left
    out. A value that was published and is not known any more has a missing ``difference``.
    """
    now, book = published.values(desk, review), review.book
    before = desk.published(NAME)
    if before.empty:
        return Restatement(now, pd.DataFrame(columns=CHANGES), 0, book, desk.workspace.currency)
    pairs = _pairs(before, now, book)
    moved = pairs[~(abs(pairs["value"] - pairs["value_now"]) <= 1e-9 * pairs["value"].abs().clip(lower=1.0))]
    olds = _by_old_definitions(desk, moved)
    rows = [_change(row, olds) for row in moved.to_dict("records")]
    return Restatement(now, pd.DataFrame(rows, columns=CHANGES), len(pairs), book, desk.workspace.currency)


def _pairs(before: pd.DataFrame, now: pd.DataFrame, book: KpiBook) -> pd.DataFrame:
    """Put the first and the last publication of each number beside what it is now, for the periods on the page."""
    keys = ["kpi", "grain", "period_start"]
    first = before.drop_duplicates(keys)
    last = before.drop_duplicates(keys, keep="last")[[*keys, "value"]].rename(columns={"value": "value_last"})
    pages = now.groupby("grain")["period_start"].min()
    shown = first[first["kpi"].isin(book.order) & (first["period_start"] >= first["grain"].map(pages))]
    joined = shown.merge(last, on=keys).merge(now[[*keys, "value", "n", "version", "data"]], how="left", on=keys, suffixes=("", "_now"))
    return joined.sort_values(keys, ignore_index=True)


def _by_old_definitions(desk: Desk, moved: pd.DataFrame) -> dict[tuple[str, str, pd.Timestamp], float]:
    """Compute with the definition of then on the data of now, where the definition was changed; one reading for each old definition."""
    found: dict[tuple[str, str, pd.Timestamp], float] = {}
    changed = moved[moved["version"] != moved["version_now"]]
    for (kpi, grain, text), rows in changed.groupby(["kpi", "grain", "definition"], sort=True):
        for start, value in _computed(desk, str(text), str(kpi), grain, list(rows["period_start"])).items():
            found[str(kpi), str(grain), start] = value
    return found


def _computed(desk: Desk, text: str, kpi: str, grain: Grain, starts: list[pd.Timestamp]) -> dict[pd.Timestamp, float]:
    periods = [Period(s.date(), step(s.date(), grain)) for s in sorted(starts)]
    try:
        frame = compute(desk, _book_of(text), grain=grain, periods=periods, names=[kpi])
    except ProdopsError:  # the definition of then cannot be read, or fits this data no more
        return {}
    known = frame[frame["complete"].astype(bool) & frame["value"].notna()]
    return dict(zip(known["period_start"], known["value"], strict=True))


@cache
def _book_of(text: str) -> KpiBook:
    """Read the definitions that were published with a value; raises what :func:`define` does."""
    return define(json.loads(text), file="an earlier kpis.yaml")


def _change(row: dict[str, Any], olds: dict[tuple[str, str, pd.Timestamp], float]) -> dict[str, Any]:
    """Split one difference by replacing code, data and definition in turn."""
    then, now = float(row["value"]), float(row["value_now"])
    same = row["version"] == row["version_now"]
    old_now = now if same else olds.get((row["kpi"], row["grain"], row["period_start"]), math.nan)
    old_again = _again(row, then)
    if math.isnan(old_now):  # the definition of then cannot be computed any more: what is not code is laid to its change
        old_now = old_again
    if row["data"] == row["data_now"]:  # the rows are the same, so what differs under one definition is the code's
        old_again = old_now
    return {
        **{c: row[c] for c in ("kpi", "grain", "period_start", "period_end", "published_as_of")},
        "published": then,
        "restated": now,
        "difference": now - then,
        "late_data": old_now - old_again,
        "definition": now - old_now,
        "code": old_again - then,
        "rows_before": row["n"],
        "rows_after": row["n_now"],
        "is_new": not abs(row["value_last"] - now) <= 1e-9 * max(1.0, abs(now)),
    }


def _again(row: dict[str, Any], then: float) -> float:
    """Work the published value out once more from its own inputs, by its own definition, with the code of now."""
    try:
        value = published.again(_book_of(row["definition"]), row["kpi"], json.loads(row["inputs"]))
    except ProdopsError:
        return then
    return then if value is None or math.isnan(value) or abs(value - then) <= 1e-12 * max(1.0, abs(then)) else value
