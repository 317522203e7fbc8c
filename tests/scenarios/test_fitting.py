"""From the data: proposed values and ranges, and what the data cannot tell."""

from datetime import datetime

import numpy as np
import pandas as pd
import pytest

from prodops import scenarios
from prodops.errors import InputError, ParameterError
from prodops.scenarios.evidence import FEWEST, FEWEST_BEFORE, effect, future_mean, last_shift
from prodops.scenarios.fitting import propose
from prodops.scenarios.history import link_for, read


def weeks(**kpis: object) -> pd.DataFrame:
    size = max(len(np.atleast_1d(v)) for v in kpis.values())
    return pd.DataFrame({"period_start": pd.date_range("2024-05-06", periods=size, freq="7D"), **kpis})


def lever(unit: str = "count", **source: object) -> scenarios.Lever:
    ends = (0.01, 0.99) if unit == "share" else (1, 10_000)
    return scenarios.Lever.model_validate(
        {"name": "rate", "unit": unit, "range": ends, "from_data": {"kpi": "kpi", "weeks": 104, **source}}
    )


def noise(size: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=size)


# ----------------------------------------------------------------------------------------------------------- one horizon
def test_independent_weeks_have_students_range() -> None:
    """Of plain noise the range of the future's mean is near Student's for a mean of as many new weeks, if a little wider."""
    values = noise(104)
    low, middle, high = future_mean(values, 26).bounds
    half = 1.66 * values.std(ddof=1) * np.sqrt(1 / 104 + 1 / 26)
    assert middle == pytest.approx(values.mean(), abs=0.1)
    assert half < (high - low) / 2 < 1.4 * half


def test_a_history_that_drifts_has_a_wide_range() -> None:
    """A random walk's future is nobody's to know; a line goes on."""
    walk, line = np.cumsum(noise(78)), noise(78) + np.arange(78) * 0.1
    spread = [np.subtract(*future_mean(v, 26).bounds[::-2]) for v in (noise(78), walk)]
    assert spread[1] > 4 * spread[0]
    assert future_mean(walk, 26).share_of("walk") > 0.9
    assert future_mean(line, 26).bounds[1] == pytest.approx(0.1 * (78 + 13), abs=0.7)


def test_range_covers_in_plain_worlds() -> None:
    """The 90 % range holds the mean of the next 26 weeks in 87 to 95 of 100 worlds, independent or hanging together by a half.

    (benchmarks/whatif_coverage.py has more worlds, of more kinds, up to an outcome.)
    """
    rng = np.random.default_rng(5)
    for memory in (0.0, 0.5):
        shocks, held = rng.normal(size=(300, 104)), 0
        worlds = shocks.copy()
        for week in range(1, 104):
            worlds[:, week] = memory * worlds[:, week - 1] + np.sqrt(1 - memory**2) * shocks[:, week]
        for world in worlds:
            low, _, high = future_mean(world[:78], 26).bounds
            held += low <= world[78:].mean() <= high
        assert 0.87 <= held / 300 <= 0.955


def test_shifts_are_found_and_not_made_up() -> None:
    """A level that jumps by three standard deviations is found within two weeks; noise and a line have none."""
    jumped = noise(60) + 3 * (np.arange(60) >= 40)
    assert abs((last_shift(jumped) or 0) - 40) <= 2
    assert [last_shift(noise(60, seed)) for seed in range(5)] == [None] * 5
    assert last_shift(noise(60) + np.arange(60) * 0.1) is None
    assert last_shift(np.repeat([0.0, 9.0], [FEWEST_BEFORE - 1, FEWEST]) + noise(FEWEST_BEFORE + FEWEST - 1)) is None


def test_an_effect_is_recovered_and_drift_is_none() -> None:
    """A cause's coefficient lies in its range; two walks that know nothing of each other have no effect."""
    cause = noise(80, 1)
    low, middle, high = effect(noise(80, 2) * 0.5 + 1.5 * cause, cause).bounds
    assert low < 1.5 < high
    assert middle == pytest.approx(1.5, abs=0.2)
    spurious = 0
    for seed in range(40):
        walks = np.cumsum(np.random.default_rng(seed).normal(size=(2, 60)), axis=1)
        low, _, high = effect(walks[0], walks[1]).bounds
        spurious += not low <= 0 <= high
    assert spurious <= 9  # one in ten is due, by least squares it would be most


