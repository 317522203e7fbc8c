"""What a report's YAML says of when it runs, how long it may take, and who gets it; checked as it is read."""

import re
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from prodops.reports import conditions
from prodops.reports.times import check_cron
from prodops.workspace import zone_name

UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def _span(value: object) -> object:
    """Read ``30s``, ``10m``, ``6h``, ``2d`` or ``1w``; a bare number is seconds."""
    text = str(value).strip() if isinstance(value, str | int | float) else ""
    found = re.fullmatch(r"([0-9]{1,6}(?:\.[0-9]{1,6})?)\s*([smhdw]?)", text)
    if not found:
        raise ValueError("expected a span of time such as 30s, 10m, 6h or 2d")
    return timedelta(**{UNITS[found[2] or "s"]: float(found[1])})


Span = Annotated[timedelta, BeforeValidator(_span)]


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _mapped(value: object) -> object:
    listed = _listed(value)
    return dict.fromkeys(listed) if isinstance(listed, list) and all(isinstance(item, str) for item in listed) else value


def _condition(text: str) -> str:
    return conditions.parse(text).text


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class Schedule(_Strict):
    """When a report is due: one or several cron expressions, read in ``time_zone`` (the workspace's where none is said).

    ``catch_up`` says what becomes of slots that passed while no scheduler ran: ``all`` are made, oldest first (of many, the newest
    thousand), the ``latest`` of each slice, or ``none`` (what fell due just now is still made). ``overlap`` says what becomes of a
    slot that falls due while an earlier one of its slice still runs: it waits (``queue``) or is refused, and the ledger says so.
    """

    cron: Annotated[list[str], BeforeValidator(_listed)] = Field(min_length=1, max_length=20)
    time_zone: str | None = None
    catch_up: Literal["all", "latest", "none"] = "latest"
    overlap: Literal["queue", "refuse"] = "queue"

    @field_validator("cron")
    @classmethod
    def _cron(cls, value: list[str]) -> list[str]:
        return [check_cron(expression) for expression in dict.fromkeys(value)]

    @field_validator("time_zone")
    @classmethod
    def _zone(cls, value: str | None) -> str | None:
        return value if value is None else zone_name(value)


class Needs(_Strict):
    """What a scheduled run waits for: tables that must have a row in the slot's own period, or within a span before the as-of.

    ``fresh: [feedback]`` or ``fresh: {feedback: 1d}``. After ``deadline`` the run fails, and the ledger says which table had no rows.
    """

    fresh: Annotated[dict[str, Span | None], BeforeValidator(_mapped)] = Field(min_length=1)
    deadline: Span = timedelta(hours=6)


class After(_Strict):
    """Which other reports a report comes after, and is told the findings of: ``after: all``, or ``after: [kpi_review, …]``.

    A scheduled run waits for their runs of the same as-of, until a ``deadline`` after it was due; then it is made with what there is.
    """

    reports: Annotated[list[str], BeforeValidator(_listed)] = Field(min_length=1, max_length=1_000)
    deadline: Span = timedelta(hours=6)

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: object) -> object:
        return {"reports": value} if isinstance(value, str | list) else value


class Limits(_Strict):
    """How long, in seconds, and how large, in GB of memory, one run may become; what is not said has the press's own limit."""

    cell: Span | None = None
    run: Span | None = None
    memory_gb: float | None = Field(default=None, gt=0)


class Delivery(_Strict):
    """Who gets what came of a run: ``to`` is an Apprise address (``mailto://…``, ``slack://…``) or an fsspec folder (``s3://…``, a path).

    Addresses may name environment variables (``${SMTP_PASSWORD}``), which are filled in only at the moment of sending. ``on`` chooses
    between good runs, failures and both; ``when`` lists conditions on findings (``nps.change < -3``, see :mod:`conditions`), any of which
    must hold. ``slices`` names the slices of a report with a matrix that it is for (none: all). ``name`` is what the ledger calls it.
    """

    to: Annotated[list[str], BeforeValidator(_listed)] = Field(min_length=1)
    on: Literal["success", "failure", "always"] = "success"
    when: Annotated[list[Annotated[str, AfterValidator(_condition)]], BeforeValidator(_listed)] = Field(default_factory=list, max_length=20)
    slices: Annotated[list[str], BeforeValidator(_listed)] = Field(default_factory=list)
    name: str = Field(default="", max_length=60)
