"""The letters of a register, tapped one by one, and what is said of all who have no answer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_noop, ngettext
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_POST

from portal.attendance.access import LecturerRequest, Right, needs_reason, session_or_404, student_or_404, students_in
from portal.attendance.models import ClassSession, Status
from portal.attendance.services.closing import close_if_due
from portal.attendance.services.correction import StaleCorrection
from portal.attendance.services.deciding import NotNow
from portal.attendance.services.roll_call import (
    Outcome,
    Wish,
    mark_each,
    mark_unanswered,
    take_back_all,
)
from portal.lecturer.forms import CorrectionForm, MarksForm
from portal.lecturer.undoing import with_undo
from portal.lecturer.unsaved import is_own_page, keep_unsaved
from portal.lecturer.usual_reasons import keep_reason
from portal.lecturer.views.correct import kept_query, message_with_undo, show_stale
from portal.lecturer.views.register import MOST_NEWS, answer_news
from portal.lecturer.words import author_words, change_words, clock
from portal.web.languages import later as _

SIGNED_OUT, SOMEBODY_ELSE = 401, 409
"""Answers to a script that sends marks kept on the device: nothing was written, and they stay kept."""

WITHOUT_REASON = _("This course asks why an answer is changed. Choose a reason above the list first.")

REST_REASONS = {
    Status.PRESENT: gettext_noop("Marked with all who were missing"),
    Status.ABSENT: gettext_noop("Marked with the rest"),
}


@gzip_page
@login_not_required
@require_POST
def mark(request: HttpRequest, session_id: int) -> HttpResponse:
    """Write down the letters that were tapped. It asks for the sign-in itself, and keeps what was tapped meanwhile."""
    if not request.user.is_authenticated:
        return _ask_to_sign_in(request, session_id)
    return _mark(request, session_id)  # type: ignore[arg-type]


def is_script(request: HttpRequest) -> bool:
    """Whether a register's script asks, which takes news in place of a page."""
    return "Rollcall-Shown" in request.headers


def keep_tapped(request: HttpRequest, session_id: int) -> str | None:
    """Keep a letter of a page without a script until its author is signed in; the page of the student, or None."""
    form = MarksForm(request.POST)
    if not form.is_valid() or len(form.cleaned_data["wishes"]) != 1:
        return None
    wish: Wish = form.cleaned_data["wishes"][0]
    address = reverse("lecturer:correct", args=[session_id, wish.student_id])
    fields = {"status": wish.status, "reason": form.cleaned_data["reason"], "shown": str(wish.shown)}
    return address if keep_unsaved(request, address, fields) else None


def _ask_to_sign_in(request: HttpRequest, session_id: int) -> HttpResponse:
    if is_script(request):
        return HttpResponse(status=SIGNED_OUT)
    return redirect_to_login(keep_tapped(request, session_id) or reverse("lecturer:register", args=[session_id]))


def _mark(request: LecturerRequest, session_id: int) -> HttpResponse:
    session = session_or_404(request.user, session_id, Right.TAKE)
    close_if_due(session)
    if not is_own_page(request):
        return somebody_elses()
    form = MarksForm(request.POST)
    if not form.is_valid():
        return refuse(request, session, " ".join(str(text) for texts in form.errors.values() for text in texts))
    reason = form.cleaned_data["reason"]
    keep_reason(request, session, reason)
    wishes = form.cleaned_data["wishes"]
    known = students_in(session).in_bulk([wish.student_id for wish in wishes])
    if not is_script(request) and not known:
        raise Http404("no such student in this class session")
    try:
        to_do = [wish for wish in wishes if wish.student_id in known]
        outcomes = mark_each(session, to_do, reason, request.user, needs_reason=needs_reason(session))
    except NotNow as error:
        return refuse_now(request, session, error)
    except ValueError as error:
        return refuse(request, session, str(error))
    if not is_script(request):
        return _to_page(request, session, outcomes)
    _say(request, session, outcomes)
    gone = [wish.student_id for wish in wishes if wish.student_id not in known]
    return answer_news(request, session, MOST_NEWS, outcomes=[_told(each) for each in outcomes], gone=gone)


def somebody_elses() -> HttpResponse:
    """The answer to a page that was made for somebody else, who had signed in on this device before."""
    return HttpResponse(gettext("This page was made for somebody else. Load it again."), status=SOMEBODY_ELSE)


def refuse_now(request: LecturerRequest, session: ClassSession, error: NotNow) -> HttpResponse:
    """Say why nobody can be marked, on the register."""
    return refuse(request, session, gettext("Nobody was marked. {error}").format(error=error))


def refuse(request: LecturerRequest, session: ClassSession, words: str) -> HttpResponse:
    """Say on the register that nothing was done; to a script, which keeps what it sent."""
    if is_script(request):
        return HttpResponse(words, status=422, content_type="text/plain; charset=utf-8")
    messages.warning(request, words)
    return to_list(session, kept_query(request))


