"""PyMySQL's connection, which reads rows in a third of the time.

PyMySQL calls a dozen functions for each row and three for each of its values. A course's grid has 30,000 values, so
that this was a third of the page. How a row is written: https://mariadb.com/kb/en/result-set-packets/
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from pymysql.connections import Connection, MySQLResult

Converter = tuple[str | None, Callable[[Any], Any] | None]
"""A column's encoding, None where bytes are wanted; and what makes a value of that, None where it is one."""

_HEADER = 4
"""Bytes of a packet before what it holds: three of its length, one of its number."""

_NULL = 251
_LENGTH_BYTES = {252: 2, 253: 3, 254: 8}
"""How many bytes of a value's length follow the first one, which is the length itself where it is less than these."""

_LEAST_NO_ROW = 0xFE
"""A packet that begins with this, or more, may end the rows or tell an error."""


def read_row(data: bytes, at: int, converters: Sequence[Converter]) -> tuple[Any, ...]:
    """The values of the row that begins at this place; None for NULL."""
    row = list[Any]()
    for encoding, convert in converters:
        length = data[at]
        at += 1
        if length >= _NULL:
            if length == _NULL:
                row.append(None)
                continue
            size = _LENGTH_BYTES[length]
            length = int.from_bytes(data[at : at + size], "little")
            at += size
        value: Any = data[at : at + length]
        at += length
        if encoding:
            value = value.decode(encoding)
        row.append(convert(value) if convert else value)
    return tuple(row)


class Rows(MySQLResult):  # type: ignore[misc]  # PyMySQL has no types
    """An answer of the server. Everything but its rows is read as PyMySQL reads it."""

    def _read_rowdata_packet(self) -> None:
        connection: Any = self.connection
        rows = list[tuple[Any, ...]]()
        # A number is made of bytes as well as of a text.
        converters = [(None if convert is int else encoding, convert) for encoding, convert in self.converters]
        while not self._check_packet_is_eof(packet := connection._read_packet()):
            rows.append(read_row(packet.get_all_data(), 0, converters))
            rows += _arrived(connection, converters)
        self.affected_rows, self.rows = len(rows), tuple(rows)
        # The connection holds the answer.
        self.connection: Any = None


def _arrived(connection: Connection, converters: Sequence[Converter]) -> list[tuple[Any, ...]]:
    """The rows that have arrived whole. What else has arrived, an error or the end of a row, is left for PyMySQL."""
    try:
        data = connection._rfile.peek()
    except OSError:
        return []  # PyMySQL meets it too, and says what it means.
    at, number, rows = 0, connection._next_seq_id, []
    while at + _HEADER < len(data):
        start = at + _HEADER
        end = start + int.from_bytes(data[at : at + 3], "little")
        if end > len(data) or data[at + 3] != number or data[start] >= _LEAST_NO_ROW:
            break
        rows.append(read_row(data, start, converters))
        at, number = end, (number + 1) % 256
    connection._rfile.read(at)
    connection._next_seq_id = number
    return rows


class RowsConnection(Connection):  # type: ignore[misc]
    """A connection whose answers are ``Rows``."""

    def _read_query_result(self, unbuffered: bool = False) -> Any:
        if unbuffered:
            return super()._read_query_result(unbuffered)
        self._result, result = None, Rows(self)
        result.read()
        self._result = result
        if result.server_status is not None:
            self.server_status = result.server_status
        return result.affected_rows
