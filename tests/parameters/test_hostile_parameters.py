"""Hostile parameters through each door: refused in one line with the nearest name, or text that stays text to the character."""

import ast
import os
import subprocess
import sys
from datetime import datetime
from typing import Any
from unicodedata import category

import pytest
from click.testing import CliRunner

from prodops.cli import main
from prodops.errors import ParameterError, ProdopsError, WorkspaceError
from prodops.parameters.declared import read_cell
from prodops.reports import catalogue
from tests.parameters.hostile import DECLARED, FILES, NAMES, TEXTS, TYPED
from tests.reports.small_project import Project


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project whose one report has a parameter of every kind."""
    project = Project(tmp_path_factory.mktemp("hostile"))
    project.folder.mkdir(parents=True)
    (project.root / "notebooks").mkdir()
    (project.root / "feedback.csv").write_text("id,created_at,text\nF1,2026-03-02,Export is slow\n")
    (project.root / "params" / "workspace.yaml").write_text("tables: {feedback: feedback.csv}\n")
    project.add("themes", "raise SystemExit('a kernel started')", parameters=DECLARED)
    return project


def refused(project: Project, *given: str) -> str:
    """Ask for a run on the command line; it ends at once, with one printable line, and has left nothing behind."""
    arguments = [part for each in given for part in ("-p", each)]
    done = CliRunner().invoke(main, ["run", "themes", "--workspace", str(project.root / "params" / "workspace.yaml"), *arguments])
    assert (done.exit_code, done.stdout) == (2, "")
    assert not (project.root / "reports").exists()
    return one_line(done.stderr.removesuffix("\n"))


def one_line(text: str) -> str:
    assert [c for c in text if not c.isprintable() and category(c) != "Zs"] == []
    assert len(text) < 5_000
    return text


def doors(*settings: Any) -> list[Any]:
    """Leave out what asks for slices, until reports are cut into them."""
    return [each for each in settings if hasattr(catalogue, "slices") or not str(each).lstrip("('\"").startswith("matrix")]


# ------------------------------------------------------------------------------------------------------------- the names
@pytest.mark.parametrize("name", NAMES, ids=lambda name: ascii(name[:40]))
def test_a_name_that_is_not_declared_is_refused_by_each_door(hostile: Project, name: str) -> None:
    """Whatever it looks like or would do as code, it is no parameter; the one that is meant is named where one is near."""
    near = f'Did you mean "{NAMES[name]}"?' if NAMES[name] else "there is no parameter"
    if "=" not in name:
        assert near in refused(hostile, f"{name}=1")
        assert near in refused(hostile, f"{name}=hunter2")
    report = hostile.read("themes")
    with pytest.raises(ParameterError) as fault:
        catalogue.resolve(report, {name: "1"})
    assert near in one_line(str(fault.value))
    for settings in doors(f"parameters:\n  ? {quoted(name)}\n  : 1", f"matrix:\n  ? {quoted(name)}\n  : [1]"):
        with pytest.raises(WorkspaceError) as misspelt:
            asked(hostile, settings)
        said = one_line(str(misspelt.value))
        assert near in said or ("\udcff" in name and "a valid string" in said)


def quoted(text: str) -> str:
    """Write a text as YAML takes it whatever it holds: each character by its number."""
    return '"' + "".join(c if c.isascii() and c.isalnum() else f"\\U{ord(c):08x}" for c in text) + '"'


def asked(project: Project, settings: str) -> catalogue.Report:
    """Read the report with these settings in its file."""
    (project.folder / "asked.yaml").write_text(
        f"title: A title\nnotebook: notebooks/themes.ipynb\ntables: [feedback]\n{settings}\n", encoding="utf-8"
    )
    try:
        return project.read("asked")
    finally:
        (project.folder / "asked.yaml").unlink()


def test_a_letter_that_only_looks_right_is_named(hostile: Project) -> None:
    """Nobody sees the difference between two letters that are drawn the same, so it is said."""
    said = refused(hostile, "wееks=1")
    assert said.endswith('there is no parameter "wееks". Did you mean "weeks"? (It holds CYRILLIC SMALL LETTER IE, U+0435.)')


def test_a_declared_name_is_what_python_reads() -> None:
    """Python reads ``ﬂag`` as ``flag``: so does the declaration, and twice the same name is refused."""
    assert [p.name for p in read_cell("ﬂag: bool = True", "nb")] == ["flag"]
    with pytest.raises(WorkspaceError, match="flag is declared twice"):
        read_cell("ﬂag: bool = True\nflag: bool = False", "nb")


# ------------------------------------------------------------------------------------------------------------- the values
@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_text_stays_text_through_each_door(hostile: Project, text: str) -> None:
    """On the command line, in the report's file and in its matrix, text is exactly what was given."""
    report = hostile.read("themes")
    assert catalogue.resolve(report, {"segment": text})["segment"] == text
    assert catalogue.resolve(asked(hostile, f"parameters: {{segment: {quoted(text)}}}"))["segment"] == text
    assert asked(hostile, f"matrix: {{segment: [{quoted(text)}]}}").matrix == {"segment": [text]}
    plans = report.declared[[p.name for p in report.declared].index("plans")].type
    items = [text[:3000], "", text[:3000]]
    assert plans.parse(plans.typed(items)) == items


