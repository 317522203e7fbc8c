"""Where each table lives and how a team counts time: ``params/workspace.yaml``, and the calendar that it sets.

Strings may name environment variables (``${PGPASSWORD}``). They stay unexpanded here; only ``sources`` fills them
in, at the moment it connects, so no value of theirs can reach an artefact, a log or an error.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PrivateAttr, ValidationError, field_validator, model_validator

from prodops import fiscal
from prodops.errors import WorkspaceError, did_you_mean, shorten
from prodops.parameters.secrets import VARIABLE
from prodops.plainyaml import read_yaml
from prodops.privacy.choice import Redact
from prodops.tables import CONTRACTS, contract

Grain = Literal["day", "week", "month", "quarter", "year", "month_445", "quarter_445", "year_445"]
WeekStart = Literal["monday", "sunday"]
BadRows = Literal["quarantine", "fail"]
SAMPLE = "sample"
WEB = ("http", "https", "ftp", "file", "s3", "gs")
MAY_BE_SECRET = {"parameters", "matrix", "model"}
"""Keys of files whose values are not shown, even where they are wrong."""


def one_line(fault: ValidationError, model: type[BaseModel], file: Path | str) -> WorkspaceError:
    """Turn pydantic's report into one line that names file, key, value and the near miss."""
    parts = []
    for error in fault.errors(include_url=False, include_context=False):
        where = ".".join(shorten(p)[1:-1] for p in error["loc"] if not str(p).startswith("function-"))
        if error["type"] == "extra_forbidden":
            known = _fields_at(model, error["loc"][:-1])
            parts.append(f'unknown key "{where}".{did_you_mean(str(error["loc"][-1]), known)}')
        else:
            message = error["msg"].removeprefix("Value error, ")
            found = "" if set(error["loc"][:1]) & MAY_BE_SECRET else _found(error["input"], message)
            parts.append(f"{where}: {message if message.endswith('?') else message.rstrip('.') + found + '.'}".removeprefix(": "))
    return WorkspaceError(f"{file}: " + " ".join(parts))


def _found(value: object, message: str) -> str:
    """Show the value at fault, without a URL's user and password; only plain values, and those that the message does not show."""
    shown = shorten(re.sub(r"(?<=//)\S*@", "", str(value))) if isinstance(value, str | int | float) else ""
    return f" (found {shown})" if shown and shown not in message else ""


def _fields_at(model: type[BaseModel], location: tuple[int | str, ...]) -> list[str]:
    """List the keys that a place in a model may have: the model's own, or those of the model that lies there."""
    for part in location:
        if part in model.model_fields:
            inner = next(_models(model.model_fields[str(part)].annotation), None)
            if inner is None:
                return []
            model = inner
    return list(model.model_fields)


def _models(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models(part)


# ------------------------------------------------------------------------------------------------------- the models
class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True, coerce_numbers_to_str=True)


def _names(value: object) -> object:
    return [value] if isinstance(value, str | int | float) else value


def _unpivot(value: object) -> object:
    """Read a list of columns as columns under their own names; each may hold ``*``, which stands for any characters."""
    listed = _names(value)
    return {str(name): str(name) for name in listed} if isinstance(listed, list) else listed


def _delimiter(value: object) -> object:
    """Give blanks a word, before they are stripped; refuse what separates nothing."""
    value = {"\t": "tab", "\\t": "tab", " ": "whitespace"}.get(value, value) if isinstance(value, str) else value
    if isinstance(value, str) and value not in ("tab", "whitespace") and (len(value) != 1 or not value.isascii() or value in '"\r\n'):
        raise ValueError("expected one character, tab or whitespace")
    return value


def _redact(value: object) -> object:
    """Refuse near misses plainly: only the two words and the one name are meant."""
    if value is not None and not isinstance(value, bool) and value != "presidio":
        raise ValueError(f"expected true, false or presidio{did_you_mean(str(value), ['true', 'false', 'presidio']) or '.'}")
    return value


