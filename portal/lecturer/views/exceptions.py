"""What needs a person: exceptions of closed registers, settled by a key each, and registers that nobody has checked."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_POST, require_safe

from portal.attendance.access import LecturerRequest, Right, courses_of, session_or_404, sessions_of, student_or_404
from portal.attendance.models import ClassSession, ClearedException, DigestSubscriber, Mark, Source, Status
from portal.attendance.queries.exceptions import find_exceptions
from portal.attendance.queries.findings import Finding
from portal.attendance.services import exceptions as service
from portal.attendance.services.closing import check_register
from portal.attendance.services.correction import (
    NothingToTakeBack,
    StaleCorrection,
    correct_mark,
    mark_guest,
    undo_word,
)
from portal.lecturer.exception_words import CLEAR, GUEST, REASONS, acts_on
from portal.lecturer.undoing import with_undo
from portal.lecturer.views.excuses import back_address
from portal.web.languages import later as _

SPANS = (("day", _("Since yesterday")), ("week", _("7 days")), ("month", _("31 days")), ("term", _("The term")))
DAYS = {"day": 1, "week": 7, "month": 31, "term": 190}
MOST_SESSIONS = 200
"""The latest; so many are looked through for one page."""
MOST_SHOWN, MOST_UNCHECKED = 50, 100
"""The others follow when these are settled."""


@gzip_page
@require_safe
def exceptions(request: LecturerRequest) -> HttpResponse:
    """Over all courses whose registers the person takes, or one of them."""
    now = timezone.now()
    since = request.GET.get("since", "")
    since = since if since in DAYS else ("day" if request.user.is_staff else "month")
    sessions, is_cut = _held(request, now - timedelta(days=DAYS[since]))
    found = find_exceptions(sessions, request.user, now)
    courses = Counter(each.session.course for each in found)
    asked = request.GET.get("course", "")
    shown = [each for each in found if not asked or str(each.session.course_id) == asked]
    per_session = Counter(each.session.pk for each in found)
    unchecked = [(each, per_session[each.pk]) for each in sessions if not each.checked_at]
    unchecked = [pair for pair in unchecked if not asked or str(pair[0].course_id) == asked]
    context = {
        "since": since,
        "spans": SPANS,
        "courses": sorted(courses.items(), key=lambda pair: pair[0].code),
        "asked": asked,
        "number": len(shown),
        "findings": shown[:MOST_SHOWN],
        "is_cut": is_cut,
        "unchecked": unchecked[:MOST_UNCHECKED],
        "number_unchecked": len(unchecked),
        "here": request.get_full_path(),
        "has_digest": DigestSubscriber.objects.filter(account=request.user).exists(),
        "may_take": bool(sessions) or courses_of(request.user, Right.TAKE).exists(),
        "may_warn": courses_of(request.user, Right.TEACH).exists(),
    }
    return render(request, "lecturer/exceptions.html", context)


def _held(request: LecturerRequest, since: datetime) -> tuple[list[ClassSession], bool]:
    """Closed registers since then, the latest first; and whether there are more."""
    rows = sessions_of(request.user, Right.TAKE).filter(
        starts_at__gte=since, closed_at__isnull=False, is_cancelled=False
    )
    found = list(rows.select_related("course", "room", "checked_by").order_by("-starts_at", "-pk")[: MOST_SESSIONS + 1])
    return found[:MOST_SESSIONS], len(found) > MOST_SESSIONS


@require_POST
def settle(request: LecturerRequest, session_id: int) -> HttpResponse:
    """Clear an exception, or set a status because of it; where its facts have changed, nothing is done."""
    session = session_or_404(request.user, session_id, Right.TAKE)
    asked, key = request.POST, request.POST.get("student", "")
    student_id = int(key) if key.isascii() and key.isdigit() and len(key) < 19 else None
    try:
        finding = service.find_shown(session, asked.get("kind", ""), student_id, asked.get("facts", ""), request.user)
        _carry_out(request, finding, asked.get("act", ""))
    except (service.StaleException, StaleCorrection, ValueError):
        messages.warning(
            request, gettext("Nothing was done: it has changed or was settled meanwhile. Look at it again.")
        )
    return redirect(_next(request))


def _carry_out(request: LecturerRequest, finding: Finding, act: str) -> None:
    """Raises ValueError for an act that is none of its kind's."""
    if act not in {each.does for each in acts_on(finding)}:
        raise ValueError(act)
    session, student = finding.session, finding.student
    if act == CLEAR:
        cleared = service.clear(finding, request.user)
        subject = student.full_name if student else session.course.code
        words = gettext("Left as it is: {subject}.").format(subject=subject)
        _say(request, words, reverse("lecturer:unclear", args=[cleared.pk]))
        return
    assert student is not None  # Only CLEAR is for several.
    reason = REASONS[finding.kind]
    if act == GUEST and Mark.objects.filter(session=session, student=student, source=Source.CAMERA).exists():
        # Was taken back before: the register says by what was seen that they were there.
        mark = correct_mark(session, student, Status.PRESENT, reason, request.user)
    elif act == GUEST:
        mark = mark_guest(session, student, reason, request.user)
    else:
        mark = correct_mark(session, student, act, reason, request.user, shown=finding.word)
    words = gettext("{full_name} is now {status}.").format(
        full_name=student.full_name, status=mark.get_status_display().lower()
    )
    _say(request, words, reverse("lecturer:unsettle", args=[session.pk, student.pk]))


