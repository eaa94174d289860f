"""How troubles, cameras and times are said, in plain words and in the time zone that is active."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from django.utils import timezone

from portal.attendance.models import BlindSpan, ClassSession, OutboxFault
from portal.attendance.queries.room_days import RoomDay
from portal.attendance.queries.troubles import Kind, Level, Trouble
from portal.attendance.queries.watch import RoomWatch, WatchedCamera

ADDRESS = re.compile(
    r"\b[a-z][a-z0-9+.-]*://[^\s,;)\]]+"  # a whole address
    r"|\[[0-9a-f:.]{2,}\](?::\d+)?|(?<![\w:])(?:[0-9a-f]{0,4}:){2,}[0-9a-f:.]+"  # IPv6
    r"|\b[\w-]+(?:\.[\w-]+)*\.(?:\d{1,3}|[a-z]{2,})(?::\d+)?(?!\w)"  # IPv4, and names with dots
    r"|(?<=no host is called )\S+|[^\s:]+(?= (?:does not answer|answers) on port\b)|[^\s:]+(?= has no certificate)",
    re.IGNORECASE,
)
"""What may be a camera's address, as the recognizer's reasons for a failure name it."""

STATE_WORDS = {
    "silent": "silent",
    "blind": "cannot see",
    "starting": "starting",
    "watching": "watching",
    "failing": "failing",
    "resting": "resting",
    "stopped": "switched off",
}


def moment(instant: datetime) -> str:
    """Hours and minutes, with the day where it is not today's."""
    local = timezone.localtime(instant)
    if local.date() == timezone.localdate():
        return f"{local:%H:%M}"
    year = "" if local.year == timezone.localdate().year else f" {local.year}"
    return f"{local.day} {local:%b}{year}, {local:%H:%M}"


def counted(number: float, one: str, many: str = "") -> str:
    """The number with its noun: 1 entry, 2,000 entries."""
    return f"{number:,.0f} {one if number == 1 else many or one + 's'}"


def trouble_words(trouble: Trouble) -> str:
    """What is wrong, as a sentence without the camera's name, and what to do where that is not plain."""
    since = f" since {moment(trouble.since)}" if trouble.since else ""
    match trouble.kind:
        case Kind.NEVER:
            return f"has not reported{since}, when it was added"
        case Kind.SILENT:
            return f"silent{since}: the recognizer, its machine or its network is down"
        case Kind.STOPPED:
            return f"switched off{since}: its recognizer was stopped"
        case Kind.FAILING:
            return f"failing{since}" + (f": {without_password(trouble.detail).rstrip('.')}" if trouble.detail else "")
        case Kind.STARTING:
            return f"starting{since}, and has shown no picture"
        case Kind.BLIND:
            reason = dict(BlindSpan.Reason.choices).get(trouble.detail, "it cannot see")
            light = ". The light may be off" if trouble.level < Level.FAULT else ""
            return f"cannot see{since}: {reason}{light}"
        case _:
            return _recognizer_words(trouble)


def without_password(text: str) -> str:
    """The text without user and password in any address. The recognizer leaves them out itself; older ones may not."""
    return re.sub(r"(?<=://)[^/\s]*@", "***@", text)


def _recognizer_words(trouble: Trouble) -> str:
    entries = counted(trouble.amount, "entry", "entries")
    match trouble.kind:
        case Kind.SET_ASIDE:
            return (
                f"{entries} set aside: the database refused {'it' if trouble.amount == 1 else 'them'}. "
                "“recognizer outbox” on the classroom machine lists them"
            )
        case Kind.IN_MEMORY:
            return f"{entries} in memory alone: the disk of the classroom machine takes nothing"
        case Kind.OUTBOX:
            return f"{entries} waiting to be delivered"
        case Kind.CLOCK:
            way = "behind" if trouble.amount > 0 else "ahead"
            return (
                f"The classroom machine’s clock is {_seconds(abs(trouble.amount))} {way}: "
                "what its cameras see marks nobody until it is confirmed"
            )
        case Kind.NOBODY_ENROLLED:
            return "Nobody is enrolled in its gallery, so it can name nobody"
        case Kind.GALLERIES:
            return "Its cameras do not all use the same gallery"
        case Kind.VERSION:
            return f"Its recognizer is of release {trouble.detail}; others run a newer one"
        case Kind.WAITING:
            return f"A second recognizer waits, on the machine {trouble.detail}"
        case Kind.OUTBOX_FAULT if trouble.fault:
            return _fault_words(trouble.fault)
        case _:
            return "No camera belongs to this room, and it has class sessions: nobody is marked by a camera"


