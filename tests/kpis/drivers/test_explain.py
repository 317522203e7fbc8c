"""Which slices a change came from: found where they are, none where nothing happened, and always adding up."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prodops import kpis
from prodops.errors import InputError, ParameterError

DIMENSIONS = ["country", "device", "plan"]


def grid(**levels: int) -> pd.DataFrame:
    """Every combination of so many values of each dimension."""
    values = [[f"{name[0]}{i}" for i in range(n)] for name, n in levels.items()]
    return pd.MultiIndex.from_product(values, names=list(levels)).to_frame(index=False)


def counts(rows: pd.DataFrame, seed: int, mean: float = 200, spread: float = 0.0) -> pd.DataFrame:
    """Poisson counts, with some more variation than Poisson's where ``spread`` is given."""
    rng = np.random.default_rng(seed)
    return rows.assign(orders=rng.poisson(mean * rng.lognormal(0, spread, len(rows))).astype(float))


def scaled(frame: pd.DataFrame, factor: float, column: str = "orders", **where: str) -> pd.DataFrame:
    """Multiply one slice."""
    held = np.logical_and.reduce([frame[d] == v for d, v in where.items()])
    return frame.assign(**{column: np.where(held, (frame[column] * factor).round(), frame[column])})


def shares(rows: pd.DataFrame, seed: int, rate: np.ndarray, traffic: float = 400) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    n = rng.poisson(traffic, len(rows))
    return rows.assign(orders=rng.binomial(n, rate), visits=n)


ROWS = grid(country=5, device=3, plan=4)


def named(explanation: kpis.Explanation) -> list[dict[str, str]]:
    return [s.where for s in explanation.slices]


def test_one_slice_of_one_dimension_is_named() -> None:
    """A country that halved is the whole explanation: not its devices, not its plans."""
    e = kpis.explain(counts(ROWS, 1), scaled(counts(ROWS, 2), 0.5, country="c3"), value="orders", by=DIMENSIONS)
    assert named(e) == [{"country": "c3"}]
    assert e.slices[0].share > 0.8
    assert e.slices[0].leaves == 12
    assert e.slices[0].p < 0.001


def test_a_slice_of_two_dimensions_is_named_and_not_its_parents() -> None:
    """One country's one device fell; neither that country nor that device did."""
    e = kpis.explain(counts(ROWS, 1), scaled(counts(ROWS, 2), 0.4, country="c1", device="d2"), value="orders", by=DIMENSIONS)
    assert named(e) == [{"country": "c1", "device": "d2"}]


def test_two_causes_are_both_named_the_larger_first() -> None:
    """Two slices that fell apart from each other make a set of two."""
    after = scaled(scaled(counts(ROWS, 2), 0.5, country="c0"), 0.3, device="d1", plan="p2")
    e = kpis.explain(counts(ROWS, 1), after, value="orders", by=DIMENSIONS)
    assert named(e) == [{"country": "c0"}, {"device": "d1", "plan": "p2"}]
    assert e.slices[0].contribution < e.slices[1].contribution < 0
    assert e.slices[1].leaves == 4  # c0's leaf of it is counted once, under c0


def test_a_ripple_with_one_factor_is_one_slice() -> None:
    """Leaves of very different size that share one factor are told by what they have in common."""
    rng = np.random.default_rng(5)
    rows = grid(country=6, device=5, plan=4)
    before = rows.assign(orders=100 * rng.weibull(0.6, len(rows)))
    noisy = before.assign(orders=before["orders"] * (1 + 0.05 * rng.standard_normal(len(rows))))
    held = (rows["country"] == "c2") & (rows["plan"] == "p1")
    after = noisy.assign(orders=np.where(held, before["orders"] * 1.6, noisy["orders"]))
    e = kpis.explain(before, after, value="orders", by=DIMENSIONS)
    assert named(e) == [{"country": "c2", "plan": "p1"}]


def test_a_ratio_falls_where_its_rate_falls() -> None:
    """A slice whose conversion fell by a third explains a conversion's fall; its expected and actual rates are told."""
    rate = np.full(len(ROWS), 0.3)
    fallen = np.where((ROWS["device"] == "d0") & (ROWS["plan"] == "p3"), 0.2, rate)
    e = kpis.explain(shares(ROWS, 1, rate), shares(ROWS, 2, fallen), value="orders", by=DIMENSIONS, kind="ratio", weight="visits")
    assert named(e) == [{"device": "d0", "plan": "p3"}]
    assert e.slices[0].expected == pytest.approx(0.3, abs=0.03)
    assert e.slices[0].actual == pytest.approx(0.2, abs=0.03)


