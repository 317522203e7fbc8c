"""A report from the command line to its last byte: on the sample with its story, on a file of one's own, on nothing, on hostile text."""

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from prodops.cli import main

WORKSPACE = "time_zone: Europe/Berlin\ntables: {feedback: feedback.csv}\n"
HEADER = "id,created_at,text,segment,channel\n"
HOSTILE = [
    "<script>top.CANARY=1</script>",
    '<img src=x onerror="top.CANARY=1">',
    "</script><script>top.CANARY=1</script>",
    "[click](javascript:top.CANARY=1)",
    "# big **bold** ![x](https://beacon.invalid/p.png)",
    "\x1b[31mred\x1b[0m and {{7*7}}",
]


def feedback(n: int = 60) -> str:
    texts = ["Export to CSV is slow", "Login loops on mobile", "Love the new dashboard", "Search misses recent items"]
    rows = [f"{i:05d},2026-03-{1 + i % 28:02d}T10:00:00,{texts[i % 4]} {i},NA,chat" for i in range(n)]
    return HEADER + "\n".join(rows) + "\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "params").mkdir()
    (tmp_path / "params" / "workspace.yaml").write_text(WORKSPACE)
    (tmp_path / "feedback.csv").write_text(feedback())
    return tmp_path


def run(project: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["run", *arguments, "--workspace", str(project / "params" / "workspace.yaml")])


def page(result: Result) -> str:
    assert result.exit_code == 0, result.output
    return Path(result.stdout.strip()).read_text(encoding="utf-8")


def words(html: str) -> str:
    """What a reader sees of a page: no scripts, styles or tags."""
    from html import unescape

    return re.sub(r"\s+", " ", unescape(re.sub(r"<(script|style)\b.*?</\1\s*>|<[^>]*>", " ", html, flags=re.S)))


@pytest.fixture(scope="module")
def sample_records(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, object]]:
    """Both reports on the whole sample company."""
    root = tmp_path_factory.mktemp("sample")
    (root / "params").mkdir()
    checkout = Path(__file__).parents[1]
    for name in ("workspace.yaml", "kpis.yaml"):
        (root / "params" / name).write_bytes((checkout / "params" / name).read_bytes())
    result = run(root, "feedback_themes", "kpi_review")
    assert result.exit_code == 0, result.output
    return {Path(p).parents[2].name: json.loads(Path(p).with_name("record.json").read_text()) for p in result.stdout.split()}


def findings(record: dict[str, object]) -> list[str]:
    said = [f"{f['headline']}. {f['sentence']}" for f in record["findings"]]  # type: ignore[attr-defined]
    return [text.replace("\u00a0", " ") for text in said]


def test_the_feedback_report_finds_the_outage(sample_records: dict[str, dict[str, object]]) -> None:
    """The theme on lost syncs is said first, with the segment that it came from."""
    first = findings(sample_records["feedback_themes"])[0]
    assert re.search("sync|offline", first, re.I)
    assert "at least doubled" in first
    assert "segment enterprise" in first


@pytest.mark.parametrize(
    "story",
    [
        r"(Tasks per active user|Users with failed syncs).*enterprise.*Sync outage on iOS",
        r"Activation rose from 3\d % to 4\d % after Guided onboarding",
        r"Churn.* team rose from 2\.\d % to \d(\.\d)? % after Team plan price change",
        r"Days in Review .*Review is the slowest of \d stages",
    ],
    ids=["outage", "launch", "pricing", "bottleneck"],
)
def test_the_kpi_report_finds_the_story(sample_records: dict[str, dict[str, object]], story: str) -> None:
    """Each planted event is named in the report, without a hint in its parameters."""
    assert [said for said in findings(sample_records["kpi_review"]) if re.search(story, said)]


@pytest.mark.slow
def test_a_file_of_ones_own(project: Path) -> None:
    """Any CSV makes a report that says what was read, keeps names that parsers eat, and mixes in nothing of the sample."""
    result = run(project, "feedback_themes")
    shown = words(page(result))
    assert "60 rows read, 0 set aside" in shown
    assert "NA" in shown
    assert "Guided onboarding" not in shown


def test_the_same_inputs_give_the_same_bytes(project: Path) -> None:
    """A report made again is the same file, whatever folder it is written to."""
    once = run(project, "feedback_themes", "--out", str(project / "one.html"))
    again = run(project, "feedback_themes", "--out", str(project / "elsewhere" / "two.html"))
    assert page(once) == page(again)


@pytest.mark.slow
def test_a_run_is_replayed_with_its_source_gone(project: Path) -> None:
    """Recorded results stand in for the source: the page is the same to the byte."""
    first = run(project, "feedback_themes")
    html = page(first)
    (project / "feedback.csv").unlink()
    record = Path(first.stdout.strip()).with_name("record.json")
    replayed = run(project, "feedback_themes", "--replay", str(record), "--out", str(project / "replayed.html"))
    assert page(replayed) == html


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--as-of", "2020-01-01"], "There is no feedback before 1 Jan 2020: the first row is of 1 Mar 2026"),
        (["--source", "feedback=empty.csv"], "There is no feedback to report on: 0 rows read"),
    ],
    ids=["before the first row", "no rows"],
)
def test_nothing_to_say_is_said(project: Path, arguments: list[str], says: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """No rows for the period is an answer: an honest report and exit 0."""
    monkeypatch.chdir(project)
    (project / "empty.csv").write_text(HEADER)
    assert says in words(page(run(project, "feedback_themes", *arguments)))


@pytest.mark.slow
def test_rows_set_aside_are_counted_and_kept(project: Path) -> None:
    """Broken rows do not stop a report; they are counted in it and kept beside it with row, value and reason."""
    (project / "feedback.csv").write_text(
        feedback() + "99998,never,too late,NA,chat\n99999,2026-03-09\n00001,2026-03-02,taken id,NA,chat\n"
    )
    result = run(project, "feedback_themes")
    assert "63 rows read, 3 set aside" in words(page(result))
    (kept,) = (Path(result.stdout.strip()).parent / "set-aside").glob("*.csv")
    assert kept.read_text().splitlines() == [
        "row,column,value,reason",
        "61,created_at,never,created_at is not a date",
        '62,,"2 fields where the header has 5: 99999,2026-03-09",the row has too few or too many fields',
        "63,id,00001 (as row 2),a duplicate id with other values: a conflict",
    ]


def test_hostile_text_is_shown_as_text(project: Path) -> None:
    """Whatever customers write is text on the page: visible, and inert."""
    rows = "".join(
        f'H{i},2026-03-2{i}T12:00:00,"{text.replace(chr(34), chr(34) * 2)}",{text.split()[0] if "," not in text else "x"},chat\n'
        for i, text in enumerate(HOSTILE)
    )
    (project / "feedback.csv").write_text(feedback(8) + rows)
    html = page(run(project, "feedback_themes", "-p", "voices=10"))
    bare = re.sub(r"<script\b[^>]*>.*?</script>", "", html, flags=re.S)
    assert not re.search(r"<[^>]*\son\w+\s*=", bare)
    assert "CANARY" not in "".join(re.findall(r"<script(?![^>]*json)[^>]*>(.*?)</script>", html, re.S))
    assert not re.search(r"<[^>]*(beacon\.invalid|javascript:)", bare)
    assert "top.CANARY=1" in words(bare)
    assert "\x1b" not in html
