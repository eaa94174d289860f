"""Who can make which kind of file. The apps that show the buttons know how, and say so here as they are loaded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO, Protocol

from portal.attendance.models import DataExport


class Progress(Protocol):
    """Is told how many rows there will be, and how many are done; it may end the work."""

    def __call__(self, done: int) -> None: ...

    def expect(self, total: int) -> None:
        """So many rows."""


class CannotExport(Exception):
    """There will be no file; the message says why, to whoever has asked."""


Finish = Callable[[], str]
"""Is done in the transaction that keeps the file; says what is written down when somebody takes it."""


@dataclass(frozen=True)
class Maker:
    """Makes the files of one kind.

    write: the file, with the rows that its owner may see now; sets ``courses``. Raises CannotExport. It may be begun
    anew. may_have: whether the owner may see all that a made file holds. back: the address where it was asked for.
    instead: addresses of files without such bounds, with words for each.
    """

    write: Callable[[DataExport, BinaryIO, Progress], Finish]
    may_have: Callable[[DataExport], bool]
    back: Callable[[DataExport], str]
    instead: Callable[[DataExport], list[tuple[str, str]]]


MAKERS: dict[str, Maker] = {}


def make_by(kind: str, maker: Maker) -> None:
    """Let files of that kind be made so."""
    MAKERS[kind] = maker
