"""A language model's server that answers as a test tells it to, over real HTTP on this machine."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Behaviour = Callable[["Handler", dict[str, Any]], None]


def chat(text: str) -> bytes:
    """Write an answer in the form of chat completions."""
    return json.dumps({"choices": [{"message": {"role": "assistant", "content": text}}]}).encode()


class Handler(BaseHTTPRequestHandler):
    """One request: noted, then answered by the behaviour in turn (the last one for all that follow)."""

    server: "ModelServer"

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        place = len(self.server.requests)
        self.server.requests.append((self.path, dict(self.headers), body))
        self.server.behaviours[min(place, len(self.server.behaviours) - 1)](self, body)

    def do_GET(self) -> None:
        self.server.requests.append((self.path, dict(self.headers), {}))
        self.say(chat("from elsewhere"))

    def say(self, answer: bytes, status: int = 200, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(answer)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        pass


class ModelServer(ThreadingHTTPServer):
    """Runs until the test ends; ``closing`` frees those of its answers that wait for ever."""

    daemon_threads = True

    def __init__(self, *behaviours: Behaviour) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.behaviours = behaviours
        self.requests: list[tuple[str, dict[str, str], dict[str, Any]]] = []
        self.closing = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"

    def handle_error(self, *_: object) -> None:
        """A client that went away is no fault of the server's."""


@contextmanager
def serving(*behaviours: Behaviour) -> Iterator[ModelServer]:
    """Serve for the time of a test."""
    server = ModelServer(*behaviours)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.closing.set()
        server.shutdown()
        thread.join()
        server.server_close()


def says(text: str) -> Behaviour:
    """Answer with one text."""
    return lambda handler, body: handler.say(chat(text))


def sends(answer: bytes, status: int = 200, **headers: str) -> Behaviour:
    """Answer with these bytes."""
    return lambda handler, body: handler.say(answer, status, **headers)


def never(handler: Handler, body: dict[str, Any]) -> None:
    """Do not answer."""
    handler.server.closing.wait(30)


def drips(handler: Handler, body: dict[str, Any]) -> None:
    """Answer a byte at a time, each before anybody loses patience with it, and never end."""
    handler.send_response(200)
    handler.end_headers()
    while not handler.server.closing.wait(0.02):
        handler.wfile.write(b" ")
        handler.wfile.flush()


def echoes(handler: Handler, body: dict[str, Any]) -> None:
    """Say back the key that came."""
    handler.say(chat(f"your key is {handler.headers['Authorization']}"))
