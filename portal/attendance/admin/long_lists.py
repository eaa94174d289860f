"""Lists of tables that grow with every class session: a page costs what it shows."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from portal.attendance.admin.rights import StaffMayRead
from portal.attendance.models import Student
from portal.attendance.search import find_students

MOST_LISTED = 1000
"""Counting ends after so many rows, and paging with it: others are found by searching and filtering."""

MOST_FOUND = 100
"""The rows of up to so many students are looked up by an index."""


class LatestRows(Paginator):
    """Pages of the latest rows alone, MOST_LISTED of them."""

    @cached_property
    def count(self) -> int:
        return min(self._counted, MOST_LISTED)

    @property
    def is_cut(self) -> bool:
        """Whether there are older rows."""
        return self._counted > MOST_LISTED

    @cached_property
    def _counted(self) -> int:
        # Without an order the database stops after so many rows, and sorts nothing.
        rows: Any = self.object_list
        return int(rows.order_by()[: MOST_LISTED + 1].count())


class LongList(StaffMayRead, admin.ModelAdmin):
    """Rows that nobody changes here, in the order of the key, the latest first, which no click sorts otherwise.

    ``shown_with`` are the relations whose rows are shown too. They are read by their keys: a join would let the
    database begin with the other table, and sort all rows.
    """

    ordering = ("-pk",)
    sortable_by: ClassVar[Any] = ()
    paginator = LatestRows
    show_full_result_count = False
    list_select_related: ClassVar[Any] = ()
    shown_with: ClassVar[tuple[str, ...]] = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.prefetch_related(*self.shown_with)


class LongListOfStudents(LongList):
    """A long list that is searched by students."""

    search_fields: ClassVar[Any] = ("student__number",)
    search_help_text = _("Student's number or name")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """The rows of the students that are found; none, and a message, where these are too many."""
        if not search_term.split():
            return queryset, False
        students = Student.objects.filter(find_students(search_term)).order_by().values_list("pk", flat=True)
        found = list(students[: MOST_FOUND + 1])
        if len(found) > MOST_FOUND:
            messages.warning(
                request,
                gettext("More than {most_found} students are found. Write more of the name, or the number.").format(
                    most_found=MOST_FOUND
                ),
            )
            return queryset.none(), False
        return queryset.filter(student__in=found), False
