"""The register and the board of camera states in the portal's database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Engine, case, func, insert, select, update
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from recognizer.domain.register.attendance import MarkEntry
from recognizer.domain.register.status import CameraStatus
from recognizer.errors import MarkRefused, RegisterUnavailable
from recognizer.storage.database.connection import error_code, explain, repeated, transaction
from recognizer.storage.database.tables import camera_status, class_session, mark, room, student

_DUPLICATE = 1062


class SqlRegister:
    """``ports.Register`` on the tables of the portal. Writing an entry twice changes nothing."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def record(self, entry: MarkEntry) -> None:
        """See ``ports.Register.record``."""
        try:
            repeated(self._engine, lambda connection: _insert_or_widen(connection, entry))
        except SQLAlchemyError as error:
            raise MarkRefused(explain(error)) from None


class SqlStatusBoard:
    """``ports.StatusBoard`` on ``camera_status``: one row for each camera of the room."""

    def __init__(self, engine: Engine, room_name: str) -> None:
        self._engine = engine
        self._room_name = room_name

    def post(self, statuses: Sequence[CameraStatus]) -> None:
        """See ``ports.StatusBoard.post``."""
        with transaction(self._engine) as connection:
            room_id = connection.scalar(select(room.c.id).where(room.c.name == self._room_name))
            if room_id is None:
                raise RegisterUnavailable(f'the portal knows no room "{self._room_name}" any more; add it there')
            for status in statuses:
                _post(connection, room_id, status)


def _insert_or_widen(connection: Connection, entry: MarkEntry) -> None:
    if connection.scalar(select(class_session.c.id).where(class_session.c.id == entry.session_id)) is None:
        raise MarkRefused(f"class session {entry.session_id} is gone")
    student_id = _student_id(connection, entry.student_number)
    try:
        # A savepoint, so that the duplicate undoes the INSERT alone on every database.
        with connection.begin_nested():
            connection.execute(
                insert(mark).values(
                    session_id=entry.session_id,
                    student_id=student_id,
                    status=entry.status,
                    source="camera",
                    first_seen_at=entry.first_seen_at,
                    last_seen_at=entry.last_seen_at,
                    distance=entry.distance,
                    camera_name=entry.camera_name,
                )
            )
    except IntegrityError as error:
        if not _is_duplicate(error):
            raise
        _widen(connection, entry, student_id)


def _student_id(connection: Connection, number: str) -> int:
    rows = connection.execute(select(student.c.id, student.c.number).where(student.c.number == number))
    for student_id, stored in rows:
        # MariaDB compares without case and trailing spaces; another student's number must not do.
        if stored == number:
            return int(student_id)
    raise MarkRefused(f"the portal knows no student with the number {number}")


def _is_duplicate(error: IntegrityError) -> bool:
    return error_code(error) == _DUPLICATE or "UNIQUE constraint failed" in str(error.orig)


def _widen(connection: Connection, entry: MarkEntry, student_id: int) -> None:
    """Widen the seen-times of a camera's own mark.

    The status follows the first sighting: where an entry that was held up turns out to be earlier and in time, a late
    mark becomes present. It never goes the other way, and a person's mark is never touched.
    """
    is_earlier = mark.c.first_seen_at > entry.first_seen_at
    changes: list[tuple[Any, Any]] = [
        ("first_seen_at", case((is_earlier, entry.first_seen_at), else_=mark.c.first_seen_at)),
        (
            "last_seen_at",
            case((mark.c.last_seen_at < entry.last_seen_at, entry.last_seen_at), else_=mark.c.last_seen_at),
        ),
    ]
    if entry.status == "present":
        # First in the list: MySQL carries assignments out in order, and later ones see what earlier ones changed.
        changes.insert(0, ("status", case((is_earlier, entry.status), else_=mark.c.status)))
    connection.execute(
        update(mark)
        .where(mark.c.session_id == entry.session_id, mark.c.student_id == student_id, mark.c.source == "camera")
        .ordered_values(*changes)
    )


def _post(connection: Connection, room_id: int, status: CameraStatus) -> None:
    values = {
        "state": status.state,
        "reported_at": status.reported_at,
        "version": status.version,
        "outbox_depth": status.outbox_depth,
        "gallery_size": status.gallery_size,
    }
    key = {"room_id": room_id, "camera_name": status.camera_name}
    last_frame_at = func.coalesce(status.last_frame_at, camera_status.c.last_frame_at)
    changed = connection.execute(
        update(camera_status)
        .where(camera_status.c.room_id == room_id, camera_status.c.camera_name == status.camera_name)
        .values(**values, last_frame_at=last_frame_at)
    )
    if changed.rowcount == 0:
        connection.execute(insert(camera_status).values(**key, **values, last_frame_at=status.last_frame_at))
