"""No secret leaves a kernel: not in what it shows or raises, not in any file, packed or plain, not on a screen or in a list of processes."""

import base64
import gzip
import json
import os
import re
import sqlite3
import subprocess
import sys
import zlib
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pandas as pd
import pytest

from prodops.errors import ParameterError, WorkspaceError
from prodops.parameters.secrets import to_hide
from prodops.reports import catalogue, notebooks, secrecy
from tests.reports.small_project import Project

TOKEN, PASSWORD, MAIL = "cAnary/tok+en=<1> é", "cAnary pass&word@2", "cAnary-mail-3"
SECRETS = {"API_TOKEN": TOKEN, "PGPASSWORD": PASSWORD, "SMTP_PASSWORD": MAIL}
CANARY = re.compile(rb"cAnary|Y0FuYXJ5|jQW5hcnk|NBbmFye")  # plain, and in base64 at each of its three offsets
DECLARED = 'from pydantic import SecretStr\ntoken: SecretStr = "${API_TOKEN}"  # of the survey tool\nweeks: int = 12  # weeks shown'
PACKED = re.compile(rb"[A-Za-z0-9+/=_-]{40,}")

SHOW = """
import base64, html, json, os, sys, urllib.parse
from IPython.display import HTML, JSON, Markdown, display
value, password = token.get_secret_value(), os.environ["PGPASSWORD"]
print(token, repr(token), value, urllib.parse.quote(password), json.dumps(value), repr(value))
print("Basic", base64.b64encode(b"me:" + value.encode()).decode(), base64.urlsafe_b64encode(password.encode()).decode(), file=sys.stderr)
os.write(2, value.encode()); os.system("echo $SMTP_PASSWORD")
display(HTML(f"<p>{html.escape(value)}</p>"), Markdown(password), JSON({"a": [value], password: 1}), metadata={"note": value})
print("\\x1b[31m" + value[:5] + "\\x1b[0m" + value[5:])
{"password": password}
"""
LOOK = """
from pathlib import Path
lines = []
for file in Path("/proc").glob("[0-9]*/cmdline"):
    try:
        lines.append(file.read_bytes())
    except OSError:
        pass
assert lines and not [line for line in lines if b"cAn" + b"ary" in line], "a list of processes shows a secret"
"""


# ------------------------------------------------------------------------------------------------- the one who searches
def found_in(data: bytes, depth: int = 3) -> bool:
    """Search bytes for a canary: as they are, and unpacked wherever they hold something packed."""
    if CANARY.search(data):
        return True
    return depth > 0 and any(found_in(inner, depth - 1) for inner in unpacked(data))


def unpacked(data: bytes) -> Iterator[bytes]:
    for start in {m.start() for m in re.finditer(rb"\x1f\x8b\x08|\x78[\x01\x5e\x9c\xda]", data)}:
        with suppress(zlib.error):
            yield zlib.decompressobj(47).decompress(data[start:])
    if data[:1] not in (b"\x1f", b"\x78"):
        with suppress(zlib.error):
            yield zlib.decompress(data, -15)
    for text in PACKED.findall(data):
        with suppress(ValueError):
            yield base64.b64decode(text.translate(bytes.maketrans(b"-_", b"+/")).rstrip(b"=") + b"==")


def leaks(root: Path) -> list[str]:
    """List the files below a folder, hidden ones too, that hold a canary."""
    return [str(file.relative_to(root)) for file in sorted(root.rglob("*")) if file.is_file() and any(map(found_in, contents(file)))]


def contents(file: Path) -> Iterator[bytes]:
    yield file.name.encode()
    yield file.read_bytes()
    if file.suffix == ".parquet":
        yield pd.read_parquet(file).to_csv().encode()
    if file.suffix == ".sqlite":
        with closing(sqlite3.connect(file)) as base:
            yield "\n".join(base.iterdump()).encode()


def test_the_search_finds_what_is_hidden(tmp_path: Path) -> None:
    """A search that could not find a canary would prove nothing."""
    packed = base64.b64encode(gzip.compress(b"x" * 50 + TOKEN.encode()))
    deflated = zlib.compressobj(9, zlib.DEFLATED, -15)
    (tmp_path / "page.html").write_bytes(b'<script type="application/gzip">' + packed + b"</script>")
    (tmp_path / ".hidden").write_bytes(base64.urlsafe_b64encode(zlib.compress(PASSWORD.encode() * 3)))
    (tmp_path / "raw").write_bytes(b"{" + base64.b64encode(deflated.compress(bytes(range(99)) + MAIL.encode()) + deflated.flush()) + b"}")
    (tmp_path / "auth").write_bytes(base64.b64encode(b"me:" + TOKEN.encode()))
    pd.DataFrame({"a": [TOKEN]}).to_parquet(tmp_path / "a.parquet", compression="zstd")
    with closing(sqlite3.connect(tmp_path / "a.sqlite")) as base:
        base.execute("create table t as select ? as a", (PASSWORD,))
        base.commit()
    (tmp_path / "innocent").write_bytes(gzip.compress(b"a canarD"))
    assert leaks(tmp_path) == [".hidden", "a.parquet", "a.sqlite", "auth", "page.html", "raw"]


