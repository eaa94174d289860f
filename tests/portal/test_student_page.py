"""A student's term, and what a person has changed."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from portal.accounts.models import Account, Reading
from portal.attendance.models import (
    ClassSession,
    CourseRules,
    Department,
    Excuse,
    Mark,
    MarkChange,
    RaisedWarning,
    RosterEntry,
    WarningMail,
    WarningRule,
)
from portal.attendance.queries.student import absences_in_a_row
from portal.attendance.services.correction import correct_mark, undo_word
from tests.portal.school import School, found_school

pytestmark = pytest.mark.django_db

BACKEND = "django.contrib.auth.backends.ModelBackend"
SAID = {"late": "camera", "present": "camera", "absent": "closing", "unseen": "closing", "expected": "nobody"}


def open_page(account: Account, address: str) -> Any:
    client = Client()
    client.force_login(account, backend=BACKEND)
    return client.get(address)


def hold(school: School, days_ago: int, status: str, **values: Any) -> ClassSession:
    """A class session of the past with a closed register and a mark of the second student."""
    starts_at = timezone.now() - timedelta(days=days_ago)
    session = school.meet(starts_at, **values)
    ClassSession.objects.filter(pk=session.pk).update(closed_at=starts_at + timedelta(hours=2))
    seen_at = starts_at + timedelta(minutes=20)
    seen = {"first_seen_at": seen_at, "last_seen_at": seen_at} if SAID[status] == "camera" else {}
    Mark.objects.create(session=session, student=school.students[1], status=status, source=SAID[status], **seen)
    return session


@pytest.fixture
def school() -> School:
    school = found_school(timezone.now() + timedelta(days=2))
    for days_ago, status in enumerate(("absent", "absent", "unseen", "absent", "late", "present"), start=1):
        hold(school, days_ago, status)
    return school


def test_the_term_is_a_strip_of_links_with_the_percentage_the_streak_and_the_lateness(school: School) -> None:
    page = open_page(school.lecturer, f"/students/{school.students[1].pk}/").text
    cells = re.findall(r'<a class="cell ([\w-]+)" href="(/sessions/\d+/students/\d+/)" aria-label="([\w ]+),', page)
    assert [words for _, _, words in cells] == [
        *("Present", "Late", "Absent", "Not observed", "Absent", "Absent", "To come")
    ]
    assert "<b>40 %</b>" in page and "below 75 %" in page and "threshold 75 %" in page
    assert "absent 3 times in a row now" in page
    assert "late 1 time, by 20 minutes on average" in page
    assert "1 not observed, left out" in page
    assert open_page(school.lecturer, cells[0][1]).status_code == 200


def test_the_percentage_is_by_the_courses_own_rules(school: School) -> None:
    CourseRules.objects.create(is_institution=True, threshold_percent=90)
    CourseRules.objects.create(course=school.course, late_percent=0, threshold_percent=10)
    page = open_page(school.lecturer, f"/students/{school.students[1].pk}/").text
    assert "<b>20 %</b>" in page and "threshold 10 %" in page and "below" not in page.partition("key")[0]


def test_class_sessions_before_the_student_came_show_a_dash_and_cancelled_ones_do_not_count(school: School) -> None:
    student = school.students[0]
    RosterEntry.objects.filter(student=student).update(since=timezone.now().date() - timedelta(days=2))
    ClassSession.objects.filter(marks__status="unseen").update(is_cancelled=True)
    page = open_page(school.lecturer, f"/students/{student.pk}/").text
    assert page.count('class="cell outside"') == 3 and page.count('class="cell cancelled"') == 1
    assert "Nothing counts yet" in page


@pytest.mark.parametrize(
    ("statuses", "found"),
    [
        ([], (0, 0)),
        (["absent", "excused", "unseen", "absent"], (2, 2)),
        (["absent", "absent", "late", "absent"], (1, 2)),
        (["absent", "present"], (0, 1)),
    ],
)
def test_what_is_excused_or_not_observed_neither_breaks_a_row_nor_makes_it_longer(
    statuses: list[str], found: tuple[int, int]
) -> None:
    assert absences_in_a_row(statuses) == found


def test_only_courses_that_the_reader_may_see_are_shown(school: School) -> None:
    student = school.students[1]
    address = f"/students/{student.pk}/"
    assert open_page(school.other, address).status_code == 404
    RosterEntry.objects.create(course=school.other_course, student=student)
    session = hold(school, 1, "absent", course=school.other_course)
    correct_mark(session, student, "excused", "a letter to Byron", school.other)
    viewer = Account.objects.create_user("vee@uni.example", name="Vee")
    department = Department.objects.create(name="Computing")
    department.viewers.add(viewer)
    type(school.course).objects.filter(pk=school.course.pk).update(department=department)
    pages = {who: open_page(who, address).text for who in (school.lecturer, school.other, viewer, school.staff)}
    shown = {who.name: ("CSC 301" in page, "MAT 110" in page) for who, page in pages.items()}
    assert shown == {
        "Ama Adjei": (True, False),
        "Ada Byron": (False, True),
        "Vee": (True, False),
        "Sam Registrar": (True, True),
    }
    assert "a letter to Byron" in pages[school.other] and "a letter to Byron" not in pages[school.lecturer]
    assert "Excuse for some days" in pages[school.lecturer] and "Excuse for some days" not in pages[viewer]


def test_the_reason_of_an_excuse_is_for_who_entered_it_and_for_staff(school: School) -> None:
    student, day = school.students[1], timezone.now().date()
    Excuse.objects.create(
        student=student,
        first_day=day,
        last_day=day,
        reason="an operation",
        entered_by=school.staff,
        entered_by_name="S",
    )
    address = f"/students/{student.pk}/"
    for who, may_read in ((school.lecturer, False), (school.staff, True)):
        page = open_page(who, address).text
        assert "every course" in page and ("an operation" in page) == may_read


def test_who_opens_the_page_is_written_down_and_who_may_not_see_it_is_not(school: School) -> None:
    student = school.students[1]
    for who in (school.other, school.lecturer):
        open_page(who, f"/students/{student.pk}/")
    rows = Reading.objects.filter(act=Reading.Act.STUDENT).values_list("reader_name", "about", "row_id")
    assert list(rows) == [("Ama Adjei", str(student), student.pk)]


def test_a_long_term_with_many_changes_needs_few_queries_and_bytes(school: School) -> None:
    student = school.students[1]
    for number in range(60):
        hold(school, 10 + number, "absent")
    MarkChange.objects.bulk_create(
        MarkChange(session=session, student=student, changed_by=by, to_status="late", reason="&" * 400)
        for session in ClassSession.objects.all()
        for by in (school.lecturer, school.staff)
    )
    for who in (school.lecturer, school.staff):
        client = Client()
        client.force_login(who, backend=BACKEND)
        client.get("/")  # A process looks at the migrations once.
        for address in (f"/students/{student.pk}/", "/changes/"):
            with CaptureQueriesContext(connection) as queries:
                answer = client.get(address)
            assert len(queries) <= 12, "\n".join(each["sql"][:300] for each in queries)
            assert len(answer.content) < 100_000


def test_that_a_closed_register_does_not_know_either_is_no_change_worth_telling(school: School) -> None:
    student = school.students[1]
    of_both = {"session": ClassSession.objects.all()[0], "student": student, "changed_by": school.lecturer}
    MarkChange.objects.create(**of_both, to_status="unseen")
    MarkChange.objects.create(**of_both, from_status="unseen", to_status="excused")
    changes = open_page(school.lecturer, f"/students/{student.pk}/").text.partition('id="history"')[2]
    assert "No mark" not in changes
    assert "Excused" in changes


def test_the_marks_page_and_the_records_lead_to_the_student(school: School) -> None:
    student = school.students[1]
    link = f'href="/students/{student.pk}/"'
    session = student.marks.first().session  # type: ignore[union-attr]
    for address in (f"/sessions/{session.pk}/students/{student.pk}/", "/records/"):
        assert link in open_page(school.lecturer, address).text, address
    assert "This student’s term</a>" in open_page(school.lecturer, "/records/?student=hopper").text


def test_my_changes_are_the_persons_own_and_say_what_still_stands(school: School) -> None:
    student, session = school.students[1], school.session
    correct_mark(session, student, "late", "came by bus", school.lecturer)
    correct_mark(session, student, "present", "the <b>clock</b> was wrong", school.lecturer)
    undo_word(session, student, school.lecturer)
    correct_mark(session, student, "excused", "hers alone", school.staff)
    page = open_page(school.lecturer, "/changes/").text
    told = re.findall(r"</time>(?: · ([^<]+))?</p>", page)
    assert told == ["", "Taken back", "Replaced: Sam Registrar set excused"]
    assert "hers alone" not in page and "the &lt;b&gt;clock" in page
    assert "Stands" in open_page(school.staff, "/changes/").text
    assert "You have changed nothing yet" in open_page(school.other, "/changes/").text


def test_my_changes_go_on_from_the_last_one_shown(school: School) -> None:
    rows = [
        MarkChange(session=school.session, student=school.students[1], changed_by=school.lecturer, to_status="late")
        for _ in range(51)
    ]
    MarkChange.objects.bulk_create(rows)
    page = open_page(school.lecturer, "/changes/").text
    older = re.search(r'href="(\?before=\d+)"', page)
    assert older and page.count("<time ") == 50
    page = open_page(school.lecturer, f"/changes/{older[1]}").text
    assert page.count("<time ") == 1 and 'rel="next"' not in page
    assert open_page(school.lecturer, "/changes/?before=²").status_code == 200


def test_warnings_that_were_sent_are_shown_to_who_may_see_the_course(school: School) -> None:
    rule = WarningRule.objects.create(
        course=school.course, kind="in a row", number=3, to_student=True, made_by=school.lecturer
    )
    warning = RaisedWarning.objects.create(
        rule=rule,
        student=school.students[1],
        course=school.course,
        what="3 absences in a row",
        dates=["Monday 23 November 2026, 09:00"],
        through=timezone.now(),
    )
    WarningMail.objects.create(
        warning=warning, role="student", address="grace@uni.example", about="raised", sent_at=timezone.now()
    )
    page = open_page(school.lecturer, f"/students/{school.students[1].pk}/").text
    assert "3 absences in a row</b>, CSC 301" in page
    assert "mailed to student" in page
    assert "grace@uni.example" not in page
    RosterEntry.objects.create(course=school.other_course, student=school.students[1])
    assert "3 absences in a row</b>" not in open_page(school.other, f"/students/{school.students[1].pk}/").text
