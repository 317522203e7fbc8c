"""Every variant can be asked of every engine: its query compiles for PostgreSQL and Spark, and asks none of DuckDB's own words."""

import pytest

from prodops.kpis import (
    ActivesSpec,
    LifecycleSpec,
    RetentionSpec,
    Step,
    StickinessSpec,
    actives,
    lifecycle,
    retention,
    retention_repeats,
    stickiness,
)

STEP = Step("open", {"platform": ["ios", "web"]})
QUESTIONS = [
    *((retention, RetentionSpec(grain=grain)) for grain in ("hour", "day", "week", "month", "quarter", "year")),
    (retention, RetentionSpec(start=STEP, returning="pay", cohorts="first_time", week_start="sunday")),
    (retention, RetentionSpec(counts="on_or_after", times=2, by="platform")),
    *((retention, RetentionSpec(windows="rolling", grain=grain, cohorts="first_time")) for grain in ("hour", "day", "week")),
    (retention, RetentionSpec(windows="rolling", counts="on_or_after", by="platform", by_value="first")),
    (retention_repeats, RetentionSpec(grain="day", counts="on_or_after", by="platform")),
    (retention_repeats, RetentionSpec(grain="day", windows="rolling")),
    (lifecycle, LifecycleSpec(event=STEP)),
    (lifecycle, LifecycleSpec(grain="day", periods=90, by="platform")),
    (lifecycle, LifecycleSpec(grain="month", by="platform", by_value="each")),
    (stickiness, StickinessSpec(event=STEP, by="platform")),
    (actives, ActivesSpec(by="platform")),
]


@pytest.mark.parametrize(("verb", "spec"), QUESTIONS, ids=lambda part: getattr(part, "variant", getattr(part, "__name__", "")))
def test_every_question_compiles_for_every_engine(portable, events, verb, spec):
    """What is asked through a desk is plain Ibis; the answer has rows."""
    desk = portable(
        "2026-01-01",
        events=events(
            "ann open 2025-12-31T20:30 ios", "tab open 2025-12-31T21:30 ios", "cat open 2025-12-24 ios", "bob pay 2025-12-28 web"
        ),
    )
    assert len(verb(desk.table("events"), spec, identities={"tab": "ann"}, desk=desk))
    assert len(desk.compiled) == 2 * {"": 1}.get(spec.by or "", 2) + 2 * (verb is actives)
