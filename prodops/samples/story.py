"""What happens to Lumen Desk: four planted events, with their dates, whom they touch and how strong they are.

The generators read their strengths from here, so that a record and the tables cannot disagree.
"""

from dataclasses import dataclass
from datetime import date, datetime

START = datetime(2024, 5, 6)
AS_OF = datetime(2025, 11, 3)
"""The instant of the sample: a Monday, 00:00 in Berlin. No row lies at or after it."""

DAYS = (AS_OF - START).days
DAY = 86_400


def seconds(day: date) -> int:
    """Give the start of a day as seconds since 1970, as if Berlin's wall clock were UTC: the generators' clock."""
    return (day.toordinal() - date(1970, 1, 1).toordinal()) * DAY


START_S, AS_OF_S = seconds(START), seconds(AS_OF)


@dataclass(frozen=True)
class Effect:
    """One measure that an event moves: its size before and while (or after) the event."""

    measure: str
    before: float
    after: float

    @property
    def ratio(self) -> float:
        """How many times as large the measure is under the event."""
        return self.after / self.before


@dataclass(frozen=True)
class StoryEvent:
    """One planted event. ``last`` is its last day, ``None`` where it lasts; ``segment``, ``plan``, ``platform``, ``stage`` bound it."""

    name: str
    kind: str
    first: date
    last: date | None
    effects: tuple[Effect, ...]
    theme: str = ""
    segment: str = ""
    plan: str = ""
    platform: str = ""
    stage: str = ""

    def effect(self, measure: str) -> Effect:
        """Look one effect up by the measure it moves."""
        return next(e for e in self.effects if e.measure == measure)

    @property
    def start(self) -> int:
        """The first second of the event, on the generators' clock."""
        return seconds(self.first)

    @property
    def end(self) -> int:
        """The first second after the event; the sample's end where it lasts."""
        return AS_OF_S if self.last is None else seconds(self.last) + DAY


@dataclass(frozen=True)
class Trial:
    """One A/B test: its days, its variants (the old one first), what it measures, and the lift of the new one.

    The lift of a share is a difference, that of another measure a fraction of its mean.
    """

    name: str
    first: date
    last: date
    variants: tuple[str, str]
    measure: str
    lift: float

    @property
    def start(self) -> int:
        """The first second of the test, on the generators' clock."""
        return seconds(self.first)

    @property
    def end(self) -> int:
        """The first second after the test."""
        return seconds(self.last) + DAY


PRICING = StoryEvent(
    "Team plan price change",
    "pricing",
    date(2025, 4, 7),
    None,
    theme="pricing",
    plan="team",
    effects=(
        Effect("monthly_churn", 0.025, 0.050),  # share of running team subscriptions that end in a month
        Effect("seat_price", 9.0, 12.0),  # EUR a month, for subscriptions that start
        Effect("theme_volume", 1.0, 2.2),  # pricing feedback outside enterprise, in the long run
        Effect("theme_volume_at_once", 1.0, 7.0),  # the same in the first weeks
        Effect("nps_score", 0.0, -0.8),  # mean answer of users on team
    ),
)
LAUNCH = StoryEvent(
    "Guided onboarding",
    "launch",
    date(2025, 7, 7),
    None,
    theme="onboarding_confusion",
    effects=(
        Effect("activation_rate", 0.34, 0.44),  # share of sign-ups that activate within 7 days
        Effect("onboarding_rate", 0.55, 0.72),  # share of sign-ups that complete the onboarding
        Effect("theme_volume", 1.0, 0.6),
        Effect("ces_score", 4.7, 5.4),  # mean effort score, 1 to 7
    ),
)
OUTAGE = StoryEvent(
    "Sync outage on iOS",
    "incident",
    date(2025, 10, 14),
    date(2025, 10, 24),
    theme="sync_data_loss",
    segment="enterprise",
    platform="ios",
    effects=(
        Effect("active_days", 1.0, 0.35),  # days with a session, enterprise users on iOS
        Effect("tasks_per_active_day", 1.0, 0.30),
        Effect("sync_failed_per_active_day", 0.05, 3.0),
        Effect("theme_volume", 1.0, 14.0),  # sync feedback from enterprise
        Effect("nps_score", 0.0, -2.6),
    ),
)
BOTTLENECK = StoryEvent(
    "Review queue",
    "bottleneck",
    date(2025, 6, 1),
    None,
    stage="Review",
    effects=(Effect("median_days", 2.6, 5.2),),  # from the move to Review to the next move
)
SHARES = {
    "sync_data_loss": 8.0,
    "billing_invoices": 8.5,
    "slow_search": 7.5,
    "login_sso": 8.0,
    "export_reports": 7.0,
    "notifications": 8.0,
    "onboarding_confusion": 8.0,
    "support_praise": 6.0,
    "dark_mode": 6.0,
    "calendar_integration": 7.5,
    "permissions_sharing": 7.0,
    "board_performance": 7.5,
    "pricing": 3.5,
    "product_love": 7.5,
    "": 6.8,
}
"""Each theme's usual share of the feedback, in percent; "" is chatter about nothing in particular."""
THEMES = tuple(SHARES)

STORY: tuple[StoryEvent, ...] = (PRICING, BOTTLENECK, LAUNCH, OUTAGE)
"""The four events in the order they begin."""
