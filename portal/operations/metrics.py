"""How registers, rooms and mails stand, as text for Prometheus.

Every figure is asked of the database at the moment of the question, so it is the same whichever of the web server's
processes answers. A client library counts in each process for itself, and its way of adding them up over files takes no
figures that are computed when asked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db.models import Max

from portal.attendance.decision import CLOSES_AFTER
from portal.attendance.models import AlarmMail, CameraAlarm, ClassSession
from portal.attendance.queries.watch import RoomWatch, watch_rooms
from portal.operations.views.cameras import GROUPS, group_of
from portal.web.languages import written_down

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
"""Prometheus's text format: https://prometheus.io/docs/instrumenting/exposition_formats/"""

CAMERA_STATES = ("starting", "watching", "failing", "resting", "stopped", "silent", "blind")

Sample = tuple[Mapping[str, str], float]


def write_metrics(now: datetime) -> str:
    """All of it; raises DatabaseError where the database does not answer."""
    watched = watch_rooms(now)
    return "\n".join([*_register_lines(now), *_room_lines(watched), *_mail_lines(), ""])


def _register_lines(now: datetime) -> Iterable[str]:
    due = ClassSession.objects.filter(closed_at=None, is_cancelled=False, ends_at__lte=now - CLOSES_AFTER)
    ends = sorted(due.order_by().values_list("ends_at", flat=True))
    overdue = (now - ends[0] - CLOSES_AFTER).total_seconds() if ends else 0
    last = ClassSession.objects.aggregate(at=Max("closed_at"))["at"]
    yield from _metric("rollcall_registers_due", "Registers that should be closed and are not.", [({}, len(ends))])
    yield from _metric(
        "rollcall_registers_overdue_seconds", "For how long the oldest of them has been due.", [({}, overdue)]
    )
    if last:
        text = "When a register was closed last, in seconds since 1970."
        yield from _metric("rollcall_register_last_closed_timestamp_seconds", text, [({}, last.timestamp())])


def _room_lines(watched: list[RoomWatch]) -> Iterable[str]:
    groups = Counter(group_of(each) for each in watched)
    states = Counter(camera.state for each in watched for camera in each.cameras)
    blind = sum(each.is_needed and bool(each.faults) for each in watched)
    with written_down():
        named = {name: label.lower() for name, label in GROUPS.items()}
    yield from _metric(
        "rollcall_rooms",
        "Rooms by how their cameras are.",
        [({"state": words}, groups[name]) for name, words in named.items()],
    )
    text = "Rooms with a class session now or within 30 minutes that cannot be seen as their registers ask."
    yield from _metric("rollcall_rooms_needed_blind", text, [({}, blind)])
    yield from _metric(
        "rollcall_cameras", "Cameras by state.", [({"state": state}, states[state]) for state in CAMERA_STATES]
    )
    reporting = [each for each in watched if each.known]
    yield from _metric(
        "rollcall_room_last_report_timestamp_seconds",
        "When a camera of the room reported last, in seconds since 1970.",
        [(_room(each), each.known[0].reported_at.timestamp()) for each in reporting],
    )
    yield from _metric(
        "rollcall_room_outbox_entries",
        "Entries that wait on the classroom machine, as it reported last.",
        [(_room(each), max(status.outbox_depth for status in each.known)) for each in reporting],
    )
    yield from _metric(
        "rollcall_room_entries_set_aside",
        "Entries that the database refused, as the classroom machine reported last.",
        [(_room(each), max(status.refused_marks for status in each.known)) for each in reporting],
    )


def _mail_lines() -> Iterable[str]:
    alarms = CameraAlarm.objects.filter(is_open=True)
    unsent = AlarmMail.objects.filter(sent_at=None, alarm__is_open=True).count()
    yield from _metric(
        "rollcall_camera_alarms",
        "Rooms whose cameras failed for a class session and are not well again yet.",
        [({}, alarms.count())],
    )
    yield from _metric("rollcall_alarm_mails_unsent", "Mails about these that wait to be sent.", [({}, unsent)])


def _room(watch: RoomWatch) -> dict[str, str]:
    return {"room": watch.room.name}


def _metric(name: str, text: str, samples: Iterable[Sample]) -> Iterable[str]:
    """One gauge with its samples; the text says what it is."""
    yield f"# HELP {name} {text}"
    yield f"# TYPE {name} gauge"
    for labels, value in samples:
        told = ",".join(f'{label}="{_escaped(each)}"' for label, each in labels.items())
        yield f"{name}{{{told}}} {value:.15g}" if told else f"{name} {value:.15g}"


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
