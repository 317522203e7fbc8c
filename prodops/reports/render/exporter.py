"""Writing the page: nbconvert's template exporter with our own template, style, script and content security policy."""

import base64
import hashlib
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment
from markupsafe import Markup, escape
from nbconvert.exporters.templateexporter import TemplateExporter
from nbconvert.filters import Highlight2HTML

from prodops.reports.render import vega
from prodops.reports.render.figures import Figure
from prodops.reports.render.live import Live
from prodops.reports.render.page import Page

if TYPE_CHECKING:
    from nbformat import NotebookNode

_HERE = Path(__file__).parent / "templates"


class PageExporter(TemplateExporter):
    """nbconvert's exporter, looking for templates in this package only and escaping all text by default."""

    file_extension = ".html"
    output_mimetype = "text/html"

    def __init__(self) -> None:
        super().__init__(template_paths=[str(_HERE)], template_file="page.html.j2", default_preprocessors=[])

    def _create_environment(self) -> Environment:
        environment = super()._create_environment()
        environment.autoescape, environment.trim_blocks, environment.lstrip_blocks = True, True, True
        highlight = Highlight2HTML(pygments_lexer="ipython3")
        environment.finalize = _joined
        environment.filters["unbroken"] = unbroken
        environment.filters["highlight"] = lambda source: Markup(highlight(source))  # pygments escapes
        return environment


def _joined(value: object) -> object:
    """Keep a sign on the line of the amount it stands before: browsers break "−€ 5,465" behind its minus."""
    return re.sub("([−+])(?=[€$£¥₹])", "\\1\u2060", value) if type(value) is str else value


def unbroken(text: str) -> Markup:
    """Write a sentence so that no line ends within an id such as LUM-0853; what is copied is the id alone."""
    whole = r'<span class="prodops-whole">\g<0></span>'
    return Markup(re.sub(r"\b[A-Z0-9][A-Z0-9]{0,9}-\d{1,12}\b", whole, str(escape(_joined(text)))))  # escaped before it is marked


def export(notebook: "NotebookNode", page: Page, *, record: Markup, source: Markup, cache: Path | None = None) -> str:
    """Write the page as HTML that ends in ``</html>`` and a line feed.

    ``record`` and ``source`` are the JSON that it carries, ``cache`` is where the charts' library is kept between runs.
    """
    own_style = _page_style(page)
    style, script = asset("page.css"), asset("page.js")
    live = asset("live.js") if page.lives else ""
    bundle = vega.bundle(cache) if page.figures or page.lives else ""
    policy = (
        f"default-src 'none'; img-src data:; style-src {_hashes(style, own_style)}; script-src {_hashes(script, bundle, live)}; "
        "base-uri 'none'; form-action 'none'"
    )
    resources = {
        "page": page,
        "policy": policy,
        "style": Markup(style),
        "own_style": Markup(own_style),  # our own files
        "script": Markup(script),
        "bundle": Markup(bundle),
        "live": Markup(live),
        "record": record,
        "source": source,
    }
    html, _ = _exporter().from_notebook_node(notebook, resources)
    return html.rstrip() + "\n"


@cache
def asset(name: str) -> str:
    """Read one of the page's own files."""
    return (_HERE / name).read_text(encoding="utf-8")


@cache
def _exporter() -> PageExporter:
    return PageExporter()


def _hashes(*sources: str) -> str:
    digests = (hashlib.sha256(source.encode()).digest() for source in sources if source)
    return " ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)


def _page_style(page: Page) -> str:
    """Write the rules that only this page needs: its charts' reserved heights, and the running foot in print.

    Every character of the foot but letters and digits is escaped for CSS.
    """
    words = " · ".join(filter(None, (page.title, page.period, page.run_id)))
    foot = re.sub(r"[^A-Za-z0-9]", lambda c: f"\\{ord(c[0]):06x}", words[:120])
    plots: list[Figure | Live] = [*page.figures, *page.lives]
    wide = "".join(f"#{plot.anchor} .plot{{min-block-size:{plot.heights[0]}px}}" for plot in plots)
    narrow = "".join(f"#{plot.anchor} .plot{{min-block-size:{plot.heights[1]}px}}" for plot in plots)
    return f'@media screen and (scripting:enabled){{{wide}@media(max-width:40rem){{{narrow}}}}}@page{{@bottom-left{{content:"{foot}"}}}}'
