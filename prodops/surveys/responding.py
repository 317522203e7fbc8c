"""Who answered of those who were asked, and who is missing among the answers."""

from collections.abc import Mapping

import pandas as pd

from prodops.errors import InputError, shorten
from prodops.intervals import wilson
from prodops.surveys.comparing import differences
from prodops.surveys.estimates import NOTHING, Estimate


def response_rate(answered: int, invited: int) -> Estimate:
    """Give the share of those invited who answered, with Wilson's range for how such people answer; no value where nobody was invited."""
    if not 0 <= answered <= invited:
        raise InputError(f"{answered:,} answered of {invited:,} invited; expected from 0 to all of them.")
    rate = wilson(answered, invited)
    return Estimate(rate.value, rate.lower, rate.upper, invited, float(invited)) if invited else NOTHING


def who_is_missing(answered: Mapping[str, int], invited: Mapping[str, int]) -> pd.DataFrame:
    """Compare each group's response rate with that of all others: who speaks up less, and is missing among the answers.

    One row a group of ``invited``, the lowest rate first: ``group, invited, answered, rate, lower, upper`` (95 %, Wilson);
    ``share_invited`` and ``share_answered``, the group's share of each; ``p_adjusted`` (against the rest, Benjamini & Hochberg over all
    groups); ``is_missing`` and ``is_loud``: its rate is below, or above, that of the rest by more than chance. Groups that nobody
    was invited from are refused.
    """
    unknown = [group for group in answered if group not in invited]
    if unknown:
        raise InputError(f"{shorten(unknown[0])} has answers, but nobody of it was invited; count the invited of each group.")
    table = pd.DataFrame({"group": list(invited), "invited": list(invited.values()), "answered": [answered.get(g, 0) for g in invited]})
    rates = [response_rate(a, i) for a, i in zip(table["answered"], table["invited"], strict=True)]
    everyone, all_answers = int(table["invited"].sum()), int(table["answered"].sum())
    rest = [response_rate(all_answers - a, everyone - i) for a, i in zip(table["answered"], table["invited"], strict=True)]
    change = differences({str(g): pair for g, *pair in zip(table.index, rest, rates, strict=True)})  # type: ignore[misc]
    table = table.assign(
        rate=[r.value for r in rates],
        lower=[r.lower for r in rates],
        upper=[r.upper for r in rates],
        share_invited=table["invited"] / everyone if everyone else float("nan"),
        share_answered=table["answered"] / all_answers if all_answers else float("nan"),
        p_adjusted=change["p_adjusted"],
        is_missing=change["differs"] & (change["change"] < 0),
        is_loud=change["differs"] & (change["change"] > 0),
    )
    return table.sort_values(["rate", "group"], ignore_index=True)
