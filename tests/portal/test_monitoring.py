"""/readyz, /metrics and the log for programs that watch the portal; the first two are for this machine alone."""

from __future__ import annotations

import json
import logging
import re
import urllib.request
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from portal.attendance.models import CameraAlarm, Room
from portal.web import configuration
from portal.web.logs import JsonFormatter
from tests.portal.school import School, found_school

SAMPLE = re.compile(r'([a-z_]+)(?:\{((?:[a-z_]+="(?:[^"\\\n]|\\["\\n])*",?)*)\})? (-?[0-9.e+-]+)$')


@pytest.fixture
def monitoring(settings: Settings, client: Client) -> Client:
    settings.MONITORING = True
    # Prometheus asks an address, which is no host name of the portal's.
    settings.ALLOWED_HOSTS = ["attendance.uni.example"]
    settings.SECURE_SSL_REDIRECT = True
    return client


def samples(text: str) -> dict[str, float]:
    """Each sample by its name and labels; a line that is none of Prometheus's format fails."""
    found: dict[str, float] = {}
    told = ""
    for line in text.removesuffix("\n").split("\n"):
        if line.startswith("# HELP "):
            told = line.split(" ")[2]
        elif line.startswith("# TYPE "):
            assert line == f"# TYPE {told} gauge"
        else:
            match = SAMPLE.match(line)
            assert match, line
            name, labels, value = match.groups()
            assert name == told
            key = f"{name}{{{labels}}}" if labels else name
            assert key not in found
            found[key] = float(value)
    return found


@pytest.mark.django_db
def test_the_metrics_say_how_registers_rooms_and_mails_stand(monitoring: Client) -> None:
    school: School = found_school(timezone.now() - timedelta(hours=3))
    now = timezone.now()
    school.meet(now - timedelta(minutes=10))
    school.camera(state="failing", state_since=now - timedelta(minutes=5), outbox_depth=7, refused_marks=2)
    Room.objects.create(name='B "101"\\\nleft')
    CameraAlarm.objects.create(room=school.room, kind="blind", trouble="x", began_at=now)
    answer = monitoring.get("/metrics", headers={"host": "127.0.0.1:8000"})
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/plain; version=0.0.4; charset=utf-8")
    found = samples(answer.text)
    overdue = found.pop("rollcall_registers_overdue_seconds")
    assert overdue == pytest.approx(timedelta(hours=3, minutes=-65).total_seconds(), abs=30)
    assert found == found | {
        "rollcall_database_up": 1,
        "rollcall_registers_due": 1,
        'rollcall_rooms{state="failing"}': 1,
        'rollcall_rooms{state="no camera"}': 1,
        'rollcall_rooms{state="well"}': 0,
        "rollcall_rooms_needed_blind": 1,
        'rollcall_cameras{state="failing"}': 1,
        'rollcall_cameras{state="watching"}': 0,
        'rollcall_room_outbox_entries{room="Lecture Theatre 1"}': 7,
        'rollcall_room_entries_set_aside{room="Lecture Theatre 1"}': 2,
        "rollcall_camera_alarms": 1,
        "rollcall_alarm_mails_unsent": 0,
    }


@pytest.mark.django_db
def test_a_rooms_name_cannot_break_the_metrics(monitoring: Client) -> None:
    school = found_school()
    Room.objects.filter(pk=school.room.pk).update(name='B "101"\\\nrollcall_database_up 0')
    school.camera()
    found = samples(monitoring.get("/metrics").text)
    assert 'rollcall_room_outbox_entries{room="B \\"101\\"\\\\\\nrollcall_database_up 0"}' in found


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/metrics", "/readyz"])
@pytest.mark.parametrize(
    ("address", "forwarded", "expected"),
    [
        ("127.0.0.1", None, 200),
        ("::1", None, 200),
        ("127.0.0.1", "127.0.0.1", 200),
        ("127.0.0.1", "10.0.0.9", 404),
        ("127.0.0.1", "127.0.0.1, 10.0.0.9", 404),
        ("127.0.0.1", "nonsense", 404),
        ("10.0.0.9", None, 404),
        ("10.0.0.9", "127.0.0.1", 404),
        ("", None, 404),
    ],
)
def test_they_are_there_for_this_machine_alone(
    settings: Settings, client: Client, path: str, address: str, forwarded: str | None, expected: int
) -> None:
    settings.MONITORING = True
    headers = {"X-Forwarded-For": forwarded} if forwarded is not None else {}
    assert client.get(path, REMOTE_ADDR=address, headers=headers).status_code == expected


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/metrics", "/readyz"])
@pytest.mark.parametrize(
    ("host", "is_shown"),
    [
        ("127.0.0.1:8000", True),
        ("[::1]:8000", True),
        ("localhost:8000", True),
        ("attendance.uni.example", True),
        ("attacker.example", False),
        ("10.0.0.5:8000", False),
        ("", True),
        ("no host at all", False),
    ],
)
def test_a_page_from_elsewhere_whose_name_leads_to_this_machine_reads_nothing(
    settings: Settings, client: Client, path: str, host: str, *, is_shown: bool
) -> None:
    settings.MONITORING, settings.ALLOWED_HOSTS = True, ["attendance.uni.example"]
    answer = client.get(path, headers={"host": host}, REMOTE_ADDR="127.0.0.1")
    assert (answer.status_code == 200) == is_shown
    assert is_shown or b"rollcall_" not in answer.content


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/metrics", "/readyz"])
def test_they_are_not_there_unless_they_are_switched_on(client: Client, path: str) -> None:
    assert client.get(path).status_code == 404


