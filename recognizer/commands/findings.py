"""What a check can say other than that all is well."""

from __future__ import annotations

from recognizer.errors import RecognizerError


class Finding(RecognizerError):
    """Something is not as it should be; the message says what to do."""


class Later(RecognizerError):
    """A warning, or what cannot be known now; the message says what to do, or when."""
