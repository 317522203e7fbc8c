"""Reading a chart as a reader or a program does: its bundle, its layers, the texts that are drawn."""

from typing import Any
from xml.etree import ElementTree

from prodops.stamps import CHART_MIME

TEXT = "{http://www.w3.org/2000/svg}text"
TSPAN = "{http://www.w3.org/2000/svg}tspan"


def bundle(chart: Any) -> dict[str, Any]:
    return chart._repr_mimebundle_()


def payload(chart: Any) -> dict[str, Any]:
    return bundle(chart)[CHART_MIME]


def rows(chart: Any, dataset: str = "points") -> list[dict[str, Any]]:
    return chart.to_dict()["datasets"][dataset]


def layers(chart: Any, *, style: str = "", source: str = "") -> list[dict[str, Any]]:
    """List the layers of a chart, or of all its panels, that have a style or read a data set."""
    spec = chart.to_dict()
    parts = [layer for part in spec.get("concat", [spec]) for layer in part["layer"]]
    return [p for p in parts if style in ("", p["mark"].get("style")) and source in ("", p["data"]["name"])]


def axis(chart: Any, channel: str) -> dict[str, Any]:
    return layers(chart)[0]["encoding"][channel]["axis"]


def domain(chart: Any, channel: str) -> list[Any]:
    return layers(chart)[0]["encoding"][channel]["scale"]["domain"]


def drawn(svg: str) -> list[str]:
    """List the texts of a drawing, each line its own; raises where the drawing is no XML."""
    tree = ElementTree.fromstring(svg)
    return [part.text for node in tree.iter(TEXT) for part in ([*node.iter(TSPAN)] or [node]) if part.text]
