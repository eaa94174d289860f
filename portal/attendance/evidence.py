"""Which evidence concerns a class session: its own, and what was seen in its time and is kept for another one."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db.models import Q, QuerySet

from portal.attendance.decision import Seen
from portal.attendance.models import ClassSession, Evidence

SEEN = ("camera_name", "hour", "first_seen_at", "last_seen_at", "minutes", "distance", "is_confirmed", "is_between")
"""The columns of an entry that ``Seen`` takes, in its order."""


def anothers_evidence(session: ClassSession) -> QuerySet[Evidence]:
    """What was seen in the room in the hours of a class session, and is kept for another one.

    A class session that was moved since, or entered later, was held in what was then another's time.
    """
    return evidence_beside(session.pk, session.room_id, start_of_hour(session.starts_at), session.ends_at)


def evidence_beside(session_id: int, room_id: int, since: datetime, until: datetime) -> QuerySet[Evidence]:
    """What was seen in a room in hours from ``since`` on and before ``until``, without that class session's own."""
    return Evidence.objects.filter(room=room_id, hour__gte=since, hour__lt=until).exclude(session=session_id)


def unconfirmed_evidence(session: ClassSession, students: Collection[int]) -> list[Evidence]:
    """What a wrong clock saw of students (primary keys) in a class session, and nobody has confirmed.

    Of those who look alike nothing can be confirmed but by a person's word.
    """
    wanted = Q(student__in=students, is_confirmed=False, is_between=False)
    own = Evidence.objects.filter(wanted, session=session).select_related("student")
    anothers = anothers_evidence(session).filter(wanted).select_related("student").order_by("hour", "pk")
    return [*own, *(entry for entry in anothers if seen_of(entry).within(session.starts_at, session.ends_at))]


def seen_of(entry: Evidence) -> Seen:
    """The entry as ``decide`` takes it."""
    return Seen(*(getattr(entry, name) for name in SEEN))


def start_of_hour(at: datetime) -> datetime:
    """The full hour that the instant lies in."""
    return at.replace(minute=0, second=0, microsecond=0)
