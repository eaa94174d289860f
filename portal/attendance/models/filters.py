"""Filters of the records that people keep for themselves."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class SavedFilter(models.Model):
    """A filter of the records under a name: ``query`` is what stands in the address behind the question mark."""

    account = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_filters")
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=1000, blank=True)

    class Meta:
        db_table = "saved_filter"
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["account", "name"], name="saved_filter_once")]

    def __str__(self) -> str:
        return self.name
