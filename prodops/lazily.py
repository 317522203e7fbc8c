"""A room's verbs, each imported from its module on first use, so that importing the room is quick."""

import sys
from collections.abc import Callable, Iterable, Mapping
from importlib import import_module


def exports(room: str, homes: Mapping[str, Iterable[str]]) -> tuple[Callable[[str], object], Callable[[], list[str]]]:
    """Make a room's ``__getattr__`` and ``__dir__`` from what each of its modules gives.

    ``__getattr__, __dir__ = exports(__name__, {"scores": ("nps", "csat")})`` has ``surveys.nps`` come from ``prodops/surveys/scores.py``.
    A home with the package's name (``prodops.privacy.redaction``) lies in another room; a home without names is itself what the room
    gives. Other names raise AttributeError, as of any module.
    """
    places = {name: (home, name) for home, names in homes.items() for name in names} | {
        home: (home, "") for home in homes if not homes[home]
    }

    def find(name: str) -> object:
        if name not in places:
            raise AttributeError(f"module {room!r} has no attribute {name!r}")
        home, verb = places[name]
        module = import_module(home if home.startswith("prodops.") else f"{room}.{home}")
        value = getattr(module, verb) if verb else module
        setattr(sys.modules[room], name, value)
        return value

    return find, lambda: sorted(places)
