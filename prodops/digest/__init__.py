"""The digest: what the other reports found, for one audience on one page, most surprising first, nothing told twice."""

from typing import TYPE_CHECKING

from prodops.lazily import exports

if TYPE_CHECKING:
    from prodops.digest.audiences import Audiences, define
    from prodops.digest.page import Digest, write

_HOMES = {"audiences": ("Audiences", "define"), "page": ("Digest", "write")}
__getattr__, __dir__ = exports(__name__, _HOMES)
__all__ = ["Audiences", "Digest", "define", "write"]
