"""Phone numbers: by the numbering plans, or by how they are written and announced."""

import re
from collections.abc import Iterator

REGIONS = ("US", "GB", "DE", "FR", "ES", "IT", "NL", "AT", "CH", "BE", "PT", "BR", "IN", "AU", "CA")
"""Numbering plans that a phone number without its country code is tried against."""

_MANY_DIGITS = re.compile(r"\d(?:[\s().\-/]{0,3}\d){5}")
_PHONE = re.compile(r"(?:(?<![\w.,#$€£/-])|(?<=[a-z]-))(?:(?:\+|00) ?)?\(?\d(?:[ \t().\-/\u00a0]{0,3}\d){6,16}(?![\w%]|-[A-Za-z])")
_DATE_LIKE = re.compile(r"(?:19|20)\d\d[-./]\d{1,2}[-./]\d{1,2}(?!\d)|\d{1,2}[-./]\d{1,2}[-./](?:19|20)?\d\d(?!\d)")
_AMERICAN = re.compile(r"(?:\+?1[ .-]?)?(?:\(\d{3}\) ?|\d{3}[ .-])\d{3}[ .-]\d{4}")
_FRENCH = re.compile(r"0[1-9](?:([ .-])\d\d)(?:\1\d\d){3}")
_CALL_BEFORE = re.compile(
    r"(?:phone|tel|telephone|telefon|mobile|mobil|cell|call|ring|text|whats ?app|sms|handy|fax|reach|my number|meine nummer|anrufen|rückruf|rufnummer"
    r"|t[ée]l[ée]phone|portable|appel\w*|rappel\w*|mon num[ée]ro|tel[ée]fono|m[óo]vil|llam\w*|ll[áa]m\w*|mi n[úu]mero|cellulare|chiama\w*|il mio numero|mijn nummer|bel|bellen"
    r"|telem[óo]vel|telefone|celular|liga\w*|ligue|meu n[úu]mero)\b"
    r"\W*(?:\w+\W+){0,4}$",
    re.IGNORECASE,
)
_ORDER_BEFORE = re.compile(
    r"(?:order\w*|ticket|claim|tag|bag|model|invoice|case|booking|reference|ref|confirmation|account|customer|client|serial|tracking|parcel|imei|isbn|ean|sku|id"
    r"|issue|version|build|flight|no|nr|n[°º]|num|rechnung\w*|bestell\w*|kunden\w*|auftrag\w*|sendung\w*|vertrag\w*|commande|facture|dossier|contrat|colis"
    r"|pedido|factura|envío|contrato|ordine|fattura|spedizione|bestelling|factuur|klant\w*|encomenda|fatura|vat|iva|tax|steuer\w*|siret)\b"
    r"[\s.:#°º-]*(?:numbers?|nummer|number|num[ée]ro|n[úu]mero|numero|id|no\.?|nr\.?|n[°º]\.?|is|ist|de|di|da)?[\s:#]*$",
    re.IGNORECASE,
)
_LONGEST = 15
"""Digits of a phone number with its country code (ITU-T E.164)."""


def numbers(text: str) -> Iterator[tuple[int, int]]:
    """Find phone numbers."""
    if _MANY_DIGITS.search(text):
        for match in _PHONE.finditer(text):
            if _is_meant(match[0], text[max(0, match.start() - 48) : match.start()]):
                yield match.span()


def _is_meant(number: str, before: str) -> bool:
    """Tell what a numbering plan knows, or what is written or announced like a phone number."""
    digits = sum(c.isdigit() for c in number)
    if digits > _LONGEST:
        return False
    if number.startswith("+"):
        return _is_phone(number, "ZZ", strict=False)
    if _ORDER_BEFORE.search(before) or (_DATE_LIKE.search(number) and not _FRENCH.fullmatch(number)):
        return False
    if number.startswith("00"):
        return _is_phone("+" + number[2:], "ZZ")
    if _AMERICAN.fullmatch(number.strip()) or _FRENCH.fullmatch(number) or _CALL_BEFORE.search(before):
        return True
    return number.strip().startswith(("0", "(")) and 9 <= digits <= 12 and any(_is_phone(number, region) for region in REGIONS)


def _is_phone(number: str, region: str, *, strict: bool = True) -> bool:
    import phonenumbers

    try:
        parsed = phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException:
        return False
    return phonenumbers.is_valid_number(parsed) if strict else phonenumbers.is_possible_number(parsed)
