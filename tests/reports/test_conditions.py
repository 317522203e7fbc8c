"""Conditions on findings: read strictly, answered as a person would, and never true of what is not known."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodops.errors import WorkspaceError
from prodops.reports.conditions import parse
from tests.reports.small_project import Project

FOUND: list[dict[str, Any]] = [
    {"kind": "tile", "name": "kpi.nps", "value": 31.0, "before": 34.5, "target": 35.0, "unit": "nps"},
    {"kind": "tile", "name": "kpi.activation", "value": 0.42, "before": 0.40, "unit": "share"},
    {"kind": "tile", "name": "kpi.mrr", "value": 90.0, "before": 100.0, "unit": "EUR"},
    {
        "kind": "finding",
        "name": "theme.slow-exports-4893.change",
        "value": 40.0,
        "before": 10.0,
        "lower": 31.0,
        "upper": 52.0,
        "surprise": 9.5,
    },
    {"kind": "finding", "name": "theme.new feature.change", "value": 3, "before": 0},
    {"kind": "finding", "name": "kpi.empty", "value": None, "before": 2.0, "unit": "share"},
]


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("nps.change < -3", True),
        ("nps.change < −3 pts", True),
        ("nps.change < -3.5", False),
        ("kpi.nps.value<35 and kpi.nps.target >= 35", True),
        ("kpi.activation >= 40 %", True),
        ("kpi.activation.value >= 0.43", False),
        ("activation.change > 1.5pts", True),
        ("activation.change > 2.5 pts or not activation < 40%", True),
        ("mrr.relative <= -10%", True),
        ("abs(mrr.change) > 9", True),
        ("-mrr.change > 9", True),
        ("theme.slow-exports-4893.change.relative >= 300 %", True),
        ("slow-exports-4893.change.lower > 30 and slow-exports-4893.change.surprise > 9", True),
        ('"theme.new feature.change" > 2', True),
        ("'theme.new feature'.change > 2", True),
        ("30 < nps <= 31", True),
        ("nps == 31 and nps != 30", True),
        ("kpi.nps.before < kpi.nps.target", True),
        ("not (nps > 40 or nps < 20)", True),
    ],
)
def test_a_condition_says_what_it_reads_as(text: str, holds: bool) -> None:
    """Values, changes, units, short names and quoted ones give the answer that is worked out by hand."""
    condition = parse(text)
    assert (condition.holds(FOUND), condition.doubts(FOUND)) == (holds, [])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("nsp.change < 99", 'this run has no finding "nsp". Did you mean "nps"?'),
        ("not nsp < 3", 'this run has no finding "nsp". Did you mean "nps"?'),
        ("kpi.mrr > 5 %", '% does not go with the unit "EUR"; write a plain number.'),
        ("kpi.mrr.change < 2 pts", 'pts does not go with the unit "EUR"; write a plain number.'),
        ("kpi.nps < 40%", '% does not go with the unit "nps"; write a plain number.'),
    ],
)
def test_what_a_run_does_not_tell_is_said_and_sends_nothing(text: str, said: str) -> None:
    """An unknown finding or a unit that does not fit is no error of the run, never true, and named with the near miss."""
    condition = parse(text)
    assert (condition.holds(FOUND), condition.doubts(FOUND)) == (False, [f'"{text}": {said}'])


def test_the_unknown_is_neither_true_nor_false() -> None:
    """A missing number leaves a condition open, unless its other half settles it."""
    for text in ("kpi.empty > 1", "kpi.empty <= 1", "not kpi.empty > 1", "kpi.empty > 1 and nps == 31", "kpi.empty < 1 or nps == 0"):
        assert not parse(text).holds(FOUND), text
    assert parse("kpi.empty > 1 or nps == 31").holds(FOUND)
    assert parse("not (kpi.empty > 1 and nps == 0)").holds(FOUND)
    assert not parse("'theme.new feature.change'.relative > 0").holds(FOUND), "nothing before: no share of it"
    assert not parse("nps > 1").holds([{"name": "kpi.nps", "value": True}, {"name": "kpi.b", "value": "3"}])


def test_two_findings_of_a_short_name_are_not_guessed_between() -> None:
    """A name without its first part counts only where one finding has it."""
    both = [{"name": "kpi.nps", "value": 1}, {"name": "theme.nps", "value": 2}]
    assert parse("nps > 0").doubts(both)
    assert parse("theme.nps > 1").holds(both)


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("", "a condition is a line"),
        ("nps", "compare a finding with a number"),
        ("nps <", "cannot be read"),
        ("3 < 4", "it compares no finding with anything"),
        ("__import__('os').system('true')", "compare a finding with a number"),
        ("__import__('os') < 3", "only findings' names"),
        ("(lambda: 1)() < nps", "only findings' names"),
        ("[x for x in y] < 3", "only findings' names"),
        ("nps < True", "only findings' names"),
        ("nps < 1e999", "too large"),
        ("nps < 10 ** 4000", "it calculates"),
        ("nps in (1, 2)", "the comparisons are"),
        ("nps < 3 if 1 else 2", "compare a finding"),
        ("(n := nps) < 3", "only findings' names"),
        ("abs(nps, 3) < 3", "only findings' names"),
        ("abs(nps < 3) < 3", "only findings' names"),
        ("(" * 240 + "nps" + ")" * 240 + " < 3", "cannot be read"),
        ("nps < 3 and " * 100 + "nps < 3", "a line of up to 500"),
    ],
)
def test_anything_else_is_refused(text: str, wrong: str) -> None:
    """What is no comparison of findings with numbers is refused in words, and nothing of it runs."""
    with pytest.raises(ValueError, match=wrong.replace("(", r"\(")):
        parse(text)


@given(st.text(alphabet="nps.chage<>=!()-+%'\" 0139abort&|[]{}:,\n\x00é", max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    """Reading never fails in another way, and what was read can be answered."""
    try:
        condition = parse(text)
    except ValueError:
        return
    assert condition.holds(FOUND) in (True, False)


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6), st.sampled_from(["<", "<=", ">", ">=", "==", "!="]))
def test_numbers_compare_as_numbers_do(value: float, limit: float, sign: str) -> None:
    """Of two known numbers a condition or its opposite holds, as arithmetic says."""
    figures = [{"name": "kpi.x", "value": value}]
    holds = parse(f"kpi.x {sign} {limit!r}").holds(figures)
    assert holds == eval(f"{value!r} {sign} {limit!r}")
    assert parse(f"not kpi.x {sign} {limit!r}").holds(figures) is not holds


def test_a_bad_condition_is_refused_as_the_report_is_read(project: Project) -> None:
    """The file, the place in it, the text and what is wrong with it are said before anything runs."""
    with pytest.raises(WorkspaceError) as refused:
        project.add("weekly", settings="deliver:\n  - to: out\n    when: nps.change is low\n")
    assert str(refused.value) == (
        f'{project.folder / "weekly.yaml"}: deliver.0.when.0: "nps.change is low": the comparisons are < <= > >= == and !=.'
    )
