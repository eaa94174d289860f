"""The socket in the state folder by which ``recognizer status`` asks the recognizer that runs.

Whoever connects is sent one JSON document and nothing else; what they say is not read. Only the service's user and root
may connect.
"""

from __future__ import annotations

import json
import os
import socket
import socketserver
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from recognizer.errors import RecognizerError
from recognizer.monitoring.listening import BoundedServer
from recognizer.ops.own_file import UntrustedFile, require_own_socket

SOCKET_FILE = "status.sock"
"""In the state folder."""

ANSWER_SECONDS = 10.0
"""How long a question waits: a disk may hold the recognizer up when it counts what is in the outbox."""

_MOST_BYTES = 4 * 2**20


class NoAnswer(RecognizerError):
    """A recognizer runs, and does not answer."""

    exit_code = 69


class NotRunning(RecognizerError):
    """No recognizer has this state folder."""

    exit_code = 3


def make_status_server(folder: Path, answer: Callable[[], dict[str, Any]]) -> BoundedServer:
    """Listen in the folder, which must be this process's own: a socket that was left there is replaced. Raises OSError.

    ``answer`` is called in a thread of each connection.
    """

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            self.request.sendall(json.dumps(answer(), ensure_ascii=False).encode() + b"\n")

    (folder / SOCKET_FILE).unlink(missing_ok=True)
    with _short_path(folder) as path:
        server = _StatusServer(path, Handler)
    server.path = folder / SOCKET_FILE
    return server


class _StatusServer(BoundedServer):
    address_family = socket.AF_UNIX
    path: Path

    def server_bind(self) -> None:
        self.socket.bind(self.server_address)
        # Before anybody can connect, which is from listen() on.
        Path(str(self.server_address)).chmod(0o600)

    def server_close(self) -> None:
        super().server_close()
        with suppress(OSError):
            self.path.unlink()

    def _accept(self) -> tuple[Any, Any]:
        connection, _ = self.socket.accept()
        return connection, "a local program"


def ask_status(folder: Path) -> dict[str, Any]:
    """What the recognizer with that state folder says of itself. Raises NotRunning, NoAnswer or PermissionError.

    NotRunning says that nobody answers: whether somebody works there is told by the folder's lock.
    """
    try:
        with _short_path(folder) as path, socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            require_own_socket(folder / SOCKET_FILE)
            connection.settimeout(ANSWER_SECONDS)
            _connect(connection, path)
            document = json.loads(b"".join(_read(connection)))
    except (FileNotFoundError, NotADirectoryError, ConnectionRefusedError):
        raise NotRunning(f"no recognizer runs with the state folder {folder}") from None
    except UntrustedFile as error:
        raise NoAnswer(f"the recognizer's socket {error}") from None
    except PermissionError as error:
        raise PermissionError(error.errno, error.strerror, str(folder / SOCKET_FILE)) from None
    except (OSError, ValueError):
        raise NoAnswer(
            f"the recognizer with the state folder {folder} runs and did not answer within {ANSWER_SECONDS:.0f} s: "
            "look at its log, and at this machine's disk and load"
        ) from None
    if not isinstance(document, dict):
        raise NoAnswer(f"what answers in {folder} is no recognizer")
    return document


def _connect(connection: socket.socket, path: str) -> None:
    """Connect, behind others if need be: where many wait the system refuses at once, and has to be asked again."""
    until = time.monotonic() + ANSWER_SECONDS
    while True:
        try:
            return connection.connect(path)
        except BlockingIOError:
            if time.monotonic() >= until:
                raise
            time.sleep(0.05)


def _read(connection: socket.socket) -> Iterator[bytes]:
    size = 0
    while size < _MOST_BYTES and (part := connection.recv(65536)):
        size += len(part)
        yield part


@contextmanager
def _short_path(folder: Path) -> Iterator[str]:
    """The socket's path by way of its folder's descriptor: a socket's own may have 107 bytes at most."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{descriptor}/{SOCKET_FILE}"
    finally:
        os.close(descriptor)
