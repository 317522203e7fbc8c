"""A fictional company with a story: Lumen Desk, maker of the work-planning app Lumen.

Eighteen months of it, from Monday 6 May 2024 to Sunday 2 November 2025 (:data:`AS_OF` is Monday 3 November 2025, 00:00),
written as one Parquet file for each kind of table that ``tables`` names. Times are wall-clock times of Europe/Berlin
without an offset, money is in EUR. Everything is invented and seeded: the same seed gives the same bytes.

The story, which a good report should find (:data:`STORY` holds dates and strengths):

1. **Pricing.** On 7 April 2025 the team plan goes from 9 to 12 EUR a seat for new subscriptions. From then on about 5 % of
   running team subscriptions end in a month, before about 2.5 %; free and business stay as they were. Complaints about the
   price, rare before, are seven times as many at once and settle at about twice; NPS of users on team falls.
2. **Bottleneck.** Work items wait in Review for days (median about 3), in every other state for less than one. From June 2025
   the wait is about twice as long.
3. **Launch.** On 7 July 2025 "Guided onboarding" starts. Of those who sign up from then on, about 44 % activate (create and
   share a first project) within 7 days, before about 34 %. Fewer people say that they are lost at the start.
4. **Outage.** From 14 to 24 October 2025 sync fails on iOS for enterprise customers. Feedback on sync and lost data from
   enterprise is many times its usual volume and ebbs away in the days after; enterprise users on iOS are active on far fewer
   days, complete far fewer tasks and log many ``sync_failed`` events; NPS in enterprise dips.

Two A/B tests stand in ``experiments``: "Checklist in the welcome mail" (sign-ups from 4 August to 28 September 2025; activation up by 6
points) and "Faster boards" (users active in August, for four weeks from 1 September; 8 % more tasks completed, with those of the four
weeks before beside them). Their assignments follow what people did, so that no event is other than without them.

Work items name the ``launch`` that they were for: part of what was done in the weeks before each. "Offline mode" is planned for
24 November 2025 and in no table of launches yet; some of its items are done, some in work, and some wait in Backlog. Teams deploy a few
times a week (``deployments``): about 8 % of it fails, 32 % in the three weeks after the redesign of 17 March 2025, and 40 % from the update
of 13 October to the end of the outage, when recovery takes most of a day instead of a few hours.

All else is steady: gentle growth, a week's rhythm, a quiet Christmas, themes with their usual shares (:data:`SHARES`).
"""

from pathlib import Path

from prodops.errors import ParameterError
from prodops.samples.story import AS_OF, SHARES, START, STORY, THEMES, Effect, StoryEvent

__all__ = ["AS_OF", "SHARES", "START", "STORY", "THEMES", "Effect", "StoryEvent", "write"]

_LEAST = {"users": 50, "events": 0, "feedback": 50}


def write(folder: Path, *, seed: int = 7, users: int = 5_000, events: int = 1_500_000, feedback: int = 20_000) -> dict[str, Path]:
    """Write the sample into a folder, one Parquet file per kind of table, and give their paths by kind.

        ``events`` is approximate, ``users`` and ``feedback`` are exact; accounts, surveys and subscriptions scale with ``users``,
        work items, launches and goals are always the same many. Besides the tables there is ``feedback_truth`` (``id``,
    =======
        work items, deployments, launches and goals are always the same many. Besides the tables there is ``feedback_truth`` (``id``,
        ``theme``; ``""`` = none), the theme that each piece of feedback was written for. Files of the same names are replaced.

        Raises ParameterError where a size is too small for the story.
    """
    for name, size in (("users", users), ("events", events), ("feedback", feedback)):
        if size < _LEAST[name]:
            raise ParameterError(f"{name} is {size}; the sample needs at least {_LEAST[name]}. Leave it out for the usual size.")
    from prodops.samples.tables import save, tables

    folder.mkdir(parents=True, exist_ok=True)
    return {kind: save(folder, kind, table) for kind, table in tables(seed, users, events, feedback).items()}
