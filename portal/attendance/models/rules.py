"""The rules that a course's percentages and corrections follow."""

from __future__ import annotations

from typing import Any

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from portal.accounts.models.trail import Trailed, TrailedSet, Values
from portal.attendance.models.courses import Course

AT_MOST_100, AT_MOST_1000 = MaxValueValidator(100), MaxValueValidator(1000)


class CourseRules(Trailed):
    """One row for the institution, and one for each course that overrides a rule of it. NULL: no rule of its own."""

    class Excused(models.TextChoices):
        PRESENT = "present", _("Counts as present")
        LEFT_OUT = "left out", _("Is left out")
        ABSENT = "absent", _("Counts as absent")

    RULES = (
        *("late_after_minutes", "late_percent", "early_minutes", "least_minutes", "excused_counts", "free_absences"),
        *("threshold_percent", "needs_reason"),
    )
    in_trail = ("course", *RULES)
    named_by = ("course",)

    course = models.OneToOneField(Course, on_delete=models.CASCADE, null=True, related_name="rules")
    is_institution = models.BooleanField(null=True, unique=True, help_text="True in the institution's row, else NULL.")
    late_after_minutes = models.PositiveSmallIntegerField(null=True, blank=True, validators=[AT_MOST_1000])
    early_minutes = models.PositiveSmallIntegerField(null=True, blank=True, validators=[AT_MOST_1000])
    least_minutes = models.PositiveSmallIntegerField(null=True, blank=True, validators=[AT_MOST_1000])
    late_percent = models.PositiveSmallIntegerField(null=True, blank=True, validators=[AT_MOST_100])
    excused_counts = models.CharField(max_length=8, null=True, blank=True, choices=Excused)
    free_absences = models.PositiveSmallIntegerField(null=True, blank=True, validators=[AT_MOST_100])
    threshold_percent = models.PositiveSmallIntegerField(null=True, blank=True, validators=[AT_MOST_100])
    needs_reason = models.BooleanField(null=True, blank=True)

    objects = TrailedSet["CourseRules"].as_manager()

    class Meta:
        db_table = "course_rules"
        constraints = [
            models.CheckConstraint(
                condition=Q(is_institution=True, course__isnull=True)
                | Q(is_institution__isnull=True, course__isnull=False),
                name="course_rules_of_one",
            ),
            models.CheckConstraint(
                condition=Q(late_percent__isnull=True) | Q(late_percent__lte=100), name="course_rules_late"
            ),
            models.CheckConstraint(
                condition=Q(threshold_percent__isnull=True) | Q(threshold_percent__lte=100),
                name="course_rules_threshold",
            ),
        ]

    def __str__(self) -> str:
        return f"Rules of {self.course.code if self.course else 'the institution'}"

    @classmethod
    def names_in_trail(cls, before: Values) -> dict[Any, str]:
        rows = cls.objects.filter(pk__in=list(before)).select_related("course")
        return {row.pk: str(row) for row in rows}
