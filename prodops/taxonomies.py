"""The file in which a team keeps its themes: ``params/taxonomy.yaml``, read with care and never written over someone's newer one.

What an entry may say is the business of ``feedback.taxonomy``; here it is plain values in, plain values out. The file has one
entry for each theme, in order of ids, and one fact a line, so that two versions of it compare line by line.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import yaml

from prodops.errors import WorkspaceError
from prodops.plainyaml import PlainWriter, read_yaml
from prodops.saving import save

FILE = "taxonomy.yaml"
LARGEST = 5_000_000
"""Bytes of a file that is read."""
KEYS = ("name", "status", "parent", "into", "out_of", "by", "seeds", "words", "examples", "history")
HEAD = """\
# The themes that this team knows. A notebook saves it; it may be edited by hand, between runs, as follows.
#
#   name       what readers see; change it here and it stays
#   status     active; new (found, not looked at yet); candidate (waits for somebody); unseen (no text of the last run); archived: write
#              this to show a theme no more (its texts are counted as archived); merged: goes with into
#   into       the id of another theme, under which this one's texts count from now on
#   parent     the id of the theme that this one lies under; take the line out to put it at the top
#   seeds      words: texts that hold one of these words or phrases belong here, whatever the machine finds
#              examples: so do these very texts
#   by         whose word this entry is
#   out_of, words, examples, history are kept by the program: where a theme was split off, what sets it apart, texts at its centre, what
#   was done and when
#
# An id (the word before the colon at the start of a line) never changes. Comments below this head are lost when a notebook saves.
"""


@dataclass(frozen=True)
class Kept:
    """A taxonomy as it was read: its entries, and the SHA-256 of the file's bytes ("" = there was no file)."""

    path: Path
    entries: dict[str, Any]
    sha256: str


class _Line(dict[str, Any]):
    """A mapping that is written on one line."""


class _Writer(PlainWriter):
    """Such YAML with an event of the history on one line."""


_Writer.add_representer(_Line, lambda writer, line: writer.represent_mapping("tag:yaml.org,2002:map", line.items(), flow_style=True))


def read(path: Path) -> Kept:
    """Read the file; no entries where there is none.

    Raises :class:`WorkspaceError` in one line for what is not plain YAML: aliases, tags, a key given twice, more than 5 MB.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return Kept(path, {}, "")
    except OSError as fault:
        raise WorkspaceError(f"{path}: cannot be read ({fault.strerror}).") from None
    if len(data) > LARGEST:
        raise WorkspaceError(f"{path}: it has {len(data):,} bytes; at most {LARGEST:,} are read. Take out themes that nobody needs.")
    return Kept(path, read_yaml(path, aliases=False), sha256(data).hexdigest())


def write(kept: Kept, entries: Mapping[str, Any], *, force: bool = False) -> Kept:
    """Write other entries in place of those that were read: the whole file or none of it.

    Raises :class:`prodops.saving.Newer` where the file on disk is no longer the one that was read, unless ``force`` says to write over it.
    """
    data = to_text(entries).encode()
    return Kept(kept.path, dict(entries), save(kept.path, data, read=kept.sha256, force=force))


def to_text(entries: Mapping[str, Any]) -> str:
    """Write entries as YAML: in order of ids, their keys in one order, one fact a line, a line for each event."""
    ordered = {id: _ordered(entries[id]) for id in sorted(entries)}
    texts = [yaml.dump({id: entry}, Dumper=_Writer, sort_keys=False, allow_unicode=True, width=10**9) for id, entry in ordered.items()]
    return "\n".join([HEAD, *texts])


def _ordered(entry: Mapping[str, Any]) -> dict[str, Any]:
    sorted_entry = {key: entry[key] for key in (*KEYS, *sorted(entry.keys() - set(KEYS))) if key in entry}
    if "history" in sorted_entry:
        sorted_entry["history"] = [_Line(event) for event in sorted_entry["history"]]
    return sorted_entry
