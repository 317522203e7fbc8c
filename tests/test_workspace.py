"""The workspace file says one thing only, faults in it are one line with the near miss, and the calendar has no gaps."""

from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodops.errors import InputError, WorkspaceError
from prodops.workspace import (
    Grain,
    Period,
    TableSource,
    WeekStart,
    Workspace,
    current_period,
    last_periods,
    load,
    period_start,
    read_yaml,
    step,
)

FULL = """
time_zone: Europe/Berlin
week_start: sunday
currency: USD
tables:
  feedback:
    source: data/reviews-*.csv
    columns: {text: [title, content], tier: plan, version: 2}
    constants: {channel: NO, product: 0012}
    date_format: "%d-%m-%Y %H.%M"
    delimiter: "\\t"
    on_bad_rows: fail
  events: data/events.parquet
"""


def loaded(folder: Path, text: str) -> Workspace:
    file = folder / "workspace.yaml"
    file.write_text(text, encoding="utf-8")
    return load(file)


def refusal(folder: Path, text: str) -> str:
    with pytest.raises(WorkspaceError) as refused:
        loaded(folder, text)
    message = str(refused.value)
    assert message.startswith(f"{folder / 'workspace.yaml'}")
    assert "\n" not in message
    return message.removeprefix(f"{folder / 'workspace.yaml'}")


def test_a_whole_workspace_is_read(tmp_path: Path) -> None:
    """Every setting is what was written: texts such as NO and 0012 stay text, one name stands for a list of one."""
    workspace = loaded(tmp_path, FULL)
    feedback = workspace.tables["feedback"]
    assert (workspace.time_zone, workspace.week_start, workspace.currency, workspace.on_bad_rows, workspace.max_bad_share) == (
        "Europe/Berlin",
        "sunday",
        "USD",
        "quarantine",
        0.1,
    )
    assert feedback.columns == {"text": ["title", "content"], "tier": ["plan"], "version": ["2"]}
    assert feedback.constants == {"channel": "NO", "product": "0012"}
    assert (feedback.delimiter, feedback.on_bad_rows, feedback.is_url) == ("tab", "fail", False)
    assert workspace.tables["events"] == TableSource(source="data/events.parquet")


