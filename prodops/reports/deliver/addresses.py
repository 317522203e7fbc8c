"""Where a delivery goes: an address as the report's file writes it, filled in with environment variables at the moment of sending.

An address that Apprise knows (``mailto://``, ``slack://``, a webhook's own ``https://``) takes a message; one that fsspec knows
(``s3://``, ``memory://``, a path) is a folder. What a variable holds is percent-encoded where it stands within a URL, and taken
as it is where it is the whole address. Addresses may be secret as a whole: no error tells one, and :meth:`Address.scrub` takes
their parts out of what others say.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from prodops.errors import ProdopsError, did_you_mean, on_one_line, shorten

VARIABLE = re.compile(r"\$\{([^}]*)\}")
SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)(?:::[^/]*)?://")
INSTALL = "pip install prodops[deliver]"
Kind = Literal["message", "folder", "path"]


class DeliveryError(ProdopsError):
    """A delivery cannot be made now; its text is one line that holds no secret."""


@dataclass(frozen=True)
class Address:
    """One address, filled in. ``scheme`` is empty for a plain path; ``secrets`` are texts that no message may repeat."""

    scheme: str
    url: str = field(repr=False)
    secrets: tuple[str, ...] = field(repr=False, default=())

    def scrub(self, text: str) -> str:
        """Put a text that somebody else wrote on one line, without any part of the address in it."""
        for secret in sorted(self.secrets, key=len, reverse=True):
            text = text.replace(secret, "…")
        return on_one_line(text)[:300]


def read(template: str, environ: Mapping[str, str]) -> Address:
    """Fill in an address; raises :class:`DeliveryError` for a variable that is not set and for an address of no known kind."""
    names = VARIABLE.findall(template)
    for name in names:
        if not environ.get(name):
            raise DeliveryError(f"the environment variable {shorten(name)} is not set.{did_you_mean(name, environ)}")
    url = environ[names[0]].strip() if VARIABLE.fullmatch(template) else _filled(template, environ)
    found = SCHEME.match(url)
    address = Address(found[1].lower() if found else "", url, _secrets(url if found else "", [environ[name] for name in names]))
    try:
        kind(address)
    except DeliveryError as fault:
        raise DeliveryError(address.scrub(str(fault))) from None
    return address


def kind(address: Address) -> Kind:
    """Tell what an address stands for; raises :class:`DeliveryError` where neither library knows its scheme."""
    if not address.url:
        raise DeliveryError("the address is empty.")
    if address.scheme in ("", "file"):
        if re.match(r"~|[^/]+@[^/]+$|[A-Za-z][A-Za-z0-9+.-]+:", address.url) and not address.scheme:
            raise DeliveryError("the address is neither a path nor a URL; mail is written mailto://…, a home folder in full.")
        return "path"
    if is_message(address.scheme):
        return "message"
    if address.scheme in _folders():
        return "folder"
    near = did_you_mean(address.scheme, [*_services(), *_folders(), "file"])
    raise DeliveryError(f"there is no way to deliver to {shorten(address.scheme + '://')}.{near}")


def is_message(scheme: str) -> bool:
    """Tell whether Apprise takes messages for a scheme; some services give addresses of their own that begin with ``https://``."""
    return scheme in ("http", "https") or scheme in _services()


def _services() -> list[str]:
    try:
        from apprise.manager_plugins import NotificationManager
    except ImportError:
        raise DeliveryError(f"messages are sent by a library that is not installed; {INSTALL}") from None
    return list(NotificationManager().schemas())


def _folders() -> list[str]:
    try:
        import fsspec
    except ImportError:
        raise DeliveryError(f"folders other than paths are written by a library that is not installed; {INSTALL}") from None
    return list(fsspec.available_protocols())


# --------------------------------------------------------------------------------------------------------- filling in
def _filled(template: str, environ: Mapping[str, str]) -> str:
    """Put variables in their places, encoded where it is decoded again."""

    def fill(text: str, how: Callable[[str], str]) -> str:
        return VARIABLE.sub(lambda found: how(environ[found[1]]), text)

    start, sign, rest = template.partition("://")
    if not sign:
        return fill(template, str)
    host, slash, path = rest.partition("/")
    decoded = start.lower() == "file" or is_message(start.lower())  # stores take paths as they are
    return f"{fill(start, str)}://{fill(host, _quoted)}{slash}{fill(path, _quoted if decoded else str)}"


def _quoted(text: str) -> str:
    return quote(text, safe="")


def _secrets(url: str, filled: list[str]) -> tuple[str, ...]:
    """List what may be secret: what variables held, the password, and what tokens there may be in host, path and query."""
    try:
        parts = urlsplit(url)
        tokens = [parts.netloc.rpartition("@")[2], *parts.path.split("/"), *(value for _, value in parse_qsl(parts.query))]
        own = [parts.password or "", *(token for token in tokens if len(token) > 5)]
    except ValueError:
        own = []
    return tuple({form for text in (url, *filled, *own) for form in (text, unquote(text), _quoted(text)) if len(form) > 2})
