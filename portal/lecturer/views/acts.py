"""What a person takes back, confirms or adds: by POST alone, and back to the page it came from."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_POST

from portal.attendance.access import LecturerRequest, Right, session_or_404, student_or_404
from portal.attendance.models import ClassSession, Mark, Student
from portal.attendance.numbers import fold_number, normalize_number
from portal.attendance.queries.register import register_of
from portal.attendance.queries.walk_ins import find_walk_ins
from portal.attendance.schedule import phase_of
from portal.attendance.services.closing import close_if_due
from portal.attendance.services.correction import (
    NothingToTakeBack,
    StaleCorrection,
    back_to_camera,
    confirm_evidence,
    mark_guest,
    undo_word,
)
from portal.attendance.services.deciding import NotNow
from portal.lecturer.lines import status_now
from portal.lecturer.unsaved import is_own_page
from portal.lecturer.views.correct import kept_query, message_with_undo, to_register
from portal.lecturer.views.marks import is_script, refuse_now, somebody_elses, to_list
from portal.lecturer.views.register import MOST_NEWS, answer_news
from portal.lecturer.words import author_words

GUEST_REASON = gettext_noop("Guest, added by hand")


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
        messages.warning(
            request,
            gettext("Nothing was taken back: {author} changed it meanwhile. Look at it first.").format(author=author),
        )
        return _to_student(session, student)
    except NothingToTakeBack as nothing:
        messages.warning(request, gettext("Nothing was taken back. {nothing}").format(nothing=nothing))
        return _to_student(session, student)
    if mark.is_outside:
        said, words = gettext("Taken back: {full_name} is {status_words}."), mark.status_words
    else:
        said = gettext("Taken back: {full_name} is {status_words} again.")
        words = status_now(mark.status, phase_of(session, timezone.now()))
    messages.success(request, said.format(full_name=student.full_name, status_words=words.lower()))
    return _answer(request, session, student)


def _answer(request: LecturerRequest, session: ClassSession, student: Student) -> HttpResponse:
    """News for a register's script; else back to the row."""
    if is_script(request):
        return answer_news(request, session, MOST_NEWS)
    return to_register(session, student, kept_query(request))


@require_POST
def confirm(request: LecturerRequest, session_id: int, student_id: int) -> HttpResponse:
    """Let count what was seen while the classroom machine's clock was wrong."""
    session = session_or_404(request.user, session_id, Right.TAKE)
    student = student_or_404(session, student_id)
    try:
        mark = confirm_evidence(session, student, request.user)
    except NotNow as error:
        return refuse_now(request, session, error)
    except ValueError:
        messages.warning(request, gettext("There is nothing to confirm any more."))
    else:
        messages.success(
            request,
            gettext("Confirmed: {full_name} is {words}.").format(full_name=student.full_name, words=_words(mark)),
        )
    return _to_student(session, student)


@gzip_page
@require_POST
def add_guest(request: LecturerRequest, session_id: int) -> HttpResponse:
    """Mark somebody present whom nobody expected, by their number, or by a name that only one student has."""
    session = session_or_404(request.user, session_id, Right.TAKE)
    if is_script(request) and not is_own_page(request):
        return somebody_elses()
    close_if_due(session)
    text = " ".join(request.POST.get("number", "").split())[:100]
    number = fold_number(normalize_number(text))
    student = Student.objects.filter(folded_number=number).first() if number else None
    found = [student] if student else find_walk_ins(register_of(session, timezone.now()), text)
    if len(found) > 1:
        messages.warning(request, gettext("Several students are called “{text}”. Choose one below.").format(text=text))
        return redirect(f"{reverse('lecturer:register', args=[session.pk])}?{urlencode({'q': text})}#walk_ins")
    if not found:
        messages.warning(
            request, gettext("No student has the number or the name “{text}”. Nobody was marked.").format(text=text)
        )
        return answer_news(request, session, MOST_NEWS) if is_script(request) else to_list(session, "")
    return _add(request, session, found[0])


def _add(request: LecturerRequest, session: ClassSession, student: Student) -> HttpResponse:
    try:
        mark = mark_guest(session, student, GUEST_REASON, request.user)
    except NotNow as error:
        return refuse_now(request, session, error)
    except ValueError:
        messages.warning(
            request, gettext("{full_name} is in this register already.").format(full_name=student.full_name)
        )
    else:
        status = mark.get_status_display()
        messages.success(request, message_with_undo(student, status, session, mark.changes.first(), ""))
    return answer_news(request, session, MOST_NEWS) if is_script(request) else to_list(session, "", student.pk)


def _shown(request: LecturerRequest) -> int | None:
    text = request.POST.get("shown", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def _to_student(session: ClassSession, student: Student) -> HttpResponse:
    return redirect("lecturer:correct", session.pk, student.pk)


def _words(mark: Mark) -> str:
    return mark.status_words.lower()