# -------------------------------------------------------------------------------------------------------------- proposals
def test_weeks_that_add_up_become_months() -> None:
    """A flow of 100 a week is 434.8 a month; a number that does not add up stays as it is."""
    history = weeks(kpi=100 + noise(52))
    flow, level = (propose(history, lever(adds_up=adds), 12) for adds in (True, False))
    assert flow.value == pytest.approx(434.8, rel=0.01)
    assert level.value == pytest.approx(100, rel=0.01)
    assert (flow.grain, flow.n, flow.since, flow.shape) == ("week", 52, "the week of 6 May 2024", "lognormal")
    assert flow.likely is not None
    assert flow.likely[0] < flow.value < flow.likely[1]


def test_mean_is_arithmetic_and_zeros_are_no_trouble() -> None:
    """A skewed flow with empty weeks is proposed at its mean, not at its median or geometric mean."""
    values = np.array([0, 10, 0, 50, 0, 5, 0, 40, 0, 20] * 6, dtype=float)
    found = propose(weeks(kpi=values), lever(), 12)
    assert found.value == pytest.approx(12.5, rel=0.1)


def test_a_share_stays_a_share() -> None:
    """A share near its edge has a range within 0 and 1, longer towards the middle."""
    found = propose(weeks(kpi=np.random.default_rng(0).binomial(60, 0.97, 40) / 60), lever("share"), 6)
    assert found.likely is not None
    assert found.value is not None
    assert found.shape == "logit-normal"
    assert found.likely[1] < 1
    assert found.value - found.likely[0] > found.likely[1] - found.value


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ([5.0, 6, 7], "Only 3 whole weeks are known; a range needs 6."),
        ([5.0] * 20, "It is 5 in all 20 weeks: how far it may go is not told."),
    ],
)
def test_where_data_cannot_tell(values: list[float], said: str) -> None:
    """Too short and constant histories propose nothing and say why."""
    found = propose(weeks(kpi=values), lever(), 12)
    assert (found.value, found.likely, found.warning) == (None, None, said)
    assert found.sentence() == f"Rate: the data cannot tell. {said}"


def test_only_the_last_level_is_used() -> None:
    """After a jump only the weeks since count, and the reader is told."""
    found = propose(weeks(kpi=(30 + 10 * (np.arange(60) >= 40) + noise(60))), lever(), 6)
    assert found.n == 20
    assert found.value == pytest.approx(40, abs=1)
    assert "It settled on another level in the week of 10 Feb 2025; only the 20 weeks since are used." in found.warning


def test_the_last_value_is_known_exactly() -> None:
    """A lever that starts where the KPI stood last takes that value, without a range."""
    found = propose(weeks(kpi=[3.0, 4, 9]), lever(at="last"), 12)
    assert (found.value, found.likely, found.since) == (9, None, "the week of 20 May 2024")


def test_unfinished_periods_are_left_out() -> None:
    """Periods marked incomplete, missing or not over by the report's as-of are no history."""
    history = weeks(kpi=[*(100 + noise(20)), np.nan, 1.0])
    assert len(read(history, "kpi", "count")) == 21
    assert len(read(history.assign(complete=[True] * 21 + [False]), "kpi", "count")) == 20
    assert len(read(history, "kpi", "count", as_of=datetime(2024, 9, 30))) == 20


def test_tidy_frames_and_mixed_grains_are_read() -> None:
    """The tidy frame of ``kpis.compute`` is read as the wide one is; monthly KPIs may stand between weekly ones."""
    wide = weeks(kpi=100 + noise(30))
    tidy = wide.rename(columns={"kpi": "value"}).assign(kpi="kpi", slice="", complete=True)
    tidy = pd.concat([tidy, tidy.assign(slice="team", value=0.0)])
    assert read(tidy, "kpi", "count").values.tolist() == wide["kpi"].tolist()
    months = pd.DataFrame({"period_start": pd.date_range("2024-06-01", periods=7, freq="MS"), "rate": np.linspace(0.1, 0.2, 7)})
    both = wide.merge(months, how="outer", on="period_start")
    assert (read(both, "kpi", "count").grain, read(both, "rate", "share").grain) == ("week", "month")


