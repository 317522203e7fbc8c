"""What a number's past leads to expect of it: one pass over a series, each point met with what was learnt before it and by nothing later.

The expectation is a line through the past that forgets, a profile of the season, and echoes: the share of the last deviation (and of the
one a year before) that usually comes again. Each new value teaches them at most by its limit, so that an outlier neither bends the line
nor widens the limits. The limits rest on the past's own errors of one step: on their spread, by phase of the season, and on how heavy
each of their tails is. After :data:`RUN` values in a row on one side of the line, far from it, the line starts anew from them.
"""

from collections.abc import Sequence
from math import isnan, log, nan, sqrt
from typing import NamedTuple

MINIMUM = 8
"""Fewest past values that can set limits."""
MEMORY = 50.0
"""Values over which the line and the spread forget."""
LIMIT = 3.0
"""Where the limits lie on the scale of ``z``, on either side and at every grain."""
CLIP = 3.0
"""Sigma by which a value can teach at most."""
RUN, FAR = 8, 1.5
"""So many values in a row on one side (Wheeler's second rule), by so many sigma on average, are a new level."""
SEEN = 2
"""Times that a phase of the season must have been seen before it sets limits."""


class Season(NamedTuple):
    """A cycle: the phase of each point, how many phases there are, and how many points in a row share one."""

    phase: Sequence[int]
    phases: int
    stretch: int = 1


class Outlook(NamedTuple):
    """What the past leads to expect of a value, and the distances from there to its limits; missing where it cannot say."""

    expected: float = nan
    below: float = nan
    above: float = nan


class Line:
    """A straight line through the past, older values counting less; its slope counts as far as it stands out of the noise."""

    __slots__ = ("ages", "squares", "tilt", "total", "weight")

    def __init__(self) -> None:
        self.restart([])

    def restart(self, values: Sequence[float]) -> None:
        """Know these values only, the last of them now."""
        ages = range(len(values) - 1, -1, -1)
        self.weight, self.total = float(len(values)), sum(values)
        self.ages, self.squares = float(sum(ages)), float(sum(a * a for a in ages))
        self.tilt = sum(a * v for a, v in zip(ages, values, strict=True))

    def age(self) -> None:
        """Let one step pass."""
        keep = 1 - 1 / MEMORY
        self.squares = keep * (self.squares + 2 * self.ages + self.weight)
        self.ages = keep * (self.ages + self.weight)
        self.tilt = keep * (self.tilt + self.total)
        self.weight *= keep
        self.total *= keep

    def ahead(self, noise: float) -> float:
        """Give the line's value now; the slope is shrunk by four over its squared t (James and Stein), ``noise`` being a value's variance."""
        mean, age = self.total / self.weight, self.ages / self.weight
        across = self.squares - age * self.ages
        if noise <= 0 or self.weight < 6 or across <= 0:
            return mean
        slope = (age * self.total - self.tilt) / across
        evidence = slope * slope * across / noise
        return mean + slope * age * (1 - 4 / evidence) if evidence > 4 else mean

    def learn(self, value: float) -> None:
        self.weight += 1
        self.total += value


class Profile:
    """What each phase of a season adds."""

    __slots__ = ("adds", "season", "seen", "slowest")

    def __init__(self, season: Season) -> None:
        self.season, self.slowest = season, 0.1 / season.stretch
        self.adds, self.seen = [0.0] * season.phases, [0] * season.phases

    def learn(self, phase: int, error: float) -> None:
        self.seen[phase] += 1
        self.adds[phase] += max(self.slowest, 1 / (self.seen[phase] + 1)) * error


class Echo:
    """The share of an earlier deviation that usually comes again: 0 to 0.9, starting from a belief that weighs ``trust`` values."""

    __slots__ = ("belief", "both", "count", "own", "share", "trust")

    def __init__(self, belief: float, trust: float) -> None:
        self.belief, self.trust, self.share = belief, trust, 0.0
        self.both = self.own = self.count = 0.0

    def learn(self, earlier: float, now: float) -> None:
        self.both = 0.99 * self.both + earlier * now
        self.own = 0.99 * self.own + earlier * earlier
        self.count = 0.99 * self.count + 1
        weight = self.trust * self.own / self.count
        if self.own > 0:
            self.share = min(max((self.both + self.belief * weight) / (self.own + weight), 0.0), 0.9)


class Spread:
    """The variance of the errors: of all, and of each phase as far as it is known."""

    __slots__ = ("all", "count", "phase", "seen")

    def __init__(self, phases: int) -> None:
        self.all, self.count = 0.0, 0
        self.phase, self.seen = [0.0] * phases, [0] * phases

    def sigma(self, phase: int) -> float:
        seen = self.seen[phase]
        return sqrt((seen * self.phase[phase] + 5 * self.all) / (seen + 5))

    def learn(self, phase: int, error: float) -> None:
        square = error * error
        self.count += 1
        self.all += max(1 / self.count, 1 / MEMORY) * (square - self.all)
        self.seen[phase] = seen = min(self.seen[phase] + 1, 20)
        self.phase[phase] += (square - self.phase[phase]) / seen


class Tail:
    """How far errors of one sign reach: beyond 1.645 sigma as often, and by as much on average, as seen so far (exponential, as in
    peaks over threshold: Pickands 1975; Siffer and others 2017), starting from the normal curve as from 300 values."""

    __slots__ = ("beyond", "count", "excess")
    START, OFTEN, REACH, BELIEF, LIFE = 1.645, 0.05, 0.4177, 300.0, 500.0

    def __init__(self) -> None:
        self.count, self.beyond = self.BELIEF, self.BELIEF * self.OFTEN
        self.excess = self.beyond * self.REACH

    def limit(self, chance: float) -> float:
        """Give the sigma that an error of this sign passes with so small a chance."""
        return self.START + self.excess / self.beyond * max(log(self.beyond / self.count / chance), 0.0)

    def learn(self, z: float) -> None:
        if self.count > self.LIFE:
            fade = 1 - 1 / self.LIFE
            self.count *= fade
            self.beyond *= fade
            self.excess *= fade
        self.count += 1
        if z > self.START:
            self.beyond += 1
            self.excess += min(z - self.START, CLIP)


class Past:
    """What is known of a series before its next point."""

    def __init__(self, seasons: Sequence[Season]) -> None:
        self.line, self.profiles = Line(), [Profile(s) for s in seasons]
        self.near, self.far = Echo(0.35, 12), Echo(0.0, 20)
        self.phases = seasons[0].phase if seasons else None
        self.spread, self.up, self.down = Spread(seasons[0].phases if seasons else 1), Tail(), Tail()
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
) -> tuple[list[Outlook], list[float]]:
    """Pass over a series once: for each value what was to be expected of it, and how far out it and the one or two before lie together.

    ``values`` are in order, NaN where missing; ``rates`` holds the chance of each, were it stable, to pass a limit, ``errors`` its own
    standard error, ``years`` the place of the value a year before, -1 where there is none. How far out values lie
    together is on the scale of ``z``, on which limits lie at three; missing where the past is too short.
    """
    past, outs = Past(seasons), (0.0, 0.0)
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
