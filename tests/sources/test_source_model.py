"""A language model is asked only where the workspace names one, answers once, and whatever it does costs a note, never a run."""

import json
from pathlib import Path

import pytest
from model_server import drips, echoes, never, says, sends, serving
from source_project import Project

from prodops.errors import InputError, WorkspaceError
from prodops.feedback.llm import propose
from prodops.sources import Context, connect
from prodops.sources.model import LARGEST, Model
from prodops.workspace import ModelSettings

ONE, TWO = [{"role": "user", "content": "one"}], [{"role": "user", "content": "two"}]
KEY = "sk-canary-4711-not-to-be-shown"


def model(url: str, store: Path, **settings: object) -> Model:
    return Model(ModelSettings(url=url, name="tiny", **{"timeout_seconds": 5, "retries": 0, **settings}), store, pause=0)


def test_it_is_asked_in_the_common_form(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One POST to /chat/completions: the model's name, the messages, no randomness, the key in its header."""
    monkeypatch.setenv("TINY_KEY", KEY)
    with serving(says("hello")) as server:
        assert model(server.url, tmp_path, key="${TINY_KEY}").answers([ONE]) == [("hello", "")]
        [(path, headers, body)] = server.requests
    assert (path, headers["Authorization"]) == ("/v1/chat/completions", f"Bearer {KEY}")
    assert (body["model"], body["messages"], body["temperature"], body["seed"]) == ("tiny", ONE, 0, 0)


def test_what_was_asked_once_is_not_asked_again(tmp_path: Path) -> None:
    """An answer is kept in the store: another run is the same, without the server; another model or address is another question."""
    with serving(says("first"), says("second")) as server:
        assert model(server.url, tmp_path).answers([ONE, ONE, TWO]) == [("first", ""), ("first", ""), ("second", "")]
        assert len(server.requests) == 2
        assert Model(ModelSettings(url=server.url, name="other"), tmp_path).answers([ONE]) == [("second", "")]
    assert model(server.url, tmp_path).answers([TWO, ONE]) == [("second", ""), ("first", "")]


def test_a_damaged_answer_is_asked_for_anew(tmp_path: Path) -> None:
    """What no longer has its SHA-256 is no answer."""
    with serving(says("first"), says("second")) as server:
        model(server.url, tmp_path).answers([ONE])
        [kept] = tmp_path.rglob("*.json")
        kept.write_text(kept.read_text().replace("first", "worst"))
        assert model(server.url, tmp_path).answers([ONE]) == [("second", "")]


@pytest.mark.parametrize(
    ("behaviour", "note"),
    [
        (never, "did not answer within 0.2 s"),
        (drips, "did not answer within 0.2 s"),
        (sends(b"", 500), "refused with status 500"),
        (sends(b"", 401), "refused with status 401"),
        (sends(b" " * (LARGEST + 1)), "sent more than 1,000,000 bytes"),
        (lambda handler, body: handler.wfile.write(b"\x00\x01 no HTTP\r\n\r\n"), "cannot be reached (BadStatusLine)"),
    ],
)
def test_one_that_fails_costs_a_note(tmp_path: Path, behaviour: object, note: str) -> None:
    """One line says why, for this request and those that are then not sent; nothing is kept."""
    with serving(behaviour) as server:
        given = model(server.url, tmp_path, timeout_seconds=0.2).answers([ONE, TWO])
        assert given == [("", f"the model at 127.0.0.1:{server.server_port} {note}")] * 2
        assert len(server.requests) == 1
    assert not list(tmp_path.rglob("*.json"))


def test_no_server_costs_a_note(tmp_path: Path) -> None:
    """Nobody listens there any more."""
    with serving(says("x")) as server:
        url = server.url
    assert model(url, tmp_path).answers([ONE])[0][1].startswith("the model at 127.0.0.1:")


def test_it_is_tried_again_where_that_may_help(tmp_path: Path) -> None:
    """After a fault of the server's once more, as often as the workspace allows; after a refusal not."""
    with serving(sends(b"", 503), sends(b"", 429), says("at last")) as server:
        assert model(server.url, tmp_path, retries=2).answers([ONE]) == [("at last", "")]
    with serving(sends(b"", 404), says("too late")) as server:
        assert "404" in model(server.url, tmp_path, retries=2).answers([TWO])[0][1]


@pytest.mark.parametrize(
    "answer", [b"", b"<html>busy</html>", b"[]", b'{"choices": []}', b'{"choices": [{"message": {"content": 7}}]}', b"[" * 100_000]
)
def test_an_answer_of_another_form_is_empty_and_not_kept(tmp_path: Path, answer: bytes) -> None:
    """The next run may ask again."""
    with serving(sends(answer), says("better")) as server:
        assert model(server.url, tmp_path).answers([ONE]) == [("", "")]
        assert model(server.url, tmp_path).answers([ONE]) == [("better", "")]


def test_the_key_goes_nowhere_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A redirect is not followed, what the server says back is hidden, and no file of the store holds it."""
    monkeypatch.setenv("TINY_KEY", KEY)
    with serving(says("x")) as other, serving(sends(b"", 302, Location=other.url), echoes) as server:
        asked = model(server.url, tmp_path, key="${TINY_KEY}")
        assert asked.answers([ONE])[0][1].endswith("refused with status 302")
        assert asked.answers([TWO]) == [("your key is Bearer ${TINY_KEY}", "")]
        assert other.requests == []
    assert not [file for file in tmp_path.rglob("*") if file.is_file() and KEY in file.read_text()]


@pytest.mark.parametrize(
    "url",
    [
        "ftp://host/v1",
        "host/v1",
        "https://",
        "https://user:pass@host/v1",
        "https://host/v1?key=abc",
        "http://[::1/v1",
        "http://gpu.example/v1",
    ],
)
def test_an_address_that_cannot_be_used_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    """Only http and https, without user, password or query; a key is never sent in the clear over a network."""
    monkeypatch.setenv("TINY_KEY", KEY)
    with pytest.raises(WorkspaceError, match="model: url: ") as raised:
        model(url, tmp_path, key="${TINY_KEY}")
    assert KEY not in str(raised.value)
    assert "pass" not in str(raised.value).replace("password", "")


def test_a_key_itself_is_refused_and_not_shown(project: Project) -> None:
    """Keys are named by their environment variable."""
    with pytest.raises(WorkspaceError, match="environment variable") as raised:
        project.workspace({}, model={"url": "https://host/v1", "name": "tiny", "key": KEY})
    assert KEY not in str(raised.value)


FEEDBACK = "id,created_at,text\n" + "".join(
    f"r{n},2025-01-{n:02},{text}\n"
    for n, text in enumerate(["The export loses columns", "Export lost my columns again", "Columns are missing in the export file"], 1)
)


def test_a_run_again_and_a_replay_say_the_same_without_the_server(project: Project) -> None:
    """From names proposed over HTTP to the record: with the server gone, another run and a replay propose the same."""
    file = project.file("feedback.csv", FEEDBACK)
    answer = {"name": "Export columns", "summary": [{"text": "The export loses columns.", "quotes": [1, 2]}]}
    with serving(says(json.dumps(answer))) as server:
        project.workspace({"feedback": file}, model={"url": server.url, "name": "tiny", "retries": 0, "timeout_seconds": 5})
        context = Context(project.home / "params" / "workspace.yaml", project.store)
        first, record = _run(context)
        assert len(server.requests) == 1
    assert first["t"].name == "Export columns"
    assert first["t"].summary[0].text == "The export loses columns."
    assert _run(context) == (first, record)
    replayed = project.home / "record.json"
    replayed.write_text(json.dumps(record))
    [reply] = project.store.rglob("replies/*/*.json")
    reply.unlink()  # what a replay needs lies with the results
    assert _run(Context(context.workspace, context.store, replay=replayed))[0] == first
    with pytest.raises(InputError, match="did not ask"):
        connect("feedback", context=Context(context.workspace, context.store, replay=replayed)).model([TWO])


def test_no_model_no_question(project: Project) -> None:
    """A workspace that names none gives no way to ask, so that nothing is ever sent."""
    project.workspace({"feedback": project.file("feedback.csv", FEEDBACK)})
    assert connect("feedback", context=Context(project.home / "params" / "workspace.yaml", project.store)).model is None


def _run(context: Context) -> tuple[object, dict[str, object]]:
    desk = connect("feedback", context=context)
    rows = desk.read("feedback").assign(theme="t")
    proposed = propose(rows, {"t": "Exports"}, desk.model)
    stamps = [stamp.to_dict() for stamp in desk.queries]
    record = {
        "tables": [stamp.to_dict() for stamp in desk.tables],
        "queries": [stamp for stamp in stamps if stamp["kind"] == "query"],
        "settings": [stamp for stamp in stamps if stamp["kind"] == "settings"],
        "as_of": desk.as_of.isoformat(),
    }
    return proposed, record
