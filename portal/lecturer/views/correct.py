"""One student in a class session: why the mark is what it is, and what a person may say of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.db.models import BigIntegerField, Q
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_http_methods

from portal.attendance.access import (
    LecturerRequest,
    Right,
    confidential_kinds_in,
    confidential_reasons_of,
    needs_reason,
    session_or_404,
    student_or_404,
    students_of,
)
from portal.attendance.history import is_undated, latest_word_of, with_word_of_mark, words_that_stand
from portal.attendance.models import ClassSession, MarkChange, Student
from portal.attendance.queries.cancelling import cancelling_of
from portal.attendance.queries.confidential import reveal, with_confidential
from portal.attendance.queries.near_misses import near_misses_in
from portal.attendance.queries.register import Register, register_of
from portal.attendance.queries.register_rows import RegisterRow
from portal.attendance.queries.sight import SessionSight
from portal.attendance.services.closing import close_if_due, sight_when_closed
from portal.attendance.services.correction import StaleCorrection, correct_mark
from portal.attendance.services.deciding import NotNow
from portal.lecturer.bars import lesson_ground
from portal.lecturer.forms import CorrectionForm
from portal.lecturer.near_miss_words import near_miss_sentence
from portal.lecturer.outlook import what_would_change
from portal.lecturer.reasons import USUAL_TOLERANCE, camera_reports, reasons
from portal.lecturer.undoing import with_undo
from portal.lecturer.unsaved import keep_unsaved, sign_author, take_unsaved
from portal.lecturer.usual_reasons import usual_reasons
from portal.lecturer.views.register import register_query
from portal.lecturer.words import blind_words
from portal.web.polling import text_version


@gzip_page
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def correct(request: HttpRequest, session_id: int, student_id: int) -> HttpResponse:
    """The page of one student, and the correction of their mark. It asks for the sign-in itself."""
    if not request.user.is_authenticated:
        return ask_to_sign_in(request)
    return _correct(request, session_id, student_id)  # type: ignore[arg-type]


def ask_to_sign_in(request: HttpRequest) -> HttpResponse:
    """To the sign-in page and back, with what was typed kept meanwhile."""
    if request.method == "POST":
        keep_unsaved(request)
    return redirect_to_login(request.path)


def _correct(request: LecturerRequest, session_id: int, student_id: int) -> HttpResponse:
    session = session_or_404(request.user, session_id, Right.TAKE if request.method == "POST" else Right.READ)
    if request.method != "POST":
        return _show(request, session, student_id)
    student = student_or_404(session, student_id)
    close_if_due(session)
    form = CorrectionForm(request.POST, needs_reason=needs_reason(session))
    if not form.is_valid():
        return _page(request, session, student.pk, form)
    values = form.cleaned_data
    try:
        mark = correct_mark(session, student, values["status"], values["reason"], request.user, shown=values["shown"])
    except StaleCorrection as stale:
        return _page(request, session, student.pk, form, stale=stale)
    except NotNow as error:
        messages.warning(request, gettext("Nobody was marked. {error}").format(error=error))
        return redirect(request.path)
    kept = kept_query(request)
    messages.success(
        request, message_with_undo(student, mark.get_status_display(), session, mark.changes.first(), kept)
    )
    return to_register(session, student, kept)


def _show(request: LecturerRequest, session: ClassSession, student_id: int) -> HttpResponse:
    """The page as it is opened, with what was typed before somebody was signed out."""
    if student_id > BigIntegerField.MAX_BIGINT:
        raise Http404("no such student")
    sight = sight_when_closed(session, timezone.now())
    unsaved = take_unsaved(request, request.user)
    form = CorrectionForm(initial=unsaved) if unsaved else None
    return _page(request, session, student_id, form, unsaved=unsaved is not None, sight=sight)


def kept_query(request: HttpRequest) -> str:
    """Search and group of the register that the person came from: in a form's field, else in the address."""
    sent = request.POST.get("kept")
    return register_query(QueryDict(sent[:1000]) if sent is not None else request.GET)


def to_register(session: ClassSession, student: Student, kept: str) -> HttpResponse:
    """Back to the student's row."""
    address = reverse("lecturer:register", args=[session.pk])
    return redirect(f"{address}{'?' if kept else ''}{kept}#student-{student.pk}")


