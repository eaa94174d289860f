"""What the parent says to a camera's process. The end of the pipe says that the parent is gone."""

from __future__ import annotations

import os
import pickle
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.reduction import recv_handle, send_handle
from typing import Any, Literal

Subject = Literal["gallery", "sessions", "samples"]


@dataclass(frozen=True, slots=True)
class Stop:
    """End in order, and soon."""


@dataclass(frozen=True, slots=True)
class Pace:
    """Look so often at the most: the machine cannot do more for all of its cameras, or can again."""

    looks_per_second: float


@dataclass(frozen=True, slots=True)
class Know:
    """From now on this is what is known of a subject.

    handle: of a file in memory that holds it pickled. The order is short however much that is, so that the parent never
    waits for a process that does not listen.
    """

    subject: Subject
    handle: int

    @classmethod
    def of(cls, subject: Subject, content: object) -> Know:
        """To be closed when nobody is to be told it any more. Raises OSError."""
        handle = os.memfd_create(f"rollcall-{subject}", os.MFD_CLOEXEC)
        with open(handle, "wb", closefd=False) as file:
            pickle.dump(content, file, pickle.HIGHEST_PROTOCOL)
        return cls(subject, handle)

    def read(self) -> Any:
        """The content. Raises OSError."""
        # By its size and not from where the handle stands: all processes share that place.
        size, parts, place = os.fstat(self.handle).st_size, [], 0
        while place < size and (part := os.pread(self.handle, size - place, place)):
            parts.append(part)
            place += len(part)
        return pickle.loads(b"".join(parts))

    def close(self) -> None:
        """Let go of the file; whoever was told of it has a handle of its own."""
        os.close(self.handle)


Order = Stop | Pace | Know


def give_order(connection: Connection[Any, Any], order: Order) -> None:
    """Raises OSError where the process is gone."""
    connection.send(order)
    if isinstance(order, Know):
        send_handle(connection, order.handle, None)  # Linux needs no process id.


def take_order(connection: Connection[Any, Any]) -> Order:
    """Wait for one. Raises EOFError or OSError where the parent is gone."""
    order: Order = connection.recv()
    return Know(order.subject, recv_handle(connection)) if isinstance(order, Know) else order
