"""The office's timetable: weekly slots make class sessions, and what becomes of those is shown before it is saved."""

from __future__ import annotations

import re
import threading
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone, translation

from portal.accounts.models import OfficialChange
from portal.attendance.models import ClassSession, Closure, Mark, Room, Slot, Term
from portal.attendance.services.room_zones import change_zone
from portal.attendance.services.slots import Outcome, SlotPlan, Step, occurrence, plan_slots
from portal.attendance.services.timetable import change_session
from portal.office.views import planned
from tests.fixtures.mariadb import MigratedMariaDB
from tests.portal.school import School, changes_in_trail, found_school
from tests.portal.test_at_once import signed_in_twice, together

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
"""A Monday; on the 29th clocks in Berlin go forward."""


@pytest.fixture
def school(db: None, monkeypatch: pytest.MonkeyPatch) -> School:
    monkeypatch.setattr(timezone, "now", lambda: NOW)
    school = found_school(NOW - timedelta(days=30))
    Room.objects.update(time_zone="Europe/Berlin")
    Term.objects.create(name="Spring 2026", first_day=date(2026, 3, 2), last_day=date(2026, 4, 17))
    return school


@pytest.fixture
def office(school: School) -> Office:
    office = Office(Client(), school)
    office.sign_in()
    return office


class Office:
    """Saves what it was shown."""

    def __init__(self, client: Client, school: School) -> None:
        self.client, self.school = client, school

    def sign_in(self) -> None:
        self.client.force_login(self.school.staff, backend="django.contrib.auth.backends.ModelBackend")

    def slot(self, **changes: Any) -> dict[str, str]:
        sent = {"term": Term.objects.get().pk, "course": self.school.course.pk, "room": self.school.room.pk}
        sent |= {"weekday": 2, "starts": "09:00", "ends": "10:30", "every_weeks": 1, "late_after_minutes": 15}
        return {name: str(value) for name, value in (sent | changes).items()}

    def look(self, address: str, sent: dict[str, str]) -> Any:
        answer = self.client.post(f"/term/timetable/{address}/", sent)
        assert answer.status_code == 409, answer.text
        return answer

    def save(self, address: str, sent: dict[str, str]) -> str:
        answer = self.look(address, sent)
        return self.client.post(
            f"/term/timetable/{address}/", sent | {"plan": answer.context["digest"]}, follow=True
        ).text

    def starts(self) -> list[str]:
        """Of class sessions that a slot has made, in the room's time."""
        made = ClassSession.objects.filter(slot__isnull=False).order_by("starts_at")
        return [f"{each.starts_at.astimezone(each.room.zone):%m-%d %H:%M}" for each in made]


def test_a_weekly_slot_makes_class_sessions_at_the_same_wall_time_through_a_change_of_clocks(office: Office) -> None:
    page = office.look("slots/add", office.slot()).text
    assert "Class sessions: 7 added" in page
    assert not Slot.objects.exists()
    assert not office.starts()
    assert "Class sessions: 7 added." in office.save("slots/add", office.slot())
    days = ["03-04", "03-11", "03-18", "03-25", "04-01", "04-08", "04-15"]
    assert office.starts() == [f"{day} 09:00" for day in days]
    utc = {each.starts_at.hour for each in ClassSession.objects.filter(slot__isnull=False)}
    assert utc == {7, 8}
    last = ClassSession.objects.filter(slot__isnull=False).latest("starts_at")
    assert (last.day, last.ends_at - last.starts_at) == (date(2026, 4, 15), timedelta(minutes=90))
    added = changes_in_trail().exclude(table_name__in=["room", "class_session"]).get()
    assert (added.table_name, added.field, added.changed_by_name) == ("timetable_slot", "added", "Sam Registrar")


def test_every_other_week_is_counted_from_the_first_day_and_closed_days_are_left_out(office: Office) -> None:
    Closure.objects.create(name="Strike", first_day=date(2026, 3, 11), last_day=date(2026, 3, 11))
    office.save("slots/add", office.slot(every_weeks=2, first_day="2026-03-05", last_day="2026-04-10"))
    assert office.starts() == ["03-25 09:00", "04-08 09:00"]


