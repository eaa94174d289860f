"""The users of the database that Rollcall makes."""

from __future__ import annotations

PORTAL, RECOGNIZER, OWNER = "rollcall_portal", "rollcall_recognizer", "rollcall_owner"
"""The two of deploy/grants.sql, and the one that upgrades use. The recognizer's is shared by all machines that have no
user of their own."""

GUARD = "rollcall_guard"
"""In whose name the triggers stand; nobody can sign in as it. The administrator who made them may go, and triggers
without the user who made them refuse everything."""

GUARD_HOST = "localhost"

_ROOM = "rollcall_room_"
"""A room's own, with the number of its row: that stays when the room gets another name, and fits MySQL's 32
characters."""


def user_of_room(room_id: int) -> str:
    """The user of the room's recognizers."""
    return f"{_ROOM}{room_id}"


def room_of(user: str) -> int | None:
    """The number of the room whose recognizers have this user; None for other users."""
    number = user.removeprefix(_ROOM)
    return int(number) if number != user and number.isdecimal() else None


def role_of(user: str) -> str:
    """The user of deploy/grants.sql whose rights it has."""
    return RECOGNIZER if room_of(user) is not None else user