def message_with_undo(
    student: Student, status: str, session: ClassSession, change: MarkChange | None, kept: str
) -> SafeString:
    """What the student is now, and a button that takes it back; it belongs to the page's form ``act``."""
    said, name = gettext("{full_name} is now {status}."), student.full_name
    return with_undo(
        format_html(said, full_name=format_html("<bdi>{}</bdi>", name), status=status.lower()),
        f"{reverse('lecturer:undo', args=[session.pk, student.pk])}{'?' if kept else ''}{kept}",
        label=said.format(full_name=name, status=status.lower()),
        shown=change.pk if change else 0,
    )


def _page(
    request: LecturerRequest,
    session: ClassSession,
    student_id: int,
    form: CorrectionForm | None,
    *,
    stale: StaleCorrection | None = None,
    unsaved: bool = False,
    sight: SessionSight | None = None,
) -> HttpResponse:
    """The page of one student: 409 when somebody else was first, 422 when the form is incomplete."""
    changes = _changes(request, session, student_id)
    found = register_of(session, timezone.now(), sight, [each for each in changes if each.changed_by])
    row = found.find(student_id) or found.row_of(student_or_404(session, student_id))
    kinds = confidential_kinds_in(session)
    initial = {"status": row.mark.status if row.mark else None, "shown": row.version}
    context = _facts(request, found, row, [each for each in changes if each.student_id == student_id]) | {
        "form": form or CorrectionForm(initial=initial),
        "stale": stale,
        "was_signed_out": unsaved,
        # A kept form goes by what its author had seen; after a conflict, or a first look, by what is shown now.
        "shown": form["shown"].value() if form and not stale else row.version,
        "needs_reason": needs_reason(session),
        "confidential_kinds": kinds,
        "usual_reasons": usual_reasons(kinds),
        "kept": register_query(QueryDict(form.initial["kept"])) if form and unsaved else kept_query(request),
    }
    status = 409 if stale else 422 if form and form.is_bound else 200
    return render(request, "lecturer/correct.html", context, status=status)


def show_stale(
    request: LecturerRequest, session: ClassSession, student: Student, form: CorrectionForm, stale: StaleCorrection
) -> HttpResponse:
    """The page of a student whom somebody else marked meanwhile, with what was to be saved."""
    return _page(request, session, student.pk, form, stale=stale)


def _changes(request: LecturerRequest, session: ClassSession, student_id: int) -> list[MarkChange]:
    """Those by persons, of which the register tells, and all of the student."""
    rows = MarkChange.objects.filter(Q(changed_by__isnull=False) | Q(student=student_id), session=session)
    rows = rows.select_related("changed_by").order_by("pk")
    return list(with_confidential(rows, confidential_reasons_of(request.user), "change"))


def _facts(
    request: LecturerRequest, found: Register, row: RegisterRow, changes: Sequence[MarkChange]
) -> dict[str, Any]:
    """What the page tells of the mark, and of its changes."""
    history = with_word_of_mark(changes, row.mark)
    standing = words_that_stand(history)
    reveal(history)
    ground = lesson_ground(found.session, found.sight, timezone.now())
    lesson = render_to_string("lecturer/register/lesson.html", {"ground": ground})
    near = None
    if not row.is_here:
        near = near_misses_in([found.session], found.numbers).get((found.session.pk, row.student.pk))
    needs_sight = bool(row.mark and row.mark.because == "blind")
    blind = [f"{each.camera_name}, {blind_words(each)}" for camera in found.sight.cameras for each in camera.blind]
    return {
        "session": found.session,
        "register": found,
        "row": row,
        "pieces": {"lesson": (lesson, text_version(lesson))},
        "reasons": reasons(row, found) + ([near_miss_sentence(near)] if near else []),
        "reports": camera_reports(row, found),
        "outlook": what_would_change(row, found),
        "usual_tolerance": USUAL_TOLERANCE,
        "blind": blind if needs_sight else [],
        "changes": history[::-1],
        "undated": history[0] if history and is_undated(history[0]) else None,
        "own_word": latest_word_of(request.user.pk, standing),
        "has_word": bool(standing),
        "was_corrected": any(change.changed_by_id for change in history),
        "cancelling": cancelling_of(found.session),
        "author": sign_author(request.user),
        "has_page": row.is_on_roster or students_of(request.user, Right.READ).filter(pk=row.student.pk).exists(),
    }
