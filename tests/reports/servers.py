"""Servers on 127.0.0.1 that stand for those a delivery goes to: one for mail, one for webhooks."""

import json
import os
import signal
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword, Session


@dataclass
class Inbox:
    """A mail server's memory, and how it behaves: who may log in, whom it refuses (address → reply), which process it kills."""

    user: str = ""
    password: str = ""
    refuses: dict[str, str] = field(default_factory=dict)
    kills: int = 0
    port: int = 0
    letters: list[EmailMessage] = field(default_factory=list)
    recipients: list[list[str]] = field(default_factory=list)

    def login(self, server: object, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
        known = isinstance(data, LoginPassword) and (data.login, data.password) == (self.user.encode(), self.password.encode())
        return AuthResult(success=known, handled=known)

    async def handle_RCPT(self, server: object, session: Session, envelope: Envelope, address: str, options: list[str]) -> str:
        if address in self.refuses:
            return self.refuses[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: object, session: Session, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        self.letters.append(message_from_bytes(envelope.content, policy=policy.default))
        self.recipients.append(list(envelope.rcpt_tos))
        if self.kills:
            os.kill(self.kills, signal.SIGKILL)
        return "250 OK"


class _Mail(Controller):
    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@contextmanager
def mail(inbox: Inbox, certificate: Path | None = None) -> Iterator[Inbox]:
    """Serve mail while the block lasts, on ``inbox.port``, or a free one that is then noted there."""
    more: dict[str, Any] = {}
    if inbox.user:
        more = {"authenticator": inbox.login, "auth_required": certificate is not None, "auth_require_tls": certificate is not None}
    if certificate:
        more |= {"tls_context": _tls(certificate), "require_starttls": True}
    server = _Mail(inbox, hostname="127.0.0.1", port=inbox.port, **more)
    server.start()
    inbox.port = server.port
    try:
        yield inbox
    finally:
        server.stop()


@dataclass
class Hook:
    """A webhook's memory: each request's path and body, and the status it answers with."""

    url: str = ""
    status: int = 200
    paths: list[str] = field(default_factory=list)
    bodies: list[Any] = field(default_factory=list)


@contextmanager
def hook(certificate: Path | None = None) -> Iterator[Hook]:
    """Take requests while the block lasts."""
    seen = Hook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            seen.paths.append(self.path)
            seen.bodies.append(json.loads(body))
            self.send_response(seen.status)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        if certificate:
            server.socket = _tls(certificate).wrap_socket(server.socket, server_side=True)
        seen.url = f"127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield seen
        finally:
            server.shutdown()
            thread.join()


def certificate(folder: Path) -> Path:
    """Make a certificate for 127.0.0.1, with its key in the same file."""
    made = folder / "server.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"]
    subprocess.run(
        [*command, "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", made, "-out", folder / "own.pem"], check=True, capture_output=True
    )
    made.write_bytes(made.read_bytes() + (folder / "own.pem").read_bytes())
    return made


def _tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context
