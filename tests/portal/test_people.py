"""People: accounts with their roles and parts, and the invitations that bring them in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from portal.accounts import invitations
from portal.accounts.administrators import is_last_administrator
from portal.accounts.calendar_addresses import make_address
from portal.accounts.factors.authenticator import code_at, new_secret, step_at
from portal.accounts.factors.keeping import add_app
from portal.accounts.invitations import invite
from portal.accounts.merging import MergeRefused, merge
from portal.accounts.models import Account, Attempt, OfficialChange
from portal.attendance.models import ConfidentialKind, Department, Excuse, Task
from portal.attendance.services.correction import correct_mark
from portal.attendance.services.excuses import enter_excuses
from portal.attendance.services.tasks import do_task, take_task
from tests.portal.school import School, changes_in_trail, found_school

pytestmark = pytest.mark.django_db

NEW = {"name": "Emmy Noether", "email": "Emmy@uni.example", "number": "L 9", "title": "Prof.", "role": "lecturer"}
PASSWORD = {"new_password1": "plain green hills", "new_password2": "plain green hills"}


@pytest.fixture
def school() -> School:
    return found_school()


@pytest.fixture
def root(client: Client, school: School) -> Iterator[Client]:
    client.force_login(Account.objects.create_superuser("root@uni.example", name="Rita Root"))
    mail.outbox.clear()
    yield client


def link_in(message: mail.EmailMessage) -> str:
    (found,) = re.findall(r"https?://testserver(/account/invitation/\S+)", message.body)
    return str(found)


def test_who_is_added_is_invited_chooses_a_password_and_is_in(root: Client) -> None:
    answer = root.post("/people/add/", NEW)
    emmy = Account.objects.get(email="emmy@uni.example")
    assert answer["Location"] == f"/people/{emmy.pk}/"
    assert (emmy.has_usable_password(), emmy.is_staff, emmy.role) == (False, False, "Lecturer")
    (letter,) = mail.outbox
    assert letter.to == ["emmy@uni.example"]
    browser = Client()
    form = browser.get(link_in(letter), follow=True)
    assert "Welcome, Prof. Emmy Noether" in form.text
    assert "/set-password/" in form.request["PATH_INFO"], "the link itself stands in no history"
    done = browser.post(form.request["PATH_INFO"], PASSWORD, follow=True)
    assert "Welcome." in done.text
    signed_in = browser.post(
        "/account/sign-in/", {"username": "emmy@uni.example", "password": PASSWORD["new_password1"]}
    )
    assert signed_in.status_code == 302
    assert "Set password" not in browser.get(link_in(letter), follow=True).text, "it works once"


@pytest.mark.parametrize("change", ["age", "address", "gone", "forged", "another"])
def test_an_invitation_that_is_old_or_somebody_elses_opens_nothing(
    root: Client, school: School, change: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    root.post("/people/add/", NEW)
    emmy, link = Account.objects.get(email="emmy@uni.example"), link_in(mail.outbox[0])
    if change == "age":
        monkeypatch.setattr(invitations, "VALID_FOR", timedelta(seconds=-1))
    elif change == "address":
        Account.objects.filter(pk=emmy.pk).update(email="other@uni.example")
    elif change == "gone":
        Account.objects.filter(pk=emmy.pk).update(is_active=False)
    elif change == "forged":
        link = link[:-2] + "x/"
    else:
        mail.outbox.clear()
        root.post(f"/people/{school.other.pk}/invite/")
        uid = link_in(mail.outbox[0]).split("/")[3]
        link = "/".join([*link.split("/")[:3], uid, *link.split("/")[4:]])
    page = Client().get(link, follow=True)
    assert "This invitation does not work any more" in page.text
    assert "new_password1" not in page.text


def test_a_mail_server_that_fails_is_told_and_the_account_stays(root: Client, settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    page = root.post("/people/add/", NEW, follow=True).text
    assert "The mail server took no mail." in page
    assert Account.objects.get(email="emmy@uni.example").invited_at is None
    assert "Not invited yet" in page


def test_whoever_was_never_invited_is_by_one_tap_and_nobody_twice(root: Client, school: School) -> None:
    Account.objects.filter(pk=school.lecturer.pk).update(last_login=timezone.now())
    Account.objects.create_user("gone@uni.example", name="Gone", is_active=False)
    assert "2 people have never signed in" in root.get("/people/").text
    root.post("/people/invite/")
    root.post("/people/invite/")
    assert "0 of 2" in root.get("/people/").text
    task = take_task()
    assert task
    do_task(task)
    assert sorted(letter.to[0] for letter in mail.outbox) == ["byron@uni.example", "registrar@uni.example"]
    Task.objects.update(state=Task.State.WAITING, token="")
    again = take_task()
    assert again
    do_task(again)
    assert len(mail.outbox) == 2, "a worker that was killed at the end invites nobody again"
    assert "were not invited" not in root.get("/people/").text


def test_an_administrator_gives_a_role_and_takes_it_and_the_trail_says_so(root: Client, school: School) -> None:
    where = f"/people/{school.other.pk}/"
    page = root.get(where)
    sent = {name: str(page.context["form"][name].value() or "") for name in ("name", "email", "number", "title")}
    sent |= {"shown": page.context["form"]["shown"].value(), "is_active": "on"}
    assert root.post(where, sent | {"role": "registrar"}).status_code == 302
    school.other.refresh_from_db()
    assert (school.other.is_staff, school.other.is_superuser) == (True, False)
    assert root.post(where, sent | {"role": "lecturer", "name": "Ada Lovelace"}).status_code == 302
    found = OfficialChange.objects.filter(changed_by_name="Rita Root").order_by("pk")
    assert [(each.field, each.old, each.new) for each in found] == [
        ("is_staff", "False", "True"),
        ("name", "Ada Byron", "Ada Lovelace"),
        ("is_staff", "True", "False"),
    ]


def test_nobody_takes_their_own_right_to_keep_accounts(root: Client) -> None:
    me = Account.objects.get(email="root@uni.example")
    sent = {"name": "Rita Root", "email": me.email, "role": "lecturer"}
    answer = root.post(f"/people/{me.pk}/", sent)
    assert answer.status_code == 422
    assert "You cannot take this role from yourself." in answer.text
    assert "You cannot keep yourself from signing in." in answer.text
    me.refresh_from_db()
    assert (me.is_superuser, me.is_active) == (True, True)


def test_somebody_whom_no_mail_reaches_gets_a_password_and_the_trail_says_from_whom(
    root: Client, school: School
) -> None:
    lecturer, browser = school.lecturer, Client()
    browser.force_login(lecturer, backend="django.contrib.auth.backends.ModelBackend")
    address = f"/people/{lecturer.pk}/password/"
    assert f'href="{address}"' in root.get(f"/people/{lecturer.pk}/").text
    assert root.post(address, {"new_password1": "1234", "new_password2": "1234"}).status_code == 422
    assert "Dr Ama Adjei has a new password." in root.post(address, PASSWORD, follow=True).text
    assert browser.get("/").status_code == 302, "signed out"
    lecturer.refresh_from_db()
    assert lecturer.check_password(PASSWORD["new_password1"])
    (change,) = changes_in_trail()
    assert (change.field, change.row_name, change.changed_by_email) == ("password", "Dr Ama Adjei", "root@uni.example")
    assert PASSWORD["new_password1"] not in change.new
    root_account = Account.objects.get(email="root@uni.example")
    assert root.get(f"/people/{root_account.pk}/password/").status_code == 404, "one's own is in the profile"


def test_parts_in_courses_and_departments_are_given_and_taken(root: Client, school: School) -> None:
    Department.objects.create(name="Computing")
    where = f"/people/{school.other.pk}/"

    def send(kind: str, place: str, **more: str) -> str:
        return root.post(f"{where}parts/", {"kind": kind, "where": place} | more, follow=True).text

    assert "There is no course “XYZ 1”." in send("lecturers", "XYZ 1")
    assert "There is no department “Nowhere”." in send("viewers", "Nowhere")
    send("assistants", "csc 301")
    page = send("viewers", "computing")
    assert "Takes registers of <b>CSC 301</b>" in page
    assert "Reads the department <b>Computing</b>" in page
    browser = Client()
    browser.force_login(school.other)
    assert browser.get(f"/sessions/{school.session.pk}/").status_code == 200
    send("assistants", "CSC 301", remove="1")
    send("viewers", "Computing", remove="1")
    assert browser.get(f"/sessions/{school.session.pk}/").status_code == 404
    notes = changes_in_trail().values_list("row_name", "field", "old", "new")
    who = "Ada Byron (byron@uni.example)"
    assert list(notes) == [
        ("CSC 301 Operating Systems", "assistant", "", who),
        ("Computing", "viewer", "", who),
        ("CSC 301 Operating Systems", "assistant", who, ""),
        ("Computing", "viewer", who, ""),
    ]


def test_people_are_found_by_any_part_of_name_and_address(root: Client, school: School) -> None:
    page = root.get("/people/?q=ama+adjei").text
    assert "Dr Ama Adjei" in page
    assert "Ada Byron" not in page
    assert "Teaches 1 course" in page
    assert "Ada Byron" not in root.get("/people/?show=staff").text
    assert "Nobody is found" in root.get("/people/?q=nobody").text


def test_a_list_of_thousands_takes_as_many_queries_as_one_of_four(
    root: Client, school: School, django_assert_max_num_queries: object
) -> None:
    Account.objects.bulk_create(
        Account(email=f"p{number}@uni.example", name=f"Person {number}") for number in range(3000)
    )
    with django_assert_max_num_queries(12):  # type: ignore[operator]
        page = root.get("/people/")
    assert len(page.content) < 100_000
    assert page.text.count("/people/") >= 50


@pytest.mark.parametrize("change", [{"is_superuser": ""}, {"is_staff": ""}, {"is_active": ""}])
def test_the_last_administrator_stays_one_in_the_admin_too(root: Client, change: dict[str, str]) -> None:
    rita = Account.objects.get(email="root@uni.example")
    rights = {"is_active": "on", "is_staff": "on", "is_superuser": "on"}
    form = {"email": rita.email, "name": rita.name, "time_zone": "UTC", **rights, **change}
    address = f"/admin/accounts/account/{rita.pk}/change/"
    answer = root.post(address, {name: value for name, value in form.items() if value})
    assert "Nobody else could keep accounts then." in answer.text
    root.post(f"/admin/accounts/account/{rita.pk}/delete/", {"post": "yes"})
    rita.refresh_from_db()
    assert (rita.is_active, rita.is_staff, rita.is_superuser) == (True, True, True)
    Account.objects.create_superuser("second@uni.example", name="Second")
    assert root.post(address, {name: value for name, value in form.items() if value}).status_code == 302


def test_an_invitation_is_revoked_by_taking_the_right_to_sign_in_and_stays_so(root: Client) -> None:
    root.post("/people/add/", NEW)
    emmy, link = Account.objects.get(email="emmy@uni.example"), link_in(mail.outbox[0])
    for right in ({}, {"is_active": "on"}):
        root.post(f"/people/{emmy.pk}/", NEW | right)
        assert "Welcome, Prof. Emmy Noether" not in Client().get(link, follow=True).text
    root.post(f"/people/{emmy.pk}/invite/")
    assert "Welcome, Prof. Emmy Noether" in Client().get(link_in(mail.outbox[1]), follow=True).text


def test_the_list_says_what_each_may_do(root: Client, school: School) -> None:
    department = Department.objects.create(name="Computing")
    department.viewers.add(school.other)
    school.course.assistants.add(school.other)
    page = " ".join(root.get("/people/").text.split())
    assert "Teaches 1 course · assists in 1 course · reads 1 department" in page
    for words in ("Teaches 1 course<", "Registrar<", "Administrator<"):
        assert f"<span>{words}" in page


def test_who_has_two_accounts_signs_in_to_one_with_either_address_and_has_the_courses_of_both(
    root: Client, school: School
) -> None:
    into, other = school.lecturer, school.other
    into.set_password("plain green hills")
    into.save()
    there = Client()
    there.force_login(other, backend="django.contrib.auth.backends.ModelBackend")
    session = school.meet(school.session.starts_at, course=school.other_course)
    root.post(f"/people/{into.pk}/merge/", {"email": " BYRON@uni.example "})
    assert there.get("/").status_code == 302, "who was signed in to the other is signed out"
    browser = Client()
    browser.post("/account/sign-in/", {"username": "byron@uni.example", "password": "plain green hills"})
    assert browser.get(f"/sessions/{session.pk}/").status_code == 200
    assert "Adjei" in browser.get("/account/profile/").text
    page = root.get(f"/people/{other.pk}/").text
    assert "stands for this account" in page
    told = OfficialChange.objects.get(table_name="account", field="merged_into")
    assert (told.row_name, told.new) == ("Ada Byron", "Dr Ama Adjei")
    root.post(f"/people/{other.pk}/separate/")
    assert browser.get(f"/sessions/{session.pk}/").status_code == 404
    assert browser.get(f"/sessions/{school.session.pk}/").status_code == 200


def test_an_account_that_was_merged_acts_no_more_by_whatever_was_begun_before(root: Client, school: School) -> None:
    into, other = school.lecturer, school.other
    secret = new_secret()
    other.set_password("plain green hills")
    other.save()
    add_app(other, secret, code_at(secret, step_at(timezone.now()) - 1))
    half = Client()
    half.post("/account/sign-in/", {"username": other.email, "password": "plain green hills"})
    invite(other, "http://testserver/")
    calendar = make_address(other)
    merge(other, into)
    begun_meanwhile = Client()
    begun_meanwhile.force_login(other, backend="django.contrib.auth.backends.ModelBackend")
    assert begun_meanwhile.get("/account/profile/").status_code == 302
    half.post("/account/sign-in/code/", {"code": code_at(secret, step_at(timezone.now()))})
    assert half.get("/account/profile/").status_code == 302
    assert "password1" not in Client().get(link_in(mail.outbox[-1]), follow=True).text
    assert root.post(f"/people/{other.pk}/invite/").status_code == 404
    # Its calendar program reads on, and the person sees and revokes that address.
    browser = Client()
    browser.force_login(into, backend="django.contrib.auth.backends.ModelBackend")
    assert "Revoke" in browser.get("/account/profile/").text
    assert Client().get(f"/calendar/{calendar}.ics").status_code == 200
    browser.post("/account/calendar/", {"act": "revoke"})
    assert Client().get(f"/calendar/{calendar}.ics").status_code == 404


def test_an_administrator_who_was_merged_keeps_no_accounts_and_so_the_other_is_the_last(
    root: Client, school: School
) -> None:
    own = Account.objects.get(email="root@uni.example")
    merge(Account.objects.create_superuser("second@uni.example", name="Second Root"), school.lecturer)
    assert is_last_administrator(own)
    with pytest.raises(MergeRefused, match="Make somebody else an administrator first"):
        merge(own, school.lecturer)


def test_passwords_are_counted_for_a_person_and_not_for_each_address(school: School) -> None:
    merge(school.other, school.lecturer)
    for email in (school.other.email, school.lecturer.email):
        Client().post("/account/sign-in/", {"username": email, "password": "wrong"})
    assert set(Attempt.objects.values_list("email", flat=True)) == {school.lecturer.email}


def test_what_somebody_entered_as_either_account_is_their_own(school: School) -> None:
    day = school.session.day
    ConfidentialKind.objects.create(name="Medical note")
    school.course.lecturers.add(school.other)
    correct_mark(school.session, school.students[0], "excused", "Medical note: flu", school.other)
    excuse = Excuse(student=school.students[0], course=school.course, first_day=day, last_day=day, reason="a wedding")
    enter_excuses([excuse], school.other)
    merge(school.other, school.lecturer)
    browser = Client()
    browser.force_login(school.lecturer, backend="django.contrib.auth.backends.ModelBackend")
    assert "flu" in browser.get("/changes/").text
    assert "a wedding" in browser.get(f"/students/{school.students[0].pk}/").text


def test_an_account_that_cannot_be_merged_is_told_and_stays(root: Client, school: School) -> None:
    own = Account.objects.get(email="root@uni.example")
    cases = {
        (school.lecturer.pk, own.email): "your own account",
        (school.lecturer.pk, school.lecturer.email): "the same account",
        (school.lecturer.pk, "nobody@uni.example"): "no account with the address",
    }
    for (into, email), words in cases.items():
        assert words in root.post(f"/people/{into}/merge/", {"email": email}, follow=True).text
    root.post(f"/people/{school.lecturer.pk}/merge/", {"email": school.other.email})
    for into, other in ((school.staff, school.other), (school.other, school.staff), (school.staff, school.lecturer)):
        answer = root.post(f"/people/{into.pk}/merge/", {"email": other.email}, follow=True)
        assert "Nothing was changed." in answer.text
    left = Account.objects.create_user("left@uni.example", name="Lee Left", is_active=False)
    answer = root.post(f"/people/{left.pk}/merge/", {"email": school.staff.email}, follow=True)
    assert "left@uni.example may not sign in." in answer.text
    assert [each.email for each in Account.objects.exclude(merged_into=None)] == [school.other.email]


def test_another_invitation_takes_the_place_of_the_earlier_one(root: Client, school: School) -> None:
    links = []
    for _ in range(2):
        root.post(f"/people/{school.other.pk}/invite/")
        links.append(re.findall(r"https?://\S+", str(mail.outbox[-1].body))[0])
    first, second = (Client().get(link.removeprefix("http://testserver"), follow=True) for link in links)
    assert "new_password1" not in first.text
    assert "new_password1" in second.text


def test_the_profile_says_what_somebody_does(school: School) -> None:
    assert school.lecturer.role == "Lecturer"
    assistant = Account.objects.create_user("ash@uni.example", name="Ash")
    school.course.assistants.add(assistant)
    assert assistant.role == "Assistant"
    viewer = Account.objects.create_user("vee@uni.example", name="Vee")
    Department.objects.create(name="Computing").viewers.add(viewer)
    assert viewer.role == "Department viewer"
    assert school.staff.role == "Registrar"
