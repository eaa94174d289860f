"""Excuses: the list of them, entering one, and withdrawing it."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.attendance.access import (
    LecturerRequest,
    Right,
    confidential_reasons_of,
    courses_of,
    excuses_of,
    excuses_to_enter_again,
    excuses_to_withdraw,
    may_read_reason,
    students_of,
)
from portal.attendance.models import Course, Excuse, Student
from portal.attendance.queries.confidential import confidential_kinds, reveal, with_confidential
from portal.attendance.queries.excuses import Group, count_entries, count_groups, entered_with, list_group
from portal.attendance.search import find_students
from portal.attendance.services.excuses import (
    NothingToWithdraw,
    Outcome,
    enter_again,
    enter_excuses,
    withdraw_excuses,
)
from portal.lecturer.excuse_forms import ExcuseForm, chosen_students
from portal.lecturer.undoing import with_undo
from portal.lecturer.unsaved import sign_author, take_unsaved
from portal.lecturer.views.correct import ask_to_sign_in
from portal.lecturer.views.today import asked_day
from portal.lecturer.who import MOST_STUDENTS, Found, find_who

ON_A_PAGE = 50
GROUP_WORDS = {
    Group.CURRENT: _("Current"),
    Group.COMING: _("Coming"),
    Group.PAST: _("Past"),
    Group.WITHDRAWN: _("Withdrawn"),
}
IS_NEXT_WEEK = "next_week"
"""The button that writes next week's days into the form."""
MOST_COURSES = 12
"""So many are offered as links; more are found by a student's name."""


@require_safe
def excuses(request: LecturerRequest) -> HttpResponse:
    """Those that count in the person's courses, or in one of them."""
    today, asked = timezone.localdate(), request.GET.get("show", "")
    course, text = _course(request), request.GET.get("q", "").strip()[:200]
    found = excuses_of(request.user)
    if course:
        for_all = Q(course__isnull=True, student__in=course.students.order_by().values("pk"))
        found = found.filter(Q(course=course) | for_all)
    if text:
        found = found.filter(find_students(text, "student__"))
    counts = count_groups(found, today)
    usual = next((group for group in Group if counts[group]), Group.CURRENT)
    group = Group(asked) if asked in set(Group) else usual
    listed = with_confidential(list_group(found, group, today), confidential_reasons_of(request.user), "excuse")
    page = Paginator(listed, ON_A_PAGE).get_page(request.GET.get("page"))
    rows = list(page.object_list)
    may_withdraw = excuses_to_withdraw(request.user)
    own = set(may_withdraw.filter(pk__in=[each.pk for each in rows]).values_list("pk", flat=True))
    together = count_entries(may_withdraw, rows)
    reveal(rows)
    courses = [] if request.user.is_staff else list(courses_of(request.user, Right.READ)[: MOST_COURSES + 1])
    context = {
        "course": course,
        "courses": courses if 1 < len(courses) <= MOST_COURSES else [],
        "q": text,
        "group": group,
        "groups": [(each, GROUP_WORDS[each], counts[each]) for each in Group],
        "page": page,
        "rows": [
            (each, may_read_reason(request.user, each), together[each.pk] if each.pk in own else 0) for each in rows
        ],
        "may_add": courses_of(request.user, Right.TEACH).exists(),
    }
    return render(request, "lecturer/excuses.html", context)


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HttpRequest) -> HttpResponse:
    """Who is asked first, unless the address says it; then the rest. It asks for the sign-in itself."""
    if request.user.is_authenticated:
        return _add(request)  # type: ignore[arg-type]
    return ask_to_sign_in(request) if request.method == "POST" else redirect_to_login(request.get_full_path())


def _add(request: LecturerRequest) -> HttpResponse:
    if not courses_of(request.user, Right.TEACH).exists():
        raise Http404("no course")
    kept = None if request.method == "POST" else _take_kept(request)
    asked = request.POST if request.method == "POST" else kept or request.GET
    is_who = "who" in asked
    text = asked.get("who", "").strip()
    found = find_who(text, students_of(request.user, Right.TEACH)) if text else None
    students = chosen_students(request.user, asked.getlist("student"))
    students = list(dict.fromkeys([*students, *(found.students if found else ())]))
    back, course = _own_address(request, asked), _course(request, asked)
    if len(students) > MOST_STUDENTS:
        students, found = [], Found(is_too_much=True)
    if not students or (found and not found.is_clear):
        who = {"students": students, "found": found, "back": back, "course": course, "text": text}
        who["author"] = sign_author(request.user)
        return render(request, "lecturer/excuse_who.html", who, status=422 if request.method == "POST" else 200)
    data = request.POST if request.method == "POST" and not is_who and IS_NEXT_WEEK not in request.POST else None
    form = ExcuseForm(request.user, students, data, _initial(asked, course))
    if form.is_bound and form.is_valid():
        return _enter(request, form.excuses(), back)
    context = {"students": students, "form": form, "back": back, "confidential_kinds": confidential_kinds()}
    context |= {
        "course": course,
        "author": sign_author(request.user),
        "was_signed_out": kept is not None and not is_who,
    }
    return render(request, "lecturer/excuse_add.html", context, status=422 if form.is_bound else 200)


