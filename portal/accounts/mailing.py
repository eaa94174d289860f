"""Mails to the owners of accounts. They are sent beside the answer, which takes as long whether there is one or not."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from threading import Thread
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.template.loader import render_to_string

from portal.web.languages import speaking_to

log = logging.getLogger(__name__)


class NoMail(BaseEmailBackend):
    """Sends nothing and prints nothing: a link for a new password in the log would be anybody's who reads it."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        log.warning("a mail was not sent: ROLLCALL_EMAIL_URL names no mail server")
        return 0


def can_mail() -> bool:
    """Whether mails are sent at all."""
    return not settings.EMAIL_BACKEND.endswith(NoMail.__name__)


def send_beside(work: Callable[[], None]) -> None:
    """Let it be done while the answer is on its way. It must not ask the database."""
    # Not a daemon: a portal that is stopped sends what it has begun.
    Thread(target=work, name="mail").start()


def mail_signature() -> str:
    """What mails end with."""
    return f"Rollcall · {settings.INSTITUTION}" if settings.INSTITUTION else "Rollcall"


def write_mail(template: str, context: dict[str, Any], to: str) -> EmailMessage:
    """The mail in ``accounts/TEMPLATE.txt``, whose first line is the subject, in the language of ``user``."""
    with speaking_to(context["user"]):
        text = render_to_string(f"accounts/{template}.txt", context | {"signature": mail_signature()})
    subject, _, body = text.strip().partition("\n")
    return EmailMessage(subject, body.lstrip("\n"), None, [to])


def send_mail(template: str, context: dict[str, Any], to: str, account_id: int) -> None:
    """Send ``accounts/TEMPLATE.txt``.

    A mail server that fails is one line of the log. Whoever asked is told nothing of it.
    """
    try:
        write_mail(template, context, to).send()
    except OSError as error:  # SMTP's errors are such too.
        log_failure(account_id, error)


def log_failure(account_id: int, error: OSError) -> None:
    """One line for the log; no address stands in it."""
    log.error(
        "no mail was sent to account %s, see ROLLCALL_EMAIL_URL: the mail server failed (%s)",
        account_id,
        error,
        extra={"event": "mail server fails"},
    )
