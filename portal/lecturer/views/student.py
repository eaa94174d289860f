"""One student over the term."""

from __future__ import annotations

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from portal.accounts.models import Account
from portal.accounts.readings import note_student
from portal.attendance.access import (
    LecturerRequest,
    any_student_or_404,
    changes_of,
    confidential_reasons_of,
    excuses_of,
    may_read_reason,
    roster_entries_of,
    warning_mails_of,
)
from portal.attendance.models import Excuse, MarkChange, Status, WarningMail
from portal.attendance.persons import keys_of
from portal.attendance.queries.confidential import reveal, with_confidential
from portal.attendance.queries.student import strips_of
from portal.lecturer.warning_words import told_warnings
from portal.web.prepared import prepared

MOST_CHANGES, MOST_EXCUSES, MOST_MAILS = 20, 20, 60


@gzip_page
@require_safe
def student(request: LecturerRequest, student_id: int) -> HttpResponse:
    """The term of one student in the courses that the reader may see."""
    found = any_student_or_404(request.user, student_id)
    note_student(request, found.pk, str(found))
    keys = tuple(keys_of(found))
    entries = roster_entries_of(request.user, keys)
    strips = strips_of(found, entries, timezone.now())
    shown = {strip.course.pk for strip in strips}
    others = {entry.course.code: entry.course for entry in entries if entry.course_id not in shown}
    excuses, changes = _excuses(request.user, keys), _changes(request.user, keys)
    reveal(excuses)
    reveal(changes)
    context = {
        "student": found,
        "other_numbers": sorted(each.number for each in found.others),
        "strips": strips,
        "others": [others[code] for code in sorted(others)],
        "excuses": [(each, may_read_reason(request.user, each)) for each in excuses],
        "warnings": told_warnings(_mails(request.user, keys)),
        "changes": changes,
    }
    return render(request, "lecturer/student.html", context)


@prepared
def _excuses(account: Account, student_ids: tuple[int, ...]) -> QuerySet[Excuse]:
    found = excuses_of(account).filter(student__in=student_ids)
    found = with_confidential(found, confidential_reasons_of(account), "excuse")
    return found.select_related("course", "entered_by", "withdrawn_by")[:MOST_EXCUSES]


@prepared
def _changes(account: Account, student_ids: tuple[int, ...]) -> QuerySet[MarkChange]:
    found = changes_of(account).filter(student__in=student_ids).order_by("-pk")
    found = with_confidential(found, confidential_reasons_of(account), "change")
    # That a closed register knows nothing either is no news.
    found = found.exclude(from_status__in=["", Status.EXPECTED], to_status=Status.UNSEEN)
    return found.select_related("session__course", "session__room", "changed_by")[:MOST_CHANGES]


@prepared
def _mails(account: Account, student_ids: tuple[int, ...]) -> QuerySet[WarningMail]:
    found = warning_mails_of(account).filter(warning__student__in=student_ids).select_related("warning__course")
    return found.order_by("-warning__raised_at", "-warning", "pk")[:MOST_MAILS]
