"""NPS, CSAT, CES, PMF, shares and means: the field's definitions, with ranges that hold what they say."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.stats import multinomial

from prodops import surveys
from prodops.errors import InputError
from prodops.intervals import net_share_bounds


def test_nps_by_hand() -> None:
    """Four promoters, three passives and three detractors of ten make 10 points; no answer and codes off the scale do not count."""
    found = surveys.nps([10, 9, 9, 10, 8, 7, 7, 0, 6, 3, None, 11, 99, -1])
    assert (found.value, found.n, found.effective_n) == (pytest.approx(10), 10, 10)
    assert found.lower < 10 < found.upper
    assert surveys.off_scale([10, 11, 11, None, -1], (0, 10)).to_dict() == {-1: 1, 11: 2}


def test_numbers_in_words_are_read_and_words_refused() -> None:
    """A score that came as text is a score; a word is refused by name."""
    assert surveys.nps(["9", " 10", None]).value == 100
    with pytest.raises(InputError, match='An answer is no number: "great"'):
        surveys.nps([9, "great"])


@pytest.mark.parametrize(("promoters", "detractors", "n"), [(5, 2, 10), (28, 1, 30), (3, 40, 50), (700, 100, 1000)])
def test_the_bounds_of_an_nps_are_where_its_score_is_196(promoters: int, detractors: int, n: int) -> None:
    """At each bound the difference lies 1.96 errors off, the shares being the likeliest ones with that difference (found here by search)."""
    for bound in net_share_bounds(promoters, detractors, n):
        net = float(bound)
        down = np.linspace(max(0, -net), (1 - net) / 2, 400_001)[1:-1]
        shares = np.column_stack([down + net, down, 1 - 2 * down - net])
        likeliest = down[np.nanargmax(multinomial.logpmf([promoters, detractors, n - promoters - detractors], n, np.clip(shares, 0, 1)))]
        error = math.sqrt((2 * likeliest + net - net**2) / n)
        assert abs((promoters - detractors) / n - net) / error == pytest.approx(1.96, abs=0.01)


@pytest.mark.parametrize(("n", "least", "most"), [(10, 0.945, 0.97), (30, 0.94, 0.96), (100, 0.945, 0.955), (1000, 0.945, 0.955)])
def test_the_range_of_an_nps_covers_over_surveys_of_all_kinds(n: int, least: float, most: float) -> None:
    """Over truths drawn evenly from all there are, 20,000 polls of each size hold the truth in 94 to 96 % (97 % of ten answers)."""
    rng = np.random.default_rng(3)
    shares = rng.dirichlet((1, 1, 1), 20_000)
    counts = rng.multinomial(n, shares)
    lower, upper = net_share_bounds(counts[:, 0], counts[:, 1], np.full(20_000, n))
    truth = shares[:, 0] - shares[:, 1]
    assert least <= ((lower <= truth) & (truth <= upper)).mean() <= most


scores = st.lists(st.integers(0, 10), min_size=1, max_size=40)


@settings(max_examples=30)
@given(scores, st.floats(0.01, 100))
def test_weights_count_only_by_their_proportions(answers: list[int], factor: float) -> None:
    """One weight for all is no weight, whatever it is."""
    plain, weighted = surveys.nps(answers), surveys.nps(answers, [factor] * len(answers))
    assert_allclose([weighted.value, weighted.lower, weighted.upper], [plain.value, plain.lower, plain.upper], atol=1e-6)
    assert weighted.effective_n == pytest.approx(len(answers))


@settings(max_examples=30)
@given(scores)
def test_a_mirrored_survey_has_the_mirrored_score(answers: list[int]) -> None:
    """Promoters turned detractors and the other way round turn score and range about, and the range lies within −100 and 100."""
    swapped = [{True: 0, False: 10}[a >= 9] if a >= 9 or a <= 6 else a for a in answers]
    one, other = surveys.nps(answers), surveys.nps(swapped)
    assert_allclose([other.value, other.lower, other.upper], [-one.value, -one.upper, -one.lower], atol=1e-6)
    assert -100 <= one.lower <= one.value + 1e-9
    assert one.value - 1e-9 <= one.upper <= 100


def test_csat_counts_the_top_boxes() -> None:
    """Of 1 to 5 the two best count, of 1 to 7 as many as are asked for; Wilson's range is Newcombe's (1998) of 81 in 263."""
    found = surveys.csat([5] * 40 + [4] * 41 + [3, 2] * 91)
    assert (found.value, round(found.lower, 4), round(found.upper, 4)) == (81 / 263, 0.2553, 0.3662)
    assert surveys.csat([7, 6, 5, 1], scale=(1, 7), top=3).value == 0.75
    with pytest.raises(InputError, match="The top 5 boxes of 1 to 5 say nothing; give 1 to 4"):
        surveys.csat([1], top=5)


def test_ces_is_a_mean_within_its_scale() -> None:
    """Of 4, 5 and 7: mean 16/3 with Student's range, t(2) = 4.3027, cut at the scale's end."""
    found = surveys.ces([4, 5, 7, 9, None])
    half = 4.302653 * np.std([4, 5, 7], ddof=1) / 3**0.5
    assert (found.value, found.lower, found.upper) == (pytest.approx(16 / 3), pytest.approx(16 / 3 - half), 7)


def test_pmf_counts_the_very_disappointed() -> None:
    """Capitals and blanks aside, the one answer counts among all that were given."""
    found = surveys.pmf(["Very disappointed ", "somewhat disappointed", "not disappointed", "VERY DISAPPOINTED", None])
    assert (found.value, found.n) == (0.5, 4)


def test_kish_by_hand() -> None:
    """Weights 1, 1, 2 and 4 tell as much as 64 ÷ 22 equal answers."""
    found = surveys.share([True, False, True, False, None], [1, 1, 2, 4, 9])
    assert (found.value, found.n, found.effective_n) == (3 / 8, 4, pytest.approx(64 / 22))
    assert found.design_effect == pytest.approx(4 * 22 / 64)


def test_a_weighted_mean_by_hand() -> None:
    """Of 2 (weight 1) and 5 (weight 2): mean 4, linearised error √(1²·2² + 2²·1²) ÷ 3, widened by n ÷ (n − 1) of the effective 1.8."""
    found = surveys.mean([2, 5], [1, 2])
    error = math.sqrt(8 / 9 * 1.8 / 0.8)
    assert (found.value, found.effective_n) == (pytest.approx(4), pytest.approx(1.8))
    assert (found.upper - found.value) / error > 12.7  # more than t with one degree of freedom


@pytest.mark.parametrize("measure", [surveys.nps, surveys.csat, surveys.ces, surveys.pmf, surveys.share, surveys.mean])
def test_without_an_answer_there_is_no_value(measure) -> None:
    """Nobody, or nobody who answered, has no score and no range."""
    for answers in ([], [None, None], [float("nan")]):
        found = measure(answers)
        assert math.isnan(found.value)
        assert math.isnan(found.lower)
        assert (found.n, found.effective_n) == (0, 0)


def test_a_mean_without_spread_has_no_range() -> None:
    """One answer, or answers all alike, do not tell how far others may lie."""
    for answers in ([3], [4, 4, 4]):
        assert math.isnan(surveys.mean(answers).lower)


def test_all_alike_still_have_a_share_with_a_range() -> None:
    """Twenty of twenty satisfied may be 84 % of all (Newcombe 1998: 0 of 20 is at most 0.1611)."""
    assert round(surveys.csat([5] * 20).lower, 4) == round(1 - 0.1611, 4)


@pytest.mark.parametrize(
    ("weights", "message"), [([1], "2 answers and 1 weights"), ([1, -2], "A weight is -2"), ([1, "x"], 'no number: "x"')]
)
def test_weights_that_do_not_fit_are_refused(weights: list[object], message: str) -> None:
    """One line says what is wrong with them."""
    with pytest.raises(InputError, match=message):
        surveys.nps([9, 1], weights)


def test_a_share_of_other_things_is_refused() -> None:
    """Hits are true or false."""
    with pytest.raises(InputError, match="one of them is 3"):
        surveys.share([1, 3, 0])


def test_a_range_follows_how_the_heavy_answer() -> None:
    """Where only the heavily weighted ever say yes the share is less sure than Kish's rule has it; where only the light do, surer."""
    weights = [5.0] * 100 + [1.0] * 900
    heavy, light = (surveys.share(hits, weights) for hits in (np.arange(1000) < 50, np.arange(1000) >= 550))
    kish = surveys.share(np.arange(1000) % 2 == 0, weights)
    assert heavy.effective_n == light.effective_n == kish.effective_n
    assert heavy.upper - heavy.lower > 1.3 * 2 * 1.96 * math.sqrt(heavy.value * (1 - heavy.value) / heavy.effective_n)
    assert light.upper - light.lower < 0.9 * 2 * 1.96 * math.sqrt(light.value * (1 - light.value) / light.effective_n)
