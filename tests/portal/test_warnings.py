"""Warnings: whom a rule hits, told once each with the dates, by a real SMTP server; withdrawn where they were wrong."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from email.message import EmailMessage

import pytest
from django.core.management import call_command
from django.test import Client
from pytest_django import Settings

from portal.accounts.models import Account, OfficialChange
from portal.attendance.models import (
    ClassSession,
    Course,
    Mark,
    RaisedWarning,
    RosterEntry,
    Student,
    Task,
    Term,
    WarningMail,
    WarningRule,
    WarningText,
)
from portal.attendance.percentages import Rules
from portal.attendance.services.correction import correct_mark
from portal.attendance.services.warning_mails import send_warnings
from portal.attendance.services.warnings import evaluate_course, scan_changes
from portal.attendance.warning_rules import Attended, hits
from tests.fixtures.mail_server import MailServer
from tests.portal.school import School, found_school

pytestmark = pytest.mark.django_db

BEGINNING = datetime(2026, 10, 5, 9, 0, tzinfo=UTC)
NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
WEEK = timedelta(days=7)
LETTERS = {"P": "present", "L": "late", "A": "absent", "E": "excused", "U": "unseen"}
STATUS_BY = {"present": "lecturer", "late": "lecturer", "absent": "closing", "excused": "excuse", "unseen": "closing"}


@pytest.fixture
def school(settings: Settings, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch) -> School:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", mail_server.port
    school = found_school(BEGINNING)
    for student, email in zip(school.students, ("elodie", "grace", "eileen", "bilal"), strict=True):
        student.email, student.tutor_email = f"{email}@students.example", f"tutor-of-{email}@uni.example"
        student.save()
    Term.objects.create(name="Autumn", first_day=date(2026, 10, 1), last_day=date(2027, 2, 1))
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)
    return school


def hold(school: School, student: Student, letters: str, course: Course | None = None) -> list[ClassSession]:
    """A class session each week, and what its closed register says of the student, who is on the roster."""
    RosterEntry.objects.get_or_create(student=student, course=course or school.course)
    sessions = []
    for number, letter in enumerate(letters):
        start = BEGINNING + number * WEEK
        values = {"course": course or school.course, "room": school.room, "starts_at": start}
        session, _ = ClassSession.objects.get_or_create(
            **values, defaults={"ends_at": start + timedelta(minutes=50), "closed_at": start + timedelta(hours=2)}
        )
        ClassSession.objects.filter(pk=session.pk).update(closed_at=start + timedelta(hours=2))
        status = LETTERS[letter]
        by = school.staff if STATUS_BY[status] == "lecturer" else None
        Mark.objects.create(
            session=session, student=student, status=status, source=STATUS_BY[status], marked_by=by,
            because="blind" if letter == "U" else "",
        )  # fmt: skip
        sessions.append(session)
    return sessions


def rule(school: School, kind: str, number: int, **values: object) -> WarningRule:
    told = {"to_student": True, "course": school.course, "is_on": True, "made_by": school.lecturer}
    return WarningRule.objects.create(kind=kind, number=number, **told | values)


def client_of(account: Account) -> Client:
    client = Client()
    client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
    return client


def words(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def body(mail: EmailMessage) -> str:
    return str(mail.get_content()).replace("\r\n", "\n")


@pytest.mark.parametrize(
    ("kind", "number", "letters", "expected"),
    [
        ("below", 75, "PPPA", []),
        ("below", 75, "PPAA", ["Attendance is 50 %, below 75 %: 4 class sessions count so far."]),
        ("below", 75, "AAA", []),
        ("below", 75, "AAUE", []),
        ("below", 75, "AAUEPP", ["Attendance is 50 %, below 75 %: 4 class sessions count so far."]),
        ("below", 75, "AAPPPPPP", []),
        ("below", 75, "LLLAA", ["Attendance is 60 %, below 75 %: 5 class sessions count so far."]),
        ("below", 100, "PPPA", ["Attendance is 75 %, below 100 %: 4 class sessions count so far."]),
        ("in a row", 3, "AAPA", []),
        ("in a row", 3, "AAUEA", ["3 absences in a row."]),
        ("in a row", 3, "AAAAAPAAA", ["3 absences in a row."] * 2),
        ("in a row", 1, "PA", ["1 absence."]),
        ("left early", 2, "ppP", ["Left early 2 times."]),
        ("left early", 2, "pPP", []),
    ],
)
def test_a_rule_says_what_holds(kind: str, number: int, letters: str, expected: list[str]) -> None:
    attended = [
        Attended(index, BEGINNING + index * WEEK, LETTERS[letter.upper()], str(index), letter.islower())
        for index, letter in enumerate(letters)
    ]
    found = hits(WarningRule(kind=kind, number=number, after_sessions=4), attended, Rules())
    assert [hit.what for hit in found] == expected


def test_a_warning_counts_as_the_courses_percentages_do() -> None:
    attended = [
        Attended(index, BEGINNING + index * WEEK, LETTERS[letter], str(index)) for index, letter in enumerate("LLLLA")
    ]
    rule = WarningRule(kind="below", number=60, after_sessions=4)
    assert hits(rule, attended, Rules()) == []
    (hit,) = hits(rule, attended, Rules(late_percent=50))
    assert hit.what == "Attendance is 40 %, below 60 %: 5 class sessions count so far."
    assert hits(rule, attended, Rules(late_percent=80, free_absences=1)) == []


def test_who_misses_three_in_a_row_is_told_once_with_the_dates(school: School, mail_server: MailServer) -> None:
    rule(school, "in a row", 3, to_lecturers=True, to_tutor=True)
    hold(school, school.students[1], "PAAAA")
    for _ in range(2):
        evaluate_course(school.course)
        assert send_warnings()[1] == 0
    (mail,) = mail_server.to("grace@students.example")
    text = body(mail)
    assert str(mail["Subject"]) == "Your attendance"
    assert text.startswith("Dear Grace Hopper,")
    assert "CSC 301 Operating Systems\n3 absences in a row.\n" in text
    assert re.findall(r"  - (.*)", text) == [
        f"Monday {day}, 09:00" for day in ("12 October 2026", "19 October 2026", "26 October 2026")
    ]
    for address in ("adjei@uni.example", "tutor-of-grace@uni.example"):
        (mail,) = mail_server.to(address)
        assert "Grace Hopper (S1001), CSC 301" in body(mail)
    assert len(mail_server.mails) == 3


def test_a_lecturer_gets_one_mail_for_all_students(school: School, mail_server: MailServer) -> None:
    rule(school, "below", 75, to_student=False, to_lecturers=True)
    for student in school.students[:3]:
        hold(school, student, "AAPP")
    evaluate_course(school.course)
    assert send_warnings() == (1, 0)
    assert body(mail_server.mails[0]).count("Attendance is 50 %") == 3


def test_a_warning_that_turns_out_wrong_is_withdrawn_and_one_that_is_outlived_is_not(
    school: School, mail_server: MailServer
) -> None:
    rule(school, "in a row", 3)
    sessions = hold(school, school.students[1], "AAAPP")
    hold(school, school.students[2], "AAAPPPPPPP")
    evaluate_course(school.course)
    send_warnings()
    correct_mark(sessions[1], school.students[1], "present", "was there", school.lecturer)
    evaluate_course(school.course)
    evaluate_course(school.course)
    send_warnings()
    send_warnings()
    first, second = mail_server.to("grace@students.example")
    assert str(second["Subject"]) == "Your attendance: a warning was wrong"
    assert "Monday 12 October 2026" in body(second)
    assert len(mail_server.to("eileen@students.example")) == 1
    assert "Withdrawn" not in str(first["Subject"])


def test_a_warning_that_was_wrong_before_it_was_sent_is_not_sent_at_all(
    school: School, mail_server: MailServer
) -> None:
    rule(school, "in a row", 3)
    sessions = hold(school, school.students[1], "AAA")
    evaluate_course(school.course)
    correct_mark(sessions[1], school.students[1], "excused", "ill", school.lecturer)
    evaluate_course(school.course)
    assert send_warnings() == (0, 0)
    assert mail_server.mails == []


def test_the_stricter_rule_tells_for_the_milder_and_escalates_later(school: School, mail_server: MailServer) -> None:
    rule(school, "in a row", 2)
    rule(school, "in a row", 4, to_lecturers=True)
    both, escalating = school.students[1:3]
    hold(school, both, "AAAA")
    hold(school, escalating, "AA")
    evaluate_course(school.course)
    send_warnings()
    assert [body(mail).count("in a row") for mail in mail_server.to("grace@students.example")] == [1]
    assert "4 absences in a row" in body(mail_server.to("grace@students.example")[0])
    assert "2 absences in a row" in body(mail_server.to("eileen@students.example")[0])
    Mark.objects.filter(student=escalating).delete()
    hold(school, escalating, "AAAA")
    evaluate_course(school.course)
    send_warnings()
    assert "4 absences in a row" in body(mail_server.to("eileen@students.example")[1])
    assert len(mail_server.to("eileen@students.example")) == 2


def test_what_the_server_does_not_take_is_tried_again_and_nothing_is_sent_twice(
    school: School, mail_server: MailServer
) -> None:
    rule(school, "in a row", 3)
    for student in school.students[1:3]:
        hold(school, student, "AAA")
    mail_server.refused.add("grace@students.example")
    evaluate_course(school.course)
    assert send_warnings() == (1, 1)
    mail_server.refused.clear()
    WarningMail.objects.update(claimed_until=None)
    assert send_warnings() == (1, 0)
    assert send_warnings() == (0, 0)
    assert len(mail_server.mails) == 2


def test_a_portal_without_a_mail_server_says_so_and_sends_nothing(school: School, settings: Settings) -> None:
    settings.EMAIL_BACKEND = "portal.accounts.mailing.NoMail"
    rule(school, "in a row", 3)
    hold(school, school.students[1], "AAA")
    evaluate_course(school.course)
    assert send_warnings() == (0, 0)
    assert WarningMail.objects.get().sent_at is None
    assert "This portal has no mail server" in words(client_of(school.lecturer).get("/warnings/").text)


def test_a_rule_shows_the_very_people_it_would_hit_before_it_is_on(school: School, mail_server: MailServer) -> None:
    hold(school, school.students[1], "PAAA")
    hold(school, school.students[2], "PPAA")
    client = client_of(school.lecturer)
    form = {"course": school.course.pk, "kind": "in a row", "number": 3, "after_sessions": 4, "to_student": "on"}
    page = client.post("/warnings/add/", form, follow=True)
    text = words(page.text)
    assert "It warns 1 student now, for the first time." in text
    assert "Grace Hopper" in text
    assert "Eileen Collins" not in text
    assert not RaisedWarning.objects.exists()
    address = page.redirect_chain[-1][0]
    page = client.post(address, {"on": "1"}, follow=True)
    assert "3 absences in a row" in words(page.text)
    send_warnings()
    assert [mail["To"] for mail in mail_server.mails] == ["grace@students.example"]
    assert "Warned already." in words(client.get(address).text)
    client.post(address, {"on": "0"})
    assert not WarningRule.objects.get().is_on


def test_whom_a_rule_hits_is_shown_page_by_page_and_counted_in_all(school: School) -> None:
    crowd = Student.objects.bulk_create(Student(number=f"C{each}", full_name=f"Crowd {each:03}") for each in range(90))
    for student in crowd:
        hold(school, student, "AAA")
    client, address = client_of(school.lecturer), f"/warnings/{rule(school, 'in a row', 3, is_on=False).pk}/"
    pages = [client.get(address, {"page": number}).text for number in (1, 2, 3)]
    assert all("It warns 90 times now." in words(page) and "Whom it hits now 90" in words(page) for page in pages)
    shown = [re.findall(r"Crowd \d{3}", page) for page in pages]
    assert [len(names) for names in shown] == [40, 40, 10]
    assert {name for names in shown for name in names} == {student.full_name for student in crowd}
    assert 'rel="next" href="?page=2"' in pages[0]


def test_a_rule_of_all_courses_says_where_not_all_were_looked_through(
    school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    school.other_course.lecturers.add(school.lecturer)
    RosterEntry.objects.create(course=school.other_course, student=school.students[2])
    hold(school, school.students[1], "AAA")
    hold(school, school.students[2], "AAA", school.other_course)
    address = f"/warnings/{rule(school, 'in a row', 3, course=None, is_on=False).pk}/"
    said = "There was not the time to look through all courses"
    page = words(client_of(school.lecturer).get(address).text)
    assert ("Grace Hopper" in page, "Eileen Collins" in page, said in page) == (True, True, False)
    # The first is looked through however much there is to read of it.
    monkeypatch.setattr("portal.attendance.queries.warnings.MOST_MARKS", 1)
    page = words(client_of(school.lecturer).get(address).text)
    assert ("Grace Hopper" in page, "Eileen Collins" in page, said in page) == (True, False, True)


def test_a_rule_begun_on_a_courses_page_is_for_that_course_unless_another_is_chosen(school: School) -> None:
    staff = client_of(school.staff)
    address = f"/courses/{school.other_course.pk}/"
    for link in ("/warnings/", "/warnings/add/"):
        followed = re.search(f'href="({link}[^"]*)"', staff.get(address).text)
        assert followed, address
        address = followed[1]
    assert f'<option value="{school.other_course.pk}" selected>' in staff.get(address).text
    assert "selected>Every course" in staff.get("/warnings/add/").text


def test_a_rule_of_the_institution_is_staffs_and_its_courses_are_looked_through_by_the_worker(
    school: School, mail_server: MailServer
) -> None:
    hold(school, school.students[1], "AAA")
    hold(school, school.students[2], "AAA", course=school.other_course)
    lecturer, staff = client_of(school.lecturer), client_of(school.staff)
    form = {"course": "", "kind": "in a row", "number": 3, "after_sessions": 4, "to_student": "on"}
    assert lecturer.post("/warnings/add/", form).status_code == 422
    address = staff.post("/warnings/add/", form, follow=True).redirect_chain[-1][0]
    assert lecturer.post(address, {"on": "1"}).status_code == 404
    seen = words(lecturer.get(address).text)
    assert "Grace Hopper" in seen
    assert "Eileen Collins" not in seen, "of a course that is not theirs"
    staff.post(address, {"on": "1"})
    call_command("work_tasks", once=True)
    assert Task.objects.get().state == "done"
    assert {mail["To"] for mail in mail_server.mails} == set(), "the worker sends at its next turn"
    send_warnings()
    assert {mail["To"] for mail in mail_server.mails} == {"grace@students.example", "eileen@students.example"}


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"to_student": ""}, "Say who is told."),
        ({"number": 0}, "greater than or equal to 1"),
        ({"number": 99}, "That is never reached."),
        ({"kind": "x"}, "Select a valid choice"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(school: School, wrong: dict[str, object], said: str) -> None:
    form = {"course": school.course.pk, "kind": "in a row", "number": 3, "after_sessions": 4, "to_student": "on"}
    answer = client_of(school.lecturer).post("/warnings/add/", form | wrong)
    assert answer.status_code == 422
    assert said in words(answer.text)


def test_a_changed_mark_is_noticed_by_the_worker(school: School) -> None:
    rule(school, "in a row", 3)
    sessions = hold(school, school.students[1], "AAPP")
    scan_changes()
    correct_mark(sessions[2], school.students[1], "absent", "was not there", school.lecturer)
    assert scan_changes() == 1
    assert RaisedWarning.objects.get().student == school.students[1]
    assert scan_changes() == 0


def test_the_institution_words_the_mails_and_a_name_in_them_stands_for_nothing(
    school: School, mail_server: MailServer
) -> None:
    school.students[1].full_name = "{warnings} {student} %s"
    school.students[1].save()
    staff = client_of(school.staff)
    form = {
        "name": "student raised",
        "subject": "Anwesenheit, {student}",
        "text": "Guten Tag {student}!\n{warnings}\nEnde",
        "own": "1",
    }
    assert "whatever language somebody reads" in staff.get("/warnings/texts/").text
    assert staff.post("/warnings/texts/", form | {"text": "no list"}).status_code == 422
    assert staff.post("/warnings/texts/", form | {"name": "x"}).status_code == 200
    assert not WarningText.objects.exists()
    assert staff.post("/warnings/texts/", form).status_code == 302
    rule(school, "in a row", 3)
    hold(school, school.students[1], "AAA")
    evaluate_course(school.course)
    send_warnings()
    (mail,) = mail_server.mails
    assert str(mail["Subject"]) == "Anwesenheit, {warnings} {student} %s"
    assert body(mail).startswith("Guten Tag {warnings} {student} %s!\nCSC 301 Operating Systems\n3 absences in a row.")
    staff.post("/warnings/texts/", form | {"own": "0"})
    assert not WarningText.objects.exists()
    trail = OfficialChange.objects.filter(row_name="student raised", field="text").order_by("pk")
    assert [row.new.startswith(("Guten Tag", "Dear")) for row in trail] == [True, True]
