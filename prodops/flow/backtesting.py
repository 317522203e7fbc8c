"""How far a forecast can be trusted: the same forecast made at many dates of the past, and how often what it said came true."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from prodops.errors import ParameterError
from prodops.flow.forecasting import FEWEST_WEEKS, HORIZON, LIKELIHOODS, at_likelihoods, enough, reached_at, simulate, weekly, weeks_until
from prodops.stamps import in_words, range95

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

LEARNT, EVERY, MOST = 26, 3, 40
"""Weeks of the past before the first forecast (fewer where the past is short), weeks between two, and the most that are made."""
FEWEST = 8
"""Forecasts without which nothing is said of them."""
SAID = 0.85


@dataclass(frozen=True)
class Backtest:
    """How often past forecasts were kept; made by :func:`backtest`.

    ``kept`` has a row for each ``question`` (``when``, ``how many``) and ``likelihood``: the share ``kept``, its 95 % range ``lower`` and
    ``upper``, and ``n`` forecasts; no rows where there were too few. ``weeks`` is how far ahead they looked. As the stretches of time that
    neighbouring forecasts speak of overlap, the range counts only as many as would stand side by side.
    """

    kept: "pd.DataFrame"
    weeks: int

    def sentence(self, question: str = "when", likelihood: float = SAID) -> str:
        """Say how often it was kept, for printing beside a forecast."""
        rows = self.kept[(self.kept["question"] == question) & (self.kept["likelihood"] == likelihood)]
        if rows.empty:
            return "The past is too short to say how often such forecasts are kept."
        row = rows.iloc[0]
        share, low, high = (in_words(float(row[c]), "share") for c in ("kept", "lower", "upper"))
        what = "dates" if question == "when" else "numbers"
        return (
            f"Of {int(row['n'])} such {what} given in the past at {in_words(likelihood, 'share')}, {share} were kept "
            f"({range95(low, high)}; about {self.weeks} week{'s' if self.weeks != 1 else ''} ahead)."
        )


def backtest(throughput: "pd.Series | pd.DataFrame", *, rng: "np.random.Generator", weeks: int = 8, trials: int = 1_000) -> Backtest:
    """Forecast from earlier and earlier dates, each time from what was known then, and count what came true.

    Each time both questions are asked: how much is finished in ``weeks`` weeks, and when as much is as that makes at the pace of the twelve
    weeks before. A date is judged only where all its likelihoods lie in the past, whether it was kept or not. ``throughput`` as for
    :func:`forecast`. Raises ParameterError for ``weeks`` out of range.
    """
    import pandas as pd

    from prodops.intervals import wilson_bounds

    if not 1 <= weeks <= HORIZON // 2:
        raise ParameterError(f"weeks is {weeks}; a backtest looks 1 to {HORIZON // 2} weeks ahead.")
    past = weekly(throughput)
    first = max(FEWEST_WEEKS, min(LEARNT, len(past) // 3))
    starts = list(range(len(past) - weeks, first - 1, -EVERY))[:MOST]
    judged = [(question, p, hit) for at in starts if enough(past.iloc[:at]) for question, p, hit in _judge(past, at, weeks, rng, trials)]
    frame = pd.DataFrame(judged, columns=["question", "likelihood", "kept"])
    found = frame.groupby(["question", "likelihood"], sort=True)["kept"].agg(kept="mean", n="size").reset_index()
    found = found[found["n"] >= FEWEST].reset_index(drop=True)
    apart = (found["n"] * min(EVERY / weeks, 1.0)).to_numpy(float)
    lower, upper = wilson_bounds(found["kept"].to_numpy(float) * apart, apart)
    return Backtest(found.assign(lower=lower, upper=upper)[["question", "likelihood", "kept", "lower", "upper", "n"]], weeks)


def _judge(past: "pd.Series", at: int, weeks: int, rng: "np.random.Generator", trials: int) -> list[tuple[str, float, bool]]:
    """Forecast from week ``at`` and tell for each likelihood whether it was kept; dates only where the last has passed."""
    before, after = past.to_numpy(float)[:at], past.to_numpy(float)[at:]
    futures = simulate(before, rng, trials=trials)
    numbers = reached_at(futures[:, :weeks].sum(axis=1))
    came = [("how many", p, bool(after[:weeks].sum() >= number)) for p, number in zip(LIKELIHOODS, numbers, strict=True)]
    items = max(1, round(weeks * before[-12:].mean()))
    dates = at_likelihoods(weeks_until(futures, items))
    if dates[-1] > min(len(after), HORIZON):
        return came
    took = float(weeks_until(after[None, :], items)[0])
    return came + [("when", p, took <= week) for p, week in zip(LIKELIHOODS, dates, strict=True)]
