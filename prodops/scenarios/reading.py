"""From a file's text to a :class:`Model`: every mistake is one line that names file, line, key and the near miss."""

import keyword
from collections.abc import Iterable, Mapping
from typing import Any

from prodops.errors import DefinitionError, did_you_mean, shorten
from prodops.plainyaml import FileName, KeyPath, Written, read_yaml
from prodops.scenarios import graph, hazards, language, units
from prodops.scenarios.definitions import Horizon, Lever, Node, Outcome
from prodops.scenarios.language import Term, name, names, parse
from prodops.scenarios.model import AFTER, BASE, BEFORE, Model
from prodops.scenarios.pages import Page

KEYS = ("title", "question", "horizon", "levers", "nodes", "outcomes", "scenarios")
MOST_OPERATIONS = 4_000
TAKEN = (*language.FUNCTIONS, *language.CLOCK, "scenario", "self")
"""Names that formulas, or :meth:`Model.settings`, use themselves."""


def load(path: FileName, *, kpis: Iterable[str] | None = None) -> Model:
    """Read and check ``params/scenarios/<name>.yaml``; raises DefinitionError in one line with file, line, key and near miss."""
    return define(read_yaml(path, aliases=False), file=str(path), kpis=kpis)


def define(
    mapping: Mapping[str, Any], *, file: str = "", lines: Mapping[KeyPath, int] | None = None, kpis: Iterable[str] | None = None
) -> Model:
    """Check a scenario model and make it ready to compute; ``mapping`` is the file as ``desk.params("scenarios/<name>.yaml")`` reads it.

    ``lines`` gives the line of each key's path; a mapping that was read from a file knows its own. ``kpis`` are the names that a
    lever's ``from_data`` may give (left out: any). Raises DefinitionError.
    """
    if not isinstance(mapping, Mapping):
        raise DefinitionError(f"{file or 'The scenario model'}: expected levers, nodes and outcomes, found {shorten(mapping)}.")
    own = mapping.lines if isinstance(mapping, Written) else {}
    page = Page(mapping, file, own if lines is None else lines)
    for key in mapping:
        if key not in KEYS:
            page.refuse((key,), f"there is no such key.{did_you_mean(str(key), KEYS)} The keys are {', '.join(KEYS)}")
    horizon = page.record(("horizon",), mapping.get("horizon"), Horizon)
    levers = {n: _lever(page, n, body) for n, body in _named(page, "levers")}
    for n, lever in levers.items():
        _check_kpi(page, n, lever, kpis)
    nodes = {n: page.record(("nodes", n), body, Node) for n, body in _named(page, "nodes")}
    outcomes = {n: _outcome(page, n, body, nodes, horizon) for n, body in _named(page, "outcomes")}
    for key, found in (("levers", levers), ("nodes", nodes), ("outcomes", outcomes)):
        if not found:
            page.refuse((key,), f"a scenario model has {key}; this one has none")
    terms = _terms(page, levers, nodes)
    built = _built(page, terms)
    _check_units(page, levers, nodes, terms)
    stem = file.replace("\\", "/").rsplit("/", 1)[-1].rsplit(".", 1)[0]
    model = Model(
        name=stem or "model",
        title=page.words("title", 120) or stem,
        question=page.words("question", 500),
        horizon=horizon,
        levers=levers,
        nodes={n: nodes[n] for n in built.in_order() if n in nodes},
        outcomes=outcomes,
        scenarios=_scenarios(page, levers),
        file=file,
        graph=built,
        terms=terms,
        text=dict(mapping),
    )
    if hazard := hazards.first(model):
        page.refuse(("nodes", hazard.node, "formula") if hazard.node in nodes else ("levers", hazard.node, "ramp"), hazard.text)
    return model


def _named(page: Page, key: str) -> list[tuple[str, Any]]:
    """Give the entries of a section, whose names can be used in formulas."""
    for entry in page.section(key):
        text = str(entry)
        if not language.is_name(text) or keyword.iskeyword(text) or text in TAKEN:
            page.refuse(
                (key, entry), "a name has small letters, digits and single _, starts with a letter, and is no word that formulas use"
            )
    return list(page.section(key).items())


def _lever(page: Page, n: str, body: object) -> Lever:
    lever = page.record(("levers", n), body, Lever)
    for key, text in lever.faults():
        page.refuse(("levers", n, key), text)
    return lever


def _check_kpi(page: Page, n: str, lever: Lever, kpis: Iterable[str] | None) -> None:
    known = None if kpis is None else list(kpis)
    if lever.from_data and known is not None and lever.from_data.kpi not in known:
        asked = lever.from_data.kpi
        page.refuse(("levers", n, "from_data", "kpi"), f"there is no KPI {shorten(asked)}.{did_you_mean(asked, known)}")


