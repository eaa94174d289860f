"""One student over the term."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

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
from portal.attendance.persons import keys_of
from portal.attendance.queries.confidential import reveal
from portal.attendance.queries.student import strips_of
from portal.lecturer.warning_words import told_warnings

MOST_CHANGES, MOST_EXCUSES, MOST_MAILS = 20, 20, 60


@gzip_page
@require_safe
def student(request: LecturerRequest, student_id: int) -> HttpResponse:
    """The term of one student in the courses that the reader may see."""
    found = any_student_or_404(request.user, student_id)
    note_student(request, found.pk, str(found))
    entries = list(roster_entries_of(request.user, found))
    strips = strips_of(found, entries, timezone.now())
    shown = {strip.course.pk for strip in strips}
    others = {entry.course.code: entry.course for entry in entries if entry.course_id not in shown}
    keys = keys_of(found)
    excuses = excuses_of(request.user).filter(student__in=keys).select_related("course", "entered_by", "withdrawn_by")
    changes = changes_of(request.user).filter(student__in=keys)
    changes = changes.select_related("session__course", "session__room", "changed_by").order_by("-pk")
    some_excuses, some_changes = list(excuses[:MOST_EXCUSES]), list(changes[:MOST_CHANGES])
    reveal(confidential_reasons_of(request.user), some_excuses)
    reveal(confidential_reasons_of(request.user), some_changes)
    told = warning_mails_of(request.user).filter(warning__student__in=keys).select_related("warning__course")
    context = {
        "student": found,
        "other_numbers": sorted(each.number for each in found.others),
        "strips": strips,
        "others": [others[code] for code in sorted(others)],
        "excuses": [(each, may_read_reason(request.user, each)) for each in some_excuses],
        "warnings": told_warnings(told.order_by("-warning__raised_at", "-warning", "pk")[:MOST_MAILS]),
        "changes": some_changes,
    }
    return render(request, "lecturer/student.html", context)