def test_a_changed_slot_moves_what_is_to_come_and_leaves_what_has_begun_or_was_changed_by_a_person(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.save("slots/add", office.slot())
    first, second, third, fourth, *rest = ClassSession.objects.filter(slot__isnull=False).order_by("starts_at")
    # The first begins in ten minutes: its register is being taken.
    now = first.starts_at - timedelta(minutes=10)
    monkeypatch.setattr(timezone, "now", lambda: now)
    office.sign_in()
    change_session(second, late_after_minutes=5)
    change_session(third, is_cancelled=True)
    Mark.objects.create(
        session=fourth, student=office.school.students[0], status="excused", source="lecturer", note="ahead",
        marked_by=office.school.lecturer,
    )  # fmt: skip
    slot = Slot.objects.get()
    sent = office.slot(weekday=4, starts="14:00", ends="15:00")
    page = office.look(f"slots/{slot.pk}", sent).text
    for words in ("somebody has changed this one by itself", "it was cancelled", "students are marked in it already"):
        assert words in page
    office.save(f"slots/{slot.pk}", sent)
    begun_and_kept = ["03-04 09:00", "03-11 09:00", "03-18 09:00", "03-25 09:00"]
    assert office.starts() == [*begun_and_kept, "04-03 14:00", "04-10 14:00", "04-17 14:00"]
    moved = ClassSession.objects.filter(slot_day__gte=date(2026, 4, 1)).order_by("starts_at")
    assert [each.pk for each in moved] == [each.pk for each in rest]
    assert {(each.revision, each.is_by_hand) for each in moved} == {(1, False)}
    assert office.client.get(f"/term/timetable/slots/{slot.pk}/").status_code == 200
    page = office.look(f"slots/{slot.pk}", sent | {"starts": "14:30"}).text
    assert "Class sessions: 3 changed, 3 kept as they are" in page


def test_nothing_is_moved_to_a_time_that_has_passed(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    office.save("slots/add", office.slot(starts="15:00", ends="16:00"))
    monkeypatch.setattr(timezone, "now", lambda: datetime(2026, 3, 4, 12, tzinfo=UTC))
    office.sign_in()
    address, sent = f"slots/{Slot.objects.get().pk}", office.slot(starts="09:00", ends="10:00")
    assert "the time to which it would move has passed" in office.look(address, sent).text
    office.save(address, sent)
    assert office.starts()[:2] == ["03-04 15:00", "03-11 09:00"]


def test_a_closure_takes_class_sessions_away_and_gives_them_back_when_it_is_removed(office: Office) -> None:
    office.save("slots/add", office.slot())
    sent = {"name": "Easter", "first_day": "2026-03-30", "last_day": "2026-04-10"}
    assert "2 removed" in office.save("closures/add", sent)
    assert "04-01 09:00" not in office.starts()
    closure = Closure.objects.get()
    assert "2 added" in office.save(f"closures/{closure.pk}", {"remove": "1"})
    assert len(office.starts()) == 7
    assert not Closure.objects.exists()
    told = OfficialChange.objects.filter(table_name="closure").order_by("pk")
    assert list(told.values_list("table_name", "field", "new", "old")) == [
        ("closure", "added", "2026-03-30 to 2026-04-10", ""),
        ("closure", "removed", "", "2026-03-30 to 2026-04-10"),
    ]


def test_a_shorter_term_ends_its_slots_and_a_removed_slot_keeps_what_was_held(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.save("slots/add", office.slot())
    term = Term.objects.get()
    sent = {"name": "Spring", "first_day": "2026-03-02", "last_day": "2026-04-03"}
    assert "2 removed" in office.save(f"terms/{term.pk}", sent)
    monkeypatch.setattr(timezone, "now", lambda: NOW + timedelta(days=10))
    office.sign_in()
    assert "Remove them first" in office.client.post(f"/term/timetable/terms/{term.pk}/", {"remove": "1"}).text
    slot = Slot.objects.get()
    assert "3 removed" in office.save(f"slots/{slot.pk}", {"remove": "1"})
    assert not Slot.objects.exists()
    assert ClassSession.objects.filter(starts_at__gt=NOW).count() == 2
    answer = office.client.post(f"/term/timetable/terms/{term.pk}/", {"remove": "1"})
    assert answer.status_code == 302
    assert not Term.objects.exists()


def test_what_was_imported_before_is_the_slots_from_then_on_and_what_a_person_moved_there_is_not(
    office: Office,
) -> None:
    at = datetime(2026, 3, 4, 8, tzinfo=UTC)
    imported, moved = office.school.meet(at), office.school.meet(at + timedelta(days=6))
    change_session(moved, starts_at=at + timedelta(days=7), ends_at=at + timedelta(days=7, hours=1))
    page = office.save("slots/add", office.slot())
    assert "5 added, 1 changed" in page
    imported.refresh_from_db()
    assert (imported.slot, imported.ends_at - imported.starts_at) == (Slot.objects.get(), timedelta(minutes=90))
    moved.refresh_from_db()
    assert moved.slot is None


def steps_of(page: str) -> list[str]:
    """What the page says becomes of each class session."""
    (listed,) = re.findall(r'<ul class="plain">(.*?)</ul>', page, re.S)
    return [" ".join(re.sub(r"<[^>]+>", "", line).split()) for line in re.findall(r"<li>(.*?)</li>", listed, re.S)]


def test_each_changed_class_session_says_what_was_and_what_of_it_changes(office: Office) -> None:
    imported = office.school.meet(datetime(2026, 3, 4, 8, tzinfo=UTC))
    change_session(imported, by_slot=True, ends_at=imported.starts_at + timedelta(minutes=90))
    first, *_ = steps_of(office.look("slots/add", office.slot()).text)
    assert first == "Changed Wed 4 Mar 2026, 09:00–10:30, of this slot from now on"
    office.save("slots/add", office.slot())
    change = f"slots/{Slot.objects.get().pk}"
    Room.objects.create(name="Annex", time_zone="Europe/Berlin")
    annex = Room.objects.get(name="Annex").pk
    for changes, words in (
        ({"ends": "11:00"}, "Changed Wed 4 Mar 2026, 09:00–10:30 → 09:00–11:00"),
        ({"weekday": 3}, "Changed Wed 4 Mar 2026, 09:00–10:30 → Thu 5 Mar, 09:00–10:30"),
        ({"room": annex}, "Changed Wed 4 Mar 2026, 09:00–10:30, Annex"),
        ({"late_after_minutes": 0}, "Changed Wed 4 Mar 2026, 09:00–10:30, late after 0 minutes"),
    ):
        assert steps_of(office.look(change, office.slot(**changes)).text)[0] == words


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "Class sessions: 2 added, 2 changed, 3 removed, 1 kept as it is."),
        ("de", "Termine: 2 neu, 2 geändert, 3 entfernt, 1 bleibt, wie er ist."),
        ("fr", "Séances : 2 ajoutées, 2 changées, 3 supprimées, 1 gardée telle quelle."),
    ],
)
def test_what_was_done_is_said_in_the_readers_language(language: str, words: str) -> None:
    done = {Outcome.ADD: 2, Outcome.CHANGE: 2, Outcome.REMOVE: 3, Outcome.KEEP: 1}
    steps = [Step(outcome, ClassSession()) for outcome, number in done.items() for _ in range(number)]
    with translation.override(language):
        assert SlotPlan(steps).words == words


