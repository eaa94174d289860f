"""Marks and their history in the admin."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.contrib import admin
from django.db.models import F, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import mark_safe
from django.utils.timezone import localtime

from portal.attendance.admin.rights import StaffMayRead
from portal.attendance.history import is_undated
from portal.attendance.models import Evidence, Mark, MarkChange
from portal.attendance.search import find_students


def _lines(lines: Iterable[str]) -> str:
    return format_html_join(mark_safe("<br>"), "{}", ((line,) for line in lines))


def _when(change: MarkChange, *, is_first: bool) -> str:
    if is_first and is_undated(change):
        return "At a time that is not known,"
    return f"{localtime(change.changed_at):%Y-%m-%d %H:%M:%S}"


@admin.register(Mark)
class MarkAdmin(StaffMayRead, admin.ModelAdmin):
    list_display = ("student", "course", "starts_at", "says", "source", "because", "on_roster")
    list_filter = (
        "status",
        "source",
        "because",
        "on_roster",
        ("session__starts_at", admin.DateFieldListFilter),
        ("session__course", admin.RelatedOnlyFieldListFilter),
    )
    list_select_related = ("student", "session__course")
    readonly_fields = ("evidence", "history")
    search_fields = ("student__number",)
    search_help_text = "Student's number or name, or the course's code"

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Mark], search_term: str
    ) -> tuple[QuerySet[Mark], bool]:
        return queryset.filter(find_students(search_term, "student__", also=["session__course__code"])), False

    @admin.display(description="status", ordering="status")
    def says(self, mark: Mark) -> str:
        return mark.status_words

    @admin.display(description="what cameras saw")
    def evidence(self, mark: Mark) -> str:
        """Each entry of evidence in a line."""
        entries = Evidence.objects.filter(session=mark.session_id, student=mark.student_id)
        return _lines(
            f"{localtime(each.first_seen_at):%Y-%m-%d %H:%M:%S} to {localtime(each.last_seen_at):%H:%M:%S} "
            f"by {each.camera_name or 'a camera'}, in {each.minutes.bit_count()} minutes, distance {each.distance:.2f}"
            f"{'' if each.is_confirmed else ', not confirmed'}"
            for each in entries
        )

    @admin.display(description="history")
    def history(self, mark: Mark) -> str:
        """Each change in a line, the latest first."""
        changes = list(mark.changes.select_related("changed_by").order_by("-pk"))
        return _lines(
            f"{_when(each, is_first=each is changes[-1])} {each.changed_by or f'the {each.program}'} "
            f"{each.get_action_display()}: {each}{f' ({each.reason})' if each.reason else ''}"
            for each in changes
        )

    @admin.display(ordering="session__course__code")
    def course(self, mark: Mark) -> str:
        return mark.session.course.code

    @admin.display(description="class session", ordering="session__starts_at")
    def starts_at(self, mark: Mark) -> datetime:
        return mark.session.starts_at


@admin.register(MarkChange)
class MarkChangeAdmin(StaffMayRead, admin.ModelAdmin):
    list_display = (
        "changed_at",
        "changed_by",
        "program",
        "action",
        "student",
        "course",
        "from_status",
        "to_status",
        "reason",
    )
    list_filter = ("to_status", "action", "program", ("changed_at", admin.DateFieldListFilter))
    list_select_related = ("changed_by", "student", "session__course")
    search_fields = ("student__number",)
    search_help_text = "Student's number or name, who changed it, or the reason"

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[MarkChange], search_term: str
    ) -> tuple[QuerySet[MarkChange], bool]:
        found = find_students(search_term, "student__", also=["changed_by__name", "reason"])
        return queryset.filter(found), False

    @admin.display(ordering=F("session__course__code"))
    def course(self, change: MarkChange) -> str:
        return change.session.course.code


@admin.register(Evidence)
class EvidenceAdmin(StaffMayRead, admin.ModelAdmin):
    list_display = (
        "student",
        "course",
        "room",
        "camera_name",
        "first_seen_at",
        "last_seen_at",
        "distance",
        "is_confirmed",
    )
    list_filter = ("is_confirmed", ("room", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("student", "session__course", "room")
    search_fields = ("student__number",)
    search_help_text = "Student's number or name, or the course's code"
    show_full_result_count = False

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Evidence], search_term: str
    ) -> tuple[QuerySet[Evidence], bool]:
        return queryset.filter(find_students(search_term, "student__", also=["session__course__code"])), False

    @admin.display(ordering=F("session__course__code"))
    def course(self, evidence: Evidence) -> str:
        return evidence.session.course.code
