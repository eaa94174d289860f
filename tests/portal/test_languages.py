"""Somebody reads the portal in their own language."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.forms import BaseForm
from django.forms.utils import pretty_name
from django.test import Client
from django.urls import get_resolver
from django.utils import timezone, translation
from openpyxl import load_workbook

from portal.accounts.mailing import write_mail
from portal.accounts.models import Account, OfficialChange
from portal.attendance.models import ConfidentialKind, MarkChange, WarningRule
from portal.attendance.queries.news import stamp_of
from portal.attendance.retelling import retold, retold_day
from portal.attendance.services.confidential import read_reason
from portal.attendance.services.importing.columns import recognise
from portal.attendance.services.importing.exporting import header
from portal.attendance.services.importing.kinds import KINDS
from portal.lecturer.near_miss_words import near_miss_sentence
from portal.web.institution import LARGEST_LOGO, read_logo
from portal.web.languages import in_every_language
from tests.portal.school import School, found_school
from tests.portal.test_profile import PASSWORD, PROFILE, profile

SIGN_IN, CHOOSE = "/account/sign-in/", "/account/language/"

pytestmark = pytest.mark.django_db


OWN_LABELS = {
    *("UploadForm", "ReadingForm", "StaffingForm", "PartForm", "RulesForm", "NameForm"),
    *("CorrectionForm", "SeveralForm", "MarksForm", "RegisterFilter", "ExcuseForm", "CameraForm"),
    *("CourseForm", "SessionForm", "RoomCameraForm"),  # of the admin, which is English
}
"""Forms whose templates write the labels themselves."""


def forms_below(form: type[BaseForm]) -> Iterator[type[BaseForm]]:
    for each in form.__subclasses__():
        yield each
        yield from forms_below(each)


def language_of_page(client: Client, asked: str = "", path: str = SIGN_IN) -> str:
    answer = client.get(path, headers={"Accept-Language": asked})
    assert f'<html lang="{answer.headers["Content-Language"]}">' in answer.text
    assert {"Accept-Language", "Cookie"} <= set(answer.headers["Vary"].split(", "))
    return str(answer.headers["Content-Language"])


@pytest.mark.parametrize(
    ("asked", "shown"),
    [("de-CH, en;q=0.5", "de"), ("it, fr-CA;q=0.7", "fr"), ("en-US", "en"), ("ar", "en"), ("", "en")],
)
def test_a_page_is_in_the_first_language_of_the_browser_that_the_portal_speaks(
    client: Client, asked: str, shown: str
) -> None:
    assert language_of_page(client, asked) == shown


def test_where_the_browser_asks_for_none_of_them_it_is_the_institutions(client: Client, settings: object) -> None:
    settings.INSTITUTION_LANGUAGE = "fr"  # type: ignore[attr-defined]
    assert language_of_page(client, "ar, he") == "fr"
    assert language_of_page(client, "en") == "en"


def test_who_is_not_signed_in_chooses_one_for_this_browser(client: Client) -> None:
    answer = client.post(CHOOSE, {"language": "fr", "next": "/account/password/reset/"})
    assert answer.headers["Location"] == "/account/password/reset/"
    assert language_of_page(client, "de") == "fr"


def test_a_language_that_the_portal_does_not_speak_changes_nothing_and_leads_to_no_other_host(client: Client) -> None:
    answer = client.post(CHOOSE, {"language": "tlh", "next": "https://example.org/"})
    assert answer.headers["Location"] == SIGN_IN
    assert language_of_page(client, "de") == "de"


def test_the_language_of_the_profile_goes_before_every_other(client: Client) -> None:
    account = Account.objects.create_user("emmy@example.org", PASSWORD, name="Emmy Noether")
    client.force_login(account)
    client.post(CHOOSE, {"language": "fr"})
    client.post(PROFILE, profile(language="de"))
    assert language_of_page(client, "en", PROFILE) == "de"
    client.post(PROFILE, profile())
    assert language_of_page(client, "en", PROFILE) == "fr"


def test_who_has_chosen_another_language_is_told_so_in_it(client: Client) -> None:
    account = Account.objects.create_user("emmy@example.org", PASSWORD, name="Emmy Noether")
    client.force_login(account)
    for language, told in (("de", "Ihr Profil ist gespeichert."), ("fr", "Votre profil est enregistré.")):
        assert told in client.post(PROFILE, profile(language=language), follow=True).text
    assert "Your profile is saved." in client.post(PROFILE, profile(), follow=True).text


@pytest.fixture
def school(client: Client) -> School:
    """Its lecturer reads German, and is signed in."""
    school = found_school(timezone.now() - timedelta(minutes=10))
    Account.objects.filter(pk=school.lecturer.pk).update(language="de")
    client.force_login(school.lecturer)
    return school


def test_a_register_has_the_words_letters_and_dates_of_its_reader(client: Client, school: School) -> None:
    text = client.get(f"/sessions/{school.session.pk}/").text
    for value, letter, words in (("present", "A", "Anwesend"), ("absent", "F", "Fehlt")):
        assert f'class="{value}" title="{words}" aria-label="{words}" aria-pressed="false">{letter}</button>' in text
    with translation.override("de"):
        assert f"{timezone.localtime(school.session.starts_at):%Y}" in text
        german = stamp_of(school.session, timezone.now())
    assert german != stamp_of(school.session, timezone.now())
    # What scripts say goes along.
    assert "Keine Verbindung." in text


def test_what_was_done_and_how_to_take_it_back_is_told_in_the_readers_language(client: Client, school: School) -> None:
    student = school.students[1]
    client.post(f"/sessions/{school.session.pk}/students/{student.pk}/", {"status": "late", "reason": "", "shown": "0"})
    text = client.get(f"/sessions/{school.session.pk}/").text
    assert "<bdi>Grace Hopper</bdi>: jetzt verspätet." in text
    assert 'aria-label="Zurücknehmen: Grace Hopper: jetzt verspätet."' in text
    assert "Undo" not in text


@pytest.mark.parametrize(("language", "again"), [("de", "fehlt noch, wie zuvor"), ("fr", "manque, comme avant")])
@pytest.mark.parametrize("act", ["undo", "back"])
def test_what_was_taken_back_is_told_without_an_english_word(
    client: Client, school: School, act: str, language: str, again: str
) -> None:
    Account.objects.filter(pk=school.lecturer.pk).update(language=language)
    student = school.students[1]
    where = f"/sessions/{school.session.pk}/students/{student.pk}/"
    client.post(where, {"status": "late", "reason": "", "shown": "0"})
    client.get("/")  # Its message is seen.
    told = client.post(f"{where}{act}/", follow=True).text.partition('id="messages"')[2].partition("</p>")[0]
    assert told.rstrip(".").endswith(again)


def test_what_the_database_keeps_is_english_whoever_reads_what(client: Client, school: School) -> None:
    Account.objects.filter(pk=school.staff.pk).update(language="fr")
    client.force_login(school.staff)
    sent = {"kind": "in a row", "number": "3", "after_sessions": "4", "to_student": "on", "course": ""}
    assert client.post("/warnings/add/", sent).status_code == 302
    rule = WarningRule.objects.get()
    told = OfficialChange.objects.filter(table_name="warning_rule", row_id=rule.pk)
    assert told.filter(new__contains="the student").exists()
    assert not OfficialChange.objects.filter(new__contains="étudiant").exists()


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("Confidential", "Vertraulich"),
        ("First seen by front, 3 minutes before the start.", "Zuerst gesehen von front, 3 Minuten vor dem Beginn."),
        ("Excused on 3 March 2026 by Ada Byron.", "Entschuldigt am 3. März 2026 von Ada Byron."),
        ("Left early 2 times.", "2-mal früher gegangen."),
        ("Was there. {name}", "Was there. {name}"),
    ],
)
def test_what_programs_have_written_down_is_told_in_the_readers_language(written: str, told: str) -> None:
    with translation.override("de"):
        assert retold(written) == told
        assert retold_day("Monday 2 November 2026, 10:00") == "Montag, 2. November 2026, 10:00"
    assert retold(written) == written


def test_the_history_of_a_mark_is_told_in_german(client: Client, school: School) -> None:
    student = school.students[0]
    client.post(f"/sessions/{school.session.pk}/guests/", {"number": student.number})
    MarkChange.objects.create(
        session=school.session,
        student=student,
        action="decide",
        program="recognizer",
        to_status="present",
        to_source="camera",
        reason="First seen at the start.",
    )
    hour = school.session.starts_at.replace(minute=0, second=0, microsecond=0)
    school.notice(student, 0, 0, hour=hour, distance=0.285, runner_up_number="S1002", runner_up_distance=0.6)
    miss = school.nearly_name(student, 0, 0, hour=hour)
    text = client.get(f"/sessions/{school.session.pk}/students/{student.pk}/").text
    assert "Zuerst gesehen zum Beginn." in text
    assert "First seen" not in text
    assert {"0,29", "0,60"} <= set(re.findall(r"\b0[.,]\d+", text))
    assert "0." not in re.sub("<[^>]*>", "", text)
    with translation.override("de"):
        assert "0,48" in near_miss_sentence([miss])


@pytest.mark.parametrize("language", ["en", "de", "fr"])
@pytest.mark.parametrize("kind", list(KINDS))
def test_an_import_knows_the_headings_of_an_export_in_each_language(kind: str, language: str) -> None:
    with translation.override(language):
        names = header(kind)
    fields = KINDS[kind].fields
    with translation.override("fr"):
        found = recognise(names, fields)
    with translation.override(language):
        assert {names[place] for place in found.values()} == set(names)
        assert all(str(each.label) == names[found[each.name]] for each in fields if each.name in found)


def test_a_mail_is_in_the_language_of_its_readers_account_else_in_the_institutions(settings: object) -> None:
    settings.INSTITUTION, settings.INSTITUTION_LANGUAGE = "Universität Bern", "fr"  # type: ignore[attr-defined]
    reader = Account.objects.create_user("emmy@example.org", name="Emmy Noether", language="de")
    mail = write_mail("reset_mail", {"user": reader, "link": "https://example.org/1"}, reader.email)
    assert mail.subject == "Neues Passwort für Rollcall setzen"
    assert "Guten Tag Emmy Noether," in mail.body
    assert mail.body.endswith("Rollcall · Universität Bern")
    reader.language = ""
    assert write_mail("reset_mail", {"user": reader, "link": ""}, reader.email).body.startswith("Bonjour")


def test_a_usual_confidential_reason_is_so_in_every_language() -> None:
    ConfidentialKind.objects.create(name="Medical note")
    assert read_reason("Ärztliches Attest bis Freitag").hidden
    assert not read_reason("Ärztlicher Rat").hidden
    assert not read_reason("Medical notes").hidden


@pytest.mark.parametrize(
    "typed",
    [
        "MEDICAL  NOTE, flu",
        "\u200bMedical note: flu",
        "\ufeffmedical note",
        "\uff2dedical\u3000note flu",
        "A\u0308rztliches Attest: Grippe",
        "Arztliches-Attest",
        "certificat medical",
    ],
)
def test_a_confidential_reason_is_so_however_its_letters_are_typed(typed: str) -> None:
    ConfidentialKind.objects.create(name="Medical note")
    assert read_reason(typed).hidden == typed


def test_the_boards_file_is_in_german_and_its_seal_holds(
    client: Client, school: School, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "board.xlsx"
    path.write_bytes(client.get(f"/courses/{school.course.pk}/board.xlsx").content)
    assert load_workbook(path).sheetnames == ["Anwesenheit", "Über"]
    call_command("verify", str(path))
    assert "is as it was made" in capsys.readouterr().out


def test_the_institutions_name_and_logo_stand_on_the_sign_in_page_and_the_logo_runs_nothing(
    client: Client, settings: object, tmp_path: Path
) -> None:
    path = tmp_path / "logo.svg"
    path.write_text(
        '\ufeff<?xml version="1.0"?>\n<!-- Drawn --><!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "svg11.dtd">\n'
        '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
    )
    settings.INSTITUTION, settings.LOGO = "Universität Bern", read_logo(str(path))  # type: ignore[attr-defined]
    text = client.get(SIGN_IN).text
    assert "Universität Bern" in text
    assert '<img src="/logo?' in text
    answer = client.get("/logo")
    assert answer.headers["Content-Type"] == "image/svg+xml"
    assert {"default-src 'none'", "sandbox"} <= set(answer.headers["Content-Security-Policy"].split("; "))


@pytest.mark.parametrize(
    ("content", "complaint"), [(b"GIF89a", "PNG or an SVG"), (b"\x89PNG\r\n\x1a\n" * LARGEST_LOGO, "at most")]
)
def test_a_logo_that_is_no_small_picture_is_refused(tmp_path: Path, content: bytes, complaint: str) -> None:
    path = tmp_path / "logo"
    path.write_bytes(content)
    with pytest.raises(ImproperlyConfigured, match=complaint):
        read_logo(str(path))


def test_every_field_of_a_form_and_its_help_are_in_the_readers_language() -> None:
    assert get_resolver().url_patterns, "imports all views, and so all forms"
    english = []
    for form in forms_below(BaseForm):
        if not form.__module__.startswith("portal.") or "admin" in form.__module__ or form.__name__ in OWN_LABELS:
            continue
        for name, field in form.base_fields.items():
            texts = [] if field.widget.is_hidden else [field.label or pretty_name(name), field.help_text]
            english += [(form, name, text) for text in texts if text and len(set(in_every_language(text))) == 1]
    assert english == []
