"""The office keeps students, courses and rooms on pages of the portal itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.forms import ModelForm
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from portal.accounts.models import Account, Reading
from portal.attendance.models import Course, Department, Enrolled, Room, RoomCamera, RosterEntry, Student
from portal.attendance.services.removal import USES, protected_relations
from tests.portal.school import School, changes_in_trail, found_school

pytestmark = pytest.mark.django_db


@pytest.fixture
def school() -> School:
    return found_school()


@pytest.fixture
def office(client: Client, school: School) -> Client:
    client.force_login(school.staff)
    return client


def send(office: Client, address: str, **changes: Any) -> str:
    """What the form of a page says, with what somebody changed in it."""
    form = office.get(address).context["form"]
    sent = {field.html_name: field.value() for field in form}
    sent = {name: value for name, value in (sent | changes).items() if value is not None and value is not False}
    return office.post(address, sent, follow=True).text


def test_a_student_is_found_added_renamed_renumbered_and_leaves(office: Client, school: School) -> None:
    assert "Grace Hopper" in office.get("/students/", {"q": "s1001"}).text
    assert "Élodie" not in office.get("/students/", {"q": "hopp"}).text
    assert "Nora New (N1) is added." in send(office, "/students/add/", number="N1", full_name="Nora New")
    assert "has this number already" in send(office, "/students/add/", number="n1", full_name="Another")
    nora = Student.objects.get(number="N1")
    Enrolled.objects.create(room=school.room, student=nora, reference_count=3, enrolled_at=timezone.now())
    where = f"/students/{nora.pk}/office/"
    page = send(office, where, number="N2", full_name="Nora Newer")
    assert "recognizer gallery rename N1 N2" in page
    assert "can name this student from 3 references" in page
    assert "Saved." in send(office, where, is_active=None)
    assert "Nora" not in office.get("/students/").text
    assert "Nora Newer" in office.get("/students/", {"show": "gone"}).text
    assert [change.field for change in changes_in_trail()] == ["added", "number", "full_name", "is_active"] or [
        change.field for change in changes_in_trail()
    ] == ["added", "full_name", "number", "is_active"]
    assert Reading.objects.filter(row_id=nora.pk).exists()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Grace\nBcc: all@uni.example", "cannot be printed"),
        ("Grace\u2028Hopper", "cannot be printed"),
        ("\x1b[31mGrace", "cannot be printed"),
        ("\u202eGrace", "cannot be printed"),
        ("Grace\uffff", "cannot be printed"),
        ("\u200b", "no sign in it that can be seen"),
    ],
)
def test_a_name_is_a_line_that_can_be_read(office: Client, school: School, name: str, said: str) -> None:
    for address, values in (
        ("/students/add/", {"number": "N1", "full_name": name}),
        ("/courses/add/", {"code": "N 1", "title": name, "least_coverage_percent": "80"}),
        ("/rooms/add/", {"name": name, "time_zone": "Europe/Berlin"}),
        ("/admin/attendance/department/add/", {"name": name}),
    ):
        answer = office.post(address, values)
        assert said in answer.text, address


def test_a_course_and_a_room_that_are_in_use_stay_and_the_page_says_because_of_what(
    office: Client, school: School
) -> None:
    for address in (f"/courses/{school.course.pk}", f"/rooms/{school.room.pk}"):
        assert f'action="{address}/remove/"' not in office.get(f"{address}/office/").text
        assert "stays. This is kept of it: class sessions." in office.post(f"{address}/remove/", follow=True).text
    assert (Course.objects.count(), Room.objects.count()) == (2, 1)


def test_a_course_and_a_room_without_any_use_are_removed_and_the_trail_keeps_what_they_were(
    office: Client, school: School
) -> None:
    RosterEntry.objects.create(course=school.other_course, student=school.students[0])
    room = Room.objects.create(name="Broom cupboard")
    for address, name in ((f"/courses/{school.other_course.pk}", "MAT 110"), (f"/rooms/{room.pk}", "Broom cupboard")):
        page = office.get(f"{address}/office/").text
        assert f'<summary class="button danger">Remove</summary><form method="post" action="{address}/remove/">' in page
        assert "Nobody can bring it back." in page
        assert name in office.post(f"{address}/remove/", follow=True).text
        assert office.get(f"{address}/office/").status_code == 404
    told = [(each.row_name, each.field, each.changed_by) for each in changes_in_trail()]
    assert ("MAT 110 Linear Algebra", "removed", school.staff) in told
    assert ("Broom cupboard", "removed", school.staff) in told


def test_a_camera_that_is_gone_is_ended_by_the_clocks_of_its_room(office: Client, school: School) -> None:
    Room.objects.update(time_zone="Asia/Tokyo")
    since = school.session.starts_at - timedelta(days=1)
    camera = RoomCamera.objects.create(room=school.room, camera_name="front", since=since, recorded_at=since)
    address = f"/rooms/{school.room.pk}/cameras/{camera.pk}/"
    assert f'href="{address}"' in office.get(f"/rooms/{school.room.pk}/office/").text
    assert "In this room since 22 November 2026, 18:00." in office.get(address).text
    assert "By the clocks of Asia/Tokyo." in office.get(address).text
    assert "added to the room only after that." in send(office, address, until="2026-11-20T09:00")
    assert "Saved." in send(office, address, until="2026-11-23T12:30")
    camera.refresh_from_db()
    assert camera.until == datetime(2026, 11, 23, 3, 30, tzinfo=UTC)
    assert 'value="2026-11-23T12:30"' in office.get(address).text
    assert ("until", school.staff) in [(each.field, each.changed_by) for each in changes_in_trail()]
    assert office.get(f"/rooms/{school.room.pk + 1}/cameras/{camera.pk}/").status_code == 404


@pytest.mark.parametrize("model", [Course, Room])
def test_whatever_keeps_a_course_or_a_room_has_words(model: type[Course] | type[Room]) -> None:
    assert {each.related_model for each in protected_relations(model)} <= set(USES)


def test_only_who_is_in_no_register_is_removed(office: Client, school: School) -> None:
    known, unknown = school.students[1], school.students[2]
    school.see(known)
    assert "stays: registers speak" in office.post(f"/students/{known.pk}/remove/", follow=True).text
    assert "Added by mistake?" not in office.get(f"/students/{known.pk}/office/").text
    assert "is removed" in office.post(f"/students/{unknown.pk}/remove/", follow=True).text
    assert Student.objects.filter(pk=known.pk).exists() and not Student.objects.filter(pk=unknown.pk).exists()


def test_a_course_is_added_staffed_and_given_a_roster_by_number_name_and_paste(office: Client, school: School) -> None:
    department = Department.objects.create(name="Computing")
    page = send(office, "/courses/add/", code="CSC 400", title="Compilers", department=department.pk)
    assert "Say who teaches it" in page
    course = Course.objects.get(code="CSC 400")
    where = f"/courses/{course.pk}/"
    office.post(f"{where}staff/", {"kind": "lecturers", "who": "byron"})
    office.post(f"{where}staff/", {"kind": "assistants", "who": "adjei@uni.example"})
    assert [*course.lecturers.all(), *course.assistants.all()] == [school.other, school.lecturer]
    assert "Ada Byron · Computing" in " ".join(
        office.get("/courses/", {"q": "computing byron"}).text.replace("<bdi>", "").replace("</bdi>", "").split()
    )
    refused = office.post(f"{where}roster/", {"students": "0042\nl\nnobody"})
    assert refused.status_code == 422
    assert "“l” fits several students" in refused.text
    assert "No student has this number or name: nobody." in refused.text
    assert not course.roster.exists()
    page = office.post(f"{where}roster/", {"students": "0042\ngrace\n1\tS1002\tCollins"}, follow=True).text
    assert "Put on the roster: 3." in page
    assert "On it already: 3." in office.post(f"{where}roster/", {"students": "0042, S1001, S1002"}, follow=True).text
    assert course.roster.count() == 3
    office.post(f"{where}staff/", {"kind": "lecturers", "who": "byron@uni.example", "remove": "1"})
    assert not course.lecturers.exists()


def test_a_student_joins_from_the_institutions_today_unless_somebody_says_otherwise(
    office: Client, school: School, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.DEFAULT_TIME_ZONE = "Pacific/Auckland"
    school.staff.time_zone = "Europe/London"
    school.staff.save()
    met = school.session.starts_at + timedelta(hours=14)
    assert (school.session.day.isoformat(), met.date().isoformat()) == ("2026-11-23", "2026-11-23")
    monkeypatch.setattr("django.utils.timezone.now", lambda: met)
    for page in (f"/courses/{school.course.pk}/office/", f"/students/{school.students[1].pk}/office/"):
        assert 'name="since" value="2026-11-24"' in office.get(page).text, "in Auckland it is tomorrow"
    unmet = office.get(f"/courses/{school.other_course.pk}/office/").text
    assert 'name="since" value' not in unmet, "whoever joins before the first class session is always expected"


def test_a_membership_ends_and_closed_registers_change_only_where_somebody_says_so(
    office: Client, school: School
) -> None:
    entry = RosterEntry.objects.get(student=school.students[0])
    where = f"/courses/{school.course.pk}/"
    office.get(f"/sessions/{school.session.pk}/")  # Closes the register.
    mark = school.session.marks.get(student=entry.student)
    day = school.session.day
    page = send(office, f"{where}roster/{entry.pk}/", until=(day - timedelta(days=1)).isoformat())
    assert "1 closed register" in page
    mark.refresh_from_db()
    assert mark.on_roster
    assert "Closed registers changed by the new roster: 1." in office.post(f"{where}roster/held/", follow=True).text
    mark.refresh_from_db()
    assert not mark.on_roster
    other = RosterEntry.objects.get(student=school.students[1])
    office.post(f"{where}roster/{other.pk}/", {"end": "1"})
    other.refresh_from_db()
    assert other.until == timezone.localdate() - timedelta(days=1)
    office.post(f"/students/{entry.student_id}/courses/", {"course": "mat 110", "since": ""})
    assert school.other_course.roster.get().student == entry.student


def test_a_room_is_added_and_its_time_zone_changed(office: Client, school: School) -> None:
    assert "B 2 is added." in send(office, "/rooms/add/", name="B 2", time_zone="Europe/Berlin")
    room = Room.objects.get(name="B 2")
    assert "must name it B 3 too" in send(office, f"/rooms/{room.pk}/office/", name="B 3", time_zone="Europe/Paris")
    room.refresh_from_db()
    assert (room.name, room.time_zone) == ("B 3", "Europe/Paris")
    assert "B 3" in office.get("/rooms/").text


def test_a_form_that_a_colleague_was_faster_with_saves_nothing(office: Client, school: School) -> None:
    student = school.students[0]
    where = f"/students/{student.pk}/office/"
    form = office.get(where).context["form"]
    sent = {field.html_name: field.value() for field in form} | {"full_name": "Élodie Durand"}
    Student.objects.filter(pk=student.pk).update(full_name="Élodie Martin")
    answer = office.post(where, sent)
    assert answer.status_code == 422
    assert "Somebody else has changed this meanwhile" in answer.text
    Account.objects.filter(pk=school.staff.pk).update(language="de")
    assert "ist jetzt Élodie Martin" in office.post(where, sent).text


@pytest.mark.parametrize(
    ("address", "values", "rival"),
    [
        ("/students/add/", {"number": "N1", "full_name": "Nora"}, lambda: Student.objects.create(number="n1")),
        (
            "/courses/add/",
            {"code": "N 1", "title": "N", "least_coverage_percent": "80"},
            lambda: Course.objects.create(code="N 1", title="Another"),
        ),
        ("/rooms/add/", {"name": "N 1", "time_zone": "Europe/Berlin"}, lambda: Room.objects.create(name="N 1")),
        ("student", {"number": "N1", "full_name": "Nora"}, lambda: Student.objects.create(number="n1")),
    ],
)
def test_of_two_forms_that_are_sent_at_once_the_second_is_told_that_it_is_there(
    office: Client,
    school: School,
    monkeypatch: pytest.MonkeyPatch,
    address: str,
    values: dict[str, str],
    rival: Callable[[], object],
) -> None:
    check, is_met = ModelForm._post_clean, []

    def check_and_be_overtaken(form: Any) -> None:
        # The rival goes with the first attempt, for both are in the test's own transaction.
        if is_met:
            rival()
        check(form)
        if not is_met:
            is_met.append(True)
            rival()

    monkeypatch.setattr(ModelForm, "_post_clean", check_and_be_overtaken)
    address = f"/students/{school.students[0].pk}/office/" if address == "student" else address
    answer = office.post(address, values)
    assert answer.status_code == 422
    assert "already" in answer.text


@pytest.mark.parametrize("address", ["/students/", "/courses/", "/rooms/", "office", "student"])
def test_no_page_asks_more_than_twelve_queries(office: Client, school: School, address: str) -> None:
    Student.objects.bulk_create(Student(number=f"Q{n}", full_name=f"Name {n}") for n in range(60))
    RosterEntry.objects.bulk_create(
        RosterEntry(course=school.course, student=each) for each in Student.objects.filter(number__startswith="Q")
    )
    address = {
        "office": f"/courses/{school.course.pk}/office/",
        "student": f"/students/{school.students[0].pk}/office/",
    }.get(address, address)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert office.get(address).status_code == 200
    assert len(queries) <= 12, "\n".join(each["sql"][:120] for each in queries)


def test_who_reads_a_department_sees_its_courses_and_sets_up_none(client: Client, school: School) -> None:
    school.course.department = Department.objects.create(name="Computing")
    school.course.save()
    school.course.department.viewers.add(school.other)
    client.force_login(school.other)
    page = client.get("/courses/").text
    assert "CSC 301" in page and "MAT 110" in page
    assert "Set up" not in page and "Add a course" not in page


@pytest.mark.parametrize(
    ("address", "tab"),
    [("/rules/", "Courses"), ("/changes/", "Records"), ("student", "Records"), ("course", "Courses")],
)
def test_every_page_lights_the_tab_that_it_belongs_to(office: Client, school: School, address: str, tab: str) -> None:
    address = {"student": f"/students/{school.students[0].pk}/", "course": f"/courses/{school.course.pk}/office/"}.get(
        address, address
    )
    assert f'aria-current="true">{tab}</a>' in office.get(address).text
