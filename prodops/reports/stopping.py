"""SIGTERM, a closed terminal and Ctrl-C, heard at once where a press waits, and else as soon as what it is about is whole."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import Any, Self

NUMBERS = [signal.SIGTERM, signal.SIGINT, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else [])]


class Signals:
    """Turns the signals that ask a program to end into exceptions: KeyboardInterrupt for Ctrl-C, SystemExit (128 + number) for the others.

    Within :meth:`later` they wait for the end of the block, so that a run is never left between its page and its line in the
    ledger. One that was ignored when the program started (``nohup``) stays ignored. Only a program's main thread can listen.
    """

    def __init__(self) -> None:
        self.heard: list[int] = []
        self._depth = 0
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            for number in NUMBERS:
                if (before := signal.getsignal(number)) not in (None, signal.SIG_IGN):
                    self._before[number] = before
                    signal.signal(number, self._hear)
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None) -> None:
        for number, before in self._before.items():
            signal.signal(number, before)

    @contextmanager
    def later(self) -> Iterator[None]:
        """Let the block end before a signal is followed."""
        self._depth += 1
        try:
            yield
        finally:
            self._depth -= 1
        self._follow()

    def _hear(self, number: int, frame: FrameType | None) -> None:
        self.heard.append(number)
        self._follow()

    def _follow(self) -> None:
        if not self.heard or self._depth:
            return
        number, self.heard[:] = self.heard[0], []
        raise KeyboardInterrupt if number == signal.SIGINT else SystemExit(128 + number)


def word(fault: BaseException | None) -> str:
    """Say in a word what asked a program to end."""
    if isinstance(fault, KeyboardInterrupt):
        return "Ctrl-C"
    number = fault.code - 128 if isinstance(fault, SystemExit) and isinstance(fault.code, int) else 0
    return signal.Signals(number).name if number in NUMBERS else "the end of prodops"
