"""An A/B test read out from its units: the split first, then each measure."""

import math

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from scipy.stats import ttest_ind

from prodops import launches
from prodops.errors import InputError, NoData


def rows(variant: str, measure: str, values: list[float], first: int = 0, before: list[float] | None = None) -> pd.DataFrame:
    """Give units of one variant with one measure."""
    frame = pd.DataFrame({"user_id": range(first, first + len(values)), "variant": variant, "measure": measure, "value": values})
    return frame if before is None else frame.assign(before=before)


def drawn(n: int = 300, lift: float = 0.0) -> pd.DataFrame:
    """Give two variants with a mean that was known before, and a share."""
    rng = np.random.default_rng(8)
    parts = []
    for number, variant in enumerate(("control", "new")):
        before = rng.gamma(2, 5, n)
        revenue = before + rng.normal(0, 2, n) + lift * number
        parts.append(rows(variant, "revenue", revenue.tolist(), number * n, before.tolist()))
        parts.append(rows(variant, "stayed", (rng.random(n) < 0.4).astype(float).tolist(), number * n, [np.nan] * n))
    return pd.concat(parts, ignore_index=True)


def test_the_split_comes_first() -> None:
    """Of 44,700 and 45,489 units, as Cookie Cats had, a fair split is that uneven in 0.86 %: nothing else can be trusted."""
    units = pd.concat([rows("gate_30", "stayed", [1.0, 0.0] * 22_350), rows("gate_40", "stayed", [1.0] * 30_000 + [0.0] * 15_489, 50_000)])
    found = launches.experiment(units)
    assert (found.control, found.chosen) == ("gate_30", "the first by name")
    assert (round(found.mismatch, 4), found.trusted, found.verdict) == (0.0086, False, "cannot be trusted")
    assert found.readout["verdict"].tolist() == ["cannot be trusted"]
    planned = launches.experiment(units, expected={"gate_30": 44_700, "gate_40": 45_489})
    assert planned.trusted
    assert planned.readout["verdict"].tolist() == ["higher"]


def test_a_mean_is_read_out_as_welchs_test_has_it() -> None:
    """Difference and p are scipy's; the lift's range is on the log scale, so it never reaches −100 %."""
    units = pd.concat([rows("a", "spend", [1.0, 2, 3, 4, 7]), rows("b", "spend", [4.0, 6, 8, 10], 10)])
    row = launches.experiment(units).readout.iloc[0]
    assert (row["kind"], row["n_control"], row["n"], row["control_value"], row["value"]) == ("mean", 5, 4, 3.4, 7)
    assert row["p"] == row["p_adjusted"] == pytest.approx(ttest_ind([4, 6, 8, 10], [1, 2, 3, 4, 7], equal_var=False).pvalue)
    assert row["relative"] == pytest.approx(7 / 3.4 - 1)
    assert -1 < row["relative_lower"] < row["relative"] < row["relative_upper"]


def test_what_was_known_before_makes_it_surer() -> None:
    """CUPED takes off most of the variance where the value follows what was before, and says how much; a share without it stays plain."""
    with_it = launches.experiment(drawn(lift=0.5)).readout.set_index("measure")
    without = launches.experiment(drawn(lift=0.5).drop(columns="before")).readout.set_index("measure")
    assert 0.85 < with_it.loc["revenue", "variance_reduction"] < 0.97
    assert with_it.loc["revenue", "p"] < 0.05 < without.loc["revenue", "p"]
    assert with_it.loc["revenue", "power"] > without.loc["revenue", "power"]
    assert math.isnan(with_it.loc["stayed", "variance_reduction"])
    assert with_it.loc["stayed", "p"] == without.loc["stayed", "p"]


def test_a_unit_without_a_before_still_counts() -> None:
    """Units new on the day have no past: they are kept, with the usual past of the others."""
    units = drawn()
    units.loc[units["user_id"] % 10 == 0, "before"] = np.nan
    row = launches.experiment(units).readout.set_index("measure").loc["revenue"]
    assert (row["n_control"], row["n"]) == (300, 300)
    assert 0.6 < row["variance_reduction"] < 0.97


def test_one_large_value_is_told() -> None:
    """A player with 50,000 rounds makes the difference: without it there is none."""
    rng = np.random.default_rng(3)
    units = pd.concat(
        [rows("old", "rounds", [*rng.poisson(50, 999).tolist(), 50_000]), rows("new", "rounds", rng.poisson(50, 1_000).tolist(), 2_000)]
    )
    row = launches.experiment(units).readout.iloc[0]
    assert (row["largest"], row["largest_variant"]) == (50_000, "old")
    assert row["difference"] < -40
    assert abs(row["difference_without_largest"]) < 1


def test_a_ratio_of_two_measures() -> None:
    """Revenue per order is revenue over orders of all units, not the mean of quotients."""
    parts = [
        rows("a", "revenue", [10.0, 0, 30]),
        rows("a", "orders", [1.0, 0, 2]),
        rows("b", "revenue", [20.0, 40, 5], 9),
        rows("b", "orders", [1.0, 3, 1], 9),
    ]
    table = launches.experiment(pd.concat(parts), ratios={"revenue per order": ("revenue", "orders")}).readout.set_index("measure")
    row = table.loc["revenue per order"]
    assert (row["kind"], row["control_value"], row["value"]) == ("ratio", pytest.approx(40 / 3), pytest.approx(13))
    assert row["difference"] == pytest.approx(13 - 40 / 3)
    assert row["lower"] < row["difference"] < row["upper"]


