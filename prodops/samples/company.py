"""The customers of Lumen Desk: accounts with their subscriptions, and the people who use them.

Times are seconds on the generators' clock (:func:`story.seconds`); ``NEVER`` stands for "has not happened".
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from prodops.samples.story import AS_OF_S, DAY, DAYS, LAUNCH, PRICING, START_S

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

NEVER = np.int64(2**33)  # in the year 2242; small enough that account * NEVER + time is a sort key
MONTH = 30.44 * DAY
SEGMENTS = ("self-serve", "mid-market", "enterprise")
PLANS = ("free", "team", "business")
PLATFORMS = ("web", "ios", "android")
COUNTRIES = ("DE", "US", "GB", "FR", "NL", "ES", "AT", "CH", "PT", "CA")
HOURS_AHEAD = np.array([0, 7, 1, 0, 0, 0, 0, 0, 1, 6])  # Berlin's clock less the country's own

_SEGMENT_SHARE = (0.78, 0.16, 0.06)
_COUNTRY_SHARE = (0.25, 0.25, 0.17, 0.10, 0.07, 0.06, 0.03, 0.02, 0.03, 0.02)
_FIRST_PLAN = np.array([[0.62, 0.34, 0.04], [0.0, 0.68, 0.32], [0.0, 0.22, 0.78]])  # by segment
_PLATFORM_SHARE = np.array([[0.60, 0.20, 0.20], [0.56, 0.24, 0.20], [0.42, 0.42, 0.16]])  # by segment
_SEATS = (4.0, 18.0, 70.0)  # median by segment
_BUSINESS_PRICE = 19.0
_HEADS = (
    "Brenn",
    "Calder",
    "Dorne",
    "Eskel",
    "Farrow",
    "Gild",
    "Hollen",
    "Ivar",
    "Juniper",
    "Kestr",
    "Lorn",
    "Marrow",
    "Norr",
    "Oster",
    "Pell",
    "Quill",
    "Rook",
    "Sable",
    "Thorn",
    "Umber",
)
_TAILS = ("a", "mark", "wick", "stead", "by", "haven", "field", "dale", "au", "en", "vik", "ridge", "mere", "holt", "ley")
_TRADES = ("Logistics", "Events", "Print", "Studio", "Facility Services", "Timber", "Care", "Travel", "Foods", "Interiors", "Energy", "Lab")
_LEAVE = {0: 0.030, 2: 0.010}  # by plan, a month; the team plan's is the story's
_UPGRADE = {0: 0.020, 1: 0.003, 2: 0.0}


@dataclass(frozen=True)
class Company:
    """Accounts, their subscription spells in order (account, start), and users, as parallel arrays."""

    names: list[str]
    segment: Ints
    country: Ints
    closed: Ints
    spell_account: Ints
    spell_plan: Ints
    spell_start: Ints
    spell_end: Ints
    spell_seats: Ints
    spell_mrr: Floats
    user_account: Ints
    user_platform: Ints
    signed_up: Ints
    activated: Ints
    onboarded: Ints
    left: Ints

    def spell_at(self, account: Ints, when: Ints) -> Ints:
        """Find each account's subscription spell at a time (its row), or the first one where none had begun."""
        begun = np.searchsorted(self.spell_account * NEVER + self.spell_start, account * NEVER + when, side="right") - 1
        spell: Ints = np.maximum(begun, np.searchsorted(self.spell_account, account))
        return spell

    def present(self, user: Ints, when: Ints) -> NDArray[np.bool_]:
        """Say which users had signed up and not yet left at a time."""
        return (self.signed_up[user] <= when) & (when < self.left[user])


def pick(rng: np.random.Generator, shares: object, rows: Ints | int) -> Ints:
    """Draw category numbers: ``rows`` of them from one row of shares, or one for each row number of a table of shares."""
    table = np.atleast_2d(np.asarray(shares, dtype=float)).cumsum(axis=1)
    table /= table[:, -1:]
    at = np.zeros(rows, dtype=np.int64) if isinstance(rows, int) else rows
    return (rng.random(len(at))[:, None] >= table[at]).sum(axis=1).astype(np.int64)


def working_second(rng: np.random.Generator, country: Ints) -> Ints:
    """Draw a second of the day within the office hours of a country, on Berlin's clock (may pass midnight)."""
    shift = pick(rng, (0.50, 0.40, 0.10), len(country))  # morning, afternoon, evening
    hour = rng.normal(np.array([9.9, 14.6, 19.5])[shift], np.array([1.2, 1.6, 1.8])[shift]).clip(5.5, 23.5)
    return ((hour + HOURS_AHEAD[country]) * 3600).astype(np.int64)


