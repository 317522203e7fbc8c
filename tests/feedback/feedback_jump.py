"""A theme that jumps in the last four of sixteen weeks, and one that stays."""

from datetime import datetime

import pandas as pd
from feedback_corpus import weeks_of

from prodops.feedback import trend

AS_OF = datetime(2025, 4, 28)
STEADY = [5, 6, 4, 5, 7, 5, 4, 6, 5, 5, 4, 6]
JUMP = weeks_of({"sync": [*STEADY, 15, 16, 14, 15], "price": [*STEADY, 5, 4, 6, 5], "": [1] * 16})
SYNC_LATELY = [theme == "sync" and int(id.split("-")[1]) >= 12 for theme, id in zip(JUMP["theme"], JUMP["id"], strict=True)]
JUMP = JUMP.assign(segment=["enterprise" if late else "team" for late in SYNC_LATELY])


def weekly_of(frame: pd.DataFrame, as_of: datetime = AS_OF) -> pd.DataFrame:
    return trend(frame, as_of=as_of, weeks=26)
