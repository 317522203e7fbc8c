"""Draws of what is not known for sure: each lever's own, the same whatever scenario is looked at and whatever other levers there are.

A lever's value is its median, the ends of its likely range are its 5th and 95th percentile. On the scale of its shape's link g (itself,
logarithm or log odds) a draw lies ``g(value) + d``, with a deviate ``d`` made of the distance to either end, so a lever that is moved takes
its uncertainty along. Draws are a Latin hypercube (McKay, Beckman and Conover 1979): one in the middle of each of ``draws`` slices of equal
chance, in an order that depends on the seed and the lever's name alone.
"""

import hashlib
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from prodops.scenarios.definitions import Lever
    from prodops.scenarios.model import Model

Array = npt.NDArray[np.float64]
Link = Literal["identity", "log", "logit"]

LINKS: dict[str, Link] = {"lognormal": "log", "logit-normal": "logit"}
"""The link of each shape; the others' is the identity."""
LOW, HIGH = 0.05, 0.95
"""The percentiles at which a likely range ends."""
DECIMALS = 5
"""Standard deviates are rounded to these, in the kernel as in the file that carries them."""


def link_of(shape: str) -> Link:
    """Give the scale on which a lever of this shape varies evenly."""
    return LINKS.get(shape, "identity")


def to_link(link: Link, values: Array | float) -> Array:
    """Take values to the link's scale; 0 and what lies on the edge of a share go to infinity, quietly."""
    x = np.asarray(values, dtype=float)
    with np.errstate(divide="ignore"):
        return x if link == "identity" else np.log(x) if link == "log" else np.log(x / (1 - x))


def from_link(link: Link, values: Array | float) -> Array:
    """Bring values back from the link's scale."""
    y = np.asarray(values, dtype=float)
    with np.errstate(over="ignore"):
        return y if link == "identity" else np.exp(y) if link == "log" else 1 / (1 + np.exp(-y))


# ------------------------------------------------------------------------------------------------------------- deviates
def order(name: str, draws: int, seed: int) -> npt.NDArray[np.intp]:
    """Give the order in which a lever of this name takes its slices: a permutation of 0 … draws - 1.

    It is made of a bit generator's raw numbers, which numpy promises to keep the same in every version and on every machine.
    """
    named = hashlib.sha256(f"{seed}:{name}".encode()).digest()
    raw = np.random.PCG64(int.from_bytes(named[:16], "big")).random_raw(draws)
    return np.argsort(raw, kind="stable")


def standard(shape: str, u: Array) -> Array:
    """Give a shape's standard deviates at these chances (between 0 and 1): 0 at a half, -1 and +1 at the 5th and 95th percentile."""
    from scipy.special import ndtri

    if shape == "uniform":
        return (u - 0.5) / (HIGH - 0.5)
    if shape == "triangular":
        low, high = np.sqrt(2 * np.minimum(u, 0.5)) - 1, 1 - np.sqrt(2 - 2 * np.maximum(u, 0.5))
        return (low + high) / (1 - np.sqrt(2 - 2 * HIGH))
    return np.asarray(ndtri(u) / ndtri(HIGH))


@lru_cache(maxsize=32)
def _in_order(shape: str, draws: int) -> Array:
    return _kept(np.round(standard(shape, (np.arange(draws) + 0.5) / draws), DECIMALS) + 0.0)  # no minus zero


@lru_cache(maxsize=256)
def standard_deviates(name: str, shape: str, draws: int, seed: int) -> Array:
    """Give a lever's standard deviates, one a draw (read-only): what :func:`deviates` stretches to its likely range."""
    return _kept(_in_order(shape, draws)[order(name, draws, seed)])


def sides(lever: "Lever") -> tuple[float, float]:
    """Give the distance from a lever's value to either end of its likely range, on the link's scale; nothing where it is known exactly."""
    if lever.likely is None or lever.value is None:
        return 0.0, 0.0
    low, middle, high = (float(to_link(link_of(lever.shape), v)) for v in (lever.likely[0], lever.value, lever.likely[1]))
    return middle - low, high - middle


@lru_cache(maxsize=128)
def deviates(lever: "Lever", draws: int, seed: int) -> Array:
    """Give how far each draw lies from a lever's value on the link's scale (read-only)."""
    return _kept(stretched(lever, standard_deviates(lever.name, lever.shape, draws, seed)))


def stretched(lever: "Lever", deviates: Array) -> Array:
    """Stretch standard deviates to a lever's likely range: those below nothing to its lower side, the others to its upper one."""
    below, above = sides(lever)
    return deviates * np.where(deviates < 0, below, above)


# ---------------------------------------------------------------------------------------------------------------- levers
def moved(lever: "Lever", value: float, deviates: Array | float) -> float | Array:
    """Give the draws of a lever set to a value; the value itself where it is known exactly."""
    if lever.likely is None:
        return value
    link = link_of(lever.shape)
    return from_link(link, to_link(link, value) + deviates)


def drawn(model: "Model", settings: Mapping[str, float], draws: int, seed: int) -> dict[str, float | Array]:
    """Draw every lever of a model around its setting: (draws,) each, or the setting itself where it is known exactly."""
    return {name: moved(lever, settings[name], deviates(lever, draws, seed)) for name, lever in model.levers.items()}


def uncertain(model: "Model") -> list[str]:
    """List the levers that are not known exactly."""
    return [name for name, lever in model.levers.items() if lever.likely is not None]


def _kept(values: Array) -> Array:
    values.setflags(write=False)
    return values
