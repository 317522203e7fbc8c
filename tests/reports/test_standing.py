"""The ledger and the catalogue agree on what a list of all reports needs."""

from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given
from hypothesis import strategies as st

from prodops.reports import holders, site
from prodops.reports.ledger import Ledger, Slot
from prodops.reports.site.shelf import standing
from tests.reports.many_runs import finding

NOW = datetime(2025, 11, 3, 7, tzinfo=UTC)
MONDAY = datetime(2025, 11, 3)
runs = st.tuples(st.sampled_from("ab"), st.integers(0, 4), st.sampled_from(["ok", "no data", "failed", "lost", "running", "skipped"]))


@given(st.lists(runs, max_size=25), st.integers(1, 4))
def test_what_stands_is_the_same_asked_of_the_file(made: list[tuple[str, int, str]], last: int) -> None:
    """The file's query leaves the very runs that the catalogue would choose of all."""
    with TemporaryDirectory() as folder, closing(Ledger(Path(folder) / "ledger.sqlite")) as ledger:
        for name, week, status in made:
            slot = Slot("themes", name, MONDAY + timedelta(weeks=week))
            ticket = ledger.begin(slot, trigger="person", now=NOW, holder=holders.here())
            assert ticket
            if status != "running":
                ledger.finish(ticket, status, now=NOW)  # type: ignore[arg-type]
        assert ledger.standing(last) == standing(ledger.entries(), last)


def test_the_catalogue_is_written_from_the_ledger(tmp_path: Path) -> None:
    """After one run its page and the index say what it found, sentence and all."""
    slot = Slot("themes", "all", MONDAY)
    page = tmp_path / "themes/all/2025-11-03/report.html"
    page.parent.mkdir(parents=True)
    page.write_text("<!doctype html>")
    with closing(Ledger(tmp_path / "ledger.sqlite")) as ledger:
        ticket = ledger.begin(slot, trigger="person", now=NOW, holder=holders.here(), title="Themes")
        assert ticket
        record = {"run_id": "2025-11-03-abc", "findings": [finding("nps", "NPS fell") | {"sentence": "It fell from 34."}], "tiles": []}
        ledger.finish(ticket, "ok", now=NOW, path="themes/all/2025-11-03/report.html", record=record)
        site.refresh(tmp_path, ledger, [site.Listed("themes", "Themes")], changed={("themes", "all")})
    assert "NPS fell" in (tmp_path / "index.html").read_text(encoding="utf-8")
    assert "It fell from 34." in (tmp_path / "themes/all/runs.js").read_text(encoding="utf-8")
