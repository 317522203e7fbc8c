"""What themes go with is said with its range and without a cause."""

from datetime import datetime

import numpy as np
import pandas as pd
import pytest
from feedback_corpus import of_accounts, subscriptions
from numpy.testing import assert_allclose

from prodops.errors import InputError
from prodops.feedback import associations, impact_definitions

AS_OF = datetime(2025, 6, 30)


def rated(segments: bool) -> pd.DataFrame:
    """Two segments: the large one rates two stars lower and speaks mostly of sync, which itself changes nothing."""
    rows, ratings, where = [], [], []
    for i in range(400):
        large = i % 2
        theme = "sync" if i % 10 < (8 if large else 2) else "price"
        rows.append((f"a{i}", "2025-01-01", theme))
        ratings.append([4.0, 5.0][i // 10 % 2] - 2 * large)
        where.append("large" if large else "small")
    return of_accounts(rows, rating=ratings, **({"segment": where} if segments else {}))


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
    frame = of_accounts(
        [(f"a{i}", "2025-01-01", "sync" if i % 2 else "price") for i in range(100)],
        rating=[1.0 + i // 2 % 2 + 2 * (i % 2 == 0) for i in range(100)],
    )
    top = associations(frame, as_of=AS_OF).iloc[0]
    assert top["words"].startswith(
        ("“Sync” goes with a rating 2 lower (95\u00a0% range 1.8", "“Price” goes with a rating 2 higher (95\u00a0% range 1.8")
    )
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
    row = (
        associations(of_accounts(rows), as_of=AS_OF, accounts=subscriptions(accounts))
        .set_index(["theme", "outcome"])
        .loc[("sync", "churn")]
    )
    assert row[["n", "n_without", "value", "without"]].tolist() == [20, 20, 0.5, pytest.approx(0.1)]
    assert_allclose(row["difference"], 0.4)
    error = (11 / 22 * 11 / 22 / 20 + 3 / 22 * 19 / 22 / 20) ** 0.5
    assert_allclose(row["lower"], 0.4 - 2.093 * error, atol=1e-3)
    assert "goes with a share of accounts that leave within 90 days 40\u00a0pts higher" in row["words"]


def test_handling_time_and_the_currency_of_a_cost() -> None:
    """Minutes are said as such, a cost in its currency; both with what is usual."""
    frame = of_accounts(
        [(f"a{i}", "2025-02-01", "sync" if i % 2 else "price") for i in range(60)],
        handling_minutes=[2.0 + i // 2 % 3 + 4 * (i % 2) for i in range(60)],
        support_cost=[8.0 + i // 2 % 3 + 4 * (i % 2) for i in range(60)],
    )
    words = associations(frame, as_of=AS_OF, currency="EUR").set_index(["theme", "outcome"])["words"]
    assert "goes with a handling time in minutes 4 higher (95\u00a0% range 3.56" in words["sync", "handling_minutes"]
    assert "goes with a support cost €\u00a04 higher (95\u00a0% range €\u00a03.56" in words["sync", "support_cost"]
    assert words["sync", "support_cost"].endswith("€\u00a013 against €\u00a09.")


@pytest.mark.parametrize("there", ["feedback", "accounts"])
def test_support_cost(there: str) -> None:
    """A cost that came with the feedback counts by voice, one of the accounts by account."""
    rows = [(f"a{i}", "2025-02-01", "sync" if i % 2 else "price") for i in range(60)]
    costs = [30.0 + i // 2 % 3 + 20 * (i % 2) for i in range(60)]
    accounts = subscriptions([(f"a{i}", 10, 1, "2024-01-01", None, "x") for i in range(60)])
    frame = of_accounts(rows, **({"support_cost": costs} if there == "feedback" else {}))
    accounts = accounts.assign(support_cost=costs) if there == "accounts" else accounts
    table = associations(frame, as_of=AS_OF, accounts=accounts).set_index(["theme", "outcome"])
    assert table.loc[("sync", "support_cost"), ["difference", "goes_with"]].tolist() == [20.0, True]


def test_a_voice_with_two_themes_is_with_both() -> None:
    """Its rating counts once on the side of each theme it speaks of."""
    frame = of_accounts([(f"a{i}", "2025-02-01", "sync" if i % 2 else "price") for i in range(60)], rating=[3.0 + i % 3 for i in range(60)])
    both = pd.concat([frame, frame.head(10).assign(theme="price", theme_name="Price")], ignore_index=True)
    table = associations(both, as_of=AS_OF).set_index("theme")
    assert table.loc["sync", ["n", "n_without"]].tolist() == [30, 30]
    assert table.loc["price", ["n", "n_without"]].tolist() == [35, 25]


def test_nothing_to_say() -> None:
    """No outcome, no rows; too few voices, no rows; a table that is no table of accounts is refused."""
    frame = of_accounts([("a", "2025-02-01", "sync"), ("b", "2025-02-01", "price")])
    assert associations(frame, as_of=AS_OF).empty
    assert associations(frame.assign(rating=3.0), as_of=AS_OF).empty
    assert associations(frame.head(0), as_of=AS_OF).empty
    with pytest.raises(InputError, match='The accounts have no column "ended_at"'):
        associations(frame, as_of=AS_OF, accounts=pd.DataFrame({"account_id": [], "started_at": []}))


def test_false_claims_are_held() -> None:
    """Of 20 themes that go with nothing, hardly any is said to, in 20 tries."""
    rng = np.random.default_rng(3)
    frame = of_accounts([(f"a{i}", "2025-02-01", f"t{i % 20:02}") for i in range(600)])
    claims = [associations(frame.assign(rating=rng.choice([1.0, 2, 3, 4, 5], 600)), as_of=AS_OF)["goes_with"].sum() for _ in range(20)]
    assert sum(bool(n) for n in claims) <= 4
