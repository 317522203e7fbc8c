"""The review panel: what is picked is shown, what is done is said, nothing is written unasked; without widgets it is a table."""

from datetime import date, datetime
from html import escape
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from prodops import feedback, taxonomies, widgets
from prodops.feedback.llm import Proposal, Sentence
from prodops.feedback.taxonomy import Entry
from tests.feedback.feedback_corpus import corpus

ON = date(2025, 11, 3)
PAYLOAD = "<img src=x onerror=top.RAN=1>"


def spoken() -> pd.DataFrame:
    texts = corpus()[0]
    ids = [f"F{i:04d}" for i in range(len(texts))]
    times = [pd.Timestamp(2025, 9, 8) + pd.Timedelta(days=i % 56) for i in range(len(texts))]
    return pd.DataFrame({"id": ids, "voice": ids, "created_at": times, "text": pd.array(texts, dtype="str")})


@pytest.fixture(scope="module")
def found() -> tuple[feedback.Themes, pd.DataFrame, pd.DataFrame]:
    frame = spoken()
    themes = feedback.find_themes(frame["text"])
    said = themes.attach(frame).assign(text=frame["text"] + f" {PAYLOAD}")
    return themes, said, feedback.trend(said, as_of=datetime(2025, 11, 3), weeks=8)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "taxonomy.yaml"


@pytest.fixture
def panel(found: Any, file: Path) -> widgets.Review:
    return widgets.review(*found, known={}, file=file, on=ON, by="Ana")


def kept(file: Path) -> dict[str, Entry]:
    return taxonomies.read(file).entries


def tops(panel: widgets.Review) -> list[str]:
    return [id for _, id in panel.themes.options if not panel.session.now[id].get("parent")]


def status(panel: widgets.Review) -> str:
    return panel.status.value


def test_themes_are_listed_and_the_one_picked_is_shown(panel: widgets.Review, found: Any) -> None:
    """The largest first, each with its voices; beside it name, course, quotes, words and neighbours, as text."""
    themes = found[0]
    listed = [id for _, id in panel.themes.options]
    assert [id for id in listed if id in themes.ids] == list(themes.ids)
    assert sorted(listed) == sorted(themes.taxonomy)
    for id in themes.ids:
        panel.themes.value = id
        shown = panel.shown.value
        parts = ('class="prodops-quote"', "prodops-spark", "Its words", "voices in 8 weeks")
        assert [part for part in parts if part not in shown] == []
        assert "&lt;img src=x" in shown
        assert "<img" not in shown
        assert all(escape(themes.names()[other]) in shown for other, _ in feedback.neighbours(themes)[id])


def test_who_speaks_of_a_theme_is_shown(found: Any, file: Path) -> None:
    """By segment and channel, the largest part first, what is beyond chance marked, as text; where nobody is known, nothing is said."""
    themes, said, weekly = found
    one = themes.ids[0]
    segment = [("<b>large", "small")[row % 4 == 0 if theme == one else row % 4 < 3] for row, theme in enumerate(said["theme"])]
    panel = widgets.review(themes, said.assign(segment=segment), weekly, known={}, file=file, on=ON)
    panel.themes.value = one
    shown = panel.shown.value
    assert "<h4>Who speaks of it</h4><ul><li>segment: " in shown
    assert "&lt;b&gt;large" in shown
    assert shown.count("(more than others)") == 1
    bare = widgets.review(themes, said, weekly, known={}, file=file, on=ON)
    assert "Who speaks of it" not in bare.shown.value


def test_search_narrows_the_list(panel: widgets.Review) -> None:
    """By name or word, whatever the case; nothing found is said, and nothing can be done to it."""
    wanted = panel.themes.options[-1][1]
    panel.find.value = panel.session.now[wanted]["name"].upper()
    assert 1 <= len(panel.themes.options) < len(panel.session.now)
    assert wanted in [value for _, value in panel.themes.options]
    panel.find.value = "no such theme"
    assert (panel.themes.value, panel.shown.value) == (None, "<p>No theme is found by this.</p>")
    panel.buttons["Archive"].click()
    assert "Pick a theme first." in status(panel)


