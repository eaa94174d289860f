"""What needs a person: found by the facts, settled once, and there again when the facts change."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone, translation

from portal.accounts.models import Account
from portal.attendance.models import ClearedException, Department, Evidence, Excuse, MarkChange, Student
from portal.attendance.queries.exceptions import find_exceptions
from portal.attendance.services.closing import close_session
from portal.attendance.services.correction import correct_mark
from portal.attendance.services.deciding import decide_anew
from portal.attendance.services.excuses import enter_excuses
from portal.lecturer.exception_words import ACTS, CLEAR, GUEST, acts_on
from portal.lecturer.student_words import letter_of
from tests.portal.school import School, found_school

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
Make = Callable[[School, Student], object]


@pytest.fixture
def school() -> School:
    """A class session that is over, all of which one camera saw; everybody but the first stayed to its end."""
    school = found_school()
    school.move(timezone.now().replace(minute=0, second=0, microsecond=0) - 3 * HOUR)
    school.enrol()
    for student in school.students[1:]:
        school.notice(student, 1, 49)
    return school


def client_of(account: Account) -> Client:
    client = Client()
    client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
    return client


def words(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def excuse(school: School, student: Student) -> None:
    day = school.session.day
    enter_excuses([Excuse(student=student, first_day=day, last_day=day, reason="ill")], school.staff)


def seen_though_excused(school: School, student: Student) -> None:
    excuse(school, student)
    school.notice(student, 2, 49)


def alike(school: School, student: Student) -> None:
    school.notice(student, 5, 9, is_between=True, runner_up_number="S1001", runner_up_distance=0.4)


def visitor(school: School, student: Student) -> None:
    student.roster_entries.all().delete()
    school.notice(student, 2, 49)


def photo(school: School, student: Student) -> None:
    school.notice(student, 2, 49, suspicion="still")


KINDS: dict[str, tuple[Make, str]] = {
    "near": (alike, "Élodie Marchand was seen, or somebody who looks alike"),
    "clock": (lambda s, student: s.notice(student, 5, 9, is_confirmed=False), "was seen by a wrong clock"),
    "near miss": (
        lambda school, student: school.nearly_name(student, 14, 14),
        "who may be this student, but was not sure: 0.48; sure is below 0.45.",
    ),
    "photo": (photo, "Élodie Marchand may have been a photo"),
    "excused": (seen_though_excused, "Élodie Marchand was excused and yet seen"),
    "left early": (lambda s, student: s.notice(student, 2, 20), "Last seen at"),
    "visitor": (visitor, "Élodie Marchand came, and is not on the roster"),
}


def found(school: School, viewer: Account | None = None) -> list[str]:
    school.session.refresh_from_db()
    return [each.kind.value for each in find_exceptions([school.session], viewer or school.lecturer, timezone.now())]


def forms_on(page: str) -> list[dict[str, str]]:
    """What each exception's form sends, without the act."""
    forms = re.findall(r'<form class="keys"(.*?)</form>', page, re.DOTALL)
    return [dict(re.findall(r'type="hidden" name="(kind|student|facts|next)" value="([^"]*)"', form)) for form in forms]


def settle(client: Client, school: School, act: str, address: str = "/exceptions/") -> str:
    (form,) = forms_on(client.get(address).text)
    answer = client.post(f"/sessions/{school.session.pk}/exceptions/", form | {"act": act}, follow=True)
    assert answer.redirect_chain[-1][0] == address
    return answer.text


def undo(client: Client, page: str) -> None:
    button = re.search(r'class="undo" form="act" formaction="([^"]+)"', page)
    assert button
    assert client.post(button[1].replace("&amp;", "&"), follow=True).status_code == 200


@pytest.mark.parametrize("kind", KINDS)
def test_what_needs_a_person_is_shown_left_as_it_is_once_and_comes_back_by_undo(school: School, kind: str) -> None:
    make, said = KINDS[kind]
    school.watch()
    make(school, school.students[0])
    close_session(school.session)
    client = client_of(school.lecturer)
    assert said in words(client.get("/exceptions/").text)
    assert said in words(client.get(f"/sessions/{school.session.pk}/check/").text)
    page = settle(client, school, "clear")
    assert "Nothing needs you" in page
    cleared = ClearedException.objects.get()
    assert (cleared.cleared_by, cleared.cleared_by_name) == (school.lecturer, "Ama Adjei")
    undo(client, page)
    assert len(found(school)) == 1
    cleared.refresh_from_db()
    assert cleared.withdrawn_by == school.lecturer


