"""What would change a mark, in sentences a colleague would say."""

from __future__ import annotations

from datetime import timedelta

from portal.attendance.models import ClassSession, Mark
from portal.attendance.queries.register import Register
from portal.attendance.queries.register_rows import RegisterRow
from portal.attendance.schedule import Phase, closes_at
from portal.lecturer.words import clock

_UNSEEN = {
    Mark.Because.BLIND.value: "If a camera reports late that it could see after all, the mark is decided anew by that.",
    Mark.Because.NOT_ENROLLED.value: "Photos enrolled from now on do not change this one.",
    Mark.Because.CLOCK.value: "Confirm the sighting above if you know that it was in this class session.",
    Mark.Because.LOOK_ALIKE.value: "A sighting that a camera is sure of, reported late, would mark one of them.",
}


def what_would_change(row: RegisterRow, register: Register) -> list[str]:
    """What else would change the mark than a person who sets another status, which is said last."""
    mark, session = row.mark, register.session
    if register.phase is Phase.CANCELLED:
        return ["Nothing is decided while the class session is cancelled. If it takes place after all, it is."]
    if row.status == "excused" and (mark is None or mark.source != Mark.Source.LECTURER):
        return ["A camera that sees them, or your word, goes before an excuse. Without it, what was seen decides."]
    if mark is None or mark.source == Mark.Source.NOBODY:
        return _expected(row, register)
    match mark.source:
        case Mark.Source.LECTURER:
            return [
                "No camera changes what a person has set, and neither does an excuse.",
                f"If it is taken back, {_without_word(row, mark, session)}.",
                "Whoever takes this register may set another status; both stand in the history.",
            ]
        case Mark.Source.CAMERA:
            found = [_late(session)] if mark.status == Mark.Status.LATE else []
            return [*found, "Other times of the class session are counted anew. Your word stands above any camera’s."]
        case _:
            return [*_closing(mark, register), "An excuse for that day changes it, and so does your word."]


def _expected(row: RegisterRow, register: Register) -> list[str]:
    if not row.is_on_roster:
        return ["If you know that they were here, set it: they are then a guest."]
    session = register.session
    least = session.course.least_coverage_percent
    return [
        "A camera that recognises them marks them at once.",
        f"At {clock(closes_at(session))} the register closes. Then they are absent where the cameras could see "
        f"{least} % of the class session, and else not observed.",
        "Your word stands above both.",
    ]


def _closing(mark: Mark, register: Register) -> list[str]:
    seen = "A sighting that arrives late marks them present or late."
    if mark.status == Mark.Status.ABSENT:
        least = register.session.course.least_coverage_percent
        return [f"{seen} If the cameras saw less than {least} % after all, nobody would know."]
    return [_UNSEEN.get(mark.because, ""), seen] if mark.because in _UNSEEN else [seen]


def _late(session: ClassSession) -> str:
    limit = session.starts_at + timedelta(minutes=session.late_after_minutes)
    return f"A sighting before {clock(limit)} that a camera reports late would make it present."


def _without_word(row: RegisterRow, mark: Mark, session: ClassSession) -> str:
    if mark.first_seen_at is not None:
        limit = session.starts_at + timedelta(minutes=session.late_after_minutes)
        status = "late" if mark.first_seen_at > limit else "present"
        return f"the camera speaks again, which first saw this student at {clock(mark.first_seen_at)}: {status}"
    if row.excuse:
        return "the excuse speaks again: excused"
    if session.closed_at:
        return "the closed register speaks again: absent, or not observed where the cameras saw too little"
    return "nobody has said anything of this student yet"
