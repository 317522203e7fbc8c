"""Scenarios: a driver tree with uncertain levers, written once in ``params/scenarios/<model>.yaml``, asked "what if" in any place.

``load`` reads a model's file, ``define`` checks one that is already read. A :class:`Model` computes its nodes for one setting
(``point``) or for many draws at once (``evaluate``); its formulas are read three ways that agree: as arrays, as Vega expressions,
and as words.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from prodops.scenarios.definitions import Lever, Node, Outcome
    from prodops.scenarios.model import Model
    from prodops.scenarios.reading import define, load
    from prodops.scenarios.saved import Saved, chosen, place

_HOMES = {
    "Lever": "definitions",
    "Node": "definitions",
    "Outcome": "definitions",
    "Model": "model",
    "define": "reading",
    "load": "reading",
    "Saved": "saved",
    "chosen": "saved",
    "place": "saved",
}

__all__ = ["Lever", "Model", "Node", "Outcome", "Saved", "chosen", "define", "load", "place"]


def __getattr__(name: str) -> object:
    """Import a verb's module on its first use, so that importing the room is quick."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
