"""Whose courses belong together, and who may look at all of them."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from portal.accounts.models.trail import Trailed, TrailedSet


class Department(Trailed):
    """A part of the institution that courses belong to. Its viewers read their registers and change nothing."""

    in_trail = ("name",)

    name = models.CharField(max_length=200, unique=True)
    viewers = models.ManyToManyField(
        settings.AUTH_USER_MODEL,
        related_name="viewed_departments",
        blank=True,
        db_table="department_viewers",
        help_text="They read the registers and records of its courses, and change nothing.",
    )

    objects = TrailedSet["Department"].as_manager()

    class Meta:
        db_table = "department"
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