def _to_page(request: LecturerRequest, session: ClassSession, outcomes: list[Outcome]) -> HttpResponse:
    """Back to the row; to the student's page where somebody else was first, or where a reason lacks."""
    outcome = outcomes[0]
    if outcome.lacks_reason:
        messages.warning(request, gettext("Nothing was saved. {without_reason}").format(without_reason=WITHOUT_REASON))
        return redirect("lecturer:correct", session.pk, outcome.wish.student_id)
    _say(request, session, outcomes)
    student = student_or_404(session, outcome.wish.student_id)
    if outcome.is_refused and outcome.latest:
        fields = QueryDict(mutable=True)
        fields.update({"status": outcome.wish.status, "reason": "", "shown": str(outcome.wish.shown)})
        return show_stale(request, session, student, CorrectionForm(fields), StaleCorrection(outcome.latest))
    return to_list(session, kept_query(request), student.pk)


def to_list(session: ClassSession, kept: str, student_id: int | None = None) -> HttpResponse:
    """Back to the register, and there to a student's row."""
    row = f"#student-{student_id}" if student_id else ""
    return redirect(f"{reverse('lecturer:register', args=[session.pk])}{'?' if kept else ''}{kept}{row}")


def _say(request: LecturerRequest, session: ClassSession, outcomes: list[Outcome]) -> None:
    """Of one mark what it says now, with Undo; of several, which were kept on the device, how many."""
    done = [outcome for outcome in outcomes if not outcome.is_refused]
    if len(done) > 1:
        messages.success(
            request, ngettext("Saved: {number} mark.", "Saved: {number} marks.", len(done)).format(number=len(done))
        )
    change = done[0].latest if len(done) == 1 else None
    if change:
        student = students_in(session).get(pk=change.student_id)
        status = change.get_to_status_display()
        messages.success(request, message_with_undo(student, status, session, change, kept_query(request)))


def _told(outcome: Outcome) -> dict[str, object]:
    """What a script needs to know of a mark that it sent."""
    wish, last = outcome.wish, outcome.latest
    shown = last.pk if last else wish.shown
    told = {"student": wish.student_id, "shown": shown, "is_refused": outcome.is_refused, "words": ""}
    if outcome.lacks_reason:
        told["words"] = WITHOUT_REASON
    elif outcome.is_refused and last:
        reason = f": “{last.reason}”" if last.reason else ""
        told["words"] = gettext("{author_words} was first. {change_words} at {changed_at}{reason}.").format(
            author_words=author_words(last),
            change_words=change_words(last),
            changed_at=clock(last.changed_at),
            reason=reason,
        )
    return told


@gzip_page
@require_POST
def rest(request: LecturerRequest, session_id: int) -> HttpResponse:
    """Say one thing of everybody on the roster who has no answer."""
    session = session_or_404(request.user, session_id, Right.TAKE)
    close_if_due(session)
    status = request.POST.get("rest", "")
    if status not in REST_REASONS:
        return refuse(request, session, gettext("Nothing was saved: say present or absent."))
    try:
        number, said_at = mark_unanswered(session, status, REST_REASONS[Status(status)], request.user)
    except NotNow as error:
        return refuse_now(request, session, error)
    if number:
        messages.success(request, message_of_several(session, status, number, said_at, kept_query(request)))
    else:
        messages.warning(request, gettext("Everybody has an answer already. Nobody was marked."))
    return _after_all(request, session)


def message_of_several(session: ClassSession, status: str, number: int, said_at: datetime, kept: str) -> SafeString:
    """How many students are what now, with Undo for what was said of them at that instant."""
    words = ngettext("{number} student is now {status}", "{number} students are now {status}", number).format(
        number=number, status=Status(status).label.lower()
    )
    return with_undo(
        f"{words}.",
        f"{reverse('lecturer:take_back', args=[session.pk])}{'?' if kept else ''}{kept}",
        label=words,
        said_at=(said_at - _EPOCH) // timedelta(microseconds=1),
    )


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@gzip_page
@require_POST
def take_back(request: LecturerRequest, session_id: int) -> HttpResponse:
    """Take back what this person said of many at one instant, given in microseconds since 1970."""
    session = session_or_404(request.user, session_id, Right.TAKE)
    close_if_due(session)
    text = request.POST.get("said_at", "")
    if not (text.isascii() and text.isdigit() and len(text) < 18):
        return refuse(request, session, gettext("Nothing was taken back: it is not known what."))
    number, others = take_back_all(session, _EPOCH + timedelta(microseconds=int(text)), request.user)
    if number:
        messages.success(
            request,
            ngettext("Taken back for {number} student.", "Taken back for {number} students.", number).format(
                number=number
            ),
        )
    if others or not number:
        messages.warning(
            request,
            ngettext(
                "{number} mark stayed, since somebody has changed it or taken it back meanwhile.",
                "{number} marks stayed, since somebody has changed them or taken them back meanwhile.",
                others,
            ).format(number=others),
        )
    return _after_all(request, session)


def _after_all(request: LecturerRequest, session: ClassSession) -> HttpResponse:
    return answer_news(request, session) if is_script(request) else to_list(session, kept_query(request))
