"""A course over a term: every student in every class session, who is below the threshold, and how the weeks went."""

from __future__ import annotations

import re
import zlib
from datetime import date, timedelta
from io import BytesIO

import pytest
from django.test import Client
from django.utils import timezone
from openpyxl import load_workbook

from portal.attendance.access import zone_of
from portal.attendance.models import ClassSession, CourseRules, Mark, RosterEntry, Student, Term
from portal.attendance.queries.course import grid_of
from portal.attendance.services.rosters import end_membership
from tests.portal.school import School, found_school

pytestmark = pytest.mark.django_db

LETTERS = {"P": "present", "L": "late", "A": "absent", "E": "excused", "U": "unseen"}


@pytest.fixture
def school() -> School:
    school = found_school(timezone.now() - timedelta(days=60))
    school.session.delete()
    return school


def said(school: School, session: ClassSession, student: Student, status: str) -> Mark:
    """A mark that says so, by a person where closing says no such thing."""
    if status in ("absent", "unseen"):
        by = {"source": "closing", "because": "blind" if status == "unseen" else ""}
    else:
        by = {"source": "lecturer", "marked_by": school.lecturer, "note": "seen"}
    return Mark(session=session, student=student, status=status, on_roster=True, **by)


def hold(school: School, **registers: str) -> None:
    """Closed class sessions, a week apart from fifty days ago on; a letter for each of the four students."""
    for index, letters in enumerate(registers.values()):
        start = timezone.now() - timedelta(days=50 - 7 * index)
        session = school.meet(start, closed_at=start + timedelta(hours=2))
        Mark.objects.bulk_create(
            said(school, session, student, LETTERS[letter])
            for student, letter in zip(school.students, letters, strict=True)
            if letter != "-"
        )


def test_who_is_below_comes_first_and_what_nobody_saw_counts_nowhere(client: Client, school: School) -> None:
    hold(school, first="PPAL", second="PUAP", third="PPPE")
    client.force_login(school.lecturer)
    page = client.get(f"/courses/{school.course.pk}/")
    rows = [(row.student.number, row.figures.percent, row.figures.unseen) for row in page.context["grid"].rows]
    assert rows == [("S1002", 33, 0), ("S1003", 100, 0), ("S1001", 100, 1), ("0042", 100, 0)]
    assert "1 below 75 %" in re.sub(r"<[^>]+>", "", page.text)
    assert [week.percent for week in page.context["grid"].weeks] == [75, 66, 100]
    (row,) = re.findall(r"<tr><th[^>]*><a[^>]*><bdi>Eileen Collins.*", page.text)
    assert re.findall(r"<td class=(\w+)>(\w)", row) == [
        ("absent", "A"),
        ("absent", "A"),
        ("present", "P"),
        *(("sum", n) for n in "1020"),
    ]
    only = client.get(f"/courses/{school.course.pk}/?show=below").text
    assert "Eileen Collins" in only
    assert "Grace Hopper" not in only
    assert "Eileen" not in client.get(f"/courses/{school.course.pk}/?q=grace").text


def test_the_courses_rules_say_what_counts(school: School) -> None:
    hold(school, first="LEAP", second="LPPP")
    CourseRules.objects.create(course=school.course, late_percent=50, excused_counts="absent", free_absences=1)
    grid = grid_of(school.course, timezone.now())
    assert {row.student.number: row.figures.percent for row in grid.rows} == {
        "0042": 50,
        "S1001": 100,
        "S1002": 100,
        "S1003": 100,
    }


def test_cancelled_sessions_walk_ins_and_days_outside_the_roster_count_nowhere(school: School) -> None:
    hold(school, first="PPPP", second="PPPP")
    walk_in = Student.objects.create(number="W1", full_name="Walk In")
    first, second = school.course.sessions.order_by("starts_at")
    Mark.objects.create(
        session=first, student=walk_in, status="present", source="lecturer", marked_by=school.lecturer, on_roster=False
    )
    RosterEntry.objects.filter(student=school.students[0]).update(since=second.day)
    Mark.objects.filter(session=first, student=school.students[0]).delete()
    school.meet(timezone.now() - timedelta(days=3), is_cancelled=True)
    gone = Student.objects.create(number="G1", full_name="Gone Before")
    RosterEntry.objects.create(course=school.course, student=gone, until=date(2020, 1, 1))
    grid = grid_of(school.course, timezone.now())
    by_number = {row.student.number: row for row in grid.rows}
    assert by_number.keys() == {"0042", "S1001", "S1002", "S1003"}
    assert by_number["0042"].statuses == ["outside", "present", "cancelled"]
    assert [(column.here, column.of) for column in grid.columns] == [(3, 3), (4, 4), (0, 0)]


def test_a_week_without_a_class_leaves_a_gap(school: School) -> None:
    hold(school, first="PPPP", second="AAAA", third="PPPP")
    ClassSession.objects.filter(pk=school.course.sessions.order_by("starts_at")[1].pk).update(is_cancelled=True)
    assert [week.percent for week in grid_of(school.course, timezone.now()).weeks] == [100, None, 100]


