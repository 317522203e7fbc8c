"""The form that a text takes on each channel: long mails with greeting and footer, starred reviews, fragments in a chat, call notes."""

import re
from collections.abc import Callable

from prodops.samples.noise import roughen
from prodops.samples.voices import PRAISE, Chance, Occasion, Speaker, capital, sentence

_DOUBLED = re.compile(r"([?!])[.,]")
_BREAKS = ("\n\n", "\n\n", "\n", " ")
_HELLO = {
    "en": ("Hi", "Hi", "Hello", "Dear"),
    "de": ("Hallo", "Liebe"),
    "fr": ("Bonjour",),
    "es": ("Hola",),
    "pt": ("Olá",),
    "nl": ("Hallo",),
}
_PEACE = 4  # stars from which a complaint starts kindly


def text_of(occasion: Occasion, chance: Chance) -> str:
    """Say something on an occasion, in the form of its channel, with the slips that people make there."""
    speaker = Speaker(occasion, chance)
    if not occasion.theme:
        text = speaker.say("chatter")
        return roughen(text, chance, 0.6 if occasion.channel == "chat" else 0.3)
    text = _DOUBLED.sub(r"\1", _FORMS[occasion.channel](speaker)).strip()
    return roughen(text, chance, _HASTE[occasion.channel])


def _opening(s: Speaker) -> str:
    """The first sentence: a problem, kindly put by those who like the product."""
    said = s.problem()
    if s.on.stars >= _PEACE and s.theme not in PRAISE and s.maybe(0.45):
        return " ".join(filter(None, [s.say("soft"), said]))
    return said


def _story(s: Speaker, context: float, consequence: float, ask: float, feel: float) -> list[str]:
    """Sentences in an order in which people tell things; each extra comes with its own probability."""
    first = _opening(s)
    context_said = s.say("context") if s.maybe(context) else ""
    if s.maybe(consequence) and s.maybe(0.6):
        first = s.link(first, s.say("consequence"))
    elif s.maybe(consequence):
        context_said = s.link(context_said, s.say("consequence"))
    parts = [first, context_said, s.feel() if s.maybe(feel) else "", s.say("ask") if s.maybe(ask) else ""]
    if parts[2] and s.on.stars != 3 and (s.on.stars < _PEACE or s.theme in PRAISE) and s.maybe(0.35):
        parts.insert(0, parts.pop(2))
    if s.maybe(0.05) and s.on.language == "en":
        parts.append(f"{s.say('also')} {s.other()}")
    return [sentence(part) for part in parts if part]


def _ticket(s: Speaker) -> str:
    shape = s.chance()
    if shape < 0.12:
        return s.short()
    text = _list(s) if shape < 0.16 and s.on.language == "en" else _long(s) if shape < 0.23 else _mail(s)
    hello = _hello(s, 0.55)
    return f"{hello}{s.choose(_BREAKS)}{text}{_ending(s)}" if hello else text + _ending(s)


def _mail(s: Speaker) -> str:
    body = _story(s, 0.55, 0.6, 0.75, 0.18)
    if s.maybe(0.3):
        body.insert(1, sentence(s.problem()))
    if s.maybe(0.22) and s.theme not in PRAISE:
        body.insert(int(s.chance() * (len(body) + 1)), sentence(s.say("aside") or s.say("context")))
    text = _paragraphs(s, body, 0.25)
    return f"{capital(s.short())}\n\n{text}" if s.maybe(0.14) else text


def _long(s: Speaker) -> str:
    """A mail of somebody with much to say: one theme told at length, a second thing at the end by some."""
    steps = ("aside", "problem", "context", "consequence", "problem", "consequence", "context", "problem", "consequence", "ask", "ask")
    body = [sentence(s.problem() if step == "problem" else s.say(step)) for step in steps if step == "problem" or s.maybe(0.75)]
    if s.maybe(0.3) and s.on.language == "en":
        body.append(sentence(f"{s.say('also')} {s.other()}"))
    return _paragraphs(s, [part for part in body if part], 0.9)


def _paragraphs(s: Speaker, body: list[str], share: float) -> str:
    """Set sentences in one paragraph or, by that share, in two."""
    body = [part for part in body if part]
    if len(body) < 3 or not s.maybe(share):
        return " ".join(body)
    cut = 1 + int(s.chance() * (len(body) - 1))
    return " ".join(body[:cut]) + s.choose(_BREAKS[:3]) + " ".join(body[cut:])


def _hello(s: Speaker, share: float) -> str:
    """Greet: a named person where there is one, else the team, by some."""
    if s.on.to:
        return f"{s.choose(_HELLO[s.on.language])} {s.on.to},"
    return s.say("greeting") if s.maybe(share) else ""


def _list(s: Speaker) -> str:
    """A mail that lists several things, most of them of the theme."""
    points = list(filter(None, [s.problem(), s.problem(), s.other() if s.maybe(0.5) else s.problem(), s.say("ask")]))
    mark = s.choose(("- ", "* ", "", ""))
    return "\n".join([s.choose(s.bank.lists["list_open"]), *(f"{mark or f'{i}) '}{point}" for i, point in enumerate(points, 1))])


