"""What would change a mark, in sentences a colleague would say."""

from __future__ import annotations

from datetime import timedelta

from django.utils.translation import gettext

from portal.attendance.models import ClassSession, Mark
from portal.attendance.queries.register import Register
from portal.attendance.queries.register_rows import RegisterRow
from portal.attendance.schedule import Phase, closes_at
from portal.lecturer.words import clock
from portal.web.languages import later as _

_UNSEEN = {
    Mark.Because.BLIND.value: _(
        "If a camera reports late that it could see after all, the mark is decided anew by that."
    ),
    Mark.Because.NOT_ENROLLED.value: _("Photos enrolled from now on do not change this one."),
    Mark.Because.CLOCK.value: _("Confirm the sighting above if you know that it was in this class session."),
    Mark.Because.LOOK_ALIKE.value: _("A sighting that a camera is sure of, reported late, would mark one of them."),
}


def what_would_change(row: RegisterRow, register: Register) -> list[str]:
    """What else would change the mark than a person who sets another status, which is said last."""
    mark, session = row.mark, register.session
    if register.phase is Phase.CANCELLED:
        return [gettext("Nothing is decided while the class session is cancelled. If it takes place after all, it is.")]
    if row.status == "excused" and (mark is None or mark.source != Mark.Source.LECTURER):
        return [
            gettext("A camera that sees them, or your word, goes before an excuse. Without it, what was seen decides.")
        ]
    if mark is None or mark.source == Mark.Source.NOBODY:
        return _expected(row, register)
    match mark.source:
        case Mark.Source.LECTURER:
            return [
                gettext("No camera changes what a person has set, and neither does an excuse."),
                gettext("If it is taken back, {without_word}.").format(without_word=_without_word(row, mark, session)),
                gettext("Whoever takes this register may set another status; both stand in the history."),
            ]
        case Mark.Source.CAMERA:
            found = [_late(session)] if mark.status == Mark.Status.LATE else []
            return [
                *found,
                gettext("Other times of the class session are counted anew. Your word stands above any camera’s."),
            ]
        case _:
            return [*_closing(mark, register), gettext("An excuse for that day changes it, and so does your word.")]


def _expected(row: RegisterRow, register: Register) -> list[str]:
    if not row.is_on_roster:
        return [gettext("If you know that they were here, set it: they are then a guest.")]
    session = register.session
    least = session.course.least_coverage_percent
    return [
        gettext("A camera that recognises them marks them at once."),
        gettext(
            # xgettext:no-python-format
            "At {closes_at} the register closes. Then they are absent where the cameras could see "
            "{least} % of the class session, and else not observed."
        ).format(closes_at=clock(closes_at(session)), least=least),
        gettext("Your word stands above both."),
    ]


def _closing(mark: Mark, register: Register) -> list[str]:
    seen = gettext("A sighting that arrives late marks them present or late.")
    if mark.status == Mark.Status.ABSENT:
        least = register.session.course.least_coverage_percent
        return [
            # xgettext:no-python-format
            gettext("{seen} If the cameras saw less than {least} % after all, nobody would know.").format(
                seen=seen, least=least
            )
        ]
    return [_UNSEEN.get(mark.because, ""), seen] if mark.because in _UNSEEN else [seen]


def _late(session: ClassSession) -> str:
    limit = session.starts_at + timedelta(minutes=session.late_after_minutes)
    return gettext("A sighting before {limit} that a camera reports late would make it present.").format(
        limit=clock(limit)
    )


def _without_word(row: RegisterRow, mark: Mark, session: ClassSession) -> str:
    if mark.first_seen_at is not None:
        limit = session.starts_at + timedelta(minutes=session.late_after_minutes)
        status = "late" if mark.first_seen_at > limit else "present"
        return gettext("the camera speaks again, which first saw this student at {first_seen_at}: {status}").format(
            first_seen_at=clock(mark.first_seen_at), status=status
        )
    if row.excuse:
        return gettext("the excuse speaks again: excused")
    if session.closed_at:
        return gettext("the closed register speaks again: absent, or not observed where the cameras saw too little")
    return gettext("nobody has said anything of this student yet")
