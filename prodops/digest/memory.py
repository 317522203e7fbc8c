"""What an audience was told before, and what has become of it since."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from prodops.digest.said import Key, Said, is_missing, worse
from prodops.stamps import day_words, in_words

if TYPE_CHECKING:
    import pandas as pd

NAME = "digest"
"""The name under which a digest is published."""
COLUMNS = ("report", "slice", "name", "title", "headline", "value", "half", "unit", "told_on")
State = Literal["first", "new", "worse", "better", "changed", "unchanged"]


@dataclass(frozen=True)
class Told:
    """A finding as the audience was told it, on the day of that digest; ``half`` is half of its range."""

    report: str
    slice: str
    name: str
    title: str
    headline: str
    value: float | None
    half: float | None
    unit: str
    told_on: datetime

    @property
    def key(self) -> Key:
        return self.report, self.slice, self.name

    @property
    def words(self) -> str:
        """Say what it was then: ``34 % on 27 Oct``; only the day where it had no number."""
        day = day_words(self.told_on, year=False)
        return f"on {day}" if self.value is None else f"{in_words(self.value, self.unit)} on {day}"


@dataclass(frozen=True)
class Memory:
    """What stands as told, by its key, and the day of the last digest (``None``: there was none)."""

    told: dict[Key, Told]
    last: datetime | None

    def state(self, said: Said) -> State:
        """Say what is to be said of a finding: new, worse or better than when it was told, or nothing."""
        was = self.told.get(said.key)
        if was is None:
            return "first" if self.last is None else "new"
        if is_within(said, was):
            return "unchanged"
        if said.good in ("up", "down") and None not in (said.value, was.value):
            return "worse" if worse(said.value, was.value, said.good) else "better"
        return "changed"


def read(earlier: "pd.DataFrame") -> Memory:
    """Read what earlier digests for this audience published: the latest of them says all that stands."""
    if not len(earlier):
        return Memory({}, None)
    last = earlier["published_as_of"].max()
    rows = earlier[earlier["published_as_of"] == last].drop(columns="published_as_of").to_dict("records")
    told = [Told(**{str(name): _value(value) for name, value in row.items()}) for row in rows if row["report"]]
    return Memory({each.key: each for each in told}, last.to_pydatetime())


def _value(value: Any) -> Any:
    if is_missing(value):
        return None
    return value.to_pydatetime() if hasattr(value, "to_pydatetime") else value


def is_within(said: Said, was: Told) -> bool:
    """Whether a finding stands where it was told: its value moved no farther than half its range was wide; one without a number or range
    where it says the same headline, or the same number in words."""
    if said.value is not None and was.value is not None and was.half is not None:
        return abs(said.value - was.value) <= was.half
    same_number = said.value is not None and in_words(said.value, said.unit) == in_words(was.value, was.unit)
    return same_number or said.headline == was.headline


def frame(told: Iterable[Told], as_of: datetime) -> "pd.DataFrame":
    """Make what is published: all that stands as told after this digest; where nothing does, one row without a report says that it was made."""
    import pandas as pd

    rows: Sequence[dict[str, Any]] = [vars(each) for each in sorted(told, key=lambda each: each.key)]
    nothing = dict.fromkeys(COLUMNS, "") | {"value": None, "half": None, "told_on": as_of}
    made = pd.DataFrame(rows or [nothing], columns=COLUMNS)
    return made.astype(dict.fromkeys(("value", "half"), float)).assign(told_on=pd.to_datetime(made["told_on"]).astype("datetime64[us]"))


def as_told(said: Said, on: datetime) -> Told:
    """Take a finding as it is told now."""
    return Told(said.report, said.slice, said.name, said.title, said.headline, said.value, said.half, said.unit, on)
