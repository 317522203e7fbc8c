"""How people talk: phrases from ``phrases/*.toml``, put together for one occasion in the form of its channel.

A phrase is text with choices, ``{slow|too slow}``, and slots, ``<device>``. A :class:`Speaker` has one device, one mood and
one way of writing for the length of a text. Chance comes from a function that gives a number in [0, 1).
"""

import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

Chance = Callable[[], float]
Phrase = tuple[tuple[str, ...], ...]

LANGUAGES = ("en", "de", "fr", "es", "pt", "nl")
CHANNELS = ("support ticket", "app store", "in-app survey", "sales call", "chat", "community")
PRAISE = ("support_praise", "product_love")
WISHES = ("dark_mode",)

NUMBERS = {"n": (2, 9), "many": (12, 60), "big": (110, 2900), "secs": (8, 50), "mins": (3, 45), "amount": (18, 640)}
"""Slots that are numbers, with their least and greatest; small ones are likelier."""

_UNLED = frozenset(
    (
        "please",
        "that",
        "could",
        "can",
        "is",
        "are",
        "why",
        "what",
        "what's",
        "would",
        "any",
        "so",
        "big",
        "five",
        "10",
        "top",
        "love",
        "never",
    )
)
"""First words of phrases that nothing can lead into: requests, questions, shouts."""

_CHOICE = re.compile(r"\{([^}]*)\}")
_SLOT = re.compile(r"<(\w+)>")
_SPARE = re.compile(r" +(?=[,.;?!](?:\s|$))|(?<= ) +")


@dataclass(frozen=True)
class Bank:
    """One language's phrases: by section and key, the phrases of a key; the slots' values; and per theme mood and channels."""

    language: str
    phrases: dict[str, dict[str, tuple[Phrase, ...]]]
    slots: dict[str, list[str]]
    mood: dict[str, float]
    channels: dict[str, list[float]]
    lists: dict[str, list[str]]

    @property
    def themes(self) -> tuple[str, ...]:
        """The themes in the order of the file."""
        return tuple(self.mood)


@cache
def bank(language: str) -> Bank:
    """Load one language's phrases."""
    raw = tomllib.loads((files("prodops.samples") / "phrases" / f"{language}.toml").read_text(encoding="utf-8"))
    slots = raw.pop("slots")
    sections = {name: {key: _phrases(text) for key, text in section.items() if isinstance(text, str)} for name, section in raw.items()}
    themes = {name: section for name, section in raw.items() if "mood" in section}
    lists = {key: value for key, value in raw["common"].items() if isinstance(value, list)}
    return Bank(language, sections, slots, {k: v["mood"] for k, v in themes.items()}, {k: v["channels"] for k, v in themes.items()}, lists)


def _phrases(text: str) -> tuple[Phrase, ...]:
    lines = [line.replace("\\n", "\n") for line in text.strip().split("\n")]
    return tuple(tuple(tuple(part.split("|")) if i % 2 else (part,) for i, part in enumerate(_CHOICE.split(line))) for line in lines)


@dataclass(frozen=True)
class Occasion:
    """What a text is about and where it is said; ``stars`` (1 to 5) is the mood, ``news`` says that the story's event is on,
    ``to`` is the name that a greeting addresses and ``signed`` the one under the text."""

    theme: str
    channel: str
    language: str = "en"
    platform: str = "web"
    version: str = ""
    month: int = 1
    year: int = 2025
    stars: int = 3
    news: bool = False
    to: str = ""
    signed: str = ""


