"""Deliveries beside other work: a thread that settles when it is asked to, so that a server that does not answer holds up no run."""

import threading
from collections.abc import Callable


class Courier:
    """Calls ``settle`` in a thread of its own after each :meth:`nudge`; ``told`` gets, in a line, what kept it from that.

    The thread ends with the process, whatever it is at: a delivery that it held then is freed by ``ledger.recover``.
    """

    def __init__(self, settle: Callable[[], object], told: Callable[[str], None]) -> None:
        self._settle, self._told = settle, told
        self._asked, self._closing = threading.Event(), False
        self._thread = threading.Thread(target=self._work, name="deliveries", daemon=True)
        self._thread.start()

    def nudge(self) -> None:
        """Have what is owed sent soon; returns at once."""
        self._asked.set()

    def close(self) -> None:
        """Settle once more, and return when that is done."""
        self._closing = True
        self._asked.set()
        self._thread.join()

    def _work(self) -> None:
        while not self._closing or self._asked.is_set():
            self._asked.wait()
            self._asked.clear()
            try:
                self._settle()
            except Exception as fault:  # a ledger that is busy now is not for good
                self._told(f"Deliveries wait: {' '.join(str(fault).split())[:300] or type(fault).__name__}")