def test_the_home_of_a_workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Paths start from the project's folder: above ``params``, or where the file lies; also for a path relative to the folder at hand."""
    (tmp_path / "params").mkdir()
    (tmp_path / "params" / "w.yaml").write_text("")
    assert load(tmp_path / "params" / "w.yaml").home == tmp_path
    (tmp_path / "w.yaml").write_text("# nothing\n")
    monkeypatch.chdir(tmp_path)
    assert load("w.yaml").home == tmp_path
    assert load("w.yaml").file == tmp_path / "w.yaml"
    assert load("w.yaml").tables == {}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("time_zon: UTC", ': unknown key "time_zon". Did you mean "time_zone"?'),
        ("time_zone: Europe/Belrin", ': time_zone: there is no time zone "Europe/Belrin". Did you mean "Europe/Berlin"?'),
        ("time_zone: Europe", ': time_zone: there is no time zone "Europe". Did you mean "Europe/Rome"?'),
        ("time_zone: ../etc/passwd", ': time_zone: there is no time zone "../etc/passwd".'),
        ("week_start: monady", ": week_start: Input should be 'monday' or 'sunday' (found \"monady\")."),
        ("currency: euro", ': currency: expected the three letters of a currency, such as EUR (found "euro").'),
        ("max_bad_share: 7", ': max_bad_share: Input should be less than or equal to 1 (found "7").'),
        ("on_bad_rows: ignore", ": on_bad_rows: Input should be 'quarantine' or 'fail' (found \"ignore\")."),
        ("tables: [feedback]", ": tables: Input should be a valid dictionary."),
        (
            "tables: {feedbak: a.csv}",
            ': tables: there is no kind of table "feedbak". Did you mean "feedback"? '
            "The kinds are feedback, events, accounts, transitions, deployments, launches, surveys, experiments, goals.",
        ),
        ("tables: {feedback: {}}", ": tables.feedback.source: Field required."),
        ("tables: {feedback: 5}", ': tables.feedback: Input should be a valid dictionary or instance of TableSource (found "5").'),
        ("tables: {feedback: {source: a.csv, colums: {}}}", ': unknown key "tables.feedback.colums". Did you mean "columns"?'),
        ("tables: {feedback: {source: a.csv, columns: {text: {a: b}}}}", ": tables.feedback.columns.text: Input should be a valid list."),
        (
            "tables: {feedback: {source: a.csv, delimiter: '::'}}",
            ': tables.feedback.delimiter: expected one character, tab or whitespace (found "::").',
        ),
        ("tables: {feedback: {source: a.csv, sql: s, table: t}}", ": tables.feedback: give either table or sql, not both."),
        ("tables: {feedback: 'postgres://me:pw@host/base'}", ": tables.feedback: a database URL needs a table or a sql text beside it."),
        (
            "tables: {feedback: 'https://example.com/a.csv'}",
            ": tables.feedback: a file on the web is not read from there: download it, and give its path.",
        ),
        (
            "tables: {feedback: a.csv, events: sample}",
            ": feedback come from your own sources and the rest from the sample company: one report must not mix the two; "
            "give every table a source of your own, or leave it out.",
        ),
        (
            "currency: a\ntime_zon: b",
            ': currency: expected the three letters of a currency, such as EUR (found "a"). '
            'unknown key "time_zon". Did you mean "time_zone"?',
        ),
        ("1: 2", ': 1: Keys should be strings (found "1").'),
        ("time_zone: UTC\ntime_zone: UTC", ', line 2: this is not valid YAML here: the key "time_zone" is given twice.'),
        ("tables: {feedback: {source: a, source: b}}", ', line 1: this is not valid YAML here: the key "source" is given twice.'),
        ("? [a]\n: b", ", line 1: this is not valid YAML here: a key must be a plain word."),
        ("tables: [", ", line 1: this is not valid YAML here: expected the node content, but found '<stream end>'."),
        ("a: b\n\tc: d", ", line 2: this is not valid YAML here: found character '\\t' that cannot start any token."),
        ("date_format: %d", ", line 1: this is not valid YAML here: found character '%' that cannot start any token."),
        (
            "a: !!python/object/apply:os.system [id]",
            ", line 1: this is not valid YAML here: could not determine a constructor for the tag "
            "'tag:yaml.org,2002:python/object/apply:os.system'; only plain values are read, tags never are.",
        ),
        (
            "a: !!python/name:os.system x",
            ", line 1: this is not valid YAML here: could not determine a constructor for the tag "
            "'tag:yaml.org,2002:python/name:os.system'; only plain values are read, tags never are.",
        ),
        ("- a", ": expected keys with values (name: value), found list."),
        ("just words", ": expected keys with values (name: value), found str."),
        ("a: \x01", ": this is not valid YAML: unacceptable character #x0001: special characters are not allowed"),
    ],
)
def test_faults_are_one_line_that_names_them(tmp_path: Path, text: str, message: str) -> None:
    """What cannot be used is refused with file, key, value, what was expected and the near miss."""
    assert refusal(tmp_path, text).startswith(message)


