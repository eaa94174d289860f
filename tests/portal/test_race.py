"""Corrections, cameras' reports and closing at once: both programs' own code and shipped users on MariaDB.

ROLLCALL_RACE_ROUNDS says how many rounds to run; ``make test-races`` runs thousands.
"""

from __future__ import annotations

import os
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta

import pytest
from django.db import connection

from portal.accounts.models import Account
from portal.attendance.models import ClassSession, Evidence, Mark, MarkChange, RosterEntry, Student
from portal.attendance.services.closing import close_session, decide_late
from portal.attendance.services.correction import NothingToTakeBack, back_to_camera, correct_mark, undo_word
from recognizer.domain.register.evidence import Evidence as Entry
from recognizer.errors import RegisterUnavailable
from recognizer.storage.database.connection import make_engine
from recognizer.storage.database.register import SqlRegister
from tests.environment import RACE_ROUNDS
from tests.fixtures.mariadb import MariaDB, MigratedMariaDB
from tests.fixtures.portal_database import recognizer_of
from tests.portal.school import NINE, School, found_school

ROUNDS = int(os.environ.get(RACE_ROUNDS) or 20)
STUDENTS = 4
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
STATUSES = ("present", "late", "absent", "excused")
WATCHED_MINUTES = {"front": (4, 20), "back": (2,)}
"""The minutes in which each camera sees each student, and reports them one by one."""
ANSWER_SECONDS = 60


@pytest.fixture
def school(portal_on_mariadb: MigratedMariaDB) -> School:
    """Everybody can be named, and the room was watched; the last student is never seen."""
    school = found_school()
    for student in school.students[STUDENTS:]:
        RosterEntry.objects.filter(student=student).delete()
    del school.students[STUDENTS:]
    recognizer = recognizer_of(portal_on_mariadb, school.room)
    begun = NINE - ROUNDS * HOUR
    recognizer.sight(begun, NINE + HOUR)
    for student in school.students:
        recognizer.enrol(student, begun)
    return school


class Race:
    """Everybody works on the register of one class session at once, then on that of the next."""

    def __init__(self, school: School, database: MigratedMariaDB, rounds: int) -> None:
        self.school = school
        self.sessions = [school.session, *(school.meet(NINE - number * HOUR) for number in range(1, rounds))]
        self.words: Counter[tuple[int, str]] = Counter()
        """How many words each account gave or took back, by primary key and action."""
        self.faults: list[BaseException] = []
        self._database = database
        workers: list[Callable[[random.Random], Callable[[ClassSession], None]]] = [
            lambda luck: lambda session: self._speak(session, school.lecturer, luck),
            lambda luck: lambda session: self._speak(session, school.staff, luck),
            lambda luck: lambda session: self._close(session, luck),
            *(lambda luck, name=name: self._camera(name, luck) for name in WATCHED_MINUTES),
        ]
        self._line = threading.Barrier(len(workers))
        self._threads = [
            threading.Thread(target=self._work, args=(make(random.Random(number)),), daemon=True)
            for number, make in enumerate(workers)
        ]

    def run(self) -> None:
        """Return when every register has been worked on by all; raise the first error that reached anybody."""
        for thread in self._threads:
            thread.start()
        for thread in self._threads:
            thread.join()
        if self.faults:
            raise self.faults[0]

    def _work(self, act: Callable[[ClassSession], None]) -> None:
        try:
            for session in self.sessions:
                self._line.wait(ANSWER_SECONDS)
                act(session)
        except threading.BrokenBarrierError:
            pass
        except BaseException as error:
            self.faults.append(error)
            self._line.abort()
        finally:
            connection.close()

    def _speak(self, session: ClassSession, by: Account, luck: random.Random) -> None:
        for student in luck.sample(self.school.students, STUDENTS - 1):
            act = luck.choice(["set", "set", "undo", "back"])
            with suppress(NothingToTakeBack):
                if act == "set":
                    correct_mark(session, student, luck.choice(STATUSES), "I know it", by)
                elif act == "undo":
                    undo_word(session, student, by)
                else:
                    back_to_camera(session, student, by)
                self.words[by.pk, act] += 1

    def _camera(self, name: str, luck: random.Random) -> Callable[[ClassSession], None]:
        engine = make_engine(self._database.recognizer_url)
        register = SqlRegister(engine, self.school.room.name)

        def report(session: ClassSession) -> None:
            seen = [(minute, student) for minute in WATCHED_MINUTES[name] for student in self.school.students[:-1]]
            luck.shuffle(seen)
            for minute, student in seen:
                deliver(register, entry(session, student, name, minute))
            if session is self.sessions[-1]:
                engine.dispose()

        return report

    def _close(self, session: ClassSession, luck: random.Random) -> None:
        time.sleep(luck.uniform(0, 0.04))
        assert close_session(session)
        decide_late(session)


