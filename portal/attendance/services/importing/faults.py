"""What is wrong with a file or with one of its rows, in a sentence for whoever made the file."""

from __future__ import annotations


class FileFault(Exception):
    """The file as a whole cannot be imported; nothing of it has been written."""


class RowFault(Exception):
    """One row cannot be imported; the others may be fine."""
