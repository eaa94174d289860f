"""The rules of a course: what counts, what a change does to the figures, and whether a correction needs a reason."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from portal.accounts.models import OfficialChange
from portal.attendance.models import ClassSession, CourseRules, Mark, MarkChange
from portal.attendance.percentages import Effect, Rules, combine, compare, figure
from portal.attendance.queries.exceptions import find_exceptions
from tests.portal.school import School, found_school

pytestmark = pytest.mark.django_db

ATTENDED = {"present": 6, "late": 2, "absent": 2, "excused": 2, "unseen": 3, "expected": 1}


@pytest.mark.parametrize(
    ("rules", "points", "counted"),
    [
        (Rules(), 800, 10),
        (Rules(late_percent=50), 700, 10),
        (Rules(late_percent=0), 600, 10),
        (Rules(excused_counts="present"), 1000, 12),
        (Rules(excused_counts="absent"), 800, 12),
        (Rules(free_absences=1), 800, 9),
        (Rules(free_absences=9), 800, 8),
        (Rules(excused_counts="absent", free_absences=3), 800, 9),
    ],
)
def test_each_rule_counts_as_it_says(rules: Rules, points: int, counted: int) -> None:
    found = figure(rules, ATTENDED)
    assert (found.points, found.counted, found.unseen, found.expected) == (points, counted, 3, 1)


def test_a_percentage_just_under_the_threshold_is_below_it_and_is_not_rounded_up() -> None:
    found = figure(Rules(threshold_percent=75), {"present": 299, "absent": 100})
    assert found.percent == 74 and found.is_below
    assert not figure(Rules(threshold_percent=75), {"present": 3, "absent": 1}).is_below


def test_nobody_is_below_of_whom_nothing_counts() -> None:
    found = figure(Rules(threshold_percent=100), {"unseen": 4, "expected": 1})
    assert found.percent is None and not found.is_below


def test_a_rule_of_the_course_goes_before_the_institutions_even_where_it_is_zero_or_no() -> None:
    general = CourseRules(late_percent=50, free_absences=2, needs_reason=True)
    own = CourseRules(late_percent=0, needs_reason=False)
    assert combine(general, own) == Rules(late_percent=0, free_absences=2, needs_reason=False)


def test_a_change_of_rules_says_who_falls_and_who_rises() -> None:
    students = [{"present": 1, "late": 3}, {"present": 1, "absent": 1}, {"present": 4}]
    before, after = Rules(), Rules(late_percent=0, free_absences=1)
    assert compare(before, after, students) == Effect(below_before=1, below_after=1, falling=1, rising=1)


@pytest.fixture
def school() -> School:
    school = found_school(timezone.now() - timedelta(days=2))
    type(school.session).objects.filter(pk=school.session.pk).update(closed_at=timezone.now() - timedelta(days=1))
    for student, status in zip(school.students, ("present", "late", "absent"), strict=False):
        said = {"source": "closing"} if status == "absent" else {"source": "lecturer", "marked_by": school.staff}
        Mark.objects.create(session=school.session, student=student, status=status, **said)
    return school


def fill(client: Client, address: str, **values: object) -> tuple[str, dict[str, object]]:
    """Fill the form in, and return what the page says that it does and what its button would send."""
    page = client.post(address, values).content.decode()
    seen = re.search(r'name="seen" value="(\w+)"', page)
    assert seen, page
    return page, values | {"seen": seen[1]}


def test_a_lecturer_sees_what_a_rule_does_before_it_is_saved_and_the_trail_keeps_it(
    client: Client, school: School
) -> None:
    client.force_login(school.lecturer)
    address = f"/courses/{school.course.pk}/rules/"
    page, sent = fill(client, address, late_percent=50)
    assert "Below the threshold: 1 → 2 students. 1 would fall below it, 0 would rise above it." in page
    assert not CourseRules.objects.exists()
    assert client.post(address, sent).status_code == 302
    assert CourseRules.objects.get().late_percent == 50
    change = OfficialChange.objects.get(table_name="course_rules", field="late_percent")
    assert (change.row_name, change.field, change.old, change.new) == ("Rules of CSC 301", "late_percent", "", "50")


def test_whoever_saves_rules_stays_on_their_page_and_sees_there_what_holds(client: Client, school: School) -> None:
    client.force_login(school.staff)
    for address, whose in (
        (f"/courses/{school.course.pk}/rules/", "CSC 301"),
        ("/rules/institution/", "the institution"),
    ):
        _, sent = fill(client, address, late_percent=50)
        saved = client.post(address, sent, follow=True)
        assert saved.redirect_chain == [(address, 302)]
        assert f"Rules of {whose} are saved." in saved.text
        assert re.search(r'name="late_percent" value="50"', saved.text)
        assert "Nothing is saved yet." not in saved.text


def test_what_was_seen_is_shown_anew_where_somebody_else_has_saved_meanwhile(client: Client, school: School) -> None:
    client.force_login(school.lecturer)
    address = f"/courses/{school.course.pk}/rules/"
    _, sent = fill(client, address, late_percent=50)
    CourseRules.objects.create(course=school.course, threshold_percent=30)
    assert "Nothing is saved yet." in client.post(address, sent).content.decode()
    assert CourseRules.objects.get().late_percent is None


def test_rules_of_the_institution_leave_out_what_a_course_overrides(client: Client, school: School) -> None:
    CourseRules.objects.create(course=school.course, late_percent=100)
    client.force_login(school.staff)
    page, _ = fill(client, "/rules/institution/", late_percent=0)
    assert "It puts nobody on the other side of the threshold: 1 student is below it." in page
    page, sent = fill(client, "/rules/institution/", threshold_percent=0)
    assert "Below the threshold: 1 → 0 students. 0 would fall below it, 1 would rise" in page
    assert client.post("/rules/institution/", sent).status_code == 302


@pytest.mark.parametrize("wrong", [{"late_percent": "101"}, {"threshold_percent": "-1"}, {"excused_counts": "twice"}])
def test_a_rule_that_cannot_be_is_refused(client: Client, school: School, wrong: dict[str, str]) -> None:
    client.force_login(school.lecturer)
    assert client.post(f"/courses/{school.course.pk}/rules/", wrong).status_code == 422
    assert not CourseRules.objects.exists()


def test_where_the_course_demands_no_reason_none_is_made_up(client: Client, school: School) -> None:
    CourseRules.objects.create(course=school.course, needs_reason=False)
    client.force_login(school.lecturer)
    student = school.students[0]
    address = f"/sessions/{school.session.pk}/students/{student.pk}/"
    assert client.post(address, {"status": "absent", "reason": " ", "shown": "0"}).status_code == 302
    assert MarkChange.objects.get(student=student, changed_by=school.lecturer).reason == ""
    page = client.get(address).content.decode()
    assert "No reason given." in page and "This course needs none." in page
    assert " required maxlength" not in page


def test_a_new_class_session_begins_with_the_late_limit_of_the_course(client: Client, school: School) -> None:
    CourseRules.objects.create(course=school.course, late_after_minutes=5)
    client.force_login(school.lecturer)
    day = timezone.localdate() + timedelta(days=3)
    form = {"course": school.course.pk, "day": day, "starts": "09:00", "ends": "10:00", "room": school.room.pk}
    for late, starts, ends in (("", "09:00", "10:00"), ("20", "11:00", "12:00")):
        sent = form | {"starts": starts, "ends": ends, "late_after_minutes": late}
        assert client.post("/sessions/add/", sent).status_code == 302
    limits = ClassSession.objects.filter(starts_at__gt=timezone.now()).values_list("late_after_minutes", flat=True)
    assert sorted(limits) == [5, 20]
    assert ClassSession.objects.get(pk=school.session.pk).late_after_minutes == 15


def test_who_left_early_or_was_hardly_there_goes_by_the_rules_of_the_course(school: School) -> None:
    Mark.objects.all().delete()
    first, second = school.students[:2]
    school.watch()
    start = school.session.starts_at
    for student, last in ((first, 30), (second, 4)):
        seen = {"first_seen_at": start + timedelta(minutes=1), "last_seen_at": start + timedelta(minutes=last)}
        Mark.objects.create(session=school.session, student=student, status="present", source="camera", **seen)

    def found() -> set[tuple[str, str]]:
        session = ClassSession.objects.select_related("course", "room").get(pk=school.session.pk)
        findings = find_exceptions([session], None, timezone.now())
        return {(one.kind.value, one.students[0].number) for one in findings}

    assert found() == {("left early", "0042"), ("left early", "S1001")}
    CourseRules.objects.create(course=school.course, early_minutes=30, least_minutes=10)
    assert found() == {("short", "S1001")}
    CourseRules.objects.update(early_minutes=10, least_minutes=0)
    assert found() == {("left early", "0042"), ("left early", "S1001")}
