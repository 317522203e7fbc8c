"""A flow is what the file says, and where it says nothing what the moves and the names show; near misses are refused."""

from datetime import datetime

import pandas as pd
import pytest

from prodops import flow
from prodops.errors import DefinitionError, InputError, ParameterError

AS_OF = datetime(2025, 1, 31)
STATES = ("Backlog", "Ready", "In progress", "Review", "Test", "Done")


def moves(*rows: tuple[str, str, str]) -> pd.DataFrame:
    """Rows of item, state moved to, day (or instant)."""
    frame = pd.DataFrame(rows, columns=["item_id", "to_state", "changed_at"])
    return frame.assign(from_state=None, changed_at=pd.to_datetime(frame["changed_at"], format="ISO8601").astype("datetime64[us]"))


def test_a_file_says_it_all():
    """Stages, several states to a stage, start, ends, waiting and teams are what the file says; nothing is inferred."""
    spec = flow.define(
        {
            "stages": {"To do": ["Backlog", "Next"], "Build": ["In progress", "Coding"], "Review": "Review", "Done": "Done", "Dropped": "Dropped"},
            "start": "Build",
            "done": "Done",
            "cancelled": ["Dropped"],
            "waiting": ["Review"],
            "teams": {"Platform": ["A2", "A3"]},
        }
    )
    assert spec.stages == ("To do", "Build", "Review", "Done", "Dropped")
    assert spec.states["Coding"] == "Build"
    assert [spec.kind(s) for s in spec.stages] == ["before", "active", "waiting", "done", "cancelled"]
    assert spec.path == ("To do", "Build", "Review", "Done")
    assert spec.teams == {"A2": "Platform", "A3": "Platform"}
    assert (spec.inferred, spec.notes) == ((), ())
    assert spec.variant == "from Build to Done, waiting in Review"


def test_names_tell_the_rest():
    """Of a plain board, work starts after what is only intended, ends in Done, and waits in Review, to which no queue leads."""
    spec = flow.define(None, states=STATES)
    assert (spec.start, spec.done, spec.waiting) == ("In progress", ("Done",), ("Review",))
    assert set(spec.inferred) == {"stages", "start", "done", "cancelled", "waiting"}
    assert spec.variant == "from In progress to Done, waiting in Review (inferred)"


@pytest.mark.parametrize(
    ("states", "start", "done", "waiting", "cancelled"),
    [
        (("To Do", "Doing", "Ready for review", "Review", "Closed"), "Doing", ("Closed",), ("Ready for review",), ()),
        (("Open", "Closed"), "Open", ("Closed",), (), ()),
        (("New", "Active", "Awaiting User Info", "Resolved", "Closed"), "Active", ("Resolved", "Closed"), ("Awaiting User Info",), ()),
        (("Todo", "In Progress", "Dev done", "QA", "Won't do", "Completed"), "In Progress", ("Completed",), ("Dev done",), ("Won't do",)),
        (("Done",), "Done", (), (), ()),
        (("a", "b"), "a", (), (), ()),
    ],
)
def test_usual_boards_are_understood(states, start, done, waiting, cancelled):
    """Usual names of stages are read as people mean them; where none is an end, none is made up."""
    spec = flow.define({}, states=states)
    assert (spec.start, spec.done, spec.waiting, spec.cancelled) == (start, done, waiting, cancelled)
    assert bool(spec.notes) == (not done)


def test_order_and_end_come_from_the_moves():
    """States are in the order in which items first reach them, whatever the alphabet says, and most items rest in the last."""
    rows = moves(
        ("1", "zeta", "2025-01-01"), ("1", "alpha", "2025-01-02"), ("1", "mid", "2025-01-03"),
        ("2", "zeta", "2025-01-01"), ("2", "alpha", "2025-01-03"), ("2", "zeta", "2025-01-04"), ("2", "alpha", "2025-01-05"), ("2", "mid", "2025-01-06"),
    )  # fmt: skip
    found = flow.states(rows)
    assert found.to_dict("list") == {"state": ["zeta", "alpha", "mid"], "items": [2, 2, 2], "moves": [3, 3, 2], "rests": [0, 0, 2]}
    spec = flow.define(None, states=found)
    assert (spec.stages, spec.start, spec.done) == (("zeta", "alpha", "mid"), "zeta", ("mid",))


