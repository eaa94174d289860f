"""What libraries write to stderr beside the log: native code that warns of a picture, or of itself.

A line for each of a camera's pictures would fill the disk, and nobody has taken the secrets out of it. So in a
camera's process such lines become lines of the log, which leaves repeats out.
"""

from __future__ import annotations

import logging
import os
import threading

from recognizer.ops.redaction import redact_to_one_line

_STDERR = 2
_LONGEST_LINE = 1000

log = logging.getLogger(__name__)


def divert_stderr(whose: str) -> None:
    """Send what this process writes to stderr into the log, which must be written elsewhere.

    whose: what the log calls the process. To be called once in a process. What is written just before the process dies
    may be lost.
    """
    reader, writer = os.pipe()
    os.dup2(writer, _STDERR)
    os.close(writer)
    threading.Thread(target=_log_lines, args=(reader, whose), name="stderr", daemon=True).start()


def _log_lines(reader: int, whose: str) -> None:
    with os.fdopen(reader, "rb") as lines:
        while line := lines.readline(_LONGEST_LINE):
            if text := redact_to_one_line(line.decode(errors="replace")):
                log.warning("%s: a library says: %s", whose, text)