def test_a_person_s_edits_are_kept_with_name_and_day(panel: widgets.Review, file: Path) -> None:
    """Renamed, pinned, moved, split, archived: each is said as not saved yet; the file has them all, with who and when."""
    one, two, three = tops(panel)[:3]
    panel.name.value = "Lost <b>edits</b>"
    panel.buttons["Rename"].click()
    assert "to “Lost &lt;b&gt;edits&lt;/b&gt;”. Not saved yet." in status(panel)
    panel.words.value = " overwrote , flight,"
    panel.buttons["Pin"].click()
    panel.part.value, panel.seeds.value = "On phones", "phone"
    panel.buttons["Split"].click()
    panel.themes.value = two
    panel.under.value = one
    panel.buttons["Move"].click()
    panel.themes.value = three
    panel.buttons["Archive"].click()
    assert panel.pending.value.count("<li>") == 5
    assert not file.exists()
    panel.buttons["Save"].click()
    assert "Saved to taxonomy.yaml." in status(panel)
    entries = kept(file)
    assert (entries[one]["name"], entries[one]["seeds"], entries[one]["by"]) == (
        "Lost <b>edits</b>",
        {"words": ["overwrote", "flight"]},
        "Ana",
    )
    assert (entries[two]["parent"], entries[three]["status"]) == (one, "archived")
    assert [entry["out_of"] for entry in entries.values() if entry["name"] == "On phones"] == [one]
    assert all(event["on"] == "2025-11-03" for entry in entries.values() for event in entry["history"])
    assert panel.buttons["Save"].disabled


def test_steps_are_undone_one_by_one(panel: widgets.Review) -> None:
    """The last change first; what was saved can be undone too, and saved again."""
    one, two = tops(panel)[:2]
    old = panel.session.now[one]["name"]
    panel.name.value = "New name"
    panel.buttons["Rename"].click()
    panel.into.value = two
    panel.buttons["Merge"].click()
    assert panel.session.now[one]["into"] == two
    panel.buttons["Save"].click()
    panel.buttons["Undo"].click()
    assert "Undone: Merged “New name” into" in status(panel)
    panel.buttons["Undo"].click()
    assert panel.session.now[one]["name"] == old
    assert not panel.buttons["Save"].disabled
    panel.do("Undo")
    assert "There is nothing to undo." in status(panel)


@pytest.mark.parametrize(
    ("set_up", "button", "said"),
    [
        ({"who": ""}, "Archive", "Say by whom"),
        ({"name": " "}, "Rename", "cannot be a theme's name"),
        ({}, "Merge", "Choose the theme to merge it into."),
        ({"part": "On phones"}, "Split", "needs seed words or examples"),
        ({"seeds": "phone"}, "Split", "cannot be a theme's name"),
    ],
)
def test_what_cannot_be_done_is_said(panel: widgets.Review, file: Path, set_up: dict[str, str], button: str, said: str) -> None:
    """In one sentence, as an alert; nothing changes, and what was typed stays."""
    for control, value in set_up.items():
        getattr(panel, control).value = value
    panel.buttons[button].click()
    assert said in status(panel).replace("&#x27;", "'")
    assert 'role="alert"' in status(panel)
    assert panel.session.changes == ()
    assert all(getattr(panel, control).value == value for control, value in set_up.items())


def test_nothing_new_is_no_change(panel: widgets.Review) -> None:
    """A rename to the same name and a pin of nothing are said to be as they were."""
    for button in ("Rename", "Pin"):
        panel.buttons[button].click()
        assert "That is as it was already." in status(panel)
    assert panel.session.changes == ()


def test_a_newer_file_is_not_written_over_unasked(panel: widgets.Review, file: Path) -> None:
    """What somebody else saved since the file was read stays, until one says so; then it is as it was before."""
    file.write_text("theirs: {name: Theirs}\n")
    panel.buttons["Archive"].click()
    panel.buttons["Save"].click()
    assert "taxonomy.yaml was changed by somebody else" in status(panel)
    assert kept(file) == {"theirs": {"name": "Theirs"}}
    assert panel.buttons["Save over it"].layout.display == ""
    panel.buttons["Save over it"].click()
    assert "theirs" not in kept(file)
    assert panel.buttons["Save over it"].layout.display == "none"


