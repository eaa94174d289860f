"""Who is told of the cameras of a room."""

from __future__ import annotations

from django.db.models import QuerySet

from portal.accounts.models import Account
from portal.attendance.models import Room


def recipients_of(room: Room) -> QuerySet[Account]:
    """The staff whom the room names; where it names none, the staff who asked to be told of all rooms."""
    staff = Account.objects.filter(is_staff=True, is_active=True)
    named = staff.filter(contact_of__room=room)
    return named if named.exists() else staff.filter(is_told_of_cameras=True)