def found(rng: np.random.Generator, users: int) -> Company:
    """Found the company's customers: about one account for four users, some of them older than the sample."""
    accounts = max(12, round(users * 0.24))
    segment = pick(rng, _SEGMENT_SHARE, accounts)
    country = pick(rng, _COUNTRY_SHARE, accounts)
    opened = _openings(rng, country)
    spells = _spells(rng, segment, opened)
    closed = np.full(accounts, START_S)
    np.maximum.at(closed, spells["account"], spells["end"])
    first_seats = spells["seats"][np.searchsorted(spells["account"], np.arange(accounts))]
    people = _people(rng, users, _Accounts(segment, country, opened, closed, first_seats))
    seats = np.maximum(spells["seats"], np.bincount(people["account"], minlength=accounts)[spells["account"]])
    return Company(
        names=_names(rng, accounts),
        segment=segment,
        country=country,
        closed=closed,
        spell_account=spells["account"],
        spell_plan=spells["plan"],
        spell_start=spells["start"],
        spell_end=spells["end"],
        spell_seats=seats,
        spell_mrr=seats * _seat_price(spells["plan"], spells["start"]),
        user_account=people["account"],
        user_platform=people["platform"],
        signed_up=people["signed_up"],
        activated=people["activated"],
        onboarded=people["onboarded"],
        left=people["left"],
    )


@dataclass(frozen=True)
class _Accounts:
    segment: Ints
    country: Ints
    opened: Ints
    closed: Ints
    seats: Ints


def _openings(rng: np.random.Generator, country: Ints) -> Ints:
    """Draw when accounts opened: some before the sample, ever more during it, most on weekdays."""
    count = len(country)
    day = np.where(rng.random(count) < 0.31, -(rng.random(count) ** 1.4) * 800, DAYS * rng.random(count) ** 0.85)
    opened = START_S + np.floor(day).astype(np.int64) * DAY
    opened = np.where(rng.random(count) < 0.8, _to_weekday(opened), opened) + working_second(rng, country)
    latest: Ints = AS_OF_S - DAY // 2 - rng.integers(0, DAY // 3, count)
    return np.minimum(opened, latest)


def _seat_price(plan: Ints, start: Ints) -> Floats:
    """Give the price of a seat on the day a subscription starts."""
    price = PRICING.effect("seat_price")
    team = np.where(start < PRICING.start, price.before, price.after)
    return np.where(plan == 0, 0.0, np.where(plan == PLANS.index(PRICING.plan), team, _BUSINESS_PRICE))


