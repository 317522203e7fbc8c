"""What identifies people is masked at the door: in the tables that are kept, the rows set aside, the notes and the messages."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from source_project import Project, csv_of, rows, stamp

from prodops.errors import InputError, WorkspaceError
from prodops.privacy import redact
from prodops.privacy.choice import edition
from prodops.privacy.maybe import MAYBE
from prodops.sources import masking
from prodops.sources.masking import hashed
from prodops.workspace import load
from tests.privacy.labelled import read

HEAD = ["id", "created_at", "text", "rating", "user_id", "segment"]
MAIL = "anna.kaufmann@example.com"
ROWS = [
    [1, "2026-03-01", f"Hi Anna, mail {MAIL}, card 4111 1111 1111 1111", 3, MAIL, "pro"],
    [2, "2026-03-02", "It works", 4, "u-17", "pro"],
    [3, "2026-03-03", "Regards,\nJörg Müller", 4, "Jörg Müller", "free"],
]
BAD = [[8, MAIL, "said", 3, "u", "pro"], [9, "2026-03-04", "call +49 170 1234567", "x" * 190 + " " + MAIL, "u", "pro"]]


def kept(project: Project) -> str:
    """Give all that lies in the store as text."""
    files = [file for file in (project.home / "reports").rglob("*") if file.is_file()]
    return "\n".join(pd.read_parquet(f).to_csv() if f.suffix == ".parquet" else f.read_text(encoding="utf-8") for f in files)


def test_texts_ids_and_rows_set_aside_are_masked(project: Project) -> None:
    """Free text loses what identifies, a person's id that does becomes a hash; plain ids and dimensions stay; the stamp counts."""
    desk = project.csv(csv_of([HEAD, *ROWS, *BAD]) + f"4,2026-03-01,too {MAIL} many,3,u,pro,9,9\n", max_bad_share=0.9)
    assert rows(desk, "text", "user_id", "segment") == [
        ("Hi [name], mail [e-mail], card [card]", hashed(MAIL), "pro"),
        ("It works", "u-17", "pro"),
        ("Regards,\n[name]", hashed("Jörg Müller"), "free"),
    ]
    values = [value for _, _, value, _ in project.aside(desk)]
    assert [value[:20] for value in values] == ["[e-mail]", "x" * 20, "8 fields where the h"]
    found = stamp(desk)
    assert (found.redact, dict(found.masked)) == (True, {"e-mail": 1, "phone": 1, "card": 1, "name": 2})
    assert "masked: e-mail addresses 1, phone numbers 1, card numbers 1, names 2" in found.notes
    text = kept(project)
    assert "[e-mail]" in text
    assert not [part for part in (MAIL, "kaufmann", "4111", "Jörg", "1234567") if part in text]


def test_a_person_has_one_hash_whatever_the_table_and_the_case() -> None:
    """Rows of one person find each other after their address has gone."""
    assert hashed(" Anna@Example.com ") == hashed("anna@example.com") != hashed("anna@example.org")


def test_dimensions_beyond_the_contract_are_free_text(project: Project) -> None:
    """What a workspace maps to a name of its own may hold anything; numbers stay numbers."""
    desk = project.csv(
        csv_of([["created_at", "text", "reply", "size"], ["2026-03-01", "a", "Dear Ms. Okafor, thanks", "5"]]),
        columns={"reply": "reply", "size": "size"},
    )
    assert rows(desk, "reply", "size") == [("Dear Ms. [name], thanks", 5.0)]


@pytest.mark.parametrize("where", ["table", "workspace"])
def test_masking_is_switched_off_in_plain_words_and_said(project: Project, where: str) -> None:
    """``redact: false`` keeps texts as they are and the stamp says so; nothing that was kept under the other setting is used."""
    masked = project.csv(csv_of([HEAD, *ROWS]))
    file = project.file("reviews.csv", csv_of([HEAD, *ROWS]))
    table = {"source": file} | ({"redact": False} if where == "table" else {})
    project.workspace({"feedback": table}, **({"redact": False} if where == "workspace" else {}))
    desk = project.connect("feedback")
    assert MAIL in rows(desk, "text")[0][0]
    assert (stamp(desk).redact, stamp(desk).masked) == (False, ())
    assert masking.OFF in stamp(desk).notes
    assert stamp(desk).sha256 != stamp(masked).sha256
    assert "redact: false" in stamp(desk).line().replace("\\", "")
    assert rows(project.csv(csv_of([HEAD, *ROWS])), "text")[0] == ("Hi [name], mail [e-mail], card [card]",)


