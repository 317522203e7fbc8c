"""What users do in the product: one row per event, sorted by time.

A user's days with a session are drawn from a grid of users and days (habit, retention, weekday, holidays, the outage);
the events of a day follow its session.
"""

import numpy as np
from numpy.typing import NDArray

from prodops.samples.company import NEVER, PLATFORMS, SEGMENTS, Company, Floats, Ints, pick_weighted, working_second
from prodops.samples.story import AS_OF_S, DAY, DAYS, OUTAGE, START, START_S

EVENTS = (
    "session_started",
    "task_completed",
    "comment_added",
    "search_run",
    "project_created",
    "report_exported",
    "invited_teammate",
    "sync_failed",
    "signed_up",
    "onboarding_completed",
    "activated",
    "checkout_completed",
    "checkout_failed",
    "support_ticket_opened",
)
CODE = {event: number for number, event in enumerate(EVENTS)}

_PER_DAY = 4.6  # events on a day with a session, at the usual size
_MIX = np.array([0.40, 1.95, 0.42, 0.52, 0.12, 0.08, 0.06, OUTAGE.effect("sync_failed_per_active_day").before])  # of the first eight
_WEEK = np.array([1.0, 1.08, 1.06, 1.0, 0.86, 0.17, 0.13])
_HOLIDAYS = (
    ("2024-05-09", 1, 0.7),
    ("2024-05-20", 1, 0.75),
    ("2024-08-05", 19, 0.87),
    ("2024-10-03", 1, 0.8),
    ("2024-12-21", 16, 0.38),
    ("2025-04-18", 4, 0.7),
    ("2025-05-01", 1, 0.6),
    ("2025-06-09", 1, 0.75),
    ("2025-08-04", 19, 0.87),
    ("2025-10-03", 1, 0.8),
)


def rhythm() -> Floats:
    """Give the year's rhythm: for each day of the sample, its weekday's weight times that of holidays."""
    weights = _WEEK[np.arange(DAYS) % 7]
    for first, days, weight in _HOLIDAYS:
        at = int((np.datetime64(first) - np.datetime64(START, "D")).astype(int))
        weights[at : at + days] *= weight
    return weights


def events(rng: np.random.Generator, company: Company, count: int, tickets: tuple[Ints, Ints]) -> tuple[Ints, Ints, Ints]:
    """Give user numbers, event codes and times of about ``count`` events; ``tickets`` are users and times of tickets opened."""
    days_user, day = _active_days(rng, company, count / _PER_DAY)
    begin = START_S + day * DAY + working_second(rng, company.country[company.user_account[days_user]])
    begin = np.maximum(begin, company.signed_up[days_user] + 5)
    parts = [(days_user, np.full(len(day), CODE["session_started"]), begin)]
    parts.append(_in_session(rng, company, days_user, begin, count))
    steps = (("signed_up", company.signed_up), ("onboarding_completed", company.onboarded), ("activated", company.activated))
    parts += [_once(event, reached) for event, reached in steps]
    parts += [*_checkouts(rng, company), (tickets[0], np.full(len(tickets[0]), CODE["support_ticket_opened"]), tickets[1])]
    user, code, when = (np.concatenate([part[i] for part in parts]) for i in range(3))
    inside = (when >= START_S) & (when < AS_OF_S) & (when < company.closed[company.user_account[user]])
    user, code, when = user[inside], code[inside], when[inside]
    order = np.argsort(when, kind="stable")
    return user[order], code[order], when[order]


def outage_rows(company: Company, user: Ints, when: Ints) -> NDArray[np.bool_]:
    """Say which rows fall to users whom the outage touches, while it lasts."""
    touched = (company.user_platform == PLATFORMS.index(OUTAGE.platform)) & (
        company.segment[company.user_account] == SEGMENTS.index(OUTAGE.segment)
    )
    hit: NDArray[np.bool_] = touched[user] & (when >= OUTAGE.start) & (when < OUTAGE.end)
    return hit