def test_forecasts_may_stand_for_before() -> None:
    """Expected values need not be whole."""
    rng = np.random.default_rng(3)
    before = counts(ROWS, 1).assign(orders=200 + rng.random(len(ROWS)))
    assert named(kpis.explain(before, scaled(counts(ROWS, 2), 1.8, plan="p0"), value="orders", by=DIMENSIONS)) == [{"plan": "p0"}]


@pytest.mark.parametrize("spread", [0.0, 0.3])
def test_ordinary_variation_names_nothing(spread: float) -> None:
    """In at most one of twenty frames without a cause is any slice named, be the counts Poisson's or rougher, one level or grown."""
    told = [
        bool(kpis.explain(counts(ROWS, 2 * i, spread=spread), counts(ROWS, 2 * i + 1, 220, spread), value="orders", by=DIMENSIONS).slices)
        for i in range(60)
    ]
    assert sum(told) <= 3


def test_ordinary_variation_of_a_ratio_names_nothing() -> None:
    """Small leaves' rates jump about; that is no cause."""
    rate = np.random.default_rng(0).beta(30, 2, len(ROWS))
    told = [
        bool(
            kpis.explain(
                shares(ROWS, 2 * i, rate, 15),
                shares(ROWS, 2 * i + 1, rate, 15),
                value="orders",
                by=DIMENSIONS,
                kind="ratio",
                weight="visits",
            ).slices
        )
        for i in range(60)
    ]
    assert sum(told) <= 3


def test_growth_throughout_is_no_slice() -> None:
    """Where every leaf grew alike, no slice is the reason."""
    before = counts(ROWS, 1, 1000)
    e = kpis.explain(before, before.assign(orders=before["orders"] * 1.5), value="orders", by=DIMENSIONS)
    assert e.slices == ()
    assert e.unexplained == pytest.approx(e.change)


def test_identical_frames_have_no_explanation() -> None:
    """Nothing moved: no slices, no change, and a sentence that says so."""
    frame = counts(ROWS, 1)
    e = kpis.explain(frame, frame, value="orders", by=DIMENSIONS)
    assert (e.change, e.unexplained, e.slices) == (0, 0, ())
    assert "did not change" in e.sentence
    assert (e.contributions["contribution"] == 0).all()


def test_the_order_of_rows_changes_nothing() -> None:
    """Shuffled frames give the same answer to the last bit."""
    before, after = counts(ROWS, 1), scaled(counts(ROWS, 2), 0.5, country="c3")
    shuffled = kpis.explain(before.sample(frac=1, random_state=1), after.sample(frac=1, random_state=2), value="orders", by=DIMENSIONS)
    plain = kpis.explain(before, after, value="orders", by=DIMENSIONS)
    assert shuffled.slices == plain.slices
    assert shuffled.candidates == plain.candidates
    assert shuffled.sentence == plain.sentence
    pd.testing.assert_frame_equal(shuffled.contributions, plain.contributions)


def test_a_leaf_that_vanished_or_appeared_counts_as_nothing_there() -> None:
    """A country that one side lacks has its whole value as its contribution."""
    before = counts(ROWS, 1)
    after = counts(ROWS, 2)[ROWS["country"] != "c4"].reset_index(drop=True)
    e = kpis.explain(before, after, value="orders", by=DIMENSIONS)
    assert named(e) == [{"country": "c4"}]
    assert e.slices[0].actual == 0
    assert e.slices[0].contribution == -before.loc[before["country"] == "c4", "orders"].sum()


def test_a_missing_dimension_is_a_slice_of_its_own() -> None:
    """Rows without a country are "(none)", and can be the cause."""
    before, after = counts(ROWS, 1), scaled(counts(ROWS, 2), 0.4, country="c2")
    nameless = [f.assign(country=f["country"].where(f["country"] != "c2")) for f in (before, after)]
    assert named(kpis.explain(*nameless, value="orders", by=DIMENSIONS)) == [{"country": "(none)"}]


def test_whole_numbers_with_gaps_keep_their_names() -> None:
    """A dimension of integers has one name on both sides, though a gap turns one side's into floats."""
    before = pd.DataFrame({"bitrate": [500.0, 4000.0, np.nan], "n": [10, 20, 30]})
    after = pd.DataFrame({"bitrate": [500, 4000], "n": [10, 20]})
    e = kpis.explain(before, after, value="n", by=["bitrate"])
    assert list(e.contributions["slice"]) == ["(none)", "4000", "500"]
    assert list(e.contributions["contribution"]) == [-30, 0, 0]


