"""The planted story can be measured in the tables, by hand and without any room of the package."""

from datetime import date

import pytest

from prodops.samples import AS_OF, SHARES, STORY

PRICING, BOTTLENECK, LAUNCH, OUTAGE = STORY
TOLD = "feedback JOIN feedback_truth USING (id)"


def share(ask, condition: str, where: str) -> float:
    return ask(f"SELECT avg(({condition})::int) FROM {TOLD} WHERE {where}")[0][0]


def test_story_in_order():
    """The records name the four events with their dates, in the order they begin."""
    assert [(e.name, e.kind, e.first, e.last) for e in STORY] == [
        ("Team plan price change", "pricing", date(2025, 4, 7), None),
        ("Review queue", "bottleneck", date(2025, 6, 1), None),
        ("Guided onboarding", "launch", date(2025, 7, 7), None),
        ("Sync outage on iOS", "incident", date(2025, 10, 14), date(2025, 10, 24)),
    ]
    assert PRICING.effect("monthly_churn").ratio == pytest.approx(2)


def test_story_is_among_the_launches(ask):
    """The three events that readers can see coming are marked in the table of launches, with kind and dates."""
    told = ask("SELECT name, kind, launched_on, ended_on, segment FROM launches WHERE kind <> 'launch' OR tier = 1")
    for event in (PRICING, LAUNCH, OUTAGE):
        assert (event.name, event.kind, event.first, event.last, event.segment or None) in told


# ------------------------------------------------------------------------------------------------ launch
def test_launch_lifts_activation(ask):
    """Of those who sign up from 7 July 2025 on, about 44 % activate within 7 days; of those before, about 34 %."""
    rates = dict(
        ask("""
        WITH s AS (SELECT user_id, occurred_at AS at FROM events WHERE event = 'signed_up'),
             a AS (SELECT user_id, occurred_at AS at FROM events WHERE event = 'activated')
        SELECT s.at >= '2025-07-07', avg((a.at IS NOT NULL AND a.at < s.at + INTERVAL 7 DAY)::int)
        FROM s LEFT JOIN a USING (user_id) WHERE s.at < '2025-10-27' GROUP BY ALL""")
    )
    assert rates[False] == pytest.approx(0.34, abs=0.02)
    assert rates[True] == pytest.approx(0.44, abs=0.03)


def test_launch_lifts_onboarding_and_ease(ask):
    """More of the newly signed-up complete the onboarding, they find it easier, and fewer write that they are lost."""
    rates = dict(
        ask("""
        SELECT s.occurred_at >= '2025-07-07', avg((o.user_id IS NOT NULL)::int) FROM events s
        LEFT JOIN (SELECT user_id FROM events WHERE event = 'onboarding_completed') o USING (user_id)
        WHERE s.event = 'signed_up' AND s.occurred_at < '2025-10-27' GROUP BY ALL""")
    )
    assert rates[True] - rates[False] > 0.1
    ease = dict(ask("SELECT answered_at >= '2025-07-09', avg(score) FROM surveys WHERE question = 'ces' GROUP BY ALL"))
    assert ease[True] - ease[False] > 0.4
    lost = [share(ask, "theme = 'onboarding_confusion'", f"created_at {sign} '2025-07-07'") for sign in ("<", ">=")]
    assert lost[1] < 0.75 * lost[0]


def test_nobody_activates_late_or_twice(ask):
    """A user activates once at most and within 7 days of signing up."""
    assert ask("SELECT user_id FROM events WHERE event IN ('activated', 'signed_up') GROUP BY user_id, event HAVING count(*) > 1") == []
    assert ask("""
        SELECT count(*) FROM events a JOIN events s USING (user_id) WHERE a.event = 'activated' AND s.event = 'signed_up'
        AND a.occurred_at NOT BETWEEN s.occurred_at AND s.occurred_at + INTERVAL 7 DAY""") == [(0,)]


