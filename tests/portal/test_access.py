"""Who reaches what: every address of the portal against everybody who might ask. An address without a row fails."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import cycle

import pytest
from django.contrib.auth.tokens import default_token_generator
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from portal.accounts.models import Account
from portal.attendance.models import (
    ClassSession,
    DataExport,
    DataImport,
    Department,
    MarkChange,
    RoomCamera,
    Student,
    Task,
    Term,
    WarningRule,
)
from portal.attendance.services.correction import correct_mark
from portal.attendance.services.exporting.asking import ask_for_export
from portal.attendance.services.importing.jobs import receive
from portal.attendance.services.tasks import do_at_once
from tests.portal.school import School, found_school

pytestmark = pytest.mark.django_db

SIGN_IN = "sign in"
"""Sent to the sign-in page, and back afterwards."""

WHO = ("anonymous", "lecturer", "assistant", "viewer", "other", "staff", "administrator")
"""Of the course: its lecturer, its assistant, a viewer of its department; and who has nothing to do with it."""

OPEN = (200,) * 7
PERSONAL = (SIGN_IN, *(200,) * 6)
OF_READERS = (SIGN_IN, 200, 200, 200, 404, 200, 200)
OF_TAKERS = (SIGN_IN, 200, 200, 403, 404, 200, 200)
OF_LECTURERS = (SIGN_IN, 200, 403, 403, 404, 200, 200)
OF_PLANNERS = (SIGN_IN, 200, 404, 404, 200, 200, 200)
"""Of whoever teaches any course."""

BY_POST = (SIGN_IN, *(405,) * 6)
OF_OWNER = (SIGN_IN, 200, *(404,) * 5)
"""Of the lecturer, who has asked for it."""

OF_STAFF = (SIGN_IN, *(404,) * 4, 200, 200)
OF_ADMINISTRATORS = (SIGN_IN, *(404,) * 5, 200)

MATRIX = {
    "healthz": OPEN,
    "worker.js": OPEN,
    "logo": (404,) * 7,  # the institution has none
    "account/sign-in/": (200, *(302,) * 6),
    "account/sign-in/code/": (302,) * 7,  # to the sign-in: nobody's password has just been right
    "account/provider/": (404,) * 7,  # none is chosen
    "account/provider/back/": (404,) * 7,
    "account/provider/connect/": BY_POST,
    "account/confirm/": PERSONAL,
    "account/factors/": PERSONAL,
    "account/factors/app/": (SIGN_IN, *(302,) * 6),  # to the password, once more
    "account/factors/passkey/": (SIGN_IN, *(302,) * 6),
    "account/factors/codes/": BY_POST,
    "account/factors/remove/": BY_POST,
    "account/sign-out/": BY_POST,
    "account/sign-out/elsewhere/": BY_POST,
    "account/address/<str:token>/": (SIGN_IN, *(410,) * 6),  # a link that nobody was sent
    "account/password/": PERSONAL,
    "account/password/reset/": OPEN,
    "account/password/reset/sent/": OPEN,
    "account/password/reset/<uidb64>/<token>/": (302,) * 7,  # a valid link hides its token first
    "account/profile/": PERSONAL,
    "account/calendar/": BY_POST,
    "account/invitation/<uidb64>/<token>/": OPEN,  # a link of another kind
    "account/time-zone/": BY_POST,
    "account/language/": (405,) * 7,  # for who is not signed in as well
    "calendar/<str:secret>.ics": (404,) * 7,  # a secret that is nobody's
    "": PERSONAL,
    "sessions/<int:session_id>/": OF_READERS,
    "sessions/<int:session_id>/students/<int:student_id>/": OF_READERS,
    "sessions/add/": OF_PLANNERS,
    "sessions/<int:session_id>/change/": OF_LECTURERS,
    "sessions/<int:session_id>/cancel/": BY_POST,
    "sessions/<int:session_id>/check/": OF_TAKERS,
    "sessions/<int:session_id>/several/": OF_TAKERS,
    "sessions/<int:session_id>/marks/": (405,) * 7,  # asks for the sign-in itself, and keeps what was tapped
    "sessions/<int:session_id>/rest/": BY_POST,
    "sessions/<int:session_id>/take-back/": BY_POST,
    "sessions/<int:session_id>/guests/": BY_POST,
    "sessions/<int:session_id>/students/<int:student_id>/undo/": BY_POST,
    "sessions/<int:session_id>/students/<int:student_id>/back/": BY_POST,
    "sessions/<int:session_id>/students/<int:student_id>/confirm/": BY_POST,
    "exceptions/": PERSONAL,
    "exceptions/digest/": BY_POST,
    "exceptions/check/": BY_POST,
    "exceptions/<int:cleared_id>/undo/": BY_POST,
    "sessions/<int:session_id>/exceptions/": BY_POST,
    "sessions/<int:session_id>/exceptions/<int:student_id>/undo/": BY_POST,
    "warnings/": OF_PLANNERS,
    "warnings/add/": OF_PLANNERS,
    "warnings/texts/": OF_STAFF,
    "warnings/<int:rule_id>/": (SIGN_IN, 200, 404, 404, 404, 200, 200),
    "rules/": OF_PLANNERS,
    "rules/institution/": OF_STAFF,
    "courses/<int:course_id>/": OF_READERS,
    "courses/<int:course_id>/board.<slug:form>": OF_READERS,
    "courses/<int:course_id>/rules/": OF_LECTURERS,
    "excuses/": PERSONAL,
    "excuses/add/": OF_PLANNERS,
    "excuses/<int:excuse_id>/withdraw/": BY_POST,
    "excuses/<int:excuse_id>/enter-again/": BY_POST,
    "students/<int:student_id>/": OF_READERS,
    "changes/": PERSONAL,
    "rooms/<int:room_id>/": OF_READERS,
    "cameras/": OF_STAFF,
    "cameras/<int:room_id>/": OF_STAFF,
    "cameras/mails/": BY_POST,
    "cameras/<int:room_id>/contacts/": BY_POST,
    "term/": OF_STAFF,
    "term/timetable/": OF_STAFF,
    "term/timetable/<slug:what>/add/": OF_STAFF,
    "term/timetable/<slug:what>/<int:row_id>/": OF_STAFF,
    "trail/": OF_STAFF,
    "people/": OF_ADMINISTRATORS,
    "people/add/": OF_ADMINISTRATORS,
    "people/invite/": BY_POST,
    "people/<int:account_id>/": OF_ADMINISTRATORS,
    "people/<int:account_id>/invite/": BY_POST,
    "people/<int:account_id>/password/": OF_ADMINISTRATORS,
    "people/<int:account_id>/factors/": BY_POST,
    "people/<int:account_id>/provider/": BY_POST,
    "people/<int:account_id>/parts/": BY_POST,
    "people/<int:account_id>/merge/": BY_POST,
    "people/<int:account_id>/separate/": BY_POST,
    "students/": OF_STAFF,
    "students/add/": OF_STAFF,
    "students/<int:student_id>/office/": OF_STAFF,
    "students/<int:student_id>/courses/": BY_POST,
    "students/<int:student_id>/remove/": BY_POST,
    "courses/": PERSONAL,
    "courses/add/": OF_STAFF,
    "courses/<int:course_id>/office/": OF_STAFF,
    "courses/<int:course_id>/staff/": BY_POST,
    "courses/<int:course_id>/roster/": BY_POST,
    "courses/<int:course_id>/roster/held/": BY_POST,
    "courses/<int:course_id>/roster/<int:entry_id>/": OF_STAFF,
    "courses/<int:course_id>/rule/": (SIGN_IN, *(404,) * 4, 302, 302),  # back to the course: nothing is offered
    "courses/<int:course_id>/remove/": BY_POST,
    "rooms/": OF_STAFF,
    "rooms/add/": OF_STAFF,
    "rooms/<int:room_id>/office/": OF_STAFF,
    "rooms/<int:room_id>/rule/": (SIGN_IN, *(404,) * 4, 302, 302),
    "rooms/<int:room_id>/cameras/<int:camera_id>/": OF_STAFF,
    "rooms/<int:room_id>/remove/": BY_POST,
    "students/<int:student_id>/merge/": OF_STAFF,
    "students/<int:student_id>/separate/": BY_POST,
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
    "records.<slug:form>": PERSONAL,
    "exports/": PERSONAL,
    "exports/<int:export_id>/": OF_OWNER,
    "exports/<int:export_id>/file": OF_OWNER,
    "exports/<int:export_id>/retry/": BY_POST,
    "exports/<int:export_id>/delete/": BY_POST,
    "records/filters/": BY_POST,
    "records/filters/<int:filter_id>/": BY_POST,
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


@dataclass
class StaffedSchool(School):
    """A school with an assistant of the course, and a viewer of its department."""

    assistant: Account
    viewer: Account
    administrator: Account


@pytest.fixture
def school() -> StaffedSchool:
    return staffed_school()


def staffed_school() -> StaffedSchool:
    """Has at least one row of whatever an address is about."""
    found = found_school()
    assistant, viewer = (Account.objects.create_user(f"{who}@uni.example", name=who) for who in ("ash", "vee"))
    found.course.assistants.add(assistant)
    found.course.department = department = Department.objects.create(name="Computing")
    found.course.save()
    department.viewers.add(viewer)
    root = Account.objects.create_superuser("root@uni.example", name="Rita Root")
    school = StaffedSchool(**vars(found), assistant=assistant, viewer=viewer, administrator=root)
    school.see(school.students[1])
    # Over, whatever the day: a register can be checked then.
    # At a full hour: what is noticed in a test lies in one hour.
    school.move(timezone.now().replace(minute=0, second=0, microsecond=0) - timedelta(hours=3))
    Term.objects.create(name="Autumn 2026", first_day=date(2026, 9, 28), last_day=date(2026, 12, 18))
    RoomCamera.objects.create(room=found.room, camera_name="front", since=timezone.now(), recorded_at=timezone.now())
    receive("students", "students.csv", b"number,name\n", school.staff)
    ask_for_export(school.lecturer, "records", {"query": ""}, "attendance.xlsx", "records")
    do_at_once(Task.objects.get(name="export.make"))
    WarningRule.objects.create(course=school.course, kind="in a row", number=3, made_by=school.lecturer)
    return school


def filled(route: str, school: School) -> str:
    values = {
        "<int:session_id>": school.session.pk,
        "<int:rule_id>": getattr(WarningRule.objects.first(), "pk", 0),
        "<int:excuse_id>": 1,
        "<int:cleared_id>": 1,
        "<int:room_id>": school.room.pk,
        "<int:camera_id>": getattr(RoomCamera.objects.first(), "pk", 0),
        "<int:export_id>": getattr(DataExport.objects.first(), "pk", 0),
        "<int:import_id>": getattr(DataImport.objects.first(), "pk", 0),
        "<slug:what>": "terms",
        "<int:row_id>": getattr(Term.objects.first(), "pk", 0),
        "<slug:kind>.<slug:form>": "students.csv",
        "records.<slug:form>": "records.csv",
        "<slug:form>": "xlsx",
        "<int:filter_id>": 1,
        "<slug:kind>": "students",
        "<int:account_id>": school.lecturer.pk,
        "<int:student_id>": school.students[1].pk,
        "<int:course_id>": school.course.pk,
        "<int:entry_id>": school.course.roster.all()[0].pk,
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


@pytest.mark.parametrize("who", WHO)
def test_the_answers_are_the_matrixs(school: School, who: str) -> None:
    client = signed_in(school, who)
    expected = {route: answers[WHO.index(who)] for route, answers in MATRIX.items()}
    answered = {}
    for route in MATRIX:
        # A link to set a password is worth nothing once its owner has signed in.
        address = filled(route, school)
        answer = client.get(address)
        is_asked_in = answer.status_code == 302 and answer["Location"] == f"/account/sign-in/?next={address}"
        answered[route] = SIGN_IN if is_asked_in else answer.status_code
        answer.close()
    assert answered == expected


def test_who_was_signed_out_before_a_button_is_led_back_to_its_page_and_told(school: School) -> None:
    """Many a button's address has no page: whoever was led there after the sign-in saw nothing at all."""
    staff, page = WHO.index("administrator"), f"/sessions/{school.session.pk}/"
    routes_of_buttons = [route for route, answers in MATRIX.items() if answers[staff] == 405 and answers[0] == SIGN_IN]
    assert len(routes_of_buttons) > 20
    for route in routes_of_buttons:
        client = signed_in(school, "anonymous")
        answer = client.post(filled(route, school), headers={"Referer": f"http://testserver{page}?by=hand"})
        if answer.status_code != 302:
            assert answer.status_code == 405, route
            continue
        assert answer["Location"] == f"/account/sign-in/?next={page}%3Fby%3Dhand", route
        assert "Nothing was done: you had been signed out." in client.get(answer["Location"]).text, route
    # Elsewhere a page may link here, and a script says itself what became of it.
    for header in (
        {"Referer": "http://evil.example/"},
        {"Referer": f"http://testserver{page}", "Sec-Fetch-Mode": "cors"},
    ):
        client = signed_in(school, "anonymous")
        where = client.post(f"{page}exceptions/", headers=header)["Location"]
        assert "evil" not in where
        assert "Nothing was done" not in client.get(where).text


