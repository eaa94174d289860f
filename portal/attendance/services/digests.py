"""At the day's end: a mail to whoever has asked for it, with what of their class sessions of the day needs them."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from django.core.mail import EmailMessage, get_connection
from django.db.models import Q
from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext

from portal.accounts.mailing import can_mail, mail_signature
from portal.attendance.access import Right, sessions_of, zone_of
from portal.attendance.models import ClassSession, DigestSubscriber
from portal.attendance.queries.exceptions import find_exceptions
from portal.attendance.queries.findings import Finding
from portal.attendance.schedule import day_range
from portal.attendance.services.transactions import repeat_transaction
from portal.attendance.services.warning_mails import CLAIM, REFUSALS
from portal.web.languages import speaking_to

log = logging.getLogger(__name__)

EVENING = time(18, 0)
"""By the clocks of the reader. Where a register of the day is open then, the mail waits until it is closed, for a day
at most: a class session in another zone may end in the reader's night."""

DAY = timedelta(days=1)


def send_digests(now: datetime) -> int:
    """Send what is due; how many mails. One that could not be sent is tried again until the next day is over."""
    if not can_mail():
        return 0
    sent = 0
    subscribers = DigestSubscriber.objects.filter(account__is_active=True, account__merged_into=None)
    for subscriber in subscribers.select_related("account"):
        day = _due_day(subscriber, now)
        if day and _claim(subscriber, now):
            sent += _send_one(subscriber, day, now)
    return sent


def _due_day(subscriber: DigestSubscriber, now: datetime) -> date | None:
    """The day of the next mail: yesterday, where that is not done, else today from the evening on."""
    local = now.astimezone(zone_of(subscriber.account))
    today, last = local.date(), subscriber.last_day
    if last and last < today - DAY:
        return today - DAY
    is_evening = local.time() >= EVENING
    return today if is_evening and (last is None or last < today) else None


def _claim(subscriber: DigestSubscriber, now: datetime) -> bool:
    def claim() -> bool:
        is_free = Q(claimed_until=None) | Q(claimed_until__lt=now)
        rows = DigestSubscriber.objects.filter(is_free, pk=subscriber.pk, last_day=subscriber.last_day)
        return rows.update(claimed_until=now + CLAIM) == 1

    return repeat_transaction(claim)


def _send_one(subscriber: DigestSubscriber, day: date, now: datetime) -> bool:
    """Whether a mail was sent; on a day on which nothing needs anybody none is."""
    account = subscriber.account
    start, end = day_range(day, zone_of(account))
    held = sessions_of(account, Right.TAKE).filter(starts_at__gte=start, starts_at__lt=end, is_cancelled=False)
    sessions = list(held.select_related("course", "room").order_by("starts_at", "pk"))
    if any(each.closed_at is None for each in sessions):
        DigestSubscriber.objects.filter(pk=subscriber.pk).update(claimed_until=None)
        return False
    findings = find_exceptions(sessions, account, now)
    unchecked = [each for each in sessions if not each.checked_at]
    is_needed = bool(findings or unchecked)
    if is_needed:
        connection: Any = get_connection()
        try:
            with speaking_to(account):
                letter = _letter(subscriber, day, sessions, findings)
            connection.send_messages([letter])
        except (*REFUSALS, OSError) as error:  # SMTP's errors are such too. The claim ends by itself.
            log.error("no digest could be sent: %s", type(error).__name__, extra={"event": "mail server fails"})
            return False
    DigestSubscriber.objects.filter(pk=subscriber.pk).update(last_day=day, claimed_until=None)
    return is_needed


def _letter(
    subscriber: DigestSubscriber, day: date, sessions: Sequence[ClassSession], findings: Sequence[Finding]
) -> EmailMessage:
    account = subscriber.account
    by_session: dict[int, list[str]] = defaultdict(list)
    for each in findings:
        who = each.student.full_name if each.student else f"{len(each.students)}"
        by_session[each.session.pk].append(f"  - {each.kind.label}: {who}")
    zone = zone_of(account)
    parts = []
    for session in sessions:
        lines = by_session[session.pk]
        if not lines and session.checked_at:
            continue
        checked = gettext("checked") if session.checked_at else gettext("not checked yet")
        head = f"{session.course.code}, {session.starts_at.astimezone(zone):%H:%M}, {session.room.name}: {checked}"
        parts.append("\n".join([head, *lines]))
    number = len(findings)
    subject = (
        ngettext("{day}: {number} thing to settle", "{day}: {number} things to settle", number).format(
            day=date_format(day, "l"), number=number
        )
        if number
        else gettext("{day}: registers to check").format(day=date_format(day, "l"))
    )
    last = gettext("It stands under “Exceptions” in the portal, where these mails are switched off, too.")
    text = "\n\n".join(
        [
            gettext("Your class sessions of {day}:").format(day=date_format(day, "WEEKDAY_DATE")),
            *parts,
            last,
            mail_signature(),
        ]
    )
    name = f"<rollcall-digest-{account.pk}-{day}@rollcall.invalid>"
    headers = {"Message-ID": name, "Auto-Submitted": "auto-generated"}
    return EmailMessage(subject, f"{text}\n", None, [account.email], headers=headers)
