"""What a person takes back, confirms or adds: by POST alone, and back to the page it came from."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from portal.attendance.access import LecturerRequest, Right, session_or_404, student_or_404
from portal.attendance.models import ClassSession, Mark, Student
from portal.attendance.numbers import fold_number, normalize_number
from portal.attendance.services.closing import close_if_due
from portal.attendance.services.correction import (
    NothingToTakeBack,
    StaleCorrection,
    back_to_camera,
    confirm_evidence,
    mark_guest,
    undo_word,
)
from portal.lecturer.views.correct import kept_query, message_with_undo, to_register
from portal.lecturer.words import author_words

GUEST_REASON = "Guest, added by hand"


@require_POST
def undo(request: LecturerRequest, session_id: int, student_id: int) -> HttpResponse:
    """Take back the person's own latest word."""
    return _take_back(request, session_id, student_id, undo_word)


@require_POST
def back(request: LecturerRequest, session_id: int, student_id: int) -> HttpResponse:
    """Take back every person's word, so that what was seen decides."""
    return _take_back(request, session_id, student_id, back_to_camera)


def _take_back(request: LecturerRequest, session_id: int, student_id: int, act: object) -> HttpResponse:
    session = session_or_404(request.user, session_id, Right.TAKE)
    student = student_or_404(session, student_id)
    try:
        mark: Mark = act(session, student, request.user, shown=_shown(request))  # type: ignore[operator]
    except StaleCorrection as stale:
        author = author_words(stale.latest)
        messages.warning(request, f"Nothing was taken back: {author} changed it meanwhile. Look at it first.")
        return _to_student(session, student)
    except NothingToTakeBack as nothing:
        messages.warning(request, f"Nothing was taken back. {nothing}")
        return _to_student(session, student)
    again = "" if mark.is_outside else " again"
    messages.success(request, f"Taken back: {student.full_name} is {_words(mark)}{again}.")
    return to_register(session, student, kept_query(request))


@require_POST
def confirm(request: LecturerRequest, session_id: int, student_id: int) -> HttpResponse:
    """Let count what was seen while the classroom machine's clock was wrong."""
    session = session_or_404(request.user, session_id, Right.TAKE)
    student = student_or_404(session, student_id)
    try:
        mark = confirm_evidence(session, student, request.user)
    except ValueError:
        messages.warning(request, "There is nothing to confirm any more.")
    else:
        messages.success(request, f"Confirmed: {student.full_name} is {_words(mark)}.")
    return _to_student(session, student)


@require_POST
def add_guest(request: LecturerRequest, session_id: int) -> HttpResponse:
    """Mark somebody present whom nobody expected, by the student number that they give."""
    session = session_or_404(request.user, session_id, Right.TAKE)
    close_if_due(session)
    number = normalize_number(request.POST.get("number", "").strip())[:100]
    student = Student.objects.filter(folded_number=fold_number(number)).first() if number else None
    if student is None:
        messages.warning(request, f"No student has the number “{number}”. Nobody was marked.")
        return redirect("lecturer:register", session.pk)
    try:
        mark = mark_guest(session, student, GUEST_REASON, request.user)
    except ValueError:
        messages.warning(request, f"{student.full_name} is in this register already.")
        return redirect(f"{reverse('lecturer:register', args=[session.pk])}#student-{student.pk}")
    status = mark.get_status_display()
    messages.success(request, message_with_undo(student, status, session, mark.changes.first(), ""))
    return to_register(session, student, "")


def _shown(request: LecturerRequest) -> int | None:
    text = request.POST.get("shown", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def _to_student(session: ClassSession, student: Student) -> HttpResponse:
    return redirect("lecturer:correct", session.pk, student.pk)


def _words(mark: Mark) -> str:
    return mark.status_words.lower()
