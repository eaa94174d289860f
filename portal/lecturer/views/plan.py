"""Planning one class session: it is moved, cancelled, called back or added by who teaches it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from django.contrib import messages
from django.db import IntegrityError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from portal.attendance.access import LecturerRequest, Right, courses_of, session_or_404, zone_of
from portal.attendance.models import ClassSession
from portal.attendance.queries.clashes import Clash, find_clashes, meeting_of
from portal.attendance.schedule import local_day
from portal.attendance.services.timetable import StaleSession, add_session, change_session
from portal.lecturer.session_forms import NewSessionForm, SessionForm

CHANGED_MEANWHILE = _("Nothing was saved: somebody else has changed this class session meanwhile. Look at it first.")
TWICE = _("This course has a class session in this room at that time already.")


@require_http_methods(["GET", "HEAD", "POST"])
def change(request: LecturerRequest, session_id: int) -> HttpResponse:
    """Move a class session, or change its late limit; clashes are shown before anything is saved."""
    session = session_or_404(request.user, session_id, Right.TEACH)
    form = SessionForm(session, request.POST if request.method == "POST" else None)
    if not form.is_bound or not form.is_valid():
        return _page(request, session, form)
    values = form.plan()
    meeting = replace(
        meeting_of(session),
        room_id=form.cleaned_data["room"].pk,
        starts_at=form.cleaned_data["starts_at"],
        ends_at=form.cleaned_data["ends_at"],
    )
    is_moved = bool(values.keys() - {"late_after_minutes"}) and not session.is_cancelled
    clashes = find_clashes([meeting]) if is_moved else []
    if clashes and request.POST.get("clashes") != digest_clashes(clashes):
        return _page(request, session, form, clashes)
    return _change(request, session, values, gettext("Saved.") if values else gettext("Nothing was changed."))


@require_POST
def cancel(request: LecturerRequest, session_id: int) -> HttpResponse:
    """It does not take place, or does after all."""
    session = session_or_404(request.user, session_id, Right.TEACH)
    is_cancelled = request.POST.get("cancelled") == "1"
    clashes = [] if is_cancelled else find_clashes([meeting_of(session)])
    if clashes and request.POST.get("clashes") != digest_clashes(clashes):
        return _page(request, session, SessionForm(session), clashes, is_back=True)
    words = gettext("Cancelled. What was true of it is kept, and it counts nowhere.")
    return _change(
        request, session, {"is_cancelled": is_cancelled}, words if is_cancelled else gettext("It takes place again.")
    )


@require_http_methods(["GET", "HEAD", "POST"])
def add(request: LecturerRequest) -> HttpResponse:
    """One more class session of a course; clashes are shown before it is saved."""
    asked = request.POST.get("course") or request.GET.get("course") or ""
    courses = courses_of(request.user, Right.TEACH)
    course = courses.filter(pk=int(asked)).first() if asked.isdecimal() and len(asked) < 19 else None
    if not courses.exists():
        raise Http404("no course")
    session = ClassSession(course=course) if course else ClassSession()
    form = NewSessionForm(request.user, session, request.POST if request.method == "POST" else None)
    form.initial["day"] = _day(request.GET.get("day", ""))
    if not form.is_bound or not form.is_valid():
        return _page(request, session, form)
    wanted = form.session_wanted()
    clashes = find_clashes([meeting_of(wanted)])
    if clashes and request.POST.get("clashes") != digest_clashes(clashes):
        return _page(request, session, form, clashes)
    try:
        add_session(wanted)
    except IntegrityError:
        messages.error(request, TWICE)
        return redirect("lecturer:add_session")
    messages.success(request, gettext("Added: {code}.").format(code=wanted.course.code))
    day = local_day(wanted.starts_at, zone_of(request.user))
    return redirect(f"{reverse('lecturer:today')}?day={day}#session-{wanted.pk}")


def _day(text: str) -> date | None:
    """The day that the person was looking at."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def digest_clashes(clashes: Sequence[Clash]) -> str:
    """Stands for the clashes that a person saw: others are shown first."""
    text = "\n".join(f"{clash.meeting} {clash.other} {clash.words}" for clash in clashes)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _change(request: LecturerRequest, session: ClassSession, values: dict[str, Any], words: str) -> HttpResponse:
    text = request.POST.get("shown", "")
    shown = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
    try:
        if values:
            change_session(session, shown=shown, **values)
    except StaleSession:
        messages.warning(request, CHANGED_MEANWHILE)
        return redirect("lecturer:change_session", session.pk)
    except IntegrityError:
        messages.error(request, TWICE)
        return redirect("lecturer:change_session", session.pk)
    messages.success(request, words)
    return redirect("lecturer:register", session.pk)


def _page(
    request: LecturerRequest,
    session: ClassSession,
    form: SessionForm,
    clashes: Sequence[Clash] = (),
    *,
    is_back: bool = False,
) -> HttpResponse:
    """409 where something clashes, 422 where the form is not right."""
    context = {
        "session": session,
        "form": form,
        "clashes": clashes,
        "digest": digest_clashes(clashes) if clashes else "",
        "is_back": is_back,
        "fields": form.visible_fields(),
    }
    status = 409 if clashes else 422 if form.is_bound else 200
    return render(request, "lecturer/plan.html", context, status=status)
