"""Themes are weighed by who speaks, and what they go with is said with its range and without a cause."""

from datetime import datetime

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from prodops.errors import InputError
from prodops.feedback import associations, impact_definitions, weigh
from prodops.feedback.impact import difference

AS_OF = datetime(2025, 6, 30)


def said(rows: list[tuple[str, str, str]], **columns: object) -> pd.DataFrame:
    """Build a themed frame of (account, day, theme) rows."""
    accounts, days, themes = zip(*rows, strict=True)
    return pd.DataFrame(
        {
            "id": [str(i) for i in range(len(rows))],
            "voice": [str(i) for i in range(len(rows))],
            "account_id": pd.array(accounts, dtype="str"),
            "created_at": pd.to_datetime(list(days)).astype("datetime64[us]"),
            "theme": list(themes),
            "theme_name": [theme.capitalize() for theme in themes],
        }
    ).assign(**columns)


def accounts_of(rows: list[tuple[str, float, float, str, str | None, str]]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["account_id", "mrr", "seats", "started_at", "ended_at", "segment"])
    return table.assign(started_at=pd.to_datetime(table["started_at"]), ended_at=pd.to_datetime(table["ended_at"]))


def test_weights_by_hand() -> None:
    """An account counts once for each theme, with its latest subscription; voices without account weigh nothing; shares are of all who spoke."""
    frame = said(
        [
            ("a", "2025-01-01", "sync"),
            ("a", "2025-01-02", "sync"),
            ("b", "2025-01-03", "sync"),
            ("b", "2025-01-03", "price"),
            (None, "2025-01-04", "price"),
        ]
    )
    accounts = accounts_of(
        [
            ("a", 100, 5, "2024-01-01", "2024-06-01", "x"),
            ("a", 300, 10, "2024-06-01", None, "x"),
            ("b", 100, 30, "2024-01-01", None, "y"),
            ("c", 999, 99, "2024-01-01", None, "y"),
        ]
    )
    table = weigh(frame, accounts)
    assert table.to_numpy().tolist() == [
        ["sync", "Sync", 3, 0.6, 2, 40.0, 1.0, 400.0, 1.0], ["price", "Price", 2, 0.4, 1, 30.0, 0.75, 100.0, 0.25]]  # fmt: skip


def test_revenue_that_came_with_the_feedback() -> None:
    """Without a table of accounts, the latest revenue known of each account counts; seats are not known."""
    frame = said([("a", "2025-01-01", "sync"), ("a", "2025-01-02", "price"), ("b", "2025-01-03", "price")], revenue=[50.0, 80.0, 20.0])
    table = weigh(frame).set_index("theme")
    assert table["revenue"].to_dict() == {"price": 100.0, "sync": 80.0}
    assert table["seats"].isna().all()
    assert weigh(frame.drop(columns=["account_id", "revenue"]))[["accounts", "seats", "revenue"]].isna().all(axis=None)


def test_difference_by_hand() -> None:
    """Two strata: (3 − 1) and (5 − 4) at weights 2·2/4 and 2·2/4 give 1.5, each side's variance pooled."""
    values, has = np.array([2.0, 4, 0, 2, 4, 6, 3, 5]), np.array([True, True, False, False] * 2)
    found = difference(values, has, np.repeat([0, 1], 4))
    assert (found.difference, found.n, found.n_without) == (1.5, 4, 4)
    assert_allclose(found.error, (2 * (2 / 2 + 2 / 2)) ** 0.5 / 2)


def test_shares_as_mantel_and_haenszel() -> None:
    """For yes and no it is their risk difference; a side without any yes is not taken as certain."""
    parts = [(0, True, 10, 8), (0, False, 20, 4), (1, True, 30, 3), (1, False, 40, 1)]
    values = np.array([float(i < yes) for _, _, n, yes in parts for i in range(n)])
    has, strata = (np.array([part[place] for part in parts for _ in range(part[2])]) for place in (1, 0))
    found = difference(values, has, strata, binary=True)
    by_hand = ((8 * 20 - 4 * 10) / 30 + (3 * 40 - 1 * 30) / 70) / (10 * 20 / 30 + 30 * 40 / 70)
    assert_allclose(found.difference, by_hand)
    assert difference(np.zeros(40), np.array([True, False] * 20), np.zeros(40, int), binary=True).error > 0.05


def test_one_side_only() -> None:
    """Strata with one side do not count; where all are such, nothing is known."""
    found = difference(np.array([1.0, 2.0]), np.array([True, False]), np.array([0, 1]))
    assert np.isnan(found.difference)


