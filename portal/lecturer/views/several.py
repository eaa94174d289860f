"""Several students of a register are marked at once, from numbers or names that somebody pastes."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_http_methods

from portal.attendance.access import (
    LecturerRequest,
    Right,
    confidential_kinds_in,
    needs_reason,
    session_or_404,
    students_in,
)
from portal.attendance.models import ClassSession, Student
from portal.attendance.services.closing import close_if_due
from portal.attendance.services.deciding import NotNow
from portal.attendance.services.roll_call import Told, mark_all
from portal.lecturer.forms import SeveralForm
from portal.lecturer.unsaved import sign_author, take_unsaved
from portal.lecturer.usual_reasons import usual_reasons
from portal.lecturer.views.correct import ask_to_sign_in
from portal.lecturer.views.marks import message_of_several, refuse_now
from portal.lecturer.who import Found, find_who
from portal.lecturer.words import author_words


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def several(request: HttpRequest, session_id: int) -> HttpResponse:
    """The page, and what is sent from it. It asks for the sign-in itself, and keeps what was sent meanwhile."""
    if not request.user.is_authenticated:
        return ask_to_sign_in(request)
    return _several(request, session_id)  # type: ignore[arg-type]


def _several(request: LecturerRequest, session_id: int) -> HttpResponse:
    """Whoever is found is marked once every line is understood; until then the page says what was not."""
    session = session_or_404(request.user, session_id, Right.TAKE)
    close_if_due(session)
    if session.is_cancelled:
        return refuse_now(request, session, NotNow(gettext("This class session is cancelled.")))
    if request.method != "POST":
        return _form_as_left(request, session)
    form = SeveralForm(request.POST, needs_reason=needs_reason(session))
    # Each line asks for one of these alone: a university has many more students.
    keys = list(students_in(session).values_list("pk", flat=True))
    found = find_who(request.POST.get("who", ""), Student.objects.filter(pk__in=keys).select_related("merged_into"))
    ticked = _chosen(session, request.POST.getlist("student"))
    chosen = list(dict.fromkeys(each.person for each in (*ticked, *found.students)))
    if not form.is_valid() or not found.is_clear or not chosen:
        return _page(request, session, form, found, chosen)
    status, reason = form.cleaned_data["status"], form.cleaned_data["reason"]
    try:
        told = mark_all(session, [each.pk for each in chosen], status, reason, request.user)
    except NotNow as error:
        return refuse_now(request, session, error)
    _say(request, session, status, told, chosen)
    return redirect("lecturer:register", session.pk)


def _form_as_left(request: LecturerRequest, session: ClassSession) -> HttpResponse:
    """The form; filled in where whoever sent it had been signed out."""
    unsaved = take_unsaved(request, request.user)
    form = SeveralForm(initial=unsaved, needs_reason=needs_reason(session))
    return _page(request, session, form, chosen=_chosen(session, unsaved["student"].split()) if unsaved else None)


def _chosen(session: ClassSession, sent: list[str]) -> list[Student]:
    """Whom the page had found before, and who stayed ticked."""
    keys = {int(key) for key in sent if key.isascii() and key.isdigit() and len(key) < 19}
    return list(students_in(session).filter(pk__in=keys).select_related("merged_into")) if keys else []


def _say(request: LecturerRequest, session: ClassSession, status: str, told: Told, chosen: list[Student]) -> None:
    if told.marked:
        messages.success(request, message_of_several(session, status, len(told.marked), told.said_at, ""))
    else:
        messages.info(request, gettext("Nobody was marked."))
    if already := len(chosen) - len(told.marked) - len(told.others):
        words = ngettext("{number} student was it already.", "{number} students were it already.", already)
        messages.info(request, words.format(number=already))
    names = {each.pk: each.full_name for each in chosen}
    for word in told.others:
        messages.warning(
            request,
            gettext("{name} stays: {author} has said {status}. Look at it first.").format(
                name=names[word.student_id],
                author=author_words(word),
                status=word.get_to_status_display().lower(),
            ),
        )


def _page(
    request: LecturerRequest,
    session: ClassSession,
    form: SeveralForm,
    found: Found | None = None,
    chosen: list[Student] | None = None,
) -> HttpResponse:
    kinds = confidential_kinds_in(session)
    context: dict[str, Any] = {
        "session": session,
        "form": form,
        "found": found,
        "students": chosen,
        "who": _left_to_name(request, form, found),
        "author": sign_author(request.user),
        "needs_reason": needs_reason(session),
        "confidential_kinds": kinds,
        "usual_reasons": usual_reasons(kinds),
    }
    return render(request, "lecturer/several.html", context, status=422 if form.is_bound else 200)


def _left_to_name(request: LecturerRequest, form: SeveralForm, found: Found | None) -> str:
    """What stands in the field: what was not looked up yet."""
    if found:
        return request.POST["who"] if found.is_too_much else ""
    return str(form.initial.get("who", ""))
