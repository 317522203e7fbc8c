"""A report as the command line makes it, opened by a reader: nothing asked of the network, nothing that bars anybody, nothing that runs."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from prodops.cli import main
from tests.browser.test_page import see_all, violations

if TYPE_CHECKING:
    from tests.browser.conftest import Reader

TEXTS = [
    "Sync lost my work again",
    "Love the new dashboard",
    "The invoice is wrong",
    "<script>top.RAN=1</script><img src=x onerror=top.RAN=1>",
]


@pytest.fixture(scope="module")
def html(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("project")
    (folder / "params").mkdir()
    (folder / "params" / "workspace.yaml").write_text("tables: {feedback: feedback.csv}\n")
    rows = [f'{i},2026-{1 + i % 3:02d}-{1 + i % 28:02d},"{TEXTS[i % 4]} {i}",team' for i in range(120)]
    (folder / "feedback.csv").write_text("id,created_at,text,segment\n" + "\n".join(rows) + "\n")
    done = CliRunner().invoke(main, ["run", "feedback_themes", "--workspace", str(folder / "params" / "workspace.yaml")])
    assert done.exit_code == 0, done.output
    return Path(done.stdout.strip()).read_text(encoding="utf-8")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_real_report_is_quiet_inert_and_open_to_all(reader: "Reader", html: str, scheme: str) -> None:
    """Charts are live, hostile feedback is text, axe-core finds nothing serious, and the page is small."""
    page = reader.opens(html, width=390, scheme=scheme)  # type: ignore[arg-type]
    see_all(page)
    page.evaluate("document.querySelectorAll('details').forEach(fold => fold.open = true)")
    assert (reader.requests, reader.complaints) == ([], [])
    assert page.evaluate("window.RAN") is None
    assert page.get_by_text("top.RAN=1").count() > 0
    assert violations(page) == []
    assert len(html.encode()) < 2_000_000
