"""Slices: every combination of a matrix, named so that a person can read it and no two ever share a folder."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodops.errors import ParameterError, WorkspaceError
from prodops.parameters.types import Value
from prodops.reports import catalogue, publish, slices
from prodops.reports.catalogue import Slice
from tests.reports.small_project import AS_OF, Project

CELL = """
from datetime import date
from typing import Optional
segment: str = ""  # of the accounts
plan: Literal["free", "team"] = "free"
weeks: Annotated[int, range(1, 60)] = 12
since: date = date(2025, 1, 1)
share: float = 0.5
owner: Optional[str] = None
tags: list[str] = []
deep: bool = False
"""


def of(project: Project, settings: str, asked: dict[str, object] | None = None) -> list[Slice]:
    """Give the slices of a report with these settings."""
    return catalogue.slices(project.add("nps", parameters=CELL, settings=settings), asked)


def names(project: Project, settings: str, asked: dict[str, object] | None = None) -> list[str]:
    return [each.name for each in of(project, settings, asked)]


def test_a_report_without_a_matrix_has_one_slice(project: Project) -> None:
    """It is called "all", gives nothing, and has the report's own parameters."""
    (only,) = of(project, "parameters: {weeks: 8}\n")
    assert (only.name, only.given, only.parameters["weeks"], only.parameters["since"]) == ("all", {}, 8, date(2025, 1, 1))
    assert names(project, "matrix: {}\n") == names(project, "matrix: []\n") == names(project, "matrix: [{}]\n") == ["all"]


def test_a_matrix_of_lists_gives_every_combination_in_the_order_written(project: Project) -> None:
    """The first name's values change slowest; a slice's values replace the report's and the notebook's."""
    found = of(project, "parameters: {segment: none, weeks: 8}\nmatrix: {segment: [smb, enterprise], plan: [team, free]}\n")
    assert [(s.name, s.parameters["segment"], s.parameters["plan"], s.parameters["weeks"]) for s in found] == [
        ("segment-smb--plan-team", "smb", "team", 8),
        ("segment-smb--plan-free", "smb", "free", 8),
        ("segment-enterprise--plan-team", "enterprise", "team", 8),
        ("segment-enterprise--plan-free", "enterprise", "free", 8),
    ]
    assert [dict(s.given) for s in found[:1]] == [{"segment": "matrix", "plan": "matrix"}]


def test_a_matrix_of_sets_gives_just_these(project: Project) -> None:
    """Sets may differ in what they name; a name follows the order of the notebook, however the set is written."""
    found = of(project, "matrix:\n- {plan: team, segment: smb}\n- {weeks: 4}\n- {}\n")
    assert [(s.name, s.parameters["segment"], s.parameters["weeks"]) for s in found] == [
        ("segment-smb--plan-team", "smb", 12),
        ("weeks-4", "", 4),
        ("all", "", 12),
    ]


def test_what_a_person_asks_for_replaces_a_slices_own_values(project: Project) -> None:
    """Slices that become the same are made once, under the name that these values always have."""
    matrix = "matrix: {segment: [smb, enterprise], plan: [team, free]}\n"
    assert names(project, matrix, {"segment": "enterprise"}) == ["segment-enterprise--plan-team", "segment-enterprise--plan-free"]
    assert names(project, matrix, {"weeks": "8", "plan": "free"}) == [
        "segment-smb--plan-free--weeks-8",
        "segment-enterprise--plan-free--weeks-8",
    ]
    (own,) = of(project, "matrix: [{plan: team}]\n", {"weeks": "8"})
    assert (own.name, own.given) == ("plan-team--weeks-8", {"plan": "matrix", "weeks": "person"})
    assert names(project, "", {"weeks": "8"}) == ["weeks-8"]
    with pytest.raises(ParameterError, match=r'nps: there is no parameter "wekks"\. Did you mean "weeks"'):
        names(project, matrix, {"wekks": "8"})


