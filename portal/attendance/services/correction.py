"""What a person may do to the register. Each function is one transaction."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.utils import timezone

from portal.accounts.models import Account
from portal.attendance.models import PERSONS_STATUSES, ClassSession, Mark, MarkChange, Student


class StaleCorrection(Exception):
    """Somebody else corrected the mark since the page was shown; ``latest`` is their change. Nothing was written."""

    def __init__(self, latest: MarkChange) -> None:
        super().__init__("The mark was corrected since this page was shown: look at the change before correcting it.")
        self.latest = latest


def correct_mark(
    session: ClassSession, student: Student, status: str, reason: str, by: Account, *, shown: int | None = None
) -> Mark:
    """Set a student's status by hand, and write down who did it, when, from what, to what and why.

    What a camera saw (times, distance, camera) stays on the mark as evidence. ``shown`` is the id of the last change
    that the person knew of (0: none): raises StaleCorrection when there is a later one. A mark that a camera inserts
    meanwhile is no conflict: it is found and corrected. Raises ValueError for an unknown status or without a reason.
    """
    if status not in PERSONS_STATUSES:
        raise ValueError(f"“{status}” is not a status to set; expected one of {', '.join(PERSONS_STATUSES)}.")
    if not reason.strip():
        raise ValueError("A correction needs a reason.")
    with transaction.atomic():
        mark = _locked(session, student)
        before = mark.status if mark else ""
        if mark is None:
            mark, before = _insert(session, student, status, reason, by)
        latest = mark.changes.order_by("-pk").first()
        if shown is not None and latest is not None and latest.pk != shown:
            raise StaleCorrection(latest)
        mark.status, mark.note, mark.marked_by, mark.source = status, reason, by, Mark.Source.LECTURER
        mark.save(update_fields=["status", "note", "marked_by", "source"])
        MarkChange.objects.create(
            session=session,
            student=student,
            action=MarkChange.Action.SET,
            changed_by=by,
            changed_at=timezone.now(),
            from_status=before,
            to_status=status,
            to_source=Mark.Source.LECTURER,
            reason=reason,
        )
    return mark


def _locked(session: ClassSession, student: Student) -> Mark | None:
    """The mark, held until the transaction ends (where the database has row locks; SQLite holds the whole file)."""
    return Mark.objects.select_for_update().filter(session=session, student=student).first()


def _insert(session: ClassSession, student: Student, status: str, reason: str, by: Account) -> tuple[Mark, str]:
    """A new mark, or the one that a camera or another person inserted first, with the status that it had."""
    try:
        with transaction.atomic():
            values = {"status": status, "source": Mark.Source.LECTURER, "marked_by": by, "note": reason}
            return Mark.objects.create(session=session, student=student, **values), ""
    except IntegrityError:
        mark = _locked(session, student)
        if mark is None:
            raise
        return mark, mark.status
