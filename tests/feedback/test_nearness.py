"""Which themes are near, and what sets them apart."""

import pandas as pd
import pytest

from prodops.feedback import Themes, apart, find_themes, neighbours


def test_neighbours_are_sorted_and_never_oneself(themes: Themes) -> None:
    """Each theme has its nearest others, nearest first, with a likeness of at most 1; who is nearest is as near the other way round."""
    near = neighbours(themes, n=99)
    assert set(near) == set(themes.ids)
    for id, others in near.items():
        values = [value for _, value in others]
        assert values == sorted(values, reverse=True)
        assert id not in dict(others)
        assert all(-1.0001 <= value <= 1.0001 for value in values)
        assert all(dict(near[other])[id] == pytest.approx(value, abs=1e-4) for other, value in others)
    assert all(len(others) == len(themes.ids) - 1 for others in neighbours(themes, n=99).values())
    assert all(len(others) <= 2 for others in neighbours(themes, n=2).values())


def test_a_theme_is_set_apart_from_its_nearest(themes: Themes, said: pd.DataFrame) -> None:
    """Each row names the nearest theme and phrases that are said here."""
    table = apart(themes, said, themes.ids)
    names, near = themes.names(), neighbours(themes, n=1)
    assert list(table["name"]) == [names[id] for id in themes.ids]
    assert [names[near[id][0][0]] for id in table["theme"]] == list(table["neighbour"])
    assert (table["phrases"] != "").mean() > 0.8
    assert table["sentence"].str.contains("Unlike").mean() > 0.8


def test_one_theme_has_no_neighbour(said: pd.DataFrame) -> None:
    """With one theme, or none, there is nothing to tell apart."""
    none = find_themes(["", "?"])
    assert neighbours(none) == {}
    assert apart(none, said, []).empty
