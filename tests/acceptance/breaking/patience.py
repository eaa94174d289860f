"""What the usual run leaves to ``make test-broken``, which takes its time."""

from __future__ import annotations

import os
from typing import Any

import pytest

from tests.environment import LONG, PROGRAM

IS_LONG = bool(os.environ.get(LONG))
"""Whether outages last as long as in life."""

IS_PROGRAM = bool(os.environ.get(PROGRAM))
"""Whether another program is tried than the one from source."""

_REASON = "It takes too long for the usual run: make test-broken."

only_long = pytest.mark.skipif(not (IS_LONG or IS_PROGRAM), reason=_REASON)
"""For a test."""

only_source = pytest.mark.skipif(IS_PROGRAM, reason="A program's hours are as long as the database's.")
"""For a test in which time passes faster, or it is another day."""


def long(*values: Any, name: str) -> Any:
    """For one of a test's parameters."""
    return pytest.param(*values, id=name, marks=only_long)