def _active_days(rng: np.random.Generator, company: Company, wanted: float) -> tuple[Ints, Ints]:
    """Draw which users have a session on which days, about ``wanted`` of them."""
    users = len(company.signed_up)
    start = START_S + np.arange(DAYS, dtype=np.int64) * DAY
    age = ((start[None, :] + DAY - company.signed_up[:, None]) / DAY).astype(np.float32)  # to the end of the day
    here = (age > 0) & (start[None, :] < company.left[:, None])
    habit = rng.beta(2.6, 2.2, users).astype(np.float32) * np.where(company.activated < NEVER, 1.0, 0.7).astype(np.float32)
    fade = np.where(company.activated < NEVER, 45, 6).astype(np.float32)[:, None]
    floor = np.where(company.activated < NEVER, 0.62, 0.03).astype(np.float32)[:, None]
    chance = habit[:, None] * (floor + (1 - floor) * np.exp(-np.maximum(age, 0) / fade)) * rhythm().astype(np.float32) * here
    row = np.arange(users)
    for d in range((OUTAGE.start - START_S) // DAY, (OUTAGE.end - START_S) // DAY):
        chance[outage_rows(company, row, np.full(users, start[d])), d] *= OUTAGE.effect("active_days").ratio
    chance *= min(wanted / max(float(chance.sum()), 1.0), 3.0)
    user, day = np.nonzero(rng.random(chance.shape, dtype=np.float32) < np.minimum(chance, 0.97))
    return user.astype(np.int64), day.astype(np.int64)


def _in_session(rng: np.random.Generator, company: Company, days_user: Ints, begin: Ints, count: int) -> tuple[Ints, Ints, Ints]:
    """Draw what happens on days with a session, within about the two hours that follow its start."""
    each = max(count / max(len(days_user), 1) - 1.0, 0.5)
    mix = _MIX * each / _MIX.sum()
    rows = np.repeat(np.arange(len(days_user)), rng.poisson(each, len(days_user)))
    code = pick_weighted(rng, mix, len(rows))
    hit = outage_rows(company, days_user, begin)
    lost = hit[rows] & (code == CODE["task_completed"]) & (rng.random(len(rows)) > OUTAGE.effect("tasks_per_active_day").ratio)
    failed = np.repeat(np.flatnonzero(hit), rng.poisson(OUTAGE.effect("sync_failed_per_active_day").after, int(hit.sum())))
    rows = np.concatenate([rows[~lost], failed])
    code = np.concatenate([code[~lost], np.full(len(failed), CODE["sync_failed"])])
    return days_user[rows], code, begin[rows] + rng.exponential(4200, len(rows)).astype(np.int64) + 2


def _once(event: str, when: Ints) -> tuple[Ints, Ints, Ints]:
    user = np.flatnonzero(when < NEVER)
    return user, np.full(len(user), CODE[event]), when[user]


def _checkouts(rng: np.random.Generator, company: Company) -> list[tuple[Ints, Ints, Ints]]:
    """Pay when a paid subscription starts and, now and then, for more seats; about one checkout in six fails a few minutes before."""
    paid = np.flatnonzero(company.spell_plan > 0)
    start, end = company.spell_start[paid], np.minimum(company.spell_end[paid], AS_OF_S)
    more = np.repeat(np.arange(len(paid)), rng.poisson((end - start) / DAY / 75))
    spell = np.concatenate([np.arange(len(paid)), more])
    when = np.concatenate([start, start[more] + (rng.random(len(more)) * (end - start)[more]).astype(np.int64)])
    founder = np.unique(company.user_account, return_index=True)[1]  # users come in order of sign-up
    user = np.zeros(len(company.names), dtype=np.int64)
    user[company.user_account[founder]] = founder
    buyer = user[company.spell_account[paid][spell]]
    fails = rng.random(len(when)) < 0.17
    before = when[fails] - rng.integers(60, 1800, int(fails.sum()))
    completed, failed = CODE["checkout_completed"], CODE["checkout_failed"]
    return [(buyer, np.full(len(when), completed), when + 30), (buyer[fails], np.full(len(before), failed), before)]
