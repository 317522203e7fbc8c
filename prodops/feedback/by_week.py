"""How often each theme was spoken of, week by week: a series to hold beside other numbers of the company."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import pandas as pd

    from prodops.stamps import TableStamp
    from prodops.workspace import WeekStart, Workspace

WEEKS = 52


class Desk(Protocol):
    """What this needs of the door to data; ``sources.Desk`` is one."""

    @property
    def as_of(self) -> datetime: ...
    @property
    def workspace(self) -> "Workspace": ...
    def has(self, kind: str) -> bool: ...
    def read(self, what: Any, *, name: str = "") -> "pd.DataFrame": ...
    def stamp(self, kind: str) -> "TableStamp": ...
    def taxonomy(self) -> dict[str, Any]: ...
    def digest(self, name: str) -> str: ...
    def kept(self, name: str, given: Mapping[str, Any], make: "Callable[[], pd.DataFrame]") -> "pd.DataFrame": ...


def themes_by_week(desk: Desk, *, weeks: int = WEEKS) -> "pd.DataFrame | None":
    """Count voices by theme over the last whole weeks, as ``kpis.review(…, beside=…)`` takes them; nothing without feedback.

    One row is a theme in a week, zeros included: ``name`` ("feedback on …"), ``period_start``, ``value`` (voices), ``theme`` (its id) and
    ``sentiment`` (the mean of what those voices said, −1 to 1; missing where no words tell it). Themes are those of the feedback report: the
    same texts and the same ``params/taxonomy.yaml`` give the same.
    """
    if not desk.has("feedback"):
        return None
    texts, known, stamp = desk.read("feedback", name="feedback"), desk.taxonomy(), desk.stamp("feedback")
    span = {"as_of": desk.as_of, "weeks": weeks, "week_start": desk.workspace.week_start}
    given = {"feedback": desk.digest("feedback"), "stamp": stamp.to_dict(), "taxonomy": known, **span}
    return desk.kept("themes by week", given, lambda: _counted(desk, texts, known, stamp, weeks))


def _counted(desk: Desk, texts: "pd.DataFrame", known: dict[str, Any], stamp: "TableStamp", weeks: int) -> "pd.DataFrame":
    """Find the themes and count their voices."""
    from prodops.feedback.preparing import prepare
    from prodops.feedback.themes import find_themes
    from prodops.feedback.weekly import trend

    ready = prepare(texts, redaction=stamp)
    said = find_themes(ready.frame["text"], taxonomy=known).attach(ready.statements)
    weekly = trend(said, as_of=desk.as_of, weeks=weeks, week_start=desk.workspace.week_start)
    whole = weekly[weekly["complete"].to_numpy(dtype=bool)]
    named = "feedback on “" + whole["name"].astype(str) + "”"
    felt = _felt(said, desk.workspace.week_start)
    whole = whole.assign(name=named, sentiment=felt.reindex(whole.set_index(["theme", "week"]).index).to_numpy(dtype=float))
    return whole.rename(columns={"week": "period_start", "count": "value"})[["name", "period_start", "value", "theme", "sentiment"]]


def _felt(said: "pd.DataFrame", week_start: "WeekStart") -> "pd.Series[float]":
    """Give how those who spoke of each theme felt in each week, by theme and week."""
    from prodops.feedback.sentiment import sentiment
    from prodops.feedback.weekly import voices_of, week_of

    spoken = voices_of(said[said["theme"] != ""])
    scored = spoken.assign(score=sentiment(spoken["text"], spoken.get("language")), week=week_of(spoken["created_at"], week_start))
    return scored.groupby(["theme", "week"])["score"].mean()
