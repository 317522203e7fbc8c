"""Keys and names that belong to a panel.

In JupyterLab arrows and letters would move through the notebook rather than through a panel's lists; and a slider's handle, which the keys
move, has no name of its own, nor says its value in the reader's words.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ipywidgets import Output

_FREE = """
const name = (panel) => {
  for (const handle of panel.querySelectorAll(".noUi-handle:not([aria-label])")) {
    const slider = handle.closest(".widget-slider"), value = slider.nextElementSibling;
    handle.setAttribute("aria-label", slider.querySelector(".widget-label")?.textContent ?? "");
    if (value) handle.setAttribute("aria-describedby", value.id ||= "prodops-" + Math.random().toString(36).slice(2));
  }
};
const free = (tries) => {
  const panel = element.closest(".widget-output")?.parentElement;
  const own = (event) => event.target.matches("select") && event.target.setAttribute("data-lm-suppress-shortcuts", "true");
  if (panel) {
    panel.addEventListener("focusin", own);
    new MutationObserver(() => name(panel)).observe(panel, {childList: true, subtree: true});
    name(panel);
  }
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
