"""What a machine that was taken over has written of times to come: it would go on speaking after its user is gone."""

from __future__ import annotations

from portal.web.installation import statements

_LATER = "> UTC_TIMESTAMP(6) + INTERVAL 1 HOUR"
"""A recognizer writes what was, by the database's clock."""

_OF_THE_ROOM = "session_id IN (SELECT id FROM class_session WHERE {room})"
_STATEMENTS = (
    f"DELETE FROM evidence WHERE {{room}} AND GREATEST(hour, first_seen_at, last_seen_at) {_LATER}",
    f"DELETE FROM near_miss WHERE {{room}} AND GREATEST(hour, first_seen_at, last_seen_at) {_LATER}",
    f"DELETE FROM mark WHERE {_OF_THE_ROOM} AND source = 'camera' AND first_seen_at {_LATER}",
    # What a person has said of it stays.
    f"UPDATE mark SET first_seen_at = NULL, last_seen_at = NULL WHERE {_OF_THE_ROOM} AND first_seen_at {_LATER}",
    f"UPDATE mark SET last_seen_at = first_seen_at WHERE {_OF_THE_ROOM} AND last_seen_at {_LATER}",
    *(
        statement
        for table in ("sight", "blind_span")
        for statement in (
            f"DELETE FROM {table} WHERE {{room}} AND starts_at {_LATER}",
            f"UPDATE {table} SET ends_at = UTC_TIMESTAMP(6) WHERE {{room}} AND ends_at {_LATER}",
        )
    ),
    # Else no other machine could serve the room.
    f"UPDATE room_lease SET expires_at = UTC_TIMESTAMP(6) WHERE {{room}} AND expires_at {_LATER}",
)


def forget_foretold(room_id: int | None) -> int:
    """Delete it, and let what reaches into it end now; in all rooms where none is given. How many rows that were."""
    room = "TRUE" if room_id is None else f"room_id = {int(room_id)}"
    # Where somebody keeps rows locked, it is told soon.
    statements.run("SET SESSION innodb_lock_wait_timeout = 5")
    return sum(statements.change(each.format(room=room)) for each in _STATEMENTS)
