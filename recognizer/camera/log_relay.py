"""The log of a camera's process: the parent writes it, which alone knows how often a line was there before."""

from __future__ import annotations

import logging
import threading
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any

from recognizer.camera.messages import Logged


class SharedPipe:
    """The process's end of its pipe, which several threads may write to."""

    def __init__(self, connection: Connection[Any, Any]) -> None:
        self._connection = connection
        self._lock = threading.Lock()

    def send(self, message: object) -> None:
        """See ``Connection.send``. Raises OSError where the parent is gone."""
        with self._lock:
            self._connection.send(message)

    def recv(self) -> Any:
        """See ``Connection.recv``; for one thread alone."""
        return self._connection.recv()


class RelayHandler(logging.Handler):
    """Sends each line to the parent; where that is gone, nobody is left to be told."""

    def __init__(self, pipe: SharedPipe) -> None:
        super().__init__()
        self._pipe = pipe

    def emit(self, record: logging.LogRecord) -> None:
        """See ``logging.Handler.emit``."""
        try:
            self._pipe.send(Logged.of(record))
        except OSError:
            pass
        except Exception as error:
            # In these words alone: Python would print all that the line was made of, with the secrets in it.
            words = f"a line of the log could not be written: {type(error).__name__}, from {record.module}.py"
            fault = logging.LogRecord(record.name, logging.WARNING, record.pathname, record.lineno, words, (), None)
            with suppress(OSError):
                self._pipe.send(Logged.of(fault))