def test_values_below_zero_are_taken() -> None:
    """Refunds and losses are values too."""
    before, after = counts(ROWS, 1), counts(ROWS, 2)
    lost = (ROWS["device"] == "d1").to_numpy()
    e = kpis.explain(before, after.assign(orders=np.where(lost, -after["orders"], after["orders"])), value="orders", by=DIMENSIONS)
    assert named(e) == [{"device": "d1"}]


def test_candidates_begin_with_the_chosen_set() -> None:
    """The ranked list is longer than the set, which it begins with."""
    e = kpis.explain(counts(ROWS, 1), scaled(counts(ROWS, 2), 0.5, country="c3"), value="orders", by=DIMENSIONS)
    assert e.candidates[0].where == e.slices[0].where
    assert len(e.candidates) >= 3


def test_the_sentence_and_the_frame_tell_the_same() -> None:
    """The sentence names value, direction and slices; the frame adds what is unexplained."""
    e = kpis.explain(counts(ROWS, 1), scaled(counts(ROWS, 2), 0.5, country="c3"), value="orders", by=DIMENSIONS)
    assert e.sentence.startswith("orders fell from ")
    assert "country = c3" in e.sentence
    table = e.to_frame()
    assert list(table["slice"]) == ["country = c3", "(unexplained)"]
    assert table["contribution"].sum() == pytest.approx(e.change)


@pytest.mark.parametrize("rows", [0, 1, 2])
def test_tiny_frames_are_answered(rows: int) -> None:
    """No leaf, one leaf, two leaves: an answer without slices."""
    frame = counts(ROWS, 1).head(rows)
    e = kpis.explain(frame, frame.assign(orders=frame["orders"] + 1), value="orders", by=DIMENSIONS)
    assert e.slices == ()
    assert e.change == rows


def test_one_dimension_is_enough() -> None:
    """The one channel of eight that collapsed is named."""
    before = pd.DataFrame({"channel": list("abcdefgh"), "orders": [1000, 1100, 900, 1200, 950, 1050, 980, 1020]})
    after = before.assign(orders=[1010, 1090, 905, 250, 960, 1040, 990, 1015])
    assert named(kpis.explain(before, after, value="orders", by=["channel"])) == [{"channel": "d"}]


leaf = st.tuples(
    st.integers(0, 3),
    st.integers(0, 2),
    st.integers(-(10**9), 10**9).map(lambda i: i / 1000),
    st.integers(0, 10**7).map(lambda i: i / 1000),
)
frames = st.lists(leaf, min_size=1, max_size=30).map(lambda rows: pd.DataFrame(rows, columns=["x", "y", "v", "w"]))


@settings(max_examples=12, deadline=None)
@given(frames, frames)
def test_sums_add_up(before: pd.DataFrame, after: pd.DataFrame) -> None:
    """Slices and what is unexplained sum to the change, and so does every dimension's table."""
    e = kpis.explain(before, after, value="v", by=["x", "y"])
    assert e.change == pytest.approx(after["v"].sum() - before["v"].sum(), abs=1e-6)
    assert math.isclose(sum(s.contribution for s in e.slices) + e.unexplained, e.change, rel_tol=1e-9, abs_tol=1e-9)
    for _, table in e.contributions.groupby("dimension"):
        assert math.isclose(table["contribution"].sum(), e.change, rel_tol=1e-9, abs_tol=1e-9 * before["v"].abs().sum() + 1e-9)


@settings(max_examples=12, deadline=None)
@given(frames, frames)
def test_ratios_add_up(before: pd.DataFrame, after: pd.DataFrame) -> None:
    """Mix and rate add up to a slice's contribution and these to the change, also where denominators are 0."""
    before, after = (f.assign(v=f["v"] / 1e6 * f["w"]) for f in (before, after))
    if not before["w"].sum() or not after["w"].sum():
        return
    e = kpis.explain(before, after, value="v", by=["x", "y"], kind="ratio", weight="w")
    assert sum(s.contribution for s in e.slices) + e.unexplained == pytest.approx(e.change, abs=1e-9)
    assert np.allclose(e.contributions["mix"] + e.contributions["rate"], e.contributions["contribution"], atol=1e-9)
    for _, table in e.contributions.groupby("dimension"):
        assert table["contribution"].sum() == pytest.approx(e.change, abs=1e-9)


