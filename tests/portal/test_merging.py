"""Two students who are one person: what is known of both counts once, and nothing is moved."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from portal.accounts.models import OfficialChange
from portal.attendance.models import Evidence, Excuse, Mark, MarkChange, RosterEntry, Student
from portal.attendance.queries.course import grid_of
from portal.attendance.queries.register import register_of
from portal.attendance.services.closing import close_session
from portal.attendance.services.correction import correct_mark
from portal.attendance.services.deciding import decide_anew
from portal.attendance.services.excuses import enter_excuses, withdraw_excuses
from portal.attendance.services.merging import MergeRefused, merge, separate
from portal.attendance.services.roll_call import Wish, mark_each
from tests.portal.school import School, found_school

pytestmark = pytest.mark.django_db


@pytest.fixture
def school() -> School:
    """Of those on the roster S1001 and S1002 are one person: S1002 is the new number."""
    school = found_school()
    school.watch()
    school.enrol()
    return school


def closed(school: School) -> None:
    close_session(school.session)
    school.session.refresh_from_db()


def status(school: School, student: Student) -> str:
    return Mark.objects.get(session=school.session, student=student).status


def latest(school: School, student: Student) -> int:
    """The last change of the student that a person knows of."""
    return MarkChange.objects.filter(session=school.session, student=student).latest("pk").pk


def test_what_a_camera_saw_under_one_number_counts_for_both_until_they_are_separated(school: School) -> None:
    old, new = school.students[1:3]
    school.notice(old)
    decide_anew(school.session)
    closed(school)
    assert [status(school, each) for each in (old, new)] == ["present", "absent"]
    before = list(Evidence.objects.values("pk", "student"))
    assert merge(old, into=new) == 1
    assert [status(school, each) for each in (old, new)] == ["present", "present"]
    assert list(Evidence.objects.values("pk", "student")) == before
    assert separate(old) == 1
    assert [status(school, each) for each in (old, new)] == ["present", "absent"]
    told = OfficialChange.objects.filter(table_name="student", field="merged_into").values_list("old", "new")
    assert set(told) == {("", str(new)), (str(new), "")}


def test_a_persons_word_of_one_number_holds_for_the_other_and_a_later_word_comes_after_it(school: School) -> None:
    old, new = school.students[1:3]
    closed(school)
    correct_mark(school.session, old, "late", "I saw her come", school.lecturer)
    merge(old, into=new)
    mark = Mark.objects.get(session=school.session, student=new)
    assert (mark.status, mark.note, mark.marked_by) == ("late", "I saw her come", school.lecturer)
    correct_mark(school.session, new, "excused", "a letter", school.lecturer)
    assert status(school, new) == "excused"
    correct_mark(school.session, old, "present", "looked again", school.lecturer)
    assert [status(school, each) for each in (old, new)] == ["present", "present"]
    mark_each(school.session, [Wish(old.pk, "absent", latest(school, old))], "it was somebody else", school.lecturer)
    assert [status(school, each) for each in (old, new)] == ["absent", "absent"]


def test_an_excuse_of_either_number_excuses_the_person(school: School) -> None:
    old, new = school.students[1:3]
    day = school.session.day
    Excuse.objects.create(student=old, first_day=day, last_day=day, reason="ill", entered_by=school.lecturer)
    closed(school)
    assert status(school, new) == "absent"
    merge(old, into=new)
    assert status(school, new) == "excused"


def test_an_excuse_of_a_merged_number_excuses_the_person_from_then_until_it_is_withdrawn(school: School) -> None:
    old, new = school.students[1:3]
    closed(school)
    merge(old, into=new)
    old.refresh_from_db()
    before, day = status(school, new), school.session.day
    excuse = Excuse(student=old, first_day=day, last_day=day, reason="ill")
    enter_excuses([excuse], school.lecturer)
    assert status(school, new) == "excused"
    withdraw_excuses([excuse], school.lecturer)
    assert status(school, new) == before != "excused"


def test_a_course_counts_the_person_once_with_what_was_held_under_each_number(school: School) -> None:
    old, new = school.students[1:3]
    RosterEntry.objects.filter(student=new).update(since=school.session.day + timedelta(days=1))
    RosterEntry.objects.filter(student=old).update(until=school.session.day)
    school.notice(old)
    decide_anew(school.session)
    closed(school)
    second = school.meet(school.session.starts_at + timedelta(days=2))
    school.watch(session=second)
    close_session(second)
    merge(old, into=new)
    grid = grid_of(school.course, second.ends_at)
    row = next(row for row in grid.rows if row.student == new)
    assert row.statuses == ["present", "absent"]
    assert (row.figures.percent, len(grid.rows)) == (50, 3)
    assert [column.of for column in grid.columns] == [3, 3]


def test_an_open_register_expects_the_person_once_whichever_number_is_on_the_roster(school: School) -> None:
    old, new = school.students[1:3]
    RosterEntry.objects.filter(student=new).delete()
    school.notice(old)
    decide_anew(school.session)
    merge(old, into=new)
    found = register_of(school.session, school.session.starts_at + timedelta(minutes=30))
    assert sorted(row.student.number for row in found.rows) == ["0042", "S1002", "S1003"]
    assert (found.row_of(new).status, found.expected, found.here, found.visitors) == ("present", 3, 1, [])
    closed(school)
    found = register_of(school.session, school.session.ends_at)
    assert (found.expected, found.here) == (3, 1)


def test_who_cannot_be_merged_is_told_and_nothing_is_written(school: School) -> None:
    first, second, third, fourth = school.students
    merge(first, into=second)
    for student, into in ((first, third), (second, third), (third, first), (fourth, fourth)):
        with pytest.raises(MergeRefused):
            merge(student, into=into)
    assert list(Student.objects.filter(merged_into__isnull=False)) == [first]


def test_staff_merge_by_number_on_a_page_and_find_the_person_by_both(school: School, client: Client) -> None:
    old, new = school.students[1:3]
    client.force_login(school.staff)
    page = client.get(f"/students/{new.pk}/merge/?number=s1001").content.decode()
    assert "Grace Hopper" in page
    assert "Merge S1001 into S1002" in page
    client.post(f"/students/{new.pk}/merge/", {"number": "S1001"})
    page = client.get(f"/students/{old.pk}/").content.decode()
    assert "S1002 · also S1001" in page
    found = client.get("/records/?student=S1002").content.decode()
    assert found.count("S1001") >= Mark.objects.filter(student=old).count()
    # Where the student's name and number are changed, it is seen and undone.
    page = client.get(f"/students/{new.pk}/office/").content.decode()
    assert f"/students/{old.pk}/separate/" in page
    assert "Grace Hopper" in page
    client.post(f"/students/{old.pk}/separate/")
    assert "also" not in client.get(f"/students/{new.pk}/").content.decode().split("</h1>")[0].split("<main")[1]
    assert client.get(f"/students/{new.pk}/merge/?number=nobody").status_code == 422
