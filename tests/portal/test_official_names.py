"""Names, numbers and roles are the office's to change; whoever signs a correction signs it by their own."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core import mail
from django.db.models import Value
from django.db.models.functions import Concat
from django.test import Client

from portal.accounts.models import Account, OfficialChange
from portal.attendance.models import MarkChange, Student
from tests.portal.school import School, changes_in_trail, found_school

PASSWORD = "correct horse battery"
PROFILE = "/account/profile/"

pytestmark = pytest.mark.django_db


@pytest.fixture
def school() -> School:
    school = found_school()
    school.lecturer.set_password(PASSWORD)
    school.lecturer.save()
    return school


def profile(account: Account, **changes: str) -> dict[str, str]:
    return {"title": account.title, "time_zone": "UTC", "email": account.email} | changes


def correct(client: Client, school: School) -> MarkChange:
    student = school.students[0]
    client.force_login(school.lecturer)
    client.post(
        f"/sessions/{school.session.pk}/students/{student.pk}/",
        {"status": "present", "reason": "was here", "shown": "0"},
    )
    return MarkChange.objects.get(changed_by__isnull=False)


def trail() -> list[tuple[str, str, str, str]]:
    rows = changes_in_trail()
    return [(row.changed_by_name or row.program, row.field, row.old, row.new) for row in rows]


def test_a_lecturer_cannot_sign_in_a_colleagues_name(client: Client, school: School) -> None:
    client.force_login(school.lecturer)
    client.post(PROFILE, profile(school.lecturer, name="Ada Byron", preferred_name="Ada Byron", number="7"))
    school.lecturer.refresh_from_db()
    assert (school.lecturer.name, school.lecturer.number) == ("Ama Adjei", "")
    assert str(school.lecturer) == "Dr Ama Adjei (Ada Byron)"
    change = correct(client, school)
    assert (change.changed_by_name, change.changed_by_email) == ("Ama Adjei", "adjei@uni.example")


@pytest.mark.parametrize(
    "title",
    ["Ada Byron, for", "BYRON /", "Dr. byrón", "Prof. ADA", "A\u200bda B\u00adyron", "A\u034fd\u2060a", "Wu Li,"],
)
def test_a_title_holds_no_colleagues_name(client: Client, school: School, title: str) -> None:
    Account.objects.create_user("li@uni.example", name="Li Wu")
    client.force_login(school.lecturer)
    answer = client.post(PROFILE, profile(school.lecturer, title=title))
    assert "A title holds nobody’s name" in answer.text
    school.lecturer.refresh_from_db()
    assert school.lecturer.title == "Dr"


@pytest.mark.parametrize("field", ["title", "preferred_name"])
def test_a_name_that_is_typed_backwards_and_turned_round_is_none(client: Client, school: School, field: str) -> None:
    client.force_login(school.lecturer)
    answer = client.post(PROFILE, profile(school.lecturer, **{field: "\u202enoryB adA\u202c"}))
    assert "cannot be printed" in answer.text
    school.lecturer.refresh_from_db()
    assert "noryB" not in str(school.lecturer)


@pytest.mark.parametrize("title", ["", "Prof. Dr.", "Priv.-Doz. Dr. rer. nat. habil.", "Dean"])
def test_a_title_is_ones_own(client: Client, school: School, title: str) -> None:
    client.force_login(school.lecturer)
    assert client.post(PROFILE, profile(school.lecturer, title=title)).status_code == 302


def test_a_correction_keeps_name_and_address_as_they_were(client: Client, school: School) -> None:
    change = correct(client, school)
    Account.objects.filter(pk=school.lecturer.pk).update(name="Ama Osei", email="osei@uni.example")
    change.refresh_from_db()
    assert (change.changed_by_name, change.changed_by_email) == ("Ama Adjei", "adjei@uni.example")
    client.force_login(school.staff)
    page = client.get(f"/sessions/{school.session.pk}/students/{school.students[0].pk}/").text
    history = page.partition("History")[2] or page
    assert "Ama Adjei" in history
    assert 'title="adjei@uni.example"' in history
    assert "Ama Adjei (adjei@uni.example)" in client.get(f"/admin/attendance/mark/{mark_of(school)}/change/").text


def mark_of(school: School) -> int:
    return int(school.session.marks.get(student=school.students[0]).pk)


def test_the_office_changes_names_and_the_trail_keeps_the_old_one(client: Client, school: School) -> None:
    root = Account.objects.create_superuser("root@uni.example", name="Rita Root")
    client.force_login(root)
    address = f"/admin/accounts/account/{school.lecturer.pk}/change/"
    wanted = profile(school.lecturer, name="Ama Osei", number="L 17", is_active="on", is_staff="on", title="Dr")
    assert client.post(address, wanted | {"department": ""}).status_code == 302
    assert trail() == [
        ("Rita Root", "name", "Ama Adjei", "Ama Osei"),
        ("Rita Root", "number", "", "L 17"),
        ("Rita Root", "is_staff", "False", "True"),
    ]
    page = client.get("/admin/accounts/officialchange/").text
    assert "Rita Root (root@uni.example)" in page
    assert "Ama Adjei" in page


@pytest.mark.parametrize(
    "change",
    [
        lambda: Student.objects.filter(number="0042").update(full_name="Élodie Durand"),
        lambda: (
            Student.objects.update(
                full_name=Concat("full_name", Value("")),
            )
            and Student.objects.filter(number="0042").update(full_name="Élodie Durand")
        ),
        lambda: Student.objects.bulk_update(renamed(), ["full_name"]),
        lambda: [each.save() for each in renamed()],
        lambda: [each.save(update_fields=["full_name"]) for each in renamed()],
        lambda: Student.objects.update_or_create(number="0042", defaults={"full_name": "Élodie Durand"}),
    ],
)
def test_a_change_stands_in_the_trail_however_it_is_made(school: School, change: Any) -> None:
    change()
    assert trail() == [("rollcall-manage", "full_name", "Élodie Marchand", "Élodie Durand")]
    [row] = changes_in_trail()
    assert (row.table_name, row.row_id, row.row_name) == ("student", school.students[0].pk, "Élodie Marchand")


def renamed() -> list[Student]:
    student = Student.objects.get(number="0042")
    student.full_name = "Élodie Durand"
    return [student]


def test_what_is_no_name_stands_in_no_trail(client: Client, school: School) -> None:
    client.force_login(school.lecturer)
    client.post(PROFILE, profile(school.lecturer, department="Algebra"))
    Student.objects.update(folded_number=None)
    assert trail() == []


def test_the_trail_is_neither_changed_nor_deleted(school: School) -> None:
    Student.objects.filter(number="0042").update(number="0043")
    [row] = changes_in_trail()
    attempts = [
        row.save,
        row.delete,
        OfficialChange.objects.all().delete,
        lambda: OfficialChange.objects.update(old=""),
    ]
    for attempt in attempts:
        with pytest.raises(TypeError, match="official_change is append-only"):
            attempt()


def ask_for_address(client: Client, school: School, new: str = "Osei@uni.example") -> tuple[str, list[Any]]:
    """The link to confirm it, and the mails."""
    client.force_login(school.lecturer)
    mail.outbox.clear()
    answer = client.post(PROFILE, profile(school.lecturer, email=new, current_password=PASSWORD), follow=True)
    assert answer.status_code == 200
    links = [re.findall(r"http://testserver(/account/address/\S+)", str(letter.body)) for letter in mail.outbox]
    return next((found[0] for found in links if found), ""), list(mail.outbox)


def email_of(school: School) -> str:
    return str(Account.objects.values_list("email", flat=True).get(pk=school.lecturer.pk))


def test_a_new_address_counts_once_it_is_confirmed_and_the_old_one_has_been_told(
    client: Client, school: School
) -> None:
    link, letters = ask_for_address(client, school)
    assert [letter.to for letter in letters] == [["adjei@uni.example"], ["osei@uni.example"]]
    assert "is about to change" in letters[0].subject
    assert link not in letters[0].body
    assert email_of(school) == "adjei@uni.example"
    # A mail scanner that follows links confirms nothing.
    assert "From now on you sign in with" in client.get(link).text
    assert email_of(school) == "adjei@uni.example"
    assert "From now on you sign in with osei@uni.example." in client.post(link, follow=True).text
    assert email_of(school) == "osei@uni.example"
    assert trail() == [("Ama Adjei", "email", "adjei@uni.example", "osei@uni.example")]
    assert client.post(link).status_code == 410


def test_a_new_password_stops_a_new_address(client: Client, school: School) -> None:
    link, _ = ask_for_address(client, school)
    school.lecturer.set_password("another one of hers")
    school.lecturer.save()
    client.force_login(school.lecturer)
    assert client.post(link).status_code == 410
    assert email_of(school) == "adjei@uni.example"


def test_nobody_else_confirms_an_address(client: Client, school: School) -> None:
    link, _ = ask_for_address(client, school)
    assert Client().get(link)["Location"].startswith("/account/sign-in/")
    other = Client()
    other.force_login(school.other)
    assert other.post(link).status_code == 410
    assert other.post(link.rstrip("/")[:-1] + "x/").status_code == 410
    assert email_of(school) == "adjei@uni.example"
    assert Account.objects.get(pk=school.other.pk).email == "byron@uni.example"


def test_an_address_that_somebody_took_meanwhile_is_refused(client: Client, school: School) -> None:
    link, _ = ask_for_address(client, school)
    Account.objects.create_user("osei@uni.example", name="Osei")
    assert "There is an account with this e-mail address already." in client.post(link, follow=True).text
    assert email_of(school) == "adjei@uni.example"


def test_at_most_three_mails_an_hour_go_to_an_address_that_may_be_somebody_elses(
    client: Client, school: School
) -> None:
    sent = [len(ask_for_address(client, school)[1]) for _ in range(5)]
    assert sent == [2, 2, 2, 0, 0]
