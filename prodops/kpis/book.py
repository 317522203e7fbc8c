"""The KPIs of one file, checked together: every reference leads somewhere, none goes round in a circle.

A mistake is refused in one line that names file, KPI, key and the near miss.
"""

import keyword
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, ValidationError

from prodops.errors import DefinitionError, did_you_mean, shorten
from prodops.kpis.aggregates import Measure, Rows, Span
from prodops.kpis.definitions import TYPES, AnyKpi, ConversionKpi, CumulativeKpi, Input, Offset, RatioKpi, SimpleKpi, Target, Window
from prodops.kpis.kinds import TABLES
from prodops.stamps import Definition


@dataclass(frozen=True)
class KpiBook:
    """The KPIs of one file, in its order; made by :func:`define`."""

    kpis: dict[str, AnyKpi]
    file: str
    text: Mapping[str, Any] = field(default_factory=dict)
    """The definitions as the file has them."""

    @property
    def order(self) -> tuple[str, ...]:
        """The names, in the file's order."""
        return tuple(self.kpis)

    def __getitem__(self, name: str) -> AnyKpi:
        """Look one KPI up; raises DefinitionError with the near miss."""
        if name not in self.kpis:
            raise DefinitionError(f'{self.file} has no KPI "{name}".{did_you_mean(name, self.kpis)}')
        return self.kpis[name]

    def __len__(self) -> int:
        return len(self.kpis)

    def measures(self, name: str) -> tuple[Measure, ...]:
        """The aggregates behind a KPI (its inputs' included), each once."""
        kpi = self[name]
        if isinstance(kpi, SimpleKpi):
            return (kpi.measure,)
        if isinstance(kpi, CumulativeKpi):
            return (kpi.running(kpi.measure if isinstance(kpi.measure, Measure) else self.measures(kpi.measure)[0]),)
        own = [p for p in (kpi.numerator, kpi.denominator) if isinstance(p, Measure)] if isinstance(kpi, RatioKpi) else []
        below = [] if isinstance(kpi, ConversionKpi) else [m for _, ref in kpi.references() for m in self.measures(ref)]
        return tuple(dict.fromkeys([*own, *below]))

    def conversions(self, name: str) -> tuple[ConversionKpi, ...]:
        """The conversion KPIs behind a KPI, itself included."""
        kpi = self[name]
        if isinstance(kpi, ConversionKpi):
            return (kpi,)
        return tuple(dict.fromkeys(c for _, ref in kpi.references() for c in self.conversions(ref)))

    def behind(self, name: str) -> tuple[str, ...]:
        """The KPIs that a KPI is made of, itself first."""
        return tuple(dict.fromkeys([name, *(below for _, ref in self[name].references() for below in self.behind(ref))]))

    def sides(self, kpi: RatioKpi) -> tuple[Measure, Measure]:
        """The numerator and the denominator of a ratio."""
        top, bottom = (part if isinstance(part, Measure) else self.measures(part)[0] for part in (kpi.numerator, kpi.denominator))
        return top, bottom

    def rows(self, part: str | Rows) -> Rows:
        """The rows that a conversion's base or conversion means."""
        if isinstance(part, str):
            simple = self[part]
            assert isinstance(simple, SimpleKpi)
            return Rows.model_construct(table=simple.table, where=simple.where, time=simple.time)
        return part

    def reads(self, names: Iterable[str]) -> set[str]:
        """The tables that some KPIs read, virtual ones by their own name."""
        names = list(names)
        steps = {self.rows(part).table for n in names for c in self.conversions(n) for part in (c.base, c.conversion)}
        return {m.table for n in names for m in self.measures(n)} | steps

    def tables(self, name: str) -> tuple[str, ...]:
        """The kinds of table a KPI reads, virtual ones by the table they are made from."""
        return tuple(sorted({TABLES[table] for table in self.reads([name])}))

    @property
    def needs(self) -> tuple[str, ...]:
        """The kinds of table that the whole book reads."""
        return tuple(sorted({table for name in self.kpis for table in self.tables(name)}))

    def missing(self, has: Callable[[str], bool]) -> dict[str, str]:
        """Say for each KPI whose table the workspace lacks which table that is."""
        lacking = {name: [t for t in self.tables(name) if not has(t)] for name in self.kpis}
        return {name: f"the workspace has no {' and no '.join(tables)}" for name, tables in lacking.items() if tables}

    def version(self, name: str) -> str:
        """The hash of what a KPI computes: titles and targets may change, the version stays; a changed input changes it."""
        from prodops.kpis.wording import version

        return version(self, name)

    def definitions(self, names: Iterable[str] | None = None) -> tuple[Definition, ...]:
        """Say what each KPI means, in words, with its version."""
        from prodops.kpis.wording import in_plain_words

        return tuple(Definition(name=self[n].label, text=in_plain_words(self, n), version=self.version(n)) for n in names or self.order)


# ----------------------------------------------------------------------------------------------------------- reading
MOST_KPIS = 500