def test_odd_and_long_values_are_named_by_their_readable_part_and_a_hash(project: Project) -> None:
    """Names are pinned: a name that changed would part a slice from its history."""
    matrix = "matrix:\n- {segment: São Paulo}\n- {segment: sao-paulo}\n- {segment: ''}\n- {segment: '../../x'}\n- {share: 0.25}\n"
    matrix += "- {since: 2025-11-03}\n- {owner: null}\n- {tags: [a, b]}\n- {deep: true}\n- {segment: 漢字}\n- {segment: NO}\n"
    matrix += f"- {{segment: {'long' * 30}}}\n"
    assert names(project, matrix) == [
        "segment-sao-paulo-c2184dc99d",
        "segment-sao-paulo",
        "segment-6767d20097",
        "segment-x-aba7809a69",
        "share-0-25-eb8a2d6903",
        "since-2025-11-03",
        "owner-b8fbbf53b4",
        "tags-a-b-5da4d29269",
        "deep-true",
        "segment-bdb8666aae",
        "segment-no-d1ef3b0948",
        "segment-longlonglonglonglonglonglonglonglonglonglongl-4a89aee720",
    ]


SETS = st.fixed_dictionaries(
    {},
    optional={
        "segment": st.text(max_size=80) | st.text("aA-_.", max_size=4),
        "weeks": st.integers(),
        "since": st.dates(),
        "owner": st.none() | st.text(max_size=3),
        "tags": st.lists(st.text(max_size=9), max_size=3),
        "deep": st.booleans(),
    },
).map(lambda values: dict(sorted(values.items())))  # as the notebook's order of declaration would: always the same one


@given(st.lists(SETS, max_size=20))
def test_names_are_safe_and_tell_values_apart(sets: list[dict[str, Value]]) -> None:
    """Any values at all: a name is a safe folder's name, and two sets share one only where they are equal."""
    made = [slices.name(each) for each in sets]
    assert [[a == b for b in made] for a in made] == [[a == b for b in sets] for a in sets]
    assert all(publish.slot(Path("/r"), "nps", name, AS_OF).parts[-2] == name for name in made)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ("matrix: 5", "matrix: expected names with lists of values"),
        ("matrix: [a, b]", "matrix: expected names with lists of values"),
        ("matrix: {segment: smb}", "matrix: segment: expected a list of values"),
        ("matrix: {segment: []}", "matrix: segment: expected a list of values"),
        ("matrix: {segmnt: [a]}", 'matrix: segmnt, value 1: there is no parameter "segmnt". Did you mean "segment"'),
        ("matrix: {plan: [free, taem]}", 'matrix: plan, value 2: plan: expected one of free, team; got "taem". Did you mean "team"'),
        ("matrix: {weeks: [1, 2.5, 900]}", "value 2: .*value 3: weeks: expected a whole number from 1 to 59"),
        ("matrix: {weeks: [0012]}", 'expected a whole number from 1 to 59; got "0012"'),
        ("matrix: [{weeks: 4}, {weaks: 4}]", 'matrix: set 2: there is no parameter "weaks"'),
        ("matrix: {segment: [a, b, a]}", "matrix: 1 of its slices are there already"),
        ("matrix: [{weeks: 1, plan: free}, {plan: free, weeks: 1}]", "matrix: 1 of its slices are there already"),
        (f"matrix: {{weeks: [{', '.join(map(str, range(1, 60)))}], segment: [{', '.join(f's{i}' for i in range(170))}]}}",
         "matrix: these are 10,030 slices; at most 10,000 are made"),
        ("matrix: {'x=1;import os': [1]}", "no parameter"),
    ],
)  # fmt: skip
def test_a_matrix_that_cannot_be_used_is_refused_in_one_line(project: Project, settings: str, said: str) -> None:
    """As the report is read, long before anything runs: file, key, and the near miss."""
    with pytest.raises(WorkspaceError, match=said) as fault:
        of(project, settings + "\n")
    assert str(fault.value).startswith(f"{project.folder / 'nps.yaml'}: ")
    assert "\n" not in str(fault.value)


def test_ten_thousand_slices_are_fine(project: Project) -> None:
    """All are there, all differently named, each with its own values."""
    values = ", ".join(f"Segment {i}" for i in range(5_000))
    found = of(project, f"matrix: {{segment: [{values}], plan: [free, team]}}\n")
    assert len({each.name for each in found}) == len(found) == 10_000
    assert (found[-1].parameters["segment"], found[-1].parameters["plan"]) == ("Segment 4999", "team")
