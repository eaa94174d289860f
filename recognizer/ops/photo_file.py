"""The file of a photo: read whole, and refused by its size before anything is made of it."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

from recognizer.errors import PhotoError

MOST_BYTES = 100 * 2**20
"""A raw picture of 30 megapixels has as many; phones and scanners write a tenth."""

NOT_PLAIN = "not a plain file"


def read_photo_file(path: Path) -> bytes:
    """The bytes of the photo. Raises PhotoError where it cannot be read, is no plain file or is larger than photos."""
    try:
        # A pipe would be waited for without an end.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise PhotoError(NOT_PLAIN)
            # It may grow meanwhile.
            if status.st_size > MOST_BYTES or len(content := file.read(MOST_BYTES + 1)) > MOST_BYTES:
                raise PhotoError(f"more than {MOST_BYTES >> 20} MB: save it as JPEG")
            return content
    except PermissionError:
        raise PhotoError("this user may not read the file") from None
    except IsADirectoryError:
        raise PhotoError(NOT_PLAIN) from None
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ELOOP):
            raise PhotoError("there is no such file") from None
        raise PhotoError(f"it cannot be read ({error.strerror})") from None
