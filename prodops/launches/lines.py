"""A KPI's series as the readouts take it: numbers in order with a place for the launch; no period that holds the launch on either side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt

from prodops.errors import InputError, NoData, ParameterError, shorten

if TYPE_CHECKING:
    import pandas as pd

    Values: TypeAlias = pd.Series | Sequence[float] | npt.NDArray[np.float64]
    Controls: TypeAlias = pd.DataFrame | pd.Series | Mapping[str, Values] | Sequence[float] | npt.NDArray[np.float64]

Array = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
When = int | str | date | datetime | np.datetime64
FEWEST_BEFORE = 6
"""Periods with a value that a launch needs before it."""
WEEK, WEEKS = 7, 3
"""Days follow the week wherever there are so many weeks before the launch."""
LONGEST = 260
"""Periods before a launch that are used: what lies further back tells little of what comes next."""
MOST_CONTROLS = 40
LARGEST = 1e100


@dataclass(frozen=True)
class Line:
    """A series without gaps: what each value stands ``at``, its period's number, its controls; ``before`` and ``after`` are places.

    Rows up to ``before`` lie before the launch, those from ``after`` on lie after it; the one between them, if any, holds it. ``beside`` is a
    control group's series, whose every change the values are expected to share.
    """

    at: "pd.Index"
    times: Ints
    values: Array
    controls: Array
    before: int
    after: int
    seasons: int
    beside: Array | None = None

    @property
    def n_after(self) -> int:
        return len(self.values) - self.after


def read(
    values: "Values", post: When, controls: "Controls | None" = None, seasons: int | None = None, beside: "Values | None" = None
) -> Line:
    """Bring a series and its controls to one shape, leaving out periods where one of them is missing.

    ``values`` is a series whose index gives each period's start, or plain numbers in order; ``post`` the day of the launch, or the place
    of the first number after it. Raises ParameterError or InputError for what cannot be read, NoData where a side has too little.
    """
    import pandas as pd

    series = _series(values, "values")
    found = _controls(controls, series)
    group = _controls(None if beside is None else {"group": beside}, series)
    alike = pd.concat([found, group], axis=1)
    times, period = _times(series.index)
    known = series.notna().to_numpy() & alike.notna().all(axis=1).to_numpy()
    if not (series[known].abs() <= LARGEST).all() or not (alike[known].abs() <= LARGEST).all(axis=None):
        raise InputError(f"A value or control is larger than {LARGEST:.0e} or infinite; give numbers, and leave out what is not known.")
    before, after = places(series.index, post)
    kept = np.flatnonzero(known)
    first = max(int((kept < before).sum()) - LONGEST, 0)
    kept = kept[first:]
    line = Line(
        series.index[kept],
        times[kept],
        series.to_numpy()[kept],
        found.to_numpy()[kept],
        int((kept < before).sum()),
        int((kept < after).sum()),
        _season(seasons, period, int(times[before - 1] - times[0] + 1) if before else 0),
        None if beside is None else group["group"].to_numpy()[kept],
    )
    _enough(line, post, isinstance(series.index, pd.DatetimeIndex))
    return line


def _enough(line: Line, post: When, is_dated: bool) -> None:
    where = shorten(post) if is_dated else f"place {post}"
    if line.before < FEWEST_BEFORE:
        raise NoData(
            f"There are {line.before} periods with a value before {where}: at least {FEWEST_BEFORE} are needed to tell what was usual."
        )
    if line.n_after < 1:
        raise NoData(f"There is no whole period with a value after {where} yet.")
    if np.ptp((line.values - (0.0 if line.beside is None else line.beside))[: line.before]) == 0:
        raise NoData(f"All {line.before} values before {where} are alike: nothing tells how far chance moves them.")


def _series(values: object, name: str) -> "pd.Series":
    import pandas as pd

    try:
        series = pd.to_numeric(values if isinstance(values, pd.Series) else pd.Series(values)).astype(float)
    except (TypeError, ValueError) as fault:
        raise InputError(f"The {name} must be numbers, one a period: {fault}") from None
    if not isinstance(series.index, pd.RangeIndex | pd.DatetimeIndex) and not pd.api.types.is_integer_dtype(series.index):
        try:
            series.index = pd.DatetimeIndex(pd.to_datetime(series.index.astype(str), format="ISO8601"))
        except (TypeError, ValueError):
            raise InputError(f"The {name}' index must be dates or whole numbers; found {shorten(series.index[0])}.") from None
    if isinstance(series.index, pd.DatetimeIndex):
        series.index = series.index.tz_localize(None)
    if series.index.has_duplicates:
        raise InputError(f"The {name} have two numbers at {shorten(series.index[series.index.duplicated()][0])}.")
    return series.sort_index()


def _controls(controls: "Controls | None", series: "pd.Series") -> "pd.DataFrame":
    """Lay controls beside a series: by its index where they have one of its kind, else by place."""
    import pandas as pd

    if controls is None:
        return pd.DataFrame(index=series.index)
    if isinstance(controls, pd.DataFrame | pd.Series):
        found = controls.to_frame() if isinstance(controls, pd.Series) else controls
        parts = {str(name): _series(found[name], f"values of control {shorten(name)}") for name in found.columns}
    elif isinstance(controls, Mapping):
        parts = {str(name): _series(column, f"values of control {shorten(name)}") for name, column in controls.items()}
    else:
        try:
            columns = np.asarray(controls, dtype=float)
        except (TypeError, ValueError) as fault:
            raise InputError(f"The controls must be numbers, a column each: {fault}") from None
        columns = columns[:, None] if columns.ndim == 1 else columns
        parts = {str(i): pd.Series(columns[:, i]) for i in range(columns.shape[1])}
    if len(parts) > MOST_CONTROLS:
        raise ParameterError(f"{len(parts)} controls are given; at most {MOST_CONTROLS} are read. Choose those nearest to the KPI.")
    return pd.DataFrame({name: _beside(name, part, series) for name, part in parts.items()}, index=series.index)


def _beside(name: str, control: "pd.Series", series: "pd.Series") -> Array:
    import pandas as pd

    if isinstance(control.index, pd.DatetimeIndex) == isinstance(series.index, pd.DatetimeIndex) and not isinstance(
        control.index, pd.RangeIndex
    ):
        return control.reindex(series.index).to_numpy()
    if len(control) != len(series):
        raise InputError(f"Control {shorten(name)} has {len(control)} values for {len(series)} periods.")
    return control.to_numpy()


def _times(index: "pd.Index") -> tuple[Ints, str]:
    """Number the periods, so that a missing one leaves a gap; and say what a period is, "" where that is not known."""
    import pandas as pd

    if not isinstance(index, pd.DatetimeIndex):
        numbers = index.to_numpy().astype(np.int64)
        return numbers - (numbers[0] if len(numbers) else 0), ""
    days = index.to_numpy().astype("datetime64[D]").astype(np.int64)
    gap = float(np.median(np.diff(days))) if len(days) > 1 else 0.0
    if gap in (1, 7):
        return np.round((days - days[0]) / gap).astype(np.int64), {1: "day", 7: "week"}[int(gap)]
    if 28 <= gap <= 31:
        return np.asarray(index.year * 12 + index.month, dtype=np.int64), "month"
    return np.arange(len(days)), ""


def places(index: "pd.Index", post: When) -> tuple[int, int]:
    """Give how many periods lie before the launch, and the place of the first one after it."""
    import pandas as pd

    if isinstance(post, bool):
        raise ParameterError("post is the launch's date or the place of the first number after it, not true or false.")
    if isinstance(post, int | np.integer):
        if not len(index):
            raise NoData("The series has no value.")
        if not 0 < post < len(index):
            raise ParameterError(f"post is {post}, but the series has {len(index)} numbers: it must lie between 1 and {len(index) - 1}.")
        return int(post), int(post)
    if not isinstance(index, pd.DatetimeIndex):
        raise ParameterError(f"post is {shorten(post)}, but the values have no dates: give the place of the first number after the launch.")
    try:
        day = pd.Timestamp(post).tz_localize(None)
    except ValueError:
        raise ParameterError(f"post is {shorten(post)}, which is no date.") from None
    after = int(index.searchsorted(day))
    holds = after > 0 and (after == len(index) or index[after] != day)
    return after - holds, after


def _season(asked: int | None, period: str, past: int) -> int:
    if asked is None:
        return WEEK if period == "day" and past >= WEEK * WEEKS else 1
    if isinstance(asked, bool) or not isinstance(asked, int | np.integer) or asked < 1:
        raise ParameterError(f"seasons is {shorten(asked)}: it must be a whole number of periods, such as 7 for days that follow the week.")
    return int(asked)
