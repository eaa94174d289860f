"""Students' numbers in the admin."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from portal.accounts.models import Account
from portal.attendance.models import Enrolled, Room, Student

pytestmark = pytest.mark.django_db


def test_a_number_is_stored_composed_however_it_was_typed(client: Client, staff: Account) -> None:
    assert Student.objects.create(number="A\N{COMBINING DIAERESIS}1", full_name="Ada").number == "\u00c41"
    assert Student.objects.get().number == "\u00c41"


def test_a_number_from_before_the_rule_is_shown_and_may_stay(client: Client, staff: Account) -> None:
    old = Student.objects.create(number="S 1", full_name="Old Number")
    page = client.get("/admin/attendance/student/?number_rule=broken").text
    assert "it contains a blank" in page
    path, empty = f"/admin/attendance/student/{old.pk}/change/", {"roster_entries-TOTAL_FORMS": "0"}
    sent = {"number": "S 1", "full_name": "New Name", "roster_entries-INITIAL_FORMS": "0"} | empty
    assert client.post(path, sent).status_code == 302
    old.refresh_from_db()
    assert (old.number, old.full_name) == ("S 1", "New Name")
    assert "no student number" in client.post(path, sent | {"number": "S 2"}).text


def test_a_number_that_differs_in_case_alone_is_refused_and_two_old_ones_stay(client: Client, staff: Account) -> None:
    Student.objects.create(number="S1", full_name="First")
    path = "/admin/attendance/student/add/"
    sent = {
        "number": "s1",
        "full_name": "Second",
        "roster_entries-TOTAL_FORMS": "0",
        "roster_entries-INITIAL_FORMS": "0",
    }
    assert "First (S1) has this number already, but for case or form of its letters." in client.post(path, sent).text
    Student.objects.bulk_create([Student(number="other", full_name="Second")])
    second = Student.objects.get(number="other")
    Student.objects.filter(pk=second.pk).update(number="s1", folded_number=None)
    answer = client.post(f"/admin/attendance/student/{second.pk}/change/", sent | {"full_name": "Renamed"})
    assert answer.status_code == 302
    second.refresh_from_db()
    assert (second.full_name, second.folded_number) == ("Renamed", None)


@pytest.mark.parametrize(
    ("there", "new", "is_warned"),
    [("T2/1", "T2_1", True), ("t2_1", "T2/1", True), ("A/B_C", "a_b/c", True), ("T2-1", "T2_1", False)],
)
def test_a_number_whose_folder_of_photos_fits_another_is_saved_with_a_warning(
    client: Client, staff: Account, there: str, new: str, is_warned: bool
) -> None:
    Student.objects.create(number=there, full_name="Ann First")
    sent = {"number": new, "full_name": "Bob Second"}
    sent |= {"roster_entries-TOTAL_FORMS": "0", "roster_entries-INITIAL_FORMS": "0"}
    page = client.post("/admin/attendance/student/add/", sent, follow=True).text
    assert Student.objects.filter(number=new).exists()
    assert (f"Photos cannot tell {new} from the number of Ann First ({there})" in page) == is_warned


@pytest.mark.parametrize(
    ("new", "is_enrolled", "is_warned"),
    [("S2001", True, True), ("s1001", True, False), ("S2001", False, False), ("S1001", True, False)],
)
def test_whoever_renumbers_a_student_is_told_which_rooms_galleries_know_the_old_number(
    client: Client, staff: Account, new: str, is_enrolled: bool, is_warned: bool
) -> None:
    student = Student.objects.create(number="S1001", full_name="Ann First")
    now = timezone.now()
    for name, removed_at in (("A 101", None), ("B 202", now)):
        room = Room.objects.create(name=name)
        if is_enrolled:
            values = {"reference_count": 3, "enrolled_at": now, "removed_at": removed_at}
            Enrolled.objects.create(room=room, student=student, **values)
    sent = {"number": new, "full_name": "Ann First"}
    sent |= {"roster_entries-TOTAL_FORMS": "0", "roster_entries-INITIAL_FORMS": "0"}
    page = client.post(f"/admin/attendance/student/{student.pk}/change/", sent, follow=True).text
    assert Student.objects.get().number == new
    assert ("The gallery knows this student as S1001 in: A 101. No camera" in page) == is_warned
    assert (f"“recognizer gallery rename S1001 {new}”" in page) == is_warned
