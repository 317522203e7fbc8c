"""What a delivery says: findings first, the page with it where it fits, nothing that a notebook printed."""

import struct
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from nbformat.v4 import new_code_cell, new_output

from prodops.reports import deliver
from prodops.reports.deliver.messages import Message
from prodops.reports.deliver.pictures import pictures
from prodops.reports.ledger import Ticket
from prodops.reports.render.figures import read_figure
from prodops.stamps import Finding
from tests.reports import example_report, told
from tests.reports.small_project import Project


def message(project: Project, ticket: Ticket, **more: Any) -> Message:
    entry = told.ledger(project).entry(ticket.number)
    assert entry
    return deliver.compose(entry, project.root / "reports", **more)


def test_a_good_run_is_told_by_its_most_surprising_findings(project: Project) -> None:
    """Subject, text and HTML lead with the finding that surprises most; tiles, charts with their alternative texts and the page follow."""
    made = message(project, told.good_run(project))
    assert made.subject == (
        "Weekly review · 4 Aug – 2 Nov 2025 · Lumen, all segments · Reports of lost offline edits tripled during the sync outage"
    )
    order = [
        "Reports of lost offline edits tripled",
        "Activation holds at 44",
        "Work waits four days",
        "Activation rate",
        "Line chart: reports of",
    ]
    for body in (made.text, made.html):
        places = [body.index(part) for part in order]
        assert places == sorted(places)
        assert "41 of 1,204 pieces of feedback (3.4 %, 2.5 to 4.6 %)" in body
        assert "attached (weekly-2025-11-03.html," in body
    page = (project.root / "reports/weekly/all/2025-11-03/report.html").read_bytes()
    assert (made.page, made.attached, made.file) == (page, page, "weekly-2025-11-03.html")
    assert made.brief.splitlines()[0] == "• Reports of lost offline edits tripled during the sync outage (▲ 41, was 12, worse)"
    assert made.brief.splitlines()[-1] == "reports/weekly/all/2025-11-03/report.html"


def test_charts_become_pictures_that_the_html_shows(project: Project) -> None:
    """Each picture is a PNG of twice the size shown, named by one image with its alternative text."""
    made = message(project, told.good_run(project))
    assert [picture.name for picture in made.pictures] == ["chart-1.png", "chart-4.png"]
    for picture in made.pictures:
        assert picture.data.startswith(b"\x89PNG\r\n\x1a\n")
        assert struct.unpack(">I", picture.data[16:20])[0] > 1000, "pixels across"
        assert f'<img src="cid:{picture.cid}" alt="{picture.alt}"' in made.html


def test_a_drawing_with_a_no_break_space_becomes_a_picture() -> None:
    """Labels such as 18 % hold one, and a page spells it in HTML's way, which XML does not know."""
    drawing = '<svg xmlns="http://www.w3.org/2000/svg" width="90" height="30" viewBox="0 0 90 30"><text y="20">18\u00a0%</text></svg>'
    figure = read_figure({"title": "Churn", "alt": "18\u00a0%"}, drawing, 1)
    assert "&nbsp;" in figure.drawing
    assert [picture.name for picture in pictures([figure])] == ["chart-1.png"]


def test_the_same_run_is_told_the_same_again(project: Project) -> None:
    """Trying again writes the very same message; another run of the same slot has another key."""
    first, second = told.good_run(project), told.good_run(project)
    assert message(project, first) == message(project, first)
    assert message(project, first).key != message(project, second).key


def test_a_page_too_large_to_attach_is_named_instead(project: Project) -> None:
    """Beyond the limit the text says how large the page is and where it lies; folders get it all the same."""
    made = message(project, told.good_run(project, page=b"x" * 2_500_000), largest=2_000_000)
    assert made.attached is None
    assert made.page is not None
    assert "has 2.5 MB, too much to attach; it lies at reports/weekly/all/2025-11-03/report.html." in made.text


