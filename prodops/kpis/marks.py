"""What stood in the calendar: launches, incidents, price changes and campaigns, as charts and findings mark them."""

from datetime import date
from typing import TYPE_CHECKING

from prodops.kpis.kinds import Desk

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("name", "launched_on", "ended_on", "kind", "product", "segment")


def marks_since(desk: Desk, first: date) -> "pd.DataFrame":
    """Read the launches, incidents and price changes that began on a day or later; no rows where the workspace has no such table.

    What is not known is "" in texts and missing in dates, a kind "launch"; a name of digits only has its kind before it.
    """
    import pandas as pd

    frame = pd.DataFrame(columns=list(COLUMNS))
    if desk.has("launches"):
        table = desk.table("launches")
        wanted = [c for c in COLUMNS if c in table.columns]
        read = desk.read(table.select(*wanted).order_by("launched_on", "name"), name="launches and incidents")
        frame = read.reindex(columns=list(COLUMNS))
    for column in ("launched_on", "ended_on"):
        frame[column] = pd.to_datetime(frame[column]).astype("datetime64[us]")
    for column in ("name", "kind", "product", "segment"):
        empty = "launch" if column == "kind" else ""
        frame[column] = frame[column].astype("object").where(frame[column].notna(), empty).astype("str")
    frame["kind"] = frame["kind"].str.lower()
    frame["name"] = frame["name"].where(~frame["name"].str.isdecimal(), frame["kind"] + " " + frame["name"])
    return frame[frame["launched_on"] >= pd.Timestamp(first)].reset_index(drop=True)
