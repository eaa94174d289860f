"""The write-ahead log beside a SQLite file: whether SQLite would pass over commits that stood in it, and its pages.

By the file formats as https://www.sqlite.org/fileformat2.html and https://www.sqlite.org/walformat.html have them.
SQLite reads a log up to the first frame whose checksum is wrong, and says nothing of the others. It does so where the
power went while a commit was written, which nobody had been told of, and where a disk lost what was committed.
"""

from __future__ import annotations

import os
import struct
import sys
from dataclasses import dataclass, field
from pathlib import Path

USUAL_PAGE_BYTES = 4096

_MAGIC = 0x377F0682
"""In its last bit: whether the checksums take numbers with the high byte first."""
_HEADER_BYTES, _FRAME_HEADER_BYTES = 32, 24
_INDEX_COPY_BYTES = 48
"""The index begins with two copies of its header, which differ while it is written."""


@dataclass(slots=True)
class LoggedPages:
    """Pages of the database that its log holds, since the log was last begun anew."""

    pages: list[tuple[int, bytes]] = field(default_factory=list)
    """Number and content, oldest first; those that SQLite passes over are among them."""
    database_pages: int = 0
    """How many pages the database had after the last commit that can be read."""
    missing_bytes: int = 0
    """Bytes of pages that were there, as far as that can be told, and are not."""


def is_torn(path: Path) -> bool:
    """Whether SQLite would pass over something in the log of the database ``path`` that was committed, or may have
    been. To be asked before SQLite opens the file, for it begins the log anew. Raises OSError."""
    index = _Index.read(path)  # First: the log of a program that runs goes on.
    log = _Log.read(path)
    if log is None or not path.exists():
        return bool(index and index.frames > index.copied_frames) or bool(log and log.frames)
    committed, is_whole = log.check()
    if index is not None and index.salt == log.salt:
        # Of a process that was killed: it tells what was committed, and only that.
        return index.frames > committed
    return not is_whole


def read_log(path: Path) -> LoggedPages:
    """What the log of the database ``path`` holds, be it damaged; nothing where there is none. Raises OSError."""
    found = LoggedPages()
    index, log = _Index.read(path), _Log.read(path)
    if log is None:
        found.missing_bytes = (index.frames if index else 0) * USUAL_PAGE_BYTES
        return found
    last = 0
    for number, frame in enumerate(log.frames, start=1):
        if log.is_current(frame):
            last = number
            page, database_pages = struct.unpack_from(">II", frame)
            found.database_pages = database_pages or found.database_pages
            found.pages.append((page, frame[_FRAME_HEADER_BYTES:]))
    if index is not None and index.salt == log.salt:
        last = max(last, index.frames)
    elif log.has_half_frame:
        last += 1
    found.missing_bytes = (last - len(found.pages)) * log.page_bytes
    return found


def read_blocks(path: Path) -> bytes:
    """The file, empty where there is none; a block that the disk does not give is zeros. Raises OSError."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        return b""
    try:
        blocks = []
        for start in range(0, os.fstat(descriptor).st_size, USUAL_PAGE_BYTES):
            try:
                blocks.append(os.pread(descriptor, USUAL_PAGE_BYTES, start))
            except OSError:
                blocks.append(bytes(USUAL_PAGE_BYTES))
        return b"".join(blocks)
    finally:
        os.close(descriptor)


@dataclass(frozen=True, slots=True)
class _Log:
    """A log as it lies on the disk."""

    header: bytes
    page_bytes: int
    salt: bytes
    """Stands in the header and in each frame, and changes when the log is begun anew."""
    frames: list[bytes]
    """All that are whole in length, with those of an older log behind the newest."""
    has_half_frame: bool
    """The file ends within the page of a frame."""

    @staticmethod
    def read(path: Path) -> _Log | None:
        """None where there is no log, or nothing but its header."""
        content = read_blocks(path.with_name(path.name + "-wal"))
        if len(content) <= _HEADER_BYTES:
            return None
        header = content[:_HEADER_BYTES]
        is_header_whole = _is_header_whole(header)
        page_bytes = struct.unpack_from(">I", header, 8)[0] if is_header_whole else USUAL_PAGE_BYTES
        step = _FRAME_HEADER_BYTES + page_bytes
        frames = [content[at : at + step] for at in range(_HEADER_BYTES, len(content), step)]
        half = frames.pop() if len(frames[-1]) < step else b""
        # The first frame is the first that a new log writes over.
        salt = header[16:24] if is_header_whole or not frames else frames[0][8:16]
        is_half_current = len(half) > _FRAME_HEADER_BYTES and half[8:16] == salt
        return _Log(header, page_bytes, salt, frames, is_half_current)

    def is_current(self, frame: bytes) -> bool:
        """Whether the frame was written since the log was last begun anew."""
        return frame[8:16] == self.salt

    def check(self) -> tuple[int, bool]:
        """How many frames SQLite would read, and whether none was written behind these but those of a commit that
        was not at its end."""
        if not _is_header_whole(self.header):
            return 0, False
        order = ">" if self.header[3] & 1 else "<"
        committed, sums = 0, _checksum(order, self.header[:24])
        for number, frame in enumerate(self.frames):
            sums = _checksum(order, frame[:8] + frame[_FRAME_HEADER_BYTES:], sums)
            if not self.is_current(frame) or struct.pack(">II", *sums) != frame[16:24]:
                return committed, not any(map(self.is_current, self.frames[number:])) and not self.has_half_frame
            if frame[4:8] != bytes(4):
                committed = number + 1
        return committed, not self.has_half_frame


@dataclass(frozen=True, slots=True)
class _Index:
    """What the log's index says, which processes share while they have the database open."""

    salt: bytes
    frames: int
    """Of all commits so far."""
    copied_frames: int
    """Of these, how many are in the database itself."""

    @staticmethod
    def read(path: Path) -> _Index | None:
        """None where there is none that can be believed: it is not kept over a power cut."""
        content = read_blocks(path.with_name(path.name + "-shm"))[: 2 * _INDEX_COPY_BYTES + 4]
        header = content[:_INDEX_COPY_BYTES]
        if len(content) < 2 * _INDEX_COPY_BYTES + 4 or header != content[_INDEX_COPY_BYTES : 2 * _INDEX_COPY_BYTES]:
            return None
        order = "<" if sys.byteorder == "little" else ">"
        if not header[12] or struct.pack(f"{order}II", *_checksum(order, header[:40])) != header[40:48]:
            return None
        (frames,) = struct.unpack_from(f"{order}I", header, 16)
        (copied,) = struct.unpack_from(f"{order}I", content, 2 * _INDEX_COPY_BYTES)
        return _Index(header[32:40], frames, copied)


def _is_header_whole(header: bytes) -> bool:
    magic, _, page_bytes = struct.unpack_from(">III", header)
    if magic & ~1 != _MAGIC or not 512 <= page_bytes <= 65536:
        return False
    return struct.pack(">II", *_checksum(">" if magic & 1 else "<", header[:24])) == header[24:32]


def _checksum(order: str, content: bytes, sums: tuple[int, int] = (0, 0)) -> tuple[int, int]:
    """The two sums of what came before and the content, whose length is a multiple of 8."""
    first, second = sums
    for even, odd in struct.iter_unpack(f"{order}II", content):
        first = first + even + second & 0xFFFFFFFF
        second = second + odd + first & 0xFFFFFFFF
    return first, second
