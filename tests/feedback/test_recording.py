"""What a run writes of each theme rests on all that lies in it."""

from types import SimpleNamespace

import numpy as np

from prodops.feedback.identity import recording
from prodops.feedback.naming import EXAMPLES


def test_a_theme_is_known_by_all_its_texts() -> None:
    """Of an entry and of those above it all rows are given, the nearest to the centre first: names speak for more than the very centre."""
    many = 3 * EXAMPLES
    found = SimpleNamespace(fit=np.linspace(1, 0.1, 2 * many, dtype="float32"))
    tree = {"food": {"name": "Food"}, "soup": {"name": "Soup", "parent": "food"}, "bread": {"name": "Bread", "parent": "food"}}
    entries = np.array(["soup", "bread"] * many, dtype=object)
    central, sizes = recording._central(found, tree, entries, ["bread", "soup"])  # type: ignore[arg-type]
    assert central["soup"].tolist() == list(range(0, 2 * many, 2))
    assert central["food"].tolist() == list(range(2 * many))
    assert sizes == {"soup": many, "bread": many, "food": 2 * many}
