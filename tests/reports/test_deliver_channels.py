"""The ways out, against real servers: mail as programs expect it, webhooks, folders; and errors that keep secrets."""

import json
import logging
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import quote

import pytest
from apprise.plugins.slack import NotifySlack

from prodops.reports import deliver
from prodops.reports.deliver import DeliveryError, addresses
from prodops.reports.deliver.messages import Message
from prodops.reports.deliver.pictures import Picture
from tests.reports.servers import Hook, Inbox, certificate, hook, mail
from tests.reports.small_project import Project

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
PAGE = "<!doctype html>\n<p>Zufriedenheit: 34 → 31, «été»\r\n.\r\nFrom here\n".encode() + b"x" * 5_000
MESSAGE = Message(
    key="0123456789abcdef",
    stem=Path("weekly/all/2025-11-03"),
    subject="Weekly review · 27 Oct – 2 Nov 2025 · NPS fell by 3 points",
    text="NPS fell by 3 points.\n",
    html='<p>NPS fell by <b>3</b> points.</p><img src="cid:chart-1.png@prodops" alt="Line chart">',
    brief="• NPS fell by 3 points <!channel> @here *x*",
    moment=datetime(2025, 11, 3, 6, tzinfo=UTC),
    page=PAGE,
    attached=PAGE,
    pictures=(Picture("chart-1.png", PNG, "Line chart"),),
)
PASSWORD = "p@ss:w/o%rd #?&+=\"'<>"
SECRET = "canary-5f0c1d"


