"""What a KPI says of itself."""

import pytest

from prodops.errors import DefinitionError
from prodops.kpis import define, describe
from prodops.stamps import STAMP_MIME

BOOK = {
    "active": {
        "type": "simple",
        "title": "Active users",
        "description": "People who came.",
        "owner": "Growth",
        "table": "events",
        "agg": "count_distinct",
        "column": "user_id",
        "target": {"value": 1600, "on": "2025-12-31"},
    },
    "mau": {"type": "cumulative", "measure": "active", "window": 28},
    "stickiness": {"type": "ratio", "unit": "share", "numerator": "active", "denominator": "mau"},
    "growth": {
        "type": "derived",
        "expr": "stickiness / before",
        "inputs": {"stickiness": {}, "before": {"kpi": "stickiness", "offset": 1}},
    },
}


def test_a_kpi_in_words():
    """Meaning, version, facts and the KPIs it is made of; the display carries the fine print that a report keeps."""
    book = define(BOOK)
    told = describe(book, "active")
    assert str(told) == (
        f"Active users (active, version {book.version('active')})\n"
        "People who came. Counted as: number of different user_id in events.\n"
        "type simple; unit count; good is up; owner Growth; target 1,600 by 31 Dec 2025"
    )
    assert describe(book, "growth").made_of == ("stickiness", "active", "mau")
    assert "over the last 28 days, at the end of the period" in describe(book, "stickiness").text
    shown = told._repr_mimebundle_()
    assert shown[STAMP_MIME]["stamps"] == [told.definition.to_dict()]
    assert shown["text/markdown"].startswith("**Active users**: People who came")
    with pytest.raises(DefinitionError, match=r'has no KPI "activ"\. Did you mean "active"'):
        describe(book, "activ")


def test_a_kpi_in_sql_without_running_it(desk):
    """With a desk the queries are those that compute it, and none is run."""
    at = desk("2025-01-20", events=[{"user_id": "a", "event": "came", "occurred_at": "2025-01-06"}])
    told = describe(define(BOOK), "growth", desk=at)
    assert [name for name, _ in told.sql] == ["KPIs: events, occurred_at by week", "KPIs: events, occurred_at, running totals by week"]
    assert all(text.startswith(("WITH", "SELECT")) for _, text in told.sql)
    assert "```sql" in told._repr_mimebundle_()["text/markdown"]
    assert at.asked == []