def _ending(s: Speaker) -> str:
    """Thanks, a signature without a name, a quoted mail, a footer: each on some mails only."""
    end = ""
    if s.on.signed:
        end += f"{s.choose(_BREAKS[:3])}{_closing(s)}{s.choose((',', ''))}\n{s.on.signed}"
    elif s.maybe(0.5):
        end += s.choose(_BREAKS) + _closing(s)
        if s.maybe(0.15) and (signer := s.say("signer")):
            end += f",\n{signer}"
    if s.maybe(0.06) and (quoted := s.say("quoted")):
        end += f"\n\n{quoted}"
    if s.maybe(0.09) and (footer := s.say("footer")):
        end += f"\n\n{footer}"
    return end


def _closing(s: Speaker) -> str:
    return (s.say("closing_good") if s.theme in PRAISE else "") or s.say("closing")


def _review(s: Speaker) -> str:
    shape = s.chance()
    if shape < 0.22:
        return _tail(s, s.short())
    if shape < 0.5:
        return capital(s.short()) + s.choose(("\n", ". ")) + " ".join(_story(s, 0.2, 0.5, 0.35, 0.25)) + _emoji(s, 0.12)
    text = " ".join(_story(s, 0.3, 0.55, 0.4, 0.4))
    if s.maybe(0.05) and s.on.language == "en":
        text += f" {s.on.stars} star{'s' * (s.on.stars > 1)}" + (" until this is fixed." if s.on.stars < _PEACE else ".")
    return text + _emoji(s, 0.15)


def _answer(s: Speaker) -> str:
    shape = s.chance()
    if shape < 0.42:
        return _tail(s, s.short())
    if shape < 0.7:
        return _opening(s) + _emoji(s, 0.07)
    return " ".join(_story(s, 0.1, 0.55, 0.4, 0.2))


def _tail(s: Speaker, text: str) -> str:
    """Let a fragment end in a shout, a sigh, a request, a smiley or nothing."""
    shape = s.chance()
    if shape < 0.16:
        return f"{text}{s.choose(['!', '!!', '!!!', '...', '.', '?!', '' if s.theme not in PRAISE else ' :)'])}"
    if shape < 0.34:
        return s.link(text, s.say("consequence"))
    if shape < 0.48:
        return f"{text}{s.choose([', ', '. ', ' - '])}{s.say('ask')}"
    if shape < 0.62 and (felt := s.feel()):
        return f"{text}{s.choose([', ', '. ', ' - ', '... '])}{felt}"
    return text + _emoji(s, 0.3)


def _emoji(s: Speaker, share: float) -> str:
    """A smiley that fits the mood, for some."""
    if not s.maybe(share):
        return ""
    glad = s.theme in PRAISE and s.on.stars >= _PEACE
    kind = "emoji_good" if glad else "emoji_bad" if s.on.stars < 3 else "emoji_mid"
    return " " + s.choose(s.bank.lists.get(kind, ["👍" if glad else "🙁"]))


def _call(s: Speaker) -> str:
    points = [s.say("note")]
    if s.maybe(0.45):
        points.append(s.say("note"))
    if s.on.news or s.maybe(0.25):
        points.append(f'"{s.problem()}"')
    head = ", ".join(filter(None, [s.say("call_open"), s.say("call_size") if s.maybe(0.6) else ""]))
    close = s.say("call_next") if s.maybe(0.6) else ""
    if s.maybe(0.4):
        return "\n".join([f"{capital(head)}:", *(f"- {point}" for point in points if point), *([close] if close else [])])
    return " ".join(sentence(part) for part in (head, *points, close) if part)


def _chat(s: Speaker) -> str:
    parts = [_hello(s, 0.0) if s.on.to else s.say("chat_open") if s.maybe(0.35) else ""]
    parts += [s.short()] if s.maybe(0.3) else [s.link(_opening(s), s.say("consequence")) if s.maybe(0.3) else _opening(s)]
    if s.maybe(0.3):
        parts.append(s.say("context"))
    if s.maybe(0.5):
        parts.append(s.say("ask"))
    if s.maybe(0.25) and s.theme not in PRAISE:
        parts.append(s.say("chat_end"))
    if s.on.signed:
        parts.append(s.on.signed)
    glue = s.choose(["\n", "\n", " ", ". ", ", "])
    return glue.join(filter(None, parts)) + _emoji(s, 0.08)


def _post(s: Speaker) -> str:
    body = _story(s, 0.5, 0.55, 0.3, 0.2)
    if s.maybe(0.25) and (opening := s.say("community_open")):
        body[0] = f"{opening} {body[0][:1].lower() + body[0][1:] if opening[-1] in ',:' and body[0][:2] != 'I ' else body[0]}"
    elif s.maybe(0.5):
        body[0] = f"{capital(s.short())}\n\n{body[0]}"
    if s.maybe(0.4):
        body.append(sentence(s.say("community_end")) if s.bank.phrases["common"].get("community_end") else "")
    if s.maybe(0.15):
        body.append(f"({s.choose(['v', 'version ', ''])}{s.on.version}, {s.on.platform})")
    return " ".join(filter(None, body)).strip()


_FORMS: dict[str, Callable[[Speaker], str]] = {
    "support ticket": _ticket,
    "app store": _review,
    "in-app survey": _answer,
    "sales call": _call,
    "chat": _chat,
    "community": _post,
}
_HASTE = {"support ticket": 0.16, "app store": 0.34, "in-app survey": 0.36, "sales call": 0.12, "chat": 0.6, "community": 0.22}
"""How carelessly people write there: the share of texts with slips."""
