"""When a question was asked: in waves that the table or the questionnaire names, that the dates show, or all the time."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, cast

from prodops.stamps import day_words
from prodops.surveys.asked import Pooled, Span
from prodops.workspace import Grain, period_start, step

if TYPE_CHECKING:
    import pandas as pd

SILENT_DAYS = 21
"""Days without an answer that part one wave from the next."""
LONGEST_WAVE, LONGEST_ROUND = 62, 150
"""Days of a wave; one that stands alone, or is parted by long silence, may be longer where it ebbs: two thirds in its first half."""
BURST = 2.5
"""How many times the usual number of answers a week has while a wave is out, among people who are asked all the time."""
LEAST_SHARE, MOST_TIME = 0.4, 0.4
"""Waves hold at least this share of the answers, within at most this share of the time; else there are none."""
FEWEST = 30
"""Answers that a usual month has, else answers are pooled by quarter, or by year."""
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Wave:
    """A round of a survey, from ``start`` up to ``end``; ``between`` where it holds what came in between two rounds.

    ``key`` is the value of the table's column, where the round comes from there; then its times only order it. A wave that was still
    out at ``as_of`` is not ``complete``, and stands in no comparison.
    """

    name: str
    start: datetime
    end: datetime
    complete: bool = True
    between: bool = False
    key: str | None = None


def waves(days: "pd.DataFrame", asked: Pooled | Mapping[str, Span], as_of: datetime) -> tuple[Wave, ...]:
    """Find the waves of a question, in order, from its answers by day: ``day``, ``wave`` (the table's, missing where it has none), ``n``."""
    if days.empty:
        return ()
    if isinstance(asked, Mapping):
        return _given(asked, as_of)
    if asked == "column" or (asked == "auto" and days["wave"].notna().all()):
        return _named(days)
    by_day = days.groupby("day")["n"].sum().sort_index()
    if asked != "auto":
        return _pooled(by_day, cast("Grain", asked), as_of)
    found = _parted(by_day) or _bursts(by_day)
    if found:
        return _with_between(_called(found, by_day, as_of), by_day)
    return _pooled(by_day, _grain(by_day), as_of)


def _midnight(day: "object") -> datetime:
    import pandas as pd

    return datetime.combine(pd.Timestamp(str(day)).date(), time())


def _given(asked: Mapping[str, Span], as_of: datetime) -> tuple[Wave, ...]:
    spans = [(name, datetime.combine(s.first, time()), datetime.combine(s.last, time()) + DAY) for name, s in asked.items()]
    return tuple(Wave(name, start, end, complete=end <= as_of) for name, start, end in sorted(spans, key=lambda s: s[1]) if start < as_of)


def _named(days: "pd.DataFrame") -> tuple[Wave, ...]:
    spans = days.dropna(subset=["wave"]).groupby("wave")["day"].agg(["min", "max"]).sort_values(["min", "max"])
    return tuple(Wave(str(name), _midnight(first), _midnight(last) + DAY, key=str(name)) for name, first, last in spans.itertuples())


# ------------------------------------------------------------------------------------------------------- from the dates
def _parted(by_day: "pd.Series") -> list[tuple[datetime, datetime]]:
    """Part answers where nobody answered for three weeks; nothing where that leaves one long stretch."""
    days = [_midnight(day) for day in by_day.index]
    starts = [days[0], *(b for a, b in itertools.pairwise(days) if (b - a).days > SILENT_DAYS)]
    ends = [*(a for a, b in itertools.pairwise(days) if (b - a).days > SILENT_DAYS), days[-1]]
    spans = list(zip(starts, [end + DAY for end in ends], strict=True))
    return spans if all(_is_round(by_day, start, end) for start, end in spans) else []


def _is_round(by_day: "pd.Series", start: datetime, end: datetime) -> bool:
    """Whether a spell of answers is one round of a survey: it is short, or ebbs as answers to an invitation do."""
    days = (end - start).days
    if days <= LONGEST_WAVE or days > LONGEST_ROUND:
        return days <= LONGEST_WAVE
    own = [(day, n) for day, n in zip(map(_midnight, by_day.index), by_day, strict=True) if start <= day < end]
    return sum(n for day, n in own if day < start + (end - start) / 2) >= 2 / 3 * sum(n for _, n in own)


def _bursts(by_day: "pd.Series") -> list[tuple[datetime, datetime]]:
    """Find the spells in which far more than usual answered, where those hold a good part of the answers in a small part of the time."""
    daily = _every_day(by_day)
    weekly = daily.rolling(7, center=True, min_periods=1).sum()
    high = weekly > BURST * max(float(weekly.median()), 1.0)
    usual = max(2 * float(daily.median()), 1.0)
    spans = [span for _, own in daily[high].groupby((high != high.shift()).cumsum()[high]) if (span := _trimmed(own, usual))]
    held = [float(daily[start : end - DAY].sum()) for start, end in spans]
    spans = [span for span, n in zip(spans, held, strict=True) if n >= max(held) / 4]
    total, long = sum(n for n in held if n >= max(held) / 4), sum((end - start).days for start, end in spans)
    return spans if len(spans) > 1 and total >= LEAST_SHARE * daily.sum() and long <= MOST_TIME * len(daily) else []


def _every_day(by_day: "pd.Series") -> "pd.Series":
    import pandas as pd

    known = pd.Series(by_day.to_numpy(dtype=float), index=pd.DatetimeIndex([_midnight(day) for day in by_day.index]))
    return known.reindex(pd.date_range(known.index[0], known.index[-1], freq="D"), fill_value=0.0)


def _trimmed(own: "pd.Series", usual: float) -> tuple[datetime, datetime] | None:
    busy = own.index[own > usual]
    return (busy[0].to_pydatetime(), busy[-1].to_pydatetime() + DAY) if len(busy) else None


def _called(spans: list[tuple[datetime, datetime]], by_day: "pd.Series", as_of: datetime) -> list[Wave]:
    """Name waves by their month, or their first day where a month has two; the last one may still be out."""
    daily = _every_day(by_day)
    months = [f"{start:%b %Y}" for start, _ in spans]
    names = [m if months.count(m) == 1 else day_words(start) for m, (start, _) in zip(months, spans, strict=True)]
    return [Wave(n, start, end, complete=not _still_out(daily, start, end, as_of)) for n, (start, end) in zip(names, spans, strict=True)]


def _still_out(daily: "pd.Series", start: datetime, end: datetime, as_of: datetime) -> bool:
    """Whether answers still came in at ``as_of``: a tenth or more of a wave's on its last day, the one before ``as_of``."""
    own = daily[start : end - DAY]
    return end >= as_of and len(own) > 2 and float(own.iloc[-1]) >= 0.1 * float(own.sum())


def _with_between(found: list[Wave], by_day: "pd.Series") -> tuple[Wave, ...]:
    """Put what came in before, between and after the waves among them, told apart."""
    daily = _every_day(by_day)
    edges = [daily.index[0].to_pydatetime(), *(t for w in found for t in (w.start, w.end)), daily.index[-1].to_pydatetime() + DAY]
    gaps = [(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True) if a < b and float(daily[a : b - DAY].sum()) > 0]
    rest = [
        Wave(f"{a:%b %Y} to {b - DAY:%b %Y}" if f"{a:%b%y}" != f"{b - DAY:%b%y}" else f"{a:%b %Y}", a, b, between=True) for a, b in gaps
    ]
    return tuple(sorted([*found, *rest], key=lambda w: w.start))


# ---------------------------------------------------------------------------------------------------------- all the time
def _grain(by_day: "pd.Series") -> Grain:
    """Choose the shortest period with enough answers."""
    daily = _every_day(by_day)
    usual = {"month": 30.44, "quarter": 91.3}
    return next((cast("Grain", g) for g, n in usual.items() if float(daily.mean()) * n >= FEWEST), "year")


def _pooled(by_day: "pd.Series", grain: Grain, as_of: datetime) -> tuple[Wave, ...]:
    first, last = (_midnight(day).date() for day in (by_day.index[0], by_day.index[-1]))
    start, found = period_start(first, grain), []
    while start <= last:
        end = step(start, grain)
        name = {"month": f"{start:%b %Y}", "quarter": f"Q{(start.month + 2) // 3} {start.year}", "year": f"{start.year}"}[grain]
        until = datetime.combine(end, time())
        found.append(Wave(name, datetime.combine(start, time()), until, complete=until <= as_of))
        start = end
    return tuple(found)
