"""A small corpus with known themes, written for these tests, and frames built from it."""

import random
from datetime import datetime, timedelta

import pandas as pd

# What people speak of, what is wrong with it, and what that does to them.
PARTS = {
    "export": (["The CSV export", "Exporting a report to Excel", "The PDF export", "Every export I start", "An exported file"],
               ["drops half of the columns", "has broken dates in it", "takes ten minutes and then fails", "leaves out the archived rows"],
               ["I copy the rows into Excel by hand", "My report to the board has no columns", "We cannot open the file", "I export it again and again"]),
    "login": (["The login page", "Single sign-on", "My password reset", "The login code by mail", "Our admin account"],
              ["sends me back to the start", "never lets me in", "says my account is locked", "stopped working since the certificate changed"],
              ["Nobody here can log in", "I am locked out of my account", "A new password did not help", "The code arrives too late to log in"]),
    "sync": (["Offline sync", "Sync on my phone", "The sync between laptop and phone", "Syncing after a flight", "Your cloud sync"],
             ["lost an hour of my edits", "overwrote my edits with an old version", "never finishes", "shows a conflict and drops my edits"],
             ["I lost my work offline", "I do not trust the sync any more", "My phone shows an old version", "All edits from the flight are lost"]),
    "price": (["The new price per seat", "Your price increase", "The yearly price", "The price for guests", "What a seat costs now"],
              ["is far above our budget", "doubled without a warning", "makes us look at cheaper rivals", "cannot be justified to our finance team"],
              ["We will cut seats", "Our budget is fixed for the year", "A cheaper plan would keep us", "Finance asked for a discount"]),
    "dark": (["A dark theme", "Dark mode", "A night theme with dark colours", "An option for dark colours", "A darker screen"],
             ["would save my eyes at night", "is what my eyes need", "is still missing", "would be so kind to my eyes"],
             ["The white screen hurts", "I turn the brightness of the screen down", "It is too bright at night", "Every other tool has dark mode"]),
    "search": (["The search box", "Full text search", "Search in comments", "Filtering the search results", "The global search"],
               ["misses recent cards", "ranks archived cards first", "finds no card from last week", "is slow with many cards"],
               ["I cannot find my cards", "The results make no sense", "I scroll instead of searching", "The filter brings no results"]),
}  # fmt: skip
OPENINGS = ["", "Hi all. ", "Third time I write. ", "Since the update: ", "Not happy. ", "Just saying. "]


def corpus(seed: int = 1) -> tuple[list[str], list[str]]:
    """Give 600 texts in random order and the theme that each was written for."""
    rng = random.Random(seed)
    texts = [
        (f"{rng.choice(OPENINGS)}{rng.choice(subjects)} {rng.choice(complaints)}. {rng.choice(effects)}{rng.choice(['.', '!'])}", theme)
        for theme, (subjects, complaints, effects) in PARTS.items()
        for _ in range(100)
    ]
    rng.shuffle(texts)
    return [text for text, _ in texts], [theme for _, theme in texts]


def prepared_corpus() -> pd.DataFrame:
    """Give the corpus as rows, each a voice of its own, all of one day."""
    texts = pd.array(corpus()[0], dtype="str")
    ids = [f"F{i:04d}" for i in range(len(texts))]
    return pd.DataFrame({"id": ids, "voice": ids, "text": texts, "created_at": pd.Timestamp("2025-01-06")})


def spoken(rows: list[tuple[str, str, str]], **columns: list[object]) -> pd.DataFrame:
    """Build a frame from (id, day, text) rows; any other columns by name."""
    ids, days, texts = (list(column) for column in zip(*rows, strict=True)) if rows else ([], [], [])
    times = pd.to_datetime(pd.Series(days, dtype="str"), format="ISO8601").astype("datetime64[us]")
    return pd.DataFrame({"id": pd.Series(ids, dtype="str"), "created_at": times, "text": pd.Series(texts, dtype="str")}).assign(**columns)


def weeks_of(counts: dict[str, list[int]], start: datetime = datetime(2025, 1, 6), **columns: object) -> pd.DataFrame:
    """Build a themed frame with so many rows a week per theme, from the Monday ``start`` on, all on Wednesdays."""
    rows = [
        (f"{theme}-{week}-{n}", start + timedelta(days=7 * week + 2), f"{theme} {week} {n}", theme)
        for theme, weekly in counts.items()
        for week, count in enumerate(weekly)
        for n in range(count)
    ]
    frame = pd.DataFrame(rows, columns=["id", "created_at", "text", "theme"])
    return frame.assign(
        created_at=pd.to_datetime(frame["created_at"]).astype("datetime64[us]"),
        voice=frame["id"],
        theme_name=frame["theme"].str.capitalize(),
        **columns,
    )


def weekly_of(counts: dict[str, list[int]]) -> pd.DataFrame:
    """Give the weekly counts themselves, as trend does, from Monday 6 Jan 2025 on."""
    rows = [
        (pd.Timestamp(2025, 1, 6) + pd.Timedelta(weeks=week), theme, theme.capitalize(), count, True)
        for theme, series in counts.items()
        for week, count in enumerate(series)
    ]
    return pd.DataFrame(rows, columns=["week", "theme", "name", "count", "complete"])


def of_accounts(rows: list[tuple[str | None, str, str]], **columns: object) -> pd.DataFrame:
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


def subscriptions(rows: list[tuple[str, float, float, str, str | None, str]]) -> pd.DataFrame:
    """Build a table of accounts: id, mrr, seats, start, end, segment."""
    table = pd.DataFrame(rows, columns=["account_id", "mrr", "seats", "started_at", "ended_at", "segment"])
    return table.assign(started_at=pd.to_datetime(table["started_at"]), ended_at=pd.to_datetime(table["ended_at"]))
