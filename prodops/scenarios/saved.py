"""A scenario that somebody saved: a small file of its own beside the model, ``params/scenarios/<model>/<name>.yaml``."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from prodops.errors import ParameterError, did_you_mean, shorten
from prodops.plainyaml import PlainLoader
from prodops.scenarios.model import BASE, Model

KEYS = ("model", "title", "scenario", "levers", "notes")
LONGEST_TITLE, LONGEST_NOTES = 80, 4_000


@dataclass(frozen=True)
class Saved:
    """A named setting: the scenario it starts from, the levers that differ from it, and notes."""

    model: str
    title: str = ""
    scenario: str = BASE
    levers: dict[str, float] = field(default_factory=dict)
    notes: str = ""


def read_saved(mapping: Mapping[str, Any], model: Model, *, file: str = "") -> Saved:
    """Check a saved scenario against its model; raises ParameterError in one line that names file, key and near miss."""
    place = file or "The saved scenario"
    if not isinstance(mapping, Mapping):
        raise ParameterError(f"{place}: expected keys such as {', '.join(KEYS)}, found {shorten(mapping)}.")
    for key in mapping:
        if key not in KEYS:
            raise ParameterError(f"{place}: there is no key {shorten(key)}.{did_you_mean(str(key), KEYS)} The keys are {', '.join(KEYS)}.")
    if mapping.get("model") != model.name:
        raise ParameterError(f'{place}, key "model": it was saved for {shorten(mapping.get("model"))}, not for "{model.name}".')
    levers = mapping.get("levers") or {}
    if not isinstance(levers, Mapping):
        raise ParameterError(f'{place}, key "levers": expected lever: value, found {shorten(levers)}.')
    scenario = _text(mapping, "scenario", place, LONGEST_TITLE) or BASE
    try:
        model.settings(scenario, **{str(name): value for name, value in levers.items()})
    except ParameterError as fault:
        raise ParameterError(f"{place}: {fault}") from None
    title, notes = _text(mapping, "title", place, LONGEST_TITLE), _text(mapping, "notes", place, LONGEST_NOTES)
    return Saved(model.name, title, scenario, {str(name): float(value) for name, value in levers.items()}, notes)


def _text(mapping: Mapping[str, Any], key: str, place: str, limit: int) -> str:
    value = mapping.get(key) or ""
    if not isinstance(value, str) or len(value) > limit:
        raise ParameterError(f'{place}, key "{key}": expected a text of at most {limit:,} characters, found {shorten(value)}.')
    return value


def to_text(saved: Saved) -> str:
    """Give the file's text, the same each time: one key a line, levers in the order given, text in double quotes."""
    lines = [f"{key}: {_quoted(getattr(saved, key))}" for key in ("model", "title", "scenario")]
    lines += ["levers:", *(f"  {name}: {plain_number(value)}" for name, value in saved.levers.items())] if saved.levers else ["levers: {}"]
    return "\n".join([*lines, f"notes: {_quoted(saved.notes)}", ""])


def _quoted(text: str) -> str:
    """Write a text as YAML's double-quoted scalar: JSON's string, with what YAML does not print written out."""
    import json

    return re.sub(
        "[\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]", lambda c: f"\\u{ord(c[0]):04x}", json.dumps(text, ensure_ascii=False)
    )


def plain_number(value: float) -> str:
    """Write a number as JavaScript does, in the fewest digits that read back the same: ``0.47``, ``12``, ``1e-7``."""
    from decimal import Decimal

    if value == 0:
        return "0"
    if 1e-6 <= abs(value) < 1e21:
        return format(Decimal(repr(float(value))), "f").removesuffix(".0")
    return re.sub(r"e([+-])0*", r"e\1", repr(float(value))).replace(".0e", "e")


def from_text(text: str, model: Model, *, file: str = "") -> Saved:
    """Read the text of a saved scenario, as the HTML's button copies it."""
    return read_saved(yaml.load(text, Loader=PlainLoader), model, file=file)
