"""What of the environment a report may not show: gathered from all that names it, before the run."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from prodops.parameters.secrets import references, to_hide
from prodops.parameters.types import Value
from prodops.reports.catalogue import Report
from prodops.workspace import load


def of_run(report: Report, parameters: Mapping[str, Value], context: Mapping[str, object], environ: Mapping[str, str]) -> dict[str, str]:
    """Give the texts that one run may not show, each with what stands in its place.

    They are the values, in every form, of the variables that secret parameters are, and that the workspace's sources (with those
    of ``context``) and the report's file (its addresses) name; and the passwords of URLs there. See
    :func:`prodops.parameters.secrets.to_hide` for what is too short.
    """
    texts = [*_texts(report.model_dump(mode="json")), *_texts(context.get("sources")), *map(str, parameters.values())]
    if context.get("workspace"):
        texts += _texts(load(Path(str(context["workspace"]))).model_dump(mode="json"))
    return to_hide(texts, references(parameters.values()), environ)


def _texts(value: object) -> Iterator[str]:
    """Go through the texts of plain values, however they nest."""
    if isinstance(value, str):
        yield value
    for part in value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ():
        yield from _texts(part)