def rated(segments: bool) -> pd.DataFrame:
    """Two segments: the large one rates two stars lower and speaks mostly of sync, which itself changes nothing."""
    rows, ratings, where = [], [], []
    for i in range(400):
        large = i % 2
        theme = "sync" if i % 10 < (8 if large else 2) else "price"
        rows.append((f"a{i}", "2025-01-01", theme))
        ratings.append([4.0, 5.0][i // 10 % 2] - 2 * large)
        where.append("large" if large else "small")
    return said(rows, rating=ratings, **({"segment": where} if segments else {}))


def test_a_segment_is_adjusted_for() -> None:
    """What only the mix of segments brings about goes away within segments, and is there without them."""
    raw = associations(rated(False), as_of=AS_OF).set_index("theme")
    adjusted = associations(rated(True), as_of=AS_OF).set_index("theme")
    assert bool(raw.loc["sync", "goes_with"])
    assert raw.loc["sync", "difference"] < -0.4
    assert_allclose(adjusted.loc["sync", "difference"], 0, atol=0.1)
    assert not adjusted["goes_with"].any()
    assert (raw["adjusted_for"].unique().tolist(), adjusted["adjusted_for"].unique().tolist()) == ([""], ["segment"])
    assert adjusted.loc["sync", "words"] == "“Sync” was not seen to go with a higher or lower rating."


def test_what_is_said_of_an_association() -> None:
    """It goes with, by so much, in a range, against what; it never causes."""
    frame = said(
        [(f"a{i}", "2025-01-01", "sync" if i % 2 else "price") for i in range(100)],
        rating=[1.0 + i // 2 % 2 + 2 * (i % 2 == 0) for i in range(100)],
    )
    top = associations(frame, as_of=AS_OF).iloc[0]
    assert top["words"].startswith(("“Sync” goes with a rating 2 lower (95 % 1.8", "“Price” goes with a rating 2 higher (95 % 1.8"))
    text = " ".join([*associations(frame, as_of=AS_OF)["words"], *(each.text for each in impact_definitions())])
    assert "goes with" in text
    assert "does not say that one causes the other" in text
    assert "caus" not in " ".join(associations(frame, as_of=AS_OF)["words"])


def test_churn_by_hand() -> None:
    """Of 20 accounts that spoke of sync 10 leave within 90 days, of 20 others 2; who left before speaking or was not followed long enough is out."""
    rows, accounts = [], []
    for i in range(40):
        theme, leaves = ("sync", i % 4 == 0 or i % 4 == 1) if i < 20 else ("price", i % 10 == 0)
        rows.append((f"a{i}", "2025-02-01", theme))
        accounts.append((f"a{i}", 10, 1, "2024-01-01", "2025-03-15" if leaves else "2025-05-20" if i % 3 else None, "x"))
    rows += [("gone", "2025-02-01", "sync"), ("late", "2025-06-01", "sync"), ("unknown", "2025-02-01", "sync")]
    accounts += [("gone", 10, 1, "2024-01-01", "2025-01-15", "x"), ("late", 10, 1, "2024-01-01", "2025-06-15", "x")]
    row = associations(said(rows), as_of=AS_OF, accounts=accounts_of(accounts)).set_index(["theme", "outcome"]).loc[("sync", "churn")]
    assert row[["n", "n_without", "value", "without"]].tolist() == [20, 20, 0.5, pytest.approx(0.1)]
    assert_allclose(row["difference"], 0.4)
    error = (11 / 22 * 11 / 22 / 20 + 3 / 22 * 19 / 22 / 20) ** 0.5
    assert_allclose(row["lower"], 0.4 - 2.093 * error, atol=1e-3)
    assert "goes with a share of accounts that leave within 90 days 40\u00a0pts higher" in row["words"]


@pytest.mark.parametrize("there", ["feedback", "accounts"])
def test_support_cost(there: str) -> None:
    """A cost that came with the feedback counts by voice, one of the accounts by account."""
    rows = [(f"a{i}", "2025-02-01", "sync" if i % 2 else "price") for i in range(60)]
    costs = [30.0 + i // 2 % 3 + 20 * (i % 2) for i in range(60)]
    accounts = accounts_of([(f"a{i}", 10, 1, "2024-01-01", None, "x") for i in range(60)])
    frame = said(rows, **({"support_cost": costs} if there == "feedback" else {}))
    accounts = accounts.assign(support_cost=costs) if there == "accounts" else accounts
    table = associations(frame, as_of=AS_OF, accounts=accounts).set_index(["theme", "outcome"])
    assert table.loc[("sync", "support_cost"), ["difference", "goes_with"]].tolist() == [20.0, True]


def test_a_voice_with_two_themes_is_with_both() -> None:
    """Its rating counts once on the side of each theme it speaks of."""
    frame = said([(f"a{i}", "2025-02-01", "sync" if i % 2 else "price") for i in range(60)], rating=[3.0 + i % 3 for i in range(60)])
    both = pd.concat([frame, frame.head(10).assign(theme="price", theme_name="Price")], ignore_index=True)
    table = associations(both, as_of=AS_OF).set_index("theme")
    assert table.loc["sync", ["n", "n_without"]].tolist() == [30, 30]
    assert table.loc["price", ["n", "n_without"]].tolist() == [35, 25]


def test_nothing_to_say() -> None:
    """No outcome, no rows; too few voices, no rows; a table that is no table of accounts is refused."""
    frame = said([("a", "2025-02-01", "sync"), ("b", "2025-02-01", "price")])
    assert associations(frame, as_of=AS_OF).empty
    assert associations(frame.assign(rating=3.0), as_of=AS_OF).empty
    assert associations(frame.head(0), as_of=AS_OF).empty
    with pytest.raises(InputError, match='The accounts have no column "ended_at"'):
        associations(frame, as_of=AS_OF, accounts=pd.DataFrame({"account_id": [], "started_at": []}))


def test_false_claims_are_held() -> None:
    """Of 20 themes that go with nothing, hardly any is said to, in 20 tries."""
    rng = np.random.default_rng(3)
    frame = said([(f"a{i}", "2025-02-01", f"t{i % 20:02}") for i in range(600)])
    claims = [associations(frame.assign(rating=rng.choice([1.0, 2, 3, 4, 5], 600)), as_of=AS_OF)["goes_with"].sum() for _ in range(20)]
    assert sum(bool(n) for n in claims) <= 4
