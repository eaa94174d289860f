"""What a register says of its cameras above the list."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.utils.translation import gettext, ngettext

from portal.attendance.coverage import Span
from portal.attendance.queries.look_alikes import LookAlikes
from portal.attendance.queries.register import Register
from portal.attendance.queries.register_rows import MINUTE, RegisterRow
from portal.attendance.schedule import Phase
from portal.lecturer.words import all_of, blind_words, clock, either, names_of, when_words

MOST_LINES = 6
"""Longer lists stand on the room's own page."""


@dataclass(frozen=True, slots=True)
class BlindNotice:
    """A sentence in bold, what follows from it, and a line for each time in which a camera could not see."""

    head: str
    tail: str
    lines: list[str]


def blind_notice(register: Register) -> BlindNotice | None:
    """None where the room could be seen all the time so far, or nothing is to be said yet."""
    sight = register.sight
    if register.phase in (Phase.UPCOMING, Phase.CANCELLED):
        return None
    if not sight.is_recorded:
        if register.phase is Phase.OVER and register.counts.get("unseen"):
            return BlindNotice(
                gettext("No camera recorded that it could see this class session."), _tell_silent(register), []
            )
        return None
    long = [(start, end) for start, end in sight.blind if end - start >= MINUTE]
    is_enough = sight.percent >= register.session.course.least_coverage_percent
    # Seconds at the start are a large share of a class session that has only just begun.
    is_early = not register.session.closed_at and sum((end - start for start, end in sight.blind), timedelta()) < MINUTE
    if not sight.blind or (not long and (is_enough or is_early)):
        return None
    stretches = [each for camera in sight.cameras for each in camera.blind]
    lines = [f"{each.camera_name}, {blind_words(each)}" for each in stretches]
    more = [_more(len(lines) - MOST_LINES)] if len(lines) > MOST_LINES else []
    tail = f"{gettext('Whoever came and went then may be missing from the list.')} {_tell_silent(register)}".rstrip()
    return BlindNotice(_head(register, long), tail, lines[:MOST_LINES] + more)


def _tell_silent(register: Register) -> str:
    """Which cameras of the room reported nothing at all, and what to do about one that is gone."""
    silent = [f"“{camera.name}”" for camera in register.sight.cameras if camera.is_silent]
    if not silent:
        return ""
    return ngettext(
        "{cameras} reported nothing at all. If it is no longer in the room, an administrator can say since when, on "
        "the room’s page.",
        "{cameras} reported nothing at all. If they are no longer in the room, an administrator can say since when, on "
        "the room’s page.",
        len(silent),
    ).format(cameras=all_of(silent))


def _more(number: int) -> str:
    return ngettext("and {number} more time", "and {number} more times", number).format(number=number)


def _head(register: Register, blind: list[Span]) -> str:
    if len(blind) == 1:
        is_one = len(register.sight.cameras) <= 1
        words = (
            gettext("No camera could see from {first} to {last}.")
            if is_one
            else gettext("Not every camera could see from {first} to {last}.")
        )
        return words.format(first=clock(blind[0][0]), last=clock(blind[0][1]))
    words = (
        # xgettext:no-python-format
        gettext("The cameras could see {percent} % of the class session so far.")
        if register.phase is Phase.RUNNING
        # xgettext:no-python-format
        else gettext("The cameras could see {percent} % of the class session.")
    )
    return words.format(percent=register.sight.percent)


@dataclass(frozen=True, slots=True)
class LookAlikeNotice:
    """A sentence in bold, what to do, and the rows of the students of whom it tells."""

    head: str
    tail: str
    rows: list[RegisterRow]


def look_alike_notices(register: Register) -> list[LookAlikeNotice]:
    """One for each group of look-alikes of whom cameras saw one, while somebody of it is expected and has no answer."""
    unanswered = {row.student.pk for row in register.unanswered}
    return [
        _tell_look_alikes(register, group)
        for group in register.look_alikes
        if any(student.pk in unanswered for student in group.students)
    ]


def _tell_look_alikes(register: Register, group: LookAlikes) -> LookAlikeNotice:
    names = names_of(group)
    when = when_words(group.first_seen_at, group.last_seen_at)
    what = (
        gettext("The cameras cannot tell them apart. Mark one or both:")
        if len(names) == 2
        else gettext("The cameras cannot tell them apart. Mark whoever was here:")
    )
    return LookAlikeNotice(
        gettext("{names} was seen {when}.").format(names=either(names), when=when),
        what,
        [register.row_of(student) for student in group.students],
    )
