"""What users answer: NPS in quarterly waves and a trickle, CSAT after tickets, CES after the onboarding, PMF once a year."""

from dataclasses import dataclass
from datetime import date
from random import Random

import numpy as np

from prodops.samples.company import NEVER, PLANS, SEGMENTS, Company, Floats, Ints, pick, working_second
from prodops.samples.feedback import Feedback
from prodops.samples.forms import text_of
from prodops.samples.story import AS_OF_S, DAY, DAYS, LAUNCH, OUTAGE, PRICING, SHARES, START_S, THEMES, seconds
from prodops.samples.voices import CHANNELS, Chance, Occasion, bank

NPS_WAVES = ("2024-07-15", "2024-10-14", "2025-01-13", "2025-04-14", "2025-07-14", "2025-10-13")
PMF_WAVES = ("2024-09-16", "2025-09-15")
PMF_ANSWERS = ("very disappointed", "somewhat disappointed", "not disappointed", "I no longer use it")

_NPS_MEAN = np.array([8.2, 8.4, 8.7])  # by segment
_PMF_SHARES = ((0.36, 0.40, 0.19, 0.05), (0.41, 0.38, 0.16, 0.05))  # by wave
_COMPLAINTS = tuple(t for t in SHARES if t and bank("en").mood[t] < 3.8)
_PRAISE = ("product_love", "support_praise")


@dataclass(frozen=True)
class Answers:
    """Answers to one question: respondents, times, scores (NaN where the answer is in words), answers and comments."""

    question: str
    user: Ints
    when: Ints
    score: Floats
    answer: list[str | None]
    comment: list[str | None]


def surveys(rng: np.random.Generator, company: Company, said: Feedback, seed: int) -> list[Answers]:
    """Give the answers to each question, one respondent at most once a moment."""
    return [_nps(rng, company, Random(seed).random), _csat(rng, said), _ces(rng, company), _pmf(rng, company)]


def _asked(rng: np.random.Generator, company: Company, day: Ints, users: Ints) -> tuple[Ints, Ints]:
    """Ask users on days; those who are not there then do not answer."""
    when = START_S + day * DAY + working_second(rng, company.country[company.user_account[users]])
    here = company.present(users, when) & (company.activated[users] <= when) & (when < AS_OF_S) & (when >= START_S)
    return users[here], when[here]


def _wave(rng: np.random.Generator, company: Company, first: str, days: int, share: float) -> tuple[Ints, Ints]:
    users = np.flatnonzero(rng.random(len(company.signed_up)) < share)
    start = (seconds(date.fromisoformat(first)) - START_S) // DAY
    return _asked(rng, company, start + np.floor(rng.random(len(users)) ** 2 * days).astype(np.int64), users)


def _nps(rng: np.random.Generator, company: Company, chance: Chance) -> Answers:
    trickle = rng.integers(0, len(company.signed_up), int(len(company.signed_up) * DAYS / 7 * 0.028))
    parts = [_asked(rng, company, rng.integers(0, DAYS, len(trickle)), trickle)]
    parts += [_wave(rng, company, first, 12, 0.30) for first in NPS_WAVES]
    user, when = (np.concatenate([part[i] for part in parts]) for i in range(2))
    user, when = _once_a_week(user, when)
    account = company.user_account[user]
    enterprise = company.segment[account] == SEGMENTS.index(OUTAGE.segment)
    on_team = company.spell_plan[company.spell_at(account, when)] == PLANS.index(PRICING.plan)
    mean = _NPS_MEAN[company.segment[account]]
    mean = mean + OUTAGE.effect("nps_score").after * enterprise * np.where(when >= OUTAGE.end, 0.6, when >= OUTAGE.start)
    mean = mean + PRICING.effect("nps_score").after * on_team * np.where(when >= PRICING.start + 60 * DAY, 0.5, when >= PRICING.start)
    score = np.rint(rng.normal(mean, 2.1)).clip(0, 10)
    comment = [_comment(s, bool(e and w >= OUTAGE.start), chance) for s, e, w in zip(score, enterprise, when, strict=True)]
    return Answers("nps", user, when, score, [None] * len(user), comment)


def _once_a_week(user: Ints, when: Ints) -> tuple[Ints, Ints]:
    first = np.unique(user * 10_000 + when // (7 * DAY), return_index=True)[1]
    order = first[np.argsort(when[first], kind="stable")]
    return user[order], when[order]


def _comment(score: float, outage: bool, chance: Chance) -> str | None:
    """Explain the score in a few words; about a third do."""
    if chance() > 0.32:
        return None
    happy = score >= 9 or (score >= 7 and chance() < 0.5)
    themes = _PRAISE if happy else (OUTAGE.theme,) if outage and chance() < 0.7 else _COMPLAINTS
    theme = themes[int(chance() * len(themes))]
    stars = 5 if happy else 3 if score >= 7 else 2
    return text_of(Occasion(theme, "in-app survey", stars=stars, version="5.1.0", news=outage and theme == OUTAGE.theme), chance)


def _csat(rng: np.random.Generator, said: Feedback) -> Answers:
    """Ask after each ticket of a known user; four in ten answer, within three days."""
    ticket = np.flatnonzero((said.channel == CHANNELS.index("support ticket")) & (said.user >= 0) & (rng.random(len(said.when)) < 0.4))
    when = said.when[ticket] + (DAY * (0.2 + rng.random(len(ticket)) * 2.8)).astype(np.int64)
    ticket, when = ticket[when < AS_OF_S], when[when < AS_OF_S]
    user = said.user[ticket]
    first = np.unique(user * np.int64(NEVER) + when, return_index=True)[1]
    ticket, when, user = ticket[first], when[first], user[first]
    sync = (said.theme[ticket] == THEMES.index(OUTAGE.theme)) & (when >= OUTAGE.start)
    score = np.where(rng.random(len(user)) < np.where(sync, 0.55, 0.17), rng.integers(1, 4, len(user)), rng.integers(4, 6, len(user)))
    return Answers("csat", user, when, score.astype(float), [None] * len(user), [None] * len(user))


def _ces(rng: np.random.Generator, company: Company) -> Answers:
    """Ask a day after the onboarding; half answer."""
    user = np.flatnonzero((company.onboarded >= START_S) & (company.onboarded < NEVER) & (rng.random(len(company.onboarded)) < 0.5))
    when = company.onboarded[user] + DAY + rng.integers(0, DAY // 3, len(user))
    user, when = user[when < AS_OF_S], when[when < AS_OF_S]
    effort = LAUNCH.effect("ces_score")
    score = np.rint(rng.normal(np.where(company.signed_up[user] >= LAUNCH.start, effort.after, effort.before), 1.3)).clip(1, 7)
    return Answers("ces", user, when, score, [None] * len(user), [None] * len(user))


def _pmf(rng: np.random.Generator, company: Company) -> Answers:
    parts = []
    for first, shares in zip(PMF_WAVES, _PMF_SHARES, strict=True):
        user, when = _wave(rng, company, first, 10, 0.22)
        parts.append((user, when, pick(rng, shares, len(user))))
    user, when, answer = (np.concatenate([part[i] for part in parts]) for i in range(3))
    return Answers("pmf", user, when, np.full(len(user), np.nan), [PMF_ANSWERS[a] for a in answer.tolist()], [None] * len(user))
