"""What a theme weighs: the accounts, seats and revenue behind it, beside its voices."""

from typing import TYPE_CHECKING

from prodops.feedback.weekly import count_voices, voices_of

if TYPE_CHECKING:
    import pandas as pd


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
        groups["accounts"] = groups["theme"].map(known.groupby("theme").size()).astype("float64").fillna(0).astype("int64")
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
