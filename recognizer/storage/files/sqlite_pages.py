"""Rows read straight from the pages of a SQLite file that SQLite itself refuses to read.

By the file format as https://www.sqlite.org/fileformat2.html has it. Nothing is taken from the tree of pages, which may
be torn: every page that looks like a leaf of a table is read by itself, in the file and in its write-ahead log. Pages
that are no longer in use are read as well, so a row that was deleted may come back.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from pathlib import Path

from recognizer.storage.files.sqlite_log import USUAL_PAGE_BYTES, read_blocks, read_log

Value = None | int | float | str | bytes

_MAGIC = b"SQLite format 3\0"
_FILE_HEADER_BYTES = 100
_TABLE_LEAF, _OTHER_TREE_PAGES = 13, (2, 5, 10)
_WIDTHS = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8}
"""Bytes of an integer by its serial type."""


@dataclass(slots=True)
class PageRows:
    """What was found."""

    rows: list[tuple[Value, ...]] = field(default_factory=list)
    unreadable_rows: int = 0
    unreadable_bytes: int = 0


def read_rows(path: Path) -> PageRows:
    """The rows of all tables in the file and its log ``-wal``, in no order; either may be missing. Raises OSError."""
    found = PageRows()
    content = read_blocks(path)
    page_bytes, pages = _layout(content)
    for start in range(0, len(content), page_bytes):
        page = content[start : start + page_bytes]
        if len(page) < page_bytes:
            found.unreadable_bytes += page_bytes
        else:
            _read_page(page, _FILE_HEADER_BYTES if start == 0 else 0, pages, found)
    found.unreadable_bytes += max(pages - -(-len(content) // page_bytes), 0) * page_bytes
    logged = read_log(path)
    found.unreadable_bytes += logged.missing_bytes
    for number, page in logged.pages:
        _read_page(page, _FILE_HEADER_BYTES if number == 1 else 0, max(pages, logged.database_pages), found)
    return found


def _layout(content: bytes) -> tuple[int, int]:
    """Bytes of a page, and how many pages the file should have; as is usual where its header does not tell."""
    if len(content) >= _FILE_HEADER_BYTES and content.startswith(_MAGIC):
        (page_bytes,) = struct.unpack_from(">H", content, 16)
        page_bytes = 65536 if page_bytes == 1 else page_bytes
        if 512 <= page_bytes <= 65536 and page_bytes & (page_bytes - 1) == 0:
            (pages,) = struct.unpack_from(">I", content, 28)
            # A number beyond all reason is damage too, and would say that terabytes are lost.
            is_likely = pages <= 1000 + 100 * len(content) // page_bytes
            return page_bytes, pages if is_likely else 0
    return USUAL_PAGE_BYTES, -(-len(content) // USUAL_PAGE_BYTES)


def _read_page(page: bytes, header: int, pages: int, found: PageRows) -> None:
    """Add the page's rows. header: where its own header begins, after that of the file."""
    kind, cells = page[header], struct.unpack_from(">H", page, header + 3)[0]
    if kind == _TABLE_LEAF and header + 8 + 2 * cells <= len(page):
        for position in struct.unpack_from(f">{cells}H", page, header + 8):
            try:
                found.rows.append(_read_cell(page, position))
            except (IndexError, ValueError, struct.error):
                found.unreadable_rows += 1
    elif kind not in _OTHER_TREE_PAGES and not _is_linked(page, pages):
        found.unreadable_bytes += len(page)


def _is_linked(page: bytes, pages: int) -> bool:
    """Whether it may be a page without rows: it begins with the number of another. One of zeros was never written."""
    return struct.unpack_from(">I", page)[0] <= pages and any(page)


def _read_cell(page: bytes, position: int) -> tuple[Value, ...]:
    """The values of one row. Raises ValueError, IndexError or struct.error."""
    payload_bytes, position = _read_varint(page, position)
    _, position = _read_varint(page, position)
    if position + payload_bytes > len(page):
        raise ValueError("It goes on in another page, or is damaged.")
    record = page[position : position + payload_bytes]
    header_bytes, position = _read_varint(record, 0)
    kinds = []
    while position < header_bytes:
        kind, position = _read_varint(record, position)
        kinds.append(kind)
    values, position = [], header_bytes
    for kind in kinds:
        value, position = _read_value(record, position, kind)
        values.append(value)
    if position != len(record):
        raise ValueError("Its header does not fit its values.")
    return tuple(values)


def _read_varint(content: bytes, position: int) -> tuple[int, int]:
    """A number of one to nine bytes, and where what follows begins."""
    value = 0
    for count in range(9):
        byte = content[position + count]
        if count == 8:
            return value << 8 | byte, position + 9
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, position + count + 1
    raise AssertionError("The ninth byte is the last.")


def _read_value(record: bytes, position: int, kind: int) -> tuple[Value, int]:
    """A value by its serial type, and where what follows begins."""
    if kind in (0, 8, 9):
        return (None if kind == 0 else kind - 8), position
    if kind in (10, 11):
        raise ValueError("No such type is written.")
    if kind == 7:
        return struct.unpack_from(">d", record, position)[0], position + 8
    end = position + (_WIDTHS[kind] if kind in _WIDTHS else (kind - 12) // 2)
    if end > len(record):
        raise ValueError("It ends too soon.")
    content = record[position:end]
    if kind in _WIDTHS:
        return int.from_bytes(content, "big", signed=True), end
    return (content.decode() if kind % 2 else content), end