def test_several_comparisons_pay_for_each_other() -> None:
    """Three variants and two measures are four comparisons: Holm's p is that of four, and without a correction it is each one's own."""
    third = drawn().assign(user_id=lambda f: f["user_id"] + 10_000).query("variant == 'new'").assign(variant="other")
    units = pd.concat([drawn(), third])
    plain, held = (launches.experiment(units, correction=c) for c in ("none", "holm"))
    assert len(plain.readout) == 4
    assert held.correction == "Holm"
    assert held.readout["p_adjusted"].min() == pytest.approx(min(1, 4 * plain.readout["p"].min()))
    assert (plain.readout["p_adjusted"] == plain.readout["p"]).all()


def test_sequential_ranges_are_wider() -> None:
    """Who may look at any time pays with a wider range about the same difference."""
    once, always = (launches.experiment(drawn(lift=1), sequential=s).readout.set_index("measure").loc["revenue"] for s in (False, True))
    assert always["difference"] == pytest.approx(once["difference"])
    assert always["lower"] < once["lower"]
    assert always["upper"] > once["upper"]
    assert always["p"] > once["p"]


def test_one_sided() -> None:
    """Asked only whether it rose, the range is open above."""
    row = launches.experiment(drawn(lift=1), sides="greater").readout.set_index("measure").loc["revenue"]
    assert math.isinf(row["upper"])
    assert row["verdict"] == "higher"


def test_power_and_detectable_change_agree() -> None:
    """The smallest lift seen in four of five has four fifths of power: with a share of 40 % of 300 units about 28 %."""
    row = launches.experiment(drawn()).readout.set_index("measure").loc["stayed"]
    assert row["detectable"] == pytest.approx(2.8 * math.sqrt(2 * (1 / row["control_value"] - 1) / 300), rel=0.02)
    assert 0.05 < row["power"] < 0.2


def test_who_had_two_variants_is_left_out_and_counted() -> None:
    """A unit in both arms tells nothing of either."""
    units = pd.concat([rows("a", "x", [1.0, 2, 3]), rows("b", "x", [5.0, 6, 7], 2)])
    found = launches.experiment(units)
    assert found.crossed == 1
    assert found.units["units"].tolist() == [2, 2]
    assert found.readout.iloc[0]["control_value"] == 1.5


@pytest.mark.parametrize(
    ("variants", "control", "how"),
    [
        (["new", "Control "], "Control ", "by its name"),
        (["B", "A"], "A", "by its name"),
        (["treatment", "baseline"], "baseline", "by its name"),
        (["gate_100", "gate_30"], "gate_30", "the first by name"),
        (["on", "off"], "off", "by its name"),
    ],
)
def test_the_control_is_found_by_its_name(variants: list[str], control: str, how: str) -> None:
    """Else it is the first by name, as people sort names."""
    units = pd.concat([rows(v, "x", [1.0, 2], 10 * i) for i, v in enumerate(variants)])
    found = launches.experiment(units)
    assert (found.control, found.chosen) == (control, how)
    assert launches.experiment(units, control=variants[0]).chosen == "given"


@pytest.mark.parametrize(
    ("units", "verdict"),
    [
        (rows("a", "x", [1.0, 2]), "nothing to compare"),
        (rows("a", "x", []), "nothing to compare"),
        (pd.concat([rows("a", "x", [0.0] * 9), rows("b", "x", [0.0] * 9, 20)]), "0 of 1 differences are clear"),
        (pd.concat([rows("a", "x", [1.0]), rows("b", "x", [np.nan], 20)]), "nothing measured"),
        (pd.concat([rows("a", "x", [1.0]), rows("b", "x", [3.0], 20)]), "0 of 1 differences are clear"),
    ],
)
def test_tiny_and_odd_experiments_have_an_honest_answer(units: pd.DataFrame, verdict: str) -> None:
    """One variant, nobody, all zero, all missing, one unit each: a word, never a fault."""
    found = launches.experiment(units)
    assert found.verdict == verdict
    assert set(found.readout["verdict"]) <= {"too little to tell"}


def test_units_may_come_from_an_engine() -> None:
    """An Ibis table gives what a frame gives, and of several experiments one is chosen by name."""
    both = pd.concat([drawn().assign(experiment="one"), drawn(lift=3).assign(experiment="two")])
    table = ibis.memtable(pa.Table.from_pandas(both, preserve_index=False))
    found = launches.experiment(table, "two")
    pd.testing.assert_frame_equal(found.readout, launches.experiment(drawn(lift=3)).readout)
    with pytest.raises(InputError, match=r'There are 2 experiments; name one of them, such as "one"'):
        launches.experiment(table)
    with pytest.raises(NoData, match=r'no experiment "tow". Did you mean "two"'):
        launches.experiment(table, "tow")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"control": "contol"}, 'No unit had the variant "contol". Did you mean "control"'),
        ({"expected": {"control": 1}}, 'a share over 0 for each variant and no other; see "new"'),
        ({"expected": {"control": 1, "new": 0}}, 'see "new"'),
        ({"correction": "hom"}, 'no correction "hom". Did you mean "holm"'),
    ],
)
def test_what_is_not_there_is_refused(given, message: str) -> None:
    """One line with the near miss."""
    with pytest.raises(InputError, match=message):
        launches.experiment(drawn(), **given)


def test_a_missing_column_is_refused() -> None:
    """With the form that is needed."""
    with pytest.raises(InputError, match=r'needs the column "variant". Did you mean "variants"'):
        launches.experiment(drawn().rename(columns={"variant": "variants"}))
