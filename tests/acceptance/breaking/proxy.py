"""A TCP proxy before the database, which fails on command as networks and servers do."""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

_CHUNK = 16_384
_QUERY = 3
"""The byte that stands before a statement in MySQL's protocol."""

_HEADER = 4
"""Bytes of a packet before its content: three of length and one of order."""


@dataclass
class Fault:
    """What is wrong with the way to the database now; by default nothing."""

    is_stalled: bool = False
    """Connections are taken and stay open, and nothing passes."""
    answer_seconds: float = 0.0
    """How much later each answer comes."""
    bytes_per_second: float = 0.0
    """How much passes in each direction of a connection; 0 for all."""
    lost_commits: int = 0
    """Of how many more transactions that write a mark the COMMIT's answer is lost, and with it the connection."""
    cut_transactions: int = 0
    """How many more transactions that write a mark lose their connection before the COMMIT."""
    ended_connections: int = 0
    """How many more connections end once they have handed on the answer to the COMMIT of a mark."""
    refused_statements: list[int] = field(default_factory=list)
    """Errors that the next statements which write a mark get for an answer, by their numbers."""


class Proxy:
    """Listens on a port of its own until closed. ``fault`` may be changed at any time; it holds for all connections."""

    def __init__(self, server_port: int) -> None:
        self.fault = Fault()
        self.injected = 0
        """How many commits, transactions and statements were broken on command."""
        self._server_port = server_port
        self._lines: list[_Line] = []
        self._listener: socket.socket | None = None
        self.port = 0
        self.listen()

    def listen(self) -> None:
        """Take connections, on the same port as before."""
        self._listener = listener = socket.create_server(("127.0.0.1", self.port), backlog=16)
        self.port = listener.getsockname()[1]
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()

    def refuse(self) -> None:
        """Nobody listens any more, and all connections are cut: the server's machine runs, and the server does not."""
        listener, self._listener = self._listener, None
        if listener is not None:
            # shutdown alone wakes the thread that waits in accept, and close alone would leave the port listening.
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        self.cut()

    def cut(self) -> int:
        """End every connection; how many there were."""
        lines, self._lines = self._lines, []
        for line in lines:
            line.cut()
        return len(lines)

    def heal(self) -> None:
        """All is well again."""
        self.fault = Fault()
        self.listen_again()

    def listen_again(self) -> None:
        """Take connections, after ``refuse``."""
        if self._listener is None:
            self.listen()

    @contextmanager
    def away(self) -> Iterator[None]:
        """Connections are refused within the block."""
        self.refuse()
        try:
            yield
        finally:
            self.heal()

    def close(self) -> None:
        self.refuse()

    def url(self, server_url: str) -> str:
        """The address of a database of the server, by way of this proxy."""
        return server_url.replace(f":{self._server_port}/", f":{self.port}/")

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(("127.0.0.1", self._server_port), timeout=5)
            except OSError:
                client.close()
                continue
            server.settimeout(None)
            self._lines = [line for line in self._lines if not line.is_cut]
            self._lines.append(_Line(self, client, server))


class _Line:
    """One connection through the proxy, a thread for each direction."""

    def __init__(self, proxy: Proxy, client: socket.socket, server: socket.socket) -> None:
        self._proxy, self._client, self._server = proxy, client, server
        self._has_written_mark = self._loses_answer = self._is_last_answer = False
        self.is_cut = False
        for work in (self._carry_questions, self._carry_answers):
            threading.Thread(target=work, daemon=True).start()

    def cut(self) -> None:
        self.is_cut = True
        for end in (self._client, self._server):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def _carry_questions(self) -> None:
        with suppress(OSError):
            while data := self._client.recv(_CHUNK):
                self._wait(len(data), 0.0)
                if not self._is_broken(data):
                    self._server.sendall(data)
        self.cut()

    def _carry_answers(self) -> None:
        with suppress(OSError):
            while data := self._server.recv(_CHUNK):
                if self._loses_answer:
                    self._proxy.injected += 1
                    break
                self._wait(len(data), self._proxy.fault.answer_seconds)
                self._client.sendall(data)
                if self._is_last_answer:
                    break
        self.cut()

    def _wait(self, length: int, seconds: float) -> None:
        """As long as it takes to carry so many bytes, and for ever while nothing passes."""
        rate = self._proxy.fault.bytes_per_second
        time.sleep(seconds + (length / rate if rate else 0.0))
        while self._proxy.fault.is_stalled and not self.is_cut:
            time.sleep(0.05)

    def _is_broken(self, data: bytes) -> bool:
        """Break what is to be broken; whether the question was answered here and does not go on."""
        fault, statement = self._proxy.fault, _statement(data)
        if statement.startswith((b"INSERT INTO camera_mark ", b"UPDATE camera_mark ")):
            self._has_written_mark = True
            if fault.refused_statements:
                self._refuse(fault.refused_statements.pop(0))
                return True
        if statement == b"COMMIT" and self._has_written_mark:
            if fault.cut_transactions:
                fault.cut_transactions -= 1
                self._proxy.injected += 1
                raise ConnectionAbortedError
            if fault.lost_commits:
                fault.lost_commits -= 1
                self._loses_answer = True
            elif fault.ended_connections:
                fault.ended_connections -= 1
                self._is_last_answer = True
        if statement in (b"COMMIT", b"ROLLBACK"):
            self._has_written_mark = False
        return False

    def _refuse(self, number: int) -> None:
        """Answer as the server does: a deadlock undoes the transaction, a lock not given in time the statement."""
        self._proxy.injected += 1
        content = b"\xff" + struct.pack("<H", number) + b"#40001" + b"forced"
        self._client.sendall(struct.pack("<I", len(content))[:3] + b"\x01" + content)


def _statement(data: bytes) -> bytes:
    """The statement that a client's packet holds; empty for others."""
    return data[_HEADER + 1 :] if len(data) > _HEADER and data[_HEADER] == _QUERY else b""
