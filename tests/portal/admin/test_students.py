"""Students' numbers in the admin."""

from __future__ import annotations

import pytest
from django.test import Client

from portal.accounts.models import Account
from portal.attendance.models import Student

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
    assert "First (S1) has this number already, but for its case." in client.post(path, sent).text
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
