"""Units of levers and nodes: what may be added and compared, what multiplication and division make, and what a formula gives.

Shares, points and ratios are pure numbers. A count is a number of things, of which it is not asked what they are: a price in EUR
times a count is EUR. A number that is written into a formula, and the clock, fit any unit.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from prodops.errors import did_you_mean, shorten
from prodops.scenarios.language import CLOCK, COMPARISONS, LOGIC, Term, constant

PURE = ("share", "points", "ratio", "per_1000")
WORDS = ("count", *PURE, "rating", "nps", "days", "hours", "months")
_COUNT = "count"


@dataclass(frozen=True)
class Unit:
    """A product of powers, ``EUR`` ÷ ``months``.

    ``free`` is a written number's, which fits anywhere; ``scaled`` says that a written number is a factor, which may be an amount of
    anything: ``130 * (1 - mended)`` can be a count of reports.
    """

    powers: tuple[tuple[str, Fraction], ...] = ()
    free: bool = False
    scaled: bool = False

    def fits(self, other: "Unit") -> bool:
        """Whether both may be added or compared: alike but for counts; a bare count is no pure number."""
        alike = self.powers == other.powers if self.bare or other.bare else self.besides_counts == other.besides_counts
        return self.free or other.free or alike

    def may_be(self, declared: "Unit") -> bool:
        """Whether a formula of this unit can give what a node declares."""
        return self.fits(declared) or (self.scaled and self.bare)

    @property
    def bare(self) -> bool:
        """Whether nothing but a count or a pure number is left."""
        return not self.besides_counts

    @property
    def besides_counts(self) -> tuple[tuple[str, Fraction], ...]:
        """The powers of all that is not a count."""
        return tuple(p for p in self.powers if p[0] != _COUNT)

    def times(self, other: "Unit", by: int = 1) -> "Unit":
        """Multiply, or divide where ``by`` is −1."""
        powers = dict(self.powers)
        for word, power in other.powers:
            powers[word] = powers.get(word, Fraction(0)) + by * power
        scaled = self.scaled or other.scaled or self.free != other.free
        return _unit(powers, self.free and other.free, scaled)

    def to(self, power: Fraction) -> "Unit":
        """Raise to a power."""
        return _unit({word: p * power for word, p in self.powers}, self.free, self.scaled)

    def __str__(self) -> str:
        powers = self.besides_counts or self.powers
        over = " × ".join(_powered(w, p) for w, p in powers if p > 0)
        under = "".join("/" + _powered(w, -p) for w, p in powers if p < 0)
        return (over or "1" * bool(under)) + under or "a pure number"


def _powered(word: str, power: Fraction) -> str:
    return word if power == 1 else f"{word}^{power}"


def _unit(powers: Mapping[str, Fraction], free: bool, scaled: bool) -> Unit:
    """Put powers in order; so many things of so many things are things, and things per thing no longer a count."""
    limited = {w: Fraction(p > 0) if w == _COUNT else p for w, p in powers.items()}
    return Unit(tuple(sorted((w, p) for w, p in limited.items() if p)), free, scaled)


NUMBER, FREE, COUNT = Unit(), Unit(free=True), Unit(((_COUNT, Fraction(1)),))


def read(text: str) -> Unit:
    """Read a unit: one of the words, an ISO currency, or one per another (``EUR/months``); raises ValueError with the near miss."""
    whole = NUMBER
    for at, word in enumerate(text.split("/")):
        if word not in WORDS and not re.fullmatch("[A-Z]{3}", word):
            near = did_you_mean(word, WORDS) or (f' Did you mean "{word.upper()}"?' if re.fullmatch("[A-Za-z]{3}", word) else "")
            raise ValueError(f"{shorten(word)} is no unit.{near} Use one of {', '.join(WORDS)}, a currency such as EUR, or EUR/months")
        if word not in PURE:
            whole = whole.times(Unit(((word, Fraction(1)),)), -1 if at else 1)
    return whole


class Clash(ValueError):
    """Units that do not go together; the text says which part and what to write."""


def of(term: Term, units: Mapping[str, Unit], words: Mapping[str, str]) -> Unit:
    """Find the unit that a formula gives; raises Clash. ``words`` are the units as the file has them."""
    below = [of(arg, units, words) for arg in term.args]
    match term.op:
        case "number":
            return FREE
        case "name":
            return FREE if term.name in CLOCK else units[term.name]
        case "+" | "-" | "min" | "max" | "clip":
            return _alike(term, term.args, below, words)
        case "if":
            return _alike(term, term.args[1:], below[1:], words)
        case "previous":
            return _alike(term, term.args, below, words)
        case "*":
            return below[0].times(below[1])
        case "/":
            return below[0].times(below[1], -1)
        case "**":
            return _power(term, below)
        case "sqrt":
            return below[0].to(Fraction(1, 2))
        case "exp" | "log":
            if not below[0].bare:
                raise Clash(f"{term.op} takes a pure number, not {below[0]}; divide by an amount of the same unit first")
            return NUMBER
        case "ramp":
            return NUMBER
    if term.op in COMPARISONS:
        _alike(term, term.args, below, words)
    return NUMBER if term.op in (*COMPARISONS, *LOGIC) else below[0]


def _power(term: Term, below: list[Unit]) -> Unit:
    power = constant(term.args[1])
    if below[0].bare:
        return below[0] if power is not None else NUMBER if not below[0].free else FREE
    if power is None:
        raise Clash(f"{below[0]} is raised to a power that can change; divide by an amount of the same unit first")
    return below[0].to(Fraction(power).limit_denominator(12))


def _alike(term: Term, parts: Iterable[Term], units: list[Unit], words: Mapping[str, str]) -> Unit:
    """Give the unit that all parts share; raises Clash that names the first two that differ."""
    parts = list(parts)
    fixed = [at for at, unit in enumerate(units) if not unit.free]
    for at in fixed[1:]:
        if not units[fixed[0]].fits(units[at]):
            sides = [(_shown(parts[i], units[i], words), units[i]) for i in (fixed[0], at)]
            raise Clash(f"{_DOING.get(term.op, 'compares')} {sides[0][0]} and {sides[1][0]}; {_advice(term.op, sides)}")
    return units[fixed[0]] if fixed else FREE


_DOING = {"+": "adds", "-": "subtracts", "if": "chooses between", "previous": "starts"} | dict.fromkeys(("min", "max", "clip"), "compares")


def _shown(part: Term, unit: Unit, words: Mapping[str, str]) -> str:
    while part.op in ("previous", "neg", "min", "max", "clip", "sum", "mean", "last", "cumulative"):
        part = part.args[0]
    if part.op == "name":
        return f'"{part.name}" ({words.get(part.name, unit)})'
    if unit.powers == COUNT.powers:
        return "a count"
    return f"an amount in {unit}" if unit.powers else "a pure number (a share, points or a ratio)"


def _advice(op: str, sides: list[tuple[str, Unit]]) -> str:
    """Say what to write instead: a share of an amount is the amount times the share."""
    pure = next((shown for shown, unit in sides if not unit.powers), "")
    if pure and op in ("+", "-"):
        return f"to change an amount by a share, multiply by (1 {op} the share)"
    return "both must be in one unit"
