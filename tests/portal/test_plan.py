"""A lecturer moves, cancels and adds class sessions; clashes are shown first, and all of it stands in the trail."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client

from portal.accounts.models import Account
from portal.attendance.models import ClassSession, Course, Room
from portal.attendance.queries.clashes import Meeting, find_clashes
from portal.attendance.services.closing import close_due
from portal.attendance.services.timetable import change_session
from tests.portal.school import NINE, School, changes_in_trail, found_school
from tests.portal.test_every_page import HOST, answer_of, serve

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


@pytest.fixture
def school() -> School:
    return found_school()


@pytest.fixture
def lecturer(school: School) -> Client:
    return signed_in(school.lecturer)


def signed_in(account: Account) -> Client:
    client = Client()
    client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
    return client


def form_of(session: ClassSession, **changes: Any) -> dict[str, str]:
    """What the page sends where nothing but these is changed."""
    start, end = (at.astimezone(session.room.zone) for at in (session.starts_at, session.ends_at))
    sent = {"day": f"{start:%Y-%m-%d}", "starts": f"{start:%H:%M}", "ends": f"{end:%H:%M}"}
    sent |= {"room": session.room_id, "late_after_minutes": session.late_after_minutes, "shown": session.revision}
    return {name: str(value) for name, value in (sent | changes).items()}


def trail() -> list[tuple[str, str, str, str, str]]:
    rows = changes_in_trail()
    return [(row.changed_by_name, row.row_name, row.field, row.old, row.new) for row in rows]


def test_a_lecturer_moves_a_class_session_and_the_trail_says_from_where_to_where(
    lecturer: Client, school: School
) -> None:
    room = Room.objects.create(name="B 2", time_zone="Europe/Berlin")
    sent = form_of(school.session, day="2026-11-24", starts="14:00", ends="15:30", room=room.pk)
    answer = lecturer.post(f"/sessions/{school.session.pk}/change/", sent, follow=True)
    assert "Saved." in answer.text
    moved = ClassSession.objects.get()
    assert (moved.starts_at, moved.ends_at) == (
        datetime(2026, 11, 24, 13, tzinfo=UTC),
        datetime(2026, 11, 24, 14, 30, tzinfo=UTC),
    )
    assert (moved.day, moved.room, moved.is_by_hand, moved.revision) == (date(2026, 11, 24), room, True, 1)
    name = "CSC 301 2026-11-23 09:00 UTC"
    assert trail() == [
        ("Ama Adjei", name, "starts_at", "2026-11-23 09:00 UTC", "2026-11-24 13:00 UTC"),
        ("Ama Adjei", name, "ends_at", "2026-11-23 09:50 UTC", "2026-11-24 14:30 UTC"),
        ("Ama Adjei", name, "room", "Lecture Theatre 1", "B 2"),
    ]


def test_the_late_limit_alone_is_changed_and_decides_anew(lecturer: Client, school: School) -> None:
    school.notice(school.students[1], first=10, last=30)
    school.watch()
    school.enrol()
    close_due()
    assert school.students[1].marks.get().status == "present"
    lecturer.post(f"/sessions/{school.session.pk}/change/", form_of(school.session, late_after_minutes=5))
    assert school.students[1].marks.get().status == "late"
    assert [row[2:] for row in trail()] == [("late_after_minutes", "15", "5")]


def test_nothing_is_written_where_nothing_was_changed(lecturer: Client, school: School) -> None:
    school.session.starts_at += timedelta(seconds=20)
    school.session.save()
    page = lecturer.post(f"/sessions/{school.session.pk}/change/", form_of(school.session), follow=True).text
    assert "Nothing was changed." in page
    session = ClassSession.objects.get()
    assert (session.starts_at, session.revision) == (NINE + timedelta(seconds=20), 0)


def test_who_saves_a_form_that_is_out_of_date_is_told_and_changes_nothing(lecturer: Client, school: School) -> None:
    sent = form_of(school.session, late_after_minutes=5)
    change_session(school.session, late_after_minutes=20)
    for address, form in (("change", sent), ("cancel", {"cancelled": "1", "shown": "0"})):
        answer = lecturer.post(f"/sessions/{school.session.pk}/{address}/", form, follow=True)
        assert "somebody else has changed this class session meanwhile" in answer.text
    session = ClassSession.objects.get()
    assert (session.late_after_minutes, session.is_cancelled) == (20, False)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"day": "1026-11-24"}, "is the year right?"),
        ({"ends": "09:00"}, "A class session ends after it starts."),
        ({"room": "9999"}, "Select a valid choice"),
        ({"late_after_minutes": "-1"}, "greater than or equal to 0"),
        ({"starts": "10:00", "ends": "10:50"}, "has a class session in this room at that time already"),
    ],
)
def test_what_cannot_be_is_refused_in_words(
    lecturer: Client, school: School, changes: dict[str, str], words: str
) -> None:
    school.meet(NINE + HOUR)
    answer = lecturer.post(f"/sessions/{school.session.pk}/change/", form_of(school.session, **changes))
    assert answer.status_code == 422
    assert words in answer.text
    assert ClassSession.objects.get(pk=school.session.pk).revision == 0


def test_a_time_that_the_rooms_clocks_skip_is_refused_and_of_one_they_show_twice_the_first_is_taken(
    lecturer: Client, school: School
) -> None:
    Room.objects.update(time_zone="Europe/Berlin")
    school.session.refresh_from_db()
    sent = form_of(school.session, day="2026-03-29", starts="02:30", ends="04:00")
    answer = lecturer.post(f"/sessions/{school.session.pk}/change/", sent)
    assert "On 2026-03-29 there is no 02:30 in Europe/Berlin: the clocks go forward." in answer.text
    sent = form_of(school.session, day="2026-10-25", starts="02:30", ends="04:00")
    lecturer.post(f"/sessions/{school.session.pk}/change/", sent)
    session = ClassSession.objects.get()
    assert (session.starts_at, session.ends_at - session.starts_at) == (
        datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
        timedelta(hours=2, minutes=30),
    )
    # The second half past two stays the second, whatever else is changed.
    change_session(session, starts_at=datetime(2026, 10, 25, 1, 30, tzinfo=UTC))
    lecturer.post(f"/sessions/{session.pk}/change/", form_of(session, late_after_minutes=3))
    assert ClassSession.objects.get().starts_at == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


def test_a_class_session_of_several_days_keeps_its_days(lecturer: Client, school: School) -> None:
    change_session(school.session, ends_at=NINE + timedelta(days=2, hours=1))
    lecturer.post(f"/sessions/{school.session.pk}/change/", form_of(school.session, day="2026-11-24"))
    session = ClassSession.objects.get()
    assert session.ends_at - session.starts_at == timedelta(days=2, hours=1)


def test_a_clash_is_shown_before_anything_is_saved_and_may_be_accepted(lecturer: Client, school: School) -> None:
    school.meet(NINE + 2 * HOUR, course=school.other_course)
    sent = form_of(school.session, starts="11:30", ends="12:20")
    answer = lecturer.post(f"/sessions/{school.session.pk}/change/", sent)
    assert answer.status_code == 409
    assert "Lecture Theatre 1 is taken by MAT 110, 11:00–11:50" in answer.text
    assert ClassSession.objects.get(pk=school.session.pk).starts_at == NINE
    seen = answer.context["digest"]
    other_time = sent | {"starts": "11:40", "clashes": seen}
    assert lecturer.post(f"/sessions/{school.session.pk}/change/", other_time).status_code == 409
    assert lecturer.post(f"/sessions/{school.session.pk}/change/", sent | {"clashes": seen}).status_code == 302
    assert ClassSession.objects.get(pk=school.session.pk).starts_at == NINE + 2.5 * HOUR


def test_what_was_shown_is_accepted_by_one_button_and_a_changed_form_is_saved_by_another(
    lecturer: Client, school: School
) -> None:
    school.meet(NINE + 2 * HOUR, course=school.other_course)
    for address, free in ((f"/sessions/{school.session.pk}/change/", "2026-11-24"), ("/sessions/add/", "2026-11-25")):
        sent = form_of(school.session, starts="11:30", ends="12:20") | {"course": school.course.pk}
        page = lecturer.post(address, sent).text
        assert len(re.findall(r' name="clashes" value="\w+" data-as-shown>Save it all the same<', page)) == 1
        assert len(re.findall(r'<button class="button primary">(Save|Add it)<', page)) == 1
        assert lecturer.post(address, sent).status_code == 409, "nothing was accepted"
        assert lecturer.post(address, sent | {"day": free}).status_code == 302


@pytest.mark.usefixtures("django_beside_playwright")
def test_once_the_form_says_something_else_nothing_can_be_saved_all_the_same(
    lecturer: Client, school: School, open_page: Callable[..., Page]
) -> None:
    school.meet(NINE + 2 * HOUR, course=school.other_course)
    address = f"/sessions/{school.session.pk}/change/"
    page = open_page(service_workers="block")
    sent = form_of(school.session, starts="11:30", ends="12:20")
    serve(page, {address: answer_of(lecturer, address, sent)})
    page.goto(HOST + address)
    button = page.get_by_role("button", name="Save it all the same")
    button.wait_for()
    page.get_by_label("Day").fill("2026-11-24")
    button.wait_for(state="hidden")
    assert page.locator("button[data-as-shown]").is_disabled(), "Enter in a field does not press it either"


def test_cancelled_it_counts_nowhere_and_called_back_it_clashes_with_who_came_meanwhile(
    lecturer: Client, school: School
) -> None:
    address = f"/sessions/{school.session.pk}/cancel/"
    page = lecturer.post(address, {"cancelled": "1", "shown": "0"}, follow=True).text
    assert "Cancelled." in page
    assert "It takes place after all" in lecturer.get(f"/sessions/{school.session.pk}/change/").text
    school.meet(NINE, course=school.other_course)
    answer = lecturer.post(address, {"cancelled": "0", "shown": "1"})
    assert answer.status_code == 409
    accepted = {"cancelled": "0", "shown": "1", "clashes": answer.context["digest"]}
    assert lecturer.post(address, accepted).status_code == 302
    assert not ClassSession.objects.get(pk=school.session.pk).is_cancelled
    assert [row[2:] for row in trail()] == [("is_cancelled", "False", "True"), ("is_cancelled", "True", "False")]


def test_a_lecturer_adds_a_class_session_of_their_own_courses_alone(lecturer: Client, school: School) -> None:
    sent = {"day": "2026-12-01", "starts": "23:00", "ends": "00:30", "room": school.room.pk, "late_after_minutes": "10"}
    refused = lecturer.post("/sessions/add/", sent | {"course": school.other_course.pk})
    assert refused.status_code == 422
    answer = lecturer.post("/sessions/add/", sent | {"course": school.course.pk})
    added = ClassSession.objects.latest("pk")
    assert answer["Location"] == f"/?day=2026-12-01#session-{added.pk}"
    assert (added.course, added.ends_at - added.starts_at) == (school.course, 1.5 * HOUR)
    assert (added.late_after_minutes, added.is_by_hand) == (10, True)
    assert [row[:3] for row in trail()] == [("Ama Adjei", "CSC 301 2026-12-01 23:00 UTC", "added")]


def test_another_lecturers_class_session_is_not_there_to_be_changed(school: School) -> None:
    other = signed_in(school.other)
    for address in ("change", "cancel"):
        sent = form_of(school.session, cancelled="1")
        assert other.post(f"/sessions/{school.session.pk}/{address}/", sent).status_code == 404
    assert ClassSession.objects.get().revision == 0


class TestClashes:
    """Which class sessions need the same room or person at once."""

    def at(self, course: Course, room: Room, hour: float, hours: float = 1, session: int | None = None) -> Meeting:
        start = NINE + hour * HOUR
        return Meeting(course.pk, room.pk, start, start + hours * HOUR, session)

    def words(self, *asked: Meeting, leaving: tuple[int, ...] = ()) -> list[str]:
        return [clash.words for clash in find_clashes(asked, leaving)]

    def test_a_room_is_free_from_the_very_end(self, school: School) -> None:
        end = (school.session.ends_at - NINE) / HOUR
        assert not self.words(self.at(school.other_course, school.room, end))
        assert len(self.words(self.at(school.other_course, school.room, end - 0.01))) == 1

    def test_a_lecturer_is_in_one_room_at_a_time(self, school: School) -> None:
        school.other_course.lecturers.add(school.lecturer)
        elsewhere = Room.objects.create(name="B 2")
        assert self.words(self.at(school.other_course, elsewhere, 0.5)) == [
            "Dr Ama Adjei teaches CSC 301 in Lecture Theatre 1, 09:00–09:50"
        ]
        assert self.words(self.at(school.other_course, school.room, 0.5)) == [
            "Lecture Theatre 1 is taken by CSC 301, 09:00–09:50, which Dr Ama Adjei teaches too"
        ]

    def test_groups_of_one_course_may_meet_at_once_where_several_teach_it(self, school: School) -> None:
        elsewhere = Room.objects.create(name="B 2")
        assert len(self.words(self.at(school.course, elsewhere, 0))) == 1
        school.course.lecturers.add(school.other)
        assert not self.words(self.at(school.course, elsewhere, 0))

    def test_what_is_cancelled_or_leaves_or_is_moved_itself_is_in_nobodys_way(self, school: School) -> None:
        asked = self.at(school.other_course, school.room, 0)
        assert self.words(asked)
        assert not self.words(asked, leaving=(school.session.pk,))
        assert not self.words(asked, self.at(school.course, school.room, 5, session=school.session.pk))
        school.session.is_cancelled = True
        school.session.save()
        assert not self.words(asked)

    def test_those_that_are_asked_about_clash_with_each_other_once(self, school: School) -> None:
        long_before = self.at(school.course, school.room, 100, 30)
        assert self.words(self.at(school.other_course, school.room, 120), long_before) == [
            "Lecture Theatre 1 is taken by CSC 301, 13:00–19:00"
        ]

    def test_thousands_in_one_room_at_once_are_told_of_in_a_moment(self, school: School) -> None:
        asked = [self.at(school.other_course, school.room, 0 + number / 10_000) for number in range(5_000)]
        found = find_clashes(asked)
        assert len(asked) - 1 <= len(found) <= 4 * len(asked)
