"""Where each score stands: wave by wave, against the wave before, and by group."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from prodops.intervals import benjamini_hochberg
from prodops.surveys.asked import SCORED
from prodops.surveys.estimates import Estimate
from prodops.surveys.guarding import kept_back
from prodops.surveys.tallies import Tally, estimate

if TYPE_CHECKING:
    import pandas as pd

Row = dict[str, Any]
SCORES = ["question", "title", "kind", "unit", "at", "wave", "start", "complete", "between", "n", "value", "lower", "upper", "latest"]
CHANGES = ["before_wave", "before", "before_n", "change", "change_lower", "change_upper", "p"]
GROUPS = ["question", "title", "kind", "unit", "by", "group", "wave", "n", "value", "lower", "upper", *CHANGES]


def scored(found: Mapping[str, Tally]) -> Iterator[Tally]:
    """Give the tallies of questions that come to one number."""
    return (tally for tally in found.values() if tally.question.kind in SCORED)


def scores(found: Mapping[str, Tally], least: int) -> "pd.DataFrame":
    """Give each score in each wave; waves of fewer than ``least`` answers are not there."""
    import pandas as pd

    return pd.DataFrame([row for tally in scored(found) for row in _waves(tally, least)], columns=SCORES)


def _waves(tally: Tally, least: int) -> Iterator[Row]:
    latest = tally.latest(least)
    for at, wave in enumerate(tally.waves):
        got = estimate(tally.question, tally.frame[tally.frame["at"] == at])
        if got.n >= least:
            told = {
                "at": at,
                "wave": wave.name,
                "start": wave.start,
                "complete": wave.complete,
                "between": wave.between,
                "latest": at == latest,
            }
            yield named(tally) | told | numbers(got)


def now(found: Mapping[str, Tally], least: int) -> "pd.DataFrame":
    """Give each score in its latest whole wave, against the wave before; no wave before is missing."""
    import pandas as pd

    rows = []
    for tally in scored(found):
        at = tally.latest(least)
        if at is not None:
            rows.append(named(tally) | {"by": "", "group": ""} | _against(tally, tally.frame, at, tally.before(at, least), least))
    return pd.DataFrame(rows, columns=GROUPS)


def groups(found: Mapping[str, Tally], cuts: tuple[str, ...], least: int) -> tuple["pd.DataFrame", int]:
    """Give each score of each group in its latest whole wave, against the wave before; says how many groups are kept back.

    ``p_adjusted`` counts that all groups of all scores are looked at (Benjamini & Hochberg).
    """
    import pandas as pd

    rows, hidden = list[Row](), 0
    for tally in scored(found):
        at = tally.latest(least)
        if at is None:
            continue
        for by in cuts:
            own, back = _groups(tally, by, at, least)
            rows, hidden = rows + own, hidden + back
    table = pd.DataFrame(rows, columns=GROUPS)
    return table.assign(p_adjusted=benjamini_hochberg(table["p"].to_numpy(float))), hidden


def _groups(tally: Tally, by: str, at: int, least: int) -> tuple[list[Row], int]:
    frame = tally.frame.assign(group=tally.frame[by].fillna(""))
    sizes = frame.groupby(["at", "group"])["n"].sum()
    before = tally.before(at, least)
    hidden = {i: kept_back({str(g): int(n) for g, n in sizes.get(i, pd_empty()).items()}, least) for i in (at, before) if i is not None}
    present = [str(g) for g in sizes[at].sort_values(ascending=False, kind="stable").index]
    rows = []
    for group in [g for g in present if g not in hidden[at] and (g or len(present) > 1)]:
        known = before if before is not None and group not in hidden[before] else None
        own = frame[frame["group"] == group]
        rows.append(named(tally) | {"by": by, "group": group} | _against(tally, own, at, known, least))
    return (rows if len(rows) > 1 or hidden[at] else []), len(hidden[at])


def pd_empty() -> "pd.Series":
    """Give no sizes, for a wave that nobody answered."""
    import pandas as pd

    return pd.Series(dtype=int)


def _against(tally: Tally, frame: "pd.DataFrame", at: int, before: int | None, least: int) -> Row:
    """Compare a wave with the one before."""
    from prodops.surveys.comparing import difference

    q, got = tally.question, estimate(tally.question, frame[frame["at"] == at])
    row: Row = {"wave": tally.waves[at].name, **numbers(got)}
    was = estimate(q, frame[frame["at"] == before]) if before is not None else None
    if before is None or was is None or was.n < least:
        return row
    change = difference(was, got)
    told = {"change": change.value, "change_lower": change.lower, "change_upper": change.upper, "p": change.p}
    return row | {"before_wave": tally.waves[before].name, "before": was.value, "before_n": was.n} | told


def named(tally: Tally) -> Row:
    """Say which question a row is about."""
    q = tally.question
    return {"question": q.name, "title": q.label, "kind": q.kind, "unit": q.unit}


def numbers(got: Estimate) -> Row:
    """Lay an estimate out."""
    return {"n": got.n, "value": got.value, "lower": got.lower, "upper": got.upper}
