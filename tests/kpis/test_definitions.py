import pytest

from prodops.errors import DefinitionError
from prodops.kpis import define
from prodops.kpis.filters import Condition

ACTIVE = {"type": "simple", "table": "events", "agg": "count_distinct", "column": "user_id", "where": {"event": "session_started"}}
ORDERS = {"type": "simple", "table": "events", "agg": "count"}


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (
            {"type": "simpel"},
            'KPI "bad": there is no type "simpel". Did you mean "simple"? The types are simple, ratio, derived, cumulative, conversion.',
        ),
        ({"table": "events"}, 'KPI "bad": the key "type" is missing. The types are simple, ratio, derived, cumulative, conversion.'),
        ("text", 'KPI "bad": expected keys such as type, table and agg, found "text".'),
        (ORDERS | {"table": "event"}, 'key "table": "event" is not a kind of table. Did you mean "events"?'),
        (ORDERS | {"agg": "cuont"}, 'key "agg": "cuont" is not an aggregate. Did you mean "count"?'),
        (ORDERS | {"agg": "p100"}, 'key "agg": "p100" is not an aggregate.'),
        (ORDERS | {"agg": "sum"}, "sum needs a column."),
        (ORDERS | {"agg": "sum", "column": "event"}, '"event" of events is text, not a number.'),
        (ORDERS | {"time": "event"}, '"event" of events is text, not a time.'),
        (ORDERS | {"at": "end"}, "at works on tables of spells (accounts, visits), and events is not one."),
        (ORDERS | {"table": "accounts", "at": "end", "time": "ended_at"}, "give either at"),
        (ORDERS | {"titel": "x"}, 'key "titel": there is no such key. Did you mean "title"? The keys are title, description,'),
        (ORDERS | {"unit": "procent"}, 'key "unit": "procent" is not a unit (nor a currency such as EUR).'),
        (ORDERS | {"good": "upp"}, "key \"good\": Input should be 'up', 'down' or 'range' (found \"upp\")."),
        (ORDERS | {"grain": "weak"}, 'key "grain": Input should be'),
        (
            ORDERS | {"where": {"event": None}},
            '"event" is compared with "None", which is not one value; to test for missing values write {is_null: true}.',
        ),
        (ORDERS | {"where": {"event": {"=": "x"}}}, '"=" is not an operator of the filter on "event".'),
        (ORDERS | {"where": {"event": {"in": "x"}}}, 'in of "event" needs a list of values, not "x".'),
        (ORDERS | {"where": {"event": []}}, 'in of "event" needs a list of values'),
        (ORDERS | {"where": {"event": {"is_null": "yes"}}}, 'is_null of "event" is true or false, not "yes".'),
        (ORDERS | {"where": {"event": {}}}, 'the filter on "event" is empty.'),
        (ORDERS | {"where": "event = 'x'"}, "a filter is a mapping of columns to values"),
        (ORDERS | {"target": {"value": 3}}, 'key "target.on": this key is missing.'),
        (ORDERS | {"target": {"value": 3, "on": "soon"}}, 'key "target.on"'),
        (ORDERS | {"target": {"value": float("inf"), "on": "2025-12-31"}}, 'key "target.value": Input should be a finite number'),
        (ORDERS | {"target": {"on": "2025-12-31"}}, "a target has a value, or a low and a high."),
        (ORDERS | {"good": "range", "target": {"value": 3, "on": "2025-12-31"}}, "good: range goes with a target of low and high"),
        (
            {"type": "ratio", "numerator": "activ", "denominator": "active"},
            'key "numerator": there is no KPI "activ". Did you mean "active"?',
        ),
        (
            {"type": "ratio", "numerator": {"table": "events", "ag": "count"}, "denominator": "active"},
            'key "numerator.ag": there is no such key. Did you mean "agg"? The keys are table, where, time, agg, column, at.',
        ),
        (
            {"type": "ratio", "numerator": "bad", "denominator": "active"},
            '"bad" is ratio; a ratio KPI is built on simple and cumulative ones.',
        ),
        ({"type": "derived", "expr": "activ * 2"}, 'key "expr": there is no KPI "activ". Did you mean "active"?'),
        ({"type": "derived", "expr": "2 * 2"}, 'the expression "2 * 2" uses no KPI.'),
        ({"type": "derived", "expr": "a / b", "inputs": {"a": "active"}}, '"b" is not among the inputs.'),
        ({"type": "derived", "expr": "a * 2", "inputs": {"a": "active", "c": "active"}}, '"c" is not used in the expression.'),
        (
            {"type": "derived", "expr": "a * 2", "inputs": {"a": {"kpi": "active", "ofset": 1}}},
            'key "inputs.a.ofset": there is no such key. Did you mean "offset"?',
        ),
        ({"type": "derived", "expr": "active * 2", "inputs": 3}, "inputs are a list of KPI names, or a mapping"),
        (
            {"type": "derived", "expr": "b", "inputs": {"b": {"kpi": "active", "offset": {"n": 200, "grain": "year"}}}},
            "200 years are more than",
        ),
        ({"type": "conversion", "base": "active", "conversion": "active", "entity": "user_id", "window": 0}, 'key "window.n"'),
        (
            {"type": "conversion", "base": "active", "conversion": "active", "entity": "user_id", "window": 7, "calculation": "sum"},
            "key \"calculation\": Input should be 'rate' or 'count'",
        ),
        ({"type": "cumulative", "measure": "activ", "window": 28}, 'key "measure": there is no KPI "activ". Did you mean "active"?'),
        ({"type": "cumulative", "measur": "active"}, 'key "measur": there is no such key. Did you mean "measure"?'),
        (
            {"type": "cumulative", "measure": {"table": "events", "ag": "count"}},
            'key "measure.ag": there is no such key. Did you mean "agg"?',
        ),
        ({"type": "cumulative", "measure": "bad"}, '"bad" is cumulative; a cumulative KPI is built on simple ones.'),
        (
            {"type": "cumulative", "measure": "active", "window": {"n": 28, "gran": "day"}},
            'key "window.gran": there is no such key. Did you mean',
        ),
        ({"type": "cumulative", "measure": "active", "window": 7, "grain_to_date": "month"}, "give either window (the last n days) or"),
        (
            {"type": "cumulative", "measure": "active", "period_agg": "lst"},
            "key \"period_agg\": Input should be 'first', 'last' or 'average'",
        ),
        ({"type": "cumulative", "measure": {"table": "accounts", "agg": "count", "at": "end"}}, "does not add up over days"),
    ],
)
def test_a_mistake_is_named_with_file_kpi_key_and_near_miss(body, message):
    """Every mistake is refused in one line that says where it is, what is wrong and what is meant."""
    with pytest.raises(DefinitionError) as fault:
        define({"active": ACTIVE, "bad": body}, file="my/kpis.yaml")
    text = str(fault.value)
    assert message in text
    assert text.startswith('my/kpis.yaml, KPI "bad"')
    assert "\n" not in text


