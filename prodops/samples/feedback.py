"""Who says what, when and where: the rows of the feedback table, and the theme that each was written for.

The expected volume of each (day, theme, segment) is a product of growth, the week's rhythm, the theme's and segment's share
and the story's effects; rows are drawn from it. A few rows are echoes: the same person sends the same again, slightly changed.
"""

from dataclasses import dataclass, replace
from datetime import date
from random import Random

import numpy as np
from numpy.typing import NDArray

from prodops.samples.activity import rhythm
from prodops.samples.company import COUNTRIES, PLANS, PLATFORMS, SEGMENTS, Company, Floats, Ints, pick, pick_weighted, working_second
from prodops.samples.forms import text_of
from prodops.samples.noise import machine_marks, slip
from prodops.samples.personal import person, reveal
from prodops.samples.story import AS_OF_S, DAY, DAYS, LAUNCH, OUTAGE, PRICING, SHARES, START_S, THEMES, seconds
from prodops.samples.voices import CHANNELS, Chance, Occasion, Speaker, bank

RELEASES = (
    ("2024-03-18", "4.2.0"),
    ("2024-05-27", "4.3.0"),
    ("2024-07-15", "4.4.0"),
    ("2024-09-02", "4.5.0"),
    ("2024-10-21", "4.6.0"),
    ("2024-12-02", "4.7.0"),
    ("2025-01-27", "4.8.0"),
    ("2025-02-10", "4.8.1"),
    ("2025-03-17", "5.0.0"),
    ("2025-05-05", "5.1.0"),
    ("2025-07-07", "5.2.0"),
    ("2025-09-01", "5.3.0"),
    ("2025-10-13", "5.4.0"),
    ("2025-10-24", "5.4.1"),
)
_RELEASED = np.array([seconds(date.fromisoformat(day)) for day, _ in RELEASES])
_CAMPAIGNS = {"pricing": ("2025-04-08", 25, 0.30), "dark_mode": ("2024-11-11", 14, 0.55), "calendar_integration": ("2025-02-03", 14, 0.5)}
_ECHOES = 0.034  # share of rows that repeat an earlier one
_PERSONAL = 0.021  # share of texts with a line of personal data; twice that where it is about bills
_NAMED = 0.024  # share of tickets and chats that greet or sign with a name
_MACHINE = 0.015
_TALK = np.array([0.44, 0.31, 0.25])  # how much of the feedback comes from each segment
_CHATTER_CHANNELS = (10, 14, 42, 0, 26, 8)
_TONGUES = {
    "DE": ("de", 0.085),
    "AT": ("de", 0.10),
    "CH": ("de", 0.07),
    "FR": ("fr", 0.15),
    "ES": ("es", 0.19),
    "PT": ("pt", 0.20),
    "NL": ("nl", 0.09),
}
_KNOWS_RATING = np.array([0.0, 1.0, 0.92, 0.0, 0.25, 0.0])  # by channel
_KNOWS_VERSION = np.array([0.5, 1.0, 1.0, 0.0, 0.3, 0.6])


@dataclass(frozen=True)
class Feedback:
    """The rows in order of time; ``user`` is -1 where the channel does not know the author."""

    when: Ints
    text: list[str]
    theme: Ints
    channel: Ints
    language: list[str]
    user: Ints
    stars: Floats
    version: list[str | None]


@dataclass(frozen=True)
class _Plan:
    """What is to be written: one occasion a row."""

    when: Ints
    user: Ints
    theme: Ints
    channel: Ints
    stars: Floats
    news: NDArray[np.bool_]
    version: list[str]
    language: list[str]


def feedback(rng: np.random.Generator, company: Company, count: int, seed: int) -> Feedback:
    """Write ``count`` pieces of feedback."""
    chance = Random(seed).random
    echoes = round(count * _ECHOES)
    plan = _plan(rng, company, count - echoes, chance)
    text = [_written(on, when, chance) for on, when in zip(_occasions(company, plan), plan.when.tolist(), strict=True)]
    again, later, repeated = _echoes(rng, plan, text, echoes, chance)
    when, row, text = (np.concatenate([plan.when, later]), np.concatenate([np.arange(count - echoes), again]), text + repeated)
    order = np.lexsort((np.arange(count), when))
    row = row[order]
    known = (plan.channel[row] != CHANNELS.index("app store")) & (rng.random(count) > 0.02)
    rated = rng.random(count) < _KNOWS_RATING[plan.channel[row]]
    versioned = (rng.random(count) < _KNOWS_VERSION[plan.channel[row]]).tolist()
    return Feedback(
        when=when[order],
        text=[text[i] for i in order.tolist()],
        theme=plan.theme[row],
        channel=plan.channel[row],
        language=[plan.language[i] for i in row.tolist()],
        user=np.where(known, plan.user[row], -1),
        stars=np.where(rated, plan.stars[row], np.nan),
        version=[plan.version[i] if shown else None for i, shown in zip(row.tolist(), versioned, strict=True)],
    )


