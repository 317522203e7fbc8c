"""What Lumen Desk launched and what it aims at: two short tables, written out."""

from datetime import date

from prodops.samples.story import LAUNCH, OUTAGE, PRICING, StoryEvent

Launch = tuple[str, date, str, date | None, int, str, str | None, str]
Goal = tuple[str, str, date, date, float, float, str]


def _told(event: StoryEvent, tier: int, description: str) -> Launch:
    return (event.name, event.first, event.kind, event.last, tier, "Lumen", event.segment or None, description)


LAUNCHES: tuple[Launch, ...] = (
    ("Board templates", date(2024, 6, 3), "launch", None, 3, "Lumen", "self-serve", "Twelve templates for events, offices and workshops."),
    ("Summer webinar series", date(2024, 7, 22), "campaign", date(2024, 8, 30), 3, "Lumen", "self-serve", "Webinars for small teams."),
    ("Timeline view", date(2024, 9, 2), "launch", None, 2, "Lumen", None, "Plan projects on a timeline; business plan."),
    ("Mail delivery delay", date(2024, 11, 19), "incident", date(2024, 11, 20), 3, "Lumen", None, "Notification mails came hours late."),
    ("New-year planning campaign", date(2025, 1, 8), "campaign", date(2025, 2, 7), 3, "Lumen", "mid-market", "Mailing and demo offer."),
    ("Lumen 5.0 redesign", date(2025, 3, 17), "launch", None, 1, "Lumen", None, "New navigation and look on web and mobile."),
    _told(PRICING, 1, "Team plan from 9 to 12 EUR a seat for new subscriptions; running ones keep their price until April 2026."),
    ("Audit log", date(2025, 5, 12), "launch", None, 2, "Lumen", "enterprise", "Who changed what; business plan."),
    _told(LAUNCH, 1, "A guided start for new users: first project, first task, first invitation."),
    ("Partner programme", date(2025, 9, 8), "campaign", date(2025, 10, 31), 2, "Lumen", "mid-market", "Agencies recommend Lumen."),
    ("Lumen 5.4", date(2025, 10, 13), "launch", None, 3, "Lumen", None, "New sync engine for iOS, faster boards."),
    _told(OUTAGE, 1, "After the update, iPhones and iPads of company tenants no longer synchronised; mended with 5.4.1."),
)

GOALS: tuple[Goal, ...] = (
    ("New users get going", "activation_rate", date(2025, 7, 1), date(2025, 12, 31), 0.34, 0.45, "Growth"),
    ("More people plan with Lumen each week", "weekly_active_users", date(2025, 1, 1), date(2025, 12, 31), 1100.0, 1500.0, "Product"),
    ("Customers stay", "monthly_churn_rate", date(2025, 7, 1), date(2025, 12, 31), 0.040, 0.030, "Customer success"),
    ("Customers recommend us", "nps", date(2025, 1, 1), date(2025, 12, 31), 25.0, 32.0, "Product"),
    ("Support that helps", "csat", date(2025, 1, 1), date(2025, 12, 31), 0.80, 0.85, "Support"),
)
