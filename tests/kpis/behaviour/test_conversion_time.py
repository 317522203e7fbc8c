"""How long conversion takes, and conversion over time, by hand."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pandas as pd
import pytest

from prodops.errors import ParameterError
from prodops.kpis import FunnelSpec, funnel_trend, time_to_convert, wilson

Events = Callable[..., pd.DataFrame]
SPEC = FunnelSpec(steps=("open", "pay", "share"), window=timedelta(days=7), as_of=datetime(2025, 2, 3))


def test_the_distribution_of_times(events: Events) -> None:
    """Median, mean and bins of ceil((max − min)/bins) seconds from the least on, one more than asked so that the greatest fits."""
    rows = events(
        "ann open 2025-01-06T10:00", "ann pay 2025-01-06T10:10", "bob open 2025-01-06T10:00", "bob pay 2025-01-06T10:20",
        "cas open 2025-01-06T10:00", "cas pay 2025-01-06T12:00:01", "dan open 2025-01-06",
    )  # fmt: skip
    found = time_to_convert(rows, SPEC, from_step=1, to_step=2, bins=3)
    assert (found.entities, found.mean_seconds, found.median_seconds) == (3, (600 + 1200 + 7201) / 3, 1200)
    assert (found.least_seconds, found.most_seconds) == (600, 7201)
    assert found.to_frame().values.tolist() == [[600, 2801, 2], [2801, 5002, 0], [5002, 7203, 1], [7203, 9404, 0]]


def test_times_of_one_and_of_nobody(events: Events) -> None:
    """One person is one bin of a second; of nobody all is missing and there are no bins."""
    rows = events("ann open 2025-01-06T10:00", "ann pay 2025-01-06T10:10:00.5")
    one = time_to_convert(rows, SPEC, to_step=2, bins=1)
    assert (one.mean_seconds, one.histogram.values.tolist()) == (600.5, [[600.5, 601.5, 1], [601.5, 602.5, 0]])
    nobody = time_to_convert(rows, SPEC)
    assert (nobody.entities, nobody.mean_seconds != nobody.mean_seconds, len(nobody.histogram)) == (0, True, 0)


def test_conversion_by_period_of_entry(events: Events) -> None:
    """A person counts once in each period they began in, by the attempts of that period; periods of nobody are shown."""
    rows = events(
        "ann open 2025-01-06", "ann open 2025-01-07", "ann pay 2025-01-08", "ann share 2025-01-09",
        "ann open 2025-01-20", "ann pay 2025-01-21",
        "bob open 2025-01-07",
        "cas open 2025-01-28", "cas pay 2025-01-29", "dan open 2025-01-27", "dan pay 2025-01-28", "dan share 2025-01-29",
    )  # fmt: skip
    found = funnel_trend(rows, SPEC)
    assert found["period_start"].dt.strftime("%m-%d").tolist() == ["01-06", "01-13", "01-20", "01-27"]
    assert found[["entered", "converted", "n_open", "complete"]].values.tolist() == [
        [2, 1, 0, True],
        [0, 0, 0, True],
        [1, 0, 0, True],
        [2, 1, 1, False],
    ]
    assert found.loc[0, ["share", "lower", "upper"]].tolist() == pytest.approx(list(wilson(1, 2)))
    assert found["share"].isna().tolist() == [False, True, False, False]
    part = funnel_trend(rows, SPEC, from_step=2, to_step=3, grain="month")
    assert part[["entered", "converted"]].values.tolist() == [[3, 2]]


def test_the_span_of_a_trend(events: Events) -> None:
    """since and until bound the beginnings and the periods shown; without anybody there is nothing to show."""
    rows = events("ann open 2025-01-07T10", "ann pay 2025-01-09", "ann share 2025-01-09")
    spec = SPEC.model_copy(update={"since": datetime(2025, 1, 6), "until": datetime(2025, 1, 9)})
    assert funnel_trend(rows, spec, grain="day")["entered"].tolist() == [0, 1, 0]
    assert funnel_trend(rows, spec, grain="day")["converted"].tolist() == [0, 1, 0]
    assert funnel_trend(rows[:0], SPEC).empty
    sunday = funnel_trend(rows, SPEC.model_copy(update={"week_start": "sunday"}))
    assert sunday["period_start"].tolist() == [pd.Timestamp("2025-01-05")]


def test_what_makes_no_sense_is_refused(events: Events) -> None:
    """Steps that are not there, a grain misspelt, slices of a trend, bins without number."""
    rows = events("ann open 2025-01-07")
    with pytest.raises(ParameterError, match="from_step 2 to to_step 2: expected two of the steps 1 to 3"):
        time_to_convert(rows, SPEC, from_step=2, to_step=2)
    with pytest.raises(ParameterError, match='Did you mean "week"'):
        funnel_trend(rows, SPEC, grain="weak")  # type: ignore[arg-type]
    with pytest.raises(ParameterError, match="has no slices"):
        funnel_trend(rows, SPEC.model_copy(update={"by": "platform"}))
    with pytest.raises(ParameterError, match="bins is 0"):
        time_to_convert(rows, SPEC, bins=0)
    with pytest.raises(ParameterError, match="more than 1,000 hours"):
        funnel_trend(rows, SPEC.model_copy(update={"since": datetime(2024, 1, 1)}), grain="hour")
