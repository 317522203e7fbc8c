"""Groups below five are kept back, and nothing shown lets one be worked out."""

from collections import defaultdict
from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prodops import surveys
from prodops.errors import InputError
from prodops.surveys.small_groups import LEAST_GROUP, _hidden


def groups(*counts: int) -> pd.DataFrame:
    return pd.DataFrame({"group": list("abcdefgh")[: len(counts)], "n": counts, "nps": np.linspace(0, 50, len(counts))})


def test_a_small_group_takes_the_next_smallest_with_it() -> None:
    """Three people alone would be the total less the others: the next smallest group is kept back too, its number and its score."""
    found = surveys.shown(groups(3, 7, 9, 30), keep=["group"]).set_index("group")
    assert found["kept_back"].tolist() == [True, True, False, False]
    assert found.loc[["a", "b"], ["n", "nps"]].isna().all(axis=None)
    assert found.loc["c", "n"] == 9


def test_large_groups_are_all_shown() -> None:
    """Five answers are enough."""
    found = surveys.shown(groups(5, 6, 100), keep=["group"])
    assert not found["kept_back"].any()
    assert found["n"].tolist() == [5, 6, 100]


@pytest.mark.parametrize("counts", [(1, 2), (4,), (0, 3)])
def test_where_nothing_can_be_shown_nothing_is_named(counts: tuple[int, ...]) -> None:
    """Not even which groups there are."""
    assert surveys.shown(groups(*counts), keep=["group"]).empty


@pytest.mark.parametrize("many", [2, 3, 4])
def test_nobody_who_knows_the_rule_works_a_group_out(many: int) -> None:
    """For all counts up to 8: who knows the total, what is shown and this very rule still finds two counts possible for each group kept back."""
    whole = np.ones(many, dtype=bool)
    possible = defaultdict(list)
    for counts in product(range(1, 9), repeat=many):
        hidden = _hidden(np.array(counts, float), [whole], LEAST_GROUP)
        if not hidden.all():
            possible[sum(counts), tuple(0 if h else c for h, c in zip(hidden, counts, strict=True))].append(counts)
    for (total, seen), found in possible.items():
        for place in [i for i, c in enumerate(seen) if not c]:
            assert len({counts[place] for counts in found}) > 1, (total, seen)


tables = st.integers(2, 4).flatmap(
    lambda rows: st.lists(st.lists(st.integers(0, 12), min_size=3, max_size=3), min_size=rows, max_size=rows)
)


@settings(max_examples=30)
@given(tables)
def test_crossed_totals_tell_nothing_either(table: list[list[int]]) -> None:
    """With totals by wave and by segment shown, each count kept back can change while all that is shown stays; small ones are all kept back."""
    frame = pd.DataFrame([(w, s, n) for w, row in enumerate(table) for s, n in enumerate(row)], columns=["wave", "segment", "n"])
    found = surveys.shown(frame, keep=["wave", "segment"], totals=[("wave",), ("segment",)])
    if found.empty:
        return
    back = found["kept_back"].to_numpy()
    assert back[frame["n"] < 5].all()
    lines = [(frame[c] == v).to_numpy() for c in ("wave", "segment") for v in frame[c].unique()]
    inside = np.array([line[back] for line in lines], float)
    rank = np.linalg.matrix_rank(inside) if back.any() else 0
    for place in range(back.sum()):
        others_alone = np.delete(inside, place, axis=1)
        is_told = np.linalg.matrix_rank(others_alone) < rank if others_alone.size else True
        whole_lines_gone = all(back[line].all() for line in lines if line[np.flatnonzero(back)[place]])
        assert not is_told or whole_lines_gone


def test_a_misspelt_column_is_refused() -> None:
    """With the near miss."""
    with pytest.raises(InputError, match=r'no column "grup" among the groups. Did you mean "group"'):
        surveys.shown(groups(9), keep=["grup"])


def test_an_empty_table_stays_empty() -> None:
    """No groups, nothing to keep back."""
    assert surveys.shown(groups(), keep=["group"]).empty