@pytest.mark.parametrize(
    ("kind", "act", "status"),
    [
        ("near", "present", "present"),
        ("near miss", "present", "present"),
        ("photo", "absent", "absent"),
        ("excused", "excused", "excused"),
        ("left early", "absent", "absent"),
        ("visitor", "guest", "present"),
    ],
)
def test_a_status_settles_it_with_a_reason_in_the_history_and_undo_brings_it_back(
    school: School, kind: str, act: str, status: str
) -> None:
    school.watch()
    KINDS[kind][0](school, school.students[0])
    close_session(school.session)
    client = client_of(school.lecturer)
    page = settle(client, school, act)
    mark = school.session.marks.get(student=school.students[0])
    assert (mark.status, mark.source, mark.marked_by) == (status, "lecturer", school.lecturer)
    assert MarkChange.objects.latest("pk").reason
    assert found(school) == []
    undo(client, page)
    assert found(school) == [kind.removesuffix(" miss")]
    # And once more, as if it had never been.
    page = settle(client, school, act)
    assert found(school) == []
    undo(client, page)
    page = settle(client, school, "clear")
    assert found(school) == []
    undo(client, page)
    assert found(school) == [kind.removesuffix(" miss")]


def test_who_may_only_read_is_not_told_that_everything_is_settled(school: School) -> None:
    school.course.department = Department.objects.create(name="Computing")
    school.course.save()
    viewer = Account.objects.create_user("vee@uni.example", name="Vee")
    school.course.department.viewers.add(viewer)
    school.watch()
    school.notice(school.students[0], 2, 20)
    close_session(school.session)
    page = client_of(viewer).get("/exceptions/").text
    assert "You take no registers" in page
    assert "Everything is settled" not in page
    assert "Mail it to me in the evening" not in page
    assert "Everything is settled" in client_of(school.other).get("/exceptions/").text


def test_who_left_the_roster_after_a_camera_had_seen_them_is_no_visitor(school: School) -> None:
    school.watch()
    student = school.students[0]
    school.notice(student, 2, 49)
    decide_anew(school.session)
    student.roster_entries.all().delete()
    close_session(school.session)
    mark = school.session.marks.get(student=student)
    assert (mark.source, mark.on_roster) == ("camera", False)
    assert found(school) == []


@pytest.mark.parametrize("language", [code for code, _name in settings.LANGUAGES])
def test_a_letter_means_the_same_here_as_in_a_register_and_no_letter_means_two_things(language: str) -> None:
    with translation.override(language):
        for kind, acts in ACTS.items():
            keys = {each.does: str(each.key) for each in acts}
            assert len({*keys.values(), "H"}) == len(keys) + 1, kind
            assert all(key == letter_of(does) for does, key in keys.items() if does not in (CLEAR, GUEST)), kind
            # The letter of a status that is not offered must not do something else either.
            others = {letter_of(each) for each in ("present", "absent", "excused") if each not in keys}
            assert not others & set(keys.values()), kind


def test_the_letter_of_what_a_mark_says_already_leaves_it(school: School) -> None:
    school.watch()
    for place, (first, last) in enumerate(((2, 20), (17, 22))):
        Evidence.objects.filter(student=school.students[place]).delete()
        school.notice(school.students[place], first, last)
    close_session(school.session)
    school.session.refresh_from_db()
    early, late = find_exceptions([school.session], school.lecturer, timezone.now())
    if early.student != school.students[0]:
        early, late = late, early
    assert [(each.key, each.also) for each in acts_on(early)] == [("L", "P"), ("A", ""), ("E", "")]
    assert [(each.key, each.also) for each in acts_on(late)] == [("L", ""), ("A", ""), ("E", "")]


