"""Clearing the store: what kept reports need and what runs use stays, whatever is asked; the rest goes, oldest first."""

import json
import os
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodops.errors import InputError, RunError
from prodops.reports import gc
from prodops.reports.gc import removing
from prodops.sources.store import Store, used

NOW = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def result(letter: str) -> str:
    return f"{letter * 2}/{letter * 64}.parquet"


def file(path: Path, size: int = 10, days: float = 30) -> Path:
    """Write a file that was last used so many days ago."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x" * size)
    return aged(path, days)


def aged(path: Path, days: float) -> Path:
    os.utime(path, times=((NOW - days * DAY).timestamp(),) * 2)
    return path


def run(reports: Path, path: str, results: Sequence[str] = (), tables: Sequence[dict[str, Any]] = (), days: float = 30) -> Path:
    """Write a run's folder with a page and a record that names results (by letter) and tables."""
    folder = reports / path
    folder.mkdir(parents=True)
    (folder / "report.html").write_text("<!doctype html>")
    queries = [{"sha256": letter * 64} for letter in results]
    (folder / "record.json").write_text(json.dumps({"queries": queries, "tables": list(tables)}))
    return aged(folder, days)


def checked(reports: Path, stem: str, sha256: str, days: float = 30) -> None:
    """Write a checked table and the note beside it."""
    file(reports / "store" / "tables" / f"{stem}.parquet", days=days)
    note = reports / "store" / "tables" / f"{stem}.json"
    note.write_text(json.dumps({"sha256": sha256, "path": f"{stem}.parquet"}))
    aged(note, days)


def removed(reports: Path, **wish: Any) -> list[str]:
    """Plan and carry out; gives what was removed, from the store or the folder of reports."""
    plan = gc.plan(gc.look(reports), now=NOW, **wish)
    return [r.path.removeprefix("store/") for r in gc.carry_out(plan)]


# ------------------------------------------------------------------------------------------------------------ what may go
def test_what_was_ever_published_stays(tmp_path: Path) -> None:
    """Published values stay though no run's folder names them any more, and so do those that only a record names."""
    folder = run(tmp_path, "kpi/all/2025-11-03")
    (folder / "record.json").write_text(json.dumps({"queries": [], "tables": [], "published": [{"sha256": "b" * 64}]}))
    aged(folder, 30)
    for letter in "abc":
        file(tmp_path / "store" / result(letter))
    plan = gc.plan(gc.look(tmp_path, ["a" * 64]), now=NOW, keep_bytes=0)
    assert [r.path.removeprefix("store/") for r in gc.carry_out(plan)] == [result("c")]


def test_what_kept_reports_name_stays(tmp_path: Path) -> None:
    """With nothing allowed to be kept, results, tables and rows set aside that a record names stay; a failed run's count too."""
    store = tmp_path / "store"
    aside = "tables/feedback-set-aside-0123456789abcdef.csv"
    run(tmp_path, "kpi/all/2025-11-03", "a", [{"sha256": "t1", "quarantine": f"store/{aside}"}])
    run(tmp_path, "kpi/all/2025-11-10/failed", "b")
    for letter in "abc":
        file(store / result(letter))
    file(store / aside)
    checked(tmp_path, "feedback-0000000000000001", "t1")
    checked(tmp_path, "feedback-0000000000000002", "t2")
    assert removed(tmp_path, keep_bytes=0) == [
        result("c"),
        "tables/feedback-0000000000000002.json",
        "tables/feedback-0000000000000002.parquet",
    ]
    assert {p.relative_to(store).as_posix() for p in store.rglob("*.*") if p.is_file() and p.name != ".gc.lock"} == {
        result("a"),
        result("b"),
        aside,
        "tables/feedback-0000000000000001.json",
        "tables/feedback-0000000000000001.parquet",
    }


def test_a_table_checked_twice_is_kept_once(tmp_path: Path) -> None:
    """Of two checked tables with the same rows, the one used last is enough for the reports that name it."""
    run(tmp_path, "kpi/all/2025-11-03", "", [{"sha256": "t1"}])
    checked(tmp_path, "feedback-0000000000000001", "t1", days=40)
    checked(tmp_path, "feedback-0000000000000002", "t1", days=30)
    assert removed(tmp_path, keep_bytes=0) == ["tables/feedback-0000000000000001.json", "tables/feedback-0000000000000001.parquet"]


