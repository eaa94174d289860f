"""A CSV file that an office hands in, as spreadsheets and student systems write it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

from recognizer.errors import PhotoError

_DELIMITERS = ",;\t"

_LARGEST = 64 * 2**20
"""Bytes: half a million lines. What is larger is another file, or a device that never ends."""


def read_lines(path: Path, called: str, lists: str) -> Iterator[tuple[int, list[str]]]:
    """The number of each line that is not empty, and its cells.

    The first line tells whether commas, semicolons or tabs separate them. called: what the file is, and lists: what it
    lists, for errors. Raises PhotoError.
    """
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST + 1)
        text = content.decode("utf-8-sig") if len(content) <= _LARGEST else None
    except OSError as error:
        raise PhotoError(f"{called} {path} cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise PhotoError(f"{called} {path} is not in UTF-8: save it as CSV in UTF-8") from None
    if text is None:
        raise PhotoError(f"{called} {path} is larger than {_LARGEST // 2**20} MB: expected a CSV of {lists}")
    delimiter = max(_DELIMITERS, key=text.partition("\n")[0].count)
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        for cells in reader:
            stripped = [cell.strip() for cell in cells]
            if any(stripped):
                yield reader.line_num, stripped
    except csv.Error as error:
        raise PhotoError(
            f"{called} {path} is no CSV ({error}): look for a single quotation mark, or save it anew"
        ) from None
