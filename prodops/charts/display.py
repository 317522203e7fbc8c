"""How a chart is shown: as our own payload for the press, as a drawing for everybody, and in words.

The renderer and the theme are switched on by the first chart that is made. The drawing needs no script and no network;
it is made by vl-convert from the very specification that goes into the payload. No Vega-Lite MIME type is emitted:
JupyterLab shows nothing for it, and nbconvert stumbles over it.
"""

import functools
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any, TypeAlias

from prodops.charts import words
from prodops.charts.layers import Spec, at, layer, word
from prodops.charts.theme import PALETTES, Mode, dark_overrides, theme
from prodops.errors import ProdopsError, shorten
from prodops.stamps import CHART_MIME

if TYPE_CHECKING:
    import altair as alt

    from prodops.charts.frames import Row

    Chart: TypeAlias = alt.LayerChart | alt.ConcatChart

Bundle = dict[str, Any]
NAME = "prodops"
_TAG, _PART = re.compile(r"<[a-z][^>]*>"), re.compile(r' (?:role|aria-[a-z]+)="[^"]*"')


@dataclass(frozen=True)
class Room:
    """The space that a chart is laid out for: the width of its drawing, and of the lines of its title."""

    width: int
    title: int
    narrow: bool = False


WIDE, NARROW = Room(680, 590), Room(340, 316, narrow=True)


@dataclass(frozen=True)
class Caption:
    """What stands around a chart: the finding, what is plotted, notes for reading it, and the alt text."""

    title: str
    subtitle: str
    alt: str
    notes: tuple[str, ...] = ()

    @property
    def below(self) -> str:
        return " · ".join([self.subtitle, *self.notes])


def caption(title: str, subtitle: str, alt: str, notes: Sequence[str] = ()) -> Caption:
    """Check and clean what stands around a chart; raises :class:`ProdopsError` where the title or subtitle is empty."""
    title, subtitle = words.clean(title), words.clean(subtitle)
    if not title or not subtitle:
        raise ProdopsError("A chart needs a title that states the finding and a subtitle that says what is plotted and in which unit.")
    return Caption(title, subtitle, words.clean(alt), tuple(filter(None, map(words.clean, notes))))


def figure(draw: Callable[[Room], Spec], around: Caption, *, datasets: dict[str, list["Row"]], columns: dict[str, str]) -> "Chart":
    """Lay a chart out twice, wide and narrow, over the same data, and pack what its display needs with it.

    ``draw`` gives a specification without its data; ``columns`` are the fields of the first data set that a reader sees as
    a table, with their headings.
    """
    enable()
    wide, narrow = ({**draw(room), "title": _title(around, room)} for room in (WIDE, NARROW))
    meta = {
        "alt": around.alt,
        "title": around.title,
        "subtitle": around.below,
        "dataset": next(iter(datasets)),
        "columns": columns,
        "narrow": narrow,
    }
    return _assemble({**wide, "description": around.alt, "datasets": datasets, "usermeta": {NAME: meta}})


def _assemble(spec: Spec) -> "Chart":
    """Make Altair objects of a specification; it is checked against the schema once, when it is shown."""
    import altair as alt
    from altair.utils.schemapi import debug_mode

    def unit(part: Spec) -> alt.Chart:
        return alt.Chart(**{**part, "encoding": alt.FacetedEncoding(**part["encoding"])})

    def layered(part: Spec) -> alt.LayerChart:
        return alt.LayerChart(**{**part, "layer": [unit(p) for p in part["layer"]]})

    with debug_mode(False):
        return alt.ConcatChart(**{**spec, "concat": [layered(p) for p in spec["concat"]]}) if "concat" in spec else layered(spec)


def notice(around: Caption, text: str = "No data in this period") -> "Chart":
    """Give the chart of a frame without rows: its title, and a line that says so."""
    said = layer("notice", "text", {"x": at(0), "y": at(30), "text": word("text")}, style="notice", align="left")
    spec = {"layer": [said], "width": "container", "height": 60, "autosize": FIT}
    return figure(lambda room: spec, around, datasets={"notice": [{"text": text}]}, columns={"text": "Notice"})


FIT = {"type": "fit-x", "contains": "padding"}


def _title(around: Caption, room: Room) -> Spec:
    return {"text": words.wrap(around.title, room.title, 16.5, even=True), "subtitle": words.wrap(around.below, room.title, 12.3, lines=6)}


