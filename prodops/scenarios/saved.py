"""A saved scenario: a small file of its own that says which levers of a model stand where, and why.

``params/scenarios/<model>/<slug>.yaml`` holds the model's name, a title, the scenario it starts from, the levers that stand
elsewhere than there, and notes. A panel and an exported report write the same text; ``prodops run whatif --scenario FILE`` and the
notebook's parameters take it.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from prodops.errors import DefinitionError, ParameterError, did_you_mean, shorten

if TYPE_CHECKING:
    from prodops.scenarios.model import Model

BASE = "base"
KEYS = ("model", "title", "scenario", "levers", "notes")
LONGEST = {"model": 80, "title": 80, "scenario": 80, "notes": 5_000}


@dataclass(frozen=True)
class Saved:
    """Levers of ``model`` that stand elsewhere than in its ``scenario``, under a title and with notes."""

    model: str
    title: str = ""
    scenario: str = BASE
    levers: Mapping[str, float] = field(default_factory=dict)
    notes: str = ""

    def settings(self, model: "Model") -> dict[str, float]:
        """Give every lever its value; raises :class:`ParameterError` for a scenario or lever that the model does not have."""
        return model.settings(self.scenario, **self.levers)

    def pairs(self) -> list[str]:
        """Give the levers as a report's parameter has them: ``["activation=0.47"]``."""
        return [f"{name}={plain_number(value)}" for name, value in self.levers.items()]

    def parameters(self) -> dict[str, str | list[str]]:
        """Give what the notebook's parameters are for this scenario."""
        return {"model": self.model, "scenario": self.scenario, "levers": self.pairs(), "title": self.title, "notes": self.notes}


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


def from_text(text: str, *, file: str = "") -> Saved:
    """Read the text of a saved scenario, as the HTML's button copies it."""
    import yaml

    from prodops.plainyaml import PlainLoader

    return read(yaml.load(text, Loader=PlainLoader), file=file)


def read(values: Mapping[str, Any], *, file: str = "") -> Saved:
    """Check what a saved scenario's file says; raises :class:`DefinitionError` in one line. The levers' names are checked by the model."""
    place = file or "The saved scenario"
    if not isinstance(values, Mapping):
        raise DefinitionError(f"{place}: expected keys such as {', '.join(KEYS)}, found {shorten(values)}.")
    for key in values:
        if key not in KEYS:
            raise DefinitionError(
                f"{place}: there is no such key as {shorten(key)}; the keys are {', '.join(KEYS)}.{did_you_mean(str(key), KEYS)}"
            )
    for key, longest in LONGEST.items():
        text = values.get(key, "")
        if not isinstance(text, str) or len(text) > longest:
            raise DefinitionError(f"{place}, {key}: expected a text of at most {longest:,} characters, found {shorten(text)}.")
    if not values.get("model"):
        raise DefinitionError(f"{place}: model: … is missing; it names the model's file.")
    levers = values.get("levers") or {}
    if not isinstance(levers, Mapping):
        raise DefinitionError(f"{place}, levers: expected lever: value, found {shorten(levers)}.")
    for name, value in levers.items():
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise DefinitionError(f"{place}, levers, {name}: expected a number, found {shorten(value)}.")
    numbers = {str(name): float(value) for name, value in levers.items()}
    return Saved(values["model"], values.get("title", ""), values.get("scenario") or BASE, numbers, values.get("notes", ""))


def chosen(
    model: "Model",
    scenario: str = BASE,
    levers: Iterable[str] = (),
    *,
    saved: Mapping[str, Any] | None = None,
    title: str = "",
    notes: str = "",
) -> Saved:
    """Read the scenario that a report's parameters ask for: a scenario of the model's, or a ``saved`` one's values, and changes to it.

    ``levers`` are ``name=value``. Raises :class:`ParameterError` for what cannot be read, is unknown or lies outside a lever's range, with
    the near miss, and :class:`DefinitionError` for a saved scenario of another model.
    """
    start = read(saved, file=scenario) if saved else Saved(model.name, scenario=scenario)
    if start.model != model.name:
        raise DefinitionError(f"{scenario}: it was saved of the model {shorten(start.model)}, and this is {shorten(model.name)}.")
    moved = dict(start.levers) | dict(map(_pair, levers))
    if start.scenario not in model.scenarios:
        model.settings(start.scenario)  # which says what there is
    checked = {name: model.checked(name, value) for name, value in moved.items()}
    return Saved(model.name, title or start.title, start.scenario, checked, notes or start.notes)


def _pair(text: str) -> tuple[str, float]:
    name, equals, value = text.partition("=")
    try:
        if not equals:
            raise ValueError
        return name.strip(), float(value)
    except ValueError:
        raise ParameterError(f"levers: {shorten(text)}: expected name=value, such as activation=0.47.") from None


def difference(model: "Model", scenario: str, settings: Mapping[str, float]) -> dict[str, float]:
    """Give the levers that stand elsewhere than in a scenario of the model's."""
    start = model.settings(scenario)
    return {name: value for name, value in settings.items() if value != start[name]}


def slug(title: str) -> str:
    """Make a file's name of a title: small letters, digits and hyphens; "" where it has neither."""
    import unicodedata

    plain = unicodedata.normalize("NFKD", title.casefold()).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60].strip("-")


def place(model: str, saved: str = "") -> str:
    """Name the file of a model, or of a scenario ``saved`` of it, beside the workspace's file; raises :class:`ParameterError`."""
    for name in filter(None, (model, saved)):
        if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,79}", name):
            raise ParameterError(
                f"{shorten(name)} cannot be a scenario's or model's name; small letters, digits, - and _ only, such as growth."
            )
    if not model:
        raise ParameterError("model: expected the name of a file in params/scenarios, such as growth.")
    return f"scenarios/{model}/{saved}.yaml" if saved else f"scenarios/{model}.yaml"
