"""Sends the mails about warnings, each once; what could not be sent is tried again."""

from __future__ import annotations

import logging
from collections import defaultdict
from datetime import timedelta
from hashlib import sha256
from smtplib import SMTPDataError, SMTPRecipientsRefused, SMTPSenderRefused
from typing import Any

from django.core.mail import EmailMessage, get_connection
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from portal.accounts.mailing import can_mail, mail_signature
from portal.accounts.models import Account
from portal.attendance.models import RaisedWarning, WarningMail
from portal.attendance.services.transactions import repeat_transaction
from portal.attendance.services.warning_texts import fill, text_of
from portal.web.languages import speaking_to

log = logging.getLogger(__name__)

CLAIM = timedelta(minutes=10)
"""For so long nobody else sends a mail that one program has begun to send."""

REFUSED_AGAIN = timedelta(minutes=30)
TRIED_FOR = timedelta(days=2)
"""What could not be sent for so long comes too late."""

MOST_LETTERS = 50
"""Of one call: whoever works the queue has other work too."""

REFUSALS = (SMTPRecipientsRefused, SMTPDataError, SMTPSenderRefused, ValueError)
"""The server answers, and does not take this one mail; or no mail can be written to this address."""

About, Role = WarningMail.About, WarningMail.Role


def send_warnings() -> tuple[int, int]:
    """Send what is due; the number of letters that were sent, and of attempts that failed.

    Nothing is sent, and nothing fails, where the portal has no mail server.
    """
    if not can_mail():
        return 0, 0
    _list_withdrawn()
    groups: dict[tuple[str, str, int | None], list[WarningMail]] = defaultdict(list)
    for mail in _unsent():
        mail.address = _address_now(mail)
        # Of two students with one address each has a letter of their own.
        student_id = mail.warning.student_id if mail.role == Role.STUDENT else None
        groups[mail.about, mail.address, student_id].append(mail)
    connection: Any = get_connection()
    sent = failed = 0
    for (about, address, student_id), mails in list(groups.items())[:MOST_LETTERS]:
        claimed = [mail for mail in mails if _claim(mail)]
        if not claimed:
            continue
        try:
            connection.send_messages([_letter(f"{'student' if student_id else 'colleague'} {about}", address, claimed)])
        except REFUSALS as error:
            log.error("a warning is not taken: %s", type(error).__name__, extra={"event": "mail refused"})
            _change(claimed, claimed_until=timezone.now() + REFUSED_AGAIN)
            failed += 1
        except OSError as error:  # SMTP's errors are such too.
            log.error("no warning could be sent: %s", error, extra={"event": "mail server fails"})
            _change(claimed, claimed_until=None)
            return sent, failed + 1
        else:
            _change(claimed, sent_at=timezone.now(), claimed_until=None)
            sent += 1
    return sent, failed


def _list_withdrawn() -> None:
    """Whoever was told of a warning is told that it was withdrawn."""
    rows = WarningMail.objects.filter(
        about=About.RAISED,
        sent_at__isnull=False,
        warning__is_open__isnull=True,
        warning__withdrawn_at__gt=timezone.now() - TRIED_FOR,
    )
    told = set(
        WarningMail.objects.filter(about=About.WITHDRAWN, warning__in=rows.order_by().values("warning")).values_list(
            "warning", "role", "address"
        )
    )
    for mail in rows:
        if (mail.warning_id, mail.role, mail.address) not in told:
            WarningMail.objects.get_or_create(
                warning_id=mail.warning_id, role=mail.role, address=mail.address, about=About.WITHDRAWN
            )


def _unsent() -> list[WarningMail]:
    """Nobody is told of a warning that was withdrawn meanwhile, or of a student who has gone; and no lecturer of a
    course that they teach no more."""
    now = timezone.now()
    own, merged = Q(courses=OuterRef("warning__course")), Q(merged__courses=OuterRef("warning__course"))
    teaches = Account.objects.filter(own | merged, email=OuterRef("address"), is_active=True)
    is_meant = Q(about=About.RAISED, warning__is_open=True, warning__student__is_active=True)
    is_meant = (is_meant & (~Q(role=Role.LECTURER) | Exists(teaches))) | Q(about=About.WITHDRAWN)
    is_free = Q(claimed_until=None) | Q(claimed_until__lt=now)
    rows = WarningMail.objects.filter(is_meant, is_free, sent_at=None, listed_at__gt=now - TRIED_FOR)
    found = rows.select_related("warning__student", "warning__course").order_by("pk")
    return [mail for mail in found if _address_now(mail)]


def _address_now(mail: WarningMail) -> str:
    """Of a student or tutor the address as the office has it now; who was told is told at the same one again."""
    if mail.about == About.WITHDRAWN or mail.role == Role.LECTURER:
        return mail.address
    student = mail.warning.student
    return student.email if mail.role == Role.STUDENT else student.tutor_email


def _letter(name: str, address: str, mails: list[WarningMail]) -> EmailMessage:
    warnings: list[RaisedWarning] = [mail.warning for mail in mails]
    with speaking_to(Account.objects.filter(email=address).first()):
        subject, text = fill(text_of(name), warnings, with_names=name.startswith("colleague"))
    keys = "-".join(str(mail.pk) for mail in mails)
    known_as = f"<rollcall-warning-{sha256(keys.encode()).hexdigest()[:16]}@rollcall.invalid>"
    text += f"\n{mail_signature()}\n"
    headers = {"Message-ID": known_as, "Auto-Submitted": "auto-generated"}
    return EmailMessage(subject, text, None, [address], headers=headers)


def _claim(mail: WarningMail) -> bool:
    """Whether this program is to send it: of two that ask at once the database admits one."""

    def claim() -> bool:
        now = timezone.now()
        is_free = Q(claimed_until=None) | Q(claimed_until__lt=now)
        row = WarningMail.objects.filter(is_free, pk=mail.pk, sent_at=None)
        return row.update(claimed_until=now + CLAIM, address=mail.address) == 1

    return repeat_transaction(claim)


def _change(mails: list[WarningMail], **values: Any) -> None:
    repeat_transaction(lambda: WarningMail.objects.filter(pk__in=[each.pk for each in mails]).update(**values))
