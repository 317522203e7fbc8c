"""The past that a notebook hands in: KPIs as ``kpis.history`` gives them, themes as ``feedback.themes_by_week`` does."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Protocol

from prodops.errors import InputError, did_you_mean
from prodops.stamps import Good

if TYPE_CHECKING:
    import pandas as pd

NEEDED = ("kpi", "period_start", "value", "complete")
WEEK = timedelta(days=7)


class Kpi(Protocol):
    """What is asked of a KPI's definition; those of ``kpis.define`` are such."""

    @property
    def label(self) -> str: ...
    @property
    def good(self) -> Good: ...
    @property
    def owner(self) -> str: ...
    def unit_in(self, currency: str) -> str: ...


class Book(Protocol):
    """The KPIs' definitions; ``kpis.define`` makes one."""

    @property
    def kpis(self) -> Mapping[str, Kpi]: ...


def of_kpi(history: "pd.DataFrame | None", kpi: str, *, until: date | None = None) -> "pd.DataFrame":
    """Take a KPI's whole periods over all rows, oldest first: ``period_start``, ``period_end``, ``value``, ``n``, ``lower``, ``upper``.

    Missing values are left out, and with ``until`` the periods that end after that day. Empty where the history does not know the KPI.
    Raises InputError where the frame is none of ``kpis.history``.
    """
    import pandas as pd

    columns = ["period_start", "period_end", "value", "n", "lower", "upper"]
    if history is None:
        return pd.DataFrame({c: pd.Series(dtype=float) for c in columns})
    for column in NEEDED:
        if column not in history:
            raise InputError(
                f'the history has no column "{column}".{did_you_mean(column, map(str, history.columns))} kpis.history gives it.'
            )
    rows = history[(history["kpi"] == kpi) & history["complete"].astype(bool) & history["value"].notna()]
    rows = (rows[rows["slice"] == ""] if "slice" in rows else rows).reindex(columns=columns).sort_values("period_start", ignore_index=True)
    rows["period_start"] = pd.to_datetime(rows["period_start"])
    rows["period_end"] = pd.to_datetime(rows["period_end"]).fillna(rows["period_start"].shift(-1)).fillna(rows["period_start"] + WEEK)
    if until is not None:
        rows = rows[rows["period_end"] <= pd.Timestamp(until) + pd.Timedelta(days=1)]
    return rows.astype(dict.fromkeys(columns[2:], float)).reset_index(drop=True)


@dataclass(frozen=True)
class Themes:
    """Feedback by theme and week, with the active users of those weeks where they are known."""

    weekly: "pd.DataFrame"
    exposure: "pd.DataFrame"
    names: Mapping[str, str] = field(default_factory=dict)
    """Each theme's name (and id) as it may be asked for, in small letters, with the name that the feedback report shows."""

    @property
    def known(self) -> tuple[str, ...]:
        return tuple(sorted(set(self.names.values())))

    def find(self, theme: str) -> str:
        """Give a theme's name as it is shown; "" where the feedback has none of that name or id."""
        return self.names.get(theme.strip().lower(), "")

    def missing(self, theme: str) -> str:
        """Say that the feedback has no such theme, with the near miss."""
        return f"the feedback has no theme “{theme}”.{did_you_mean(theme, self.known)}"

    def voices(self, theme: str) -> "pd.DataFrame":
        """Give a theme's weeks: ``period_start``, ``period_end``, ``value`` in voices."""
        rows = self.weekly[self.weekly["shown"] == self.find(theme)].sort_values("period_start", ignore_index=True)
        return rows.assign(period_end=rows["period_start"] + WEEK)[["period_start", "period_end", "value"]].astype({"value": float})

    def per_1000(self, theme: str) -> "pd.DataFrame":
        """Give a theme's voices for each 1,000 active users, week by week; missing where users are not known."""
        rows = self.voices(theme).merge(self.exposure, how="left", on="period_start")
        return rows.assign(value=rows["value"] / rows["active"].where(rows["active"] > 0) * 1000)[["period_start", "period_end", "value"]]

    def mood(self, theme: str) -> "pd.DataFrame":
        """Give how those who spoke of a theme felt, week by week, from −1 to 1; missing where nobody's words tell."""
        rows = self.weekly[self.weekly["shown"] == self.find(theme)].sort_values("period_start", ignore_index=True)
        felt = rows["sentiment"] if "sentiment" in rows else float("nan")
        return rows.assign(period_end=rows["period_start"] + WEEK, value=felt)[["period_start", "period_end", "value"]]


def of_themes(themes: "pd.DataFrame | None", history: "pd.DataFrame | None" = None, exposure: str = "") -> Themes:
    """Read what ``feedback.themes_by_week`` gave, and the KPI ``exposure`` of the history as who was listened to; None is no feedback."""
    import pandas as pd

    if themes is None:
        themes = pd.DataFrame({"name": pd.Series(dtype="str"), "period_start": pd.Series(dtype="datetime64[us]"), "value": []})
    shown = themes["name"].astype("str").str.removeprefix("feedback on ").str.strip("“”")
    weekly = themes.assign(shown=shown, period_start=pd.to_datetime(themes["period_start"]))
    ids = _lower(weekly["theme"], shown) if "theme" in weekly else {}
    active = of_kpi(history, exposure)[["period_start", "value"]].rename(columns={"value": "active"})
    return Themes(weekly, active.astype({"period_start": weekly["period_start"].dtype}), {**ids, **_lower(shown, shown)})


def _lower(asked: "Iterable[str]", shown: "Iterable[str]") -> dict[str, str]:
    return {str(a).strip().lower(): str(s) for a, s in zip(asked, shown, strict=True)}
