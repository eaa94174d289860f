"""Who is told of the cameras of a room."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q

from portal.accounts.models import Account
from portal.attendance.models import Room, RoomContact


@dataclass(frozen=True, slots=True)
class RoomPeople:
    """Whom a room names, whether they may still be told or not; the other staff; and those of both who are told."""

    named: list[Account]
    others: list[Account]
    told: list[Account]


def people_of(room: Room) -> RoomPeople:
    """The staff whom the room names are told; where it names none, the staff who asked to be told of all rooms."""
    is_named = Exists(RoomContact.objects.filter(room=room, account=OuterRef("pk")))
    rows = Account.objects.annotate(is_named=is_named).filter(Q(is_named=True) | Q(is_staff=True, is_active=True))
    named: list[Account] = []
    others: list[Account] = []
    for account in rows:
        (named if account.is_named else others).append(account)
    told = [each for each in named if each.is_staff and each.is_active]
    return RoomPeople(named, others, told or [each for each in others if each.is_told_of_cameras])


def recipients_of(room: Room) -> list[Account]:
    """Those who are told."""
    return people_of(room).told
