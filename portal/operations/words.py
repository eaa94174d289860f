"""How troubles, cameras and times are said, in plain words and in the time zone that is active."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext, ngettext

from portal.attendance.models import BlindSpan, ClassSession, OutboxFault
from portal.attendance.queries.room_days import RoomDay
from portal.attendance.queries.troubles import Kind, Level, Trouble
from portal.attendance.queries.watch import RoomWatch, WatchedCamera
from portal.web.languages import later as _
from portal.web.lines import one_line

_LINK = re.compile(r"[a-z][a-z0-9+.-]*://[^\s,;)\]]+|www\.\S+", re.IGNORECASE)

ADDRESS = re.compile(
    _LINK.pattern + r"|\[[0-9a-f:.]{2,}\](?::\d+)?|(?<![\w:])(?:[0-9a-f]{0,4}:){2,}[0-9a-f:.]+"  # IPv6
    r"|\b[\w-]+(?:\.[\w-]+)*\.(?:\d{1,3}|[a-z]{2,})(?::\d+)?(?!\w)"  # IPv4, and names with dots
    r"|(?<=no host is called )\S+|[^\s:]+(?= (?:does not answer|answers) on port\b)|[^\s:]+(?= has no certificate)",
    re.IGNORECASE,
)
"""What may be a camera's address, as the recognizer's reasons for a failure name it."""

STATE_WORDS = {
    "silent": _("silent"),
    "blind": _("cannot see"),
    "starting": _("starting"),
    "watching": _("watching"),
    "failing": _("failing"),
    "resting": _("resting"),
    "stopped": _("switched off"),
}


def moment(instant: datetime) -> str:
    """Hours and minutes, with the day where it is not today's."""
    local = timezone.localtime(instant)
    if local.date() == timezone.localdate():
        return date_format(local, "TIME_FORMAT")
    is_this_year = local.year == timezone.localdate().year
    return date_format(local, "SHORT_DAY_TIME" if is_this_year else "DATETIME_FORMAT")


def trouble_words(trouble: Trouble) -> str:
    """What is wrong, as a sentence without the camera's name, and what to do where that is not plain."""
    since = gettext(" since {moment}").format(moment=moment(trouble.since)) if trouble.since else ""
    match trouble.kind:
        case Kind.NEVER:
            return gettext("has not reported{since}, when it was added").format(since=since)
        case Kind.SILENT:
            return gettext("silent{since}: the recognizer, its machine or its network is down").format(since=since)
        case Kind.STOPPED:
            return gettext("switched off{since}: its recognizer was stopped").format(since=since)
        case Kind.FAILING:
            return _failing(since, without_password(trouble.detail).rstrip("."))
        case Kind.STARTING:
            return gettext("starting{since}, and has shown no picture").format(since=since)
        case Kind.BLIND:
            reason = dict(BlindSpan.Reason.choices).get(trouble.detail, gettext("it cannot see"))
            words = (
                gettext("cannot see{since}: {reason}. The light may be off")
                if trouble.level < Level.FAULT
                else gettext("cannot see{since}: {reason}")
            )
            return words.format(since=since, reason=reason)
        case _:
            return _recognizer_words(trouble)


def _failing(since: str, why: str) -> str:
    return (
        gettext("failing{since}: {why}").format(since=since, why=why)
        if why
        else gettext("failing{since}").format(since=since)
    )


def without_password(text: str) -> str:
    """The text without user and password in any address. The recognizer leaves them out itself; older ones may not."""
    return re.sub(r"(?<=://)[^/\s]*@", "***@", text)


def _recognizer_words(trouble: Trouble) -> str:
    amount = number_format(trouble.amount, decimal_pos=0, force_grouping=True)
    entries = ngettext("{number} entry", "{number} entries", trouble.amount).format(number=amount)
    match trouble.kind:
        case Kind.SET_ASIDE:
            return ngettext(
                "{number} entry set aside: the database refused it. “recognizer outbox” on the classroom machine "
                "lists them",
                "{number} entries set aside: the database refused them. “recognizer outbox” on the classroom machine "
                "lists them",
                trouble.amount,
            ).format(number=amount)
        case Kind.IN_MEMORY:
            return gettext("{entries} in memory alone: the disk of the classroom machine takes nothing").format(
                entries=entries
            )
        case Kind.OUTBOX:
            return gettext("{entries} waiting to be delivered").format(entries=entries)
        case Kind.CLOCK:
            words = (
                gettext(
                    "The classroom machine’s clock is {seconds} behind: what its cameras see marks nobody until it is "
                    "confirmed"
                )
                if trouble.amount > 0
                else gettext(
                    "The classroom machine’s clock is {seconds} ahead: what its cameras see marks nobody until it is "
                    "confirmed"
                )
            )
            return words.format(seconds=_seconds(abs(trouble.amount)))
        case Kind.NOBODY_ENROLLED:
            return gettext("Nobody is enrolled in its gallery, so it can name nobody")
        case Kind.GALLERIES:
            return gettext("Its cameras do not all use the same gallery")
        case Kind.VERSION:
            return gettext("Its recognizer is of release {detail}; others run a newer one").format(
                detail=trouble.detail
            )
        case Kind.WAITING:
            return gettext("A second recognizer waits, on the machine {detail}").format(detail=trouble.detail)
        case Kind.OUTBOX_FAULT if trouble.fault:
            return _fault_words(trouble.fault)
        case _:
            return gettext("No camera belongs to this room, and it has class sessions: nobody is marked by a camera")


