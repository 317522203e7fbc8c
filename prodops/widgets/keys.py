"""Keys that belong to a panel: in JupyterLab arrows and letters would move through the notebook rather than through a panel's lists."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ipywidgets import Output

_FREE = """
const free = (tries) => {
  const panel = element.closest(".widget-output")?.parentElement;
  const own = (event) => event.target.matches("select") && event.target.setAttribute("data-lm-suppress-shortcuts", "true");
  if (panel) panel.addEventListener("focusin", own);
  else if (tries) setTimeout(free, 100, tries - 1);  // not in the page yet
};
free(100);
"""
# Lumino, which hears keys for JupyterLab, leaves an element alone that has this attribute; elsewhere it means nothing.


def freed() -> "Output":
    """Give a part that shows nothing, and leaves the keys to the lists of the box that it is put into."""
    from ipywidgets import Output

    nothing = Output(layout={"width": "0", "height": "0", "overflow": "hidden", "margin": "0"})
    nothing.outputs = ({"output_type": "display_data", "data": {"application/javascript": _FREE}, "metadata": {}},)
    return nothing
