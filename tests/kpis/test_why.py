"""Where a review's changes sit: what each slice brought, the way down, and data that is awkward."""

from datetime import date, timedelta

import ibis
import numpy as np
import pandas as pd
import pytest
from kpi_failures import AS_OF, FAILED

from prodops.kpis import define, review
from prodops.kpis.drivers.crossing import Crossing, read_crossings, values_of
from prodops.kpis.drivers.why import change_of, slices_behind, tell, way_down
from prodops.workspace import Period

BOOK = define(
    {
        "failed": FAILED,
        "events": {"type": "simple", "title": "Events", "table": "events", "agg": "count"},
        "answers": {"type": "simple", "title": "Answers", "table": "surveys", "agg": "mean", "column": "score"},
    }
)


def crossing(rows, *, adds_up=False):
    """Cells by segment and platform: ``(segment, platform, top, bottom)`` of one week."""
    frame = pd.DataFrame(rows, columns=["segment", "platform", "top", "bottom"]).assign(period_start=pd.Timestamp("2025-01-06"))
    return Crossing("failed", ("segment", "platform"), frame, adds_up)


def change(before, after, **options):
    leaves = [crossing(rows, **options) for rows in (before, after)]
    sides = [leaf.over([date(2025, 1, 6)]) for leaf in leaves]
    levels = [s["top"].sum() / (1 if options.get("adds_up") else s["bottom"].sum()) for s in sides]
    return change_of(leaves[0], sides[0], sides[1], (levels[0], levels[1]))


def test_what_each_cell_brought_by_hand():
    """Rates 10 % → 30 % in a half that stays a half bring 10 points; slices add up however they are cut."""
    got = change(
        [("a", "ios", 5, 50), ("b", "ios", 5, 50), ("a", "web", 5, 50), ("b", "web", 5, 50)],
        [("a", "ios", 25, 50), ("b", "ios", 5, 50), ("a", "web", 5, 50), ("b", "web", 5, 50)],
    )
    assert got.value == pytest.approx(0.1)
    assert got.of({"segment": "a", "platform": "ios"}) == pytest.approx(0.1)
    assert got.of({"segment": "b"}) == pytest.approx(0)
    assert got.of({"platform": "ios"}) + got.of({"platform": "web"}) == pytest.approx(got.value)
    assert got.levels({"segment": "a"}) == pytest.approx((0.1, 0.3))
    assert got.size({"segment": "a"}) == 0.5


def test_a_mix_is_told_from_a_rate():
    """Where rates stay and a bad half grows, it brings what it adds to the mean, and the shrinking good half as much."""
    got = change([("a", "ios", 5, 50), ("b", "ios", 25, 50)], [("a", "ios", 2.5, 25), ("b", "ios", 37.5, 75)])
    assert got.of({"segment": "b"}) == pytest.approx(0.25 * (0.5 - 0.35))
    assert got.of({"segment": "a"}) == pytest.approx(-0.25 * (0.1 - 0.35))


def test_the_way_down_goes_by_what_holds_most():
    """All of the rise is in b on web, and all of web's rise is b's, while a fell: web comes first only where it holds more."""
    got = change(
        [("a", "web", 5, 50), ("b", "web", 5, 50), ("b", "ios", 5, 50)], [("a", "web", 0, 50), ("b", "web", 30, 50), ("b", "ios", 5, 50)]
    )
    where = {"segment": "b", "platform": "web"}
    assert way_down(got, where) == [{"segment": "b"}, where]
    why = tell(BOOK["failed"], "EUR", got, [where], ("expected", "the week of 20 Oct"), "country (10,000 values)")
    assert why.sentence == (
        "Of the +13\u00a0pts over all, segment b brought +17\u00a0pts, and within it platform web +17\u00a0pts. Not looked into: country (10,000 values)."
    )
    assert (why.accent, why.title) == ("b on web", "b on web brought +17\u00a0pts, all else −3.3\u00a0pts")
    assert why.frame["part"].tolist() == ["b on web", "a on web", "b on ios"]
    assert why.frame["contribution"].sum() == pytest.approx(why.after - why.before, abs=1e-12)
    assert why.subtitle == "What each segment and platform brought to Failed from expected to the week of 20 Oct, in percentage points"


