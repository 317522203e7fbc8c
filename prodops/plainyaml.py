"""YAML as people write it in ``params/``: plain values only, and one line that says what is wrong."""

import re
from collections.abc import Hashable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from prodops.errors import WorkspaceError, did_you_mean, shorten

LONGEST_PROBLEM = 200
FileName = str | Path
KeyPath = tuple[str | int, ...]


class Written(dict[str, Any]):
    """What a file says, with the line on which each key (and each entry of a list) stands: ``lines["levers", "price", "value"]``."""

    lines: Mapping[KeyPath, int] = {}


class PlainLoader(yaml.SafeLoader):
    """YAML that keeps what people write: ``NO``, ``12:30``, ``0012`` and dates stay text; a key given twice is refused."""

    yaml_implicit_resolvers: dict[str, list[Any]] = {}  # noqa: RUF012  (PyYAML's own attribute)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[Hashable] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, Hashable) or key in seen:
                problem = f"the key {shorten(key)} is given twice" if isinstance(key, Hashable) else "a key must be a plain word"
                raise yaml.constructor.ConstructorError(None, None, problem, key_node.start_mark)
            seen.add(key)
        return super().construct_mapping(node, deep)

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        """Merge nothing: "<<" is a key like any other, and a small file cannot become a large one."""


for _tag, _pattern, _first in (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("int", r"[-+]?(?:0|[1-9][0-9]*)", "-+0123456789"),
    ("float", r"[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?|[-+]?[0-9]+[eE][-+]?[0-9]+", "-+.0123456789"),
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
):
    PlainLoader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(f"^(?:{_pattern})$"), list(_first))


class _NoAliases(PlainLoader):
    """Such YAML in which nothing stands for what is written elsewhere."""

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark
            raise yaml.constructor.ConstructorError(None, None, "an alias (*) repeats what is written elsewhere; write it out", mark)
        return super().compose_node(parent, index)


class PlainWriter(yaml.SafeDumper):
    """YAML that :class:`PlainLoader` reads back as it was written: no aliases, each text on one line, whatever it holds."""

    yaml_implicit_resolvers = PlainLoader.yaml_implicit_resolvers  # what reads as a number here is quoted where it is text

    def ignore_aliases(self, data: object) -> bool:
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        return super().increase_indent(flow, False)


def _text(writer: PlainWriter, text: str) -> yaml.ScalarNode:
    breaks = len(text.splitlines()) > 1 or text != text.strip()
    return writer.represent_scalar("tag:yaml.org,2002:str", text, style='"' if breaks else None)


PlainWriter.add_representer(str, _text)


def read_yaml(path: FileName, *, aliases: bool = True) -> Written:
    """Read one YAML file as a mapping of plain values; raises :class:`WorkspaceError` naming file, line and cause.

    Where ``aliases`` are not taken, a small file cannot stand for a large one.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        near = did_you_mean(path.name, [p.name for p in path.parent.glob("*.y*ml")]) if path.parent.is_dir() else ""
        raise WorkspaceError(f"{path}: there is no such file.{near}") from None
    except (OSError, UnicodeDecodeError) as fault:
        raise WorkspaceError(f"{path}: cannot be read as UTF-8 text ({fault.__class__.__name__}).") from None
    try:
        value, lines = _constructed(text, PlainLoader if aliases else _NoAliases)
    except yaml.MarkedYAMLError as fault:
        mark = fault.problem_mark or fault.context_mark
        where = f", line {mark.line + 1}" if mark else ""
        problem = " ".join((fault.problem or "it cannot be parsed")[:LONGEST_PROBLEM].split())
        if "could not determine a constructor" in problem:
            problem += "; only plain values are read, tags never are"
        raise WorkspaceError(f"{path}{where}: this is not valid YAML here: {problem}.") from None
    except (yaml.YAMLError, RecursionError, ValueError) as fault:
        raise WorkspaceError(f"{path}: this is not valid YAML: {' '.join(str(fault).split())[:200]}.") from None
    if not isinstance(value, dict | None):
        raise WorkspaceError(f"{path}: expected keys with values (name: value), found {type(value).__name__}.")
    found = Written(value or {})
    found.lines = lines
    return found


def _constructed(text: str, loader: type[PlainLoader]) -> tuple[Any, dict[KeyPath, int]]:
    """Read a text's one document, and the lines of its keys."""
    reader = loader(text)  # a SafeLoader, whichever it is
    try:
        node = reader.get_single_node()
        return (reader.construct_document(node), dict(_lines(node))) if node else (None, {})
    finally:
        reader.dispose()


def _lines(root: yaml.Node) -> Iterator[tuple[KeyPath, int]]:
    """Give the line of each key's path; what an alias repeats is looked at once."""
    waiting: list[tuple[KeyPath, yaml.Node]] = [((), root)]
    seen: set[int] = set()
    while waiting:
        path, node = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        pairs: list[tuple[str | int, yaml.Node, yaml.Node]] = []
        if isinstance(node, yaml.MappingNode):
            pairs = [(key.value, key, value) for key, value in node.value if isinstance(key, yaml.ScalarNode)]
        elif isinstance(node, yaml.SequenceNode):
            pairs = [(at, value, value) for at, value in enumerate(node.value)]
        for key, place, value in pairs:
            yield (*path, key), place.start_mark.line + 1
            waiting.append(((*path, key), value))