def _plan(rng: np.random.Generator, company: Company, count: int, chance: Chance) -> _Plan:
    volume = expected_volume()
    drawn = np.unravel_index(pick_weighted(rng, volume.ravel(), count), volume.shape)
    day, theme, segment = (numbers.astype(np.int64) for numbers in drawn)
    user = _authors(rng, company, day, theme, segment)
    country = company.country[company.user_account[user]]
    when = START_S + day * DAY + working_second(rng, country)
    when = np.where(when < AS_OF_S, when, AS_OF_S - 1 - rng.integers(0, DAY // 2, count))
    channel = pick(rng, [bank("en").channels.get(name, _CHATTER_CHANNELS) for name in THEMES], theme)
    news = _news(company, user, theme, when)
    mood = np.array([bank("en").mood.get(name, 3.6) for name in THEMES])[theme] - 0.4 * news
    release = np.searchsorted(_RELEASED, when, side="right") - 1
    release -= (rng.random(count) < 0.25) & (release > 0)  # a quarter have not updated yet
    rows = zip(country.tolist(), channel.tolist(), theme.tolist(), strict=True)
    return _Plan(
        when,
        user,
        theme,
        channel,
        np.rint(rng.normal(mood, 0.85)).clip(1, 5),
        news,
        [RELEASES[r][1] for r in release.tolist()],
        [_tongue(COUNTRIES[c], CHANNELS[at], THEMES[t], chance) for c, at, t in rows],
    )


def expected_volume() -> Floats:
    """Give the relative volume of each (day, theme, segment): growth, rhythm, shares and the story."""
    growth = 1 + 0.55 * np.arange(DAYS) / DAYS
    steady = 0.55 * rhythm() + 0.45  # complaints keep coming at weekends, app reviews above all
    volume = (growth * steady)[:, None, None] * np.array(list(SHARES.values()))[None, :, None] * _TALK[None, None, :]
    day = START_S + np.arange(DAYS) * DAY
    pricing, sync, start = (volume[:, THEMES.index(event.theme), :] for event in (PRICING, OUTAGE, LAUNCH))
    weeks = (day - PRICING.start) / (7 * DAY)
    lasting, at_once = PRICING.effect("theme_volume").after, PRICING.effect("theme_volume_at_once").after
    pricing[:, :2] *= np.where(weeks >= 0, lasting + (at_once - lasting) * np.exp(-np.maximum(weeks, 0) / 4), 1.0)[:, None]
    start *= np.where(day >= LAUNCH.start, LAUNCH.effect("theme_volume").after, 1.0)[:, None]
    jump, since = OUTAGE.effect("theme_volume").after, (day - OUTAGE.end) / DAY
    during = (day >= OUTAGE.start) & (day < OUTAGE.end)
    ebb = np.where(since >= 0, 1 + (jump / 2.5 - 1) * np.exp(-np.maximum(since, 0) / 6), 1.0)
    sync[:, SEGMENTS.index(OUTAGE.segment)] *= np.where(during, jump, ebb)
    sync[:, : SEGMENTS.index(OUTAGE.segment)] *= np.where(during, 1.5, 1.0)[:, None]  # word gets round
    return np.asarray(volume)


def _authors(rng: np.random.Generator, company: Company, day: Ints, theme: Ints, segment: Ints) -> Ints:
    """Find an author for each row: of its segment, a user on that day, and where the story asks for it, one whom it touches."""
    of_segment = [np.flatnonzero(company.segment[company.user_account] == s) for s in range(len(SEGMENTS))]
    pools = [pool if len(pool) else np.arange(len(company.user_account)) for pool in of_segment]
    sizes, when = np.array([len(pool) for pool in pools]), START_S + day * DAY
    chosen = np.zeros(len(day), dtype=np.int64)
    open_rows = np.arange(len(day))
    for attempt in range(60):
        drawn = (rng.random(len(open_rows)) * sizes[segment[open_rows]]).astype(np.int64)
        user = np.concatenate(pools)[(np.cumsum(sizes) - sizes)[segment[open_rows]] + drawn]
        chosen[open_rows] = user
        fits = company.present(user, when[open_rows])
        if attempt < 25:
            fits &= _touched(rng, company, user, theme[open_rows], when[open_rows])
        open_rows = open_rows[~fits]
        if not len(open_rows):
            break
    return chosen


def _touched(rng: np.random.Generator, company: Company, user: Ints, theme: Ints, when: Ints) -> NDArray[np.bool_]:
    """Refuse most authors of the outage's and the price change's feedback who are not touched by them."""
    on_ios = company.user_platform[user] == PLATFORMS.index(OUTAGE.platform)
    on_team = company.spell_plan[company.spell_at(company.user_account[user], when)] == PLANS.index(PRICING.plan)
    outage = (theme == THEMES.index(OUTAGE.theme)) & (when >= OUTAGE.start)
    dearer = (theme == THEMES.index(PRICING.theme)) & (when >= PRICING.start)
    return np.where(outage, on_ios, np.where(dearer, on_team, True)) | (rng.random(len(user)) < 0.08)


def _news(company: Company, user: Ints, theme: Ints, when: Ints) -> NDArray[np.bool_]:
    """Say which rows are moved by the story's events."""
    segment = company.segment[company.user_account[user]]
    on_ios = company.user_platform[user] == PLATFORMS.index(OUTAGE.platform)
    outage = (theme == THEMES.index(OUTAGE.theme)) & (when >= OUTAGE.start) & (segment == SEGMENTS.index(OUTAGE.segment)) & on_ios
    dearer = (theme == THEMES.index(PRICING.theme)) & (when >= PRICING.start) & (segment < SEGMENTS.index("enterprise"))
    tour = (theme == THEMES.index(LAUNCH.theme)) & (when >= LAUNCH.start) & (user % 4 == 0)
    return np.asarray(outage | dearer | tour)


def _tongue(country: str, channel: str, theme: str, chance: Chance) -> str:
    language, share = _TONGUES.get(country, ("en", 0.0))
    return language if theme and channel != "sales call" and chance() < share else "en"


def _occasions(company: Company, plan: _Plan) -> list[Occasion]:
    months = plan.when.astype("datetime64[s]").astype("datetime64[M]").astype(int).tolist()  # since January 1970
    numbers = (plan.theme, plan.channel, company.user_platform[plan.user], plan.stars.astype(int), plan.news)
    rows = zip(*(column.tolist() for column in numbers), plan.language, plan.version, months, strict=True)
    return [
        Occasion(THEMES[t], CHANNELS[c], tongue, PLATFORMS[p], version, m % 12 + 1, 1970 + m // 12, stars, news)
        for t, c, p, stars, news, tongue, version, m in rows
    ]


def _written(occasion: Occasion, when: int, chance: Chance) -> str:
    """Write one text; some are copied from a campaign, some hold personal data, some carry the marks of an import."""
    text = ""
    first, days, share = _CAMPAIGNS.get(occasion.theme, ("2024-01-01", 0, 0.0))
    begins = seconds(date.fromisoformat(first)) if days else AS_OF_S
    if occasion.language == "en" and begins <= when < begins + days * DAY and chance() < share:
        speaker = Speaker(occasion, chance)
        text = speaker.copy_campaign()
    elif occasion.channel in ("support ticket", "chat") and chance() < _NAMED:
        name = person(chance)
        occasion = replace(occasion, to=name.split(" ")[0]) if chance() < 0.5 else replace(occasion, signed=name)
    text = text or text_of(occasion, chance)
    if occasion.theme and chance() < _PERSONAL * (2 if occasion.theme == "billing_invoices" else 1):
        text = reveal(text, occasion.theme, occasion.language, chance)
    return machine_marks(text, chance) if chance() < _MACHINE else text


def _echoes(rng: np.random.Generator, plan: _Plan, text: list[str], count: int, chance: Chance) -> tuple[Ints, Ints, list[str]]:
    """Let some people send the same again, an hour to four days later: whose rows, when, and the texts."""
    long = np.flatnonzero(np.array([len(t) for t in text]) > 40)
    again = rng.choice(long if len(long) >= count else np.arange(len(text)), count, replace=False)
    said = plan.when[again]
    later = said + (3600 + rng.random(count) * 4 * DAY).astype(np.int64)
    later = np.where(later < AS_OF_S, later, said + (AS_OF_S - 1 - said) // 2)
    return again, later, [_echo(text[i], plan.language[i], chance) for i in again.tolist()]


def _echo(text: str, language: str, chance: Chance) -> str:
    """Send a text again: with a word before or after, its end cut off, or other typos."""
    shape = chance() * (0.45 if "@" in text or "://" in text else 1.0)  # addresses stay whole
    again = Speaker(Occasion("", "chat", language), chance).say("again")
    if shape < 0.3:
        return f"{again}\n{text}"
    if shape < 0.45:
        return f"{text} {again}"
    if shape < 0.6 and len(text) > 120:
        return text[: text.rfind(" ", 0, int(len(text) * 0.9))]
    for _ in range(3):
        text = slip(text, chance)
    return text
