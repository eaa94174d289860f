"""The triggers of deploy/triggers.sql: making them, and telling whether they stand.

They are no migrations: see that file.
"""

from __future__ import annotations

from django.conf import settings
from django.db.utils import DatabaseError

from portal.web.installation import statements
from portal.web.installation.files import new_password
from portal.web.installation.users import GUARD, GUARD_HOST

NOT_ALLOWED = (1044, 1142, 1227, 1419)
"""Errors of a server that lets this user make no trigger; the last is a binary log's."""

_GUARDED = (
    *("mark", "mark_change", "django_admin_log", "official_change", "reading", "confidential_reason", "board_export"),
    *("evidence", "near_miss", "sight", "blind_span", "enrolled", "room_camera"),
    *("camera_status", "room_lease", "outbox_fault"),
)
_ASKED = "class_session"
"""What triggers look at besides the row that is written."""
_TRIED = "rollcall_tried"


def read_triggers() -> dict[str, str]:
    """What follows CREATE TRIGGER, by the trigger's name."""
    text = (settings.BASE_DIR / "deploy" / "triggers.sql").read_text("utf-8")
    parts = text.partition("DELIMITER //")[2].partition("DELIMITER ;")[0].split("//")
    created = [part.strip().removeprefix("CREATE TRIGGER ") for part in parts if part.strip().startswith("CREATE")]
    return {each.split()[0]: each for each in created}


def any_stand() -> bool:
    """Whether the connection's database has any trigger."""
    return bool(statements.rows("SELECT 1 FROM information_schema.triggers WHERE trigger_schema = DATABASE() LIMIT 1"))


def outdated() -> list[str]:
    """Those that are missing in the connection's database, or are of another release."""
    found = statements.rows(
        "SELECT trigger_name, action_timing, event_manipulation, event_object_table, action_statement"
        " FROM information_schema.triggers WHERE trigger_schema = DATABASE()"
    )
    there = {}
    for name, timing, event, table, body in (map(statements.text, each) for each in found):
        there[name] = _plain(f"{name} {timing} {event} ON {table} FOR EACH ROW {body}")
    return [name for name, text in read_triggers().items() if there.get(name) != _plain(text)]


def _in_another_name() -> list[str]:
    """Those that another than the guard has made, who may be gone: then they refuse everything."""
    found = statements.rows(
        "SELECT trigger_name FROM information_schema.triggers WHERE trigger_schema = DATABASE() AND definer <> %s",
        f"{GUARD}@{GUARD_HOST}",
    )
    others = {statements.text(name) for (name,) in found}
    return [name for name in read_triggers() if name in others]


def make_guard() -> None:
    """The user in whose name they stand. For an administrator, once the tables are there."""
    guard = f"'{GUARD}'@'{GUARD_HOST}'"
    statements.run(f"CREATE USER IF NOT EXISTS {guard} IDENTIFIED BY %s", new_password())
    statements.run(f"ALTER USER {guard} ACCOUNT LOCK")
    for table in _GUARDED:
        statements.run(f"GRANT SELECT, TRIGGER ON {table} TO {guard}")
    statements.run(f"GRANT SELECT (id, room_id, revision) ON {_ASKED} TO {guard}")


def make(*, is_administrator: bool = False) -> None:
    """Make those that are missing, and make anew those of another release; an administrator, those in another's name.

    Raises DatabaseError, ``NOT_ALLOWED`` among others, with those that stand left as they are.
    """
    names = outdated()
    if is_administrator:
        names += [name for name in _in_another_name() if name not in names]
    if not names:
        return
    _try_to_make_one()
    wanted = read_triggers()
    for name in names:
        statements.run(f"DROP TRIGGER IF EXISTS {name}")
        _make(wanted[name])


def put_aside() -> None:
    """Remove them, for a migration may have to rewrite what they guard; only where they can be made again."""
    try:
        _try_to_make_one()
    except DatabaseError:
        return
    for name in read_triggers():
        statements.run(f"DROP TRIGGER IF EXISTS {name}")


def _make(text: str) -> None:
    try:
        statements.run(f"CREATE DEFINER = '{GUARD}'@'{GUARD_HOST}' TRIGGER {text}")
    except DatabaseError as error:
        if not (error.args and error.args[0] in NOT_ALLOWED):
            raise
        # Only who administers the server may make it in another's name.
        statements.run(f"CREATE TRIGGER {text}")


def _try_to_make_one() -> None:
    """On a table that nobody deletes from."""
    statements.run(f"DROP TRIGGER IF EXISTS {_TRIED}")
    statements.run(f"CREATE TRIGGER {_TRIED} BEFORE DELETE ON django_migrations FOR EACH ROW SET @rollcall_tried = 1")
    statements.run(f"DROP TRIGGER {_TRIED}")


def _plain(text: str) -> str:
    return " ".join(text.split())
