"""Environment variables that a workspace names (``${PGPASSWORD}``): filled in at the last moment, and kept out of whatever is shown."""

import os
import re
from urllib.parse import parse_qsl, quote, quote_plus, unquote, urlsplit

from prodops.errors import InputError, did_you_mean
from prodops.workspace import VARIABLE

USER = re.compile(r"(?<=//)\S*@")


class Secrets:
    """What was filled in, and the passwords that stand in URLs, so that they can be taken out of any text."""

    def __init__(self) -> None:
        self._shown_as: dict[str, str] = {}

    def fill(self, text: str) -> str:
        """Fill environment variables in; raises :class:`InputError` naming one that is not set."""
        for name in VARIABLE.findall(text):
            if name not in os.environ:
                near = did_you_mean(name, os.environ)
                raise InputError(f"the workspace names the environment variable {name}, which is not set.{near}")
            self.learn(os.environ[name], f"${{{name}}}")
        return VARIABLE.sub(lambda m: os.environ[m[1]], text)

    def learn(self, value: str, shown_as: str = "***") -> None:
        """Keep a value to be hidden, in each way that it may be written."""
        for form in (value, quote(value, safe=""), quote_plus(value), unquote(value)):
            if form:
                self._shown_as.setdefault(form, shown_as)

    def learn_url(self, url: str) -> None:
        """Keep a URL's password, and the values of its query."""
        user = USER.search(url)
        if user and ":" in user[0]:
            self.learn(user[0][:-1].partition(":")[2])
        for _, value in parse_qsl(urlsplit(url).query):
            self.learn(value)

    def hide(self, text: str) -> str:
        """Take all of them out of a text."""
        for value in sorted(self._shown_as, key=len, reverse=True):
            text = text.replace(value, self._shown_as[value])
        return text


def without_user(url: str) -> str:
    """Give a URL without its user, password and query."""
    return USER.sub("", url.partition("?")[0])
