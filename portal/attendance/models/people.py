"""Who is taught."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class Student(models.Model):
    """A person who may be on a roster; known to the recognizer by number alone."""

    number = models.CharField(max_length=32, unique=True, help_text="Text: leading zeros count.")
    full_name = models.CharField(max_length=200)
    email = models.EmailField("e-mail address", max_length=254, blank=True, db_default="")
    is_active = models.BooleanField(default=True, db_default=True)

    class Meta:
        db_table = "student"
        ordering = ["full_name", "number"]
        constraints = [models.CheckConstraint(condition=~Q(number=""), name="student_number_not_empty")]

    def __str__(self) -> str:
        return f"{self.full_name} ({self.number})"
