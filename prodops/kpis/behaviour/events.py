"""What behaviour is asked of: events told apart by person, the steps that are looked for in them, and the specs that ask.

A person is one value of the entity's column (``user_id`` unless a spec says otherwise) after merging aliases. Rows without one are
nobody's and count nowhere. Times are wall-clock times of the workspace's zone, as behind the door: where clocks go back an hour
holds two hours' events, and where they go forward one hour is empty.
"""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias, TypeVar

from pydantic import BeforeValidator, ValidationError, field_validator

from prodops.errors import InputError, ParameterError, did_you_mean
from prodops.kpis.filters import Strict, Where, one_of
from prodops.kpis.kinds import Desk
from prodops.sources.engine import answer
from prodops.workspace import WeekStart, one_line

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd

    Events: TypeAlias = "ir.Table | pd.DataFrame"
    Identities: TypeAlias = "Mapping[Any, Any] | pd.DataFrame | ir.Table"

S = TypeVar("S", bound="Asked")


# ------------------------------------------------------------------------------------------------------------- the specs
class Spec(Strict):
    """A frozen record; what makes no sense raises ParameterError in one line that names the key, the value and the near miss."""

    def __init__(self, **values: Any) -> None:
        try:
            super().__init__(**values)
        except ValidationError as fault:
            raise ParameterError(str(one_line(fault, type(self), type(self).__name__))) from None


class Step(Spec):
    """Events that count as one thing done: those of one name (``None`` = any event) that pass a filter written as in ``kpis.yaml``."""

    event: str | None = None
    where: Where = ()

    def __init__(self, event: str | None = None, where: object = (), **values: Any) -> None:
        super().__init__(event=event, where=where, **values)

    def __str__(self) -> str:
        return (self.event or "any event") + " (filtered)" * bool(self.where)


def _step(value: object) -> object:
    return Step(value) if value is None or isinstance(value, str) else value


def choice(options: Iterable[str], what: str) -> BeforeValidator:
    """Check a field against its few words, with the near miss."""
    return BeforeValidator(lambda value: one_of(value, options, what))


AnyStep = Annotated[Step, BeforeValidator(_step)]
"""A step, or the plain name of its event."""


class Asked(Spec):
    """What every question about behaviour states: who is counted, up to when, and when weeks begin."""

    entity: str = "user_id"
    as_of: datetime | None = None
    week_start: Annotated[WeekStart, choice(("monday", "sunday"), "a day that weeks start on")] | None = None

    @field_validator("as_of")
    @classmethod
    def _plain(cls, value: datetime | None) -> datetime | None:
        if value is not None and value.tzinfo:
            raise ValueError("give the wall-clock time of the workspace's zone, without an offset")
        return value

    @property
    def cut(self) -> datetime:
        """The instant up to which events count; known once the spec is settled."""
        assert self.as_of
        return self.as_of

    def settled(self: S, desk: Desk | None) -> S:
        """Fill in the desk's as-of and week start where the spec states none; raises ParameterError where no as-of is known."""
        as_of = self.as_of or (desk.as_of if desk else None)
        if as_of is None:
            raise ParameterError(
                f"{type(self).__name__} needs as_of where there is no desk: the instant up to which all events are known, "
                f"such as as_of=datetime(2025, 11, 3)."
            )
        starts = self.week_start or (desk.workspace.week_start if desk else "monday")
        return self.model_copy(update={"as_of": as_of, "week_start": starts})


# ------------------------------------------------------------------------------------------------------------ the people
def people(events: "Events", *, identities: "Identities | None" = None, entity: str = "user_id", once: bool = True) -> "ir.Table":
    """Give events by person: ``person``, ``event``, ``at`` (wall-clock timestamp) and the dimensions; exact duplicate rows as one.

    ``identities`` says who is who: alias → ``user_id``, as a mapping or as a table whose first two columns are these; chains and
    shared aliases are followed to the end (see :func:`merged`). Rows without a person or a time are left out. ``once=False`` leaves
    duplicates in, for questions whose answer they cannot change. Raises InputError for columns that are not there or do not fit.
    """
    import ibis

    table = events if isinstance(events, ibis.expr.types.Table) else _given(events)
    who, when = column_of(table, entity, "string"), _moment(table)
    dimensions = [c for c in table.columns if c not in (entity, "event", "occurred_at", "person", "at")]
    found = table.select(*(column_of(table, c).name(c) for c in dimensions), person=who, event=column_of(table, "event", "string"), at=when)
    found = found.filter(found.person.notnull(), found["at"].notnull())
    if who.type().is_string():
        found = found.filter(found.person != "")
    if identities is not None:
        found = _known_as(found, identities)
    found = found.select("person", "event", "at", *dimensions)
    return found.distinct() if once else found


