"""Charts that are drawn again with every move of a slider: the numbers stand where the scale puts them, words are text."""

import re
from datetime import date
from itertools import pairwise
from xml.etree import ElementTree

from prodops.charts import quick

MONTHS = [date(2025 + (10 + at) // 12, (10 + at) % 12 + 1, 1) for at in range(12)]


def course(**more: object) -> ElementTree.Element:
    values = [100.0 + 10 * at for at in range(12)]
    drawn = quick.fan(MONTHS, values, [v * 0.8 for v in values], [v * 1.2 for v in values], **more)  # type: ignore[arg-type]
    return ElementTree.fromstring(drawn)


def texts(drawing: ElementTree.Element) -> list[str]:
    return [text.text or "" for text in drawing.iter("text")]


def places(drawing: ElementTree.Element, look: str) -> list[tuple[float, float]]:
    (found,) = [each for each in drawing.iter() if each.get("class") == look]
    return [(float(x), float(y)) for x, y in (pair.split(",") for pair in (found.get("points") or "").split())]


def test_a_course_lies_within_its_range() -> None:
    """The band goes along its upper edge and back along its lower one; the line lies between, months at even distances."""
    drawing = course()
    line, band = places(drawing, "now-line"), places(drawing, "band")
    upper, lower = band[:12], band[:11:-1]
    assert all(high[1] < here[1] < low[1] for high, here, low in zip(upper, line, lower, strict=True))
    assert len({round(b[0] - a[0]) for a, b in pairwise(line)}) == 1
    assert [text for text in texts(drawing) if text in ("2025", "2026")] == ["2025", "2026"]


def test_base_and_target_stand_beside_it() -> None:
    """Each named at the line's end or on it; names keep apart where the lines meet."""
    drawing = course(base=[209.0] * 12, target=150.0, unit="EUR")
    assert {"now €\xa0210", "base €\xa0209", "target €\xa0150"} <= set(texts(drawing))
    heights = [float(t.get("y") or 0) for t in drawing.iter("text") if (t.text or "").startswith(("now", "base"))]
    assert abs(heights[0] - heights[1]) >= 15.9
    (target,) = [line for line in drawing.iter("line") if line.get("class") == "target"]
    assert places(drawing, "now-line")[5][1] == float(target.get("y1") or 0)


def test_shares_are_drawn_in_percent() -> None:
    """Ticks too; a course that never moves has a scale all the same."""
    drawing = ElementTree.fromstring(quick.fan(MONTHS, [0.4] * 12, [0.4] * 12, [0.4] * 12, unit="share"))
    assert "now 40\xa0%" in texts(drawing)
    assert "20\xa0%" in texts(drawing)


def test_a_swing_reaches_from_end_to_end() -> None:
    """Each bar from where the outcome is now; the lever's ends in words at the end they lead to; names are text."""
    swings = [quick.Swing("Churn <b>", 120, 80, "3 %", "5 %"), quick.Swing("Price", 95, 110, "€ 8", "€ 12")]
    drawing = ElementTree.fromstring(quick.tornado(swings, 100, alt='"x" <y>'))
    bars = [(bar.get("class"), float(bar.get("x") or 0), float(bar.get("width") or 0)) for bar in drawing.iter("rect")]
    here = bars[0][1]
    assert [(look, x < here - 0.1) for look, x, _ in bars] == [("lower", False), ("upper", True), ("lower", True), ("upper", False)]
    assert bars[0][2] > bars[3][2] > bars[2][2]
    assert texts(drawing).index("5 %") < texts(drawing).index("3 %")
    assert drawing.get("aria-label") == '"x" <y>'
    assert "Churn <b>" in texts(drawing)


def test_both_modes_have_their_colours() -> None:
    """JupyterLab's dark theme has the dark palette."""
    assert len(re.findall("--prodops-accent:#", quick.STYLE)) == 2
    assert "data-jp-theme-light=false" in quick.STYLE
