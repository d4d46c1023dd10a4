"""Sending mail through the server of SMTP_URL; plain text, attachments of text."""

import smtplib
import ssl
from collections.abc import Mapping
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from urllib.parse import unquote, urlsplit

from workflow_app.settings import Settings

#: Seconds for the server to answer.
PATIENCE = 30


class NotSent(Exception):
    """The mail server did not take it; the sentence says why."""


def send(
    settings: Settings, to: str, subject: str, text: str, attached: Mapping[str, str] | None = None
) -> None:
    """Hand one mail to the server.

    Args:
        to: addresses, comma-separated.
        attached: texts by file name.

    Raises:
        NotSent: no server is set, it is not there, or it does not take the mail.
    """
    if not settings.smtp_url:
        raise NotSent("没有设邮件服务器（SMTP_URL）。")
    sender = settings.mail_from or to.split(",")[0].strip()
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, to, subject
    message["Date"], message["Message-ID"] = formatdate(), make_msgid(domain=sender.rpartition("@")[2])
    message.set_content(text)
    for name, content in (attached or {}).items():
        message.add_attachment(content, filename=name)
    try:
        _deliver(settings.smtp_url, message)
    except (OSError, smtplib.SMTPException) as error:
        raise NotSent(f"邮件没有发出去（{error}）。") from error


def _deliver(url: str, message: EmailMessage) -> None:
    parts = urlsplit(url)
    host, context = parts.hostname or "", ssl.create_default_context()
    server: smtplib.SMTP
    if parts.scheme == "smtps":
        server = smtplib.SMTP_SSL(host, parts.port or 465, timeout=PATIENCE, context=context)
    else:
        server = smtplib.SMTP(host, parts.port or 25, timeout=PATIENCE)
    with server:
        if parts.scheme == "smtp":
            server.ehlo()
            if server.has_extn("starttls"):
                server.starttls(context=context)
                server.ehlo()
            elif parts.username:
                raise smtplib.SMTPNotSupportedError("服务器没有 STARTTLS，不能不加密地送出密码")
        if parts.username:
            server.login(unquote(parts.username), unquote(parts.password or ""))
        server.send_message(message)