# ------------------------------------------------------------------------------------------------ pricing
def churn(ask) -> dict[tuple[str, bool], float]:
    """Of the subscriptions that run as a month begins, the share that ends within it, by plan, before and after 7 April 2025."""
    return {
        (plan, after): rate
        for plan, after, rate in ask("""
        WITH months AS (SELECT unnest(generate_series(TIMESTAMP '2024-06-01', TIMESTAMP '2025-10-01', INTERVAL 1 MONTH)) AS m)
        SELECT plan, m >= '2025-04-01', avg((ended_at IS NOT NULL AND ended_at < m + INTERVAL 1 MONTH)::int)
        FROM months, accounts WHERE started_at < m AND (ended_at IS NULL OR ended_at >= m) GROUP BY ALL""")
    }


def test_pricing_raises_churn_of_team(ask):
    """Monthly churn on team goes from about 2.5 % to about 5 % with the price change."""
    rates = churn(ask)
    assert rates["team", False] == pytest.approx(0.025, abs=0.005)
    assert rates["team", True] == pytest.approx(0.050, abs=0.007)


def test_pricing_leaves_the_other_plans(ask):
    """Churn on free and business stays as it was."""
    rates = churn(ask)
    assert rates["free", True] == pytest.approx(rates["free", False], abs=0.01)
    assert rates["business", True] == pytest.approx(rates["business", False], abs=0.006)


def test_pricing_is_the_price_of_new_subscriptions(ask):
    """A seat on team costs 9 EUR where the subscription started before 7 April 2025, 12 EUR from then on; business costs 19."""
    assert ask("SELECT DISTINCT plan, started_at >= '2025-04-07', mrr / seats FROM accounts WHERE plan <> 'free' ORDER BY ALL") == [
        ("business", False, 19.0),
        ("business", True, 19.0),
        ("team", False, 9.0),
        ("team", True, 12.0),
    ]


def test_pricing_is_talked_about(ask):
    """Feedback on prices jumps at once, then settles above its old share."""
    spans = ("created_at < '2025-04-07'", "created_at BETWEEN '2025-04-07' AND '2025-05-05'", "created_at >= '2025-07-01'")
    before, at_once, later = (share(ask, "theme = 'pricing'", f"({span}) AND segment <> 'enterprise'") for span in spans)
    assert at_once > 3 * before
    assert 1.5 * before < later < 0.6 * at_once


# ------------------------------------------------------------------------------------------------ outage
def weekly(ask, measure: str, where: str, first: str, last: str) -> float:
    """The mean per day of a measure of the events table over days from first to last."""
    days = (date.fromisoformat(last) - date.fromisoformat(first)).days + 1
    return ask(f"SELECT {measure} FROM events WHERE {where} AND occurred_at >= '{first}' AND occurred_at < DATE '{last}' + 1")[0][0] / days


def test_outage_stops_work_of_enterprise_on_ios(ask):
    """From 14 to 24 October enterprise users on iOS complete few tasks and are seldom active; the week after it is as before."""
    touched = "segment = 'enterprise' AND platform = 'ios'"
    tasks = "count(*) FILTER (WHERE event = 'task_completed')"
    before, during = (weekly(ask, tasks, touched, *span) for span in (("2025-09-30", "2025-10-10"), ("2025-10-14", "2025-10-24")))
    assert during < 0.2 * before
    assert weekly(ask, tasks, touched, "2025-10-27", "2025-10-31") > 0.9 * before
    days = "count(DISTINCT (user_id, occurred_at::date))"
    assert weekly(ask, days, touched, "2025-10-14", "2025-10-24") < 0.5 * weekly(ask, days, touched, "2025-09-30", "2025-10-10")


@pytest.mark.parametrize("where", ["segment = 'enterprise' AND platform <> 'ios'", "segment <> 'enterprise' AND platform = 'ios'"])
def test_outage_touches_nobody_else(ask, where):
    """Enterprise users on other platforms and other segments on iOS work on as usual."""
    tasks = "count(*) FILTER (WHERE event = 'task_completed')"
    before, during = (weekly(ask, tasks, where, *span) for span in (("2025-09-30", "2025-10-10"), ("2025-10-14", "2025-10-24")))
    assert during == pytest.approx(before, rel=0.15)