# ------------------------------------------------------------------------------------------------------ the whole press
@pytest.fixture(scope="module")
def canaries(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project whose workspace, report and parameter name secrets: one report shows them all, one fails with them."""
    project = Project(tmp_path_factory.mktemp("canaries"))
    project.folder.mkdir(parents=True)
    (project.root / "notebooks").mkdir()
    (project.root / "feedback.csv").write_text("id,created_at,text\nF1,2026-03-02,Export is slow\nF2,2026-03-03,Love it\n")
    (project.root / "params" / "workspace.yaml").write_text(
        "tables:\n  feedback: feedback.csv\n"
        "  events: {source: 'postgres://me:${PGPASSWORD}@127.0.0.1:1/base', table: t}\n"
        "  goals: {source: 'duckdb://${PGPASSWORD}/base.duckdb?token=${PGPASSWORD}', table: t}\n"
    )
    send = "deliver: [{to: 'mailto://me:${SMTP_PASSWORD}@127.0.0.1', on: always, when: [never < 0]}]\n"
    read = "from prodops.sources import connect\ndesk = connect('feedback')\ndesk.read('feedback')"
    project.add("shows", LOOK, read, SHOW, parameters=DECLARED, settings=send)
    url = "f\"postgres://me:{os.environ['PGPASSWORD']}@host\""
    project.add("fails", SHOW, f"def connect(url):\n    raise OSError(token.get_secret_value(), url)\nconnect({url})", parameters=DECLARED)
    return project.root


def prodops(root: Path, *arguments: str, **environ: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "prodops.cli", *arguments, "--workspace", str(root / "params" / "workspace.yaml")]
    return subprocess.run(command, capture_output=True, env={**os.environ, **SECRETS, **environ}, check=False)


def test_no_artefact_log_or_screen_shows_a_secret(canaries: Path) -> None:
    """A good run and a failing one that both do their worst: nothing of the values is in any file below reports/, nor printed."""
    done = prodops(canaries, "run", "shows", "fails", "-p", "token=${API_TOKEN}", "--jobs", "2")
    assert done.returncode == 1, done.stderr
    assert not found_in(done.stdout + done.stderr), done.stderr
    assert b"Cell 3 (def connect(url):) raised OSError" in done.stderr
    pages, partial = list((canaries / "reports").rglob("report.html")), list((canaries / "reports").rglob("failed/notebook.ipynb"))
    assert (len(pages), len(partial)) == (1, 1)
    assert leaks(canaries / "reports") == []
    assert "${API_TOKEN}" in partial[0].read_text()
    shown = json.loads(pages[0].with_name("notebook.ipynb").read_text())
    text = json.dumps([cell.get("outputs") for cell in shown["cells"]])
    assert "********** SecretStr('**********') ${API_TOKEN} ${PGPASSWORD}" in text
    assert text.count("${API_TOKEN}") >= 6
    assert text.count("${PGPASSWORD}") >= 4
    record = json.loads(pages[0].with_name("record.json").read_text())
    assert record["parameters"] == {"token": "${API_TOKEN}", "weeks": 12}
    assert ["".join(cell["source"]) for cell in shown["cells"] if "injected-parameters" in cell["metadata"].get("tags", [])] == [
        "# The parameters of this run\nfrom prodops.sources.environment import secret\ntoken = secret('${API_TOKEN}')\nweeks = 12"
    ]


def test_check_says_what_is_wrong_without_a_secret(canaries: Path) -> None:
    """Databases that cannot be reached, or whose path holds the secret, are named by reference."""
    done = prodops(canaries, "check")
    assert done.returncode == 2
    assert done.stderr.count(b"prodops: ") == 3  # two databases and a delivery
    assert not found_in(done.stdout + done.stderr), done.stderr


@pytest.mark.parametrize("where", ["command line", "yaml", *(["matrix"] if hasattr(catalogue, "slices") else [])])
def test_a_secret_itself_is_refused_and_not_repeated(canaries: Path, where: str) -> None:
    """Whoever gives the value instead of its variable's name is told how to do it, and the value is shown nowhere."""
    given = ["-p", f"token={TOKEN}"] if where == "command line" else []
    project, settings = Project(canaries), {"yaml": f"parameters: {{token: '{TOKEN}'}}\n", "matrix": f"matrix: {{token: ['{TOKEN}']}}\n"}
    name = "literal" if settings.get(where) else "shows"
    if settings.get(where):
        project.notebook("literal", "1", parameters=DECLARED)
        head = "title: A title\nnotebook: notebooks/literal.ipynb\ntables: [feedback]\n"
        (project.folder / "literal.yaml").write_text(head + settings[where])
    try:
        done = prodops(canaries, "run", name, *given)
    finally:
        (project.folder / "literal.yaml").unlink(missing_ok=True)
    assert (done.returncode, done.stdout) == (2, b"")
    assert not found_in(done.stderr)
    assert b"token: a secret is never given itself" in done.stderr
    assert b"'${API_TOKEN}' (in single quotes" in done.stderr
    assert done.stderr.count(b"\n") == 1


# -------------------------------------------------------------------------------------------------------- before a kernel
def test_a_secret_that_is_not_set_stops_the_run_before_its_kernel(project: Project) -> None:
    """The variable's name is said, with the near miss; no kernel starts."""
    report = project.add("secret", "1", parameters=DECLARED)
    started: list[int] = []

    def run(**environ: str) -> None:
        from prodops.reports.execute import execute

        execute(report, catalogue.resolve(report), context={}, folder=project.root, environ=environ, on_kernel=started.append)

    with pytest.raises(
        ParameterError, match=r'^token: the environment variable API_TOKEN is not set; export it first\. Did you mean "API_TOKN"\?$'
    ):
        run(API_TOKN="x")
    with pytest.raises(ParameterError, match=r"^token: the environment variable API_TOKEN is empty; export it first\.$"):
        run(API_TOKEN="")
    assert started == []


def test_what_names_a_secret_is_gathered_from_workspace_report_and_run(project: Project) -> None:
    """Sources, those given for the run, addresses and parameters: each value is hidden behind its own reference."""
    (project.root / "params" / "workspace.yaml").write_text(
        "tables: {events: {source: 'postgres://me:${PGPASSWORD}@host/b', sql: select 1}}\n"
    )
    report = project.add("secret", "1", parameters=DECLARED, settings="deliver: [{to: 'mailto://me:${SMTP_PASSWORD}@host'}]\n")
    context = {"workspace": str(project.workspace.file), "sources": {"feedback": "postgres://me:given-0n-line@host/b"}}
    hidden = secrecy.of_run(report, catalogue.resolve(report), context, SECRETS | {"UNNAMED": "not a secret"})
    assert {value: hidden[value] for value in (*SECRETS.values(), "given-0n-line")} == {
        TOKEN: "${API_TOKEN}",
        PASSWORD: "${PGPASSWORD}",
        MAIL: "${SMTP_PASSWORD}",
        "given-0n-line": "***",
    }
    assert "not a secret" not in hidden
    assert secrecy.of_run(report, catalogue.resolve(report), {}, {}) == {}


def test_outputs_lose_the_secret_wherever_it_stands() -> None:
    """Texts, markup, nested data, keys, numbers, errors, frames and metadata; what is no secret stays."""
    from nbformat.v4 import new_code_cell, new_notebook, new_output

    outputs = [
        new_output("stream", name="stdout", text="a 12345678 b"),
        new_output(
            "display_data",
            {"application/json": {"12345678": [12345678, 5, None, True], "a": {"b": "x12345678"}}},
            metadata={"m": "12345678"},
        ),
        new_output("error", ename="E12345678", evalue="12345678", traceback=["\x1b[1m1234\x1b[0m5678", "fine \x1b[1mas\x1b[0m is"]),
    ]
    notebook = new_notebook(cells=[new_code_cell("1", outputs=outputs, execution_count=1)])
    notebooks.conceal(notebook, to_hide(["${PIN}"], [], {"PIN": "12345678"}))
    assert json.loads(json.dumps(notebook.cells[0].outputs)) == [
        {"output_type": "stream", "name": "stdout", "text": "a ${PIN} b"},
        {
            "output_type": "display_data",
            "data": {"application/json": {"${PIN}": ["${PIN}", 5, None, True], "a": {"b": "x${PIN}"}}},
            "metadata": {"m": "${PIN}"},
        },
        {"output_type": "error", "ename": "E${PIN}", "evalue": "${PIN}", "traceback": ["${PIN}", "fine \x1b[1mas\x1b[0m is"]},
    ]


def test_a_workspace_fault_does_not_repeat_what_may_be_a_secret(project: Project) -> None:
    """Where ``parameters:`` or ``matrix:`` has the wrong shape, nothing of it is shown."""
    for settings in (f"parameters: token={MAIL}\n", f"matrix: {{token: {MAIL}}}\n", f"matrix: {MAIL}\n"):
        with pytest.raises(WorkspaceError) as fault:
            project.add("secret", "1", parameters=DECLARED, settings=settings)
        assert MAIL not in str(fault.value)