def _outcome(page: Page, n: str, body: object, nodes: Mapping[str, Node], horizon: Horizon) -> Outcome:
    outcome = page.record(("outcomes", n), body, Outcome)
    if outcome.node not in nodes:
        page.refuse(("outcomes", n, "node"), f"there is no node {shorten(outcome.node)}.{did_you_mean(outcome.node, nodes)}")
    if isinstance(outcome.at, int) and outcome.at > horizon.months:
        page.refuse(("outcomes", n, "at"), f"month {outcome.at} lies beyond the horizon of {horizon.months} months")
    return outcome


def _check_units(page: Page, levers: Mapping[str, Lever], nodes: Mapping[str, Node], terms: Mapping[str, Term]) -> None:
    """Refuse formulas that add what does not go together, and nodes whose formula gives another unit than they say."""
    words = {n: thing.unit for n, thing in {**levers, **nodes}.items()}
    known = {n: units.read(unit) for n, unit in words.items()}
    for n, node in nodes.items():
        path = ("nodes", n, "formula")
        try:
            found = units.of(terms[n], known, words)
        except units.Clash as fault:
            page.refuse(path, f"the formula {fault}")
        if not found.may_be(known[n]):
            page.refuse(("nodes", n, "unit"), f"the formula gives {found}, the unit says {node.unit}")


def _terms(page: Page, levers: Mapping[str, Lever], nodes: Mapping[str, Node]) -> dict[str, Term]:
    """Parse all formulas; a ramped lever becomes a formula of its own, from base's value to the one set."""
    for n in nodes:
        if n in levers:
            page.refuse(("nodes", n), f'there is a lever "{n}" too; one name means one thing')
    found = {n: _parsed(page, ("nodes", n, "formula"), node.formula, [*levers, *nodes]) for n, node in nodes.items()}
    plain = [n for n, lever in levers.items() if not lever.ramp]
    for n, lever in levers.items():
        if lever.ramp:
            ramp = [
                _parsed(page, ("levers", n, "ramp", k), getattr(lever.ramp, k), plain, "lever without a ramp") for k in ("start", "months")
            ]
            found[n] = _phased_in(n, Term("ramp", tuple(ramp)))
    return found


def _phased_in(lever: str, ramp: Term) -> Term:
    before, after = name(lever + BEFORE), name(lever + AFTER)
    return Term("+", (before, Term("*", (Term("-", (after, before)), ramp))))


def _parsed(page: Page, path: KeyPath, text: str, known: list[str], what: str = "lever or node") -> Term:
    try:
        term = parse(text)
    except ValueError as fault:
        page.refuse(path, str(fault))
    for used in names(term):
        if used not in known:
            page.refuse(path, f'there is no {what} "{used[:60]}".{did_you_mean(used, known)}')
    return term


def _built(page: Page, terms: Mapping[str, Term]) -> graph.Graph:
    written = sum(1 for term in terms.values() for _ in language.walk(term))
    if written > MOST_OPERATIONS:
        page.refuse(("nodes",), f"the formulas hold {written:,} operations; at most {MOST_OPERATIONS:,} are computed in a slider's move")
    try:
        built = graph.build(terms)
    except graph.Circle as fault:
        path = ("nodes", fault.nodes[0], "formula")
        if fault.whole:
            page.refuse(path, f"{fault.whole}(…) needs every month of what itself needs the {fault.whole}: {fault}; use cumulative(…)")
        page.refuse(path, f"the formulas go round in a circle: {fault}; what comes from the month before is previous(x, first)")
    return built


def _scenarios(page: Page, levers: Mapping[str, Lever]) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {BASE: {}}
    for scenario, changes in page.section("scenarios").items():
        path = ("scenarios", scenario)
        if not language.is_name(str(scenario)):
            page.refuse(path, "a scenario's name has small letters, digits and single _, and starts with a letter")
        if not isinstance(changes or {}, Mapping):
            page.refuse(path, f"expected lever: value, found {shorten(changes)}")
        if scenario == BASE and changes:
            page.refuse(path, "base is the levers' own values; change them there")
        found[str(scenario)] = {str(k): _override(page, (*path, k), v, levers) for k, v in (changes or {}).items()}
    return found


def _override(page: Page, path: KeyPath, value: object, levers: Mapping[str, Lever]) -> float:
    lever = levers.get(str(path[-1]))
    if not lever:
        page.refuse(path, f"there is no such lever.{did_you_mean(str(path[-1]), levers)}")
    if isinstance(value, bool) or not isinstance(value, int | float):
        page.refuse(path, f"expected a number, found {shorten(value)}")
    if not lever.low <= value <= lever.high:
        page.refuse(path, f"{value:g} lies outside the lever's range, {lever.low:g} to {lever.high:g}")
    return float(value)
