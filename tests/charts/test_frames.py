import pandas as pd
import pytest

from prodops.charts import frames
from prodops.errors import ProdopsError


def test_columns_get_a_chart_s_own_names() -> None:
    """Whatever a column is called, a chart knows it by its role; the frame itself is not touched."""
    frame = pd.DataFrame({"a.b['c']": [1], "x": [2]}, index=[7])
    assert frames.take(frame, {"y": "a.b['c']", "upper": None}).to_dict("list") == {"y": [1]}
    assert list(frame.columns) == ["a.b['c']", "x"]


def test_a_near_miss_is_named() -> None:
    """A missing column is refused with what was meant."""
    with pytest.raises(ProdopsError, match=r'no column "itmes" \(named as y\)\. Did you mean "items"\?'):
        frames.take(pd.DataFrame({"items": [1]}), {"y": "itmes"})


def test_a_double_column_is_refused() -> None:
    """A name that stands for two columns is refused rather than guessed at."""
    with pytest.raises(ProdopsError, match="more than one column"):
        frames.take(pd.DataFrame([[1, 2]], columns=["a", "a"]), {"y": "a"})


def test_numbers_are_numbers() -> None:
    """Integers, decimals and numbers in text are read; missing, infinite and boundless values are missing."""
    values = pd.Series([1, "2.5", None, float("inf"), 1e300, pd.NA], dtype="object")
    assert frames.numbers(values, "y").tolist()[:2] == [1.0, 2.5]
    assert frames.numbers(values, "y").isna().tolist() == [False, False, True, True, True, True]
    with pytest.raises(ProdopsError, match=r'y needs numbers; it was given "n/a" in 1 of 2 rows'):
        frames.numbers(pd.Series(["3", "n/a"]), "y")


def test_dates_are_dates() -> None:
    """Dates, ISO texts, periods and times in a zone (as the clock there shows them) are read; numbers are not taken for dates."""
    wanted = [pd.Timestamp("2025-11-03")]
    for values in (
        ["2025-11-03"],
        [pd.Timestamp("2025-11-03").date()],
        pd.PeriodIndex(["2025-11-03"], freq="D"),
        pd.DatetimeIndex(["2025-11-03"], tz="Asia/Tokyo"),
    ):
        assert frames.times(pd.Series(values), "x").tolist() == wanted
    assert frames.times(pd.Series(pd.to_datetime(["2999-12-31"])), "x").dt.year.tolist() == [2999]
    for wrong in ([20251103], ["3 November"]):
        with pytest.raises(ProdopsError, match="x needs dates"):
            frames.times(pd.Series(wrong), "x")


def test_no_two_values_share_a_label() -> None:
    """Values that look alike once cleaned are numbered; a segment called NA is a segment, a missing one is not."""
    assert frames.labels(pd.Series(["NA", None, "a\x00", "a", "a", ""], dtype="object")).tolist() == [
        "NA",
        "not given",
        "a",
        "a (2)",
        "a (2)",
        "not given (2)",
    ]


def test_records_are_plain_and_stable() -> None:
    """Times carry a Z, noise beyond nine digits goes, whole numbers are whole, missing is null."""
    frame = pd.DataFrame({"x": pd.to_datetime(["2025-11-03"]), "y": [0.1 + 0.2], "n": [12.0], "z": [float("nan")], "b": [True]})
    assert frames.records(frame) == [{"x": "2025-11-03T00:00:00Z", "y": 0.3, "n": 12, "z": None, "b": True}]
    assert frames.records(frame.iloc[:0]) == []


def test_time_counts_from_1970() -> None:
    """Axis ends are what Vega counts in, also where nanoseconds would overflow."""
    assert frames.milliseconds(pd.Timestamp("1970-01-02").as_unit("us")) == 86_400_000
    assert frames.milliseconds(pd.Timestamp("2999-12-31").as_unit("us")) == 32_503_593_600_000