def test_the_longest_unused_goes_first_and_no_more_than_needed(tmp_path: Path) -> None:
    """To reach a size, files go by their last use until it is reached."""
    for letter, days in zip("abcd", (10, 40, 20, 30), strict=True):
        file(tmp_path / "store" / result(letter), size=10, days=days)
    assert removed(tmp_path, keep_bytes=25) == [result("b"), result("d")]


def test_age_is_counted_from_the_last_use(tmp_path: Path) -> None:
    """Within the age all stays, beyond it what nobody needs goes."""
    file(tmp_path / "store" / result("a"), days=6.9)
    file(tmp_path / "store" / result("b"), days=7.1)
    assert removed(tmp_path, keep_age=7 * DAY) == [result("b")]


def test_nothing_goes_unasked_but_leftovers(tmp_path: Path) -> None:
    """Without a wish only what killed runs left goes, once it is older than any run."""
    store = tmp_path / "store"
    file(store / result("a"))
    file(store / "aa" / ".part-1.parquet")
    file(store / "tables" / ".part-2.parquet", days=0.5)
    file(store / ".part-3" / "spill.tmp")
    aged(store / ".part-3", 2)
    assert removed(tmp_path) == ["aa/.part-1.parquet", ".part-3"]


def test_what_a_run_at_work_may_use_stays(tmp_path: Path) -> None:
    """Files used within a day of now, or of the begin of the oldest run at work, stay; the plan says how much that is."""
    file(tmp_path / "store" / result("a"), days=0.5)
    file(tmp_path / "store" / result("b"), days=3.5)
    file(tmp_path / "store" / result("c"), days=4.5)
    plan = gc.plan(gc.look(tmp_path), now=NOW, keep_bytes=0, at_work=[NOW - 1 * DAY, NOW - 3 * DAY])
    assert [r.path for r in plan.removals] == [f"store/{result('c')}"]
    assert (plan.recent, plan.needed, plan.left, plan.met) == (20, 0, 20, False)


def test_a_wish_that_cannot_be_met_is_said_with_its_reason(tmp_path: Path) -> None:
    """The plan says what kept reports need, and what to do."""
    run(tmp_path, "kpi/all/2025-11-03", "a")
    file(tmp_path / "store" / result("a"), size=340_000)
    plan = gc.plan(gc.look(tmp_path), now=NOW, keep_bytes=100_000)
    assert not plan.met
    assert plan.lines() == [
        "the store: 340 kB now, 340 kB then; 1 kept run names 340 kB, 0 bytes more were used lately or may be by a run at work",
        "100 kB cannot be reached: kept reports need 340 kB; drop old runs too, or allow more",
        "pages that were written elsewhere (--out) are not known here: what only they name counts as unneeded",
    ]


def test_a_plan_changes_nothing_and_says_what_it_would_do(tmp_path: Path) -> None:
    """Planning counts by kind and reason, in bytes, and touches no file."""
    file(tmp_path / "store" / result("a"), size=1500)
    file(tmp_path / "store" / result("b"), size=500)
    before = gc.look(tmp_path)
    plan = gc.plan(before, now=NOW, keep_age=DAY)
    assert plan.lines()[0] == "remove 2 × result, 2.0 kB: no kept report names it, and it was not used for longer than asked"
    assert gc.look(tmp_path) == before


def test_foreign_files_and_links_stay(tmp_path: Path) -> None:
    """What prodops did not make is counted and left alone; a link is neither followed nor removed."""
    outside = file(tmp_path / "outside" / result("b"))
    reports = tmp_path / "reports"
    file(reports / "store" / "notes.txt", size=7)
    (reports / "store" / "bb").symlink_to(outside.parent)
    file(reports / "store" / "aa" / "x")
    (reports / "store" / result("a")).symlink_to(outside)
    assert removed(reports, keep_bytes=0) == []
    assert gc.look(reports).unknown >= 7
    assert outside.exists()


