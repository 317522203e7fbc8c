"""The press's hands elsewhere: each run is one task of a Dask scheduler, made on its worker as it is on this machine.

A worker's files come back through the store, as one archive that is named by its SHA-256; the press puts them in place and
speaks to the ledger. So all workers must see the project's folder, and run the same code: both are checked first. A run whose
worker is lost is given to another by Dask.
"""

import contextlib
import functools
import io
import os
import tarfile
import tempfile
import threading
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from multiprocessing import connection, process
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from prodops.errors import RunError, shorten
from prodops.reports import local, provenance, publish
from prodops.reports.engine import Limits
from prodops.reports.runs import Cell, Made, Outcome, Run, failed

if TYPE_CHECKING:
    from distributed import Client, Future

CONNECT_SECONDS = 5
LOOK = 1.0
"""Seconds after which a task looks whether it is still wanted."""
ARTEFACTS = ("store", "artefacts")


@dataclass(frozen=True)
class Sent:
    """What a task gives back: the outcome, and the name of the archive of its files in the store (empty: there are none)."""

    outcome: Outcome
    archive: str = ""
    page_sha256: str = ""


# -------------------------------------------------------------------------------------------------- on the press's side
class Cluster:
    """The workers of a Dask scheduler, as many runs at a time as they have threads."""

    def __init__(self, address: str, *, reports: Path, cold: bool) -> None:
        self._address, self._reports, self._cold, self._topic = address, reports.resolve(), cold, f"prodops-{uuid4().hex}"
        self._far: dict[str, Far] = {}

    @property
    def size(self) -> int:
        return sum(self._client.nthreads().values())

    def start(self, run: Run, limits: Limits) -> "Far":
        """Give one run to the scheduler."""
        key = f"prodops-{run.label}-{uuid4().hex}"
        future = self._client.submit(make, run, limits, self._reports, self._cold, self._topic, key=key, pure=False)
        self._far[key] = Far(run, future, self._reports)
        return self._far[key]

    def __enter__(self) -> None:
        self._client = _connected(self._address)
        try:
            self._client.subscribe_topic(self._topic, self._heard)
            self._probe()
        except BaseException:
            self._client.close()
            raise

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None) -> None:
        self._client.close()

    def _heard(self, event: tuple[float, tuple[str, Cell]]) -> None:
        key, cell = event[1]
        if far := self._far.get(key):
            far.at((int(cell[0]), int(cell[1])))

    def _probe(self) -> None:
        """Make sure that each worker sees the project's folder and runs this code; raises :class:`RunError` naming one that does not."""
        with publish.hidden(self._reports) as folder:
            (folder / "word").write_text(self._topic)
            told = self._client.run(probe, str(folder / "word"), on_error="return")
        if not told:
            raise RunError(f"--cluster {self._address}: the scheduler has no workers; start some with: dask worker {self._address}")
        ours = _code()
        for worker, answer in told.items():
            if isinstance(answer, BaseException):
                why = f"cannot run prodops ({type(answer).__name__}: {' '.join(str(answer).split())[:200]})"
            elif answer["word"] != self._topic:
                why = (
                    f"does not see the project's folder {self._reports.parent} ({answer['word']}); give it the same folder at the same path"
                )
            elif moved := [name for name, value in ours.items() if answer["code"].get(name) != value]:
                why = f"has another {moved[0]} than this machine; install the same there"
            else:
                continue
            raise RunError(f"--cluster {self._address}: the worker {worker} {why}.")


class Far:
    """One run under way on a cluster, seen from the press."""

    def __init__(self, run: Run, future: "Future", reports: Path) -> None:
        self._run, self._future, self._reports, self._why = run, future, reports, ""
        self._cells: deque[Cell] = deque()
        self._left = contextlib.ExitStack()
        self._sign, self._bell = os.pipe()
        self._left.callback(os.close, self._sign)
        self._lock, self._is_open = threading.Lock(), True
        future.add_done_callback(lambda _: self._ring())

    @property
    def signs(self) -> list[Any]:
        return [self._sign]

    def at(self, cell: Cell) -> None:
        self._cells.append(cell)
        self._ring()

    def _ring(self) -> None:
        with self._lock:
            if self._is_open:
                os.write(self._bell, b".")

    def hear(self) -> Iterator[Cell | Made]:
        """Give each cell as it starts, at last what was made, with its files brought here."""
        if not connection.wait([self._sign], 0):
            return
        os.read(self._sign, 1 << 16)
        while self._cells:
            yield self._cells.popleft()
        if self._future.done():
            yield self._made()

    def _made(self) -> Made:
        if self._why and self._future.status == "cancelled":
            return Made(failed(self._run, f"The run was stopped by {self._why}.", infrastructure=True))
        if self._future.status != "finished":
            fault = self._future.exception() if self._future.status == "error" else None
            why = f" ({type(fault).__name__}: {' '.join(str(fault).split())[:200]})" if fault else ""
            return Made(failed(self._run, f"The cluster lost the run{why}.", infrastructure=True))
        try:
            sent: Sent = self._future.result()
            return Made(sent.outcome, self._fetch(sent.archive) if sent.archive else None, sent.page_sha256)
        except Exception as fault:  # between the worker's end and here everything may be lost
            return Made(failed(self._run, f"What the cluster made did not arrive ({fault}).", infrastructure=True))

    def _fetch(self, name: str) -> Path:
        """Bring an archive's files into a hidden folder here, and leave the store as it was."""
        archive = self._reports.joinpath(*ARTEFACTS, f"{name}.tar")
        data = archive.read_bytes()
        if sha256(data).hexdigest() != name:
            raise RunError(f"the archive {name[:12]}… is damaged")
        folder = self._left.enter_context(publish.hidden(self._reports)) / "made"
        self._left.callback(functools.partial(archive.unlink, missing_ok=True))
        with tarfile.open(fileobj=io.BytesIO(data)) as tar:
            files = {member.name: _read(tar, member) for member in tar if member.isfile()}
        return publish.write_files(folder, files)

    def ask(self, why: str) -> None:
        """Take the run back from the cluster; its worker ends it as soon as it looks."""
        self._why = why
        self._future.cancel()

    def end(self) -> None:
        with self._lock:
            self._is_open = False
            os.close(self._bell)
        if not self._future.done():
            self._future.cancel()
        self._future.release()
        self._left.close()