class TableSource(_Strict):
    """Where one table lives and how its columns become ours."""

    source: str = Field(min_length=1, description="a file, a glob of files, a database URL, or sample")
    table: str | None = Field(None, description="the table in a database, or the sheet of a spreadsheet")
    sql: str | None = Field(None, description="a query in the database's SQL instead of a table")
    columns: dict[str, Annotated[list[str], BeforeValidator(_names)]] = Field(
        default_factory=dict, description="our name: the source's name (or several, joined)"
    )
    constants: dict[str, str] = Field(default_factory=dict, description="our name: one value for every row")
    unpivot: Annotated[dict[str, str], BeforeValidator(_unpivot)] = Field(
        default_factory=dict, description="of a wide file of surveys or experiments: question or measure: the column that holds it"
    )
    date_format: str | None = Field(None, description="strptime format of the dates, where they are not ISO")
    time_zone: str | None = Field(None, description="the zone of times that carry no offset; the workspace's by default")
    delimiter: Annotated[str | None, BeforeValidator(_delimiter)] = Field(
        None, description="of a text file: one character, tab or whitespace; found by itself by default"
    )
    encoding: str | None = Field(None, description="of a text file; found by itself by default")
    decimal: Literal[".", ","] | None = Field(None, description="decimal mark of numbers in text files")
    on_bad_rows: BadRows | None = None
    max_bad_share: float | None = Field(None, ge=0, le=1)
    redact: Annotated[Redact | None, BeforeValidator(_redact)] = Field(None, description="the workspace's by default")

    @property
    def is_url(self) -> bool:
        """Whether it is a database: by its URL, or by a variable alone (``${DATABASE_URL}``) with a table or query."""
        return "://" in self.source or bool(VARIABLE.fullmatch(self.source) and (self.table or self.sql))

    @field_validator("time_zone")
    @classmethod
    def _zone(cls, value: str | None) -> str | None:
        return value if value is None else zone_name(value)

    @field_validator("columns", "constants")
    @classmethod
    def _our_names(cls, value: dict[str, Any]) -> dict[str, Any]:
        for name in value:
            if not name.isidentifier() or name.startswith("_"):
                raise ValueError(f'{shorten(name)} cannot be the name of a column of ours: use letters, digits and _, such as "plan_name"')
        return value

    @model_validator(mode="after")
    def _fits(self) -> "TableSource":
        if self.sql and self.table:
            raise ValueError("give either table or sql, not both")
        if self.source.partition("://")[0] in WEB and self.is_url:
            raise ValueError("a file on the web is not read from there: download it, and give its path")
        if self.is_url and not (self.sql or self.table):
            raise ValueError("a database URL needs a table or a sql text beside it")
        if self.unpivot and self.is_url:
            raise ValueError("unpivot is for files; in a database write the columns as rows in sql")
        if starred := [name for name, column in self.unpivot.items() if "*" in column and name != column]:
            raise ValueError(f"unpivot: {shorten(starred[0])} stands for several columns; list them without a name of their own")
        named = [name.lower() for name in (*self.columns, *self.constants)]
        twice = sorted({name for name in named if named.count(name) > 1})
        if twice:
            raise ValueError(f"columns and constants name {', '.join(twice)} more than once")
        return self


class ModelSettings(_Strict):
    """A language model that may propose names and summaries of themes; what is sent to it is redacted feedback."""

    url: str = Field(min_length=1, description="where it answers, up to /v1: any address that speaks OpenAI's chat completions")
    name: str = Field(min_length=1, description="the model's name, as that address knows it")
    key: str | None = Field(None, description="the environment variable that holds the key, such as ${OPENAI_API_KEY}")
    timeout_seconds: float = Field(30, gt=0, le=600, description="how long one answer may take")
    retries: int = Field(1, ge=0, le=5, description="how often a request is sent again where that may help")

    @field_validator("key")
    @classmethod
    def _reference(cls, value: str | None) -> str | None:
        if value is not None and not VARIABLE.fullmatch(value):
            raise ValueError("expected the name of an environment variable, such as ${OPENAI_API_KEY}; a key itself never stands in a file")
        return value


