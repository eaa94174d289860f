"""A second factor beside the password: set up, shown, guessed at, lost, and demanded of staff."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from portal.accounts.factors.authenticator import code_at, new_secret, reseal_secrets, step_at
from portal.accounts.factors.keeping import add_app, has_factor, renew_codes
from portal.accounts.factors.recovery import codes_left
from portal.accounts.factors.sealing import seal, unseal
from portal.accounts.models import (
    Account,
    Attempt,
    AuthenticatorApp,
    OfficialChange,
    Passkey,
    Reading,
    RecoveryCode,
    SignIn,
)

PASSWORD = "correct horse battery"
SIGN_IN, SECOND_STEP, FACTORS = "/account/sign-in/", "/account/sign-in/code/", "/account/factors/"

pytestmark = pytest.mark.django_db


@pytest.fixture
def lecturer() -> Account:
    return Account.objects.create_user("emmy@example.org", PASSWORD, name="Emmy Noether")


@pytest.fixture
def registrar() -> Account:
    return Account.objects.create_user("ruth@example.org", PASSWORD, name="Ruth Registrar", is_staff=True)


def code(secret: str, *, steps: int = 0) -> str:
    """What the app shows; some half minutes later or earlier."""
    return code_at(secret, step_at(timezone.now()) + steps)


def with_app(account: Account) -> str:
    """Set an app up, which has counted the code before the present one; its secret."""
    secret = new_secret()
    assert add_app(account, secret, code(secret, steps=-1))
    return secret


def give_password(client: Client, account: Account, **fields: str) -> Any:
    return client.post(SIGN_IN, {"username": account.email, "password": PASSWORD, **fields})


def is_signed_in(client: Client) -> bool:
    return client.get("/account/profile/").status_code == 200


def test_an_app_is_set_up_on_the_pages_and_asked_for_from_then_on(client: Client, lecturer: Account) -> None:
    elsewhere = Client()
    give_password(elsewhere, lecturer)
    give_password(client, lecturer)
    page = client.get("/account/factors/app/").text
    secret = re.search(r"<code>([A-Z2-7 ]+)</code>", page).group(1).replace(" ", "")  # type: ignore[union-attr]
    assert "<svg" in page
    answer = client.post("/account/factors/app/", {"code": code(secret)})
    codes = re.findall(r"<li><code>([\w-]+)</code>", answer.text)
    assert len(set(codes)) == 10
    assert secret not in str(AuthenticatorApp.objects.values())
    assert not any(each in str(RecoveryCode.objects.values()) for each in codes)
    assert is_signed_in(client)
    assert not is_signed_in(elsewhere), "whoever had the password alone is signed out"
    assert {change.new for change in OfficialChange.objects.filter(field="second factor")} == {
        "authenticator app",
        "recovery codes",
    }
    assert "authenticator app" in mail.outbox[0].body

    anew = Client()
    answer = give_password(anew, lecturer, next="/records/")
    assert answer.url == SECOND_STEP
    assert not is_signed_in(anew)
    assert not Reading.objects.filter(act="sign_in").count() > 2
    wrong = anew.post(SECOND_STEP, {"code": "000000"})
    assert "not the code" in wrong.text
    assert anew.post(SECOND_STEP, {"code": code(secret, steps=1)}).url == "/records/"
    assert is_signed_in(anew)


def test_a_code_is_taken_once_and_none_of_before_it_afterwards(lecturer: Account) -> None:
    secret = with_app(lecturer)
    now, next_one = code(secret), code(secret, steps=1)
    for typed, is_taken in ((next_one, True), (next_one, False), (now, False)):
        client = Client()
        give_password(client, lecturer)
        client.post(SECOND_STEP, {"code": typed})
        assert is_signed_in(client) is is_taken


def test_nobody_gets_to_the_second_step_without_the_password(client: Client, lecturer: Account) -> None:
    secret = with_app(lecturer)
    assert client.post(SECOND_STEP, {"code": code(secret)}).url == SIGN_IN
    client.post(SIGN_IN, {"username": lecturer.email, "password": "wrong"})
    assert client.post(SECOND_STEP, {"code": code(secret)}).url == SIGN_IN
    assert not is_signed_in(client)


@pytest.mark.parametrize("change", ["password", "inactive", "later"])
def test_the_second_step_ends_when_the_first_counts_no_more(
    client: Client, lecturer: Account, change: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = with_app(lecturer)
    give_password(client, lecturer)
    if change == "password":
        lecturer.set_password("another horse")
        lecturer.save()
    elif change == "inactive":
        Account.objects.filter(pk=lecturer.pk).update(is_active=False)
    else:
        monkeypatch.setattr("portal.accounts.signing_in.SECOND_STEP_WITHIN", timezone.timedelta(0))
    assert client.post(SECOND_STEP, {"code": code(secret)}).url == SIGN_IN
    assert not is_signed_in(client)


def test_wrong_codes_are_counted_and_the_right_password_does_not_forget_them(lecturer: Account) -> None:
    secret = with_app(lecturer)
    for _ in range(5):
        client = Client()
        give_password(client, lecturer)
        assert client.post(SECOND_STEP, {"code": "000000"}).status_code == 200
    client = Client()
    give_password(client, lecturer)
    answer = client.post(SECOND_STEP, {"code": code(secret)})
    assert answer.status_code == 429
    assert "Too many wrong codes" in answer.text
    assert int(answer["Retry-After"]) > 0
    assert client.post(SECOND_STEP, {"recovery_code": renew_codes(lecturer)[0]}).status_code == 429
    assert not is_signed_in(client)
    assert Attempt.objects.filter(kind="code").count() == 5


def test_a_recovery_code_lets_in_once_and_its_owner_is_told(lecturer: Account) -> None:
    with_app(lecturer)
    codes = renew_codes(lecturer)
    first, second = Client(), Client()
    give_password(first, lecturer)
    assert first.post(SECOND_STEP, {"recovery_code": codes[0].upper().replace("-", " ")}).status_code == 302
    assert is_signed_in(first)
    assert codes_left(lecturer) == 9
    assert "recovery codes" in mail.outbox[-1].body
    give_password(second, lecturer)
    assert "used already" in second.post(SECOND_STEP, {"recovery_code": codes[0]}).text
    assert not is_signed_in(second)


def test_a_new_password_by_mail_does_not_lead_past_the_second_factor(client: Client, lecturer: Account) -> None:
    with_app(lecturer)
    client.post("/account/password/reset/", {"email": lecturer.email})
    link = re.search(r"http\S+", mail.outbox[-1].body).group()  # type: ignore[union-attr]
    form = client.get(link).url  # type: ignore[attr-defined]
    client.post(form, {"new_password1": "battery staple horse", "new_password2": "battery staple horse"})
    assert not is_signed_in(client)
    answer = client.post(SIGN_IN, {"username": lecturer.email, "password": "battery staple horse"})
    assert answer.url == SECOND_STEP  # type: ignore[attr-defined]


@pytest.mark.parametrize("address", ["app/", "passkey/", "codes/", "remove/"])
def test_what_somebody_signs_in_with_is_changed_by_who_has_just_shown_the_password(
    client: Client, lecturer: Account, address: str
) -> None:
    client.force_login(lecturer)
    with_app(lecturer)
    answer = client.post(f"{FACTORS}{address}")
    assert answer.url.startswith("/account/confirm/")  # type: ignore[attr-defined]
    assert "This is not your password" in client.post("/account/confirm/", {"password": "wrong"}).text
    assert client.post(f"{FACTORS}{address}").url.startswith("/account/confirm/")  # type: ignore[attr-defined]
    confirmed = client.post("/account/confirm/", {"password": PASSWORD, "next": "https://evil.example/"})
    assert confirmed.url == FACTORS  # type: ignore[attr-defined]
    answer = client.post(f"{FACTORS}{address}")
    assert "confirm" not in answer.headers.get("Location", "")


def test_with_the_last_factor_the_recovery_codes_go(client: Client, lecturer: Account) -> None:
    secret = with_app(lecturer)
    renew_codes(lecturer)
    give_password(client, lecturer)
    client.post(SECOND_STEP, {"code": code(secret)})
    assert "is removed" in client.post(f"{FACTORS}remove/", follow=True).text
    assert not has_factor(lecturer)
    assert not RecoveryCode.objects.exists()
    assert give_password(Client(), lecturer).url == "/"


def test_nobody_removes_somebody_elses_passkey(client: Client, lecturer: Account, registrar: Account) -> None:
    theirs = Passkey.objects.create(account=registrar, name="key", credential=b"", sign_count=0)
    give_password(client, lecturer)
    client.post(f"{FACTORS}remove/", {"passkey": theirs.pk})
    assert Passkey.objects.get() == theirs


@pytest.mark.parametrize("answer", ["", "{}", "[]", "null", '{"id": "a", "rawId": "a", "response": {}}', "x" * 30_000])
def test_what_is_no_answer_of_a_passkey_is_refused_in_words(client: Client, lecturer: Account, answer: str) -> None:
    give_password(client, lecturer)
    client.get(f"{FACTORS}passkey/")
    page = client.post(f"{FACTORS}passkey/", {"name": "laptop", "credential": answer})
    assert "No passkey was made" in page.text
    assert not Passkey.objects.exists()


def test_staff_of_whom_a_second_factor_is_demanded_reach_nothing_before_it(
    client: Client, registrar: Account, lecturer: Account, settings: Settings
) -> None:
    settings.STAFF_NEED_SECOND_FACTOR = True
    give_password(client, registrar)
    for address in ("/", "/records.csv", "/admin/", "/admin/attendance/student/", "/account/profile/", "/term/"):
        assert client.get(address).url == FACTORS, address  # type: ignore[attr-defined]
    assert client.post("/term/import/students/").status_code == 403
    assert "Set one up to go on" in client.get(FACTORS).text
    client.get(f"{FACTORS}app/")
    secret = client.session["new_secret"]
    client.post(f"{FACTORS}app/", {"code": code(secret)})
    assert client.get("/admin/").status_code == 200
    client.post(f"{FACTORS}remove/")
    assert client.get("/admin/").url == FACTORS  # type: ignore[attr-defined]
    other = Client()
    give_password(other, lecturer)
    assert other.get("/").status_code == 200, "of lecturers it is not demanded"


def test_a_session_that_a_password_alone_began_is_asked_for_the_factor_that_was_set_up_elsewhere(
    client: Client, registrar: Account, settings: Settings
) -> None:
    settings.STAFF_NEED_SECOND_FACTOR = True
    client.force_login(registrar)
    with_app(registrar)
    assert client.get("/admin/").url == f"{SIGN_IN}?next=/admin/"  # type: ignore[attr-defined]
    assert not SignIn.objects.exists()


def test_an_administrator_takes_the_factors_off_who_lost_the_device(client: Client, lecturer: Account) -> None:
    root = Account.objects.create_superuser("root@example.org", PASSWORD, name="Rita Root")
    secret = with_app(lecturer)
    renew_codes(lecturer)
    theirs = Client()
    give_password(theirs, lecturer)
    theirs.post(SECOND_STEP, {"code": code(secret)})
    client.force_login(root)
    assert "Take the second factors off" in client.get(f"/people/{lecturer.pk}/").text
    client.post(f"/people/{lecturer.pk}/factors/")
    assert not has_factor(lecturer)
    assert not RecoveryCode.objects.exists()
    assert not is_signed_in(theirs)
    change = OfficialChange.objects.filter(field="second factor").latest("pk")
    assert (change.changed_by, change.row_id, change.old) == (root, lecturer.pk, "all, taken off")
    assert mail.outbox[-1].to == [lecturer.email]
    assert "taken off by an administrator" in mail.outbox[-1].body


def test_a_command_takes_the_factors_off_the_last_administrator(lecturer: Account) -> None:
    with_app(lecturer)
    call_command("take_factors_off", "EMMY@example.org")
    assert not has_factor(lecturer)
    for email in ("emmy@example.org", "nobody@example.org"):
        with pytest.raises(CommandError):
            call_command("take_factors_off", email)


def test_secrets_outlive_a_change_of_the_secret_key_and_are_no_other_accounts(
    lecturer: Account, settings: Settings
) -> None:
    secret = with_app(lecturer)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another key " * 6
    client = Client()
    give_password(client, lecturer)
    client.post(SECOND_STEP, {"code": code(secret)})
    assert is_signed_in(client)
    assert (reseal_secrets(), reseal_secrets()) == (1, 0)
    settings.SECRET_KEY_FALLBACKS = []
    sealed = AuthenticatorApp.objects.get().sealed_secret
    assert unseal(sealed, lecturer.pk) == secret
    assert unseal(sealed, lecturer.pk + 1) is None
    assert seal(secret, lecturer.pk) != sealed


def test_codes_are_those_of_rfc_6238() -> None:
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    assert [code_at(secret, at // 30) for at in (59, 1111111109, 20000000000)] == ["287082", "081804", "353130"]


def test_a_secret_that_was_shown_and_not_confirmed_is_never_shown_again(client: Client, lecturer: Account) -> None:
    client.force_login(lecturer)
    client.post("/account/confirm/", {"password": PASSWORD})
    first, second = (client.get(f"{FACTORS}app/").context["secret"] for _ in range(2))
    assert first != second
    stale, fresh = (each.replace(" ", "") for each in (first, second))
    assert client.post(f"{FACTORS}app/", {"code": code(stale)}).context["form"].errors
    assert client.post(f"{FACTORS}app/", {"code": code(fresh)}).status_code == 200
    assert AuthenticatorApp.objects.filter(account=lecturer).exists()


def test_taking_the_last_factor_away_ends_every_other_session(client: Client, lecturer: Account) -> None:
    with_app(lecturer)
    elsewhere = Client()
    elsewhere.force_login(lecturer)
    client.force_login(lecturer)
    assert elsewhere.get("/account/profile/").status_code == 200
    client.post("/account/confirm/", {"password": PASSWORD})
    client.post(f"{FACTORS}remove/", {})
    assert not AuthenticatorApp.objects.exists()
    assert client.get("/account/profile/").status_code == 200
    assert elsewhere.get("/account/profile/").status_code == 302