def _connected(address: str) -> "Client":
    """Reach a scheduler; raises :class:`RunError` in one line, within seconds."""
    import logging

    try:
        from distributed import Client
    except ImportError:
        raise RunError("--cluster needs Dask; install it with: pip install 'prodops[cluster]'") from None
    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # what goes wrong there is said by us
    try:
        return Client(address, timeout=CONNECT_SECONDS, set_as_default=False, name="prodops")
    except (OSError, ValueError, TypeError) as fault:
        why = " ".join(str(fault).split())[:200] or type(fault).__name__
        raise RunError(
            f"--cluster {shorten(address)}: no Dask scheduler answers there ({why}); give its address, tcp://HOST:8786."
        ) from None


def _read(tar: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    path = Path(member.name)
    if path.is_absolute() or ".." in path.parts:
        raise RunError(f"the archive holds {shorten(member.name)}")
    file = tar.extractfile(member)
    return file.read() if file else b""


# ------------------------------------------------------------------------------------------------- on a cluster's worker
def probe(word: str) -> dict[str, Any]:
    """Say what this worker sees of the press's folder, and which code it runs."""
    try:
        seen = Path(word).read_text()
    except OSError as fault:
        seen = (fault.strerror or type(fault).__name__).lower()
    return {"word": seen, "code": _code()}


@functools.cache
def _code() -> dict[str, Any]:
    """Give what must be the same on each worker, as the record of a run says it once for all."""
    around = provenance.surroundings(Path(provenance.__file__).parents[2])
    packages = {f"version of {name}": version for name, version in around["packages"].items()}
    return {"prodops": around["code"]["sha256"], "version of Python": around["python"], "platform": around["platform"], **packages}


def make(run: Run, limits: Limits, reports: Path, cold: bool, topic: str) -> Sent:
    """Make one run on this worker and leave its files in the store; the whole of a task."""
    from distributed import get_worker

    me = get_worker()
    key = me.get_current_task()
    if not reports.is_dir():
        why = f"The worker {me.address} does not see the project's folder {reports.parent}."
        return Sent(failed(run, why, infrastructure=True))
    with _free_to_start():
        hand = _crew(reports, cold).start(run, limits)
    try:
        made = _result(hand, lambda cell: me.log_event(topic, (key, cell)), lambda: _is_wanted(me, key))
        return Sent(made.outcome, _pack(made.folder, reports) if made.folder else "", made.page_sha256)
    finally:
        hand.end()


def _result(hand: local.Worker, tell: Any, is_wanted: Any) -> Made:
    """Wait for what a run comes to; one that is not wanted any more is stopped."""
    while True:
        connection.wait(hand.signs, LOOK)
        for news in hand.hear():
            if isinstance(news, Made):
                return news
            tell(news)
        if not is_wanted():
            hand.ask("the end of the press")


def _is_wanted(me: Any, key: Any) -> bool:
    task = me.state.tasks.get(key)
    return task is not None and task.state != "cancelled"


@functools.cache
def _crew(reports: Path, cold: bool) -> local.Crew:
    """Give this worker's crew, which lives as long as the worker; its private folders are on the worker's own disk."""
    crew = local.Crew(reports=reports, environ=os.environ, size=1, cold=cold, within=Path(tempfile.gettempdir()))
    return crew.__enter__()


_starting = threading.Lock()


@contextlib.contextmanager
def _free_to_start() -> Iterator[None]:
    """Let this process have children: Dask's nanny marks its workers as daemons, which multiprocessing lets have none."""
    settings: dict[str, Any] = vars(process.current_process())["_config"]
    with _starting:
        daemon = settings.pop("daemon", None)
        try:
            yield
        finally:
            if daemon is not None:
                settings["daemon"] = daemon


def _pack(folder: Path, reports: Path) -> str:
    """Put a run's files into one archive in the store, the same bytes for the same files; gives its name there."""
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as tar:
        for path in sorted(p for p in folder.rglob("*") if p.is_file()):
            member = tarfile.TarInfo(path.relative_to(folder).as_posix())
            member.size = path.stat().st_size
            with path.open("rb") as file:
                tar.addfile(member, file)
    name = sha256(data.getvalue()).hexdigest()
    publish.write_file(reports.joinpath(*ARTEFACTS, f"{name}.tar"), data.getvalue())
    return name