def test_a_file_that_changed_before_the_panel_came_up_is_newer(found: Any, file: Path) -> None:
    """What the themes were found with is what counts, not what lies there when the panel is shown."""
    file.write_text("theirs: {name: Theirs}\n")
    panel = widgets.review(*found, known={}, file=file, on=ON, by="Ana")
    panel.buttons["Save"].click()
    assert "was changed by somebody else" in status(panel)
    assert kept(file) == {"theirs": {"name": "Theirs"}}


def test_what_cannot_be_written_is_said_and_kept(panel: widgets.Review, file: Path) -> None:
    """A file that cannot be written costs no edit."""
    panel.buttons["Archive"].click()
    file.mkdir()
    panel.buttons["Save"].click()
    assert 'role="alert"' in status(panel)
    assert len(panel.session.changes) == 1
    assert panel.session.unsaved


def test_what_was_saved_is_found_again(panel: widgets.Review, found: Any, file: Path) -> None:
    """Archived and accepted themes come back as they were left when the file is read for the next run."""
    one = panel.themes.value
    panel.buttons["Accept"].click()
    panel.name.value = "Lost edits"
    panel.buttons["Rename"].click()
    panel.buttons["Save"].click()
    known = taxonomies.read(file).entries
    again = feedback.find_themes(spoken()["text"], taxonomy=known)
    assert again.names()[one] == "Lost edits"
    panel = widgets.review(again, again.attach(spoken()), found[2], known=known, file=file, on=ON, by="Bo")
    assert "Ana: renamed" in panel.shown.value
    assert panel.buttons["Accept"].disabled


def test_without_widgets_it_is_a_table(panel: widgets.Review) -> None:
    """The display holds the widget and, for a report or a page, all themes as one table, escaped."""
    shown = panel._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in shown
    entries = len(panel.session.now)
    assert shown["text/html"].count("<tr>") == entries + 1
    assert f"The {entries} themes of the taxonomy" in shown["text/plain"]
    assert "<img" not in shown["text/html"]


def test_a_proposed_name_is_taken_by_a_person(found: Any, file: Path) -> None:
    """What a model proposes stands beside the quotes, as text, with the rows it rests on; taking its name is a person's edit like any other."""
    one, two = found[0].ids[:2]
    proposals = {
        one: Proposal(one, "Lost <i>edits</i>", (Sentence("Edits are lost <b>offline</b>.", ("F0001", "F0002")),)),
        two: Proposal(two, note="the model cannot be reached"),
    }
    panel = widgets.review(*found, known={}, file=file, on=ON, by="Ana", proposals=proposals)
    take = panel.buttons["Take proposed name"]
    assert ("“Lost &lt;i&gt;edits&lt;/i&gt;”" in panel.shown.value, take.layout.display) == (True, "")
    assert "Edits are lost &lt;b&gt;offline&lt;/b&gt;. <small>(rows F0001, F0002)</small>" in panel.shown.value
    assert "Proposed name" in panel._repr_mimebundle_()["text/plain"]
    take.click()
    assert "as proposed. Not saved yet." in status(panel)
    assert take.layout.display == "none"
    panel.buttons["Save"].click()
    entry = kept(file)[one]
    assert (entry["name"], entry["by"], entry["history"][-1]["by"]) == ("Lost <i>edits</i>", "Ana", "Ana")
    panel.themes.value = two
    assert ("proposes" in panel.shown.value, take.layout.display) == (False, "none")


def test_without_proposals_nothing_is_said_of_them(panel: widgets.Review) -> None:
    """No button, no heading, no column."""
    assert panel.buttons["Take proposed name"].layout.display == "none"
    assert "propos" not in panel.shown.value.lower()
    assert "propos" not in panel._repr_mimebundle_()["text/html"].lower()


def test_a_long_name_leaves_its_voices_in_sight(panel: widgets.Review) -> None:
    """The list cuts names, not what follows them; what lies deeper is set in further."""
    one, two = tops(panel)[:2]
    panel.themes.value = two
    panel.under.value = one
    panel.buttons["Move"].click()
    panel.name.value = "A name of more than thirty letters in all"
    panel.buttons["Rename"].click()
    (option,) = [option for option, id in panel.themes.options if id == two]
    assert option.startswith("– A name of more than thirty le…  ·  ")
    assert any(character.isdigit() for character in option)