def test_clashes_are_shown_with_the_day_and_what_is_shown_out_of_date_is_shown_anew(office: Office) -> None:
    office.school.meet(datetime(2026, 3, 11, 9, tzinfo=UTC), course=office.school.other_course)
    answer = office.look("slots/add", office.slot())
    assert "Wed 11 Mar: Lecture Theatre 1 is taken by MAT 110, 10:00–10:50" in answer.text
    office.school.meet(datetime(2026, 3, 18, 9, tzinfo=UTC), course=office.school.other_course)
    sent = office.slot() | {"plan": answer.context["digest"]}
    answer = office.look("slots/add", sent)
    assert "2 clashes" in answer.text
    assert not Slot.objects.exists()


def test_a_clash_on_another_day_than_the_one_that_was_shown_is_shown_anew(office: Office) -> None:
    other = office.school.meet(datetime(2026, 3, 11, 9, tzinfo=UTC), course=office.school.other_course)
    shown = office.look("slots/add", office.slot()).context["digest"]
    change_session(other, starts_at=other.starts_at + timedelta(days=7), ends_at=other.ends_at + timedelta(days=7))
    answer = office.look("slots/add", office.slot() | {"plan": shown})
    assert "Wed 18 Mar: Lecture Theatre 1 is taken by MAT 110, 10:00–10:50" in answer.text
    assert not Slot.objects.exists()