def test_a_store_on_another_disk_is_cleared_too(tmp_path: Path) -> None:
    """The store itself may be a link."""
    (tmp_path / "reports").mkdir()
    (tmp_path / "disk").mkdir()
    (tmp_path / "reports" / "store").symlink_to(tmp_path / "disk")
    file(tmp_path / "disk" / result("a"))
    assert removed(tmp_path / "reports", keep_bytes=0) == [result("a")]
    assert not (tmp_path / "disk" / result("a")).exists()


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"queries": [{}], "tables": []}', '{"queries": [null], "tables": []}'])
def test_a_record_that_cannot_be_read_stops_it(tmp_path: Path, text: str) -> None:
    """Where nobody can say what a report needs, nothing is removed, and the record is named."""
    (run(tmp_path, "kpi/all/2025-11-03") / "record.json").write_text(text)
    with pytest.raises(InputError, match=r"2025-11-03/record\.json: this record cannot be read"):
        gc.look(tmp_path)


def test_no_reports_no_trouble(tmp_path: Path) -> None:
    """A project without runs has an empty plan."""
    plan = gc.plan(gc.look(tmp_path), now=NOW, keep_bytes=0)
    assert (plan.removals, plan.total, plan.met) == ((), 0, True)


files = st.builds(
    gc.Kept,
    path=st.sampled_from([result(c) for c in "abcdef"]),
    kind=st.just("result"),
    size=st.integers(1, 100),
    used=st.integers(0, 60).map(lambda days: NOW - days * DAY),
)


@given(
    st.lists(files, max_size=6, unique_by=lambda k: k.path),
    st.sets(st.sampled_from([result(c) for c in "abcdef"])),
    st.integers(0, 400),
    st.none() | st.integers(0, 60),
)
def test_no_wish_takes_what_is_needed(kept: list[gc.Kept], names: set[str], size: int, age: int | None) -> None:
    """Whatever is asked, nothing needed or lately used goes; where the size is not reached, nothing free is left."""
    runs = (gc.RunFolder("kpi/all/2025-11-03", 1, NOW, True, frozenset(names)),)
    listing = gc.Listing(Path("reports"), tuple(kept), runs)
    plan = gc.plan(listing, now=NOW, keep_bytes=size, keep_age=age if age is None else age * DAY)
    gone = {r.path.removeprefix("store/") for r in plan.removals}
    free = {k.path for k in kept if k.path not in names and k.used < NOW - DAY}
    assert gone <= free
    assert plan.met or gone == free
    assert plan.left == sum(k.size for k in kept if k.path not in gone)


# -------------------------------------------------------------------------------------------------------------- old runs
def test_old_runs_go_only_when_asked_and_never_the_last(tmp_path: Path) -> None:
    """Of each slice the last good runs stay; with a dropped run goes what only it named."""
    for day, letter in (("2025-10-06", "a"), ("2025-10-13", "b"), ("2025-10-20", "c")):
        run(tmp_path, f"kpi/all/{day}", letter)
        file(tmp_path / "store" / result(letter))
    run(tmp_path, "kpi/atlas/2025-01-06", "b")
    assert removed(tmp_path, keep_bytes=0) == []
    assert removed(tmp_path, keep_bytes=0, drop_runs=7 * DAY, keep_runs=1) == ["kpi/all/2025-10-06", "kpi/all/2025-10-13", result("a")]
    assert sorted(p.relative_to(tmp_path).as_posix() for p in tmp_path.glob("kpi/*/*")) == ["kpi/all/2025-10-20", "kpi/atlas/2025-01-06"]


def test_a_run_made_lately_of_long_ago_stays(tmp_path: Path) -> None:
    """A backfilled run is as old as its making; a failed one does not count among the last good ones."""
    run(tmp_path, "kpi/all/2020-01-06", days=2)
    run(tmp_path, "kpi/all/2025-11-03")
    (run(tmp_path, "kpi/all/2025-11-10/failed").parent / "x").touch()
    aged(tmp_path / "kpi/all/2025-11-10", 30)
    assert removed(tmp_path, drop_runs=7 * DAY, keep_runs=1) == ["kpi/all/2025-11-10"]


