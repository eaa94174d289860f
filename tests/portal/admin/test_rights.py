"""Who may enter the admin, and what nobody may change or delete there."""

from __future__ import annotations

import pytest
from django.test import Client

from portal.accounts.models import Account
from portal.attendance.models import ClassSession, Course, Mark, MarkChange, Room, Student
from tests.portal.admin.pages import fill

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("model", ["mark", "markchange"])
def test_marks_and_their_changes_can_be_read_and_not_touched(
    client: Client, administrator: Account, model: str
) -> None:
    fill(1, administrator)
    row = {"mark": Mark, "markchange": MarkChange}[model].objects.get()
    page = client.get(f"/admin/attendance/{model}/{row.pk}/change/")
    assert page.status_code == 200
    assert "Seen at ten past" in page.text
    assert 'name="_save"' not in page.text
    assert client.get(f"/admin/attendance/{model}/add/").status_code == 403
    assert client.post(f"/admin/attendance/{model}/{row.pk}/change/", {"status": "absent"}).status_code == 403
    assert client.post(f"/admin/attendance/{model}/{row.pk}/delete/", {"post": "yes"}).status_code == 403
    wanted = {"action": "delete_selected", "_selected_action": [str(row.pk)], "post": "yes"}
    client.post(f"/admin/attendance/{model}/", wanted)
    assert Mark.objects.count() == MarkChange.objects.count() == 1


def test_what_the_record_stands_on_cannot_be_deleted_and_the_page_says_why(client: Client, staff: Account) -> None:
    fill(1, staff)
    for model in (Student, Course, Room, ClassSession):
        row = model.objects.earliest("pk")
        path = f"/admin/attendance/{model.__name__.lower()}/{row.pk}/delete/"
        assert "would require deleting the following protected related objects" in client.get(path).text
        client.post(path, {"post": "yes"})
        assert model.objects.filter(pk=row.pk).exists()


def test_who_is_not_signed_in_is_sent_to_the_portals_own_sign_in(client: Client) -> None:
    answer = client.get("/admin/attendance/course/", follow=True)
    assert answer.redirect_chain[-1][0] == "/account/sign-in/?next=/admin/attendance/course/"


def test_a_lecturer_is_refused(client: Client) -> None:
    client.force_login(Account.objects.create_user("lecturer@example.org", name="Lecturer"))
    for path in ("/admin/", "/admin/attendance/course/", "/admin/accounts/account/"):
        answer = client.get(path, follow=True)
        assert answer.status_code == 403
        assert "The administration is for staff." in answer.text


def test_staff_keep_attendance_and_never_see_accounts(client: Client, staff: Account) -> None:
    index = client.get("/admin/").text
    assert "/admin/attendance/student/" in index
    assert "/admin/accounts/account/" not in index
    assert client.get("/admin/accounts/account/").status_code == 403
    assert client.get(f"/admin/accounts/account/{staff.pk}/change/").status_code == 403
