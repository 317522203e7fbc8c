"""Themes are weighed by who speaks."""

from feedback_corpus import of_accounts, subscriptions

from prodops.feedback import weigh


def test_weights_by_hand() -> None:
    """An account counts once for each theme, with its latest subscription; voices without account weigh nothing; shares are of all who spoke."""
    frame = of_accounts(
        [
            ("a", "2025-01-01", "sync"),
            ("a", "2025-01-02", "sync"),
            ("b", "2025-01-03", "sync"),
            ("b", "2025-01-03", "price"),
            (None, "2025-01-04", "price"),
        ]
    )
    accounts = subscriptions(
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
    frame = of_accounts(
        [("a", "2025-01-01", "sync"), ("a", "2025-01-02", "price"), ("b", "2025-01-03", "price")], revenue=[50.0, 80.0, 20.0]
    )
    table = weigh(frame).set_index("theme")
    assert table["revenue"].to_dict() == {"price": 100.0, "sync": 80.0}
    assert table["seats"].isna().all()
    assert weigh(frame.drop(columns=["account_id", "revenue"]))[["accounts", "seats", "revenue"]].isna().all(axis=None)
