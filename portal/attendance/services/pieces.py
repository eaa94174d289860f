"""Files that wait in the database, in pieces: those that were uploaded, and those that somebody has asked for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

PIECE = 1_000_000
"""Bytes; a server takes at least 4 MB in one packet."""


def cut(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """The pieces with their numbers, one after another."""
    number = 0
    while content := file.read(PIECE):
        yield number, content
        number += 1
