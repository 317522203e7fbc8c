"""How long does a slider's move take in the mailed file, from the event to the frame that shows it?

    python benchmarks/whatif_page.py --moves 40

The generated model of benchmarks/whatif.py (30 nodes over 24 months) is put into a page with 1,000 draws, as a report has it, and opened in
Chromium without a network. Its sliders are moved one after the other; printed are the median and the worst of the times from the event
to the end of the frame in which tiles and fan are drawn. ``--plain`` also times the same specification in plain Vega, compiled and by
Vega's interpreter, which is what a page without unsafe-eval could use: the reason for working in columns.

Ends with 1 where the median is above 50 ms.
"""

import argparse
import json
import statistics
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from whatif import MONTHS, NODES, generated

from prodops import charts, scenarios
from prodops.reports.render import render, vega

if TYPE_CHECKING:
    from playwright.sync_api import Browser

LIMIT, DRAWS = 50.0, 1_000
MOVE = """async (moves) => {
  const sliders = [...document.querySelectorAll("input[data-lever]")], times = [];
  for (let at = 0; at < moves; at++) {
    const slider = sliders[at % sliders.length], [low, high] = [Number(slider.min), Number(slider.max)];
    slider.value = low + (high - low) * ((7 * at) % 19) / 19;
    const begun = performance.now();
    slider.dispatchEvent(new Event("input", { bubbles: true }));
    await new Promise((shown) => requestAnimationFrame(() => {
      const after = new MessageChannel();
      after.port1.onmessage = shown;
      after.port2.postMessage(0);
    }));
    times.push(performance.now() - begun);
    await new Promise((rest) => setTimeout(rest, 50));
  }
  return times;
}"""
PLAIN = """async ([spec, ast, moves]) => {
  loadVega();
  const { view } = await vegaEmbed("#view", spec, { mode: "vega", ast, renderer: "svg", actions: false });
  const slider = document.querySelector("input[type=range]"), times = [];
  for (let at = 0; at < moves; at++) {
    slider.value = 0.6 + 0.1 * at;
    const begun = performance.now();
    slider.dispatchEvent(new Event("input", { bubbles: true }));
    await view.runAsync();
    await new Promise(requestAnimationFrame);
    times.push(performance.now() - begun);
  }
  return times;
}"""


def page(live: charts.Live) -> str:
    output = new_output("execute_result", data=live._repr_mimebundle_())
    return render(new_notebook(cells=[new_markdown_cell("# What if\n\n## Try it"), new_code_cell("live", outputs=[output])]), {})


def model() -> scenarios.Model:
    """Give the generated model with an outcome for every third node, so that nearly all of it is needed."""
    text: dict[str, Any] = dict(generated()[0].text)
    names = list(text["nodes"])
    text["outcomes"] = {f"outcome_{at}": {"node": name, "at": "total"} for at, name in enumerate(reversed(names)) if at % 3 == 0}
    return scenarios.define(text, file="generated.yaml")


def moved(browser: "Browser", file: Path, moves: int) -> list[float]:
    shown = browser.new_context(viewport={"width": 1280, "height": 900}, offline=True).new_page()
    shown.goto(file.as_uri())
    shown.wait_for_selector(".live-model .plot.drawn")
    times: list[float] = shown.evaluate(MOVE, moves)
    return times


def plain(browser: "Browser", file: Path, spec: dict[str, Any], *, ast: bool) -> list[float]:
    file.write_text(f"<!doctype html><meta charset=utf-8><div id=view></div><script>{vega.bundle()}</script>", encoding="utf-8")
    shown = browser.new_context(offline=True).new_page()
    shown.goto(file.as_uri())
    times: list[float] = shown.evaluate(PLAIN, [spec, ast, 3])
    return times


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--moves", type=int, default=40)
    parser.add_argument("--plain", action="store_true")
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    given = parser.parse_args()
    live = charts.live(model(), draws=DRAWS)
    spec = live.payload["spec"]
    print(f"{NODES} nodes, {MONTHS} months, {DRAWS:,} draws; specification {len(json.dumps(spec)) / 1e6:.2f} MB")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=given.chromium, args=["--no-sandbox", "--disable-gpu"])
        file = Path(folder, "page.html")
        file.write_text(page(live), encoding="utf-8")
        print(f"the page: {file.stat().st_size / 1e6:.2f} MB")
        times = moved(browser, file, given.moves)
        middle = statistics.median(times)
        print(f"a move to its frame: median {middle:.1f} ms, worst {max(times):.1f} ms, of {given.moves}")
        for ast, name in ((False, "compiled (needs unsafe-eval)"), (True, "by its interpreter")) if given.plain else ():
            print(f"plain Vega, {name}: median {statistics.median(plain(browser, file, spec, ast=ast)):,.0f} ms")
        browser.close()
    return int(middle > LIMIT)


if __name__ == "__main__":
    sys.exit(main())
