"""The treemap: tiles in proportion, all of them named."""

import itertools
from typing import Any

import pandas as pd
import pytest
from chart_reading import drawn, layers, payload, rows

from prodops import charts
from prodops.errors import ProdopsError

SAID = {"title": "Sync is the largest theme", "subtitle": "Voices in four weeks"}


def themes(sizes: dict[str, float], **columns: list[str]) -> pd.DataFrame:
    return pd.DataFrame({"theme": list(sizes), "voices": list(sizes.values()), **columns})


def treemap(frame: pd.DataFrame, **options: Any) -> Any:
    return charts.treemap(frame, "theme", "voices", **{**SAID, **options})


def area(tile: dict[str, Any]) -> float:
    return (tile["x2"] - tile["x"]) * (tile["y2"] - tile["y"])


def overlap(one: dict[str, Any], other: dict[str, Any]) -> bool:
    across = min(one["x2"], other["x2"]) - max(one["x"], other["x"])
    down = min(one["y2"], other["y2"]) - max(one["y"], other["y"])
    return across > 0.1 and down > 0.1


@pytest.mark.parametrize("end", ["", "_narrow"])
def test_tiles_are_in_proportion(end: str) -> None:
    """A theme of twice the voices has twice the area in either room; none lies on another, and the largest comes first."""
    tiles = rows(treemap(themes({"b": 100, "a": 200, "c": 50})), f"tiles{end}")
    assert [t["name"] for t in tiles] == ["a", "b", "c"]
    assert area(tiles[0]) == pytest.approx(2 * area(tiles[1]), rel=0.01)
    assert area(tiles[1]) == pytest.approx(2 * area(tiles[2]), rel=0.01)
    assert not any(overlap(a, b) for a, b in itertools.combinations(tiles, 2))


@pytest.mark.parametrize("end", ["", "_narrow"])
def test_every_tile_is_named(end: str) -> None:
    """What is too small for its name is folded, largest first and last of all "other (n)"; the sum stays whole."""
    sizes = {f"theme with a longish name {i}": 2000 / (i + 1) ** 1.3 for i in range(60)}
    tiles = rows(treemap(themes(sizes)), f"tiles{end}")
    assert all(t["text"] for t in tiles)
    assert tiles[-1]["name"] == f"other ({60 - len(tiles) + 1})"
    assert 5 < len(tiles) <= 25
    assert tiles[-1]["of"].startswith(tiles[-2]["name"][:-2].rstrip())
    assert [t["name"] for t in tiles[:3]] == list(sizes)[:3]


def test_sizes_and_notes_are_written_where_there_is_room() -> None:
    """The number stands under the name with its note; the pointer reads the share too."""
    chart = treemap(themes({"Sync": 300, "Price": 100}, note=["▲ 2.8×", ""]), note="note", accent=["Sync"])
    assert "300 · ▲ 2.8×" in drawn(charts.to_svg(chart))
    assert [t["share"] for t in rows(chart, "tiles")] == ["75\u00a0%", "25\u00a0%"]
    assert [t["tone"] for t in rows(chart, "tiles")] == ["accent", "muted"]
    assert "Sync 300 (75\u00a0%, ▲ 2.8×); Price 100 (25\u00a0%)" in payload(chart)["alt"]


def test_a_group_lists_its_parts() -> None:
    """A theme's tile lists its sub-themes, the largest first; one with a single part lists none; the table behind has them all."""
    sizes = {"app crashes on opening": 500, "crash after the update": 300, "rest": 3, "wrong invoice": 400}
    chart = treemap(themes(sizes, group=["Crashes"] * 3 + ["Billing"]), group="group")
    crashes, billing = rows(chart, "tiles")
    assert (crashes["name"], crashes["value"], crashes["parts"]) == (
        "Crashes",
        "803",
        "app crashes on opening\ncrash after the update\nrest",
    )
    assert (billing["name"], billing["parts"], billing["of"]) == ("Billing", "", "")
    assert {"app crashes on opening", "rest"} <= set(drawn(charts.to_svg(chart)))
    assert sorted(r["name"] for r in rows(chart)) == sorted(sizes)


@pytest.mark.parametrize("end", ["", "_narrow"])
def test_parts_stay_within_their_tile(end: str) -> None:
    """No more lines than the tile has room for, none wider than it; the pointer reads them all."""
    names = [f"a part of the theme number {i}{' with a very long name' * (i % 3)}" for i in range(40)]
    frame = pd.concat([themes(dict.fromkeys(names, 5), group=["Crashes"] * 40), themes({"b": 900}, group=["B"])])
    tile = next(t for t in rows(treemap(frame, group="group"), f"tiles{end}") if t["name"] == "Crashes")
    lines = tile["parts"].split("\n")
    assert 0 < len(lines) * 15 <= tile["y2"] - tile["y"] - 7 - tile["below"] - 16
    assert not any("very long name with" in line and tile["x2"] - tile["x"] < 300 for line in lines)
    assert len(tile["of"].split(", ")) == 40


def test_a_small_tile_with_a_short_name_stays() -> None:
    """What is folded is what cannot be named, not all that is small."""
    sizes = {
        **{f"theme {i}": 300 for i in range(12)},
        "a name that is much too long for its small tile, whatever one does": 31.0,
        "fees": 30.0,
        "tax": 29.0,
    }
    found = [t["name"] for t in rows(treemap(themes({**sizes, "another name that is much too long for its small tile": 28.0})), "tiles")]
    assert found[-3:] == ["fees", "tax", "other (2)"]


def test_the_accent_is_always_a_tile() -> None:
    """What matters is not folded, however small."""
    sizes = {**{f"t{i}": 1000.0 - i for i in range(40)}, "small but new": 30.0}
    tiles = rows(treemap(themes(sizes), accent=["small but new"]), "tiles")
    assert "small but new" in [t["name"] for t in tiles]
    with pytest.raises(ProdopsError, match='no "tO" to accent'):
        treemap(themes({"t0": 1}), accent=["tO"])


def test_missing_and_zero_have_no_tile() -> None:
    """Nothing has no area; nothing at all is a notice; below nothing is refused."""
    assert [t["name"] for t in rows(treemap(themes({"a": 1, "b": 0, "c": float("nan")})), "tiles")] == ["a"]
    assert payload(treemap(themes({"a": 0})))["alt"].endswith("No data in this period.")
    with pytest.raises(ProdopsError, match="“b” has the size -2"):
        treemap(themes({"a": 1, "b": -2}))
    with pytest.raises(ProdopsError, match="one row for each tile"):
        treemap(pd.concat([themes({"a": 1}), themes({"a": 2})]))


def test_one_tile_is_the_whole() -> None:
    """A single theme fills the map, and money is said as money."""
    chart = treemap(themes({"a": 48_000}), unit="EUR")
    (tile,) = rows(chart, "tiles")
    assert (tile["x"], tile["x2"], tile["value"]) == (0, 680, "€\u00a048\u00a0k")
    assert len(layers(chart, style="accent-tile")) == 1
