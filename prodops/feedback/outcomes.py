"""What became of those who spoke: for each theme and outcome one row per voice or account, with and without the theme.

An outcome is known of a voice (its rating, what it cost to answer) or of an account (whether it left, what its support cost).
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal, NamedTuple

from prodops.feedback.weekly import NOT_KNOWN

if TYPE_CHECKING:
    import pandas as pd

Outcome = Literal["rating", "churn", "support_cost", "handling_minutes"]
OF_VOICES: tuple[Outcome, ...] = ("rating", "support_cost", "handling_minutes")
"""Outcomes that come with the feedback, in a column of their name."""


class Units(NamedTuple):
    """What is compared for one theme and outcome: a frame of ``value, has, stratum``, one row per voice or account."""

    theme: str
    outcome: Outcome
    rows: "pd.DataFrame"


def by_voice(spoken: "pd.DataFrame", segment: str) -> Iterator[Units]:
    """Give the outcomes that came with the feedback, voice by voice."""
    import pandas as pd

    key = "voice" if "voice" in spoken else "id"
    first = _first(spoken, key, segment)
    known = [outcome for outcome in OF_VOICES if outcome in first]
    for theme, own in spoken[spoken["theme"] != ""].groupby("theme")[key]:
        rows = first.assign(has=first[key].isin(own))
        yield from (Units(str(theme), outcome, rows.assign(value=pd.to_numeric(first[outcome]))) for outcome in known)


def by_account(
    spoken: "pd.DataFrame", accounts: "pd.DataFrame | None", as_of: datetime, within: timedelta, segment: str
) -> Iterator[Units]:
    """Give the outcomes of accounts that had a subscription when they first spoke (of the theme; of anything, for those without it)."""
    import pandas as pd

    if accounts is None or "account_id" not in spoken:
        return
    first = _first(spoken.dropna(subset="account_id"), "account_id", segment)[["account_id", "created_at", "stratum"]]
    joined = first.merge(accounts, on="account_id", how="inner")
    if joined.empty:
        return
    joined = joined.assign(stratum=joined[segment].astype("str").fillna(NOT_KNOWN)) if segment in accounts else joined
    for theme, own in spoken[spoken["theme"] != ""].groupby("theme"):
        spoke = joined["account_id"].map(own.groupby("account_id")["created_at"].min())
        rows = joined.assign(has=spoke.notna(), since=spoke.fillna(joined["created_at"]))
        rows = rows[(rows["started_at"] <= rows["since"]) & ~(rows["ended_at"] <= rows["since"])]
        rows = rows.sort_values("started_at", kind="stable").drop_duplicates("account_id", keep="last")
        followed = rows[rows["since"] + within <= pd.Timestamp(as_of)]
        yield Units(str(theme), "churn", followed.assign(value=(followed["ended_at"] <= followed["since"] + within).astype("float64")))
        if "support_cost" in accounts and "support_cost" not in spoken:
            yield Units(str(theme), "support_cost", rows.assign(value=pd.to_numeric(rows["support_cost"])))


def _first(spoken: "pd.DataFrame", key: str, segment: str) -> "pd.DataFrame":
    """Keep the first row of each voice or account, with the stratum that it is compared in."""
    first = spoken.sort_values("created_at", kind="stable").drop_duplicates(key)
    return first.assign(stratum=first[segment].astype("str").fillna(NOT_KNOWN) if segment in first else "")
