"""A language model that the workspace names: asked over HTTP in the form that OpenAI began, its answers kept so that none is asked for twice.

Nothing is sent unless ``params/workspace.yaml`` has a ``model:``. The key is named by an environment variable and goes into one
header; it stands in no file, note or error. A model that fails costs a note, never a run.
"""

import hashlib
import json
import time
from collections.abc import Callable, Mapping, Sequence
from http.client import HTTPException
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from prodops.errors import WorkspaceError, shorten
from prodops.sources.environment import Secrets
from prodops.sources.store import Replies
from prodops.workspace import ModelSettings

if TYPE_CHECKING:
    from http.client import HTTPResponse

Message = Mapping[str, str]
Answer = tuple[str, str]
"""The model's text, and "" or the one-line reason why there is none."""
Ask = Callable[[Sequence[Sequence[Message]]], Sequence[Answer]]
"""Gives one answer to each request, in order."""
LARGEST = 1_000_000
"""Bytes of the largest answer that is read."""
PAUSE = 0.5
"""Seconds before the first repetition; each later one waits twice as long."""
_TOKENS = 700
_AGAIN = (408, 425, 429, 500, 502, 503, 504)
_LOCAL = ("localhost", "127.0.0.1", "::1")


class _NoRedirect(HTTPRedirectHandler):
    """Follow nobody: the key was meant for one host."""

    def redirect_request(self, *_: object) -> None:
        return None


class _Unanswered(Exception):
    """Why there is no answer, in one line; ``again`` where another try may help."""

    def __init__(self, why: str, *, again: bool = False) -> None:
        super().__init__(why)
        self.again = again


class Model:
    """One model behind one address.

    ``answers`` gives an answer to each request, in order: the one kept in the store where it was asked before, else the model's. After
    a request that it did not answer at all, the rest are not sent. Raises :class:`WorkspaceError` where the address cannot be used.
    """

    def __init__(self, settings: ModelSettings, store: Path, *, pause: float = PAUSE) -> None:
        self.settings, self._pause = settings, pause
        self._replies = Replies(store, settings.url)
        self._secrets = Secrets()
        self._url = self._secrets.fill(settings.url).rstrip("/") + "/chat/completions"
        self._key = self._secrets.fill(settings.key) if settings.key else ""
        self.host = _host(self._url, bool(self._key))

    def answers(self, requests: Sequence[Sequence[Message]]) -> list[Answer]:
        """Answer each request; what was not asked because of a fault carries that fault."""
        given, fault = list[Answer](), ""
        for messages in requests:
            body = self._body(messages)
            text = self._replies.get(body)
            if text is None and not fault:
                try:
                    text = self._ask(body)
                    if text:
                        self._replies.put(body, text)
                except _Unanswered as why:
                    fault = str(why)
            given.append((text, "") if text is not None else ("", fault))
        return given

    def _body(self, messages: Sequence[Message]) -> str:
        values = {"model": self.settings.name, "messages": [dict(m) for m in messages], "temperature": 0, "seed": 0}
        return json.dumps(values | {"max_tokens": _TOKENS, "response_format": {"type": "json_object"}}, ensure_ascii=False, sort_keys=True)

    def _ask(self, body: str) -> str:
        """Ask, and ask again where that may help."""
        for attempt in range(self.settings.retries + 1):
            try:
                return self._secrets.hide(_content(self._send(body)))
            except _Unanswered as why:
                if attempt == self.settings.retries or not why.again:
                    raise
            time.sleep(self._pause * 2**attempt)
        raise AssertionError("the last attempt answers or raises")

    def _send(self, body: str) -> bytes:
        """Send one request and read its answer, within the time given for both."""
        headers = {"Content-Type": "application/json", "Accept": "application/json", "User-Agent": "prodops"}
        headers |= {"Authorization": f"Bearer {self._key}"} if self._key else {}
        until = time.monotonic() + self.settings.timeout_seconds
        try:
            sent = Request(self._url, body.encode(errors="replace"), headers, method="POST")
            with build_opener(_NoRedirect).open(sent, timeout=self.settings.timeout_seconds) as answer:
                return self._read(answer, until)
        except HTTPError as fault:
            fault.close()
            raise _Unanswered(f"the model at {self.host} refused with status {fault.code}", again=fault.code in _AGAIN) from None
        except TimeoutError:
            raise self._late() from None
        except (URLError, HTTPException, OSError, ValueError) as fault:
            if isinstance(fault, URLError) and isinstance(fault.reason, TimeoutError):
                raise self._late() from None
            raise _Unanswered(f"the model at {self.host} cannot be reached ({type(fault).__name__})", again=True) from None

    def _read(self, answer: "HTTPResponse", until: float) -> bytes:
        """Read in pieces, so that one that drips is left as well."""
        read = b""
        while piece := answer.read1(65_536):
            read += piece
            if len(read) > LARGEST:
                raise _Unanswered(f"the model at {self.host} sent more than {LARGEST:,} bytes")
            if time.monotonic() > until:
                raise self._late()
        return read

    def _late(self) -> _Unanswered:
        return _Unanswered(f"the model at {self.host} did not answer within {self.settings.timeout_seconds:g} s", again=True)


def _content(answer: bytes) -> str:
    """Take the model's text out of an answer; "" where it has none, which is as malformed as any other text."""
    try:
        told: Any = json.loads(answer)
        text = told["choices"][0]["message"]["content"]
    except (ValueError, KeyError, IndexError, TypeError, RecursionError):
        return ""
    return text if isinstance(text, str) else ""


def _host(url: str, keyed: bool) -> str:
    """Check the address, and give the host to be shown; a key is not sent in the clear."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        parts, host, port = urlsplit(""), "", None
    if parts.scheme not in ("http", "https") or not host or parts.username or parts.password or parts.query:
        raise WorkspaceError(
            "model: url: expected an address such as https://host/v1, without user, password or query; what was given is not shown."
        )
    if keyed and parts.scheme == "http" and host not in _LOCAL:
        raise WorkspaceError(f"model: url: the key would be sent to {shorten(host)} in the clear; use https, or leave the key out.")
    return host + (f":{port}" if port else "")


def asked(settings: ModelSettings, requests: Sequence[Sequence[Message]]) -> str:
    """Give the SHA-256 by which a record knows these requests to this model."""
    return hashlib.sha256(json.dumps([settings.name, requests], ensure_ascii=False, sort_keys=True).encode(errors="replace")).hexdigest()