@pytest.mark.django_db(transaction=True)
def test_a_portal_is_ready_while_its_database_takes_changes(monitoring: Client) -> None:
    answer = monitoring.get("/readyz", headers={"host": "127.0.0.1:8000"})
    assert (answer.status_code, answer.text) == (200, "ok\n")
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA query_only = 1")
        try:
            answer = monitoring.get("/readyz")
        finally:
            cursor.execute("PRAGMA query_only = 0")
    assert (answer.status_code, answer.text) == (503, "the database takes nothing\n")


@pytest.mark.django_db
def test_of_a_database_that_does_not_answer_the_metrics_say_just_that(
    monitoring: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: Any) -> None:
        raise OperationalError(2003, "cannot connect")

    monkeypatch.setattr("portal.operations.metrics.watch_rooms", away)
    answer = monitoring.get("/metrics")
    assert (answer.status_code, samples(answer.text)) == (200, {"rollcall_database_up": 0})


def lines_of(log: Path) -> Iterator[dict[str, str]]:
    for line in log.read_text("utf-8").splitlines():
        yield json.loads(line)


@pytest.mark.usefixtures("migrated_sqlite")
def test_the_real_portal_answers_prometheus_and_logs_json_when_told_to(
    migrated_sqlite: Path, portal_server: Callable[..., str], tmp_path: Path
) -> None:
    address = portal_server(
        f"sqlite:///{migrated_sqlite}",
        monitoring="1",
        log_format="json",
        allowed_hosts="attendance.uni.example,127.0.0.1",
    )
    with urllib.request.urlopen(f"{address}/metrics", timeout=5) as answer:
        assert samples(answer.read().decode())["rollcall_database_up"] == 1
    with urllib.request.urlopen(f"{address}/readyz", timeout=5) as answer:
        assert answer.read() == b"ok\n"
    told = list(lines_of(tmp_path / "portal.log"))
    assert any("Listening at" in each["message"] for each in told)
    assert {frozenset(each) for each in told} <= {
        frozenset({"time", "level", "logger", "message"}),
        frozenset({"time", "level", "logger", "message", "exception"}),
    }


def test_a_line_of_json_keeps_what_was_thrown_and_no_password(monkeypatch: pytest.MonkeyPatch) -> None:
    address = {"USER": "rollcall_portal", "PASSWORD": 'ge"heim\\7'}
    monkeypatch.setitem(django_settings.DATABASES, "default", address)
    try:
        raise ValueError('the password is ge"heim\\7')
    except ValueError as error:
        thrown = (type(error), error, error.__traceback__)
    record = logging.LogRecord("portal", logging.ERROR, __file__, 1, "with %s\nand more", ('ge"heim\\7',), thrown)
    line = JsonFormatter().format(record)
    told = json.loads(line)
    assert "\n" not in line
    assert told["message"] == "with ***\nand more"
    assert told["exception"].endswith("ValueError: the password is ***")
    assert (told["level"], told["logger"]) == ("error", "portal")


def test_another_form_of_the_log_is_refused() -> None:
    assert not configuration.logs_json({})
    assert configuration.logs_json({"ROLLCALL_LOG_FORMAT": "json"})
    with pytest.raises(ImproperlyConfigured, match="ROLLCALL_LOG_FORMAT is 'xml'; expected plain or json"):
        configuration.logs_json({"ROLLCALL_LOG_FORMAT": "xml"})
