"""Rankings say how sure they are, and are the same whatever stands beside them."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from prodops import decisions
from prodops.decisions.amounts import Range, deviates, spread
from prodops.decisions.candidates import Backlog
from prodops.errors import ParameterError

DRAWS = 1_000


def backlog(capacity: float | None = None, **rice: tuple[Any, Any, Any, Any]) -> Backlog:
    keys = ("reach", "impact", "confidence", "effort")
    given = {name: {"rice": dict(zip(keys, values, strict=True))} for name, values in rice.items()}
    return decisions.define({"candidates": given, **({"capacity": capacity} if capacity else {})})


ends = st.tuples(st.floats(1, 1000), st.floats(1, 4)).map(lambda t: [round(t[0], 3), round(t[0] * t[1], 3)])
rice = st.tuples(ends, st.sampled_from([0.25, 0.5, 1, 2, 3, [0.5, 2]]), st.sampled_from([0.5, 0.8, 1, [0.5, 1]]), ends)
several = st.dictionaries(st.sampled_from(list("abcdefgh")), rice, min_size=1, max_size=6)


@pytest.mark.parametrize(
    ("method", "inputs", "score"),
    [
        ("rice", {"reach": 500, "impact": 2, "confidence": 0.8, "effort": 4}, 200),
        ("ice", {"impact": 5, "confidence": 6, "ease": 7}, 210),
        ("wsjf", {"value": 8, "time_criticality": 5, "risk_reduction": 3, "size": 2}, 8),
        ("opportunity", {"importance": 9, "satisfaction": 4}, 14),
        ("opportunity", {"importance": 4, "satisfaction": 9}, 4),
    ],
)
def test_scores_are_those_of_the_formulas(method: str, inputs: dict[str, float], score: float) -> None:
    """By hand: reach · impact · confidence ÷ effort and the others; an exact candidate's range is its score."""
    row = decisions.rank(decisions.define({"candidates": {"x": {method: inputs}}}), method=method, draws=DRAWS).iloc[0]
    assert (row["score"], row["lower"], row["upper"], row["first"]) == (score, score, score, 1)


def test_a_range_holds_nine_cases_in_ten() -> None:
    """Its ends are the 5th and 95th percentile and its likely value the median, lop-sided or not, in proportion or within bounds."""
    z = deviates("x", "reach", draws=20_000, seed=1)
    for amount, bounds in (
        (Range(low=100, likely=300, high=400), (0.0, np.inf)),
        (Range(low=0.5, likely=0.8, high=0.9), (0.0, 1.0)),
        (Range(low=0, likely=5, high=50), (0.0, np.inf)),
    ):
        found = np.quantile(spread(amount, z, bounds), [0.05, 0.5, 0.95])
        assert found == pytest.approx([amount.low, amount.likely, amount.high], rel=0.02, abs=0.05)


@settings(max_examples=15)
@given(several, st.integers(1, 4))
def test_chances_add_up(candidates: dict[str, Any], top: int) -> None:
    """Over all candidates the chances to be first sum to 1, those to be among the first k to k, and the places are 1 to n."""
    found = decisions.rank(backlog(**candidates), draws=DRAWS, top=top)
    n = len(candidates)
    assert found["first"].sum() == pytest.approx(1)
    assert found["top"].sum() == pytest.approx(min(top, n))
    assert found["expected_rank"].sum() == pytest.approx(n * (n + 1) / 2)
    assert list(found["rank"]) == list(range(1, n + 1))
    assert list(found["score"]) == sorted(found["score"], reverse=True)


@settings(max_examples=15)
@given(several, st.floats(0.1, 50))
def test_efforts_may_be_counted_in_any_unit(candidates: dict[str, Any], factor: float) -> None:
    """Scaling all efforts leaves RICE's order and every chance as it was."""
    scaled = {n: (r, i, c, [e[0] * factor, e[1] * factor]) for n, (r, i, c, e) in candidates.items()}
    one, other = (decisions.rank(backlog(**each), draws=DRAWS) for each in (candidates, scaled))
    assert list(one["candidate"]) == list(other["candidate"])
    assert list(one["first"]) == pytest.approx(list(other["first"]), abs=2 / DRAWS)


@settings(max_examples=15)
@given(rice, st.floats(1, 3))
def test_a_dominated_candidate_is_not_above_its_dominator(worse: Any, factor: float) -> None:
    """Who reaches at least as many with the same for the rest does not rank below in a majority of draws."""
    reach, *rest = worse
    better = ([reach[0] * factor, reach[1] * factor], *rest)
    found = decisions.pairs(backlog(better=better, worse=worse), draws=4_000).iloc[0]
    above = found["share"] if found["higher"] == "better" else 1 - found["share"]
    assert above >= 0.5 - 0.03


@settings(max_examples=10)
@given(several)
def test_another_candidate_leaves_the_others_draws_alone(candidates: dict[str, Any]) -> None:
    """Scores and ranges of the others are the same numbers with one more beside them, in any order of the file."""
    before = decisions.rank(backlog(**candidates), draws=DRAWS).set_index("candidate")
    turned = dict(reversed([*candidates.items(), ("z", ([1, 2], 1, 1, [1, 2]))]))
    after = decisions.rank(backlog(**turned), draws=DRAWS).set_index("candidate")
    columns = ["score", "lower", "upper"]
    assert after.loc[before.index, columns].equals(before[columns])