def test_hostile_yaml_is_refused_quickly(tmp_path: Path) -> None:
    """Aliases that would unfold for ever, and nesting beyond all measure, are refused like any wrong value."""
    bomb = "a0: &a0 [x, x]\n" + "".join(f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]\n" for i in range(1, 40)) + "currency: *a39\n"
    assert 'unknown key "a0".' in refusal(tmp_path, bomb)
    assert "tables" in refusal(tmp_path, "tables: &t {feedback: *t}")
    assert "this is not valid YAML" in refusal(tmp_path, "a: " + "[" * 5_000)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    """A missing file is refused with the near miss; a folder and bytes that are no text in words."""
    (tmp_path / "workspace.yaml").write_text("")
    with pytest.raises(WorkspaceError, match=r'worskpace\.yaml: there is no such file\. Did you mean "workspace\.yaml"\?$'):
        load(tmp_path / "worskpace.yaml")
    with pytest.raises(WorkspaceError, match=r"nowhere/workspace\.yaml: there is no such file\.$"):
        load(tmp_path / "nowhere" / "workspace.yaml")
    with pytest.raises(WorkspaceError, match=r"cannot be read as UTF-8 text \(IsADirectoryError\)\.$"):
        load(tmp_path)
    (tmp_path / "latin.yaml").write_bytes(b"a: \xe9")
    with pytest.raises(WorkspaceError, match=r"cannot be read as UTF-8 text \(UnicodeDecodeError\)\.$"):
        load(tmp_path / "latin.yaml")


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("NO", "NO"),
        ("yes", "yes"),
        ("on", "on"),
        ("12:30", "12:30"),
        ("0012", "0012"),
        ("2026-03-01", "2026-03-01"),
        ("1_000", "1_000"),
        ("0x1f", "0x1f"),
        ("12", 12),
        ("-3", -3),
        ("0", 0),
        ("1.5", 1.5),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("true", True),
        ("False", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("=", "="),
        ("<<", "<<"),
        (".inf", ".inf"),
        ("NaN", "NaN"),
    ],
)
def test_yaml_keeps_what_people_write(tmp_path: Path, written: str, value: object) -> None:
    """Only plain numbers, true, false and null are more than text."""
    (tmp_path / "a.yaml").write_text(f"\ufeffkey: {written}\n", encoding="utf-8")
    found = read_yaml(tmp_path / "a.yaml")["key"]
    assert (found, type(found)) == (value, type(value))


# ---------------------------------------------------------------------------------------------------------- other sources
def test_sources_can_be_given_for_one_run(tmp_path: Path) -> None:
    """A table read from elsewhere keeps its other settings; sample tables that are not named are dropped; the file is not changed."""
    own = loaded(tmp_path, FULL)
    changed = own.with_sources({"feedback": "new.csv", "launches": "l.csv"})
    assert changed.tables["feedback"] == own.tables["feedback"].model_copy(update={"source": "new.csv"})
    assert (changed.tables["events"], changed.tables["launches"]) == (own.tables["events"], TableSource(source="l.csv"))
    assert (changed.file, changed.home) == (own.file, own.home)
    assert own.with_sources({}) is own
    sample = loaded(tmp_path, "tables: {feedback: sample, events: sample}")
    assert sample.with_sources({"feedback": "new.csv"}).tables == {"feedback": TableSource(source="new.csv")}
    database = loaded(tmp_path, "tables: {feedback: {source: 'duckdb://a.db', table: t, columns: {text: body}}}")
    assert database.with_sources({"feedback": "a.csv"}).tables["feedback"] == TableSource(source="a.csv", columns={"text": ["body"]})
    assert database.with_sources({"feedback": "duckdb://b.db"}).tables["feedback"].table == "t"


def test_sources_that_cannot_be_given(tmp_path: Path) -> None:
    """An unknown table is refused with the near miss; a source that cannot be is refused as in the file."""
    own = loaded(tmp_path, FULL)
    with pytest.raises(InputError, match=r'There is no kind of table "feedbck"\. Did you mean "feedback"\?'):
        own.with_sources({"feedbck": "a.csv"})
    for source, message in (
        ("duckdb://a.db", "a database URL needs a table or a sql text beside it"),
        ("", "source: String should have at least 1 character"),
        ("s3://bucket/a.csv", "a file on the web is not read from there"),
    ):
        with pytest.raises(WorkspaceError, match=rf"^the source given: {message}"):
            own.with_sources({"feedback": source})


# ------------------------------------------------------------------------------------------------------------- calendar
days = st.dates(date(1971, 1, 1), date(2200, 12, 31))
grains = st.sampled_from(get_args(Grain))
week_starts = st.sampled_from(get_args(WeekStart))


@given(days, grains, week_starts)
def test_periods_tile_the_time_line(day: date, grain: Grain, week_start: WeekStart) -> None:
    """Each day lies in exactly one period: it starts at or before the day, the next one after it, and no period overlaps another."""
    start = period_start(day, grain, week_start)
    end = step(start, grain)
    assert start <= day < end
    assert period_start(end - timedelta(days=1), grain, week_start) == start
    assert period_start(end, grain, week_start) == end
    assert step(end, grain, -1) == start


