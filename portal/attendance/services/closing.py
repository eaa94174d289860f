"""The end of taking a register: everyone on the roster of that day gets an answer.

When it happens does not matter, since the same facts give the same answer: a timer closes what is due (``manage.py
close_registers``), and whoever opens a page first closes what the timer has not.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, Q, QuerySet, Value
from django.utils import timezone
from django.utils.translation import gettext_noop

from portal.accounts.models import Account
from portal.attendance.coverage import digest_spans
from portal.attendance.decision import CLOSES_AFTER
from portal.attendance.models import ClassSession, Status
from portal.attendance.queries.sight import SessionSight, sight_of
from portal.attendance.schedule import closes_at
from portal.attendance.services.deciding import decide_locked, lock_session
from portal.attendance.services.facts import session_coverage
from portal.attendance.services.late_sight import pks_with_sight_since
from portal.attendance.services.roll_call import say_of_unanswered
from portal.attendance.services.transactions import repeat_transaction
from portal.web.prepared import prepared

logger = logging.getLogger(__name__)

_ENROLLED, _CAMERAS = "enrolled", "cameras"

IN_FLIGHT = timedelta(minutes=1)
"""A fact written this long before a decision may have been committed after it."""

LATE_FACTS_KEPT = timedelta(days=31)
"""How long ago a late fact may have arrived for the timer to look for it; a page looks at its own session always."""


def close_if_due(session: ClassSession, now: datetime | None = None) -> bool:
    """For a page that shows the register: close it where it is due, and decide late facts; whether anything changed.

    ``session`` then says what the database says. Costs no query while the register is open and not due.
    """
    return _close_if_due(session, now or timezone.now())[0]


def sight_when_closed(session: ClassSession, now: datetime) -> SessionSight | None:
    """The same; and what ``sight_of`` says of the class session, where that had to be asked and nothing has changed."""
    return _close_if_due(session, now)[1]


def _close_if_due(session: ClassSession, now: datetime) -> tuple[bool, SessionSight | None]:
    sight = None
    if session.closed_at is None:
        is_due = not session.is_cancelled and closes_at(session) <= now
        done = is_due and close_session(session, now)
    else:
        arrived = {what for _, what in _arrived_for(session.pk)}
        is_due = bool(arrived & {_ENROLLED, _CAMERAS})
        if arrived and not is_due:
            sight = sight_of([session], now)[session.pk]
            is_due = digest_spans(sight.saw) != session.coverage_digest
        done = is_due and decide_late(session)
    if is_due:
        # With what it belongs to, which a page needs once more.
        session.refresh_from_db(from_queryset=ClassSession.objects.select_related("course", "room"))
    return done, None if is_due else sight


def close_due(
    sessions: QuerySet[ClassSession] | None = None,
    now: datetime | None = None,
    *,
    limit: int | None = None,
    after: timedelta = CLOSES_AFTER,
) -> tuple[int, int]:
    """Close the registers that are due, and decide closed ones with late facts anew: see ``due_sessions``.

    The numbers of those that were closed or changed, and of those that failed.
    """
    now = now or timezone.now()
    return close_each(due_sessions(sessions, now, limit=limit, after=after), now, after)


def due_sessions(
    sessions: QuerySet[ClassSession] | None, now: datetime, *, limit: int | None, after: timedelta
) -> list[ClassSession]:
    """The class sessions whose register is due, the oldest first, and then those with late facts.

    Due is what ended so long ago (``after``). At most ``limit`` of each kind.
    """
    rows = ClassSession.objects.all() if sessions is None else sessions
    due = rows.filter(closed_at=None, is_cancelled=False, ends_at__lte=now - after).order_by("ends_at", "pk")
    return [*due[:limit], *with_late_facts(rows, now - LATE_FACTS_KEPT)[:limit]]


def close_each(sessions: Iterable[ClassSession], now: datetime, after: timedelta) -> tuple[int, int]:
    """Close each register, or decide it anew where it is closed; the numbers of those that changed, and that failed.

    Each is a transaction of its own; one that fails is logged and left for the next time.
    """
    done = failed = 0
    for session in sessions:
        try:
            done += decide_late(session) if session.closed_at else close_session(session, now, after)
        except Exception:
            logger.exception("the register of class session %s could not be closed", session.pk)
            failed += 1
    return done, failed


def close_session(session: ClassSession, now: datetime | None = None, after: timedelta = CLOSES_AFTER) -> bool:
    """Close the register of a class session that is due; False where somebody has, or where it is not to be closed."""

    def work() -> bool:
        locked = lock_session(session.pk)
        if locked.closed_at or locked.is_cancelled or locked.ends_at + after > (now or timezone.now()):
            return False
        close_locked(locked)
        return True

    return repeat_transaction(work)


def close_locked(session: ClassSession) -> None:
    """Close the register with the roster of the day, within the caller's transaction, which holds the session."""
    # For the decision alone: the database's own time is written with it.
    session.closed_at = timezone.now()
    decide_locked(session, with_roster=True)


