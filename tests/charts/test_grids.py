"""The grid of numbers: a cell for each category and group."""

from typing import Any

import pandas as pd
import pytest
from chart_reading import drawn, payload, rows

from prodops import charts
from prodops.errors import ProdopsError

SAID = {"title": "Enterprise speaks of sync", "subtitle": "Share of each segment's voices"}
CELLS = pd.DataFrame(
    {
        "theme": ["Sync", "Sync", "Price"],
        "segment": ["enterprise", "self-serve", "self-serve"],
        "share": [0.21, 0.052, None],
        "more": [True, False, None],
    }
)


def grid(frame: pd.DataFrame = CELLS, **options: Any) -> Any:
    return charts.grid(frame, "theme", "segment", "share", **{"unit": "share", **SAID, **options})


def test_each_cell_says_its_value() -> None:
    """Rows and columns in the frame's order; what has no value, or no row, is a dash."""
    chart = grid()
    assert [(r["name"], r["group"], r["text"]) for r in rows(chart)] == [
        ("Sync", "enterprise", "21\u00a0%"), ("Sync", "self-serve", "5.2\u00a0%"), ("Price", "enterprise", "–"), ("Price", "self-serve", "–"),
    ]  # fmt: skip
    assert {"Sync", "Price", "enterprise", "self-serve", "21\u00a0%", "–"} <= set(drawn(charts.to_svg(chart)))
    assert set(drawn(charts.to_svg(chart))) >= set(drawn(charts.to_svg(chart, narrow=True))) - {"Share of each", "segment's voices"}


def test_what_stands_out_is_coloured_and_said() -> None:
    """Only flagged cells have the accent's colour, and the alt text says which."""
    chart = grid(accent="more")
    assert [r["tone"] for r in rows(chart)] == ["accent", "muted", "muted", "muted"]
    assert "Sync: enterprise 21\u00a0% (stands out), self-serve 5.2\u00a0%; Price: enterprise –" in payload(chart)["alt"]


def test_a_grid_stays_readable() -> None:
    """Twelve rows and six columns are drawn, and the subtitle says of how many."""
    frame = pd.DataFrame([(f"t{i}", f"s{j}", 0.1) for i in range(14) for j in range(8)], columns=["theme", "segment", "share"])
    chart = grid(frame)
    assert len(rows(chart)) == 72
    assert payload(chart)["subtitle"].endswith("the first 12 of 14 · the first 6 of 8")


def test_nothing_to_show_is_a_notice() -> None:
    """No values, no rows: a sentence and no error; two rows for one cell are an error."""
    assert payload(grid(CELLS[2:]))["alt"].endswith("No data in this period.")
    assert payload(grid(CELLS[:0]))["alt"].endswith("No data in this period.")
    with pytest.raises(ProdopsError, match="one row for each cell"):
        grid(pd.concat([CELLS, CELLS]))


def test_long_names_take_two_lines() -> None:
    """A name that one line cannot hold is broken, not cut."""
    frame = pd.DataFrame({"theme": ["Tell Team customers about their price"], "segment": "all", "share": 0.5})
    said = drawn(charts.to_svg(grid(frame)))
    assert {"Tell Team customers about their", "price"} <= set(said)


def test_a_phone_has_names_above_the_cells() -> None:
    """In the narrow room cells take the whole width, each row's name stands over them."""
    chart = grid()
    narrow = rows(chart, "cells_narrow")
    assert min(r["x"] for r in narrow) < 10
    assert max(r["x2"] for r in narrow) == 340
    names = rows(chart, "names_narrow")
    assert all(name["y"] < cell["y"] for name, cell in zip(names, narrow[::2], strict=True))


def test_a_shaded_grid_is_coloured_by_value() -> None:
    """Five steps up to the largest; shares are whole percents without their sign, what is missing stays blank; cohorts may be many."""
    frame = pd.DataFrame({"theme": ["a", "a", "a", "b"], "segment": ["1", "2", "3", "1"], "share": [0.5, 0.26, 0.05, None]})
    found = rows(grid(frame, shaded=True))
    assert [(r["text"], r["tone"]) for r in found[:4]] == [("50", "shade5"), ("26", "shade3"), ("5", "shade1"), ("", "muted")]
    many = pd.DataFrame({"theme": [str(i // 16) for i in range(256)], "segment": [str(i % 16) for i in range(256)], "share": [0.1] * 256})
    chart = grid(many, shaded=True)
    assert len(rows(chart)) == 14 * 14
    assert "the first 14 of 16" in " ".join(drawn(charts.to_svg(chart)))