def test_it_comes_back_when_the_facts_change_and_only_then(school: School) -> None:
    school.watch()
    school.notice(school.students[0], 2, 10)
    close_session(school.session)
    settle(client_of(school.lecturer), school, "clear")
    decide_anew(school.session)
    assert found(school) == []
    Evidence.objects.filter(student=school.students[0]).update(last_seen_at=school.session.starts_at + HOUR / 3)
    decide_anew(school.session)
    assert found(school) == ["left early"]


def test_what_has_changed_since_it_was_shown_is_not_settled(school: School) -> None:
    school.watch()
    school.notice(school.students[0], 2, 10)
    close_session(school.session)
    client = client_of(school.lecturer)
    (form,) = forms_on(client.get("/exceptions/").text)
    correct_mark(school.session, school.students[0], "present", "with me outside", school.staff)
    address = f"/sessions/{school.session.pk}/exceptions/"
    for wrong in ({}, {"act": "guest"}, {"student": "9" * 30}, {"kind": "x" * 99}, {"facts": "\x00"}, {"student": ""}):
        answer = client.post(address, form | {"act": "absent"} | wrong, follow=True)
        assert "Nothing was done" in answer.text
    assert client.post(address, {}).status_code == 302
    assert school.session.marks.get(student=school.students[0]).status == "present"
    assert not ClearedException.objects.exists()


def test_nobody_has_left_early_where_no_camera_could_see_the_rest(school: School) -> None:
    school.watch(0, 22)
    school.notice(school.students[0], 2, 20)
    close_session(school.session)
    assert found(school) == []


def test_all_whom_no_camera_could_see_or_name_are_one_exception_each(school: School) -> None:
    Evidence.objects.all().delete()
    close_session(school.session)
    client = client_of(school.lecturer)
    assert found(school) == ["unseen"]
    assert "4 students were not observed" in words(client.get("/exceptions/").text)
    settle(client, school, "clear")
    assert found(school) == []
    school.watch()
    school.room.enrolled.all().delete()
    decide_anew(school.session)
    assert found(school) == ["not enrolled"]


def test_what_somebody_else_has_corrected_each_lecturer_clears_for_themselves(school: School) -> None:
    school.watch()
    school.notice(school.students[0], 2, 49)
    second = Account.objects.create_user("knuth@uni.example", name="Don Knuth")
    school.course.lecturers.add(second)
    close_session(school.session)
    for student in school.students[:2]:
        correct_mark(school.session, student, "excused", "letter", school.staff)
    correct_mark(school.session, school.students[2], "late", "at last", school.lecturer)
    assert found(school, school.staff) == []
    assert "2 marks were corrected by Sam Registrar" in words(client_of(school.lecturer).get("/exceptions/").text)
    settle(client_of(school.lecturer), school, "clear")
    assert found(school) == []
    text = words(client_of(second).get("/exceptions/").text)
    assert "3 marks were corrected by Dr Ama Adjei and Sam Registrar" in text
    correct_mark(school.session, school.students[0], "absent", "no", school.staff)
    assert found(school) == ["corrected"]


def test_who_does_not_take_the_register_settles_nothing(school: School) -> None:
    viewer, department = Account.objects.create_user("vee@uni.example", name="Vee"), Department.objects.create(name="X")
    department.viewers.add(viewer)
    school.course.department = department
    school.course.save()
    school.watch()
    school.notice(school.students[0], 2, 10)
    close_session(school.session)
    client = client_of(school.lecturer)
    (form,) = forms_on(client.get("/exceptions/").text)
    page = settle(client, school, "clear")
    cleared = ClearedException.objects.get()
    addresses = {
        f"/sessions/{school.session.pk}/exceptions/": form | {"act": "absent"},
        f"/sessions/{school.session.pk}/exceptions/{school.students[0].pk}/undo/": {},
    }
    for who, expected in ((viewer, 403), (school.other, 404)):
        stranger = client_of(who)
        assert "Nothing needs you" in stranger.get("/exceptions/").text
        assert [stranger.post(*each).status_code for each in addresses.items()] == [expected] * 2
        assert stranger.post(f"/exceptions/{cleared.pk}/undo/").status_code == 404
        stranger.post("/exceptions/check/", {"session": school.session.pk})
    school.session.refresh_from_db()
    assert school.session.checked_at is None
    assert found(school) == []
    undo(client, page)
    assert found(school) == ["left early"]