def column_of(table: "ir.Table", name: str, default: str = "string") -> "ir.Value":
    """Look a column up, typed where an empty frame leaves it untyped; raises InputError with the near miss."""
    if name not in table.columns:
        near = did_you_mean(name, table.columns)
        raise InputError(f'the events have no column "{name}".{near} They have {", ".join(table.columns)}.')
    column = table[name]
    return column.cast(default) if column.type().is_null() else column


def _moment(table: "ir.Table") -> "ir.Value":
    column = column_of(table, "occurred_at", "timestamp")
    kind = column.type()
    if kind.is_timestamp() and kind.timezone:
        raise InputError(
            f'"occurred_at" carries the time zone {kind.timezone}; give wall-clock times of one zone: '
            "events.occurred_at.dt.tz_convert(zone).dt.tz_localize(None) in pandas."
        )
    if not kind.is_timestamp() and not kind.is_date():
        raise InputError(f'"occurred_at" is {kind}, not a time; turn it into one first, with pandas.to_datetime for instance.')
    return column.cast("timestamp")  # of one precision, wherever it comes from


def _known_as(found: "ir.Table", identities: "Identities") -> "ir.Table":
    """Put the person's one name in place of each alias."""
    pairs = _pairs(identities)
    if pairs.empty:
        return found
    names = named_by_content(merged(pairs).rename(columns={"name": "_name", "known_as": "_known_as"}))
    kind = found.person.type()
    both = found.left_join(names, found.person == names._name.cast(kind))
    return both.mutate(person=both._known_as.cast(kind).fill_null(both.person))


def _pairs(identities: "Identities") -> "pd.DataFrame":
    import ibis
    import pandas as pd

    if isinstance(identities, Mapping):
        return pd.DataFrame({"alias": list(identities.keys()), "known_as": list(identities.values())})
    frame = answer(identities, "identities", None) if isinstance(identities, ibis.expr.types.Table) else identities
    if frame.shape[1] < 2:
        raise InputError(
            f"identities need two columns, an alias and its user_id; they have {', '.join(map(str, frame.columns)) or 'none'}."
        )
    return frame.iloc[:, :2].set_axis(["alias", "known_as"], axis=1)


def merged(pairs: "pd.DataFrame") -> "pd.DataFrame":
    """Give each name (``name``) the one that stands for its person (``known_as``); names that stand for themselves are left out.

    Names that any chain of pairs connects are one person, called by the name that is nobody's alias; the first in order where there
    are several such names, or none (a circle). Pairs with a missing name say nothing.
    """
    import pandas as pd
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    pairs = pairs.dropna()
    codes, names = pd.factorize(pd.concat([pairs["alias"], pairs["known_as"]], ignore_index=True), sort=True)
    left, right = codes[: len(pairs)], codes[len(pairs) :]
    graph = coo_array((left * 0 + 1, (left, right)), shape=(len(names), len(names)))
    group = connected_components(graph, directed=False)[1]
    frame = pd.DataFrame({"name": names, "group": group, "is_alias": False, "place": range(len(names))})
    frame.loc[left[left != right], "is_alias"] = True
    heads = frame.sort_values(["group", "is_alias", "place"]).drop_duplicates("group").set_index("group")["name"]
    frame["known_as"] = frame["group"].map(heads)
    return frame.loc[frame["name"] != frame["known_as"], ["name", "known_as"]].reset_index(drop=True)


def named_by_content(frame: "pd.DataFrame") -> "ir.Table":
    """Give rows of our own to an engine under a name made of what they say, so that the same rows ask the same query."""
    name = f"identities_{hashlib.sha256(frame.to_csv(index=False).encode()).hexdigest()[:16]}"
    if name not in _NAMED:
        _NAMED[name] = _given(frame).op().copy(name=name).to_expr()
    return _NAMED[name]


_NAMED: "dict[str, ir.Table]" = {}
"""Rows that engines may hold under their name: a database takes a name once, and Ibis forgets that it did when we let go of the rows."""


def _given(frame: "pd.DataFrame") -> "ir.Table":
    """Give a frame to an engine by way of Arrow, which knows missing values from others."""
    import ibis
    import pyarrow as pa

    try:
        return ibis.memtable(pa.Table.from_pandas(frame, preserve_index=False))
    except pa.ArrowException as fault:
        raise InputError(f"the events cannot be read as a table: {' '.join(str(fault).split())}; each column needs one type.") from None


# ---------------------------------------------------------------------------------------------------- steps and answers
def did(table: "ir.Table", step: Step) -> "ir.BooleanValue":
    """Tell which rows are of a step; raises InputError for a column that is not there, DefinitionError for a value that does not fit."""
    import ibis

    from prodops.kpis.compile import predicate

    for condition in step.where:
        column_of(table, condition.column)
    tests = [predicate(table, step.where)] if step.where else []
    if step.event is not None:
        tests.append(table.event == step.event)
    return ibis.and_(*tests) if tests else ibis.literal(True)