def test_two_hundred_students_in_thirty_sessions_are_one_light_page(
    client: Client, school: School, django_assert_max_num_queries: object
) -> None:
    crowd = Student.objects.bulk_create(
        Student(number=f"C{number:03}", full_name=f"Person {number} Nr{number % 17}") for number in range(196)
    )
    RosterEntry.objects.bulk_create(RosterEntry(course=school.course, student=each) for each in crowd)
    students = list(Student.objects.all())
    for index in range(30):
        start = timezone.now() - timedelta(days=60 - index)
        session = school.meet(start, closed_at=start + timedelta(hours=2))
        Mark.objects.bulk_create(
            said(school, session, each, list(LETTERS.values())[(each.pk * 7 + index * 3 + each.pk * index) % 5])
            for each in students
        )
    client.force_login(school.lecturer)
    with django_assert_max_num_queries(12):  # type: ignore[operator]
        page = client.get(f"/courses/{school.course.pk}/")
    assert page.text.count("<tr><th") == 200 + 2
    assert len(zlib.compress(page.content)) < 2 * 15_000


def test_an_empty_course_says_so(client: Client, school: School) -> None:
    client.force_login(school.lecturer)
    assert "No class session has begun in this term" in client.get(f"/courses/{school.course.pk}/").text


def test_today_the_register_and_the_rules_lead_to_it(client: Client, school: School) -> None:
    session = school.meet(timezone.now() - timedelta(minutes=5))
    client.force_login(school.lecturer)
    day = session.starts_at.astimezone(zone_of(school.lecturer)).date()
    for address in (f"/?day={day}", f"/sessions/{session.pk}/", f"/courses/{school.course.pk}/rules/"):
        assert f'href="/courses/{school.course.pk}/"' in client.get(address).text, address
    client.force_login(school.staff)
    institution = client.get("/rules/institution/")
    assert institution.status_code == 200
    assert "The term" not in institution.text


def test_what_has_no_answer_stands_beside_the_percentage(client: Client, school: School) -> None:
    hold(school, first="PPPP", second="PPPP")
    last = school.course.sessions.latest("starts_at")
    Mark.objects.filter(session=last, student=school.students[0]).update(
        status="expected", source="nobody", marked_by=None, note=""
    )
    client.force_login(school.lecturer)
    (row,) = re.findall(
        rf"<tr><th[^>]*><a[^>]*><bdi>{school.students[0].full_name}.*", client.get(f"/courses/{school.course.pk}/").text
    )
    assert re.sub(r"<[^>]+>", "", row).endswith("100 …1 without an answer yetPExpected1000")


def test_two_class_sessions_on_one_day_have_heads_that_differ(client: Client, school: School) -> None:
    noon = (timezone.now() - timedelta(days=3)).replace(hour=12, minute=0)
    for start in (noon, noon + timedelta(hours=2), noon - timedelta(days=7)):
        school.meet(start, closed_at=start + timedelta(hours=1))
    client.force_login(school.lecturer)
    heads = re.findall(r"title=\"[^\"]*\">(.*?)</a></th>", client.get(f"/courses/{school.course.pk}/").text)
    assert len(set(heads[-2:])) == 2
    assert heads[-1].endswith("<span>14:00</span>")
    assert heads[0].isdecimal(), "alone on its day"


def test_what_nobody_saw_is_said_in_words(client: Client, school: School) -> None:
    hold(school, first="UPPP")
    client.force_login(school.lecturer)
    page = client.get(f"/courses/{school.course.pk}/").text
    assert '<td class=unseen><span class="spoken">Not observed</span>' in page
    assert '+1<span class="spoken"> not observed</span>' in page


def test_an_earlier_term_is_looked_back_on_and_exported_when_the_next_has_begun(client: Client, school: School) -> None:
    hold(school, first="PPAL", second="PUAP")
    today = timezone.localdate()
    early, late = (
        Term.objects.create(name=name, first_day=today - timedelta(days=first), last_day=today + timedelta(days=last))
        for name, first, last in (("Spring", 100, -20), ("Autumn", 19, 60))
    )
    school.meet(timezone.now() - timedelta(days=2))
    client.force_login(school.lecturer)
    address = f"/courses/{school.course.pk}/"
    assert len(client.get(address).context["grid"].columns) == 1
    page = client.get(address, {"term": early.pk})
    assert len(page.context["grid"].columns) == 2
    assert f"/board.xlsx?term={early.pk}" in page.text and "2 class sessions in Spring" in page.text
    assert len(client.get(address, {"term": late.pk}).context["grid"].columns) == 1
    file = load_workbook(BytesIO(client.get(f"{address}board.xlsx", {"term": early.pk}).content))
    assert any("2 from" in str(cell.value) for row in file["About"].iter_rows() for cell in row)


def test_who_was_a_guest_before_joining_is_no_student_who_was_there(client: Client, school: School) -> None:
    hold(school, first="PPPP", second="PPPP")
    early = ClassSession.objects.earliest("starts_at")
    RosterEntry.objects.filter(student=school.students[0]).update(since=early.day + timedelta(days=1))
    Mark.objects.filter(session=early, student=school.students[0]).update(on_roster=False)
    grid = grid_of(school.course, timezone.now())
    assert next(row.statuses for row in grid.rows if row.student == school.students[0]) == ["guest", "present"]
    client.force_login(school.lecturer)
    assert "<td class=guest>G" in client.get(f"/courses/{school.course.pk}/").text


def test_who_leaves_on_the_first_day_of_class_stays_in_its_register(school: School) -> None:
    session = school.meet(timezone.now() - timedelta(hours=2), closed_at=timezone.now())
    session.refresh_from_db()
    Mark.objects.create(session=session, student=school.students[0], status="absent", source="closing", on_roster=True)
    assert end_membership(RosterEntry.objects.get(student=school.students[0]), session.day)
    assert RosterEntry.objects.get(student=school.students[0]).until == session.day
    assert school.students[0] in [row.student for row in grid_of(school.course, timezone.now()).rows]
