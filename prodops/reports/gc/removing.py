"""Removing what a plan names, so that no run has to wait and none is harmed.

A run notes on each kept file that it uses it (its time of change). Removing therefore takes three steps: move the file
aside, look once more whether it was used since it was listed, and only then remove it, or else put it back. A run that
looks meanwhile finds either its file or none, and in that case makes it anew.
"""

import contextlib
import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

from prodops.errors import RunError
from prodops.reports.gc.listing import LEFTOVER, LOCK, STORE, changed, look, needed
from prodops.reports.gc.planning import Plan, Removal

ASIDE = ".gc-"


def carry_out(plan: Plan) -> list[Removal]:
    """Remove what the plan names, unless it was used or made anew since; gives what was removed.

    It may be stopped at any moment: the next call puts back what it had moved aside. Raises :class:`RunError` where another
    one is at work.
    """
    store = (plan.reports / STORE).resolve()
    with _alone(store):
        _put_back(plan.reports, store)
        runs = [removal for removal in plan.removals if removal.what == "run" and _remove(plan.reports, removal)]
        now = look(plan.reports)
        kept = {f"{STORE}/{path}" for path in needed(now.kept, now.runs, plan.published)}
        free = [removal for removal in plan.removals if removal.what != "run" and removal.path not in kept]
        return runs + [removal for removal in free if _remove(plan.reports, removal)]


def _remove(reports: Path, removal: Removal) -> bool:
    """Remove one thing; false where it was used since, or lies behind a link. Only the store itself may be one, to a larger disk."""
    path = reports.resolve() / removal.path
    if removal.what != "run":
        path = (reports / STORE).resolve() / removal.path.removeprefix(f"{STORE}/")
    if path.parent.resolve() != path.parent:
        return False
    aside = path.with_name(f"{ASIDE}{path.name}")
    with contextlib.suppress(OSError):
        os.rename(path, aside)
        if changed(aside) != removal.used:
            _restore(aside, path)
            return False
        _discard(aside)
        return True
    return False


def _discard(path: Path) -> None:
    """Remove a file or folder; of one that is half removed nothing is ever put back."""
    gone = path.with_name(f"{LEFTOVER}{secrets.token_hex(8)}")
    os.rename(path, gone)
    shutil.rmtree(gone, ignore_errors=True) if gone.is_dir() and not gone.is_symlink() else gone.unlink()


def _restore(aside: Path, path: Path) -> None:
    """Put back what was moved aside; a file that was made anew meanwhile is the same, a folder that was stays."""
    try:
        os.replace(aside, path)
    except OSError:
        if not path.exists():
            raise
        _discard(aside)


def _put_back(reports: Path, store: Path) -> None:
    """Put back what an earlier call that was stopped had moved aside, in the store and among the runs."""
    for aside in (*store.glob(f"{ASIDE}*"), *store.glob(f"*/{ASIDE}*"), *reports.glob(f"*/*/{ASIDE}*")):
        with contextlib.suppress(OSError):
            _restore(aside, aside.with_name(aside.name.removeprefix(ASIDE)))


@contextlib.contextmanager
def _alone(store: Path) -> Iterator[None]:
    try:
        import fcntl
    except ImportError:  # no locks on this system
        yield
        return
    store.mkdir(parents=True, exist_ok=True)
    handle = os.open(store / LOCK, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise RunError(f"{store}: another prodops gc is at work there; wait until it ends.") from None
    finally:
        os.close(handle)
