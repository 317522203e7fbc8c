"""The contracts: for each kind of table its columns, types, units and key.

Rows are checked against these once, at the door (``sources``); behind the door a column is what its contract says.
Times are wall-clock times of the workspace's zone, without an offset; money is in the workspace's currency;
missing text is missing, never an empty string. What people wrote is masked on its way in (see ``holds``).
"""

from dataclasses import dataclass, field
from typing import Literal

from prodops.errors import InputError, did_you_mean

ColumnType = Literal["text", "time", "date", "number", "integer", "money"]
Holds = Literal["", "words", "person", "account"]
"""Where personal data may stand: in people's own words, or as the id of a person or of an account."""


@dataclass(frozen=True)
class Column:
    """One column: its type, whether a table must have it, the values it may hold, and names that mean the same."""

    name: str
    type: ColumnType = "text"
    required: bool = False
    low: float | None = None
    high: float | None = None
    may_be_empty: bool = False
    help: str = ""
    synonyms: tuple[str, ...] = ()
    holds: Holds = ""

    @property
    def expected(self) -> str:
        """Say what a value must be, for messages."""
        words = {
            "text": "text",
            "time": "a date or time",
            "date": "a date",
            "number": "a number",
            "integer": "a whole number",
            "money": "an amount of money, not negative, in plain digits",
        }[self.type]
        if self.type in ("number", "integer") and self.low is not None and self.high is not None:
            words += f" from {self.low:g} to {self.high:g}"
        elif self.type in ("number", "integer") and self.low is not None:
            words += f" of at least {self.low:g}"
        return words


@dataclass(frozen=True)
class Contract:
    """One kind of table: the grain of a row, its columns, its key, and the column that ``as_of`` cuts."""

    name: str
    grain: str
    time: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    hidden_until: tuple[str, ...] = field(default=())
    """Times that are not known yet where they lie at or after ``as_of``: read as missing."""
    long: tuple[str, ...] = field(default=())
    """Columns that a wide source's column becomes (see ``unpivot`` of a workspace's table): its name, its number, its words where it has any."""

    def column(self, name: str) -> Column:
        """Look one column up; unknown names are refused with the near miss."""
        for column in self.columns:
            if column.name == name:
                return column
        names = [c.name for c in self.columns]
        raise InputError(f'{self.name} has no column "{name}".{did_you_mean(name, names)} It has {", ".join(names)}.')

    @property
    def required(self) -> tuple[str, ...]:
        return tuple(c.name for c in self.columns if c.required)


def _amount(name: str, help: str, *synonyms: str) -> Column:
    return Column(name, "money", low=0, help=help, synonyms=synonyms)


