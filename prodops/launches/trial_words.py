"""What A/B tests say, in sentences: a broken split first, as it makes all else of that test worthless."""

from typing import TYPE_CHECKING

from prodops.stamps import Finding

if TYPE_CHECKING:
    from prodops.launches.report import Review


def of_trials(review: "Review") -> list[Finding]:
    """Give the findings on A/B tests."""
    return []