def test_outage_fails_to_sync(ask):
    """While it lasts, touched users log some three failed syncs on each day that they are active, otherwise hardly any."""
    rate = "1.0 * count(*) FILTER (WHERE event = 'sync_failed') / count(DISTINCT (user_id, occurred_at::date))"
    touched = "SELECT " + rate + " FROM events WHERE segment = 'enterprise' AND platform = 'ios' AND occurred_at {}"
    assert ask(touched.format("BETWEEN '2025-10-14' AND '2025-10-25'"))[0][0] == pytest.approx(3, abs=0.5)
    assert ask(touched.format("< '2025-10-14'"))[0][0] < 0.1


def test_outage_is_talked_about_in_enterprise(ask):
    """Enterprise's feedback on sync per week is at least eight times its usual, ebbs in the week after; elsewhere it hardly moves."""

    def per_day(where: str, first: str, last: str) -> float:
        return ask(f"""SELECT count(*) / (DATE '{last}' - DATE '{first}') FROM {TOLD}
            WHERE theme = 'sync_data_loss' AND {where} AND created_at >= '{first}' AND created_at < '{last}'""")[0][0]

    spans = (("2025-07-14", "2025-10-13"), ("2025-10-14", "2025-10-25"), ("2025-10-27", "2025-11-03"))
    usual, during, after = (per_day("segment = 'enterprise'", *span) for span in spans)
    assert during > 8 * usual
    assert 2 * usual < after < 0.7 * during
    assert per_day("segment <> 'enterprise'", *spans[1]) < 2 * per_day("segment <> 'enterprise'", *spans[0])


def test_outage_lowers_nps_of_enterprise(ask):
    """NPS of enterprise falls by more than 20 points in the October wave; that of self-serve does not."""

    def nps(segment: str, where: str) -> float:
        return ask(f"""SELECT 100 * (avg((score >= 9)::int) - avg((score <= 6)::int)) FROM surveys
            WHERE question = 'nps' AND segment = '{segment}' AND {where}""")[0][0]

    wave, before = ("answered_at BETWEEN '2025-10-14' AND '2025-10-28'", "answered_at BETWEEN '2025-06-01' AND '2025-10-13'")
    assert nps("enterprise", wave) < nps("enterprise", before) - 20
    assert abs(nps("self-serve", wave) - nps("self-serve", before)) < 12


# ------------------------------------------------------------------------------------------------ bottleneck
def test_review_is_the_bottleneck(ask):
    """Items wait in Review for days, about twice as long from June 2025 on; the median in every other state is under one day."""
    waits = {
        (state, late): days
        for state, late, days in ask("""
        WITH visits AS (
          SELECT to_state, changed_at, lead(changed_at) OVER (PARTITION BY item_id ORDER BY changed_at) AS left_at FROM transitions)
        SELECT to_state, changed_at >= '2025-06-01', median(epoch(left_at - changed_at)) / 86400
        FROM visits WHERE left_at IS NOT NULL GROUP BY ALL""")
    }
    assert waits["Review", False] == pytest.approx(3, abs=0.7)
    assert waits["Review", True] == pytest.approx(2 * waits["Review", False], rel=0.25)
    assert max(days for (state, _), days in waits.items() if state != "Review") < 1


# ------------------------------------------------------------------------------------------------ deployments
def test_deployments_fail_after_the_redesign_and_in_the_outage(ask):
    """About 8 % of the deployments fail, and three times as many and more in the weeks after the redesign and during the outage."""
    redesign, outage = ("deployed_at BETWEEN '2025-03-17' AND '2025-04-07'", "deployed_at BETWEEN '2025-10-13' AND '2025-10-25'")
    shares = [
        ask(f"SELECT avg(failed) FROM deployments WHERE {where}")[0][0] for where in (f"NOT ({redesign} OR {outage})", redesign, outage)
    ]
    assert shares[0] == pytest.approx(0.08, abs=0.03)
    assert min(shares[1:]) > 0.2
    hours = "SELECT median(epoch(recovered_at - deployed_at)) / 3600 FROM deployments WHERE failed = 1 AND "
    assert ask(hours + outage)[0][0] > 2 * ask(hours + f"NOT ({outage})")[0][0]


