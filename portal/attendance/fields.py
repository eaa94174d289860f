"""Columns that Django has no field for."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models.functions import Lower


class ExactCharField(models.CharField):
    """Text of which every letter counts, in comparisons and in a unique key.

    MySQL and MariaDB take letters for others by their usual collations: é for e, ß for s, or a for A. SQLite and Python
    do not. ``field__lower__contains`` looks without regard to case.
    """

    def db_parameters(self, connection: Any) -> Any:
        """See Django; with the collation that compares code points."""
        parameters = super().db_parameters(connection)
        if connection.vendor == "mysql":
            parameters["collation"] = "utf8mb4_bin"
        return parameters


ExactCharField.register_lookup(Lower)