def define(mapping: Mapping[str, Any], *, file: str = "params/kpis.yaml") -> KpiBook:
    """Check the parsed KPI file and give its book.

    ``mapping`` is KPI name → definition, as ``desk.params("kpis.yaml")`` reads it. Raises DefinitionError in one line
    that names the file, the KPI, the key and the near miss: unknown keys and types, references to nothing, cycles.
    """
    if not isinstance(mapping, Mapping) or not mapping:
        raise DefinitionError(f"{file} defines no KPI; write name: {{type: simple, table: …, agg: …}} for each.")
    if len(mapping) > MOST_KPIS:
        raise DefinitionError(
            f"{file} defines {len(mapping):,} KPIs; a review holds {MOST_KPIS} at most: keep those that somebody acts on."
        )
    book = KpiBook({str(name): _parse(str(name), body, file) for name, body in mapping.items()}, file, dict(mapping))
    for name in book.order:
        _check_references(book, name)
    for name in book.order:
        _check_cycle(book, name, ())
    return book


def _parse(name: str, body: object, file: str) -> AnyKpi:
    place = f'{file}, KPI "{name}"'
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,59}", name) or keyword.iskeyword(name):
        raise DefinitionError(
            f"{place}: a KPI's name has lower-case letters, digits and _, starts with a letter, and is no Python keyword."
        )
    if not isinstance(body, Mapping):
        raise DefinitionError(f"{place}: expected keys such as type, table and agg, found {shorten(body)}.")
    kind = body.get("type")
    if kind not in TYPES:
        found = f'there is no type "{kind}".{did_you_mean(str(kind), TYPES)}' if kind else 'the key "type" is missing.'
        raise DefinitionError(f"{place}: {found} The types are {', '.join(TYPES)}.")
    try:
        return TYPES[kind].model_validate({**body, "name": name})
    except ValidationError as fault:
        raise DefinitionError(f"{place}{_say(fault, TYPES[kind])}") from None


def _say(fault: ValidationError, model: type[BaseModel]) -> str:
    """Turn the first of pydantic's complaints into words, and count the others."""
    errors = fault.errors(include_url=False)
    error = next((e for e in errors if e["type"] == "extra_forbidden"), errors[0])
    path = [str(p) for p in error["loc"] if p not in ("name", "inline") and not str(p).startswith("function-")]
    key = f', key "{".".join(path)}"' if path else ""
    if error["type"] == "extra_forbidden":
        known = [k for k in _keys_at(model, path[:-1]) if k != "name"]
        text = f"there is no such key.{did_you_mean(path[-1], known)} The keys are {', '.join(known)}"
    elif error["type"] == "missing":
        text = "this key is missing"
    else:
        told = error["msg"].removeprefix("Value error, ")
        text = told if error["type"] == "value_error" else f"{told} (found {shorten(error['input'])})"
    more = f" ({len(errors) - 1} more in this KPI.)" if len(errors) > 1 else ""
    return f"{key}: {text}.{more}"


def _keys_at(model: type[BaseModel], path: list[str]) -> list[str]:
    """List the keys allowed where an unknown one stood."""
    inner: dict[str, type[BaseModel]] = {
        "measure": Measure,
        "numerator": Measure,
        "denominator": Measure,
        "base": Rows,
        "conversion": Rows,
        "window": Window if model is ConversionKpi else Span,
        "target": Target,
        "offset": Offset,
    }
    if not path:
        return list(model.model_fields)
    return list(inner.get(path[-1], Input).model_fields)


BUILT_ON: dict[str, tuple[str, ...]] = {"ratio": ("simple", "cumulative"), "cumulative": ("simple",), "conversion": ("simple",)}
"""The types of KPI that each type may name; a derived one may name any."""


def _check_references(book: KpiBook, name: str) -> None:
    kpi = book[name]
    for key, ref in kpi.references():
        place = f'{book.file}, KPI "{name}", key "{key}"'
        if ref not in book.kpis:
            raise DefinitionError(f'{place}: there is no KPI "{ref}".{did_you_mean(ref, [n for n in book.order if n != name])}')
        below = book[ref]
        if below.type not in BUILT_ON.get(kpi.type, TYPES):
            hint = " Use type: derived for the rest." if kpi.type == "ratio" else ""
            raise DefinitionError(
                f'{place}: "{ref}" is {below.type}; a {kpi.type} KPI is built on {" and ".join(BUILT_ON[kpi.type])} ones.{hint}'
            )
        if isinstance(kpi, CumulativeKpi) and isinstance(below, SimpleKpi) and below.at:
            raise DefinitionError(f'{place}: "{ref}" is what runs at a period\'s {below.at}, which does not add up over days.')


def _check_cycle(book: KpiBook, name: str, path: tuple[str, ...]) -> None:
    if name in path:
        loop = " → ".join([*path[path.index(name) :], name])
        raise DefinitionError(f'{book.file}, KPI "{path[0]}", key "inputs": the definitions go round in a circle: {loop}.')
    for _, ref in book[name].references():
        _check_cycle(book, ref, (*path, name))
