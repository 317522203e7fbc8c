"""What the what-if panel shows of a scenario: tiles, courses over months, what matters most, scenarios side by side; HTML, all escaped."""

from collections.abc import Mapping, Sequence
from datetime import date
from html import escape
from typing import TYPE_CHECKING, Any

from prodops.charts import quick
from prodops.stamps import MINUS, in_words

if TYPE_CHECKING:
    import pandas as pd

    from prodops.scenarios import Model, Outcome

LARGEST = 8
"""Levers that the picture of what matters most has."""
STYLE = quick.STYLE + (
    "<style>.prodops-tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(185px,1fr));gap:8px;margin:0 0 12px}"
    ".prodops-tiles>div{border:1px solid var(--prodops-grid);border-top:3px solid var(--prodops-edge);padding:6px 10px;line-height:1.4}"
    ".prodops-tiles>.met{border-top-color:var(--prodops-good)}.prodops-tiles>.missed{border-top-color:var(--prodops-bad)}"
    ".prodops-tiles b{display:block;font-size:1.7em;line-height:1.25;font-variant-numeric:tabular-nums}"
    ".prodops-live h4{margin:10px 0 2px;font-size:1em;line-height:1.3}.prodops-live p{margin:0 0 4px;line-height:1.4}"
    ".prodops-live table{border-collapse:collapse;font-variant-numeric:tabular-nums}.prodops-live caption{text-align:left;font-weight:600}"
    ".prodops-live :is(th,td){padding:4px 14px 4px 0;text-align:left;font-weight:400;vertical-align:top;line-height:1.4;border-bottom:1px solid var(--prodops-grid)}"
    ".prodops-live thead th{font-weight:600}.prodops-soft{color:var(--prodops-soft)}</style>"
)


def live(*parts: str) -> str:
    """Put parts into one box that has the colours of the page's mode."""
    return f'<div class="prodops-live">{"".join(parts)}</div>'


def tiles(outcomes: "pd.DataFrame", model: "Model", *, against_base: bool) -> str:
    """Show each outcome: the number, its 90 % range, its chance of reaching the target, and the difference from base."""
    return f'<div class="prodops-tiles">{"".join(_tile(row, model.outcomes[row.outcome], against_base) for row in rows(outcomes))}</div>'


def _tile(row: Any, outcome: "Outcome", against_base: bool) -> str:
    lines = [spread(row.p05, row.p95, row.unit)]
    look = ""
    if outcome.target is not None:
        verb = "at most" if outcome.good == "down" else "at least"
        lines.append(f"{chance(row.probability)} to reach {verb} {said(outcome.target, row.unit)}")
        look = "met" if row.probability >= 0.5 else "missed"
    if against_base:
        ends = (row.difference_p05, row.difference_p95)
        more = f" ({gain(ends[0], row.unit)} to {gain(ends[1], row.unit)})" if ends[0] != ends[1] else ""
        lines.append(f"{gain(row.difference, row.unit)} against base{more}" if any(ends) else "as in base")
    more = "".join(f'<div class="prodops-soft">{escape(line)}</div>' for line in lines)
    return f'<div class="{look}">{escape(row.title)}<b>{escape(said(row.point, row.unit))}</b>{more}</div>'


def calendar(model: "Model", first: date | None) -> list[date]:
    """Name the months of a model: from its own start, or from the month of ``first``, or else from a January."""
    year, month = map(int, model.start.split("-")) if model.start else (first.year, first.month) if first else (2000, 1)
    return [date(year + (month - 1 + at) // 12, (month - 1 + at) % 12 + 1, 1) for at in range(model.months)]


def course(model: "Model", outcome: str, fan: "pd.DataFrame", months: Sequence[date], base: Sequence[float] | None = None) -> str:
    """Draw an outcome's node over months with its range, against ``base``, and its target where that is one of a month."""
    known, node = model.outcomes[outcome], model.nodes[model.outcomes[outcome].node]
    target = known.target if known.at not in ("total", "mean") else None
    title = f"{node.label} by month, with the range of 9 in 10 cases"
    drawn = quick.fan(
        months,
        *(fan[column].tolist() for column in ("point", "p05", "p95")),
        base=base,
        target=target,
        unit=node.unit,
        alt=f"{title}: {said(fan['point'].iloc[-1], node.unit)} at the end.",
    )
    return f"<h4>{escape(title)}</h4>{drawn}"


def matters(model: "Model", outcome: str, swings: "pd.DataFrame", point: float) -> str:
    """Draw what each lever's range does to an outcome, the largest first."""
    unit, title = model.nodes[model.outcomes[outcome].node].unit, model.outcomes[outcome].label
    shown = [
        quick.Swing(
            model.levers[row.lever].label,
            row.at_low,
            row.at_high,
            said(row.low, model.levers[row.lever].unit),
            said(row.high, model.levers[row.lever].unit),
        )
        for row in list(rows(swings))[:LARGEST]
    ]
    first = f"What moves “{title}” most: {shown[0].label}" if shown else f"Nothing moves “{title}”"
    return f"<h4>{escape(first)}</h4>{quick.tornado(shown, point, unit=unit, alt=first)}" if shown else f"<h4>{escape(first)}</h4>"


def beside(model: "Model", found: "Mapping[str, pd.DataFrame]") -> str:
    """Show outcomes of several scenarios beside each other: title → its outcomes."""
    heads = "".join(f'<th scope="col">{escape(title)}</th>' for title in found)
    body = ""
    for at, outcome in enumerate(model.outcomes.values()):
        cells = "".join(f"<td>{_cell(frame.iloc[at], outcome)}</td>" for frame in found.values())
        body += f'<tr><th scope="row">{escape(outcome.label)}</th>{cells}</tr>'
    return f'<table><caption>Side by side</caption><thead><tr><th scope="col">Outcome</th>{heads}</tr></thead><tbody>{body}</tbody></table>'


def _cell(row: Any, outcome: "Outcome") -> str:
    lines = [spread(row["p05"], row["p95"], row["unit"])]
    lines += [f"{chance(row['probability'])} to reach the target"] if outcome.target is not None else []
    return f"{escape(said(row['point'], row['unit']))}<br><span class='prodops-soft'>{'<br>'.join(map(escape, lines))}</span>"


def rows(frame: "pd.DataFrame") -> Any:
    """Go through a frame's rows by name."""
    return frame.itertuples(index=False)


def said(value: float, unit: str) -> str:
    """Say a value in its unit."""
    return in_words(value, unit)


def spread(low: float, high: float, unit: str) -> str:
    """Say the range in which 9 of 10 cases lie."""
    return f"{said(low, unit)} to {said(high, unit)} in 9 of 10 cases" if low != high else "the same in all cases"


def gain(value: float, unit: str) -> str:
    """Say a difference with its sign; one of shares in points."""
    text = in_words(value, "points" if unit == "share" else unit, signed=True)
    return text if text.startswith((MINUS, "+")) else f"±{text}"


def chance(probability: float) -> str:
    """Say a probability as a reader would; nothing is quite sure."""
    if probability >= 0.995 or probability < 0.005:
        return "over 99 %" if probability >= 0.5 else "under 1 %"
    return f"{probability:.0%}".replace("%", "\u00a0%")
