"""The ways a message goes out: a mail, a chat or other service that Apprise knows, a file in a folder.

Mail takes from Apprise what its address means (server, login, sender, recipients, the settings of well-known providers), but is written
and handed over here: Apprise gives each attempt a new Message-ID, tells no reason, and hangs an attached page among the inline pictures,
where some programs hide it.
"""

import contextlib
import logging
import re
import smtplib
import ssl
from collections.abc import Iterator
from email.headerregistry import Address as Mailbox
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from prodops.errors import RunError
from prodops.reports import publish
from prodops.reports.deliver.addresses import Address, DeliveryError, kind
from prodops.reports.deliver.messages import Message

if TYPE_CHECKING:
    from apprise.plugins.email import NotifyEmail

SECONDS = 30
"""How long a server may be silent."""
TALKATIVE = ("apprise", "urllib3", "fsspec", "s3fs", "botocore", "aiobotocore", "gcsfs", "adlfs", "azure", "paramiko")
MENTION = re.compile(r"@(?=\w)")


def send(address: Address, message: Message, root: Path) -> str:
    """Send a message to one address; ``root`` is where relative paths begin. Gives a remark where not all went well.

    Raises :class:`DeliveryError` in one line without secrets. Safe to repeat where the channel allows it: a file has the same name each
    time, a mail the same Message-ID.
    """
    with _overheard() as said:
        try:
            match kind(address):
                case "path":
                    return _write(_path(address, root), message)
                case "folder":
                    return _put(address, message)
            service = _service(address, said)
            return address.scrub(_mail(service, message)) if _is_mail(service) else _post(service, message, said)
        except DeliveryError as fault:
            raise DeliveryError(address.scrub(str(fault))) from None
        except Exception as fault:  # whatever a library raises may quote an address, in its text or its frames
            raise DeliveryError(address.scrub(_reason(fault))) from None


def check(address: Address) -> None:
    """Make sure, without reaching out, that an address can be used; raises :class:`DeliveryError` where it cannot."""
    with _overheard() as said:
        match kind(address):
            case "folder":
                _has_driver(address)
            case "message":
                _service(address, said)


def _service(address: Address, said: list[str]) -> Any:
    """Have Apprise read an address; the service that it stands for is ready, but nothing is sent."""
    from apprise import Apprise, AppriseAsset

    service = Apprise.instantiate(address.url, asset=AppriseAsset(app_id="prodops", app_desc="Reports", storage_mode="memory"))
    if service is None:
        why = f" ({address.scrub(said[0]).rstrip('.')})" if said else ""
        raise DeliveryError(
            f"the {address.scheme}:// address cannot be used{why}; https://appriseit.com/services/ tells how it is written."
        )
    if _is_mail(service) and service.pgp_mode != "no":
        raise DeliveryError("mail is not sent encrypted (pgp=); leave that setting out.")
    if _is_mail(service) and not f"{service.user}{service.password}".isascii():
        raise DeliveryError("Python's mail library logs in with ASCII only; choose a password without other letters.")
    return service


def _is_mail(service: object) -> bool:
    from apprise.plugins.email import NotifyEmail

    return type(service) is NotifyEmail


def _reason(fault: Exception) -> str:
    """Say what went wrong in the words of the system or the server."""
    if isinstance(fault, smtplib.SMTPRecipientsRefused):
        return "the server refused every recipient: " + "; ".join(sorted({_reply(*reply) for reply in fault.recipients.values()}))
    if isinstance(fault, smtplib.SMTPResponseException):
        return f"the server said {_reply(fault.smtp_code, fault.smtp_error)}"
    if isinstance(fault, OSError) and not isinstance(fault, smtplib.SMTPException) and fault.strerror:
        return fault.strerror.lower()
    return f"{type(fault).__name__}: {fault}"


def _reply(code: int, text: bytes | str) -> str:
    return f"{code} {text.decode(errors='replace') if isinstance(text, bytes) else text}"


@contextlib.contextmanager
def _overheard() -> Iterator[list[str]]:
    """Keep out of every log what libraries say while they send, as addresses stand in it; gives the warnings of Apprise."""
    said: list[str] = []

    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            said.append(record.getMessage())

    ear = Ear(logging.WARNING)
    loggers = [logging.getLogger(name) for name in TALKATIVE]
    before = [(logger, logger.propagate, logger.handlers) for logger in loggers]
    for logger in loggers:
        logger.propagate, logger.handlers = False, [ear] if logger.name == "apprise" else [logging.NullHandler()]
    try:
        yield said
    finally:
        for logger, propagate, handlers in before:
            logger.propagate, logger.handlers = propagate, handlers


