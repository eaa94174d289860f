"""People who do the same thing at the same moment, on MariaDB with the portal's shipped user."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from portal.accounts.models import Account
from portal.attendance.models import ClassSession, Course, Evidence, Mark, MarkChange, RosterEntry, Student
from portal.attendance.services.roll_call import Outcome, Wish, mark_each, mark_unanswered
from recognizer.domain.register.attendance import Sighting
from recognizer.domain.register.evidence import Evidence as Entry
from recognizer.storage.database.connection import make_engine
from recognizer.storage.database.register import SqlRegister
from tests.fixtures.mariadb import MigratedMariaDB
from tests.fixtures.portal_database import recognizer_of
from tests.portal.school import School, found_school
from tests.portal.test_race import deadlocks, deliver

ROUNDS = 6
SESSIONS = 8
MINUTE = timedelta(minutes=1)


@pytest.fixture
def school(portal_on_mariadb: MigratedMariaDB) -> School:
    """Open registers of two courses, in which cameras saw two students whom nobody expects."""
    now = timezone.now()
    school = found_school(now - 30 * MINUTE)
    recognizer = recognizer_of(portal_on_mariadb, school.room)
    RosterEntry.objects.all().delete()
    for number in range(1, SESSIONS):
        course = (school.course, school.other_course)[number % 2]
        school.meet(school.session.starts_at + number * MINUTE, course=course)
    for session in ClassSession.objects.all():
        for student in school.students[:2]:
            seen_at = session.starts_at + 5 * MINUTE
            recognizer.evidence(session, student, seen_at, seen_at)
    return school


def together(*acts: Callable[[], None]) -> None:
    """Begin all at once; the first error of any is raised."""
    line, faults = threading.Barrier(len(acts)), list[BaseException]()

    def work(act: Callable[[], None]) -> None:
        try:
            line.wait(60)
            act()
        except BaseException as fault:
            faults.append(fault)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(act,), daemon=True) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        raise faults[0]


def signed_in_twice(school: School) -> tuple[Client, Client]:
    clients = Client(), Client()
    clients[0].force_login(school.staff)
    clients[1].force_login(Account.objects.create_user("dean@uni.example", name="Dee Dean", is_staff=True))
    return clients


def join(client: Client, student: Student, courses: Iterable[Course]) -> int:
    """Put a student on rosters, in this order, on the student's page; how it was answered."""
    sent = {"number": student.number, "full_name": student.full_name, "is_active": "on"}
    added = list(courses)
    sent |= {"roster_entries-TOTAL_FORMS": str(len(added)), "roster_entries-INITIAL_FORMS": "0"}
    sent |= {f"roster_entries-{index}-course": str(course.pk) for index, course in enumerate(added)}
    sent |= {f"roster_entries-{index}-student": str(student.pk) for index in range(len(added))}
    return client.post(f"/admin/attendance/student/{student.pk}/change/", sent).status_code


def paste(client: Client, course: Course, student: Student) -> None:
    """Put a student on a roster, on the course's page."""
    sent = {"code": course.code, "title": course.title, "least_coverage_percent": "80", "numbers": student.number}
    for prefix in ("roster", "sessions", "sessions-2"):
        sent |= {f"{prefix}-TOTAL_FORMS": "0", f"{prefix}-INITIAL_FORMS": "0"}
    assert client.post(f"/admin/attendance/course/{course.pk}/change/", sent).status_code == 302


def test_two_who_put_students_on_the_same_rosters_in_different_orders_do_not_deadlock(
    school: School, portal_on_mariadb: MigratedMariaDB
) -> None:
    one, other = school.students[:2]
    courses = [school.course, school.other_course]
    clients = signed_in_twice(school)
    before, answers = deadlocks(portal_on_mariadb.server), list[int]()
    for _ in range(ROUNDS):
        RosterEntry.objects.all().delete()
        together(
            lambda: answers.append(join(clients[0], one, courses)),
            lambda: answers.append(join(clients[1], other, courses[::-1])),
        )
        assert RosterEntry.objects.count() == 4
    assert deadlocks(portal_on_mariadb.server) == before
    assert answers == [302] * 2 * ROUNDS
    assert Mark.objects.filter(status="present", on_roster=True).count() == 2 * SESSIONS