def test_other_code_or_another_setting_is_another_edition(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was masked by an older version of the patterns or of the numbering plans is not found again."""
    before = {edition(setting) for setting in (True, False, "presidio")}
    assert len(before) == 3
    edition.cache_clear()
    monkeypatch.setattr("prodops.privacy.choice.version", lambda package: "another")
    try:
        assert edition(True) not in before
    finally:
        edition.cache_clear()


def test_a_file_without_a_header_is_refused_without_its_first_row(project: Project) -> None:
    """A header that is really a customer's row is shown masked."""
    with pytest.raises(InputError, match=r"\[e-mail\]") as refused:
        project.csv(f"2026-03-01,{MAIL},5\n2026-03-02,said,4\n")
    assert MAIL not in str(refused.value)


def test_parquet_is_masked_too(project: Project) -> None:
    """Files with types of their own pass the same way."""
    pd.DataFrame({"created_at": pd.to_datetime(["2026-03-01"]), "text": [f"write {MAIL}"]}).to_parquet(project.home / "r.parquet")
    assert rows(project.desk("r.parquet"), "text") == [("write [e-mail]",)]


def test_what_a_database_gives_is_masked_as_it_is_read(project: Project) -> None:
    """The table stays where it is; results, rows set aside and ids are masked before they are kept."""
    with closing(sqlite3.connect(project.home / "base.sqlite")) as base:
        base.execute("create table said (id text, created_at timestamp, text text, user_id text, segment text)")
        base.executemany("insert into said values (?, ?, ?, ?, ?)", [(str(r[0]), r[1], r[2], r[4], r[5]) for r in ROWS])
        base.execute("insert into said values ('7', null, ?, 'u', 'pro')", (MAIL,))
        base.commit()
    desk = project.desk("sqlite://base.sqlite", table="said", max_bad_share=0.9)
    assert rows(desk, "text", "user_id")[0] == ("Hi [name], mail [e-mail], card [card]", hashed(MAIL))
    assert stamp(desk).redact is True
    assert MAIL not in kept(project)


def test_the_sieve_lets_through_all_that_is_found() -> None:
    """Whatever the patterns find in a labelled text, the engine's quick look at it has marked before."""
    texts = [each.text for half in ("first", "second", "third") for each in read(half)]
    with closing(duckdb.connect()) as con:
        marked = {text for text in texts if (con.execute("select regexp_matches(?, ?)", [text, MAYBE]).fetchone() or [False])[0]}
    assert [text for text in texts if redact(text)[1] and text not in marked] == []
    assert len(marked) < len(texts)


@pytest.mark.parametrize("said", ["no", "presido", "[]"])
def test_a_setting_that_is_none_is_refused_with_the_near_miss(project: Project, said: str) -> None:
    """Nobody loses the masking, or thinks to have another, by a slip of the pen."""
    file = project.home / "params" / "workspace.yaml"
    file.write_text(f"redact: {said}\ntables: {{feedback: reviews.csv}}\n")
    with pytest.raises(WorkspaceError, match="redact: expected true, false or presidio"):
        load(file)


def test_presidio_is_refused_with_its_command_where_it_is_not_installed(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """One line names the setting and what to install."""
    monkeypatch.setitem(__import__("sys").modules, "presidio_analyzer", None)
    with pytest.raises(InputError, match=r"^redact: presidio needs Presidio, which is not installed: pip install 'prodops\[presidio\]'"):
        project.csv(csv_of([HEAD, *ROWS]), redact="presidio")


def test_nothing_is_left_in_working_folders(project: Project) -> None:
    """What was raw on the way is gone with the working folder."""
    project.csv(csv_of([HEAD, *ROWS]))
    assert list(Path(project.store).rglob(".part-*")) == []


KILLED = """
import os, signal, sys
from pathlib import Path
from prodops.sources import Context, connect, intake

workspace, store = map(Path, sys.argv[1:])

def killed(*_):
    print(any(b"Kaufmann" in file.read_bytes() for file in store.rglob("*") if file.is_file()), flush=True)
    os.kill(os.getpid(), signal.SIGKILL)

intake.settle_dimensions = killed
connect("feedback", context=Context(workspace, store))
"""


def test_a_killed_run_leaves_no_raw_row(project: Project) -> None:
    """Killed with raw rows on the disk, before any is masked, a run leaves nothing: who watches over it takes them away."""
    rows_ = [[1, "2026-03-01", "Regards, Anna Kaufmann", 3, MAIL, "pro"]]
    project.workspace({"feedback": project.file("reviews.csv", csv_of([HEAD, *rows_]))})
    command = [sys.executable, "-c", KILLED, str(project.home / "params" / "workspace.yaml"), str(project.store)]
    # standard error ends once nobody holds it: by then the watch, too, is over
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (-9, "True\n", "")
    left = [*project.store.rglob("*")]
    assert [file for file in left if file.is_file() and file.stat().st_size] == []
    assert [folder for folder in left if folder.is_dir() and folder.name.startswith(".part-")] == []
