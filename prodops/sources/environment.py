"""Environment variables that a workspace or a parameter names (``${PGPASSWORD}``): filled in at the last moment, kept out of what is shown."""

import os
import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from prodops.errors import InputError, did_you_mean, shorten
from prodops.parameters.secrets import USER, VARIABLE, forms, hide, url_secrets

if TYPE_CHECKING:
    from pydantic import SecretStr


def secret(of: "str | SecretStr") -> "SecretStr":
    """Give the secret that a reference names: ``secret("${API_TOKEN}").get_secret_value()``; shown, it is only asterisks.

    A secret that is given already comes back as it is, so that a notebook may say ``token = secret(token)`` in JupyterLab and in
    a report alike. Raises :class:`InputError` where the variable is not set, or the text is no reference.
    """
    from pydantic import SecretStr

    text = of.get_secret_value() if isinstance(of, SecretStr) else of
    named = VARIABLE.fullmatch(text)
    if named:
        return SecretStr(_value(named[1], "the notebook"))
    if isinstance(of, SecretStr):
        return of
    raise InputError("a secret is named by its environment variable, such as ${API_TOKEN}; what was given is not shown.")


def _value(name: str, who: str) -> str:
    if name not in os.environ:
        near = did_you_mean(name, os.environ)
        raise InputError(f"{who} names the environment variable {shorten(name)[1:-1]}, which is not set.{near}")
    return os.environ[name]


class Secrets:
    """What was filled in, and the passwords that stand in URLs, so that they can be taken out of any text."""

    def __init__(self) -> None:
        self._shown_as: dict[str, str] = {}

    def fill(self, text: str) -> str:
        """Fill environment variables in; raises :class:`InputError` naming one that is not set."""
        for name in VARIABLE.findall(text):
            self.learn(_value(name, "the workspace"), f"${{{name}}}")
        return VARIABLE.sub(lambda m: os.environ[m[1]], text)

    def fill_url(self, url: str) -> str:
        """Do so in a URL, where a password is percent-encoded: the variable holds it as it is, with whatever characters."""
        password = re.search(r"(?<=:)[^:/]*(?=@)", url) if USER.search(url) else None
        if password is None:
            return self.fill(url)
        self.fill(password[0])
        encoded = VARIABLE.sub(lambda m: quote(os.environ[m[1]], safe=""), password[0])
        return self.fill(url[: password.start()]) + encoded + self.fill(url[password.end() :])

    def learn(self, value: str, shown_as: str = "***") -> None:
        """Keep a value to be hidden, in each way that it may be written."""
        for form in forms(value):
            self._shown_as.setdefault(form, shown_as)

    def learn_url(self, url: str) -> None:
        """Keep a URL's password, and the values of its query."""
        for value in url_secrets(url):
            self.learn(value)

    def hide(self, text: str) -> str:
        """Take all of them out of a text."""
        return hide(text, self._shown_as)


def without_user(url: str) -> str:
    """Give a URL without its user, password and query."""
    return USER.sub("", url.partition("?")[0])
