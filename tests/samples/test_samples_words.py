"""The feedback reads like people: many voices, slips, a few languages; personal data only of reserved kinds."""

import re
from collections import Counter
from math import prod
from random import Random

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodops.samples import SHARES, THEMES
from prodops.samples.forms import text_of
from prodops.samples.noise import machine_marks, roughen, slip
from prodops.samples.personal import CARDS, FIRST, IBANS, NETS, PHONES, reveal
from prodops.samples.voices import CHANNELS, LANGUAGES, NUMBERS, Occasion, Speaker, bank, capital, sentence

MAIL = re.compile(r"[\w.]+@([\w.]+\w)")
LINK = re.compile(r"https?://([^/\s]+)")
NAMES = "|".join(FIRST)
SIGNS = re.compile(
    "|".join(
        [
            MAIL.pattern,
            LINK.pattern,
            r"555-01\d\d",
            r"7946 0\d{3}",
            r"07700 900",
            r"30 23125",
            r"1 99 00",
            r"192\.0\.2\.",
            r"198\.51\.100\.",
            r"203\.0\.113\.",
            "2001:db8",
            *map(re.escape, (*CARDS, *IBANS)),
            rf"(?:[Hh]i|[Hh]ello|[Dd]ear) (?:{NAMES}),",
            rf"\n(?:{NAMES}) [A-Z]",
        ]
    )
)


@pytest.fixture(scope="module")
def rows(sample):
    return pq.read_table(sample["feedback"]).to_pylist()


def halves() -> float:
    return 0.5


# ------------------------------------------------------------------------------------------------ the whole
def test_texts_are_nearly_all_different(rows):
    """At least 95 in 100 texts occur once, though fragments such as "test" repeat."""
    assert len({row["text"] for row in rows}) > 0.95 * len(rows)


def test_no_sentence_shows_through(rows):
    """No sentence of six words or more, footers and quotes apart, is in more than 3 of 1,000 texts."""
    said = Counter(s for row in rows for s in set(re.split(r"(?<=[.!?])\s|\n", row["text"])) if len(s.split()) > 5 and s[0] != ">")
    footers = [phrase for phrase, _ in said.most_common(12) if re.search("e-mail|attachments|message was scanned|error, please", phrase)]
    common = [(phrase, n) for phrase, n in said.most_common(12) if phrase not in footers]
    assert common[0][1] < 0.006 * len(rows)
    assert common[3][1] < 0.003 * len(rows)


