"""The log of a camera's process: the parent writes it, which alone knows how often a line was there before."""

from __future__ import annotations

import logging
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any

from recognizer.camera.messages import Logged
from recognizer.camera.wire import say


class RelayHandler(logging.Handler):
    """Sends each line to the parent; where that is gone, nobody is left to be told."""

    def __init__(self, connection: Connection[Any, Any]) -> None:
        super().__init__()
        self._connection = connection

    def emit(self, record: logging.LogRecord) -> None:
        """See ``logging.Handler.emit``."""
        try:
            say(self._connection, Logged.of(record))
        except OSError:
            pass
        except Exception as error:
            # In these words alone: Python would print all that the line was made of, with the secrets in it.
            words = f"a line of the log could not be written: {type(error).__name__}, from {record.module}.py"
            fault = logging.LogRecord(record.name, logging.WARNING, record.pathname, record.lineno, words, (), None)
            with suppress(OSError):
                say(self._connection, Logged.of(fault))
