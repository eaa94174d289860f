"""What the portal's database says of the lessons that samples came from."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Connection, Engine, select

from recognizer.domain.learning.keeping import LessonFacts
from recognizer.domain.learning.sample import LessonSample
from recognizer.storage.database.connection import repeated
from recognizer.storage.database.lookup import person_id
from recognizer.storage.database.schedule import select_expected
from recognizer.storage.database.tables import class_session, mark, roster_entry, student

_PERSONS = "lecturer"


class SqlLessonRecords:
    """``ports.LessonRecords`` on the tables of the portal."""

    def __init__(self, engine: Engine, room_name: str) -> None:
        self._engine = engine
        self._room_name = room_name

    def facts(self, samples: Sequence[LessonSample], now: datetime) -> LessonFacts:
        """See ``ports.LessonRecords.facts``."""
        sessions = {sample.session_id for sample in samples}
        students = {sample.student_id for sample in samples}

        def read(connection: Connection) -> LessonFacts:
            words = connection.execute(
                select(mark.c.session_id, mark.c.student_id, mark.c.status).where(
                    mark.c.session_id.in_(sessions), mark.c.student_id.in_(students), mark.c.source == _PERSONS
                )
            )
            held = select(class_session.c.id).where(
                class_session.c.id.in_(sessions), class_session.c.is_cancelled.is_(False)
            )
            active = select(student.c.id).where(student.c.id.in_(students), student.c.is_active.is_(True))
            return LessonFacts(
                words={(row.session_id, row.student_id): row.status for row in words},
                sessions=frozenset(connection.scalars(held)),
                students=frozenset(connection.scalars(active)),
                expected=_find_expected(connection, self._room_name, students, now),
            )

        return repeated(self._engine, read)


def _find_expected(connection: Connection, room_name: str, students: Collection[int], now: datetime) -> frozenset[int]:
    """Which of the students are on the roster of a class session in the room that is not over."""
    person = person_id(student)
    expected = select_expected(person, room_name, now).join(student, student.c.id == roster_entry.c.student_id)
    return frozenset(connection.scalars(expected.where(person.in_(students))))
