"""Excuses in the portal: entered from a register or from the list, by who may, and withdrawn again."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from portal.accounts.models import Account
from portal.attendance.models import ConfidentialKind, Course, Excuse, RosterEntry, Student
from portal.attendance.services.closing import close_session
from portal.attendance.services.excuses import enter_excuses
from tests.fixtures.patience import only_long
from tests.portal.school import School, changes_in_trail, found_school

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


@pytest.fixture
def school() -> School:
    school = found_school()
    # Over, whatever the day.
    school.move(timezone.now() - timedelta(hours=3))
    school.watch()
    school.enrol()
    close_session(school.session)
    return school


def client_of(account: Account) -> Client:
    client = Client()
    client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
    return client


def sent(*students: Student, course: Course | str = "all", reason: str = "a secret illness", **values: Any) -> Any:
    today = timezone.localdate()
    days = {"first_day": f"{today - DAY}", "last_day": f"{today + 7 * DAY}"}
    where = course if isinstance(course, str) else str(course.pk)
    return {"student": [each.pk for each in students], "course": where, "reason": reason} | days | values


def words(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_a_lecturer_excuses_from_the_register_sees_it_there_and_undoes_it(school: School) -> None:
    client, student = client_of(school.lecturer), school.students[0]
    address = f"/sessions/{school.session.pk}/students/{student.pk}/"
    link = re.search(r'id="excuse" href="([^"]+)"', client.get(address).text)
    assert link
    page = client.get(link[1].replace("&amp;", "&")).text
    assert 'name="first_day" value="' + f"{school.session.day}" in page
    assert "All my courses" not in page, "there is one"
    answer = client.post("/excuses/add/", sent(student, course=school.course, next=address), follow=True)
    assert answer.redirect_chain[-1][0] == address
    assert "1 held class session counts as excused now." in words(answer.text)
    assert "Dr Ama Adjei has excused this student from CSC 301" in words(answer.text)
    register = words(client.get(f"/sessions/{school.session.pk}/").text)
    assert "Excused by Dr Ama Adjei, until" in register
    undo = re.search(r'class="undo" form="act" formaction="([^"]+)"', answer.text)
    assert undo
    again = client.post(undo[1].replace("&amp;", "&"), follow=True)
    assert again.redirect_chain[-1][0] == address
    assert school.session.marks.get(student=student).status == "absent"


def test_the_reason_is_shown_to_its_author_and_to_staff_alone(school: School) -> None:
    colleague = Account.objects.create_user("knuth@uni.example", name="Don Knuth")
    school.course.lecturers.add(colleague)
    client_of(school.lecturer).post("/excuses/add/", sent(school.students[0], course=school.course))
    seen = {
        who.name: words(client_of(who).get("/excuses/").text)
        for who in (school.lecturer, school.staff, colleague, school.other)
    }
    assert ["a secret illness" in text for text in seen.values()] == [True, True, False, False]
    assert ["Élodie Marchand" in text for text in seen.values()] == [True, True, True, False]
    for path in ("", f"students/{school.students[0].pk}/"):
        assert "secret" not in client_of(colleague).get(f"/sessions/{school.session.pk}/{path}").text


def test_all_of_a_lecturer_is_all_their_courses_and_all_of_staff_is_every_course(school: School) -> None:
    student = school.students[0]
    more = Course.objects.create(code="CSC 302", title="Compilers")
    more.lecturers.add(school.lecturer)
    for course in (more, school.other_course):
        RosterEntry.objects.create(course=course, student=student)
    client_of(school.lecturer).post("/excuses/add/", sent(student))
    assert set(Excuse.objects.values_list("course__code", flat=True)) == {"CSC 301", "CSC 302"}
    page = client_of(school.lecturer).get(f"/excuses/?course={more.pk}").text
    assert re.findall(r'id="excuse-(\d+)"', page) == [str(Excuse.objects.get(course=more).pk)]
    client_of(school.staff).post("/excuses/add/", sent(student))
    assert Excuse.objects.filter(course=None, entered_by=school.staff).count() == 1


def test_a_lecturer_excuses_nobody_in_a_course_and_withdraws_nothing_that_is_not_theirs(school: School) -> None:
    student, other = school.students[0], client_of(school.other)
    assert other.post("/excuses/add/", sent(student)).status_code == 422
    lecturer = client_of(school.lecturer)
    assert lecturer.post("/excuses/add/", sent(student, course=school.other_course)).status_code == 422
    assert not Excuse.objects.exists()
    office, course = (
        Excuse(student=student, course=where, first_day=date(2026, 1, 1), last_day=date(2026, 1, 2), reason="x")
        for where in (None, school.course)
    )
    enter_excuses([office, course], school.staff)
    assert other.post(f"/excuses/{course.pk}/withdraw/").status_code == 404
    assert lecturer.post(f"/excuses/{office.pk}/withdraw/").status_code == 404
    assert "Withdraw the excuse" in lecturer.get("/excuses/?show=past").text
    assert lecturer.post(f"/excuses/{course.pk}/withdraw/").status_code == 302
    assert [each.withdrawn_at is None for each in (*Excuse.objects.order_by("pk"),)] == [True, False]


def undo(client: Client, page: str) -> Any:
    """Press Undo in the last message of a page."""
    buttons = re.findall(r'class="undo" form="act" formaction="([^"]+)"(?: name="(\w+)" value="(\w+)")?', page)
    address, name, value = buttons[-1]
    return client.post(address.replace("&amp;", "&"), {name: value} if name else {}, follow=True)


def in_force() -> set[str]:
    return {each.course.code if each.course else "" for each in Excuse.objects.in_force().select_related("course")}


@pytest.fixture
def courses(school: School) -> list[Course]:
    """Three that the lecturer teaches, with one student in all of them."""
    more = [Course.objects.create(code=f"CSC 30{number}", title="Compilers") for number in (2, 3)]
    for course in more:
        course.lecturers.add(school.lecturer)
        RosterEntry.objects.create(course=course, student=school.students[0])
    return [school.course, *more]


def test_an_excuse_from_all_courses_is_withdrawn_at_once_and_entered_again(
    school: School, courses: list[Course]
) -> None:
    client, mark = client_of(school.lecturer), school.session.marks.filter(student=school.students[0])
    client.post("/excuses/add/", sent(school.students[0]))
    page = client.get("/excuses/").text
    assert page.count("Withdraw all 3</button>") == 3
    excuse = Excuse.objects.get(course=school.course)
    assert mark.get().status == "excused"
    gone = client.post(f"/excuses/{excuse.pk}/withdraw/", {"all": "1", "next": "/excuses/?show=past"}, follow=True)
    assert gone.redirect_chain[-1][0] == "/excuses/?show=past"
    assert "Withdrawn in 3 courses: Élodie Marchand is no longer excused by it" in words(gone.text)
    assert (in_force(), mark.get().status) == (set(), "absent")
    back = undo(client, gone.text)
    assert back.redirect_chain[-1][0] == "/excuses/?show=past"
    assert "1 held class session counts as excused now." in words(back.text)
    assert (in_force(), mark.get().status) == ({each.code for each in courses}, "excused")
    undo(client, back.text)
    assert (in_force(), mark.get().status) == (set(), "absent")
    assert Excuse.objects.filter(withdrawn_by=school.lecturer).count() == 6


def test_what_was_entered_for_all_courses_is_undone_at_once(school: School, courses: list[Course]) -> None:
    client = client_of(school.lecturer)
    entered = client.post("/excuses/add/", sent(school.students[0]), follow=True)
    assert in_force() == {each.code for each in courses}
    undo(client, entered.text)
    assert in_force() == set()


def test_one_course_of_an_entry_is_withdrawn_and_entered_again_by_itself(school: School, courses: list[Course]) -> None:
    client = client_of(school.lecturer)
    client.post("/excuses/add/", sent(school.students[0]))
    client.post(f"/excuses/{Excuse.objects.get(course=courses[1]).pk}/withdraw/")
    gone = client.post(f"/excuses/{Excuse.objects.get(course=courses[0]).pk}/withdraw/", follow=True)
    assert in_force() == {courses[2].code}
    undo(client, gone.text)
    assert in_force() == {courses[0].code, courses[2].code}
    assert "Withdraw all 2" in client.get("/excuses/").text, "it is of the same entry again"


def test_what_was_entered_by_itself_of_somebody_else_or_in_no_course_of_ones_own_is_not_withdrawn_with_it(
    school: School, courses: list[Course]
) -> None:
    client, (first, second) = client_of(school.lecturer), school.students[:2]
    RosterEntry.objects.create(course=courses[1], student=second)
    courses[2].lecturers.set([school.other])
    client_of(school.lecturer).post("/excuses/add/", sent(first, second))
    client.post("/excuses/add/", sent(first, course=courses[0], reason="another one"))
    today = timezone.localdate()
    together = [
        Excuse(student=first, course=each, first_day=today, last_day=today, reason="of the office") for each in courses
    ]
    enter_excuses(together, school.staff)
    client.post(f"/excuses/{together[0].pk}/withdraw/", {"all": "1"})
    assert [each.course for each in Excuse.objects.in_force().filter(entered_by=school.staff)] == [courses[2]]
    own = Excuse.objects.get(student=first, course=courses[0], reason="a secret illness")
    client.post(f"/excuses/{own.pk}/withdraw/", {"all": "1"})
    assert list(Excuse.objects.in_force().filter(student=first, entered_by=school.lecturer)) == [
        Excuse.objects.get(reason="another one")
    ]
    assert Excuse.objects.in_force().filter(student=second).count() == 2


def test_whoever_undoes_the_withdrawal_of_a_colleagues_excuse_reads_its_reason_no_more_than_before(
    school: School,
) -> None:
    colleague = Account.objects.create_user("knuth@uni.example", name="Don Knuth")
    school.course.lecturers.add(colleague)
    ConfidentialKind.objects.create(name="Medical note")
    client = client_of(colleague)
    for reason in ("a secret illness", "Medical note of a secret illness"):
        client_of(school.lecturer).post("/excuses/add/", sent(school.students[0], course=school.course, reason=reason))
        excuse = Excuse.objects.in_force().get()
        undo(client, client.post(f"/excuses/{excuse.pk}/withdraw/", follow=True).text)
        again = Excuse.objects.in_force().get()
        assert (again.entered_by, again.entered_at) == (excuse.entered_by, excuse.entered_at)
        assert again.pk != excuse.pk
        assert "secret" not in client.get("/excuses/").text
        assert reason in client_of(school.lecturer).get("/excuses/").text
        assert ("entered again", colleague) in [(row.new, row.changed_by) for row in changes_in_trail()]
        client.post(f"/excuses/{again.pk}/withdraw/")


def test_only_who_has_withdrawn_an_excuse_enters_it_again_and_once(school: School) -> None:
    client_of(school.lecturer).post("/excuses/add/", sent(school.students[0], course=school.course))
    excuse = Excuse.objects.get()
    address = f"/excuses/{excuse.pk}/enter-again/"
    assert client_of(school.lecturer).post(address).status_code == 404, "it is in force"
    client_of(school.staff).post(f"/excuses/{excuse.pk}/withdraw/")
    for who in (school.lecturer, school.other):
        assert client_of(who).post(address).status_code == 404
    for _ in range(2):
        assert client_of(school.staff).post(address).status_code == 302
    assert Excuse.objects.in_force().count() == 1


def test_many_are_pasted_and_it_says_what_it_did_not_understand(school: School) -> None:
    client = client_of(school.lecturer)
    Student.objects.create(number="X9", full_name="Grace Stranger")
    answer = client.post("/excuses/add/", {"who": "0042\tMarchand\ns1001; Hopper\nNobody Known\nX9\nhaddad"})
    assert answer.status_code == 422
    text = words(answer.text)
    assert "No student of your courses: Nobody Known ; X9" in text
    assert answer.text.count(' name="student"') == 3
    answer = client.post("/excuses/add/", {"who": "0042\ns1001"})
    assert "Excuse 2 students" in words(answer.text)
    answer = client.post("/excuses/add/", sent(*school.students[:2], course=school.course), follow=True)
    assert "2 held class sessions count as excused now." in words(answer.text)


def test_next_week_is_one_tap_whichever_way_the_students_were_found(school: School) -> None:
    client, monday = client_of(school.lecturer), timezone.localdate() + timedelta(days=7)
    monday -= timedelta(days=monday.weekday())
    keys = [each.pk for each in school.students[:2]]
    found = client.post("/excuses/add/", {"who": "0042\ns1001"}), client.get("/excuses/add/", {"student": keys})
    assert ['form="next-week" name="next_week"' in page.text for page in found] == [True, True]
    page = client.post("/excuses/add/", {"student": keys, "in": school.course.pk, "next_week": "1"})
    assert page.status_code == 200
    assert [f'value="{day}"' in page.text for day in (monday, monday + timedelta(days=6))] == [True, True]
    assert "Excuse 2 students" in words(page.text)
    assert not Excuse.objects.exists()


def test_a_list_that_is_too_long_stays_in_the_field(school: School) -> None:
    pasted = "\n".join(f"Somebody {number}" for number in range(501))
    page = client_of(school.lecturer).post("/excuses/add/", {"who": pasted}).text
    assert f"\n{pasted}</textarea>" in page


def test_of_two_who_bear_a_name_one_is_chosen(school: School) -> None:
    second = Student.objects.create(number="S2", full_name="Eileen Other")
    RosterEntry.objects.create(course=school.course, student=second)
    answer = client_of(school.lecturer).post("/excuses/add/", {"who": "eileen"})
    assert "Which “eileen”?" in words(answer.text)
    assert f'value="{second.pk}"' in answer.text


@pytest.mark.parametrize(
    ("wrong", "words_of_it"),
    [
        ({"last_day": "2020-01-01"}, "The last day is before the first."),
        ({"last_day": "2199-01-01"}, "That is more than a year"),
        ({"first_day": "0001-01-01", "last_day": "0001-01-02"}, "greater than or equal to"),
        ({"first_day": "9999-12-31", "last_day": "9999-12-31"}, "less than or equal to"),
        ({"last_day": "12026-11-28"}, "Enter a valid date."),
        ({"first_day": "2026-11-28T00:00+14:00"}, "Enter a valid date."),
        ({"first_day": "31.02.2026"}, "Enter a valid date."),
        ({"reason": "  "}, "Say why."),
        ({"reason": "x" * 501}, "at most 500 characters"),
    ],
)
def test_what_makes_no_sense_is_shown_again_and_nothing_is_entered(
    school: School, wrong: dict[str, str], words_of_it: str
) -> None:
    answer = client_of(school.lecturer).post("/excuses/add/", sent(school.students[0], course=school.course) | wrong)
    assert answer.status_code == 422
    assert words_of_it in words(answer.text)
    assert not Excuse.objects.exists()


def test_a_stranger_address_to_go_back_to_is_not_followed(school: School) -> None:
    for address in ("https://evil.example/", "//evil.example/", "javascript:alert(1)"):
        answer = client_of(school.lecturer).post(
            "/excuses/add/", sent(school.students[0], course=school.course, next=address)
        )
        assert answer["Location"] == "/excuses/"


def test_the_list_has_those_of_now_to_come_past_and_withdrawn_in_few_queries(
    school: School, django_assert_max_num_queries: Any
) -> None:
    today, rows = timezone.localdate(), []
    for number, student in enumerate(school.students * 15):
        first = today + (number - 30) * DAY
        rows.append(Excuse(student=student, course=school.course, first_day=first, last_day=first, reason="ill"))
    enter_excuses(rows, school.lecturer)
    client = client_of(school.lecturer)
    with django_assert_max_num_queries(12):
        page = client.get(f"/excuses/?course={school.course.pk}").text
    assert re.findall(r"(Current|Coming|Past|Withdrawn) <b>(\d+)", page) == [
        ("Current", "1"), ("Coming", "29"), ("Past", "30"), ("Withdrawn", "0"),
    ]  # fmt: skip
    assert client.get("/excuses/?show=past&q=hopper").text.count("Grace Hopper") >= 7
    assert len(client.get("/excuses/?show=coming").content) < 100_000


@only_long
def test_more_than_can_be_excused_at_once_is_refused_and_not_cut(school: School) -> None:
    client = client_of(school.lecturer)
    rows = [Student(number=f"N{each}", full_name=f"N {each}", folded_number=f"n{each}") for each in range(501)]
    Student.objects.bulk_create(rows)
    many = list(Student.objects.filter(number__startswith="N"))
    RosterEntry.objects.bulk_create(RosterEntry(course=school.course, student=each) for each in many)
    pasted = "\n".join(each.number for each in many)
    for form in ({"who": pasted}, {"who": "N1 " * 7000}, sent(*many, course=school.course)):
        answer = client.post("/excuses/add/", form)
        assert answer.status_code == 422
        assert "That is too much at once" in words(answer.text)
    assert not Excuse.objects.exists()
    assert client.post("/excuses/add/", sent(*many[:500], course=school.course)).status_code == 302
    assert Excuse.objects.count() == 500