# ------------------------------------------------------------------------------------------------ all else is steady
@pytest.mark.parametrize("theme", [t for t in SHARES if t not in {"sync_data_loss", "pricing", "onboarding_confusion"}])
def test_other_themes_keep_their_share(ask, theme):
    """A theme outside the story has the same share of the feedback, apart from the story's themes, in each half year."""
    shares = [
        row[0]
        for row in ask(f"""
        SELECT avg((theme = '{theme}')::int) FROM {TOLD} WHERE theme NOT IN ('sync_data_loss', 'pricing', 'onboarding_confusion')
        GROUP BY date_diff('day', TIMESTAMP '2024-05-06', created_at) // 183""")
    ]
    assert len(shares) == 3
    assert max(shares) < 1.3 * min(shares)


def test_use_grows_with_a_weeks_rhythm_and_a_quiet_christmas(ask):
    """Weekly active users grow gently, weekends are quiet, and so is Christmas week."""
    by_week = ask("SELECT date_trunc('week', occurred_at), count(DISTINCT user_id) FROM events GROUP BY 1 ORDER BY 1")
    weeks = [users for _, users in by_week]
    assert len(weeks) == 78
    assert 1.2 < (sum(weeks[-6:]) / 6) / (sum(weeks[:6]) / 6) < 1.8
    assert weeks[33] < 0.8 * weeks[31]  # 23 December 2024
    by_day = dict(ask("SELECT isodow(occurred_at), count(*) FROM events GROUP BY ALL"))
    assert max(by_day[6], by_day[7]) < 0.3 * min(by_day[d] for d in range(1, 6))


def test_ratings_follow_the_mood_of_the_theme(ask):
    """Praise gets more than four stars, lost data and wrong bills fewer than 2.3, wishes lie between."""
    stars = dict(ask(f"SELECT theme, avg(rating) FROM {TOLD} GROUP BY ALL"))
    assert min(stars["support_praise"], stars["product_love"]) > 4
    assert max(stars["sync_data_loss"], stars["billing_invoices"], stars["pricing"]) < 2.3
    assert 3 < stars["dark_mode"] < 4


def test_goals_are_open_on_the_last_day(ask):
    """Each goal has begun and is not yet due, and aims away from where it started."""
    assert ask("SELECT count(*) FROM goals WHERE start_on < '2025-11-03' AND due_on > '2025-11-03' AND target <> start_value") == [(5,)]
    assert AS_OF.date() == date(2025, 11, 3)


# ------------------------------------------------------------------------------------------------ experiments
def test_new_boards_bring_more_tasks(ask):
    """Held beside the tasks of the four weeks before, users with the new boards complete about 8 % more than those with the old ones."""
    rows = "SELECT value, before, (variant = 'new boards')::int AS treated FROM experiments WHERE experiment = 'Faster boards'"
    slope = ask(f"SELECT regr_slope(value, before) FROM ({rows})")[0][0]
    old, new = (ask(f"SELECT avg(value - {slope} * before) FROM ({rows}) WHERE treated = {n}")[0][0] for n in (0, 1))
    usual = ask(f"SELECT avg(value) FROM ({rows}) WHERE treated = 0")[0][0]
    assert 0.03 < (new - old) / usual < 0.13


def test_experiments_measure_what_the_events_say(ask):
    """Who counts as activated in the mail's test has activated, and tasks are those completed in the four weeks; variants are even."""
    assert (
        ask("""SELECT count(*) FROM experiments x LEFT JOIN (SELECT DISTINCT user_id FROM events WHERE event = 'activated') a USING (user_id)
        WHERE measure = 'activation_rate' AND (a.user_id IS NOT NULL) <> (value = 1)""")[0][0]
        <= 3
    )  # accounts that closed in between
    tasks = """SELECT user_id, count(*) AS n FROM events WHERE event = 'task_completed'
        AND occurred_at >= '2025-09-01' AND occurred_at < '2025-09-29' GROUP BY user_id"""
    assert ask(
        f"SELECT max(abs(coalesce(n, 0) - value)) FROM experiments LEFT JOIN ({tasks}) USING (user_id) WHERE experiment = 'Faster boards'"
    ) == [(0,)]
    sizes = [n for (n,) in ask("SELECT count(*) FROM experiments GROUP BY experiment, variant ORDER BY experiment, variant")]
    assert abs(sizes[0] - sizes[1]) < 60
    assert abs(sizes[2] - sizes[3]) < 120