# --------------------------------------------------------------------------------------------------------------- mail
def letter(service: "NotifyEmail", message: Message) -> EmailMessage:
    """Write a mail: text and HTML side by side, the pictures within the HTML, the page attached; the same run has the same Message-ID."""
    mail = EmailMessage()
    mail["Subject"] = message.subject
    mail["From"] = _mailbox(service.from_addr)
    mail["To"] = [_mailbox(target) for target in service.targets]
    for header, addresses in (("Cc", service.cc), ("Reply-To", service.reply_to)):
        if addresses:
            mail[header] = [_mailbox((service.names.get(each), each)) for each in sorted(addresses)]
    mail["Date"] = format_datetime(message.moment)
    mail["Message-ID"] = f"<{message.key}@{mail['From'].addresses[0].domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    for name, value in service.headers.items():
        if name.lower() not in {known.lower() for known in mail}:
            mail[name] = value
    mail.set_content(message.text)
    mail.add_alternative(message.html, subtype="html")
    body: Any = mail.get_payload(1)
    for picture in message.pictures:
        body.add_related(picture.data, "image", "png", cid=f"<{picture.cid}>", filename=picture.name, disposition="inline")
    if message.attached is not None:
        mail.add_attachment(message.attached, maintype="text", subtype="html", filename=message.file)
    return mail


def _mailbox(pair: tuple[str | bool | None, str]) -> Mailbox:
    return Mailbox(pair[0] if isinstance(pair[0], str) else "", addr_spec=pair[1])


def _mail(service: "NotifyEmail", message: Message) -> str:
    """Hand a mail to its server in one transaction. Recipients that are refused for good hold up no others; the remark counts them."""
    mail = letter(service, message)
    everyone = {box for _, box in service.targets} | service.cc | service.bcc
    context = ssl.create_default_context()
    if not service.verify_certificate:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    host, port, secure = service.smtp_host, service.port, service.secure_mode == "ssl"
    with smtplib.SMTP_SSL(host, port, timeout=SECONDS, context=context) if secure else smtplib.SMTP(host, port, timeout=SECONDS) as smtp:
        if service.secure_mode == "starttls":
            smtp.starttls(context=context)
        if service.user and service.password:
            smtp.login(service.user, service.password)
        refused = smtp.send_message(mail, service.from_addr[1], sorted(everyone))
    if any(code < 500 for code, _ in refused.values()):
        raise DeliveryError(f"the server put off {len(refused)} of {len(everyone)} recipients: {_reply(*min(refused.values()))}")
    return f"{len(refused)} of {len(everyone)} recipients were refused: {_reply(*min(refused.values()))}" if refused else ""


# ---------------------------------------------------------------------------------------------------- other services
def _post(service: Any, message: Message, said: list[str]) -> str:
    """Send the brief text through Apprise, with the page and the first picture where the service takes files."""
    from apprise import Apprise, AppriseAttachment, NotifyFormat, NotifyType
    from apprise.attachment.memory import AttachMemory

    files = AppriseAttachment()
    if service.attachment_support:
        for picture in message.pictures[:1]:
            files.add(AttachMemory(content=picture.data, name=picture.name, mimetype="image/png"))
        if message.attached is not None:
            files.add(AttachMemory(content=message.attached, name=message.file, mimetype="text/html"))
    post = Apprise()
    post.add(service)
    done = post.notify(
        body=_harmless(message.brief),
        title=_harmless(message.subject),
        body_format=NotifyFormat.TEXT,
        notify_type=NotifyType.FAILURE if message.failed else NotifyType.INFO,
        attach=files if len(files) else None,
    )
    if not done:
        raise DeliveryError(f"the service did not take the message: {said[-1] if said else 'no reason given'}")
    return ""


def _harmless(text: str) -> str:
    """Let nobody be called by what customers wrote: ``@here`` and names are broken by a joiner that does not show."""
    return MENTION.sub("@\u2060", text)


# ------------------------------------------------------------------------------------------------------------ folders
def _path(address: Address, root: Path) -> Path:
    return root / (unquote(urlsplit(address.url).path) if address.scheme else address.url)


def _content(message: Message) -> tuple[str, bytes]:
    """Choose what is put into a folder: the page, or the text where there is none."""
    if message.page is not None:
        return f"{message.stem}.html", message.page
    return f"{message.stem}{'.failed' if message.failed else ''}.txt", message.text.encode()


def _write(folder: Path, message: Message) -> str:
    name, data = _content(message)
    try:
        publish.write_file(folder / name, data)
    except RunError as fault:
        raise DeliveryError(str(fault)) from None
    return ""


def _put(address: Address, message: Message) -> str:
    """Put a file into a folder that fsspec knows, in place of an earlier one of the same name."""
    system, folder = _file_system(address)
    name, data = _content(message)
    place = f"{folder.rstrip('/')}/{name}"
    with contextlib.suppress(NotImplementedError):  # object stores have no folders to make
        system.makedirs(place.rpartition("/")[0], exist_ok=True)
    system.pipe_file(place, data)
    return ""


def _file_system(address: Address) -> tuple[Any, str]:
    from fsspec.core import url_to_fs

    _has_driver(address)
    parts = urlsplit(address.url)
    login = {"username": unquote(parts.username or ""), "password": unquote(parts.password)} if parts.password else {}
    system, folder = url_to_fs(address.url, **login)
    return system, folder


def _has_driver(address: Address) -> None:
    from fsspec import get_filesystem_class

    try:
        get_filesystem_class(address.scheme)
    except ImportError as fault:
        raise DeliveryError(f"{address.scheme}:// needs a package that is not installed ({fault}).") from None
