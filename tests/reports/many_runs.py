"""Ledgers full of runs for the catalogue's tests: entries written by hand, or by the thousand."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np

from prodops.reports.ledger import Entry, Slot
from prodops.reports.site import Listed
from prodops.reports.site.shelf import standing
from prodops.stamps import in_words

FIRST = datetime(2025, 1, 6)
PRODUCTS, REGIONS = ("Atlas", "Beacon", "Compass", "Drift"), ("EMEA", "Americas", "APAC", "all regions")
TITLES = ("KPI review", "Feedback themes", "Onboarding funnel", "Churn watch", "Support load", "Release health")
THEMES = ("Sync conflict", "Invoice run", "Slow dashboard", "Login code", "Export to Excel", "Dark mode")
KPIS = (
    ("active_users", "Active users", "count", 1400.0, "up"),
    ("activation", "Activation", "share", 0.44, "up"),
    ("churn", "Churn", "share", 0.031, "down"),
    ("mrr", "MRR", "EUR", 146_000.0, "up"),
    ("review_days", "Days in Review", "days", 4.2, "down"),
    ("nps", "NPS", "nps", 31.0, "up"),
)
_numbers = count(1)


def entry(
    as_of: datetime = datetime(2025, 11, 3),
    status: Any = "ok",
    *,
    report: str = "kpi_review",
    slice_name: str = "all",
    figures: Sequence[Mapping[str, Any]] = (),
    path: str | None = None,
    **more: Any,
) -> Entry:
    """One run; its page lies where runs' pages lie unless ``path`` says otherwise."""
    folder = f"{report}/{slice_name}/{as_of:%Y-%m-%d}"
    began = as_of.replace(tzinfo=UTC) + timedelta(hours=6)
    return Entry(
        number=more.pop("number", None) or next(_numbers),
        slot=Slot(report, slice_name, as_of),
        trigger=more.pop("trigger", "schedule"),
        status=status,
        attempt=more.pop("attempt", 1),
        began=began,
        ended=None if status == "running" else began + timedelta(seconds=12),
        seconds=None if status in ("running", "lost", "refused", "skipped") else 12.4,
        title=more.pop("title", "KPI review"),
        path=(f"{folder}/report.html" if status in ("ok", "no data") else "") if path is None else path,
        figures=figures,
        **more,
    )


def tile(name: str, value: float | None, *, unit: str = "count", **more: Any) -> dict[str, Any]:
    return {"kind": "tile", "name": name, "title": name.title(), "value": value, "unit": unit, **more}


def finding(name: str, headline: str, value: float | None = None, *, unit: str = "count", **more: Any) -> dict[str, Any]:
    return {"kind": "finding", "name": name, "headline": headline, "sentence": f"{headline}.", "value": value, "unit": unit, **more}


def placed(folder: Path, entries: Sequence[Entry]) -> Path:
    """Put a page where each good run says that it lies, and a partial notebook for each failed one."""
    for each in entries:
        for name in filter(None, (each.path, each.kept and f"{each.kept}/notebook.ipynb")):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text("<!doctype html><title>A report</title>")
    return folder


class Book:
    """A ledger of given entries."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self.runs = list(entries)

    def entries(self, report: str | None = None) -> list[Entry]:
        return [e for e in self.runs if report in (None, e.slot.report)]

    def standing(self, last: int) -> list[Entry]:
        return standing(self.runs, last)


def company(reports: int = 12, weeks: int = 52) -> tuple[list[Entry], list[Listed]]:
    """A company's year: reports × 16 slices × weeks, with figures, a few failures, retries and empty weeks (10,000 runs by default)."""
    rng = np.random.default_rng(7)
    entries, listed = [], []
    for i in range(reports):
        name, title = f"report_{i:02d}", TITLES[i % len(TITLES)] + (f" {i // len(TITLES) + 1}" if i >= len(TITLES) else "")
        slices = {f"{p}-{r}".lower().replace(" ", "_"): {"product": p, "region": r} for p in PRODUCTS for r in REGIONS}
        listed.append(Listed(name, title, slices, "Mondays at 07:00", "5 Jan 2026, 07:00 Europe/Berlin"))
        for slice_name, values in slices.items():
            walks = {k[0]: k[3] * np.exp(np.cumsum(rng.normal(0, 0.03, weeks + 1))) for k in KPIS}
            for week in range(weeks):
                entries.append(_weekly(rng, name, title, slice_name, values, walks, week))
    return sorted(entries, key=lambda e: (e.slot.as_of, e.number)), listed


