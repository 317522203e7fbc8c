"""What a theme weighs and what it goes with: accounts, seats and revenue behind it; rating, churn and support cost beside it.

Nothing here says what causes what: those who speak of a theme may differ from others in more than the theme.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Literal, NamedTuple

from prodops.errors import InputError, did_you_mean
from prodops.feedback.rates import benjamini_hochberg
from prodops.feedback.weekly import NOT_KNOWN, count_voices, voices_of
from prodops.stamps import Definition, in_words

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]
    Integers = NDArray[np.intp]

Outcome = Literal["rating", "churn", "support_cost"]
LEAST = 10
"""Voices or accounts that it takes on either side."""
ALPHA = 0.05
"""Of the associations claimed, the share that may be false."""
_UNIT = {"rating": "rating", "churn": "share", "support_cost": "count"}
COLUMNS = (
    "theme", "name", "outcome", "unit", "n", "n_without", "value", "without", "difference", "lower", "upper", "p", "p_adjusted", "goes_with",
    "adjusted_for", "words",
)  # fmt: skip


def weigh(frame: "pd.DataFrame", accounts: "pd.DataFrame | None" = None) -> "pd.DataFrame":
    """Weigh themes by who speaks: ``theme, name, voices, share, accounts, seats, share_of_seats, revenue, share_of_revenue``, largest
    first.

    ``frame`` is what ``Themes.attach`` returned, with ``account_id``; ``accounts`` the workspace's table (``account_id, started_at, mrr,
    seats``): of each account its latest subscription counts. Without that table, ``revenue`` of the feedback does: the latest amount known
    of an account. An account counts once for each theme; shares are of all accounts that spoke. What is not known is missing: all but
    voices without ``account_id``.
    """
    import pandas as pd

    spoken = voices_of(frame)
    groups = spoken.groupby("theme").size().rename("voices").reset_index()
    names = dict(zip(spoken["theme"], spoken["theme_name"], strict=True)) if "theme_name" in spoken else {}
    groups.insert(1, "name", [names.get(theme) or theme or "No theme" for theme in groups["theme"]])
    groups["share"] = groups["voices"] / max(count_voices(spoken), 1)
    who, known = _weights(spoken, accounts), pd.DataFrame(columns=["theme", "account_id"])
    if "account_id" in spoken:
        known = spoken.loc[spoken["account_id"].notna(), ["theme", "account_id"]].drop_duplicates()
        groups["accounts"] = groups["theme"].map(known.groupby("theme").size()).fillna(0).astype("int64")
    else:
        groups["accounts"] = float("nan")
    behind = known.merge(who, on="account_id", how="left")
    spoke = who[who["account_id"].isin(known["account_id"])]
    for column in ("seats", "revenue"):
        total = spoke[column].sum(min_count=1)
        groups[column] = groups["theme"].map(behind.groupby("theme")[column].sum(min_count=1)).astype("float64")
        groups[f"share_of_{column}"] = groups[column] / total if total else float("nan")
    order = groups.assign(none=groups["theme"] == "").sort_values(["none", "voices", "theme"], ascending=[True, False, True], kind="stable")
    return order.drop(columns="none").reset_index(drop=True)


def _weights(spoken: "pd.DataFrame", accounts: "pd.DataFrame | None") -> "pd.DataFrame":
    """Give what each account weighs: ``account_id, seats, revenue``."""
    import pandas as pd

    if accounts is not None:
        latest = accounts.sort_values("started_at", kind="stable").drop_duplicates("account_id", keep="last")
        return pd.DataFrame(
            {"account_id": latest["account_id"], "seats": latest.get("seats", float("nan")), "revenue": latest.get("mrr", float("nan"))}
        ).astype({"seats": "float64", "revenue": "float64"})
    if "account_id" not in spoken or "revenue" not in spoken:
        return pd.DataFrame(
            {"account_id": pd.Series(dtype="str"), "seats": pd.Series(dtype="float64"), "revenue": pd.Series(dtype="float64")}
        )
    paid = (
        spoken.dropna(subset=["account_id", "revenue"]).sort_values("created_at", kind="stable").drop_duplicates("account_id", keep="last")
    )
    return pd.DataFrame({"account_id": paid["account_id"], "seats": float("nan"), "revenue": paid["revenue"].astype("float64")})


class Difference(NamedTuple):
    """Mean with, minus mean without, within strata, and its standard error."""

    value: float
    without: float
    difference: float
    error: float
    n: int
    n_without: int


def difference(values: "Floats", has: "Bools", strata: "Integers", *, binary: bool = False) -> Difference:
    """Compare means with and without, like with like: strata are weighted by n₁n₀/(n₁+n₀), as Mantel and Haenszel do (Greenland & Robins
    1985).

    ``strata`` numbers each value's stratum. Variances are pooled over strata; those of shares take one more yes and one more no on either
    side (Agresti & Caffo 2000), so that no share is certain. Strata that hold only one side do not count; the difference is missing where
    all are such.
    """
    import numpy as np

    def side(rows: "Bools") -> "tuple[Floats, Floats, Floats]":
        most = int(strata.max(initial=0)) + 1
        n, total, squares = (np.bincount(strata[rows], values[rows] ** power, most).astype(float) for power in (0, 1, 2))
        return n, total / np.maximum(n, 1), squares - total**2 / np.maximum(n, 1)

    (n1, mean1, rest1), (n0, mean0, rest0) = side(has), side(~has)
    both = (n1 > 0) & (n0 > 0)
    if not both.any():
        return Difference(np.nan, np.nan, np.nan, np.nan, 0, 0)
    n1, mean1, rest1, n0, mean0, rest0 = (each[both] for each in (n1, mean1, rest1, n0, mean0, rest0))
    weight = n1 * n0 / (n1 + n0)
    apart = float((weight * (mean1 - mean0)).sum() / weight.sum())
    spread = weight**2 * (_variance(n1, mean1, rest1, binary) / n1 + _variance(n0, mean0, rest0, binary) / n0)
    value = float((n1 * mean1).sum() / n1.sum())
    return Difference(value, value - apart, apart, float(np.sqrt(spread.sum()) / weight.sum()), int(n1.sum()), int(n0.sum()))


def _variance(n: "Floats", mean: "Floats", rest: "Floats", binary: bool) -> float:
    """Pool the variance of one side over strata, from sizes, means and sums of squares about them."""
    if not binary:
        return float(rest.sum() / max((n - 1).sum(), 1))
    share = ((n * mean).sum() + 1) / (n.sum() + 2)
    return float(share * (1 - share))


def associations(
    frame: "pd.DataFrame",
    *,
    as_of: datetime,
    accounts: "pd.DataFrame | None" = None,
    within_days: int = 90,
    segment: str = "segment",
    cost: str = "support_cost",
) -> "pd.DataFrame":
    """Say which outcomes each theme goes with, the surest first: one row per theme and outcome.

    Outcomes are those that are known: ``rating`` (a voice's), ``churn`` (an account whose subscription ended within ``within_days`` days of
    first speaking of the theme; of those without, of first speaking at all; accounts not yet followed so long are left out), and
    ``support_cost`` (column ``cost`` of the feedback, or else of ``accounts``). Columns: ``theme, name, outcome, unit; n, n_without``;
    ``value`` (mean with the theme), ``without`` (what it would be without, like for like), ``difference, lower, upper`` (95 %), ``p``,
    ``p_adjusted`` (Benjamini & Hochberg, over all rows), ``goes_with``, ``adjusted_for`` (``segment``, where there is such a column) and
    ``words``. Themes with fewer than 10 voices (accounts) on either side are left out. No row says that the theme causes anything.
    """
    if accounts is not None:
        for column in ("account_id", "started_at", "ended_at"):
            if column not in accounts:
                raise InputError(f'The accounts have no column "{column}".{did_you_mean(column, map(str, accounts.columns))}')
    spoken = voices_of(frame[frame["created_at"] < as_of])
    names = dict(zip(spoken["theme"], spoken["theme_name"], strict=True)) if "theme_name" in spoken else {}
    rows = [
        (theme, names.get(theme, theme), outcome, _compare(units, outcome == "churn"))
        for view in (_by_voice(spoken, segment, cost), _by_account(spoken, accounts, as_of, timedelta(days=within_days), segment, cost))
        for theme, outcome, units in view
    ]
    known = segment in spoken or (accounts is not None and segment in accounts)
    return _table([row for row in rows if min(row[3].n, row[3].n_without) >= LEAST], segment if known else "", within_days)


def _compare(units: "pd.DataFrame", binary: bool) -> Difference:
    units = units[units["value"].notna()]
    codes = units["stratum"].astype("category").cat.codes.to_numpy("intp")
    return difference(units["value"].to_numpy(float), units["has"].to_numpy(bool), codes, binary=binary)


def _by_voice(spoken: "pd.DataFrame", segment: str, cost: str) -> "Iterator[tuple[str, Outcome, pd.DataFrame]]":
    """Give for each theme and each outcome that came with the feedback one row per voice: ``value, has, stratum``."""
    import pandas as pd

    key = "voice" if "voice" in spoken else "id"
    first = _first(spoken, key, segment)
    outcomes: list[tuple[Outcome, str]] = [("rating", "rating"), ("support_cost", cost)]
    for theme, own in spoken[spoken["theme"] != ""].groupby("theme")[key]:
        units = first.assign(has=first[key].isin(own))
        yield from ((str(theme), name, units.assign(value=pd.to_numeric(first[column]))) for name, column in outcomes if column in first)


def _by_account(
    spoken: "pd.DataFrame", accounts: "pd.DataFrame | None", as_of: datetime, within: timedelta, segment: str, cost: str
) -> "Iterator[tuple[str, Outcome, pd.DataFrame]]":
    """Give for each theme and each outcome of accounts one row per account that had a subscription when it spoke: ``value, has,
    stratum``."""
    import pandas as pd

    if accounts is None or "account_id" not in spoken:
        return
    first = _first(spoken.dropna(subset="account_id"), "account_id", segment)[["account_id", "created_at", "stratum"]]
    joined = first.merge(accounts, on="account_id", how="inner")
    joined = joined.assign(stratum=joined[segment].astype("str").fillna(NOT_KNOWN)) if segment in accounts else joined
    for theme, own in spoken[spoken["theme"] != ""].groupby("theme"):
        spoke = joined["account_id"].map(own.groupby("account_id")["created_at"].min())
        units = joined.assign(has=spoke.notna(), since=spoke.fillna(joined["created_at"]))
        units = units[(units["started_at"] <= units["since"]) & ~(units["ended_at"] <= units["since"])]
        units = units.sort_values("started_at", kind="stable").drop_duplicates("account_id", keep="last")
        followed = units[units["since"] + within <= pd.Timestamp(as_of)]
        yield str(theme), "churn", followed.assign(value=(followed["ended_at"] <= followed["since"] + within).astype("float64"))
        if cost in accounts and cost not in spoken:
            yield str(theme), "support_cost", units.assign(value=pd.to_numeric(units[cost]))


def _first(spoken: "pd.DataFrame", key: str, segment: str) -> "pd.DataFrame":
    """Keep the first row of each voice or account, with the stratum that it is compared in."""
    first = spoken.sort_values("created_at", kind="stable").drop_duplicates(key)
    return first.assign(stratum=first[segment].astype("str").fillna(NOT_KNOWN) if segment in first else "")


def _table(rows: list[tuple[str, str, Outcome, Difference]], adjusted_for: str, within_days: int) -> "pd.DataFrame":
    import numpy as np
    import pandas as pd
    from scipy.stats import t

    if not rows:
        return pd.DataFrame(columns=COLUMNS).astype({"goes_with": "bool"})
    table = pd.DataFrame([(theme, name, outcome, _UNIT[outcome], *found) for theme, name, outcome, found in rows],
                         columns=["theme", "name", "outcome", "unit", *Difference._fields])  # fmt: skip
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


def _words(row: "dict[str, object]", within_days: int) -> str:
    """Say one association: that it goes with something, or that nothing was seen to."""
    what = {"rating": "rating", "churn": f"share of accounts that leave within {within_days} days", "support_cost": "support cost"}[
        str(row["outcome"])
    ]
    if not row["goes_with"]:
        return f"“{row['name']}” was not seen to go with a higher or lower {what}."
    unit = "points" if row["unit"] == "share" else str(row["unit"])
    apart, low, high = (float(row[name]) for name in ("difference", "lower", "upper"))  # type: ignore[arg-type]
    near, far = sorted((abs(low), abs(high)))
    direction = "higher" if apart > 0 else "lower"
    among = f", within {row['adjusted_for']}s" if row["adjusted_for"] else ""
    return (
        f"“{row['name']}” goes with a {what} {_size(abs(apart), unit)} {direction} (95 % {_size(near, unit)} to {_size(far, unit)}{among}): "
        f"{_size(float(row['value']), str(row['unit']))} against {_size(float(row['without']), str(row['unit']))}."  # type: ignore[arg-type]
    )


def _size(value: float, unit: str) -> str:
    return in_words(round(value, 2) if unit in ("rating", "count") else value, unit)


def impact_definitions(within_days: int = 90) -> tuple[Definition, ...]:
    """Say how themes are weighed and what "goes with" means, as stamps for the fine print."""
    texts = {
        "Weight": "Accounts, seats and revenue behind a theme: each account counts once for each theme, with its latest subscription (or the latest "
        "revenue that came with its feedback). Shares are of all accounts that spoke. Shown beside the count, never instead of it.",
        "Goes with": "Mean difference between voices (for churn and account costs: accounts) that speak of a theme and those that speak of others, "
        f"within segments where known (Mantel–Haenszel weights), 95 % intervals. Churn: the subscription ended within {within_days} days "
        "of first speaking of it. Adjusted over all themes "
        f"and outcomes (Benjamini–Hochberg): of those said to go together, {ALPHA:.0%} may not. "
        "Voices are taken as independent. It is an association: it does not say that one causes the other.",
    }
    return tuple(Definition(name=name, text=text, version=sha256(text.encode()).hexdigest()[:8]) for name, text in texts.items())
