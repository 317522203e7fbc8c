"""Personal data, all of it invented or set aside for examples, in the places where people put it.

Telephone numbers come from the ranges reserved for fiction (555-01xx in North America; Ofcom's, the Bundesnetzagentur's and
Arcep's), mail and web from example domains (RFC 2606), IPs from documentation networks (RFC 5737, 3849), cards from the usual
test numbers, IBANs from the registry's own examples. Check digits are right, as a redactor would want them.
"""

from prodops.samples.voices import Chance

FIRST = (
    "Hanna",
    "Jonas",
    "Priya",
    "Marta",
    "Tom",
    "Aisha",
    "Lukas",
    "Chloe",
    "Diego",
    "Ingrid",
    "Owen",
    "Fatima",
    "Sofia",
    "Ben",
    "Yuki",
    "Camille",
    "Rafael",
    "Greta",
    "Liam",
    "Nadia",
    "Peter",
    "Elena",
    "Samir",
    "Julia",
    "Kofi",
    "Anna",
    "Mateus",
    "Ruth",
    "Henrik",
    "Zoe",
)
LAST = (
    "Lindqvist",
    "Brandt",
    "Okafor",
    "Marsh",
    "Delacroix",
    "Pereira",
    "Hollis",
    "Novak",
    "Rahman",
    "Sanders",
    "Vogel",
    "Castellan",
    "Whitcombe",
    "Iyer",
    "Moreau",
    "Keller",
    "Ferris",
    "Tamm",
    "Bianchi",
    "Osei",
    "Verhoeven",
    "Quinn",
    "Salgado",
    "Maier",
    "Thorne",
)
CARDS = (
    "4242 4242 4242 4242",
    "4111 1111 1111 1111",
    "5555 5555 5555 4444",
    "3782 822463 10005",
    "4242424242424242",
    "5105-1051-0510-5100",
)
IBANS = (
    "DE89 3704 0044 0532 0130 00",
    "GB82 WEST 1234 5698 7654 32",
    "FR14 2004 1010 0505 0001 3M02 606",
    "ES91 2100 0418 4502 0005 1332",
    "AT61 1904 3002 3457 3201",
    "DE89370400440532013000",
)
PHONES = (
    "+1 202-555-01##",
    "(312) 555-01##",
    "415-555-01##",
    "+44 20 7946 0###",
    "020 7946 0###",
    "07700 900###",
    "030 23125 ###",
    "+49 30 23125###",
    "+33 1 99 00 ## ##",
    "01 99 00 ## ##",
)
NETS = ("192.0.2.#", "198.51.100.#", "203.0.113.#", "2001:db8::##")
DOMAINS = ("example.com", "example.org", "example.net", "mail.example.com")

_LINES = {
    "email": (
        "My login is {mail}.",
        "Please answer to {mail}, thanks.",
        "account: {mail}",
        "you can reach me at {mail}",
        "(user {mail})",
        "cc {mail} please",
        "It's about the account {mail}.",
    ),
    "phone": (
        "Call me: {phone}.",
        "My number is {phone}",
        "Reach me on {phone}, best after 3.",
        "tel. {phone}",
        "Could somebody ring {phone}?",
    ),
    "card": ("The card is {card}.", "card number {card}, exp 09/27", "You charged {card}.", "It was debited from {card}"),
    "iban": ("Please refund to {iban}.", "Our IBAN: {iban}", "account {iban}, same name as on the invoice"),
    "ip": ("It shows my IP as {ip}.", "we come from {ip}", "blocked IP: {ip}", "Log says {ip} - is that you?"),
    "link": (
        "The link was https://app.lumendesk.example/invite?token={token}",
        "https://app.lumendesk.example/reset?key={token}&u={user} gives an error",
        "see https://files.example.com/s/{token}?access_token={token2}",
    ),
}
_BARE = {
    "email": ("({mail})", "{mail}"),
    "phone": ("Tel. {phone}", "{phone}"),
    "card": ("{card}",),
    "iban": ("IBAN {iban}",),
    "ip": ("IP {ip}",),
    "link": ("https://app.lumendesk.example/invite?token={token}",),
}
_FITS = {
    "billing_invoices": ("card", "iban", "email", "phone"),
    "login_sso": ("email", "ip", "link", "link"),
    "permissions_sharing": ("link", "email"),
    "export_reports": ("link", "email"),
}
_ANYWHERE = ("email", "email", "phone", "ip", "link")


def person(chance: Chance) -> str:
    """Invent a first and a last name."""
    return f"{FIRST[int(chance() * len(FIRST))]} {LAST[int(chance() * len(LAST))]}"


def reveal(text: str, theme: str, language: str, chance: Chance) -> str:
    """Add a line with a number, an address or a link of the kind that fits the theme."""

    def choose(options: tuple[str, ...]) -> str:
        return options[int(chance() * len(options))]

    line = choose((_LINES if language == "en" else _BARE)[choose(_FITS.get(theme, _ANYWHERE))])
    user = person(chance).lower().replace(" ", ".")
    filled = line.format(
        mail=f"{user}@{choose(DOMAINS)}",
        phone=_digits(choose(PHONES), chance),
        card=choose(CARDS),
        iban=choose(IBANS),
        ip=_digits(choose(NETS), chance),
        token=_token(chance),
        token2=_token(chance),
        user=user,
    )
    return f"{text}{choose((' ', chr(10), chr(10) * 2))}{filled}"


def _digits(pattern: str, chance: Chance) -> str:
    return "".join(str(1 + int(chance() * 9)) if c == "#" else c for c in pattern)


def _token(chance: Chance) -> str:
    return "".join("abcdefghjkmnpqrstuvwxyz23456789"[int(chance() * 31)] for _ in range(24))