def _weekly(rng: Any, report: str, title: str, slice_name: str, values: dict[str, Any], walks: dict[str, Any], week: int) -> Entry:
    as_of = FIRST + timedelta(weeks=week)
    settled = {"report": report, "slice_name": slice_name, "title": title, "parameters": values | {"weeks": 13}}
    chance = rng.random()
    if chance < 0.012:
        kept = f"{report}/{slice_name}/{as_of:%Y-%m-%d}/failed"
        said = "Cell 7 of 21 failed: KeyError: 'segment' in `churn = accounts.groupby(\"segment\")`; the table accounts has no such column."
        return entry(as_of, "failed", message=said, kept=kept, **settled)
    if chance < 0.016:
        return entry(as_of, "lost", message="The process that made the report is gone (host crew-2); the run may be made again.", **settled)
    if chance < 0.026:
        return entry(as_of, "no data", message=f"There is no feedback before {as_of:%-d %b %Y}: 0 rows read from reviews.csv.", **settled)
    figures = [_tile(k, walks[k[0]][week], walks[k[0]][week + 1]) for k in KPIS] + [_finding(rng, as_of) for _ in range(4)]
    return entry(as_of, figures=figures, run_id=f"{as_of:%Y-%m-%d}-{rng.integers(16**7, 16**8):x}", **settled)


def _tile(kpi: tuple[str, str, str, float, str], before: float, value: float) -> dict[str, Any]:
    name, title, unit, _, good = kpi
    return {"kind": "tile", "name": f"kpi.{name}", "title": title, "value": value, "before": before, "unit": unit, "good": good}


def _finding(rng: Any, as_of: datetime) -> dict[str, Any]:
    theme, usual = THEMES[rng.integers(len(THEMES))], int(rng.integers(20, 90))
    now = int(usual * rng.uniform(1.2, 3.2))
    sentence = (
        f"{now} voices in the last four weeks against {usual} in four weeks as usual ({in_words(now / usual, 'ratio')} times, 95 % "
        f"range {in_words(now / usual * 0.8, 'ratio')} to {in_words(now / usual * 1.2, 'ratio')}), most of the change in segment enterprise, "
        f"platform ios, in the week of {as_of:%-d %b}. Together in time; this alone does not show the cause."
    )
    headline = f"“{theme}” rose to {now} voices"
    key = theme.lower().replace(" ", "-")
    return finding(f"theme.{key}.change", headline, float(now), before=float(usual), good="down", surprise=now / usual) | {
        "sentence": sentence
    }


def hostile_runs(payload: str) -> tuple[list[Entry], list[Listed]]:
    """Runs that show a payload wherever the catalogue shows text."""
    figures = [
        tile(payload, 1.0, unit=payload, title=payload, good=payload),
        finding(payload, payload, 1.0, before=2.0, unit=payload),
        {"kind": "tile", "name": [payload], "title": {payload: payload}, "value": payload},
        payload,
    ]
    shown: dict[str, Any] = {"title": payload, "message": payload, "run_id": payload, "parameters": {payload: payload}, "trigger": payload}
    entries = [
        entry(datetime(2025, 10, 27), figures=figures, **shown),
        entry(datetime(2025, 11, 3), figures=figures, **shown),
        entry(datetime(2025, 11, 10), "failed", kept=payload, **shown),
        entry(datetime(2025, 11, 3), payload, **shown),
        entry(datetime(2025, 11, 3), slice_name=payload, path=payload, **shown),
        entry(datetime(2025, 11, 3), report=payload, path=f"../{payload}", **shown),
    ]
    return entries, [Listed("kpi_review", payload, {"all": {}, payload: {payload: payload}}, payload, payload)]
