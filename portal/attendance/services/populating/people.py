"""Who is there, and who studies and teaches what."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from portal.accounts.models import Account
from portal.attendance.models import Course, Department, Enrolled, Excuse, Room, RosterEntry, Student
from portal.attendance.services.populating.names import person_name
from portal.attendance.services.populating.plan import (
    COURSES_OF_A_DEPARTMENT,
    COURSES_OF_A_LECTURER,
    WEEK,
    ZONE,
    Plan,
)

ROWS = 2000
"""Of one statement."""

DOMAIN = "university.example"
OFFICE, REGISTRAR, FIRST_LECTURER = 1, 2, 3
"""Keys of accounts."""

NOT_ENROLLED_ONE_IN = 50
EXCUSED_ONE_IN = 40


def write_accounts(plan: Plan) -> int:
    """An administrator, a registrar, and the lecturers. Nobody can sign in until they are given a password."""

    def account(key: int, email: str, name: str, **rights: bool) -> Account:
        made = Account(pk=key, email=f"{email}@{DOMAIN}", name=name, time_zone=ZONE, **rights)
        made.set_unusable_password()
        return made

    accounts = [
        account(OFFICE, "administrator", "The administrator", is_staff=True, is_superuser=True),
        account(REGISTRAR, "registrar", "The registrar", is_staff=True),
        *(
            account(FIRST_LECTURER + each, f"lecturer{each + 1}", person_name(1_000_000 + each))
            for each in range(plan.lecturers)
        ),
    ]
    Account.objects.bulk_create(accounts, batch_size=ROWS)
    return len(accounts)


def lecturer_of(course: int) -> int:
    """The key of the account that teaches the course."""
    return FIRST_LECTURER + (course - 1) // COURSES_OF_A_LECTURER


def write_courses(plan: Plan) -> int:
    """Departments with their viewers, rooms, and courses with their lecturers."""
    departments = [Department(pk=each, name=f"Department {each}") for each in range(1, plan.departments + 1)]
    Department.objects.bulk_create(departments)
    # Its last lecturer reads what the others of the department do.
    viewers = [(each, lecturer_of(min(each * COURSES_OF_A_DEPARTMENT, plan.courses))) for each in _keys(departments)]
    viewing = Department.viewers.through
    viewing.objects.bulk_create(viewing(department_id=key, account_id=account) for key, account in viewers)
    Room.objects.bulk_create(
        Room(pk=each, name=f"Room {each}", time_zone=ZONE, each_camera_sees_all=each % 3 == 0)
        for each in range(1, plan.cohorts + 1)
    )
    courses = [
        Course(
            pk=each,
            code=f"C{each:04}",
            title=f"Course number {each}",
            department_id=(each - 1) // COURSES_OF_A_DEPARTMENT + 1,
        )
        for each in range(1, plan.courses + 1)
    ]
    Course.objects.bulk_create(courses, batch_size=ROWS)
    teaching = Course.lecturers.through
    teaching.objects.bulk_create(teaching(course_id=key, account_id=lecturer_of(key)) for key in _keys(courses))
    return len(courses)


def write_students(plan: Plan) -> int:
    """The students, those whom their room's gallery can name, and those who are excused for a week."""
    keys = range(1, plan.students + 1)
    Student.objects.bulk_create(
        (Student(pk=each, number=student_number(each), full_name=person_name(each)) for each in keys), batch_size=ROWS
    )
    before = datetime.combine(plan.first_day - WEEK, time(), UTC)
    Enrolled.objects.bulk_create(
        (
            Enrolled(
                room_id=plan.cohort_of(each) + 1,
                student_id=each,
                reference_count=1 + each % 5,
                enrolled_at=before,
                recorded_at=before,
            )
            for each in keys
            if each % NOT_ENROLLED_ONE_IN
        ),
        batch_size=ROWS,
    )
    Excuse.objects.bulk_create(_excuse(plan, each) for each in keys if each % EXCUSED_ONE_IN == 0)
    return plan.students


def student_number(key: int) -> str:
    return f"{100_000 + key}"


def _excuse(plan: Plan, student: int) -> Excuse:
    monday = plan.first_day + student // EXCUSED_ONE_IN % plan.weeks * WEEK
    return Excuse(
        student_id=student,
        first_day=monday,
        last_day=monday + timedelta(days=5),
        reason="A certificate was shown.",
        entered_by_id=REGISTRAR,
        entered_by_name="The registrar",
        entered_at=datetime.combine(monday, time(5), UTC),
    )


def write_rosters(plan: Plan) -> int:
    """Each student in each course of their cohort; some come three weeks later, and some leave in the middle."""
    entries = (
        RosterEntry(course_id=course, student_id=student, since=since, until=until)
        for student in range(1, plan.students + 1)
        for since, until in [_membership(plan, student)]
        for course in plan.courses_of(plan.cohort_of(student))
    )
    return len(RosterEntry.objects.bulk_create(entries, batch_size=ROWS))


def _membership(plan: Plan, student: int) -> tuple[date, date | None]:
    if student % 30 == 3:
        return plan.first_day + 3 * WEEK, None
    if student % 45 == 4:
        return plan.first_day, plan.first_day + max(plan.weeks // 2, 1) * WEEK - timedelta(days=1)
    return plan.first_day, None


def _keys(rows: list[Department] | list[Course]) -> list[int]:
    return [row.pk for row in rows]