@pytest.mark.parametrize("mapping", [{}, None, [], "kpis"])
def test_a_file_without_kpis_is_refused(mapping):
    """A file that defines nothing says what to write."""
    with pytest.raises(DefinitionError, match="defines no KPI; write name: "):
        define(mapping)


@pytest.mark.parametrize("name", ["Active", "a-b", "1st", "class", "", "a" * 61])
def test_names_are_plain_identifiers(name):
    """A name can stand in an expression, so it is one."""
    with pytest.raises(DefinitionError, match="lower-case letters"):
        define({name: ORDERS})


def test_a_circle_of_definitions_is_shown():
    """Derived KPIs that lead back to themselves are refused, with the way round."""
    with pytest.raises(DefinitionError, match="go round in a circle: a → b → c → a"):
        define(
            {
                "a": {"type": "derived", "expr": "b + 1"},
                "b": {"type": "derived", "expr": "c + 1"},
                "c": {"type": "derived", "expr": "a + 1"},
            }
        )


def test_the_book_keeps_order_and_knows_its_tables():
    """A book lists its KPIs as the file does, and the tables they read, visits by the table they come from."""
    book = define(
        {
            "wait": {"type": "simple", "table": "visits", "agg": "median", "column": "days", "where": {"state": "Review"}},
            "active": ACTIVE,
            "per_active": {"type": "ratio", "numerator": {"table": "feedback", "agg": "count"}, "denominator": "active"},
            "double": {"type": "derived", "expr": "2 * per_active"},
        }
    )
    assert book.order == ("wait", "active", "per_active", "double")
    assert book.needs == ("events", "feedback", "transitions")
    assert book.tables("double") == ("events", "feedback")
    assert book.missing({"events"}.__contains__) == {
        "wait": "the workspace has no transitions",
        "per_active": "the workspace has no feedback",
        "double": "the workspace has no feedback",
    }
    with pytest.raises(DefinitionError, match=r'has no KPI "activ"\. Did you mean "active"\?'):
        book["activ"]


