"""The columns of the portal's tables that the recognizer uses; Django's migrations own the schema.

A contract test compares this with migrated databases, so a column here is a column there, of the same type.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Double,
    ForeignKey,
    Integer,
    MetaData,
    SmallInteger,
    String,
    Table,
    UniqueConstraint,
)
from sqlalchemy.dialects import mysql

metadata = MetaData()

VIEWS = {"known_student": "student", "camera_mark": "mark"}
"""Of these tables the recognizer's user sees a view, with the columns that are mapped here: see deploy/grants.sql.

SQLite has no users, and so no views: there the tables are asked themselves.
"""

OPTIONAL = {"is_optional": True}
"""Marks a column without which all else is written alike: a database of the release before has none."""

_Key = BigInteger().with_variant(Integer(), "sqlite")
_Instant = DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
_PositiveInteger = Integer().with_variant(mysql.INTEGER(unsigned=True), "mysql", "mariadb")
_PositiveBigInteger = BigInteger().with_variant(mysql.BIGINT(unsigned=True), "mysql", "mariadb")
_PositiveSmallInteger = SmallInteger().with_variant(mysql.SMALLINT(unsigned=True), "mysql", "mariadb")

student = Table(
    "known_student",
    metadata,
    Column("id", _Key, primary_key=True),
    Column("number", String(32), nullable=False, unique=True),
    Column("folded_number", String(128), nullable=True, unique=True),
    Column("is_active", Boolean, nullable=False),
    Column("merged_into_id", BigInteger, ForeignKey("known_student.id"), nullable=True),
)

course = Table(
    "course",
    metadata,
    Column("id", _Key, primary_key=True),
    Column("code", String(32), nullable=False, unique=True),
)

roster_entry = Table(
    "roster_entry",
    metadata,
    Column("id", _Key, primary_key=True),
    Column("course_id", BigInteger, ForeignKey("course.id"), nullable=False),
    Column("student_id", BigInteger, ForeignKey("known_student.id"), nullable=False),
    Column("since", Date, nullable=True),
    Column("until", Date, nullable=True),
    UniqueConstraint("course_id", "student_id", "since"),
)

room = Table(
    "room",
    metadata,
    Column("id", _Key, primary_key=True),
    Column("name", String(64), nullable=False, unique=True),
    Column("time_zone", String(64), nullable=False),
)

class_session = Table(
    "class_session",
    metadata,
    Column("id", _Key, primary_key=True),
    Column("course_id", BigInteger, ForeignKey("course.id"), nullable=False),
    Column("room_id", BigInteger, ForeignKey("room.id"), nullable=False),
    Column("starts_at", _Instant, nullable=False),
    Column("ends_at", _Instant, nullable=False),
    Column("day", Date, nullable=False),
    Column("late_after_minutes", _PositiveSmallInteger, nullable=False),
    Column("is_cancelled", Boolean, nullable=False),
    Column("closed_at", _Instant, nullable=True),
    UniqueConstraint("course_id", "room_id", "starts_at"),
)

mark = Table(
    "camera_mark",
    metadata,
    Column("id", _Key, primary_key=True),
    Column("session_id", BigInteger, ForeignKey("class_session.id"), nullable=False),
    Column("student_id", BigInteger, ForeignKey("known_student.id"), nullable=False),
    Column("status", String(8), nullable=False),
    Column("source", String(8), nullable=False),
    Column("because", String(16), nullable=False),
    Column("first_seen_at", _Instant, nullable=True),
    Column("last_seen_at", _Instant, nullable=True),
    Column("distance", Double, nullable=True),
    Column("camera_name", String(64), nullable=False),
    UniqueConstraint("session_id", "student_id"),
)

mark_change = Table(
    "mark_change",
    metadata,
    Column("id", _Key, primary_key=True),
    Column("session_id", BigInteger, ForeignKey("class_session.id"), nullable=False),
    Column("student_id", BigInteger, ForeignKey("known_student.id"), nullable=False),
    Column("action", String(8), nullable=False),
    Column("program", String(16), nullable=False),
    Column("changed_at", _Instant, nullable=False),
    Column("from_status", String(8), nullable=False),
    Column("from_source", String(8), nullable=False),
    Column("to_status", String(8), nullable=False),
    Column("to_source", String(8), nullable=False),
    Column("reason", String(500), nullable=False),
)

evidence = Table(
    "evidence",
    metadata,
    Column("id", _Key, primary_key=True),
    Column("session_id", BigInteger, ForeignKey("class_session.id"), nullable=False),
    Column("student_id", BigInteger, ForeignKey("known_student.id"), nullable=False),
    Column("room_id", BigInteger, ForeignKey("room.id"), nullable=False),
    Column("camera_name", String(64), nullable=False),
    Column("hour", _Instant, nullable=False),
    Column("first_seen_at", _Instant, nullable=False),
    Column("last_seen_at", _Instant, nullable=False),
    Column("minutes", BigInteger, nullable=False),
    Column("distance", Double, nullable=False),
    Column("runner_up_number", String(32), nullable=False),
    Column("runner_up_distance", Double, nullable=True),
    Column("encodings", _PositiveSmallInteger, nullable=False),
    Column("is_confirmed", Boolean, nullable=False),
    Column("clock_was_wrong", Boolean, nullable=False),
    Column("is_between", Boolean, nullable=False),
    Column("suspicion", String(8), nullable=True, info=OPTIONAL),
    UniqueConstraint("session_id", "student_id", "camera_name", "hour", "clock_was_wrong", "is_between"),
)

near_miss = Table(
    "near_miss",
    metadata,
    Column("id", _Key, primary_key=True),
    Column("session_id", BigInteger, ForeignKey("class_session.id"), nullable=False),
    Column("student_id", BigInteger, ForeignKey("known_student.id"), nullable=False),
    Column("room_id", BigInteger, ForeignKey("room.id"), nullable=False),
    Column("camera_name", String(64), nullable=False),
    Column("hour", _Instant, nullable=False),
    Column("first_seen_at", _Instant, nullable=False),
    Column("last_seen_at", _Instant, nullable=False),
    Column("minutes", BigInteger, nullable=False),
    Column("distance", Double, nullable=False),
    Column("sure_below", Double, nullable=False),
    Column("runner_up_number", String(32), nullable=False),
    Column("runner_up_distance", Double, nullable=True),
    Column("encodings", _PositiveSmallInteger, nullable=False),
    UniqueConstraint("session_id", "student_id", "room_id", "camera_name", "hour"),
)


def _span(name: str, *columns: Column[str]) -> Table:
    """A table of a camera's times."""
    return Table(
        name,
        metadata,
        Column("id", _Key, primary_key=True),
        Column("room_id", BigInteger, ForeignKey("room.id"), nullable=False),
        Column("camera_name", String(64), nullable=False),
        Column("starts_at", _Instant, nullable=False),
        Column("ends_at", _Instant, nullable=False),
        Column("recorded_at", _Instant, nullable=False),
        *columns,
        UniqueConstraint("room_id", "camera_name", "starts_at"),
    )


