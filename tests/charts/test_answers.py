"""Bars parted by answer: against to the left, for to the right, across the line what lies between."""

from typing import Any

import pandas as pd
import pytest
from chart_reading import drawn, payload, rows

from prodops import charts
from prodops.errors import ProdopsError

SAID = {"title": "Fewer promoters in October", "subtitle": "share of answers"}
PARTS = pd.DataFrame(
    {
        "wave": ["Oct"] * 3 + ["Jul"] * 3,
        "side": ["detractors", "passives", "promoters"] * 2,
        "share": [0.3, 0.4, 0.3, 0.1, 0.2, 0.7],
        "tone": [-1.0, 0.0, 1.0] * 2,
        "score": ["0 pts · 90"] * 3 + ["60 pts · 80"] * 3,
    }
)


def answers(frame: pd.DataFrame = PARTS, **options: Any) -> Any:
    return charts.answers(frame, "wave", "side", "share", **{"tone": "tone", "value": "score", **SAID, **options})


@pytest.mark.parametrize("end", ["", "_narrow"])
def test_parts_lie_about_a_common_line(end: str) -> None:
    """What is against ends, with half of what lies between, at the line of every bar; parts follow each other without a gap."""
    chart = answers()
    line = rows(chart, f"line{end}")[0]["x"]
    for name in ("Oct", "Jul"):
        against, between, for_ = (cell for cell in rows(chart, f"cells{end}") if cell["name"] == name)
        assert (between["x"] + between["x2"]) / 2 == pytest.approx(line, abs=0.02)
        assert (against["x2"], between["x2"]) == (between["x"], for_["x"])
    assert max(cell["x2"] for cell in rows(chart, f"cells{end}")) <= (340 if end else 680)


def test_parts_without_a_tone_begin_at_the_left() -> None:
    """Shades of one colour from the darkest, and no line."""
    chart = answers(tone=None)
    assert rows(chart, "line") == []
    assert [c["style"] for c in rows(chart, "cells")][:3] == ["step0", "step2", "step4"]
    assert len({c["x"] for c in rows(chart, "cells") if c["part"] == "detractors"}) == 1


def test_a_bar_says_its_score_and_the_key_its_colours() -> None:
    """Behind each bar its text; above all of them what each colour means; the table behind has the shares in percent."""
    chart = answers()
    text = drawn(charts.to_svg(chart))
    assert {"0 pts · 90", "60 pts · 80", "detractors", "passives", "promoters", "Oct", "70\u00a0%"} <= set(text)
    assert payload(chart)["columns"] == {"name": "Wave", "part": "Side", "percent": "Share of answers, %"}
    assert "Oct: detractors 30\u00a0%, passives 40\u00a0%, promoters 30\u00a0% (0 pts · 90)" in payload(chart)["alt"]


def test_no_shares_are_a_notice() -> None:
    """A frame without rows, or of nothing but zeros, says so."""
    for frame in (PARTS.iloc[:0], PARTS.assign(share=0.0)):
        assert "No data in this period" in drawn(charts.to_svg(answers(frame)))


def test_long_lists_are_bounded() -> None:
    """Fourteen bars are drawn and the rest counted; thirteen parts are refused, as is a part that comes twice."""
    many = pd.concat([PARTS.head(3).assign(wave=f"w{i}") for i in range(16)])
    assert "the first 14 of 16" in payload(answers(many))["subtitle"]
    with pytest.raises(ProdopsError, match="at most 12 parts; there are 13"):
        answers(pd.concat([PARTS.head(1).assign(side=str(i)) for i in range(13)]))
    with pytest.raises(ProdopsError, match="one row for each part of a bar"):
        answers(pd.concat([PARTS, PARTS]))


def test_hostile_words_are_only_words() -> None:
    """Names from data are text, whatever they hold."""
    chart = answers(PARTS.head(3).assign(wave="</script>\u202e'+alert(1)"))
    assert "</script>'+alert(1)" in drawn(charts.to_svg(chart))