@given(days, grains, week_starts, st.integers(-40, 40), st.integers(-40, 40))
def test_steps_add_up(day: date, grain: Grain, week_start: WeekStart, one: int, two: int) -> None:
    """So many periods on and then so many more is all of them on; back again is where one was."""
    start = period_start(day, grain, week_start)
    assert step(step(start, grain, one), grain, two) == step(start, grain, one + two)


@given(st.datetimes(datetime(1980, 1, 1), datetime(2200, 12, 31)), grains, week_starts, st.integers(0, 20))
def test_last_periods_are_whole_and_end_by_as_of(as_of: datetime, grain: Grain, week_start: WeekStart, n: int) -> None:
    """There are n of them without a gap, oldest first; the last has ended at as_of, and the one after it has not."""
    found = last_periods(as_of, grain, n, week_start)
    assert len(found) == n
    assert all(one.end == two.start for one, two in pairwise(found))
    now = current_period(as_of, grain, week_start)
    start = period_start(as_of, grain, week_start)
    assert now == (None if as_of == datetime.combine(start, datetime.min.time()) else Period(start, step(start, grain)))
    if found:
        assert found[-1].end == start
        assert datetime.combine(found[-1].end, datetime.min.time()) <= as_of


@pytest.mark.parametrize(
    ("day", "grain", "week_start", "expected"),
    [
        (date(2025, 11, 3), "week", "monday", date(2025, 11, 3)),
        (date(2025, 11, 2), "week", "monday", date(2025, 10, 27)),
        (date(2025, 11, 2), "week", "sunday", date(2025, 11, 2)),
        (date(2025, 11, 1), "week", "sunday", date(2025, 10, 26)),
        (date(2026, 1, 1), "week", "monday", date(2025, 12, 29)),
        (date(2024, 2, 29), "month", "monday", date(2024, 2, 1)),
        (date(2024, 12, 31), "quarter", "monday", date(2024, 10, 1)),
        (datetime(2024, 12, 31, 23, 59), "year", "monday", date(2024, 1, 1)),
        (datetime(2024, 12, 31, 23, 59), "day", "monday", date(2024, 12, 31)),
    ],
)
def test_period_starts(day: date, grain: Grain, week_start: WeekStart, expected: date) -> None:
    """Weeks start on Monday or Sunday, months and quarters on their first day, over year ends and leap days."""
    assert period_start(day, grain, week_start) == expected


def test_months_over_a_year_s_end_and_a_leap_day() -> None:
    """Last periods and steps by hand."""
    assert last_periods(datetime(2024, 3, 1), "month", 3) == [
        Period(date(2023, 12, 1), date(2024, 1, 1)),
        Period(date(2024, 1, 1), date(2024, 2, 1)),
        Period(date(2024, 2, 1), date(2024, 3, 1)),
    ]
    assert last_periods(date(2024, 2, 29), "day", 1) == [Period(date(2024, 2, 28), date(2024, 2, 29))]
    assert current_period(datetime(2025, 11, 3), "week") is None
    assert current_period(datetime(2025, 11, 3, 0, 1), "week") == Period(date(2025, 11, 3), date(2025, 11, 10))
    assert step(date(2025, 10, 1), "quarter", 2) == date(2026, 4, 1)
    assert step(date(2025, 1, 1), "month", -1) == date(2024, 12, 1)


def test_fields_of_a_source_are_described() -> None:
    """Each setting of a table says what it is."""
    undescribed = {name for name, field in TableSource.model_fields.items() if not field.description}
    assert undescribed <= {"on_bad_rows", "max_bad_share"}
    settings: dict[str, Any] = {"source": "a.csv", "delimiter": " "}
    assert TableSource.model_validate(settings).delimiter == "whitespace"


def test_a_country_is_two_letters_and_perhaps_a_part() -> None:
    """The country whose holidays count is none unless named, and a name in words is refused with what was expected."""
    assert Workspace().country is None
    assert Workspace(country="US-CA").country == "US-CA"
    with pytest.raises(ValueError, match="expected two letters of a country, such as DE"):
        Workspace(country="Germany")