def test_a_deadlock_between_a_students_page_and_a_courses_page_reaches_nobody(
    school: School, portal_on_mariadb: MigratedMariaDB
) -> None:
    """One locks the student and asks for the course, the other the course and asks for the student."""
    one, course = school.students[0], school.course
    clients = signed_in_twice(school)
    answers = list[int]()
    for _ in range(ROUNDS):
        RosterEntry.objects.all().delete()
        together(
            lambda: answers.append(join(clients[0], one, [school.other_course, course])),
            lambda: paste(clients[1], course, one),
        )
        assert RosterEntry.objects.filter(student=one, course=course).count() == 1
    # 200: the page says that the student is on that roster already.
    assert set(answers) <= {200, 302}


def test_a_deadlock_between_a_students_page_and_a_camera_loses_nothing_and_reaches_nobody(
    school: School, portal_on_mariadb: MigratedMariaDB
) -> None:
    """The page locks the student and asks for the class sessions; whoever writes evidence does it the other way round.

    All class sessions lie in each other's time, so each entry concerns all of them.
    """
    courses = [school.course, school.other_course]
    students, client, answers = school.students[2:], signed_in_twice(school)[0], list[int]()
    sessions = list(ClassSession.objects.order_by("pk"))
    engine = make_engine(portal_on_mariadb.recognizer_url)
    register = SqlRegister(engine, school.room.name)

    def put_on_rosters() -> None:
        for student in students:
            answers.append(join(client, student, courses))

    def watch() -> None:
        for session in sessions:
            for student in students:
                at = session.starts_at.replace(tzinfo=None) + 10 * MINUTE
                deliver(register, Entry.of(Sighting(student.number, at, "back", 0.3, None, None, 5, 1), session.pk))

    database = portal_on_mariadb
    for _ in range(ROUNDS):
        RosterEntry.objects.all().delete()
        tables = ("mark_change", "mark", "evidence")
        # Not DELETE, which the triggers refuse to everybody.
        database.server.execute(
            "SET foreign_key_checks = 0", *(f"TRUNCATE {database.name}.{table}" for table in tables)
        )
        together(put_on_rosters, watch)
        assert RosterEntry.objects.count() == len(students) * len(courses)
    engine.dispose()
    assert answers == [302] * len(students) * ROUNDS
    assert Evidence.objects.filter(camera_name="back").count() == len(students) * SESSIONS
    marks = Mark.objects.filter(student__in=students, status="present", source="camera", on_roster=True)
    assert marks.count() == len(students) * SESSIONS


def test_a_guest_whom_two_add_at_once_is_marked_once(school: School) -> None:
    guest, told = school.students[2], list[str]()
    clients = signed_in_twice(school)

    def add(client: Client) -> None:
        address = f"/sessions/{school.session.pk}/guests/"
        told.append(client.post(address, {"number": guest.number}, follow=True).text)

    together(lambda: add(clients[0]), lambda: add(clients[1]))
    assert MarkChange.objects.filter(student=guest).count() == 1
    assert sum("Eileen Collins is in this register already." in page for page in told) == 1


def test_of_two_who_take_one_register_at_once_the_first_word_stands_and_the_other_is_told(
    school: School, portal_on_mariadb: MigratedMariaDB
) -> None:
    """In opposite orders, while a third says that the rest is absent."""
    RosterEntry.objects.bulk_create(RosterEntry(course=school.course, student=each) for each in school.students)
    people = [school.lecturer, school.staff]
    before = deadlocks(portal_on_mariadb.server)
    sessions = list(ClassSession.objects.filter(course=school.course).order_by("pk"))[:ROUNDS]
    for session in sessions:
        told: dict[str, list[Outcome]] = {}

        def take(by: Account, status: str, students: list[Student], session: ClassSession, into: Any) -> None:
            into[status] = mark_each(session, [Wish(each.pk, status, 0) for each in students], "seen", by)

        together(
            partial(take, people[0], "late", school.students, session, told),
            partial(take, people[1], "excused", school.students[::-1], session, told),
            partial(mark_unanswered, session, "absent", "the rest", people[1]),
        )
        for student in school.students:
            word = Mark.objects.get(session=session, student=student)
            said = [each for each in told["late"] + told["excused"] if each.wish.student_id == student.pk]
            done = [each.wish.status for each in said if not each.is_refused]
            assert done == [word.status] or (not done and word.status == "absent")
            words = MarkChange.objects.filter(session=session, student=student, action="set").order_by("pk")
            assert [each.to_status for each in words] == [word.status]
            assert all(each.latest == words[0] for each in said)
    assert deadlocks(portal_on_mariadb.server) == before