def deliver(register: SqlRegister, seen: Entry) -> None:
    """Record it as the outbox does: what finds the database busy is tried again."""
    while True:
        try:
            return register.record(seen)
        except RegisterUnavailable:
            time.sleep(0.1)


def entry(session: ClassSession, student: Student, camera: str, minute: int) -> Entry:
    """What a camera tells of one minute of a class session that begins with an hour."""
    hour = session.starts_at.replace(tzinfo=None)
    at = hour + minute * MINUTE
    return Entry(session.pk, student.number, camera, hour, at, at, 1 << minute, 0.3, student_id=student.pk)


def deadlocks(server: MariaDB) -> int:
    """How many InnoDB has met since the server was started."""
    with server.connect() as root, root.cursor() as cursor:
        # The first is MariaDB's, the other MySQL's.
        if not cursor.execute("SHOW GLOBAL STATUS LIKE 'Innodb_deadlocks'"):
            cursor.execute("SELECT name, count FROM information_schema.innodb_metrics WHERE name = 'lock_deadlocks'")
        ((_, count),) = cursor.fetchall()
        return int(count)


def standing_words(changes: list[MarkChange]) -> list[MarkChange]:
    """The words of persons that nobody took back, told from the history alone."""
    words: list[MarkChange] = []
    for change in changes:
        if change.action == "set":
            words.append(change)
        elif change.action == "back":
            words = []
        elif change.action == "undo":
            mine = [index for index, word in enumerate(words) if word.changed_by_id == change.changed_by_id]
            del words[mine[-1]]
    return words


def registers(school: School) -> Iterator[tuple[ClassSession, Student, list[Mark], list[MarkChange]]]:
    """Each student of each class session with the rows and the history, which begins with the earliest."""
    marks: dict[tuple[int, int], list[Mark]] = {}
    changes: dict[tuple[int, int], list[MarkChange]] = {}
    for mark in Mark.objects.order_by("pk"):
        marks.setdefault((mark.session_id, mark.student_id), []).append(mark)
    for change in MarkChange.objects.order_by("pk"):
        changes.setdefault((change.session_id, change.student_id), []).append(change)
    for session in ClassSession.objects.order_by("pk"):
        for student in school.students:
            key = (session.pk, student.pk)
            yield session, student, marks.get(key, []), changes.get(key, [])


def test_corrections_reports_and_closing_at_once_lose_nothing_and_never_deadlock(
    school: School, portal_on_mariadb: MigratedMariaDB
) -> None:
    race = Race(school, portal_on_mariadb, ROUNDS)
    before = deadlocks(portal_on_mariadb.server)
    race.run()

    assert deadlocks(portal_on_mariadb.server) == before
    said = Counter(MarkChange.objects.filter(changed_by__isnull=False).values_list("changed_by", "action"))
    assert said == race.words
    unseen = school.students[-1]
    for session, student, marks, changes in registers(school):
        assert session.closed_at is not None
        (mark,) = marks
        assert_history_leads_to(mark, changes)
        words = standing_words(changes)
        if words:
            expected = (words[-1].to_status, "lecturer", words[-1].changed_by_id)
        else:
            expected = ("absent", "closing", None) if student == unseen else ("present", "camera", None)
        assert (mark.status, mark.source, mark.marked_by_id) == expected
        seen = (None, None) if student == unseen else (session.starts_at + 2 * MINUTE, session.starts_at + 20 * MINUTE)
        assert (mark.first_seen_at, mark.last_seen_at) == seen
    assert_all_minutes_are_kept(school)


def assert_history_leads_to(mark: Mark, changes: list[MarkChange]) -> None:
    """Each change begins where the one before it ended, and the last is what the mark says."""
    before = ("", "")
    for change in changes:
        assert (change.from_status, change.from_source) == before
        before = (change.to_status, change.to_source)
    assert (mark.status, mark.source) == before


def assert_all_minutes_are_kept(school: School) -> None:
    rows = Counter(Evidence.objects.values_list("camera_name", "minutes"))
    reported = ClassSession.objects.count() * (len(school.students) - 1)
    assert rows == {
        (camera, sum(1 << minute for minute in minutes)): reported for camera, minutes in WATCHED_MINUTES.items()
    }