def test_the_admin_is_for_staff_alone(school: School) -> None:
    """One rule guards the whole admin: all ask for its first page, and one after another for the others."""
    clients = {who: signed_in(school, who) for who in WHO[:-2]}
    asked = [("admin/", who) for who in clients] + list(zip(ADMIN_ROUTES, cycle(clients), strict=False))
    for route, who in asked:
        answer = clients[who].get(filled(route, school), follow=True)
        if who == "anonymous":
            assert answer.request["PATH_INFO"] == "/account/sign-in/", route
        else:
            assert answer.status_code == 403, (route, who)


def test_staff_reach_the_admin(school: School) -> None:
    client = signed_in(school, "staff")
    for route in ("", "attendance/student/", "attendance/course/", "attendance/classsession/", "attendance/mark/"):
        assert client.get(f"/admin/{route}").status_code == 200


TAKING = {
    "anonymous": 302,
    "viewer": 403,
    "other": 404,
    "lecturer": 302,
    "assistant": 302,
    "staff": 302,
    "administrator": 302,
}
"""What a POST that changes a mark answers."""

TAKERS = ("lecturer", "assistant", "staff", "administrator")


@pytest.mark.parametrize(("who", "expected"), TAKING.items())
def test_only_who_takes_the_register_corrects_a_mark(school: School, who: str, expected: int) -> None:
    student = school.students[2]
    address = f"/sessions/{school.session.pk}/students/{student.pk}/"
    client = signed_in(school, who)
    answer = client.post(address, {"status": "excused", "reason": "letter", "shown": 0})
    assert answer.status_code == expected
    assert student.marks.exists() == (who in TAKERS)


