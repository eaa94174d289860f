"""What is taught, and to whom."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from portal.accounts.models.trail import Trailed, TrailedSet, Values
from portal.attendance.models.departments import Department
from portal.attendance.models.people import Student


class Course(Trailed):
    """What is taught, by whom, and to whom (the roster), with the rules that its registers follow."""

    in_trail = ("code", "title", "department", "least_coverage_percent")
    named_by = ("department",)

    code = models.CharField(max_length=32, unique=True)
    title = models.CharField(max_length=200)
    lecturers = models.ManyToManyField(
        settings.AUTH_USER_MODEL, related_name="courses", blank=True, db_table="course_lecturers"
    )
    assistants = models.ManyToManyField(
        settings.AUTH_USER_MODEL,
        related_name="assisted_courses",
        blank=True,
        db_table="course_assistants",
        help_text="They take the registers of the course, and plan nothing.",
    )
    department = models.ForeignKey(Department, on_delete=models.PROTECT, null=True, blank=True, related_name="courses")
    students: models.ManyToManyField[Student, RosterEntry] = models.ManyToManyField(
        Student, through="RosterEntry", related_name="courses"
    )
    least_coverage_percent = models.PositiveSmallIntegerField(
        _("least coverage in percent"),
        default=80,
        db_default=80,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
        help_text=_(
            "A student whom no camera saw is absent only where the cameras could see so much of the class "
            "session; else nobody knows."
        ),
    )

    objects = TrailedSet["Course"].as_manager()

    class Meta:
        db_table = "course"
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(least_coverage_percent__gte=1, least_coverage_percent__lte=100),
                name="course_coverage_percent",
            )
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.title}"


class RosterEntrySet(TrailedSet["RosterEntry"]):
    """Memberships of students in courses."""

    def on(self, day: date) -> RosterEntrySet:
        """Those that hold on that day."""
        return self.filter(Q(since__isnull=True) | Q(since__lte=day), Q(until__isnull=True) | Q(until__gte=day))


class RosterEntry(Trailed):
    """A student expected at the class sessions of a course, from one day to another; both days included.

    A student who leaves and comes back has two entries.
    """

    in_trail = ("since", "until")
    named_by = ("student", "course")
    added_as = removed_as = "on the roster"

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="roster")
    student = models.ForeignKey(Student, on_delete=models.CASCADE, related_name="roster_entries")
    since = models.DateField(null=True, blank=True, help_text=_("The first day. Empty: always."))
    until = models.DateField(null=True, blank=True, help_text=_("The last day. Empty: until further notice."))

    objects = RosterEntrySet.as_manager()

    class Meta:
        db_table = "roster_entry"
        verbose_name_plural = "roster"
        constraints = [
            models.UniqueConstraint(fields=["course", "student", "since"], name="roster_entry_once_a_day"),
            models.CheckConstraint(
                condition=Q(since__isnull=True) | Q(until__isnull=True) | Q(until__gte=F("since")),
                name="roster_entry_days_in_order",
                violation_error_message=_("The last day is before the first."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.student} in {self.course}"

    @property
    def name_in_trail(self) -> str:
        """What the trail calls it."""
        return f"{self.student} in {self.course.code}"

    @property
    def trail_words(self) -> str:
        """From when until when it holds."""
        return f"{self.since or 'always'} to {self.until or 'further notice'}"

    @classmethod
    def names_in_trail(cls, before: Values) -> dict[Any, str]:
        rows = cls._base_manager.filter(pk__in=list(before)).select_related("student", "course")
        return {row.pk: row.name_in_trail for row in rows}

    def clean(self) -> None:
        """Refuse a membership that overlaps another of the same student in the same course."""
        others = RosterEntry.objects.filter(course=self.course_id, student=self.student_id).exclude(pk=self.pk)
        if any(self.overlaps(other) for other in others):
            raise ValidationError(gettext("This student is on the roster already on some of these days."))

    def overlaps(self, other: RosterEntry) -> bool:
        """Whether both hold on some day."""
        first, last = date.min, date.max
        return max(self.since or first, other.since or first) <= min(self.until or last, other.until or last)
