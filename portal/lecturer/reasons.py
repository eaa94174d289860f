"""Why a student has the status that they have, in sentences a colleague would say."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.template.defaultfilters import floatformat
from django.utils.translation import gettext, ngettext

from portal.attendance.coverage import Span, covered_time
from portal.attendance.models import ClassSession, Evidence, Mark
from portal.attendance.numbers import fold_number
from portal.attendance.queries.look_alikes import LookAlikes
from portal.attendance.queries.register import Register
from portal.attendance.queries.register_rows import MINUTE, OUTSIDE, RegisterRow
from portal.attendance.schedule import Phase, closes_at
from portal.lecturer.excuse_words import excuse_sentence
from portal.lecturer.words import clock, date_words, either, minutes_words, others_of, span_words, when_words
from portal.web.languages import later as _

CLEAR, CLOSE, USUAL_TOLERANCE = 0.32, 0.40, 0.45
"""Distances between a face and the nearest photo: under the first nobody doubts, over the last few cameras mark."""

CLEARLY_NEARER = 0.1
"""How much nearer than the next student’s photos a face must be for nobody else to have come near."""

_SUSPICIONS = {
    Evidence.Suspicion.STILL.value: (
        _(
            "A camera saw a face that never changed, as one on a photo or on a screen does not; of somebody who "
            "sits very still it may say so too. The mark stands until you change it."
        )
    ),
    Evidence.Suspicion.TWICE.value: (
        _(
            "A camera saw this student’s face twice at once: one of the two may be on a photo, or be somebody who "
            "looks alike. The mark stands until you change it."
        )
    ),
    Evidence.Suspicion.CARRIED.value: (
        _(
            "What a camera saw around this student’s face moved with it, as on a photo or a screen that somebody "
            "holds; of long hair or a high chair it may say so too. The mark stands until you change it."
        )
    ),
}


def reasons(row: RegisterRow, register: Register) -> list[str]:
    """The rule that gave the status first, then what else is known; a sentence or two each."""
    found = [_rule(row, register)]
    if row.mark and row.mark.source != Mark.Source.CAMERA and row.mark.first_seen_at:
        found.append(_sighting(row.mark, register.session))
    if row.excuse and row.mark and row.mark.source != Mark.Source.EXCUSE:
        found.append(
            gettext("{excuse_sentence} What was seen, or a person has said, goes before it.").format(
                excuse_sentence=excuse_sentence(row.excuse)
            )
        )
    if row.seen:
        found.append(_minutes(row, register.session))
    if sure := _how_sure(row):
        found.append(sure)
    # What stands there is a classroom machine's word, and may be none of ours.
    found += [
        _SUSPICIONS[word] for word in sorted({each.suspicion or "" for each in row.evidence} & _SUSPICIONS.keys())
    ]
    if row.look_alikes:
        found.append(_look_alikes(row, row.look_alikes))
    if row.is_guest:
        found.append(
            gettext("This student was not on the roster of that day: a guest, who is here and in no percentage.")
        )
    elif row.status == OUTSIDE:
        found.append(gettext("This student was not on the roster of that day, so the row does not count."))
    elif row.mark and not row.is_on_roster:
        found.append(gettext("This student was not on the roster of that day, so the mark does not count."))
    return found


def _rule(row: RegisterRow, register: Register) -> str:
    mark, session = row.mark, register.session
    if mark is None:
        return _without_mark(row, register)
    if row.status == OUTSIDE:
        return gettext("Nobody has set a status that is in force, and no camera has surely seen this student.")
    match mark.source:
        case Mark.Source.LECTURER:
            words = (
                gettext("{status} was set by {who} on {when}. A camera never changes that.")
                if row.last_change
                else gettext("{status} was set by {who}. A camera never changes that.")
            )
            when = date_words(row.last_change.changed_at) if row.last_change else ""
            return words.format(status=mark.get_status_display(), who=mark.marked_by, when=when)
        case Mark.Source.CAMERA:
            return _sighting(mark, session)
        case Mark.Source.EXCUSE:
            return excuse_sentence(row.excuse) if row.excuse else gettext("This student is excused.")
        case Mark.Source.CLOSING:
            return _closing(mark, register)
        case _:
            return _expected(register)


def _without_mark(row: RegisterRow, register: Register) -> str:
    if row.status == "visitor":
        return gettext(
            "A camera saw this student, who is not expected here. Cameras do not mark visitors: mark them yourself if "
            "they took part."
        )
    if register.phase is Phase.CANCELLED:
        return gettext("The class session was cancelled and nobody has set a status.")
    if row.status == "excused" and row.excuse:
        return excuse_sentence(row.excuse)
    if row.status == "expected":
        return _expected(register)
    return gettext(
        "Nobody expected this student in this class session of {code}, and no camera surely saw them."
    ).format(code=register.session.course.code)


def _expected(register: Register) -> str:
    if register.phase is Phase.CANCELLED:
        return gettext("The class session was cancelled, so nothing is decided.")
    time = clock(closes_at(register.session))
    return gettext(
        "No camera has recognised this student yet, and nobody has set a status. They are "
        "expected until the register closes at {time}."
    ).format(time=time)


def _closing(mark: Mark, register: Register) -> str:
    session = register.session
    closed = (
        gettext("The register was closed on {when}.").format(when=date_words(session.closed_at)) + " "
        if session.closed_at
        else ""
    )
    percent, least = register.sight.percent, session.course.least_coverage_percent
    if mark.status == Mark.Status.ABSENT:
        return gettext(
            # xgettext:no-python-format
            "{closed}The cameras could see {percent} % of the class session, and none surely recognised this student."
        ).format(closed=closed, percent=percent)
    if mark.because == Mark.Because.NOT_ENROLLED:
        return gettext(
            # xgettext:no-python-format
            "{closed}The cameras could not have named this student: the room had photos of them for "
            "less than {least} % of the class session. So nobody knows whether they were here. Set a "
            "status if you do."
        ).format(closed=closed, least=least)
    if mark.because == Mark.Because.CLOCK:
        return gettext(
            "{closed}A camera saw this student while the clock of the classroom’s machine was wrong, "
            "and nobody has confirmed that it was in this class session. So nobody knows whether they"
            " were here. Confirm it, or set a status if you know."
        ).format(closed=closed)
    if mark.because == Mark.Because.LOOK_ALIKE:
        return gettext(
            "{closed}The cameras saw this student or somebody who looks alike, and cannot tell them "
            "apart. So nobody knows whether this student was here. Set a status if you do."
        ).format(closed=closed)
    if not register.sight.is_recorded:
        return gettext(
            "{closed}No camera recorded that it could see any of the class session, so nobody knows "
            "whether this student was here. Set a status if you do."
        ).format(closed=closed)
    return gettext(
        # xgettext:no-python-format
        "{closed}The cameras could see {percent} % of the class session; {code} needs {least} % "
        "before anybody is absent. So nobody knows whether this student was here. Set a status if"
        " you do."
    ).format(closed=closed, percent=percent, code=session.course.code, least=least)


def _sighting(mark: Mark, session: ClassSession) -> str:
    assert mark.first_seen_at is not None
    camera = (
        gettext("Camera “{camera_name}”").format(camera_name=mark.camera_name)
        if mark.camera_name
        else gettext("A camera")
    )
    minutes = int((mark.first_seen_at - session.starts_at).total_seconds() // 60)
    when = gettext("by the start") if mark.first_seen_at <= session.starts_at else _after_start(minutes)
    last = (
        " " + gettext("They were last seen at {time}.").format(time=clock(mark.last_seen_at))
        if mark.last_seen_at
        else ""
    )
    late = minutes_words(session.late_after_minutes)
    return gettext(
        "{camera} first saw this student at {first_seen_at}, {when}.{last} Whoever is first seen "
        "more than {late} after the start is late."
    ).format(camera=camera, first_seen_at=clock(mark.first_seen_at), when=when, last=last, late=late)


def _after_start(minutes: int) -> str:
    if not minutes:
        return gettext("less than a minute after the start")
    return ngettext("{number} minute after the start", "{number} minutes after the start", minutes).format(
        number=minutes
    )


def _minutes(row: RegisterRow, session: ClassSession) -> str:
    length = (session.ends_at - session.starts_at) // MINUTE
    seen = round(covered_time(row.seen, session.starts_at, session.ends_at) / MINUTE)
    return ngettext(
        "A camera saw this student in {seen} of the {number} minute of the class session.",
        "A camera saw this student in {seen} of the {number} minutes of the class session.",
        length,
    ).format(number=length, seen=seen)


def _look_alikes(row: RegisterRow, group: LookAlikes) -> str:
    names = either([gettext("This student"), *others_of(group, row.student)])
    when = when_words(group.first_seen_at, group.last_seen_at)
    return gettext("{names} was seen {when}. The cameras cannot tell them apart, so nobody is marked by it.").format(
        names=names, when=when
    )


def _how_sure(row: RegisterRow) -> str:
    """Of the sighting that was surest; empty where nobody was seen. The figures stand in ``camera_reports``."""
    if row.sure:
        best = min(row.sure, key=lambda entry: entry.distance)
        distance, other = best.distance, best.runner_up_distance
    elif row.mark and row.mark.first_seen_at and row.mark.distance is not None:
        distance, other = row.mark.distance, None
    else:
        return ""
    sure = (
        gettext("The camera is {how_sure} that it was this student")
        if distance <= USUAL_TOLERANCE
        else gettext("The camera should not have named anybody: it is {how_sure} that it was this student")
    ).format(how_sure=closeness(distance))
    if other is None:
        return f"{sure}."
    near = (
        gettext("nobody else came near")
        if other - distance >= CLEARLY_NEARER
        else gettext("another student came nearly as near")
    )
    is_alike = (distance <= CLOSE) == (other - distance >= CLEARLY_NEARER)
    return (gettext("{sure}, and {near}.") if is_alike else gettext("{sure}, but {near}.")).format(sure=sure, near=near)


def closeness(distance: float) -> str:
    """How sure a camera is at this distance."""
    if distance <= CLEAR:
        return gettext("very sure")
    if distance <= CLOSE:
        return gettext("sure")
    return gettext("fairly sure") if distance <= USUAL_TOLERANCE else gettext("unsure")


@dataclass(frozen=True, slots=True)
class CameraReport:
    """What one camera saw of a student in a class session, as it is printed."""

    camera_name: str
    seen: str
    minutes: int
    likeness: str
    runner_up: str
    doubt: str


def camera_reports(row: RegisterRow, register: Register) -> list[CameraReport]:
    """One for each camera, the first to see the student first; sightings that mark nobody apart from the others.

    The number of a runner-up who does not stand in the register is left out: whoever reads it may not know that
    student.
    """
    known = register.numbers
    groups: dict[tuple[str, str], list[Evidence]] = {}
    for entry in row.evidence:
        groups.setdefault((entry.camera_name, _doubt(entry)), []).append(entry)
    return [_report(name, doubt, entries, known) for (name, doubt), entries in groups.items()]


def _doubt(entry: Evidence) -> str:
    if entry.is_between:
        return gettext("this student or one who looks alike")
    return "" if entry.is_confirmed else gettext("not confirmed")


def _report(name: str, doubt: str, entries: list[Evidence], known: Collection[str | None]) -> CameraReport:
    best = min(entries, key=lambda entry: entry.distance)
    span: Span | tuple[datetime, datetime] = (
        min(each.first_seen_at for each in entries),
        max(each.last_seen_at for each in entries),
    )
    frames = (
        " " + ngettext("from {number} frame", "from {number} frames", best.encodings).format(number=best.encodings)
        if best.encodings
        else ""
    )
    runner_up = ""
    if best.runner_up_number and best.runner_up_distance is not None:
        is_known = fold_number(best.runner_up_number) in known
        who = best.runner_up_number if is_known else gettext("a student of other courses")
        runner_up = f"{floatformat(best.runner_up_distance, 2)}, {who}"
    return CameraReport(
        camera_name=name or gettext("A camera"),
        seen=span_words(*span),
        minutes=sum(each.minutes.bit_count() for each in entries),
        likeness=f"{closeness(best.distance).capitalize()}: {floatformat(best.distance, 2)}{frames}",
        runner_up=runner_up,
        doubt=doubt,
    )
