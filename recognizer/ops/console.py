"""Output that reaches its reader: on a console of any encoding, and through a pipe that is closed early."""

from __future__ import annotations

import codecs
import io
import os
import sys

BROKEN_PIPE_EXIT_CODE = 141
"""What a shell says of a program that SIGPIPE ended: whoever read the output has closed it."""

_PLAIN_FORMS = {
    "–": "-",
    "—": "-",
    "−": "-",
    "×": "x",
    "…": "...",
    "“": '"',
    "”": '"',
    "’": "'",
    "•": "*",
    "✓": "ok",
    "✗": "!!",
    "\N{REPLACEMENT CHARACTER}": "?",
}
"""Signs of our own messages, for consoles that lack them."""


def make_output_safe() -> None:
    """Let stdout and stderr write every text: what their encoding lacks takes a plain form, or reads ``\\u0416``."""
    codecs.register_error("plain", _write_plainly)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="plain")


def drop_output() -> None:
    """Write what is still to come to nowhere, for nobody reads it any more."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def _write_plainly(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lacking = error.object[error.start : error.end]
    return "".join(_PLAIN_FORMS.get(c, c.encode("ascii", "backslashreplace").decode()) for c in lacking), error.end
