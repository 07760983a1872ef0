"""Mails: text and HTML, sent over SMTP or, without QL_SMTP_URL, written as .eml files in the data folder.

Called by jobs only: a mail that fails stays as a job row and is tried again.
"""

from __future__ import annotations

import email.policy
import os
import smtplib
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from urllib.parse import unquote, urlsplit

from instance.core import clock
from instance.core.ids import new_id
from instance.settings import LOOPBACK, Settings

TIMEOUT_S = 20
# A long address in List-Unsubscribe would otherwise be folded and encoded, and one click would not work.
UNFOLDED = email.policy.SMTP.clone(max_line_length=998)


@dataclass(frozen=True)
class Mail:
    """One mail to one person. `headers` are extra ones, such as List-Unsubscribe."""

    to: str
    subject: str
    text: str
    html: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


def send(mail: Mail, settings: Settings) -> None:
    """Hand `mail` over. Raises OSError or `smtplib.SMTPException` when the server refuses or is away."""
    message = compose(mail, settings)
    if settings.smtp_url:
        _over_smtp(message, settings.smtp_url)
    else:
        _to_folder(message, settings)


def compose(mail: Mail, settings: Settings) -> EmailMessage:
    """The message with its standard headers; no header carries a line break."""
    message = EmailMessage(policy=UNFOLDED)
    message["From"] = f"{_one_line(settings.name)} <{settings.mail_from}>"
    message["To"] = _one_line(mail.to)
    message["Subject"] = _one_line(mail.subject)
    message["Date"] = format_datetime(clock.now())
    message["Message-ID"] = make_msgid(domain=settings.mail_from.rpartition("@")[2])
    message["Auto-Submitted"] = "auto-generated"
    for name, value in mail.headers.items():
        message[name] = _one_line(value)
    message.set_content(mail.text)
    if mail.html:
        message.add_alternative(mail.html, subtype="html")
    return message


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _over_smtp(message: EmailMessage, url: str) -> None:
    parts = urlsplit(url)
    host, secure = parts.hostname or "localhost", parts.scheme == "smtps"
    context = ssl.create_default_context()
    port = parts.port or (465 if secure else 587)
    server: smtplib.SMTP
    if secure:
        server = smtplib.SMTP_SSL(host, port, timeout=TIMEOUT_S, context=context)
    else:
        server = smtplib.SMTP(host, port, timeout=TIMEOUT_S)
    with server:
        server.ehlo()  # before it nobody knows what the server offers
        if not secure and server.has_extn("starttls"):
            server.starttls(context=context)
        elif not secure and parts.username and host not in LOOPBACK:
            raise smtplib.SMTPNotSupportedError("no STARTTLS: the password is not sent in clear")
        if parts.username:
            server.login(unquote(parts.username), unquote(parts.password or ""))
        server.send_message(message)


def _to_folder(message: EmailMessage, settings: Settings) -> None:
    folder = settings.data_dir / "mail"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{new_id()}.eml"
    draft = path.with_suffix(".part")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(message.as_bytes())
    draft.replace(path)
