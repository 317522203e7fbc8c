"""A mail's trimmings out of a text: quoted replies, forwarded heads, signatures, footers. What the person wrote stays."""

import re

from prodops.privacy.turns import FAREWELL

_REPLY = re.compile(
    r"^(?:On .{5,160} wrote:|On .{0,60}\d.{0,120}\n.{0,120}\bwrote:|Am .{5,160} schrieb\b.{0,80}:|Le .{5,160} a écrit ?:|El .{5,160} escribió:|Il .{5,160} ha scritto:"
    r"|[-_=]{20,}[ \t]*\n"  # a long rule of its own: what follows is another's answer
    r"|[ #-]{0,4}(?:please )?(?:type|write|reply) (?:your (?:reply|answer) )?above this line"
    r"|-{2,} ?(?:Original Message|Forwarded message|Ursprüngliche Nachricht|Message d'origine|Mensaje original) ?-{2,}"
    r"|(?:From|Von|De): .{1,200}\n(?:(?:Sent|To|Cc|Date|Subject|Gesendet|An|Datum|Betreff|Envoyé|À|Objet): ?.{0,200}\n?){2,6}).*$",
    re.MULTILINE | re.IGNORECASE,
)
_QUOTED = re.compile(r"^>.*\n?", re.MULTILINE)
_QUOTED_BELOW = re.compile(r"\n[ \t]*\n>")
_DELIMITER = re.compile(r"\n-- ?(?:\n.{0,200}){0,12}\Z")
_NAME = r"(?:\[name\]|[^\W\d_a-zà-þ][\w.'’-]{0,30})"
_SIGNATURE = re.compile(
    rf"\n[ \t]*(?i:{FAREWELL})[ \t]*[,.!]?\s*\n[ \t]*"
    rf"(?!(?i:{FAREWELL})\b){_NAME}(?:[ \t]{_NAME}){{0,3}}[ \t]*(?:\n(?![ \t]*(?i:ps|p\.s))[^\n]{{0,80}}){{0,5}}\Z"
)
_FOOTER = re.compile(
    r"^[ \t]*(?:sent (?:from|via) (?:my |mail for |yahoo |outlook |proton)[^\n]{0,60}|get outlook for [^\n]{0,60}"
    r"|von meinem [^\n]{1,40} gesendet[^\n]{0,30}|gesendet (?:von|mit) [^\n]{1,60}|envoyé (?:de|depuis) mon [^\n]{1,60}"
    r"|enviado desde mi [^\n]{1,60}|inviato (?:da|dal) mio [^\n]{1,60}|verzonden vanaf mijn [^\n]{1,60}"
    r"|(?:click here )?to unsubscribe\b[^\n]{0,200}|you (?:are receiving|received) this (?:e-?mail|message)\b[^\n]{0,200}"
    r"|registered office:[^\n]{0,200}|this (?:e-?mail|message) (?:was|has been) (?:scanned|checked) (?:for|by)[^\n]{0,100}"
    r"|please consider the environment before printing[^\n]{0,100})[ \t]*(?:\n|\Z)",
    re.MULTILINE | re.IGNORECASE,
)
_CONFIDENTIAL = re.compile(
    r"^[ \t]*(?:(?:confidentiality notice|disclaimer)\b[^\n]{0,40}|)(?:this|the information (?:contained )?in this|diese|cet|este) "
    r"(?:e-?mail|message|communication|nachricht|courriel|correo)\b"
    r"[^\n]{0,60}\b(?:is|are|may|contains?|enthält|ist|kann|contient|est|contiene|es)\b[^\n]{0,100}"
    r"(?:confidential|intended (?:only|solely)|privileged|vertraulich|confidentiel|confidencial)[^\n]*(?:\n[^\n]+){0,20}",
    re.MULTILINE | re.IGNORECASE,
)


def trim(text: str) -> str:
    """Cut the trimmings off one text; a text that is nothing else keeps what a signature or quotation would be."""
    reply = _REPLY.search(text)
    if reply and re.search(r"\w", text[: reply.start()]):
        text = text[: reply.start()]
    if "\n>" in text and re.search(r"\w", own := _QUOTED.sub("", text)) and (len(_QUOTED.findall(text)) > 1 or _QUOTED_BELOW.search(text)):
        text = own
    text = _CONFIDENTIAL.sub("", _FOOTER.sub("", text)).rstrip()
    while (kept := _unsigned(text)) != text:  # signatures stack up in forwarded mail
        text = kept
    return text


def _unsigned(text: str) -> str:
    """Cut one signature off the end."""
    for ending, longest in ((_DELIMITER, 2_500), (_SIGNATURE, 800)):
        found = ending.search(text, max(0, len(text) - longest))
        if found and re.search(r"\w", text[: found.start()]):
            return text[: found.start()].rstrip()
    return text
