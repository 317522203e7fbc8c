"""Which finder a workspace has chosen, and the version of what finds: nothing masked by other rules may be used again."""

import hashlib
from functools import cache
from importlib.metadata import PackageNotFoundError, entry_points, version
from importlib.resources import files
from typing import Literal

from prodops.privacy.spans import Finder

Redact = bool | Literal["presidio"]
"""The workspace's setting: the patterns, nothing at all, or the patterns and Presidio."""
_PACKAGES = ("phonenumberslite", "presidio-analyzer", "spacy")


@cache
def finder(redact: Redact) -> Finder | None:
    """Give the finder that is asked beside the patterns; raises :class:`InputError` where it is not installed."""
    if redact != "presidio":
        return None
    from prodops.privacy.presidio import presidio

    return presidio()


@cache
def edition(redact: Redact) -> str:
    """Name the setting and the version of all that masks under it, as a hash; one word where nothing is masked."""
    if not redact:
        return "off"
    code = sorted((file.name, file.read_bytes()) for file in files("prodops.privacy").iterdir() if file.name.endswith(".py"))
    used = [*_PACKAGES, *(model.name for model in entry_points(group="spacy_models"))] if redact == "presidio" else _PACKAGES[:1]
    return hashlib.sha256(repr((redact, code, [_version(name) for name in used])).encode()).hexdigest()


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""
