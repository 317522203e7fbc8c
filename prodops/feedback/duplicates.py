"""Which rows are one voice: the same report sent twice, a text that was copied.

Two rows are one voice when they lie within four weeks and either the same person said both in the same words (letters
and digits compared; the person is the user, or the account where no user is known), or they share a text of at least
eight different words, nearly word for word (Jaccard similarity of runs of five characters of at least 0.8), whoever said it.
"Love it" from two people is two voices, as it is from two rows whose authors are unknown.

Candidates come from MinHash signatures in bands (Broder 1997; Indyk & Motwani 1998) and are then compared exactly.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from prodops.feedback.words import surface

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    Codes = NDArray[np.int64]
    Hashes = NDArray[np.uint64]

SIMILAR, WORDS, DAYS = 0.8, 8, 28
_RUN, _BANDS, _IN_BAND, _CHARACTERS = 5, 8, 3, 4000


def voices(frame: "pd.DataFrame") -> "pd.Series[str]":
    """Give each row the id of the row that speaks for it: the first of its group, itself for most.

    Needs ``id``, ``created_at`` and ``text``; uses ``user_id`` and ``account_id`` where there are such columns.
    """
    import pandas as pd

    codes, distinct = pd.factorize(frame["text"], sort=True)
    plain = [" ".join(surface(text)) for text in distinct]
    same_words, forms = pd.factorize(pd.Series(plain, dtype="str"), sort=True)
    long = [len(set(form.split(" "))) >= WORDS for form in forms]
    copied = _near(list(forms), long)
    form = pd.Series(same_words[codes], frame.index)
    person = _person(frame)
    # one key per possible group: a long text whoever wrote it; a short one with its person; else the row by itself
    key = ("long:" + form.map(dict(enumerate(copied))).astype(str)).where(
        form.map(dict(enumerate(long))), ("by:" + form.astype(str) + ":" + person).where(person.notna(), "row:" + frame["id"].astype(str))
    )
    return _first_within(frame, key)


def _person(frame: "pd.DataFrame") -> "pd.Series[str]":
    import pandas as pd

    person = pd.Series(pd.NA, frame.index, dtype="str")
    for column in ("user_id", "account_id"):
        if column in frame:
            person = person.fillna(column + "=" + frame[column].astype("str"))
    return person


def _first_within(frame: "pd.DataFrame", key: "pd.Series[str]") -> "pd.Series[str]":
    """Within one key, a row is spoken for by the first row of at most four weeks before; then a new voice begins."""
    import pandas as pd

    ordered = pd.DataFrame({"key": key, "at": frame["created_at"], "id": frame["id"].astype("str")}).sort_values(
        ["key", "at", "id"], kind="stable"
    )
    voice = ordered["id"].to_numpy(dtype=object)
    shared = ordered["key"].duplicated(keep=False).to_numpy()
    keys, times = ordered["key"].to_numpy(dtype=object), ordered["at"].to_numpy()
    window, first = pd.Timedelta(days=DAYS).to_timedelta64(), 0
    for row in shared.nonzero()[0]:
        if keys[row] != keys[first] or not times[row] - times[first] <= window:
            first = row
        voice[row] = voice[first]
    return pd.Series(voice, ordered.index, dtype="str").reindex(frame.index)


# ------------------------------------------------------------------------------------------- nearly the same words
def _near(forms: Sequence[str], long: Sequence[bool]) -> "Codes":
    """Group long texts that are nearly the same; gives one group number per text."""
    import numpy as np
    from scipy.sparse import csr_matrix
    from scipy.sparse.csgraph import connected_components

    rows = [row for row, is_long in enumerate(long) if is_long]
    if not rows:
        return np.arange(len(forms))
    near = [(rows[a], rows[b]) for a, b in _candidates([forms[row][:_CHARACTERS] for row in rows])]
    alike = np.array([pair for pair in near if _alike(forms[pair[0]], forms[pair[1]])], dtype=int).reshape(-1, 2)
    graph = csr_matrix((np.ones(len(alike)), (alike[:, 0], alike[:, 1])), shape=(len(forms), len(forms)))
    return connected_components(graph, directed=False)[1].astype(np.int64)


def _alike(one: str, other: str) -> bool:
    a, b = ({text[i : i + _RUN] for i in range(len(text) - _RUN + 1)} for text in (one[:_CHARACTERS], other[:_CHARACTERS]))
    return len(a & b) >= SIMILAR * len(a | b)


def _candidates(texts: Sequence[str], at_once: int = 20_000) -> set[tuple[int, int]]:
    """Pair texts that agree in all hashes of any band, each with the first of its bucket."""
    import numpy as np

    signatures = np.vstack([_signatures(texts[start : start + at_once]) for start in range(0, len(texts), at_once)])
    pairs: set[tuple[int, int]] = set()
    rows = np.arange(len(texts))
    for band in range(_BANDS):
        part = np.ascontiguousarray(signatures[:, band * _IN_BAND : (band + 1) * _IN_BAND])
        _, first, bucket = np.unique(part.view(f"V{part.itemsize * _IN_BAND}").ravel(), return_index=True, return_inverse=True)
        leader = first[bucket.ravel()]
        agree = (signatures == signatures[leader]).mean(axis=1) >= SIMILAR - 0.3  # far below: not worth comparing
        pairs |= {(int(leader[row]), int(row)) for row in np.flatnonzero((leader != rows) & agree)}
    return pairs


def _signatures(texts: Sequence[str]) -> "Hashes":
    """MinHash signatures of the runs of five characters, one row per text (each text at least one run long)."""
    import numpy as np

    lengths = np.array([len(text) for text in texts])
    letters = np.frombuffer("".join(texts).encode("utf-32-le"), dtype=np.uint32).astype(np.uint64)
    hashed = np.zeros(len(letters) - _RUN + 1, np.uint64)
    for place in range(_RUN):
        hashed = hashed * np.uint64(1_000_003) + letters[place : len(letters) - _RUN + 1 + place]
    ends = np.cumsum(lengths)
    inside = np.ones(len(hashed), bool)  # no run reaches over into the next text
    for place in range(1, _RUN):
        inside[(ends - place)[(ends - place) < len(hashed)]] = False
    hashed = _mix(hashed[inside])
    starts = np.concatenate([[0], np.cumsum(lengths - _RUN + 1)[:-1]])
    factors = _mix(np.arange(1, _BANDS * _IN_BAND + 1, dtype=np.uint64)) | np.uint64(1)
    return np.stack([np.minimum.reduceat(hashed * factor, starts) for factor in factors], axis=1)


def _mix(x: "Hashes") -> "Hashes":
    """SplitMix64's finisher: every bit of the input moves every bit of the output."""
    import numpy as np

    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))
