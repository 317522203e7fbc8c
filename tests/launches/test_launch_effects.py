"""Effects are read by the method that the plan allows, together under one error rate."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from prodops.launches import define
from prodops.launches.effects import Effect, measure, together
from prodops.launches.measures import Measures
from prodops.launches.wording import placebos, verdict

FIRST = "2024-09-02"
ON = "2025-05-05"  # the 36th week


def weeks(before: float, after: float, seed: int = 0) -> list[float]:
    level = np.where(np.arange(50) < 35, before, after)
    return list(level + np.random.default_rng(seed).normal(0, 0.01, 50))


def launch(**said: Any) -> Any:
    return define({"L": {"on": ON, **said}}).launches["L"]


def test_a_jump_is_found_and_a_quiet_series_is_not(history: Any) -> None:
    """Ten points beyond the past are an effect with its placebos; nothing is none."""
    measures = Measures(pd.concat([history("use", FIRST, weeks(0.3, 0.4)), history("quiet", FIRST, weeks(0.3, 0.3, 1))]))
    use, quiet = together(measure(launch(aims={"use": {}, "quiet": {}}), measures))
    assert use.worked
    assert use.lower < 0.1 < use.upper
    assert (use.method, use.periods, use.grain) == ("interrupted series", 13, "week")
    assert use.placebos > 5
    assert not quiet.is_clear


def test_a_control_group_takes_out_what_all_share(history: Any) -> None:
    """Both groups rise by ten points at once: against its own past that is an effect, beyond the control group it is none."""
    parts = [history("use", FIRST, weeks(0.3, 0.4, n), of=1000, dimension="plan", slice=plan) for n, plan in enumerate(("team", "free"))]
    measures = Measures(pd.concat(parts))
    (alone,) = measure(launch(aims={"use": {}}, reaches={"plan": "team"}), measures)
    (beside,) = measure(launch(aims={"use": {}}, reaches={"plan": "team"}, control={"plan": "free"}), measures)
    assert (alone.method, alone.worked) == ("interrupted series", True)
    assert (beside.method, beside.is_clear) == ("difference in differences", False)
    assert abs(beside.effect) < 0.02


def test_numbers_that_are_no_counts_have_a_control_group_too(history: Any) -> None:
    """Without numerators the difference of the two series is read."""
    parts = [history("sales", FIRST, weeks(3, 3 + n, n), dimension="plan", slice=plan) for n, plan in enumerate(("free", "team"))]
    (found,) = measure(launch(aims={"sales": {}}, reaches={"plan": "team"}, control={"plan": "free"}), Measures(pd.concat(parts)))
    assert (found.method, found.worked) == ("difference in differences", True)
    assert found.lower < 1 < found.upper


def test_amounts_have_their_control_group_in_ratio(history: Any, book: Any) -> None:
    """Sales of two plans that both gain 2 % a week part by ever more euros and by no percent: no effect, in numbers that lie about the plan's own."""
    noise = np.random.default_rng(4).normal(0, 0.01, (2, 50))
    parts = [
        history("sales", FIRST, list(level * 1.02 ** np.arange(50) * np.exp(noise[n])), dimension="plan", slice=plan)
        for n, (plan, level) in enumerate((("team", 3_000), ("free", 1_000)))
    ]
    known = Measures(pd.concat(parts), book(sales=("Sales", "currency")))
    (found,) = measure(launch(aims={"sales": {}}, reaches={"plan": "team"}, control={"plan": "free"}), known)
    assert (found.method, found.is_clear) == ("difference in differences", False)
    assert found.expected == pytest.approx(found.actual, rel=0.02)
    assert found.expected == pytest.approx(3_000 * 1.02**41, rel=0.05)