def test_a_change_in_every_slice_sits_in_none():
    """Where all cells rose alike no slice is named, and the first dimension is shown."""
    rng = np.random.default_rng(2)
    cells = [(s, p) for s in "abcd" for p in ("ios", "web", "android")]
    got = change([(s, p, rng.binomial(200, 0.2), 200) for s, p in cells], [(s, p, rng.binomial(200, 0.3), 200) for s, p in cells])
    assert slices_behind(got) == ()
    why = tell(BOOK["failed"], "EUR", got, (), ("expected", "the week of 20 Oct"))
    assert (why.title, why.sentence, why.accent) == ("The change is spread over all slices", "No slice stands out.", None)
    assert sorted(why.frame["part"]) == list("abcd")


def test_slices_on_one_side_and_without_a_denominator():
    """A slice that came in and one with a top but no bottom are counted; a slice that is nowhere has no number of its own."""
    got = change([("a", "ios", 5, 50), ("b", "ios", 1, 0)], [("a", "ios", 5, 50), ("b", "ios", 1, 0), ("c", "ios", 25, 50)])
    assert got.cells["contribution"].sum() == pytest.approx(got.value)
    assert np.isnan(got.levels({"segment": "b"})).all()
    assert np.isnan(got.levels({"segment": "c"})[0])
    assert slices_behind(change([("a", "ios", 5, -50), ("b", "ios", 1, 60)], [("a", "ios", 5, -50), ("b", "ios", 9, 60)])) == ()


def test_counts_are_their_own_contributions():
    """Of what adds up each cell brought its own change; what is expected is scaled to the whole's expectation."""
    leaves = crossing([("a", "ios", 60, 0), ("b", "ios", 40, 0)], adds_up=True)
    after = crossing([("a", "ios", 60, 0), ("b", "ios", 10, 0)], adds_up=True)
    week = [date(2025, 1, 6)]
    got = change_of(leaves, leaves.over(week), after.over(week), (110.0, 70.0))
    assert got.of({"segment": "b"}) == pytest.approx(10 - 44)
    assert got.of({"segment": "a"}) == pytest.approx(60 - 66)


# ------------------------------------------------------------------------------------------------------ in the review
def events(failing, *, weeks=40):
    """160 events a week in four cells, a twentieth failed; where ``failing(cell, back)`` half of them did."""
    for back in range(weeks, 0, -1):
        for n in range(160):
            cell = ("team" if n % 2 else "free", "ios" if n % 4 < 2 else "web")
            i = n // 4
            is_failed = i % 2 == 0 if failing(cell, back) else (i + back) % 20 == 0
            yield {
                "user_id": f"u{n}",
                "event": "failed" if is_failed else "done",
                "plan": cell[0],
                "platform": cell[1],
                "occurred_at": AS_OF - timedelta(weeks=back) + timedelta(minutes=n),
            }


def bad_week(cell, back):
    return cell == ("team", "ios") and back == 2


def test_a_move_is_told_with_the_way_down_to_its_slice(desk):
    """One of four cells failed for a week: the finding names it, the way to it, and its chapter draws what each cell brought."""
    page = review(desk(AS_OF.isoformat(), events=list(events(bad_week))), BOOK)
    (move,) = [m for m in page.news.moves if m.kpi == "failed"]
    told = (move.place.dimension, move.place.slice) if move.place else (move.dimension, move.slice)
    assert told == ("plan · platform", "team · ios")
    first = next(f for f in page.findings() if f.name == "kpi.failed.move")
    assert "and within it" in first.sentence
    why = next(c for c in page.chapters() if c.finding == first).why
    assert why.accent == why.frame["part"].iloc[0] == "team on ios"
    assert why.frame["contribution"].sum() == pytest.approx(why.after - why.before, abs=1e-9)
    assert why.after_label == "the week of 20 Oct"


def test_too_many_values_are_left_out_and_said(desk):
    """A dimension of 2,000 values is neither computed nor searched, and the finding says so; one without any value is not there."""
    wide = [{**e, "country": f"c{i % 2000}", "channel": ""} for i, e in enumerate(events(bad_week))]
    at = desk(AS_OF.isoformat(), events=wide)
    page = review(at, BOOK)
    assert "Not looked into: country (2,000 values)." in page.news.whys[next(iter(page.news.whys))].sentence
    assert "country" not in set(page.frames["week"]["dimension"])


def test_a_slice_of_one_row_and_a_kpi_without_dimensions(desk):
    """A plan seen once breaks nothing; where no table has a dimension the move is told of the whole, without a why."""
    odd = [{**next(events(bad_week)), "plan": "solo", "platform": ""}]
    page = review(desk(AS_OF.isoformat(), events=[*events(bad_week), *odd]), BOOK)
    assert page.news.whys
    flat = [{k: e[k] for k in ("user_id", "event", "occurred_at")} for e in events(bad_week)]
    plain = review(desk(AS_OF.isoformat(), events=flat), BOOK)
    assert [(m.kpi, m.slice, m.place) for m in plain.news.moves] == [("failed", "", None)]
    assert plain.news.whys == {}
    assert plain.chapters()[0].why is None


