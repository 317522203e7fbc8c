"""Themes that a team keeps, through the press: saved, edited by hand, found again in more feedback, and proved."""

import csv
import json
import re
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from prodops import feedback, sources, taxonomies
from prodops.cli import main
from prodops.sources import Context
from prodops.widgets.session import Session
from tests.feedback.feedback_corpus import corpus

TEXTS, TRUTH = corpus()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project whose feedback speaks of six things, four pieces a day."""
    (tmp_path / "params").mkdir()
    (tmp_path / "params" / "workspace.yaml").write_text("time_zone: Europe/Berlin\ntables: {feedback: feedback.csv}\n")
    come_in(tmp_path, 540)
    return tmp_path


def come_in(project: Path, rows: int) -> None:
    with (project / "feedback.csv").open("w") as file:
        write = csv.writer(file)
        write.writerow(["id", "created_at", "text"])
        for n, text in enumerate(TEXTS[:rows]):
            write.writerow([f"F{n:04d}", datetime(2025, 8, 4) + timedelta(hours=6 * n), text])


def prodops(project: Path, *arguments: str) -> Result:
    command, *rest = arguments
    return CliRunner().invoke(main, [command, *rest, "--workspace", str(project / "params" / "workspace.yaml")])


def made(result: Result) -> tuple[Path, dict[str, Any]]:
    assert result.exit_code == 0, result.output
    page = Path(result.stdout.strip())
    return page, json.loads(page.with_name("record.json").read_text())


def save_what_is_found(project: Path, on: date) -> dict[str, str]:
    """Do what the panel's Save does; gives the id of the theme of each text."""
    data = sources.connect("feedback", context=Context(project / "params" / "workspace.yaml", project / "reports" / "store"))
    ready, known = feedback.prepare(data.read("feedback")), data.taxonomy()
    themes = feedback.find_themes(ready.frame["text"], taxonomy=known)
    Session(themes.taxonomy, known, project / "params" / taxonomies.FILE, on).save()
    return dict(zip(ready.frame["id"], themes.labels, strict=True))


def theme_of(labels: dict[str, str], topic: str) -> str:
    """The id under which most texts of a topic lie."""
    ids = [labels[f"F{n:04d}"] for n, truth in enumerate(TRUTH) if truth == topic and f"F{n:04d}" in labels]
    return max(set(ids) - {""}, key=ids.count)


@pytest.mark.slow
def test_a_team_keeps_its_themes(project: Path) -> None:
    """People's names, merges and archives hold as feedback grows; ids stay, what was done is kept, and an earlier report says what moved."""
    first, _ = made(prodops(project, "run", "feedback_themes"))
    assert prodops(project, "verify", str(first)).exit_code == 0

    labels, file = save_what_is_found(project, date(2025, 12, 17)), project / "params" / taxonomies.FILE
    export, login, sync, price, dark = (theme_of(labels, topic) for topic in ("export", "login", "sync", "price", "dark"))
    saved = file.read_text()
    edited = by_hand(saved, sync, name="Lost work", by="Ana")
    edited = by_hand(edited, login, into=export)
    edited = by_hand(edited, price, status="archived")
    file.write_text(edited)
    assert prodops(project, "check", "feedback_themes").exit_code == 0

    come_in(project, 600)
    second, now = made(prodops(project, "run", "feedback_themes"))
    said = json.dumps([now["findings"], now["settings"]])
    assert "Lost work" in second.read_text()
    assert {entry["file"] for entry in now["settings"]} >= {taxonomies.FILE}
    assert f"theme.{login}." not in said
    assert f"theme.{price}." not in said

    again = save_what_is_found(project, date(2026, 1, 5))
    assert {again[id] for id, label in labels.items() if label == login} <= {export, ""}
    assert {again[id] for id, label in labels.items() if label == price} == {""}
    for kept in (export, sync, dark):
        own = [again[id] for id, label in labels.items() if label == kept]
        assert own.count(kept) >= 0.9 * len(own)
    entries = taxonomies.read(file).entries
    assert (entries[sync]["name"], entries[sync]["by"]) == ("Lost work", "Ana")
    assert (entries[login]["into"], entries[price]["status"]) == (export, "archived")
    assert entries[sync]["history"][0] == {"on": "2025-12-17", "by": "machine", "did": "found"}

    verdict = prodops(project, "verify", str(first))
    assert verdict.exit_code == 1
    assert re.search(r"taxonomy\.yaml", verdict.output)
    file.unlink()
    assert prodops(project, "verify", str(first)).exit_code == 0


def by_hand(text: str, id: str, **facts: str) -> str:
    """Change facts of one entry as a person does in an editor: one line each."""
    for key, value in facts.items():
        entry = re.search(rf"^{re.escape(id)}:\n(?:  .*\n)+", text, re.M)
        assert entry
        line = f"  {key}: {value}\n"
        old = re.search(rf"^  {key}: .*\n", entry[0], re.M)
        new = entry[0].replace(old[0], line) if old else entry[0] + line
        text = text.replace(entry[0], new)
    return text