def test_a_run_made_anew_since_stays_with_all_that_it_names(tmp_path: Path) -> None:
    """A run that came into the folder after the plan is not removed, nor what its record names."""
    run(tmp_path, "kpi/all/2025-10-06", "a")
    run(tmp_path, "kpi/all/2025-10-13")
    file(tmp_path / "store" / result("a"))
    plan = gc.plan(gc.look(tmp_path), now=NOW, keep_bytes=0, drop_runs=7 * DAY, keep_runs=1)
    assert len(plan.removals) == 2
    aged(tmp_path / "kpi/all/2025-10-06", 0)
    assert gc.carry_out(plan) == []
    assert (tmp_path / "kpi/all/2025-10-06/record.json").exists()
    assert (tmp_path / "store" / result("a")).exists()


# --------------------------------------------------------------------------------------- while others are at work
@pytest.fixture
def planned(tmp_path: Path) -> tuple[gc.Plan, Store, pa.Table, Path]:
    """A result that nobody needs, planned to go."""
    store, table = Store(tmp_path / "store"), pa.table({"n": [1, 2, 3]})
    place = aged(store.path(store.put(table)), 30)
    plan = gc.plan(gc.look(tmp_path), now=NOW, keep_bytes=0)
    assert len(plan.removals) == 1
    return plan, store, table, place


def test_a_result_used_after_the_plan_stays(planned: tuple[gc.Plan, Store, pa.Table, Path]) -> None:
    """A run that finds its result kept already marks it as used, and it is not removed."""
    plan, store, table, place = planned
    store.put(table)
    assert gc.carry_out(plan) == []
    assert store.get(place.stem).equals(table)


def between(monkeypatch: pytest.MonkeyPatch, call: str, act: Callable[[], object], *, before: bool) -> None:
    """Let another process act once, right before or after the first call of a step of the removal."""
    real, acted = getattr(os, call), []

    def step(*arguments: Any) -> None:
        if before and not acted:
            acted.append(act())
        real(*arguments)
        if not acted:
            acted.append(act())

    monkeypatch.setattr(removing.os, call, step)


@pytest.mark.parametrize("before", [True, False])
def test_a_result_used_in_mid_removal_is_there_afterwards(
    planned: tuple[gc.Plan, Store, pa.Table, Path], monkeypatch: pytest.MonkeyPatch, before: bool
) -> None:
    """Used right before it is moved aside, it is put back; asked for right after, it is written anew."""
    plan, store, table, place = planned
    between(monkeypatch, "rename", lambda: store.put(table), before=before)
    gc.carry_out(plan)
    assert store.get(place.stem).equals(table)
    assert [p.name for p in place.parent.iterdir()] == [place.name]


def test_a_stop_in_between_loses_nothing(planned: tuple[gc.Plan, Store, pa.Table, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """What was moved aside by a call that was killed is back after the next one."""
    plan, store, table, place = planned

    def killed(path: Path) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(removing, "_discard", killed)
        with pytest.raises(KeyboardInterrupt):
            gc.carry_out(plan)
    assert not place.exists()
    gc.carry_out(gc.plan(gc.look(plan.reports), now=NOW))
    assert store.get(place.stem).equals(table)


def test_a_sample_is_removed_whole_or_made_anew(tmp_path: Path) -> None:
    """A sample's folder counts as one thing, used as a whole."""
    folder = file(tmp_path / "store" / "sample-0123456789ab" / "events.parquet").parent
    aged(folder, 30)
    plan = gc.plan(gc.look(tmp_path), now=NOW, keep_bytes=0)
    assert used(folder)
    assert gc.carry_out(plan) == []
    aged(folder, 30)
    assert [r.path for r in gc.carry_out(plan)] == ["store/sample-0123456789ab"]
    assert not used(folder)


def test_two_do_not_clear_at_once(planned: tuple[gc.Plan, Store, pa.Table, Path]) -> None:
    """The second is told so."""
    plan, *_ = planned
    with removing._alone(plan.reports / "store"), pytest.raises(RunError, match="another prodops gc is at work"):
        gc.carry_out(plan)
    assert len(gc.carry_out(plan)) == 1
