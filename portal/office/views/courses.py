"""A course as the office sets it up: its name, who teaches it, and its roster."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from portal.accounts.models import Account
from portal.accounts.time_zones import institution_day
from portal.attendance.access import LecturerRequest, for_staff
from portal.attendance.models import Course, RosterEntry
from portal.attendance.rule_offers import offer_held_sessions
from portal.attendance.search import find_students
from portal.attendance.services.removal import uses_of
from portal.attendance.services.rosters import apply_roster_to_held_sessions, end_membership, join
from portal.attendance.services.transactions import repeat_transaction
from portal.office.directory_forms import CourseDetailsForm, JoinForm, MembershipForm, StaffingForm
from portal.office.rosters import edited, follow_edit, forget, held_sessions
from portal.office.saving import save_form

PER_PAGE = 100
NAMES_OFFERED = 1000


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff
def add(request: LecturerRequest) -> HttpResponse:
    """A new course."""
    form = save_form(lambda: CourseDetailsForm(request.POST if request.method == "POST" else None, label_suffix=""))
    if not form.is_bound or form.errors:
        return render(request, "office/course.html", {"form": form}, status=422 if form.is_bound else 200)
    course = form.instance
    messages.success(
        request, gettext("{course} is added. Say who teaches it, and who is on its roster.").format(course=course)
    )
    return redirect("office:course", course.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff
def course(request: LecturerRequest, course_id: int) -> HttpResponse:
    """A course as it stands; what is changed stands in the trail."""
    found = get_object_or_404(Course, pk=course_id)
    if request.method != "POST":
        return _page(request, found)

    form = save_form(
        lambda: CourseDetailsForm(request.POST, instance=Course.objects.get(pk=course_id), label_suffix="")
    )
    if form.errors:
        return _page(request, found, form=form)
    messages.success(request, gettext("Saved."))
    if "least_coverage_percent" in form.changed_data:
        offer_held_sessions(request, form.instance)
    return redirect("office:course", course_id)


@require_POST
@for_staff
def change_staff(request: LecturerRequest, course_id: int) -> HttpResponse:
    """Give somebody a part in the course, or take it away where the form says so. Done twice it is as done once."""
    found = get_object_or_404(Course, pk=course_id)
    form = StaffingForm(request.POST, label_suffix="")
    if not form.is_valid():
        return _page(request, found, staffing=form)
    account: Account = form.cleaned_data["who"]
    people = getattr(found, form.cleaned_data["kind"])
    change: Callable[[Account], None] = people.remove if "remove" in request.POST else people.add
    repeat_transaction(lambda: change(account))
    messages.success(request, gettext("Saved."))
    return redirect("office:course", course_id)


@require_POST
@for_staff
def add_students(request: LecturerRequest, course_id: int) -> HttpResponse:
    """Put students on the roster."""
    found = get_object_or_404(Course, pk=course_id)
    form = JoinForm(request.POST, label_suffix="")
    if not form.is_valid():
        return _page(request, found, joining=form)
    asked, since = form.cleaned_data["students"], form.cleaned_data["since"]
    joined = repeat_transaction(lambda: join(found, asked, since))
    follow_edit(request, found, [each.student for each in joined])
    already = len(asked) - len(joined)
    words = gettext("Put on the roster: {number}.").format(number=len(joined))
    messages.success(
        request, gettext("{words} On it already: {already}.").format(words=words, already=already) if already else words
    )
    if form.passed_over:
        messages.info(request, form.passed_over)
    return redirect(f"{reverse('office:course', args=[course_id])}#roster")


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff
def membership(request: LecturerRequest, course_id: int, entry_id: int) -> HttpResponse:
    """The days of one student on the roster; or the student is taken off it."""
    rows = RosterEntry.objects.select_related("course", "student")
    entry = get_object_or_404(rows, pk=entry_id)
    if entry.course_id != course_id:
        raise Http404("no such membership")
    back = redirect(f"{reverse('office:course', args=[course_id])}#roster")
    if request.method == "POST" and "end" in request.POST:
        repeat_transaction(lambda: end_membership(rows.get(pk=entry_id), timezone.localdate()))
        messages.success(
            request,
            gettext("{student} is off the roster of {code}.").format(student=entry.student, code=entry.course.code),
        )
        follow_edit(request, entry.course, [entry.student])
        return back

    def save() -> MembershipForm:
        form = MembershipForm(request.POST, instance=rows.get(pk=entry_id), label_suffix="")
        if form.is_valid():
            form.save()
        return form

    form = repeat_transaction(save) if request.method == "POST" else MembershipForm(instance=entry, label_suffix="")
    if not form.is_bound or form.errors:
        context = {"form": form, "entry": entry}
        return render(request, "office/membership.html", context, status=422 if form.is_bound else 200)
    messages.success(request, gettext("Saved."))
    follow_edit(request, entry.course, [entry.student])
    return back


@require_POST
@for_staff
def change_held(request: LecturerRequest, course_id: int) -> HttpResponse:
    """Bring the visitor's last edits of the roster into closed registers too, or leave those as they are."""
    found = get_object_or_404(Course, pk=course_id)
    if "leave" not in request.POST:
        number = apply_roster_to_held_sessions(found, edited(request, found))
        messages.success(
            request, gettext("Closed registers changed by the new roster: {number}.").format(number=number)
        )
    forget(request, found)
    return redirect("office:course", course_id)


def _page(
    request: LecturerRequest,
    found: Course,
    form: CourseDetailsForm | None = None,
    staffing: StaffingForm | None = None,
    joining: JoinForm | None = None,
) -> HttpResponse:
    """With those of its forms that were refused."""
    text = request.GET.get("q", "").strip()[:100]
    roster = RosterEntry.objects.filter(find_students(text, "student__"), course=found).select_related("student")
    page = Paginator(roster.order_by("student__plain_name", "student__number", "since"), PER_PAGE)
    context: dict[str, Any] = {
        "course": found,
        "form": form or CourseDetailsForm(instance=found, label_suffix=""),
        "parts": _parts(found),
        "staffing": staffing or StaffingForm(label_suffix=""),
        "people": Account.objects.filter(is_active=True, merged_into=None).order_by("name")[:NAMES_OFFERED],
        "joining": joining or JoinForm(label_suffix="", initial={"since": _usual_since(found)}),
        "page": page.get_page(request.GET.get("page")),
        "q": text,
        "today": timezone.localdate(),
        "held": held_sessions(request, found),
        "uses": uses_of(found),
    }
    return render(request, "office/course.html", context, status=422 if form or staffing or joining else 200)


def _parts(found: Course) -> list[tuple[str, str, Account]]:
    """Kind, words and account of each part."""
    words = {kind: str(label) for kind, label in StaffingForm.KINDS}
    return [
        (kind, words[kind], account) for kind in words for account in getattr(found, kind).order_by("name", "email")
    ]


def _usual_since(found: Course) -> Any:
    """Today where the course has met already: who joins then was not expected before. Else always."""
    today = institution_day()
    return today if found.sessions.filter(day__lt=today).exists() else None
