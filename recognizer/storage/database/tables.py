"""The columns of the portal's tables that the recognizer uses; Django's migrations own the schema.

A contract test compares this with migrated databases, so a column here is a column there, of the same type.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
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

_Key = BigInteger().with_variant(Integer(), "sqlite")
_Instant = DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
_PositiveInteger = Integer().with_variant(mysql.INTEGER(unsigned=True), "mysql", "mariadb")
_PositiveSmallInteger = SmallInteger().with_variant(mysql.SMALLINT(unsigned=True), "mysql", "mariadb")

student = Table(
    "student",
    metadata,
    Column("id", _Key, primary_key=True),
    Column("number", String(32), nullable=False, unique=True),
    Column("is_active", Boolean, nullable=False),
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
    Column("student_id", BigInteger, ForeignKey("student.id"), nullable=False),
    UniqueConstraint("course_id", "student_id"),
)

room = Table(
    "room",
    metadata,
    Column("id", _Key, primary_key=True),
    Column("name", String(64), nullable=False, unique=True),
)

class_session = Table(
    "class_session",
    metadata,
    Column("id", _Key, primary_key=True),
    Column("course_id", BigInteger, ForeignKey("course.id"), nullable=False),
    Column("room_id", BigInteger, ForeignKey("room.id"), nullable=False),
    Column("starts_at", _Instant, nullable=False),
    Column("ends_at", _Instant, nullable=False),
    Column("late_after_minutes", _PositiveSmallInteger, nullable=False),
    Column("is_cancelled", Boolean, nullable=False),
    UniqueConstraint("course_id", "room_id", "starts_at"),
)

mark = Table(
    "mark",
    metadata,
    Column("id", _Key, primary_key=True),
    Column("session_id", BigInteger, ForeignKey("class_session.id"), nullable=False),
    Column("student_id", BigInteger, ForeignKey("student.id"), nullable=False),
    Column("status", String(8), nullable=False),
    Column("source", String(8), nullable=False),
    Column("first_seen_at", _Instant, nullable=True),
    Column("last_seen_at", _Instant, nullable=True),
    Column("distance", Double, nullable=True),
    Column("camera_name", String(64), nullable=False),
    UniqueConstraint("session_id", "student_id"),
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
    UniqueConstraint("room_id", "camera_name"),
)

django_migrations = Table(
    "django_migrations",
    metadata,
    Column("id", _Key, primary_key=True),
    Column("app", String(255), nullable=False),
    Column("name", String(255), nullable=False),
)
