"""Mails about cameras: to whom, what they say, and once each, whatever fails. A real MariaDB and SMTP server."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from pytest_django import Settings

from portal.accounts.models import Account
from portal.attendance.models import AlarmMail, CameraAlarm, CameraStatus, Room, RoomContact
from portal.attendance.queries.troubles import Kind, Level, Trouble
from portal.operations.words import mail_sentences
from tests.environment import ROOT, product_environment
from tests.fixtures.mail_server import MailServer
from tests.fixtures.mariadb import MigratedMariaDB
from tests.fixtures.patience import only_long
from tests.fixtures.portal_database import connected_to
from tests.fixtures.waiting import free_port
from tests.portal.school import School, found_school

MINUTE = timedelta(minutes=1)
REGISTRAR = "registrar@uni.example"


class Desk:
    """A school whose staff are told by mail; ``cameras`` are written as the recognizer does."""

    def __init__(self, school: School, database: MigratedMariaDB) -> None:
        self.school = school
        self.database = database
        school.move(timezone.now() + 20 * MINUTE)
        Account.objects.filter(pk=school.staff.pk).update(is_told_of_cameras=True)

    def camera(self, name: str = "front", state: str = "watching", **values: Any) -> None:
        now = timezone.now()
        made = {"state": state, "reported_at": now, "gallery_size": 3, "state_since": now - 10 * MINUTE}
        # The portal's user may not write it: the recognizer does.
        with connected_to(self.database.owner_url):
            CameraStatus.objects.update_or_create(room=self.school.room, camera_name=name, defaults=made | values)

    def fail(self, **values: Any) -> None:
        self.camera(state="failing", **{"last_error": "cannot be opened: it refuses this user and password"} | values)

    def settle(self) -> None:
        """Let it have been well for long enough."""
        CameraAlarm.objects.filter(well_since__isnull=False).update(well_since=timezone.now() - 6 * MINUTE)


@pytest.fixture
def desk(portal_on_mariadb: MigratedMariaDB, settings: Settings, mail_server: MailServer) -> Desk:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", mail_server.port
    settings.ALLOWED_HOSTS = ["localhost", "attendance.uni.example", "testserver"]
    settings.PLAIN_HTTP = False
    return Desk(found_school(), portal_on_mariadb)


def watch() -> None:
    """As the timer does, twice, with two minutes between."""
    call_command("watch_cameras")
    CameraAlarm.objects.update(recorded_at=timezone.now() - 2 * MINUTE)
    call_command("watch_cameras")


def subjects(server: MailServer, address: str = REGISTRAR) -> list[str]:
    return [str(each["Subject"]) for each in server.to(address)]


def test_a_room_that_fails_before_its_class_session_is_mailed_once_and_once_when_it_is_well(
    desk: Desk, mail_server: MailServer
) -> None:
    desk.fail()
    watch()
    watch()
    began = f"Lecture Theatre 1: cameras cannot see, CSC 301 at {desk.school.session.starts_at:%H:%M}"
    assert subjects(mail_server) == [began]
    desk.camera()
    watch()
    watch()
    assert subjects(mail_server) == [began], "it has to be well for some minutes first"
    desk.settle()
    watch()
    watch()
    assert subjects(mail_server) == [began, "Lecture Theatre 1: cameras are well again"]
    desk.fail()
    watch()
    assert len(subjects(mail_server)) == 3, "another trouble"


def test_the_mails_say_what_since_when_for_which_class_and_what_to_do(desk: Desk, mail_server: MailServer) -> None:
    since = timezone.now() - 10 * MINUTE
    desk.fail(state_since=since, last_error="cannot be opened: 10.0.3.7 does not answer on port 554 (refused)")
    watch()
    (mail,) = mail_server.mails
    assert mail.get_content_type() == "text/plain"
    text = mail.get_content()
    for said in (
        "What is wrong: front: failing since",
        "its address does not answer on port 554 (refused).",
        f"Since: {since:%H:%M}",
        "It is needed for: CSC 301 Operating Systems, ",
        "“recognizer check” tries it",
        f"https://attendance.uni.example/cameras/{desk.school.room.pk}/",
        "Times are in UTC.",
        "because you asked for mails about cameras",
    ):
        assert said in text
    assert "10.0.3.7" not in text
    desk.camera()
    watch()
    desk.settle()
    watch()
    text = mail_server.mails[-1].get_content()
    assert "are well again" in text
    assert "What was wrong: front: failing since" in text
    assert "10.0.3.7" not in text


@pytest.mark.parametrize(
    "detail",
    [
        "cannot be opened: rtsp://root:geheim@cam-7.uni.example:554/live?x=1, no video",
        "cannot be opened: cam-7.uni.example does not answer on port 554 (refused)",
        "cannot be opened: no host is called cam-7 (Name or service not known); see the address",
        "cannot be opened: cam-7 answers on port 554 with something that is no RTSP",
        "cannot be opened: cam-7 has no certificate that this machine trusts (bad)",
        "cannot be opened: [fe80::1]:554 is closed",
        "cannot be opened: 2001:db8::cam-7 is closed",
        "cannot be opened: 192.168.1.20:554 is closed",
    ],
)
def test_no_mail_holds_a_cameras_address(detail: str) -> None:
    text = mail_sentences([Trouble(Kind.FAILING, Level.FAULT, "front.left", detail=detail)], 1)
    for part in ("cam-7", "geheim", "192.168", "fe80", "2001:", "root"):
        assert part not in text
    assert "its address" in text
    assert text.startswith("front.left: failing: cannot be opened")


@pytest.mark.parametrize("sign", ["\n", "\r\n\r\n", "\u2028", "\x85", "\u202e", "\x1b[2J"])
def test_what_a_taken_over_classroom_machine_says_is_no_line_of_a_mail_and_leads_nowhere(sign: str) -> None:
    said = f"front{sign}Sign in again:{sign}https://evil.example/"
    text = mail_sentences([Trouble(Kind.FAILING, Level.FAULT, said, detail=said)], 1)
    assert text.count("its address") == 2
    assert text.isprintable()
    assert "evil" not in text


@pytest.mark.parametrize(
    "change",
    [
        lambda desk: desk.school.move(timezone.now() + 40 * MINUTE),
        lambda desk: desk.school.move(timezone.now() - 60 * MINUTE),
        lambda desk: type(desk.school.session).objects.update(is_cancelled=True),
        lambda desk: desk.fail(state_since=timezone.now() - MINUTE),
        lambda desk: desk.camera(state="resting"),
        lambda desk: Account.objects.update(is_told_of_cameras=False),
        lambda desk: Account.objects.update(is_active=False),
        lambda desk: Account.objects.update(is_staff=False),
    ],
    ids=["later", "over", "cancelled", "for a minute", "resting", "nobody asked", "not active", "no longer staff"],
)
def test_nobody_is_mailed_where_nothing_is_lost_or_nobody_asked(
    desk: Desk, mail_server: MailServer, change: Callable[[Desk], None]
) -> None:
    desk.fail()
    change(desk)
    watch()
    assert mail_server.mails == []


@pytest.mark.parametrize(
    ("values", "subject"),
    [
        ({"reported_at": -5 * MINUTE}, "cameras are silent"),
        ({"reported_at": timedelta(days=3000)}, "cameras are silent"),
        ({"state": "stopped", "reported_at": -5 * MINUTE}, "cameras are silent"),
        ({"state": "starting"}, "cameras cannot see"),
    ],
)
def test_silent_and_stopped_cameras_are_mailed_too_and_also_while_the_class_session_is_under_way(
    desk: Desk, mail_server: MailServer, values: dict[str, Any], subject: str
) -> None:
    desk.school.move(timezone.now() - 10 * MINUTE)
    now = timezone.now()
    desk.camera(**{key: now + each if isinstance(each, timedelta) else each for key, each in values.items()})
    watch()
    assert [each.split(": ")[1].split(",")[0] for each in subjects(mail_server)] == [subject]


def test_where_each_camera_sees_all_of_the_room_one_is_enough(desk: Desk, mail_server: MailServer) -> None:
    type(desk.school.room).objects.update(each_camera_sees_all=True)
    desk.fail()
    desk.camera("back")
    watch()
    assert not mail_server.mails
    desk.camera("back", reported_at=timezone.now() - 5 * MINUTE)
    watch()
    assert "back: silent" in mail_server.mails[0].get_content()


def test_a_room_tells_those_whom_it_names_alone(desk: Desk, mail_server: MailServer) -> None:
    technician = Account.objects.create_user("tess@uni.example", name="Tess", is_staff=True)
    RoomContact.objects.create(room=desk.school.room, account=technician)
    desk.fail()
    watch()
    assert [each["To"] for each in mail_server.mails] == ["tess@uni.example"]
    assert "because Lecture Theatre 1 names you" in mail_server.mails[0].get_content()


def test_a_camera_that_was_blind_and_rests_is_not_called_well(desk: Desk, mail_server: MailServer) -> None:
    desk.fail()
    watch()
    desk.camera(state="resting")
    watch()
    assert CameraAlarm.objects.get().well_since is None
    desk.camera(reported_at=timezone.now() - 5 * MINUTE)
    watch()
    assert len(mail_server.mails) == 1
    assert CameraAlarm.objects.get().is_open


def test_a_silent_room_is_well_once_it_reports_even_if_it_rests(desk: Desk, mail_server: MailServer) -> None:
    desk.camera(reported_at=timezone.now() - 5 * MINUTE)
    watch()
    desk.camera(state="resting")
    watch()
    desk.settle()
    watch()
    assert subjects(mail_server)[1:] == ["Lecture Theatre 1: cameras are well again"]


def test_what_comes_and_goes_is_one_trouble(desk: Desk, mail_server: MailServer) -> None:
    for _ in range(3):
        desk.fail()
        watch()
        desk.camera()
        watch()
    desk.settle()
    desk.fail()
    watch()
    assert len(mail_server.mails) == 1
    assert CameraAlarm.objects.get().well_since is None


def test_while_the_mail_server_is_away_it_is_tried_again_and_then_sent_once(
    desk: Desk, mail_server: MailServer, settings: Settings
) -> None:
    settings.EMAIL_PORT = free_port()
    desk.fail()
    for _ in range(2):
        with pytest.raises(CommandError, match="Not all mails could be sent"):
            watch()
    assert AlarmMail.objects.get().sent_at is None
    settings.EMAIL_PORT = mail_server.port
    mail_server.goes_away = True
    with pytest.raises(CommandError):
        watch()
    mail_server.goes_away = False
    watch()
    watch()
    assert len(mail_server.mails) == 1


def test_a_trouble_that_is_over_before_the_mail_server_is_back_is_not_mailed(
    desk: Desk, mail_server: MailServer, settings: Settings
) -> None:
    settings.EMAIL_PORT = free_port()
    desk.fail()
    with pytest.raises(CommandError):
        watch()
    desk.camera()
    watch()
    desk.settle()
    settings.EMAIL_PORT = mail_server.port
    watch()
    assert mail_server.mails == []


def test_an_address_that_is_refused_keeps_no_mail_from_the_others(
    desk: Desk, mail_server: MailServer, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("a", "z"):
        Account.objects.create_user(f"{name}@uni.example", name=name, is_staff=True, is_told_of_cameras=True)
    mail_server.refused = {"a@uni.example"}
    desk.fail()
    with pytest.raises(CommandError, match="Not all mails could be sent"):
        watch()
    watch()
    assert sorted(each["To"] for each in mail_server.mails) == [REGISTRAR, "z@uni.example"]
    refused = [each.message for each in caplog.records if "is not taken" in each.message]
    assert len(refused) == 1, "not each minute"
    assert "550" in refused[0]
    assert "a@uni" not in refused[0]
    mail_server.refused = set()
    AlarmMail.objects.update(claimed_until=timezone.now() - MINUTE)
    watch()
    assert len(mail_server.to("a@uni.example")) == 1


@pytest.mark.parametrize("address", ["a@@uni.example", "a@uni.example\nBcc: b@evil.example", "@", ",", "a@" + "x" * 80])
def test_an_address_that_is_none_keeps_no_mail_from_the_others(
    desk: Desk, mail_server: MailServer, address: str, caplog: pytest.LogCaptureFixture
) -> None:
    broken = Account.objects.create_user("a@uni.example", name="A", is_staff=True, is_told_of_cameras=True)
    Account.objects.create_user("z@uni.example", name="Z", is_staff=True, is_told_of_cameras=True)
    Account.objects.filter(pk=broken.pk).update(email=address)
    mail_server.refused = {"x" * 80}
    desk.fail()
    with pytest.raises(CommandError, match="Not all mails could be sent"):
        watch()
    watch()
    assert sorted(str(each["To"]) for each in mail_server.mails) == [REGISTRAR, "z@uni.example"]
    assert len([each for each in caplog.records if "is not taken" in each.message]) == 1, "not each minute"
    assert "evil" not in caplog.text


@pytest.mark.parametrize(
    "name", ["A 101\nBcc: b@evil.example", "A\r\n\r\nFrom: b@evil.example", "A 101 \u2028X: y", "é✓ \u202eA", "x" * 64]
)
def test_no_name_of_a_room_gets_into_the_head_of_a_mail(desk: Desk, mail_server: MailServer, name: str) -> None:
    Room.objects.filter(pk=desk.school.room.pk).update(name=name)
    desk.fail()
    watch()
    desk.camera()
    watch()
    desk.settle()
    watch()
    began, ended = mail_server.mails
    for mail in (began, ended):
        assert mail["To"] == REGISTRAR
        assert set(mail.keys()) == set(began.keys())
        assert not {"Bcc", "X"} & set(mail.keys())
        assert len(mail.get_all("From")) == 1
        assert " ".join(name.split()) in str(mail["Subject"])


def test_a_mail_server_that_hangs_up_once_it_has_a_mail_is_sent_it_once(desk: Desk, mail_server: MailServer) -> None:
    mail_server.leaves = True
    desk.fail()
    watch()
    watch()
    assert len(mail_server.mails) == 1


def test_a_mail_server_that_says_nothing_is_given_up_and_tried_again(
    desk: Desk, mail_server: MailServer, settings: Settings
) -> None:
    settings.EMAIL_TIMEOUT = 0.3
    mail_server.is_silent = True
    desk.fail()
    for _ in range(2):
        with pytest.raises(CommandError, match="Not all mails"):
            watch()
    mail_server.is_silent = False
    watch()
    watch()
    assert len(mail_server.mails) == 1


@pytest.mark.parametrize(("seconds", "is_told"), [(29 * 60 + 57, True), (30 * 60 + 30, False), (-30, True)])
def test_half_an_hour_before_a_class_session_is_soon_enough(
    desk: Desk, mail_server: MailServer, seconds: int, is_told: bool
) -> None:
    desk.school.move(timezone.now() + timedelta(seconds=seconds))
    desk.fail()
    watch()
    assert len(mail_server.mails) == is_told


def test_a_mail_that_another_program_is_sending_is_left_to_it_until_it_must_have_died(
    desk: Desk, mail_server: MailServer
) -> None:
    desk.fail()
    watch()
    row = AlarmMail.objects.filter(about="began")
    row.update(sent_at=None, claimed_until=timezone.now() + 5 * MINUTE)
    watch()
    assert len(mail_server.mails) == 1
    row.update(claimed_until=timezone.now() - MINUTE)
    watch()
    first, second = mail_server.mails
    assert first["Message-ID"] == second["Message-ID"], "mail programs show it once"


@only_long
def test_two_timers_at_once_send_one_mail(desk: Desk, mail_server: MailServer) -> None:
    for number in range(4):
        Account.objects.create_user(f"s{number}@uni.example", name="S", is_staff=True, is_told_of_cameras=True)
    desk.fail()
    mail_server.seconds = 0.2
    environment = product_environment(
        database_url=desk.database.portal_url, secret_key="k" * 50, plain_http="1", email_url=mail_server.url
    )
    command = [sys.executable, str(ROOT / "manage.py"), "watch_cameras"]
    options: dict[str, Any] = {"cwd": ROOT, "env": environment, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}

    def run_three() -> None:
        running = [subprocess.Popen(command, **options) for _ in range(3)]
        told = [each.communicate(timeout=60)[0].decode() for each in running]
        assert [each.returncode for each in running] == [0, 0, 0], told

    run_three()
    assert (CameraAlarm.objects.count(), mail_server.mails) == (1, [])
    CameraAlarm.objects.update(recorded_at=timezone.now() - 2 * MINUTE)
    run_three()
    assert sorted(each["To"] for each in mail_server.mails) == sorted(
        [REGISTRAR, *(f"s{number}@uni.example" for number in range(4))]
    )
    assert CameraAlarm.objects.count() == 1


def test_rooms_that_look_silent_only_because_the_database_was_away_alarm_nobody(
    desk: Desk, mail_server: MailServer
) -> None:
    desk.camera(reported_at=timezone.now() - 60 * MINUTE)
    call_command("watch_cameras")
    desk.camera()
    watch()
    desk.settle()
    watch()
    assert mail_server.mails == []
    assert CameraAlarm.objects.get().ended_at


def test_many_rooms_that_fail_at_once_are_one_mail_a_person(desk: Desk, mail_server: MailServer) -> None:
    desk.fail()
    now = timezone.now()
    with connected_to(desk.database.owner_url):
        for name in ("B 101", "B 102"):
            room = Room.objects.create(name=name, time_zone="Asia/Tokyo")
            desk.school.meet(now + 10 * MINUTE, room=room)
            CameraStatus.objects.create(
                room=room,
                camera_name="door",
                state="failing",
                reported_at=now,
                state_since=now - 10 * MINUTE,
                last_error="cannot be opened: no host is called cam-7 (unknown)",
            )
    watch()
    watch()
    (mail,) = mail_server.mails
    assert mail["Subject"] == "3 rooms: cameras cannot see"
    text = mail.get_content().replace("\r", "")
    for name in ("Lecture Theatre 1", "B 101", "B 102"):
        assert f"* {name}\n  What is wrong: " in text
    assert "cam-7" not in text
    assert "(Asia/Tokyo)" in text
    assert "https://attendance.uni.example/cameras/\n" in text
    with connected_to(desk.database.owner_url):
        CameraStatus.objects.update(state="watching", last_error=None)
    watch()
    desk.settle()
    watch()
    watch()
    assert subjects(mail_server)[1:] == ["3 rooms: cameras are well again"]
    assert "* B 102\n  What was wrong: door: failing" in mail_server.mails[1].get_content().replace("\r", "")
