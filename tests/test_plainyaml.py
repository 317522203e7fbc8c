"""YAML as people write it: the line of every key is known."""

from pathlib import Path

from prodops.plainyaml import read_yaml


def test_each_key_knows_its_line(tmp_path: Path) -> None:
    """Keys of mappings and entries of lists, nested and inline, stand on the lines they were written on."""
    file = tmp_path / "some.yaml"
    file.write_text("# a comment\na: 1\nb:\n  - x\n  - {c: 2,\n     d: 3}\n")
    found = read_yaml(file)
    assert found == {"a": 1, "b": ["x", {"c": 2, "d": 3}]}
    assert dict(found.lines) == {("a",): 2, ("b",): 3, ("b", 0): 4, ("b", 1): 5, ("b", 1, "c"): 5, ("b", 1, "d"): 6}


def test_what_an_alias_repeats_is_looked_at_once(tmp_path: Path) -> None:
    """A small file in which each line doubles the one before does not become a large list of lines."""
    file = tmp_path / "doubling.yaml"
    file.write_text("a0: &a0 [1]\n" + "".join(f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]\n" for i in range(1, 60)))
    assert len(read_yaml(file).lines) < 500


def test_an_empty_file_has_no_lines(tmp_path: Path) -> None:
    """Nothing written is an empty mapping."""
    file = tmp_path / "empty.yaml"
    file.write_text("# nothing yet\n")
    assert (read_yaml(file), read_yaml(file).lines) == ({}, {})