class Workspace(_Strict):
    """One team's settings; see :func:`load`."""

    time_zone: str = "UTC"
    week_start: WeekStart = "monday"
    currency: str = "EUR"
    country: str | None = Field(None, description="whose public holidays count, such as DE or US-CA; none by default")
    on_bad_rows: BadRows = "quarantine"
    max_bad_share: float = Field(0.1, ge=0, le=1, description="more bad rows than this share of a table fail the read")
    redact: Annotated[Redact, BeforeValidator(_redact)] = Field(
        True, description="mask personal data in free text: true, false or presidio"
    )
    tables: dict[str, TableSource] = Field(default_factory=dict)
    model: ModelSettings | None = Field(None, description="a language model that may propose names; none is asked by default")
    _file: Path = PrivateAttr(default=Path("params/workspace.yaml"))

    @field_validator("time_zone")
    @classmethod
    def _zone(cls, value: str) -> str:
        return zone_name(value)

    @field_validator("currency")
    @classmethod
    def _currency(cls, value: str) -> str:
        if not re.fullmatch("[A-Z]{3}", value):
            raise ValueError("expected the three letters of a currency, such as EUR")
        return value

    @field_validator("country")
    @classmethod
    def _country(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch("[A-Z]{2}(-[A-Z0-9]{1,3})?", value):
            raise ValueError("expected two letters of a country, such as DE, or of a part of one, such as US-CA")
        return value

    @field_validator("tables", mode="before")
    @classmethod
    def _short_form(cls, value: object) -> object:
        if not isinstance(value, dict):
            return value
        for kind in value:
            if kind not in CONTRACTS:
                near = did_you_mean(str(kind), CONTRACTS)
                raise ValueError(f"there is no kind of table {shorten(kind)}.{near} The kinds are {', '.join(CONTRACTS)}")
        return {kind: {"source": entry} if isinstance(entry, str) else entry for kind, entry in value.items()}

    @model_validator(mode="after")
    def _sample_stands_alone(self) -> "Workspace":
        real = sorted(k for k, t in self.tables.items() if t.source != SAMPLE)
        if real and len(real) < len(self.tables):
            raise ValueError(
                f"{', '.join(real)} come from your own sources and the rest from the sample company: one report must not mix "
                "the two; give every table a source of your own, or leave it out"
            )
        return self

    @property
    def file(self) -> Path:
        """The file this was read from."""
        return self._file

    @property
    def home(self) -> Path:
        """The project's folder: the one that holds ``params/``, or the file's own where it lies elsewhere."""
        folder = self._file.parent
        return folder.parent if folder.name == "params" else folder

    def with_sources(self, sources: Mapping[str, str]) -> "Workspace":
        """Read these tables from elsewhere: ``{"feedback": "reviews.csv"}``.

        A table's other settings (columns, formats) stay. Sample tables that are not named are dropped, as a
        company's own data and the sample's never stand in one report.
        """
        if not sources:
            return self
        for kind in sources:
            contract(kind)
        kept = {kind: table for kind, table in self.tables.items() if table.source != SAMPLE or kind in sources}
        try:
            changed = {kind: _moved(kept.get(kind), source) for kind, source in sources.items()}
        except ValidationError as fault:
            raise one_line(fault, TableSource, "the source given") from None
        copy = self.model_copy(update={"tables": kept | changed})
        copy._file = self._file
        return copy


def _moved(table: TableSource | None, source: str) -> TableSource:
    """Read a table from elsewhere; its table or query stays only from one database to another, or one file to another."""
    settings = table.model_dump() if table else {}
    if table and table.is_url != ("://" in source):
        settings |= {"table": None, "sql": None}
    return TableSource.model_validate(settings | {"source": source})


def zone_name(value: str) -> str:
    """Check a time zone's name; raises ValueError with the near miss."""
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"there is no time zone {shorten(value)}.{did_you_mean(value, available_timezones())}") from None
    return value


def load(path: Path | str) -> Workspace:
    """Read a workspace file; raises :class:`WorkspaceError` in one line that names file, key and near miss."""
    path = Path(path)
    values = read_yaml(path)
    try:
        workspace = Workspace.model_validate(values)
    except ValidationError as fault:
        raise one_line(fault, Workspace, path) from None
    workspace._file = path.absolute()
    return workspace


# ------------------------------------------------------------------------------------------------------ the calendar
@dataclass(frozen=True, order=True)
class Period:
    """The half-open span ``[start, end)`` of local days."""

    start: date
    end: date


def period_start(day: date, grain: Grain, week_start: WeekStart = "monday") -> date:
    """Give the first day of the period that holds ``day``."""
    day = day.date() if isinstance(day, datetime) else day
    if grain == "day":
        return day
    if fiscal.is_fiscal(grain):
        return fiscal.start(day, grain, sunday=week_start == "sunday")
    if grain == "week":
        return day - timedelta(days=(day.weekday() + (week_start == "sunday")) % 7)
    month = {"month": day.month, "quarter": day.month - (day.month - 1) % 3, "year": 1}[grain]
    return date(day.year, month, 1)


def step(start: date, grain: Grain, n: int = 1) -> date:
    """Move the first day of a period by ``n`` periods (negative: back)."""
    if grain in ("day", "week"):
        return start + timedelta(days=n * (7 if grain == "week" else 1))
    if fiscal.is_fiscal(grain):
        return fiscal.move(start, grain, n)
    months = start.year * 12 + start.month - 1 + n * {"month": 1, "quarter": 3, "year": 12}[grain]
    return date(months // 12, months % 12 + 1, 1)


def last_periods(as_of: datetime | date, grain: Grain, n: int, week_start: WeekStart = "monday") -> list[Period]:
    """Give the ``n`` whole periods that ended at or before ``as_of``, oldest first."""
    end = period_start(as_of, grain, week_start)
    starts = [step(end, grain, -back) for back in range(n, 0, -1)]
    return [Period(start, step(start, grain)) for start in starts]


def current_period(as_of: datetime, grain: Grain, week_start: WeekStart = "monday") -> Period | None:
    """Give the period in progress at ``as_of``, or nothing where ``as_of`` is a period's very start."""
    start = period_start(as_of, grain, week_start)
    begins = datetime(start.year, start.month, start.day)
    return None if as_of == begins else Period(start, step(start, grain))
