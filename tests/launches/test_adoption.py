"""The adoption curve: of those who could, the share that has."""

from typing import Any

import pandas as pd
import pytest

from prodops.errors import InputError
from prodops.launches import define
from prodops.launches.adoption import adoption
from prodops.launches.measures import Measures


def rows(*said: tuple[str, str, str]) -> pd.DataFrame:
    frame = pd.DataFrame(said, columns=["user_id", "event", "occurred_at"])
    return frame.assign(occurred_at=pd.to_datetime(frame["occurred_at"]).astype("datetime64[us]"))


EVENTS = rows(
    ("a", "opened", "2025-01-06 09:00"), ("b", "opened", "2025-01-07 09:00"), ("a", "used", "2025-01-05 09:00"),  # used before the launch
    ("a", "used", "2025-01-09 09:00"), ("a", "opened", "2025-01-13 09:00"), ("b", "opened", "2025-01-14 09:00"),
    ("b", "used", "2025-01-20 08:00"), ("b", "opened", "2025-01-21 09:00"),
)  # fmt: skip


def curve(desk: Any, **said: Any) -> pd.DataFrame:
    launch = define({"L": {"on": "2025-01-06", "adoption": {"event": "used", "of": "opened", **said}}}).launches["L"]
    return adoption(desk("2025-01-29", events=EVENTS), launch, Measures())


def test_by_the_end_of_each_week(desk: Any) -> None:
    """Of those who opened in a week, those who had used it since the launch by the week's end; the week in progress is not there."""
    found = curve(desk)
    assert found["period_start"].dt.strftime("%m-%d").tolist() == ["01-06", "01-13", "01-20"]
    assert (found["people"].tolist(), found["of"].tolist(), found["value"].tolist()) == ([1, 1, 1], [2, 2, 1], [0.5, 0.5, 1.0])
    assert found["complete"].all()
    assert (found["lower"] < found["value"]).all()


def test_within_so_many_days_of_each(desk: Any) -> None:
    """With days, each person has as many; a week whose days have not passed is not whole."""
    found = curve(desk, within_days=5)
    assert found["value"].tolist() == [0.5, 0.5, 1.0]
    assert curve(desk, within_days=6)["people"].tolist() == [1, 2, 1]
    assert found["complete"].tolist() == [True, True, False]


def test_an_event_that_never_happened_is_refused(desk: Any) -> None:
    """With the near miss."""
    with pytest.raises(InputError, match=r'no event is called "opend"\. Did you mean "opened"'):
        curve(desk, of="opend")


def test_nothing_planned_or_no_events_is_no_curve(desk: Any) -> None:
    """An empty frame with its columns."""
    launch = define({"L": {"on": "2025-01-06"}}).launches["L"]
    assert adoption(desk("2025-01-29", events=EVENTS), launch, Measures()).empty
    launch = define({"L": {"on": "2025-01-06", "adoption": {"event": "used"}}}).launches["L"]
    assert adoption(desk("2025-01-29"), launch, Measures()).empty


def test_a_kpi_can_tell_it(desk: Any, history: Any) -> None:
    """The KPI's whole weeks since the launch."""
    launch = define({"L": {"on": "2025-01-15", "adoption": {"kpi": "users", "target": 3}}}).launches["L"]
    found = adoption(desk("2025-01-29"), launch, Measures(history("users", "2025-01-06", [1, 2, 3])))
    assert found["value"].tolist() == [3.0]
