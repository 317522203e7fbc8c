"""The numbers of a survey by name, for those who reckon with them elsewhere."""

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from prodops.surveys.estimates import Estimate

if TYPE_CHECKING:
    from prodops.surveys.reporting import Report


def answers(found: "Report") -> dict[str, Estimate]:
    """Give the latest number of each question by its name: scores (``nps``), items (``area_search``), what was chosen (``tools.Slack``), and
    what people want to get done (``find_in_seconds.importance``, ``….satisfaction``, from 0 to 10, without a range)."""
    named = {str(row["question"]): _of(row, "value") for row in found.now.to_dict("records")}
    named |= {str(row["name"]): _of(row, "value") for row in found.items.to_dict("records")}
    named |= {f"{row['question']}.{row['answer']}": _of(row, "share") for row in found.choices.to_dict("records")}
    return named | dict(_wishes(found))


def _wishes(found: "Report") -> Iterator[tuple[str, Estimate]]:
    for row in found.opportunities.to_dict("records"):
        for part in ("importance", "satisfaction"):
            yield f"{row['question']}.{part}", _of(row | {"lower": math.nan, "upper": math.nan}, part)


def _of(row: dict[Any, Any], value: str) -> Estimate:
    n = int(row["n"])
    return Estimate(float(row[value]), float(row["lower"]), float(row["upper"]), n, float(n))