def test_bad_histories_are_one_line() -> None:
    """A KPI that is not there is named with its near miss; so are frames without dates and days."""
    with pytest.raises(InputError, match=r'no KPI "kpi"\. Did you mean "kpis"\?'):
        propose(weeks(kpis=[1.0] * 9), lever(), 12)
    with pytest.raises(InputError, match='no column "period_start"'):
        propose(pd.DataFrame({"kpi": [1.0]}), lever(), 12)
    days = pd.DataFrame({"period_start": pd.date_range("2025-01-01", periods=9), "kpi": 1.0})
    with pytest.raises(InputError, match="a period every 1 days; weeks or months"):
        propose(days, lever(), 12)
    with pytest.raises(ParameterError, match="names no KPI"):
        propose(days, scenarios.Lever.model_validate({"name": "x", "value": 1, "range": (0, 2)}), 12)


def test_links_by_unit() -> None:
    """A share varies in log odds, money and counts in proportion, points as they are; values beyond a unit are no reason to fail."""
    some = np.array([0.2, 0.4])
    assert [link_for(u, some) for u in ("share", "EUR", "count", "points", "nps")] == ["logit", "log", "log", "identity", "identity"]
    assert [link_for("share", some * 4), link_for("count", some - 1), link_for("EUR", some * 0)] == ["log", "identity", "identity"]


# ------------------------------------------------------------------------------------------------------------- the model
def fitted(growth: scenarios.Model) -> tuple[scenarios.Model, scenarios.Fit]:
    levers = {n: dict(body) for n, body in growth.text["levers"].items()}
    levers["sign_ups"]["from_data"] = {"kpi": "new_signups", "weeks": 78, "adds_up": True}
    levers["activation"]["from_data"] = {"kpi": "activation_rate", "weeks": 78}
    model = scenarios.define({**growth.text, "levers": levers}, file="growth.yaml")
    rng = np.random.default_rng(3)
    rate = np.where(np.arange(78) < 61, 0.34, 0.44)
    history = weeks(new_signups=rng.poisson(600, 78) * 1.0, activation_rate=rng.binomial(400, rate) / 400)
    launches = pd.DataFrame({"name": ["Guided onboarding", "Too late"], "launched_on": ["2025-07-07", "2025-10-20"]})
    return model, scenarios.fit(history, model, launches=launches)


def test_a_fit_speaks_for_itself(growth) -> None:
    """The planted launch is found, nothing else holds, and levers without a KPI are left alone."""
    _, found = fitted(growth)
    assert found.levers["lever"].tolist() == ["sign_ups", "activation"]
    assert found.levers["was"].tolist() == [1000, 0.42]
    effects = found.effects.set_index(["cause", "kpi"])
    assert effects.index[effects["holds"]].tolist() == [("Guided onboarding", "activation_rate")]
    sentence = effects.loc[("Guided onboarding", "activation_rate"), "sentence"]
    assert sentence.startswith("Activation after Guided onboarding: +10\u00a0pts (")
    assert "Too late" not in effects.index.get_level_values("cause")
    assert "cannot tell it from nothing" in effects.loc[("new_signups", "activation_rate"), "sentence"]
    assert len(found.warnings) == 1


def test_a_fitted_model_takes_values_ranges_and_longer_sliders(growth) -> None:
    """Values, ranges and shapes are the data's; a slider is lengthened where it has to be; the rest stays."""
    model, found = fitted(growth)
    after = model.fitted(found)
    proposal = found.proposals[0]
    assert after.levers["sign_ups"].value == proposal.value
    assert after.levers["sign_ups"].likely == proposal.likely
    assert after.levers["sign_ups"].range == (500, proposal.likely[1])
    assert after.levers["churn"] == model.levers["churn"]
    assert after.settings("plan")["activation"] == 0.5
    low, middle, high = (after.simulate(draws=500).fan("activated").iloc[0][c] for c in ("p05", "p50", "p95"))
    assert low < 2_600 * 0.44 < high
    assert middle == pytest.approx(2_609 * 0.44, rel=0.03)
