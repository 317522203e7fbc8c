"""What was found in texts before anyone gave it a name: groups of texts with their centres, and the themes that groups belong to."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Matrix = NDArray[np.float32]
    Integers = NDArray[np.intp]


@dataclass(frozen=True)
class Found:
    """Groups in ``texts``, which are different from each other and sorted.

    ``points`` holds a unit vector for each text, ``copies`` how many voices said it, ``group`` the place of the sub-theme that it
    belongs to (-1: none) and ``fit`` its cosine to that one's centre (0 to 1). ``centres`` holds a unit vector for each sub-theme, and
    ``theme`` the place of the theme that each sub-theme belongs to: themes are numbered from 0, and each has one sub-theme at
    least. ``encode`` turns other texts into such vectors.
    """

    texts: Sequence[str]
    points: "Matrix"
    copies: "Integers"
    group: "Integers"
    fit: "Matrix"
    centres: "Matrix"
    theme: "Integers"
    encode: "Callable[[Sequence[str]], Matrix]"
