"""What a desk's feedback speaks of, and how often week by week: a series to hold beside other numbers of the company."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    import pandas as pd

    from prodops.feedback.preparing import Prepared
    from prodops.feedback.themes import Themes
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
    def only(self, kind: str, **wanted: str) -> Any: ...
    def read(self, what: Any, *, name: str = "") -> "pd.DataFrame": ...
    def stamp(self, kind: str) -> "TableStamp": ...
    def taxonomy(self) -> dict[str, Any]: ...
    def digest(self, name: str) -> str: ...
    def kept(self, name: str, given: Mapping[str, Any], make: "Callable[[], pd.DataFrame]") -> "pd.DataFrame": ...


class Heard(NamedTuple):
    """Feedback that was read: its rows, these as prepared, the themes found, and each statement with its own (:meth:`Themes.attach`)."""

    rows: "pd.DataFrame"
    ready: "Prepared"
    themes: "Themes"
    said: "pd.DataFrame"


class Source(NamedTuple):
    """Feedback as it was read, with all that its themes hang on."""

    rows: "pd.DataFrame"
    stamp: "TableStamp"
    known: dict[str, Any]
    digest: str

    def heard(self) -> Heard:
        """Find its themes."""
        from prodops.feedback.preparing import prepare
        from prodops.feedback.themes import find_themes

        ready = prepare(self.rows, redaction=self.stamp)
        themes = find_themes(ready.frame["text"], taxonomy=self.known)
        return Heard(self.rows, ready, themes, themes.attach(ready.statements))


def heard(desk: Desk, *, segment: str = "") -> Heard:
    """Read a desk's feedback, that of one segment or all, and find its themes by ``params/taxonomy.yaml``.

    The themes by week of all feedback are kept on the way (:meth:`Desk.kept`), so that :func:`themes_by_week` need not find the same
    themes again in another report. Raises :class:`NoData` where the segment, or all feedback, has no row.
    """
    source = _read(desk, desk.only("feedback", segment=segment))
    found = source.heard()
    if not segment:
        _by_week(desk, source, WEEKS, lambda: found)
    return found


def themes_by_week(desk: Desk, *, weeks: int = WEEKS) -> "pd.DataFrame | None":
    """Count voices by theme over the last whole weeks, as ``kpis.review(…, beside=…)`` takes them; nothing without feedback.

    One row is a theme in a week, zeros included: ``name`` ("feedback on …"), ``period_start``, ``value`` (voices), ``theme`` (its id) and
    ``sentiment`` (the mean of what those voices said, −1 to 1; missing where no words tell it). Themes are those of the feedback report: the
    same texts and the same ``params/taxonomy.yaml`` give the same.
    """
    if not desk.has("feedback"):
        return None
    source = _read(desk, "feedback")
    return _by_week(desk, source, weeks, source.heard)


def _read(desk: Desk, what: Any) -> Source:
    rows, known = desk.read(what, name="feedback"), desk.taxonomy()
    return Source(rows, desk.stamp("feedback"), known, desk.digest("feedback"))


def _by_week(desk: Desk, source: Source, weeks: int, hear: Callable[[], Heard]) -> "pd.DataFrame":
    """Give the themes by week of what ``hear`` finds in the source, worked out or kept."""
    span = {"as_of": desk.as_of, "weeks": weeks, "week_start": desk.workspace.week_start}
    given = {"feedback": source.digest, "stamp": source.stamp.to_dict(), "taxonomy": source.known, **span}
    return desk.kept("themes by week", given, lambda: _counted(hear().said, desk.as_of, weeks, desk.workspace.week_start))


def _counted(said: "pd.DataFrame", as_of: datetime, weeks: int, week_start: "WeekStart") -> "pd.DataFrame":
    """Count the voices of each theme in each whole week."""
    from prodops.feedback.weekly import trend

    weekly = trend(said, as_of=as_of, weeks=weeks, week_start=week_start)
    whole = weekly[weekly["complete"].to_numpy(dtype=bool)]
    named = "feedback on “" + whole["name"].astype(str) + "”"
    felt = _felt(said, week_start)
    whole = whole.assign(name=named, sentiment=felt.reindex(whole.set_index(["theme", "week"]).index).to_numpy(dtype=float))
    return whole.rename(columns={"week": "period_start", "count": "value"})[["name", "period_start", "value", "theme", "sentiment"]]


def _felt(said: "pd.DataFrame", week_start: "WeekStart") -> "pd.Series[float]":
    """Give how those who spoke of each theme felt in each week, by theme and week."""
    from prodops.feedback.sentiment import sentiment
    from prodops.feedback.weekly import voices_of, week_of

    spoken = voices_of(said[said["theme"] != ""])
    scored = spoken.assign(score=sentiment(spoken["text"], spoken.get("language")), week=week_of(spoken["created_at"], week_start))
    return scored.groupby(["theme", "week"])["score"].mean()
