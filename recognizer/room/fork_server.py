"""A fork server: a process that loads libraries and models once. The cameras' processes are copies of it.

So they share the memory of what was loaded, and start at once. A copy is made by fork(2), which only a process without
further threads survives; this process has none, and the daemon, which has some, never forks.
"""

from __future__ import annotations

import gc
import logging
import multiprocessing
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.reduction import recv_handle, send_handle
from typing import Any, NoReturn

from recognizer.camera.messages import Failed
from recognizer.camera.wire import say
from recognizer.ops.processes import adopt_orphans, name_process
from recognizer.room.children import SpawnedChild, describe_end

SERVER_NAME = "rollcall-models"
"""As ``ps`` shows it; the copies have the names of their cameras."""

_KILL_SECONDS = 1.0
_LOOK_EVERY_SECONDS = 0.005

_TELLING_SECONDS = 0.3
"""How long a process that is killed may take to come; it takes some milliseconds once the server is ready."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Request:
    """Two handles follow it: the copy's end of its pipe, and where its process id is to be written.

    The arguments go to the copy alone: the server would hand on what it was told of one camera to the next.
    """

    name: str
    target: Callable[..., None]


class ForkServer:
    """Starts processes that have done already what ``prepare`` does.

    The server is started when it is first needed, and again when it is gone; its copies live on without it. They are
    children of the calling process, which becomes the one that adopts orphans.
    """

    def __init__(self, prepare: Callable[[], None]) -> None:
        self._prepare = prepare
        self._server: SpawnedChild | None = None

    def start(self, name: str, target: Callable[..., None], *arguments: object) -> ForkedChild:
        """Ask for a process that calls ``target`` with its end of a pipe and the arguments; all must be picklable.

        Does not wait for it: a server that is just starting takes a second. Raises OSError.
        """
        server = self._running_server()
        connection, theirs = multiprocessing.Pipe()
        pids, pid_writer = multiprocessing.Pipe(duplex=False)
        try:
            with theirs, pid_writer:
                server.connection.send(_Request(name, target))
                for end in (theirs, pid_writer):
                    send_handle(server.connection, end.fileno(), server.pid)
            connection.send(arguments)
        except OSError:
            connection.close()
            pids.close()
            server.kill()
            raise
        return ForkedChild(connection, pids, server)

    def close(self) -> None:
        """End the server, not its copies; it is started again if need be."""
        if self._server is not None:
            self._server.kill()
            self._server.connection.close()
            self._server = None

    def _running_server(self) -> SpawnedChild:
        if self._server is not None and not self._server.is_alive():
            how = self._server.how_it_ended()
            log.warning(
                "the process that holds the models has ended, %s; another is started",
                how,
                extra={"event": "models process ended"},
            )
            self.close()
        if self._server is None:
            adopt_orphans()
            self._server = SpawnedChild(SERVER_NAME, _serve, self._prepare)
        return self._server


class ForkedChild:
    """A process that a fork server was asked for; see ``supervision.Child``.

    ``connection`` is at its end when the process is, or when the server ended before it made one.
    """

    def __init__(self, connection: Connection[Any, Any], pids: Connection[Any, Any], server: SpawnedChild) -> None:
        self.connection = connection
        self._pids = pids
        self._server = server
        self._pid: int | None = None
        self._status: int | None = None

    @property
    def pid(self) -> int | None:
        """None until the server has made the process."""
        try:
            if self._pid is None and not self._pids.closed and self._pids.poll():
                self._pid = self._pids.recv()
                self._pids.close()
        except (EOFError, OSError):
            self._pids.close()
        return self._pid

    def is_alive(self) -> bool:
        """Whether the process runs, or is still to come."""
        pid = self.pid
        if pid is None:
            return not self._pids.closed
        if self._status is None:
            try:
                ended, status = os.waitpid(pid, os.WNOHANG)
            except ChildProcessError:
                ended, status = pid, -1
            self._status = status if ended else None
        return self._status is None

    def kill(self) -> None:
        """End it at once, and wait until it is gone. If it has not come yet, the server hangs, and is ended."""
        if self.is_alive() and self.pid is None and not self._pids.poll(_TELLING_SECONDS):
            self._server.kill()
        if self.is_alive() and self.pid is not None:
            # Nobody else has waited for it, so the number is still its own.
            os.kill(self.pid, signal.SIGKILL)
        deadline = time.monotonic() + _KILL_SECONDS
        while self.is_alive() and time.monotonic() < deadline:
            time.sleep(_LOOK_EVERY_SECONDS)
        self._pids.close()

    def how_it_ended(self) -> str:
        """The exit code, or the signal that ended it."""
        if self._pid is None:
            return "before it had begun: the process that holds the models ended"
        return describe_end(None if self._status in (None, -1) else os.waitstatus_to_exitcode(self._status or 0))


def _serve(requests: Connection[Any, Any], prepare: Callable[[], None]) -> None:
    """What runs in the server, until the daemon closes its end."""
    name_process(SERVER_NAME)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    is_prepared = False
    while True:
        try:
            request: _Request = requests.recv()
            handles = recv_handle(requests), recv_handle(requests)
        except (EOFError, OSError):
            return
        is_prepared = is_prepared or _has_prepared(prepare)
        with Connection(handles[0]) as theirs, Connection(handles[1]) as pid_writer:
            try:
                pid_writer.send(_fork(requests, theirs, pid_writer, request))
            except OSError as error:
                log.error(
                    "a camera's process cannot be started: %s",
                    error.strerror or error,
                    extra={"event": "camera process fails"},
                )
                log.debug("where it failed", exc_info=True)


def _has_prepared(prepare: Callable[[], None]) -> bool:
    """A copy that is not prepared does it itself, and tells why it cannot; the next one may find what was missing."""
    try:
        prepare()
    except Exception:
        log.debug("the models cannot be loaded", exc_info=True)
        return False
    # What is garbage now would be copied as often as it is collected, and each look at the rest would copy that.
    gc.collect()
    gc.freeze()
    return True


def _fork(
    requests: Connection[Any, Any], theirs: Connection[Any, Any], pid_writer: Connection[Any, Any], request: _Request
) -> int:
    """Make the copy; its process id. A process in between ends at once, so that the daemon becomes its parent."""
    reader, writer = os.pipe()
    between = os.fork()
    if between == 0:
        try:
            pid = os.fork()
            if pid == 0:
                os.close(reader)
                os.close(writer)
                requests.close()
                pid_writer.close()
                _run(theirs, request)
            os.write(writer, str(pid).encode())
        finally:
            os._exit(0)
    os.close(writer)
    told = os.read(reader, 32)
    os.close(reader)
    os.waitpid(between, 0)
    if not told:
        raise OSError("no further process can be made")
    return int(told)


def _run(connection: Connection[Any, Any], request: _Request) -> NoReturn:
    """What runs in the copy, to its end."""
    code = 1
    try:
        name_process(request.name)
        request.target(connection, *connection.recv())
        code = 0
    except Exception as error:
        # The parent logs it, who knows how often it did so before.
        with suppress(OSError):
            say(connection, Failed(f"{type(error).__name__}: {error}", traceback.format_exc()))
    finally:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        os._exit(code)