def test_a_page_that_a_later_run_replaced_is_not_passed_off(project: Project) -> None:
    """What lies in the slot by now is another run's: this one is told by the ledger's figures, and says so."""
    first = told.good_run(project)
    told.good_run(project, page=b"another")
    made = message(project, first)
    assert (made.page, made.attached, made.pictures) == (None, None, ())
    assert "no longer there; what lies at reports/weekly/all/2025-11-03/report.html is of a later run" in made.text
    assert made.subject.endswith("Reports of lost offline edits tripled during the sync outage")


def test_a_failure_says_why_and_where_to_look(project: Project) -> None:
    """Report, date, reason, failing cell and the partial notebook's place; tags in the reason stay text."""
    made = message(project, told.bad_run(project))
    assert made.subject == "Weekly review · as of 3 Nov 2025 · The run failed"
    for said in (
        "Cell 4 (themes.loc[week]) raised KeyError: '<b>'",
        "It stopped in cell 4.",
        "reports/weekly/all/2025-11-03/failed/notebook.ipynb",
    ):
        assert said in made.text
        assert said in made.brief or said.startswith("It")
    assert "<b>'" not in made.html
    assert (made.failed, made.page, made.pictures) == (True, None, ())


@pytest.mark.parametrize("status", ["lost", "refused", "skipped"])
def test_a_run_that_never_was_is_told_too(project: Project, status: str) -> None:
    """A lost, refused or skipped run has no notebook, and its message makes none up."""
    made = message(project, told.end(project, "weekly", status, datetime(2025, 11, 3, 9, 30), {}, owes=[], message="Gone."))
    assert made.subject == f"Weekly review · as of 3 Nov 2025, 09:30 · The run was {status}"
    assert "Gone." in made.text
    assert "notebook.ipynb" not in made.text


def test_no_data_is_an_answer(project: Project) -> None:
    """A run without data is told as what it is, by its own words."""
    entry = told.ledger(project).entry(told.good_run(project).number)
    assert entry
    made = deliver.compose(replace(entry, status="no data", message="No feedback in this week."), project.root / "reports")
    assert made.subject.endswith("No data to report on")
    assert "No feedback in this week." in made.text
    assert not made.failed


def test_what_cells_printed_is_never_told_and_what_findings_say_stays_text(project: Project) -> None:
    """A message holds findings only; tags in them are escaped, line breaks and controls leave the subject."""
    hostile = Finding(
        name="theme.x", headline="<script>1</script>\r\nBcc: all@example.org \u202e\ud800", sentence="<img src=x>", value=1, surprise=99
    )
    printed = new_code_cell("x", outputs=[new_output("stream", text="PRINTED"), example_report.stamped(hostile)], execution_count=1)
    notebook = example_report.report()
    notebook.cells = [printed]
    entry = told.ledger(project).entry(told.good_run(project, notebook=notebook).number)
    assert entry
    made = deliver.compose(entry, project.root / "reports")
    assert "PRINTED" in (project.root / "reports/weekly/all/2025-11-03/report.html").read_text()
    assert "PRINTED" not in made.text + made.html + made.brief
    assert "<script>" not in made.html
    assert "<img src=x>" not in made.html
    assert "&lt;script&gt;" in made.html
    assert made.subject.isprintable()
    assert "<script>1</script>" in made.subject


def test_files_that_are_damaged_cost_the_pictures_only(project: Project) -> None:
    """A notebook or record that cannot be read leaves a message of the ledger's figures, with the page."""
    ticket = told.good_run(project)
    folder = project.root / "reports/weekly/all/2025-11-03"
    (folder / "notebook.ipynb").write_text("{")
    made = message(project, ticket)
    assert made.pictures == ()
    assert made.attached
    assert "Reports of lost offline edits tripled" in made.subject
    (folder / "record.json").write_text("[]")
    assert message(project, ticket).subject == made.subject.replace("4 Aug – 2 Nov 2025 · Lumen, all segments", "as of 3 Nov 2025")