def test_texts_are_short_and_long(rows):
    """Lengths run from a word or two to long mails; tickets are longer than answers in the app."""
    lengths = {channel: sorted(len(r["text"]) for r in rows if r["channel"] == channel) for channel in CHANNELS}
    everything = sorted(len(r["text"]) for r in rows)
    assert everything[len(rows) // 20] < 30
    assert everything[-len(rows) // 100] > 400
    assert lengths["support ticket"][len(lengths["support ticket"]) // 2] > 2 * lengths["in-app survey"][len(lengths["in-app survey"]) // 2]


def test_every_channel_speaks(rows):
    """Six channels, each with at least one piece in twenty, and none with more than a third."""
    counts = Counter(row["channel"] for row in rows)
    assert set(counts) == set(CHANNELS)
    assert 0.05 < min(counts.values()) / len(rows) < max(counts.values()) / len(rows) < 0.34


def test_a_few_other_languages(rows):
    """Four to eight texts in a hundred are German, French, Spanish, Portuguese or Dutch; German is the commonest."""
    counts = Counter(row["language"] for row in rows)
    assert 0.04 < 1 - counts["en"] / len(rows) < 0.08
    assert [language for language, _ in counts.most_common(2)] == ["en", "de"]
    assert set(counts) == set(LANGUAGES)


def test_some_chatter(ask):
    """Five to eight in a hundred are about nothing in particular."""
    assert 0.05 < ask("SELECT avg((theme = '')::int) FROM feedback_truth")[0][0] < 0.08


def test_some_near_duplicates(rows):
    """Three to eight texts in a hundred nearly repeat an earlier one: most of their four-word runs are the same."""
    seen: dict[tuple[str, ...], list[int]] = {}
    runs: list[set[tuple[str, ...]]] = []
    repeats = 0
    for number, row in enumerate(rows):
        words = re.findall(r"\w+", row["text"].lower())
        runs.append({tuple(words[i : i + 4]) for i in range(len(words) - 3)} if len(words) > 7 else set())
        shared = Counter(other for run in runs[number] for other in seen.get(run, ())).most_common(3)
        repeats += any(n >= 0.55 * (len(runs[number]) + len(runs[other]) - n) for other, n in shared)
        for run in runs[number]:
            seen.setdefault(run, []).append(number)
            del seen[run][30:]
    assert 0.03 < repeats / len(rows) < 0.08


def test_campaigns_post_the_same_text(rows):
    """After the price change dozens post the campaign's letter with only their signature changed, within five weeks."""
    posts = [row for row in rows if "the old price of 9 euros a seat" in row["text"]]
    assert len(posts) > 25
    assert min(p["created_at"] for p in posts).isoformat() >= "2025-04-08"
    assert max(p["created_at"] for p in posts).isoformat() < "2025-05-12"


# ------------------------------------------------------------------------------------------------ personal data
def test_some_texts_hold_personal_data(rows):
    """Two to four and a half texts in a hundred hold a name in its place, an address, a number or a link with a token."""
    assert 0.02 < sum(bool(SIGNS.search(row["text"])) for row in rows) / len(rows) < 0.045


def test_addresses_are_of_example_domains(rows):
    """Every mail address and link is of a domain set aside for examples."""
    hosts = {host for row in rows for pattern in (MAIL, LINK) for host in pattern.findall(row["text"])}
    assert hosts
    assert {h for h in hosts if not re.search(r"(^|\.)(example\.(com|org|net)|lumendesk\.example)$", h)} == set()


def test_numbers_of_cards_and_accounts_pass_their_checks():
    """Test cards pass Luhn, example IBANs leave 1 on division by 97."""

    def luhn(card: str) -> int:
        digits = [int(d) for d in re.sub(r"\D", "", card)][::-1]
        return (sum(digits[::2]) + sum(sum(divmod(2 * d, 10)) for d in digits[1::2])) % 10

    def mod97(iban: str) -> int:
        turned = iban.replace(" ", "")[4:] + iban[:4]
        return int("".join(str(int(c, 36)) for c in turned)) % 97

    assert [luhn(card) for card in CARDS] == [0] * len(CARDS)
    assert [mod97(iban) for iban in IBANS] == [1] * len(IBANS)


def test_telephones_and_networks_are_reserved_ones():
    """Telephone numbers are of the ranges for fiction, IPs of the networks for documentation."""
    fiction = r"(\+1 |\(?\d{3}\)?)[ -]?(\d{3}-)?555-01##|(\+44 |0)20 7946 0###|07700 900###|(\+49 |0)30 23125 ?###|(\+33 |0)1 99 00 ## ##"
    assert [p for p in PHONES if not re.fullmatch(fiction, p)] == []
    assert [n for n in NETS if not n.startswith(("192.0.2.", "198.51.100.", "203.0.113.", "2001:db8:"))] == []


def test_long_numbers_are_only_known_ones(rows):
    """No text holds a number that could be a real card: runs of 13 or more digits are the test cards or example IBANs."""
    known = {re.sub(r"\D", "", n) for n in (*CARDS, *IBANS)}
    runs = {re.sub(r"\D", "", run) for row in rows for run in re.findall(r"(?:\d[ -]?){13,}", row["text"])}
    assert {run for run in runs if not any(run in number or number in run for number in known)} == set()


def test_reveal_adds_to_the_text():
    """A line of personal data leaves what was said as it was."""
    chance = Random(3).random
    for theme in ("billing_invoices", "login_sso", "dark_mode"):
        for language in LANGUAGES:
            told = reveal("the text", theme, language, chance)
            assert told.startswith("the text")
            assert not set("{#") & set(told)


# ------------------------------------------------------------------------------------------------ the phrases
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_knows_every_theme(language):
    """Each language has problems and short words on each theme, and what mails begin and end with."""
    phrases = bank(language).phrases
    assert [t for t in THEMES if t and not (phrases.get(t, {}).get("problem") and phrases[t].get("short"))] == []
    assert all(phrases["common"][key] for key in ("greeting", "closing"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_phrases_are_well_formed(language):
    """Braces are closed, and every slot has values."""
    known = {*NUMBERS, *bank(language).slots, "device", "phone", "size", "version", "yyyy", "lastmonth"}
    for section in bank(language).phrases.values():
        for part in (option for options in section.values() for phrase in options for choice in phrase for option in choice):
            assert not re.search("[{}|]", part), part
            assert set(re.findall(r"<(\w+)>", part)) <= known, part


def test_english_is_rich():
    """Each theme has a dozen ways to tell it, each in several wordings; prices have them before and after the change together."""
    for theme in bank("en").themes:
        phrases = bank("en").phrases[theme]
        told = [*phrases["problem"], *(phrases["news"] if theme == "pricing" else ())]
        assert len(told) >= 12, theme
        assert sorted(map(wordings, told))[len(told) // 2] >= 8, theme


def wordings(phrase) -> int:
    """How many wordings a phrase has."""
    return prod(len(choice) for choice in phrase)


def test_no_real_company_is_named():
    """No phrase names a real company."""
    sections = (section for language in LANGUAGES for section in bank(language).phrases.values())
    phrases = (phrase for section in sections for options in section.values() for phrase in options)
    text = " ".join(option for phrase in phrases for choice in phrase for option in choice).lower()
    names = "google microsoft apple slack atlassian asana trello notion okta zoom stripe paypal amazon"
    assert re.findall(rf"\b({names.replace(' ', '|')})\b", text) == []


# ------------------------------------------------------------------------------------------------ the speakers
@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("theme", THEMES)
def test_anyone_can_speak_anywhere(theme, channel):
    """Every theme has words in every channel's form and language; nothing unfilled is left, and something is always said."""
    chance = Random(5).random
    for language in LANGUAGES if theme and channel != "sales call" else ("en",):  # the sales team writes in English
        for stars in (1, 3, 5):
            text = text_of(Occasion(theme, channel, language, "ios", "5.2.0", 7, 2025, stars, news=stars < 3), chance)
            assert text == text.strip() != ""
            assert not re.search(r"[{}|]|<\w+>|  +\S| [,.;](?:\s|$)", text), text


def test_the_same_chance_says_the_same():
    """A text depends on the occasion and the chance alone."""
    occasion = Occasion("slow_search", "support ticket", stars=2, version="5.0.0")
    assert text_of(occasion, Random(1).random) == text_of(occasion, Random(1).random) != text_of(occasion, Random(2).random)


def test_a_speaker_keeps_to_one_device():
    """Within a text a person has one device and one phone."""
    speaker = Speaker(Occasion("slow_search", "chat", platform="ios"), Random(4).random)
    devices = {speaker._slot(match) for match in re.finditer(r"<(device)>", "<device> " * 20)}
    assert len(devices) == 1
    assert devices < set(bank("en").slots["ios"])


def test_months_are_those_of_the_occasion():
    """ "Last month" is the month before the occasion, also across the turn of the year."""
    speaker = Speaker(Occasion("billing_invoices", "chat", month=1), halves)
    assert speaker._slot(re.match(r"<(\w+)>", "<lastmonth>")) == "December"
    assert speaker._slot(re.match(r"<(\w+)>", "<month>")) == "January"


def test_names_are_greeted_and_signed():
    """A named addressee is greeted, a signer's name stands under the mail."""
    chance = Random(6).random
    greeted = [text_of(Occasion("login_sso", "support ticket", to="Hanna", version="5.0.0"), chance) for _ in range(40)]
    signed = [text_of(Occasion("login_sso", "support ticket", signed="Tom Novak", version="5.0.0"), chance) for _ in range(40)]
    assert sum("hanna," in text.lower() for text in greeted) > 25
    assert sum("\ntom novak" in text.lower() for text in signed) > 25


def test_clauses_are_joined():
    """A question is followed by a new sentence; a missing half leaves the other."""
    speaker = Speaker(Occasion("slow_search", "chat"), halves)
    assert speaker.link("is it slow?", "we wait") == "is it slow? We wait"
    assert (speaker.link("", "we wait"), speaker.link("it is slow", "")) == ("we wait", "it is slow")


@pytest.mark.parametrize(("clause", "expected"), [("it hangs", "It hangs."), ("why?", "Why?"), ("ok :)", "Ok :)"), ("", "")])
def test_sentences_end_in_a_mark(clause, expected):
    """A clause becomes a sentence with a capital and a stop, unless it has its own mark."""
    assert sentence(clause) == expected
    assert capital(clause) == expected.removesuffix(".")


# ------------------------------------------------------------------------------------------------ slips
@given(st.text(max_size=80), st.integers(0, 10_000))
def test_a_slip_changes_one_letter_at_most(text, seed):
    """A typo changes the length by one at most and the text in one place only."""
    slipped = slip(text, Random(seed).random)
    assert abs(len(slipped) - len(text)) <= 1
    changed = [i for i, (a, b) in enumerate(zip(text, slipped, strict=False)) if a != b]
    assert not changed or len(slipped) != len(text) or changed[-1] - changed[0] <= 1


@given(st.text(alphabet="0123456789 .,!?", max_size=40), st.integers(0, 1_000))
def test_slips_spare_what_is_not_a_word(text, seed):
    """Numbers and marks are never mistyped."""
    assert slip(text, Random(seed).random) == text


def test_haste_shows():
    """Hasty texts are rougher: many are in lower case, few of the careful ones are."""
    chance = Random(8).random
    text = "Please fix the search. It is Monday and I can't find anything."
    hasty = sum(roughen(text, chance, 0.9).islower() for _ in range(300))
    careful = sum(roughen(text, chance, 0.05).islower() for _ in range(300))
    assert hasty > 100 > 20 > careful


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (0.1, 'It\'s "so" slow<br>Café'),
        (0.5, "It&#39;s &quot;so&quot; slow\nCafé"),
        (0.7, 'It\'s\u00a0"so"\u00a0slow\nCafé'),
        (0.9, 'Itâ€™s "so" slow\nCafÃ©'),
    ],
)
def test_machine_marks(kind, expected):
    """An import leaves tags, entities, hard spaces or a wrong encoding, one of them a text."""
    assert machine_marks('It\'s "so" slow\nCafé', lambda: kind) == expected


def test_shares_are_of_the_known_themes():
    """The usual shares name the themes that the phrases know, and chatter, and add up to about a hundred."""
    assert tuple(SHARES) == THEMES
    assert set(THEMES) == {*bank("en").themes, ""}
    assert 95 < sum(SHARES.values()) < 110