@require_POST
def withdraw(request: LecturerRequest, excuse_id: int) -> HttpResponse:
    """Take an excuse back, or with ``all`` those entered with it: what was seen answers again."""
    may_withdraw = excuses_to_withdraw(request.user).select_related("student", "course")
    excuse, back = may_withdraw.filter(pk=excuse_id).first(), back_address(request)
    if excuse is None:
        get_object_or_404(excuses_of(request.user), pk=excuse_id, withdrawn_at__isnull=False)
        messages.warning(request, gettext("It was withdrawn already."))
        return redirect(back or reverse("lecturer:excuses"))
    together = list(may_withdraw.filter(entered_with(excuse))) if "all" in request.POST else [excuse]
    with suppress(NothingToWithdraw):
        outcome = withdraw_excuses(together, request.user)
        address = reverse("lecturer:enter_excuse_again", args=[excuse_id]) + f"?{urlencode({'next': back})}"
        messages.success(request, with_undo(_withdrawn_words(together, outcome), address))
    return redirect(back or reverse("lecturer:excuses"))


def _withdrawn_words(excuses: list[Excuse], outcome: Outcome) -> str:
    words = ngettext(
        "Withdrawn: {full_name} is no longer excused by it, and what was seen decides again.",
        "Withdrawn in {number} courses: {full_name} is no longer excused by it, and what was seen decides again.",
        len(excuses),
    ).format(number=len(excuses), full_name=excuses[0].student.full_name)
    if outcome.excused:
        words += " " + ngettext(
            "Another excuse holds: {number} mark stays excused.",
            "Another excuse holds: {number} marks stay excused.",
            outcome.excused,
        ).format(number=outcome.excused)
    return words


@require_POST
def undo_withdrawal(request: LecturerRequest, excuse_id: int) -> HttpResponse:
    """Enter an excuse again that the person has withdrawn, and those that they withdrew with it."""
    own = excuses_to_enter_again(request.user).select_related("student", "course", "entered_by")
    excuse = get_object_or_404(own, pk=excuse_id)
    together = own.filter(entered_with(excuse), withdrawn_at=excuse.withdrawn_at)
    entered, outcome = enter_again(list(together))
    return _tell_entered(request, entered, outcome, back_address(request))


def _enter(request: LecturerRequest, excuses: list[Excuse], back: str) -> HttpResponse:
    return _tell_entered(request, excuses, enter_excuses(excuses, request.user), back)


def _tell_entered(request: LecturerRequest, excuses: list[Excuse], outcome: Outcome, back: str) -> HttpResponse:
    """What was done, with Undo where one entry was made of one student."""
    words = gettext("Excused: {words}").format(
        words=f"{_names([each.student for each in excuses])}.{_outcome_words(outcome)}"
    )
    if len({(each.student_id, each.entered_at) for each in excuses}) == 1:
        address = reverse("lecturer:withdraw_excuse", args=[excuses[0].pk]) + f"?{urlencode({'next': back})}"
        words = with_undo(words, address, all=1)
    messages.success(request, words)
    return redirect(back or reverse("lecturer:excuses"))


def _names(students: list[Student]) -> str:
    names = list(dict.fromkeys(each.full_name for each in students))
    return (
        ", ".join(names)
        if len(names) <= 3
        else gettext("{first}, {second} and {number} more").format(
            first=names[0], second=names[1], number=len(names) - 2
        )
    )


def _outcome_words(outcome: Outcome) -> str:
    """What has become of class sessions that were held already."""
    words = " " + ngettext(
        "{number} held class session counts as excused now.",
        "{number} held class sessions count as excused now.",
        outcome.excused,
    ).format(number=outcome.excused)
    seen = " " + ngettext(
        "In {number} class session a camera saw them, and that stands.",
        "In {number} class sessions a camera saw them, and that stands.",
        outcome.seen,
    ).format(number=outcome.seen)
    return (words if outcome.excused else "") + (seen if outcome.seen else "")


def next_monday() -> date:
    """The first day of next week, in the person's own time zone."""
    today = timezone.localdate()
    return today + timedelta(days=7 - today.weekday())


def _take_kept(request: LecturerRequest) -> QueryDict | None:
    """What this person had sent while they were signed out: the list of who it is, or the form with the rest."""
    if not (sent := take_unsaved(request, request.user)):
        return None
    kept = QueryDict(mutable=True)
    kept.update({name: value for name, value in sent.items() if value})
    kept.setlist("student", sent["student"].split())
    return kept


def _initial(asked: QueryDict, course: Course | None) -> dict[str, Any]:
    """Today, or the days that the address or an earlier form names; and the course, and the reason."""
    first: date | str = asked.get("first_day") or asked_day(asked.get("day")) or timezone.localdate()
    last = asked.get("last_day") or asked_day(asked.get("until")) or first
    if IS_NEXT_WEEK in asked:
        first, last = next_monday(), next_monday() + timedelta(days=6)
    values: dict[str, Any] = {"first_day": first, "last_day": last, "reason": asked.get("reason", "")}
    if course or asked.get("course"):
        values["course"] = str(course.pk) if course else asked["course"]
    return values


def _course(request: LecturerRequest, asked: QueryDict | None = None) -> Course | None:
    """The course that the address or the form names, of those of the person."""
    asked = request.GET if asked is None else asked
    text = asked.get("in") or asked.get("course", "")
    is_number = text.isascii() and text.isdigit() and len(text) < 19
    return courses_of(request.user, Right.READ).filter(pk=int(text)).first() if is_number else None


def back_address(request: LecturerRequest) -> str:
    """The page of ours that the person came from; "" where there is none."""
    return _own_address(request, request.POST) or _own_address(request, request.GET)


def _own_address(request: LecturerRequest, asked: QueryDict) -> str:
    address = asked.get("next") or ""
    is_ours = url_has_allowed_host_and_scheme(address, allowed_hosts=None, require_https=request.is_secure())
    return address if is_ours and address.startswith("/") else ""
