"""What is taught, and to whom."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from portal.attendance.models.people import Student


class Course(models.Model):
    """What is taught, by whom, and to whom (the roster)."""

    code = models.CharField(max_length=32, unique=True)
    title = models.CharField(max_length=200)
    lecturers = models.ManyToManyField(
        settings.AUTH_USER_MODEL, related_name="courses", blank=True, db_table="course_lecturers"
    )
    students: models.ManyToManyField[Student, RosterEntry] = models.ManyToManyField(
        Student, through="RosterEntry", related_name="courses"
    )

    class Meta:
        db_table = "course"
        ordering = ["code"]

    def __str__(self) -> str:
        return f"{self.code} {self.title}"


class RosterEntry(models.Model):
    """A student expected at every class session of a course."""

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="roster")
    student = models.ForeignKey(Student, on_delete=models.CASCADE, related_name="roster_entries")

    class Meta:
        db_table = "roster_entry"
        verbose_name_plural = "roster"
        constraints = [models.UniqueConstraint(fields=["course", "student"], name="roster_entry_once")]

    def __str__(self) -> str:
        return f"{self.student} in {self.course}"
