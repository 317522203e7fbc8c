"""Feedback as a whole is compared with its own past."""

from datetime import datetime

import numpy as np
import pandas as pd
from feedback_corpus import weeks_of

from prodops.feedback import findings, trend
from prodops.feedback.overall import overall_findings

AS_OF = datetime(2025, 7, 9)


def growing(times: float) -> pd.DataFrame:
    """Build 26 weeks of ten themes and of what has none, all of which grow by so much in the last four."""
    rng = np.random.default_rng(7)
    return weeks_of({theme: [*rng.poisson(12, 22).tolist(), *rng.poisson(12 * times, 4).tolist()] for theme in ["", *"abcdefghij"]})


def test_all_grow_together() -> None:
    """Where all themes treble, that is the one change told, with its range; none of them left what is usual for all."""
    frame = growing(3)
    weekly = trend(frame, as_of=AS_OF, weeks=26)
    first = findings(frame, weekly)[0]
    assert (first.name, first.headline) == ("themes.all.change", "Feedback as a whole at least doubled")
    last = frame["created_at"] >= pd.Timestamp(2025, 6, 9)
    assert first.value == last.sum()
    assert first.before == (~last).sum() / 22 * 4
    assert first.sentence.startswith(f"{last.sum():,} voices in the last four weeks against ")


def test_nothing_is_said_of_a_usual_month() -> None:
    """Weeks that vary by chance alone are no news, nor are voices of the week in progress."""
    frame = growing(1)
    assert overall_findings(frame, trend(frame, as_of=AS_OF, weeks=26)) == []
    running = pd.concat([frame, frame.head(500).assign(created_at=pd.Timestamp(2025, 7, 8), voice=[f"r{i}" for i in range(500)])])
    assert overall_findings(running, trend(running, as_of=AS_OF, weeks=26)) == []


def test_no_feedback_no_finding() -> None:
    """Without a row there is nothing to compare."""
    frame = growing(1).head(0)
    assert overall_findings(frame, trend(frame, as_of=AS_OF, weeks=26)) == []