def with_late_facts(sessions: QuerySet[ClassSession], arrived_after: datetime) -> list[ClassSession]:
    """Those closed registers for which sight, who is enrolled, or the room's cameras have arrived since the decision.

    A span that goes on after the class session arrives again each minute and changes nothing: the times in which the
    cameras could see the session are compared with those that were known then.
    """
    others = {pk for pk, _ in _arrived(sessions, arrived_after)}
    found = others | {*pks_with_sight_since(sessions, arrived_after, IN_FLIGHT)}
    rows = ClassSession.objects.filter(pk__in=found).select_related("room").order_by("pk")
    return [each for each in rows if each.pk in others or digest_spans(session_coverage(each)) != each.coverage_digest]


def _arrived(sessions: QuerySet[ClassSession], arrived_after: datetime | None) -> QuerySet[Any, tuple[int, str]]:
    """For which class sessions anything has arrived, and what; sight and blindness only where no time is given."""
    arrived = {
        _ENROLLED: _with_new_enrolled(sessions, arrived_after),
        _CAMERAS: _with_ended_cameras(sessions, arrived_after),
    }
    if not arrived_after:
        arrived |= {spans: _with_new_spans(sessions, spans) for spans in ("room__sight_spans", "room__blindspan_spans")}
    first, *more = (rows.annotate(what=Value(what)).values_list("pk", "what") for what, rows in arrived.items())
    return first.union(*more, all=True)


@prepared
def _arrived_for(session_id: int) -> QuerySet[Any, tuple[int, str]]:
    """The same for one class session, which each page of a closed register asks."""
    return _arrived(ClassSession.objects.filter(pk=session_id), None)


def _with_new_spans(sessions: QuerySet[ClassSession], spans: str) -> QuerySet[ClassSession]:
    """Of a few class sessions: the database compares each with every span of its room."""
    arrived = {
        f"{spans}__recorded_at__gt": F("decided_at") - IN_FLIGHT,
        f"{spans}__starts_at__lt": F("ends_at"),
        f"{spans}__ends_at__gt": F("starts_at"),
    }
    return _closed(sessions, Q(**arrived), f"{spans}__recorded_at", None)


def _with_new_enrolled(sessions: QuerySet[ClassSession], arrived_after: datetime | None) -> QuerySet[ClassSession]:
    arrived = {
        "room__enrolled__recorded_at__gt": F("decided_at") - IN_FLIGHT,
        "room__enrolled__enrolled_at__lt": F("ends_at"),
    }
    return _closed(sessions, Q(**arrived), "room__enrolled__recorded_at", arrived_after)


def _with_ended_cameras(sessions: QuerySet[ClassSession], arrived_after: datetime | None) -> QuerySet[ClassSession]:
    """Where a person has said of a camera since when it is no longer in the room, or took that back.

    What the recognizer writes holds from the moment in which it is written, so it concerns no closed register.
    """
    camera = "room__room_cameras"
    arrived = {f"{camera}__recorded_at__gt": F("decided_at") - IN_FLIGHT, f"{camera}__since__lt": F("ends_at")}
    is_persons = Q(**{f"{camera}__until": None}) | Q(**{f"{camera}__until__lt": F(f"{camera}__recorded_at")})
    return _closed(sessions, Q(**arrived) & is_persons, f"{camera}__recorded_at", arrived_after)


def _closed(
    sessions: QuerySet[ClassSession], arrived: Q, recorded_at: str, arrived_after: datetime | None
) -> QuerySet[ClassSession]:
    if arrived_after:
        arrived &= Q(**{f"{recorded_at}__gt": arrived_after})
    rows = sessions.filter(arrived, closed_at__isnull=False, is_cancelled=False)
    return rows.order_by().distinct()


def decide_late(session: ClassSession) -> bool:
    """Decide a closed register anew by what has arrived since; whether any row changed by it."""

    def work() -> bool:
        locked = lock_session(session.pk)
        return locked.closed_at is not None and decide_locked(locked, with_roster=False) > 0

    return repeat_transaction(work)


def check_register(session: ClassSession, by: Account) -> None:
    """Write down that this person looked through the register and found it right."""
    ClassSession.objects.filter(pk=session.pk).update(checked_by=by, checked_at=timezone.now())
    session.refresh_from_db(fields=["checked_by", "checked_at"])


def turn_rest_absent(session: ClassSession, by: Account) -> int:
    """A person who checks the register says that whoever has no answer was absent; how many that were.

    It is that person's word for each of them, and can be taken back like any other. Only for a class session that is
    over: raises ValueError before its end and for a cancelled one.
    """

    def work() -> int:
        locked = lock_session(session.pk)
        if locked.is_cancelled or locked.ends_at > timezone.now():
            raise ValueError("The rest can be marked absent once the class session is over.")
        said = say_of_unanswered(
            locked, Status.ABSENT, gettext_noop("Not seen; the register was checked."), by, timezone.now()
        )
        check_register(locked, by)
        return said

    said = repeat_transaction(work)
    session.refresh_from_db()
    return said