def _fault_words(fault: OutboxFault) -> str:
    lost = (
        ngettext("{number} entry lost", "{number} entries lost", fault.entries_lost).format(number=fault.entries_lost)
        if fault.entries_lost
        else gettext("none known to be lost")
    )
    saved = (
        gettext("{entries_saved} read").format(entries_saved=fault.entries_saved)
        if fault.entries_saved
        else gettext("none read")
    )
    return gettext("{moment}: the outbox: {reason} ({saved}, {lost})").format(
        moment=moment(fault.happened_at), reason=fault.get_reason_display(), saved=saved, lost=lost
    )


def _seconds(seconds: float) -> str:
    if seconds < 120:
        return ngettext("{number} second", "{number} seconds", round(seconds)).format(number=round(seconds))
    if seconds < 7200:
        return ngettext("{number} minute", "{number} minutes", round(seconds / 60)).format(number=round(seconds / 60))
    return ngettext("{number} hour", "{number} hours", round(seconds / 3600)).format(number=round(seconds / 3600))


def trouble_lines(troubles: Iterable[Trouble], camera_count: int) -> list[tuple[Level, str, str]]:
    """Level, cameras and words of each trouble; cameras with the same trouble are told together."""
    grouped: dict[tuple[Level, str], list[str]] = {}
    for trouble in troubles:
        grouped.setdefault((trouble.level, trouble_words(trouble)), []).append(trouble.camera_name)
    return [(level, _names(names, camera_count), words) for (level, words), names in grouped.items()]


def _names(names: list[str], camera_count: int) -> str:
    named = [name for name in names if name]
    if len(named) > 2 and len(named) == camera_count:
        return gettext("All {camera_count} cameras").format(camera_count=camera_count)
    return ", ".join(named)


def room_lines(watch: RoomWatch) -> list[tuple[Level, str, str]]:
    """What is wrong with a room, the worst first."""
    return trouble_lines(watch.troubles, len(watch.cameras))


def mail_sentences(troubles: Iterable[Trouble], camera_count: int) -> str:
    """The same for a mail, a sentence for each, without addresses: a mail passes many hands.

    A classroom machine that was taken over may say what it likes, so that all of it is one line and holds no link.
    """
    told = [
        replace(
            each,
            camera_name=_LINK.sub(gettext("its address"), one_line(each.camera_name)),
            detail=ADDRESS.sub(gettext("its address"), one_line(each.detail)),
        )
        for each in troubles
    ]
    lines = trouble_lines(told, camera_count)
    return " ".join(f"{f'{names}: ' if names else ''}{words}." for _, names, words in lines)


def cameras_words(watch: RoomWatch) -> str:
    """The cameras of a room in a few words: 2 cameras, watching."""
    states: dict[str, int] = {}
    for camera in watch.cameras:
        states[camera.state] = states.get(camera.state, 0) + 1
    if not states:
        return gettext("no camera")
    if len(states) == 1:
        return ngettext("{number} camera {state}", "{number} cameras {state}", len(watch.cameras)).format(
            number=len(watch.cameras), state=STATE_WORDS[next(iter(states))]
        )
    told = ", ".join(f"{number} {STATE_WORDS[state]}" for state, number in sorted(states.items()))
    return gettext("{number} cameras: {told}").format(number=len(watch.cameras), told=told)


def session_words(session: ClassSession, now: datetime) -> str:
    """The class session under way or to come: CSC 301 until 10:50, MAT 110 at 14:00."""
    code = session.course.code
    if session.starts_at <= now:
        return gettext("{code} until {moment}").format(code=code, moment=moment(session.ends_at))
    local = timezone.localtime(session.starts_at)
    if local.date() == timezone.localdate():
        return gettext("{code} at {time}").format(code=code, time=date_format(local, "TIME_FORMAT"))
    return gettext("{code} on {day} at {time}").format(
        code=code, day=date_format(local, "SHORT_WEEKDAY_DAY"), time=date_format(local, "TIME_FORMAT")
    )


def day_words(day: RoomDay) -> str:
    """What a bar of the last days says."""
    name = date_format(day.day, "SHORT_WEEKDAY_DAY")
    if not day.sessions:
        return gettext("{name}: no class session").format(name=name)
    number = len(day.sessions)
    held = ngettext("{number} class session", "{number} class sessions", number).format(number=number)
    return (
        gettext("{name}: {held}, not begun").format(name=name, held=held)
        if day.percent is None
        # xgettext:no-python-format
        else gettext("{name}: {percent} % of {held} seen").format(name=name, percent=day.percent, held=held)
    )


def state_words(camera: WatchedCamera) -> str:
    """A camera's state and since when."""
    known = camera.status.state_since if camera.status else None
    since = camera.trouble.since if camera.trouble else known
    return STATE_WORDS[camera.state].capitalize() + (
        gettext(" since {moment}").format(moment=moment(since)) if since else ""
    )