def test_a_state_that_items_only_leave_is_known():
    """Where the first move of an item says where it came from, that state is one of the data, before the others."""
    rows = moves(("1", "Closed", "2025-01-02")).assign(from_state="Open")
    assert flow.states(rows)["state"].tolist() == ["Open", "Closed"]


def test_states_the_file_forgets_are_stages_of_their_own():
    """A state that the file does not place stands where the moves have it, with a note; one that nobody was in is noted too."""
    spec = flow.define({"stages": ["Backlog", "In progress", "Done", "Archived"]}, states=STATES)
    assert spec.stages == ("Backlog", "Ready", "In progress", "Review", "Test", "Archived", "Done")
    assert spec.notes[0] == "The file places no stage for Ready, Review, Test: each is a stage of its own where the moves have it."
    assert spec.notes[1] == "No item was ever in Archived."


@pytest.mark.parametrize(
    ("mapping", "message"),
    [
        ({"stage": []}, 'flow.yaml, key "stage": there is no such key. Did you mean "stages"? The keys are'),
        ([], 'flow.yaml: expected keys such as stages, start and done, found "[]"'),
        ({"stages": ["Backlog", "In progres", "Done"]}, 'key "stages.In progres": no item was ever in "In progres". Did you mean "In progress"?'),
        ({"stages": {"A": "Ready", "B": ["Review", "Ready"]}}, 'key "stages.B": "Ready" belongs to "A" already.'),
        ({"stages": {"A": [True]}}, 'key "stages.A": expected a name, found "True" (put it in quotation marks).'),
        ({"stages": "Ready"}, 'key "stages": expected name: one or several of the data\'s names, found "Ready".'),
        ({"start": "Reviw"}, 'key "start": there is no stage "Reviw". Did you mean "Review"?'),
        ({"start": ["Review", "Test"]}, 'key "start": work starts at one stage; found 2.'),
        ({"start": "Done"}, 'key "start": "Done" is an end; work starts at one of Backlog, Ready'),
        ({"done": "Done", "cancelled": ["Done"]}, 'key "cancelled": "Done" is done too.'),
        ({"waiting": ["Done"]}, 'key "waiting": "Done" is an end, where nothing waits.'),
        ({"stages": {f"s{n}": f"s{n}" for n in range(61)}}, 'key "stages": 61 stages are more than a reader follows; at most 60.'),
        ({"teams": {"A": [None]}}, 'key "teams.A": expected a name, found "None"'),
    ],
)
def test_mistakes_are_refused_in_one_line(mapping, message):
    """A mistake names file, key, value and the near miss."""
    with pytest.raises(DefinitionError) as fault:
        flow.define(mapping, states=STATES, file="params/flow.yaml")
    assert message in str(fault.value)
    assert "\n" not in str(fault.value)


def test_without_moves_only_the_file_is_checked():
    """A check that knows no data reads stages as they are written, and an empty file is fine."""
    assert flow.define({"stages": ["Backlog", "Doing", "Done"]}).stages == ("Backlog", "Doing", "Done")
    empty = flow.define(None)
    assert (empty.stages, empty.variant) == ((), "no stages")


def test_an_instant_is_needed():
    """Without a desk a measure needs to know up to when moves are known."""
    with pytest.raises(ParameterError, match="flow needs as_of where there is no desk"):
        flow.items(moves(("1", "Done", "2025-01-01")), flow.define(None, states=STATES))


def test_what_is_no_log_is_refused():
    """A missing column is named with the near miss, and so is a slicing that items do not have."""
    rows = moves(("1", "Done", "2025-01-01"))
    spec = flow.define(None, states=STATES, as_of=AS_OF)
    with pytest.raises(InputError, match='the transitions have no column "to_state".* Did you mean "to_stat"'):
        flow.items(rows.rename(columns={"to_state": "to_stat"}), spec)
    with pytest.raises(ParameterError, match='flow cannot be sliced by "teem". Did you mean "team"'):
        flow.wip(rows, spec, by="teem")
    with pytest.raises(InputError, match='"changed_at" carries a time zone'):
        flow.items(rows.assign(changed_at=rows["changed_at"].dt.tz_localize("UTC")), spec)


def test_definitions_say_which_variant():
    """The fine print says from where to where, and that waiting was guessed."""
    said = {d.name: d.text for d in flow.define(None, states=STATES).definitions()}
    assert "from the first time in In progress or later to Done" in " ".join(said["Cycle time"].split())
    assert said["Flow efficiency"].endswith("Items wait in Review. These are inferred from the stages' names.")
