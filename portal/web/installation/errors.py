"""Why the portal cannot be set up."""

from __future__ import annotations


class SetupError(Exception):
    """One line that says what to do next."""