def _fault_words(fault: OutboxFault) -> str:
    lost = f"{counted(fault.entries_lost, 'entry', 'entries')} lost" if fault.entries_lost else "none known to be lost"
    saved = f"{fault.entries_saved:,} read" if fault.entries_saved else "none read"
    return f"{moment(fault.happened_at)}: the outbox: {fault.get_reason_display()} ({saved}, {lost})"


def _seconds(seconds: float) -> str:
    if seconds < 120:
        return counted(round(seconds), "second")
    return counted(round(seconds / 60), "minute") if seconds < 7200 else counted(round(seconds / 3600), "hour")


def trouble_lines(troubles: Iterable[Trouble], camera_count: int) -> list[tuple[Level, str, str]]:
    """Level, cameras and words of each trouble; cameras with the same trouble are told together."""
    grouped: dict[tuple[Level, str], list[str]] = {}
    for trouble in troubles:
        grouped.setdefault((trouble.level, trouble_words(trouble)), []).append(trouble.camera_name)
    return [(level, _names(names, camera_count), words) for (level, words), names in grouped.items()]


def _names(names: list[str], camera_count: int) -> str:
    named = [name for name in names if name]
    if len(named) > 2 and len(named) == camera_count:
        return f"All {camera_count} cameras"
    return ", ".join(named)


def room_lines(watch: RoomWatch) -> list[tuple[Level, str, str]]:
    """What is wrong with a room, the worst first."""
    return trouble_lines(watch.troubles, len(watch.cameras))


def mail_sentences(troubles: Iterable[Trouble], camera_count: int) -> str:
    """The same for a mail, a sentence for each, without addresses of cameras: a mail passes many hands."""
    told = [replace(each, detail=ADDRESS.sub("its address", each.detail)) for each in troubles]
    lines = trouble_lines(told, camera_count)
    return " ".join(f"{f'{names}: ' if names else ''}{words}." for _, names, words in lines)


def cameras_words(watch: RoomWatch) -> str:
    """The cameras of a room in a few words: 2 cameras, watching."""
    states: dict[str, int] = {}
    for camera in watch.cameras:
        states[camera.state] = states.get(camera.state, 0) + 1
    if not states:
        return "no camera"
    if len(states) == 1:
        return f"{counted(len(watch.cameras), 'camera')} {STATE_WORDS[next(iter(states))]}"
    told = ", ".join(f"{number} {STATE_WORDS[state]}" for state, number in sorted(states.items()))
    return f"{len(watch.cameras)} cameras: {told}"


def session_words(session: ClassSession, now: datetime) -> str:
    """The class session under way or to come: CSC 301 until 10:50, MAT 110 at 14:00."""
    code = session.course.code
    if session.starts_at <= now:
        return f"{code} until {moment(session.ends_at)}"
    local = timezone.localtime(session.starts_at)
    if local.date() == timezone.localdate():
        return f"{code} at {local:%H:%M}"
    return f"{code} on {local:%a} {local.day} {local:%b} at {local:%H:%M}"


def day_words(day: RoomDay) -> str:
    """What a bar of the last days says."""
    name = f"{day.day:%a} {day.day.day} {day.day:%b}"
    if not day.sessions:
        return f"{name}: no class session"
    held = counted(len(day.sessions), "class session")
    return f"{name}: {held}, not begun" if day.percent is None else f"{name}: {day.percent} % of {held} seen"


def state_words(camera: WatchedCamera) -> str:
    """A camera's state and since when."""
    known = camera.status.state_since if camera.status else None
    since = camera.trouble.since if camera.trouble else known
    return STATE_WORDS[camera.state].capitalize() + (f" since {moment(since)}" if since else "")
