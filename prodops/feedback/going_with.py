"""What themes go with: rating, churn, support cost and handling time of those who speak of a theme, beside those who do not.

Nothing here says what causes what: those who speak of a theme may differ from others in more than the theme.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from prodops.errors import InputError, did_you_mean
from prodops.feedback.like_for_like import Difference, difference
from prodops.feedback.outcomes import Outcome, Units, by_account, by_voice
from prodops.feedback.weekly import voices_of
from prodops.intervals import benjamini_hochberg
from prodops.stamps import Definition, in_words, range95

if TYPE_CHECKING:
    import pandas as pd

LEAST = 10
"""Voices or accounts that it takes on either side."""
ALPHA = 0.05
"""Of the associations claimed, the share that may be false."""
_UNIT: dict[Outcome, str] = {"rating": "rating", "churn": "share", "support_cost": "count", "handling_minutes": "count"}
_WHAT = {
    "rating": "a rating", "churn": "a share of accounts that leave within {} days", "support_cost": "a support cost",
    "handling_minutes": "a handling time in minutes",
}  # fmt: skip
COLUMNS = (
    "theme", "name", "outcome", "unit", "n", "n_without", "value", "without", "difference", "lower", "upper", "p", "p_adjusted", "goes_with",
    "adjusted_for", "words",
)  # fmt: skip


def associations(
    frame: "pd.DataFrame",
    *,
    as_of: datetime,
    accounts: "pd.DataFrame | None" = None,
    within_days: int = 90,
    segment: str = "segment",
    currency: str = "",
) -> "pd.DataFrame":
    """Say which outcomes each theme goes with, the surest first: one row per theme and outcome.

    Outcomes are those that are known: ``rating`` (a voice's), ``churn`` (an account whose subscription ended within ``within_days`` days of
    first speaking of the theme; of those without, of first speaking at all; accounts not yet followed so long are left out),
    ``support_cost`` (a column of the feedback, or else of ``accounts``, in ``currency``, an ISO code) and ``handling_minutes`` (of the
    feedback). Columns: ``theme, name, outcome, unit; n, n_without``; ``value`` (mean with the theme), ``without`` (what it would be without,
    like for like), ``difference, lower, upper`` (95 %), ``p``, ``p_adjusted`` (Benjamini & Hochberg, over all rows), ``goes_with``,
    ``adjusted_for`` (``segment``, where there is such a column) and ``words``. Themes with fewer than 10 voices (accounts) on
    either side are left out. No row says that the theme causes anything.
    """
    if accounts is not None:
        for column in ("account_id", "started_at", "ended_at"):
            if column not in accounts:
                raise InputError(f'The accounts have no column "{column}".{did_you_mean(column, map(str, accounts.columns))}')
    spoken = voices_of(frame[frame["created_at"] < as_of])
    names = dict(zip(spoken["theme"], spoken["theme_name"], strict=True)) if "theme_name" in spoken else {}
    units = _UNIT | ({"support_cost": currency} if currency else {})
    views: tuple[Iterable[Units], ...] = (by_voice(spoken, segment), by_account(spoken, accounts, as_of, timedelta(within_days), segment))
    rows = [
        (each.theme, names.get(each.theme, each.theme), each.outcome, units[each.outcome], *_compare(each))
        for view in views
        for each in view
    ]
    known = segment in spoken or (accounts is not None and segment in accounts)
    return _table(rows, segment if known else "", within_days)


def _compare(units: Units) -> Difference:
    rows = units.rows[units.rows["value"].notna()]
    codes = rows["stratum"].astype("category").cat.codes.to_numpy("intp")
    return difference(rows["value"].to_numpy(float), rows["has"].to_numpy(bool), codes, binary=units.outcome == "churn")


def _table(rows: list[tuple[Any, ...]], adjusted_for: str, within_days: int) -> "pd.DataFrame":
    import numpy as np
    import pandas as pd
    from scipy.stats import t

    table = pd.DataFrame(rows, columns=["theme", "name", "outcome", "unit", *Difference._fields])
    table = table[table[["n", "n_without"]].min(axis=1) >= LEAST]
    if table.empty:
        return pd.DataFrame(columns=COLUMNS).astype({"goes_with": "bool"})
    freedom = table[["n", "n_without"]].min(axis=1) - 1
    half = t.isf(0.025, freedom) * table["error"]
    with np.errstate(invalid="ignore", divide="ignore"):
        table["p"] = 2 * t.sf((table["difference"] / table["error"]).abs(), freedom)
    table = table.assign(lower=table["difference"] - half, upper=table["difference"] + half, adjusted_for=adjusted_for)
    table["p_adjusted"] = benjamini_hochberg(table["p"].to_numpy(float))
    table["goes_with"] = table["p_adjusted"] <= ALPHA
    table["words"] = [_words(row, within_days) for row in table.to_dict("records")]
    return table.sort_values(["goes_with", "p", "theme", "outcome"], ascending=[False, True, True, True], kind="stable")[
        list(COLUMNS)
    ].reset_index(drop=True)


def _words(row: dict[str, Any], within_days: int) -> str:
    """Say one association: that it goes with something, or that nothing was seen to."""
    what = _WHAT[row["outcome"]].format(within_days)
    if not row["goes_with"]:
        return f"“{row['name']}” was not seen to go with a higher or lower {what.removeprefix('a ')}."
    unit = "points" if row["unit"] == "share" else row["unit"]
    near, far = sorted((abs(row["lower"]), abs(row["upper"])))
    direction = "higher" if row["difference"] > 0 else "lower"
    among = f", within {row['adjusted_for']}s" if row["adjusted_for"] else ""
    return (
        f"“{row['name']}” goes with {what} {_size(abs(row['difference']), unit)} {direction} "
        f"({range95(_size(near, unit), _size(far, unit))}{among}): "
        f"{_size(row['value'], row['unit'])} against {_size(row['without'], row['unit'])}."
    )


def _size(value: float, unit: str) -> str:
    return in_words(round(value, 2), "ratio") if unit in ("rating", "count") else in_words(value, unit)


def impact_definitions(within_days: int = 90) -> tuple[Definition, ...]:
    """Say how themes are weighed and what "goes with" means, as stamps for the fine print."""
    texts = {
        "Weight": "Accounts, seats and revenue behind a theme: each account counts once for each theme, with its latest subscription (or the latest "
        "revenue that came with its feedback). Shares are of all accounts that spoke. Shown beside the count, never instead of it.",
        "Goes with": "Mean difference of rating, churn, support cost or handling time between those who speak of a theme and those who speak of others: "
        "voices, but for churn and the costs of accounts, where accounts are compared; within segments where known (Mantel–Haenszel weights), "
        f"95 % intervals. Churn: the subscription ended within {within_days} days of first speaking of it. Adjusted over all themes "
        f"and outcomes (Benjamini–Hochberg): of those said to go together, {in_words(ALPHA, 'share')} may not. "
        "Voices are taken as independent. It is an association: it does not say that one causes the other.",
    }
    return tuple(Definition(name=name, text=text, version=sha256(text.encode()).hexdigest()[:8]) for name, text in texts.items())