def test_a_slot_is_saved_all_the_same_only_where_it_clashes(office: Office) -> None:
    assert ">Save it</button>" in office.look("slots/add", office.slot()).text
    office.school.meet(datetime(2026, 3, 11, 9, tzinfo=UTC), course=office.school.other_course)
    page = office.look("slots/add", office.slot()).text
    assert ">Save it all the same</button>" in page
    assert ">Save it</button>" not in page
    assert page.count(">Show what it does</button>") == 1, "for whoever changes the form once more"


def test_a_closure_of_a_term_without_slots_is_saved_at_once(office: Office) -> None:
    answer = office.client.post(
        "/term/timetable/closures/add/", {"name": "May Day", "first_day": "2026-05-01", "last_day": "2026-05-01"}
    )
    assert answer.status_code == 302
    page = office.client.get("/term/timetable/").text
    assert "Spring 2026: 2 March 2026 to 17 April 2026" in page


@pytest.mark.parametrize(
    ("address", "changes", "words"),
    [
        ("slots/add", {"ends": "09:00"}, "It ends when it starts."),
        ("slots/add", {"first_day": "2026-04-16"}, "it never meets"),
        ("slots/add", {"every_weeks": "0"}, "greater than or equal to 1"),
        ("terms/add", {"name": "Autumn", "first_day": "2026-09-28", "last_day": "2026-09-01"}, "before the first"),
        ("closures/add", {"name": "A", "first_day": "2026-09-28", "last_day": "2062-09-01"}, "is the year right?"),
        ("terms/add", {"name": "Spring 2026", "first_day": "2026-09-28", "last_day": "2026-10-01"}, "already exists"),
    ],
)
def test_what_cannot_be_is_refused_in_words(office: Office, address: str, changes: dict[str, str], words: str) -> None:
    answer = office.client.post(f"/term/timetable/{address}/", office.slot() | changes)
    assert answer.status_code == 422
    assert words in answer.text


def test_a_form_that_was_opened_before_a_colleague_saved_puts_nothing_back(office: Office) -> None:
    term = Term.objects.get()
    shown = office.client.get(f"/term/timetable/terms/{term.pk}/").context["form"]["shown"].value()
    Term.objects.update(last_day=date(2026, 5, 1))
    sent = {"name": "Other", "first_day": "2026-03-02", "last_day": "2026-04-17", "shown": shown}
    answer = office.client.post(f"/term/timetable/terms/{term.pk}/", sent)
    assert answer.status_code == 422
    assert "Somebody else has changed this meanwhile" in answer.text


