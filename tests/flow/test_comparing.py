"""Whether weeks differ: one test a measure, and an error rate over all of them."""

import numpy as np
import pytest

from prodops.flow.comparing import FALSE, changes


def test_a_change_is_claimed_where_weeks_differ() -> None:
    """A measure that doubled is called changed, one that stayed is not; its medians are told."""
    before, rng = np.arange(40.0), np.random.default_rng(0)
    found = changes({"cycle": (before, before[:13] + 60), "finished": (before, rng.permutation(before)[:13])}).set_index("measure")
    assert found["changed"].tolist() == [True, False]
    assert found.loc["cycle", ["now", "before"]].tolist() == [66, 19.5]


def test_chance_is_rarely_called_a_change() -> None:
    """Of 150 pairs of measures that did not move, about one in twenty at most has any claim."""
    rng = np.random.default_rng(1)
    claims = [changes({name: (rng.poisson(8, 52) * 1.0, rng.poisson(8, 13) * 1.0) for name in "ab"})["changed"].any() for _ in range(150)]
    assert np.mean(claims) <= FALSE + 3 * np.sqrt(FALSE * (1 - FALSE) / 150)


@pytest.mark.parametrize("sides", [([], [1.0]), ([1.0] * 5, [2.0] * 20), ([np.nan] * 20, [2.0] * 20)])
def test_few_weeks_are_not_tested(sides: tuple[list[float], list[float]]) -> None:
    """Fewer than six weeks with a value on a side have no p-value and no claim."""
    found = changes({"cycle": (np.array(sides[0]), np.array(sides[1]))})
    assert found["p"].isna().all()
    assert not found["changed"].any()
