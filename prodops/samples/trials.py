"""Two A/B tests on the company's users: who was assigned what, and what was measured of each.

What people did is what the other tables say. Chance assigns them after the fact, a little more often to the new variant where they did
better, so that a test finds the planted lift and no event has to change.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np

from prodops.samples.activity import CODE
from prodops.samples.company import NEVER, Company, Floats, Ints
from prodops.samples.story import DAY, Trial

MAIL = Trial("Checklist in the welcome mail", date(2025, 8, 4), date(2025, 9, 28), ("control", "checklist"), "activation_rate", 0.06)
BOARDS = Trial("Faster boards", date(2025, 9, 1), date(2025, 9, 28), ("control", "new boards"), "tasks_completed_per_active_user", 0.08)
_ACTIVATION = 0.44  # of all who sign up while the mail is tested
_WEEKS = 4  # measured before the boards' test and within it


@dataclass(frozen=True)
class Units:
    """What was measured of each user of a test, in order of user: the variant's number, and NaN where nothing stood before."""

    trial: Trial
    user: Ints
    assigned: Ints
    variant: Ints
    value: Floats
    before: Floats


def trials(rng: np.random.Generator, company: Company, acted: tuple[Ints, Ints, Ints]) -> tuple[Units, ...]:
    """Give the two tests; ``acted`` are user numbers, event codes and times."""
    return _mail(rng, company), _boards(rng, company, acted)


def _mail(rng: np.random.Generator, company: Company) -> Units:
    """Those who sign up get either mail within the hour; activated within a week or not."""
    joined = company.signed_up
    user = np.flatnonzero((joined >= MAIL.start) & (joined < MAIL.end))
    value = (company.activated[user] < NEVER).astype(float)
    high, low = _ACTIVATION + MAIL.lift / 2, _ACTIVATION - MAIL.lift / 2
    chance = np.where(value > 0, high / (high + low), (1 - high) / (2 - high - low))
    assigned = joined[user] + rng.integers(60, 3600, len(user))
    return Units(MAIL, user, assigned, (rng.random(len(user)) < chance).astype(np.int64), value, np.full(len(user), np.nan))


def _boards(rng: np.random.Generator, company: Company, acted: tuple[Ints, Ints, Ints]) -> Units:
    """Those active in the four weeks before get either boards; tasks completed in the four weeks, and in those before."""
    who, code, when = acted
    span = _WEEKS * 7 * DAY
    done, opened = code == CODE["task_completed"], code == CODE["session_started"]
    before_it, within = (when >= BOARDS.start - span) & (when < BOARDS.start), (when >= BOARDS.start) & (when < BOARDS.start + span)
    size = len(company.signed_up)
    user = np.flatnonzero(np.bincount(who[opened & before_it], minlength=size))
    value, before = (np.bincount(who[done & side], minlength=size)[user].astype(float) for side in (within, before_it))
    rest = value - np.polyval(np.polyfit(before, value, 1), before) if len(np.unique(before)) > 1 else np.zeros(len(user))
    spread = (rest.std() if len(rest) else 0.0) or 1.0
    chance = 0.5 + BOARDS.lift * value.sum() / max(len(user), 1) / spread / 2 * rest / spread / 2
    assigned = BOARDS.start + rng.integers(0, DAY // 24, len(user))
    return Units(BOARDS, user, assigned, (rng.random(len(user)) < chance.clip(0.05, 0.95)).astype(np.int64), value, before)
