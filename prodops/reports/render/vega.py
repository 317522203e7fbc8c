"""Vega, Vega-Lite and Vega-Embed as one script, made once for a version of vl-convert and kept on disk."""

import contextlib
import hashlib
from functools import cache
from importlib import metadata
from pathlib import Path

from prodops.errors import RunError
from prodops.reports import publish

EMBED = "globalThis.vegaEmbed = vegaEmbed;"
PARSER = 'import {{ parseExpression }} from "https://cdn.jsdelivr.net/npm/vega@{}/+esm"; globalThis.parseExpression = parseExpression;'
"""Vega's parser of expressions, under the name by which vl-convert keeps Vega within itself; nothing is loaded."""
WRAPPED = 'globalThis.loadVega = () => {{"use strict";{}}};'


@cache
def bundle(kept_in: Path | None = None) -> str:
    """Give a script (0.9 MB) that defines ``loadVega`` and does nothing until it is called.

    Making it takes more than a second; a copy that lies in the folder ``kept_in`` is read in a hundredth of that, and is taken only
    where it is whole. A folder that cannot be written to is no fault.
    """
    if kept_in is None:
        return _make()
    recipe = f"{metadata.version('vl-convert-python')} {PARSER} {EMBED} {WRAPPED}"
    file = kept_in / f"vega-{hashlib.sha256(recipe.encode()).hexdigest()[:12]}.js"
    with contextlib.suppress(OSError, ValueError):
        digest, _, kept = file.read_bytes().partition(b"\n")
        if digest == _digest(kept):
            return kept.decode()
    made = _make()
    with contextlib.suppress(RunError, OSError):
        publish.write_file(file, _digest(made.encode()) + b"\n" + made.encode())
    return made


def _make() -> str:
    import vl_convert

    try:
        library = vl_convert.javascript_bundle(PARSER.format(vl_convert.get_vega_version()) + EMBED)
    except ValueError:  # kept elsewhere: charts are as live as ever, sliders stand still
        library = vl_convert.javascript_bundle(EMBED)
    return WRAPPED.format(library).replace("</script", "<\\/script").replace("<!--", "<\\!--")


def _digest(data: bytes) -> bytes:
    return b"// " + hashlib.sha256(data).hexdigest().encode()