@pytest.mark.parametrize("act", ["undo", "back", "confirm"])
def test_only_who_takes_the_register_takes_a_word_back(school: School, act: str) -> None:
    student = school.students[1]
    correct_mark(school.session, student, "excused", "letter", school.lecturer)
    address = f"/sessions/{school.session.pk}/students/{student.pk}/{act}/"
    changes = MarkChange.objects.count()
    for who in TAKING.keys() - set(TAKERS):
        assert signed_in(school, who).post(address).status_code == TAKING[who]
    assert MarkChange.objects.count() == changes
    for who in TAKERS:
        assert signed_in(school, who).post(address).status_code == 302


@pytest.mark.parametrize("address", ["check/", "guests/"])
def test_only_who_takes_the_register_checks_it_and_adds_a_guest(school: School, address: str) -> None:
    Student.objects.create(number="G1", full_name="Guest")
    where = f"/sessions/{school.session.pk}/{address}"
    form = {"number": "G1", "rest": "leave"}
    for who in ("anonymous", "viewer", "other", "assistant"):
        assert signed_in(school, who).post(where, form).status_code == TAKING[who]
        session = ClassSession.objects.get()
        done = session.checked_by is not None or session.marks.filter(student__number="G1").exists()
        assert done == (who == "assistant")


@pytest.mark.parametrize("address", ["change/", "cancel/"])
def test_only_who_teaches_plans(school: School, address: str) -> None:
    where = f"/sessions/{school.session.pk}/{address}"
    for who, expected in (("anonymous", 302), ("viewer", 403), ("assistant", 403), ("other", 404)):
        assert signed_in(school, who).post(where, {"cancelled": "1"}).status_code == expected
    assert not ClassSession.objects.get().is_cancelled


