"""What a number's past leads to expect of it: one pass over a series, each point met with what was learnt before it and by nothing later.

The expectation is a line through the past that forgets, a profile of the season, and echoes: the share of the last deviation (and of the
one a year before) that usually comes again. Each new value teaches them at most by its limit, so that an outlier neither bends the line
nor widens the limits. The limits rest on the past's own errors of one step: on their spread, by phase of the season, and on how heavy
each of their tails is. After :data:`RUN` values in a row on one side of the line, far from it, the line starts anew from them.
"""

from collections.abc import Callable, Sequence
from math import isnan, nan, sqrt
from typing import NamedTuple

from prodops.kpis.learners import CLIP, Echo, Leaps, Line, Profile, Reach, Season, Spread, Tail

MINIMUM = 8
"""Fewest past values that can set limits."""
LIMIT = 3.0
"""Where the limits lie on the scale of ``z``, on either side and at every grain."""
RUN, FAR = 8, 1.5
"""So many values in a row on one side (Wheeler's second rule), by so many sigma on average, are a new level."""
SEEN = 2
"""Times that a phase of the season must have been seen before it sets limits."""


class Outlook(NamedTuple):
    """What the past leads to expect of a value, and the distances from there to its limits; missing where it cannot say."""

    expected: float = nan
    below: float = nan
    above: float = nan


class Past:
    """What is known of a series before its next point."""

    def __init__(self, seasons: Sequence[Season], tail: Callable[[], Reach] = Tail) -> None:
        self.line, self.profiles = Line(), [Profile(s) for s in seasons]
        self.near, self.far = Echo(0.35, 12), Echo(0.0, 20)
        self.phases = seasons[0].phase if seasons else None
        self.spread, self.up, self.down = Spread(seasons[0].phases if seasons else 1), tail(), tail()
        self.deviations: list[float] = []
        self.last = self.size = self.level = self.expected = self.sigma = self.year = 0.0
        self.run: list[float] = []
        self.run_total = 0.0

    def expect(self, at: int, year: int, error: float, chance: float) -> Outlook:
        """Say what is expected of the point at a place; after a value far out the way back to the line is no surprise.

        ``year`` is the place of the point a year before, negative where there is none; ``chance`` that of a stable value to pass a limit.
        """
        self.line.age()
        if not self.line.weight:
            return Outlook()
        near = self.near.share
        self.level = self.line.ahead(self.spread.all * (1 + near) / (1 - near))
        self.year = self.deviations[year] if year >= 0 else 0.0
        season = sum([p.adds[p.season.phase[at]] for p in self.profiles])
        echo = near * self.last + self.far.share * self.year
        self.expected = self.level + season + echo
        phase = self.phases[at] if self.phases else 0
        self.sigma = max(self.spread.sigma(phase), error)
        if self.spread.count < MINIMUM - 1 or self.sigma <= 1e-12 * self.size or (self.profiles and self.profiles[0].seen[phase] < SEEN):
            return Outlook()
        down, up = self.down.limit(chance / 2) * self.sigma, self.up.limit(chance / 2) * self.sigma
        back = echo if abs(echo) > self.sigma else 0.0
        return Outlook(self.expected, down + max(back, 0.0), up - min(back, 0.0))

    def pass_over(self) -> None:
        """Learn nothing of a missing value; what deviated fades."""
        self.last *= self.near.share
        self.deviations.append(0.0)

    def learn(self, at: int, value: float, year: int, is_judged: bool) -> None:
        """Take a value in, at most as far out as :data:`CLIP` sigma."""
        if not self.line.weight:
            self.line.learn(value)
            self.deviations.append(0.0)
            return
        error = value - self.expected
        if is_judged:
            self.up.learn(error / self.sigma)
            self.down.learn(-error / self.sigma)
        bound = CLIP * self.sigma
        heard = max(min(error, bound), -bound) if self.spread.count >= 5 and bound > 0 else error
        echo = self.far.share * self.year
        deviation = self.near.share * self.last + heard
        if self.spread.count > 1:
            self._learn_echoes(deviation, echo, year)
        self.deviations.append(deviation + echo)
        self.last = deviation
        self.line.learn(self.level + deviation)
        for profile in self.profiles:
            profile.learn(profile.season.phase[at], heard)
        self.spread.learn(self.phases[at] if self.phases else 0, heard)
        self.size = max(self.size, abs(self.expected + heard))
        self._go_on(self.level + deviation, deviation)

    def _learn_echoes(self, deviation: float, echo: float, year: int) -> None:
        before = self.near.share * self.last
        self.near.learn(self.last, deviation)
        if year >= 0:
            self.far.learn(self.year, deviation + echo - before)

    def _go_on(self, value: float, deviation: float) -> None:
        """Start the line anew from a run of values that stays far on one side of it."""
        goes_on = deviation * self.run_total > 0
        self.run = [*self.run, value] if goes_on else [value]
        self.run_total = self.run_total + deviation if goes_on else deviation
        far = FAR * self.sigma / sqrt(1 - self.near.share**2)
        if len(self.run) >= RUN and self.spread.count > MINIMUM + RUN and abs(self.run_total) > far * len(self.run):
            self.line.restart(self.run)
            self.last -= self.run_total / len(self.run)
            self.run, self.run_total = [], 0.0


def follow(
    values: Sequence[float],
    seasons: Sequence[Season] = (),
    *,
    rates: Sequence[float],
    errors: Sequence[float] | None = None,
    years: Sequence[int] | None = None,
    leaps: bool = False,
) -> tuple[list[Outlook], list[float]]:
    """Pass over a series once: for each value what was to be expected of it, and how far out it and the one or two before lie together.

    ``values`` are in order, NaN where missing; ``rates`` holds the chance of each, were it stable, to pass a limit, ``errors`` its own
    standard error, ``years`` the place of the value a year before, -1 where there is none; ``leaps`` says that they may be far larger than
    any before without meaning anything, as the changes of a stock are. How far out values lie together is on the scale of ``z``, on
    which limits lie at three; missing where the past is too short.
    """
    past, outs = Past(seasons, Leaps if leaps else Tail), (0.0, 0.0)
    outlooks, together = [], []
    for at, value in enumerate(values):
        year = years[at] if years else -1
        outlook = past.expect(at, year, errors[at] if errors else 0.0, rates[at])
        outlooks.append(outlook)
        out = _out(value - outlook.expected, outlook)
        together.append(nan if isnan(out) else _together(*outs, out, 1 - past.near.share))
        outs = (outs[1], 0.0 if isnan(out) else out)
        if isnan(value):
            past.pass_over()
        else:
            past.learn(at, value, year, not isnan(out))
    return outlooks, together


def _out(error: float, outlook: Outlook) -> float:
    """Give how far out an error lies on the scale of ``z``, no farther than the limit; NaN where there is none."""
    if isnan(error):
        return nan
    return max(min(LIMIT * error / (outlook.above if error > 0 else outlook.below), LIMIT), -LIMIT)


def _together(oldest: float, older: float, now: float, after: float) -> float:
    """Give how far out the last two or three lie together, as the start of a new level would show: fully at first, then by the share
    ``after`` that does not echo (the matched filter of a step in an AR(1) series); of both the farther, 0 where the last lies otherwise."""
    two = (older + after * now) / sqrt(1 + after**2)
    three = (oldest + after * (older + now)) / sqrt(1 + 2 * after**2)
    farther = max(two, three, key=abs)
    return farther if farther * now > 0 else 0.0
