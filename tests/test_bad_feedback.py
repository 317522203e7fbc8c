"""Feedback that nobody would wish for, through the press: a report is made that says what it can, or the data are refused in one line."""

import csv
import json
import re
from datetime import datetime, timedelta
from html import unescape
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from prodops.cli import main

RIGHT_TO_LEFT = ["التطبيق لا يعمل بعد التحديث", "לא מצליח להתחבר לחשבון"]
MIXED = [*RIGHT_TO_LEFT, "软件看不懂", "ऐप बहुत धीमा है", "Export \u202egnol si txet siht لا", "e\u0301xport " + "\u0301" * 500]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "params").mkdir()
    (tmp_path / "params" / "workspace.yaml").write_text("time_zone: Europe/Berlin\ntables: {feedback: feedback.csv}\n")
    return tmp_path


def run(project: Path, texts: list[str], *arguments: str) -> Result:
    """Write the texts as a file that somebody exported, and make the report from it."""
    with (project / "feedback.csv").open("w", encoding="utf-8", errors="surrogatepass", newline="") as file:
        write = csv.writer(file)
        write.writerow(["id", "created_at", "text", "segment", "channel", "rating", "account_id", "revenue"])
        for n, text in enumerate(texts):
            about = ("free", "team")[n % 2], ("chat", "mail", "")[n % 3], n % 5 + 1, f"A{n}", n * 9.5
            write.writerow([f"F{n:03d}", datetime(2026, 3, 1) + timedelta(hours=5 * n), text, *about])
    workspace = str(project / "params" / "workspace.yaml")
    result = CliRunner().invoke(main, ["run", "feedback_themes", "--workspace", workspace, *arguments])
    assert "Traceback" not in result.output
    return result


def shown(result: Result) -> str:
    """What a reader sees: no code, scripts, styles or tags."""
    assert result.exit_code == 0, result.output
    html = Path(result.stdout.strip()).read_text(encoding="utf-8")
    html = re.sub(r"<(script|style)\b.*?</\1\s*>|<details class=.code.*?</details>|<[^>]*>", " ", html, flags=re.S)
    return re.sub(r"\s+", " ", unescape(html)).replace("\u00a0", " ")


@pytest.mark.parametrize(("texts", "says"), [
    (["Export to CSV is slow"], ["1 rows read", "100 % of voices have no theme", "No theme was found"]),
    pytest.param(["😀👍🏽", "😡😡", "🔥"] * 20, ["60 of 60 voices in all fit no theme: wordless", "No theme was found"], marks=pytest.mark.slow),
    pytest.param(["The export is slow"] * 60, ["“Export is slow” is the largest theme", "60 of 60 voices in all"], marks=pytest.mark.slow),
], ids=["one", "emoji", "identical"])  # fmt: skip
def test_there_is_little_to_say(project: Path, texts: list[str], says: list[str]) -> None:
    """The report says how much came in, and that there is no theme, or one."""
    page = shown(run(project, texts))
    assert [said for said in says if said not in page] == []


@pytest.mark.slow
@pytest.mark.parametrize(("texts", "names"), [
    (["Login loops on mobile", "Search misses recent items"] * 15 + ["export slow " * 900_000] * 3, ["33 rows read", "Login loops on mobile"]),
    (RIGHT_TO_LEFT * 12, RIGHT_TO_LEFT[:1]),
    (MIXED * 6, ["软件看不懂", "ऐप बहुत धीमा है"]),
    (["\x00 export is slow", "log\x00in loops", "\ufffe\uffff search", "half \ud83d face"] * 12, ["Export is slow", "Login loops", "Half face"]),
], ids=["ten megabytes", "right to left", "mixed scripts", "surrogates and nuls"])  # fmt: skip
def test_strange_texts_have_their_themes(project: Path, texts: list[str], names: list[str]) -> None:
    """Whatever the script and whatever is broken: what many say is a theme in its own words, and nothing that turns the line is shown."""
    page = shown(run(project, texts))
    assert [name for name in names if name not in page] == []
    assert not re.search("[\x00\u202e\ud800-\udfff]", page)


@pytest.mark.slow
def test_half_characters_in_json(project: Path) -> None:
    """JSON may hold what no text can: the row counts, without the half."""
    rows = [{"id": f"F{n}", "created_at": "2026-03-02", "text": text} for n, text in enumerate(["export \ud800 is slow", "\udc00"] * 9)]
    (project / "feedback.jsonl").write_text("\n".join(map(json.dumps, rows)))
    page = shown(run(project, ["unused"], "--source", f"feedback={project / 'feedback.jsonl'}"))
    assert "18 rows read, 0 set aside" in page
    assert "9 of 18 voices" in page


def test_texts_that_are_all_empty(project: Path) -> None:
    """They are refused in one line that says why and what to do; whoever lets them pass gets a report of nothing."""
    result = run(project, ["", " ", "\x00"] * 20)
    assert result.exit_code == 2
    assert result.stderr.startswith("prodops: feedback.csv: feedback.text: 60 of 60 rows: text is empty")
    assert "raise max_bad_share" in result.stderr
    with (project / "params" / "workspace.yaml").open("a") as file:
        file.write("max_bad_share: 1\n")
    page = shown(run(project, [""] * 60))
    assert "There is no feedback to report on: 60 rows read" in page
