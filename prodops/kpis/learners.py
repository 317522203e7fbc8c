"""What is learnt of a series, value by value: its line, its season, how deviations echo, how far errors spread and reach.

Each part takes in one value in constant time, and forgets; :mod:`usual` puts them together.
"""

from collections.abc import Sequence
from functools import cache
from math import exp, inf, lgamma, log, pi, sqrt
from typing import NamedTuple, Protocol

MEMORY = 50.0
"""Values over which the line and the spread forget."""
CLIP = 3.0
"""Sigma by which a value can teach at most."""

RARE, FARTHER = 2e-4, 8.0
"""A chance on either side below that of hourly numbers, and how many mean excesses one error may then teach."""


class Season(NamedTuple):
    """A cycle: the phase of each point, how many phases there are, and how many points in a row share one."""

    phase: Sequence[int]
    phases: int
    stretch: int = 1


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


class Reach(Protocol):
    """How far errors of one sign are known to reach, in sigma."""

    def limit(self, chance: float) -> float:
        """Give the sigma that an error of this sign passes with so small a chance."""

    def learn(self, z: float) -> None:
        """Take in an error, of either sign."""


class Tail:
    """How far errors of one sign reach: beyond 1.645 sigma as often, and by as much on average, as seen so far (exponential, as in
    peaks over threshold: Pickands 1975; Siffer and others 2017), starting from the normal curve as from 300 values.

    One error teaches at most :data:`CLIP` sigma of reach, so that an outlier leaves the limits where they were. Numbers read more often
    than hourly are machines', whose spikes come again and again: of theirs an error may teach :data:`FARTHER`
    times the mean excess so far."""

    __slots__ = ("beyond", "count", "excess", "most")
    START, OFTEN, REACH, BELIEF, LIFE = 1.645, 0.05, 0.4177, 300.0, 500.0

    def __init__(self) -> None:
        self.count, self.beyond = self.BELIEF, self.BELIEF * self.OFTEN
        self.excess, self.most = self.beyond * self.REACH, CLIP

    def limit(self, chance: float) -> float:
        if chance < RARE:
            self.most = max(CLIP, FARTHER * self.excess / self.beyond)
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
            self.excess += min(z - self.START, self.most)


class Leaps:
    """How far the changes of a stock reach: few and of many sizes, as one large account outweighs a hundred small ones, so that forty of
    them show nothing of the largest to come. The normal curve and Student's with 6, 3 and 2 degrees of freedom are each believed as far
    as they foretold the changes so far, both signs alike (Bayes), and the limit is the mean of theirs."""

    __slots__ = ("weights",)
    FREEDOM, BELIEF, LIFE = (inf, 6.0, 3.0, 2.0), (0.7, 0.15, 0.1, 0.05), 200.0
    SCALE = (1.0, 0.847, 0.702, 0.571)
    """The curve's own scale where the variance of its values, clipped at three, is one: as :class:`Spread` has it."""

    def __init__(self) -> None:
        self.weights = self.BELIEF

    def limit(self, chance: float) -> float:
        return sum(w * q for w, q in zip(self.weights, _quantiles(chance), strict=True))

    def learn(self, z: float) -> None:
        fade = 1 / self.LIFE
        seen = [w ** (1 - fade) * b**fade * d for w, b, d in zip(self.weights, self.BELIEF, _densities(z), strict=True)]
        self.weights = tuple(s / sum(seen) for s in seen)


def _densities(z: float) -> list[float]:
    parts = [z / s for s in Leaps.SCALE]
    heavy = [exp(-(f + 1) / 2 * log(1 + x * x / f)) * c for x, f, c in zip(parts[1:], Leaps.FREEDOM[1:], _heights(), strict=True)]
    return [max(exp(-min(parts[0] ** 2, 1400.0) / 2) / sqrt(2 * pi), 1e-300), *heavy]


@cache
def _heights() -> tuple[float, ...]:
    """Give the density of each of Student's curves at 0."""
    curves = zip(Leaps.FREEDOM[1:], Leaps.SCALE[1:], strict=True)
    return tuple(exp(lgamma((f + 1) / 2) - lgamma(f / 2)) / sqrt(f * pi) / s for f, s in curves)


@cache
def _quantiles(chance: float) -> tuple[float, ...]:
    """Give how far each of the curves reaches with so small a chance."""
    from scipy.special import stdtrit

    return tuple(-float(stdtrit(f, chance)) * s for f, s in zip(Leaps.FREEDOM, Leaps.SCALE, strict=True))