def test_a_filter_reads_values_lists_and_operators():
    """One value means equal, a list means any of them, a mapping names its operators; the order in the file does not matter."""
    measure = define({"k": ORDERS | {"where": {"plan": ["team", "business"], "value": {">=": 2, "<": 9}, "event": "x"}}})["k"]
    assert measure.where == (
        Condition(column="event", op="==", value="x"),
        Condition(column="plan", op="in", value=("team", "business")),
        Condition(column="value", op="<", value=9),
        Condition(column="value", op=">=", value=2),
    )


def test_the_version_follows_what_is_computed_and_nothing_else():
    """Titles, owners and targets may change; a filter, or the filter of an input, changes the version. The hash is the same every time."""

    def book(title="Active", event="session_started"):
        return define(
            {
                "active": ACTIVE | {"title": title, "where": {"event": event}},
                "rate": {"type": "ratio", "numerator": {"table": "feedback", "agg": "count"}, "denominator": "active"},
            }
        )

    plain = book()
    assert plain.version("active") == "c7776f8164"
    assert [plain.version(n) for n in plain.order] == [book(title="Aktiv").version(n) for n in plain.order]
    assert all(plain.version(n) != book(event="login").version(n) for n in plain.order)


def test_definitions_say_how_each_number_is_counted():
    """The fine print has each KPI's description, how it is counted, and its version."""
    book = define(
        {
            "active": ACTIVE | {"title": "Active users", "description": "People who came."},
            "mrr": {
                "type": "simple",
                "table": "accounts",
                "agg": "sum",
                "column": "mrr",
                "at": "end",
                "title": "MRR",
                "where": {"mrr": {">": 0}},
            },
            "churn": {
                "type": "ratio",
                "unit": "share",
                "grain": "month",
                "numerator": {"table": "accounts", "agg": "count", "time": "ended_at", "where": {"churned": True}},
                "denominator": {"table": "accounts", "agg": "count", "at": "start"},
            },
            "growth": {
                "type": "derived",
                "expr": "now / before - 1",
                "inputs": {"now": "mrr", "before": {"kpi": "mrr", "offset": {"n": 2, "grain": "month"}}},
            },
            "activation": {
                "type": "conversion",
                "base": {"table": "events", "where": {"event": "signed_up"}},
                "conversion": "active",
                "entity": "user_id",
                "window": {"n": 1, "grain": "week"},
            },
        }
    )
    assert [d.text for d in book.definitions()] == [
        "People who came. Counted as: number of different user_id in events where event is session_started.",
        "Sum of mrr in accounts running at the period's end where mrr is above 0.",
        "Number of rows in accounts where churned is true by ended_at ÷ number of rows in accounts running at the period's start, each over the whole "
        "period and slice first, then divided. By month or coarser, where it is the rate of that whole period.",
        "Now / before - 1, where now is MRR (sum of mrr in accounts running at the period's end where mrr is above 0); before is MRR 2 months earlier "
        "(sum of mrr in accounts running at the period's end where mrr is above 0).",
        "Share of user_id in events where event is signed_up in the period, whose first such row was followed by one in events where event is "
        "session_started within 7 days; missing until those days have passed for the whole period.",
    ]
    assert book.definitions(["mrr"])[0].name == "MRR"
    assert book.definitions(["mrr"])[0].version == book.version("mrr")


def test_more_kpis_than_anybody_acts_on_are_refused_in_one_line():
    """Ten thousand would be computed for hours; the file, the number and the limit are said at once."""
    with pytest.raises(DefinitionError, match=r"^params/kpis.yaml defines 10,000 KPIs; a review holds 500 at most"):
        define({f"k{n}": {"type": "simple", "table": "events", "agg": "count"} for n in range(10_000)})
