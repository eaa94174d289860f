"""Who reaches what: every address of the portal against everybody who might ask. An address without a row fails."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from django.contrib.auth.tokens import default_token_generator
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from portal.accounts.models import Account
from portal.attendance.models import ClassSession, DataImport, MarkChange, Student, Term
from portal.attendance.services.correction import correct_mark
from portal.attendance.services.importing.jobs import receive
from tests.portal.school import School, found_school

pytestmark = pytest.mark.django_db

SIGN_IN = "sign in"
"""Sent to the sign-in page, and back afterwards."""

WHO = ("anonymous", "lecturer", "other", "staff")
OPEN = (200, 200, 200, 200)
PERSONAL = (SIGN_IN, 200, 200, 200)
OF_THE_COURSE = (SIGN_IN, 200, 404, 200)
BY_POST = (SIGN_IN, 405, 405, 405)
OF_STAFF = (SIGN_IN, 404, 404, 200)

MATRIX = {
    "healthz": OPEN,
    "account/sign-in/": (200, 302, 302, 302),
    "account/sign-out/": (SIGN_IN, 405, 405, 405),
    "account/sign-out/elsewhere/": BY_POST,
    "account/address/<str:token>/": (SIGN_IN, 410, 410, 410),  # a link that nobody was sent
    "account/password/": PERSONAL,
    "account/password/reset/": OPEN,
    "account/password/reset/sent/": OPEN,
    "account/password/reset/<uidb64>/<token>/": (302, 302, 302, 302),  # a valid link hides its token first
    "account/profile/": PERSONAL,
    "account/calendar/": BY_POST,
    "account/time-zone/": BY_POST,
    "calendar/<str:secret>.ics": (404, 404, 404, 404),  # a secret that is nobody's
    "": PERSONAL,
    "sessions/<int:session_id>/": OF_THE_COURSE,
    "sessions/<int:session_id>/students/<int:student_id>/": OF_THE_COURSE,
    "sessions/add/": PERSONAL,
    "sessions/<int:session_id>/change/": OF_THE_COURSE,
    "sessions/<int:session_id>/cancel/": BY_POST,
    "sessions/<int:session_id>/check/": OF_THE_COURSE,
    "sessions/<int:session_id>/guests/": BY_POST,
    "sessions/<int:session_id>/students/<int:student_id>/undo/": BY_POST,
    "sessions/<int:session_id>/students/<int:student_id>/back/": BY_POST,
    "sessions/<int:session_id>/students/<int:student_id>/confirm/": BY_POST,
    "rooms/<int:room_id>/": OF_THE_COURSE,
    "cameras/": OF_STAFF,
    "cameras/<int:room_id>/": OF_STAFF,
    "cameras/mails/": BY_POST,
    "cameras/<int:room_id>/contacts/": BY_POST,
    "term/": OF_STAFF,
    "term/timetable/": OF_STAFF,
    "term/timetable/<slug:what>/add/": OF_STAFF,
    "term/timetable/<slug:what>/<int:row_id>/": OF_STAFF,
    "term/import/<slug:kind>/": OF_STAFF,
    "term/imports/<int:import_id>/": OF_STAFF,
    "term/imports/<int:import_id>/rows.csv": OF_STAFF,
    "term/imports/<int:import_id>/read/": BY_POST,
    "term/imports/<int:import_id>/columns/": BY_POST,
    "term/imports/<int:import_id>/write/": BY_POST,
    "term/imports/<int:import_id>/retry/": BY_POST,
    "term/imports/<int:import_id>/discard/": BY_POST,
    "term/imports/<int:import_id>/held/": BY_POST,
    "term/export/<slug:kind>.<slug:form>": OF_STAFF,
    "records/": PERSONAL,
    "records.csv": PERSONAL,
}
"""Every address outside the admin: what a GET answers to each of WHO."""


def routes(resolver: URLResolver | None = None, before: str = "") -> Iterator[str]:
    for entry in (resolver or get_resolver()).url_patterns:
        route = before + str(entry.pattern)
        if isinstance(entry, URLPattern):
            yield route
        else:
            yield from routes(entry, route)


ADMIN_ROUTES = sorted(
    {route for route in routes() if route.startswith("admin/") and "^" not in route and "$" not in route}
)


def part_of(route: str) -> str:
    """What an address of the admin is about: a model, mostly."""
    return "/".join(route.split("/")[1:3])


@pytest.fixture
def school() -> School:
    school = found_school()
    school.see(school.students[1])
    # Over, whatever the day: a register can be checked then.
    school.move(timezone.now() - timedelta(hours=3))
    Term.objects.create(name="Autumn 2026", first_day=date(2026, 9, 28), last_day=date(2026, 12, 18))
    receive("students", "students.csv", b"number,name\n", school.staff)
    return school


def filled(route: str, school: School) -> str:
    values = {
        "<int:session_id>": school.session.pk,
        "<int:room_id>": school.room.pk,
        "<int:import_id>": getattr(DataImport.objects.first(), "pk", 0),
        "<slug:what>": "terms",
        "<int:row_id>": getattr(Term.objects.first(), "pk", 0),
        "<slug:kind>.<slug:form>": "students.csv",
        "<slug:kind>": "students",
        "<int:student_id>": school.students[1].pk,
        "<int:course_id>": school.course.pk,
        "<str:token>": "nobodys",
        "<str:secret>": "nobodys",
        "<uidb64>": urlsafe_base64_encode(force_bytes(school.lecturer.pk)),
        "<token>": default_token_generator.make_token(school.lecturer),
        "<path:object_id>": 1,
        "<int:object_id>": 1,
        "<path:content_type_id>": 1,
        "<id>": 1,
    }
    for name, value in values.items():
        route = route.replace(name, str(value))
    assert "<" not in route, route
    return f"/{route}"


def signed_in(school: School, who: str) -> Client:
    client = Client()
    if who != "anonymous":
        client.force_login(getattr(school, who), backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_every_address_has_a_row() -> None:
    assert {route for route in routes() if not route.startswith("admin/")} == set(MATRIX)


@pytest.mark.parametrize("route", MATRIX)
def test_the_answer_is_the_matrixs(school: School, route: str) -> None:
    for who, expected in zip(WHO, MATRIX[route], strict=True):
        client = signed_in(school, who)
        # A link to set a password is worth nothing once its owner has signed in.
        address = filled(route, school)
        answer = client.get(address)
        if expected == SIGN_IN:
            assert answer.status_code == 302, who
            assert answer["Location"] == f"/account/sign-in/?next={address}", who
        else:
            assert answer.status_code == expected, who


@pytest.mark.parametrize("part", dict.fromkeys(map(part_of, ADMIN_ROUTES)))
def test_the_admin_is_for_staff_alone(school: School, part: str) -> None:
    clients = {who: signed_in(school, who) for who in ("anonymous", "lecturer", "other")}
    for route in (route for route in ADMIN_ROUTES if part_of(route) == part):
        address = filled(route, school)
        for who, client in clients.items():
            answer = client.get(address, follow=True)
            if who == "anonymous":
                assert answer.request["PATH_INFO"] == "/account/sign-in/", route
            else:
                assert answer.status_code == 403, (route, who)


def test_staff_reach_the_admin(school: School) -> None:
    client = signed_in(school, "staff")
    for route in ("", "attendance/student/", "attendance/course/", "attendance/classsession/", "attendance/mark/"):
        assert client.get(f"/admin/{route}").status_code == 200


@pytest.mark.parametrize(("who", "expected"), [("anonymous", 302), ("lecturer", 302), ("other", 404), ("staff", 302)])
def test_only_the_course_and_staff_correct_a_mark(school: School, who: str, expected: int) -> None:
    student = school.students[2]
    address = f"/sessions/{school.session.pk}/students/{student.pk}/"
    client = signed_in(school, who)
    answer = client.post(address, {"status": "excused", "reason": "letter", "shown": 0})
    assert answer.status_code == expected
    assert student.marks.exists() == (who in ("lecturer", "staff"))


@pytest.mark.parametrize("act", ["undo", "back", "confirm"])
def test_only_the_course_and_staff_take_a_word_back(school: School, act: str) -> None:
    student = school.students[1]
    correct_mark(school.session, student, "excused", "letter", school.lecturer)
    address = f"/sessions/{school.session.pk}/students/{student.pk}/{act}/"
    changes = MarkChange.objects.count()
    for who, expected in (("anonymous", 302), ("other", 404)):
        assert signed_in(school, who).post(address).status_code == expected
    assert MarkChange.objects.count() == changes
    for who in ("lecturer", "staff"):
        assert signed_in(school, who).post(address).status_code == 302


@pytest.mark.parametrize("address", ["check/", "guests/"])
def test_only_the_course_and_staff_check_a_register_and_add_a_guest(school: School, address: str) -> None:
    Student.objects.create(number="G1", full_name="Guest")
    where = f"/sessions/{school.session.pk}/{address}"
    form = {"number": "G1", "rest": "leave"}
    for who, expected in (("anonymous", 302), ("other", 404), ("staff", 302)):
        assert signed_in(school, who).post(where, form).status_code == expected
        session = ClassSession.objects.get()
        done = session.checked_by is not None or session.marks.filter(student__number="G1").exists()
        assert done == (who == "staff")


def test_only_staff_choose_who_is_told_of_cameras(school: School) -> None:
    where = f"/cameras/{school.room.pk}/contacts/"
    for who, expected in (("anonymous", 302), ("lecturer", 404), ("other", 404), ("staff", 302)):
        client = signed_in(school, who)
        assert client.post(where, {"add": school.staff.pk}).status_code == expected
        assert client.post("/cameras/mails/", {"told": "1"}).status_code == expected
        assert (
            school.room.contacts.exists()
            == Account.objects.filter(is_told_of_cameras=True).exists()
            == (who == "staff")
        )
    assert [each.account for each in school.room.contacts.all()] == [school.staff]


@pytest.mark.parametrize("who", ["lecturer", "staff"])
def test_the_way_to_the_cameras_is_shown_to_staff_alone(school: School, who: str) -> None:
    assert ('href="/cameras/"' in signed_in(school, who).get("/").text) == (who == "staff")


def test_a_room_shows_the_class_sessions_of_the_readers_courses_alone(school: School) -> None:
    school.meet(school.session.starts_at, course=school.other_course)
    page = signed_in(school, "other").get(f"/rooms/{school.room.pk}/").text
    assert "MAT 110" in page
    assert "CSC 301" not in page


def test_a_student_of_another_course_is_not_in_this_register(school: School) -> None:
    stranger = school.students[0]
    stranger.roster_entries.all().delete()
    address = f"/sessions/{school.session.pk}/students/{stranger.pk}/"
    assert signed_in(school, "lecturer").get(address).status_code == 404
    assert signed_in(school, "staff").get(address).status_code == 404


def test_another_lecturers_today_records_and_export_show_nothing_of_the_course(school: School) -> None:
    client = signed_in(school, "other")
    for address in (f"/?day={school.session.starts_at:%Y-%m-%d}", "/records/", "/records.csv"):
        answer = client.get(address)
        text = answer.getvalue().decode() if answer.streaming else answer.text
        assert "CSC 301" not in text
        assert "Grace Hopper" not in text
        assert "Lecture Theatre 1" not in text


def test_a_filter_naming_another_lecturers_course_is_an_error_not_an_answer(school: School) -> None:
    answer = signed_in(school, "other").get("/records/", {"course": school.course.pk})
    assert answer.status_code == 400
    assert "Choose one from the list." in answer.text


def test_numbers_beyond_the_database_are_not_found(school: School) -> None:
    assert signed_in(school, "lecturer").get("/sessions/99999999999999999999999/").status_code == 404
