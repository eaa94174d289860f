"""Marks and their history in the admin."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import mark_safe
from django.utils.timezone import localtime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from portal.accounts.models import Account
from portal.attendance.admin.long_lists import LongListOfStudents
from portal.attendance.history import is_undated
from portal.attendance.models import Evidence, Mark, MarkChange


def _lines(lines: Iterable[str]) -> str:
    return format_html_join(mark_safe("<br>"), "{}", ((line,) for line in lines))


def _when(change: MarkChange, *, is_first: bool) -> str:
    if is_first and is_undated(change):
        return gettext("At a time that is not known,")
    return f"{localtime(change.changed_at):%Y-%m-%d %H:%M:%S}"


def _author(change: MarkChange) -> str:
    """Who made a change, as they were called then, with their address of then."""
    if not change.changed_by_name:
        return str(change.changed_by or gettext("the {program}").format(program=change.program))
    return f"{change.changed_by_name} ({change.changed_by_email})"


@admin.register(Mark)
class MarkAdmin(LongListOfStudents):
    """By course and by day marks are found on the records' page."""

    list_display = ("student", "course", "starts_at", "says", "source", "because", "on_roster")
    list_filter = ("status", "source", "because", "on_roster")
    shown_with = ("student", "session__course")
    readonly_fields = ("evidence", "history")

    @admin.display(description=_("status"))
    def says(self, mark: Mark) -> str:
        return mark.status_words

    @admin.display(description=_("what cameras saw"))
    def evidence(self, mark: Mark) -> str:
        """Each entry of evidence in a line."""
        entries = Evidence.objects.filter(session=mark.session_id, student=mark.student_id)
        return _lines(
            f"{localtime(each.first_seen_at):%Y-%m-%d %H:%M:%S} to {localtime(each.last_seen_at):%H:%M:%S} "
            f"by {each.camera_name or 'a camera'}, in {each.minutes.bit_count()} minutes, distance {each.distance:.2f}"
            f"{'' if each.is_confirmed else ', not confirmed'}"
            f"{f', or it was {each.runner_up_number}, who looks alike' if each.is_between else ''}"
            f"{f'; {each.get_suspicion_display()}' if each.suspicion else ''}"
            for each in entries
        )

    @admin.display(description=_("history"))
    def history(self, mark: Mark) -> str:
        """Each change in a line, the latest first."""
        changes = list(mark.changes.select_related("changed_by").order_by("-pk"))
        return _lines(
            f"{_when(each, is_first=each is changes[-1])} {_author(each)} "
            f"{each.get_action_display()}: {each}{f' ({each.reason})' if each.reason else ''}"
            for each in changes
        )

    def course(self, mark: Mark) -> str:
        return mark.session.course.code

    @admin.display(description=_("class session"))
    def starts_at(self, mark: Mark) -> datetime:
        return mark.session.starts_at


class AuthorFilter(admin.RelatedFieldListFilter):
    """The accounts that have changed a mark, which are read from an index."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> Any:
        authors = MarkChange.objects.filter(changed_by__isnull=False).order_by().values_list("changed_by", flat=True)
        return [(author.pk, str(author)) for author in Account.objects.filter(pk__in=list(authors.distinct()))]


@admin.register(MarkChange)
class MarkChangeAdmin(LongListOfStudents):
    list_display = (
        "changed_at",
        "changed_by",
        "changed_by_name",
        "changed_by_email",
        "program",
        "action",
        "student",
        "course",
        "from_status",
        "to_status",
        "reason",
    )
    list_filter = ("to_status", "action", ("changed_by", AuthorFilter))
    shown_with = ("changed_by", "student", "session__course")

    def course(self, change: MarkChange) -> str:
        return change.session.course.code


@admin.register(Evidence)
class EvidenceAdmin(LongListOfStudents):
    list_display = (
        "student",
        "course",
        "room",
        "camera_name",
        "first_seen_at",
        "last_seen_at",
        "distance",
        "is_confirmed",
        "is_between",
        "suspicion",
    )
    list_filter = ("is_confirmed", "is_between", "suspicion", "room")
    shown_with = ("student", "session__course", "room")

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        """The latest first; of one room by the hour, since an index has them so."""
        return ("-hour", "-pk") if "room__id__exact" in request.GET else ("-pk",)

    def course(self, evidence: Evidence) -> str:
        return evidence.session.course.code
