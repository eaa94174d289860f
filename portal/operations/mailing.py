"""Sends the mails about cameras, to each person once; what could not be sent is tried again."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import timedelta
from smtplib import SMTPDataError, SMTPRecipientsRefused, SMTPSenderRefused
from typing import Any

from django.core.mail import get_connection
from django.db.models import Q
from django.utils import timezone

from portal.attendance.models import AlarmMail, CameraAlarm
from portal.attendance.queries.watch import RoomWatch, watch_rooms
from portal.attendance.services.transactions import repeat_transaction
from portal.operations.alarms import update_alarms
from portal.operations.letters import write_letter
from portal.operations.recipients import recipients_of

log = logging.getLogger(__name__)

CLAIM = timedelta(minutes=10)
"""For so long nobody else sends a mail that one program has begun to send; longer than that program may run."""

OBSERVED = timedelta(seconds=90)
"""An alarm is told only if it is still one after so long. When a database has been away, say, every room looks silent
for a moment after its return."""

REFUSED_AGAIN = timedelta(minutes=30)
"""When a mail that the server refused is tried again."""

TRIED_FOR = timedelta(days=2)
"""For so long it is tried to tell somebody that a room is well again."""

REFUSALS = (SMTPRecipientsRefused, SMTPDataError, SMTPSenderRefused, ValueError)
"""The server answers, and does not take this one mail; or no mail can be written to this address."""


def watch_and_mail() -> tuple[int, int]:
    """Look at all rooms, write down what began and ended, and tell whoever is to be told.

    The number of mails that were sent, and of attempts that failed: these are made again.
    """
    now = timezone.now()
    watched = watch_rooms(now)
    update_alarms(watched, now)
    rooms = {each.room.pk: each for each in watched}
    _list_mails(rooms)
    return _send(_unsent(rooms), rooms)


def _list_mails(rooms: dict[int, RoomWatch]) -> None:
    """A row for each mail that is due. It is unique, so that however many programs do it, there is one."""
    for alarm in CameraAlarm.objects.filter(is_open=True):
        watch = rooms.get(alarm.room_id)
        if watch and watch.is_needed:
            _add(alarm, AlarmMail.About.BEGAN, [each.pk for each in recipients_of(watch.room)])
    ended = CameraAlarm.objects.filter(is_open=None, ended_at__gt=timezone.now() - TRIED_FOR)
    for alarm in ended:
        told = alarm.mails.filter(about=AlarmMail.About.BEGAN, sent_at__isnull=False, account__is_active=True)
        _add(alarm, AlarmMail.About.ENDED, told.values_list("account", flat=True))


def _add(alarm: CameraAlarm, about: str, accounts: Iterable[int]) -> None:
    listed = set(alarm.mails.filter(about=about).values_list("account", flat=True))
    for account in sorted(set(accounts) - listed):
        AlarmMail.objects.get_or_create(alarm=alarm, account_id=account, about=about)


def _unsent(rooms: dict[int, RoomWatch]) -> list[AlarmMail]:
    """What has to be sent: of a trouble that is over, or seems to be, nobody is told any more that it began."""
    now = timezone.now()
    lasts = {"alarm__is_open": True, "alarm__well_since": None, "alarm__recorded_at__lte": now - OBSERVED}
    is_meant = Q(about=AlarmMail.About.BEGAN, **lasts) | Q(
        about=AlarmMail.About.ENDED, alarm__ended_at__gt=now - TRIED_FOR
    )
    rows = AlarmMail.objects.filter(is_meant, sent_at=None, account__is_active=True)
    rows = rows.select_related("alarm__session__course", "account").order_by("alarm", "about", "account")
    return [each for each in rows if each.alarm.room_id in rooms]


def _send(mails: list[AlarmMail], rooms: dict[int, RoomWatch]) -> tuple[int, int]:
    """One letter a person, for all rooms at once: where a network fails, many rooms do."""
    sent = failed = 0
    connection: Any = get_connection()
    groups: dict[tuple[str, int], list[AlarmMail]] = {}
    for mail in mails:
        groups.setdefault((mail.about, mail.account_id), []).append(mail)
    for group in groups.values():
        claimed = [mail for mail in group if _claim(mail)]
        if not claimed:
            continue
        try:
            connection.send_messages([write_letter(claimed, rooms)])
        except REFUSALS as error:
            log.error(
                "the mail to account %s is not taken: %s",
                group[0].account_id,
                _code(error),
                extra={"event": "mail refused"},
            )
            _change(claimed, claimed_until=timezone.now() + REFUSED_AGAIN)
            failed += 1
        except OSError as error:  # SMTP's errors are such too.
            log.error(
                "no mail could be sent, see ROLLCALL_EMAIL_URL: the mail server failed (%s)",
                error,
                extra={"event": "mail server fails"},
            )
            _change(claimed, claimed_until=None)
            return sent, failed + 1
        else:
            _change(claimed, sent_at=timezone.now(), claimed_until=None)
            sent += 1
    return sent, failed


def _claim(mail: AlarmMail) -> bool:
    """Whether this program is to send it: of two that ask at once the database admits one."""

    def claim() -> bool:
        now = timezone.now()
        is_free = Q(claimed_until=None) | Q(claimed_until__lt=now)
        rows = AlarmMail.objects.filter(is_free, pk=mail.pk, sent_at=None)
        return rows.update(claimed_until=now + CLAIM) == 1

    return repeat_transaction(claim)


def _change(mails: list[AlarmMail], **values: Any) -> None:
    repeat_transaction(lambda: AlarmMail.objects.filter(pk__in=[each.pk for each in mails]).update(**values))


def _code(error: Exception) -> str:
    """The server's number: its words may repeat the address."""
    if isinstance(error, SMTPRecipientsRefused):
        return ", ".join(str(code) for code, _ in error.recipients.values())
    return str(getattr(error, "smtp_code", type(error).__name__))
