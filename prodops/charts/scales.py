"""Where things go: round axis ends, readable ticks on a true time axis, and labels kept apart."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from prodops.stamps import day_words

if TYPE_CHECKING:
    import pandas as pd

Grain = Literal["day", "week", "month", "quarter", "year"]
_DAYS = {"day": 1, "week": 7, "month": 28, "quarter": 84, "year": 336}
_DAY_STEPS = {"day": (1, 2, 7, 14, 28), "week": (7, 14, 28)}
_MONTH_STEPS = {"day": (1, 2, 3, 6), "week": (1, 2, 3, 6), "month": (1, 2, 3, 6), "quarter": (3, 6)}
_YEARS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000)


@dataclass(frozen=True)
class NumberScale:
    """The two ends of a number axis and its ticks."""

    low: float
    high: float
    ticks: tuple[float, ...]

    def position(self, value: float, height: float) -> float:
        """Give the pixels from the top at which a value is drawn."""
        return round(height * (self.high - value) / (self.high - self.low), 2)

    def around(self, labels: Sequence[tuple[float, float]], width: float) -> "NumberScale":
        """Move the ends so that each label (value, pixels; negative ones lie to the left) fits into a plot of ``width`` pixels.

        The ends are those of the data and its labels; ticks beyond the data go, unless fewer than two stay.
        """
        low, high = self.low, max([value for value, _ in labels if value > self.low], default=self.high)
        ticks = tuple(tick for tick in self.ticks if tick <= high)
        ends = NumberScale(low, high, ticks) if len(ticks) > 1 else self
        for _ in range(4):  # each end moves the other a little
            high = max([ends.high, *(low + (value - low) * width / max(width - size, width / 3) for value, size in labels if size >= 0)])
            low = min([ends.low, *(high - (high - value) * width / max(width + size, width / 3) for value, size in labels if size < 0)])
        return NumberScale(low, high, ends.ticks)


def number_scale(values: Sequence[float], *, zero: bool, count: int = 5, top: float = math.inf, whole: bool = False) -> NumberScale:
    """Choose round ends that hold all ``values`` (none of them missing), with zero within where asked.

    ``top`` is never passed unless a value does (100 %); ``whole`` keeps ticks at whole numbers.
    """
    low, high = min(values, default=0.0), max(values, default=0.0)
    if zero:
        low, high = min(low, 0.0), max(high, 0.0)
    if high - low <= max(abs(low), abs(high)) * 1e-9:  # one value, or as good as one
        low, high = (0.0, 1.0) if low == 0 and zero else (low - (abs(low) * 0.1 or 1), high + (abs(high) * 0.1 or 1))
    step = _round_step((high - low) / count)
    step = max(step, 1.0) if whole else step
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    last = max(last, first + 1)
    ticks = tuple(float(f"{i * step:.12g}") for i in range(first, last + 1))
    if ticks[-1] > top >= high:
        ticks = (*(t for t in ticks if t < top), top)
    return NumberScale(ticks[0], ticks[-1], ticks)


def _round_step(raw: float) -> float:
    size = 10.0 ** math.floor(math.log10(raw))
    return next(size * m for m in (1, 2, 5, 10) if raw <= size * m * (1 + 1e-9))


def grain_of(times: "pd.Series") -> Grain:
    """Guess the grain of a column of period starts from the least distance between two; a day where there is but one."""
    gaps = times.drop_duplicates().sort_values().diff().dropna()
    days = gaps.min().total_seconds() / 86_400 if len(gaps) else 1
    return next((g for g in ("year", "quarter", "month", "week") if days >= _DAYS[g]), "day")


def period_words(time: "pd.Timestamp", grain: Grain) -> str:
    """Name a period by its start: ``week of 17 Nov 2025``, ``Nov 2025``, ``Q4 2025``."""
    if grain == "week":
        return f"week of {day_words(time)}"
    if grain == "month":
        return f"{time:%b} {time.year}"
    if grain == "quarter":
        return f"Q{time.quarter} {time.year}"
    return str(time.year) if grain == "year" else day_words(time)


def next_period(time: "pd.Timestamp", grain: Grain, n: int = 1) -> "pd.Timestamp":
    """Move a time by ``n`` periods."""
    import pandas as pd

    months = {"month": 1, "quarter": 3, "year": 12}.get(grain)
    return time + (pd.DateOffset(months=months * n) if months else pd.Timedelta(days=n * (7 if grain == "week" else 1)))


def time_ticks(first: "pd.Timestamp", last: "pd.Timestamp", grain: Grain, most: int) -> tuple[list["pd.Timestamp"], str]:
    """Choose at most ``most`` dates to label between two, and the Vega expression (of constants) that writes them."""
    import pandas as pd

    days = (last - first).days
    if most == 2:
        return [first, last], "utcFormat(datum.value, '%b %Y')" if days > 200 else "utcFormat(datum.value, '%-d %b')"
    for step in _DAY_STEPS.get(grain, ()):
        if days / step <= most - 1:
            return list(pd.date_range(first, last, freq=f"{step}D", unit="us")), _day_label(step)
    for step in _MONTH_STEPS.get(grain, ()):
        if days / 30.44 / step <= most - 1:
            return _month_ticks(first, last, step), _MONTH_LABEL
    step = next(s for s in _YEARS if days / 365.25 / s <= most - 1)
    return _month_ticks(first, last, 12 * step), "utcFormat(datum.value, '%Y')"


def _month_ticks(first: "pd.Timestamp", last: "pd.Timestamp", months: int) -> list["pd.Timestamp"]:
    import pandas as pd

    start = first.year * 12 + first.month - 1
    start += -start % months
    stop = last.year * 12 + last.month
    every = (pd.Timestamp(year=m // 12, month=m % 12 + 1, day=1) for m in range(start, stop, months))
    return [t for t in every if first <= t <= last] or [first]


_MONTH_LABEL = (
    "utcmonth(datum.value) == 0 || datum.index == 0 ? [utcFormat(datum.value, '%b'), utcFormat(datum.value, '%Y')] : "
    "utcFormat(datum.value, '%b')"
)


def _day_label(step: int) -> str:
    return (
        f"datum.index == 0 || (utcmonth(datum.value) == 0 && utcdate(datum.value) <= {step}) ? "
        "[utcFormat(datum.value, '%-d %b'), utcFormat(datum.value, '%Y')] : utcFormat(datum.value, '%-d %b')"
    )


def spread(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Move positions as little as need be so that neighbours stand ``gap`` apart, within ``[low, high]`` where there is room."""
    order = sorted(range(len(wanted)), key=lambda i: (wanted[i], i))
    blocks: list[list[float]] = []  # each the mean of wanted starts, and how many labels it holds
    for i in order:
        blocks.append([wanted[i], 1])
        while len(blocks) > 1 and blocks[-1][0] - blocks[-2][0] < gap * (blocks[-2][1] + blocks[-1][1]) / 2:
            (centre, n), (other, m) = blocks.pop(), blocks.pop()
            blocks.append([(centre * n + other * m) / (n + m), n + m])
    placed = [centre + gap * (k - (n - 1) / 2) for centre, n in blocks for k in range(int(n))]
    for k in range(len(placed)):
        placed[k] = max(placed[k], low if k == 0 else placed[k - 1] + gap)
    for k in reversed(range(len(placed))):
        placed[k] = min(placed[k], high if k == len(placed) - 1 else placed[k + 1] - gap)
    result = [0.0] * len(wanted)
    for at, i in zip(placed, order, strict=True):
        result[i] = round(at, 2)
    return result


def flags(poles: Sequence[float], spans: Sequence[tuple[float, float]], most: int, *, taken: float = 0) -> list[int | None]:
    """Give each flag (a text at ``spans[i]`` on a pole at ``poles[i]``) a lane, 0 the lowest, so that none touch.

    A pole reaches up to its own flag: a flag that hangs over other poles goes above theirs. The lowest lane is
    ``taken`` up to that x. What finds no lane within ``most`` gets ``None``.
    """
    found: dict[int, int | None] = {}
    from_right = sorted(range(len(poles)), key=lambda i: (spans[i][0] < poles[i], -poles[i] if spans[i][0] >= poles[i] else poles[i]))
    for i in from_right:
        left, right = spans[i]
        low = max([1 if left < taken else 0, *(lane + 1 for j, lane in found.items() if lane is not None and left < poles[j] < right)])
        full = {found[j] for j in found if spans[j][0] < right and left < spans[j][1]}
        found[i] = next((lane for lane in range(low, most) if lane not in full), None)
    return [found[i] for i in range(len(poles))]
