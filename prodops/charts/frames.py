"""What a chart needs of a frame: named columns, checked, as plain rows; nothing is computed but order and labels."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from prodops.charts import words
from prodops.errors import ProdopsError, did_you_mean, shorten

if TYPE_CHECKING:
    import pandas as pd

Row = dict[str, Any]
MOST_MARKS = 5_000
MOST_CLASSES = 12
LARGEST = 1e100  # beyond it a scale's own arithmetic overflows


def take(frame: "pd.DataFrame", columns: Mapping[str, str | None]) -> "pd.DataFrame":
    """Pick columns and give them a chart's own names (role → column; ``None`` is left out).

    Data never names a field of a specification, so no name can hold Vega's syntax. Raises :class:`ProdopsError` where
    the frame lacks a column or holds it twice.
    """
    import pandas as pd

    if not isinstance(frame, pd.DataFrame):
        raise ProdopsError(
            f"A chart draws a pandas frame; this is of type {type(frame).__name__}. Read it first, or call .execute() on it."
        )
    names = [str(name) for name in frame.columns]
    for role, column in columns.items():
        if column is not None and names.count(column) != 1:
            fault = "more than one column" if column in names else "no column"
            near = "" if column in names else did_you_mean(column, names)
            raise ProdopsError(f"The frame has {fault} {shorten(column)} (named as {role}).{near} It has {shorten(', '.join(names), 200)}.")
    return pd.DataFrame({role: frame.iloc[:, names.index(c)] for role, c in columns.items() if c is not None}).reset_index(drop=True)


def numbers(values: "pd.Series", role: str) -> "pd.Series":
    """Make numbers of a column; missing and infinite values (and those beyond 1e100) are missing. Raises where a value is no number."""
    import numpy as np
    import pandas as pd

    given = values.notna()
    found = pd.to_numeric(values, errors="coerce") if values.dtype.kind not in "mM" else pd.Series(np.nan, index=values.index)
    if (bad := given & found.isna()).any():
        raise ProdopsError(
            f"The chart's {role} needs numbers; it was given {shorten(values[bad].iloc[0])} in {int(bad.sum()):,} of {len(values):,} rows."
        )
    found = found.astype("float64")
    return found.where(found.abs() < LARGEST)


def times(values: "pd.Series", role: str) -> "pd.Series":
    """Make wall-clock times of a column of dates, times, periods or ISO texts. Raises where a value is none of these."""
    import pandas as pd

    if values.dtype.kind in "iufb" and len(values):
        raise ProdopsError(
            f"The chart's {role} needs dates; it was given the number {shorten(values.iloc[0])}. Use pandas.to_datetime first."
        )
    if isinstance(values.dtype, pd.PeriodDtype):
        return values.dt.start_time.astype("datetime64[us]")
    try:
        found = pd.to_datetime(values, format=None if values.dtype.kind == "M" else "ISO8601", errors="coerce")
    except (ValueError, TypeError, OverflowError):  # zones that differ from row to row
        raise ProdopsError(
            f"The chart's {role} needs dates of one kind, in one time zone. Use pandas.to_datetime(…, utc=True) first."
        ) from None
    if (bad := values.notna() & found.isna()).any():
        raise ProdopsError(f"The chart's {role} needs dates; it was given {shorten(values[bad].iloc[0])}. Use pandas.to_datetime first.")
    return (found.dt.tz_localize(None) if found.dt.tz is not None else found).astype("datetime64[us]")  # nanoseconds end in 2262


def labels(values: "pd.Series") -> "pd.Series":
    """Make harmless one-line labels of a column: missing and empty read "not given", two values never share a label."""
    known: dict[str | None, str] = {}
    for value in values:
        key, text = _key(value), words.clean(value) or words.MISSING
        if key not in known:
            taken = set(known.values())
            known[key] = next(t for n in range(1, len(known) + 2) if (t := text if n == 1 else f"{text} ({n})") not in taken)
    return type(values)([known[_key(value)] for value in values], index=values.index, dtype="object")


def _key(value: object) -> str | None:
    return None if words.is_missing(value) else str(value)


def flags(values: "pd.Series") -> "pd.Series":
    """Make true and false of a column; missing is true (a period is whole unless it is said not to be)."""
    return type(values)([words.is_missing(value) or bool(value) for value in values], index=values.index, dtype="bool")


def records(frame: "pd.DataFrame") -> list[Row]:
    """Give rows as JSON values: times in ISO with a Z (drawn as they are, in no zone), numbers to nine digits, missing as None."""
    columns = {name: [_plain(value) for value in frame[name]] for name in frame.columns}
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _plain(value: Any) -> Any:
    if words.is_missing(value):
        return None
    if hasattr(value, "isoformat"):
        return iso(value)
    value = value.item() if hasattr(value, "item") else value
    if isinstance(value, float):
        short = float(f"{value:.9g}")
        return int(short) if short == int(short) and abs(short) < 1e15 else short
    return value


def iso(time: "pd.Timestamp") -> str:
    """Write a wall-clock time so that Vega, on a UTC scale, draws it as it is in every zone."""
    return time.isoformat(timespec="seconds") + "Z"


def milliseconds(time: "pd.Timestamp") -> int:
    """Count a wall-clock time from 1970 as Vega does."""
    import pandas as pd

    return int((time - pd.Timestamp("1970-01-01").as_unit("us")) // pd.Timedelta(milliseconds=1))


def refuse_crowd(marks: int, what: str) -> None:
    """Raise where a chart would draw more marks than a reader, or a browser, can take."""
    if marks > MOST_MARKS:
        raise ProdopsError(f"The chart would draw {marks:,} {what}; at most {MOST_MARKS:,} are drawn. Use a coarser grain or fewer series.")


def refuse_doubles(rows: "pd.DataFrame", keys: list[str], what: str) -> None:
    """Raise where two rows claim the same place in a chart."""
    if (twice := rows.duplicated(keys)).any():
        at = shorten(", ".join(words.clean(v) for v in rows.loc[twice, keys].iloc[0]))
        raise ProdopsError(
            f"A chart needs one row for each {what}; there are {int(twice.sum()):,} more, the first at {at}. Aggregate the frame first."
        )


def names_of(values: Iterable[str]) -> list[str]:
    """List each value once, in the order in which it came."""
    return list(dict.fromkeys(values))