def _say(request: LecturerRequest, words: str, undo: str) -> None:
    address = f"{undo}?{urlencode({'next': back_address(request)})}"
    messages.success(request, with_undo(words, address))


@require_POST
def unclear(request: LecturerRequest, cleared_id: int) -> HttpResponse:
    """Let what was cleared be an exception again."""
    sessions = sessions_of(request.user, Right.TAKE)
    cleared = get_object_or_404(ClearedException, pk=cleared_id, session__in=sessions)
    if service.withdraw(cleared, request.user):
        messages.success(request, gettext("Taken back: it needs somebody again."))
    return redirect(_next(request))


@require_POST
def unsettle(request: LecturerRequest, session_id: int, student_id: int) -> HttpResponse:
    """Take back the status that the person has just set."""
    session = session_or_404(request.user, session_id, Right.TAKE)
    student = student_or_404(session, student_id)
    try:
        mark = undo_word(session, student, request.user)
    except NothingToTakeBack as nothing:
        messages.warning(request, gettext("Nothing was taken back. {nothing}").format(nothing=nothing))
    else:
        messages.success(request, _taken_back(mark))
    return redirect(_next(request))


def _taken_back(mark: Mark) -> str:
    """A guest has a status by what was seen, and is a visitor again of whom nobody has said anything."""
    if mark.source == Source.CAMERA and not mark.on_roster:
        return gettext("Taken back: it needs somebody again.")
    said = gettext("Taken back: {full_name} is {status_words} again.")
    return said.format(full_name=mark.student.full_name, status_words=mark.status_words.lower())


@require_POST
def check_quiet(request: LecturerRequest) -> HttpResponse:
    """Say of registers in which nothing needs a person that they are right; of the others nothing."""
    keys = [int(key) for key in request.POST.getlist("session") if key.isascii() and key.isdigit() and len(key) < 19]
    rows = sessions_of(request.user, Right.TAKE).filter(
        pk__in=keys[:MOST_SESSIONS], closed_at__isnull=False, checked_at__isnull=True
    )
    sessions = list(rows.select_related("course", "room"))
    loud = {each.session.pk for each in find_exceptions(sessions, request.user, timezone.now())}
    quiet = [each for each in sessions if each.pk not in loud]
    for session in quiet:
        check_register(session, request.user)
    messages.success(
        request,
        ngettext("Checked: {number} register.", "Checked: {number} registers.", len(quiet)).format(number=len(quiet)),
    )
    return redirect(_next(request))


@require_POST
def digest(request: LecturerRequest) -> HttpResponse:
    """Send the person at each day's end what needs them, or no more."""
    if request.POST.get("on") == "1":
        DigestSubscriber.objects.get_or_create(account=request.user)
        messages.success(
            request,
            gettext("On days with something to settle a mail goes to {email} in the evening.").format(
                email=request.user.email
            ),
        )
    else:
        DigestSubscriber.objects.filter(account=request.user).delete()
        messages.success(request, gettext("No more mails in the evening."))
    return redirect(_next(request))


def _next(request: LecturerRequest) -> str:
    return back_address(request) or reverse("lecturer:exceptions")