@pytest.mark.parametrize(
    ("day", "starts", "ends", "expected"),
    [
        # 02:30 is not there: half past three by the clocks, and as long as ever.
        (date(2026, 3, 29), time(2, 30), time(3, 0), ("03:30", 30)),
        # 02:00 to 02:30 is there twice: the first is meant.
        (date(2026, 10, 25), time(2), time(2, 30), ("02:00", 30)),
        # By the wall it is an hour; the clocks go back within it.
        (date(2026, 10, 25), time(2), time(3), ("02:00", 120)),
        (date(2026, 6, 1), time(22, 30), time(0, 30), ("22:30", 120)),
    ],
)
def test_a_slot_goes_by_the_rooms_clocks(
    office: Office, day: date, starts: time, ends: time, expected: tuple[str, int]
) -> None:
    room = office.school.room
    room.refresh_from_db()
    start, end = occurrence(Slot(room=room, starts=starts, ends=ends), day)
    assert (f"{start.astimezone(room.zone):%H:%M}", (end - start) // timedelta(minutes=1)) == expected


def test_the_timetable_is_found_by_course_room_and_lecturer_in_a_few_queries(
    office: Office, django_assert_max_num_queries: Any
) -> None:
    for hour in range(8, 16):
        office.save("slots/add", office.slot(starts=f"{hour}:00", ends=f"{hour}:45"))
    with django_assert_max_num_queries(12):
        page = office.client.get("/term/timetable/").text
    assert page.count("7 to come") == 8
    for text, is_found in (("csc", True), ("theatre", True), ("adjei", True), ("nothing", False)):
        assert ("7 to come" in office.client.get("/term/timetable/", {"q": text}).text) == is_found


def test_with_its_shipped_rights_the_portal_plans_changes_and_removes(portal_on_mariadb: MigratedMariaDB) -> None:
    school = found_school()
    first = timezone.localdate() + timedelta(days=7)
    term = Term.objects.create(name="Spring", first_day=first, last_day=first + timedelta(days=20))
    slot = Slot.objects.create(
        term=term, course=school.course, room=school.room, weekday=first.weekday(), starts=time(9), ends=time(10)
    )
    plan_slots([slot]).write()
    assert slot.sessions.count() == 3
    slot.starts, slot.weekday = time(9, 30), (slot.weekday + 1) % 7
    slot.save()
    plan_slots([slot]).write()
    assert {each.starts_at.minute for each in slot.sessions.all()} == {30}
    plan_slots([slot], are_removed=True).write()
    slot.delete()
    term.delete()
    assert ClassSession.objects.count() == 1


def test_two_who_save_the_same_slot_at_the_same_moment_make_it_once_and_the_second_is_shown(
    portal_on_mariadb: MigratedMariaDB, monkeypatch: pytest.MonkeyPatch
) -> None:
    school = found_school()
    first = timezone.localdate() + timedelta(days=7)
    Term.objects.create(name="Spring", first_day=first, last_day=first + timedelta(days=20))
    one, other = signed_in_twice(school)
    sent = Office(one, school).slot(weekday=first.weekday())
    sent["plan"] = Office(one, school).look("slots/add", sent).context["digest"]
    both_have_planned, answers = threading.Barrier(2), list[int]()

    def plan_together(slots: Any) -> Any:
        plan = plan_slots(slots)
        with suppress(threading.BrokenBarrierError):
            both_have_planned.wait(5)
            # Whoever plans anew waits for nobody.
            both_have_planned.abort()
        return plan

    monkeypatch.setattr(planned, "plan_slots", plan_together)
    together(
        *(
            lambda who=who: answers.append(who.post("/term/timetable/slots/add/", sent).status_code)
            for who in (one, other)
        )
    )  # type: ignore[misc]
    assert sorted(answers) == [302, 409]
    assert Slot.objects.count() == 1
    assert ClassSession.objects.filter(slot__isnull=False).count() == 3


def test_two_slots_of_the_same_time_make_each_class_session_once_whatever_is_planned_anew(office: Office) -> None:
    """Somebody has added a slot twice, and said yes to what was shown."""
    office.save("slots/add", office.slot())
    office.save("slots/add", office.slot())
    strike = {"name": "Strike", "first_day": "2026-03-09", "last_day": "2026-03-22"}
    assert "2 removed" in office.save("closures/add", strike)
    closure = Closure.objects.get()
    assert "2 added" in office.save(f"closures/{closure.pk}", {"remove": ""})
    assert office.starts() == [
        f"{day} 09:00" for day in ("03-04", "03-11", "03-18", "03-25", "04-01", "04-08", "04-15")
    ]
    # Both are moved to one time by their term at once.
    second = Slot.objects.latest("pk")
    second.starts, second.ends = time(14), time(15)
    second.save()
    plan_slots([second]).write()
    Slot.objects.update(starts=time(16), ends=time(17))
    plan = plan_slots(Slot.objects.order_by("pk"))
    plan.write()
    assert (plan.counts()["change"], plan.counts()["keep"]) == (7, 7)
    assert len(set(office.starts())) == 14


def test_another_zone_of_a_room_moves_what_slots_have_made_and_nothing_that_a_person_planned(office: Office) -> None:
    office.save("slots/add", office.slot())
    first, second, *_ = ClassSession.objects.filter(slot__isnull=False).order_by("starts_at")
    change_session(second, late_after_minutes=5)
    by_hand, room = office.school.session.starts_at, office.school.room
    room.refresh_from_db()
    plan = change_zone(room, "America/New_York")
    assert plan.words == "Class sessions: 6 changed, 1 kept as it is."
    first.refresh_from_db()
    assert first.starts_at == datetime(2026, 3, 4, 14, tzinfo=UTC)
    kept = ClassSession.objects.get(pk=second.pk)
    assert kept.starts_at == second.starts_at
    assert ClassSession.objects.get(pk=office.school.session.pk).starts_at == by_hand
    assert [start.partition(" ")[2] for start in office.starts()].count("09:00") == 6