sight = _span("sight")
blind_span = _span("blind_span", Column("reason", String(16), nullable=False))

enrolled = Table(
    "enrolled",
    metadata,
    Column("id", _Key, primary_key=True),
    Column("room_id", BigInteger, ForeignKey("room.id"), nullable=False),
    Column("student_id", BigInteger, ForeignKey("known_student.id"), nullable=False),
    Column("reference_count", _PositiveInteger, nullable=False),
    Column("enrolled_at", _Instant, nullable=False),
    Column("removed_at", _Instant, nullable=True),
    Column("recorded_at", _Instant, nullable=False),
    UniqueConstraint("room_id", "student_id", "enrolled_at"),
)

room_camera = Table(
    "room_camera",
    metadata,
    Column("id", _Key, primary_key=True),
    Column("room_id", BigInteger, ForeignKey("room.id"), nullable=False),
    Column("camera_name", String(64), nullable=False),
    Column("since", _Instant, nullable=False),
    Column("until", _Instant, nullable=True),
    Column("recorded_at", _Instant, nullable=False),
    UniqueConstraint("room_id", "camera_name", "since"),
)

camera_status = Table(
    "camera_status",
    metadata,
    Column("id", _Key, primary_key=True),
    Column("room_id", BigInteger, ForeignKey("room.id"), nullable=False),
    Column("camera_name", String(64), nullable=False),
    Column("state", String(8), nullable=False),
    Column("reported_at", _Instant, nullable=False),
    Column("last_frame_at", _Instant, nullable=True),
    Column("version", String(32), nullable=False),
    Column("outbox_depth", _PositiveInteger, nullable=False),
    Column("gallery_size", _PositiveInteger, nullable=False),
    Column("refused_marks", _PositiveInteger, nullable=False),
    Column("kept_in_memory", _PositiveInteger, nullable=False),
    Column("clock_offset_seconds", Double, nullable=True),
    Column("state_since", _Instant, nullable=True),
    Column("looks_per_second", Double, nullable=True),
    Column("faces", _PositiveInteger, nullable=True),
    Column("gallery_version", String(16), nullable=True),
    Column("gallery_scope", String(8), nullable=True),
    Column("last_error", String(200), nullable=True),
    UniqueConstraint("room_id", "camera_name"),
)

room_lease = Table(
    "room_lease",
    metadata,
    Column("id", _Key, primary_key=True),
    Column("room_id", BigInteger, ForeignKey("room.id"), nullable=False),
    Column("holder", String(64), nullable=False),
    Column("token", String(32), nullable=False),
    Column("machine", String(64), nullable=False),
    Column("held_since", _Instant, nullable=False),
    Column("expires_at", _Instant, nullable=False),
    Column("waiting_machine", String(64), nullable=True),
    Column("waiting_at", _Instant, nullable=True),
    UniqueConstraint("room_id"),
)

outbox_fault = Table(
    "outbox_fault",
    metadata,
    Column("id", _Key, primary_key=True),
    Column("room_id", BigInteger, ForeignKey("room.id"), nullable=False),
    Column("happened_at", _Instant, nullable=False),
    Column("reason", String(8), nullable=False),
    Column("entries_saved", _PositiveInteger, nullable=False),
    Column("entries_lost", _PositiveInteger, nullable=False),
    Column("bytes_unreadable", _PositiveBigInteger, nullable=False),
    Column("recorded_at", _Instant, nullable=False),
    UniqueConstraint("room_id", "happened_at"),
)
