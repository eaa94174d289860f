"""Something that is done once at a time, in whichever process of the portal."""

from __future__ import annotations

from threading import Lock

from django.db import DatabaseError, connection

_guard = Lock()
_taken: set[str] = set()
"""Where the database has no locks by name: SQLite serves one process."""


def take_lock(name: str) -> bool:
    """Take the lock unless somebody has it. It belongs to this thread's connection and ends with it."""
    if connection.vendor != "mysql":
        with _guard:
            is_free = name not in _taken
            _taken.add(name)
        return is_free
    with connection.cursor() as cursor:
        cursor.execute("SELECT GET_LOCK(%s, 0)", [_full(name)])
        return bool(cursor.fetchone() == (1,))


def release_lock(name: str) -> None:
    """Give it back, in the thread that took it."""
    if connection.vendor != "mysql":
        with _guard:
            _taken.discard(name)
        return
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT RELEASE_LOCK(%s)", [_full(name)])
    except DatabaseError:
        connection.close()  # The lock ends with it.


def _full(name: str) -> str:
    """Names are the server's; other databases have theirs."""
    return f"{connection.settings_dict['NAME']}.{name}"[-64:]
