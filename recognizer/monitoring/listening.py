"""Servers on this machine that a slow or hostile client cannot hold: few connections at a time, each for seconds."""

from __future__ import annotations

import logging
import socket
import socketserver
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

MOST_CONNECTIONS = 8
"""At a time; more are closed at once."""

LONGEST_CONNECTION_SECONDS = 5.0

_POLL_SECONDS = 0.25
_REST_SECONDS = 0.5
_RETRY_SECONDS = 30.0
_STOP_SECONDS = 1.0

log = logging.getLogger(__name__)


class BoundedServer(socketserver.ThreadingMixIn, socketserver.TCPServer):
    """A thread for each connection, of which there are few, and none lasts."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 2 * MOST_CONNECTIONS
    timeout = _POLL_SECONDS

    def __init__(self, *arguments: Any, **named: Any) -> None:
        self._begun: dict[socket.socket, float] = {}
        self._lock = threading.Lock()
        super().__init__(*arguments, **named)

    def get_request(self) -> tuple[Any, Any]:
        """The next connection. Raises OSError where it cannot be had, after a rest."""
        try:
            return self._accept()
        except OSError:
            # No file handle is left, say: whoever connects goes on waiting, and would be found again at once, for ever.
            time.sleep(_REST_SECONDS)
            raise

    def _accept(self) -> tuple[Any, Any]:
        return self.socket.accept()

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._lock:
            is_full = len(self._begun) >= MOST_CONNECTIONS
            if not is_full:
                self._begun[request] = time.monotonic()
        if is_full:
            self.shutdown_request(request)
        else:
            super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._begun.pop(request, None)
            super().shutdown_request(request)

    def end_slow_connections(self) -> None:
        """Shut those down that have lasted long enough; whoever reads or writes them meets an error."""
        latest = time.monotonic() - LONGEST_CONNECTION_SECONDS
        with self._lock:
            for connection in [each for each, begun in self._begun.items() if begun <= latest]:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        log.debug("a connection failed", exc_info=True)


class Listening:
    """A server in a thread of its own. Where it cannot listen it says so, and tries again: a recognizer whose port is
    taken goes on with its work.

    what: for the log. make: binds the server; raises OSError.
    """

    def __init__(self, what: str, make: Callable[[], BoundedServer]) -> None:
        self._what = what
        self._make = make
        self._is_stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=what, daemon=True)

    def __enter__(self) -> Listening:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_stopping.set()
        self._thread.join(_STOP_SECONDS)

    def _run(self) -> None:
        complaint = ""
        while not self._is_stopping.is_set():
            try:
                server = self._make()
            except OSError as error:
                if str(error) != complaint:
                    log.error(
                        "%s cannot be had (%s); it is tried again",
                        self._what,
                        error.strerror or error,
                        extra={"event": "socket unavailable"},
                    )
                complaint = str(error)
                self._is_stopping.wait(_RETRY_SECONDS)
                continue
            complaint = ""
            with server:
                while not self._is_stopping.is_set():
                    server.handle_request()
                    server.end_slow_connections()
