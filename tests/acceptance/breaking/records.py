"""A room as the database has it: its lessons and students, and what was recorded of them."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, text
from sqlalchemy.pool import NullPool

from tests.acceptance.breaking.scripted_recognizer import CLOCK
from tests.acceptance.breaking.timepiece import Timepiece
from tests.fixtures.mariadb import MigratedMariaDB
from tests.fixtures.waiting import Value, wait_for

ROOM = "Broken room"
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Lesson:
    """A class session as it was entered; instants are naive UTC."""

    id: int
    course: str
    starts_at: datetime
    ends_at: datetime
    roster: frozenset[str]
    late_after: timedelta = 10 * MINUTE

    @property
    def opens_at(self) -> datetime:
        return self.starts_at - 15 * MINUTE

    def without(self, number: str) -> Lesson:
        """The same, which does not expect that student."""
        return replace(self, roster=self.roster - {number})


@dataclass
class RoomRecords:
    """A room of its own in the database, with its students."""

    folder: Path
    database: MigratedMariaDB
    students: int = 3
    numbers: Sequence[str] = ()
    """Of the students; made up where none are given."""
    longest_wait: float = 30.0
    """Seconds; how long what is waited for may take by default."""

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.name = f"{ROOM} {secrets.token_hex(3)}"
        self.engine: Engine = create_engine(self.database.owner_url, poolclass=NullPool)
        self.timepiece = Timepiece(self.folder / CLOCK)
        self.lessons: list[Lesson] = []
        self.words: set[str] = set()
        """Students whose marks a person has set since."""
        with self.engine.begin() as connection:
            self.room_id = _insert(connection, "room", name=self.name)
            self.numbers = self.numbers or [f"S{self.room_id}{number:03}" for number in range(self.students)]
            self._newcomers = list(self.numbers)
            for number in self.numbers:
                known = connection.execute(text("SELECT id FROM student WHERE number = :n"), {"n": number}).all()
                if not known:
                    _insert(connection, "student", number=number, folded_number=number.casefold(), full_name=number)

    def meet(
        self,
        starts: timedelta = -5 * MINUTE,
        lasts: timedelta = 120 * MINUTE,
        roster: Sequence[str] | None = None,
        *,
        day: datetime | None = None,
    ) -> Lesson:
        """Enter a class session of a course of its own, which starts so much later than now; all are expected in it."""
        now, numbers = self.timepiece.true_now(), self.numbers if roster is None else roster
        begins = now + starts
        code = f"C{len(self.lessons)} {secrets.token_hex(3)}"
        with self.engine.begin() as connection:
            course = _insert(connection, "course", code=code, title=code)
            for number in numbers:
                connection.execute(
                    text(
                        "INSERT INTO roster_entry (course_id, student_id) SELECT :c, id FROM student WHERE number = :n"
                    ),
                    {"c": course, "n": number},
                )
            lesson = _insert(
                connection,
                "class_session",
                course_id=course,
                room_id=self.room_id,
                starts_at=str(begins),
                ends_at=str(begins + lasts),
                day=str((day or begins).date()),
                late_after_minutes=10,
            )
        self.lessons.append(Lesson(lesson, code, begins, begins + lasts, frozenset(numbers)))
        return self.lessons[-1]

    def newcomers(self, count: int) -> list[str]:
        """Numbers of students who were not in the picture before."""
        found, self._newcomers = self._newcomers[:count], self._newcomers[count:]
        assert len(found) == count, "there are no more students"
        return found

    def has_newcomers(self, count: int = 1) -> bool:
        """Whether so many are left who were not in the picture before."""
        return len(self._newcomers) >= count

    def rows(self, statement: str, **values: Any) -> list[dict[str, Any]]:
        """What a SELECT finds; ``:room`` stands for the room's row."""
        with self.engine.connect() as connection:
            found = connection.execute(text(statement), {"room": self.room_id} | values)
            return [dict(row._mapping) for row in found]

    def execute(self, statement: str, **values: Any) -> None:
        """As an admin of the database."""
        with self.engine.begin() as connection:
            connection.execute(text(statement), {"room": self.room_id} | values)

    def renumber_student(self, number: str, new: str) -> None:
        """The office gives the student another number."""
        self.execute(
            "UPDATE student SET number = :new, folded_number = lower(:new) WHERE number = :n", n=number, new=new
        )

    def delete_student(self, number: str) -> None:
        """The office deletes a student of whom nothing is recorded."""
        for table in ("roster_entry", "enrolled"):
            self.execute(
                f"DELETE {table} FROM {table} JOIN student ON student.id = student_id WHERE number = :n", n=number
            )
        self.execute("DELETE FROM student WHERE number = :n", n=number)

    def enter_student(self, number: str) -> None:
        """The office enters the student, again or for the first time, into the courses of all lessons."""
        self.execute("INSERT INTO student (number, folded_number, full_name) VALUES (:n, lower(:n), :n)", n=number)
        self.execute(
            "INSERT INTO roster_entry (course_id, student_id) SELECT class_session.course_id, student.id"
            " FROM class_session, student WHERE room_id = :room AND number = :n",
            n=number,
        )

    def marked(self, lesson: Lesson | None = None) -> set[str]:
        """The numbers of all who have a mark in the class session, the first one if none is named."""
        found = self.rows(
            "SELECT number FROM mark JOIN student ON student.id = mark.student_id WHERE session_id = :session",
            session=(lesson or self.lessons[0]).id,
        )
        return {row["number"] for row in found}

    def wait_for(self, condition: Callable[[], Value], what: str, seconds: float | None = None) -> Value:
        """See ``waiting.wait_for``; without a number of seconds, as long as this room's waits may take."""
        return wait_for(condition, what, seconds or self.longest_wait)

    def wait_for_marks(self, *numbers: str, seconds: float | None = None, lesson: Lesson | None = None) -> None:
        self.wait_for(lambda: self.marked(lesson) >= set(numbers), f"the marks of {', '.join(numbers)}", seconds)

    def states(self) -> dict[str, str]:
        """The word of each camera by its name, as the portal shows it."""
        found = self.rows("SELECT camera_name, state FROM camera_status WHERE room_id = :room")
        return {row["camera_name"]: row["state"] for row in found}

    @contextmanager
    def locked(self, table: str = "class_session") -> Iterator[None]:
        """Another transaction holds these rows for as long as the block takes."""
        with self.engine.begin() as connection:
            connection.exec_driver_sql(f"SELECT * FROM {table} FOR UPDATE")
            yield

    def kill_connections(self) -> None:
        """End every connection of a recognizer to this database, as an admin or a firewall does."""
        with self.database.server.connect() as root, root.cursor() as cursor:
            cursor.execute(
                "SELECT id FROM information_schema.processlist WHERE user = 'rollcall_recognizer' AND db = %s",
                (self.database.name,),
            )
            for (connection,) in cursor.fetchall():
                cursor.execute(f"KILL {connection}")


def _insert(connection: Any, table: str, **values: Any) -> int:
    names, places = ", ".join(values), ", ".join(f":{name}" for name in values)
    return int(connection.execute(text(f"INSERT INTO {table} ({names}) VALUES ({places})"), values).lastrowid or 0)
