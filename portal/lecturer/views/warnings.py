"""Rules of warnings: whom they would hit is shown before anybody is told."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Count, Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_http_methods, require_safe

from portal.accounts.mailing import can_mail
from portal.accounts.models.trail import note_row
from portal.attendance.access import LecturerRequest, Right, courses_of, for_staff, may_change_rule, warning_rules_of
from portal.attendance.models import Course, RaisedWarning, WarningRule, WarningText
from portal.attendance.queries.rules import rules_by_course
from portal.attendance.queries.warnings import Meant, attended_in, courses_to_read, find_meant, looked_through_since
from portal.attendance.services.tasks import ask
from portal.attendance.services.warning_texts import TEXTS, text_of
from portal.attendance.services.warnings import evaluate_course, switch_rule
from portal.lecturer.warning_forms import WarningRuleForm, WarningTextForm
from portal.lecturer.warning_words import told_words
from portal.web.languages import written_down

LATEST = 50
PER_PAGE = 40
"""Of those whom a rule hits; each with up to a term's dates."""


@require_safe
def warnings(request: LecturerRequest) -> HttpResponse:
    """The rules that matter to the person, and who was warned lately."""
    courses = courses_of(request.user, Right.TEACH)
    if not courses.exists():
        raise Http404("no course")
    is_open = Count("raised", filter=Q(raised__is_open=True, raised__course__in=courses))
    raised = RaisedWarning.objects.filter(course__in=courses, is_covered=False).select_related("student", "course")
    context = {
        "rules": warning_rules_of(request.user).select_related("course").annotate(number_raised=is_open),
        "raised": raised[:LATEST],
        "can_mail": can_mail(),
    }
    return render(request, "lecturer/warnings.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def add(request: LecturerRequest) -> HttpResponse:
    """A new rule, which is not on before somebody has seen whom it hits."""
    if not courses_of(request.user, Right.TEACH).exists():
        raise Http404("no course")
    sent = request.POST if request.method == "POST" else None
    form = WarningRuleForm(request.user, sent, course=request.GET.get("course", ""))
    if form.is_bound and form.is_valid():
        rule = form.save(commit=False)
        rule.made_by = request.user
        with transaction.atomic():
            rule.save()
            with written_down():
                told = f"added, tells {told_words(rule)}"
            note_row(rule, "warning rule", new=told)
        return redirect("lecturer:warning_rule", rule.pk)
    return render(request, "lecturer/warning_add.html", {"form": form}, status=422 if form.is_bound else 200)


@gzip_page
@require_http_methods(["GET", "HEAD", "POST"])
def rule(request: LecturerRequest, rule_id: int) -> HttpResponse:
    """Whom the rule hits now, by name; and to switch it on or off."""
    found = get_object_or_404(warning_rules_of(request.user).select_related("course"), pk=rule_id)
    may_change = may_change_rule(request.user, found)
    if request.method == "POST":
        if not may_change:
            raise Http404("not theirs")
        return _switch(request, found)
    meant, is_all = _preview(request, found)
    raised = set(RaisedWarning.objects.filter(rule=found, is_open=True).values_list("student", "course", "occasion"))
    people = [(each, (each.student.pk, each.course.pk, each.hit.occasion) in raised) for each in meant]
    context = {
        "rule": found,
        "people": people,
        "page": Paginator(people, PER_PAGE).get_page(request.GET.get("page")),
        "number_new": sum(not is_raised for _, is_raised in people),
        "is_all": is_all,
        "may_change": may_change,
        "can_mail": can_mail(),
    }
    return render(request, "lecturer/warning_rule.html", context)


def _preview(request: LecturerRequest, found: WarningRule) -> tuple[list[Meant], bool]:
    """Whom the rule hits in courses that the person teaches, and whether all of them were looked through."""
    now = timezone.now()
    since, courses, is_all = looked_through_since(now), [found.course] if found.course else [], True
    if not courses:
        courses, is_all = courses_to_read(courses_of(request.user, Right.TEACH).order_by("code"), since, now)
    counting = rules_by_course([each.pk for each in courses])
    return find_meant(courses, [found], attended_in(courses, [found], counting, since, now), counting), is_all


def _switch(request: LecturerRequest, found: WarningRule) -> HttpResponse:
    is_on = request.POST.get("on") == "1"
    switch_rule(found, is_on=is_on)
    if not is_on:
        messages.success(request, gettext("Switched off: it warns nobody any more."))
    elif found.course:
        evaluate_course(found.course)
        messages.success(request, gettext("Switched on. The mails go out within a few minutes."))
    else:
        ask("warnings.courses", request.user, Course.objects.count())
        messages.success(request, gettext("Switched on. All courses are looked through now, and the mails follow."))
    return redirect("lecturer:warnings")


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff
def texts(request: LecturerRequest) -> HttpResponse:
    """How the institution words the mails."""
    name = request.POST.get("name", "")
    sent = WarningTextForm(request.POST) if request.method == "POST" and name in TEXTS else None
    if sent and request.POST.get("own") == "0":
        for text in WarningText.objects.filter(name=name):
            with written_down():
                note_row(text, "text", old=text.text, new=str(TEXTS[name].text))
            text.delete()
        messages.success(request, gettext("Rollcall’s own words are used again."))
        return redirect("lecturer:warning_texts")
    if sent and sent.is_valid():
        text, is_new = WarningText.objects.update_or_create(name=name, defaults=sent.cleaned_data)
        if is_new:
            with written_down():
                note_row(text, "text", old=str(TEXTS[name].text), new=text.text)
        messages.success(request, gettext("Saved."))
        return redirect("lecturer:warning_texts")
    own = set(WarningText.objects.values_list("name", flat=True))
    rows: list[dict[str, Any]] = []
    for key in TEXTS:
        now = text_of(key)
        form = sent if sent and key == name else WarningTextForm(initial={"subject": now.subject, "text": now.text})
        rows.append({"name": key, "title": now.title, "form": form, "is_own": key in own})
    return render(request, "lecturer/warning_texts.html", {"rows": rows}, status=422 if sent else 200)