@pytest.mark.parametrize("route", [route for route in MATRIX if route.startswith("sessions/<int:session_id>/")])
def test_nothing_of_a_class_session_is_posted_by_who_may_only_read_it(school: School, route: str) -> None:
    for who, expected in (("viewer", 403), ("other", 404)):
        assert signed_in(school, who).post(filled(route, school)).status_code in (expected, 405), who


def test_a_viewer_is_offered_nothing_to_change(school: School) -> None:
    school.notice(Student.objects.create(number="V1", full_name="Visitor"), last=1)
    school.enrol(school.students[0])
    assert "set their status by hand" in signed_in(school, "assistant").get(f"/sessions/{school.session.pk}/").text
    for address in ("", f"students/{school.students[1].pk}/"):
        page = signed_in(school, "viewer").get(f"/sessions/{school.session.pk}/{address}").text
        assert "set their status" not in page
        forms = re.findall(r'<form [^>]*method="post"[^>]*>', page.partition("<main")[2])
        assert [form for form in forms if 'id="act"' not in form and 'id="zone-offer"' not in form] == []
        assert "formaction" not in page


def test_only_administrators_keep_accounts(school: School) -> None:
    where = f"/people/{school.lecturer.pk}/"
    for who in WHO[:-1]:
        client = signed_in(school, who)
        for address in (
            where,
            f"{where}parts/",
            f"{where}invite/",
            f"{where}factors/",
            f"{where}provider/",
            "/people/add/",
            "/people/invite/",
        ):
            sent = {"kind": "lecturers", "where": "MAT 110", "role": "administrator", "email": "x@uni.example"}
            assert client.post(address, sent).status_code == (302 if who == "anonymous" else 404)
    assert Account.objects.filter(is_superuser=True).count() == 1
    assert school.lecturer.courses.get() == school.course


def test_a_registrar_is_told_what_is_for_administrators_alone(school: School) -> None:
    told = "Accounts, invitations and imports of lecturers are for administrators alone: ask one."
    addresses = ("/people/", f"/people/{school.lecturer.pk}/", "/term/import/lecturers/", "/admin/accounts/account/")
    for address in addresses:
        assert told in signed_in(school, "staff").get(address).text, address
        # To others it is no more than any address that leads nowhere.
        for who in ("anonymous", "lecturer"):
            assert told not in signed_in(school, who).get(address, follow=True).text


def test_only_staff_choose_who_is_told_of_cameras(school: School) -> None:
    where = f"/cameras/{school.room.pk}/contacts/"
    for who, expected in (("anonymous", 302), *((each, 404) for each in WHO[1:-2]), ("staff", 302)):
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


def test_numbers_beyond_the_database_are_not_found_in_any_address(school: School) -> None:
    client = signed_in(school, "administrator")
    for route in MATRIX:
        for name in re.findall("<int:[a-z_]+>", route):
            address = filled(route.replace(name, "9" * 23), school)
            assert client.get(address).status_code in {404, 405}, address
            assert client.post(address).status_code in {404, 405}, address