test_sums_add_up_many_times_over = pytest.mark.slow(
    settings(max_examples=60)(given(frames, frames)(test_sums_add_up.hypothesis.inner_test))
)
test_ratios_add_up_many_times_over = pytest.mark.slow(
    settings(max_examples=60)(given(frames, frames)(test_ratios_add_up.hypothesis.inner_test))
)


def test_mix_and_rate_by_hand() -> None:
    """Bennet's split, worked by hand: shares 1/2, 1/2 → 1/4, 3/4; rates 0.2, 0.6 → 0.4, 0.6."""
    before = pd.DataFrame({"d": ["a", "b"], "v": [10, 30], "w": [50, 50]})
    after = pd.DataFrame({"d": ["a", "b"], "v": [10, 45], "w": [25, 75]})
    table = kpis.explain(before, after, value="v", by=["d"], kind="ratio", weight="w").contributions
    middle = (0.4 + 0.55) / 2
    assert list(table["rate"]) == pytest.approx([0.375 * 0.2, 0.0])
    assert list(table["mix"]) == pytest.approx([-0.25 * (0.3 - middle), 0.25 * (0.6 - middle)])
    assert table["contribution"].sum() == pytest.approx(0.15)


def test_a_change_of_mix_alone_is_said_to_be_mix() -> None:
    """Rates that stood still while traffic moved to the weaker device: no slice's rate is blamed, the mix is."""
    rates = np.where(ROWS["device"] == "d0", 0.1, 0.4)
    before, after = shares(ROWS, 1, rates), shares(ROWS, 2, rates)
    busier = np.where(ROWS["device"] == "d0", 3, 1)
    after = after.assign(orders=after["orders"] * busier, visits=after["visits"] * busier)
    e = kpis.explain(before, after, value="orders", by=DIMENSIONS, kind="ratio", weight="visits")
    assert e.slices == ()
    assert e.mix == pytest.approx(e.change, rel=0.1)
    assert "is mix" in e.sentence


def test_a_slice_without_denominator_has_no_rate() -> None:
    """Division by zero in one slice is missing there, and the rest still adds up."""
    before = pd.DataFrame({"d": ["a", "b", "c"], "v": [10, 0, 3], "w": [50, 0, 10]})
    after = pd.DataFrame({"d": ["a", "b", "c"], "v": [10, 5, 0], "w": [50, 50, 0]})
    e = kpis.explain(before, after, value="v", by=["d"], kind="ratio", weight="w")
    assert list(e.contributions["before"].isna()) == [False, True, False]
    assert list(e.contributions["after"].isna()) == [False, False, True]
    assert e.contributions["contribution"].sum() == pytest.approx(e.change)


FRAME = pd.DataFrame({"country": ["a", "b"], "orders": [1, 2], "visits": [3, 4]})


@pytest.mark.parametrize(
    ("arguments", "error", "says"),
    [
        ({"value": "ordres"}, InputError, 'before has no column "ordres". Did you mean "orders"?'),
        ({"by": ["contry"]}, InputError, 'before has no column "contry". Did you mean "country"?'),
        ({"by": []}, ParameterError, "expected a list of one or more dimensions"),
        ({"by": "country"}, ParameterError, "expected a list of one or more dimensions"),
        ({"by": ["country", "country"]}, ParameterError, '"country" is named twice'),
        ({"kind": "rato"}, ParameterError, 'kind is "rato", expected "sum" or "ratio".'),
        ({"kind": "ratio"}, ParameterError, "a ratio needs weight"),
        ({"weight": "visits"}, ParameterError, "weight is for a ratio"),
        ({"value": "country", "by": ["orders"]}, InputError, 'before\'s column "country" holds'),
    ],
)
def test_bad_arguments_are_refused(arguments: dict, error: type[Exception], says: str) -> None:
    """Each says which value was wrong and what was expected."""
    with pytest.raises(error) as caught:
        kpis.explain(FRAME, FRAME, **({"value": "orders", "by": ["country"]} | arguments))
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("column", "numbers", "says"),
    [
        ("orders", [1, np.inf], "expected finite numbers"),
        ("visits", [1, -1], "holds -1, expected a denominator of 0 or more"),
        ("visits", [0, 0], "add up to 0"),
    ],
)
def test_bad_numbers_are_refused(column: str, numbers: list[float], says: str) -> None:
    """Infinite values, denominators below 0 and a ratio without any denominator cannot be explained."""
    with pytest.raises(InputError) as caught:
        kpis.explain(FRAME, FRAME.assign(**{column: numbers}), value="orders", by=["country"], kind="ratio", weight="visits")
    assert says in str(caught.value)