class Speaker:
    """One person on one occasion."""

    def __init__(self, occasion: Occasion, chance: Chance) -> None:
        self.on = occasion
        self.bank = bank(occasion.language)
        self.chance = chance
        self.theme = occasion.theme
        self._same: dict[str, str] = {}
        self._said: set[Phrase] = set()

    def maybe(self, share: float) -> bool:
        """Decide with the given probability."""
        return self.chance() < share

    def choose(self, options: tuple[str, ...] | list[str]) -> str:
        """Choose one of several texts."""
        return options[int(self.chance() * len(options))]

    def say(self, key: str) -> str:
        """Say a phrase of the theme, or of its kind of theme, or a common one; nothing where the language has none left."""
        kind = "praise" if self.theme in PRAISE else "wish" if self.theme in WISHES else "complaint"
        for section in (self.theme, kind, "common"):
            options = self.bank.phrases.get(section, {}).get(key)
            if options:
                return self._voice(options)
        return ""

    def problem(self) -> str:
        """Say what it is about: the news while there is some, else the theme's usual."""
        if self.on.news and self.theme == self.on.theme and self.maybe(0.7):
            return self.say("news") or self.say("problem")
        return self._led(self.say("problem"))

    def _led(self, said: str) -> str:
        """Lead into a statement now and then; requests and questions stand for themselves."""
        kind = "lead_good" if self.theme in PRAISE else "lead_ask" if self.maybe(0.15) else "lead"
        leads = self.bank.lists.get(kind)
        if not leads or said.endswith(("?", "!")) or said.split(" ", 1)[0] in _UNLED or not self.maybe(0.2):
            return said
        return f"{self.choose(leads)} {said}{'?' * (kind == 'lead_ask')}"

    def short(self) -> str:
        """Moan (or praise) in a few words."""
        return (self.say("news") if self.on.news and self.maybe(0.35) else "") or self.say("short")

    def other(self) -> str:
        """Say a problem of another theme of the same temper."""
        own = self.theme
        others = [t for t in self.bank.themes if t != own and (t in PRAISE) == (own in PRAISE)]
        self.theme = self.choose(others)
        said = self.say("problem")
        self.theme = own
        return said

    def feel(self) -> str:
        """Say how it feels."""
        return self.say("feel_bad" if self.on.stars <= 2 else "feel_mid" if self.on.stars == 3 or self.theme not in PRAISE else "feel_good")

    def copy_campaign(self) -> str:
        """Copy the text that a campaign on the theme asks people to post."""
        return self._voice(self.bank.phrases["campaigns"][self.theme])

    def link(self, first: str, second: str) -> str:
        """Join two clauses as people do; none of them may be missing."""
        if not (first and second):
            return first or second
        link = self.choose(self.bank.lists.get("link", [". "]))
        if first[-1] in ".?!…":
            link = " "
        return first + link + (capital(second) if link in (". ", " ", "... ") else second)

    def _voice(self, options: tuple[Phrase, ...]) -> str:
        chance = self.chance
        phrase = options[int(chance() * len(options))]
        if phrase in self._said:
            phrase = options[int(chance() * len(options))]
        if phrase in self._said:  # nobody says the same thing twice in a text
            return ""
        self._said.add(phrase)
        text = "".join([part[int(chance() * len(part))] if len(part) > 1 else part[0] for part in phrase])
        if "<" in text:
            text = _SLOT.sub(self._slot, text)
        return _SPARE.sub("", text).strip()

    def _slot(self, match: re.Match[str]) -> str:
        name = match[1]
        if name in ("device", "phone"):
            platform = self.on.platform if name == "device" or self.on.platform != "web" else "ios" if self.maybe(0.5) else "android"
            return self._same.setdefault(name, self.choose(self.bank.slots[platform]))
        if name == "size":
            return self._same.setdefault(name, str(3 + int(self.chance() ** 2 * 30)))
        if name in ("month", "lastmonth"):
            back = 1 if name == "lastmonth" or self.maybe(0.4) else 0
            return self.bank.slots["month"][(self.on.month - 1 - back) % 12]
        if name in NUMBERS:
            low, high = NUMBERS[name]
            return str(low + int(self.chance() ** 1.7 * (high - low + 1)))
        if name == "version":
            return self.on.version
        if name == "yyyy":
            return str(self.on.year)
        return self.choose(self.bank.slots[name])


def capital(text: str) -> str:
    """Write the first letter large."""
    return text[:1].upper() + text[1:]


def sentence(text: str) -> str:
    """Make a clause a sentence: a large first letter, a full stop unless it ends in a mark already."""
    return capital(text) if not text or text[-1] in ".!?…:)" else capital(text) + "."
