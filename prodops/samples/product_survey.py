"""The yearly product survey, 15 to 26 September 2025: ideas by Kano's pairs, jobs by importance and satisfaction, tools, areas, words.

Enterprise answers half as often as the others, so that a reader who takes the answers for the customers hears too little of it.
"""

from datetime import date

import numpy as np

from prodops.samples.company import SEGMENTS, Company, Floats, Ints, pick, working_second
from prodops.samples.forms import text_of
from prodops.samples.story import DAY, seconds
from prodops.samples.surveys import Answers
from prodops.samples.voices import Chance, Occasion

FIRST, DAYS_OPEN = date(2025, 9, 15), 12
ASKED, ANSWERS_IN = 0.32, {"enterprise": 0.45}
"""Share of the users who answer, and what it is multiplied by in a segment."""

KANO_ANSWERS = ("I like it", "I expect it", "I am neutral", "I can live with it", "I dislike it")
IDEAS = {  # shares of must-be, one-dimensional, attractive, indifferent, reverse, questionable
    "guest_access": (0.50, 0.22, 0.08, 0.16, 0.02, 0.02),
    "offline_mode": (0.22, 0.44, 0.16, 0.14, 0.02, 0.02),
    "calendar_sync": (0.12, 0.22, 0.46, 0.16, 0.02, 0.02),
    "dark_mode": (0.05, 0.10, 0.38, 0.42, 0.03, 0.02),
    "task_summaries": (0.03, 0.06, 0.17, 0.50, 0.21, 0.03),
}
JOBS = {  # mean importance and satisfaction, 0 to 10
    "find_in_seconds": (9.1, 4.9),
    "plan_on_the_go": (8.3, 5.6),
    "see_the_week": (9.2, 8.4),
    "report_upwards": (7.4, 6.3),
    "start_a_colleague": (7.6, 7.9),
    "keep_guests_out": (5.9, 7.8),
}
AREAS = {  # mean satisfaction, 1 to 5, and the share that never used it
    "boards": (4.3, 0.02),
    "support": (4.2, 0.38),
    "calendar": (3.9, 0.22),
    "mobile": (3.6, 0.25),
    "reports": (3.5, 0.30),
    "search": (2.9, 0.04),
}
TOOLS = {"Slack": 0.52, "Google Calendar": 0.47, "Excel": 0.44, "Outlook": 0.38, "Microsoft Teams": 0.34, "Jira": 0.21, "Notion": 0.12}
_ASKS_FOR = (
    "slow_search",
    "slow_search",
    "slow_search",
    "calendar_integration",
    "export_reports",
    "board_performance",
    "permissions_sharing",
)
_PAIRS = (  # the answers with and without the idea that make each class
    ((1, 4), (2, 4), (3, 4)),
    ((0, 4),),
    ((0, 1), (0, 2), (0, 3)),
    ((1, 2), (2, 2), (2, 3), (2, 2), (3, 3), (1, 1)),
    ((4, 0), (4, 1), (4, 2), (2, 0)),
    ((0, 0), (4, 4)),
)


def product_survey(rng: np.random.Generator, company: Company, chance: Chance) -> list[Answers]:
    """Give the answers to each question of the survey; everyone answers on one day, all questions at once."""
    user, when = _respondents(rng, company)
    asked = [part for idea, shares in IDEAS.items() for part in _kano(rng, user, when, idea, shares)]
    asked += [part for job, means in JOBS.items() for part in _opportunity(rng, user, when, job, means)]
    asked += [_area(rng, user, when, area, *of) for area, of in AREAS.items()]
    return [*asked, _tools(rng, user, when), _improve(user, when, chance)]


def _respondents(rng: np.random.Generator, company: Company) -> tuple[Ints, Ints]:
    segment = company.segment[company.user_account]
    willing = np.array([ANSWERS_IN.get(name, 1.0) for name in SEGMENTS])[segment]
    user = np.flatnonzero(rng.random(len(segment)) < ASKED * willing)
    day = np.floor(rng.random(len(user)) ** 2 * DAYS_OPEN).astype(np.int64)
    when = seconds(FIRST) + day * DAY + working_second(rng, company.country[company.user_account[user]])
    here = company.present(user, when) & (company.activated[user] <= when)
    return user[here], when[here]


def _scored(question: str, user: Ints, when: Ints, score: Floats) -> Answers:
    return Answers(question, user, when, score, [None] * len(user), [None] * len(user))


def _worded(question: str, user: Ints, when: Ints, answer: list[str | None]) -> Answers:
    return Answers(question, user, when, np.full(len(user), np.nan), answer, [None] * len(user))


def _kano(rng: np.random.Generator, user: Ints, when: Ints, idea: str, shares: tuple[float, ...]) -> list[Answers]:
    """Draw each respondent's class, and one of the pairs of answers that make it."""
    pairs = [_PAIRS[c][int(at * len(_PAIRS[c]))] for c, at in zip(pick(rng, shares, len(user)), rng.random(len(user)), strict=True)]
    sides = zip(("with", "without"), zip(*pairs, strict=True) if pairs else ((), ()), strict=True)
    return [_worded(f"kano_{idea}_{side}", user, when, [KANO_ANSWERS[a] for a in of]) for side, of in sides]


def _opportunity(rng: np.random.Generator, user: Ints, when: Ints, job: str, means: tuple[float, float]) -> list[Answers]:
    sides = zip(("importance", "satisfaction"), means, (2.0, 2.6), strict=True)
    return [_scored(f"job_{job}_{side}", user, when, np.rint(rng.normal(mean, sd, len(user))).clip(0, 10)) for side, mean, sd in sides]


def _area(rng: np.random.Generator, user: Ints, when: Ints, area: str, mean: float, never: float) -> Answers:
    score = np.rint(rng.normal(mean, 0.9, len(user))).clip(1, 5)
    return _scored(f"area_{area}", user, when, np.where(rng.random(len(user)) < never, 0.0, score))


def _tools(rng: np.random.Generator, user: Ints, when: Ints) -> Answers:
    """List the tools that each uses beside Lumen; who uses none skips the question."""
    used = rng.random((len(user), len(TOOLS))) < np.array(list(TOOLS.values()))
    listed = [";".join(name for name, yes in zip(TOOLS, row, strict=True) if yes) for row in used.tolist()]
    kept = np.flatnonzero([bool(text) for text in listed])
    return _worded("tools_used", user[kept], when[kept], [listed[i] for i in kept.tolist()])


def _improve(user: Ints, when: Ints, chance: Chance) -> Answers:
    """Say in words what to improve first; about three in ten do."""
    kept = [i for i in range(len(user)) if chance() < 0.3]
    themes = [_ASKS_FOR[int(chance() * len(_ASKS_FOR))] for _ in kept]
    said: list[str | None] = [text_of(Occasion(t, "in-app survey", stars=3, version="5.3.0"), chance) for t in themes]
    return Answers("improve", user[kept], when[kept], np.full(len(kept), np.nan), [None] * len(kept), said)