@pytest.fixture(scope="session")
def pem(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def webhook() -> Iterator[Hook]:
    with hook() as seen:
        yield seen


def send(to: str, message: Message = MESSAGE, root: Path = Path("/nowhere"), **environ: str) -> str:
    return deliver.send(to, message, environ, root=root)


def parts(letter: EmailMessage) -> dict[str, EmailMessage]:
    return {part.get_content_type(): part for part in letter.walk() if isinstance(part, EmailMessage)}


# --------------------------------------------------------------------------------------------------------------- mail
def test_a_mail_is_whole() -> None:
    """Text and HTML side by side, the picture within the HTML by its name, the page attached byte for byte beside them, in that order."""
    with mail(Inbox()) as inbox:
        assert send(f"mailto://127.0.0.1:{inbox.port}/anna@example.org/bo@example.org?from=Reports<r@example.org>&cc=cy@example.org") == ""
    (letter,) = inbox.letters
    assert inbox.recipients == [["anna@example.org", "bo@example.org", "cy@example.org"]]
    assert letter["Subject"] == MESSAGE.subject
    assert (letter["From"], letter["To"], letter["Cc"]) == ("Reports <r@example.org>", "anna@example.org, bo@example.org", "cy@example.org")
    assert letter["Date"].datetime == MESSAGE.moment
    kinds = [part.get_content_type() for part in letter.walk()]
    assert kinds == ["multipart/mixed", "multipart/alternative", "text/plain", "multipart/related", "text/html", "image/png", "text/html"]
    plain, html, picture, page = [part for part in letter.walk() if not part.is_multipart()]
    assert plain.get_content().splitlines() == MESSAGE.text.splitlines()
    assert html.get_content().strip() == MESSAGE.html
    assert (picture["Content-ID"], picture.get_content_disposition(), picture.get_content()) == ("<chart-1.png@prodops>", "inline", PNG)
    assert (page.get_filename(), page.get_content_disposition()) == ("weekly-2025-11-03.html", "attachment")
    assert page.get_payload(decode=True) == PAGE


def test_a_mail_sent_again_is_known_as_the_same() -> None:
    """The Message-ID follows from the run alone, on the sender's domain; another run has another."""
    with mail(Inbox()) as inbox:
        to = f"mailto://127.0.0.1:{inbox.port}/anna@example.org?from=r@example.org"
        for message in (MESSAGE, MESSAGE, replace(MESSAGE, key="fedcba")):
            send(to, message)
    ids = [letter["Message-ID"] for letter in inbox.letters]
    assert ids == ["<0123456789abcdef@example.org>"] * 2 + ["<fedcba@example.org>"]


def test_a_message_without_page_or_pictures_is_a_plain_mail() -> None:
    """A failure's mail has its two texts and nothing else."""
    with mail(Inbox()) as inbox:
        send(f"mailto://127.0.0.1:{inbox.port}/a@example.org?from=r@example.org", replace(MESSAGE, page=None, attached=None, pictures=()))
    assert [part.get_content_type() for part in inbox.letters[0].walk()] == ["multipart/alternative", "text/plain", "text/html"]


def test_login_with_a_password_of_any_signs_over_tls(pem: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A password from the environment reaches the server as it is, only over a connection whose certificate was checked."""
    to = "mailtos://${SMTP_USER}:${SMTP_PASSWORD}@127.0.0.1:{port}/anna@example.org?mode=starttls&from=r@example.org"
    known = {"SMTP_USER": "reports@example.org", "SMTP_PASSWORD": PASSWORD}
    with mail(Inbox(user="reports@example.org", password=PASSWORD), pem) as inbox:
        address = to.replace("{port}", str(inbox.port))
        with pytest.raises(DeliveryError, match="certificate"):
            send(address, **known)
        monkeypatch.setenv("SSL_CERT_FILE", str(pem))
        send(address, **known)
        with pytest.raises(DeliveryError) as refused:
            send(address, **known | {"SMTP_PASSWORD": SECRET})
    assert len(inbox.letters) == 1
    assert "535" in str(refused.value)
    assert SECRET not in str(refused.value)


def test_a_recipient_refused_for_good_holds_up_no_other() -> None:
    """Who is unknown to the server is named in a remark without the address; who is put off has all tried again; refused by all is a fault."""
    with mail(Inbox(refuses={"gone@example.org": "550 no such user gone@example.org"})) as inbox:
        to = f"mailto://127.0.0.1:{inbox.port}/{{}}?from=r@example.org"
        assert send(to.format("anna@example.org/gone@example.org")) == "1 of 2 recipients were refused: 550 no such user …"
        assert inbox.recipients == [["anna@example.org"]]
        with pytest.raises(DeliveryError, match=r"refused every recipient: 550 no such user …"):
            send(to.format("gone@example.org"))
        inbox.refuses = {"late@example.org": "450 try later"}
        with pytest.raises(DeliveryError, match="put off 1 of 2 recipients: 450 try later"):
            send(to.format("anna@example.org/late@example.org"))


def test_a_server_that_is_not_there_is_said_in_a_line() -> None:
    """A closed port is a fault in the system's words."""
    with mail(Inbox()) as inbox:
        pass
    with pytest.raises(DeliveryError, match=r"^connection refused$"):
        send(f"mailto://127.0.0.1:{inbox.port}/a@example.org?from=r@example.org")


# ------------------------------------------------------------------------------------------------------------ services
def test_slack_is_told_in_text_that_calls_nobody(webhook: Hook, monkeypatch: pytest.MonkeyPatch) -> None:
    """A Slack webhook gets subject and findings; what customers wrote cannot ring a channel's bell."""
    monkeypatch.setattr(NotifySlack, "webhook_url", f"http://{webhook.url}/services")
    send("slack://T1JJ3T3L2/A1BRTD4JD/${SLACK_TOKEN}", SLACK_TOKEN="TIiajkdnlazkcOXrIdevi7FQ")
    assert webhook.paths == ["/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"]
    said = webhook.bodies[0]["attachments"][0]
    assert said["title"] == MESSAGE.subject
    assert said["text"] == "• NPS fell by 3 points &lt;!channel&gt; @\u2060here *x*"


def test_teams_is_told_in_a_card(pem: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A Teams workflow gets a card whose text is taken literally."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(pem))
    with hook(pem) as seen:
        seen.status = 202
        send(f"workflows://{seen.url}/workflow1/signature1")
    card = json.dumps(seen.bodies[0], ensure_ascii=False)
    assert "AdaptiveCard" in card
    assert "NPS fell by 3 points" in card
    assert r"\\*x\\*" in card


def test_a_webhook_gets_the_page_with_it(webhook: Hook) -> None:
    """Where a service takes files, the page and the first picture go along."""
    send(f"json://{webhook.url}/in")
    assert [file["filename"] for file in webhook.bodies[0]["attachments"]] == ["chart-1.png", "weekly-2025-11-03.html"]
    assert webhook.bodies[0]["title"] == MESSAGE.subject


def test_a_service_that_refuses_is_a_fault_without_secrets(
    webhook: Hook, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """The answer's number is told; token, path and query are not, neither in the error nor in any log."""
    webhook.status = 403
    with caplog.at_level(logging.DEBUG), pytest.raises(DeliveryError) as refused:
        send(f"json://user:${{PASSWORD}}@{webhook.url}/{SECRET}/hook?+X-Token={SECRET}", PASSWORD=SECRET)
    assert "403" in str(refused.value)
    assert SECRET not in str(refused.value) + caplog.text + "".join(capfd.readouterr())
    assert refused.value.__suppress_context__
    assert webhook.paths == [f"/{SECRET}/hook"]


# ------------------------------------------------------------------------------------------------------------- folders
@pytest.mark.parametrize("to", ["o%41t", "file://{root}/o%2541t", "{root}/${FOLDER}", "file://{root}/${FOLDER}"])
def test_a_folder_gets_the_page_under_a_name_that_stays(tmp_path: Path, to: str) -> None:
    """A path, from the project's folder or whole, holds the page by report, slice and date; sending again replaces it."""
    for message in (MESSAGE, replace(MESSAGE, page=b"new", attached=None)):
        send(to.replace("{root}", str(tmp_path)), message, tmp_path, FOLDER="o%41t")
    assert [(p.relative_to(tmp_path).as_posix(), p.read_bytes()) for p in tmp_path.rglob("*") if p.is_file()] == [
        ("o%41t/weekly/all/2025-11-03.html", b"new")
    ]


def test_a_store_gets_the_page_too() -> None:
    """Whatever fsspec knows takes the same file; a failure is put beside it as text."""
    from fsspec import filesystem

    send("memory://deliveries/team", MESSAGE)
    send("memory://deliveries/team", replace(MESSAGE, page=None, failed=True))
    memory = filesystem("memory")
    assert sorted(memory.find("/deliveries")) == [
        "/deliveries/team/weekly/all/2025-11-03.failed.txt",
        "/deliveries/team/weekly/all/2025-11-03.html",
    ]
    assert memory.cat("/deliveries/team/weekly/all/2025-11-03.html") == PAGE


def test_a_folder_that_cannot_be_written_is_said_in_a_line(tmp_path: Path) -> None:
    """A file where a folder should be is a fault, and stays as it was."""
    (tmp_path / "out").write_text("a file")
    with pytest.raises(DeliveryError, match="cannot be written"):
        send("out", root=tmp_path)
    assert (tmp_path / "out").read_text() == "a file"


# ----------------------------------------------------------------------------------------------------------- addresses
def test_variables_are_filled_in_where_they_stand() -> None:
    """Within a URL they are encoded; as a whole address, in a path and in a store's path they are taken as they are."""
    environ = {"WORD": "a b/c", "ALL": "mailto://u:p%40ss@example.org", "BUCKET": "reports"}
    filled = {
        to: addresses.read(to, environ).url
        for to in ("mailto://u:${WORD}@h.example/${WORD}", "${ALL}", "dir/${WORD}", "memory://${BUCKET}/${WORD}")
    }
    assert list(filled.values()) == [
        "mailto://u:a%20b%2Fc@h.example/a%20b%2Fc",
        "mailto://u:p%40ss@example.org",
        "dir/a b/c",
        "memory://reports/a b/c",
    ]


def test_an_address_never_shows_itself() -> None:
    """Neither printing it nor scrubbing what others say with it lets any of its parts out."""
    address = addresses.read("mailtos://me:${PASSWORD}@mail.example.org/boss@example.org", {"PASSWORD": PASSWORD})
    assert "mail" not in repr(address).replace("mailtos", "")
    told = f"cannot log in with {PASSWORD} or {quote(PASSWORD, safe='')} at {address.url}\nfor boss@example.org"
    assert address.scrub(told) == "cannot log in with … or … at … for …"


@pytest.mark.parametrize(
    ("to", "said"),
    [
        ("malto://a@example.org", 'there is no way to deliver to "malto://". Did you mean "mailto"?'),
        ("team@example.org", "mail is written mailto://"),
        ("mailto:team@example.org", "mail is written mailto://"),
        ("mailto://127.0.0.1", "the mailto:// address cannot be used (Invalid ~From~ email specified"),
        ('""', "the address is empty"),
        ("~/reports", "a home folder in full"),
        ("mailto://u:${SMTP_PASWORD}@example.org", 'the environment variable "SMTP_PASWORD" is not set. Did you mean "SMTP_PASSWORD"?'),
        ("slack://nothing", "the slack:// address cannot be used ("),
        ("mailto://u:p@example.org/a@example.org?pgp=encrypt", "mail is not sent encrypted"),
        ("mailto://u:pässword@example.org/a@example.org", "logs in with ASCII only"),
        ("gs://bucket/x", "gs:// needs a package that is not installed (Please install gcsfs"),
        ("https://example.org/hook", "the https:// address cannot be used"),
    ],
)
def test_a_bad_address_is_found_before_anything_runs(project: Project, to: str, said: str) -> None:
    """``prodops check`` names file, delivery and fault in a line, without reaching out to anybody."""
    report = project.add("weekly", settings=f"deliver:\n  - name: team\n    to: {to}\n  - to: [out, memory://x]\n")
    (fault,) = deliver.check(report, {"SMTP_PASSWORD": SECRET})
    assert fault.startswith(f"{report.file}: deliver team/1: ")
    assert said in fault


def test_good_addresses_pass_the_check(project: Project) -> None:
    """Mail, chat, webhook, folder and store are known by their addresses alone."""
    to = "['mailtos://u:${PW}@mail.invalid/a@example.org', slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ, json://host.invalid, /tmp, memory://x]"
    assert deliver.check(project.add("weekly", settings=f"deliver:\n  - to: {to}\n"), {"PW": PASSWORD}) == []


def test_what_is_not_installed_is_said_with_the_way_to_get_it(project: Project, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Without the extra, messages and stores are refused in a line, and plain folders still work."""
    monkeypatch.setitem(sys.modules, "apprise.manager_plugins", None)
    report = project.add("weekly", settings="deliver:\n  - to: [out, mailto://u:p@example.org]\n")
    assert deliver.check(report, {}) == [
        f"{report.file}: deliver delivery-1/2: messages are sent by a library that is not installed; pip install prodops[deliver]"
    ]
    assert send("out", root=tmp_path) == ""
