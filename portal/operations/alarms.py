"""When a room that is needed cannot be seen, and when it can again: written down once each."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from portal.attendance.models import CameraAlarm, CameraStatus
from portal.attendance.queries.troubles import Kind, Trouble
from portal.attendance.queries.watch import RoomWatch
from portal.operations.words import mail_sentences

LASTING = timedelta(minutes=2)
"""A trouble that is over sooner alarms nobody: a camera that is started anew, say."""

STEADY = timedelta(minutes=5)
"""A room is well again once it has been so for this long: what comes and goes is one trouble, not many."""

_SILENT = frozenset({Kind.SILENT, Kind.STOPPED, Kind.NEVER})


def update_alarms(watched: Iterable[RoomWatch], now: datetime) -> None:
    """Write down which rooms are in trouble, and which are well again.

    Two programs that do it at once write one alarm.
    """
    open_alarms = {each.room_id: each for each in CameraAlarm.objects.filter(is_open=True)}
    for watch in watched:
        alarm = open_alarms.get(watch.room.pk)
        if alarm is not None:
            _follow(alarm, watch, now)
        elif watch.is_needed and (lasting := _lasting(watch, now)):
            _begin(watch, lasting, now)


def _lasting(watch: RoomWatch, now: datetime) -> list[Trouble]:
    faults = watch.faults
    lasting = [each for each in faults if each.since is None or now - each.since >= LASTING]
    is_short = watch.room.each_camera_sees_all and len(lasting) < len(faults)
    return [] if is_short else lasting


def _begin(watch: RoomWatch, faults: list[Trouble], now: datetime) -> None:
    kind = CameraAlarm.Kind.SILENT if any(each.kind in _SILENT for each in faults) else CameraAlarm.Kind.BLIND
    with timezone.override(watch.room.zone):
        trouble = mail_sentences(faults, len(watch.cameras))
    try:
        with transaction.atomic():
            CameraAlarm.objects.create(
                room=watch.room,
                kind=kind,
                trouble=_shortened(trouble, CameraAlarm),
                session=watch.session,
                began_at=min((each.since for each in faults if each.since), default=now),
            )
    except IntegrityError:
        # Another program has written it.
        if not CameraAlarm.objects.filter(room=watch.room, is_open=True).exists():
            raise


def _shortened(text: str, model: type[CameraAlarm]) -> str:
    longest = model._meta.get_field("trouble").max_length or 0
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def _follow(alarm: CameraAlarm, watch: RoomWatch, now: datetime) -> None:
    this = CameraAlarm.objects.filter(pk=alarm.pk, is_open=True)
    if not _is_well(watch, alarm):
        if alarm.well_since is not None:
            this.update(well_since=None)
    elif alarm.well_since is None:
        this.filter(well_since=None).update(well_since=now)
    elif now - alarm.well_since >= STEADY:
        this.filter(well_since=alarm.well_since).update(is_open=None, ended_at=now)


def _is_well(watch: RoomWatch, alarm: CameraAlarm) -> bool:
    """Whether it is known to be well. Of a camera that was blind and rests nobody knows until it watches again."""
    if watch.faults:
        return False
    states = [each.status.state if each.status else "" for each in watch.cameras if each.trouble is None]
    if alarm.kind == CameraAlarm.Kind.SILENT:
        return CameraStatus.State.STARTING not in states
    seeing = [state == CameraStatus.State.WATCHING for state in states]
    if watch.room.each_camera_sees_all:
        return any(seeing)
    return len(seeing) == len(watch.cameras) and all(seeing)
