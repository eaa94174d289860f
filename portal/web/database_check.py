"""What `rollcall-manage check` says of the database and of the files with secrets; it leaves nothing behind."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import DatabaseError, Error, connection, transaction

from portal.web.configuration import open_files
from portal.web.database_address import is_on_this_machine
from portal.web.readiness import NO_ANSWER, NOT_SET_UP, find_complaint, is_set_up

_REFUSED_BY_TRIGGER = 1644
_CHANGE = (
    "INSERT INTO mark_change (session_id, student_id, action, program, changed_at, from_status, from_source, "
    "to_status, to_source, reason) VALUES (0, 0, %s, %s, UTC_TIMESTAMP(6), '', '', 'present', 'camera', '-')"
)
"""A change of no class session, which the database would not take in anybody's name."""

_SETUP = "run `rollcall-manage setup mysql://root@localhost/rollcall`, with the address of the database's administrator"


@dataclass(frozen=True)
class Finding:
    """A line of the answer. sign: ✓ well, – to be thought of, ✗ the portal cannot serve."""

    sign: str
    text: str

    def __str__(self) -> str:
        return f"{self.sign} {self.text}"


def check_files() -> list[Finding]:
    """A line for each file with a secret that is none."""
    return [
        Finding("–", f"secrets: everybody on this machine may read the file that {name} names; take that right away")
        for name in open_files()
    ]


def check_database() -> list[Finding]:
    """One question after the other, until one says that the portal cannot serve."""
    if not is_set_up():
        return [Finding("–", f"database: {NOT_SET_UP}")]
    try:
        connection.ensure_connection()
    except Error as error:
        return [Finding("✗", f"database: {NO_ANSWER}: {error.args[-1] if error.args else type(error).__name__}")]
    if complaint := find_complaint():
        return [Finding("✗", f"database: {complaint}")]
    findings = [Finding("✓", "database: reachable, and of this release")]
    if connection.vendor == "mysql":
        findings += [_check_way(), _check_triggers()]
    return findings


def _check_way() -> Finding:
    options = connection.settings_dict["OPTIONS"]
    if options.get("unix_socket") or is_on_this_machine(connection.settings_dict["HOST"]):
        return Finding("✓", "way to the database: it does not leave this machine")
    if options.get("tls"):
        return Finding("✓", "way to the database: encrypted")
    return Finding(
        "–",
        "way to the database: not encrypted, as ssl_disabled in ROLLCALL_DATABASE_URL says; give the server a "
        "certificate and take ssl_disabled away",
    )


def _check_triggers() -> Finding:
    """Only who could remove them is shown the triggers, so one is tried: by what no program but the other may write."""
    if not _is_refused("set", "recognizer"):
        return Finding(
            "–",
            f"triggers: those that keep what a person has said, and the history, are missing; {_SETUP}",
        )
    if _is_refused("decide", "portal"):
        return Finding(
            "✗",
            "triggers: they take this portal for a stranger, for its user of the database is not rollcall_portal; name "
            "that user in ROLLCALL_DATABASE_URL",
        )
    return Finding("✓", "triggers: what a person has said, and the history, is kept")


def _is_refused(action: str, program: str) -> bool:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_CHANGE, [action, program])
            transaction.set_rollback(True)
    except DatabaseError as error:
        return bool(error.args and error.args[0] == _REFUSED_BY_TRIGGER)
    return False
