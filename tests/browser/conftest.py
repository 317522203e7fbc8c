"""Real Chromium for the tests in this folder: ``/usr/bin/chromium``, or the one that ``CHROMIUM`` names; skipped where there is none."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

CHROMIUM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def chromium() -> "Iterator[Browser]":
    """One browser for all tests."""
    if not CHROMIUM.exists():
        pytest.skip(f"no Chromium at {CHROMIUM}; install it or set CHROMIUM")
    api = pytest.importorskip("playwright.sync_api")
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        browser.close()


@dataclass
class Reader:
    """Somebody who opens pages, and everything that they ask the network for or complain of meanwhile."""

    browser: "Browser"
    folder: Path
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    contexts: "list[BrowserContext]" = field(default_factory=list)

    def opens(self, html: str, *, width: int = 1280, scheme: Literal["light", "dark"] = "light", scripts: bool = True) -> "Page":
        """Open a page as a file, with the network and all other files refused."""
        file = self.folder / "report.html"
        file.write_text(html, encoding="utf-8")
        return self.visits(file, width=width, scheme=scheme, scripts=scripts)

    def visits(
        self, file: Path, *, within: Path | None = None, width: int = 1280, scheme: Literal["light", "dark"] = "light", scripts: bool = True
    ) -> "Page":
        """Open a file, with the network refused and all files but those ``within`` a folder."""
        context = self.browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, java_script_enabled=scripts)
        self.contexts.append(context)
        page = context.new_page()
        page.route(
            "**/*",
            lambda route: (
                route.continue_()
                if route.request.url == file.as_uri() or (within and route.request.url.startswith(within.as_uri() + "/"))
                else (self.requests.append(route.request.url), route.abort())
            ),
        )
        page.on("console", lambda message: self.complaints.append(message.text) if message.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("dialog", lambda dialog: (self.complaints.append(dialog.message), dialog.dismiss()))
        page.goto(file.as_uri(), wait_until="load")
        return page


@pytest.fixture
def reader(chromium: "Browser", tmp_path: Path) -> Iterator[Reader]:
    """A reader with an empty history."""
    someone = Reader(chromium, tmp_path)
    yield someone
    for context in someone.contexts:
        context.close()
