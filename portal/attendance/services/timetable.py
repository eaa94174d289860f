"""Changes to when and where a class session is: its marks are decided anew from what was seen."""

from __future__ import annotations

from datetime import date, datetime
from typing import TypedDict, Unpack

from django.utils import timezone

from portal.attendance.models import ClassSession, Room, Slot
from portal.attendance.schedule import closes_at
from portal.attendance.services.closing import close_locked
from portal.attendance.services.deciding import decide_locked, lock_session
from portal.attendance.services.transactions import repeat_transaction
from portal.attendance.services.warnings import evaluate_course, follow_move


class Change(TypedDict, total=False):
    """What may change in a class session."""

    starts_at: datetime
    ends_at: datetime
    room: Room
    late_after_minutes: int
    is_cancelled: bool
    slot: Slot
    slot_day: date


class StaleSession(Exception):
    """Somebody else has changed the class session since it was shown; nothing was changed."""


def change_session(
    session: ClassSession,
    now: datetime | None = None,
    *,
    shown: int | None = None,
    by_slot: bool = False,
    **change: Unpack[Change],
) -> None:
    """Change a class session, and decide its marks anew. ``session`` then says what the database says.

    ``shown`` is the revision that the person saw: raises StaleSession where it is another by now. One that is changed
    otherwise than by its slot is a person's from then on.

    An end in the future, or a cancellation, opens the register again: what was checked is then to be checked again. One
    that is called back, or that falls on another day, is closed anew with the roster of its day; else a closed register
    keeps the students that it was closed with. Warnings that go by a closed register are then evaluated anew.
    """
    was_closed = False

    def work() -> None:
        nonlocal was_closed
        locked = lock_session(session.pk)
        if shown is not None and locked.revision != shown:
            raise StaleSession
        was_at, was_closed = locked.starts_at, locked.closed_at is not None
        closed_for = locked.day if locked.closed_at else None
        for name, value in change.items():
            setattr(locked, name, value)
        is_due = not locked.is_cancelled and closes_at(locked) <= (now or timezone.now())
        closes_anew = is_due and locked.local_day() != closed_for
        if closes_anew or not is_due:
            locked.closed_at = None
        if not is_due:
            locked.checked_by = locked.checked_at = None
        locked.revision, locked.is_by_hand = locked.revision + 1, locked.is_by_hand or not by_slot
        locked.save(update_fields=[*change, "closed_at", "checked_by", "checked_at", "revision", "is_by_hand"])
        if closes_anew:
            close_locked(locked)
        else:
            decide_locked(locked, with_roster=not is_due)
        if locked.starts_at != was_at:
            follow_move(locked, was_at)

    repeat_transaction(work)
    session.refresh_from_db()
    if was_closed or session.closed_at:
        evaluate_course(session.course)


def add_session(session: ClassSession) -> None:
    """Add a class session that a person has planned by itself."""
    session.is_by_hand = True
    session.save()