def test_registers_with_nothing_to_settle_are_checked_at_once_and_the_others_are_not(school: School) -> None:
    school.watch()
    school.notice(school.students[0], 2, 10)
    close_session(school.session)
    quiet = school.meet(school.session.starts_at - 48 * HOUR)
    school.watch(session=quiet)
    close_session(quiet)
    client = client_of(school.lecturer)
    page = words(client.get("/exceptions/").text)
    assert "Not checked yet 2" in page
    answer = client.post("/exceptions/check/", {"session": [school.session.pk, quiet.pk, "x"]}, follow=True)
    assert "Checked: 1 register." in answer.text
    assert "Not checked yet 1" in words(answer.text)
    quiet.refresh_from_db()
    assert quiet.checked_by == school.lecturer


def test_a_hundred_registers_that_nobody_has_checked_are_shown_at_once_and_then_the_others(school: School) -> None:
    for number in range(1, 103):
        school.meet(school.session.starts_at - number * HOUR, closed_at=timezone.now())
    client = client_of(school.lecturer)
    page = client.get("/exceptions/").text
    assert "Not checked yet 102" in words(page)
    assert "100 of 102 are shown" in words(page)
    shown = re.findall(r'name="session" value="(\d+)"', page)
    assert len(shown) == 100
    page = client.post("/exceptions/check/", {"session": shown}, follow=True).text
    assert "Checked: 100 registers." in page
    assert "Not checked yet 2" in words(page)
    assert "of 2 are shown" not in words(page)


def test_many_class_sessions_cost_as_few_queries_as_one(school: School, django_assert_max_num_queries: Any) -> None:
    school.watch()
    for student in school.students[:1]:
        KINDS["excused"][0](school, student)
    close_session(school.session)
    for number in range(1, 12):
        session = school.meet(school.session.starts_at - number * HOUR * 24)
        if number % 2:
            school.watch(session=session)
        close_session(session)
    client = client_of(school.lecturer)
    with django_assert_max_num_queries(12):
        page = client.get("/exceptions/").text
    assert "6 things need you" in words(page)


def test_a_near_miss_of_who_was_seen_after_all_or_of_whom_a_person_spoke_is_no_exception(school: School) -> None:
    seen, told, absent = school.students[0], school.students[1], school.students[2]
    school.watch()
    Evidence.objects.exclude(student=school.students[3]).delete()
    school.notice(seen, 2, 49)
    for student in (seen, told, absent):
        school.nearly_name(student, 5)
    close_session(school.session)
    assert found(school) == ["near", "near"]
    correct_mark(school.session, told, "absent", "I was there", school.lecturer)
    findings = find_exceptions([school.session], school.lecturer, timezone.now())
    assert [each.student for each in findings] == [absent]
    assert school.session.marks.get(student=absent).status == "absent", "it is never a mark"


def test_the_page_of_an_absent_student_tells_of_a_near_miss_and_that_of_another_does_not(school: School) -> None:
    absent, present = school.students[:2]
    school.watch()
    for student in (absent, present):
        school.nearly_name(student, 14, 14)
    school.nearly_name(
        absent, 20, 20, camera_name="rear", distance=0.44, runner_up_number="S1001", runner_up_distance=0.45
    )
    close_session(school.session)
    client = client_of(school.lecturer)

    def page(student: Student) -> str:
        return words(client.get(f"/sessions/{school.session.pk}/students/{student.pk}/").text)

    assert "who may be this student, but was not sure: 0.44, and S1001 was hardly farther." in page(absent)
    assert "may be this student" not in page(present)


def test_a_near_miss_names_no_student_of_other_courses(school: School) -> None:
    Student.objects.create(number="S9", full_name="Grace Stranger")
    school.watch()
    school.nearly_name(school.students[0], distance=0.44, runner_up_number="s9", runner_up_distance=0.45)
    close_session(school.session)
    client = client_of(school.lecturer)
    for address in ("/exceptions/", f"/sessions/{school.session.pk}/students/{school.students[0].pk}/"):
        page = words(client.get(address).text)
        assert "not sure: 0.44, and somebody else was hardly farther." in page, address
        assert "s9" not in page.lower(), address