# ------------------------------------------------------------------------------------------------ shown by Jupyter
@functools.cache
def enable() -> None:
    """Make ours Altair's renderer and theme; done once, so that a later choice of the user's stands."""
    import altair as alt

    alt.renderers.register(NAME, bundle)
    alt.renderers.enable(NAME)
    alt.theme.register(NAME, enable=True)(lambda: {"config": theme("light")})


def bundle(spec: Spec, **_: object) -> Bundle:
    """Give a chart's MIME bundle: payload, drawing, words. Charts of the user's own making are shown by it too."""
    meta = dict((spec.get("usermeta") or {}).get(NAME) or _of_any(spec))
    spec = {k: v for k, v in spec.items() if k not in ("$schema", "usermeta")}
    narrow = meta.pop("narrow", None)
    drawing = svg(spec, meta["alt"])
    payload = {"spec": spec, **meta, "dark": dark_overrides(), "height": _height(drawing)}
    if narrow:
        payload |= {"spec_narrow": narrow, "height_narrow": _height(svg({**spec, **narrow}, meta["alt"], room=NARROW))}
    return {CHART_MIME: payload, "image/svg+xml": drawing, "text/plain": meta["alt"]}


def to_svg(chart: "Chart", *, mode: Mode = "light", narrow: bool = False) -> str:
    """Draw a chart as SVG: 680 pixels wide, or 340 where ``narrow``, on the paper of its mode."""
    spec = chart.to_dict()
    meta = (spec.get("usermeta") or {}).get(NAME) or _of_any(spec)
    spec |= meta.get("narrow", {}) if narrow else {}
    spec["config"] = {**spec.get("config", {}), **(dark_overrides() if mode == "dark" else {})}
    return svg(spec, meta["alt"], room=NARROW if narrow else WIDE, mode=mode)


def svg(spec: Spec, alt_text: str, *, room: Room = WIDE, mode: Mode = "light") -> str:
    """Draw a specification with vl-convert; no address is ever loaded, and what only a pointer can reach is left out.

    Raises :class:`ProdopsError` where the engine refuses it, as it does links that hold code.
    """
    spec = _still(spec)
    if spec.get("width") == "container":
        spec = {**spec, "width": room.width}
    spec["background"] = PALETTES[mode].paper
    drawing = ""
    for left in (3, 2, 1, 0):  # a chart that failed before can make the engine fail a few times more
        try:
            drawing = _convert(spec)
            break
        except ValueError as fault:
            if not left:
                raise ProdopsError(f"The chart cannot be drawn: {shorten(fault, 200)}.") from None
    return as_one_image(drawing, alt_text)


def as_one_image(drawing: str, alt_text: str) -> str:
    """Make one image with its alt text of a drawing: the parts within, which the engine half labels, are no images of their own."""
    bare = _TAG.sub(lambda tag: _PART.sub("", tag[0]), drawing)
    return bare.replace("<svg ", f'<svg role="img" aria-label="{escape(alt_text)}" ', 1)


def _convert(spec: Spec) -> str:
    import altair as alt
    import vl_convert

    version = ".".join(alt.SCHEMA_VERSION.lstrip("v").split(".")[:2])
    drawing: str = vl_convert.vegalite_to_svg(spec, vl_version=version, allowed_base_urls=[])
    return drawing


def _still(spec: Spec) -> Spec:
    parts: Spec = {
        k: [_still(p) for p in spec[k] if not str(p.get("name", "")).startswith("hover")] for k in ("layer", "concat") if k in spec
    }
    return {**spec, **parts}


def _height(drawing: str) -> int:
    found = re.search(r' height="([\d.]+)"', drawing)
    return round(float(found[1])) if found else 0


def _of_any(spec: Spec) -> Spec:
    """Describe a chart that was not made here by what it says of itself."""
    title = spec.get("title") or ""
    text = title.get("text", "") if isinstance(title, dict) else title
    said = words.clean(" ".join(map(str, text)) if isinstance(text, list) else text)
    data = spec.get("data")
    return {
        "alt": words.clean(spec.get("description")) or said or "A chart without a description",
        "title": said,
        "dataset": data.get("name", "") if isinstance(data, dict) else "",
        "columns": {},
    }
