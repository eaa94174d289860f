"""Why a student need not come on some days, as a person has entered it."""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from portal.attendance.models.courses import Course
from portal.attendance.models.people import Student


class ExcuseSet(models.QuerySet["Excuse"]):
    """Excuses of students."""

    def in_force(self) -> ExcuseSet:
        """Those that nobody has withdrawn."""
        return self.filter(withdrawn_at__isnull=True)

    def on(self, day: date, course_id: int) -> ExcuseSet:
        """Those that count for a class session of the course on that day."""
        days = Q(first_day__lte=day, last_day__gte=day)
        return self.in_force().filter(days, Q(course__isnull=True) | Q(course=course_id))


class Excuse(models.Model):
    """A student is excused from one day to another, both included. It is withdrawn, and never changed or deleted.

    A day is the one on which a class session starts, in its room's time zone. The reason may be a medical one:
    ``access.may_read_reason`` says who sees it, and no mark and no history repeats it.
    """

    student = models.ForeignKey(Student, on_delete=models.PROTECT, related_name="excuses")
    course = models.ForeignKey(
        Course, on_delete=models.PROTECT, null=True, related_name="excuses", help_text="Empty: every course."
    )
    first_day = models.DateField()
    last_day = models.DateField()
    reason = models.CharField(max_length=500)
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    entered_by_name = models.CharField(max_length=200, help_text="Their official name at that time.")
    entered_at = models.DateTimeField(default=timezone.now)
    withdrawn_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    withdrawn_by_name = models.CharField(max_length=200, blank=True, db_default="")
    withdrawn_at = models.DateTimeField(null=True)

    objects = ExcuseSet.as_manager()

    class Meta:
        db_table = "excuse"
        ordering = ["-first_day", "student__plain_name", "pk"]
        indexes = [
            # A class session asks for those of its course, and for those of every course.
            models.Index(fields=["course", "last_day"], name="excuse_course_day"),
            models.Index(fields=["student", "last_day"], name="excuse_student_day"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(last_day__gte=F("first_day")), name="excuse_days_in_order"),
            models.CheckConstraint(condition=~Q(reason=""), name="excuse_has_reason"),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True, withdrawn_by__isnull=True)
                | Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False),
                name="excuse_withdrawn_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        where = self.course.code if self.course else "every course"
        return f"{self.student}, {where}, {self.first_day} to {self.last_day}"
