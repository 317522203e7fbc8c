"""Which levers an outcome's uncertainty comes from, all of them varying together: Sobol' indices.

The first-order index of a lever is the share of the outcome's variance that knowing this lever alone would take away; its total index is
the share that would be left if all others were known. Saltelli's sample and estimators (Saltelli et al. 2010) through SALib.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from prodops.scenarios.draws import Array, moved, standard, stretched, uncertain
from prodops.scenarios.simulation import taken

if TYPE_CHECKING:
    import pandas as pd

    from prodops.scenarios.model import Model

COLUMNS = ("lever", "first", "first_low", "first_high", "total", "total_low", "total_high")
SAMPLES = 1_024
"""Base samples; a power of two. The outcome is worked out this many times for each lever, and twice more."""
SLICE = 8_192
"""Rows worked out at a time, to bound memory."""


def sensitivity(
    model: "Model", levers: Mapping[str, float] | None = None, *, outcome: str | None = None, samples: int = SAMPLES, seed: int = 0
) -> "pd.DataFrame":
    """Give the Sobol' indices of an outcome (the first where left out) over the joint uncertainty of all levers that have one.

    One row a lever, the largest total first: ``outcome``, ``lever``, ``title``, and what :func:`indices` gives. Levers known exactly are
    not among them.
    """
    found, names = model.outcome(outcome), uncertain(model)
    settings, start = model.settings("base", **(levers or {})), model.settings()

    def reached(chances: Array) -> Array:
        apart = {n: stretched(model.levers[n], standard(model.levers[n].shape, u)) for n, u in zip(names, chances.T, strict=True)}
        both = [{**v, **{n: moved(model.levers[n], v[n], apart[n]) for n in names}} for v in (settings, start)]
        paths = model.evaluate(both[0], base=both[1], only=[found.node])
        return taken(model, paths, len(chances), [found.name])[found.name]

    table = indices(reached, names, samples=samples, seed=seed)
    table.insert(0, "outcome", found.name)
    table.insert(2, "title", [model.levers[n].label for n in table["lever"]])
    return table.sort_values(["total", "lever"], ascending=[False, True], ignore_index=True)


def indices(outcome: Callable[[Array], Array], names: Sequence[str], *, samples: int = SAMPLES, seed: int = 0) -> "pd.DataFrame":
    """Give the Sobol' indices of a function of independent chances.

    ``outcome`` takes an array of rows × names, each column even between 0 and 1 (never at either), and gives one number a row. One row is
    a name, in the order given: ``first`` and ``total`` are fractions of the outcome's variance with their 95 % bounds (bootstrap). All
    are 0 where the outcome does not vary. The same seed gives the same numbers.
    """
    import pandas as pd
    from SALib.analyze import sobol as analysis
    from SALib.sample import sobol as sampling

    if not names:
        return pd.DataFrame({c: pd.Series(dtype=str if c == "lever" else float) for c in COLUMNS})
    problem = {"num_vars": len(names), "names": list(names), "bounds": [[0.0, 1.0]] * len(names)}
    chances = sampling.sample(problem, samples, calc_second_order=False, seed=np.random.default_rng(seed))
    edge = 0.25 / samples
    chances = np.clip(chances, edge, 1 - edge)  # a scrambled sequence may hold 0
    found = np.concatenate([outcome(chances[at : at + SLICE]) for at in range(0, len(chances), SLICE)])
    if np.ptp(found) <= 1e-12 * max(float(np.abs(found).max()), 1e-300):
        return pd.DataFrame({"lever": list(names)} | dict.fromkeys(COLUMNS[1:], 0.0))
    told = analysis.analyze(problem, found, calc_second_order=False, seed=seed + 1)  # 0 would mean no seed
    parts = {"lever": list(names)}
    for column, key in (("first", "S1"), ("total", "ST")):
        value, half = told[key], told[f"{key}_conf"]
        parts |= {column: value, f"{column}_low": value - half, f"{column}_high": value + half}
    return pd.DataFrame(parts)