def test_text_stays_text_in_the_kernel(hostile: Project) -> None:
    """One run is given them all: its cell of parameters, and what the kernel then holds, are the texts themselves."""
    names = {f"p{i}": text for i, text in enumerate(TEXTS.values())}
    declared = "\n".join(f"{name}: str = ''" for name in names)
    done = hostile.execute(f"print(ascii([{', '.join(names)}]))", "import sys; 'evil' in sys.modules", parameters=declared, given=names)
    assert (done.status, done.message) == ("ok", "")
    injected, shown = done.notebook.cells[2], done.notebook.cells[3].outputs[0].text
    assert ast.literal_eval(shown) == list(names.values())
    assert {node.targets[0].id: ast.literal_eval(node.value) for node in ast.parse(injected.source).body} == names  # type: ignore[attr-defined]
    assert len(injected.source.splitlines()) == 1 + len(names)


@pytest.mark.parametrize(("name", "text"), TYPED, ids=lambda value: ascii(value[:40]))
def test_a_value_of_another_type_is_refused_by_each_door(hostile: Project, name: str, text: str) -> None:
    """Nothing is guessed, rounded, cut or coerced; a secret, and ten million characters, are not repeated."""
    said = refused(hostile, f"{name}={text}")
    assert f"themes: {name}: " in said
    assert not (name == "token" and "hunter2" in said)
    text = text[:20_000]  # a file that large is read slowly: one stands among the files
    for settings in doors(f"parameters: {{{name}: {quoted(text)}}}", f"matrix: {{{name}: [{quoted(text)}]}}"):
        with pytest.raises(WorkspaceError) as fault:
            asked(hostile, settings)
        assert f"{name}: " in one_line(str(fault.value)) or "not valid YAML" in str(fault.value)


@pytest.mark.parametrize(("settings", "said"), doors(*FILES.values()), ids=lambda value: ascii(value[:40]))
def test_a_report_s_file_that_is_hostile_is_refused_in_one_line(hostile: Project, settings: str, said: str) -> None:
    """Tags, aliases that multiply, merges, repeated keys, odd nesting: one short line that says where and what."""
    with pytest.raises(ProdopsError) as fault:
        asked(hostile, settings)
    line = one_line(str(fault.value))
    assert said in line
    assert "hunter2" not in line


def test_bytes_that_are_no_text_are_refused_from_a_real_command_line(hostile: Project) -> None:
    """What a shell hands over as bytes arrives with half characters: refused, and written out in the message."""
    command = [sys.executable, "-m", "prodops.cli", "run", "themes", "--workspace", str(hostile.root / "params" / "workspace.yaml")]
    done = subprocess.run([*map(os.fsencode, command), b"-p", b"segment=a\xff\xfeb"], capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr == b'prodops: themes: segment: expected text; got "a\\udcff\\udcfeb".\n'


def test_minus_nought_is_nought(hostile: Project) -> None:
    """The two noughts are one value, so they make one slice and one record."""
    value = catalogue.resolve(hostile.read("themes"), {"share": "-0"})["share"]
    assert repr(value) == "0.0"


def test_values_of_a_program_are_shown_safely_too(hostile: Project) -> None:
    """Python callers may give anything: an instant, bytes, a number of ten thousand digits."""
    for value in (10**10_000, b"x" * 10_000_000, datetime(2025, 1, 1), {"a": 1}, [[1]] * 10_000, float("nan"), object):
        with pytest.raises(ParameterError) as fault:
            catalogue.resolve(hostile.read("themes"), {"weeks": value})
        assert "themes: weeks: expected a whole number; got " in one_line(str(fault.value))