def test_equal_candidates_stand_by_name() -> None:
    """Exact ties are broken by name in the ranking and in each draw; the ranking says that they are not told apart."""
    same = (10, 1, 0.8, 1)
    found = decisions.rank(backlog(b=same, a=same, c=same), draws=DRAWS, top=1)
    assert list(found["candidate"]) == ["a", "b", "c"]
    assert list(found["first"]) == [1, 0, 0]
    assert list(found["alike"]) == [("b", "c"), ("a", "c"), ("a", "b")]


def test_what_would_help_most_to_know() -> None:
    """Of two like candidates for one place the wide reach is worth knowing; where nothing can turn the choice, nothing is."""
    found = decisions.rank(backlog(known=(100, 1, 1, 1), open=([20, 95, 400], 1, 1, [0.9, 1.1])), draws=DRAWS, top=1).set_index("candidate")
    assert found.loc["open", "doubt"] == "reach"
    assert 0 < found.loc["open", "doubt_turns"] < 1
    assert found.loc["known", "doubt"] == ""
    far = decisions.rank(backlog(first=([900, 1000], 1, 1, 1), last=([1, 2], 1, 1, 1)), draws=DRAWS, top=1)
    assert list(far["doubt"]) == ["", ""]
    assert list(decisions.rank(backlog(a=([1, 9], 1, 1, 1)), draws=DRAWS)["doubt"]) == [""]


def test_perfect_information_is_worth_what_the_formula_says() -> None:
    """Beside 5.5 for sure, one that is normal around 5 is worth σ(φ(d) − d(1 − Φ(d))) to know, d = 0.5/σ (Raiffa and Schlaifer 1961)."""
    sd = 2 / 1.6448536269514722
    d = 0.5 / sd
    gain = sd * (norm.pdf(d) - d * norm.sf(d))
    pair = {"sure": {"impact": 5.5, "confidence": 1, "ease": 1}, "open": {"impact": [3, 5, 7], "confidence": 1, "ease": 1}}
    found = decisions.rank(decisions.define({"candidates": {n: {"ice": v} for n, v in pair.items()}}), method="ice", draws=DRAWS, top=1)
    row = found.set_index("candidate").loc["open"]
    assert row["doubt"] == "impact"
    assert row["doubt_worth"] == pytest.approx(gain / 5.5, rel=0.03)
    assert row["doubt_turns"] == pytest.approx(norm.sf(d), abs=0.01)


def test_the_line_is_drawn_where_the_capacity_is_used_up() -> None:
    """In the order of the ranking: 2 and 3 fit into 5, the next does not; the chances are of the draws."""
    found = decisions.rank(backlog(capacity=5, a=(300, 1, 1, 2), b=(300, 1, 1, 3), c=(100, 1, 1, 1)), draws=DRAWS)
    assert list(found["candidate"]) == ["a", "b", "c"]
    assert list(found["effort_so_far"]) == [2, 5, 6]
    assert list(found["fits"]) == [True, True, False]
    assert list(found["above_line"]) == [1, 1, 0]
    with pytest.raises(ParameterError, match="capacity is -1"):
        decisions.rank(backlog(a=(1, 1, 1, 1)), capacity=-1)


def test_methods_stand_beside_each_other() -> None:
    """A candidate that one method has first and another last hangs on the method; one that no second method knows does not."""
    ice, rice_ = ("impact", "confidence", "ease"), ("reach", "impact", "confidence", "effort")
    both = {
        "a": {"rice": dict(zip(rice_, (900, 3, 1, 1), strict=True)), "ice": dict(zip(ice, (1, 1, 1), strict=True))},
        "b": {"rice": dict(zip(rice_, (5, 1, 1, 1), strict=True)), "ice": dict(zip(ice, (9, 9, 9), strict=True))},
        "c": {"rice": dict(zip(rice_, (1, 1, 1, 1), strict=True))},
    }
    table = decisions.beside(decisions.define({"candidates": both}), draws=DRAWS, top=1)
    assert list(table[["candidate", "method", "rank", "of"]].itertuples(index=False, name=None)) == [
        ("a", "rice", 1, 3), ("a", "ice", 2, 2), ("b", "rice", 2, 3), ("b", "ice", 1, 2), ("c", "rice", 3, 3),
    ]  # fmt: skip
    apart = decisions.disagreements(table, top=1)
    assert [(r.candidate, r.for_it, r.against_it) for r in apart.itertuples()] == [("a", ("rice",), ("ice",)), ("b", ("ice",), ("rice",))]


def test_what_makes_no_sense_is_refused() -> None:
    """Unknown methods have a near miss; draws, top and seed are held to reason."""
    some = backlog(a=(1, 1, 1, 1))
    with pytest.raises(ParameterError, match=r'no method "rise".*"rice"'):
        decisions.rank(some, method="rise")
    for wrong in ({"draws": 1}, {"top": 0}, {"seed": -1}):
        with pytest.raises(ParameterError):
            decisions.rank(some, **wrong)  # type: ignore[arg-type]