def test_slices_are_pooled_before_they_are_divided(history: Any) -> None:
    """10 of 100 and 90 of 300 are 25 %, not the mean of 10 and 30 %."""
    parts = [history("use", FIRST, [share], of=n, dimension="plan", slice=plan) for share, n, plan in ((0.1, 100, "a"), (0.3, 300, "b"))]
    group = launch(reaches={"plan": ["a", "b"]}).reaches
    assert Measures(pd.concat(parts)).series("use", group)["value"].tolist() == [0.25]


def test_what_cannot_be_told_apart_is_said(history: Any) -> None:
    """A KPI without slices is looked at as a whole; one without values, or with too few, has a note and no effect."""
    measures = Measures(history("use", FIRST, weeks(0.3, 0.3)))
    (whole,) = measure(launch(aims={"use": {}}, reaches={"plan": "team"}), measures)
    assert whole.note == "not told apart by plan: all of it is looked at"
    (none,) = measure(launch(aims={"other": {}}), measures)
    assert (none.is_known, none.note) == (False, "no value here")
    (few,) = measure(launch(aims={"use": {}}), Measures(history("use", "2025-04-28", [0.3, 0.4, 0.5])))
    assert not few.is_known
    assert few.note


def test_an_experiment_goes_first(history: Any) -> None:
    """Where a test tells a KPI's effect, no series is read for it."""
    told = Effect("T", "use", "watched", "experiment", 0.02, -0.01, 0.05, 0.2)
    (found,) = measure(launch(aims={"use": {"by": 0.03}}), Measures(history("use", FIRST, weeks(0.3, 0.5))), tested={"use": told})
    assert (found.method, found.effect, found.role, found.meant, found.launch) == ("experiment", 0.02, "aim", 0.03, "L")


def test_many_readouts_share_one_error_rate() -> None:
    """One p of 0.04 alone is clear; among twenty it is not; p-values that are not there stay out."""
    one = Effect("L", "use", "aim", "interrupted series", 0.1, 0.01, 0.2, 0.04, 0.04)
    assert together([one])[0].is_clear
    rest = [Effect("L", f"k{n}", "aim", "interrupted series", 0, -1, 1, 0.5) for n in range(19)]
    assert not together([one, *rest])[0].is_clear
    assert together([one, Effect("L", "x", "aim")])[0].is_clear


def test_a_readout_whose_placebos_worked_is_not_believed() -> None:
    """However clear its range; it neither worked, harmed nor fell short, and says why. An experiment has no placebos to doubt it."""
    told = Effect("L", "use", "aim", "interrupted series", 0.1, 0.05, 0.2, 0.001, 0.001, meant=0.3, placebo_share=0.3, placebos=40)
    assert (told.trusted, told.is_clear, told.worked, told.falls_short) == (False, False, False, False)
    assert verdict(told) == "not to be trusted: 12 of 40 dates without a launch raise the same alarm"
    assert placebos(told).endswith("raises 12 false alarms: it cannot be trusted on this KPI.")
    assert replace(told, placebo_share=0.05).worked
    assert placebos(replace(told, placebos=6)).endswith("too few dates to tell how often.")
    assert replace(told, method="experiment").worked


def test_a_kpis_scale_is_that_of_its_unit(book: Any) -> None:
    """Shares on log odds, amounts on logarithms, scores as they stand."""
    known = Measures(book=book(a=("A", "share"), b=("B", "currency"), c=("C", "nps"), d=("D", "per_1000")))
    assert [known.kind(kpi) for kpi in "abcd"] == ["share", "count", "", "count"]


def test_an_amount_that_grows_is_read_on_logarithms(history: Any, book: Any) -> None:
    """Sales that gain 3 % a week without end are above every straight line, and no success."""
    values = [100 * 1.03**n * (1 + 0.02 * e) for n, e in enumerate(np.random.default_rng(2).normal(size=50))]
    (found,) = measure(launch(aims={"sales": {}}), Measures(history("sales", FIRST, values), book(sales=("Sales", "currency"))))
    assert not found.is_clear
    assert found.expected == pytest.approx(float(np.mean(values[35:48])), rel=0.1)