def _to_weekday(when: Ints) -> Ints:
    """Move times at weekends to the weekdays before, each week's to another one."""
    day = when // DAY
    weekday = (day + 3) % 7  # 1 January 1970 was a Thursday
    back = np.where(weekday > 4, weekday - 4 + day // 7 % 5, 0)
    moved: Ints = when - back * DAY
    return moved


def _spells(rng: np.random.Generator, segment: Ints, opened: Ints) -> dict[str, Ints]:
    """Let each account pass through its subscriptions: an upgrade ends one spell and starts the next at the same instant."""
    account, start = np.arange(len(opened)), opened
    plan = pick(rng, _FIRST_PLAN, segment)
    seats = np.maximum(2, np.rint(np.array(_SEATS)[segment] * rng.lognormal(0, 0.5, len(opened)))).astype(np.int64)
    parts = []
    while len(account):
        upgrade = np.array([_UPGRADE[p] for p in range(3)])[plan]
        end, rate = _lifetimes(rng, plan, start, upgrade)
        parts.append({"account": account, "plan": plan, "start": start, "end": end, "seats": seats})
        goes_on = (end < AS_OF_S) & (rng.random(len(end)) < upgrade / rate)
        account, start, plan = account[goes_on], end[goes_on], plan[goes_on] + 1
        seats = np.ceil(seats[goes_on] * 1.15).astype(np.int64)
    spells = {name: np.concatenate([p[name] for p in parts]) for name in parts[0]}
    order = np.lexsort((spells["start"], spells["account"]))
    return {name: values[order] for name, values in spells.items()}


def _lifetimes(rng: np.random.Generator, plan: Ints, start: Ints, upgrade: Floats) -> tuple[Ints, Floats]:
    """Draw when spells end, and the monthly rate of ending there; nobody known at the sample's start had left before it."""
    churn = PRICING.effect("monthly_churn")
    low = np.choose(plan, [_LEAVE[0] + upgrade, np.full(len(plan), churn.before), _LEAVE[2] + upgrade])
    high = np.where(plan == PLANS.index(PRICING.plan), churn.after, low)
    fate = rng.exponential(size=len(plan))  # the hazard that each spell lives through, in units of 1
    begin = np.maximum(start, START_S)
    until_change = np.maximum(PRICING.start - begin, 0) / MONTH
    months = np.where(fate < low * until_change, fate / low, until_change + (fate - low * until_change) / high)
    end = begin + np.ceil(months * MONTH).astype(np.int64)
    return np.where(end < AS_OF_S, end, NEVER), np.where(end < PRICING.start, low, high)


def _people(rng: np.random.Generator, users: int, at: _Accounts) -> dict[str, Ints]:
    """Seat people in accounts: one founder each, the others join over the account's life; then who activates and who stays."""
    founders = np.arange(len(at.opened))
    life = np.minimum(at.closed, AS_OF_S) - at.opened
    room = at.seats**0.75 * (1 - np.exp(-life / (200 * DAY)))  # young accounts have not filled their seats
    account = np.concatenate([founders, pick_weighted(rng, room, max(0, users - len(founders)))])[:users]
    later = at.opened[account] + (rng.random(users) ** 1.3 * life[account]).astype(np.int64)
    later = np.where(rng.random(users) < 0.8, _to_weekday(later), later) // DAY * DAY + working_second(rng, at.country[account])
    earliest = at.opened[account] + 300
    latest = np.maximum(np.minimum(at.closed[account], AS_OF_S) - 60, earliest)
    joined = np.where(np.arange(users) < len(founders), at.opened[account], later.clip(earliest, latest))
    order = np.argsort(joined, kind="stable")
    account, joined = account[order], joined[order]
    activated, onboarded = _first_steps(rng, joined, at.segment[account], at.closed[account])
    stays = np.maximum(joined, START_S) + (rng.exponential(1000, users) * DAY).astype(np.int64)
    drops = joined + ((2 + rng.exponential(9, users)) * DAY).astype(np.int64)
    left = np.minimum(np.where(activated < NEVER, stays, drops), at.closed[account])
    platform = pick(rng, _PLATFORM_SHARE, at.segment[account])
    return {"account": account, "platform": platform, "signed_up": joined, "activated": activated, "onboarded": onboarded, "left": left}


def pick_weighted(rng: np.random.Generator, weights: Floats, rows: int) -> Ints:
    """Draw ``rows`` numbers of categories, each as likely as its weight."""
    edges = np.cumsum(weights)
    return np.searchsorted(edges, rng.random(rows) * edges[-1], side="right").astype(np.int64)


def _first_steps(rng: np.random.Generator, joined: Ints, segment: Ints, closed: Ints) -> tuple[Ints, Ints]:
    """Draw when users activate (within 7 days of sign-up, or never) and complete the onboarding."""
    late = joined >= LAUNCH.start
    activation, onboarding = LAUNCH.effect("activation_rate"), LAUNCH.effect("onboarding_rate")
    chance = np.where(late, activation.after, activation.before) + np.array([-0.008, 0.004, 0.010])[segment]
    goal = rng.random(len(joined)) < np.where(joined < START_S, 1.0, chance)  # those from before the sample are the ones who stayed
    days = np.minimum(rng.geometric(0.5, len(joined)) - 1, 6)
    delay = 900 + days * DAY + rng.integers(0, DAY // 4, len(joined))
    activated = np.where(goal & (joined + delay < closed), joined + delay, NEVER)
    tour = rng.random(len(joined)) < np.where(late, onboarding.after, onboarding.before)
    tour_at = joined + np.minimum(600 + rng.exponential(0.4 * DAY, len(joined)), delay - 60).astype(np.int64)
    return activated, np.where(tour & (tour_at < closed), tour_at, NEVER)


def _names(rng: np.random.Generator, count: int) -> list[str]:
    """Invent company names from syllables, each once."""
    whole = len(_HEADS) * len(_TAILS) * len(_TRADES)
    numbers = rng.permutation(whole)[np.arange(count) % whole]
    return [f"{_HEADS[n % 20]}{_TAILS[n // 20 % 15]} {_TRADES[n // 300]}" for n in numbers.tolist()]