CONTRACTS: dict[str, Contract] = {
    c.name: c
    for c in (
        Contract(
            "feedback",
            "one row is one thing a person said",
            "created_at",
            ("id",),
            (
                Column(
                    "id",
                    help="unique; made from the row's number where the table has none",
                    synonyms=("review_id", "ticket_id", "tweet_id", "feedback_id"),
                ),
                Column(
                    "created_at",
                    "time",
                    required=True,
                    help="when it was said",
                    synonyms=("date", "created", "timestamp", "submitted_at", "time", "review_date"),
                ),
                Column(
                    "text",
                    required=True,
                    help="what was said",
                    synonyms=("content", "comment", "review", "body", "message", "feedback", "verbatim", "description"),
                    holds="words",
                ),
                Column("channel", help="where it was said", synonyms=("source", "via")),
                Column("product", synonyms=("app", "product_name")),
                Column("version", synonyms=("app_version",)),
                Column("segment", help="the group of customers", synonyms=("plan", "tier", "customer_segment")),
                Column("account_id", synonyms=("account", "company_id"), holds="account"),
                Column("user_id", synonyms=("author", "customer_id", "user"), holds="person"),
                Column("rating", "number", low=0, high=10, help="stars or score", synonyms=("score", "stars", "overall_rating")),
                _amount("revenue", "what the account pays", "mrr", "arr"),
                _amount("support_cost", "what it cost to answer", "handling_cost", "ticket_cost"),
                Column("handling_minutes", "number", low=0, help="time it took to answer", synonyms=("handle_minutes", "minutes_spent")),
                Column("language", synonyms=("lang", "locale")),
            ),
        ),
        Contract(
            "events",
            "one row is one thing a user did",
            "occurred_at",
            (),
            (
                Column("user_id", required=True, synonyms=("customer_id", "household_id", "user", "entity_id"), holds="person"),
                Column("event", required=True, help="what was done", synonyms=("event_name", "action", "activity", "name")),
                Column("occurred_at", "time", required=True, synonyms=("timestamp", "time", "date", "event_time", "created_at")),
                Column("account_id", synonyms=("account",), holds="account"),
                Column("segment"),
                Column("plan"),
                Column("platform", synonyms=("device",)),
                Column("country", synonyms=("region",)),
                Column("value", "number", help="any measure of the event"),
                _amount("revenue", "what it earned", "amount", "sales_value"),
            ),
        ),
        Contract(
            "accounts",
            "one row is one subscription from start to end",
            "started_at",
            ("account_id", "started_at"),
            (
                Column("account_id", required=True, synonyms=("customer_id", "subscription_id", "id"), holds="account"),
                Column("plan", required=True, synonyms=("tier", "contract")),
                Column(
                    "mrr", "money", required=True, low=0, help="monthly recurring revenue", synonyms=("monthly_charges", "monthly_revenue")
                ),
                Column("started_at", "time", required=True, synonyms=("start_date", "signup_date", "created_at")),
                Column("ended_at", "time", help="empty while it runs", synonyms=("end_date", "churned_at", "cancelled_at")),
                Column("segment"),
                Column("country"),
                Column("seats", "integer", low=0),
                _amount("support_cost", "what its support cost, so far", "cost_to_serve"),
                Column("name", synonyms=("company",)),
            ),
            hidden_until=("ended_at",),
        ),
        Contract(
            "transitions",
            "one row is one move of one work item",
            "changed_at",
            ("item_id", "changed_at", "to_state"),
            (
                Column("item_id", required=True, synonyms=("issue", "key", "ticket", "case_id")),
                Column("from_state", help="empty for the first move; not needed: an item's state before a move is that of its move before", synonyms=("from",)),
                Column("to_state", required=True, synonyms=("to", "status", "state")),
                Column("changed_at", "time", required=True, synonyms=("timestamp", "time", "date")),
                Column("type", synonyms=("issue_type",)),
                Column("team", synonyms=("assignment_group", "squad")),
                Column("launch", help="the launch that the item is part of", synonyms=("epic", "fix_version", "milestone")),
            ),
        ),
        Contract(
            "deployments",
            "one row is one deployment to production",
            "deployed_at",
            ("deployment_id",),
            (
                Column("deployment_id", required=True, synonyms=("id", "build", "sha", "tag")),
                Column("deployed_at", "time", required=True, synonyms=("timestamp", "date", "finished_at", "created_at")),
                Column("committed_at", "time", help="when the first change in it was committed", synonyms=("first_commit_at",)),
                Column(
                    "failed", "integer", low=0, high=1, help="1 where it called for a fix, a patch or a roll-back", synonyms=("is_failure",)
                ),
                Column("recovered_at", "time", help="when service was restored after it failed", synonyms=("restored_at", "resolved_at")),
                Column("team", synonyms=("squad",)),
                Column("service", synonyms=("repository", "component", "application")),
                Column("launch", help="the launch that it is part of", synonyms=("epic", "fix_version", "milestone")),
            ),
            hidden_until=("recovered_at",),
        ),
        Contract(
            "launches",
            "one row is one dated event to mark on charts",
            "launched_on",
            ("name", "launched_on"),
            (
                Column("name", required=True, synonyms=("title", "release", "campaign_id", "version")),
                Column("launched_on", "date", required=True, synonyms=("date", "start_date", "released_on")),
                Column("kind", help="launch, incident, pricing or campaign; launch where empty", synonyms=("type", "campaign_type")),
                Column("ended_on", "date", synonyms=("end_date",)),
                Column("tier", "integer", low=1),
                Column("product", synonyms=("app",)),
                Column("segment"),
                Column("description", synonyms=("notes",), holds="words"),
            ),
            hidden_until=("ended_on",),
        ),
        Contract(
            "surveys",
            "one row is one answer of one respondent",
            "answered_at",
            ("respondent_id", "question", "answered_at"),
            (
                Column("respondent_id", required=True, synonyms=("user_id", "customer_id"), holds="person"),
                Column("question", required=True, help="nps, csat, ces, pmf or your own", synonyms=("metric", "survey")),
                Column("answered_at", "time", required=True, synonyms=("date", "timestamp", "created_at")),
                Column("score", "number", synonyms=("rating", "value")),
                Column("answer", help="a choice in words", holds="words"),
                Column("comment", holds="words"),
                Column("segment"),
                Column("product"),
                Column("wave", help="the round of the survey; found from the dates where there is none", synonyms=("round", "survey_wave")),
                Column("weight", "number", low=0, help="how many people the answer stands for", synonyms=("survey_weight",)),
            ),
            long=("question", "score", "answer"),
        ),
        Contract(
            "experiments",
            "one row is one measure of one unit in one experiment",
            "assigned_at",
            ("experiment", "user_id", "measure"),
            (
                Column("experiment", required=True, synonyms=("test", "experiment_name")),
                Column("user_id", required=True, help="what was assigned", synonyms=("unit_id", "userid", "account_id"), holds="person"),
                Column("variant", required=True, synonyms=("group", "version", "arm", "test_version")),
                Column("assigned_at", "time", required=True, synonyms=("exposed_at", "timestamp", "date")),
                Column("measure", required=True, help="what was measured", synonyms=("metric",)),
                Column("value", "number", help="missing counts as not measured, never as zero"),
                Column("before", "number", help="the same measure before the assignment, for CUPED", synonyms=("covariate", "pre_value")),
                Column("segment"),
            ),
            long=("measure", "value"),
        ),
        Contract(
            "goals",
            "one row is one goal",
            "start_on",
            ("goal",),
            (
                Column("goal", required=True, synonyms=("objective", "name")),
                Column("kpi", required=True, help="a KPI of kpis.yaml"),
                Column("start_on", "date", required=True, synonyms=("start_date",)),
                Column("due_on", "date", required=True, synonyms=("due_date", "end_date")),
                Column("start_value", "number"),
                Column("target", "number", required=True),
                Column("owner"),
            ),
        ),
    )
}


def contract(kind: str) -> Contract:
    """Look a kind of table up; unknown kinds are refused with the near miss."""
    if kind not in CONTRACTS:
        raise InputError(f'There is no kind of table "{kind}".{did_you_mean(kind, CONTRACTS)} The kinds are {", ".join(CONTRACTS)}.')
    return CONTRACTS[kind]