def test_holidays_and_what_moved_with_it_are_candidates(desk):
    """With a country its holidays stand in the calendar; series handed in are named where they left their range in that week."""
    unity = lambda cell, back: cell == ("team", "ios") and back == 5  # noqa: E731 - the week of 29 September
    starts = pd.to_datetime([AS_OF - timedelta(weeks=back) for back in range(30, 0, -1)])
    beside = pd.concat(
        [
            pd.DataFrame({"name": "sync", "period_start": starts, "value": [5 + i % 3 + 40 * (i == 25) for i in range(30)]}),
            pd.DataFrame({"name": "praise", "period_start": starts, "value": [5 + i % 3 for i in range(30)]}),
        ]
    )
    at = desk(AS_OF.isoformat(), {"country": "DE"}, events=list(events(unity)))
    first = next(f for f in review(at, BOOK, beside=beside).findings() if f.name == "kpi.failed.move")
    assert "At the same time: German Unity Day (3 Oct)." in first.sentence
    assert "Moved with it: sync (46, 6 expected)." in first.sentence
    assert "praise" not in first.sentence


def test_the_questions_compile_for_every_engine(desk, monkeypatch):
    """The values of dimensions are counted, and the cells of all KPIs that moved are read at once, in verbs that PostgreSQL and Spark have."""
    at = desk(AS_OF.isoformat(), events=list(events(bad_week, weeks=3)))
    tables, asked, read = {"events": at.table("events")}, [], at.read
    monkeypatch.setattr(at, "read", lambda expr, *, name: (asked.append((name, expr)), read(expr, name=name))[1])
    assert values_of(at, tables, ["plan", "platform"]) == {"plan": 2, "platform": 2}
    week = Period(date(2025, 10, 20), date(2025, 10, 27))
    found = read_crossings(at, BOOK, "week", [week], ["failed", "events"], {"plan": 2, "platform": 2})
    assert {name: crossed.dims for name, crossed in found.items()} == dict.fromkeys(["failed", "events"], ("plan", "platform"))
    assert [name for name, _ in asked] == [
        "KPIs: values of each dimension",
        "KPIs: first and last rows",
        "KPIs: events, occurred_at by week",
    ]
    for dialect in ("postgres", "pyspark"):
        assert all("SELECT" in ibis.to_sql(expr, dialect=dialect) for _, expr in asked)


def test_a_number_that_no_slices_make_up_is_told_by_its_inputs(desk):
    """Feedback per 1,000 users goes from 20 of 100 to 60 of 80: 40 more at the mean of 1/100 and 1/80 are +450, and 40 on average over 80
    rather than 100 are +100."""
    weeks = [AS_OF - timedelta(weeks=back) for back in range(60, 0, -1)]
    numbers = [(20 + at % 3 * 2, 100 + at % 2 * 4) for at in range(58)] + [(20, 100), (60, 80)]
    people = [
        {"user_id": f"u{i}", "event": "open", "occurred_at": day} for day, (_, n) in zip(weeks, numbers, strict=True) for i in range(n)
    ]
    said = [{"id": f"{day}{i}", "text": "hm", "created_at": day} for day, (n, _) in zip(weeks, numbers, strict=True) for i in range(n)]
    book = define(
        {
            "said": {"type": "simple", "title": "Feedback", "table": "feedback", "agg": "count", "hidden": True},
            "users": {"type": "simple", "title": "Users", "table": "events", "agg": "count_distinct", "column": "user_id", "hidden": True},
            "rate": {"type": "derived", "title": "Feedback rate", "unit": "per_1000", "good": "down", "expr": "1000 * said / users"},
        }
    )
    found = review(desk(str(AS_OF), events=people, feedback=said), book)
    why = found.news.whys[("rate", "", "")]
    assert why.frame.set_index("part")["contribution"].to_dict() == pytest.approx({"Feedback": 450, "Users": 100})
    assert (why.before, why.after, why.slices, why.accent) == (200, 750, (), "Feedback")
    assert why.title.startswith("Feedback brought +450")
    sentence = next(f.sentence for f in found.findings() if f.name == "kpi.rate.move")
    assert f" {why.sentence}" in sentence
    assert why.sentence.startswith("Against the week of 20 Oct: Feedback rate rose from 200 ")
    assert "by Feedback, +100" in why.sentence
